/*
 * The optimisers of the gradient method on functions whose minima are known: quadratics, a curved valley,
 * kinks, a cliff; their events, budgets and stops.
 */
#include <math.h>
#include <stdlib.h>

#include "fixture.h"
#include "gradient/descent.h"

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

CVXNN_SUITE(optimizers) {
    CVXNN_TEST(every_optimizer_finds_the_minimum_of_a_quadratic);
    CVXNN_TEST(lbfgs_goes_through_a_curved_valley_quickly);
    CVXNN_TEST(lbfgs_and_adam_settle_on_kinks);
    CVXNN_TEST(lbfgs_goes_to_the_edge_of_a_cliff);
    CVXNN_TEST(events_count_iterations_and_tell_the_best_value);
    CVXNN_TEST(values_that_are_not_finite_are_stepped_back_from);
    CVXNN_TEST(a_stationary_start_is_kept);
    CVXNN_TEST(a_stop_at_any_evaluation_keeps_the_best_point);
    CVXNN_TEST(the_iteration_budget_is_kept);
}
