/* JSON, as much of it as a report needs. See json.h. */
#include "json.h"

#include <math.h>

void json_key(struct json *json, const char *name) {
    const char *first = json->line ? "" : "{\n  ", *next = json->line ? ", " : ",\n  ";
    fprintf(json->file, "%s\"%s\": ", json->keys++ ? next : first, name);
}

void json_string(struct json *json, const char *text) {
    fputc('"', json->file);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 32 || byte == 127)
            fprintf(json->file, "\\u%04x", byte);
        else
            fprintf(json->file, byte == '"' || byte == '\\' ? "\\%c" : "%c", byte);
    }
    fputc('"', json->file);
}

void json_real(struct json *json, double value) {
    if (isfinite(value))
        fprintf(json->file, "%.17g", value);
    else
        fputs("null", json->file);
}

void json_integer(struct json *json, int64_t value) {
    fprintf(json->file, "%lld", (long long)value);
}

void json_reals(struct json *json, int64_t count, const double *values) {
    fputc('[', json->file);
    for (int64_t k = 0; k < count; k++) {
        if (k > 0) fputs(", ", json->file);
        json_real(json, values[k]);
    }
    fputc(']', json->file);
}

void json_list(struct json *json) {
    fputc('[', json->file);
    json->items = 0;
}

void json_item(struct json *json) {
    fputs(json->items++ ? ",\n    {" : "\n    {", json->file);
    json->keys = 0;
    json->line = 1;
}

void json_item_end(struct json *json) {
    fputc('}', json->file);
    json->line = 0;
    json->keys = 1; /* the array's own */
}

void json_list_end(struct json *json) {
    fputs(json->items ? "\n  ]" : "]", json->file);
}

void json_end(struct json *json) {
    fputs("\n}\n", json->file);
}
