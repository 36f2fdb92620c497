/*
 * bench relu: the pattern search against the best of 20 runs of L-BFGS, each from a random start of width 200
 * to a relative decrease of 1e-12 or 5000 iterations. --starts: another number of runs; 0: none.
 */
#include <math.h>

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
