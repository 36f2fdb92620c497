/* The cone split of one vector, shortest in |v| + |v'|. See split.h. */
#include "convex/split.h"

#include <float.h>
#include <math.h>

#include "linalg/blas.h"

/* Steps on gamma; each moves to the optimum of a face or halves an interval. */
enum { MOST_STEPS = 60 };

void cvxnn__split_take(struct cvxnn__scope *scope, int64_t d, int64_t most, struct cvxnn__split *split) {
    split->u = cvxnn__doubles(scope, d, 1);
    split->centre = cvxnn__doubles(scope, d, 1);
    cvxnn__projection_take(scope, d, most, &split->projection);
}

void cvxnn__split_begin(struct cvxnn__split *split, const double *u) {
    struct cvxnn__projection *p = &split->projection;
    double length = cvxnn__norm(p->d, u);
    for (int64_t j = 0; j < p->d; j++) {
        split->u[j] = u[j] / length;
        p->z[j] = 0;
    }
    split->gamma = 0;
    p->count = p->basis.count = 0;
}

void cvxnn__split_constrain(struct cvxnn__split *split, int64_t label, const double *normal, double sign) {
    struct cvxnn__projection *p = &split->projection;
    double length = cvxnn__norm(p->d, normal);
    double *a = cvxnn__projection_add(p, label, 0);
    for (int64_t j = 0; j < p->d; j++) a[j] = sign * (normal[j] / length);
    p->b[p->count - 1] = 0.5 * fabs(cvxnn__dot(p->d, a, split->u));
}

/* Distance of side * u from the face {z : a_j . z = b_j, j in the working set}; side = +1/2 or -1/2, so that
 * b_j - side a_j . u is 0 or 2 b_j. */
static double distance_to_face(struct cvxnn__projection *p, const double *u, double side) {
    for (int64_t k = 0; k < p->basis.count; k++) {
        int64_t j = p->working[k];
        p->dual[k] = side * cvxnn__dot(p->d, p->a + j * p->d, u) > 0 ? 0 : 2 * p->b[j];
    }
    cvxnn__basis_solve(&p->basis, p->dual);
    return cvxnn__norm(p->basis.count, p->dual);
}

/* The gamma that is best on the face of the working set: the sum of the distances from -u/2 and from u/2 to
 * one point of it is least where the ray between them would be reflected. */
static double best_on_face(struct cvxnn__split *split) {
    double below = distance_to_face(&split->projection, split->u, -0.5),
           above = distance_to_face(&split->projection, split->u, 0.5);
    return below + above > 0 ? 0.5 * (below - above) / (below + above) : split->gamma;
}

/* gamma is the best of its own face at one place only; below it the face's best is larger, above it smaller,
 * which keeps the steps inside an interval that shrinks. */
int cvxnn__split_solve(struct cvxnn__split *split) {
    struct cvxnn__projection *p = &split->projection;
    double low = -1, high = 1;
    for (int step = 0; step < MOST_STEPS; step++) {
        for (int64_t j = 0; j < p->d; j++) split->centre[j] = split->gamma * split->u[j];
        if (!cvxnn__project(p, split->centre)) return 0;
        double best = best_on_face(split);
        if (fabs(best - split->gamma) <= 8 * DBL_EPSILON) return 1;
        *(best > split->gamma ? &low : &high) = split->gamma;
        split->gamma = best > low && best < high ? best : 0.5 * (low + high);
    }
    return 1;
}
