/*
 * Gradient training from starts to a network: the optimum on one feature, which an independent search knows,
 * starts as they are documented, stops, extreme data, failing memory.
 */
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "fixture.h"
#include "gradient/objective.h"
#include "gradient/train.h"

enum { STREAM = CVXNN__STREAM_BENCH + 43, LINE_ROWS = 40 };

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
    cvxnn__normals(11, STREAM, 20, LINE_ROWS, x), cvxnn__normals(11, STREAM, 21, LINE_ROWS, y);
    for (int i = 0; i < LINE_ROWS; i++) {
        y[i] += 2 * fabs(x[i]) - x[i];
        weights[i] = i % 4;
    }
    return instance_of(LINE_ROWS, 1, x, y, weights, beta);
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
    cvxnn__normals(11, STREAM, 30, N * D, x), cvxnn__normals(11, STREAM, 31, N, y);
    for (int i = 0; i < N; i++) y[i] = 0.1 * y[i] + fabs(x[i * D]) - fmax(0, x[i * D + 1] + x[i * D + 2]);
    return instance_of(N, D, x, y, NULL, 0.01);
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
    cvxnn__normals(11, STREAM, 40, 12, x), cvxnn__normals(11, STREAM, 41, 4, y),
        cvxnn__normals(11, STREAM, 42, 40, wide);
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
    struct cvxnn__instance instance = instance_of(1, 1, x, y, NULL, 1);
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

CVXNN_SUITE(training) {
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
