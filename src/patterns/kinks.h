/*
 * Kinks: the rows on which one neuron vanishes. Where x_i . u = 0 the ReLU (x_i . u)_+ has a kink, and on one
 * side of it the plane through the cones K of two patterns (docs/algorithms.md, "Walls").
 *
 * A function r . w + sign sum_i nu_i (x_i . w)_+ of small moves w, i over the kinks, has no direction in
 * which it rises just when r is a combination of their rows,
 *
 *   r = sum_i mu_i x_i,    mu_i between 0 and -sign nu_i        (both cones beside the plane can be entered)
 *                          mu_i >= 0 or mu_i <= -sign nu_i       (only the cone with bit 0, or 1, is allowed)
 *
 * so the nearest such combination, a least-squares problem over a box, either proves that or leaves a
 * residual w along which it rises most. Kinks whose mu_i is inside its bounds are walls: u moves along them.
 */
#ifndef CVXNN_PATTERNS_KINKS_H
#define CVXNN_PATTERNS_KINKS_H

#include "linalg/basis.h"
#include "linalg/rows.h"

/* State of a row: its bit in the neuron's pattern, and whether it is a kink that u stays on. */
enum { CVXNN__ROW_OFF = 0, CVXNN__ROW_ON = 1, CVXNN__ROW_WALL = 2 };
/* Normals that are kept, per dimension: there are seldom more walls. */
enum { CVXNN__KINKS_KEPT = 2 };

struct cvxnn__kinks {
    const struct cvxnn__rows *rows;
    const double *norms;       /* n: |x_i|, 0 for rows that bind nothing; the caller's */
    unsigned char *state;      /* n */
    struct cvxnn__basis basis; /* of the walls' normals x_i / |x_i|, a largest independent set of them */
    int64_t *member;      /* as many as the basis may have: which of the walls each vector of the basis is */
    int64_t count;        /* walls, dependent ones included */
    int64_t *wall;        /* n: their rows, ascending */
    double *normals;      /* x_i / |x_i| of the first CVXNN__KINKS_KEPT d walls, d numbers each */
    int64_t free;         /* d - basis.count */
    int null_is_of_walls; /* 0: null has to be made anew */
    double *null;         /* d x d: the first `free` rows are orthonormal, orthogonal to every wall;
                             the others are work */
    double *mu;           /* n: multipliers of the walls at the last release */
    double *row, *inside, *outside; /* work: d each */
    double *work;                   /* 2 d */
};

/* All rows off, no walls. Arrays in scope, ask scope->failed. */
void cvxnn__kinks_take(struct cvxnn__scope *scope, const struct cvxnn__rows *rows, const double *norms,
                       struct cvxnn__kinks *kinks);

/* Walls and basis from the states. */
void cvxnn__kinks_gather(struct cvxnn__kinks *kinks);

/* null, where it is not that of the walls any more. */
const double *cvxnn__kinks_null(struct cvxnn__kinks *kinks);

/* Adds row i to the walls' basis alone: gather before anything else. 0 when it depends on them, or leaves no
 * room to move. */
int cvxnn__kinks_add(struct cvxnn__kinks *kinks, int64_t i);

/* v becomes its part orthogonal to the walls. */
void cvxnn__kinks_flatten(const struct cvxnn__kinks *kinks, double *v);

/*
 * Looks for a move that raises r . w + sign sum_i nu_i (x_i . w)_+, i over the walls. Returns |w|, which is 0
 * when there is none longer than `least`; otherwise w (d numbers) is one, the walls that it leaves are on or
 * off as it wants them, and walls and basis are those that remain. fixed: rows keep their bits.
 */
double cvxnn__kinks_release(struct cvxnn__kinks *kinks, const double *nu, double sign, int fixed,
                            const double *r, double least, double *w);

#endif
