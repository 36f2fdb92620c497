/*
 * What the optimisers of the baseline share: a function of many variables that is smooth almost everywhere, a
 * start, a rule to stop by, and the best point found. Each optimiser is one file and one function.
 */
#ifndef CVXNN_GRADIENT_DESCENT_H
#define CVXNN_GRADIENT_DESCENT_H

#include <stdint.h>

#include "base/context.h"

/* Value and gradient (a subgradient at kinks) at x. CVXNN_OK or a status that ends the run; a value that is
 * not finite is allowed and never accepted. */
typedef int32_t (*cvxnn__evaluate_fn)(void *argument, const double *x, double *value, double *gradient);

struct cvxnn__descent {
    struct cvxnn__context *context;
    cvxnn__evaluate_fn evaluate;
    void *argument;
    int64_t length;         /* of x and gradients */
    double step;            /* > 0; 0: chosen by the optimiser */
    double decrease;        /* relative decrease at which to stop, as each optimiser says */
    int64_t max_iterations; /* >= 1 */
    int64_t earlier;        /* iterations of earlier starts, for the events */

    double *x;    /* length: the start, then the best point */
    double value; /* there; the start's is filled in by the optimiser */
    int64_t iterations;
};

/*
 * CVXNN_OK when `decrease` was reached, CVXNN_STOPPED_ITERATIONS, another CVXNN_STOPPED_ status, or
 * CVXNN_ERROR_MEMORY. When evaluate stopped the run before it gave a value, descent->value is INFINITY.
 *   gd     gradient descent, steps by Armijo's rule (Armijo 1966)
 *   adam   Kingma & Ba 2015, algorithm 1, on the whole gradient
 *   lbfgs  limited-memory BFGS (Liu & Nocedal 1989), steps by the weak Wolfe conditions
 */
int32_t cvxnn__descend_gd(struct cvxnn__descent *descent);
int32_t cvxnn__descend_adam(struct cvxnn__descent *descent);
int32_t cvxnn__descend_lbfgs(struct cvxnn__descent *descent);

/* At the end of every iteration: counts it, sends CVXNN_EVENT_GRADIENT with the best value, polls, and looks
 * at the iteration budget. */
int32_t cvxnn__descent_count(struct cvxnn__descent *descent);

/* 1 when the value went down from `before`, if that is finite, by at most `decrease` relative to it. */
int cvxnn__descent_stalled(const struct cvxnn__descent *descent, double before, double after);

#endif
