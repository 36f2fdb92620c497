/* Version, status texts, and the way from keys to names and back, for wrappers and command lines. */
#include <string.h>

#include "api/options.h"

#define TEXT(token) #token
#define VERSION_TEXT(a, b, c) TEXT(a) "." TEXT(b) "." TEXT(c)

const char *cvxnn_version_string(void) {
    return VERSION_TEXT(CVXNN_VERSION_MAJOR, CVXNN_VERSION_MINOR, CVXNN_VERSION_PATCH);
}

int32_t cvxnn_version_number(void) {
    return CVXNN_VERSION_NUMBER;
}

const char *cvxnn_status_string(int32_t status) {
    switch (status) {
#define CASE(symbol, number, meaning) \
    case symbol:                      \
        return meaning;
        CVXNN_STATUS_TABLE(CASE)
#undef CASE
    }
    return "unknown status";
}

const char *cvxnn_status_name(int32_t status) {
    switch (status) {
#define CASE(symbol, number, meaning) \
    case symbol:                      \
        return #symbol;
        CVXNN_STATUS_TABLE(CASE)
#undef CASE
    }
    return "CVXNN_UNKNOWN";
}

/* Everything that has a name: options, results and model facts. */
struct named {
    int32_t group, key, type;
    const char *name, *meaning;
};
#define OPTION(symbol, key, owner, type, initial, least, most, name, meaning) \
    {CVXNN_GROUP_OPTION, key, CVXNN_TYPE_##type, name, meaning},
#define INFO(symbol, key, type, name, meaning) {CVXNN_GROUP_INFO, key, CVXNN_TYPE_##type, name, meaning},
#define MODEL(symbol, key, type, name, meaning) {CVXNN_GROUP_MODEL, key, CVXNN_TYPE_##type, name, meaning},
static const struct named names[] = {CVXNN_OPTION_TABLE(OPTION) CVXNN_INFO_TABLE(INFO)
                                         CVXNN_MODEL_TABLE(MODEL)};

struct choice {
    int32_t option, number;
    const char *name;
};
#define CHOICE(symbol, option, number, name, meaning) {option, number, name},
static const struct choice choices[] = {CVXNN_CHOICE_TABLE(CHOICE)};

#define LENGTH(table) ((int64_t)(sizeof(table) / sizeof(table)[0]))

static const struct named *named_of(int32_t key) {
    for (int64_t k = 0; k < LENGTH(names); k++)
        if (names[k].key == key) return &names[k];
    return NULL;
}

static const struct cvxnn__option *option_of(int32_t key) {
    for (int64_t o = 0; o < CVXNN__OPTIONS; o++)
        if (cvxnn__option_table[o].key == key) return &cvxnn__option_table[o];
    return NULL;
}

int32_t cvxnn_key_at(int32_t group, int64_t index, int32_t *key) {
    if (!key) return CVXNN_ERROR_NULL;
    for (int64_t k = 0; index >= 0 && k < LENGTH(names); k++)
        if (names[k].group == group && index-- == 0) {
            *key = names[k].key;
            return CVXNN_OK;
        }
    return CVXNN_ERROR_KEY;
}

int32_t cvxnn_key_of(int32_t group, const char *name, int32_t *key) {
    if (!name || !key) return CVXNN_ERROR_NULL;
    for (int64_t k = 0; k < LENGTH(names); k++)
        if (names[k].group == group && !strcmp(names[k].name, name)) {
            *key = names[k].key;
            return CVXNN_OK;
        }
    return CVXNN_ERROR_KEY;
}

const char *cvxnn_name_of(int32_t key) {
    const struct named *named = named_of(key);
    return named ? named->name : NULL;
}

const char *cvxnn_help_of(int32_t key) {
    const struct named *named = named_of(key);
    return named ? named->meaning : NULL;
}

int32_t cvxnn_type_of(int32_t key, int32_t *type) {
    const struct named *named = named_of(key);
    if (!type) return CVXNN_ERROR_NULL;
    if (!named) return CVXNN_ERROR_KEY;
    *type = named->type;
    return CVXNN_OK;
}

int32_t cvxnn_option_range_int(int32_t key, int64_t *initial, int64_t *least, int64_t *most) {
    const struct cvxnn__option *option = option_of(key);
    if (!initial || !least || !most) return CVXNN_ERROR_NULL;
    if (!option) return CVXNN_ERROR_KEY;
    if (option->type == CVXNN_TYPE_DOUBLE) return CVXNN_ERROR_VALUE;
    *initial = option->initial.integer, *least = option->least.integer, *most = option->most.integer;
    return CVXNN_OK;
}

int32_t cvxnn_option_range_double(int32_t key, double *initial, double *least, double *most) {
    const struct cvxnn__option *option = option_of(key);
    if (!initial || !least || !most) return CVXNN_ERROR_NULL;
    if (!option) return CVXNN_ERROR_KEY;
    if (option->type != CVXNN_TYPE_DOUBLE) return CVXNN_ERROR_VALUE;
    *initial = option->initial.real, *least = option->least.real, *most = option->most.real;
    return CVXNN_OK;
}

int32_t cvxnn_choice_of(int32_t key, const char *name, int64_t *number) {
    if (!name || !number) return CVXNN_ERROR_NULL;
    for (int64_t c = 0; c < LENGTH(choices); c++)
        if (choices[c].option == key && !strcmp(choices[c].name, name)) {
            *number = choices[c].number;
            return CVXNN_OK;
        }
    return CVXNN_ERROR_KEY;
}

const char *cvxnn_choice_name(int32_t key, int64_t number) {
    for (int64_t c = 0; c < LENGTH(choices); c++)
        if (choices[c].option == key && choices[c].number == number) return choices[c].name;
    return NULL;
}
