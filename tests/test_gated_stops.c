/* The gated program when it is stopped, wherever that is, and when memory runs out. */
#include <math.h>

#include "gated_plain.h"

START_TEST(no_tolerance_ends_at_the_limit_of_precision) {
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct fixture f;
        struct plain plain;
        struct cvxnn__gated solution;
        fixture_open(&f, 1);
        plain_make(&plain, &f, 50, 4, 30, seed == 3 ? 1e-4 : 0.05, seed);
        int32_t status = cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 0, NULL, &solution);
        ck_assert(status == CVXNN_OK || status == CVXNN_STOPPED_PRECISION);
        plain_check(&plain, &solution, 1e-10, 1e-3);
        cvxnn__gated_free(&solution);
        plain_drop(&plain);
        fixture_close(&f);
    }
}
END_TEST

START_TEST(budgets_keep_the_best) {
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated solution;
    double *nu, last = INFINITY;
    fixture_open(&f, 1);
    plain_make(&plain, &f, 100, 5, 80, 0.01, 4);
    nu = malloc((size_t)plain.n * sizeof *nu);
    for (int64_t most = 1; most < 6; most++) {
        f.monitor.max_iterations = most;
        ck_assert_int_eq(
            cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-9, NULL, &solution),
            CVXNN_STOPPED_ITERATIONS);
        ck_assert_int_eq(solution.iterations, most);
        ck_assert_double_le(solution.objective, last);
        last = solution.objective;
        plain_check(&plain, &solution, 1, INFINITY);
        cvxnn__gated_free(&solution);
    }
    f.monitor.max_iterations = 0;
    f.monitor.start -= 10;
    f.monitor.max_seconds = 5;
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-9, NULL, &solution),
                     CVXNN_STOPPED_SECONDS);
    plain_check(&plain, &solution, 1, INFINITY);
    cvxnn__gated_free(&solution);
    free(nu);
    plain_drop(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(cancelled_at_every_event) {
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated solution;
    fixture_open(&f, 1);
    plain_make(&plain, &f, 100, 5, 80, 0.01, 4);
    double last = INFINITY;
    for (int64_t k = 1;; k++) {
        f.events = 0;
        f.stop_at = k;
        f.monitor.stopped = 0;
        int32_t status = cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-8, NULL,
                                            &solution);
        /* the last event comes with the tolerance reached: either answer is true then */
        ck_assert(status == CVXNN_STOPPED_CANCELLED || (status == CVXNN_OK && f.events < k));
        ck_assert_double_le(solution.objective, last * (1 + 1e-15));
        last = solution.objective;
        plain_check(&plain, &solution, 1, INFINITY);
        cvxnn__gated_free(&solution);
        if (status == CVXNN_OK) break;
    }
    atomic_int cancel;
    atomic_init(&cancel, 1);
    f.monitor.stopped = 0;
    f.monitor.cancel = &cancel;
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-8, NULL, &solution),
                     CVXNN_STOPPED_CANCELLED);
    cvxnn__gated_free(&solution);
    plain_drop(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(failing_memory_leaves_nothing) {
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated solution, start;
    fixture_open(&f, 1);
    plain_make(&plain, &f, cvxnn_test_size(60, 20), 3, cvxnn_test_size(40, 12), 0.05, 4);
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-2, NULL, &start),
                     CVXNN_OK);
    for (int on_and_on = 0; on_and_on < 2; on_and_on++) {
        int32_t status = CVXNN_ERROR_MEMORY;
        int64_t blocks = f.blocks, k = 0;
        while (status) {
            f.fail_at = ++k;
            f.fail_on = on_and_on;
            double beta_max;
            status = cvxnn__gated_beta_max(&f.context, &plain.instance, &plain.patterns, &beta_max);
            if (!status)
                status = cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-5, &start,
                                            &solution);
            ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_MEMORY);
            if (!status) cvxnn__gated_free(&solution);
            ck_assert_int_eq(f.blocks, blocks);
        }
        ck_assert_int_gt(k, 20);
        f.fail_at = 0;
    }
    cvxnn__gated_free(&start);
    plain_drop(&plain);
    fixture_close(&f);
}
END_TEST

CVXNN_SUITE(gated_stops) {
    CVXNN_TEST(no_tolerance_ends_at_the_limit_of_precision);
    CVXNN_TEST(budgets_keep_the_best);
    CVXNN_TEST(cancelled_at_every_event);
    CVXNN_TEST(failing_memory_leaves_nothing);
}
