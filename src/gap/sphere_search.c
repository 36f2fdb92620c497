/* The search for a certificate by alternating directions. See sphere_search.h. */
#include "gap/sphere_search.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"
#include "verify/monomials.h"

/* Over-relaxation; the weight of a row's cones times the number of rows, and the first penalty (both found by
 * trial, docs/certificate.md). */
static const double RELAXATION = CVXNN__RELAXATION, ROW_WEIGHT = 3, FIRST_PENALTY = 2, IMBALANCE = 3;

/* ---- Begin ---- */

/* The quadratics of a row: a half's is row_weight T'T, for t > 0 in the difference system with 2 row_weight
 * on z; R is the parallel sum of the halves', with the sign of odd moments turned for t < 0. */
static int fill_quadratics(struct cvxnn__sphere_search *s, double *const r[2], double *const inverse_r[2],
                           double *factor) {
    int64_t width = 2 * s->order + 1;
    double *plain = r[0];
    for (int c = 0; c < 2; c++)
        for (int half = 0; half < 2; half++) {
            for (int64_t e = 0; e < width * width; e++) plain[e] = s->split.row_weight * s->row_cones.gram[e];
            if (c == 1 && half == 0) plain[width + 1] += 2 * s->split.row_weight;
            if (!cvxnn__invert(width, plain, s->inverse[c][half], factor)) return 0;
        }
    for (int c = 0; c < 2; c++) {
        for (int64_t a = 0; a < width; a++)
            for (int64_t b = 0; b < width; b++)
                inverse_r[c][a * width + b] = s->inverse[c][0][a * width + b] +
                                              ((a + b) % 2 ? -1 : 1) * s->inverse[c][1][a * width + b];
        if (!cvxnn__invert(width, inverse_r[c], r[c], factor)) return 0;
    }
    return 1;
}

static int32_t take_system(struct cvxnn__context *context, struct cvxnn__scope *scope,
                           struct cvxnn__sphere_search *s, const double *units) {
    int64_t width = 2 * s->order + 1;
    double *r[2], *inverse_r[2], *factor = cvxnn__doubles(scope, width, width);
    for (int c = 0; c < 2; c++) {
        r[c] = cvxnn__doubles(scope, width, width);
        inverse_r[c] = cvxnn__doubles(scope, width, width);
        for (int half = 0; half < 2; half++) s->inverse[c][half] = cvxnn__doubles(scope, width, width);
    }
    if (scope->failed) return cvxnn__fail_memory(context);
    if (!fill_quadratics(s, r, inverse_r, factor))
        return cvxnn__fail(context, CVXNN_ERROR_UNSUPPORTED,
                           "order %lld is too high for the bound's row cones", (long long)s->order);
    return cvxnn__row_system_take(context, scope, &s->rows, units, r, inverse_r, &s->system);
}

static double *zeros(struct cvxnn__scope *scope, int64_t rows, int64_t cols) {
    return cvxnn__take_zeroed(scope, rows, cols, (int64_t)sizeof(double));
}

static void take_state(struct cvxnn__scope *scope, struct cvxnn__sphere_search *s) {
    const struct cvxnn__moments *moments = &s->split.moments;
    int64_t n = s->split.n, width = s->rows.width, entries = s->row_cones.entries;
    for (int i = 0; i < 2; i++) {
        struct cvxnn__sphere_sign *sign = &s->signs[i];
        struct cvxnn__sphere_system *system = &s->systems[i];
        sign->q = cvxnn__doubles(scope, n, width);
        system->polynomial = cvxnn__doubles(scope, moments->length, 1);
        system->functional = cvxnn__doubles(scope, moments->length, 1);
        system->matrix = cvxnn__doubles(scope, moments->size, moments->size);
        system->b = cvxnn__doubles(scope, n, width), system->q = cvxnn__doubles(scope, n, width);
        system->work = cvxnn__doubles(scope, cvxnn__row_system_work(&s->system), 1);
        for (int half = 0; half < 2; half++) {
            sign->cones[half] = zeros(scope, n, entries), sign->cone_duals[half] = zeros(scope, n, entries);
            sign->half[half] = cvxnn__doubles(scope, n, width);
            system->target[half] = cvxnn__doubles(scope, n, width);
        }
    }
}

int32_t cvxnn__sphere_search_begin(struct cvxnn__context *context, struct cvxnn__scope *scope,
                                   const struct cvxnn__instance *instance, int64_t order, const double *nu,
                                   struct cvxnn__sphere_search *s) {
    struct cvxnn__splitting *split = &s->split;
    *s = (struct cvxnn__sphere_search){.order = order};
    int32_t status = cvxnn__splitting_begin(context, scope, instance, order, split);
    if (status || split->n == 0) return status;
    cvxnn__row_moments_take(scope, &split->moments, split->n, split->units, &s->rows);
    if (!scope->failed) cvxnn__row_cones_take(scope, order, &s->row_cones);
    if (scope->failed) return cvxnn__fail_memory(context);
    cvxnn__splitting_take(scope, nu, ROW_WEIGHT, FIRST_PENALTY, cvxnn__row_moments_work(&s->rows), split);
    if (scope->failed) return cvxnn__fail_memory(context);
    status = take_system(context, scope, s, split->units);
    if (!status) take_state(scope, s);
    if (!status && scope->failed) status = cvxnn__fail_memory(context);
    return status;
}

/* ---- The linear step, for the sum or the difference of the signs ---- */

static void fill_targets(const struct cvxnn__sphere_search *s, int c, struct cvxnn__sphere_system *system) {
    int64_t width = s->rows.width, entries = s->row_cones.entries;
    const struct cvxnn__sphere_sign *signs = s->signs;
    for (int half = 0; half < 2; half++)
        for (int64_t i = 0; i < s->split.n; i++) {
            double *target = system->target[half] + i * width;
            int64_t at = i * entries;
            memset(target, 0, (size_t)width * sizeof(double));
            for (int64_t e = 0; e < entries; e++)
                cvxnn__axpy(width,
                            s->split.row_weight *
                                cvxnn__turn(c,
                                            signs[0].cones[half][at + e] - signs[0].cone_duals[half][at + e],
                                            signs[1].cones[half][at + e] - signs[1].cone_duals[half][at + e]),
                            s->row_cones.map + e * width, target);
            if (c == 1 && half == 0)
                target[1] += cvxnn__turn(0, 1, 1) * s->split.row_weight * s->split.output_aim[i];
        }
}

/* out[j] = (+-) sum_a x[a] inverse[a, j], odd j with the sign turned for the half t < 0. */
static void apply_inverse(const struct cvxnn__sphere_search *s, int c, int half, const double *x,
                          double *out) {
    int64_t width = s->rows.width;
    for (int64_t j = 0; j < width; j++) out[j] = cvxnn__dot(width, s->inverse[c][half] + j * width, x);
}

static double flip(int half, int64_t j, double x) {
    return half && j % 2 ? -x : x;
}

static void linear_step(void *argument, int64_t c) {
    struct cvxnn__sphere_search *s = argument;
    struct cvxnn__sphere_system *system = &s->systems[c];
    int64_t width = s->rows.width;
    double row[2 * CVXNN__MOST_ORDER + 1];
    cvxnn__splitting_load(&s->split, (int)c, system->matrix, system->polynomial, system->work);
    fill_targets(s, (int)c, system);
    memset(system->b, 0, (size_t)(s->split.n * width) * sizeof(double));
    for (int half = 0; half < 2; half++)
        for (int64_t i = 0; i < s->split.n; i++) {
            apply_inverse(s, (int)c, half, system->target[half] + i * width, row);
            for (int64_t j = 0; j < width; j++) system->b[i * width + j] += flip(half, j, row[j]);
        }
    cvxnn__row_system_solve(&s->system, (int)c, system->polynomial, system->b, system->functional,
                            system->matrix, system->q, system->work);
    for (int half = 0; half < 2; half++)
        for (int64_t i = 0; i < s->split.n; i++) {
            double *target = system->target[half] + i * width;
            for (int64_t j = 0; j < width; j++) target[j] += flip(half, j, system->q[i * width + j]);
            apply_inverse(s, (int)c, half, target, row);
            memcpy(target, row, (size_t)width * sizeof(double)); /* from here on: the half's moments */
        }
}

/* ---- The certificate of the linear step ---- */

/* W, of the sum of the row polynomials without its constants, which the check's shifts take up. */
static void fill_matrix(struct cvxnn__sphere_search *s, int i, double *matrix) {
    const struct cvxnn__moments *m = &s->split.moments;
    struct cvxnn__splitting_cell *cell = &s->split.cells[i];
    double constant = 0, scale = -s->split.penalty * s->split.instance->beta;
    cvxnn__row_moments_matrix(&s->rows, s->signs[i].q, cell->eigen, cell->work);
    cvxnn__moments_polynomial(m, cell->eigen, cell->polynomial, cell->work);
    for (int64_t e = 0; e < m->length; e++) cell->polynomial[e] *= scale;
    cvxnn__splitting_matrix(&s->split, i, matrix);
    for (int64_t j = 0; j < s->split.n; j++) constant += scale * s->signs[i].q[j * s->rows.width];
    for (int64_t e = 0; e < m->size; e++) matrix[e * m->size + e] -= 0.5 * constant;
}

/* Row polynomials, from t = x . u / |x| to x . u / unit. */
static void fill_polynomials(const struct cvxnn__sphere_search *s, int i, double *row, double *polynomials) {
    const struct cvxnn__rows *rows = &s->split.instance->rows;
    int64_t width = s->rows.width, degree = width - 1;
    memset(polynomials, 0, (size_t)(rows->n * degree) * sizeof(double));
    for (int64_t j = 0; j < s->split.n; j++) {
        cvxnn__rows_tile(rows, s->split.index[j], 1, 0, rows->d, row, rows->d);
        double ratio = ldexp(1 / s->split.radius[j], cvxnn__row_unit(rows->d, row)),
               scale = -s->split.penalty * s->split.instance->beta;
        for (int64_t a = 1; a < width; a++) {
            scale *= ratio;
            polynomials[s->split.index[j] * degree + a - 1] = scale * s->signs[i].q[j * width + a];
        }
    }
}

static void fill_certificate(struct cvxnn__sphere_search *s, int i) {
    struct cvxnn__certificate *certificate = s->wanted;
    fill_polynomials(s, i, s->split.cells[i].work, certificate->polynomials[i]);
    fill_matrix(s, i, certificate->matrix[i]);
    if (i == 0) cvxnn__splitting_nu(&s->split, certificate->nu);
}

/* ---- The projections, a sign each ---- */

static double square_of(int64_t count, const double *x) {
    return cvxnn__dot(count, x, x);
}

static void project_rows(struct cvxnn__sphere_search *s, int i, int half) {
    struct cvxnn__sphere_sign *rows = &s->signs[i];
    struct cvxnn__splitting_cell *cell = &s->split.cells[i];
    int64_t width = s->rows.width, entries = s->row_cones.entries;
    double fresh[(CVXNN__MOST_ORDER + 1) * (CVXNN__MOST_ORDER + 1) + CVXNN__MOST_ORDER * CVXNN__MOST_ORDER],
        next[sizeof fresh / sizeof *fresh];
    for (int64_t r = 0; r < s->split.n; r++) {
        double *old = rows->cones[half] + r * entries, *dual = rows->cone_duals[half] + r * entries;
        const double *moments = rows->half[half] + r * width;
        for (int64_t e = 0; e < entries; e++) {
            fresh[e] = cvxnn__dot(width, s->row_cones.map + e * width, moments);
            next[e] = dual[e] += RELAXATION * fresh[e] + (1 - RELAXATION) * old[e];
        }
        cvxnn__row_cones_project(&s->row_cones, next);
        for (int64_t e = 0; e < entries; e++) {
            dual[e] -= next[e], fresh[e] -= next[e], old[e] -= next[e];
        }
        cell->primal += s->split.row_weight * square_of(entries, fresh);
        cell->dual += s->split.row_weight * square_of(entries, old);
        cell->size += s->split.row_weight * square_of(entries, next);
        memcpy(old, next, (size_t)entries * sizeof(double));
    }
}

static void sign_step(void *argument, int64_t i) {
    struct cvxnn__sphere_search *s = argument;
    struct cvxnn__sphere_sign *rows = &s->signs[i];
    const struct cvxnn__sphere_system *sum = &s->systems[0], *difference = &s->systems[1];
    int64_t square = s->split.moments.size * s->split.moments.size, count = s->split.n * s->rows.width;
    for (int64_t e = 0; e < square; e++)
        s->split.cells[i].moments[e] = cvxnn__turn((int)i, sum->matrix[e], difference->matrix[e]);
    for (int64_t e = 0; e < count; e++) rows->q[e] = cvxnn__turn((int)i, sum->q[e], difference->q[e]);
    for (int half = 0; half < 2; half++)
        for (int64_t e = 0; e < count; e++)
            rows->half[half][e] = cvxnn__turn((int)i, sum->target[half][e], difference->target[half][e]);
    if (s->wanted) fill_certificate(s, (int)i);
    cvxnn__splitting_project(&s->split, (int)i);
    for (int half = 0; half < 2; half++) project_rows(s, (int)i, half);
}

/* ---- The step ---- */

static void scale_duals(struct cvxnn__sphere_search *s, double factor) {
    int64_t count = s->split.n * s->row_cones.entries;
    for (int i = 0; i < 2; i++)
        for (int half = 0; half < 2; half++)
            for (int64_t e = 0; e < count; e++) s->signs[i].cone_duals[half][e] *= factor;
}

int32_t cvxnn__sphere_search_step(struct cvxnn__context *context, struct cvxnn__sphere_search *s,
                                  struct cvxnn__certificate *certificate) {
    int32_t status = cvxnn__splitting_linear(context, &s->split, linear_step, s);
    if (status) return status;
    s->wanted = certificate;
    for (int64_t i = 0; i < s->split.n; i++) /* z = sqrt 2 times the difference system's */
        s->split.fresh[i] = cvxnn__turn(0, 1, 1) * s->systems[1].target[0][i * s->rows.width + 1];
    cvxnn__splitting_dual(&s->split);
    cvxnn__run(context->team, 2, sign_step, s);
    double factor = cvxnn__splitting_finish(&s->split, IMBALANCE);
    if (factor != 1) scale_duals(s, factor);
    return CVXNN_OK;
}
