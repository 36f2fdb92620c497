/* The linear systems of the bound's search. See row_system.h. */
#include "gap/row_system.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"
#include "verify/certificate.h"
#include "verify/monomials.h"

enum { TILE = 32, MOST_WIDTH = 2 * CVXNN__MOST_ORDER + 1 };

static int smaller_by_rows(int64_t n, int64_t d, int64_t k, int64_t length) {
    return d > 1 && n * (2 * k + 1) <= length;
}

int64_t cvxnn__row_system_order(int64_t n, int64_t d, int64_t k) {
    int64_t even = cvxnn__monomials(d, 2 * k), odd = cvxnn__monomials(d, 2 * k - 1);
    if (even < 0 || odd < 0) return INT64_MAX;
    return smaller_by_rows(n, d, k, even + odd) ? n * (2 * k + 1) : even + odd;
}

/* The polynomials t_i^a, a < width, of `count` rows: count x width x length, dual coordinates of functionals.
 */
struct powers {
    struct cvxnn__monomial_ranks ranks;
    double *pair[2];
};

static void take_powers(struct cvxnn__scope *scope, const struct cvxnn__moments *m, struct powers *powers) {
    cvxnn__monomial_ranks_take(scope, m->d, 2 * m->k, &powers->ranks);
    for (int p = 0; p < 2; p++) powers->pair[p] = cvxnn__doubles(scope, m->length, 1);
}

static void power_polynomials(const struct cvxnn__moments *m, const struct powers *powers, int64_t count,
                              const double *units, double *out) {
    int64_t width = 2 * m->k + 1;
    memset(out, 0, (size_t)(count * width * m->length) * sizeof(double));
    for (int64_t a = 0; a < width; a++)
        cvxnn__row_powers(&powers->ranks, 2 * m->k - a % 2, a, count, units,
                          out + a * m->length + (a % 2 ? m->even : 0), width * m->length, powers->pair);
}

/* ---- By rows ---- */

/* table[(a * width + b) * width + l]: the coefficient of T_l(g) in entry (a, b) of B Q^-1 B' for two unit
 * vectors with product g, from its values at the zeros of T_width. probes: width + 1 vectors, the last one
 * fixed. */
static void fill_table(const struct cvxnn__moments *m, const double *probes, double *moved, double *work,
                       double *table) {
    int64_t width = 2 * m->k + 1, length = m->length;
    const double *fixed = probes + width * width * length;
    double step = acos(-1) / (double)width;
    memset(table, 0, (size_t)(width * width * width) * sizeof(double));
    for (int64_t g = 0; g < width; g++)
        for (int64_t b = 0; b < width; b++) {
            cvxnn__moments_solve(m, probes + (g * width + b) * length, moved, work);
            for (int64_t a = 0; a < width; a++) {
                double value = cvxnn__dot(length, fixed + a * length, moved);
                for (int64_t l = 0; l < width; l++)
                    table[(a * width + b) * width + l] += (l ? 2 : 1) / (double)width * value *
                                                          cos((double)l * ((double)g + 0.5) * step);
            }
        }
}

static int32_t kernel_table(struct cvxnn__context *context, const struct cvxnn__moments *m, double *table) {
    struct cvxnn__scope scope;
    struct powers powers;
    int64_t width = 2 * m->k + 1, d = m->d;
    cvxnn__scope_open(&scope, context->memory);
    double *units = cvxnn__take_zeroed(&scope, width + 1, d, (int64_t)sizeof(double));
    double *probes = cvxnn__doubles(&scope, (width + 1) * width, m->length);
    double *moved = cvxnn__doubles(&scope, m->length, 1),
           *work = cvxnn__doubles(&scope, cvxnn__moments_work(m), 1);
    take_powers(&scope, m, &powers);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    if (!status) {
        for (int64_t g = 0; g < width; g++) {
            double angle = acos(-1) * ((double)g + 0.5) / (double)width;
            units[g * d] = cos(angle), units[g * d + 1] = sin(angle);
        }
        units[width * d] = 1;
        power_polynomials(m, &powers, width + 1, units, probes);
        fill_table(m, probes, moved, work, table);
    }
    cvxnn__scope_close(&scope);
    return status;
}

struct kernel {
    const struct cvxnn__row_system *system;
    const double *table, *gram; /* gram: n x n, x_i . x_j */
    double *const *inverse;
    int failed[2];
};

/* Rows of both matrices that belong to row i; the lower triangle. */
static void kernel_rows(void *argument, int64_t i) {
    const struct kernel *kernel = argument;
    const struct cvxnn__row_system *s = kernel->system;
    int64_t width = s->rows->width, n = s->rows->n;
    for (int64_t j = 0; j <= i; j++) {
        double t[MOST_WIDTH] = {1, fmin(fmax(kernel->gram[i * n + j], -1), 1)};
        for (int64_t l = 2; l < width; l++) t[l] = 2 * t[1] * t[l - 1] - t[l - 2];
        for (int64_t a = 0; a < width; a++)
            for (int64_t b = 0; b < width; b++) {
                double entry = cvxnn__dot(width, kernel->table + (a * width + b) * width, t);
                for (int c = 0; c < 2; c++)
                    s->factor[c][(i * width + a) * s->order + j * width + b] =
                        entry + (i == j ? kernel->inverse[c][a * width + b] : 0);
            }
    }
}

static void factorise(void *argument, int64_t c) {
    struct kernel *kernel = argument;
    const struct cvxnn__row_system *s = kernel->system;
    kernel->failed[c] = cvxnn__cholesky(s->order, s->factor[c], s->order) != 1;
}

static int32_t take_by_rows(struct cvxnn__context *context, struct cvxnn__scope *scope, const double *units,
                            struct kernel *kernel) {
    const struct cvxnn__row_moments *rows = kernel->system->rows;
    int64_t n = rows->n, width = rows->width, d = rows->moments->d;
    double *table = cvxnn__doubles(scope, width * width, width), *gram = cvxnn__doubles(scope, n, n);
    if (scope->failed) return cvxnn__fail_memory(context);
    int32_t status = kernel_table(context, rows->moments, table);
    cvxnn__gemm(0, 1, n, n, d, 1, units, d, units, d, 0, gram, n);
    kernel->table = table, kernel->gram = gram;
    if (!status) cvxnn__run(context->team, n, kernel_rows, kernel);
    cvxnn__give_back(scope, gram);
    cvxnn__give_back(scope, table);
    return status;
}

/* ---- By moments ---- */

struct gram {
    struct powers powers;
    double *tile, *turned; /* TILE x width x length */
    double *roots[2];      /* lower triangular, R_c = root root' */
};

/* Q + sum_i B_i' R_c B_i, lower triangles. */
static int32_t add_grams(struct cvxnn__context *context, const struct cvxnn__row_system *s,
                         const double *units, const struct gram *gram) {
    const struct cvxnn__row_moments *rows = s->rows;
    int64_t width = rows->width, length = s->order, block = width * length;
    for (int64_t first = 0; first < rows->n; first += TILE) {
        int32_t status = cvxnn__poll(context);
        if (status) return status;
        int64_t count = rows->n - first < TILE ? rows->n - first : TILE;
        power_polynomials(rows->moments, &gram->powers, count, units + first * rows->moments->d, gram->tile);
        for (int c = 0; c < 2; c++) {
            for (int64_t i = 0; i < count; i++)
                cvxnn__gemm(1, 0, width, length, width, 1, gram->roots[c], width, gram->tile + i * block,
                            length, 0, gram->turned + i * block, length);
            cvxnn__syrk(1, length, count * width, 1, gram->turned, length, 1, s->factor[c], length);
        }
    }
    return CVXNN_OK;
}

/* factor = Q, column by column. */
static void fill_metric(const struct cvxnn__row_system *s, double *column, double *matrix, double *image,
                        double *work) {
    const struct cvxnn__moments *m = s->rows->moments;
    memset(column, 0, (size_t)s->order * sizeof(double));
    for (int64_t j = 0; j < s->order; j++) {
        column[j] = 1;
        cvxnn__moments_matrix(m, column, matrix, work);
        cvxnn__moments_polynomial(m, matrix, image, work);
        column[j] = 0;
        for (int64_t i = j; i < s->order; i++) s->factor[0][i * s->order + j] = image[i];
    }
    memcpy(s->factor[1], s->factor[0], (size_t)(s->order * s->order) * sizeof(double));
}

static int32_t take_by_moments(struct cvxnn__context *context, const struct cvxnn__row_system *s,
                               const double *units) {
    struct cvxnn__scope scope;
    struct gram gram;
    const struct cvxnn__moments *m = s->rows->moments;
    int64_t width = s->rows->width, length = m->length;
    cvxnn__scope_open(&scope, context->memory);
    take_powers(&scope, m, &gram.powers);
    gram.tile = cvxnn__doubles(&scope, TILE * width, length);
    gram.turned = cvxnn__doubles(&scope, TILE * width, length);
    for (int c = 0; c < 2; c++)
        gram.roots[c] = cvxnn__take_zeroed(&scope, width, width, (int64_t)sizeof(double));
    double *matrix = cvxnn__doubles(&scope, m->size, m->size),
           *work = cvxnn__doubles(&scope, cvxnn__moments_work(m), 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    if (!status) {
        fill_metric(s, gram.tile, matrix, gram.turned, work);
        for (int c = 0; c < 2; c++) {
            for (int64_t a = 0; a < width; a++)
                for (int64_t b = 0; b <= a; b++) gram.roots[c][a * width + b] = s->r[c][a * width + b];
            cvxnn__cholesky(width, gram.roots[c], width);
        }
        status = add_grams(context, s, units, &gram);
    }
    cvxnn__scope_close(&scope);
    return status;
}

/* ---- Both ---- */

int32_t cvxnn__row_system_take(struct cvxnn__context *context, struct cvxnn__scope *scope,
                               const struct cvxnn__row_moments *rows, const double *units, double *const r[2],
                               double *const inverse[2], struct cvxnn__row_system *system) {
    const struct cvxnn__moments *m = rows->moments;
    struct kernel kernel = {.system = system, .inverse = inverse};
    *system = (struct cvxnn__row_system){.rows = rows,
                                         .by_rows = smaller_by_rows(rows->n, m->d, m->k, m->length),
                                         .order = cvxnn__row_system_order(rows->n, m->d, m->k),
                                         .r = {r[0], r[1]}};
    for (int c = 0; c < 2; c++) system->factor[c] = cvxnn__doubles(scope, system->order, system->order);
    if (scope->failed) return cvxnn__fail_memory(context);
    int32_t status = system->by_rows ? take_by_rows(context, scope, units, &kernel)
                                     : take_by_moments(context, system, units);
    if (status) return status;
    cvxnn__run(context->team, 2, factorise, &kernel);
    if (kernel.failed[0] || kernel.failed[1])
        return cvxnn__fail(context, CVXNN_ERROR_NUMERICAL,
                           "a matrix of the bound's search is not positive definite");
    return CVXNN_OK;
}

int64_t cvxnn__row_system_work(const struct cvxnn__row_system *s) {
    const struct cvxnn__moments *m = s->rows->moments;
    int64_t a = cvxnn__row_moments_work(s->rows), b = cvxnn__moments_work(m);
    return (a > b ? a : b) + m->length + s->rows->n * s->rows->width;
}

static void solve_factor(const struct cvxnn__row_system *s, int c, double *x) {
    cvxnn__triangular_solve(0, s->order, s->factor[c], s->order, x);
    cvxnn__triangular_solve(1, s->order, s->factor[c], s->order, x);
}

/* q = R_c (moments - b), rows of width numbers. */
static void weigh(const struct cvxnn__row_system *s, int c, const double *moments, const double *b,
                  double *q) {
    int64_t width = s->rows->width, count = s->rows->n * width;
    double *difference = q;
    for (int64_t e = 0; e < count; e++) difference[e] = (moments ? moments[e] : 0) - b[e];
    for (int64_t i = 0; i < s->rows->n; i++) {
        double row[MOST_WIDTH];
        memcpy(row, q + i * width, (size_t)width * sizeof(double));
        for (int64_t a = 0; a < width; a++) q[i * width + a] = cvxnn__dot(width, s->r[c] + a * width, row);
    }
}

void cvxnn__row_system_solve(const struct cvxnn__row_system *s, int c, double *p, const double *b, double *y,
                             double *matrix, double *q, double *work) {
    const struct cvxnn__row_moments *rows = s->rows;
    const struct cvxnn__moments *m = rows->moments;
    int64_t count = rows->n * rows->width;
    double *polynomial = work, *row_moments = polynomial + m->length, *rest = row_moments + count;
    if (s->by_rows) {
        cvxnn__moments_solve(m, p, y, rest);
        cvxnn__moments_matrix(m, y, matrix, rest);
        cvxnn__row_moments_of(rows, matrix, q, rest);
        for (int64_t e = 0; e < count; e++) q[e] -= b[e];
        solve_factor(s, c, q);
    } else {
        weigh(s, c, NULL, b, q);
    }
    cvxnn__row_moments_matrix(rows, q, matrix, rest);
    cvxnn__moments_polynomial(m, matrix, polynomial, rest);
    for (int64_t e = 0; e < m->length; e++) p[e] -= polynomial[e];
    if (s->by_rows) {
        cvxnn__moments_solve(m, p, y, rest);
    } else {
        memcpy(y, p, (size_t)m->length * sizeof(double));
        solve_factor(s, c, y);
    }
    cvxnn__moments_matrix(m, y, matrix, rest);
    if (s->by_rows) return;
    cvxnn__row_moments_of(rows, matrix, row_moments, rest);
    weigh(s, c, row_moments, b, q);
}
