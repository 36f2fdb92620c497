/* Options: one table behind every handle's keyed settings, made from CVXNN_OPTION_TABLE. */
#ifndef CVXNN_API_OPTIONS_H
#define CVXNN_API_OPTIONS_H

#include <stdint.h>

#include "api/handle.h"

/* Bits: an option belongs to every handle whose bit its owner has. */
enum {
    CVXNN__OWNER_PROBLEM = 1,
    CVXNN__OWNER_SOLVER = 2,
    CVXNN__OWNER_CERTIFICATE = 4,
    CVXNN__OWNER_PATH = 8,
    CVXNN__OWNER_BOTH = CVXNN__OWNER_SOLVER | CVXNN__OWNER_CERTIFICATE,
    CVXNN__OWNER_RUN = CVXNN__OWNER_BOTH | CVXNN__OWNER_PATH
};

#define CVXNN__COUNT(symbol, key, owner, type, initial, least, most, name, meaning) +1
enum { CVXNN__OPTIONS = 0 CVXNN_OPTION_TABLE(CVXNN__COUNT) };
#undef CVXNN__COUNT

union cvxnn__value {
    int64_t integer;
    double real;
};

struct cvxnn__option {
    int32_t key, owner, type; /* type: CVXNN_TYPE_ number */
    union cvxnn__value initial, least, most;
    const char *name, *meaning;
};

struct cvxnn__options {
    int32_t owner;
    union cvxnn__value values[CVXNN__OPTIONS]; /* by place in the table; only the owner's are in use */
};

extern const struct cvxnn__option cvxnn__option_table[CVXNN__OPTIONS];

void cvxnn__options_reset(struct cvxnn__options *options, int32_t owner);

/* Errors: KEY, VALUE with a message; nothing changed then. */
int32_t cvxnn__options_set_int(struct cvxnn__context *context, struct cvxnn__options *options, int32_t key,
                               int64_t value);
int32_t cvxnn__options_set_double(struct cvxnn__context *context, struct cvxnn__options *options, int32_t key,
                                  double value);
int32_t cvxnn__options_get_int(struct cvxnn__context *context, const struct cvxnn__options *options,
                               int32_t key, int64_t *value);
int32_t cvxnn__options_get_double(struct cvxnn__context *context, const struct cvxnn__options *options,
                                  int32_t key, double *value);

/* The public calls on a handle's options: from arguments to status, message left in the handle. handle and
 * options are NULL together (status NULL). */
int32_t cvxnn__call_set_int(const struct cvxnn__handle *handle, struct cvxnn__options *options, int32_t key,
                            int64_t value);
int32_t cvxnn__call_set_double(const struct cvxnn__handle *handle, struct cvxnn__options *options,
                               int32_t key, double value);
int32_t cvxnn__call_get_int(const struct cvxnn__handle *handle, const struct cvxnn__options *options,
                            int32_t key, int64_t *value);
int32_t cvxnn__call_get_double(const struct cvxnn__handle *handle, const struct cvxnn__options *options,
                               int32_t key, double *value);
int32_t cvxnn__call_reset_options(const struct cvxnn__handle *handle, struct cvxnn__options *options);

/* For the library's own use: the key must be in the table and of the type. */
int64_t cvxnn__option_int(const struct cvxnn__options *options, int32_t key);
double cvxnn__option_double(const struct cvxnn__options *options, int32_t key);

#endif
