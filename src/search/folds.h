/*
 * Folds: which rows are held out together, and what the errors on held-out rows say of the points of a path
 * (cross-validation: Stone 1974; one standard error: Breiman, Friedman, Olshen & Stone 1984, section 3.4.3).
 */
#ifndef CVXNN_SEARCH_FOLDS_H
#define CVXNN_SEARCH_FOLDS_H

#include <stdint.h>

#include "base/context.h"

/* A row that is always trained on. */
enum { CVXNN__NO_FOLD = -1 };

/* fold (n numbers) deals the rows into `count` folds whose sizes differ by one at most, in an order that
 * depends on the seed and n alone. */
int32_t cvxnn__folds_deal(struct cvxnn__context *context, uint64_t seed, int64_t n, int64_t count,
                          int64_t *fold);

/* The first `kept` rows of the same order are fold 0, the rest none. */
int32_t cvxnn__folds_hold_out(struct cvxnn__context *context, uint64_t seed, int64_t n, int64_t kept,
                              int64_t *fold);

/*
 * Over the rows of fold k (CVXNN__NO_FOLD: of every fold; fold NULL: all rows), with errors e_i and weights
 * s_i (NULL: all 1):
 *
 *   mean = sum s_i e_i / sum s_i,   deviation = (sum s_i^2 (e_i - mean)^2)^(1/2) / sum s_i,
 *
 * the standard error of the mean of independent e_i. NAN where these rows have no weight.
 */
void cvxnn__folds_error(int64_t n, const int64_t *fold, int64_t k, const double *weights, const double *error,
                        double *mean, double *deviation);

/* Of points in the order of decreasing beta: the first with the least error, and the first whose error is at
 * most one deviation above that. 0: no point has an error (all NAN). */
int cvxnn__folds_choose(int64_t points, const double *error, const double *deviation, int64_t *least,
                        int64_t *simplest);

#endif
