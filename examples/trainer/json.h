/* A JSON object on a file, one key a line. */
#ifndef CVXNN_TRAINER_JSON_H
#define CVXNN_TRAINER_JSON_H

#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *file;
    int keys; /* written so far; to be set to 0 */
};

void json_key(struct json *json, const char *name);
void json_string(struct json *json, const char *text);
void json_real(struct json *json, double value); /* null unless finite */
void json_integer(struct json *json, int64_t value);
void json_end(struct json *json);

#endif
