/*
 * The point of a polyhedron nearest to a given one,
 *
 *   minimise |z - c|  subject to  a_j . z >= b_j,   |a_j| = 1,
 *
 * by the dual active set method of Goldfarb & Idnani (Mathematical Programming 27, 1983): z is always the
 * nearest point for the constraints in its working set, whose multipliers are >= 0; the most violated
 * constraint joins, and those whose multiplier would turn negative on the way leave. Constraints can be
 * added and c moved between calls; each call goes on from the working set of the last.
 */
#ifndef CVXNN_CONVEX_PROJECT_H
#define CVXNN_CONVEX_PROJECT_H

#include "linalg/basis.h"

/* What becomes of a constraint. REFUSED: together with the working set it has no solution. */
enum { CVXNN__CONSTRAINT_FREE, CVXNN__CONSTRAINT_WORKING, CVXNN__CONSTRAINT_REFUSED };

struct cvxnn__projection {
    int64_t d, most, count; /* count constraints, at most `most` */
    double *a;              /* most x d: unit normals, as rows */
    double *b;              /* most */
    int64_t *label;         /* most: the caller's names for them */
    int *state;             /* most: CVXNN__CONSTRAINT_ numbers */
    double *z;              /* d: the solution */
    double enough;          /* |z| at which it may end before every constraint is met; 0 unless set */

    struct cvxnn__basis basis; /* of the normals in the working set, as many as independent ones at most */
    int64_t *working;          /* basis.count: their constraints, in the order of the basis */
    double *multiplier;        /* basis.count: z - c = sum_j multiplier_j a_j */
    double *slack;             /* most: a_j . z - b_j */
    double *inside, *outside, *dual; /* work: basis.most, d, basis.most */
};

/* No constraints yet; arrays in scope (ask scope->failed). */
void cvxnn__projection_take(struct cvxnn__scope *scope, int64_t d, int64_t most,
                            struct cvxnn__projection *projection);

/* The place for the normal of a new constraint, d numbers to be filled with a unit vector; count < most. */
double *cvxnn__projection_add(struct cvxnn__projection *projection, int64_t label, double b);

/* Forgets every constraint outside the working set. */
void cvxnn__projection_shrink(struct cvxnn__projection *projection);

/* z nearest to c among the points that meet every constraint but the refused ones to rounding. Returns 0
 * when that was not reached (rounding made the working set cycle), else 1. Where b = 0, |z| falls from step
 * to step: with |z| <= enough it ends at the point nearest to c for the working set. */
int cvxnn__project(struct cvxnn__projection *projection, const double *c);

#endif
