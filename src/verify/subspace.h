/*
 * Rows in fewer coordinates: where X is of rank r < d, cells of R^r do instead of cells of R^d.
 *
 * For any B (r x d) and any y_i in R^r, with e_i = x_i - B'y_i,  x_i . u = y_i . Bu + e_i . u, so that
 *
 *   h_X(z) <= |B| h_Y(z) + sum_i |z_i||e_i|,   |B| <= 1 + |BB' - I|_F.
 *
 * Here y_i = fl(B x_i), which leaves rounding errors alone in e_i if the rows of B are an orthonormal basis
 * of X's rows. Nothing of that is trusted: e_i and BB' - I are bounded (docs/certificate.md).
 */
#ifndef CVXNN_VERIFY_SUBSPACE_H
#define CVXNN_VERIFY_SUBSPACE_H

#include "linalg/rows.h"

/* Rows to grow trees for: those given, or n x rank in other coordinates. */
struct cvxnn__subspace {
    struct cvxnn__rows rows;
    double *lost; /* n: |e_i| at most; NULL: the rows are those given */
    double norm;  /* |B| at most */
};

/* basis: B, rank x d row-major, any numbers; rank 0: the rows as they are. Arrays from scope. MEMORY. */
int32_t cvxnn__subspace_take(struct cvxnn__context *context, struct cvxnn__scope *scope,
                             const struct cvxnn__rows *rows, int64_t rank, const double *basis,
                             struct cvxnn__subspace *subspace);

/* What h_Y(z) must not be above for h_X(z) <= beta; 0 where that cannot be had. */
double cvxnn__subspace_beta(const struct cvxnn__subspace *subspace, const double *z, double beta);

#endif
