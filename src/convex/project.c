/* The nearest point of a polyhedron by a dual active set. See project.h. */
#include "convex/project.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/blas.h"

/* A unit normal this close to the span of the others counts as inside it: meeting it by a step outside the
 * span would make z larger by its inverse. */
static const double DEPENDENT = 1e-9;

/* What may be left of c, per |c|, in a z that was settled and should be 0; in one that was not, the rounding
 * of every step. */
static const double NOISE = 64 * DBL_EPSILON;

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

void cvxnn__projection_take(struct cvxnn__scope *scope, int64_t d, int64_t most,
                            struct cvxnn__projection *p) {
    p->d = d;
    p->most = most;
    p->count = 0;
    p->enough = 0;
    p->a = cvxnn__doubles(scope, most, d);
    p->b = cvxnn__doubles(scope, most, 1);
    p->label = cvxnn__integers(scope, most);
    p->state = cvxnn__take(scope, most, 1, (int64_t)sizeof *p->state);
    p->z = cvxnn__doubles(scope, d, 1);
    cvxnn__basis_take(scope, d, least(d, most), &p->basis);
    p->working = cvxnn__integers(scope, p->basis.most);
    p->multiplier = cvxnn__doubles(scope, p->basis.most, 1);
    p->slack = cvxnn__doubles(scope, most, 1);
    p->inside = cvxnn__doubles(scope, p->basis.most, 1);
    p->outside = cvxnn__doubles(scope, d, 1);
    p->dual = cvxnn__doubles(scope, p->basis.most, 1);
}

double *cvxnn__projection_add(struct cvxnn__projection *p, int64_t label, double b) {
    int64_t j = p->count++;
    p->b[j] = b;
    p->label[j] = label;
    p->state[j] = CVXNN__CONSTRAINT_FREE;
    return p->a + j * p->d;
}

void cvxnn__projection_shrink(struct cvxnn__projection *p) {
    int64_t kept = 0;
    for (int64_t j = 0; j < p->count; j++) {
        if (p->state[j] != CVXNN__CONSTRAINT_WORKING) continue;
        for (int64_t k = 0; k < p->basis.count; k++)
            if (p->working[k] == j) p->working[k] = kept;
        if (kept < j) memcpy(p->a + kept * p->d, p->a + j * p->d, (size_t)p->d * sizeof *p->a);
        p->b[kept] = p->b[j];
        p->label[kept] = p->label[j];
        p->state[kept++] = CVXNN__CONSTRAINT_WORKING;
    }
    p->count = kept;
}

/* Takes place k out of the working set. */
static void leave(struct cvxnn__projection *p, int64_t k) {
    p->state[p->working[k]] = CVXNN__CONSTRAINT_FREE;
    cvxnn__basis_drop(&p->basis, k);
    for (int64_t m = k; m < p->basis.count; m++) {
        p->working[m] = p->working[m + 1];
        p->multiplier[m] = p->multiplier[m + 1];
    }
}

/* Puts constraint j, whose normal has just been split, into the working set. */
static void join(struct cvxnn__projection *p, int64_t j, double outside_norm, double multiplier) {
    p->state[j] = CVXNN__CONSTRAINT_WORKING;
    p->working[p->basis.count] = j;
    p->multiplier[p->basis.count] = multiplier;
    cvxnn__basis_add(&p->basis, p->inside, p->outside, outside_norm);
}

/* z and multipliers from scratch: with N = L Q the working normals, z = c + Q'y, L y = b - N c, and the
 * multipliers solve L' m = y. One step of refinement makes the working constraints hold to rounding. */
static void settle(struct cvxnn__projection *p, const double *c) {
    int64_t count = p->basis.count;
    double *y = p->multiplier, *step = p->dual;
    memcpy(p->z, c, (size_t)p->d * sizeof *p->z);
    for (int64_t k = 0; k < count; k++) y[k] = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t k = 0; k < count; k++) {
            int64_t j = p->working[k];
            step[k] = p->b[j] - cvxnn__dot(p->d, p->a + j * p->d, p->z);
        }
        cvxnn__basis_solve(&p->basis, step);
        cvxnn__basis_combine(&p->basis, step, p->z);
        cvxnn__axpy(count, 1, step, y);
    }
    cvxnn__basis_solve_transposed(&p->basis, y);
}

/* After c has moved: constraints with a negative multiplier leave, the most negative first. */
static void settle_and_leave(struct cvxnn__projection *p, const double *c) {
    for (;;) {
        settle(p, c);
        int64_t worst = -1;
        for (int64_t k = 0; k < p->basis.count; k++)
            if (p->multiplier[k] < 0 && (worst < 0 || p->multiplier[k] < p->multiplier[worst])) worst = k;
        if (worst < 0) return;
        leave(p, worst);
    }
}

/* The free constraint violated most, beyond rounding; -1: none. */
static int64_t most_violated(struct cvxnn__projection *p, const double *c, int settled) {
    if (p->count == 0) return -1;
    int64_t worst = -1;
    double largest = (settled ? NOISE : 1) * cvxnn__norm(p->d, c);
    cvxnn__gemv(0, p->count, p->d, 1, p->a, p->d, p->z, 0, p->slack);
    for (int64_t j = 0; j < p->count; j++) {
        p->slack[j] -= p->b[j];
        largest = fmax(largest, fabs(p->b[j]));
        if (p->state[j] == CVXNN__CONSTRAINT_FREE && (worst < 0 || p->slack[j] < p->slack[worst])) worst = j;
    }
    double rounding = 4 * DBL_EPSILON * sqrt((double)p->d) * (cvxnn__norm(p->d, p->z) + largest);
    return worst >= 0 && p->slack[worst] < -rounding ? worst : -1;
}

/* The place in the working set whose multiplier reaches zero first along -dual; *length: after which step. */
static int64_t first_to_leave(const struct cvxnn__projection *p, double *length) {
    int64_t first = -1;
    *length = INFINITY;
    for (int64_t k = 0; k < p->basis.count; k++) {
        if (!(p->dual[k] > 0) || p->multiplier[k] >= *length * p->dual[k]) continue;
        *length = p->multiplier[k] / p->dual[k];
        first = k;
    }
    return first;
}

/* Steps until constraint j holds with equality, or is refused (Goldfarb & Idnani, section 3, steps 2 a-c). z
 * and the multipliers are carried along, rounding errors and all, until the next settle. */
static void meet(struct cvxnn__projection *p, int64_t j, const double *c) {
    const double *normal = p->a + j * p->d;
    double slack = p->slack[j], own = 0, partial;
    for (;;) {
        double height = cvxnn__basis_split(&p->basis, normal, p->inside, p->outside);
        memcpy(p->dual, p->inside, (size_t)p->basis.count * sizeof *p->dual);
        cvxnn__basis_solve_transposed(&p->basis, p->dual);
        int independent = height > DEPENDENT && p->basis.count < p->basis.most;
        double full = independent ? -slack / (height * height) : INFINITY;
        int64_t leaving = first_to_leave(p, &partial);
        if (leaving < 0 && !independent) {
            p->state[j] = CVXNN__CONSTRAINT_REFUSED;
            settle_and_leave(p, c);
            return;
        }
        double length = fmin(partial, full);
        cvxnn__axpy(p->basis.count, -length, p->dual, p->multiplier);
        own += length;
        if (independent) {
            cvxnn__axpy(p->d, length, p->outside, p->z);
            slack += length * height * height;
        }
        if (full <= partial) {
            join(p, j, height, own);
            return;
        }
        leave(p, leaving);
    }
}

int cvxnn__project(struct cvxnn__projection *p, const double *c) {
    int64_t most_steps = 20 * p->most + 100;
    int settled = 1;
    settle_and_leave(p, c);
    for (int64_t step = 0; step < most_steps; step++) {
        if (p->enough > 0 && cvxnn__norm(p->d, p->z) <= p->enough) return 1;
        int64_t j = most_violated(p, c, settled);
        if (j < 0 && settled) return 1;
        if (j < 0)
            settle_and_leave(p, c);
        else
            meet(p, j, c);
        settled = j < 0;
    }
    return 0;
}
