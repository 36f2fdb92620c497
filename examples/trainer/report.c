/*
 * The report. The keys that are promised come first, in their order, then every other result of the library,
 * so that one that is added there appears here. A value that is unknown, NaN or infinite is null.
 */
#include "report.h"

#include <math.h>
#include <string.h>

#include "blas_runtime.h"
#include "json.h"
#include "limit.h"
#include "output.h"

static const char *const promised[] = {
    "method",
    "loss",
    "n",
    "d",
    "outputs",
    "objective",
    "convex_objective",
    "convex_dual",
    "relative_gap",
    "lower_bound",
    "certified_ratio",
    "beta",
    "beta_max",
    "patterns",
    "patterns_sampled",
    "patterns_added",
    "active",
    "neurons",
    "iterations",
    "seconds",
    "seed",
    "threads",
    "status",
    "train_error",
    "holdout_error",
    "blas",
    "version",
};
enum { PROMISED = sizeof promised / sizeof promised[0] };

struct report {
    struct json json;
    const cvxnn_problem *problem;
    const cvxnn_solver *solver;
    const struct run_facts *facts;
};

/* ---- Values ---------------------------------------------------------------------------------- */

double run_real(const cvxnn_solver *solver, const struct run_facts *facts, int32_t key) {
    double solved = NAN, proved = NAN;
    cvxnn_solver_info_double(solver, key, &solved);
    if (facts->certificate) cvxnn_certificate_info_double(facts->certificate, key, &proved);
    if (key == CVXNN_INFO_LOWER_BOUND) return fmax(solved, proved); /* fmax and fmin pass over NAN */
    if (key == CVXNN_INFO_CERTIFIED_RATIO) return fmin(solved, proved);
    if (key == CVXNN_INFO_SECONDS) return solved + facts->earlier_seconds;
    return isnan(solved) ? proved : solved;
}

int run_integer(const cvxnn_solver *solver, const struct run_facts *facts, int32_t key, int64_t *value) {
    if (key == CVXNN_INFO_NEURONS) *value = facts->neurons;
    if (key == CVXNN_INFO_NEURONS || !cvxnn_solver_info_int(solver, key, value)) return 1;
    return facts->certificate && !cvxnn_certificate_info_int(facts->certificate, key, value);
}

double run_beta(const cvxnn_problem *problem, const cvxnn_solver *solver) {
    double beta = 0;
    if (!cvxnn_solver_info_double(solver, CVXNN_INFO_BETA, &beta)) return beta;
    cvxnn_problem_get_double(problem, CVXNN_OPTION_BETA, &beta);
    return beta > 0 ? beta : NAN;
}

/* null where the proof did not find it out. */
static void put_limit(struct report *report) {
    const struct limit limit = limit_of_proof(report->facts->certificate);
    if (limit_name(&limit))
        json_string(&report->json, limit_name(&limit));
    else
        json_real(&report->json, NAN);
}

/* A result of the run by name. */
static void put_info(struct report *report, const char *name) {
    int32_t key, type;
    int64_t integer;
    if (cvxnn_key_of(CVXNN_GROUP_INFO, name, &key) || cvxnn_type_of(key, &type))
        json_real(&report->json, NAN);
    else if (key == CVXNN_INFO_LIMIT && report->facts->certificate)
        put_limit(report);
    else if (type == CVXNN_TYPE_DOUBLE)
        json_real(&report->json, run_real(report->solver, report->facts, key));
    else if (run_integer(report->solver, report->facts, key, &integer))
        json_integer(&report->json, integer);
    else
        json_real(&report->json, NAN);
}

/* An option: a choice by its name. */
static void put_option(struct report *report, int32_t key) {
    int64_t value = 0;
    const char *name;
    if (cvxnn_problem_get_int(report->problem, key, &value))
        cvxnn_solver_get_int(report->solver, key, &value);
    name = cvxnn_choice_name(key, value);
    if (name)
        json_string(&report->json, name);
    else
        json_integer(&report->json, value);
}

static void put_value(struct report *report, const char *name) {
    const struct run_facts *facts = report->facts;
    if (!strcmp(name, "method"))
        put_option(report, CVXNN_OPTION_METHOD);
    else if (!strcmp(name, "loss"))
        put_option(report, CVXNN_OPTION_LOSS);
    else if (!strcmp(name, "seed"))
        put_option(report, CVXNN_OPTION_SEED);
    else if (!strcmp(name, "n"))
        json_integer(&report->json, facts->n);
    else if (!strcmp(name, "d"))
        json_integer(&report->json, facts->d);
    else if (!strcmp(name, "outputs"))
        json_integer(&report->json, facts->outputs);
    else if (!strcmp(name, "beta"))
        json_real(&report->json, run_beta(report->problem, report->solver));
    else if (!strcmp(name, "train_error"))
        json_real(&report->json, facts->train_error);
    else if (!strcmp(name, "holdout_error"))
        json_real(&report->json, facts->holdout_error);
    else if (!strcmp(name, "blas"))
        json_string(&report->json, blas_name());
    else if (!strcmp(name, "version"))
        json_string(&report->json, cvxnn_version_string());
    else
        put_info(report, name);
}

static void put_promised(struct report *report) {
    for (int k = 0; k < PROMISED; k++) {
        json_key(&report->json, promised[k]);
        put_value(report, promised[k]);
    }
}

static int is_promised(const char *name) {
    for (int k = 0; k < PROMISED; k++)
        if (!strcmp(promised[k], name)) return 1;
    return 0;
}

/* The solve's time is "seconds"; what the proof took on top of it stands apart. */
static void put_proof_time(struct report *report) {
    double seconds = NAN;
    if (report->facts->certificate)
        cvxnn_certificate_info_double(report->facts->certificate, CVXNN_INFO_SECONDS, &seconds);
    json_key(&report->json, "certificate_seconds");
    json_real(&report->json, seconds);
}

static void put_others(struct report *report) {
    int64_t status = 0;
    int32_t key;
    json_key(&report->json, "status_text");
    cvxnn_solver_info_int(report->solver, CVXNN_INFO_STATUS, &status);
    json_string(&report->json, cvxnn_status_string((int32_t)status));
    json_key(&report->json, "bias");
    put_option(report, CVXNN_OPTION_BIAS);
    json_key(&report->json, "standardize");
    put_option(report, CVXNN_OPTION_STANDARDIZE);
    json_key(&report->json, "holdout_rows");
    json_integer(&report->json, report->facts->holdout_rows);
    put_proof_time(report);
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_INFO, k, &key); k++)
        if (!is_promised(cvxnn_name_of(key))) {
            json_key(&report->json, cvxnn_name_of(key));
            put_info(report, cvxnn_name_of(key));
        }
}

void report_write(const char *path, const cvxnn_problem *problem, const cvxnn_solver *solver,
                  const struct run_facts *facts) {
    struct output output;
    output_open(&output, path);
    struct report report = {
        .json = {.file = output.file}, .problem = problem, .solver = solver, .facts = facts};
    put_promised(&report);
    put_others(&report);
    json_end(&report.json);
    output_close(&output);
}
