/*
 * Moment functionals of the sphere: linear forms L on the polynomials of degree <= 2k modulo |u|^2 = 1, that
 * is, on forms of degree 2k (the even part) and of degree 2k - 1 (the odd part). A functional is kept as the
 * numbers sqrt(multiplicity) L(u^t), even ones first, and is the same as its moment matrix L(v v') with v as
 * in verify/certificate.h. With A the map from functionals to matrices, A' its adjoint (matrices W to
 * polynomials v'Wv, in the dual coordinates) and Q = A'A.
 *
 * Q is I + C'C on even forms, C the contraction L -> L(|u|^2 .), and 2 I on odd ones. Both commute with
 * rotations, so that Q has at most k + 1 different eigenvalues (one for each even degree of spherical
 * harmonics), and conjugate gradients solve Qx = g in k + 1 steps.
 */
#ifndef CVXNN_GAP_MOMENTS_H
#define CVXNN_GAP_MOMENTS_H

#include <stdint.h>

#include "base/memory.h"

struct cvxnn__moments {
    int64_t d, k, low, high, size;        /* monomials of degree k - 1 and k, and their sum */
    int64_t even, odd, base;              /* monomials of degree 2k, 2k - 1, 2k - 2 */
    int64_t length;                       /* of a functional: even + odd */
    int32_t *high_at, *cross_at, *low_at; /* where the product of two monomials stands: high x high and low x
                                             low (lower triangles), high x low */
    double *high_weight, *cross_weight, *low_weight;
    int32_t *lift_at; /* base x d: monomial r times u_v^2 */
    double *lift_weight;
    double *mass; /* length: L(1) = mass . L */
};

/* Look at scope->failed. */
void cvxnn__moments_take(struct cvxnn__scope *scope, int64_t d, int64_t k, struct cvxnn__moments *moments);

/* Scratch of cvxnn__moments_matrix, _polynomial and _solve. */
int64_t cvxnn__moments_work(const struct cvxnn__moments *moments);

/* matrix (size x size, full) = A functional. */
void cvxnn__moments_matrix(const struct cvxnn__moments *moments, const double *functional, double *matrix,
                           double *work);

/* polynomial = A' matrix; the diagonal blocks are read whole and need not be symmetric, of the other two the
 * lower left one is read. */
void cvxnn__moments_polynomial(const struct cvxnn__moments *moments, const double *matrix, double *polynomial,
                               double *work);

/* functional = Q^-1 polynomial; both may be the same. */
void cvxnn__moments_solve(const struct cvxnn__moments *moments, const double *polynomial, double *functional,
                          double *work);

#endif
