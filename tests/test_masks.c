/* Packed patterns and the masked products, against plain loops; every look-up kernel against the portable
 * one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "fixture.h"
#include "linalg/lookup.h"
#include "linalg/masks.h"

enum { STREAM = CVXNN__STREAM_BENCH + 20 };

/* kind 0: random, 1: empty, 2: full, 3: one bit */
static uint64_t word_of(int kind, uint64_t index) {
    const uint64_t full = ((uint64_t)1 << CVXNN__LOOKUP_BITS) - 1;
    double u[2];
    cvxnn__uniforms(9, STREAM, index, 2, u);
    if (kind == 0) return ((uint64_t)(u[0] * 16777216) << 24 | (uint64_t)(u[1] * 16777216)) & full;
    return kind == 1 ? 0 : kind == 2 ? full : (uint64_t)1 << (index % CVXNN__LOOKUP_BITS);
}

START_TEST(kernels_agree_to_the_bit) {
    const int64_t counts[] = {0, 1, 2, 3, 7, 64, 131};
    enum { MOST = 131, WIDTH = CVXNN__LOOKUP_WIDTH };
    _Alignas(64) double source[CVXNN__LOOKUP_BITS * WIDTH], expected[MOST * WIDTH], sums[MOST * WIDTH];
    uint64_t words[MOST];
    cvxnn__normals(1, STREAM, 0, CVXNN__LOOKUP_BITS * WIDTH, source);
    ck_assert_ptr_nonnull(cvxnn__lookup_kernel(0));
    ck_assert_ptr_null(cvxnn__lookup_kernel(-1));
    for (int k = 0; cvxnn__lookup_kernel(k); k++)
        for (int digit = 4; digit <= 6; digit += 2)
            for (int kind = 0; kind < 4; kind++)
                for (int c = 0; c < 7; c++) {
                    for (int64_t w = 0; w < counts[c]; w++) words[w] = word_of(kind, (uint64_t)w);
                    cvxnn__normals(2, STREAM, 0, MOST * WIDTH, expected);
                    memcpy(sums, expected, sizeof sums);
                    cvxnn__lookup_portable(counts[c], words, digit, source, expected);
                    cvxnn__lookup_kernel(k)->run(counts[c], words, digit, source, sums);
                    ck_assert_msg(!memcmp(sums, expected, sizeof sums), "%s differs",
                                  cvxnn__lookup_kernel(k)->name);
                }
}
END_TEST

START_TEST(portable_kernel_adds_what_the_bits_say) {
    enum { COUNT = 40, WIDTH = CVXNN__LOOKUP_WIDTH };
    _Alignas(64) double source[CVXNN__LOOKUP_BITS * WIDTH], sums[COUNT * WIDTH];
    uint64_t words[COUNT];
    cvxnn__normals(3, STREAM, 0, CVXNN__LOOKUP_BITS * WIDTH, source);
    for (int w = 0; w < COUNT; w++) words[w] = word_of(w % 4, (uint64_t)w);
    for (int digit = 4; digit <= 6; digit += 2) {
        for (int s = 0; s < COUNT * WIDTH; s++) sums[s] = s;
        cvxnn__lookup_portable(COUNT, words, digit, source, sums);
        for (int w = 0; w < COUNT; w++)
            for (int k = 0; k < WIDTH; k++) {
                long double sum = w * WIDTH + k;
                for (int b = 0; b < CVXNN__LOOKUP_BITS; b++)
                    if (words[w] >> b & 1) sum += source[b * WIDTH + k];
                ck_assert_double_eq_tol(sums[w * WIDTH + k], (double)sum, 1e-11);
            }
    }
}
END_TEST

struct shape {
    int64_t n, d, patterns;
};
static const struct shape shapes[] = {{1, 1, 1},     {1, 9, 3},     {47, 8, 5},  {48, 7, 48},
                                      {49, 17, 49},  {97, 1, 200},  {200, 3, 0}, {144, 16, 100},
                                      {2100, 5, 81}, {100, 2, 2100}};
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

static void check_products(const struct shape *shape, int kind, int64_t threads) {
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
    ck_assert_int_eq(cvxnn__masks_gradient(&fixture.context, &rows, &masks, r, g, ld), CVXNN_OK);
    ck_assert_int_eq(cvxnn__masks_forward(&fixture.context, &rows, &masks, w, ld, f), CVXNN_OK);
    for (int64_t p = 0; p < count; p += 1 + count / 20)
        for (int64_t j = 0; j < d; j++) {
            long double sum = 0;
            for (int64_t i = 0; i < n; i++)
                if (cvxnn__masks_get(&masks, p, i)) sum += (long double)r[i] * x[i * ld + j];
            ck_assert_double_eq_tol(g[p * ld + j], (double)sum, 1e-14 * (double)(n + 10) * 10);
        }
    for (int64_t i = 0; i < n; i += 1 + n / 50) {
        long double sum = 0;
        for (int64_t p = 0; p < count; p++)
            for (int64_t j = 0; j < d && cvxnn__masks_get(&masks, p, i); j++)
                sum += (long double)w[p * ld + j] * x[i * ld + j];
        ck_assert_double_eq_tol(f[i], (double)sum, 1e-14 * (double)(count + 10) * (double)(d + 10));
    }
    cvxnn__scope_close(&scope);
    fixture_close(&fixture);
}

START_TEST(products_equal_plain_loops) {
    for (int kind = 0; kind < 3; kind++)
        for (int64_t threads = 1; threads <= 2; threads++) check_products(&shapes[_i], kind, threads);
}
END_TEST

START_TEST(threads_and_layouts_give_the_same_bits) {
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
        for (int64_t i = 0; i < masks.blocks * P; i++) masks.words[i] = word_of(0, (uint64_t)i);
        for (int64_t p = 0; p < P; p++) /* no bits past the last row */
            masks.words[(masks.blocks - 1) * P + p] &= ((uint64_t)1 << (N % CVXNN__MASK_ROWS)) - 1;
        cvxnn__normals(5, STREAM, 0, N * D, x);
        cvxnn__normals(6, STREAM, 0, N, r);
        for (int64_t i = 0; i < N; i++)
            for (int64_t j = 0; j < D; j++) turned[j * N + i] = x[i * D + j];
        struct cvxnn__rows rows = cvxnn__rows_of(N, D, x, D);
        if (run >= 3) rows.values = turned, rows.row_stride = 1, rows.column_stride = N;
        ck_assert_int_eq(cvxnn__masks_gradient(&fixture.context, &rows, &masks, r, results[run], D),
                         CVXNN_OK);
        ck_assert_int_eq(
            cvxnn__masks_forward(&fixture.context, &rows, &masks, results[run], D, results[run] + P * D),
            CVXNN_OK);
        cvxnn__scope_close(&scope);
        fixture_close(&fixture);
        ck_assert_mem_eq(results[run], results[0], (P * D + N) * sizeof(double));
    }
    for (int run = 0; run < 6; run++) free(results[run]);
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
    CVXNN_TEST(kernels_agree_to_the_bit);
    CVXNN_TEST(portable_kernel_adds_what_the_bits_say);
    tcase_add_loop_test(tests, products_equal_plain_loops, 0, SHAPES);
    CVXNN_TEST(threads_and_layouts_give_the_same_bits);
    CVXNN_TEST(selection_keeps_masks_whole);
}
