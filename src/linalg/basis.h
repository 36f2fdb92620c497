/*
 * Basis: the factorisation N = L Q of a few vectors n_j (the rows of N) that come and go one at a time; L is
 * lower triangular, Q has orthonormal rows. Classical Gram-Schmidt applied twice on the way in ("twice is
 * enough": Giraud, Langou & Rozloznik 2005), plane rotations on the way out (Golub & Van Loan, section 6.5).
 */
#ifndef CVXNN_LINALG_BASIS_H
#define CVXNN_LINALG_BASIS_H

#include <stdint.h>

#include "base/memory.h"

struct cvxnn__basis {
    int64_t d, most, count; /* count vectors of d numbers, at most `most` */
    double *q;              /* most x d: orthonormal rows */
    double *l;              /* most x most: row j holds n_j in the basis, entries 0 .. j */
    double *work;           /* most */
};

/* An empty basis whose arrays belong to scope; ask scope->failed. */
void cvxnn__basis_take(struct cvxnn__scope *scope, int64_t d, int64_t most, struct cvxnn__basis *basis);

/* x = Q' inside + outside with Q outside = 0; inside: count numbers, outside: d. Returns |outside|. */
double cvxnn__basis_split(const struct cvxnn__basis *basis, const double *x, double *inside, double *outside);

/* Appends the vector that was split into inside and outside, |outside| > 0; count < most. */
void cvxnn__basis_add(struct cvxnn__basis *basis, const double *inside, const double *outside,
                      double outside_norm);

/* Removes vector j; those behind it move up by one. */
void cvxnn__basis_drop(struct cvxnn__basis *basis, int64_t j);

/* In place: x = L^-1 x, x = L'^-1 x (count numbers). */
void cvxnn__basis_solve(const struct cvxnn__basis *basis, double *x);
void cvxnn__basis_solve_transposed(const struct cvxnn__basis *basis, double *x);

/* out (d) += Q' x. */
void cvxnn__basis_combine(const struct cvxnn__basis *basis, const double *x, double *out);

#endif
