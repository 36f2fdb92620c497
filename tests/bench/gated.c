/*
 * bench gated: the gated program (G) from data in memory to its optimum, through the public interface.
 * --trace FILE: also a line of JSON there for every look at the gap over all patterns.
 */
#include <math.h>
#include <stdio.h>

#include "bench.h"
#include "cvxnn.h"

double real_of(const cvxnn_solver *solver, int32_t key) {
    double value = NAN;
    cvxnn_solver_info_double(solver, key, &value);
    return value;
}

int64_t integer_of(const cvxnn_solver *solver, int32_t key) {
    int64_t value = -1;
    expect(cvxnn_solver_info_int(solver, key, &value), "a result");
    return value;
}

/* Handles with data and options in them: copying nothing, solving nothing. */
cvxnn_solver *gated_pose(const struct options *options, const struct data *data, cvxnn_problem **problem) {
    cvxnn_solver *solver;
    expect(cvxnn_problem_create(problem), "problem");
    expect(
        cvxnn_problem_set_data(*problem, data->n, data->d, data->x, data->d, CVXNN_ROW_MAJOR, CVXNN_BORROW),
        "data");
    expect(cvxnn_problem_set_targets(*problem, data->n, 1, data->y, 1, CVXNN_ROW_MAJOR), "targets");
    expect(cvxnn_solver_create(*problem, &solver), "solver");
    expect(cvxnn_solver_set_int(solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_GATED), "method");
    expect(cvxnn_solver_set_int(solver, CVXNN_OPTION_PATTERNS, option_count(options, "patterns", 1000)),
           "patterns");
    expect(cvxnn_solver_set_int(solver, CVXNN_OPTION_SEED, option_integer(options, "seed", 1)), "seed");
    expect(cvxnn_solver_set_int(solver, CVXNN_OPTION_THREADS, option_count(options, "threads", 1)),
           "threads");
    expect(cvxnn_solver_set_double(solver, CVXNN_OPTION_BETA_RATIO, option_real(options, "beta-ratio", 0.01)),
           "beta-ratio");
    expect(cvxnn_solver_set_double(solver, CVXNN_OPTION_TOLERANCE, option_real(options, "tolerance", 1e-6)),
           "tolerance");
    expect(cvxnn_solver_set_double(solver, CVXNN_OPTION_MAX_SECONDS, option_real(options, "max-seconds", 0)),
           "max-seconds");
    return solver;
}

struct trace {
    FILE *file;
    int64_t n, d;
    double ratio;
};

static int32_t note(const cvxnn_event *event, void *user) {
    const struct trace *trace = user;
    double seconds, gap;
    int64_t patterns;
    if (cvxnn_event_get_double(event, CVXNN_INFO_SECONDS, &seconds) == CVXNN_OK &&
        cvxnn_event_get_double(event, CVXNN_INFO_RELATIVE_GAP, &gap) == CVXNN_OK &&
        cvxnn_event_get_int(event, CVXNN_INFO_PATTERNS, &patterns) == CVXNN_OK)
        fprintf(trace->file,
                "{\"bench\": \"gated-trace\", \"n\": %lld, \"d\": %lld, \"patterns\": %lld, "
                "\"beta_ratio\": %g, \"seconds\": %.6g, \"relative_gap\": %.6g}\n",
                (long long)trace->n, (long long)trace->d, (long long)patterns, trace->ratio, seconds, gap);
    return 0;
}

/* Opens --trace's file, if it is asked for, and has the solver write to it. */
static void start_trace(const struct options *options, cvxnn_solver *solver, struct trace *trace) {
    const char *name = option_text(options, "trace", NULL);
    if (!name) return;
    trace->file = fopen(name, "a");
    if (!trace->file) {
        fprintf(stderr, "bench: cannot write to %s\n", name);
        expect(CVXNN_ERROR_IO, "the trace");
    }
    expect(cvxnn_solver_set_callback(solver, note, trace), "callback");
}

int bench_gated(const struct options *options) {
    int64_t n = option_count(options, "n", 2000), d = option_count(options, "d", 20);
    struct data data;
    cvxnn_problem *problem;
    data_make(n, d, (uint64_t)option_integer(options, "seed", 1), option_flag(options, "noise-labels"),
              &data);
    double start = seconds_now();
    cvxnn_solver *solver = gated_pose(options, &data, &problem);
    struct trace trace = {.n = n, .d = d, .ratio = option_real(options, "beta-ratio", 0.01)};
    start_trace(options, solver, &trace);
    int32_t status = cvxnn_solver_solve(solver);
    double seconds = seconds_now() - start;
    if (trace.file && fclose(trace.file)) expect(CVXNN_ERROR_IO, "the trace");
    expect(status, "solve");
    double dense = dense_pass(n, d, option_count(options, "patterns", 1000));
    line_open("gated");
    line_real("seconds", seconds);
    line_real("dense_passes", seconds / dense);
    line_real("dense_pass_seconds", dense);
    line_real("relative_gap", real_of(solver, CVXNN_INFO_RELATIVE_GAP));
    line_real("objective", real_of(solver, CVXNN_INFO_OBJECTIVE));
    line_integer("active", integer_of(solver, CVXNN_INFO_ACTIVE));
    line_integer("iterations", integer_of(solver, CVXNN_INFO_ITERATIONS));
    line_integer("peak_bytes", integer_of(solver, CVXNN_INFO_PEAK_BYTES));
    line_integer("patterns", integer_of(solver, CVXNN_INFO_PATTERNS));
    line_real("beta_ratio", option_real(options, "beta-ratio", 0.01));
    line_text("status", cvxnn_status_name(status));
    line_close(options, n, d, real_of(solver, CVXNN_INFO_BETA), real_of(solver, CVXNN_INFO_BETA_MAX));
    cvxnn_solver_free(solver);
    cvxnn_problem_free(problem);
    data_free(&data);
    return status == CVXNN_OK ? 0 : 4;
}
