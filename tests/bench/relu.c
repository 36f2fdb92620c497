/*
 * bench relu: the pattern search against the best of 20 runs of L-BFGS, each from a random start of width 200
 * to a relative decrease of 1e-12 or 5000 iterations. --starts: another number of runs; 0: none.
 * --fresh-starts N: also looks for a missing neuron from N random starts by a plain ascent that shares
 * nothing with the library.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "bench.h"
#include "cvxnn.h"

static int64_t count_of(const cvxnn_solver *solver, int32_t key) {
    int64_t value = -1;
    cvxnn_solver_info_int(solver, key, &value);
    return value;
}

static void set(cvxnn_solver *solver, int32_t key, int64_t value) {
    expect(cvxnn_solver_set_int(solver, key, value), "option");
}

static cvxnn_solver *make_solver(const struct options *options, cvxnn_problem *problem) {
    cvxnn_solver *solver;
    expect(cvxnn_solver_create(problem, &solver), "solver");
    set(solver, CVXNN_OPTION_PATTERNS, option_count(options, "patterns", 1000));
    set(solver, CVXNN_OPTION_SEED, option_integer(options, "seed", 1));
    set(solver, CVXNN_OPTION_THREADS, option_count(options, "threads", 1));
    set(solver, CVXNN_OPTION_BOUND, 0);
    expect(cvxnn_solver_set_double(solver, CVXNN_OPTION_MAX_SECONDS, option_real(options, "max-seconds", 0)),
           "max-seconds");
    expect(cvxnn_solver_set_double(solver, CVXNN_OPTION_BETA_RATIO, option_real(options, "beta-ratio", 0.01)),
           "beta-ratio");
    return solver;
}

/* Best objective of the L-BFGS runs, and the time of all of them. */
static double baseline(const struct options *options, cvxnn_solver *solver, double *seconds) {
    int64_t starts = option_integer(options, "starts", 20);
    *seconds = NAN;
    if (starts == 0) return NAN;
    set(solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_GRADIENT);
    set(solver, CVXNN_OPTION_WIDTH, 200);
    set(solver, CVXNN_OPTION_STARTS, starts);
    double start = seconds_now();
    expect(cvxnn_solver_solve(solver), "gradient");
    *seconds = seconds_now() - start;
    return real_of(solver, CVXNN_INFO_OBJECTIVE);
}

/* ---- Is a neuron missing? ---------------------------------------------------------------------------- */

/* h(u) = sign sum_i nu_i (x_i . u)_+ and its gradient. */
static double pull(const struct data *data, const double *nu, double sign, const double *u, double *g) {
    double value = 0;
    memset(g, 0, (size_t)data->d * sizeof *g);
    for (int64_t i = 0; i < data->n; i++) {
        const double *x = data->x + i * data->d;
        double product = 0;
        for (int64_t e = 0; e < data->d; e++) product += x[e] * u[e];
        if (product <= 0) continue;
        value += sign * nu[i] * product;
        for (int64_t e = 0; e < data->d; e++) g[e] += sign * nu[i] * x[e];
    }
    return value;
}

/* trial = u + a (g/|g| - u), brought to length 1; from u = g = trial and a = 1 it is g/|g|. */
static void aim(int64_t d, const double *u, const double *g, double a, double *trial) {
    double size = 0, length = 0;
    for (int64_t e = 0; e < d; e++) size += g[e] * g[e];
    for (int64_t e = 0; e < d; e++) trial[e] = u[e] + a * (g[e] / sqrt(size) - u[e]);
    for (int64_t e = 0; e < d; e++) length += trial[e] * trial[e];
    for (int64_t e = 0; e < d; e++) trial[e] /= sqrt(length);
}

/* The largest h that ascents from random starts find, signs in turn: steps towards g, halved where h falls.
 */
static double largest_pull(const struct data *data, const double *nu, int64_t starts, uint64_t seed) {
    int64_t d = data->d;
    double *u = malloc((size_t)(4 * d) * sizeof *u), *g = u + d, *trial = g + d, *trial_g = trial + d,
           most = 0;
    if (!u) expect(CVXNN_ERROR_MEMORY, "ascents");
    for (int64_t start = 0; start < starts; start++) {
        double sign = start % 2 ? -1 : 1;
        cvxnn__normals(seed, CVXNN__STREAM_BENCH + 9, (uint64_t)start, d, trial);
        aim(d, trial, trial, 1, u);
        double value = pull(data, nu, sign, u, g);
        for (double a = 1; a > 1e-3;) {
            aim(d, u, g, a, trial);
            double next = pull(data, nu, sign, trial, trial_g);
            if (next > value + 1e-9 * fabs(value)) {
                memcpy(u, trial, (size_t)d * sizeof *u);
                memcpy(g, trial_g, (size_t)d * sizeof *g);
                value = next;
            } else {
                a *= 0.5;
            }
        }
        most = fmax(most, value);
    }
    free(u);
    return most;
}

/* max h / beta - 1 for the residual of the solver's network; NAN where it was not asked for. */
static double fresh_violation(const struct options *options, const struct data *data, cvxnn_solver *solver) {
    int64_t starts = option_integer(options, "fresh-starts", 0);
    cvxnn_model *model;
    if (starts == 0) return NAN;
    double *nu = malloc((size_t)data->n * sizeof *nu);
    if (!nu) expect(CVXNN_ERROR_MEMORY, "residual");
    expect(cvxnn_solver_get_model(solver, &model), "model");
    expect(cvxnn_model_predict(model, data->n, data->d, data->x, data->d, CVXNN_ROW_MAJOR, nu, 1),
           "predictions");
    for (int64_t i = 0; i < data->n; i++) nu[i] = (data->y[i] - nu[i]) / (double)data->n;
    double most = largest_pull(data, nu, starts, (uint64_t)option_integer(options, "seed", 1));
    cvxnn_model_free(model);
    free(nu);
    return most / real_of(solver, CVXNN_INFO_BETA) - 1;
}

int bench_relu(const struct options *options) {
    struct data data;
    cvxnn_problem *problem;
    double lbfgs_seconds;
    data_make(option_count(options, "n", 100), option_count(options, "d", 10),
              (uint64_t)option_integer(options, "seed", 1), 0, &data);
    expect(cvxnn_problem_create(&problem), "problem");
    expect(cvxnn_problem_set_data(problem, data.n, data.d, data.x, data.d, CVXNN_ROW_MAJOR, CVXNN_BORROW),
           "data");
    expect(cvxnn_problem_set_targets(problem, data.n, 1, data.y, 1, CVXNN_ROW_MAJOR), "targets");
    cvxnn_solver *solver = make_solver(options, problem);
    set(solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_SEARCH);
    double start = seconds_now();
    int32_t status = cvxnn_solver_solve(solver);
    double seconds = seconds_now() - start;
    expect(status, "search");
    line_open("relu");
    line_real("objective", real_of(solver, CVXNN_INFO_OBJECTIVE));
    line_real("seconds", seconds);
    line_real("violation", real_of(solver, CVXNN_INFO_VIOLATION));
    line_real("fresh_violation", fresh_violation(options, &data, solver));
    line_integer("neurons", count_of(solver, CVXNN_INFO_NEURONS));
    line_integer("neurons_before_pruning", count_of(solver, CVXNN_INFO_NEURONS_BEFORE_PRUNING));
    double beta = real_of(solver, CVXNN_INFO_BETA), beta_max = real_of(solver, CVXNN_INFO_BETA_MAX);
    line_real("lbfgs_best", baseline(options, solver, &lbfgs_seconds));
    line_real("lbfgs_seconds", lbfgs_seconds);
    line_close(options, data.n, data.d, beta, beta_max);
    cvxnn_solver_free(solver);
    cvxnn_problem_free(problem);
    data_free(&data);
    return status == CVXNN_STOPPED_SECONDS ? 4 : 0;
}
