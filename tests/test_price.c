/*
 * Pricing: in two dimensions the largest h over the circle is known by going through every cell; ascents end
 * where small moves of the test's own find nothing higher.
 */
#include <math.h>

#include "base/random.h"
#include "fixture.h"
#include "oracle.h"
#include "patterns/price.h"

enum { STREAM = CVXNN__STREAM_BENCH + 46, MOST = 64 };

static double h(int64_t n, int64_t d, const double *x, const double *nu, double sign, const double *u) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double product = 0;
        for (int64_t e = 0; e < d; e++) product += x[i * d + e] * u[e];
        sum += sign * nu[i] * fmax(product, 0);
    }
    return sum;
}

static void norms_of(int64_t n, int64_t d, const double *x, double *norms) {
    for (int64_t i = 0; i < n; i++) {
        norms[i] = 0;
        for (int64_t e = 0; e < d; e++) norms[i] += x[i * d + e] * x[i * d + e];
        norms[i] = sqrt(norms[i]);
    }
}

START_TEST(finds_the_largest_of_tiny_problems) {
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= 200; seed++) {
        double x[3 * MOST], nu[MOST], minus[MOST], norms[MOST];
        int n = 2 + (int)(seed % 8), d = 2 + (int)(seed % 2);
        cvxnn__normals(seed, STREAM, 0, n * d, x);
        cvxnn__normals(seed, STREAM, 1, n, nu);
        for (int i = 0; i < n; i++) minus[i] = -nu[i];
        norms_of(n, d, x, norms);
        struct cvxnn__rows rows = cvxnn__rows_of(n, d, x, d);
        struct cvxnn__price_options options = {.norms = norms, .seed = seed, .random = 128, .most = 128};
        struct cvxnn__priced priced;
        double largest = fmax(oracle_h(n, d, x, nu), oracle_h(n, d, x, minus));
        ck_assert_int_eq(cvxnn__price(&f.context, &rows, nu, &options, &priced), CVXNN_OK);
        ck_assert_int_gt(priced.count, 0);
        ck_assert_double_le(fabs(priced.value[0] - largest), 1e-9 * largest);
        cvxnn__priced_free(&priced);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(values_are_local_maxima_in_order) {
    struct fixture f;
    double x[40 * 5], nu[40], norms[40], move[5], near[5];
    fixture_open(&f, 2);
    cvxnn__normals(3, STREAM, 0, 40 * 5, x);
    cvxnn__normals(3, STREAM, 1, 40, nu);
    norms_of(40, 5, x, norms);
    struct cvxnn__rows rows = cvxnn__rows_of(40, 5, x, 5);
    struct cvxnn__price_options options = {.norms = norms, .random = 200, .most = 50};
    struct cvxnn__priced priced;
    ck_assert_int_eq(cvxnn__price(&f.context, &rows, nu, &options, &priced), CVXNN_OK);
    ck_assert_int_gt(priced.count, 1);
    for (int64_t k = 0; k < priced.count; k++) {
        const double *u = priced.u + k * 5;
        double value = h(40, 5, x, nu, priced.sign[k], u);
        ck_assert_double_le(fabs(value - priced.value[k]), 1e-11 * value);
        if (k > 0) ck_assert_double_le(priced.value[k], priced.value[k - 1]);
        for (uint64_t t = 0; t < 200; t++) {
            double size = 0;
            cvxnn__normals(t, STREAM, 5, 5, move);
            for (int e = 0; e < 5; e++) near[e] = u[e] + 1e-5 * move[e], size += near[e] * near[e];
            ck_assert_double_le(h(40, 5, x, nu, priced.sign[k], near) / sqrt(size), value * (1 + 1e-12));
        }
    }
    cvxnn__priced_free(&priced);
    fixture_close(&f);
}
END_TEST

/* A stop leaves each ascent where it is, with the value there; those that have not begun are as they were. */
START_TEST(a_stop_leaves_values_of_the_directions) {
    enum { N = 60, D = 6, COUNT = 50 };
    struct fixture f;
    double *x = normals(9, STREAM, 0, N * D), *nu = normals(9, STREAM, 1, N), norms[N];
    double *u = normals(9, STREAM, 2, COUNT * D), sign[COUNT], value[COUNT], before[COUNT];
    fixture_open(&f, 2);
    norms_of(N, D, x, norms);
    struct cvxnn__rows rows = cvxnn__rows_of(N, D, x, D);
    int64_t moved = 0;
    for (int k = 0; k < COUNT; k++) {
        double size = sqrt(plain_dot(D, u + k * D, u + k * D));
        for (int e = 0; e < D; e++) u[k * D + e] /= size;
        sign[k] = k % 2 ? -1 : 1;
        value[k] = before[k] = h(N, D, x, nu, sign[k], u + k * D);
    }
    for (int stopped = 1; stopped >= 0; stopped--) { /* and then to the end */
        f.monitor.stopped = stopped;
        ck_assert_int_eq(cvxnn__ascend(&f.context, &rows, norms, nu, COUNT, u, sign, value),
                         stopped ? CVXNN_STOPPED_CANCELLED : CVXNN_OK);
        for (int k = 0; k < COUNT; k++) {
            double there = h(N, D, x, nu, sign[k], u + k * D);
            if (value[k] > 0) ck_assert_double_le(fabs(there - value[k]), 1e-12 * N);
            if (value[k] > 0) ck_assert_double_ge(value[k], before[k] - 1e-12 * N);
            moved += value[k] > before[k] + 0.01;
        }
    }
    ck_assert_int_gt(moved, COUNT / 3); /* of the half that begins where h > 0 */
    fixture_close(&f);
    free(x), free(nu), free(u);
}
END_TEST

CVXNN_SUITE(price) {
    CVXNN_TEST(finds_the_largest_of_tiny_problems);
    CVXNN_TEST(values_are_local_maxima_in_order);
    CVXNN_TEST(a_stop_leaves_values_of_the_directions);
}
