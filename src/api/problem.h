/* The problem handle: data, targets, weights and the options that say what is asked. */
#ifndef CVXNN_API_PROBLEM_H
#define CVXNN_API_PROBLEM_H

#include "api/handle.h"
#include "api/options.h"
#include "problem/instance.h"

struct cvxnn_problem {
    struct cvxnn__handle handle;
    struct cvxnn__options options;
    int64_t n, features, outputs; /* 0 while not set */
    const void *x;                /* entry (i, j) at i * row_stride + j * column_stride */
    int is_float;
    int64_t row_stride, column_stride;
    const double *targets; /* n x outputs, row-major */
    const double *weights; /* n, or NULL: all 1 */
    double weight_sum;
    const double *center, *scale; /* features each, while standardize is on */
    struct cvxnn__scope own_data, own_targets, own_weights, own_scaling;
    int64_t data_revision; /* counts changes of X as posed: patterns depend on it */
    int64_t fit_revision;  /* counts changes of targets, weights and loss */
};

/* The problem as the algorithms see it, valid while the handle is held. STATE when data or, unless rows are
 * all that is wanted, targets are missing. */
int32_t cvxnn__problem_rows(struct cvxnn__context *context, const struct cvxnn_problem *problem,
                            struct cvxnn__rows *rows);
int32_t cvxnn__problem_instance(struct cvxnn__context *context, const struct cvxnn_problem *problem,
                                struct cvxnn__instance *instance);

#endif
