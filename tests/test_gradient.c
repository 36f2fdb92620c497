/* The objective of (NN) and its gradient: plain loops and finite differences, and what has no derivative. */
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "fixture.h"
#include "gradient/objective.h"

enum { STREAM = CVXNN__STREAM_BENCH + 43 };

/* Value and gradient of (NN) for rows x (n x d) straight from their definitions; gradient may be NULL. */
static double plain(const struct cvxnn__instance *instance, const double *x, int64_t width, const double *v,
                    double *gradient) {
    int64_t n = instance->rows.n, d = instance->rows.d, length = width * (d + 1);
    const double *a = v + width * d;
    double value = 0;
    for (int64_t e = 0; e < length; e++) {
        value += instance->beta / 2 * v[e] * v[e];
        if (gradient) gradient[e] = instance->beta * v[e];
    }
    for (int64_t i = 0; i < n; i++) {
        double f = 0, share = (instance->weights ? instance->weights[i] : 1) / instance->weight_sum;
        double z[64];
        for (int64_t j = 0; j < width; j++) {
            z[j] = 0;
            for (int64_t c = 0; c < d; c++) z[j] += x[i * d + c] * v[j * d + c];
            if (z[j] > 0) f += z[j] * a[j];
        }
        value += share * (f - instance->targets[i]) * (f - instance->targets[i]) / 2;
        for (int64_t j = 0; gradient && j < width; j++) {
            double slope = share * (f - instance->targets[i]);
            if (z[j] <= 0) continue;
            gradient[width * d + j] += slope * z[j];
            for (int64_t c = 0; c < d; c++) gradient[j * d + c] += slope * a[j] * x[i * d + c];
        }
    }
    return value;
}

START_TEST(value_and_gradient_are_those_of_the_definition) {
    static const int64_t shapes[][3] = {/* n, d, width */
                                        {1, 1, 1},    {5, 3, 4},    {127, 2, 7},  {128, 5, 1},
                                        {129, 4, 33}, {2049, 3, 6}, {5000, 2, 9}, {40, 60, 5}};
    struct fixture f;
    fixture_open(&f, 2);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int64_t n = shapes[s][0], d = shapes[s][1], width = shapes[s][2], length = width * (d + 1);
        double *x = malloc((size_t)(n * d) * sizeof *x), *y = malloc((size_t)n * sizeof *y),
               *weights = malloc((size_t)n * sizeof *weights), *v = malloc((size_t)length * sizeof *v),
               *g = malloc((size_t)length * sizeof *g), *expected = malloc((size_t)length * sizeof *g), value;
        cvxnn__normals(11, STREAM, 1, n * d, x), cvxnn__normals(11, STREAM, 2, n, y),
            cvxnn__normals(11, STREAM, 3, length, v);
        for (int64_t i = 0; i < n; i++) weights[i] = (double)(i % 3); /* some are 0 */
        struct cvxnn__instance instance = instance_of(n, d, x, y, s % 2 ? weights : NULL, 0.3);
        struct cvxnn__objective objective;
        struct cvxnn__scope scope;
        cvxnn__scope_open(&scope, &f.memory);
        ck_assert_int_eq(cvxnn__objective_make(&f.context, &scope, &instance, width, &objective), CVXNN_OK);
        ck_assert_int_eq(objective.length, length);
        for (int twice = 0; twice < 2; twice++) { /* nothing is left over from a call before */
            ck_assert_int_eq(cvxnn__objective_evaluate(&objective, v, &value, g), CVXNN_OK);
            double known = plain(&instance, x, width, v, expected);
            ck_assert_double_le(fabs(value - known), 1e-12 * known);
            for (int64_t e = 0; e < length; e++)
                ck_assert_double_le(fabs(g[e] - expected[e]), 1e-12 * (1 + fabs(expected[e])));
        }
        cvxnn__scope_close(&scope);
        free(x), free(y), free(weights), free(v), free(g), free(expected);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(the_gradient_is_that_of_finite_differences) {
    enum { N = 30, D = 4, WIDTH = 5, LENGTH = WIDTH * (D + 1) };
    double x[N * D], y[N], v[LENGTH], g[LENGTH], ignored[LENGTH], value, up, down, nearest = INFINITY;
    struct fixture f;
    struct cvxnn__objective objective;
    struct cvxnn__scope scope;
    fixture_open(&f, 1);
    cvxnn__normals(11, STREAM, 4, N * D, x), cvxnn__normals(11, STREAM, 5, N, y),
        cvxnn__normals(11, STREAM, 6, LENGTH, v);
    struct cvxnn__instance instance = instance_of(N, D, x, y, NULL, 0.1);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < WIDTH; j++) {
            double z = 0;
            for (int c = 0; c < D; c++) z += x[i * D + c] * v[j * D + c];
            nearest = fmin(nearest, fabs(z));
        }
    ck_assert_double_gt(nearest, 1e-4); /* no kink within the differences */
    cvxnn__scope_open(&scope, &f.memory);
    ck_assert_int_eq(cvxnn__objective_make(&f.context, &scope, &instance, WIDTH, &objective), CVXNN_OK);
    ck_assert_int_eq(cvxnn__objective_evaluate(&objective, v, &value, g), CVXNN_OK);
    for (int e = 0; e < LENGTH; e++) {
        const double h = 1e-6, at = v[e];
        v[e] = at + h;
        ck_assert_int_eq(cvxnn__objective_evaluate(&objective, v, &up, ignored), CVXNN_OK);
        v[e] = at - h;
        ck_assert_int_eq(cvxnn__objective_evaluate(&objective, v, &down, ignored), CVXNN_OK);
        v[e] = at;
        ck_assert_double_le(fabs((up - down) / (2 * h) - g[e]), 1e-8 * (1 + fabs(g[e])));
    }
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

START_TEST(rows_on_a_kink_and_rows_of_zeros_give_nothing) {
    double x[] = {1, -1, 0, 0}, y[] = {5, 7}, v[] = {1, 1, 1}, g[3], value; /* x . u = 0 for both rows */
    struct fixture f;
    struct cvxnn__objective objective;
    struct cvxnn__scope scope;
    fixture_open(&f, 1);
    struct cvxnn__instance instance = instance_of(2, 2, x, y, NULL, 0.5);
    cvxnn__scope_open(&scope, &f.memory);
    ck_assert_int_eq(cvxnn__objective_make(&f.context, &scope, &instance, 1, &objective), CVXNN_OK);
    ck_assert_int_eq(cvxnn__objective_evaluate(&objective, v, &value, g), CVXNN_OK);
    ck_assert_double_eq_tol(value, (25 + 49) / 4.0 + 0.25 * 3, 1e-14);
    for (int e = 0; e < 3; e++) ck_assert(g[e] == 0.5);
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

START_TEST(sizes_past_the_blas_are_refused) {
    double x[1] = {1}, y[1] = {1};
    struct fixture f;
    struct cvxnn__objective objective;
    struct cvxnn__scope scope;
    fixture_open(&f, 1);
    struct cvxnn__instance instance = instance_of(1, 1, x, y, NULL, 1);
    cvxnn__scope_open(&scope, &f.memory);
    ck_assert_int_eq(cvxnn__objective_make(&f.context, &scope, &instance, (int64_t)1 << 31, &objective),
                     CVXNN_ERROR_SHAPE);
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

CVXNN_SUITE(gradient) {
    CVXNN_TEST(value_and_gradient_are_those_of_the_definition);
    CVXNN_TEST(the_gradient_is_that_of_finite_differences);
    CVXNN_TEST(rows_on_a_kink_and_rows_of_zeros_give_nothing);
    CVXNN_TEST(sizes_past_the_blas_are_refused);
}
