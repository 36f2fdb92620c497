/*
 * The report. The keys that are promised come first, in their order, then every other result of the library,
 * so that one that is added there appears here. A value that is unknown, NaN or infinite is null.
 */
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blas_runtime.h"
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
    FILE *file;
    const cvxnn_problem *problem;
    const cvxnn_solver *solver;
    const struct run_facts *facts;
    int keys; /* written so far */
};

/* ---- JSON ------------------------------------------------------------------------------------ */

static void put_key(struct report *report, const char *name) {
    fprintf(report->file, "%s  \"%s\": ", report->keys++ ? ",\n" : "{\n", name);
}

static void put_string(struct report *report, const char *text) {
    fputc('"', report->file);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 32 || byte == 127)
            fprintf(report->file, "\\u%04x", byte);
        else
            fprintf(report->file, byte == '"' || byte == '\\' ? "\\%c" : "%c", byte);
    }
    fputc('"', report->file);
}

static void put_real(struct report *report, double value) {
    if (isfinite(value))
        fprintf(report->file, "%.17g", value);
    else
        fputs("null", report->file);
}

static void put_integer(struct report *report, int64_t value) {
    fprintf(report->file, "%lld", (long long)value);
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* A result of the solver by name. */
static void put_info(struct report *report, const char *name) {
    int32_t key, type;
    int64_t integer;
    double real = NAN;
    if (cvxnn_key_of(CVXNN_GROUP_INFO, name, &key) || cvxnn_type_of(key, &type))
        put_real(report, NAN);
    else if (type == CVXNN_TYPE_DOUBLE)
        put_real(report, cvxnn_solver_info_double(report->solver, key, &real) ? NAN : real);
    else if (cvxnn_solver_info_int(report->solver, key, &integer))
        put_real(report, NAN);
    else
        put_integer(report, integer);
}

/* An option: a choice by its name. */
static void put_option(struct report *report, int32_t key) {
    int64_t value = 0;
    const char *name;
    if (cvxnn_problem_get_int(report->problem, key, &value))
        cvxnn_solver_get_int(report->solver, key, &value);
    name = cvxnn_choice_name(key, value);
    if (name)
        put_string(report, name);
    else
        put_integer(report, value);
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
        put_integer(report, facts->n);
    else if (!strcmp(name, "d"))
        put_integer(report, facts->d);
    else if (!strcmp(name, "outputs"))
        put_integer(report, facts->outputs);
    else if (!strcmp(name, "train_error"))
        put_real(report, facts->train_error);
    else if (!strcmp(name, "holdout_error"))
        put_real(report, facts->holdout_error);
    else if (!strcmp(name, "blas"))
        put_string(report, blas_name());
    else if (!strcmp(name, "version"))
        put_string(report, cvxnn_version_string());
    else
        put_info(report, name);
}

static void put_promised(struct report *report) {
    for (int k = 0; k < PROMISED; k++) {
        put_key(report, promised[k]);
        put_value(report, promised[k]);
    }
}

static int is_promised(const char *name) {
    for (int k = 0; k < PROMISED; k++)
        if (!strcmp(promised[k], name)) return 1;
    return 0;
}

static void put_others(struct report *report) {
    int64_t status = 0;
    int32_t key;
    put_key(report, "status_text");
    cvxnn_solver_info_int(report->solver, CVXNN_INFO_STATUS, &status);
    put_string(report, cvxnn_status_string((int32_t)status));
    put_key(report, "bias");
    put_option(report, CVXNN_OPTION_BIAS);
    put_key(report, "standardize");
    put_option(report, CVXNN_OPTION_STANDARDIZE);
    put_key(report, "holdout_rows");
    put_integer(report, report->facts->holdout_rows);
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_INFO, k, &key); k++)
        if (!is_promised(cvxnn_name_of(key))) {
            put_key(report, cvxnn_name_of(key));
            put_info(report, cvxnn_name_of(key));
        }
}

void report_write(const char *path, const cvxnn_problem *problem, const cvxnn_solver *solver,
                  const struct run_facts *facts) {
    struct output output;
    output_open(&output, path);
    struct report report = {.file = output.file, .problem = problem, .solver = solver, .facts = facts};
    put_promised(&report);
    put_others(&report);
    fputs("\n}\n", report.file);
    output_close(&output);
}
