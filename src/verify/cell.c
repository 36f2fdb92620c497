/* One cell. See cell.h for the idea, tree_check.h for the bound, docs/certificate.md for the rounding. */
#include "verify/cell.h"

#include <string.h>

#include "linalg/blas.h"
#include "linalg/rounding.h"

/* ---- What is the same for all -------------------------------------------------------------------- */

void cvxnn__ground_take(struct cvxnn__scope *scope, int64_t rows, int64_t d, struct cvxnn__ground *ground) {
    *ground = (struct cvxnn__ground){.rows = rows, .d = d, .stride = (d + 3) / 4 * 4};
    ground->x = cvxnn__take_zeroed(scope, rows, ground->stride, (int64_t)sizeof(double));
    ground->columns = cvxnn__doubles(scope, d, rows);
    ground->z = cvxnn__doubles(scope, rows, 1);
    ground->blur = cvxnn__doubles(scope, rows, 1);
    ground->weight = cvxnn__take_zeroed(scope, ground->stride, 1, (int64_t)sizeof(double));
}

/* Row n of the ground; its size, |z_i||x_i|_1. */
static double add_ground(const struct cvxnn__rows *rows, int64_t i, double z, struct cvxnn__ground *ground) {
    int64_t n = ground->n++, d = ground->d;
    double *x = ground->x + n * ground->stride, length = 0;
    cvxnn__rows_tile(rows, i, 1, 0, d, x, ground->stride);
    for (int64_t j = 0; j < d; j++) {
        length += fabs(x[j]);
        ground->weight[j] += fabs(z * x[j]);
        ground->columns[j * rows->n + n] = x[j];
    }
    ground->blur[n] = cvxnn__gamma(4 * (d + CVXNN__CELL_LEVELS) + 16) * length +
                      8 * (double)(d + CVXNN__CELL_LEVELS) * CVXNN__TINY;
    ground->z[n] = z;
    return fabs(z) * length;
}

/* |g_j| <= sum_i |z_i x_ij|, |e_j| <= 1, |u_j| <= 1, at most n terms in a sum over rows and d in one over
 * columns. */
void cvxnn__ground_lay(const struct cvxnn__rows *rows, const double *z, double beta,
                       struct cvxnn__ground *ground) {
    double sizes = 0;
    ground->n = 0;
    for (int64_t i = 0; i < rows->n; i++)
        if (z[i] > 0) sizes += add_ground(rows, i, z[i], ground);
    ground->positive = ground->n;
    for (int64_t i = 0; i < rows->n; i++)
        if (!(z[i] >= 0)) sizes += add_ground(rows, i, z[i], ground);
    int64_t n = ground->n, d = ground->d;
    ground->beta = beta;
    ground->coefficient_gap = cvxnn__gamma(n + 2 * d + 16);
    ground->slack = cvxnn__gamma(n + 3 * d + 32) * (sizes + (double)d * beta) +
                    8 * (double)(n + 1) * (double)(d + 1) * (1 + beta) * CVXNN__TINY;
}

/* ---- Cells ---------------------------------------------------------------------------------------- */

void cvxnn__cells_take(struct cvxnn__scope *scope, const struct cvxnn__ground *ground, int64_t rows,
                       int64_t count, struct cvxnn__cell *cells) {
    int64_t stride = ground->stride;
    double *boxes = cvxnn__take_zeroed(scope, count, 3 * stride, (int64_t)sizeof *boxes);
    double *intervals = cvxnn__doubles(scope, count, 2 * rows);
    int64_t *lists = cvxnn__take(scope, count, rows, (int64_t)sizeof *lists);
    for (int64_t k = 0; !scope->failed && k < count; k++) {
        double *box = boxes + k * 3 * stride, *interval = intervals + k * 2 * rows;
        cells[k] = (struct cvxnn__cell){.c = box,
                                        .r = box + stride,
                                        .settled = box + 2 * stride,
                                        .row = lists + k * rows,
                                        .middle = interval,
                                        .width = interval + rows};
    }
}

/* Adds row i, on which x_i . u is within width of middle, to those undecided, or to what is settled if it is
 * positive throughout. What is not a number stays undecided. */
static inline void place(const struct cvxnn__ground *ground, struct cvxnn__cell *cell, int64_t i,
                         double middle, double width) {
    int64_t k = cell->count;
    int settled = fabs(middle) >= width;
    cell->row[k] = i;
    cell->middle[k] = middle;
    cell->width[k] = width;
    cell->count += !settled;
    if (settled && middle > 0) {
        const double *x = ground->x + i * ground->stride;
        for (int64_t j = 0; j < ground->d; j++) cell->settled[j] += ground->z[i] * x[j];
    }
}

void cvxnn__cell_begin(const struct cvxnn__ground *ground, struct cvxnn__cell *cell) {
    memset(cell->settled, 0, (size_t)ground->stride * sizeof(double));
    cell->count = 0;
    for (int64_t i = 0; i < ground->n; i++) {
        const double *x = ground->x + i * ground->stride;
        double middle = 0, width = 0;
        if (i == ground->positive) cell->positive = cell->count;
        for (int64_t j = 0; j < ground->d; j++) {
            middle += x[j] * cell->c[j];
            width += fabs(x[j]) * cell->r[j];
        }
        place(ground, cell, i, middle, width + ground->blur[i]);
    }
    if (ground->positive == ground->n) cell->positive = cell->count;
}

void cvxnn__cell_halve(const struct cvxnn__ground *ground, const struct cvxnn__cell *parent, int64_t j,
                       int side, struct cvxnn__cell *half) {
    const double *column = ground->columns + j * ground->rows;
    double radius = 0.5 * parent->r[j], shift = side * radius;
    memcpy(half->c, parent->c, 3 * (size_t)ground->stride * sizeof(double)); /* c, r and settled */
    half->c[j] += shift;
    half->r[j] = radius;
    half->count = 0;
    for (int64_t k = 0; k < parent->count; k++) {
        int64_t i = parent->row[k];
        if (k == parent->positive) half->positive = half->count;
        place(ground, half, i, parent->middle[k] + column[i] * shift,
              parent->width[k] - fabs(column[i] * radius));
    }
    if (parent->positive == parent->count) half->positive = half->count;
}

/* ---- The bound ------------------------------------------------------------------------------------ */

static inline double larger(double a, double b) {
    return a > b ? a : b;
}

/* Chords for z > 0; what is above their slopes' lines. */
static double slopes_above(const struct cvxnn__ground *ground, const struct cvxnn__cell *cell,
                           double *slope) {
    double constant = 0;
    for (int64_t k = 0; k < cell->positive; k++) {
        double z = ground->z[cell->row[k]], middle = cell->middle[k], width = cell->width[k];
        double low = middle - width, high = middle + width;
        slope[k] = z * (0.5 * high / width);
        constant += larger(-slope[k] * low, (z - slope[k]) * high);
    }
    return constant;
}

/* Lines through the kink for z < 0: near it any slope will do, on either side the one of that side. */
static void slopes_below(const struct cvxnn__ground *ground, const struct cvxnn__cell *cell, double *slope) {
    for (int64_t k = cell->positive; k < cell->count; k++) {
        double fraction = larger(0.5 + 2 * (cell->middle[k] / cell->width[k]), 0);
        slope[k] = ground->z[cell->row[k]] * (fraction < 1 ? fraction : 1);
    }
}

/* g = settled + sum of slope_k x_k, four columns at a time. */
static void add_slopes(const struct cvxnn__ground *ground, const struct cvxnn__cell *cell,
                       const double *slope, double *g) {
    for (int64_t j = 0; j < ground->stride; j += 4) {
        double sum[4];
        memcpy(sum, cell->settled + j, sizeof sum);
        for (int64_t k = 0; k < cell->count; k++) {
            const double *x = ground->x + cell->row[k] * ground->stride + j;
            for (int q = 0; q < 4; q++) sum[q] += slope[k] * x[q];
        }
        memcpy(g + j, sum, sizeof sum);
    }
}

int cvxnn__cell_holds(const struct cvxnn__ground *ground, const struct cvxnn__cell *cell,
                      struct cvxnn__cell_work *work) {
    int64_t d = ground->d;
    double *g = work->g, constant = slopes_above(ground, cell, work->slope);
    slopes_below(ground, cell, work->slope);
    add_slopes(ground, cell, work->slope, g);
    double within = (1 - cvxnn__gamma(d + 8)) / cvxnn__norm(d, cell->c);
    double most = constant * (1 + ground->coefficient_gap);
    for (int64_t j = 0; j < d; j++) {
        g[j] -= ground->beta * (cell->c[j] * within);
        most += g[j] * cell->c[j] + fabs(g[j]) * cell->r[j];
    }
    return most + ground->slack <= 0;
}

double cvxnn__cell_ratio(const struct cvxnn__ground *ground, const struct cvxnn__cell *cell) {
    double value = cvxnn__dot(ground->d, cell->settled, cell->c);
    for (int64_t k = 0; k < cell->count; k++)
        value += ground->z[cell->row[k]] * (0.5 * (cell->middle[k] + fabs(cell->middle[k])));
    return value / (ground->beta * cvxnn__norm(ground->d, cell->c));
}
