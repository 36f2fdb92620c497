/* The world that refusals must not change. See refusals.h. */
#include "refusals.h"

struct world w;

/* ---- Everything that can be seen from outside, as one text ---- */

static char *add(char *at, const char *format, double value) {
    return at + snprintf(at, 64, format, value);
}

static char *add_options(char *at, cvxnn_problem *problem, cvxnn_solver *solver,
                         cvxnn_certificate *certificate, cvxnn_path *path) {
    int32_t key;
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_OPTION, k, &key); k++) {
        int64_t count = -1;
        double value = -1;
        if (problem)
            cvxnn_problem_get_int(problem, key, &count), cvxnn_problem_get_double(problem, key, &value);
        if (solver) cvxnn_solver_get_int(solver, key, &count), cvxnn_solver_get_double(solver, key, &value);
        if (certificate)
            cvxnn_certificate_get_int(certificate, key, &count),
                cvxnn_certificate_get_double(certificate, key, &value);
        if (path) cvxnn_path_get_int(path, key, &count), cvxnn_path_get_double(path, key, &value);
        at = add(add(at, "%a ", (double)count), "%a ", value);
    }
    return at;
}

static char *add_model(char *at, cvxnn_model *model) {
    int64_t needed = 0;
    if (cvxnn_model_write(model, NULL, 0, &needed)) return add(at, "empty%g\n", 0);
    ck_assert_int_lt(needed, TEXT);
    ck_assert_int_eq(cvxnn_model_write(model, at, TEXT, &needed), CVXNN_OK);
    return at + needed;
}

static char *add_certificate(char *at, cvxnn_certificate *certificate) {
    int64_t needed = 0, count;
    int32_t key;
    double value;
    at = add_options(at, NULL, NULL, certificate, NULL);
    if (cvxnn_certificate_write(certificate, NULL, 0, &needed)) return add(at, "empty%g\n", 0);
    ck_assert_int_lt(needed, TEXT);
    ck_assert_int_eq(cvxnn_certificate_write(certificate, at, TEXT, &needed), CVXNN_OK);
    at += needed;
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_INFO, k, &key); k++) {
        if (!cvxnn_certificate_info_int(certificate, key, &count)) at = add(at, "%g ", (double)count);
        if (!cvxnn_certificate_info_double(certificate, key, &value)) at = add(at, "%a ", value);
    }
    return at;
}

/* What a path found: its results, folds and networks. */
static char *add_path(char *at, cvxnn_path *path) {
    int64_t points = -1, folds = -1, fold[N], count;
    int32_t key;
    double value;
    at = add_options(at, NULL, NULL, NULL, path);
    ck_assert_int_eq(cvxnn_path_count(path, &points, &folds), CVXNN_OK);
    at = add(add(at, "%g ", (double)points), "%g ", (double)folds);
    if (points > 0) ck_assert_int_eq(cvxnn_path_get_folds(path, N, fold), CVXNN_OK);
    for (int i = 0; points > 0 && i < N; i++) at = add(at, "%g ", (double)fold[i]);
    for (int64_t p = 0; p < points; p++)
        for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_INFO, k, &key); k++) {
            if (!cvxnn_path_info_int(path, p, key, &count)) at = add(at, "%g ", (double)count);
            if (!cvxnn_path_info_double(path, p, key, &value)) at = add(at, "%a ", value);
        }
    return at;
}

void portray(char *at) {
    int64_t shape[3], count;
    int32_t key;
    double value;
    cvxnn_problem *problems[] = {w.problem, w.bare};
    for (int p = 0; p < 2; p++) {
        at = add_options(at, problems[p], NULL, NULL, NULL);
        ck_assert_int_eq(cvxnn_problem_get_shape(problems[p], shape, shape + 1, shape + 2), CVXNN_OK);
        for (int k = 0; k < 3; k++) at = add(at, "%g ", (double)shape[k]);
    }
    ck_assert_int_eq(cvxnn_model_objective(w.relu, w.problem, &value), CVXNN_OK); /* data, targets, weights */
    at = add(at, "%a ", value);
    at = add_options(add_options(at, NULL, w.solver, NULL, NULL), NULL, w.idle, NULL, NULL);
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_INFO, k, &key); k++) {
        if (!cvxnn_solver_info_int(w.solver, key, &count)) at = add(at, "%g ", (double)count);
        if (!cvxnn_solver_info_double(w.solver, key, &value)) at = add(at, "%a ", value);
    }
    ck_assert_int_eq(cvxnn_solver_compute_beta_max(w.solver, &value), CVXNN_OK); /* the gates */
    at = add(at, "%a ", value);
    at = add_model(add_model(add_model(at, w.relu), w.gated), w.empty);
    at = add_certificate(add_certificate(at, w.proof), w.blank);
    at = add_path(add_path(at, w.path), w.untrodden);
    *at = 0;
}

/* ---- The world ---- */

void open_world(void) {
    static const double u[] = {1, -1, 0.5, 2}, a[] = {1, -2}, center[] = {0.1, 0}, scale[] = {1, 2};
    memset(&w, 0, sizeof w);
    for (int e = 0; e < N * D; e++) w.x[e] = sin(1.0 + 3 * e);
    for (int i = 0; i < N; i++) w.y[i] = cos(2.0 * i);
    memset(&w.out, 0x5A, sizeof w.out);
    w.fresh = w.out;
    memcpy(&w.fresh, &w.out, sizeof w.out); /* padding as well */
    ck_assert_int_eq(cvxnn_problem_create(&w.problem), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_create(&w.bare), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_data(w.problem, N, D, w.x, D, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(w.problem, N, 1, w.y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_double(w.problem, CVXNN_OPTION_BETA, 0.01), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_create(w.problem, &w.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_create(w.bare, &w.idle), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(w.solver, CVXNN_OPTION_PATTERNS, 10), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(w.solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_GATED), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(w.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_get_model(w.solver, &w.gated), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_create(&w.empty), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_create(&w.relu), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_weights(w.relu, D, CVXNN_BIAS_NONE, 1, 2, u, D, a, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_scaling(w.relu, D, center, scale), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_feature_name(w.relu, 0, "first"), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_target_name(w.relu, 0, "answer"), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_create(&w.proof), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_create(&w.blank), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_set_int(w.proof, CVXNN_OPTION_ORDER, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_set_int(w.proof, CVXNN_OPTION_MAX_ITERATIONS, 30), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_prove(w.proof, w.problem, w.relu), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_create(w.solver, &w.path), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_create(w.idle, &w.untrodden), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_POINTS, 3), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_FOLDS, 2), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_run(w.path), CVXNN_OK);
}

void close_world(void) {
    cvxnn_problem_free(w.problem);
    cvxnn_problem_free(w.bare);
    cvxnn_solver_free(w.solver);
    cvxnn_solver_free(w.idle);
    cvxnn_model_free(w.relu);
    cvxnn_model_free(w.gated);
    cvxnn_model_free(w.empty);
    cvxnn_certificate_free(w.proof);
    cvxnn_certificate_free(w.blank);
    cvxnn_path_free(w.path);
    cvxnn_path_free(w.untrodden);
}
