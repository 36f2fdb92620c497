/* Kinks of one neuron: walls, and the least-squares problem that says which to leave. See kinks.h. */
#include "patterns/kinks.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"

enum { MOST_SWEEPS = 2000 };

/* A unit normal this close to the span of the walls is implied by them. */
static const double DEPENDENT = 1e-9;
/* Below this sine a move counts as being along a wall. */
static const double ALONG = 1e-9;

void cvxnn__kinks_take(struct cvxnn__scope *scope, const struct cvxnn__rows *rows, const double *norms,
                       struct cvxnn__kinks *kinks) {
    int64_t d = rows->d, most = d < rows->n ? d : rows->n, kept = CVXNN__KINKS_KEPT * d;
    kinks->rows = rows;
    kinks->norms = norms;
    kinks->state = cvxnn__take_zeroed(scope, rows->n, 1, 1);
    cvxnn__basis_take(scope, d, most, &kinks->basis);
    kinks->member = cvxnn__integers(scope, most);
    kinks->wall = cvxnn__integers(scope, rows->n);
    kinks->normals = cvxnn__doubles(scope, kept < rows->n ? kept : rows->n, d);
    kinks->null = cvxnn__doubles(scope, d, d);
    kinks->mu = cvxnn__doubles(scope, rows->n, 1);
    kinks->row = cvxnn__doubles(scope, d, 1);
    kinks->work = cvxnn__doubles(scope, 2, d);
    kinks->inside = cvxnn__doubles(scope, d, 1);
    kinks->outside = cvxnn__doubles(scope, d, 1);
    kinks->count = 0;
    kinks->free = d;
    kinks->null_is_of_walls = 0;
}

static int is_wall(const struct cvxnn__kinks *kinks, int64_t i) {
    return (kinks->state[i] & CVXNN__ROW_WALL) && kinks->norms[i] > 0;
}

/* x_i / |x_i|. */
static void read_normal(const struct cvxnn__kinks *kinks, int64_t i, double *normal) {
    int64_t d = kinks->rows->d;
    cvxnn__rows_tile(kinks->rows, i, 1, 0, d, normal, d);
    for (int64_t j = 0; j < d; j++) normal[j] /= kinks->norms[i];
}

/* The normal of wall k. */
static const double *normal(const struct cvxnn__kinks *kinks, int64_t k) {
    int64_t d = kinks->rows->d;
    if (k < CVXNN__KINKS_KEPT * d) return kinks->normals + k * d;
    read_normal(kinks, kinks->wall[k], kinks->row);
    return kinks->row;
}

/* ---- The walls' span and what is orthogonal to it ------------------------------------------------ */

/* Adds a unit vector to the basis. */
static int join(struct cvxnn__kinks *kinks, const double *unit) {
    struct cvxnn__basis *basis = &kinks->basis;
    if (basis->count >= basis->d - 1 || basis->count == basis->most) return 0;
    double height = cvxnn__basis_split(basis, unit, kinks->inside, kinks->outside);
    if (height > DEPENDENT) cvxnn__basis_add(basis, kinks->inside, kinks->outside, height);
    return height > DEPENDENT;
}

int cvxnn__kinks_add(struct cvxnn__kinks *kinks, int64_t i) {
    read_normal(kinks, i, kinks->row);
    return join(kinks, kinks->row);
}

void cvxnn__kinks_gather(struct cvxnn__kinks *kinks) {
    struct cvxnn__basis *basis = &kinks->basis;
    int64_t d = basis->d;
    basis->count = kinks->count = 0;
    for (int64_t i = 0; i < kinks->rows->n; i++) {
        if (!is_wall(kinks, i)) continue;
        int64_t k = kinks->count++;
        kinks->wall[k] = i;
        if (k < CVXNN__KINKS_KEPT * d) read_normal(kinks, i, kinks->normals + k * d);
        if (join(kinks, normal(kinks, k))) kinks->member[basis->count - 1] = k;
    }
    kinks->free = d - basis->count;
    kinks->null_is_of_walls = 0;
}

/* The basis is copied behind the null vectors, where there is just room for it. */
const double *cvxnn__kinks_null(struct cvxnn__kinks *kinks) {
    const struct cvxnn__basis *basis = &kinks->basis;
    int64_t d = basis->d, count = basis->count;
    double *walls = kinks->null + kinks->free * d;
    if (kinks->null_is_of_walls) return kinks->null;
    if (count > 0) memcpy(walls, basis->q, (size_t)(count * d) * sizeof *walls);
    cvxnn__complement(d, count, walls, kinks->null, kinks->work);
    kinks->null_is_of_walls = 1;
    return kinks->null;
}

void cvxnn__kinks_flatten(const struct cvxnn__kinks *kinks, double *v) {
    const struct cvxnn__basis *basis = &kinks->basis;
    int64_t d = basis->d;
    for (int64_t k = 0; k < basis->count; k++)
        cvxnn__axpy(d, -cvxnn__dot(d, basis->q + k * d, v), basis->q + k * d, v);
}

/* ---- Release --------------------------------------------------------------------------------------- */

/* Bounds of mu_i |x_i|. 0 when the kink is a ridge: both sides rise, so that no multiplier holds it. */
static int bounds(const struct cvxnn__kinks *kinks, int64_t i, double pull, int fixed, double *low,
                  double *high) {
    double other = -pull * kinks->norms[i];
    *low = 0;
    *high = other;
    if (fixed && (kinks->state[i] & CVXNN__ROW_ON)) *low = -INFINITY;
    if (fixed && !(kinks->state[i] & CVXNN__ROW_ON)) *high = INFINITY;
    return *low < *high;
}

static void leave(struct cvxnn__kinks *kinks, int64_t i, double product, int fixed) {
    int on = fixed ? kinks->state[i] & CVXNN__ROW_ON : product > 0;
    kinks->state[i] = on ? CVXNN__ROW_ON : CVXNN__ROW_OFF;
}

/* Ridges are left first, to the side that r points to; w = r plus what they pull. Returns how many there
 * were. */
static int64_t leave_ridges(struct cvxnn__kinks *kinks, const double *nu, double sign, int fixed,
                            const double *r, double *w) {
    int64_t d = kinks->rows->d, left = 0;
    double low, high;
    memcpy(w, r, (size_t)d * sizeof *w);
    for (int64_t k = 0; k < kinks->count; k++) {
        int64_t i = kinks->wall[k];
        if (bounds(kinks, i, sign * nu[i], fixed, &low, &high)) continue;
        const double *unit = normal(kinks, k);
        double product = cvxnn__dot(d, unit, w);
        leave(kinks, i, product, fixed);
        if (product > 0) cvxnn__axpy(d, sign * nu[i] * kinks->norms[i], unit, w);
        left++;
    }
    return left;
}

/* Multipliers to begin with, and w to match: those of the nearest combination of the basis, were there no
 * bounds, brought into them. Where they need not be the problem is solved; where that leaves more than r,
 * they are 0. */
static void guess(struct cvxnn__kinks *kinks, const double *nu, double sign, int fixed, double *w) {
    const struct cvxnn__basis *basis = &kinks->basis;
    double low, high;
    double before = cvxnn__norm(basis->d, w);
    memcpy(kinks->outside, w, (size_t)basis->d * sizeof *w);
    for (int64_t k = 0; k < kinks->count; k++) kinks->mu[k] = 0;
    for (int64_t m = 0; m < basis->count; m++)
        kinks->inside[m] = cvxnn__dot(basis->d, basis->q + m * basis->d, w);
    cvxnn__basis_solve_transposed(basis, kinks->inside);
    for (int64_t m = 0; m < basis->count; m++) {
        int64_t k = kinks->member[m], i = kinks->wall[k];
        bounds(kinks, i, sign * nu[i], fixed, &low, &high);
        kinks->mu[k] = fmin(fmax(kinks->inside[m], low), high);
        cvxnn__axpy(basis->d, -kinks->mu[k], normal(kinks, k), w);
    }
    if (cvxnn__norm(basis->d, w) <= before) return;
    memcpy(w, kinks->outside, (size_t)basis->d * sizeof *w);
    for (int64_t k = 0; k < kinks->count; k++) kinks->mu[k] = 0;
}

/* w = r - sum_i mu_i x_i / |x_i| as short as the bounds allow, by cyclic descent. */
static void shorten(struct cvxnn__kinks *kinks, const double *nu, double sign, int fixed, double least,
                    double *w) {
    int64_t d = kinks->rows->d;
    double low, high, moved = INFINITY;
    for (int sweep = 0; sweep < MOST_SWEEPS && moved > 0.01 * least; sweep++) {
        moved = 0;
        for (int64_t k = 0; k < kinks->count; k++) {
            int64_t i = kinks->wall[k];
            const double *unit = normal(kinks, k);
            bounds(kinks, i, sign * nu[i], fixed, &low, &high);
            double next = kinks->mu[k] + cvxnn__dot(d, unit, w);
            next = fmin(fmax(next, low), high);
            double change = next - kinks->mu[k];
            if (change == 0) continue;
            cvxnn__axpy(d, -change, unit, w);
            kinks->mu[k] = next;
            moved = fmax(moved, fabs(change));
        }
    }
}

/* Walls whose multiplier is at a bound and that w leaves are none any more. */
static void open_walls(struct cvxnn__kinks *kinks, const double *nu, double sign, int fixed, double length,
                       const double *w) {
    double low, high;
    for (int64_t k = 0; k < kinks->count; k++) {
        int64_t i = kinks->wall[k];
        bounds(kinks, i, sign * nu[i], fixed, &low, &high);
        double product = cvxnn__dot(kinks->rows->d, normal(kinks, k), w);
        int leaves = (kinks->mu[k] <= low && product < -ALONG * length) ||
                     (kinks->mu[k] >= high && product > ALONG * length);
        if (leaves) leave(kinks, i, product, fixed);
    }
}

double cvxnn__kinks_release(struct cvxnn__kinks *kinks, const double *nu, double sign, int fixed,
                            const double *r, double least, double *w) {
    if (leave_ridges(kinks, nu, sign, fixed, r, w) > 0) cvxnn__kinks_gather(kinks);
    guess(kinks, nu, sign, fixed, w);
    shorten(kinks, nu, sign, fixed, least, w);
    double length = cvxnn__norm(kinks->rows->d, w);
    if (!(length > least)) return 0;
    open_walls(kinks, nu, sign, fixed, length, w);
    cvxnn__kinks_gather(kinks);
    cvxnn__kinks_flatten(kinks, w);
    return cvxnn__norm(kinks->rows->d, w);
}
