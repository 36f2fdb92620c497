/*
 * The moments of one row of the bound's search: measures on [-1, 1] as pairs of measures of s = |t| on [0,
 * 1], one for t > 0 and one for t < 0. A vector h of 2k + 1 moments of s belongs to such a measure exactly if
 *
 *   H1(h) = h(w w') >= 0 and H2(h) = h(s (1 - s) z z') >= 0,   w, z: polynomials of degree <= k and <= k - 1
 *
 * (Hausdorff moments; Markov & Lukacs). w, z are orthonormal on [0, 1], which makes T : h -> (H1, 2 H2) well
 * conditioned.
 */
#ifndef CVXNN_GAP_ROW_CONES_H
#define CVXNN_GAP_ROW_CONES_H

#include <stdint.h>

#include "base/memory.h"

struct cvxnn__row_cones {
    int64_t k, width, entries; /* 2k + 1; (k + 1)^2 + k^2, both matrices in full */
    double *map;               /* entries x width: T */
    double *gram;              /* width x width: T'T */
};

void cvxnn__row_cones_take(struct cvxnn__scope *scope, int64_t k, struct cvxnn__row_cones *cones);

/* The nearest pair of positive semidefinite matrices, in place. */
void cvxnn__row_cones_project(const struct cvxnn__row_cones *cones, double *entries);

#endif
