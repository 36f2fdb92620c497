/*
 * bench certificate: how close to the optimum the best network that the library finds is proved to be.
 *
 * The network is found first, by every method there is; its time does not count, and --network-seconds limits
 * it, for each method. Then its certificate is made (seconds) and verified (verify_seconds). --trace FILE:
 * also a line of JSON there for every bound that is reported.
 */
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "bench.h"
#include "cvxnn.h"
#include "table.h"

static void pose(const struct options *options, struct data *data, cvxnn_problem **problem) {
    const char *file = option_text(options, "real", NULL);
    if (file)
        table_read(file, option_text(options, "target", "y"), data);
    else
        data_make(option_count(options, "n", 100), option_count(options, "d", 10),
                  (uint64_t)option_integer(options, "seed", 1), option_flag(options, "noise-labels"), data);
    expect(cvxnn_problem_create(problem), "problem");
    expect(
        cvxnn_problem_set_data(*problem, data->n, data->d, data->x, data->d, CVXNN_ROW_MAJOR, CVXNN_BORROW),
        "data");
    expect(cvxnn_problem_set_targets(*problem, data->n, 1, data->y, 1, CVXNN_ROW_MAJOR), "targets");
}

static cvxnn_solver *make_solver(const struct options *options, cvxnn_problem *problem) {
    cvxnn_solver *solver;
    expect(cvxnn_solver_create(problem, &solver), "solver");
    expect(cvxnn_solver_set_int(solver, CVXNN_OPTION_PATTERNS, option_count(options, "patterns", 1000)),
           "patterns");
    expect(cvxnn_solver_set_int(solver, CVXNN_OPTION_SEED, option_integer(options, "seed", 1)), "seed");
    expect(cvxnn_solver_set_int(solver, CVXNN_OPTION_THREADS, option_count(options, "threads", 1)),
           "threads");
    expect(cvxnn_solver_set_int(solver, CVXNN_OPTION_BOUND, 0), "bound");
    return solver;
}

/* --beta, or --beta-ratio times beta_max of the patterns sampled. */
static double set_beta(const struct options *options, cvxnn_problem *problem, cvxnn_solver *solver,
                       double *beta_max) {
    expect(cvxnn_solver_compute_beta_max(solver, beta_max), "beta_max"); /* nothing here stops it */
    double beta = option_real(options, "beta", option_real(options, "beta-ratio", 0.01) * *beta_max);
    expect(cvxnn_problem_set_double(problem, CVXNN_OPTION_BETA, beta), "beta");
    return beta;
}

/* The best network of all methods; those that this version does not have are passed over. */
static cvxnn_model *best_network(cvxnn_solver *solver) {
    static const int64_t methods[] = {CVXNN_METHOD_DECOMPOSE, CVXNN_METHOD_SEARCH, CVXNN_METHOD_GRADIENT};
    cvxnn_model *best = NULL;
    double least = INFINITY;
    for (int m = 0; m < 3; m++) {
        expect(cvxnn_solver_set_int(solver, CVXNN_OPTION_METHOD, methods[m]), "method");
        int32_t status = cvxnn_solver_solve(solver);
        if (status == CVXNN_ERROR_UNSUPPORTED) continue;
        expect(status, "solve");
        double objective = real_of(solver, CVXNN_INFO_OBJECTIVE);
        if (!(objective < least)) continue;
        least = objective;
        cvxnn_model_free(best);
        expect(cvxnn_solver_get_model(solver, &best), "model");
    }
    return best;
}

#define LIMIT_NAME(symbol, number, name) [number] = name,
static const char *const LIMITS[] = {CVXNN_LIMIT_TABLE(LIMIT_NAME)};

static double certificate_real(const cvxnn_certificate *certificate, int32_t key) {
    double value = NAN;
    cvxnn_certificate_info_double(certificate, key, &value);
    return value;
}

static int64_t certificate_integer(const cvxnn_certificate *certificate, int32_t key) {
    int64_t value = -1;
    cvxnn_certificate_info_int(certificate, key, &value);
    return value;
}

static cvxnn_certificate *make_certificate(const struct options *options) {
    cvxnn_certificate *certificate;
    expect(cvxnn_certificate_create(&certificate), "certificate");
    expect(cvxnn_certificate_set_int(certificate, CVXNN_OPTION_ORDER, option_integer(options, "order", 0)),
           "order");
    expect(cvxnn_certificate_set_int(certificate, CVXNN_OPTION_KINKS, option_integer(options, "kinks", 0)),
           "kinks");
    expect(cvxnn_certificate_set_int(certificate, CVXNN_OPTION_THREADS, option_count(options, "threads", 1)),
           "threads");
    double branch = option_real(options, "branch", 0); /* seconds more, with as many cells as they allow */
    expect(cvxnn_certificate_set_double(certificate, CVXNN_OPTION_MAX_SECONDS,
                                        option_real(options, "max-seconds", 60) + branch),
           "max-seconds");
    expect(cvxnn_certificate_set_int(certificate, CVXNN_OPTION_CELLS, branch > 0 ? INT64_MAX : 0), "cells");
    expect(cvxnn_certificate_set_double(certificate, CVXNN_OPTION_OPERATIONS,
                                        option_real(options, "operations", 1e300)),
           "operations");
    return certificate;
}

static int32_t note(const cvxnn_event *event, void *user) {
    double seconds, bound;
    if (cvxnn_event_get_double(event, CVXNN_INFO_SECONDS, &seconds) == CVXNN_OK &&
        cvxnn_event_get_double(event, CVXNN_INFO_LOWER_BOUND, &bound) == CVXNN_OK)
        fprintf(user, "{\"bench\": \"certificate-trace\", \"seconds\": %.6g, \"lower_bound\": %.9g}\n",
                seconds, bound);
    return 0;
}

/* Opens --trace's file, if it is asked for, and has the certificate write to it; NULL without one. */
static FILE *start_trace(const struct options *options, cvxnn_certificate *certificate) {
    const char *name = option_text(options, "trace", NULL);
    FILE *file = name ? fopen(name, "a") : NULL;
    if (name && !file) expect(CVXNN_ERROR_IO, "the trace");
    if (file) expect(cvxnn_certificate_set_callback(certificate, note, file), "callback");
    return file;
}

int bench_certificate(const struct options *options) {
    struct data data;
    cvxnn_problem *problem;
    double beta_max;
    pose(options, &data, &problem);
    cvxnn_solver *solver = make_solver(options, problem);
    double beta = set_beta(options, problem, solver, &beta_max);
    expect(
        cvxnn_solver_set_double(solver, CVXNN_OPTION_MAX_SECONDS, option_real(options, "network-seconds", 0)),
        "network-seconds");
    cvxnn_model *model = best_network(solver);
    cvxnn_certificate *certificate = make_certificate(options);
    FILE *trace = start_trace(options, certificate);
    double start = seconds_now();
    int32_t status = cvxnn_certificate_prove(certificate, problem, model);
    double seconds = seconds_now() - start;
    expect(status, "prove");
    double estimate = certificate_real(certificate, CVXNN_INFO_OPTIMUM_ESTIMATE),
           violation = certificate_real(certificate, CVXNN_INFO_VIOLATION);
    int64_t limit = certificate_integer(certificate, CVXNN_INFO_LIMIT);
    if (trace && fclose(trace)) expect(CVXNN_ERROR_IO, "the trace");
    expect(cvxnn_certificate_set_callback(certificate, NULL, NULL), "callback");
    start = seconds_now();
    expect(cvxnn_certificate_verify(certificate, problem, model), "verify");
    double verify_seconds = seconds_now() - start;
    line_open("certificate");
    line_real("objective", certificate_real(certificate, CVXNN_INFO_OBJECTIVE));
    line_real("lower_bound", certificate_real(certificate, CVXNN_INFO_LOWER_BOUND));
    line_real("certified_ratio", certificate_real(certificate, CVXNN_INFO_CERTIFIED_RATIO));
    line_real("seconds", seconds);
    line_real("verify_seconds", verify_seconds);
    line_integer("order", certificate_integer(certificate, CVXNN_INFO_ORDER));
    line_integer("kinks", certificate_integer(certificate, CVXNN_INFO_KINKS));
    line_integer("leaves", certificate_integer(certificate, CVXNN_INFO_LEAVES));
    line_real("optimum_estimate", estimate);
    line_real("violation", violation);
    if (limit >= 0) line_text("limit", LIMITS[limit]);
    line_close(options, data.n, data.d, beta, beta_max);
    cvxnn_certificate_free(certificate);
    cvxnn_model_free(model);
    cvxnn_solver_free(solver);
    cvxnn_problem_free(problem);
    data_free(&data);
    return status == CVXNN_OK ? 0 : 4;
}
