/* The shared part of the searches for certificates. See splitting.h. */
#include "gap/splitting.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"

/* How the penalty follows the residuals (docs/certificate.md). */
static const double PENALTY_FACTOR = 1.5, IMBALANCE = 3;
enum { PENALTY_EVERY = 20 };

static const double RELAXATION = CVXNN__RELAXATION;

/* ---- Begin ---- */

/* Rows that matter, at length 1. */
static int32_t take_rows(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         struct cvxnn__splitting *s) {
    const struct cvxnn__rows *rows = &s->instance->rows;
    double *norms = cvxnn__doubles(scope, rows->n, 1);
    s->index = cvxnn__integers(scope, rows->n);
    if (scope->failed) return cvxnn__fail_memory(context);
    int32_t status = cvxnn__rows_norms(context, rows, norms);
    if (status) return status;
    for (int64_t i = 0; i < rows->n; i++)
        if (norms[i] > 0 && norms[i] < INFINITY && cvxnn__instance_share(s->instance, i) > 0)
            s->index[s->n++] = i;
    s->units = cvxnn__doubles(scope, s->n, rows->d);
    s->radius = cvxnn__doubles(scope, s->n, 1);
    if (scope->failed) return cvxnn__fail_memory(context);
    for (int64_t i = 0; i < s->n; i++) {
        double *unit = s->units + i * rows->d;
        cvxnn__rows_tile(rows, s->index[i], 1, 0, rows->d, unit, rows->d);
        s->radius[i] = norms[s->index[i]];
        for (int64_t j = 0; j < rows->d; j++) unit[j] /= s->radius[i];
    }
    return CVXNN_OK;
}

/* The mass that goes with nu: beta mass = nu . f at an optimum, f = y - nu / share; else half of what F(0)
 * allows. */
static double mass_of(const struct cvxnn__splitting *s, const double *nu) {
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

int cvxnn__invert(int64_t size, const double *a, double *inverse, double *factor) {
    memcpy(factor, a, (size_t)(size * size) * sizeof(double));
    if (cvxnn__cholesky(size, factor, size) != 1) return 0;
    for (int64_t e = 0; e < size * size; e++) inverse[e] = e % (size + 1) == 0;
    return cvxnn__cholesky_solve(size, factor, size, size, inverse, size);
}

/* In units of mass s->unit and of objective beta s->unit. */
static void fill_loss(struct cvxnn__splitting *s, const double *nu) {
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

int32_t cvxnn__splitting_begin(struct cvxnn__context *context, struct cvxnn__scope *scope,
                               const struct cvxnn__instance *instance, int64_t k,
                               struct cvxnn__splitting *s) {
    *s = (struct cvxnn__splitting){.instance = instance};
    int32_t status = take_rows(context, scope, s);
    if (status || s->n == 0) return status;
    cvxnn__moments_take(scope, instance->rows.d, k, &s->moments);
    return scope->failed ? cvxnn__fail_memory(context) : CVXNN_OK;
}

static double *zeros(struct cvxnn__scope *scope, int64_t rows, int64_t cols) {
    return cvxnn__take_zeroed(scope, rows, cols, (int64_t)sizeof(double));
}

static int64_t more(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static void scale(int64_t count, double factor, double *x) {
    for (int64_t e = 0; e < count; e++) x[e] *= factor;
}

void cvxnn__splitting_take_cell(struct cvxnn__scope *scope, const struct cvxnn__splitting *s, int64_t work,
                                struct cvxnn__splitting_cell *cell) {
    int64_t size = s->moments.size;
    work = more(work, cvxnn__moments_work(&s->moments)) + s->moments.length;
    cell->matrix = zeros(scope, size, size), cell->scaled_dual = zeros(scope, size, size);
    cell->moments = cvxnn__doubles(scope, size, size), cell->eigen = cvxnn__doubles(scope, size, size);
    cell->next = cvxnn__doubles(scope, size, size), cell->values = cvxnn__doubles(scope, size, 1);
    cell->work = cvxnn__doubles(scope, more(cvxnn__eigen_work(size), work), 1);
    cell->polynomial = cvxnn__doubles(scope, s->moments.length, 1);
}

void cvxnn__splitting_arrange(struct cvxnn__splitting *s, int64_t count, int64_t plus) {
    double weight = 2 * s->row_weight / (double)count, side = 1 / sqrt((double)count);
    double axis[2 * CVXNN__MOST_LEAVES], ratio = s->count ? s->output_weight / weight : 1;
    for (int64_t c = 0; c < count; c++) axis[c] = (c < plus ? side : -side) - (c == 1);
    for (int64_t r = 0; r < count; r++)
        for (int64_t c = 0; c < count; c++) s->turn[r][c] = (r == c) + axis[r] * axis[c] / axis[1];
    scale(s->n, ratio, s->output_dual);
    s->output_weight = weight, s->count = count;
}

void cvxnn__splitting_take(struct cvxnn__scope *scope, const double *nu, double row_weight, double penalty,
                           int64_t work, struct cvxnn__splitting *s) {
    int64_t n = s->n;
    for (int i = 0; i < 2; i++) cvxnn__splitting_take_cell(scope, s, work, &s->cells[i]);
    s->outputs = zeros(scope, n, 1), s->output_dual = zeros(scope, n, 1);
    s->output_aim = zeros(scope, n, 1), s->nu = zeros(scope, n, 1);
    s->fresh = cvxnn__doubles(scope, n, 1);
    s->curvature = cvxnn__doubles(scope, n, 1), s->aim = cvxnn__doubles(scope, n, 1);
    s->row_weight = row_weight / (double)n, s->penalty = penalty;
    if (scope->failed) return;
    cvxnn__splitting_arrange(s, 2, 1);
    fill_loss(s, nu);
}

/* ---- The step ---- */

static const double ROOT_HALF = 0.70710678118654752440;

double cvxnn__turn(int c, double plus, double minus) {
    return ROOT_HALF * (c ? plus - minus : plus + minus);
}

/* matrix (full) = the nearest positive semidefinite one, by the smaller of its two parts. */
void cvxnn__project_matrix(int64_t size, double *matrix, double *vectors, double *values, double *work) {
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

int32_t cvxnn__splitting_linear(struct cvxnn__context *context, struct cvxnn__splitting *s,
                                cvxnn__task_fn solve, void *search) {
    int32_t status = cvxnn__poll(context);
    if (status) return status;
    for (int64_t i = 0; i < s->n; i++) s->output_aim[i] = s->outputs[i] - s->output_dual[i];
    cvxnn__run(context->team, s->count, solve, search);
    return cvxnn__poll(context);
}

void cvxnn__splitting_load(const struct cvxnn__splitting *s, int c, double *matrix, double *polynomial,
                           double *work) {
    const struct cvxnn__moments *m = &s->moments;
    int64_t square = m->size * m->size;
    double mass = 0;
    memset(matrix, 0, (size_t)square * sizeof *matrix);
    for (int64_t k = 0; k < s->count; k++) {
        cvxnn__axpy(square, s->turn[c][k], s->cells[k].matrix, matrix);
        cvxnn__axpy(square, -s->turn[c][k], s->cells[k].scaled_dual, matrix);
        mass += s->turn[c][k];
    }
    cvxnn__moments_polynomial(m, matrix, polynomial, work);
    cvxnn__axpy(m->length, -mass / s->penalty, m->mass, polynomial);
}

/* next = projection of relaxed + dual, where relaxed is between fresh and old; sums of squares of residuals.
 */
void cvxnn__splitting_project(struct cvxnn__splitting *s, int i) {
    struct cvxnn__splitting_cell *cell = &s->cells[i];
    int64_t size = s->moments.size, square = size * size;
    double *old = cell->matrix, *dual = cell->scaled_dual, *fresh = cell->moments, *next = cell->next;
    double change = 0, distance = 0, total = 0;
    for (int64_t e = 0; e < square; e++) dual[e] += RELAXATION * fresh[e] + (1 - RELAXATION) * old[e];
    memcpy(next, dual, (size_t)square * sizeof(double));
    cvxnn__project_matrix(size, next, cell->eigen, cell->values, cell->work);
    for (int64_t e = 0; e < square; e++) {
        dual[e] -= next[e];
        distance += (fresh[e] - next[e]) * (fresh[e] - next[e]);
        change += (old[e] - next[e]) * (old[e] - next[e]);
        total += next[e] * next[e];
        old[e] = next[e];
    }
    cell->primal = distance, cell->dual = change, cell->size = total;
}

void cvxnn__splitting_dual(struct cvxnn__splitting *s) {
    for (int64_t i = 0; i < s->n; i++) {
        double slope = s->penalty * s->instance->beta * s->output_weight * (s->fresh[i] - s->output_aim[i]);
        s->nu[i] = -slope / s->radius[i];
    }
}

/* The loss' own projection, and the relative residuals. */
static void project_outputs(struct cvxnn__splitting *s) {
    double primal = 0, dual = 0, size = 0, weight = s->penalty * s->output_weight;
    for (int64_t c = 0; c < s->count; c++)
        primal += s->cells[c].primal, dual += s->cells[c].dual, size += s->cells[c].size;
    for (int64_t i = 0; i < s->n; i++) {
        double fresh = s->fresh[i], old = s->outputs[i];
        double middle = RELAXATION * fresh + (1 - RELAXATION) * old + s->output_dual[i];
        double next = (weight * middle + s->curvature[i] * s->aim[i]) / (weight + s->curvature[i]);
        s->output_dual[i] = middle - next, s->outputs[i] = next;
        primal += s->output_weight * (fresh - next) * (fresh - next);
        dual += s->output_weight * (old - next) * (old - next);
    }
    s->primal = size > 0 ? sqrt(primal / size) : primal > 0 ? INFINITY : 0;
    s->dual = size > 0 ? sqrt(dual / size) : dual > 0 ? INFINITY : 0;
}

/* Multipliers are kept divided by the penalty. */
double cvxnn__splitting_penalty(struct cvxnn__splitting *s, double factor) {
    s->penalty *= factor;
    for (int64_t c = 0; c < s->count; c++)
        scale(s->moments.size * s->moments.size, 1 / factor, s->cells[c].scaled_dual);
    scale(s->n, 1 / factor, s->output_dual);
    return 1 / factor;
}

static double adapt(struct cvxnn__splitting *s, double most) {
    if (++s->steps % PENALTY_EVERY != 0) return 1;
    double factor = s->primal > most * s->dual        ? PENALTY_FACTOR
                    : s->dual > IMBALANCE * s->primal ? 1 / PENALTY_FACTOR
                                                      : 1;
    return factor == 1 ? 1 : cvxnn__splitting_penalty(s, factor);
}

double cvxnn__splitting_finish(struct cvxnn__splitting *s, double most) {
    project_outputs(s);
    return adapt(s, most);
}

/* ---- The certificate of the linear step ---- */

void cvxnn__splitting_nu(const struct cvxnn__splitting *s, double *nu) {
    cvxnn__residual_of_zero(s->instance, nu); /* which a row of zeros keeps */
    for (int64_t i = 0; i < s->n; i++) nu[s->index[i]] = s->nu[i];
}

/* beta / 2 I + rho beta (A y - P + U) to begin with. */
void cvxnn__splitting_matrix(struct cvxnn__splitting *s, int i, double *matrix) {
    struct cvxnn__splitting_cell *cell = &s->cells[i];
    const struct cvxnn__moments *m = &s->moments;
    int64_t size = m->size;
    double beta = s->instance->beta, factor = s->penalty * beta, *polynomial = cell->polynomial,
           *other = cell->work, *work = other + m->length;
    for (int64_t e = 0; e < size * size; e++)
        matrix[e] = factor * (cell->moments[e] - cell->matrix[e] + cell->scaled_dual[e]);
    for (int64_t e = 0; e < size; e++) matrix[e * size + e] += 0.5 * beta;
    cvxnn__moments_polynomial(m, matrix, other, work);
    for (int64_t e = 0; e < m->length; e++) polynomial[e] -= other[e];
    cvxnn__moments_solve(m, polynomial, polynomial, work);
    cvxnn__moments_matrix(m, polynomial, cell->eigen, work);
    for (int64_t e = 0; e < size * size; e++) matrix[e] += cell->eigen[e];
}

void cvxnn__residual_of_zero(const struct cvxnn__instance *instance, double *nu) {
    for (int64_t i = 0; i < instance->rows.n; i++)
        nu[i] = cvxnn__instance_share(instance, i) * instance->targets[i];
}
