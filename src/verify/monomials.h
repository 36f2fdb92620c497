/*
 * Monomials of degree m in d variables, written as nondecreasing tuples of variables 0 <= t_1 <= .. <= t_m <
 * d and numbered in lexicographic order, the order of Python's combinations_with_replacement(range(d), m).
 */
#ifndef CVXNN_VERIFY_MONOMIALS_H
#define CVXNN_VERIFY_MONOMIALS_H

#include <stdint.h>

#include "base/memory.h"

/* How many there are, C(d + m - 1, m); -1 when that is past 2^31. */
int64_t cvxnn__monomials(int64_t d, int64_t m);

/* The next tuple in place; 0 when there is none. The first one is all zeros. */
int cvxnn__monomial_next(int64_t d, int64_t m, int32_t *tuple);

/* m! / (the product of the exponents' factorials): how often u^tuple comes up in (u_1 + .. + u_d)^m. Exact
 * below 2^53. */
double cvxnn__monomial_multiplicity(int64_t m, const int32_t *tuple);

/* powers[r] = the value at x of monomial r of degree m, from those of degree m - 1 (degree 0: the number 1).
 * Each is one product away from a lower one. */
void cvxnn__monomial_values(int64_t d, int64_t m, const double *x, const double *lower, double *values);

/* Numbers of monomials from their tuples. */
struct cvxnn__monomial_ranks {
    int64_t d, most;
    int64_t *counts; /* counts[l * (d + 1) + r]: tuples of length l in r variables */
};

/* For degrees up to most; counts is NULL when memory ran out or there are too many monomials. */
void cvxnn__monomial_ranks_take(struct cvxnn__scope *scope, int64_t d, int64_t most,
                                struct cvxnn__monomial_ranks *ranks);
int64_t cvxnn__monomial_rank(const struct cvxnn__monomial_ranks *ranks, int64_t m, const int32_t *tuple);

/* The number of the product of two monomials; merged: room for a + b variables. */
int64_t cvxnn__monomial_product(const struct cvxnn__monomial_ranks *ranks, int64_t a, const int32_t *left,
                                int64_t b, const int32_t *right, int32_t *merged);

#endif
