/*
 * What the parts of the gated solver share: the restricted program, (G) over a working set of
 * patterns, with its iterate.
 *
 *   minimise P(w) = F(f) + beta sum_q |w_q|,   f = sum_q D_q X w_q,   q = 1 .. count
 *   nu = -grad F(f),   g_q = X' D_q nu
 *   optimal:  g_q = beta w_q / |w_q| where w_q is not 0, |g_q| <= beta elsewhere
 */
#ifndef CVXNN_CONVEX_GATED_INTERNAL_H
#define CVXNN_CONVEX_GATED_INTERNAL_H

#include "convex/gated.h"

struct cvxnn__restricted {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    struct cvxnn__scope scope; /* owns the arrays */
    struct cvxnn__masks masks; /* count of them */
    int64_t count;
    int64_t *pattern;   /* count: number of the pattern, ascending */
    double *w;          /* count x d */
    double *f;          /* n, always that of w */
    double objective;   /* P, always that of w */
    double *dual;       /* n: a vector whose D over the working set was the largest; all 0 at first */
    double *best_w;     /* count x d: the lowest P so far was at this w; Newton steps may rise above it */
    double best;        /* that P */
    double *mu;         /* count: smoothing of each group; 0: not yet known */
    double part_of_gap; /* what smoothed Newton steps aim at for mu; 0: not yet known */
    int on_rows;        /* Newton systems are solved on the side of the rows */
    int64_t iterations; /* so far, and the most allowed (0: no limit) */
    int64_t most_iterations;
};

/* The largest |g_p| of count rows of g (count x d). */
double cvxnn__gated_largest(int64_t count, int64_t d, const double *g);

/* D(t nu) for the best t with t largest <= beta; scratch: n numbers. */
double cvxnn__gated_dual(const struct cvxnn__instance *instance, const double *nu, double largest,
                         double *scratch);

/* sum_q |w_q|. */
double cvxnn__gated_penalty(int64_t count, int64_t d, const double *w);

/* Notes the iterate as the best if it is. */
void cvxnn__gated_note(struct cvxnn__restricted *program);

/*
 * Lowers P until its relative gap over the working set is at most target, nothing is gained any more, or
 * `most` steps were made. CVXNN_OK then; a positive status when a budget ran out or it was cancelled. The
 * best iterate is noted at every step.
 *
 * fista: accelerated proximal gradient with restart. newton: Newton steps, with fista where they fail.
 */
int32_t cvxnn__gated_fista(struct cvxnn__restricted *program, double target, int64_t most);
int32_t cvxnn__gated_newton(struct cvxnn__restricted *program, double target, int64_t most);

/* The best iterate becomes the iterate without idle groups (g: X' D_p nu of every pattern, at the iterate),
 * as long as P stays within most. */
int32_t cvxnn__gated_trim(struct cvxnn__restricted *program, const double *g, double most);

#endif
