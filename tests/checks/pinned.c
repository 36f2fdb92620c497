/* Prints every code, key and number of the public header, one a line, to be compared with
 * tests/pinned_numbers.txt. */
#include <stdio.h>

#include "cvxnn.h"

#define STATUS(symbol, number, meaning) printf("status %s %d\n", #symbol, symbol);
#define LAYOUT(symbol, number, name) printf("layout %s %d\n", #symbol, symbol);
#define OPTION(symbol, key, owner, type, initial, least, most, name, meaning) \
    printf("option %s %d %s %s %s\n", #symbol, symbol, #owner, #type, name);
#define CHOICE(symbol, option, number, name, meaning) \
    printf("choice %s %d %s %s\n", #symbol, symbol, #option, name);
#define INFO(symbol, key, type, name, meaning) printf("info %s %d %s %s\n", #symbol, symbol, #type, name);
#define EVENT(symbol, key, meaning) printf("event %s %d\n", #symbol, symbol);
#define MODEL(symbol, key, type, name, meaning) printf("model %s %d %s %s\n", #symbol, symbol, #type, name);
#define KIND(symbol, number, name) printf("kind %s %d %s\n", #symbol, symbol, name);
#define LIMIT(symbol, number, name) printf("limit %s %d %s\n", #symbol, symbol, name);
#define TYPE(symbol, number) printf("type %s %d\n", #symbol, symbol);
#define GROUP(symbol, number) printf("group %s %d\n", #symbol, symbol);

int main(void) {
    CVXNN_STATUS_TABLE(STATUS)
    CVXNN_LAYOUT_TABLE(LAYOUT)
    CVXNN_OPTION_TABLE(OPTION)
    CVXNN_CHOICE_TABLE(CHOICE)
    CVXNN_INFO_TABLE(INFO)
    CVXNN_EVENT_TABLE(EVENT)
    CVXNN_MODEL_TABLE(MODEL)
    CVXNN_KIND_TABLE(KIND)
    CVXNN_LIMIT_TABLE(LIMIT)
    CVXNN_TYPE_TABLE(TYPE)
    CVXNN_GROUP_TABLE(GROUP)
    return 0;
}
