/*
 * An orthonormal basis B (r x d) of the rows of X: Gram and Schmidt, the row with the longest remainder
 * first, and with it others whose remainders are about as long, so that vectors are made by the block. The
 * squared lengths of the remainders fall by (x_i . q)^2 for each new vector q; where that has cancelled their
 * digits they are computed anew from x_i - B'B x_i.
 */
#ifndef CVXNN_LINALG_ROW_SPACE_H
#define CVXNN_LINALG_ROW_SPACE_H

#include "linalg/rows.h"

/*
 * Vectors are added until what remains of every row is `negligible` times the longest row at most. *rank is
 * their number, *basis (rank x d, row-major, from scope) holds them; *rank = 0 where there would be d of them
 * or more than `most`. Memory: most x d doubles, little else. Stops, MEMORY, SHAPE.
 */
int32_t cvxnn__row_space(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         const struct cvxnn__rows *rows, double negligible, int64_t most, int64_t *rank,
                         double **basis);

#endif
