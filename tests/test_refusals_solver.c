/* Bad arguments to what solves: solvers and paths; and every call from within a callback. See refusals.h. */
#include "refusals.h"

/* ---- Solver ---- */

START_TEST(gates_and_start) {
    double gates[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const int32_t row = CVXNN_ROW_MAJOR;
    struct out *o = &w.out;
    open_world();
    ck_assert_int_eq(cvxnn_solver_set_gates(w.solver, 4, D, gates, D, row), CVXNN_OK);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_gates(NULL, 4, D, gates, D, row));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_gates(w.solver, 4, D, NULL, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, -1, D, gates, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, 4, 0, gates, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, 4, -2, gates, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, 4, D, gates, D - 1, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, 4, D, gates, 3, CVXNN_COLUMN_MAJOR));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, 4, D, gates, D, -1));
    for (int h = 0; h < 3; h++) {
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, HUGE_COUNTS[h], D, gates, D, row));
        REFUSED(CVXNN_ERROR_SHAPE,
                cvxnn_solver_set_gates(w.solver, 2, HUGE_COUNTS[h], gates, HUGE_COUNTS[h], row));
    }
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_directions(NULL, 4, D, gates, D, row));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_directions(w.solver, 4, D, NULL, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_directions(w.solver, -1, D, gates, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_directions(w.solver, 4, 0, gates, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_directions(w.solver, 4, D, gates, D - 1, row));
    gates[7] = NAN;
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_solver_set_gates(w.solver, 4, D, gates, D, row));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_solver_set_directions(w.solver, 4, D, gates, D, row));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_start(NULL, w.relu));
    REFUSED(CVXNN_ERROR_UNSUPPORTED, cvxnn_solver_set_start(w.solver, w.gated));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_set_start(w.solver, w.empty));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_callback(NULL, NULL, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_cancel(NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_compute_beta_max(NULL, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_compute_beta_max(w.solver, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_compute_beta_max(w.idle, &o->value));
    close_world();
}
END_TEST

START_TEST(solving) {
    double wide[3] = {1, 2, 3};
    struct out *o = &w.out;
    open_world();
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_solve(NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_solve(w.idle));
    ck_assert_int_eq(cvxnn_problem_set_data(w.bare, N, D, w.x, D, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_solve(w.idle)); /* no targets */
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_compute_beta_max(w.idle, &o->value));
    ck_assert_int_eq(cvxnn_problem_set_targets(w.bare, N, 1, w.y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(w.idle, CVXNN_OPTION_METHOD, CVXNN_METHOD_GATED), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_gates(w.idle, 1, 3, wide, 3, CVXNN_ROW_MAJOR), CVXNN_OK);
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_solve(w.idle)); /* the gates' columns */
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_compute_beta_max(w.idle, &o->value));
    /* a start that does not fit */
    cvxnn_model *odd;
    ck_assert_int_eq(cvxnn_model_create(&odd), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_weights(odd, 3, CVXNN_BIAS_NONE, 1, 1, wide, 3, wide, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_start(w.solver, odd), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(w.solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_GRADIENT), CVXNN_OK);
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_solve(w.solver));
    cvxnn_model_free(odd);
    close_world();
}
END_TEST

START_TEST(results) {
    struct out *o = &w.out;
    open_world();
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_info_int(NULL, CVXNN_INFO_ACTIVE, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_info_double(NULL, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_info_int(w.solver, CVXNN_INFO_ACTIVE, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_info_double(w.solver, CVXNN_INFO_BETA, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_info_int(w.idle, CVXNN_INFO_STATUS, &o->count));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_info_double(w.idle, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_solver_info_int(w.solver, CVXNN_INFO_BETA, &o->count));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_solver_info_double(w.solver, CVXNN_INFO_ACTIVE, &o->value));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_solver_info_int(w.solver, CVXNN_OPTION_SEED, &o->count));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_solver_info_double(w.solver, -1, &o->value));
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_solver_info_double(w.solver, CVXNN_INFO_LOWER_BOUND, &o->value));
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_solver_info_int(w.solver, CVXNN_INFO_BEST_START, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_model(NULL, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_model(w.solver, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_get_model(w.idle, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_dual(NULL, N, o->numbers));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_dual(w.solver, N, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_get_dual(w.idle, N, o->numbers));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_get_dual(w.solver, N - 1, o->numbers));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_get_dual(w.solver, -1, o->numbers));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_sharpness(NULL, N, o->numbers));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_sharpness(w.solver, N, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_get_sharpness(w.idle, N, o->numbers));
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_solver_get_sharpness(w.solver, N, o->numbers)); /* gated */
    close_world();
}
END_TEST

/* ---- Path ---- */

START_TEST(path_grid_and_folds) {
    static const double rising[] = {0.1, 0.2}, level[] = {0.1, 0.1}, zero[] = {0.1, 0}, bad[] = {NAN};
    static const int64_t below[N] = {-2, 0, 0, 0, 0, 1}, gap[N] = {0, 0, 2, 2, -1, -1}, all[N] = {0},
                         none[N] = {-1, -1, -1, -1, -1, -1}, above[N] = {0, 0, 0, 0, 0, N}, good[N] = {0, 1};
    struct out *o = &w.out;
    open_world();
    cvxnn_path_free(NULL);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_create(NULL, &o->path));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_create(w.solver, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_create_with(NULL, NULL, NULL, NULL, NULL, &o->path));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_create_with(w.solver, NULL, NULL, NULL, NULL, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_create_with(w.solver, take, NULL, drop, NULL, &o->path));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_message(NULL, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_message(w.path, NULL, 9, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_message(w.path, o->text, -1, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_betas(NULL, 2, rising));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_betas(w.path, 2, NULL));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_set_betas(w.path, -1, rising));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_set_betas(w.path, 2, rising));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_set_betas(w.path, 2, level));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_set_betas(w.path, 2, zero));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_set_betas(w.path, 1, bad));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_folds(NULL, N, good));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_folds(w.path, N, NULL));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_set_folds(w.path, -1, good));
    const int64_t *wrong[] = {below, gap, all, none, above};
    for (int k = 0; k < 5; k++) REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_set_folds(w.path, N, wrong[k]));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_callback(NULL, NULL, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_cancel(NULL));
    close_world();
}
END_TEST

START_TEST(path_runs) {
    static const int64_t short_by_one[N - 1] = {0, 1}, first[N] = {0, -1, -1, -1, -1, -1};
    static const double weight[N] = {1}, zeros[N] = {0};
    static const double betas[] = {0.1};
    open_world();
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_run(NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_run(w.untrodden));
    ck_assert_int_eq(cvxnn_path_set_double(w.path, CVXNN_OPTION_HOLDOUT, 0.5), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_run(w.path)); /* folds as well */
    ck_assert_int_eq(cvxnn_path_set_double(w.path, CVXNN_OPTION_HOLDOUT, 0), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_FOLDS, 1), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_run(w.path));
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_FOLDS, N + 1), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_run(w.path));
    ck_assert_int_eq(cvxnn_path_set_folds(w.path, N - 1, short_by_one), CVXNN_OK);
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_run(w.path));
    ck_assert_int_eq(cvxnn_path_set_folds(w.path, N, first), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_weights(w.problem, N, weight), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_run(w.path)); /* no weight is left without that row */
    ck_assert_int_eq(cvxnn_problem_set_weights(w.problem, N, NULL), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_folds(w.path, 0, NULL), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_reset_options(w.path), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_POINTS, 10000), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(w.problem, N, 1, zeros, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_run(w.path)); /* beta_max is 0 */
    ck_assert_int_eq(cvxnn_path_set_betas(w.path, 1, betas), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_run(w.path), CVXNN_OK);
    close_world();
}
END_TEST

START_TEST(path_results) {
    struct out *o = &w.out;
    int64_t fold[N];
    open_world();
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_count(NULL, &o->count, &o->least));
    ck_assert_int_eq(cvxnn_path_count(w.path, NULL, NULL), CVXNN_OK);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_info_int(NULL, 0, CVXNN_INFO_NEURONS, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_info_int(w.path, 0, CVXNN_INFO_NEURONS, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_info_double(NULL, 0, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_info_double(w.path, 0, CVXNN_INFO_BETA, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_fold_int(NULL, 0, 0, CVXNN_INFO_NEURONS, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_fold_int(w.path, 0, 0, CVXNN_INFO_NEURONS, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_fold_double(NULL, 0, 0, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_fold_double(w.path, 0, 0, CVXNN_INFO_BETA, NULL));
    static const int64_t points[] = {-1, 3, INT64_MAX, INT64_MIN}, folds[] = {-1, 2, INT64_MAX, INT64_MIN};
    for (int k = 0; k < 4; k++) {
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_info_int(w.path, points[k], CVXNN_INFO_NEURONS, &o->count));
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_info_double(w.path, points[k], CVXNN_INFO_BETA, &o->value));
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_fold_int(w.path, 0, folds[k], CVXNN_INFO_NEURONS, &o->count));
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_fold_double(w.path, 0, folds[k], CVXNN_INFO_BETA, &o->value));
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_get_model(w.path, points[k], &o->model));
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_get_fold_model(w.path, 0, folds[k], &o->model));
    }
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_info_int(w.untrodden, 0, CVXNN_INFO_NEURONS, &o->count));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_info_double(w.untrodden, 0, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_path_info_int(w.path, 0, CVXNN_INFO_BETA, &o->count));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_path_info_double(w.path, 0, CVXNN_INFO_NEURONS, &o->value));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_path_fold_int(w.path, 0, 0, CVXNN_INFO_BETA, &o->count));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_path_fold_double(w.path, 0, 0, -1, &o->value));
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_path_info_int(w.path, 0, CVXNN_INFO_FOLD, &o->count));
    REFUSED(CVXNN_ERROR_UNAVAILABLE,
            cvxnn_path_info_double(w.path, 0, CVXNN_INFO_LOWER_BOUND, &o->value)); /* of a gated network */
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_model(NULL, 0, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_model(w.path, 0, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_get_model(w.untrodden, 0, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_fold_model(NULL, 0, 0, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_fold_model(w.path, 0, 0, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_folds(NULL, N, fold));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_folds(w.path, N, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_get_folds(w.untrodden, N, fold));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_get_folds(w.path, N + 1, fold));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_best(NULL, &o->count, &o->least));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_best(w.untrodden, &o->count, &o->least));
    ck_assert_int_eq(cvxnn_path_best(w.path, NULL, NULL), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_FOLDS, 0), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_run(w.path), CVXNN_OK);
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_path_best(w.path, &o->count, &o->least));
    close_world();
}
END_TEST

/* ---- From within a callback: whatever would use the solver, or change its problem, is BUSY ---- */

static int busy_seen;

static int32_t use_everything(const cvxnn_event *event, void *user) {
    struct out *o = &w.out;
    static const double gate[D] = {1, 1};
    (void)user;
    const int32_t outcomes[] = {
        cvxnn_solver_solve(w.solver),
        cvxnn_solver_set_int(w.solver, CVXNN_OPTION_SEED, 9),
        cvxnn_solver_set_double(w.solver, CVXNN_OPTION_STEP, 1),
        cvxnn_solver_get_int(w.solver, CVXNN_OPTION_SEED, &o->count),
        cvxnn_solver_get_double(w.solver, CVXNN_OPTION_STEP, &o->value),
        cvxnn_solver_reset_options(w.solver),
        cvxnn_solver_set_gates(w.solver, 1, D, gate, D, CVXNN_ROW_MAJOR),
        cvxnn_solver_set_start(w.solver, NULL),
        cvxnn_solver_set_directions(w.solver, 1, D, gate, D, CVXNN_ROW_MAJOR),
        cvxnn_solver_set_callback(w.solver, NULL, NULL),
        cvxnn_solver_compute_beta_max(w.solver, &o->value),
        cvxnn_solver_info_int(w.solver, CVXNN_INFO_STATUS, &o->count),
        cvxnn_solver_info_double(w.solver, CVXNN_INFO_BETA, &o->value),
        cvxnn_solver_get_model(w.solver, &o->model),
        cvxnn_solver_get_dual(w.solver, N, o->numbers),
        cvxnn_solver_get_sharpness(w.solver, N, o->numbers),
        cvxnn_problem_set_data(w.problem, N, D, w.x, D, CVXNN_ROW_MAJOR, CVXNN_COPY),
        cvxnn_problem_set_targets(w.problem, N, 1, w.y, 1, CVXNN_ROW_MAJOR),
        cvxnn_problem_set_weights(w.problem, N, NULL),
        cvxnn_problem_set_int(w.problem, CVXNN_OPTION_BIAS, 1),
        cvxnn_problem_set_double(w.problem, CVXNN_OPTION_BETA, 1),
        cvxnn_problem_reset_options(w.problem),
    };
    for (size_t k = 0; k < sizeof outcomes / sizeof *outcomes; k++)
        ck_assert_msg(outcomes[k] == CVXNN_ERROR_BUSY, "call %d: %s", (int)k, cvxnn_status_name(outcomes[k]));
    ck_assert_int_eq(cvxnn_event_kind(NULL, &o->code), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_kind(event, NULL), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_get_int(NULL, CVXNN_INFO_ITERATIONS, &o->count), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_get_int(event, CVXNN_INFO_ITERATIONS, NULL), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_get_int(event, CVXNN_INFO_SECONDS, &o->count), CVXNN_ERROR_KEY);
    ck_assert_int_eq(cvxnn_event_get_int(event, CVXNN_INFO_THREADS, &o->count), CVXNN_ERROR_UNAVAILABLE);
    ck_assert_int_eq(cvxnn_event_get_double(NULL, CVXNN_INFO_SECONDS, &o->value), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_get_double(event, CVXNN_INFO_SECONDS, NULL), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_get_double(event, CVXNN_INFO_ACTIVE, &o->value), CVXNN_ERROR_KEY);
    ck_assert_int_eq(cvxnn_event_get_double(event, CVXNN_INFO_BETA_MAX, &o->value), CVXNN_ERROR_UNAVAILABLE);
    ck_assert(!memcmp(&w.out, &w.fresh, sizeof w.out));
    int64_t n; /* reading the problem is allowed */
    ck_assert(!cvxnn_problem_get_shape(w.problem, &n, NULL, NULL) && n == N);
    busy_seen++;
    return 0;
}

START_TEST(within_a_callback) {
    double objective[2];
    for (int nosy = 0; nosy < 2; nosy++) {
        open_world();
        ck_assert_int_eq(cvxnn_solver_set_int(w.solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_DECOMPOSE),
                         CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_set_callback(w.solver, nosy ? use_everything : NULL, NULL), CVXNN_OK);
        ck_assert_int_ge(cvxnn_solver_solve(w.solver), 0);
        ck_assert_int_eq(cvxnn_solver_info_double(w.solver, CVXNN_INFO_OBJECTIVE, &objective[nosy]),
                         CVXNN_OK);
        close_world();
    }
    ck_assert_int_gt(busy_seen, 2);
    ck_assert(objective[0] == objective[1]);
}
END_TEST

CVXNN_SUITE(refusals_solver) {
    CVXNN_TEST(gates_and_start);
    CVXNN_TEST(solving);
    CVXNN_TEST(results);
    CVXNN_TEST(path_grid_and_folds);
    CVXNN_TEST(path_runs);
    CVXNN_TEST(path_results);
    CVXNN_TEST(within_a_callback);
}
