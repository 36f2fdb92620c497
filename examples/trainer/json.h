/* A JSON object on a file, one key a line; a value may be an array of flat objects. */
#ifndef CVXNN_TRAINER_JSON_H
#define CVXNN_TRAINER_JSON_H

#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *file;
    int keys;  /* written so far; to be set to 0 */
    int items; /* of the array at hand */
    int line;  /* 1: inside an item */
};

void json_key(struct json *json, const char *name);
void json_string(struct json *json, const char *text);
void json_real(struct json *json, double value); /* null unless finite */
void json_integer(struct json *json, int64_t value);
void json_reals(struct json *json, int64_t count, const double *values);
void json_end(struct json *json);

/* The value of a key as an array of objects, each on a line of its own: json_list, then for each object
 * json_item, its keys and values, json_item_end; then json_list_end. */
void json_list(struct json *json);
void json_item(struct json *json);
void json_item_end(struct json *json);
void json_list_end(struct json *json);

#endif
