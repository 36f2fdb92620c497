/* Rows in coordinates of their own space where their rank is low: for cells (verify/subspace.h). */
#ifndef CVXNN_GAP_ROW_COORDINATES_H
#define CVXNN_GAP_ROW_COORDINATES_H

#include "verify/subspace.h"

/* The rows by an orthonormal basis of them (*basis, *rank x d, from scope) that leaves 2^-40 of the longest
 * row at most, or as they are, *rank = 0, where their rank is d or above `most`. Stops, MEMORY, SHAPE. */
int32_t cvxnn__row_coordinates(struct cvxnn__context *context, struct cvxnn__scope *scope,
                               const struct cvxnn__rows *rows, int64_t most, int64_t *rank, double **basis,
                               struct cvxnn__subspace *subspace);

#endif
