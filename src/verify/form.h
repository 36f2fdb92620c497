/*
 * The polynomial v'Wv of the sphere as two forms, an even one of degree 2k and an odd one of degree 2k - 1
 * (powers of |u|^2 = 1 filled in), with v as in certificate.h, and how large such forms can be: |p(u)| <= |p|
 * |u|^m for a form p of degree m, |p|^2 = sum of (coefficient)^2 / multiplicity (Bombieri's norm;
 * docs/certificate.md, theorem 2b).
 */
#ifndef CVXNN_VERIFY_FORM_H
#define CVXNN_VERIFY_FORM_H

#include <stdint.h>

#include "base/memory.h"
#include "verify/monomials.h"

struct cvxnn__forms {
    int64_t d, k, size;
    int64_t *count; /* 2k + 1: monomials of each degree */
    double *low;    /* count[2k - 2]: room */
    int32_t *tuples;
    struct cvxnn__monomial_ranks ranks;
};

/* Look at scope->failed, which is also set where the shape is out of range. */
void cvxnn__forms_take(struct cvxnn__scope *scope, int64_t d, int64_t k, struct cvxnn__forms *forms);

/* higher += |u|^2 lower, forms of degree m + 2 and m as coefficients. */
void cvxnn__forms_lift(const struct cvxnn__forms *forms, int64_t m, const double *lower, double *higher);

/* form *= multiplicities, of degree m. */
void cvxnn__forms_weigh(const struct cvxnn__forms *forms, int64_t m, double *form);

/* even, odd -= v'Wv; W: size x size, its lower triangle is read. */
void cvxnn__forms_subtract(const struct cvxnn__forms *forms, const double *matrix, double *even, double *odd);

/* Bombieri's norms of both, rounded up: the rounding of their coefficients is not in it. INFINITY where a
 * coefficient is not finite. */
double cvxnn__forms_norm(const struct cvxnn__forms *forms, const double *even, const double *odd);

#endif
