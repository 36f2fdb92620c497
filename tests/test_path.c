/*
 * Paths and cross-validation, from outside. Oracles: solves of their own at each beta; for the folds,
 * problems that the test puts together from the rows that are left, and errors that it computes from the
 * weights.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "cvxnn.h"
#include "suite.h"

enum { N = 36, D = 3, POINTS = 5, PATTERNS = 40, MOST_NEURONS = 200 };

struct data {
    int64_t n;
    double x[N * D], y[N], s[N];
};

/* A kink and noise; columns of very different size, weights with a zero among them. */
static struct data make_data(uint64_t seed) {
    struct data data = {.n = N};
    double noise[N];
    cvxnn__normals(seed, CVXNN__STREAM_BENCH, 0, N * D, data.x);
    cvxnn__normals(seed, CVXNN__STREAM_BENCH, 1, N, noise);
    cvxnn__uniforms(seed, CVXNN__STREAM_BENCH, 2, N, data.s);
    for (int i = 0; i < N; i++) {
        const double *x = data.x + i * D;
        data.y[i] = fabs(x[0]) + 0.5 * x[1] + 0.3 * noise[i];
        data.s[i] = i == 7 ? 0 : 0.5 + data.s[i];
    }
    for (int i = 0; i < N; i++) data.x[i * D + 2] = 5 + 10 * data.x[i * D + 2];
    return data;
}

/* how: bit 0 standardize, 1 bias, 2 weights, 3 column-major float data. */
static cvxnn_problem *make_problem(const struct data *data, int how) {
    cvxnn_problem *problem;
    float across[N * D];
    ck_assert_int_eq(cvxnn_problem_create(&problem), CVXNN_OK);
    cvxnn_problem_set_int(problem, CVXNN_OPTION_STANDARDIZE, how & 1);
    cvxnn_problem_set_int(problem, CVXNN_OPTION_BIAS, how >> 1 & 1);
    for (int64_t i = 0; i < data->n; i++)
        for (int64_t j = 0; j < D; j++) across[j * data->n + i] = (float)data->x[i * D + j];
    if (how & 8)
        ck_assert_int_eq(cvxnn_problem_set_data_float(problem, data->n, D, across, data->n,
                                                      CVXNN_COLUMN_MAJOR, CVXNN_COPY),
                         CVXNN_OK);
    else
        ck_assert_int_eq(cvxnn_problem_set_data(problem, data->n, D, data->x, D, CVXNN_ROW_MAJOR, CVXNN_COPY),
                         CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(problem, data->n, 1, data->y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    if (how & 4) ck_assert_int_eq(cvxnn_problem_set_weights(problem, data->n, data->s), CVXNN_OK);
    return problem;
}

static cvxnn_solver *make_solver(cvxnn_problem *problem, int64_t method) {
    cvxnn_solver *solver;
    ck_assert_int_eq(cvxnn_solver_create(problem, &solver), CVXNN_OK);
    cvxnn_solver_set_int(solver, CVXNN_OPTION_METHOD, method);
    cvxnn_solver_set_int(solver, CVXNN_OPTION_PATTERNS, PATTERNS);
    cvxnn_solver_set_int(solver, CVXNN_OPTION_BOUND, 0);
    cvxnn_solver_set_int(solver, CVXNN_OPTION_WIDTH, 10);
    cvxnn_solver_set_int(solver, CVXNN_OPTION_STARTS, 2);
    return solver;
}

/* Problem and solver are let go: the path keeps them. */
static cvxnn_path *make_path(const struct data *data, int how, int64_t method) {
    cvxnn_problem *problem = make_problem(data, how);
    cvxnn_solver *solver = make_solver(problem, method);
    cvxnn_path *path;
    ck_assert_int_eq(cvxnn_path_create(solver, &path), CVXNN_OK);
    cvxnn_path_set_int(path, CVXNN_OPTION_POINTS, POINTS);
    cvxnn_path_set_double(path, CVXNN_OPTION_LEAST_RATIO, 0.01);
    cvxnn_solver_free(solver);
    cvxnn_problem_free(problem);
    return path;
}

static double real_of(const cvxnn_path *path, int64_t point, int32_t key) {
    double value = NAN;
    ck_assert_int_eq(cvxnn_path_info_double(path, point, key, &value), CVXNN_OK);
    return value;
}

static double fold_real(const cvxnn_path *path, int64_t point, int64_t fold, int32_t key) {
    double value = NAN;
    ck_assert_int_eq(cvxnn_path_fold_double(path, point, fold, key, &value), CVXNN_OK);
    return value;
}

/* f(x) from the model's weights. */
static double output(const cvxnn_model *model, const double *x) {
    static double u[MOST_NEURONS * (D + 1)], a[MOST_NEURONS], gates[MOST_NEURONS * (D + 1)];
    double z[D + 1], center[D], scale[D], f = 0;
    int64_t neurons, bias, kind, d;
    cvxnn_model_get_int(model, CVXNN_MODEL_NEURONS, &neurons);
    cvxnn_model_get_int(model, CVXNN_MODEL_BIAS, &bias);
    cvxnn_model_get_int(model, CVXNN_MODEL_KIND, &kind);
    d = D + bias;
    ck_assert_int_le(neurons, MOST_NEURONS);
    ck_assert_int_eq(cvxnn_model_get_weights(model, u, d, a, 1), CVXNN_OK);
    if (kind == CVXNN_KIND_GATED) ck_assert_int_eq(cvxnn_model_get_gates(model, gates, d), CVXNN_OK);
    int scaled = cvxnn_model_get_scaling(model, D, center, scale) == CVXNN_OK;
    for (int j = 0; j < D; j++) z[j] = scaled ? (x[j] - center[j]) / scale[j] : x[j];
    z[D] = 1;
    for (int64_t j = 0; j < neurons; j++) {
        double product = 0, gate = 0;
        for (int64_t e = 0; e < d; e++) product += u[j * d + e] * z[e];
        for (int64_t e = 0; kind == CVXNN_KIND_GATED && e < d; e++) gate += gates[j * d + e] * z[e];
        if (kind == CVXNN_KIND_GATED ? gate >= 0 : product > 0) f += product * a[j];
    }
    return f;
}

static void check_text(const cvxnn_model *one, const cvxnn_model *other) {
    static char texts[2][1 << 16];
    int64_t size[2];
    ck_assert_int_eq(cvxnn_model_write(one, texts[0], sizeof texts[0], size), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_write(other, texts[1], sizeof texts[1], size + 1), CVXNN_OK);
    ck_assert_int_eq(size[0], size[1]);
    ck_assert(!memcmp(texts[0], texts[1], (size_t)size[0]));
}

/* ---- The path ---- */

START_TEST(the_grid_is_logarithmic) {
    struct data data = make_data(1);
    cvxnn_path *path = make_path(&data, 0, CVXNN_METHOD_GATED);
    int64_t points, folds;
    ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_count(path, &points, &folds), CVXNN_OK);
    ck_assert_int_eq(points, POINTS);
    ck_assert_int_eq(folds, 0);
    double most = real_of(path, 0, CVXNN_INFO_BETA_MAX);
    ck_assert(real_of(path, 0, CVXNN_INFO_BETA) == most);
    ck_assert(real_of(path, 0, CVXNN_INFO_OBJECTIVE) > 0);
    for (int p = 0; p < POINTS; p++)
        ck_assert_double_eq_tol(real_of(path, p, CVXNN_INFO_BETA), most * exp(log(0.01) * p / (POINTS - 1)),
                                1e-12 * most);
    cvxnn_path_free(path);
}
END_TEST

/* Every point against a solve from nothing at its beta: the optimum is the same (where the method is convex),
 * the objective is the model's on the problem, errors are those of the weights. */
static void check_points(int64_t method, int how) {
    struct data data = make_data(2);
    cvxnn_path *path = make_path(&data, how, method);
    ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
    for (int p = 0; p < POINTS; p++) {
        cvxnn_problem *problem = make_problem(&data, how);
        cvxnn_solver *solver = make_solver(problem, method);
        cvxnn_model *model;
        double objective = real_of(path, p, CVXNN_INFO_OBJECTIVE), fresh, recomputed, sum = 0, mass = 0;
        cvxnn_problem_set_double(problem, CVXNN_OPTION_BETA, real_of(path, p, CVXNN_INFO_BETA));
        ck_assert_int_eq(cvxnn_solver_solve(solver), CVXNN_OK);
        cvxnn_solver_info_double(solver, CVXNN_INFO_OBJECTIVE, &fresh);
        ck_assert_double_eq_tol(objective, fresh, (method == CVXNN_METHOD_DECOMPOSE ? 0.02 : 2e-6) * fresh);
        if (method != CVXNN_METHOD_GRADIENT) ck_assert(real_of(path, p, CVXNN_INFO_RELATIVE_GAP) <= 1e-6);
        ck_assert_int_eq(cvxnn_path_get_model(path, p, &model), CVXNN_OK);
        ck_assert_int_eq(cvxnn_model_objective(model, problem, &recomputed), CVXNN_OK);
        ck_assert_double_eq_tol(objective, recomputed, 1e-13 * objective);
        for (int i = 0; i < N; i++) {
            double miss = output(model, data.x + i * D) - data.y[i], s = how & 4 ? data.s[i] : 1;
            sum += s * miss * miss;
            mass += s;
        }
        ck_assert_double_eq_tol(real_of(path, p, CVXNN_INFO_TRAIN_ERROR), sum / mass, 1e-12 * sum / mass);
        cvxnn_model_free(model);
        cvxnn_solver_free(solver);
        cvxnn_problem_free(problem);
    }
    cvxnn_path_free(path);
}

START_TEST(points_are_solutions) {
    static const int64_t methods[] = {CVXNN_METHOD_GATED, CVXNN_METHOD_DECOMPOSE, CVXNN_METHOD_RELU,
                                      CVXNN_METHOD_SEARCH, CVXNN_METHOD_GRADIENT};
    for (int m = 0; m < 5; m++) check_points(methods[m], m == 2 ? 0 : 7);
}
END_TEST

START_TEST(a_given_grid_and_a_bound) {
    struct data data = make_data(3);
    cvxnn_problem *problem = make_problem(&data, 4);
    cvxnn_solver *solver = make_solver(problem, CVXNN_METHOD_SEARCH);
    cvxnn_path *path;
    static const double betas[] = {0.3, 0.1, 0.02};
    cvxnn_solver_set_int(solver, CVXNN_OPTION_BOUND, 1);
    cvxnn_path_create(solver, &path);
    ck_assert_int_eq(cvxnn_path_set_betas(path, 3, betas), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
    for (int p = 0; p < 3; p++) {
        int64_t number = -1, neurons = 0;
        ck_assert(real_of(path, p, CVXNN_INFO_BETA) == betas[p]);
        ck_assert(real_of(path, p, CVXNN_INFO_LOWER_BOUND) <= real_of(path, p, CVXNN_INFO_OBJECTIVE));
        ck_assert(real_of(path, p, CVXNN_INFO_LOWER_BOUND) > 0);
        ck_assert_int_eq(cvxnn_path_info_int(path, p, CVXNN_INFO_POINT, &number), CVXNN_OK);
        ck_assert_int_eq(cvxnn_path_info_int(path, p, CVXNN_INFO_NEURONS, &neurons), CVXNN_OK);
        ck_assert_int_eq(number, p);
        ck_assert_int_gt(neurons, 0);
        if (p > 0)
            ck_assert(real_of(path, p, CVXNN_INFO_OBJECTIVE) < real_of(path, p - 1, CVXNN_INFO_OBJECTIVE));
    }
    ck_assert_int_eq(cvxnn_path_set_betas(path, 0, NULL), CVXNN_OK);
    cvxnn_path_free(path);
    cvxnn_solver_free(solver);
    cvxnn_problem_free(problem);
}
END_TEST

/* The solver's own result and the problem's beta stay as they were. */
/* Objective of a solve from what the solver holds after one at another beta, and perhaps a path in between:
 * 0 none, 1 one that runs, 2 one that fails. */
static double solve_after(int how) {
    struct data data = make_data(4);
    cvxnn_problem *problem = make_problem(&data, 0);
    cvxnn_solver *solver = make_solver(problem, CVXNN_METHOD_GATED);
    cvxnn_path *path;
    double objective;
    cvxnn_problem_set_double(problem, CVXNN_OPTION_BETA, 0.05);
    ck_assert_int_eq(cvxnn_solver_solve(solver), CVXNN_OK);
    cvxnn_path_create(solver, &path);
    cvxnn_path_set_int(path, CVXNN_OPTION_POINTS, 3);
    if (how == 2) cvxnn_path_set_int(path, CVXNN_OPTION_FOLDS, N + 1);
    if (how) ck_assert_int_eq(cvxnn_path_run(path), how == 1 ? CVXNN_OK : CVXNN_ERROR_VALUE);
    cvxnn_problem_set_double(problem, CVXNN_OPTION_BETA, 0.03);
    ck_assert_int_eq(cvxnn_solver_solve(solver), CVXNN_OK);
    cvxnn_solver_info_double(solver, CVXNN_INFO_OBJECTIVE, &objective);
    cvxnn_path_free(path);
    cvxnn_solver_free(solver);
    cvxnn_problem_free(problem);
    return objective;
}

START_TEST(the_next_solve_knows_nothing_of_a_path) {
    double alone = solve_after(0);
    ck_assert(solve_after(1) == alone);
    ck_assert(solve_after(2) == alone);
}
END_TEST

/* The start of one neuron is for the solver's own solves: on a path all rows and folds begin alike. */
START_TEST(a_start_plays_no_part) {
    struct data data = make_data(4);
    cvxnn_problem *problem = make_problem(&data, 0);
    cvxnn_solver *solver = make_solver(problem, CVXNN_METHOD_GRADIENT);
    cvxnn_model *start;
    cvxnn_path *path;
    double without[2], u[D] = {1, 0, 0}, a = 1;
    cvxnn_model_create(&start);
    ck_assert_int_eq(cvxnn_model_set_weights(start, D, 0, 1, 1, u, D, &a, 1), CVXNN_OK);
    for (int given = 0; given < 2; given++) {
        if (given) ck_assert_int_eq(cvxnn_solver_set_start(solver, start), CVXNN_OK);
        cvxnn_path_create(solver, &path);
        cvxnn_path_set_int(path, CVXNN_OPTION_POINTS, 2);
        ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
        for (int p = 0; p < 2; p++) {
            if (given) ck_assert(real_of(path, p, CVXNN_INFO_OBJECTIVE) == without[p]);
            without[p] = real_of(path, p, CVXNN_INFO_OBJECTIVE);
        }
        cvxnn_path_free(path);
    }
    cvxnn_model_free(start);
    cvxnn_solver_free(solver);
    cvxnn_problem_free(problem);
}
END_TEST

/* The clock of a run: seconds in its events never fall. */
static int32_t watch_seconds(const cvxnn_event *event, void *user) {
    double *latest = user, seconds;
    if (cvxnn_event_get_double(event, CVXNN_INFO_SECONDS, &seconds) != CVXNN_OK || seconds < *latest)
        *latest = INFINITY;
    else
        *latest = seconds;
    return 0;
}

START_TEST(seconds_are_those_of_the_run) {
    struct data data = make_data(4);
    cvxnn_path *path = make_path(&data, 0, CVXNN_METHOD_GATED);
    double latest = 0;
    cvxnn_path_set_callback(path, watch_seconds, &latest);
    ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
    ck_assert(latest > 0 && isfinite(latest));
    cvxnn_path_free(path);
}
END_TEST

START_TEST(the_solver_is_left_as_it_was) {
    struct data data = make_data(4);
    cvxnn_problem *problem = make_problem(&data, 0);
    cvxnn_solver *solver = make_solver(problem, CVXNN_METHOD_DECOMPOSE);
    cvxnn_model *before, *after;
    cvxnn_path *path;
    double beta;
    cvxnn_problem_set_double(problem, CVXNN_OPTION_BETA, 0.05);
    ck_assert_int_eq(cvxnn_solver_solve(solver), CVXNN_OK);
    cvxnn_solver_get_model(solver, &before);
    cvxnn_path_create(solver, &path);
    cvxnn_path_set_int(path, CVXNN_OPTION_POINTS, 3);
    cvxnn_path_set_int(path, CVXNN_OPTION_FOLDS, 2);
    ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
    cvxnn_solver_get_model(solver, &after);
    check_text(before, after);
    cvxnn_problem_get_double(problem, CVXNN_OPTION_BETA, &beta);
    ck_assert(beta == 0.05);
    cvxnn_model_free(before);
    cvxnn_model_free(after);
    cvxnn_path_free(path);
    cvxnn_solver_free(solver);
    cvxnn_problem_free(problem);
}
END_TEST

/* ---- Folds ---- */

START_TEST(folds_are_a_deal) {
    struct data data = make_data(5);
    int64_t fold[N], again[N], count[5] = {0}, same = 0, kept = 0;
    for (int64_t seed = 0; seed < 3; seed++) {
        cvxnn_problem *problem = make_problem(&data, 0);
        cvxnn_solver *solver = make_solver(problem, CVXNN_METHOD_GATED);
        cvxnn_path *path;
        cvxnn_solver_set_int(solver, CVXNN_OPTION_SEED, seed);
        cvxnn_path_create(solver, &path);
        cvxnn_path_set_int(path, CVXNN_OPTION_POINTS, 2);
        cvxnn_path_set_int(path, CVXNN_OPTION_FOLDS, 5);
        ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
        ck_assert_int_eq(cvxnn_path_get_folds(path, N, fold), CVXNN_OK);
        memset(count, 0, sizeof count);
        for (int i = 0; i < N; i++) {
            ck_assert(fold[i] >= 0 && fold[i] < 5);
            count[fold[i]]++;
            same += seed > 0 && fold[i] == again[i];
        }
        for (int k = 0; k < 5; k++) ck_assert(count[k] == N / 5 || count[k] == N / 5 + 1);
        memcpy(again, fold, sizeof fold);
        cvxnn_path_set_int(path, CVXNN_OPTION_FOLDS, 0);
        cvxnn_path_set_double(path, CVXNN_OPTION_HOLDOUT, 0.25);
        ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
        ck_assert_int_eq(cvxnn_path_get_folds(path, N, fold), CVXNN_OK);
        kept = 0;
        for (int i = 0; i < N; i++) kept += fold[i] == 0, ck_assert(fold[i] == 0 || fold[i] == -1);
        ck_assert_int_eq(kept, N / 4);
        cvxnn_path_free(path);
        cvxnn_solver_free(solver);
        cvxnn_problem_free(problem);
    }
    ck_assert_int_lt(same, N); /* other seeds deal otherwise */
}
END_TEST

/* The rows that are not in the fold, as data of their own. */
static struct data without(const struct data *data, const int64_t *fold, int64_t k) {
    struct data left = {.n = 0};
    for (int i = 0; i < N; i++) {
        if (fold[i] == k) continue;
        memcpy(left.x + left.n * D, data->x + i * D, D * sizeof(double));
        left.y[left.n] = data->y[i];
        left.s[left.n++] = data->s[i];
    }
    return left;
}

/* A path with folds against paths over the rows that are left, the same to the bit, and errors computed here.
 */
static void check_folds(int how, int64_t method, const int64_t *given, int64_t folds) {
    struct data data = make_data(6);
    cvxnn_path *path = make_path(&data, how, method);
    int64_t fold[N];
    double betas[POINTS], sum[POINTS] = {0}, squares[POINTS] = {0}, mass = 0, miss[POINTS][N];
    if (given)
        ck_assert_int_eq(cvxnn_path_set_folds(path, N, given), CVXNN_OK);
    else
        cvxnn_path_set_int(path, CVXNN_OPTION_FOLDS, folds);
    ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_get_folds(path, N, fold), CVXNN_OK);
    if (given) ck_assert(!memcmp(given, fold, sizeof fold));
    for (int p = 0; p < POINTS; p++) betas[p] = real_of(path, p, CVXNN_INFO_BETA);
    for (int64_t k = 0; k < folds; k++) {
        struct data left = without(&data, fold, k);
        cvxnn_path *part = make_path(&left, how, method);
        ck_assert_int_eq(cvxnn_path_set_betas(part, POINTS, betas), CVXNN_OK);
        ck_assert_int_eq(cvxnn_path_run(part), CVXNN_OK);
        for (int p = 0; p < POINTS; p++) {
            cvxnn_model *one, *other;
            double held = 0, weight = 0;
            ck_assert_int_eq(cvxnn_path_get_fold_model(path, p, k, &one), CVXNN_OK);
            ck_assert_int_eq(cvxnn_path_get_model(part, p, &other), CVXNN_OK);
            check_text(one, other);
            ck_assert(fold_real(path, p, k, CVXNN_INFO_OBJECTIVE) == real_of(part, p, CVXNN_INFO_OBJECTIVE));
            for (int i = 0; i < N; i++) {
                if (fold[i] != k) continue;
                double off = output(other, data.x + i * D) - data.y[i], s = how & 4 ? data.s[i] : 1;
                miss[p][i] = off * off;
                held += s * off * off;
                weight += s;
            }
            ck_assert_double_eq_tol(fold_real(path, p, k, CVXNN_INFO_VALIDATION_ERROR), held / weight,
                                    1e-11 * held / weight);
            sum[p] += held;
            if (p == 0) mass += weight;
            cvxnn_model_free(one);
            cvxnn_model_free(other);
        }
        cvxnn_path_free(part);
    }
    for (int p = 0; p < POINTS; p++) {
        double mean = sum[p] / mass;
        for (int i = 0; i < N; i++) {
            double s = how & 4 ? data.s[i] : 1;
            if (fold[i] >= 0) squares[p] += s * s * (miss[p][i] - mean) * (miss[p][i] - mean);
        }
        ck_assert_double_eq_tol(real_of(path, p, CVXNN_INFO_VALIDATION_ERROR), mean, 1e-11 * mean);
        ck_assert_double_eq_tol(real_of(path, p, CVXNN_INFO_STANDARD_ERROR), sqrt(squares[p]) / mass,
                                1e-11 * mean);
    }
    int64_t least, simplest;
    ck_assert_int_eq(cvxnn_path_best(path, &least, &simplest), CVXNN_OK);
    for (int p = 0; p < POINTS; p++) ck_assert(sum[p] >= sum[least]);
    double limit = sum[least] / mass + sqrt(squares[least]) / mass;
    ck_assert(simplest <= least && sum[simplest] / mass <= limit * (1 + 1e-12));
    for (int p = 0; p < simplest; p++) ck_assert(sum[p] / mass > limit * (1 - 1e-12));
    cvxnn_path_free(path);
}

START_TEST(folds_are_trained_on_the_other_rows_alone) {
    for (int how = 0; how < 8; how++) check_folds(how, CVXNN_METHOD_GATED, NULL, 3);
    check_folds(7, CVXNN_METHOD_DECOMPOSE, NULL, 2);
    check_folds(5, CVXNN_METHOD_SEARCH, NULL, 2);
}
END_TEST

START_TEST(given_folds_and_rows_that_are_never_held_out) {
    int64_t fold[N];
    for (int i = 0; i < N; i++) fold[i] = i % 4 - 1;
    check_folds(4, CVXNN_METHOD_GATED, fold, 3);
}
END_TEST

/* Float data in columns are gathered as well as doubles in rows. */
START_TEST(folds_of_float_data) {
    struct data data = make_data(8);
    for (int e = 0; e < N * D; e++) data.x[e] = (double)(float)data.x[e];
    double error[2];
    for (int narrow = 0; narrow < 2; narrow++) {
        cvxnn_path *path = make_path(&data, 1 + 8 * narrow, CVXNN_METHOD_GATED);
        cvxnn_path_set_double(path, CVXNN_OPTION_HOLDOUT, 0.3);
        ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
        error[narrow] = real_of(path, POINTS - 1, CVXNN_INFO_VALIDATION_ERROR);
        cvxnn_path_free(path);
    }
    ck_assert(error[0] == error[1]);
}
END_TEST

/* ---- Threads, stops ---- */

START_TEST(threads_change_nothing) {
    struct data data = make_data(9);
    double error[2];
    for (int64_t threads = 1; threads <= 2; threads++) {
        cvxnn_problem *problem = make_problem(&data, 1);
        cvxnn_solver *solver = make_solver(problem, CVXNN_METHOD_SEARCH);
        cvxnn_path *path;
        cvxnn_solver_set_int(solver, CVXNN_OPTION_THREADS, threads);
        cvxnn_path_create(solver, &path);
        cvxnn_path_set_int(path, CVXNN_OPTION_POINTS, 3);
        cvxnn_path_set_int(path, CVXNN_OPTION_FOLDS, 2);
        ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
        error[threads - 1] = real_of(path, 2, CVXNN_INFO_VALIDATION_ERROR);
        cvxnn_path_free(path);
        cvxnn_solver_free(solver);
        cvxnn_problem_free(problem);
    }
    ck_assert(error[0] == error[1]);
}
END_TEST

struct watched {
    int64_t events, stop_at, done; /* done: points that events told of */
    cvxnn_path *path;
    int cancel; /* 1: stops by cancel, else by the callback's value */
};

static int32_t on_event(const cvxnn_event *event, void *user) {
    struct watched *watched = user;
    int32_t kind = 0;
    int64_t point = -1, fold = -1;
    ck_assert_int_eq(cvxnn_event_kind(event, &kind), CVXNN_OK);
    ck_assert_int_eq(cvxnn_event_get_int(event, CVXNN_INFO_POINT, &point), CVXNN_OK);
    ck_assert_int_eq(point, watched->done);
    if (!cvxnn_event_get_int(event, CVXNN_INFO_FOLD, &fold)) ck_assert(fold == 0 || fold == 1);
    if (kind == CVXNN_EVENT_POINT) {
        double error = NAN;
        ck_assert_int_eq(cvxnn_event_get_double(event, CVXNN_INFO_VALIDATION_ERROR, &error), CVXNN_OK);
        ck_assert(error > 0);
        watched->done++;
    }
    ck_assert_int_eq(cvxnn_path_run(watched->path), CVXNN_ERROR_BUSY);
    if (++watched->events != watched->stop_at) return 0;
    if (watched->cancel) cvxnn_path_cancel(watched->path);
    return !watched->cancel;
}

/* Stopped at many events, the last among them: the points that were done are those of a run that was not
 * stopped. */
START_TEST(stops_keep_the_points_that_are_done) {
    struct data data = make_data(10);
    cvxnn_path *path = make_path(&data, 3, CVXNN_METHOD_GATED);
    struct watched watched = {.path = path};
    double whole[POINTS];
    int64_t events, points, unfinished = 0;
    cvxnn_path_set_int(path, CVXNN_OPTION_FOLDS, 2);
    cvxnn_path_set_callback(path, on_event, &watched);
    ck_assert_int_eq(cvxnn_path_run(path), CVXNN_OK);
    ck_assert_int_eq(watched.done, POINTS);
    events = watched.events;
    for (int p = 0; p < POINTS; p++) whole[p] = real_of(path, p, CVXNN_INFO_VALIDATION_ERROR);
    int64_t step = events / cvxnn_test_size(20, 5) + 1;
    for (int64_t at = events; at > 0; at -= step) {
        cvxnn_path *other = make_path(&data, 3, CVXNN_METHOD_GATED);
        watched = (struct watched){.stop_at = at, .path = other, .cancel = (int)(at % 2)};
        cvxnn_path_set_int(other, CVXNN_OPTION_FOLDS, 2);
        cvxnn_path_set_callback(other, on_event, &watched);
        int32_t status = cvxnn_path_run(other);
        ck_assert_int_eq(cvxnn_path_count(other, &points, NULL), CVXNN_OK);
        ck_assert(points == watched.done || points == watched.done + 1);
        int64_t finished = 0;
        for (int p = 0; p < points; p++) { /* the last may be unfinished, or take no notice of the stop */
            double value = NAN;
            ck_assert(real_of(other, p, CVXNN_INFO_OBJECTIVE) > 0);
            if (!cvxnn_path_info_double(other, p, CVXNN_INFO_VALIDATION_ERROR, &value)) finished++;
            ck_assert(isnan(value) ? p >= watched.done : value == whole[p]);
        }
        unfinished += points - finished;
        ck_assert_int_eq(status, finished < POINTS ? CVXNN_STOPPED_CANCELLED : CVXNN_OK);
        cvxnn_path_free(other);
    }
    ck_assert_int_gt(unfinished, 0);
    cvxnn_path_free(path);
}
END_TEST

START_TEST(the_budget_is_that_of_the_whole_run) {
    struct data data = make_data(11);
    cvxnn_path *path = make_path(&data, 0, CVXNN_METHOD_GATED);
    int64_t points = -1;
    cvxnn_path_set_int(path, CVXNN_OPTION_POINTS, 10000);
    cvxnn_path_set_double(path, CVXNN_OPTION_MAX_SECONDS, 0.05);
    ck_assert_int_eq(cvxnn_path_run(path), CVXNN_STOPPED_SECONDS);
    cvxnn_path_count(path, &points, NULL);
    ck_assert(points >= 0 && points < 10000); /* a slow machine may not even get to the first */
    cvxnn_path_free(path);
}
END_TEST

CVXNN_SUITE(path) {
    CVXNN_TEST(the_grid_is_logarithmic);
    CVXNN_TEST(points_are_solutions);
    CVXNN_TEST(a_given_grid_and_a_bound);
    CVXNN_TEST(the_next_solve_knows_nothing_of_a_path);
    CVXNN_TEST(a_start_plays_no_part);
    CVXNN_TEST(seconds_are_those_of_the_run);
    CVXNN_TEST(the_solver_is_left_as_it_was);
    CVXNN_TEST(folds_are_a_deal);
    CVXNN_TEST(folds_are_trained_on_the_other_rows_alone);
    CVXNN_TEST(given_folds_and_rows_that_are_never_held_out);
    CVXNN_TEST(folds_of_float_data);
    CVXNN_TEST(threads_change_nothing);
    CVXNN_TEST(stops_keep_the_points_that_are_done);
    CVXNN_TEST(the_budget_is_that_of_the_whole_run);
}
