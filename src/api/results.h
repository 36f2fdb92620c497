/* Results: what a solve reports, by CVXNN_INFO_ key, and the event handle that carries the same keys. */
#ifndef CVXNN_API_RESULTS_H
#define CVXNN_API_RESULTS_H

#include <stdint.h>

#include "api/options.h"

#define CVXNN__COUNT(symbol, key, type, name, meaning) +1
enum { CVXNN__INFOS = 0 CVXNN_INFO_TABLE(CVXNN__COUNT) };
#undef CVXNN__COUNT

struct cvxnn__results {
    unsigned char known[CVXNN__INFOS];
    union cvxnn__value values[CVXNN__INFOS]; /* by place in CVXNN_INFO_TABLE */
};

/* The key must be in the table and of the type. A real that is not finite is not kept: it stays unavailable.
 */
void cvxnn__results_set_int(struct cvxnn__results *results, int32_t key, int64_t value);
void cvxnn__results_set_double(struct cvxnn__results *results, int32_t key, double value);

/* Errors: KEY (unknown or of the other type), UNAVAILABLE. */
int32_t cvxnn__results_get_int(const struct cvxnn__results *results, int32_t key, int64_t *value);
int32_t cvxnn__results_get_double(const struct cvxnn__results *results, int32_t key, double *value);

/* A failure to get a result, in words: message naming the key; `why` says when there is no such result.
 * Returns status. */
int32_t cvxnn__results_explain(struct cvxnn__context *context, int32_t status, int32_t key, const char *why);

struct cvxnn_event {
    int32_t kind;
    struct cvxnn__results results;
};

/* What a progress carries, as an event. */
void cvxnn__event_from(const struct cvxnn__progress *progress, struct cvxnn_event *event);

#endif
