/*
 * The gated convex program over given patterns (Mishkin, Sahiner & Pilanci 2022; docs/math.md):
 *
 *   minimise  P(w) = F(sum_p D_p X w_p) + beta sum_p |w_p|                                            (G)
 *   dual      D(nu) subject to |X' D_p nu| <= beta for every p
 *
 * Solved until (P - D) / P, over all patterns, is at most the tolerance.
 */
#ifndef CVXNN_CONVEX_GATED_H
#define CVXNN_CONVEX_GATED_H

#include <stdint.h>

#include "patterns/patterns.h"
#include "problem/instance.h"

struct cvxnn__gated {
    struct cvxnn__scope scope; /* owns the arrays */
    int64_t active;
    int64_t *pattern; /* active: number of the pattern, ascending */
    double *w;        /* active x d, no row is zero */
    double *nu;       /* n: -grad F at the solution */
    double *dual_nu;  /* n: the vector that gives D once it is scaled until it is feasible */
    double objective; /* P, recomputed from w */
    double dual;      /* best D found, feasible over all patterns */
    double gap;       /* (P - D) / P; 0 when P = 0 */
    int64_t iterations;
};

/* beta_max = max_p |X' D_p nu_0|, nu_0 = -grad F(0). */
int32_t cvxnn__gated_beta_max(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                              const struct cvxnn__patterns *patterns, double *beta_max);

/*
 * Fills *solution (scope opened on context->memory). start: a solution over the same patterns to begin with
 * (any beta, targets or weights), or NULL. Returns CVXNN_OK when gap <= tolerance, CVXNN_STOPPED_... with the
 * best iterate when a budget ran out (iterations: monitor->max_iterations), and CVXNN_STOPPED_PRECISION when
 * rounding allows no more; negative: an error, nothing to be freed. Sends CVXNN_EVENT_CONVEX.
 */
int32_t cvxnn__gated_solve(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                           const struct cvxnn__patterns *patterns, double tolerance,
                           const struct cvxnn__gated *start, struct cvxnn__gated *solution);

void cvxnn__gated_free(struct cvxnn__gated *solution);

#endif
