/* Small symmetric eigenvalue problems by QL steps. See small_eigen.h. */
#include "linalg/small_eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/blas.h"

/* Of what a reflection takes out of a matrix whose entries are 1 at most: below it squares are subnormal and
 * lose their digits, and what they are of is nothing beside the rounding of the others. */
static const double LEAST_SQUARES = 1e-280;

enum { MOST_STEPS = 60 }; /* for one eigenvalue; two or three are usual */

struct problem {
    int64_t n;
    double *m; /* n x n, full: becomes tridiagonal, its reflections' vectors in the rows above it */
    double *diagonal, *beside; /* n each: beside[i] stands between i and i + 1 */
};

/* Turns row k, right of the diagonal, into the vector v of the reflection I - v v' (|v|^2 = 2, or v = 0) that
 * leaves of it a multiple of the first axis, which is returned. */
static double reflection(int64_t count, double *x) {
    double norm = sqrt(cvxnn__dot(count, x, x)), first = x[0];
    if (!(cvxnn__dot(count - 1, x + 1, x + 1) > LEAST_SQUARES)) { /* nothing to do */
        memset(x, 0, (size_t)count * sizeof *x);
        return first;
    }
    double image = -copysign(norm, first), length = sqrt(norm * (norm + fabs(first)));
    x[0] = first - image;
    for (int64_t i = 0; i < count; i++) x[i] /= length;
    return image;
}

/* m = H m H below and right of row and column k, H = I - v v', v in row k. room: as many numbers. */
static void reflect(const struct problem *p, int64_t k, double *room) {
    int64_t n = p->n, count = n - k - 1;
    const double *v = p->m + k * n + k + 1;
    double *block = p->m + (k + 1) * n + k + 1;
    for (int64_t i = 0; i < count; i++) room[i] = cvxnn__dot(count, block + i * n, v);
    cvxnn__axpy(count, -0.5 * cvxnn__dot(count, room, v), v, room);
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < count; j++) block[i * n + j] -= v[i] * room[j] + room[i] * v[j];
}

static void to_tridiagonal(const struct problem *p, double *room) {
    int64_t n = p->n;
    for (int64_t k = 0; k < n; k++) {
        if (k + 2 < n) {
            p->beside[k] = reflection(n - k - 1, p->m + k * n + k + 1);
            reflect(p, k, room);
        } else {
            p->beside[k] = k + 1 < n ? p->m[k * n + k + 1] : 0;
        }
        p->diagonal[k] = p->m[k * n + k];
    }
}

/* vectors = the transposed product of all reflections: what takes the matrix to the tridiagonal one. */
static void accumulate(const struct problem *p, double *vectors, int64_t ldv) {
    int64_t n = p->n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) vectors[i * ldv + j] = i == j;
    for (int64_t k = n - 3; k >= 0; k--) {
        const double *v = p->m + k * n + k + 1;
        for (int64_t i = k + 1; i < n; i++) {
            double *row = vectors + i * ldv + k + 1;
            cvxnn__axpy(n - k - 1, -cvxnn__dot(n - k - 1, row, v), v, row);
        }
    }
}

static void rotate(int64_t n, double c, double s, double *upper, double *lower) {
    for (int64_t k = 0; k < n; k++) {
        double x = upper[k], y = lower[k];
        upper[k] = c * x - s * y;
        lower[k] = s * x + c * y;
    }
}

/* The next place from l on where the tridiagonal matrix falls apart. */
static int64_t end_of_block(const struct problem *p, int64_t l) {
    for (; l < p->n - 1; l++) {
        double size = fabs(p->diagonal[l]) + fabs(p->diagonal[l + 1]);
        if (fabs(p->beside[l]) <= 0.5 * DBL_EPSILON * size + DBL_MIN) break;
    }
    return l;
}

/* One QL step on the block l..m, with the shift of Wilkinson. */
static void step(const struct problem *p, int64_t l, int64_t m, double *vectors, int64_t ldv) {
    double *d = p->diagonal, *e = p->beside, s = 1, c = 1, shift = 0;
    double g = (d[l + 1] - d[l]) / (2 * e[l]), r = hypot(g, 1);
    g = d[m] - d[l] + e[l] / (g + copysign(r, g));
    for (int64_t i = m - 1; i >= l; i--) {
        double f = s * e[i], b = c * e[i];
        e[i + 1] = r = sqrt(f * f + g * g);
        if (r == 0) { /* the block has fallen apart */
            d[i + 1] -= shift;
            e[m] = 0;
            return;
        }
        s = f / r, c = g / r, g = d[i + 1] - shift;
        r = (d[i] - g) * s + 2 * c * b;
        shift = s * r, d[i + 1] = g + shift, g = c * r - b;
        if (vectors) rotate(p->n, c, s, vectors + i * ldv, vectors + (i + 1) * ldv);
    }
    d[l] -= shift, e[l] = g, e[m] = 0;
}

static int iterate(const struct problem *p, double *vectors, int64_t ldv) {
    for (int64_t l = 0; l < p->n; l++)
        for (int steps = 0;; steps++) {
            int64_t m = end_of_block(p, l);
            if (m == l) break;
            if (steps == MOST_STEPS) return 0;
            step(p, l, m, vectors, ldv);
        }
    return 1;
}

/* Ascending, the rows of v with them. */
static void sort(int64_t n, double *values, double *v, int64_t ldv) {
    for (int64_t i = 0; i < n; i++) {
        int64_t least = i;
        for (int64_t j = i + 1; j < n; j++)
            if (values[j] < values[least]) least = j;
        double value = values[i];
        values[i] = values[least], values[least] = value;
        for (int64_t k = 0; v && least != i && k < n; k++) {
            double x = v[i * ldv + k];
            v[i * ldv + k] = v[least * ldv + k], v[least * ldv + k] = x;
        }
    }
}

int cvxnn__small_eigen(int vectors, int64_t n, double *a, int64_t lda, double *values, double *work) {
    struct problem p = {.n = n, .m = work, .diagonal = values, .beside = work + n * n};
    double largest = 0;
    int exponent = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            if (!isfinite(a[i * lda + j])) return -1;
            largest = fmax(largest, fabs(a[i * lda + j]));
        }
    frexp(largest, &exponent);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) p.m[i * n + j] = p.m[j * n + i] = ldexp(a[i * lda + j], -exponent);
    to_tridiagonal(&p, p.beside + n);
    if (vectors) accumulate(&p, a, lda);
    if (!iterate(&p, vectors ? a : NULL, lda)) return -1;
    for (int64_t i = 0; i < n; i++) values[i] = ldexp(values[i], exponent);
    sort(n, values, vectors ? a : NULL, lda);
    return 1;
}
