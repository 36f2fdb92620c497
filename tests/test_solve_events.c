/*
 * What a solve tells on its way, and what it leaves where it is stopped: by its callback, by cancel or by a
 * budget. And a solver whose problem changes packs no pattern again.
 */
#include <math.h>

#include "solve_plain.h"

/* ---- Events ---- */

enum { LISTED = 9 };
static const int32_t CARRIED[LISTED] = {
    CVXNN_INFO_SECONDS,     CVXNN_INFO_ITERATIONS,       CVXNN_INFO_PATTERNS,
    CVXNN_INFO_ACTIVE,      CVXNN_INFO_NEURONS,          CVXNN_INFO_OBJECTIVE,
    CVXNN_INFO_LOWER_BOUND, CVXNN_INFO_CONVEX_OBJECTIVE, CVXNN_INFO_RELATIVE_GAP};

/* By kind and method, what the header lists, in the order of CARRIED: y must be there, ? may, - may not. */
static const char *listed(int32_t kind, int64_t method) {
    switch (kind) {
    case CVXNN_EVENT_PATTERNS:
        return "y-y------";
    case CVXNN_EVENT_CONVEX:
        return method == CVXNN_METHOD_RELU     ? "yy-y---y-"
               : method == CVXNN_METHOD_SEARCH ? "yy?y---y?"
                                               : "yyyy---yy";
    case CVXNN_EVENT_DECOMPOSE:
        return "y--y?----";
    case CVXNN_EVENT_GRADIENT:
        return "yy---y---";
    }
    ck_assert_int_eq(kind, CVXNN_EVENT_BOUND);
    return "yy----y--";
}

struct seen {
    int64_t method;
    int kinds[5];
};

static int32_t check_event(const cvxnn_event *event, void *user) {
    struct seen *seen = user;
    int32_t kind;
    ck_assert_int_eq(cvxnn_event_kind(event, &kind), CVXNN_OK);
    const char *list = listed(kind, seen->method);
    for (int k = 0; k < LISTED; k++) {
        int64_t count;
        double value;
        int32_t status = cvxnn_event_get_int(event, CARRIED[k], &count);
        if (status == CVXNN_ERROR_KEY) status = cvxnn_event_get_double(event, CARRIED[k], &value);
        ck_assert_msg(list[k] == '?' || status == (list[k] == 'y' ? CVXNN_OK : CVXNN_ERROR_UNAVAILABLE),
                      "event %d, method %d, %s", kind, (int)seen->method, cvxnn_name_of(CARRIED[k]));
    }
    seen->kinds[kind - CVXNN_EVENT_PATTERNS]++;
    return 0;
}

START_TEST(events_carry_what_the_header_lists) {
    int kinds[5] = {0};
    for (int64_t method = CVXNN_METHOD_GATED; method <= CVXNN_METHOD_GRADIENT; method++) {
        struct made made;
        struct seen seen = {.method = method};
        solve_make(&made, 0, method);
        ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, check_event, &seen), CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_MAX_ITERATIONS, 20), CVXNN_OK);
        ck_assert_int_ge(cvxnn_solver_solve(made.solver), 0);
        for (int k = 0; k < 5; k++) kinds[k] += seen.kinds[k];
        solve_drop(&made);
    }
    for (int k = 0; k < 5; k++) ck_assert_int_gt(kinds[k], 0);
}
END_TEST

/* ---- Stops ---- */

struct stopping {
    int events, at, use_cancel, packed;
    cvxnn_solver *solver;
};

static int32_t stop_here(const cvxnn_event *event, void *user) {
    struct stopping *stop = user;
    int32_t kind;
    ck_assert_int_eq(cvxnn_event_kind(event, &kind), CVXNN_OK);
    stop->packed += kind == CVXNN_EVENT_PATTERNS;
    if (++stop->events != stop->at) return 0;
    if (!stop->use_cancel) return 1;
    ck_assert_int_eq(cvxnn_solver_cancel(stop->solver), CVXNN_OK);
    return 0;
}

/* The gap of the gated network, from its own objective. */
static void check_gap(const cvxnn_solver *solver) {
    double p = solver_real(solver, CVXNN_INFO_OBJECTIVE), dual = solver_real(solver, CVXNN_INFO_CONVEX_DUAL);
    ck_assert(p == solver_real(solver, CVXNN_INFO_CONVEX_OBJECTIVE) && p > 0 && dual >= 0);
    ck_assert(solver_real(solver, CVXNN_INFO_RELATIVE_GAP) == fmax(p - dual, 0) / p);
}

/* Whatever stopped it: the numbers are those of the network that is there, and it predicts. */
static void check_stopped(struct made *made) {
    cvxnn_model *model;
    double f[SOLVE_N];
    int64_t method, kind;
    made->plain.beta = solver_real(made->solver, CVXNN_INFO_BETA);
    ck_assert_int_eq(cvxnn_solver_get_model(made->solver, &model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_get_int(made->solver, CVXNN_OPTION_METHOD, &method), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_KIND, &kind), CVXNN_OK);
    ck_assert_int_eq(kind, method == CVXNN_METHOD_GATED ? CVXNN_KIND_GATED : CVXNN_KIND_RELU);
    if (method == CVXNN_METHOD_GATED) check_gap(made->solver);
    ck_assert(is_near(solve_objective(&made->plain, model, NULL),
                      solver_real(made->solver, CVXNN_INFO_OBJECTIVE), 1e-12));
    ck_assert_int_eq(cvxnn_model_predict(model, SOLVE_N, SOLVE_D, made->x, SOLVE_D, CVXNN_ROW_MAJOR, f, 1),
                     CVXNN_OK);
    cvxnn_model_free(model);
}

/* At the first events, and at fewer and fewer of the many like ones that follow. */
START_TEST(cancelled_at_any_event) {
    for (int m = 0; m < SOLVE_METHODS; m++) {
        for (int at = 1;; at += (int)cvxnn_test_size(at / 4 + 1, 5 * at)) {
            struct made made;
            solve_make(&made, 0, solve_methods[m]);
            struct stopping stop = {.at = at, .use_cancel = at % 2, .solver = made.solver};
            ck_assert_int_eq(cvxnn_problem_set_double(made.problem, CVXNN_OPTION_BETA, 0.05), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, stop_here, &stop), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_MAX_ITERATIONS, 12), CVXNN_OK);
            int32_t status = cvxnn_solver_solve(made.solver);
            if (stop.events < at) {
                solve_drop(&made);
                break;
            }
            ck_assert_msg(status == CVXNN_STOPPED_CANCELLED || stop.events == at, "method %d, event %d: %s",
                          m, at, cvxnn_status_name(status));
            ck_assert_int_ge(status, 0);
            check_stopped(&made);
            if (at < 4) { /* used up: the next solve runs through */
                ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, NULL, NULL), CVXNN_OK);
                ck_assert_int_ne(cvxnn_solver_solve(made.solver), CVXNN_STOPPED_CANCELLED);
            }
            solve_drop(&made);
        }
    }
}
END_TEST

START_TEST(budgets_stop_with_a_true_result) {
    for (int m = 0; m < SOLVE_METHODS; m++) {
        struct made made;
        solve_make(&made, 0, solve_methods[m]);
        ck_assert_int_eq(cvxnn_problem_set_double(made.problem, CVXNN_OPTION_BETA, 0.01), CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_MAX_SECONDS, 1e-9), CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_STOPPED_SECONDS);
        check_stopped(&made);
        ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_MAX_SECONDS, 0), CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_TOLERANCE, 1e-12), CVXNN_OK);
        for (int64_t budget = 1; budget <= cvxnn_test_size(3, 1); budget++) {
            ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_MAX_ITERATIONS, budget),
                             CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_STOPPED_ITERATIONS);
            check_stopped(&made);
        }
        ck_assert_int_eq(cvxnn_solver_cancel(made.solver), CVXNN_OK); /* before it begins */
        ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_STOPPED_CANCELLED);
        check_stopped(&made);
        solve_drop(&made);
    }
}
END_TEST

/* Stopped at its k-th event there is no beta_max, and none that looks like one; then there is. */
START_TEST(beta_max_may_be_stopped) {
    struct made made;
    solve_make(&made, 0, CVXNN_METHOD_GATED);
    struct stopping stop = {.at = 1, .solver = made.solver};
    double beta_max = 1;
    ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, stop_here, &stop), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_compute_beta_max(made.solver, &beta_max), CVXNN_STOPPED_CANCELLED);
    ck_assert(isnan(beta_max));
    ck_assert_int_eq(cvxnn_solver_compute_beta_max(made.solver, &beta_max), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
    ck_assert(beta_max == solver_real(made.solver, CVXNN_INFO_BETA_MAX));
    solve_drop(&made);
}
END_TEST

/* ---- One solver, changing problems ---- */

/* New beta, targets, weights: no pattern is packed again, and the optimum is that of a solver made for it. */
START_TEST(changes_keep_the_patterns) {
    struct made made, fresh;
    solve_make(&made, 0, CVXNN_METHOD_GATED);
    struct stopping stop = {.at = -1, .solver = made.solver};
    ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, stop_here, &stop), CVXNN_OK);
    double y[SOLVE_N], s[SOLVE_N];
    int first = 0;
    for (int i = 0; i < SOLVE_N; i++) y[i] = solve_wave(300 + i), s[i] = 1 + i % 5;
    for (int change = 0; change < 5; change++) {
        solve_make(&fresh, 0, CVXNN_METHOD_GATED);
        for (int k = 0; k < 2; k++) {
            cvxnn_problem *p = k ? fresh.problem : made.problem;
            if (change > 0) ck_assert_int_eq(cvxnn_problem_set_double(p, CVXNN_OPTION_BETA, 0.02), CVXNN_OK);
            if (change > 1)
                ck_assert_int_eq(cvxnn_problem_set_targets(p, SOLVE_N, 1, y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
            if (change > 2) ck_assert_int_eq(cvxnn_problem_set_weights(p, SOLVE_N, s), CVXNN_OK);
            if (change > 3) ck_assert_int_eq(cvxnn_problem_set_weights(p, SOLVE_N, NULL), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_solve(k ? fresh.solver : made.solver), CVXNN_OK);
        }
        if (change == 0) first = stop.packed; /* packing may report more than once */
        ck_assert(first > 0 && stop.packed == first);
        ck_assert(is_near(solver_real(made.solver, CVXNN_INFO_OBJECTIVE),
                          solver_real(fresh.solver, CVXNN_INFO_OBJECTIVE), 2e-6));
        ck_assert(solver_real(made.solver, CVXNN_INFO_BETA_MAX) ==
                  solver_real(fresh.solver, CVXNN_INFO_BETA_MAX));
        solve_drop(&fresh);
    }
    ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_SEED, 9), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
    ck_assert_int_gt(stop.packed, first);
    solve_drop(&made);
}
END_TEST

CVXNN_SUITE(solve_events) {
    CVXNN_TEST(events_carry_what_the_header_lists);
    CVXNN_TEST(cancelled_at_any_event);
    CVXNN_TEST(budgets_stop_with_a_true_result);
    CVXNN_TEST(beta_max_may_be_stopped);
    CVXNN_TEST(changes_keep_the_patterns);
}
