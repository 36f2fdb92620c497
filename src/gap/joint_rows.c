/* Moments of rows in all directions. See joint_rows.h. */
#include "gap/joint_rows.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"

static const double SCALE = 1.4; /* the best of 1, 1.4 and 2 (docs/certificate.md) */

double cvxnn__joint_scale(int degree) {
    double scale = 1;
    for (int j = 0; j < degree; j++) scale *= SCALE;
    return scale;
}

/* Where a row's coordinates of each kind are. */
static double *vector_at(const struct cvxnn__joint_rows *rows, double *coordinates, int j) {
    return coordinates + 5 + j * rows->e;
}
static double *matrix_at(const struct cvxnn__joint_rows *rows, double *coordinates, int j) {
    return coordinates + 5 + 4 * rows->e + j * rows->e * rows->e;
}

/* ---- A half's moment matrices ---- */

/* Both matrices of a half: L(m m') of order 2d + 1, m = (1, t, w, t t, t w) times powers of SCALE, and behind
 * it L(+-t o o') of order d + 1, o = (1, t, w). */
struct places {
    int64_t size, small; /* orders */
    int64_t square;      /* of t t; t w follow it */
};

static struct places places_of(const struct cvxnn__joint_rows *rows) {
    return (struct places){.size = 2 * rows->d + 1, .small = rows->d + 1, .square = rows->d + 1};
}

static void put(double *matrix, int64_t size, int64_t i, int64_t j, double value) {
    matrix[i * size + j] = matrix[j * size + i] = value;
}

void cvxnn__joint_spread(const struct cvxnn__joint_rows *rows, int half, const double *coordinates,
                         double *entries) {
    struct places p = places_of(rows);
    int64_t e = rows->e, size = p.size, tt = p.square;
    double *h = entries, *l = entries + size * size, sign = half ? 1 : -1, square = SCALE * SCALE;
    const double *number = coordinates, *vector = coordinates + 5, *matrix = coordinates + 5 + 4 * e;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b <= a; b++) put(h, size, a == 2 ? tt : a, b == 2 ? tt : b, number[a + b]);
    put(l, p.small, 0, 0, sign * number[1]);
    put(l, p.small, 1, 0, sign * number[2]);
    put(l, p.small, 1, 1, sign * number[3]);
    for (int64_t a = 0; a < e; a++) {
        for (int j = 0; j < 2; j++) { /* with w, and with t w */
            int64_t at = (j ? tt : 1) + 1 + a;
            put(h, size, at, 0, vector[j * e + a]);
            put(h, size, at, 1, vector[(j + 1) * e + a]);
            put(h, size, at, tt, vector[(j + 2) * e + a]);
            put(l, p.small, 2 + a, j, sign * vector[(j + 1) * e + a]);
        }
        for (int64_t b = 0; b < e; b++) {
            double c[3];
            for (int j = 0; j < 3; j++)
                c[j] = matrix[(j * e + a) * e + b] +
                       (a == b ? (square * number[j] - number[j + 2]) / (double)e : 0);
            h[(2 + a) * size + 2 + b] = c[0];
            h[(2 + a) * size + tt + 1 + b] = h[(tt + 1 + b) * size + 2 + a] = c[1];
            h[(tt + 1 + a) * size + tt + 1 + b] = c[2];
            l[(2 + a) * p.small + 2 + b] = sign * c[1];
        }
    }
}

void cvxnn__joint_gather(const struct cvxnn__joint_rows *rows, int half, const double *entries,
                         double *coordinates) {
    struct places p = places_of(rows);
    int64_t e = rows->e, size = p.size, tt = p.square;
    const double *h = entries, *l = entries + size * size;
    double sign = half ? 1 : -1, *number = coordinates, *vector = vector_at(rows, coordinates, 0);
    number[0] = h[0], number[1] = 2 * h[1] + sign * l[0];
    number[2] = 2 * h[tt] + h[size + 1] + 2 * sign * l[1];
    number[3] = 2 * h[size + tt] + sign * l[p.small + 1], number[4] = h[tt * size + tt];
    for (int64_t a = 0; a < e; a++) {
        const double *w = h + (2 + a) * size, *tw = h + (tt + 1 + a) * size, *o = l + (2 + a) * p.small;
        vector[a] = 2 * w[0];
        vector[e + a] = 2 * (tw[0] + w[1] + sign * o[0]);
        vector[2 * e + a] = 2 * (tw[1] + w[tt] + sign * o[1]);
        vector[3 * e + a] = 2 * tw[tt];
    }
    for (int j = 0; j < 3; j++) {
        double *c = matrix_at(rows, coordinates, j), trace = 0;
        for (int64_t a = 0; a < e; a++)
            for (int64_t b = 0; b < e; b++)
                c[a * e + b] = j == 0   ? h[(2 + a) * size + 2 + b]
                               : j == 2 ? h[(tt + 1 + a) * size + tt + 1 + b]
                                        : h[(2 + a) * size + tt + 1 + b] + h[(2 + b) * size + tt + 1 + a] +
                                              sign * l[(2 + a) * p.small + 2 + b];
        for (int64_t a = 0; a < e; a++) trace += c[a * e + a];
        trace /= (double)e;
        for (int64_t a = 0; a < e; a++) c[a * e + a] -= trace;
        number[j] += SCALE * SCALE * trace, number[j + 2] -= trace;
    }
}

/* ---- Small matrices for each kind ---- */

/* out_j = sum_k metric[j, k] x_k, vectors of `length`. */
static void apply(int count, const double *metric, int64_t length, const double *x, double *out) {
    for (int j = 0; j < count; j++)
        for (int64_t a = 0; a < length; a++) {
            double sum = 0;
            for (int k = 0; k < count; k++) sum += metric[j * count + k] * x[k * length + a];
            out[j * length + a] = sum;
        }
}

void cvxnn__joint_apply(const struct cvxnn__joint_rows *rows, const struct cvxnn__joint_metric *metric,
                        const double *x, double *out) {
    int64_t e = rows->e, vectors = 5, matrices = 5 + 4 * e;
    apply(5, metric->numbers, 1, x, out);
    apply(4, metric->vectors, e, x + vectors, out + vectors);
    apply(3, metric->matrices, e * e, x + matrices, out + matrices);
}

/* T'T, from one coordinate of each kind; without a second direction w there are no matrices without trace. */
static void fill_gram(struct cvxnn__joint_rows *rows, double *x, double *image, double *entries) {
    int64_t e = rows->e, width = rows->width;
    const int counts[3] = {5, 4, 3};
    double *metrics[3] = {rows->gram.numbers, rows->gram.vectors, rows->gram.matrices};
    for (int kind = 0; kind < 3; kind++)
        for (int k = 0; k < counts[kind]; k++) {
            int64_t first = kind == 0   ? 0
                            : kind == 1 ? 5
                                        : 5 + 4 * e + 1,
                    step = kind == 0   ? 1
                           : kind == 1 ? e
                                       : e * e;
            for (int j = 0; j < counts[kind]; j++) metrics[kind][j * counts[kind] + k] = j == k;
            if (kind == 2 && e < 2) continue;
            memset(x, 0, (size_t)width * sizeof *x);
            x[first + k * step] = 1;
            if (kind == 2) x[first - 1 + k * step + e] = 1; /* entries (0, 1) and (1, 0) */
            cvxnn__joint_spread(rows, 1, x, entries);
            cvxnn__joint_gather(rows, 1, entries, image);
            for (int j = 0; j < counts[kind]; j++)
                metrics[kind][j * counts[kind] + k] = image[first + j * step];
        }
}

/* ---- Rows ---- */

void cvxnn__joint_rows_take(struct cvxnn__scope *scope, const struct cvxnn__moments *moments, int64_t n,
                            const double *units, struct cvxnn__joint_rows *rows) {
    int64_t d = moments->d, e = d - 1;
    *rows = (struct cvxnn__joint_rows){.moments = moments,
                                       .n = n,
                                       .d = d,
                                       .e = e,
                                       .width = 5 + 4 * e + 3 * e * e,
                                       .entries = (2 * d + 1) * (2 * d + 1) + (d + 1) * (d + 1),
                                       .pairs = d * (d + 1) / 2,
                                       .units = units};
    rows->mirrors = cvxnn__doubles(scope, n, d);
    rows->squares = cvxnn__doubles(scope, n, rows->pairs);
    double *x = cvxnn__doubles(scope, 2 * rows->width + rows->entries, 1);
    if (scope->failed) return;
    for (int64_t i = 0; i < n; i++) {
        const double *unit = units + i * d;
        double *v = rows->mirrors + i * d, *square = rows->squares + i * rows->pairs, norm;
        for (int64_t a = 0; a < d; a++) {
            v[a] = unit[a] - (a == 0);
            for (int64_t b = a; b < d; b++) *square++ = (a == b ? 1 : sqrt(2)) * unit[a] * unit[b];
        }
        norm = cvxnn__norm(d, v);
        for (int64_t a = 0; a < d; a++) v[a] = norm > 0 ? v[a] / norm : 0;
    }
    fill_gram(rows, x, x + rows->width, x + 2 * rows->width);
    cvxnn__give_back(scope, x);
}

void cvxnn__reflect(int64_t d, const double *v, double *matrix, double *room) {
    for (int64_t a = 0; a < d; a++) room[a] = cvxnn__dot(d, matrix + a * d, v);
    double middle = cvxnn__dot(d, v, room);
    for (int64_t a = 0; a < d; a++)
        for (int64_t b = 0; b < d; b++)
            matrix[a * d + b] += 4 * middle * v[a] * v[b] - 2 * (v[a] * room[b] + room[a] * v[b]);
}

static void reflect_vector(int64_t d, const double *v, double *x) {
    cvxnn__axpy(d, -2 * cvxnn__dot(d, v, x), v, x);
}

/* A symmetric matrix and the vector of its numbers over the monomials of degree 2. */
static void from_vector(int64_t d, const double *vector, double *matrix) {
    double root = sqrt(0.5);
    for (int64_t a = 0; a < d; a++)
        for (int64_t b = a; b < d; b++, vector++) put(matrix, d, a, b, a == b ? *vector : root * *vector);
}
static void to_vector(int64_t d, const double *matrix, double *vector) {
    double root = sqrt(2);
    for (int64_t a = 0; a < d; a++)
        for (int64_t b = a; b < d; b++) *vector++ = a == b ? matrix[a * d + a] : root * matrix[a * d + b];
}

/* In a row's frame: L(u), then L(t^j u u'), j = 0, 1, 2. */
struct tensors {
    double *one, *two[3];
};

static void to_coordinates(const struct cvxnn__joint_rows *rows, const struct tensors *l,
                           double *coordinates) {
    int64_t d = rows->d, e = rows->e;
    coordinates[0] = 0;
    for (int64_t a = 0; a < d; a++) coordinates[0] += l->two[0][a * d + a];
    coordinates[1] = SCALE * l->one[0];
    for (int64_t a = 0; a < e; a++) vector_at(rows, coordinates, 0)[a] = SCALE * l->one[1 + a];
    for (int j = 0; j < 3; j++) {
        double *c = matrix_at(rows, coordinates, j), scale = cvxnn__joint_scale(j + 2), trace = 0;
        coordinates[j + 2] = scale * l->two[j][0];
        for (int64_t a = 0; a < e; a++) {
            vector_at(rows, coordinates, j + 1)[a] = scale * l->two[j][1 + a];
            trace += l->two[j][(1 + a) * d + 1 + a];
        }
        for (int64_t a = 0; a < e; a++)
            for (int64_t b = 0; b < e; b++)
                c[a * e + b] = scale * (l->two[j][(1 + a) * d + 1 + b] - (a == b ? trace / (double)e : 0));
    }
}

/* The adjoint. */
static void from_coordinates(const struct cvxnn__joint_rows *rows, const double *coordinates,
                             const struct tensors *l) {
    int64_t d = rows->d, e = rows->e;
    const double *vectors = coordinates + 5, *matrices = vectors + 4 * e;
    l->one[0] = SCALE * coordinates[1];
    for (int64_t a = 0; a < e; a++) l->one[1 + a] = SCALE * vectors[a];
    for (int j = 0; j < 3; j++) {
        double scale = cvxnn__joint_scale(j + 2), *to = l->two[j];
        to[0] = scale * coordinates[j + 2];
        for (int64_t a = 0; a < e; a++) {
            put(to, d, 0, 1 + a, 0.5 * scale * vectors[(j + 1) * e + a]);
            for (int64_t b = 0; b < e; b++) to[(1 + a) * d + 1 + b] = scale * matrices[(j * e + a) * e + b];
        }
    }
    for (int64_t a = 0; a < d; a++) l->two[0][a * d + a] += coordinates[0];
}

static struct tensors tensors_at(const struct cvxnn__joint_rows *rows, double *room) {
    int64_t d = rows->d;
    return (struct tensors){.one = room, .two = {room + d, room + d + d * d, room + d + 2 * d * d}};
}

static void reflect_tensors(int64_t d, const double *v, const struct tensors *l, double *room) {
    reflect_vector(d, v, l->one);
    for (int j = 0; j < 3; j++) cvxnn__reflect(d, v, l->two[j], room);
}

int64_t cvxnn__joint_rows_work(const struct cvxnn__joint_rows *rows) {
    int64_t d = rows->d;
    return 2 * rows->n * rows->pairs + 3 * d * d + 3 * d;
}

void cvxnn__joint_rows_of(const struct cvxnn__joint_rows *rows, const double *matrix, double *coordinates,
                          double *work) {
    int64_t n = rows->n, d = rows->d, pairs = rows->pairs, size = rows->moments->size;
    double *third = work, *fourth = third + n * pairs, *first = fourth + n * pairs, *room = first + d;
    struct tensors l = tensors_at(rows, room);
    const double *cross = matrix + d;
    cvxnn__gemm(0, 0, n, pairs, d, 1, rows->units, d, cross, size, 0, third, pairs);
    cvxnn__gemm(0, 0, n, pairs, pairs, 1, rows->squares, pairs, matrix + d * size + d, size, 0, fourth,
                pairs);
    for (int64_t a = 0; a < d; a++) {
        first[a] = 0;
        for (int64_t b = 0, at = 0; b < d; at += d - b, b++) first[a] += cross[a * size + at];
    }
    for (int64_t i = 0; i < n; i++) {
        memcpy(l.one, first, (size_t)d * sizeof *first);
        for (int64_t a = 0; a < d; a++)
            memcpy(l.two[0] + a * d, matrix + a * size, (size_t)d * sizeof *first);
        from_vector(d, third + i * pairs, l.two[1]);
        from_vector(d, fourth + i * pairs, l.two[2]);
        reflect_tensors(d, rows->mirrors + i * d, &l, room + d + 3 * d * d);
        to_coordinates(rows, &l, coordinates + i * rows->width);
    }
}

void cvxnn__joint_rows_matrix(const struct cvxnn__joint_rows *rows, const double *coordinates, double *matrix,
                              double *work) {
    int64_t n = rows->n, d = rows->d, pairs = rows->pairs, size = rows->moments->size;
    double *third = work, *fourth = third + n * pairs, *first = fourth + n * pairs, *room = first + d;
    struct tensors l = tensors_at(rows, room);
    memset(matrix, 0, (size_t)(size * size) * sizeof *matrix);
    memset(first, 0, (size_t)d * sizeof *first);
    for (int64_t i = 0; i < n; i++) {
        from_coordinates(rows, coordinates + i * rows->width, &l);
        reflect_tensors(d, rows->mirrors + i * d, &l, room + d + 3 * d * d);
        cvxnn__axpy(d, 1, l.one, first);
        for (int64_t a = 0; a < d; a++) cvxnn__axpy(d, 1, l.two[0] + a * d, matrix + a * size);
        to_vector(d, l.two[1], third + i * pairs);
        to_vector(d, l.two[2], fourth + i * pairs);
    }
    double *cross = matrix + d * size;
    cvxnn__gemm(1, 0, pairs, d, n, 0.5, third, pairs, rows->units, d, 0, cross, size);
    cvxnn__gemm(1, 0, pairs, pairs, n, 1, fourth, pairs, rows->squares, pairs, 0, cross + d, size);
    for (int64_t b = 0, at = 0; b < d; at += d - b, b++) cvxnn__axpy(d, 0.5, first, cross + at * size);
}
