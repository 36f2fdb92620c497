/*
 * cvxnn train: a table in; a network, its objective, a proved lower bound and their ratio out.
 *
 * The order is: everything that can be wrong with the command line and the files, then the solve, then what
 * is written. A solve that a budget or SIGINT stops has a result too, and it is written the same way.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blas_runtime.h"
#include "columns.h"
#include "commands.h"
#include "failure.h"
#include "holdout.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"
#include "report.h"
#include "summary.h"

static const struct own_option options[] = {
    {"target", "COL[,COL...]", "the column to predict: a name, or without a header a position from 1"},
    {"weights", "COL", "a column with a weight >= 0 for each row"},
    {"gates", "FILE",
     "gates to use instead of sampled ones: one a row, a column a feature (and the bias, last)"},
    {"holdout", "FRACTION", "part of the rows to keep back and measure the error on; chosen by the seed"},
    {"header", "auto|yes|no", "whether the first line of DATA holds the columns' names [auto]"},
    {"model", "FILE", "where the network is saved"},
    {"report", "FILE.json", "where the results go, as JSON"},
    {"certificate", "FILE",
     "prove how far the network is at most from the global optimum, and save the proof there"},
    {"quiet", NULL, "print nothing but errors"},
    {NULL, NULL, NULL},
};

static const int32_t of_paths[] = {CVXNN_OPTION_POINTS, CVXNN_OPTION_LEAST_RATIO, CVXNN_OPTION_FOLDS,
                                   CVXNN_OPTION_HOLDOUT, 0};

static const struct option_text texts[] = {
    {CVXNN_OPTION_BETA, "weight decay, above 0; without it, --beta-ratio decides", 1},
    {CVXNN_OPTION_BETA_RATIO, "beta as a multiple of beta_max, where --beta is not given", 0},
    {CVXNN_OPTION_MAX_ITERATIONS,
     "iteration budget; 0: none for convex programs, 5000 a start for gradient and polish; the proof's\n"
     "      search at an order has as many once more",
     0},
    {CVXNN_OPTION_MAX_SECONDS, "wall-clock budget of the solve, and once more of the proof; 0: none", 0},
    {CVXNN_OPTION_THREADS, "threads of the solve and the proof; 0: one for every core", 0},
    {CVXNN_OPTION_ORDER,
     "needs --certificate: order of its polynomials; 0: chosen by the library, or branching", 0},
    {CVXNN_OPTION_TARGET_RATIO,
     "needs --certificate: objective / lower bound at which its proof is good enough", 0},
    {CVXNN_OPTION_CELLS,
     "needs --certificate: regions of the sphere that its branching may look at; 0: no branching", 0},
    {0, NULL, 0},
};

/* Everything that a run holds. */
struct training {
    const struct arguments *arguments;
    cvxnn_problem *problem;
    cvxnn_solver *solver;
    cvxnn_model *model;
    cvxnn_certificate *certificate; /* NULL: none is asked for */
    struct table table;
    struct roles roles;
    struct holdout holdout;
    double *x, *y, *weights; /* of the rows trained on; weights NULL: none */
    struct run_facts facts;
};

/* ---- Before the solve ------------------------------------------------------------------------ */

/* Options that only a proof has would change nothing without one. */
static void check_proof_options(const struct arguments *arguments) {
    static const struct {
        int32_t key;
        const char *name;
    } only[] = {{CVXNN_OPTION_ORDER, "order"},
                {CVXNN_OPTION_TARGET_RATIO, "target-ratio"},
                {CVXNN_OPTION_CELLS, "cells"}};
    for (int o = 0; o < 3 && !argument_of(arguments, "certificate"); o++)
        if (setting_given(arguments, only[o].key)) fail(EXIT_USAGE, "--%s needs --certificate", only[o].name);
}

static void check_command_line(const struct arguments *arguments) {
    const char *outputs[] = {"model", "report", "certificate"},
               *inputs[] = {NULL, argument_of(arguments, "gates")};
    inputs[0] = arguments->operands[0];
    if (!argument_of(arguments, "target")) fail(EXIT_USAGE, "train needs --target");
    if (argument_of(arguments, "certificate") && argument_of(arguments, "holdout"))
        fail(EXIT_USAGE, "--certificate and --holdout exclude each other: a certificate is for all rows");
    if (setting_given(arguments, CVXNN_OPTION_BETA) && setting_given(arguments, CVXNN_OPTION_BETA_RATIO))
        fail(EXIT_USAGE, "--beta and --beta-ratio exclude each other");
    check_proof_options(arguments);
    for (int o = 0; o < 3; o++) {
        const char *path = argument_of(arguments, outputs[o]);
        if (!path) continue;
        output_expect(path);
        for (int i = 0; i < 2; i++) output_differs(path, "an output", inputs[i], "an input");
    }
    for (int o = 0; o < 3; o++)
        output_differs(argument_of(arguments, outputs[o]), "an output",
                       argument_of(arguments, outputs[(o + 1) % 3]), "another");
}

/* An option belongs to the problem, or to the solver, the certificate or both; who does not know it says so
 * by KEY. */
static void apply(struct training *training, const struct setting *setting) {
    int real = setting->type == CVXNN_TYPE_DOUBLE;
    if (setting->key == CVXNN_OPTION_BETA && !(setting->real > 0))
        fail(EXIT_USAGE, "--beta must be above 0; --beta-ratio takes a multiple of beta_max");
    int32_t status = real ? cvxnn_problem_set_double(training->problem, setting->key, setting->real)
                          : cvxnn_problem_set_int(training->problem, setting->key, setting->integer);
    if (status != CVXNN_ERROR_KEY) {
        check_problem(training->problem, status, EXIT_USAGE);
        return;
    }
    status = real ? cvxnn_solver_set_double(training->solver, setting->key, setting->real)
                  : cvxnn_solver_set_int(training->solver, setting->key, setting->integer);
    if (training->certificate) {
        int32_t also = real
                           ? cvxnn_certificate_set_double(training->certificate, setting->key, setting->real)
                           : cvxnn_certificate_set_int(training->certificate, setting->key, setting->integer);
        if (also != CVXNN_ERROR_KEY) check_certificate(training->certificate, also, EXIT_USAGE);
        if (also == CVXNN_OK && status == CVXNN_ERROR_KEY) return;
    }
    check_solver(training->solver, status, EXIT_USAGE);
}

/* The library's default is one thread, the trainer's all cores; BLAS then gets one, so that they do not fight
 * over the cores and the bits do not depend on how many there are. */
static void make_handles(struct training *training) {
    check_problem(NULL, cvxnn_problem_create(&training->problem), 0);
    check_solver(NULL, cvxnn_solver_create(training->problem, &training->solver), 0);
    check_solver(training->solver, cvxnn_solver_set_int(training->solver, CVXNN_OPTION_THREADS, 0), 0);
    if (argument_of(training->arguments, "certificate")) {
        check_certificate(NULL, cvxnn_certificate_create(&training->certificate), 0);
        check_certificate(training->certificate,
                          cvxnn_certificate_set_int(training->certificate, CVXNN_OPTION_THREADS, 0), 0);
    }
    blas_set_threads(1);
    for (int64_t s = 0; s < training->arguments->setting_count; s++)
        apply(training, &training->arguments->settings[s]);
    int64_t method = 0;
    cvxnn_solver_get_int(training->solver, CVXNN_OPTION_METHOD, &method);
    if (training->certificate && method == CVXNN_METHOD_GATED)
        fail(EXIT_USAGE, "--certificate: a gated network is no ReLU network, there is nothing to certify");
}

static void read_data(struct training *training) {
    const struct arguments *arguments = training->arguments;
    int64_t seed = 0;
    table_read(arguments->operands[0], header_of(argument_of(arguments, "header")), &training->table);
    columns_by_role(&training->table, argument_of(arguments, "target"), argument_of(arguments, "weights"),
                    &training->roles);
    cvxnn_solver_get_int(training->solver, CVXNN_OPTION_SEED, &seed);
    holdout_choose(argument_of(arguments, "holdout"), training->table.rows, seed, &training->holdout);
}

static void pose(struct training *training) {
    const struct roles *roles = &training->roles;
    const struct columns weight = {.count = 1, .places = &training->roles.weights};
    const int64_t *rows = training->holdout.train;
    int64_t n = training->holdout.train_count, d = roles->features.count, outputs = roles->targets.count;
    cvxnn_problem *problem = training->problem;
    training->x = columns_gather(&training->table, &roles->features, rows, n);
    training->y = columns_gather(&training->table, &roles->targets, rows, n);
    check_problem(problem,
                  cvxnn_problem_set_data(problem, n, d, training->x, d, CVXNN_ROW_MAJOR, CVXNN_BORROW), 0);
    check_problem(problem,
                  cvxnn_problem_set_targets(problem, n, outputs, training->y, outputs, CVXNN_ROW_MAJOR), 0);
    if (roles->weights < 0) return;
    training->weights = columns_gather(&training->table, &weight, rows, n);
    check_problem(problem, cvxnn_problem_set_weights(problem, n, training->weights), 0);
}

static void read_gates(struct training *training) {
    const char *path = argument_of(training->arguments, "gates");
    struct table gates;
    if (!path) return;
    table_read(path, HEADER_AUTO, &gates);
    int64_t bias = CVXNN_BIAS_NONE, d = training->roles.features.count;
    cvxnn_problem_get_int(training->problem, CVXNN_OPTION_BIAS, &bias);
    if (bias == CVXNN_BIAS_PENALIZED) d++;
    if (gates.columns != d)
        fail(EXIT_INPUT, "%s has %lld columns, this problem needs %lld%s", table_name(&gates),
             (long long)gates.columns, (long long)d,
             bias == CVXNN_BIAS_PENALIZED ? ", the last for the bias" : "");
    check_solver(training->solver,
                 cvxnn_solver_set_gates(training->solver, gates.rows, gates.columns, gates.values,
                                        gates.columns, CVXNN_ROW_MAJOR),
                 0);
    table_free(&gates);
}

static void set_names(const struct training *training, cvxnn_model *model) {
    const struct roles *roles = &training->roles;
    char **names = training->table.names;
    if (!names) return;
    for (int64_t j = 0; j < roles->features.count; j++)
        check_model(model, cvxnn_model_set_feature_name(model, j, names[roles->features.places[j]]), 0);
    for (int64_t k = 0; k < roles->targets.count; k++)
        check_model(model, cvxnn_model_set_target_name(model, k, names[roles->targets.places[k]]), 0);
}

/* Names that a model cannot hold must not come to light after an hour's training. */
static void try_names(const struct training *training) {
    cvxnn_model *model = NULL;
    check_model(NULL, cvxnn_model_create(&model), 0);
    check_model(model,
                cvxnn_model_set_weights(model, training->roles.features.count, CVXNN_BIAS_NONE,
                                        training->roles.targets.count, 0, NULL, 1, NULL, 1),
                0);
    set_names(training, model);
    cvxnn_model_free(model);
}

/* ---- The solve, and after it ------------------------------------------------------------------- */

static int32_t solve(struct training *training) {
    struct progress progress;
    progress_begin(&progress, training->solver, argument_of(training->arguments, "quiet") != NULL);
    interrupt_cancels(training->solver);
    int32_t status = cvxnn_solver_solve(training->solver);
    interrupt_cancels(NULL);
    progress_end(&progress);
    check_solver(training->solver, status, 0);
    check_solver(training->solver, cvxnn_solver_get_model(training->solver, &training->model), 0);
    set_names(training, training->model);
    return status;
}

/* The certificate of the network that was found; it has the solve's budgets once more. A solve that ended
 * before beta was known leaves no problem to prove anything of, and so no certificate. An error is returned:
 * the network is there all the same and must be saved first. */
static int32_t prove(struct training *training) {
    struct progress progress;
    double beta;
    if (!training->certificate) return CVXNN_OK;
    beta = run_beta(training->problem, training->solver);
    if (isnan(beta)) {
        cvxnn_certificate_free(training->certificate);
        training->certificate = NULL;
        return CVXNN_OK;
    }
    check_problem(training->problem, cvxnn_problem_set_double(training->problem, CVXNN_OPTION_BETA, beta), 0);
    progress_begin_proof(&progress, training->certificate, argument_of(training->arguments, "quiet") != NULL);
    interrupt_cancels_proof(training->certificate);
    int32_t status = cvxnn_certificate_prove(training->certificate, training->problem, training->model);
    interrupt_cancels_proof(NULL);
    progress_end(&progress);
    return status;
}

/* The mean of |f - y|^2 over these rows, weighted as they are; NAN without rows or weight. */
static double mean_squared_error(const struct training *training, const int64_t *rows, int64_t count) {
    const struct roles *roles = &training->roles;
    int64_t d = roles->features.count, outputs = roles->targets.count;
    double sum = 0, mass = 0;
    double *x = columns_gather(&training->table, &roles->features, rows, count);
    double *y = columns_gather(&training->table, &roles->targets, rows, count);
    double *f = allocate(count * outputs, sizeof *f);
    check_model(training->model,
                cvxnn_model_predict(training->model, count, d, x, d, CVXNN_ROW_MAJOR, f, outputs), 0);
    for (int64_t i = 0; i < count; i++) {
        const double *row = training->table.values + rows[i] * training->table.columns;
        double weight = roles->weights < 0 ? 1 : row[roles->weights], square = 0;
        for (int64_t k = 0; k < outputs; k++)
            square += (f[i * outputs + k] - y[i * outputs + k]) * (f[i * outputs + k] - y[i * outputs + k]);
        sum += weight * square;
        mass += weight;
    }
    free(x);
    free(y);
    free(f);
    return mass > 0 ? sum / mass : NAN;
}

static void measure(struct training *training, int32_t proof) {
    const struct holdout *holdout = &training->holdout;
    training->facts = (struct run_facts){
        .n = holdout->train_count,
        .d = training->roles.features.count,
        .outputs = training->roles.targets.count,
        .holdout_rows = holdout->kept_count,
        .train_error = mean_squared_error(training, holdout->train, holdout->train_count),
        .holdout_error = mean_squared_error(training, holdout->kept, holdout->kept_count),
        .certificate = proof < 0 ? NULL : training->certificate,
        .proof = proof,
    };
}

static void write_results(const struct training *training, int32_t proof) {
    const struct arguments *arguments = training->arguments;
    const char *model = argument_of(arguments, "model"), *report = argument_of(arguments, "report"),
               *certificate = proof < 0 ? NULL : argument_of(arguments, "certificate");
    if (model) check_model(training->model, cvxnn_model_save(training->model, model), 0);
    if (certificate && training->certificate)
        check_certificate(training->certificate, cvxnn_certificate_save(training->certificate, certificate),
                          0);
    if (report) report_write(report, training->problem, training->solver, &training->facts);
    if (!argument_of(arguments, "quiet"))
        summary_print(training->problem, training->solver, &training->facts, model, certificate, report);
}

static void training_free(struct training *training) {
    cvxnn_certificate_free(training->certificate);
    cvxnn_model_free(training->model);
    cvxnn_solver_free(training->solver);
    cvxnn_problem_free(training->problem);
    free(training->x);
    free(training->y);
    free(training->weights);
    holdout_free(&training->holdout);
    roles_free(&training->roles);
    table_free(&training->table);
}

static int train(const struct arguments *arguments) {
    struct training training;
    memset(&training, 0, sizeof training);
    training.arguments = arguments;
    interrupt_catch();
    check_command_line(arguments);
    make_handles(&training);
    read_data(&training);
    pose(&training);
    read_gates(&training);
    try_names(&training);
    int32_t status = solve(&training), proof = prove(&training);
    if (status == CVXNN_OK) status = proof;
    measure(&training, proof);
    write_results(&training, proof);
    check_certificate(training.certificate, proof, 0);
    training_free(&training);
    return exit_code(status);
}

const struct command train_command = {
    .name = "train",
    .operands = "DATA",
    .operand_count = 1,
    .library_options = 1,
    .except = of_paths,
    .summary = "Train a network on a table of comma-separated numbers.",
    .options = options,
    .texts = texts,
    .notes =
        "DATA - is standard input. Every column that is not a target or the weights is a feature.\n"
        "The problem, for rows x, targets y, weights s with sum S, and a loss l:\n"
        "    minimise (1/S) sum_i s_i l(f(x_i), y_i) + (beta/2) sum_j (|u_j|^2 + |a_j|^2),\n"
        "    f(x) = sum_j max(0, x . u_j) a_j                                        (NN)\n"
        "docs/math.md has it all, and the gated (G) and the ReLU (R) convex program.\n"
        "beta is --beta, or --beta-ratio times beta_max. --threads 0 is all cores. certified_ratio is the\n"
        "objective divided by a proved lower bound on this minimum. With --standardize all of it, gates and\n"
        "certified ratio included, goes for the scaled features; the model applies the scaling itself.\n"
        "train_error and holdout_error are mean squared errors, weighted by --weights. An option in [0|1] "
        "may\n"
        "leave the 1 out. --name=value is accepted for --name value.",
    .run = train,
};
