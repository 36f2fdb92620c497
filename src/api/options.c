/* Options: keyed values with types, bounds and defaults. See options.h. */
#include "api/options.h"

#include <stddef.h>

/* A row's default, least and most go into the member of the union that its type says. */
#define RANGE_INT(a, b, c)            \
    {.integer = a}, {.integer = b}, { \
        .integer = c                  \
    }
#define RANGE_CHOICE(a, b, c) RANGE_INT(a, b, c)
#define RANGE_DOUBLE(a, b, c)   \
    {.real = a}, {.real = b}, { \
        .real = c               \
    }
#define ROW(symbol, key, owner, type, initial, least, most, name, meaning) \
    {key, CVXNN__OWNER_##owner, CVXNN_TYPE_##type, RANGE_##type(initial, least, most), name, meaning},

const struct cvxnn__option cvxnn__option_table[CVXNN__OPTIONS] = {CVXNN_OPTION_TABLE(ROW)};

static int64_t place_of(int32_t key) {
    for (int64_t o = 0; o < CVXNN__OPTIONS; o++)
        if (cvxnn__option_table[o].key == key) return o;
    return -1;
}

void cvxnn__options_reset(struct cvxnn__options *options, int32_t owner) {
    options->owner = owner;
    for (int64_t o = 0; o < CVXNN__OPTIONS; o++) options->values[o] = cvxnn__option_table[o].initial;
}

static int is_real(const struct cvxnn__option *option) {
    return option->type == CVXNN_TYPE_DOUBLE;
}

static const char *owner_name(int32_t owner) {
    if (owner == CVXNN__OWNER_PROBLEM) return "problem";
    if (owner == CVXNN__OWNER_SOLVER) return "solver";
    if (owner == CVXNN__OWNER_CERTIFICATE) return "certificate";
    if (owner == CVXNN__OWNER_PATH) return "path";
    return owner == CVXNN__OWNER_BOTH ? "solver and the certificate" : "solver, the certificate and the path";
}

/* The option's place, or an error: not in the table, another handle's, or of the other type. */
static int32_t find(struct cvxnn__context *context, const struct cvxnn__options *options, int32_t key,
                    int real, int64_t *place) {
    *place = place_of(key);
    if (*place < 0) return cvxnn__fail(context, CVXNN_ERROR_KEY, "there is no option %d", (int)key);
    const struct cvxnn__option *option = &cvxnn__option_table[*place];
    if (!(option->owner & options->owner))
        return cvxnn__fail(context, CVXNN_ERROR_KEY, "option %s belongs to the %s", option->name,
                           owner_name(option->owner));
    if (is_real(option) != real)
        return cvxnn__fail(context, CVXNN_ERROR_KEY, "option %s is %s: use the function named _%s",
                           option->name, real ? "an integer or a choice" : "a number",
                           real ? "int" : "double");
    return CVXNN_OK;
}

int32_t cvxnn__options_set_int(struct cvxnn__context *context, struct cvxnn__options *options, int32_t key,
                               int64_t value) {
    int64_t place;
    int32_t status = find(context, options, key, 0, &place);
    if (status) return status;
    const struct cvxnn__option *option = &cvxnn__option_table[place];
    if (value < option->least.integer || value > option->most.integer)
        return cvxnn__fail(context, CVXNN_ERROR_VALUE, "option %s: %lld is not within %lld and %lld",
                           option->name, (long long)value, (long long)option->least.integer,
                           (long long)option->most.integer);
    options->values[place].integer = value;
    return CVXNN_OK;
}

int32_t cvxnn__options_set_double(struct cvxnn__context *context, struct cvxnn__options *options, int32_t key,
                                  double value) {
    int64_t place;
    int32_t status = find(context, options, key, 1, &place);
    if (status) return status;
    const struct cvxnn__option *option = &cvxnn__option_table[place];
    if (!(value >= option->least.real && value <= option->most.real))
        return cvxnn__fail(context, CVXNN_ERROR_VALUE, "option %s: %g is not within %g and %g", option->name,
                           value, option->least.real, option->most.real);
    options->values[place].real = value;
    return CVXNN_OK;
}

int32_t cvxnn__options_get_int(struct cvxnn__context *context, const struct cvxnn__options *options,
                               int32_t key, int64_t *value) {
    int64_t place;
    int32_t status = find(context, options, key, 0, &place);
    if (!status) *value = options->values[place].integer;
    return status;
}

int32_t cvxnn__options_get_double(struct cvxnn__context *context, const struct cvxnn__options *options,
                                  int32_t key, double *value) {
    int64_t place;
    int32_t status = find(context, options, key, 1, &place);
    if (!status) *value = options->values[place].real;
    return status;
}

int64_t cvxnn__option_int(const struct cvxnn__options *options, int32_t key) {
    return options->values[place_of(key)].integer;
}

double cvxnn__option_double(const struct cvxnn__options *options, int32_t key) {
    return options->values[place_of(key)].real;
}

/* ---- Calls on a handle -------------------------------------------------------------------------- */

int32_t cvxnn__call_set_int(const struct cvxnn__handle *handle, struct cvxnn__options *options, int32_t key,
                            int64_t value) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle, CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, cvxnn__options_set_int(&call.context, options, key, value));
}

int32_t cvxnn__call_set_double(const struct cvxnn__handle *handle, struct cvxnn__options *options,
                               int32_t key, double value) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle, CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, cvxnn__options_set_double(&call.context, options, key, value));
}

int32_t cvxnn__call_get_int(const struct cvxnn__handle *handle, const struct cvxnn__options *options,
                            int32_t key, int64_t *value) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle, CVXNN__READ);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, value, "value");
    if (!status) status = cvxnn__options_get_int(&call.context, options, key, value);
    return cvxnn__end(&call, status);
}

int32_t cvxnn__call_get_double(const struct cvxnn__handle *handle, const struct cvxnn__options *options,
                               int32_t key, double *value) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle, CVXNN__READ);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, value, "value");
    if (!status) status = cvxnn__options_get_double(&call.context, options, key, value);
    return cvxnn__end(&call, status);
}

int32_t cvxnn__call_reset_options(const struct cvxnn__handle *handle, struct cvxnn__options *options) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle, CVXNN__WRITE);
    if (status) return status;
    cvxnn__options_reset(options, options->owner);
    return cvxnn__end(&call, CVXNN_OK);
}
