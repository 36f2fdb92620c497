/*
 * The gradient baseline: its gradient against plain loops and finite differences, its optimisers on functions
 * whose minimum is known, training on one feature, where (NN) has a closed form, and everything that can cut
 * it short.
 */
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "fixture.h"
#include "gradient/descent.h"
#include "gradient/objective.h"
#include "gradient/train.h"

static void normals(uint64_t index, int64_t count, double *out) {
    cvxnn__normals(11, CVXNN__STREAM_BENCH + 43, index, count, out);
}

/* ---- Value and gradient ---------------------------------------------------------------------- */

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
        normals(1, n * d, x), normals(2, n, y), normals(3, length, v);
        struct cvxnn__instance instance = {
            .rows = cvxnn__rows_of(n, d, x, d), .outputs = 1, .targets = y, .beta = 0.3};
        for (int64_t i = 0; i < n; i++) {
            weights[i] = (double)(i % 3); /* some are 0 */
            instance.weight_sum += s % 2 ? weights[i] : 1;
        }
        if (s % 2) instance.weights = weights;
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
    normals(4, N * D, x), normals(5, N, y), normals(6, LENGTH, v);
    struct cvxnn__instance instance = {
        .rows = cvxnn__rows_of(N, D, x, D), .outputs = 1, .targets = y, .weight_sum = N, .beta = 0.1};
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
    struct cvxnn__instance instance = {
        .rows = cvxnn__rows_of(2, 2, x, 2), .outputs = 1, .targets = y, .weight_sum = 2, .beta = 0.5};
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
    struct cvxnn__instance instance = {
        .rows = cvxnn__rows_of(1, 1, x, 1), .outputs = 1, .targets = y, .weight_sum = 1, .beta = 1};
    cvxnn__scope_open(&scope, &f.memory);
    ck_assert_int_eq(cvxnn__objective_make(&f.context, &scope, &instance, (int64_t)1 << 31, &objective),
                     CVXNN_ERROR_SHAPE);
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

/* ---- Optimisers ------------------------------------------------------------------------------- */

typedef int32_t (*optimizer)(struct cvxnn__descent *descent);
static const optimizer optimizers[] = {cvxnn__descend_gd, cvxnn__descend_adam, cvxnn__descend_lbfgs};

struct function {
    int64_t calls;
    int64_t stop_after; /* calls; 0: never */
};

/* sum_k 4^k (x_k - k)^2 / 2, least at x_k = k: condition 1024. */
static int32_t quadratic(void *argument, const double *x, double *value, double *gradient) {
    struct function *function = argument;
    if (function->stop_after && function->calls == function->stop_after) return CVXNN_STOPPED_CANCELLED;
    function->calls++;
    *value = 0;
    for (int k = 0; k < 6; k++) {
        double curvature = pow(4, k), error = x[k] - k;
        *value += curvature * error * error / 2;
        gradient[k] = curvature * error;
    }
    return CVXNN_OK;
}

/* Rosenbrock's valley, least, 0, at (1, 1). */
static int32_t valley(void *argument, const double *x, double *value, double *gradient) {
    double a = 1 - x[0], b = x[1] - x[0] * x[0];
    (void)argument;
    *value = a * a + 100 * b * b;
    gradient[0] = -2 * a - 400 * x[0] * b;
    gradient[1] = 200 * b;
    return CVXNN_OK;
}

/* |x_0 - 1| + 10 |x_1| + 1, least, 1, at (1, 0), on kinks all the way. */
static int32_t kinks(void *argument, const double *x, double *value, double *gradient) {
    (void)argument;
    *value = fabs(x[0] - 1) + 10 * fabs(x[1]) + 1;
    gradient[0] = x[0] > 1 ? 1 : -1;
    gradient[1] = x[1] > 0 ? 10 : -10;
    return CVXNN_OK;
}

/* x - log x - 1, least, 0, at 1; infinite where there is no logarithm. */
static int32_t barrier(void *argument, const double *x, double *value, double *gradient) {
    (void)argument;
    *value = x[0] > 0 ? x[0] - log(x[0]) - 1 : INFINITY;
    gradient[0] = x[0] > 0 ? 1 - 1 / x[0] : NAN;
    return CVXNN_OK;
}

/* 2 - x up to the cliff at x = 1, where it is least, 1: no step short of it is too short. */
static int32_t cliff(void *argument, const double *x, double *value, double *gradient) {
    (void)argument;
    *value = x[0] <= 1 ? 2 - x[0] : INFINITY;
    gradient[0] = -1;
    return CVXNN_OK;
}

static int32_t descend(struct fixture *f, int which, cvxnn__evaluate_fn evaluate, struct function *function,
                       int64_t length, double *x, struct cvxnn__descent *descent) {
    *descent = (struct cvxnn__descent){.context = &f->context,
                                       .evaluate = evaluate,
                                       .argument = function,
                                       .length = length,
                                       .decrease = 1e-12,
                                       .max_iterations = 20000,
                                       .x = x};
    return optimizers[which](descent);
}

START_TEST(every_optimizer_finds_the_minimum_of_a_quadratic) {
    static const double reached[] = {1e-9, 1e-9, 1e-12};
    struct fixture f;
    fixture_open(&f, 1);
    for (int which = 0; which < 3; which++) {
        double x[6] = {1, 1, 1, 1, 1, 1}, g[6], value;
        struct function function = {0, 0};
        struct cvxnn__descent descent;
        ck_assert_int_eq(descend(&f, which, quadratic, &function, 6, x, &descent), CVXNN_OK);
        ck_assert_double_le(descent.value, reached[which]);
        quadratic(&function, x, &value, g);
        ck_assert(value == descent.value); /* the value is that of the point */
    }
    fixture_close(&f);
}
END_TEST

START_TEST(lbfgs_goes_through_a_curved_valley_quickly) {
    struct fixture f;
    double x[2] = {-1.2, 1};
    struct cvxnn__descent descent;
    fixture_open(&f, 1);
    ck_assert_int_eq(descend(&f, 2, valley, NULL, 2, x, &descent), CVXNN_OK);
    ck_assert_double_le(descent.value, 1e-20);
    ck_assert_int_le(descent.iterations, 100);
    fixture_close(&f);
}
END_TEST

START_TEST(lbfgs_and_adam_settle_on_kinks) {
    struct fixture f;
    fixture_open(&f, 1);
    for (int which = 1; which < 3; which++) {
        double x[2] = {-3.1, 2.7};
        struct cvxnn__descent descent;
        ck_assert_int_eq(descend(&f, which, kinks, NULL, 2, x, &descent), CVXNN_OK);
        ck_assert_double_le(descent.value - 1, 1e-9);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(lbfgs_goes_to_the_edge_of_a_cliff) {
    struct fixture f;
    double x[1] = {-3.3};
    struct cvxnn__descent descent;
    fixture_open(&f, 1);
    ck_assert_int_eq(descend(&f, 2, cliff, NULL, 1, x, &descent), CVXNN_OK);
    ck_assert_double_le(fabs(x[0] - 1), 1e-9);
    ck_assert(descent.value == 2 - x[0]);
    fixture_close(&f);
}
END_TEST

/* What events have told. */
struct told {
    int64_t iterations;
    double objective;
};

static int32_t hear(const struct cvxnn__progress *progress, void *user) {
    struct told *told = user;
    ck_assert_int_eq(progress->event, CVXNN_EVENT_GRADIENT);
    ck_assert_int_eq(progress->iterations, told->iterations + 1);
    ck_assert_double_le(progress->objective, told->objective);
    told->iterations = progress->iterations;
    told->objective = progress->objective;
    return 0;
}

START_TEST(events_count_iterations_and_tell_the_best_value) {
    struct fixture f;
    fixture_open(&f, 1);
    f.monitor.emit = hear;
    for (int which = 0; which < 3; which++) {
        double x[2] = {-3.1, 2.7};
        struct told told = {0, INFINITY};
        struct cvxnn__descent descent;
        f.monitor.user = &told;
        ck_assert_int_eq(descend(&f, which, kinks, NULL, 2, x, &descent), CVXNN_OK);
        ck_assert_int_eq(told.iterations, descent.iterations);
        ck_assert(told.objective == descent.value);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(values_that_are_not_finite_are_stepped_back_from) {
    struct fixture f;
    fixture_open(&f, 1);
    for (int which = 0; which < 3; which += 2) {
        double x[1] = {30};
        struct cvxnn__descent descent;
        ck_assert_int_eq(descend(&f, which, barrier, NULL, 1, x, &descent), CVXNN_OK);
        ck_assert_double_le(fabs(x[0] - 1), 1e-5);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_stationary_start_is_kept) {
    struct fixture f;
    fixture_open(&f, 1);
    for (int which = 0; which < 3; which++) {
        double x[6] = {0, 1, 2, 3, 4, 5};
        struct function function = {0, 0};
        struct cvxnn__descent descent;
        ck_assert_int_eq(descend(&f, which, quadratic, &function, 6, x, &descent), CVXNN_OK);
        ck_assert(descent.value == 0);
        ck_assert_int_le(function.calls, 1);
        for (int k = 0; k < 6; k++) ck_assert(x[k] == k);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_stop_at_any_evaluation_keeps_the_best_point) {
    struct fixture f;
    fixture_open(&f, 1);
    for (int which = 0; which < 3; which++)
        for (int64_t stop = 1; stop < 60; stop++) {
            double x[6] = {1, 1, 1, 1, 1, 1}, g[6], value, start;
            struct function function = {0, stop}, free_running = {0, 0};
            struct cvxnn__descent descent;
            quadratic(&free_running, x, &start, g);
            int32_t status = descend(&f, which, quadratic, &function, 6, x, &descent);
            if (!status) break; /* it was done before */
            ck_assert_int_eq(status, CVXNN_STOPPED_CANCELLED);
            quadratic(&free_running, x, &value, g);
            ck_assert(value == descent.value && value <= start);
        }
    fixture_close(&f);
}
END_TEST

START_TEST(the_iteration_budget_is_kept) {
    struct fixture f;
    fixture_open(&f, 1);
    for (int which = 0; which < 3; which++) {
        double x[6] = {1, 1, 1, 1, 1, 1};
        struct function function = {0, 0};
        struct cvxnn__descent descent = {.context = &f.context,
                                         .evaluate = quadratic,
                                         .argument = &function,
                                         .length = 6,
                                         .decrease = 0,
                                         .max_iterations = 7,
                                         .x = x};
        f.events = 0;
        ck_assert_int_eq(optimizers[which](&descent), CVXNN_STOPPED_ITERATIONS);
        ck_assert_int_eq(descent.iterations, 7);
        ck_assert_int_eq(f.events, 7);
    }
    fixture_close(&f);
}
END_TEST

/* ---- Training ---------------------------------------------------------------------------------- */

enum { LINE_ROWS = 40 };

/* One feature: neurons with u > 0 see the rows with x > 0 alone and the others the rest, so that (NN) falls
 * apart into two problems  min_w  sum_i share_i (x_i w - y_i)^2 / 2 + beta |w|,  solved by soft thresholding.
 */
static double line_optimum(const struct cvxnn__instance *instance, const double *x) {
    double value = 0;
    for (int sign = -1; sign <= 1; sign += 2) {
        double curvature = 0, slope = 0;
        for (int64_t i = 0; i < instance->rows.n; i++) {
            double share = (instance->weights ? instance->weights[i] : 1) / instance->weight_sum;
            if (x[i] * sign <= 0) continue;
            curvature += share * x[i] * x[i];
            slope += share * x[i] * instance->targets[i];
            value += share * instance->targets[i] * instance->targets[i] / 2;
        }
        double size = fmax(0, fabs(slope) - instance->beta);
        if (curvature > 0) value -= size * size / curvature / 2;
    }
    return value;
}

static struct cvxnn__instance line_instance(double *x, double *y, double *weights, double beta) {
    struct cvxnn__instance instance = {.rows = cvxnn__rows_of(LINE_ROWS, 1, x, 1),
                                       .outputs = 1,
                                       .targets = y,
                                       .weights = weights,
                                       .beta = beta};
    normals(20, LINE_ROWS, x), normals(21, LINE_ROWS, y);
    for (int i = 0; i < LINE_ROWS; i++) {
        y[i] += 2 * fabs(x[i]) - x[i];
        weights[i] = i % 4;
        instance.weight_sum += weights[i];
    }
    return instance;
}

static struct cvxnn__train_options options_of(int32_t which) {
    struct cvxnn__train_options options = {
        .optimizer = which, .width = 8, .starts = 3, .seed = 5, .decrease = 1e-12};
    return options;
}

START_TEST(every_optimizer_reaches_the_optimum_on_one_feature) {
    static const double tolerance[] = {1e-8, 1e-7, 1e-10};
    double x[LINE_ROWS], y[LINE_ROWS], weights[LINE_ROWS];
    struct fixture f;
    fixture_open(&f, 1);
    for (int32_t which = 0; which < 3; which++)
        for (int k = 0; k < 4; k++) {
            static const double betas[] = {1e-3, 0.1, 0.5, 1};
            struct cvxnn__instance instance = line_instance(x, y, weights, betas[k]);
            struct cvxnn__train_options options = options_of(which);
            struct cvxnn__network network;
            struct cvxnn__train_report report;
            double optimum = line_optimum(&instance, x), objective;
            int32_t status = cvxnn__train(&f.context, &instance, &options, NULL, &network, &report);
            ck_assert_msg(status == CVXNN_OK || status == CVXNN_STOPPED_ITERATIONS, "%d", (int)status);
            ck_assert_double_le(report.objective, optimum * (1 + tolerance[which]));
            ck_assert_double_ge(report.objective, optimum * (1 - 1e-12));
            ck_assert_int_eq(cvxnn__network_objective(&f.context, &network, &instance, NULL, &objective),
                             CVXNN_OK);
            ck_assert(objective == report.objective);
            ck_assert(network.beta == betas[k] && network.loss == CVXNN_LOSS_SQUARED);
            ck_assert(network.features == 1 && network.bias == CVXNN_BIAS_NONE && !network.scale);
            for (int64_t j = 0; j < network.neurons; j++)
                ck_assert_double_eq_tol(fabs(network.u[j]) / fabs(network.a[j]), 1, 1e-12);
            cvxnn__network_free(&network);
        }
    fixture_close(&f);
}
END_TEST

START_TEST(a_large_beta_gives_the_zero_network) {
    double x[LINE_ROWS], y[LINE_ROWS], weights[LINE_ROWS];
    struct fixture f;
    fixture_open(&f, 1);
    for (int32_t which = 0; which < 3; which++) {
        struct cvxnn__instance instance = line_instance(x, y, weights, 100);
        struct cvxnn__train_options options = options_of(which);
        struct cvxnn__network network;
        struct cvxnn__train_report report;
        double zero = 0;
        for (int i = 0; i < LINE_ROWS; i++) zero += weights[i] * y[i] * y[i] / 2 / instance.weight_sum;
        ck_assert_int_ge(cvxnn__train(&f.context, &instance, &options, NULL, &network, &report), CVXNN_OK);
        ck_assert_double_eq_tol(report.objective, zero, 1e-13 * zero);
        ck_assert_int_eq(network.neurons, 0);
        ck_assert_int_eq(report.best_start, -1);
        cvxnn__network_free(&network);
    }
    fixture_close(&f);
}
END_TEST

enum { N = 600, D = 5 };

static struct cvxnn__instance plane_instance(double *x, double *y) {
    struct cvxnn__instance instance = {
        .rows = cvxnn__rows_of(N, D, x, D), .outputs = 1, .targets = y, .weight_sum = N, .beta = 0.01};
    normals(30, N * D, x), normals(31, N, y);
    for (int i = 0; i < N; i++) y[i] = 0.1 * y[i] + fabs(x[i * D]) - fmax(0, x[i * D + 1] + x[i * D + 2]);
    return instance;
}

START_TEST(training_has_the_same_bits_for_any_number_of_threads) {
    static double x[N * D], y[N];
    struct cvxnn__instance instance = plane_instance(x, y);
    for (int32_t which = 0; which < 3; which++) {
        struct cvxnn__train_options options = options_of(which);
        struct cvxnn__network first;
        struct fixture one;
        struct cvxnn__train_report report;
        options.max_iterations = 60;
        fixture_open(&one, 1);
        ck_assert_int_ge(cvxnn__train(&one.context, &instance, &options, NULL, &first, &report), CVXNN_OK);
        ck_assert_int_gt(first.neurons, 0);
        for (int64_t threads = 2; threads <= 3; threads++) {
            struct cvxnn__network network;
            struct fixture f;
            fixture_open(&f, threads);
            ck_assert_int_ge(cvxnn__train(&f.context, &instance, &options, NULL, &network, &report),
                             CVXNN_OK);
            ck_assert_int_eq(network.neurons, first.neurons);
            ck_assert(!memcmp(network.u, first.u, (size_t)(first.neurons * D) * sizeof(double)));
            ck_assert(!memcmp(network.a, first.a, (size_t)first.neurons * sizeof(double)));
            cvxnn__network_free(&network);
            fixture_close(&f);
        }
        cvxnn__network_free(&first);
        fixture_close(&one);
    }
}
END_TEST

START_TEST(more_starts_are_no_worse_and_the_best_is_named) {
    static double x[N * D], y[N];
    struct cvxnn__instance instance = plane_instance(x, y);
    struct cvxnn__train_options options = options_of(CVXNN_OPTIMIZER_LBFGS);
    struct cvxnn__train_report report;
    struct cvxnn__network network;
    struct fixture f;
    double best = INFINITY;
    int64_t best_start = -1, iterations = 0;
    fixture_open(&f, 1);
    options.max_iterations = 40;
    for (options.starts = 1; options.starts <= 4; options.starts++) {
        ck_assert_int_eq(cvxnn__train(&f.context, &instance, &options, NULL, &network, &report),
                         CVXNN_STOPPED_ITERATIONS);
        ck_assert_double_le(report.objective, best);
        if (report.objective < best) best_start = options.starts - 1;
        best = report.objective;
        ck_assert_int_eq(report.best_start, best_start);
        ck_assert_int_gt(report.iterations, iterations);
        iterations = report.iterations;
        cvxnn__network_free(&network);
    }
    ck_assert_int_eq(iterations, 160);
    ck_assert_int_eq(f.events, 40 * (1 + 2 + 3 + 4));
    fixture_close(&f);
}
END_TEST

START_TEST(starts_are_drawn_as_documented) {
    enum { WIDTH = 8 };
    static double x[N * D], y[N];
    struct cvxnn__instance instance = plane_instance(x, y);
    struct cvxnn__train_options options = options_of(CVXNN_OPTIMIZER_LBFGS);
    struct cvxnn__train_report report;
    struct cvxnn__network network;
    struct fixture f;
    double start[WIDTH * (D + 1)];
    fixture_open(&f, 1);
    cvxnn__normals(options.seed, CVXNN__STREAM_STARTS, 0, WIDTH * (D + 1), start);
    for (int i = 0; i < N; i++) { /* targets that this start fits, so that it is returned as it is */
        y[i] = 0;
        for (int j = 0; j < WIDTH; j++) {
            double z = 0;
            for (int c = 0; c < D; c++) z += x[i * D + c] * start[j * D + c];
            y[i] += fmax(0, z) * start[WIDTH * D + j] / D; /* 1 / sqrt(d) for each layer */
        }
    }
    instance.beta = 1e-9;
    f.monitor.max_seconds = 1e-9;
    ck_assert_int_eq(cvxnn__train(&f.context, &instance, &options, NULL, &network, &report),
                     CVXNN_STOPPED_SECONDS);
    ck_assert_int_eq(report.best_start, 0);
    ck_assert_int_eq(network.neurons, WIDTH);
    for (int j = 0; j < WIDTH; j++)
        for (int c = 0; c < D; c++)
            ck_assert_double_eq_tol(network.u[j * D + c] * network.a[j],
                                    start[j * D + c] * start[WIDTH * D + j] / D, 1e-13);
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

START_TEST(training_from_a_network_never_makes_it_worse) {
    static double x[N * D], y[N];
    struct cvxnn__instance instance = plane_instance(x, y);
    struct fixture f;
    fixture_open(&f, 1);
    for (int32_t which = 0; which < 3; which++) {
        struct cvxnn__train_options options = options_of(CVXNN_OPTIMIZER_LBFGS);
        struct cvxnn__train_report report;
        struct cvxnn__network from, network;
        options.max_iterations = 30;
        ck_assert_int_ge(cvxnn__train(&f.context, &instance, &options, NULL, &from, &report), CVXNN_OK);
        options = options_of(which);
        options.max_iterations = 10;
        for (int round = 0; round < 4; round++) {
            double before = report.objective;
            ck_assert_int_ge(cvxnn__train(&f.context, &instance, &options, &from, &network, &report),
                             CVXNN_OK);
            ck_assert_double_le(report.objective, before);
            cvxnn__network_free(&from);
            from = network;
            if (round == 2) f.monitor.max_seconds = 1e-9; /* nothing is done in the last round */
        }
        f.monitor.max_seconds = 0;
        cvxnn__network_free(&from);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(odd_starts_are_fine_or_refused) {
    static double x[N * D], y[N];
    struct cvxnn__instance instance = plane_instance(x, y);
    struct fixture f;
    fixture_open(&f, 1);
    for (int32_t which = 0; which < 3; which++) {
        struct cvxnn__train_options options = options_of(which);
        struct cvxnn__train_report report;
        struct cvxnn__network from, network;
        ck_assert_int_eq(cvxnn__network_make(&f.context, CVXNN_KIND_RELU, D, CVXNN_BIAS_NONE, 1, 0, &from),
                         CVXNN_OK); /* no neurons */
        ck_assert_int_eq(cvxnn__train(&f.context, &instance, &options, &from, &network, &report), CVXNN_OK);
        ck_assert_int_eq(network.neurons, 0);
        cvxnn__network_free(&from), cvxnn__network_free(&network);
        ck_assert_int_eq(cvxnn__network_make(&f.context, CVXNN_KIND_RELU, D, CVXNN_BIAS_NONE, 1, 2, &from),
                         CVXNN_OK); /* neurons of zeros: stationary */
        memset(from.u, 0, 2 * D * sizeof(double)), memset(from.a, 0, 2 * sizeof(double));
        ck_assert_int_eq(cvxnn__train(&f.context, &instance, &options, &from, &network, &report), CVXNN_OK);
        ck_assert_int_eq(network.neurons, 0);
        cvxnn__network_free(&from), cvxnn__network_free(&network);
        ck_assert_int_eq(
            cvxnn__network_make(&f.context, CVXNN_KIND_RELU, D + 1, CVXNN_BIAS_NONE, 1, 2, &from),
            CVXNN_OK); /* another shape */
        ck_assert_int_eq(cvxnn__train(&f.context, &instance, &options, &from, &network, &report),
                         CVXNN_ERROR_SHAPE);
        cvxnn__network_free(&from);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_callback_may_stop_at_any_event) {
    static double x[N * D], y[N];
    struct cvxnn__instance instance = plane_instance(x, y);
    for (int32_t which = 0; which < 3; which++) {
        double last = INFINITY;
        for (int64_t stop = 1; stop <= 45; stop += 4) {
            struct cvxnn__train_options options = options_of(which);
            struct cvxnn__train_report report;
            struct cvxnn__network network;
            struct fixture f;
            double objective;
            fixture_open(&f, 1);
            options.max_iterations = 20;
            f.stop_at = stop;
            ck_assert_int_eq(cvxnn__train(&f.context, &instance, &options, NULL, &network, &report),
                             CVXNN_STOPPED_CANCELLED);
            ck_assert_int_eq(f.events, stop);
            ck_assert_int_eq(report.iterations, stop);
            ck_assert_int_eq(cvxnn__network_objective(&f.context, &network, &instance, NULL, &objective),
                             CVXNN_OK);
            ck_assert(objective == report.objective);
            ck_assert_double_le(objective, last); /* later stops are no worse */
            last = objective;
            cvxnn__network_free(&network);
            fixture_close(&f);
        }
    }
}
END_TEST

START_TEST(cancelled_or_out_of_time_before_it_began) {
    static double x[N * D], y[N];
    struct cvxnn__instance instance = plane_instance(x, y);
    struct cvxnn__train_options options = options_of(CVXNN_OPTIMIZER_LBFGS);
    struct cvxnn__train_report report;
    struct cvxnn__network network;
    struct fixture f;
    atomic_int cancel = 1;
    fixture_open(&f, 1);
    f.monitor.max_seconds = 1e-9;
    ck_assert_int_eq(cvxnn__train(&f.context, &instance, &options, NULL, &network, &report),
                     CVXNN_STOPPED_SECONDS);
    ck_assert(isfinite(report.objective));
    cvxnn__network_free(&network);
    f.monitor.max_seconds = 0;
    f.monitor.cancel = &cancel;
    ck_assert_int_eq(cvxnn__train(&f.context, &instance, &options, NULL, &network, &report),
                     CVXNN_STOPPED_CANCELLED);
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

START_TEST(extreme_data_are_survived) {
    double x[12], y[4], wide[40];
    struct fixture f;
    fixture_open(&f, 1);
    normals(40, 12, x), normals(41, 4, y), normals(42, 40, wide);
    struct {
        struct cvxnn__rows rows;
        double scale_x, scale_y;
    } cases[] = {{cvxnn__rows_of(4, 3, x, 3), 1e8, 1},   {cvxnn__rows_of(4, 3, x, 3), 1e-16, 1},
                 {cvxnn__rows_of(4, 3, x, 3), 1, 1e8},   {cvxnn__rows_of(4, 3, x, 3), 1, 1e-8},
                 {cvxnn__rows_of(4, 3, x, 3), 0, 1}, /* rows of zeros */
                 {cvxnn__rows_of(4, 3, x, 3), 1, 0}, /* targets of zeros */
                 {cvxnn__rows_of(1, 1, x, 1), 1, 1},     {cvxnn__rows_of(4, 10, wide, 10), 1, 1},
                 {cvxnn__rows_of(4, 3, x, 0), 1, 1}, /* one row four times */
                 {cvxnn__rows_of(4, 3, x, 3), 1e+100, 1}};
    for (int32_t which = 0; which < 3; which++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            double scaled[40], targets[4], zero = 0;
            struct cvxnn__instance instance = {.rows = cases[k].rows,
                                               .outputs = 1,
                                               .targets = targets,
                                               .weight_sum = (double)cases[k].rows.n};
            const double *from = cases[k].rows.values;
            for (int e = 0; e < 40; e++)
                scaled[e] = (e < 12 || from == wide ? from[e] : 0) * cases[k].scale_x;
            for (int i = 0; i < 4; i++) targets[i] = y[i] * cases[k].scale_y;
            for (int i = 0; i < instance.rows.n; i++)
                zero += targets[i] * targets[i] / 2 / instance.weight_sum;
            instance.rows.values = scaled;
            instance.beta = 1e-3 * (cases[k].scale_x > 0 ? cases[k].scale_x : 1);
            struct cvxnn__train_options options = options_of(which);
            struct cvxnn__train_report report;
            struct cvxnn__network network;
            options.max_iterations = 300;
            int32_t status = cvxnn__train(&f.context, &instance, &options, NULL, &network, &report);
            ck_assert_msg(status >= 0, "%d: %s", (int)status, f.context.message);
            ck_assert_double_le(report.objective, zero * (1 + 1e-14));
            cvxnn__network_free(&network);
        }
    fixture_close(&f);
}
END_TEST

START_TEST(an_objective_that_overflows_everywhere_is_an_error) {
    double x[1] = {1}, y[1] = {1e200};
    struct fixture f;
    struct cvxnn__train_options options = options_of(CVXNN_OPTIMIZER_LBFGS);
    struct cvxnn__train_report report;
    struct cvxnn__network network;
    fixture_open(&f, 1);
    struct cvxnn__instance instance = {
        .rows = cvxnn__rows_of(1, 1, x, 1), .outputs = 1, .targets = y, .weight_sum = 1, .beta = 1};
    ck_assert_int_eq(cvxnn__train(&f.context, &instance, &options, NULL, &network, &report),
                     CVXNN_ERROR_NUMERICAL);
    x[0] = 1e200, y[0] = 1; /* only the starts overflow */
    ck_assert_int_eq(cvxnn__train(&f.context, &instance, &options, NULL, &network, &report),
                     CVXNN_STOPPED_PRECISION);
    ck_assert_double_eq_tol(report.objective, 0.5, 1e-15);
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

START_TEST(any_allocation_may_fail) {
    static double x[N * D], y[N];
    struct cvxnn__instance instance = plane_instance(x, y);
    for (int32_t which = 0; which < 3; which++)
        for (int given = 0; given < 2; given++)
            for (int on = 0; on < 2; on++) {
                struct cvxnn__train_options options = options_of(which);
                struct cvxnn__train_report report;
                struct cvxnn__network from, network;
                struct fixture f;
                int64_t k = 1;
                fixture_open(&f, 1);
                options.max_iterations = 3;
                ck_assert_int_ge(cvxnn__train(&f.context, &instance, &options, NULL, &from, &report),
                                 CVXNN_OK);
                int64_t held = f.blocks;
                f.fail_on = on;
                for (;; k++) {
                    f.fail_at = k;
                    int32_t status = cvxnn__train(&f.context, &instance, &options, given ? &from : NULL,
                                                  &network, &report);
                    f.fail_at = 0;
                    if (status >= 0) break;
                    ck_assert_int_eq(status, CVXNN_ERROR_MEMORY);
                    ck_assert_int_eq(f.blocks, held);
                }
                ck_assert_int_gt(k, 15);
                cvxnn__network_free(&network);
                cvxnn__network_free(&from);
                fixture_close(&f);
            }
}
END_TEST

CVXNN_SUITE(gradient) {
    CVXNN_TEST(value_and_gradient_are_those_of_the_definition);
    CVXNN_TEST(the_gradient_is_that_of_finite_differences);
    CVXNN_TEST(rows_on_a_kink_and_rows_of_zeros_give_nothing);
    CVXNN_TEST(sizes_past_the_blas_are_refused);
    CVXNN_TEST(every_optimizer_finds_the_minimum_of_a_quadratic);
    CVXNN_TEST(lbfgs_goes_through_a_curved_valley_quickly);
    CVXNN_TEST(lbfgs_and_adam_settle_on_kinks);
    CVXNN_TEST(lbfgs_goes_to_the_edge_of_a_cliff);
    CVXNN_TEST(events_count_iterations_and_tell_the_best_value);
    CVXNN_TEST(values_that_are_not_finite_are_stepped_back_from);
    CVXNN_TEST(a_stationary_start_is_kept);
    CVXNN_TEST(a_stop_at_any_evaluation_keeps_the_best_point);
    CVXNN_TEST(the_iteration_budget_is_kept);
    CVXNN_TEST(every_optimizer_reaches_the_optimum_on_one_feature);
    CVXNN_TEST(a_large_beta_gives_the_zero_network);
    CVXNN_TEST(training_has_the_same_bits_for_any_number_of_threads);
    CVXNN_TEST(more_starts_are_no_worse_and_the_best_is_named);
    CVXNN_TEST(starts_are_drawn_as_documented);
    CVXNN_TEST(training_from_a_network_never_makes_it_worse);
    CVXNN_TEST(odd_starts_are_fine_or_refused);
    CVXNN_TEST(a_callback_may_stop_at_any_event);
    CVXNN_TEST(cancelled_or_out_of_time_before_it_began);
    CVXNN_TEST(extreme_data_are_survived);
    CVXNN_TEST(an_objective_that_overflows_everywhere_is_an_error);
    CVXNN_TEST(any_allocation_may_fail);
}
