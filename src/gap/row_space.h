/* An orthonormal basis of the rows of X where their rank is low: coordinates for cells (verify/subspace.h).
 */
#ifndef CVXNN_GAP_ROW_SPACE_H
#define CVXNN_GAP_ROW_SPACE_H

#include "verify/subspace.h"

/*
 * Gram and Schmidt, the longest remainder of a row first, until what remains of every row is 2^-40 of the
 * longest row at most. *rank is the number of vectors, *basis (rank x d, row-major, from scope) holds them;
 * *rank = 0 where there would be d of them or more than `most`. Stops, MEMORY.
 */
int32_t cvxnn__row_space(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         const struct cvxnn__rows *rows, int64_t most, int64_t *rank, double **basis);

/* The rows in these coordinates, or as they are where *rank comes out as 0. */
int32_t cvxnn__row_coordinates(struct cvxnn__context *context, struct cvxnn__scope *scope,
                               const struct cvxnn__rows *rows, int64_t most, int64_t *rank, double **basis,
                               struct cvxnn__subspace *subspace);

#endif
