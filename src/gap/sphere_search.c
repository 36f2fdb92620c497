/* The search for a certificate by alternating directions. See sphere_search.h. */
#include "gap/sphere_search.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"
#include "verify/monomials.h"

/* Over-relaxation; the weight of a row's cones times the number of rows, and the first penalty (both found by
 * trial, docs/certificate.md); how the penalty follows the residuals. */
static const double RELAXATION = 1.85, ROW_WEIGHT = 3, FIRST_PENALTY = 2, PENALTY_FACTOR = 1.5, IMBALANCE = 3;
enum { PENALTY_EVERY = 20 };

/* ---- Begin ---- */

static int64_t most(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Rows that matter, at length 1. */
static int32_t take_rows(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         struct cvxnn__sphere_search *s, double **units) {
    const struct cvxnn__rows *rows = &s->instance->rows;
    double *norms = cvxnn__doubles(scope, rows->n, 1);
    s->index = cvxnn__integers(scope, rows->n);
    if (scope->failed) return cvxnn__fail_memory(context);
    int32_t status = cvxnn__rows_norms(context, rows, norms);
    if (status) return status;
    for (int64_t i = 0; i < rows->n; i++)
        if (norms[i] > 0 && norms[i] < INFINITY && cvxnn__instance_share(s->instance, i) > 0)
            s->index[s->n++] = i;
    *units = cvxnn__doubles(scope, s->n, rows->d);
    s->radius = cvxnn__doubles(scope, s->n, 1);
    if (scope->failed) return cvxnn__fail_memory(context);
    for (int64_t i = 0; i < s->n; i++) {
        double *unit = *units + i * rows->d;
        cvxnn__rows_tile(rows, s->index[i], 1, 0, rows->d, unit, rows->d);
        s->radius[i] = norms[s->index[i]];
        for (int64_t j = 0; j < rows->d; j++) unit[j] /= s->radius[i];
    }
    return CVXNN_OK;
}

/* The mass that goes with nu: beta mass = nu . f at an optimum, f = y - nu / share; else half of what F(0)
 * allows. */
static double mass_of(const struct cvxnn__sphere_search *s, const double *nu) {
    double product = 0, zero = 0;
    for (int64_t i = 0; i < s->n; i++) {
        int64_t row = s->index[i];
        double share = cvxnn__instance_share(s->instance, row), y = s->instance->targets[row];
        product += nu[row] * (y - nu[row] / share);
        zero += 0.5 * share * y * y;
    }
    if (!(product > 1e-6 * zero && product < zero)) product = 0.5 * zero;
    return product / s->instance->beta;
}

static int invert(int64_t width, const double *a, double *inverse, double *factor) {
    memcpy(factor, a, (size_t)(width * width) * sizeof(double));
    if (cvxnn__cholesky(width, factor, width) != 1) return 0;
    for (int64_t e = 0; e < width * width; e++) inverse[e] = e % (width + 1) == 0;
    return cvxnn__cholesky_solve(width, factor, width, width, inverse, width);
}

/* The quadratics of a row: a half's is row_weight T'T, for t > 0 in the difference system with 2 row_weight
 * on z; R is the parallel sum of the halves', with the sign of odd moments turned for t < 0. */
static int fill_quadratics(struct cvxnn__sphere_search *s, double *const r[2], double *const inverse_r[2],
                           double *factor) {
    int64_t width = 2 * s->order + 1;
    double *plain = r[0];
    for (int c = 0; c < 2; c++)
        for (int half = 0; half < 2; half++) {
            for (int64_t e = 0; e < width * width; e++) plain[e] = s->row_weight * s->row_cones.gram[e];
            if (c == 1 && half == 0) plain[width + 1] += 2 * s->row_weight;
            if (!invert(width, plain, s->inverse[c][half], factor)) return 0;
        }
    for (int c = 0; c < 2; c++) {
        for (int64_t a = 0; a < width; a++)
            for (int64_t b = 0; b < width; b++)
                inverse_r[c][a * width + b] = s->inverse[c][0][a * width + b] +
                                              ((a + b) % 2 ? -1 : 1) * s->inverse[c][1][a * width + b];
        if (!invert(width, inverse_r[c], r[c], factor)) return 0;
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

static int32_t take_state(struct cvxnn__context *context, struct cvxnn__scope *scope,
                          struct cvxnn__sphere_search *s) {
    int64_t size = s->moments.size, n = s->n, width = 2 * s->order + 1, entries = s->row_cones.entries;
    int64_t work = most(cvxnn__row_moments_work(&s->rows), cvxnn__moments_work(&s->moments));
    for (int i = 0; i < 2; i++) {
        struct cvxnn__sphere_sign *sign = &s->signs[i];
        struct cvxnn__sphere_system *system = &s->systems[i];
        sign->matrix = zeros(scope, size, size), sign->scaled_dual = zeros(scope, size, size);
        sign->moments = cvxnn__doubles(scope, size, size), sign->eigen = cvxnn__doubles(scope, size, size);
        sign->next = cvxnn__doubles(scope, size, size), sign->values = cvxnn__doubles(scope, size, 1);
        sign->work = cvxnn__doubles(scope, most(cvxnn__eigen_work(size), work + 2 * s->moments.length), 1);
        sign->q = cvxnn__doubles(scope, n, width);
        system->polynomial = cvxnn__doubles(scope, s->moments.length, 1);
        system->functional = cvxnn__doubles(scope, s->moments.length, 1);
        system->matrix = cvxnn__doubles(scope, size, size);
        system->b = cvxnn__doubles(scope, n, width), system->q = cvxnn__doubles(scope, n, width);
        system->work = cvxnn__doubles(scope, cvxnn__row_system_work(&s->system), 1);
        for (int half = 0; half < 2; half++) {
            sign->cones[half] = zeros(scope, n, entries), sign->cone_duals[half] = zeros(scope, n, entries);
            sign->half[half] = cvxnn__doubles(scope, n, width);
            system->target[half] = cvxnn__doubles(scope, n, width);
        }
    }
    s->outputs = zeros(scope, n, 1), s->output_dual = zeros(scope, n, 1);
    s->output_aim = zeros(scope, n, 1), s->nu = zeros(scope, n, 1);
    s->curvature = cvxnn__doubles(scope, n, 1), s->aim = cvxnn__doubles(scope, n, 1);
    return scope->failed ? cvxnn__fail_memory(context) : CVXNN_OK;
}

/* In units of mass s->unit and of objective beta s->unit. */
static void fill_loss(struct cvxnn__sphere_search *s, const double *nu) {
    double beta = s->instance->beta;
    s->unit = mass_of(s, nu);
    for (int64_t i = 0; i < s->n; i++) {
        int64_t row = s->index[i];
        double share = cvxnn__instance_share(s->instance, row), radius = s->radius[i];
        s->curvature[i] = share * radius * radius * (s->unit / beta);
        s->aim[i] = s->instance->targets[row] / (s->unit * radius);
        s->output_dual[i] = -(nu[row] * radius) / beta / (s->penalty * s->row_weight);
    }
}

int32_t cvxnn__sphere_search_begin(struct cvxnn__context *context, struct cvxnn__scope *scope,
                                   const struct cvxnn__instance *instance, int64_t order, const double *nu,
                                   struct cvxnn__sphere_search *s) {
    double *units = NULL;
    *s = (struct cvxnn__sphere_search){.instance = instance, .order = order, .penalty = FIRST_PENALTY};
    int32_t status = take_rows(context, scope, s, &units);
    if (status || s->n == 0) return status;
    s->row_weight = ROW_WEIGHT / (double)s->n;
    cvxnn__moments_take(scope, instance->rows.d, order, &s->moments);
    if (!scope->failed) cvxnn__row_moments_take(scope, &s->moments, s->n, units, &s->rows);
    if (!scope->failed) cvxnn__row_cones_take(scope, order, &s->row_cones);
    if (scope->failed) return cvxnn__fail_memory(context);
    status = take_system(context, scope, s, units);
    if (!status) status = take_state(context, scope, s);
    if (!status) fill_loss(s, nu);
    return status;
}

/* ---- The linear step, for the sum or the difference of the signs ---- */

static const double ROOT_HALF = 0.70710678118654752440;

static double turn(int c, double plus, double minus) {
    return ROOT_HALF * (c ? plus - minus : plus + minus);
}

static void fill_targets(const struct cvxnn__sphere_search *s, int c, struct cvxnn__sphere_system *system) {
    int64_t width = s->rows.width, entries = s->row_cones.entries;
    const struct cvxnn__sphere_sign *signs = s->signs;
    for (int half = 0; half < 2; half++)
        for (int64_t i = 0; i < s->n; i++) {
            double *target = system->target[half] + i * width;
            int64_t at = i * entries;
            memset(target, 0, (size_t)width * sizeof(double));
            for (int64_t e = 0; e < entries; e++)
                cvxnn__axpy(width,
                            s->row_weight *
                                turn(c, signs[0].cones[half][at + e] - signs[0].cone_duals[half][at + e],
                                     signs[1].cones[half][at + e] - signs[1].cone_duals[half][at + e]),
                            s->row_cones.map + e * width, target);
            if (c == 1 && half == 0) target[1] += 2 * ROOT_HALF * s->row_weight * s->output_aim[i];
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
    const struct cvxnn__sphere_sign *signs = s->signs;
    int64_t width = s->rows.width, square = s->moments.size * s->moments.size;
    double row[2 * CVXNN__MOST_ORDER + 1];
    for (int64_t e = 0; e < square; e++)
        system->matrix[e] = turn((int)c, signs[0].matrix[e] - signs[0].scaled_dual[e],
                                 signs[1].matrix[e] - signs[1].scaled_dual[e]);
    cvxnn__moments_polynomial(&s->moments, system->matrix, system->polynomial, system->work);
    if (c == 0)
        cvxnn__axpy(s->moments.length, -2 * ROOT_HALF / s->penalty, s->moments.mass, system->polynomial);
    fill_targets(s, (int)c, system);
    memset(system->b, 0, (size_t)(s->n * width) * sizeof(double));
    for (int half = 0; half < 2; half++)
        for (int64_t i = 0; i < s->n; i++) {
            apply_inverse(s, (int)c, half, system->target[half] + i * width, row);
            for (int64_t j = 0; j < width; j++) system->b[i * width + j] += flip(half, j, row[j]);
        }
    cvxnn__row_system_solve(&s->system, (int)c, system->polynomial, system->b, system->functional,
                            system->matrix, system->q, system->work);
    for (int half = 0; half < 2; half++)
        for (int64_t i = 0; i < s->n; i++) {
            double *target = system->target[half] + i * width;
            for (int64_t j = 0; j < width; j++) target[j] += flip(half, j, system->q[i * width + j]);
            apply_inverse(s, (int)c, half, target, row);
            memcpy(target, row, (size_t)width * sizeof(double)); /* from here on: the half's moments */
        }
}

/* ---- The certificate of the linear step ---- */

/* W of one sign: beta / 2 I + rho beta (A y - P + U), moved to the polynomials exactly as far as rounding
 * allows, and without the constants, which the checks' shifts take up. */
static void fill_matrix(struct cvxnn__sphere_search *s, int i, double *matrix) {
    struct cvxnn__sphere_sign *sign = &s->signs[i];
    const struct cvxnn__moments *m = &s->moments;
    int64_t size = m->size, width = s->rows.width;
    double beta = s->instance->beta, scale = s->penalty * beta, constant = 0;
    double *polynomial = sign->work, *other = polynomial + m->length, *work = other + m->length;
    for (int64_t e = 0; e < size * size; e++)
        matrix[e] = scale * (sign->moments[e] - sign->matrix[e] + sign->scaled_dual[e]);
    for (int64_t e = 0; e < size; e++) matrix[e * size + e] += 0.5 * beta;
    cvxnn__row_moments_matrix(&s->rows, sign->q, sign->eigen, work);
    cvxnn__moments_polynomial(m, sign->eigen, polynomial, work);
    cvxnn__moments_polynomial(m, matrix, other, work);
    for (int64_t e = 0; e < m->length; e++) polynomial[e] = -scale * polynomial[e] - other[e];
    cvxnn__moments_solve(m, polynomial, polynomial, work);
    cvxnn__moments_matrix(m, polynomial, sign->eigen, work);
    for (int64_t j = 0; j < s->n; j++) constant -= scale * sign->q[j * width];
    for (int64_t e = 0; e < size * size; e++) matrix[e] += sign->eigen[e];
    for (int64_t e = 0; e < size; e++) matrix[e * size + e] -= 0.5 * constant;
}

/* Row polynomials, from t = x . u / |x| to x . u / unit. */
static void fill_polynomials(const struct cvxnn__sphere_search *s, int i, double *row, double *polynomials) {
    const struct cvxnn__rows *rows = &s->instance->rows;
    int64_t width = s->rows.width, degree = width - 1;
    memset(polynomials, 0, (size_t)(rows->n * degree) * sizeof(double));
    for (int64_t j = 0; j < s->n; j++) {
        cvxnn__rows_tile(rows, s->index[j], 1, 0, rows->d, row, rows->d);
        double ratio = ldexp(1 / s->radius[j], cvxnn__row_unit(rows->d, row)),
               scale = -s->penalty * s->instance->beta;
        for (int64_t a = 1; a < width; a++) {
            scale *= ratio;
            polynomials[s->index[j] * degree + a - 1] = scale * s->signs[i].q[j * width + a];
        }
    }
}

void cvxnn__sphere_search_residual(const struct cvxnn__instance *instance, double *nu) {
    for (int64_t i = 0; i < instance->rows.n; i++)
        nu[i] = cvxnn__instance_share(instance, i) * instance->targets[i];
}

static void fill_certificate(struct cvxnn__sphere_search *s, int i) {
    struct cvxnn__certificate *certificate = s->wanted;
    const struct cvxnn__instance *instance = s->instance;
    fill_matrix(s, i, certificate->matrix[i]);
    fill_polynomials(s, i, s->signs[i].work, certificate->polynomials[i]);
    if (i) return;
    cvxnn__sphere_search_residual(instance, certificate->nu); /* which a row of zeros keeps */
    for (int64_t j = 0; j < s->n; j++) certificate->nu[s->index[j]] = s->nu[j];
}

/* ---- The projections, a sign each ---- */

static double square_of(int64_t count, const double *x) {
    return cvxnn__dot(count, x, x);
}

/* matrix (full) = the nearest positive semidefinite one, by the smaller of its two parts. */
static void project(int64_t size, double *matrix, double *vectors, double *values, double *work) {
    int64_t square = size * size, positive = 0;
    memcpy(vectors, matrix, (size_t)square * sizeof(double));
    if (cvxnn__eigen(1, size, vectors, size, values, work) != 1) return;
    for (int64_t j = 0; j < size; j++) positive += values[j] > 0;
    int few = 2 * positive <= size;
    int64_t first = few ? size - positive : 0, count = few ? positive : size - positive;
    for (int64_t j = first; j < first + count; j++) {
        double root = sqrt(fabs(values[j]));
        for (int64_t e = 0; e < size; e++) vectors[j * size + e] *= root;
    }
    cvxnn__syrk(1, size, count, 1, vectors + first * size, size, few ? 0 : 1, matrix, size);
    for (int64_t i = 0; i < size; i++)
        for (int64_t j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j];
}

/* next = projection of relaxed + dual, where relaxed is between fresh and old; sums of squares of residuals.
 */
static void project_matrix(struct cvxnn__sphere_search *s, struct cvxnn__sphere_sign *sign) {
    int64_t size = s->moments.size, square = size * size;
    double *old = sign->matrix, *dual = sign->scaled_dual, *fresh = sign->moments, *next = sign->next;
    double change = 0, distance = 0, total = 0;
    for (int64_t e = 0; e < square; e++) dual[e] += RELAXATION * fresh[e] + (1 - RELAXATION) * old[e];
    memcpy(next, dual, (size_t)square * sizeof(double));
    project(size, next, sign->eigen, sign->values, sign->work);
    for (int64_t e = 0; e < square; e++) {
        dual[e] -= next[e];
        distance += (fresh[e] - next[e]) * (fresh[e] - next[e]);
        change += (old[e] - next[e]) * (old[e] - next[e]);
        total += next[e] * next[e];
        old[e] = next[e];
    }
    sign->primal = distance, sign->dual = change, sign->size = total;
}

static void project_rows(struct cvxnn__sphere_search *s, struct cvxnn__sphere_sign *sign, int half) {
    int64_t width = s->rows.width, entries = s->row_cones.entries;
    double fresh[(CVXNN__MOST_ORDER + 1) * (CVXNN__MOST_ORDER + 1) + CVXNN__MOST_ORDER * CVXNN__MOST_ORDER],
        next[sizeof fresh / sizeof *fresh];
    for (int64_t i = 0; i < s->n; i++) {
        double *old = sign->cones[half] + i * entries, *dual = sign->cone_duals[half] + i * entries;
        const double *moments = sign->half[half] + i * width;
        for (int64_t e = 0; e < entries; e++) {
            fresh[e] = cvxnn__dot(width, s->row_cones.map + e * width, moments);
            next[e] = dual[e] += RELAXATION * fresh[e] + (1 - RELAXATION) * old[e];
        }
        cvxnn__row_cones_project(&s->row_cones, next);
        for (int64_t e = 0; e < entries; e++) {
            dual[e] -= next[e], fresh[e] -= next[e], old[e] -= next[e];
        }
        sign->primal += s->row_weight * square_of(entries, fresh);
        sign->dual += s->row_weight * square_of(entries, old);
        sign->size += s->row_weight * square_of(entries, next);
        memcpy(old, next, (size_t)entries * sizeof(double));
    }
}

static void sign_step(void *argument, int64_t i) {
    struct cvxnn__sphere_search *s = argument;
    struct cvxnn__sphere_sign *sign = &s->signs[i];
    const struct cvxnn__sphere_system *sum = &s->systems[0], *difference = &s->systems[1];
    int64_t square = s->moments.size * s->moments.size, count = s->n * s->rows.width;
    for (int64_t e = 0; e < square; e++)
        sign->moments[e] = turn((int)i, sum->matrix[e], difference->matrix[e]);
    for (int64_t e = 0; e < count; e++) sign->q[e] = turn((int)i, sum->q[e], difference->q[e]);
    for (int half = 0; half < 2; half++)
        for (int64_t e = 0; e < count; e++)
            sign->half[half][e] = turn((int)i, sum->target[half][e], difference->target[half][e]);
    if (s->wanted) fill_certificate(s, (int)i);
    project_matrix(s, sign);
    for (int half = 0; half < 2; half++) project_rows(s, sign, half);
}

/* ---- The step ---- */

/* The dual vector of the linear step: z = sqrt(2) times the difference system's. */
static void fill_dual(struct cvxnn__sphere_search *s) {
    for (int64_t i = 0; i < s->n; i++) {
        double z = 2 * ROOT_HALF * s->systems[1].target[0][i * s->rows.width + 1];
        s->nu[i] = -(s->penalty * s->instance->beta * s->row_weight) * (z - s->output_aim[i]) / s->radius[i];
    }
}

/* The loss' own projection, and the relative residuals. */
static void finish_step(struct cvxnn__sphere_search *s) {
    double primal = s->signs[0].primal + s->signs[1].primal, dual = s->signs[0].dual + s->signs[1].dual,
           size = s->signs[0].size + s->signs[1].size, weight = s->penalty * s->row_weight;
    for (int64_t i = 0; i < s->n; i++) {
        double fresh = 2 * ROOT_HALF * s->systems[1].target[0][i * s->rows.width + 1], old = s->outputs[i];
        double middle = RELAXATION * fresh + (1 - RELAXATION) * old + s->output_dual[i];
        double next = (weight * middle + s->curvature[i] * s->aim[i]) / (weight + s->curvature[i]);
        s->output_dual[i] = middle - next, s->outputs[i] = next;
        primal += s->row_weight * (fresh - next) * (fresh - next);
        dual += s->row_weight * (old - next) * (old - next);
    }
    s->primal = size > 0 ? sqrt(primal / size) : primal > 0 ? INFINITY : 0;
    s->dual = size > 0 ? sqrt(dual / size) : dual > 0 ? INFINITY : 0;
}

static void scale(int64_t count, double factor, double *x) {
    for (int64_t e = 0; e < count; e++) x[e] *= factor;
}

/* Multipliers are kept divided by the penalty. */
static void adapt_penalty(struct cvxnn__sphere_search *s) {
    double factor = s->primal > IMBALANCE * s->dual   ? PENALTY_FACTOR
                    : s->dual > IMBALANCE * s->primal ? 1 / PENALTY_FACTOR
                                                      : 1;
    if (factor == 1) return;
    s->penalty *= factor;
    for (int i = 0; i < 2; i++) {
        scale(s->moments.size * s->moments.size, 1 / factor, s->signs[i].scaled_dual);
        for (int half = 0; half < 2; half++)
            scale(s->n * s->row_cones.entries, 1 / factor, s->signs[i].cone_duals[half]);
    }
    scale(s->n, 1 / factor, s->output_dual);
}

int32_t cvxnn__sphere_search_step(struct cvxnn__context *context, struct cvxnn__sphere_search *s,
                                  struct cvxnn__certificate *certificate) {
    int32_t status = cvxnn__poll(context);
    if (status) return status;
    s->wanted = certificate;
    for (int64_t i = 0; i < s->n; i++) s->output_aim[i] = s->outputs[i] - s->output_dual[i];
    cvxnn__run(context->team, 2, linear_step, s);
    status = cvxnn__poll(context);
    if (status) return status;
    fill_dual(s);
    cvxnn__run(context->team, 2, sign_step, s);
    finish_step(s);
    if (++s->steps % PENALTY_EVERY == 0) adapt_penalty(s);
    return CVXNN_OK;
}
