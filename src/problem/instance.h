/*
 * Instance: one problem (NN) as the algorithms see it. Data X as rows (scaled, with its constant
 * column, as posed), targets, sample weights, loss and beta.
 *
 *   F(f) = (1/S) sum_i s_i l(f_i, y_i),  S = sum_i s_i,  inf l = 0
 *   dual variable nu = -grad F(f);  D(nu) = -F*(-nu)  (docs/math.md, "duality")
 *
 * This version has one output; arrays of n numbers are columns.
 */
#ifndef CVXNN_PROBLEM_INSTANCE_H
#define CVXNN_PROBLEM_INSTANCE_H

#include <stdint.h>

#include "linalg/rows.h"

struct cvxnn__instance {
    struct cvxnn__rows rows;
    int64_t outputs;       /* 1 in this version */
    const double *targets; /* n x outputs, row-major */
    const double *weights; /* n, >= 0, not all 0; NULL: all 1 */
    double weight_sum;     /* S */
    int32_t loss;          /* CVXNN_LOSS_ number */
    double beta;
};

/* s_i / S. */
double cvxnn__instance_share(const struct cvxnn__instance *instance, int64_t i);

/* F(f), f n numbers. */
double cvxnn__loss_value(const struct cvxnn__instance *instance, const double *f);

/* nu = -grad F(f), n numbers; nu may be f. Rows of weight 0 give 0. */
void cvxnn__loss_residual(const struct cvxnn__instance *instance, const double *f, double *nu);

/* curvature[i] = d2F/df_i2 at f (squared loss: s_i / S, whatever f is). */
void cvxnn__loss_curvature(const struct cvxnn__instance *instance, const double *f, double *curvature);

/* D(nu) = -F*(-nu); -INFINITY outside the domain of F*. */
double cvxnn__loss_dual(const struct cvxnn__instance *instance, const double *nu);

/* The t in [0, most] that maximises D(t nu). */
double cvxnn__loss_dual_scale(const struct cvxnn__instance *instance, const double *nu, double most);

/* A number that D(z), z taken as the n doubles it is, is never below: computed with a bound on its rounding
 * errors, S included (docs/certificate.md). -INFINITY where D is, or where an overflow leaves nothing proved.
 */
double cvxnn__loss_dual_floor(const struct cvxnn__instance *instance, const double *z);

/* A number that F is never above at any outputs within error[i] >= 0 of f[i]; INFINITY or NAN where it
 * overflows. */
double cvxnn__loss_ceiling(const struct cvxnn__instance *instance, const double *f, const double *error);

#endif
