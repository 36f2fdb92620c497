/*
 * Dense linear algebra: BLAS behind checks, the data matrix in tiles, the proved eigenvalue bound. Everything
 * is held against plain loops in this file.
 */
#include <float.h>
#include <limits.h>
#include <math.h>

#include "base/random.h"
#include "fixture.h"
#include "linalg/blas.h"
#include "linalg/eigen_bound.h"
#include "linalg/rows.h"

enum { STREAM = CVXNN__STREAM_BENCH + 11 };

/* ---- BLAS behind checks ----------------------------------------------------------------------------- */

/* What is asked for does not fit; no array may be touched, so that NULL does for all of them. */
START_TEST(blas_wrappers_refuse_before_the_call) {
    const int64_t most = (int64_t)INT_MAX + 1;
    ck_assert_int_eq(cvxnn__gemm(0, 0, most, 1, 1, 1, NULL, 1, NULL, 1, 0, NULL, 1), 0);
    ck_assert_int_eq(cvxnn__gemm(0, 0, 1, most, 1, 1, NULL, 1, NULL, most, 0, NULL, most), 0);
    ck_assert_int_eq(cvxnn__gemm(0, 0, 1, 1, most, 1, NULL, most, NULL, 1, 0, NULL, 1), 0);
    ck_assert_int_eq(cvxnn__gemm(0, 0, -1, 1, 1, 1, NULL, 1, NULL, 1, 0, NULL, 1), 0);
    ck_assert_int_eq(cvxnn__gemm(0, 0, 1, 1, 1, 1, NULL, most, NULL, 1, 0, NULL, 1), 0);
    ck_assert_int_eq(cvxnn__gemm(0, 0, 1, 1, 1, 1, NULL, 1, NULL, most, 0, NULL, 1), 0);
    ck_assert_int_eq(cvxnn__gemm(0, 0, 1, 1, 1, 1, NULL, 1, NULL, 1, 0, NULL, most), 0);
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) { /* m, n, k = 3, 4, 5: one leading dimension too small */
            int64_t lda = a ? 3 : 5, ldb = b ? 5 : 4;
            ck_assert_int_eq(cvxnn__gemm(a, b, 3, 4, 5, 1, NULL, lda - 1, NULL, ldb, 0, NULL, 4), 0);
            ck_assert_int_eq(cvxnn__gemm(a, b, 3, 4, 5, 1, NULL, lda, NULL, ldb - 1, 0, NULL, 4), 0);
            ck_assert_int_eq(cvxnn__gemm(a, b, 3, 4, 5, 1, NULL, lda, NULL, ldb, 0, NULL, 3), 0);
        }
    ck_assert_int_eq(cvxnn__syrk(0, most, 1, 1, NULL, 1, 0, NULL, most), 0);
    ck_assert_int_eq(cvxnn__syrk(0, 2, 3, 1, NULL, 2, 0, NULL, 2), 0);
    ck_assert_int_eq(cvxnn__syrk(1, 3, 2, 1, NULL, 2, 0, NULL, 3), 0);
    ck_assert_int_eq(cvxnn__syrk(0, 2, 3, 1, NULL, 3, 0, NULL, 1), 0);
    ck_assert_int_eq(cvxnn__gemv(0, most, 1, 1, NULL, 1, NULL, 0, NULL), 0);
    ck_assert_int_eq(cvxnn__gemv(0, 2, 3, 1, NULL, 2, NULL, 0, NULL), 0);
    ck_assert_int_eq(cvxnn__gemv(1, 2, -3, 1, NULL, 2, NULL, 0, NULL), 0);
    ck_assert_int_eq(cvxnn__gemm_float(0, 0, most, 1, 1, 1, NULL, 1, NULL, 1, 0, NULL, 1), 0);
    ck_assert_int_eq(cvxnn__gemm_float(0, 1, 3, 4, 5, 1, NULL, 5, NULL, 4, 0, NULL, 4), 0);
    ck_assert_int_eq(cvxnn__syrk_float(0, most, 1, 1, NULL, 1, 0, NULL, most), 0);
    ck_assert_int_eq(cvxnn__syrk_float(0, 2, 3, 1, NULL, 2, 0, NULL, 2), 0);
    ck_assert_int_eq(cvxnn__syrk_float(1, 3, 2, 1, NULL, 3, 0, NULL, 2), 0);
    ck_assert_int_eq(cvxnn__gemv_float(0, most, 1, 1, NULL, 1, NULL, 0, NULL), 0);
    ck_assert_int_eq(cvxnn__gemv_float(0, 2, 3, 1, NULL, 2, NULL, 0, NULL), 0);
    ck_assert_int_eq(cvxnn__cholesky(most, NULL, most), 0);
    ck_assert_int_eq(cvxnn__cholesky(3, NULL, 2), 0);
    ck_assert_int_eq(cvxnn__cholesky_solve(3, NULL, 2, 1, NULL, 3), 0);
    ck_assert_int_eq(cvxnn__cholesky_solve(3, NULL, 3, 1, NULL, 2), 0);
    ck_assert_int_eq(cvxnn__cholesky_solve(3, NULL, 3, most, NULL, 3), 0);
    ck_assert_int_eq(cvxnn__triangular_solve(0, 3, NULL, 2, NULL), 0);
    ck_assert_int_eq(cvxnn__triangular_solve(0, most, NULL, most, NULL), 0);
    ck_assert_int_eq(cvxnn__eigen(0, 3, NULL, 2, NULL, NULL), 0);
    ck_assert_int_eq(cvxnn__eigen(0, 40000, NULL, 40000, NULL, NULL), 0); /* 2 n^2 work does not fit an int */
    ck_assert_int_eq(cvxnn__eigen_work(INT64_C(2000000000)), INT64_MAX);
    /* nothing to do is done */
    ck_assert_int_eq(cvxnn__gemm(0, 0, 0, 4, 5, 1, NULL, 5, NULL, 4, 0, NULL, 4), 1);
    ck_assert_int_eq(cvxnn__syrk(0, 0, 3, 1, NULL, 3, 0, NULL, 0), 1);
    ck_assert_int_eq(cvxnn__gemm_float(0, 0, 0, 3, 2, 1, NULL, 2, NULL, 3, 0, NULL, 3), 1);
    ck_assert_int_eq(cvxnn__syrk_float(0, 0, 3, 1, NULL, 3, 0, NULL, 0), 1);
    ck_assert_int_eq(cvxnn__cholesky(0, NULL, 0), 1);
    ck_assert_int_eq(cvxnn__cholesky_solve(0, NULL, 0, 4, NULL, 0), 1);
    ck_assert_int_eq(cvxnn__triangular_solve(1, 0, NULL, 0, NULL), 1);
    double y[2] = {3, 4};
    ck_assert_int_eq(cvxnn__gemv(0, 2, 0, 1, NULL, 0, NULL, 0.5, y), 1);
    ck_assert(y[0] == 1.5 && y[1] == 2);
    ck_assert_int_eq(cvxnn__gemv(1, 0, 2, 1, NULL, 2, NULL, 0, y), 1);
    ck_assert(y[0] == 0 && y[1] == 0);
    float z[2] = {3, 4};
    ck_assert_int_eq(cvxnn__gemv_float(0, 2, 0, 1, NULL, 0, NULL, 0.5f, z), 1);
    ck_assert(z[0] == 1.5f && z[1] == 2);
}
END_TEST

/* In whole numbers float has no rounding. */
START_TEST(float_products_are_those_of_plain_loops) {
    enum { M = 4, N = 3, LD = 7 };
    float a[LD * LD], x[LD], c[LD * LD], out[LD * LD];
    for (int e = 0; e < LD * LD; e++) a[e] = (float)(e * 5 % 11 - 4), c[e] = (float)(e * 3 % 7 - 2);
    for (int e = 0; e < LD; e++) x[e] = (float)(e * 2 % 5 - 1);
    for (int t = 0; t < 2; t++) {
        memcpy(out, c, sizeof out);
        ck_assert_int_eq(cvxnn__syrk_float(t, N, M, 2, a, LD, 3, out, LD), 1);
        for (int i = 0; i < LD; i++)
            for (int j = 0; j < LD; j++) {
                float sum = 0;
                for (int k = 0; k < M; k++)
                    sum += t ? a[k * LD + i] * a[k * LD + j] : a[i * LD + k] * a[j * LD + k];
                ck_assert(out[i * LD + j] == (i < N && j <= i ? 2 * sum + 3 * c[i * LD + j] : c[i * LD + j]));
            }
        for (int tb = 0; tb < 2; tb++) {
            memcpy(out, c, sizeof out);
            ck_assert_int_eq(cvxnn__gemm_float(t, tb, M, N, N, 2, a, LD, c, LD, 3, out, LD), 1);
            for (int i = 0; i < M; i++)
                for (int j = 0; j < N; j++) {
                    float sum = 0;
                    for (int k = 0; k < N; k++)
                        sum += (t ? a[k * LD + i] : a[i * LD + k]) * (tb ? c[j * LD + k] : c[k * LD + j]);
                    ck_assert(out[i * LD + j] == 2 * sum + 3 * c[i * LD + j]);
                }
        }
        memcpy(out, c, sizeof out);
        ck_assert_int_eq(cvxnn__gemv_float(t, M, N, 2, a, LD, x, 3, out), 1);
        for (int i = 0; i < (t ? N : M); i++) {
            float sum = 0;
            for (int j = 0; j < (t ? M : N); j++) sum += (t ? a[j * LD + i] : a[i * LD + j]) * x[j];
            ck_assert(out[i] == 2 * sum + 3 * c[i]);
        }
    }
}
END_TEST

START_TEST(products_are_those_of_plain_loops) {
    enum { M = 4, N = 3, K = 5, LD = 7 };
    double *a = normals(5, STREAM, 1, LD * LD), *b = normals(5, STREAM, 2, LD * LD),
           *c = normals(5, STREAM, 3, LD * LD), out[LD * LD];
    for (int ta = 0; ta < 2; ta++)
        for (int tb = 0; tb < 2; tb++) {
            memcpy(out, c, sizeof out);
            ck_assert_int_eq(cvxnn__gemm(ta, tb, M, N, K, 2, a, LD, b, LD, -1, out, LD), 1);
            for (int i = 0; i < LD; i++)
                for (int j = 0; j < LD; j++) {
                    double sum = 0;
                    for (int k = 0; k < K; k++)
                        sum += (ta ? a[k * LD + i] : a[i * LD + k]) * (tb ? b[j * LD + k] : b[k * LD + j]);
                    int inside = i < M && j < N;
                    ck_assert(is_close(out[i * LD + j], inside ? 2 * sum - c[i * LD + j] : c[i * LD + j], 9));
                    ck_assert(inside || out[i * LD + j] == c[i * LD + j]);
                }
        }
    for (int t = 0; t < 2; t++) {
        memcpy(out, c, sizeof out);
        ck_assert_int_eq(cvxnn__syrk(t, N, K, 2, a, LD, 3, out, LD), 1);
        for (int i = 0; i < LD; i++)
            for (int j = 0; j < LD; j++) {
                double sum = 0;
                for (int k = 0; k < K; k++)
                    sum += t ? a[k * LD + i] * a[k * LD + j] : a[i * LD + k] * a[j * LD + k];
                if (i < N && j <= i)
                    ck_assert(is_close(out[i * LD + j], 2 * sum + 3 * c[i * LD + j], 9));
                else
                    ck_assert(out[i * LD + j] == c[i * LD + j]);
            }
        memcpy(out, c, sizeof out);
        ck_assert_int_eq(cvxnn__gemv(t, M, N, 2, a, LD, b, 3, out), 1);
        for (int i = 0; i < (t ? N : M); i++) {
            double sum = 0;
            for (int j = 0; j < (t ? M : N); j++) sum += (t ? a[j * LD + i] : a[i * LD + j]) * b[j];
            ck_assert(is_close(out[i], 2 * sum + 3 * c[i], 9));
        }
    }
    free(a);
    free(b);
    free(c);
}
END_TEST

START_TEST(factorisations_solve_their_systems) {
    enum { N = 6, LD = 8, COUNT = 3 };
    double *g = normals(5, STREAM, 4, N * N), *x = normals(5, STREAM, 5, COUNT * LD), a[N * LD], l[N * LD],
           right[COUNT * LD], v[N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < LD; j++) {
            a[i * LD + j] = i == j ? 0.1 : 0;
            for (int k = 0; j < N && k < N; k++) a[i * LD + j] += g[i * N + k] * g[j * N + k];
        }
    memcpy(l, a, sizeof l);
    if (_i == 0) {
        ck_assert_int_eq(cvxnn__cholesky(N, l, LD), 1);
    } else { /* in parts */
        ck_assert_int_eq(cvxnn__cholesky_part(N, l, LD, 0, 4), 1);
        ck_assert_int_eq(cvxnn__cholesky_part(N, l, LD, 4, N - 4), 1);
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < LD; j++) {
            double sum = 0;
            for (int k = 0; j <= i && k <= j; k++) sum += l[i * LD + k] * l[j * LD + k];
            if (j <= i)
                ck_assert(is_close(sum, a[i * LD + j], 20));
            else /* the upper triangle is left alone */
                ck_assert_msg(l[i * LD + j] == a[i * LD + j], "(%d, %d): %.17g became %.17g", i, j,
                              a[i * LD + j], l[i * LD + j]);
        }
    memcpy(right, x, sizeof right);
    ck_assert_int_eq(cvxnn__cholesky_solve(N, l, LD, COUNT, right, LD), 1);
    for (int c = 0; c < COUNT; c++)
        for (int i = 0; i < LD; i++) {
            double sum = 0;
            for (int j = 0; i < N && j < N; j++) sum += a[i * LD + j] * right[c * LD + j];
            ck_assert(i < N ? fabs(sum - x[c * LD + i]) <= 1e-10 : right[c * LD + i] == x[c * LD + i]);
        }
    for (int t = 0; t < 2; t++) {
        memcpy(v, x, sizeof v);
        ck_assert_int_eq(cvxnn__triangular_solve(t, N, l, LD, v), 1);
        for (int i = 0; i < N; i++) {
            double sum = 0;
            for (int j = 0; j < N; j++)
                if (t ? j >= i : j <= i) sum += (t ? l[j * LD + i] : l[i * LD + j]) * v[j];
            ck_assert(fabs(sum - x[i]) <= 1e-10);
        }
    }
    a[0] = -1;
    ck_assert_int_eq(_i == 0 ? cvxnn__cholesky(N, a, LD) : cvxnn__cholesky_part(N, a, LD, 0, 4), -1);
    free(g);
    free(x);
}
END_TEST

/* Orders for reflections and QL steps, and for LAPACK past them. */
START_TEST(eigenvectors_are_rows) {
    enum { MOST = 40, LD = MOST + 2 };
    static const int orders[] = {1, 2, 7, 24, MOST};
    const int order = orders[_i];
    double *a = normals(5, STREAM, 6, MOST * LD), q[MOST * LD], values[MOST];
    double *work = malloc((size_t)cvxnn__eigen_work(MOST) * 8);
    memcpy(q, a, sizeof q);
    ck_assert_int_eq(cvxnn__eigen(1, order, q, LD, values, work), 1);
    for (int k = 0; k < order; k++) {
        double square = 0;
        for (int i = 0; i < order; i++) {
            double sum = 0;
            for (int j = 0; j < order; j++) sum += (i >= j ? a[i * LD + j] : a[j * LD + i]) * q[k * LD + j];
            ck_assert(is_close(sum, values[k] * q[k * LD + i], 40));
            square += q[k * LD + i] * q[k * LD + i];
        }
        ck_assert(is_close(square, 1, 20));
        ck_assert(k == 0 || values[k - 1] <= values[k]);
    }
    free(a);
    free(work);
}
END_TEST

/* An entry whose square is subnormal: the eigenvalues are still those of the diagonal. */
START_TEST(a_tiny_entry_moves_no_eigenvalue) {
    for (double tiny = 1e-150; tiny > 0; tiny *= 0.1) {
        double a[9] = {1, 0, 0, 0, 2, 0, tiny, 0, 3}, values[3], work[256];
        ck_assert(cvxnn__eigen_work(3) <= 256);
        ck_assert_int_eq(cvxnn__eigen(1, 3, a, 3, values, work), 1);
        for (int k = 0; k < 3; k++)
            ck_assert_msg(is_close(values[k], k + 1, 10), "%g: %.17g", tiny, values[k]);
    }
}
END_TEST

START_TEST(vectors_small_and_large_have_their_norm) {
    double x[9], y[9] = {1, -2, 3, -4, 5, -6, 7, -8, 9};
    static const double units[] = {1, 1e-300, 1e300, 5e-324, 1e-200, 1e200};
    for (int u = 0; u < 6; u++) {
        for (int i = 0; i < 9; i++) x[i] = (i + 1) * units[u];
        ck_assert(fabs(cvxnn__norm(9, x) / units[u] - sqrt(285)) <= (units[u] < 1e-307 ? 0.5 : 1e-13));
    }
    x[3] = 0;
    ck_assert(cvxnn__norm(0, x) == 0 && cvxnn__norm(1, x + 3) == 0);
    x[4] = INFINITY;
    ck_assert(cvxnn__norm(9, x) == INFINITY);
    for (int n = 0; n <= 9; n++) {
        double sum = 0, z[9];
        for (int i = 0; i < 9; i++) x[i] = 1.0 / (i + 1), z[i] = x[i];
        for (int i = 0; i < n; i++) sum += x[i] * y[i];
        ck_assert(is_close(cvxnn__dot(n, x, y), sum, 1));
        cvxnn__axpy(n, 0.5, y, z);
        for (int i = 0; i < 9; i++) ck_assert(z[i] == (i < n ? x[i] + 0.5 * y[i] : x[i]));
    }
}
END_TEST

/* ---- Rows --------------------------------------------------------------------------------------------- */

/* A matrix in some layout, and entry(i, j) told plainly. */
struct layout {
    struct cvxnn__rows rows;
    double *plain; /* n x d */
    void *stored;
    double *center, *scale;
};

enum { ROW, COLUMN, FLOAT = 2, SCALED = 4, CONSTANT = 8, KINDS = 16 };

static struct layout layout_make(int64_t n, int64_t features, int64_t spare, int kind) {
    struct layout layout = {.plain = NULL};
    int64_t d = features + !!(kind & CONSTANT), ld = (kind & COLUMN ? n : features) + spare;
    int64_t down = kind & COLUMN ? 1 : ld, across = kind & COLUMN ? ld : 1;
    int64_t size = (n + spare + 1) * (features + spare + 1);
    double *x = normals(5, STREAM, (uint64_t)(100 + n * 31 + features), n * features);
    double *wide = malloc((size_t)size * sizeof *wide);
    float *narrow = malloc((size_t)size * sizeof *narrow);
    layout.plain = malloc((size_t)(n * d + 1) * sizeof(double));
    layout.center = normals(5, STREAM, 7, features);
    layout.scale = normals(5, STREAM, 8, features);
    for (int64_t e = 0; e < size; e++) wide[e] = NAN, narrow[e] = NAN; /* between the columns */
    for (int64_t j = 0; j < features; j++) layout.scale[j] = 0.5 + fabs(layout.scale[j]);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++) {
            double value = 1;
            if (j < features) {
                float rounded = (float)x[i * features + j];
                wide[i * down + j * across] = x[i * features + j];
                narrow[i * down + j * across] = rounded;
                value = kind & FLOAT ? (double)rounded : x[i * features + j];
                if (kind & SCALED) value = (value - layout.center[j]) / layout.scale[j];
            }
            layout.plain[i * d + j] = value;
        }
    layout.stored = kind & FLOAT ? (void *)narrow : (void *)wide;
    free(kind & FLOAT ? (void *)wide : (void *)narrow);
    free(x);
    layout.rows = (struct cvxnn__rows){.n = n,
                                       .d = d,
                                       .features = features,
                                       .values = layout.stored,
                                       .is_float = !!(kind & FLOAT),
                                       .row_stride = down,
                                       .column_stride = across,
                                       .center = kind & SCALED ? layout.center : NULL,
                                       .scale = kind & SCALED ? layout.scale : NULL};
    return layout;
}

static void layout_free(struct layout *layout) {
    free(layout->plain);
    free(layout->stored);
    free(layout->center);
    free(layout->scale);
}

START_TEST(tiles_and_slices_hold_the_entries) {
    for (int kind = 0; kind < KINDS; kind++)
        for (int64_t spare = 0; spare < 4; spare += 3) {
            struct layout layout = layout_make(9, 5, spare, kind);
            int64_t d = layout.rows.d;
            for (int64_t first = 0; first < 9; first += 4)
                for (int64_t j = 0; j < d; j++)
                    for (int64_t width = 1; width <= d - j; width++) {
                        struct cvxnn__rows slice = cvxnn__rows_slice(&layout.rows, first, 9 - first);
                        double tile[9 * 8];
                        ck_assert_int_eq(slice.n, 9 - first);
                        for (int e = 0; e < 72; e++) tile[e] = 77;
                        cvxnn__rows_tile(&slice, 1, 8 - first, j, width, tile, 8);
                        for (int64_t r = 0; r < 9; r++)
                            for (int64_t c = 0; c < 8; c++)
                                ck_assert(tile[r * 8 + c] == (r < 8 - first && c < width
                                                                  ? layout.plain[(first + 1 + r) * d + j + c]
                                                                  : 77));
                    }
            layout_free(&layout);
        }
    double x[6] = {1, 2, 9, 3, 4, 9}, tile[4];
    struct cvxnn__rows rows = cvxnn__rows_of(2, 2, x, 3);
    cvxnn__rows_tile(&rows, 0, 2, 0, 2, tile, 2);
    ck_assert(tile[0] == 1 && tile[1] == 2 && tile[2] == 3 && tile[3] == 4);
}
END_TEST

/* X B', R' X, X' W X and the norms against sums taken plainly. */
static void check_products(struct fixture *f, int64_t n, int64_t features, int64_t spare, int kind) {
    enum { K = 3, LDK = 5 };
    struct layout layout = layout_make(n, features, spare, kind);
    int64_t d = layout.rows.d, ldd = d + 2;
    double *b = normals(5, STREAM, 9, K * ldd), *r = normals(5, STREAM, 10, n * LDK),
           *w = normals(5, STREAM, 11, n);
    double *out = malloc((size_t)(n * LDK + K * ldd + d * ldd + 1) * sizeof *out);
    double *across = malloc((size_t)(n * K + 1) * sizeof *across);
    const double *x = layout.plain;
    ck_assert_int_eq(cvxnn__rows_times(&f->context, &layout.rows, K, b, ldd, out, LDK), CVXNN_OK);
    ck_assert_int_eq(cvxnn__rows_times_across(&f->context, &layout.rows, K, b, ldd, across, n), CVXNN_OK);
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < K; k++) {
            double sum = 0;
            for (int64_t j = 0; j < d; j++) sum += x[i * d + j] * b[k * ldd + j];
            ck_assert(is_close(out[i * LDK + k], sum, (double)d));
            ck_assert(is_close(across[k * n + i], sum, (double)d));
        }
    for (int64_t e = 0; e < K * ldd; e++) out[e] = 77;
    ck_assert_int_eq(cvxnn__rows_transposed_times(&f->context, &layout.rows, K, r, LDK, out, ldd), CVXNN_OK);
    for (int k = 0; k < K; k++)
        for (int64_t j = 0; j < ldd; j++) {
            double sum = 0;
            for (int64_t i = 0; j < d && i < n; i++) sum += r[i * LDK + k] * x[i * d + j];
            ck_assert(j < d ? is_close(out[k * ldd + j], sum, (double)n) : out[k * ldd + j] == 77);
        }
    for (int64_t i = 0; i < n; i++) w[i] = i % 4 ? w[i] * w[i] : 0;
    for (int weighted = 0; weighted < 2; weighted++) {
        ck_assert_int_eq(cvxnn__rows_gram(&f->context, &layout.rows, weighted ? w : NULL, out, ldd),
                         CVXNN_OK);
        for (int64_t i = 0; i < d; i++)
            for (int64_t j = 0; j < d; j++) {
                double sum = 0;
                for (int64_t e = 0; e < n; e++) sum += x[e * d + i] * (weighted ? w[e] : 1) * x[e * d + j];
                ck_assert(is_close(out[i * ldd + j], sum, 10 * (double)n));
            }
    }
    ck_assert_int_eq(cvxnn__rows_norms(&f->context, &layout.rows, out), CVXNN_OK);
    for (int64_t i = 0; i < n; i++) {
        double square = 0;
        for (int64_t j = 0; j < d; j++) square += x[i * d + j] * x[i * d + j];
        ck_assert(is_close(out[i], sqrt(square), sqrt(square)));
    }
    free(b);
    free(r);
    free(w);
    free(out);
    free(across);
    layout_free(&layout);
}

/* Sizes on both sides of a tile's and of a group's, in every layout. */
START_TEST(sums_over_rows_are_those_of_plain_loops) {
    static const int64_t shapes[][2] = {{1, 1}, {1, 4}, {7, 3}, {128, 2}, {129, 2}, {2200, 2}, {3, 300}};
    struct fixture f;
    fixture_open(&f, 2);
    for (int s = 0; s < 7; s++)
        for (int kind = 0; kind < KINDS; kind++) {
            if (s >= 5 && cvxnn_test_size(1, 0) == 0 && kind % 5) continue;
            check_products(&f, shapes[s][0], shapes[s][1], s % 2 ? 0 : 3, kind);
        }
    fixture_close(&f);
}
END_TEST

START_TEST(threads_give_the_same_bits) {
    double *first = NULL;
    double *b = normals(5, STREAM, 12, 6), *r = normals(5, STREAM, 13, 5000);
    for (int64_t threads = 1; threads <= 4; threads++) {
        struct fixture f;
        struct layout layout = layout_make(5000, 3, 0, SCALED);
        double *out = malloc((5000 + 3 + 9) * sizeof *out);
        fixture_open(&f, threads);
        ck_assert_int_eq(cvxnn__rows_times(&f.context, &layout.rows, 1, b, 3, out, 1), CVXNN_OK);
        ck_assert_int_eq(cvxnn__rows_transposed_times(&f.context, &layout.rows, 1, r, 1, out + 5000, 3),
                         CVXNN_OK);
        ck_assert_int_eq(cvxnn__rows_gram(&f.context, &layout.rows, NULL, out + 5003, 3), CVXNN_OK);
        fixture_close(&f);
        layout_free(&layout);
        if (first) {
            ck_assert(!memcmp(first, out, 5012 * sizeof *out));
            free(out);
        } else {
            first = out;
        }
    }
    free(first);
    free(b);
    free(r);
}
END_TEST

/* Columns past int, a leading dimension below the columns: SHAPE, and nothing is written. */
START_TEST(what_blas_refuses_is_an_error) {
    struct fixture f;
    double x[6] = {1, 2, 3, 4, 5, 6}, b[6] = {0}, out[6] = {77, 77, 77, 77, 77, 77};
    struct cvxnn__rows rows = cvxnn__rows_of(2, 3, x, 3), huge = cvxnn__rows_of(2, INT64_C(1) << 32, x, 3);
    fixture_open(&f, 1);
    ck_assert_int_eq(cvxnn__rows_times(&f.context, &rows, 2, b, 2, out, 2), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__rows_times(&f.context, &rows, 2, b, 3, out, 1), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__rows_transposed_times(&f.context, &rows, 2, b, 1, out, 3), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__rows_times(&f.context, &rows, INT64_C(1) << 32, b, 3, out, 1), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__rows_times(&f.context, &huge, 1, b, 3, out, 1), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__rows_times_across(&f.context, &rows, 2, b, 3, out, 1), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__rows_transposed_times(&f.context, &huge, 1, b, 1, out, 3), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__rows_gram(&f.context, &huge, NULL, out, 3), CVXNN_ERROR_SHAPE);
    for (int e = 0; e < 6; e++) ck_assert(out[e] == 77);
    for (int k = 1; k <= 3; k++) {
        f.fail_at = k;
        int32_t status = cvxnn__rows_gram(&f.context, &rows, NULL, out, 3);
        ck_assert(status == CVXNN_ERROR_MEMORY && out[0] == 77);
    }
    fixture_close(&f);
}
END_TEST

/* ---- Eigenvalue bound
 * -------------------------------------------------------------------------------------- */

/* By cyclic Jacobi rotations; a (n x n, full) is overwritten. */
static double jacobi_largest(int n, double *a) {
    for (int sweep = 0; sweep < 30; sweep++)
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                double off = a[p * n + q];
                if (off == 0) continue;
                double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
                double t = copysign(1, theta) / (fabs(theta) + sqrt(1 + theta * theta));
                double c = 1 / sqrt(1 + t * t), s = c * t;
                for (int j = 0; j < n; j++) {
                    double x = a[j * n + p], y = a[j * n + q];
                    a[j * n + p] = c * x - s * y, a[j * n + q] = s * x + c * y;
                }
                for (int j = 0; j < n; j++) {
                    double x = a[p * n + j], y = a[q * n + j];
                    a[p * n + j] = c * x - s * y, a[q * n + j] = s * x + c * y;
                }
            }
    double most = a[0];
    for (int i = 1; i < n; i++) most = fmax(most, a[i * n + i]);
    return most;
}

START_TEST(eigenvalue_bound_is_above_and_near) {
    enum { LD = 14 };
    for (int n = 1; n <= 12; n++)
        for (int kind = 0; kind < 4; kind++) {
            double *g = normals(5, STREAM, (uint64_t)(200 + 4 * n + kind), n * LD), a[LD * LD], full[LD * LD],
                   size = 0;
            double *work = malloc((size_t)cvxnn__eigen_upper_work(n) * sizeof *work);
            for (int i = 0; i < n; i++)
                for (int j = 0; j < LD; j++) {
                    a[i * LD + j] = j <= i ? g[i * LD + j] : NAN; /* the upper triangle is not read */
                    if (kind == 1 && j <= i) a[i * LD + j] = g[i * LD] * g[j * LD]; /* rank one */
                    if (kind == 2 && j < i) a[i * LD + j] = 0;
                    if (kind == 3 && j == i) a[i * LD + j] -= 100; /* negative definite */
                }
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) {
                    full[i * n + j] = j <= i ? a[i * LD + j] : a[j * LD + i];
                    size = fmax(size, fabs(full[i * n + j]));
                }
            double exact = jacobi_largest(n, full), rounding = 1e-13 * n * size;
            double bound = cvxnn__eigen_upper(n, a, LD, 0, work);
            ck_assert(bound >= exact - rounding);
            ck_assert(bound <= exact + 1e-11 * n * size);
            double wider = cvxnn__eigen_upper(n, a, LD, 0.5, work);
            ck_assert(wider >= bound + 0.5 - rounding && wider <= bound + 0.5 + rounding);
            a[(n - 1) * LD] = INFINITY;
            ck_assert(cvxnn__eigen_upper(n, a, LD, 0, work) == INFINITY);
            free(work);
            free(g);
        }
    ck_assert_int_eq(cvxnn__eigen_upper_work(INT64_MAX), INT64_MAX);
}
END_TEST

CVXNN_SUITE(linalg) {
    CVXNN_TEST(blas_wrappers_refuse_before_the_call);
    CVXNN_TEST(products_are_those_of_plain_loops);
    CVXNN_TEST(float_products_are_those_of_plain_loops);
    tcase_add_loop_test(tests, factorisations_solve_their_systems, 0, 2); /* whole, in parts */
    tcase_add_loop_test(tests, eigenvectors_are_rows, 0, 5);
    CVXNN_TEST(a_tiny_entry_moves_no_eigenvalue);
    CVXNN_TEST(vectors_small_and_large_have_their_norm);
    CVXNN_TEST(tiles_and_slices_hold_the_entries);
    CVXNN_TEST(sums_over_rows_are_those_of_plain_loops);
    CVXNN_TEST(threads_give_the_same_bits);
    CVXNN_TEST(what_blas_refuses_is_an_error);
    CVXNN_TEST(eigenvalue_bound_is_above_and_near);
}
