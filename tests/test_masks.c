/* Packed patterns and the masked products in both precisions, against plain loops; the look-up kernels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "fixture.h"
#include "linalg/masks.h"
#include "lookup_cases.h"

enum { STREAM = CASES_STREAM };

START_TEST(kernels_are_right_and_agree_to_the_bit) {
    ck_assert_ptr_nonnull(cvxnn__lookup_kernel(0));
    ck_assert_ptr_null(cvxnn__lookup_kernel(-1));
    const char *wrong = lookup_wrong();
    ck_assert_msg(!wrong, "%s is wrong", wrong);
}
END_TEST

struct products {
    int32_t (*gradient)(struct cvxnn__context *, const struct cvxnn__rows *, const struct cvxnn__masks *,
                        const double *, double *, int64_t);
    int32_t (*forward)(struct cvxnn__context *, const struct cvxnn__rows *, const struct cvxnn__masks *,
                       const double *, int64_t, double *);
    double
        error; /* of a sum, as a share of the sum of absolute values: what masks.h says, and double's own */
};
static const struct products in_double = {cvxnn__masks_gradient, cvxnn__masks_forward, 0},
                             in_single = {cvxnn__masks_gradient_single, cvxnn__masks_forward_single,
                                          32 * 0x1p-24};

struct shape {
    int64_t n, d, patterns;
};
static const struct shape shapes[] = {{1, 1, 1},     {1, 9, 3},      {47, 8, 5},  {48, 7, 48},
                                      {49, 17, 49},  {97, 1, 200},   {200, 3, 0}, {144, 16, 100},
                                      {2100, 5, 81}, {100, 2, 2100}, {60, 25, 90}};
enum { SHAPES = (int)(sizeof shapes / sizeof shapes[0]) };

/* Patterns by kind: random, none, all. */
static void set_bits(struct cvxnn__masks *masks, int kind) {
    double *products = malloc((size_t)masks->n * sizeof *products);
    for (int64_t p = 0; p < masks->count; p++) {
        cvxnn__normals(4, STREAM, (uint64_t)p, masks->n, products);
        for (int64_t i = 0; kind && i < masks->n; i++) products[i] = kind == 1 ? -1 : 0;
        cvxnn__masks_pack(masks, p, 1, products, 1);
        int64_t ones = 0;
        for (int64_t i = 0; i < masks->n; i++) {
            ck_assert_int_eq(cvxnn__masks_get(masks, p, i), products[i] >= 0);
            ones += products[i] >= 0;
        }
        ck_assert_int_eq(cvxnn__masks_ones(masks, p), ones);
    }
    free(products);
}

static void check_gradient(const struct cvxnn__rows *rows, const struct cvxnn__masks *masks, double error,
                           const double *r, const double *g) {
    const double *x = rows->values;
    int64_t ld = rows->row_stride;
    for (int64_t p = 0; p < masks->count; p += 1 + masks->count / 20)
        for (int64_t j = 0; j < rows->d; j++) {
            long double sum = 0, size = 0;
            for (int64_t i = 0; i < rows->n; i++)
                if (cvxnn__masks_get(masks, p, i)) {
                    sum += (long double)r[i] * x[i * ld + j];
                    size += fabsl((long double)r[i] * x[i * ld + j]);
                }
            double tolerance = 1e-14 * (double)(rows->n + 10) * 10 + error * (double)size;
            ck_assert_double_eq_tol(g[p * ld + j], (double)sum, tolerance);
        }
}

static void check_forward(const struct cvxnn__rows *rows, const struct cvxnn__masks *masks, double error,
                          const double *w, const double *f) {
    const double *x = rows->values;
    int64_t ld = rows->row_stride;
    for (int64_t i = 0; i < rows->n; i += 1 + rows->n / 50) {
        long double sum = 0, size = 0;
        for (int64_t p = 0; p < masks->count; p++)
            for (int64_t j = 0; j < rows->d && cvxnn__masks_get(masks, p, i); j++) {
                sum += (long double)w[p * ld + j] * x[i * ld + j];
                size += fabsl((long double)w[p * ld + j] * x[i * ld + j]);
            }
        double tolerance = 1e-14 * (double)(masks->count + 10) * (double)(rows->d + 10) +
                           error * (double)size;
        ck_assert_double_eq_tol(f[i], (double)sum, tolerance);
    }
}

static void check_products(const struct shape *shape, const struct products *products, int kind,
                           int64_t threads) {
    struct fixture fixture;
    struct cvxnn__scope scope;
    struct cvxnn__masks masks;
    int64_t n = shape->n, d = shape->d, count = shape->patterns, ld = d + 3;
    fixture_open(&fixture, threads);
    cvxnn__scope_open(&scope, &fixture.memory);
    double *x = cvxnn__doubles(&scope, n, ld), *r = cvxnn__doubles(&scope, n, 1);
    double *w = cvxnn__doubles(&scope, count, ld), *g = cvxnn__doubles(&scope, count, ld);
    double *f = cvxnn__doubles(&scope, n, 1);
    cvxnn__masks_take(&scope, n, count, &masks);
    ck_assert(!scope.failed);
    set_bits(&masks, kind);
    cvxnn__normals(5, STREAM, 0, n * ld, x);
    cvxnn__normals(6, STREAM, 0, n, r);
    cvxnn__normals(7, STREAM, 0, count * ld, w);
    struct cvxnn__rows rows = cvxnn__rows_of(n, d, x, ld);
    ck_assert_int_eq(products->gradient(&fixture.context, &rows, &masks, r, g, ld), CVXNN_OK);
    ck_assert_int_eq(products->forward(&fixture.context, &rows, &masks, w, ld, f), CVXNN_OK);
    check_gradient(&rows, &masks, products->error, r, g);
    check_forward(&rows, &masks, products->error, w, f);
    cvxnn__scope_close(&scope);
    fixture_close(&fixture);
}

START_TEST(products_equal_plain_loops) {
    for (int kind = 0; kind < 3; kind++)
        for (int64_t threads = 1; threads <= 2; threads++) {
            check_products(&shapes[_i], &in_double, kind, threads);
            check_products(&shapes[_i], &in_single, kind, threads);
        }
}
END_TEST

static void check_bits(const struct products *products) {
    enum { N = 4000, D = 19, P = 2500 };
    double *results[6];
    for (int run = 0; run < 6; run++) {
        struct fixture fixture;
        struct cvxnn__scope scope;
        struct cvxnn__masks masks;
        fixture_open(&fixture, 1 + run % 3);
        cvxnn__scope_open(&scope, &fixture.memory);
        double *x = cvxnn__doubles(&scope, N, D), *turned = cvxnn__doubles(&scope, D, N);
        double *r = cvxnn__doubles(&scope, N, 1);
        results[run] = malloc((P * D + N) * sizeof(double));
        cvxnn__masks_take(&scope, N, P, &masks);
        ck_assert(!scope.failed && results[run]);
        for (int64_t i = 0; i < masks.blocks * P; i++) masks.words[i] = lookup_word(0, (uint64_t)i);
        for (int64_t p = 0; p < P; p++) /* no bits past the last row */
            masks.words[(masks.blocks - 1) * P + p] &= ((uint64_t)1 << (N % CVXNN__MASK_ROWS)) - 1;
        cvxnn__normals(5, STREAM, 0, N * D, x);
        cvxnn__normals(6, STREAM, 0, N, r);
        for (int64_t i = 0; i < N; i++)
            for (int64_t j = 0; j < D; j++) turned[j * N + i] = x[i * D + j];
        struct cvxnn__rows rows = cvxnn__rows_of(N, D, x, D);
        if (run >= 3) rows.values = turned, rows.row_stride = 1, rows.column_stride = N;
        ck_assert_int_eq(products->gradient(&fixture.context, &rows, &masks, r, results[run], D), CVXNN_OK);
        ck_assert_int_eq(
            products->forward(&fixture.context, &rows, &masks, results[run], D, results[run] + P * D),
            CVXNN_OK);
        cvxnn__scope_close(&scope);
        fixture_close(&fixture);
        ck_assert_mem_eq(results[run], results[0], (P * D + N) * sizeof(double));
    }
    for (int run = 0; run < 6; run++) free(results[run]);
}

START_TEST(threads_and_layouts_give_the_same_bits) {
    check_bits(&in_double);
    check_bits(&in_single);
}
END_TEST

START_TEST(selection_keeps_masks_whole) {
    struct fixture fixture;
    struct cvxnn__scope scope;
    struct cvxnn__masks masks, some;
    const int64_t chosen[] = {0, 3, 7, 8};
    fixture_open(&fixture, 1);
    cvxnn__scope_open(&scope, &fixture.memory);
    cvxnn__masks_take(&scope, 100, 9, &masks);
    set_bits(&masks, 0);
    cvxnn__masks_select(&scope, &masks, chosen, 4, &some);
    for (int64_t p = 0; p < 4; p++)
        for (int64_t i = 0; i < 100; i++)
            ck_assert_int_eq(cvxnn__masks_get(&some, p, i), cvxnn__masks_get(&masks, chosen[p], i));
    cvxnn__scope_close(&scope);
    fixture_close(&fixture);
}
END_TEST

CVXNN_SUITE(masks) {
    CVXNN_TEST(kernels_are_right_and_agree_to_the_bit);
    tcase_add_loop_test(tests, products_equal_plain_loops, 0, SHAPES);
    CVXNN_TEST(threads_and_layouts_give_the_same_bits);
    CVXNN_TEST(selection_keeps_masks_whole);
}
