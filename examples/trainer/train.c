/*
 * cvxnn train: a table in; a network, its objective, a proved lower bound and their ratio out.
 *
 * The order is: everything that can be wrong with the command line and the files, then the solve, then what
 * is written. A solve that a budget or SIGINT stops has a result too, and it is written the same way.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "dataset.h"
#include "failure.h"
#include "holdout.h"
#include "prefer.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"
#include "report.h"
#include "settings.h"
#include "summary.h"

static const struct own_option options[] = {
    {"target", "COL[,COL...]", "the column to predict: a name, or without a header a position from 1"},
    {"weights", "COL", "a column with a weight >= 0 for each row"},
    {"gates", "FILE",
     "gates to use instead of sampled ones: one a row, a column a feature (and the bias, last)"},
    {"holdout", "FRACTION", "part of the rows to keep back and measure the error on; chosen by the seed"},
    {"prefer", "neurons|features|holdout",
     "of the ReLU networks that are as good on the rows trained on, the one with fewest neurons, fewer\n"
     "      features, or the least error on the rows of --holdout; the objective stays, up to 1e-10 of it"},
    {"ignore", "COL[,COL...]", "columns that are not used; they need not hold numbers"},
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
     "iteration budget; 0: no limit for convex programs, 5000 a start for gradient and polish; the proof's\n"
     "      search at an order has as many once more",
     0},
    {CVXNN_OPTION_MAX_SECONDS,
     "wall-clock budget of the solve, and once more of the proof; 0: no limit. Each has it again where the\n"
     "      proof finds directions that the search goes on from",
     0},
    {CVXNN_OPTION_THREADS, "threads of the solve and the proof; 0: one for every core", 0},
    {CVXNN_OPTION_ORDER,
     "needs --certificate: order of its polynomials; 0: chosen by the library, or branching", 0},
    {CVXNN_OPTION_TARGET_RATIO,
     "needs --certificate: objective / lower bound at which its proof is good enough", 0},
    {CVXNN_OPTION_CELLS,
     "needs --certificate: regions of the sphere that its branching may look at; 0: no branching", 0},
    {CVXNN_OPTION_KINKS, "needs --certificate: how its polynomials bound the rows' kinks", 0},
    {0, NULL, 0},
};

/* Everything that a run holds. */
struct training {
    const struct arguments *arguments;
    cvxnn_problem *problem;
    cvxnn_solver *solver;
    cvxnn_model *model;
    cvxnn_certificate *certificate; /* NULL: none is asked for */
    struct dataset data;
    struct holdout holdout;
    struct run_facts facts;
    double earlier_seconds; /* of the first solve, where there were two */
};

/* ---- Before the solve ------------------------------------------------------------------------ */

/* Options that only a proof has would change nothing without one. */
static void check_proof_options(const struct arguments *arguments) {
    static const struct {
        int32_t key;
        const char *name;
    } only[] = {{CVXNN_OPTION_ORDER, "order"},
                {CVXNN_OPTION_TARGET_RATIO, "target-ratio"},
                {CVXNN_OPTION_CELLS, "cells"},
                {CVXNN_OPTION_KINKS, "kinks"}};
    for (int o = 0; o < 4 && !argument_of(arguments, "certificate"); o++)
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
    prefer_check(arguments);
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

static void make_handles(struct training *training) {
    check_problem(NULL, cvxnn_problem_create(&training->problem), 0);
    check_solver(NULL, cvxnn_solver_create(training->problem, &training->solver), 0);
    if (argument_of(training->arguments, "certificate"))
        check_certificate(NULL, cvxnn_certificate_create(&training->certificate), 0);
    const struct handles handles = {
        .problem = training->problem, .solver = training->solver, .certificate = training->certificate};
    settings_apply(training->arguments, &handles);
    int64_t method = 0;
    cvxnn_solver_get_int(training->solver, CVXNN_OPTION_METHOD, &method);
    if (training->certificate && method == CVXNN_METHOD_GATED)
        fail(EXIT_USAGE, "--certificate: a gated network is no ReLU network, there is nothing to certify");
    if (argument_of(training->arguments, "prefer") && method == CVXNN_METHOD_GATED)
        fail(
            EXIT_USAGE,
            "--prefer: a gated network has no equals to choose from; --method search, relu or decompose has");
}

static void read_data(struct training *training) {
    int64_t seed = 0;
    double part = holdout_part(argument_of(training->arguments, "holdout"));
    dataset_read(training->arguments, training->arguments->operands[0],
                 argument_of(training->arguments, "target"), &training->data);
    cvxnn_solver_get_int(training->solver, CVXNN_OPTION_SEED, &seed);
    holdout_choose(part, training->data.table.rows, seed, &training->holdout);
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
    dataset_set_names(&training->data, training->model);
    if (!isnan(run_beta(training->problem, training->solver)))
        prefer_move(training->arguments, &training->data, &training->holdout, training->problem,
                    training->model);
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

/* Hands the proof's directions to the search, which goes on from the network that it has. */
static void offer_directions(struct training *training) {
    int64_t count = 0, features = 0, bias = 0;
    cvxnn_certificate_info_int(training->certificate, CVXNN_INFO_DIRECTIONS, &count);
    cvxnn_model_get_int(training->model, CVXNN_MODEL_FEATURES, &features);
    cvxnn_model_get_int(training->model, CVXNN_MODEL_BIAS, &bias);
    int64_t columns = features + (bias == CVXNN_BIAS_PENALIZED);
    double *u = allocate(count * columns, sizeof *u);
    check_certificate(training->certificate,
                      cvxnn_certificate_get_directions(training->certificate, count, columns, u), 0);
    check_solver(training->solver,
                 cvxnn_solver_set_directions(training->solver, count, columns, u, columns, CVXNN_ROW_MAJOR),
                 0);
    check_solver(training->solver, cvxnn_solver_set_start(training->solver, training->model), 0);
    free(u);
}

/* Where the search was done and the proof says that the network limits, by directions that it lacks (a rough
 * tolerance allows that), they are searched on from once, and what is found gets the proof. */
static void close_from_both_sides(struct training *training, int32_t *status, int32_t *proof) {
    int64_t method = 0, limit = CVXNN_LIMIT_NONE, count = 0;
    if (!training->certificate || *status || *proof) return;
    cvxnn_solver_get_int(training->solver, CVXNN_OPTION_METHOD, &method);
    cvxnn_certificate_info_int(training->certificate, CVXNN_INFO_LIMIT, &limit);
    cvxnn_certificate_info_int(training->certificate, CVXNN_INFO_DIRECTIONS, &count);
    if (method != CVXNN_METHOD_SEARCH || limit != CVXNN_LIMIT_NETWORK || count == 0) return;
    cvxnn_solver_info_double(training->solver, CVXNN_INFO_SECONDS, &training->earlier_seconds);
    offer_directions(training);
    cvxnn_model_free(training->model);
    training->model = NULL;
    *status = solve(training);
    *proof = prove(training);
}

/* The mean of |f - y|^2 over these rows, weighted as they are; NAN without rows or weight. */
static double mean_squared_error(const struct training *training, const int64_t *rows, int64_t count) {
    const struct roles *roles = &training->data.roles;
    int64_t d = roles->features.count, outputs = roles->targets.count;
    double sum = 0, mass = 0;
    double *x = columns_gather(&training->data.table, &roles->features, rows, count);
    double *y = columns_gather(&training->data.table, &roles->targets, rows, count);
    double *f = allocate(count * outputs, sizeof *f);
    check_model(training->model,
                cvxnn_model_predict(training->model, count, d, x, d, CVXNN_ROW_MAJOR, f, outputs), 0);
    for (int64_t i = 0; i < count; i++) {
        const double *row = training->data.table.values + rows[i] * training->data.table.columns;
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
    int64_t neurons = 0;
    cvxnn_model_get_int(training->model, CVXNN_MODEL_NEURONS, &neurons);
    training->facts = (struct run_facts){
        .n = holdout->train_count,
        .d = training->data.roles.features.count,
        .outputs = training->data.roles.targets.count,
        .holdout_rows = holdout->kept_count,
        .neurons = neurons,
        .named = training->data.table.names != NULL,
        .train_error = mean_squared_error(training, holdout->train, holdout->train_count),
        .holdout_error = mean_squared_error(training, holdout->kept, holdout->kept_count),
        .earlier_seconds = training->earlier_seconds,
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
    holdout_free(&training->holdout);
    dataset_free(&training->data);
}

static int train(const struct arguments *arguments) {
    struct training training;
    memset(&training, 0, sizeof training);
    training.arguments = arguments;
    interrupt_catch();
    check_command_line(arguments);
    make_handles(&training);
    read_data(&training);
    dataset_pose(&training.data, training.holdout.train, training.holdout.train_count, training.problem);
    dataset_gates(&training.data, arguments, training.problem, training.solver);
    dataset_try_names(&training.data);
    int32_t status = solve(&training), proof = prove(&training);
    close_from_both_sides(&training, &status, &proof);
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
        "DATA - is standard input. Every column that is not a target, the weights or ignored is a feature.\n"
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
