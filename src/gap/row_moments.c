/* Moments along rows. See row_moments.h. */
#include "gap/row_moments.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"
#include "verify/certificate.h"
#include "verify/monomials.h"

enum { TILE = 256 };

/* higher = |u|^2 lower, as coefficients, degrees m and m - 2. */
static void lift(const struct cvxnn__monomial_ranks *ranks, int64_t m, const double *lower, double *higher) {
    int32_t tuple[2 * CVXNN__MOST_ORDER] = {0}, merged[2 * CVXNN__MOST_ORDER];
    int64_t count = cvxnn__monomials(ranks->d, m - 2);
    memset(higher, 0, (size_t)cvxnn__monomials(ranks->d, m) * sizeof(double));
    for (int64_t r = 0; r < count; r++) {
        for (int32_t v = 0; v < (int32_t)ranks->d; v++) {
            int32_t square[2] = {v, v};
            higher[cvxnn__monomial_product(ranks, m - 2, tuple, 2, square, merged)] += lower[r];
        }
        cvxnn__monomial_next(ranks->d, m - 2, tuple);
    }
}

void cvxnn__row_powers(const struct cvxnn__monomial_ranks *ranks, int64_t m, int64_t a, int64_t n,
                       const double *units, double *vectors, int64_t ldv, double *const pair[2]) {
    int64_t d = ranks->d, count = cvxnn__monomials(d, m);
    for (int64_t i = 0; i < n; i++) {
        double *now = pair[0], *next = pair[1], *swap;
        now[0] = 1;
        for (int64_t j = 1; j <= a; j++) {
            cvxnn__monomial_values(d, j, units + i * d, now, next);
            swap = now, now = next, next = swap;
        }
        int32_t tuple[2 * CVXNN__MOST_ORDER] = {0};
        for (int64_t r = 0, all = cvxnn__monomials(d, a); r < all; r++) {
            now[r] *= cvxnn__monomial_multiplicity(a, tuple);
            cvxnn__monomial_next(d, a, tuple);
        }
        for (int64_t j = a + 2; j <= m; j += 2) {
            lift(ranks, j, now, next);
            swap = now, now = next, next = swap;
        }
        memset(tuple, 0, sizeof tuple);
        for (int64_t r = 0; r < count; r++) {
            vectors[i * ldv + r] = now[r] / sqrt(cvxnn__monomial_multiplicity(m, tuple));
            cvxnn__monomial_next(d, m, tuple);
        }
    }
}

void cvxnn__row_moments_take(struct cvxnn__scope *scope, const struct cvxnn__moments *moments, int64_t n,
                             const double *units, struct cvxnn__row_moments *rows) {
    int64_t k = moments->k;
    struct cvxnn__monomial_ranks ranks;
    *rows = (struct cvxnn__row_moments){.moments = moments, .n = n, .width = 2 * k + 1};
    cvxnn__monomial_ranks_take(scope, moments->d, k, &ranks);
    rows->low = cvxnn__take_zeroed(scope, k + 1, 1, (int64_t)sizeof(double *));
    rows->high = cvxnn__take_zeroed(scope, k + 1, 1, (int64_t)sizeof(double *));
    double *pair[2] = {cvxnn__doubles(scope, moments->high + moments->low, 1),
                       cvxnn__doubles(scope, moments->high + moments->low, 1)};
    for (int64_t a = k; !scope->failed && a >= 0; a--) {
        int is_high = (k - a) % 2 == 0;
        double *vectors = cvxnn__doubles(scope, n, is_high ? moments->high : moments->low);
        if (vectors)
            cvxnn__row_powers(&ranks, is_high ? k : k - 1, a, n, units, vectors,
                              is_high ? moments->high : moments->low, pair);
        (is_high ? rows->high : rows->low)[a] = vectors;
    }
    cvxnn__give_back(scope, pair[0]), cvxnn__give_back(scope, pair[1]);
}

/* How t^j is split: left vectors e of degree 2k - 2 or 2k - 1 blocks (low), or the top one (high). */
struct split {
    const double *left, *right;
    int left_high, right_high;
};

static struct split split_of(const struct cvxnn__row_moments *rows, int64_t j) {
    int64_t k = rows->moments->k, low = k - 1, a;
    if (j == 2 * k) return (struct split){rows->high[k], rows->high[k], 1, 1};
    if (j % 2 == 0) {
        a = low % 2 == 0 ? (low < j ? low : j) : (low < j - 1 ? low : j - 1);
        return (struct split){rows->low[a], rows->low[j - a], 0, 0};
    }
    a = k % 2 == 0 ? (low < j ? low : j) : (low < j - 1 ? low : j - 1);
    return (struct split){rows->high[j - a], rows->low[a], 1, 0};
}

int64_t cvxnn__row_moments_work(const struct cvxnn__row_moments *rows) {
    return TILE * rows->moments->size;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t block_size(const struct cvxnn__moments *m, int is_high) {
    return is_high ? m->high : m->low;
}

void cvxnn__row_moments_of(const struct cvxnn__row_moments *rows, const double *matrix, double *out,
                           double *work) {
    const struct cvxnn__moments *m = rows->moments;
    double mass = 0;
    for (int64_t r = m->low; r < m->size; r++) mass += matrix[r * m->size + r];
    for (int64_t i = 0; i < rows->n; i++) out[i * rows->width] = mass;
    for (int64_t first = 0; first < rows->n; first += TILE) {
        int64_t count = least(TILE, rows->n - first);
        for (int64_t j = rows->width - 1; j > 0; j--) {
            struct split s = split_of(rows, j);
            int64_t left = block_size(m, s.left_high), right = block_size(m, s.right_high);
            const double *block = matrix + (s.left_high ? m->low * m->size : 0) + (s.right_high ? m->low : 0);
            cvxnn__gemm(0, 0, count, right, left, 1, s.left + first * left, left, block, m->size, 0, work,
                        right);
            for (int64_t i = 0; i < count; i++)
                out[(first + i) * rows->width + j] = cvxnn__dot(right, work + i * right,
                                                                s.right + (first + i) * right);
        }
    }
}

void cvxnn__row_moments_matrix(const struct cvxnn__row_moments *rows, const double *coefficients,
                               double *matrix, double *work) {
    const struct cvxnn__moments *m = rows->moments;
    memset(matrix, 0, (size_t)(m->size * m->size) * sizeof(double));
    double constant = 0;
    for (int64_t i = 0; i < rows->n; i++) constant += coefficients[i * rows->width];
    for (int64_t r = m->low; r < m->size; r++) matrix[r * m->size + r] = constant;
    for (int64_t first = 0; first < rows->n; first += TILE) {
        int64_t count = least(TILE, rows->n - first);
        for (int64_t j = 1; j < rows->width; j++) {
            struct split s = split_of(rows, j);
            int64_t left = block_size(m, s.left_high), right = block_size(m, s.right_high);
            double *block = matrix + (s.left_high ? m->low * m->size : 0) + (s.right_high ? m->low : 0);
            double half = s.left_high && !s.right_high ? 0.5 : 1; /* the block counts twice */
            for (int64_t i = 0; i < count; i++) {
                double c = half * coefficients[(first + i) * rows->width + j];
                for (int64_t r = 0; r < left; r++) work[i * left + r] = c * s.left[(first + i) * left + r];
            }
            cvxnn__gemm(1, 0, left, right, count, 1, work, left, s.right + first * right, right, 1, block,
                        m->size);
        }
    }
}
