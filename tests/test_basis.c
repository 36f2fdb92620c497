/*
 * Orthonormal vectors: a basis of vectors that come and go, what is orthogonal to some. Held against plain
 * loops in this file.
 */
#include <math.h>

#include "base/random.h"
#include "fixture.h"
#include "linalg/basis.h"
#include "linalg/blas.h"
#include "linalg/row_space.h"

enum { STREAM = CVXNN__STREAM_BENCH + 15 };

START_TEST(basis_spans_what_was_added) {
    enum { D = 6, MOST = 4 };
    struct fixture f;
    struct cvxnn__scope scope;
    struct cvxnn__basis basis;
    double *v = normals(5, STREAM, 14, 12 * D), inside[MOST], outside[D], held[MOST][D];
    fixture_open(&f, 1);
    cvxnn__scope_open(&scope, &f.memory);
    cvxnn__basis_take(&scope, D, MOST, &basis);
    for (int step = 0; step < 12; step++) {
        if (basis.count == MOST) {
            int j = step % MOST;
            cvxnn__basis_drop(&basis, j);
            for (int k = j; k + 1 < MOST; k++) memcpy(held[k], held[k + 1], sizeof held[k]);
        }
        double length = cvxnn__basis_split(&basis, v + step * D, inside, outside);
        memcpy(held[basis.count], v + step * D, sizeof held[0]);
        cvxnn__basis_add(&basis, inside, outside, length);
        for (int64_t i = 0; i < basis.count; i++) { /* N = L Q, Q orthonormal, L lower triangular */
            double row[D] = {0}, coefficients[MOST] = {0};
            for (int64_t k = 0; k <= i; k++) coefficients[k] = basis.l[i * MOST + k];
            cvxnn__basis_combine(&basis, coefficients, row);
            for (int j = 0; j < D; j++) ck_assert(is_close(row[j], held[i][j], 5));
            for (int64_t k = 0; k < basis.count; k++)
                ck_assert(is_close(cvxnn__dot(D, basis.q + i * D, basis.q + k * D), i == k, 5));
        }
        double x[MOST] = {1, -2, 3, -4}, y[MOST];
        for (int t = 0; t < 2; t++) {
            memcpy(y, x, sizeof y);
            (t ? cvxnn__basis_solve_transposed : cvxnn__basis_solve)(&basis, y);
            for (int64_t i = 0; i < basis.count; i++) {
                double sum = 0;
                for (int64_t k = 0; k < basis.count; k++)
                    if (t ? k >= i : k <= i) sum += basis.l[t ? k * MOST + i : i * MOST + k] * y[k];
                ck_assert(fabs(sum - x[i]) <= 1e-9);
            }
        }
    }
    /* what lies in the span has nothing outside */
    ck_assert(cvxnn__basis_split(&basis, held[1], inside, outside) <= 1e-13 * cvxnn__norm(D, held[1]));
    cvxnn__scope_close(&scope);
    fixture_close(&f);
    free(v);
}
END_TEST

/* Whatever is nearly dependent: count rows, the last but a ten-millionth the first. */
START_TEST(complement_is_orthonormal_and_orthogonal) {
    enum { D = 9 };
    double q[D * D], given[D * D], rest[D * D + 1], work[2 * D];
    for (int64_t count = 0; count <= D; count++) {
        double *v = normals(5, STREAM, (uint64_t)(20 + count), count * D);
        memcpy(given, v, (size_t)(count * D) * sizeof *v);
        for (int e = 0; count > 2 && e < D; e++) given[(count - 1) * D + e] = given[e] + 1e-7 * v[D + e];
        memcpy(q, given, (size_t)(count * D) * sizeof *q);
        rest[(D - count) * D] = 77;
        ck_assert_int_eq(cvxnn__complement(D, count, q, rest, work), 1);
        ck_assert(rest[(D - count) * D] == 77);
        for (int64_t i = 0; i < D - count; i++) {
            for (int64_t k = 0; k < D - count; k++) {
                double sum = 0;
                for (int e = 0; e < D; e++) sum += rest[i * D + e] * rest[k * D + e];
                ck_assert(is_close(sum, i == k, 1));
            }
            for (int64_t k = 0; k < count; k++) {
                double sum = 0;
                for (int e = 0; e < D; e++) sum += rest[i * D + e] * given[k * D + e];
                ck_assert(is_close(sum, 0, 5));
            }
        }
        free(v);
    }
    ck_assert_int_eq(cvxnn__complement((int64_t)1 << 31, 0, NULL, NULL, NULL), 0);
    ck_assert_int_eq(cvxnn__complement(3, 4, NULL, NULL, NULL), 0);
}
END_TEST

/* n rows that are combinations of `rank` vectors; every third is nearly the one before it, row 1 a thousand
 * times longer than most and the last one 0. */
static void low_rank(uint64_t seed, int64_t n, int64_t d, int64_t rank, double *x) {
    double *frame = normals(5, STREAM, 100 + seed, rank * d),
           *parts = normals(5, STREAM, 200 + seed, n * rank);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++) {
            double sum = 0;
            for (int64_t k = 0; k < rank; k++) sum += parts[i * rank + k] * frame[k * d + j];
            x[i * d + j] = i + 1 == n ? 0 : i == 1 ? 1000 * sum : sum;
            if (i > 2 && i % 3 == 0) x[i * d + j] = x[(i - 1) * d + j] + 1e-5 * sum;
        }
    free(frame);
    free(parts);
}

START_TEST(row_space_holds_every_row) {
    static const struct {
        int64_t n, d, rank, most, expected;
    } cases[] = {{40, 7, 3, 5, 3},          {40, 7, 3, 2, 0},       {9, 30, 8, 20, 8},  {60, 7, 7, 7, 0},
                 {3, 4, 2, 9, 2},           {1, 5, 1, 4, 0},        {90, 40, 7, 30, 7}, {5, 1, 1, 1, 0},
                 {200, 150, 110, 112, 110}, {200, 150, 113, 112, 0}};
    for (uint64_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct fixture f;
        struct cvxnn__scope scope;
        int64_t n = cases[c].n, d = cases[c].d, rank;
        double *x = malloc((size_t)(n * d) * sizeof *x), *basis, longest = 0;
        fixture_open(&f, 1);
        cvxnn__scope_open(&scope, &f.memory);
        low_rank(c, n, d, cases[c].rank, x);
        struct cvxnn__rows rows = cvxnn__rows_of(n, d, x, d);
        ck_assert_int_eq(cvxnn__row_space(&f.context, &scope, &rows, 0x1p-46, cases[c].most, &rank, &basis),
                         CVXNN_OK);
        ck_assert_int_eq(rank, cases[c].expected);
        for (int64_t i = 0; i < rank; i++)
            for (int64_t k = 0; k <= i; k++)
                ck_assert(is_close(cvxnn__dot(d, basis + i * d, basis + k * d), i == k, 1));
        for (int64_t i = 0; i < n; i++) longest = fmax(longest, cvxnn__norm(d, x + i * d));
        for (int64_t i = 0; rank > 0 && i < n; i++) {
            double *rest = x + i * d;
            for (int64_t k = 0; k < rank; k++) {
                double part = 0;
                for (int64_t j = 0; j < d; j++) part += rest[j] * basis[k * d + j];
                for (int64_t j = 0; j < d; j++) rest[j] -= part * basis[k * d + j];
            }
            ck_assert(cvxnn__norm(d, rest) <= 0x1p-45 * longest);
        }
        cvxnn__scope_close(&scope);
        fixture_close(&f);
        free(x);
    }
}
END_TEST

/* Rows that are as short as what is negligible ask for no vector, whatever the rounding on the way to them.
 */
START_TEST(short_rows_ask_for_no_vector) {
    enum { N = 150, D = 200 };
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct fixture f;
        struct cvxnn__scope scope;
        double *x = normals(seed, STREAM, 300, N * D), *basis, longest = 0;
        int64_t rank, needed = 0;
        fixture_open(&f, 1);
        cvxnn__scope_open(&scope, &f.memory);
        for (int e = 0; e < N * D; e++) x[e] *= pow(10, -16.0 * (e / D) / N);
        struct cvxnn__rows rows = cvxnn__rows_of(N, D, x, D);
        ck_assert_int_eq(cvxnn__row_space(&f.context, &scope, &rows, 0x1p-46, N, &rank, &basis), CVXNN_OK);
        for (int i = 0; i < N; i++) longest = fmax(longest, cvxnn__norm(D, x + (ptrdiff_t)i * D));
        for (int i = 0; i < N; i++) needed += cvxnn__norm(D, x + (ptrdiff_t)i * D) > 0x1p-46 * longest;
        ck_assert(rank > 0 && rank <= needed && needed < N);
        cvxnn__scope_close(&scope);
        fixture_close(&f);
        free(x);
    }
}
END_TEST

/* In long rows one projection leaves more than what is negligible, as rounding; it asks for no vector, nor
 * for another look at the same. */
START_TEST(long_rows_that_are_equal_ask_for_one_vector) {
    enum { N = 40 };
    static const int64_t lengths[] = {3000, 10000};
    static const double entries[] = {1, 0.1};
    for (int c = 0; c < 4; c++) {
        struct fixture f;
        struct cvxnn__scope scope;
        int64_t d = lengths[c / 2], rank;
        double *x = malloc((size_t)(N * d) * sizeof *x), *basis;
        fixture_open(&f, 1);
        cvxnn__scope_open(&scope, &f.memory);
        for (int64_t e = 0; e < N * d; e++) x[e] = entries[c % 2];
        struct cvxnn__rows rows = cvxnn__rows_of(N, d, x, d);
        ck_assert_int_eq(cvxnn__row_space(&f.context, &scope, &rows, 0x1p-46, N, &rank, &basis), CVXNN_OK);
        ck_assert_int_eq(rank, 1);
        for (int64_t j = 0; j < d; j++) ck_assert(is_close(fabs(basis[j]), 1 / sqrt((double)d), 5));
        cvxnn__scope_close(&scope);
        fixture_close(&f);
        free(x);
    }
}
END_TEST

START_TEST(row_space_stops_and_fails_cleanly) {
    enum { N = 120, D = 100, RANK = 70 };
    double *x = malloc(sizeof *x * N * D);
    low_rank(50, N, D, RANK, x);
    struct cvxnn__rows rows = cvxnn__rows_of(N, D, x, D);
    int32_t status = CVXNN_ERROR_MEMORY;
    for (int k = 0; status; k++) { /* stopped before it began, then the k-th request fails */
        struct fixture f;
        struct cvxnn__scope scope;
        int64_t rank;
        double *basis;
        fixture_open(&f, 1);
        cvxnn__scope_open(&scope, &f.memory);
        f.monitor.stopped = k == 0;
        f.fail_at = k;
        status = cvxnn__row_space(&f.context, &scope, &rows, 0x1p-46, D, &rank, &basis);
        f.fail_at = 0;
        if (status) ck_assert_int_eq(status, k == 0 ? CVXNN_STOPPED_CANCELLED : CVXNN_ERROR_MEMORY);
        if (!status) ck_assert(k > 9 && rank == RANK);
        cvxnn__scope_close(&scope);
        fixture_close(&f);
    }
    free(x);
}
END_TEST

CVXNN_SUITE(basis) {
    CVXNN_TEST(row_space_holds_every_row);
    CVXNN_TEST(short_rows_ask_for_no_vector);
    CVXNN_TEST(long_rows_that_are_equal_ask_for_one_vector);
    CVXNN_TEST(row_space_stops_and_fails_cleanly);
    CVXNN_TEST(basis_spans_what_was_added);
    CVXNN_TEST(complement_is_orthonormal_and_orthogonal);
}
