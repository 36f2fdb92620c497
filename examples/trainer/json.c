/* JSON, as much of it as a report needs. See json.h. */
#include "json.h"

#include <math.h>

void json_key(struct json *json, const char *name) {
    fprintf(json->file, "%s  \"%s\": ", json->keys++ ? ",\n" : "{\n", name);
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

void json_end(struct json *json) {
    fputs("\n}\n", json->file);
}
