/*
 * The cone split of one vector: u = v - v' with v, v' in the cone {x : a_j . x >= 0}, |a_j| = 1, and
 * |v| + |v'| as small as the constraints known so far allow.
 *
 * With v = z + u/2, v' = z - u/2 both lie in the cone iff a_j . z >= |a_j . u| / 2 for every j, and the
 * least |z + u/2| + |z - u/2| over that polyhedron is taken at its point nearest to gamma u for one gamma in
 * [-1/2, 1/2]: the optimality conditions are those of that projection with
 * gamma = (|v| - |v'|) / (2 |v| + 2 |v'|).
 */
#ifndef CVXNN_CONVEX_SPLIT_H
#define CVXNN_CONVEX_SPLIT_H

#include "convex/project.h"

struct cvxnn__split {
    double *u;      /* d: a unit vector */
    double *centre; /* d: gamma u */
    double gamma;
    struct cvxnn__projection projection; /* its z is the z above, its constraints those known so far */
};

/* Arrays in scope, for at most `most` constraints at once; ask scope->failed. */
void cvxnn__split_take(struct cvxnn__scope *scope, int64_t d, int64_t most, struct cvxnn__split *split);

/* Begins with the vector u (any length but 0) and no constraints: z = 0. */
void cvxnn__split_begin(struct cvxnn__split *split, const double *u);

/* Adds the constraint whose normal (any length but 0) is given, times sign. */
void cvxnn__split_constrain(struct cvxnn__split *split, int64_t label, const double *normal, double sign);

/* Solves for the constraints there are. Returns 0 when rounding prevented it, else 1. */
int cvxnn__split_solve(struct cvxnn__split *split);

#endif
