/*
 * The gated program in plain loops over dense doubles: small problems, and every number that a solution
 * reports computed again from its weights.
 */
#ifndef CVXNN_TESTS_GATED_PLAIN_H
#define CVXNN_TESTS_GATED_PLAIN_H

#include "convex/gated.h"
#include "fixture.h"

/* A small problem in plain arrays, and the same for the library. */
struct plain {
    int64_t n, d, sampled;
    double *x, *y, *s; /* n x d, n, n */
    double *gates;     /* sampled x d */
    struct cvxnn__instance instance;
    struct cvxnn__patterns patterns;
    double beta_max;
};

double *plain_copy(const double *from, int64_t count); /* to be freed */

/* x, y, s and gates are set: makes the instance, with beta a multiple of beta_max. */
void plain_pose(struct plain *plain, struct fixture *f, double ratio);

/* Gaussian data and gates, a ReLU teacher with two neurons and noise. */
void plain_make(struct plain *plain, struct fixture *f, int64_t n, int64_t d, int64_t sampled, double ratio,
                uint64_t seed);
void plain_drop(struct plain *plain);

/* Whether row i is on in pattern p; |w|. */
int plain_on(const struct plain *plain, int64_t p, int64_t i);
double plain_length(const double *w, int64_t d);

/* P of dense weights W (patterns x d), and nu = -grad F; then g = X' D_p nu. */
double plain_objective(const struct plain *plain, const double *w, double *nu);
void plain_gradient(const struct plain *plain, int64_t p, const double *nu, double *g);

/* Everything a solution says of itself, and the optimality conditions to `kkt` times beta; the same for the
 * solution that there is, whose objective is returned. */
void plain_check(const struct plain *plain, const struct cvxnn__gated *solution, double tolerance,
                 double kkt);
double plain_solve(struct plain *plain, struct fixture *f, double tolerance, double kkt);

#endif
