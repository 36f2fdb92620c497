/*
 * Pricing: neurons that a network lacks. For a dual vector nu a unit vector u with
 *
 *   h(u) = sign sum_i nu_i (x_i . u)_+ > beta
 *
 * is a neuron (and 1[Xu >= 0] a pattern) whose entry lowers the objective; where there is none the network is
 * optimal (docs/algorithms.md, "Pricing"). h has many local maxima. Ascents run from many starts to the end:
 *
 *   roughly: u <- normalise(u + a (g/|g| - u)), g = sign X' D(u) nu, a as large as h rises
 *   exactly: on h(u) - |u|^2 / 2, whose local maxima are those of h on the sphere, at u = h(u) u/|u|: steps
 * to the maximum of the cell along the walls, exact line searches, walls left as kinks.h says.
 */
#ifndef CVXNN_PATTERNS_PRICE_H
#define CVXNN_PATTERNS_PRICE_H

#include "linalg/rows.h"

/* Local maxima of h, the largest first. */
struct cvxnn__priced {
    struct cvxnn__scope scope; /* owns the arrays */
    int64_t count;
    double *u;     /* count x d: unit vectors */
    double *sign;  /* count */
    double *value; /* count: h(u) > 0 */
};

struct cvxnn__price_options {
    const double *norms;      /* n: |x_i|, 0 for rows that do not count */
    uint64_t seed, round;     /* random starts are number round of stream CVXNN__STREAM_PRICE */
    int64_t random;           /* random starts, each for both signs; most of them around those given */
    int64_t given;            /* starts of the caller's, each for both signs */
    const double *directions; /* given x d */
    const struct cvxnn__priced *known; /* maxima of before, which are ascended exactly again, or NULL */
    int64_t most;                      /* local maxima wanted at most, of each sign; */
    int64_t most_near; /* near each given direction, besides (0: they count as all others do) */
    double least;      /* a rough ascent that ends with h(u) below this is no maximum of interest */
};

/* Fills *priced (scope on context->memory). A positive status is a stop: what was found by then. The same for
 * any number of threads. */
int32_t cvxnn__price(struct cvxnn__context *context, const struct cvxnn__rows *rows, const double *nu,
                     const struct cvxnn__price_options *options, struct cvxnn__priced *priced);
void cvxnn__priced_free(struct cvxnn__priced *priced);

/* Exact ascents from count starts u (count x d, sign and value count numbers each), in place: u unit vectors,
 * value h(u), or 0 and u anything where h is not positive. A stop leaves them where they are; those that had
 * not begun have what the caller put there. */
int32_t cvxnn__ascend(struct cvxnn__context *context, const struct cvxnn__rows *rows, const double *norms,
                      const double *nu, int64_t count, double *u, const double *sign, double *value);

#endif
