/*
 * The search for a good certificate of order k: nu, row polynomials and matrices for nu and -nu that make D(t
 * nu) large. What it finds is proved by src/verify/sphere_check.h alone, so nothing here needs to be exact.
 *
 * Raising D(nu) under hbar(nu) <= beta, hbar(-nu) <= beta over all certificates is one convex program; its
 * dual reads like training (docs/certificate.md):
 *
 *   minimise F(f) + beta (L+(1) + L-(1)),   f_i = |x_i| (z_i+ - z_i-),
 *
 * over moment functionals L+, L- of the sphere with moment matrices P+, P- >= 0, where each row's moments
 * L(t_i^j) are those of a measure on [-1, 1] with mean z_i of (t)_+. The alternating direction method of
 * multipliers (Boyd et al. 2011) splits it into linear systems that are factorised once (row_system.h; sums
 * and differences of the two signs decouple) and projections: an eigenvalue decomposition a sign, tiny ones a
 * row (row_cones.h), and the loss. The multipliers of the linear step are a certificate up to eigenvalues
 * that are a little too large, which the check takes into account.
 */
#ifndef CVXNN_GAP_SPHERE_SEARCH_H
#define CVXNN_GAP_SPHERE_SEARCH_H

#include "gap/row_cones.h"
#include "gap/row_system.h"
#include "gap/splitting.h"
#include "verify/certificate.h"

struct cvxnn__sphere_sign {           /* of one sign */
    double *cones[2], *cone_duals[2]; /* n x entries, for t > 0 and t < 0 */
    double *q;                        /* n x width: multipliers of the rows' moments */
    double *half[2];                  /* n x width: moments of s */
};

struct cvxnn__sphere_system { /* of the sum (0) or the difference (1) of the signs */
    double *polynomial, *functional;
    double *matrix;
    double *target[2]; /* n x width */
    double *b, *q;
    double *work;
};

struct cvxnn__sphere_search {
    int64_t order;
    struct cvxnn__splitting split;
    struct cvxnn__row_moments rows;
    struct cvxnn__row_cones row_cones;
    struct cvxnn__row_system system;
    double *inverse[2][2]; /* width x width: of the quadratic of a half, by system and half (t > 0, t < 0) */
    struct cvxnn__sphere_sign signs[2];
    struct cvxnn__sphere_system systems[2];
    struct cvxnn__certificate *wanted; /* filled by the next step when not NULL */
};

/* nu: a dual vector to begin with (n of the instance). The arrays are taken from scope. */
int32_t cvxnn__sphere_search_begin(struct cvxnn__context *context, struct cvxnn__scope *scope,
                                   const struct cvxnn__instance *instance, int64_t order, const double *nu,
                                   struct cvxnn__sphere_search *search);

/* One iteration; with certificate not NULL (of this order) also its certificate. A positive status is a stop.
 */
int32_t cvxnn__sphere_search_step(struct cvxnn__context *context, struct cvxnn__sphere_search *search,
                                  struct cvxnn__certificate *certificate);

#endif
