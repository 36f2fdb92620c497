/*
 * The objective of (NN) and its gradient as a function of one vector x = (U, A): the width rows u_j of d
 * numbers, then the width rows a_j of `outputs` numbers.
 *
 *   value     F(f) + (beta/2) |x|^2,   H = (X U')_+,   f = H A
 *   gradient  by u_j: X' Diag(1[X u_j > 0]) (-nu a_j) + beta u_j     by A: -H' nu + beta A
 *
 * with nu = -grad F(f). At a kink (x_i . u_j = 0) the subgradient of (.)_+ that is taken is 0.
 */
#ifndef CVXNN_GRADIENT_OBJECTIVE_H
#define CVXNN_GRADIENT_OBJECTIVE_H

#include <stdint.h>

#include "problem/instance.h"

struct cvxnn__objective {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    int64_t width, length; /* length = width * (d + outputs) */
    int64_t groups;        /* rows are cut into groups, each with partial sums of its own */
    int64_t group_tiles;   /* tiles of a group */
    int64_t stage_tiles;   /* tiles of a group between two polls */
    double *tiles;         /* groups x what one tile of rows needs */
    double *partials;      /* groups x length: gradients */
    double *losses;        /* groups */
    const double *x;       /* during a call: where to evaluate */
    int64_t first;         /* during a call: the stage's first tile of each group */
};

/* Buffers go into scope; both must outlive the objective, as must instance. MEMORY, or SHAPE when a product
 * does not fit this BLAS. */
int32_t cvxnn__objective_make(struct cvxnn__context *context, struct cvxnn__scope *scope,
                              const struct cvxnn__instance *instance, int64_t width,
                              struct cvxnn__objective *objective);

/* Of type cvxnn__evaluate_fn: `objective` is a struct cvxnn__objective. Polls; after a stop value and
 * gradient mean nothing. The same bits for any number of threads. */
int32_t cvxnn__objective_evaluate(void *objective, const double *x, double *value, double *gradient);

#endif
