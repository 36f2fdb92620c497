/*
 * The linear form evaluated rigorously. See linear_bound.h; docs/certificate.md numbers the steps:
 *
 *   1. w_i = k_i^2 / lambda_i and w_0 = 1 / lambda_0 are rounded; from then on these w are taken as exact and
 *      lambda is what belongs to them, k_i^2 / w_i, rounded up. total >= sum of these.
 *   2. a_0 is computed with an error of norm at most drift, which is added at the end: (a_0 - a) . u <=
 * drift.
 *   3. M = sum_i w_i x_i x_i' + w_0 a a' = B'B, rows of B: b_i = sqrt(w_i) x_i and b_0 = sqrt(w_0) a, is
 *      computed with an error of norm at most gamma tr(M) + underflow; when n + 1 < d, B B' stands in for it,
 *      which has the same largest eigenvalue and the same error bound.
 *   4. h(nu) <= sqrt(total mu) + drift, mu from cvxnn__eigen_upper.
 */
#include "gap/linear_bound.h"

#include <stddef.h>

#include "linalg/blas.h"
#include "linalg/eigen_bound.h"
#include "linalg/rounding.h"

enum { TILE_COLS = 256 };

struct evaluation {
    int64_t n, d, size; /* size: order of the matrix */
    int wide;           /* 1: B B', order n + 1; 0: B'B, order d */
    double *weight;     /* n + 1: w */
    double *base;       /* d: a, then b_0 */
    double *norm;       /* n: |x_i| */
    double *matrix;     /* size x size, lower triangle */
    double *tile;       /* (n + 1) x TILE_COLS, when wide */
    double *work;
};

static int take(struct cvxnn__scope *scope, const struct cvxnn__rows *rows, struct evaluation *e) {
    int64_t n = rows->n, d = rows->d;
    e->n = n, e->d = d;
    e->wide = n + 1 < d;
    e->size = e->wide ? n + 1 : d;
    e->weight = cvxnn__doubles(scope, n + 1, 1);
    e->base = cvxnn__doubles(scope, d, 1);
    e->norm = cvxnn__doubles(scope, n, 1);
    e->matrix = cvxnn__doubles(scope, e->size, e->size);
    e->tile = e->wide ? cvxnn__doubles(scope, n + 1, TILE_COLS) : NULL;
    e->work = cvxnn__doubles(scope, cvxnn__eigen_upper_work(e->size), 1);
    return !scope->failed;
}

/* Step 1: the weights w, and a number never below sum k_i^2 / w_i + 1 / w_0. Every term is rounded up; a
 * subtraction has the right sign, and is 0 only where it should be. */
static double weigh(const struct cvxnn__linear_form *form, const struct evaluation *e) {
    double total = 0;
    for (int64_t i = -1; i < e->n; i++) {
        double square = 1;
        if (i >= 0) {
            double rest = form->nu[i] - form->slope[i];
            double k = fmax(fmax(form->slope[i], 0), rest > 0 ? cvxnn__up(rest) : 0);
            if (!isfinite(rest)) return INFINITY;
            e->weight[i + 1] = 0;
            if (k == 0) continue;
            square = cvxnn__up(k * k);
        }
        double lambda = form->lambda[i + 1], w = square / lambda;
        if (!(lambda > 0) || !(w > 0)) return INFINITY;
        e->weight[i + 1] = w;
        total += cvxnn__up(square / w);
    }
    return cvxnn__up(total * (1 + cvxnn__gamma(e->n + 1)));
}

/* Step 2: base = X' slope and a bound on the norm of its error. A coordinate is a sum of n products, each of
 * which goes through at most m = n + CVXNN__ROWS_PARTS + 1 roundings, so its error is at most gamma_m
 * sum_i |r_i x_ij|, plus the underflow of n products; the norm of these sums is at most sum_i |r_i| |x_i|.
 * The computed |x_i| are off by d + 8 roundings, the sum by n. */
static int32_t tilt(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                    const struct cvxnn__linear_form *form, struct evaluation *e, double *drift) {
    int32_t status = cvxnn__rows_transposed_times(context, rows, 1, form->slope, 1, e->base, e->d);
    if (!status) status = cvxnn__rows_norms(context, rows, e->norm);
    if (status) return status;
    double n = (double)e->n, d = (double)e->d, sum = 0;
    for (int64_t i = 0; i < e->n; i++) sum += fabs(form->slope[i]) * (e->norm[i] + CVXNN__TINY);
    *drift = cvxnn__gamma(e->n + CVXNN__ROWS_PARTS + 4) * (1 + cvxnn__gamma(e->n + e->d + 10)) * sum +
             2 * (n + 1) * d * CVXNN__TINY;
    return status;
}

/* B B' in tiles of columns. */
static int32_t wide_gram(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                         struct evaluation *e) {
    for (int64_t j = 0; j < e->d; j += TILE_COLS) {
        int32_t status = cvxnn__poll(context);
        if (status) return status;
        int64_t width = e->d - j < TILE_COLS ? e->d - j : TILE_COLS;
        for (int64_t c = 0; c < width; c++) e->tile[c] = e->base[j + c];
        cvxnn__rows_tile(rows, 0, e->n, j, width, e->tile + TILE_COLS, TILE_COLS);
        for (int64_t i = 1; i <= e->n; i++) {
            double root = sqrt(e->weight[i]);
            for (int64_t c = 0; c < width; c++) e->tile[i * TILE_COLS + c] *= root;
        }
        if (!cvxnn__syrk(0, e->size, width, 1, e->tile, TILE_COLS, j > 0, e->matrix, e->size))
            return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "%lld rows are too many for this BLAS",
                               (long long)e->n);
    }
    return CVXNN_OK;
}

/* B'B by rows, then the term of b_0. */
static int32_t tall_gram(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                         struct evaluation *e) {
    int32_t status = cvxnn__rows_gram(context, rows, e->weight + 1, e->matrix, e->d);
    for (int64_t i = 0; !status && i < e->d; i++)
        for (int64_t j = 0; j <= i; j++) e->matrix[i * e->d + j] += e->base[i] * e->base[j];
    return status;
}

/* Step 3: the matrix and a bound on the norm of its error. An entry is a sum of `terms` products b b', each
 * factor two roundings away from its exact value: with the product and the sum that is at most m = terms +
 * CVXNN__ROWS_PARTS + 5 roundings. With c_j the norms of the exact B's columns (rows, when wide), the error
 * is at most gamma_m c_i c_j an entry, of norm at most gamma_m sum_j c_j^2 = gamma_m tr(M). A term's
 * underflow is at most (1 + 2 max |b|) tiny, and max |b|^2 <= tr(M). */
static int32_t gram(struct cvxnn__context *context, const struct cvxnn__rows *rows, struct evaluation *e,
                    double *error) {
    double root = sqrt(e->weight[0]), trace = 0;
    for (int64_t j = 0; j < e->d; j++) e->base[j] *= root;
    int32_t status = e->wide ? wide_gram(context, rows, e) : tall_gram(context, rows, e);
    if (status) return status;
    int64_t terms = e->wide ? e->d : e->n + 1;
    for (int64_t j = 0; j < e->size; j++) trace += e->matrix[j * e->size + j];
    *error = cvxnn__gamma(terms + CVXNN__ROWS_PARTS + 8) * (1 + cvxnn__gamma(terms + e->size + 32)) * trace +
             4 * (double)terms * (double)e->size * (1 + sqrt(trace)) * CVXNN__TINY;
    return status;
}

int32_t cvxnn__linear_bound(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                            const struct cvxnn__linear_form *form, double *value) {
    struct cvxnn__scope scope;
    struct evaluation e;
    double drift = 0, error = 0;
    *value = INFINITY;
    cvxnn__scope_open(&scope, context->memory);
    int32_t status = take(&scope, rows, &e) ? CVXNN_OK : cvxnn__fail_memory(context);
    double total = status ? INFINITY : weigh(form, &e);
    if (total < INFINITY) {
        status = tilt(context, rows, form, &e, &drift);
        if (!status) status = gram(context, rows, &e, &error);
        if (!status) {
            double mu = cvxnn__eigen_upper(e.size, e.matrix, e.size, error, e.work); /* step 4 */
            double bound = cvxnn__up(cvxnn__up(sqrt(cvxnn__up(total * fmax(mu, 0)))) + drift);
            if (bound < INFINITY) *value = bound;
        }
    }
    cvxnn__scope_close(&scope);
    return status;
}
