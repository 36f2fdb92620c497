/* Patterns against plain loops: bits, duplicates, empty ones, threads, failures. */
#include <math.h>

#include "base/random.h"
#include "fixture.h"
#include "patterns/patterns.h"

enum { STREAM = CVXNN__STREAM_BENCH + 1 };

/* Pattern of a gate by the plain formula; rows whose product is too close to 0 to tell are skipped. */
static void check_bits(const struct cvxnn__patterns *patterns, const double *x, int64_t n, int64_t d) {
    double *gate = malloc((size_t)d * sizeof *gate);
    for (int64_t p = 0; p < patterns->masks.count; p++) {
        cvxnn__patterns_gate(patterns, p, gate);
        for (int64_t i = 0; i < n; i++) {
            double product = 0, size = 0;
            for (int64_t j = 0; j < d; j++) {
                product += x[i * d + j] * gate[j];
                size += fabs(x[i * d + j] * gate[j]);
            }
            if (fabs(product) > 1e-12 * size || size == 0)
                ck_assert_int_eq(cvxnn__masks_get(&patterns->masks, p, i), product >= 0);
        }
    }
    free(gate);
}

static int same(const struct cvxnn__masks *masks, int64_t p, int64_t q) {
    for (int64_t i = 0; i < masks->n; i++)
        if (cvxnn__masks_get(masks, p, i) != cvxnn__masks_get(masks, q, i)) return 0;
    return 1;
}

START_TEST(bits_are_signs_of_products) {
    static const int64_t shapes[][3] = {{1, 1, 9},      {47, 3, 40},    {48, 5, 300},
                                        {3200, 7, 130}, {100, 300, 20}, {3073, 2, 270}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int64_t n = shapes[s][0], d = shapes[s][1], count = shapes[s][2];
        struct fixture f;
        fixture_open(&f, 1);
        double *x = normals(s + 1, STREAM, 0, n * d);
        struct cvxnn__rows rows = cvxnn__rows_of(n, d, x, d);
        struct cvxnn__patterns patterns;
        ck_assert_int_eq(cvxnn__patterns_sample(&f.context, &rows, 5, count, &patterns), CVXNN_OK);
        ck_assert_int_eq(patterns.sampled, count);
        check_bits(&patterns, x, n, d);
        double *gate = malloc((size_t)d * sizeof *gate), *again = malloc((size_t)d * sizeof *again);
        for (int64_t p = 0; p < patterns.masks.count; p++) {
            ck_assert(p == 0 || patterns.origin[p] > patterns.origin[p - 1]);
            cvxnn__patterns_gate(&patterns, p, gate);
            cvxnn__normals(5, CVXNN__STREAM_GATES, (uint64_t)patterns.origin[p], d, again);
            ck_assert(!memcmp(gate, again, (size_t)d * sizeof *gate));
        }
        cvxnn__patterns_free(&patterns);
        fixture_close(&f);
        free(gate);
        free(again);
        free(x);
    }
}
END_TEST

START_TEST(duplicates_and_useless_patterns_are_dropped) {
    /* d = 2: at most 2n patterns; row 3 is zero, so its bit is always 1 */
    int64_t n = 6, d = 2, count = 400;
    struct fixture f;
    fixture_open(&f, 1);
    double *x = normals(3, STREAM, 0, n * d);
    x[3 * d] = x[3 * d + 1] = 0;
    struct cvxnn__rows rows = cvxnn__rows_of(n, d, x, d);
    struct cvxnn__patterns patterns;
    ck_assert_int_eq(cvxnn__patterns_sample(&f.context, &rows, 1, count, &patterns), CVXNN_OK);
    const struct cvxnn__masks *masks = &patterns.masks;
    ck_assert_int_ge(masks->count, 2);
    ck_assert_int_le(masks->count, 2 * (n - 1));
    check_bits(&patterns, x, n, d);
    for (int64_t p = 0; p < masks->count; p++) {
        ck_assert_int_eq(cvxnn__masks_get(masks, p, 3), 1);
        ck_assert_int_ge(cvxnn__masks_ones(masks, p), 2);
        for (int64_t q = 0; q < p; q++) ck_assert(!same(masks, p, q));
    }
    /* every gate's pattern is there or useless, and the first that had it is named */
    for (int64_t g = 0, next = 0; g < count; g++) {
        double gate[2];
        cvxnn__normals(1, CVXNN__STREAM_GATES, (uint64_t)g, d, gate);
        int64_t found = -1, live = 0;
        for (int64_t i = 0; i < n; i++) live += i != 3 && x[i * d] * gate[0] + x[i * d + 1] * gate[1] >= 0;
        for (int64_t p = 0; p < masks->count && found < 0; p++) {
            int equal = 1;
            for (int64_t i = 0; i < n; i++)
                equal &= cvxnn__masks_get(masks, p, i) == (x[i * d] * gate[0] + x[i * d + 1] * gate[1] >= 0);
            if (equal) found = p;
        }
        ck_assert((found >= 0) == (live > 0));
        if (found == next) ck_assert_int_eq(patterns.origin[next++], g);
        ck_assert(found < next);
    }
    cvxnn__patterns_free(&patterns);
    fixture_close(&f);
    free(x);
}
END_TEST

START_TEST(nothing_is_left_of_zero_data) {
    struct fixture f;
    fixture_open(&f, 1);
    double x[12] = {0};
    struct cvxnn__rows rows = cvxnn__rows_of(4, 3, x, 3);
    struct cvxnn__patterns patterns;
    ck_assert_int_eq(cvxnn__patterns_sample(&f.context, &rows, 1, 20, &patterns), CVXNN_OK);
    ck_assert_int_eq(patterns.masks.count, 0);
    cvxnn__patterns_free(&patterns);
    fixture_close(&f);
}
END_TEST

START_TEST(given_gates_are_kept) {
    /* rows e1, e2; gates in reading order: both, first, both again, none, second */
    double x[4] = {1, 0, 0, 1};
    double gates[5 * 3] = {1, 1, 9, 1, -1, 9, 3, 0, 9, -1, -1, 9, -2, 1, 9};
    struct fixture f;
    fixture_open(&f, 1);
    struct cvxnn__rows rows = cvxnn__rows_of(2, 2, x, 2);
    struct cvxnn__patterns patterns;
    ck_assert_int_eq(cvxnn__patterns_from_gates(&f.context, &rows, 5, gates, 3, &patterns), CVXNN_OK);
    gates[0] = 77; /* copied */
    ck_assert_int_eq(patterns.masks.count, 3);
    ck_assert_int_eq(patterns.sampled, 5);
    static const int64_t origin[3] = {0, 1, 4};
    static const double expected[3][2] = {{1, 1}, {1, -1}, {-2, 1}};
    for (int64_t p = 0; p < 3; p++) {
        double gate[2];
        cvxnn__patterns_gate(&patterns, p, gate);
        ck_assert_int_eq(patterns.origin[p], origin[p]);
        ck_assert(gate[0] == expected[p][0] && gate[1] == expected[p][1]);
    }
    cvxnn__patterns_free(&patterns);
    fixture_close(&f);
}
END_TEST

START_TEST(strided_float_data_have_the_same_patterns) {
    int64_t n = 3100, d = 4, count = 60;
    double *x = normals(8, STREAM, 0, n * d);
    float *columns = malloc((size_t)(n * d) * sizeof *columns);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++) x[i * d + j] = columns[j * n + i] = (float)x[i * d + j];
    struct fixture f;
    fixture_open(&f, 1);
    struct cvxnn__rows rows = cvxnn__rows_of(n, d, x, d), other = rows;
    other.values = columns;
    other.is_float = 1;
    other.row_stride = 1;
    other.column_stride = n;
    struct cvxnn__patterns a, b;
    ck_assert_int_eq(cvxnn__patterns_sample(&f.context, &rows, 2, count, &a), CVXNN_OK);
    ck_assert_int_eq(cvxnn__patterns_sample(&f.context, &other, 2, count, &b), CVXNN_OK);
    ck_assert_int_eq(a.masks.count, b.masks.count);
    for (int64_t p = 0; p < a.masks.count; p++)
        for (int64_t i = 0; i < n; i++)
            ck_assert_int_eq(cvxnn__masks_get(&a.masks, p, i), cvxnn__masks_get(&b.masks, p, i));
    cvxnn__patterns_free(&a);
    cvxnn__patterns_free(&b);
    fixture_close(&f);
    free(x);
    free(columns);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same) {
    int64_t n = 3500, d = 3, count = 700;
    double *x = normals(4, STREAM, 0, n * d);
    struct cvxnn__patterns patterns[3];
    struct fixture f[3];
    for (int t = 0; t < 3; t++) {
        struct cvxnn__rows rows = cvxnn__rows_of(n, d, x, d);
        fixture_open(&f[t], t + 1);
        ck_assert_int_eq(cvxnn__patterns_sample(&f[t].context, &rows, 6, count, &patterns[t]), CVXNN_OK);
        ck_assert_int_eq(patterns[t].masks.count, patterns[0].masks.count);
        for (int64_t p = 0; p < patterns[t].masks.count; p++) {
            ck_assert_int_eq(patterns[t].origin[p], patterns[0].origin[p]);
            for (int64_t i = 0; i < n; i++)
                ck_assert_int_eq(cvxnn__masks_get(&patterns[t].masks, p, i),
                                 cvxnn__masks_get(&patterns[0].masks, p, i));
        }
    }
    for (int t = 0; t < 3; t++) {
        cvxnn__patterns_free(&patterns[t]);
        fixture_close(&f[t]);
    }
    free(x);
}
END_TEST

/* One sampling and one packing of given gates; what succeeds is freed. */
static int32_t both_ways(struct fixture *f, const struct cvxnn__rows *rows) {
    static const double gates[6] = {1, 2, 3, 1, 2, 3};
    struct cvxnn__patterns patterns;
    int32_t status = cvxnn__patterns_sample(&f->context, rows, 6, 20, &patterns);
    if (status) return status;
    cvxnn__patterns_free(&patterns);
    status = cvxnn__patterns_from_gates(&f->context, rows, 2, gates, 3, &patterns);
    if (!status) cvxnn__patterns_free(&patterns);
    return status;
}

START_TEST(failing_memory_leaves_nothing) {
    double *x = normals(4, STREAM, 0, 60 * 3);
    struct cvxnn__rows rows = cvxnn__rows_of(60, 3, x, 3);
    for (int on = 0; on < 2; on++) {
        int32_t status = CVXNN_ERROR_MEMORY;
        int64_t k = 0;
        while (status) {
            struct fixture f;
            fixture_open(&f, 1);
            f.fail_at = ++k;
            f.fail_on = on;
            status = both_ways(&f, &rows);
            ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_MEMORY);
            ck_assert(status == CVXNN_OK || f.context.message[0]);
            fixture_close(&f);
        }
        ck_assert_int_gt(k, 10);
    }
    free(x);
}
END_TEST

START_TEST(stops_leave_nothing) {
    double *x = normals(4, STREAM, 0, 60 * 3);
    struct cvxnn__rows rows = cvxnn__rows_of(60, 3, x, 3);
    for (int64_t k = 1;; k++) {
        struct fixture f;
        fixture_open(&f, 1);
        f.stop_at = k;
        int32_t status = both_ways(&f, &rows);
        ck_assert_int_eq(status, f.events >= k ? CVXNN_STOPPED_CANCELLED : CVXNN_OK);
        fixture_close(&f);
        if (!status) break;
    }
    struct fixture f;
    atomic_int cancel;
    atomic_init(&cancel, 1);
    fixture_open(&f, 1);
    f.monitor.cancel = &cancel;
    ck_assert_int_eq(both_ways(&f, &rows), CVXNN_STOPPED_CANCELLED);
    f.monitor.cancel = NULL;
    f.monitor.start -= 10;
    f.monitor.max_seconds = 5;
    ck_assert_int_eq(both_ways(&f, &rows), CVXNN_STOPPED_SECONDS);
    fixture_close(&f);
    free(x);
}
END_TEST

CVXNN_SUITE(patterns) {
    CVXNN_TEST(bits_are_signs_of_products);
    CVXNN_TEST(duplicates_and_useless_patterns_are_dropped);
    CVXNN_TEST(nothing_is_left_of_zero_data);
    CVXNN_TEST(given_gates_are_kept);
    CVXNN_TEST(strided_float_data_have_the_same_patterns);
    CVXNN_TEST(any_number_of_threads_gives_the_same);
    CVXNN_TEST(failing_memory_leaves_nothing);
    CVXNN_TEST(stops_leave_nothing);
}
