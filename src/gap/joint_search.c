/* The search for a certificate with kinks in all directions. See joint_search.h. */
#include "gap/joint_search.h"

#include <math.h>
#include <string.h>

#include "gap/joint_factors.h"
#include "linalg/blas.h"
#include "verify/joint.h"

/* By trial, docs/certificate.md. */
static const double RELAXATION = CVXNN__RELAXATION, ROW_WEIGHT = 20, FIRST_PENALTY = 1, IMBALANCE = 10;
static const double LOW_PENALTY = 0.2, SOFTER = 0.2;

/* ---- Begin ---- */

static double *zeros(struct cvxnn__scope *scope, int64_t rows, int64_t cols) {
    return cvxnn__take_zeroed(scope, rows, cols, (int64_t)sizeof(double));
}

static int invert_metric(const struct cvxnn__joint_metric *metric, struct cvxnn__joint_metric *inverse) {
    double factor[25];
    return cvxnn__invert(5, metric->numbers, inverse->numbers, factor) &&
           cvxnn__invert(4, metric->vectors, inverse->vectors, factor) &&
           cvxnn__invert(3, metric->matrices, inverse->matrices, factor);
}

/* by = a b + c d, metrics by weights. */
static struct cvxnn__joint_metric combine(double a, const struct cvxnn__joint_metric *b, double c,
                                          const struct cvxnn__joint_metric *d) {
    struct cvxnn__joint_metric sum;
    for (int e = 0; e < 25; e++) sum.numbers[e] = a * b->numbers[e] + c * d->numbers[e];
    for (int e = 0; e < 16; e++) sum.vectors[e] = a * b->vectors[e] + c * d->vectors[e];
    for (int e = 0; e < 9; e++) sum.matrices[e] = a * b->matrices[e] + c * d->matrices[e];
    return sum;
}

/* A half's quadratic is row_weight T'T, for t >= 0 in the difference system with 2 row_weight on z. */
static int fill_quadratics(struct cvxnn__joint_search *s) {
    double weight = s->split.row_weight, degree = cvxnn__joint_scale(1);
    for (int c = 0; c < 2; c++) {
        struct cvxnn__joint_system *system = &s->systems[c];
        for (int half = 0; half < 2; half++) {
            struct cvxnn__joint_metric plain = combine(weight, &s->rows.gram, 0, &s->rows.gram);
            if (c == 1 && half == 1) plain.numbers[6] += 2 * weight / (degree * degree);
            if (!invert_metric(&plain, &system->inverse[half])) return 0;
        }
        struct cvxnn__joint_metric sum = combine(1, &system->inverse[0], 1, &system->inverse[1]);
        if (!invert_metric(&sum, &system->parallel)) return 0;
    }
    return 1;
}

/* Scratch of a column of the systems: a functional or polynomial, a matrix, coordinates of rows twice. */
static int64_t column_work(const struct cvxnn__joint_search *s) {
    const struct cvxnn__moments *m = &s->split.moments;
    return 2 * m->length + m->size * m->size + 2 * s->split.n * s->rows.width +
           cvxnn__joint_rows_work(&s->rows) + cvxnn__moments_work(m);
}

enum { COLUMNS = 16 }; /* of a part between two polls */

struct columns {
    struct cvxnn__joint_search *search;
    int64_t parts, first, end; /* the columns from first on and before end */
    double **work;
};

/* Column j of Q + sum_i B_i' R_c B_i for both c. */
static void fill_column(struct cvxnn__joint_search *s, int64_t j, double *work) {
    const struct cvxnn__moments *m = &s->split.moments;
    int64_t n = s->split.n, width = s->rows.width;
    double *functional = work, *image = functional + m->length, *matrix = image + m->length,
           *coordinates = matrix + m->size * m->size, *weighed = coordinates + n * width,
           *rest = weighed + n * width, *moment_work = rest + cvxnn__joint_rows_work(&s->rows);
    memset(functional, 0, (size_t)m->length * sizeof *functional);
    functional[j] = 1;
    cvxnn__moments_matrix(m, functional, matrix, moment_work);
    cvxnn__joint_rows_of(&s->rows, matrix, coordinates, rest);
    cvxnn__moments_polynomial(m, matrix, functional, moment_work);
    for (int c = 0; c < 2; c++) {
        for (int64_t i = 0; i < n; i++)
            cvxnn__joint_apply(&s->rows, &s->systems[c].parallel, coordinates + i * width,
                               weighed + i * width);
        cvxnn__joint_rows_matrix(&s->rows, weighed, matrix, rest);
        cvxnn__moments_polynomial(m, matrix, image, moment_work);
        for (int64_t i = j; i < m->length; i++)
            s->systems[c].factor[i * m->length + j] = functional[i] + image[i];
    }
}

static void fill_columns(void *argument, int64_t part) {
    struct columns *columns = argument;
    for (int64_t j = columns->first + part; j < columns->end; j += columns->parts)
        fill_column(columns->search, j, columns->work[part]);
}

static void factorise(void *argument, int64_t c) {
    struct cvxnn__joint_search *s = argument;
    int64_t length = s->split.moments.length;
    if (cvxnn__cholesky(length, s->systems[c].factor, length) != 1) s->systems[c].factor[0] = 0;
}

static int32_t fill_systems(struct cvxnn__context *context, struct cvxnn__joint_search *s) {
    struct cvxnn__scope scope;
    struct columns columns = {.search = s, .parts = cvxnn__team_threads(context->team)};
    cvxnn__scope_open(&scope, context->memory);
    columns.work = cvxnn__take(&scope, columns.parts, 1, (int64_t)sizeof *columns.work);
    for (int64_t p = 0; !scope.failed && p < columns.parts; p++)
        columns.work[p] = cvxnn__doubles(&scope, column_work(s), 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : cvxnn__poll(context);
    int64_t length = s->split.moments.length, block = COLUMNS * columns.parts;
    for (; !status && columns.first < length; columns.first += block) {
        columns.end = columns.first + block < length ? columns.first + block : length;
        cvxnn__run(context->team, columns.parts, fill_columns, &columns);
        status = cvxnn__poll(context);
    }
    cvxnn__scope_close(&scope);
    if (status) return status;
    cvxnn__run(context->team, 2, factorise, s);
    if (!(s->systems[0].factor[0] > 0 && s->systems[1].factor[0] > 0))
        return cvxnn__fail(context, CVXNN_ERROR_NUMERICAL,
                           "a matrix of the bound's search is not positive definite");
    return cvxnn__poll(context);
}

static int64_t more(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Of a part: eight matrices of a row and what their projection and factorisation need. */
static int64_t part_doubles(const struct cvxnn__joint_search *s) {
    int64_t size = 2 * s->rows.d + 1;
    return 4 * s->rows.entries + s->rows.width + size * size + size +
           more(cvxnn__eigen_work(size), cvxnn__joint_factors_work(&s->rows)) + s->rows.d;
}

static int64_t cell_work(const struct cvxnn__joint_search *s) {
    return more(cvxnn__joint_rows_work(&s->rows), cvxnn__joint_work(s->rows.d) + s->rows.d);
}

static void take_cell(struct cvxnn__scope *scope, struct cvxnn__joint_search *s, int64_t at) {
    const struct cvxnn__moments *m = &s->split.moments;
    int64_t n = s->split.n, width = s->rows.width, entries = s->rows.entries;
    struct cvxnn__joint_cell *cell = &s->cells[at];
    struct cvxnn__joint_room *room = &s->rooms[at];
    cell->halves = cvxnn__take(scope, n, 1, 1);
    room->polynomial = cvxnn__doubles(scope, m->length, 1);
    room->matrix = cvxnn__doubles(scope, m->size, m->size);
    room->b = cvxnn__doubles(scope, n, width), room->q = cvxnn__doubles(scope, n, width);
    room->work = cvxnn__doubles(
        scope, more(cvxnn__joint_rows_work(&s->rows), cvxnn__moments_work(m)) + m->length + 2 * width, 1);
    for (int half = 0; half < 2; half++) {
        cell->cones[half] = zeros(scope, n, entries), cell->cone_duals[half] = zeros(scope, n, entries);
        cell->gathered[half] = zeros(scope, n, width);
        room->target[half] = cvxnn__doubles(scope, n, width);
    }
    if (!scope->failed) memset(cell->halves, -1, (size_t)n);
}

void cvxnn__joint_search_take_cell(struct cvxnn__scope *scope, struct cvxnn__joint_search *s, int64_t at) {
    cvxnn__splitting_take_cell(scope, &s->split, cell_work(s), &s->split.cells[at]);
    take_cell(scope, s, at);
}

static void take_state(struct cvxnn__scope *scope, struct cvxnn__joint_search *s) {
    int64_t length = s->split.moments.length;
    for (int c = 0; c < 2; c++) {
        s->systems[c].factor = cvxnn__doubles(scope, length, length);
        s->trees[c] = cvxnn__sign_tree_whole();
        take_cell(scope, s, c);
    }
    for (int p = 0; p < CVXNN__JOINT_PARTS; p++) s->part_work[p] = cvxnn__doubles(scope, part_doubles(s), 1);
}

int32_t cvxnn__joint_search_begin(struct cvxnn__context *context, struct cvxnn__scope *scope,
                                  const struct cvxnn__instance *instance, const double *nu,
                                  struct cvxnn__joint_search *s) {
    struct cvxnn__splitting *split = &s->split;
    memset(s, 0, sizeof *s);
    int32_t status = cvxnn__splitting_begin(context, scope, instance, 2, split);
    if (status || split->n == 0) return status;
    cvxnn__joint_rows_take(scope, &split->moments, split->n, split->units, &s->rows);
    if (!scope->failed) cvxnn__splitting_take(scope, nu, ROW_WEIGHT, FIRST_PENALTY, cell_work(s), split);
    if (!scope->failed) take_state(scope, s);
    if (scope->failed) return cvxnn__fail_memory(context);
    if (!fill_quadratics(s))
        return cvxnn__fail(context, CVXNN_ERROR_NUMERICAL, "the quadratic of a row is not positive definite");
    return fill_systems(context, s);
}

/* ---- The linear step, for a row of the turned cells ---- */

static double root_of_count(const struct cvxnn__joint_search *s) {
    return sqrt((double)s->split.count);
}

static void fill_targets(const struct cvxnn__joint_search *s, int64_t c, struct cvxnn__joint_room *room) {
    int64_t width = s->rows.width, count = s->split.n * width;
    for (int half = 0; half < 2; half++) {
        memset(room->target[half], 0, (size_t)count * sizeof(double));
        for (int64_t k = 0; k < s->split.count; k++)
            cvxnn__axpy(count, s->split.row_weight * s->split.turn[c][k], s->cells[k].gathered[half],
                        room->target[half]);
    }
    double aim = root_of_count(s) * s->split.output_weight / cvxnn__joint_scale(1);
    for (int64_t i = 0; c == 1 && i < s->split.n; i++)
        room->target[1][i * width + 1] += aim * s->split.output_aim[i];
}

/* y = K^-1 (p + sum_i B_i' R b_i) and q = R (B y - b), b the sum of what the halves aim at. */
static void solve(struct cvxnn__joint_search *s, const struct cvxnn__joint_system *system,
                  struct cvxnn__joint_room *room) {
    const struct cvxnn__moments *m = &s->split.moments;
    int64_t n = s->split.n, width = s->rows.width;
    double *image = room->work, *row = image + m->length, *other = row + width, *rest = other + width;
    for (int64_t i = 0; i < n; i++) {
        for (int half = 0; half < 2; half++) {
            cvxnn__joint_apply(&s->rows, &system->inverse[half], room->target[half] + i * width,
                               half ? other : row);
        }
        for (int64_t e = 0; e < width; e++) room->b[i * width + e] = row[e] + other[e];
        cvxnn__joint_apply(&s->rows, &system->parallel, room->b + i * width, room->q + i * width);
    }
    cvxnn__joint_rows_matrix(&s->rows, room->q, room->matrix, rest);
    cvxnn__moments_polynomial(m, room->matrix, image, rest);
    cvxnn__axpy(m->length, 1, image, room->polynomial);
    cvxnn__triangular_solve(0, m->length, system->factor, m->length, room->polynomial);
    cvxnn__triangular_solve(1, m->length, system->factor, m->length, room->polynomial);
    cvxnn__moments_matrix(m, room->polynomial, room->matrix, rest);
    cvxnn__joint_rows_of(&s->rows, room->matrix, room->q, rest);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t e = 0; e < width; e++) row[e] = room->q[i * width + e] - room->b[i * width + e];
        cvxnn__joint_apply(&s->rows, &system->parallel, row, room->q + i * width);
    }
}

static void linear_step(void *argument, int64_t c) {
    struct cvxnn__joint_search *s = argument;
    const struct cvxnn__joint_system *system = &s->systems[c == 1];
    struct cvxnn__joint_room *room = &s->rooms[c];
    int64_t width = s->rows.width;
    cvxnn__splitting_load(&s->split, (int)c, room->matrix, room->polynomial, room->work);
    fill_targets(s, c, room);
    solve(s, system, room);
    double *row = room->work;
    for (int half = 0; half < 2; half++)
        for (int64_t i = 0; i < s->split.n; i++) {
            double *target = room->target[half] + i * width;
            cvxnn__axpy(width, 1, room->q + i * width, target);
            cvxnn__joint_apply(&s->rows, &system->inverse[half], target, row);
            memcpy(target, row, (size_t)width * sizeof(double)); /* from here on: the half's moments */
        }
}

/* ---- The projections of the rows ---- */

struct part {
    double *fresh[2], *multiplier[2]; /* entries, by halves */
    double *coordinates, *vectors, *values, *work;
};

static struct part part_at(const struct cvxnn__joint_search *s, int64_t p) {
    int64_t size = 2 * s->rows.d + 1, entries = s->rows.entries;
    double *at = s->part_work[p];
    return (struct part){.fresh = {at, at + entries},
                         .multiplier = {at + 2 * entries, at + 3 * entries},
                         .coordinates = at + 4 * entries,
                         .vectors = at + 4 * entries + s->rows.width,
                         .values = at + 4 * entries + s->rows.width + size * size,
                         .work = at + 4 * entries + s->rows.width + size * size + size};
}

/* One row and half: the projection, multipliers and residuals. */
static void project_half(struct cvxnn__joint_search *s, struct cvxnn__joint_cell *cell, int half, int64_t i,
                         const struct part *part, double *sums) {
    int64_t entries = s->rows.entries, width = s->rows.width, size = 2 * s->rows.d + 1, small = s->rows.d + 1;
    double *old = cell->cones[half] + i * entries, *dual = cell->cone_duals[half] + i * entries,
           *fresh = part->fresh[half], *next = part->multiplier[half], weight = s->split.row_weight;
    for (int64_t e = 0; e < entries; e++)
        next[e] = dual[e] += RELAXATION * fresh[e] + (1 - RELAXATION) * old[e];
    if (cell->halves[i] == !half) { /* the cell lies in the other one */
        memset(next, 0, (size_t)entries * sizeof *next);
    } else {
        cvxnn__project_matrix(size, next, part->vectors, part->values, part->work);
        cvxnn__project_matrix(small, next + size * size, part->vectors, part->values, part->work);
    }
    for (int64_t e = 0; e < entries; e++) {
        dual[e] -= next[e], fresh[e] -= next[e], old[e] -= next[e];
    }
    sums[0] += weight * cvxnn__dot(entries, fresh, fresh);
    sums[1] += weight * cvxnn__dot(entries, old, old);
    sums[2] += weight * cvxnn__dot(entries, next, next);
    for (int64_t e = 0; e < entries; e++) old[e] = next[e], next[e] -= dual[e];
    cvxnn__joint_gather(&s->rows, half, next, cell->gathered[half] + i * width);
}

/* The multipliers of the linear step as sums of squares. */
static void fill_factors(struct cvxnn__joint_search *s, int64_t which, int64_t i, const struct part *part) {
    const struct cvxnn__joint_cell *cell = &s->cells[which];
    const struct cvxnn__instance *instance = s->split.instance;
    int64_t entries = s->rows.entries, d = s->rows.d, size = 2 * d + 1, row = s->split.index[i];
    double factor = -s->split.penalty * instance->beta * s->split.row_weight, *x = part->work;
    double *squares[2], *multiples[2];
    for (int half = 0; half < 2; half++) {
        const double *old = cell->cones[half] + i * entries, *dual = cell->cone_duals[half] + i * entries;
        squares[half] = part->multiplier[half], multiples[half] = squares[half] + size * size;
        for (int64_t e = 0; e < entries; e++)
            squares[half][e] = factor * (part->fresh[half][e] - old[e] + dual[e]);
    }
    cvxnn__rows_tile(&instance->rows, row, 1, 0, d, x, d);
    double ratio = ldexp(1, cvxnn__row_unit(d, x)) / s->split.radius[i];
    cvxnn__joint_factors(&s->rows, i, cell->halves[i], ratio, squares, multiples,
                         s->wanted->factors[which] + row * 2 * cvxnn__joint_half(d), part->work);
}

static void row_step(void *argument, int64_t p) {
    struct cvxnn__joint_search *s = argument;
    struct part part = part_at(s, p);
    int64_t width = s->rows.width, n = s->split.n;
    for (int64_t which = 0; which < s->split.count; which++) {
        struct cvxnn__joint_cell *cell = &s->cells[which];
        double *sums = cell->sums[p];
        memset(sums, 0, sizeof cell->sums[p]);
        for (int64_t i = p * n / CVXNN__JOINT_PARTS; i < (p + 1) * n / CVXNN__JOINT_PARTS; i++) {
            for (int half = 0; half < 2; half++) {
                memset(part.coordinates, 0, (size_t)width * sizeof(double));
                for (int64_t c = 0; c < s->split.count; c++)
                    cvxnn__axpy(width, s->split.turn[which][c], s->rooms[c].target[half] + i * width,
                                part.coordinates);
                cvxnn__joint_spread(&s->rows, half, part.coordinates, part.fresh[half]);
            }
            if (s->wanted) fill_factors(s, which, i, &part);
            for (int half = 0; half < 2; half++) project_half(s, cell, half, i, &part, sums);
        }
    }
}

/* ---- The moment matrices ---- */

/* W, of the sum of the rows' polynomials as the check takes them. */
static void fill_matrix(struct cvxnn__joint_search *s, int64_t which) {
    struct cvxnn__splitting_cell *cell = &s->split.cells[which];
    const struct cvxnn__rows *data = &s->split.instance->rows;
    const struct cvxnn__moments *m = &s->split.moments;
    int64_t d = data->d, size = m->size;
    double *row = cell->work, *work = row + d, *sum = cell->eigen, terms;
    memset(sum, 0, (size_t)(size * size) * sizeof *sum);
    for (int64_t i = 0; i < s->split.n; i++) {
        int64_t at = s->split.index[i];
        cvxnn__rows_tile(data, at, 1, 0, d, row, d);
        int unit = cvxnn__row_unit(d, row);
        for (int64_t j = 0; j < d; j++) row[j] = ldexp(row[j], -unit);
        double slope = ldexp(which < s->trees[0].leaves ? s->wanted->nu[at] : -s->wanted->nu[at], unit);
        cvxnn__joint_row(d, s->cells[which].halves[i], row, 0, slope,
                         s->wanted->factors[which] + at * 2 * cvxnn__joint_half(d), sum, &terms, work);
    }
    for (int64_t i = 0; i < size; i++)
        for (int64_t j = 0; j < i; j++) sum[j * size + i] = sum[i * size + j];
    cvxnn__moments_polynomial(m, sum, cell->polynomial, work);
    cvxnn__splitting_matrix(&s->split, (int)which, s->wanted->matrix[which]);
}

static void cell_step(void *argument, int64_t i) {
    struct cvxnn__joint_search *s = argument;
    struct cvxnn__splitting_cell *cell = &s->split.cells[i];
    int64_t square = s->split.moments.size * s->split.moments.size;
    memset(cell->moments, 0, (size_t)square * sizeof(double));
    for (int64_t c = 0; c < s->split.count; c++)
        cvxnn__axpy(square, s->split.turn[i][c], s->rooms[c].matrix, cell->moments);
    if (s->wanted) fill_matrix(s, i);
    cvxnn__splitting_project(&s->split, (int)i);
    for (int p = 0; p < CVXNN__JOINT_PARTS; p++) {
        const double *sums = s->cells[i].sums[p];
        cell->primal += sums[0], cell->dual += sums[1], cell->size += sums[2];
    }
}

/* ---- The step ---- */

void cvxnn__joint_search_gather(struct cvxnn__joint_search *s, int64_t at) {
    struct cvxnn__joint_cell *cell = &s->cells[at];
    int64_t width = s->rows.width, entries = s->rows.entries;
    double *difference = s->part_work[0];
    for (int half = 0; half < 2; half++)
        for (int64_t i = 0; i < s->split.n; i++) {
            const double *cone = cell->cones[half] + i * entries,
                         *dual = cell->cone_duals[half] + i * entries;
            for (int64_t e = 0; e < entries; e++) difference[e] = cone[e] - dual[e];
            cvxnn__joint_gather(&s->rows, half, difference, cell->gathered[half] + i * width);
        }
}

static void scale_duals(struct cvxnn__joint_search *s, double factor) {
    int64_t count = s->split.n * s->rows.entries;
    for (int64_t c = 0; c < s->split.count; c++) {
        for (int half = 0; half < 2; half++)
            for (int64_t e = 0; e < count; e++) s->cells[c].cone_duals[half][e] *= factor;
        cvxnn__joint_search_gather(s, c);
    }
}

int32_t cvxnn__joint_search_step(struct cvxnn__context *context, struct cvxnn__joint_search *s,
                                 struct cvxnn__certificate *certificate) {
    int32_t status = cvxnn__splitting_linear(context, &s->split, linear_step, s);
    if (status) return status;
    s->wanted = certificate;
    double factor = root_of_count(s) / cvxnn__joint_scale(1);
    for (int64_t i = 0; i < s->split.n; i++)
        s->split.fresh[i] = factor * s->rooms[1].target[1][i * s->rows.width + 1];
    cvxnn__splitting_dual(&s->split);
    if (certificate) {
        memcpy(certificate->trees, s->trees, sizeof s->trees);
        cvxnn__splitting_nu(&s->split, certificate->nu);
    }
    cvxnn__run(context->team, CVXNN__JOINT_PARTS, row_step, s);
    cvxnn__run(context->team, s->split.count, cell_step, s);
    double shrink = cvxnn__splitting_finish(&s->split, IMBALANCE);
    if (shrink != 1) scale_duals(s, shrink);
    return CVXNN_OK;
}

void cvxnn__joint_search_soften(struct cvxnn__joint_search *s) {
    if (s->split.penalty > LOW_PENALTY) scale_duals(s, cvxnn__splitting_penalty(&s->split, SOFTER));
}
