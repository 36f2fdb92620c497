/*
 * cvxnn path: a table in; networks for a grid of beta, their errors on rows held out, and the chosen one out.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "dataset.h"
#include "failure.h"
#include "interrupt.h"
#include "output.h"
#include "progress.h"
#include "settings.h"
#include "walk.h"

static const struct own_option options[] = {
    {"target", "COL[,COL...]", "the column to predict: a name, or without a header a position from 1"},
    {"weights", "COL", "a column with a weight >= 0 for each row"},
    {"gates", "FILE",
     "gates to use instead of sampled ones: one a row, a column a feature (and the bias, last)"},
    {"ignore", "COL[,COL...]", "columns that are not used; they need not hold numbers"},
    {"header", "auto|yes|no", "whether the first line of DATA holds the columns' names [auto]"},
    {"betas", "B,B,...", "the grid: values of beta, each below the one before"},
    {"choose", "least|simplest",
     "the network to save: of the least error on rows held out, or of the largest beta within one standard\n"
     "      error of it [least]; without rows held out it is that of the least beta"},
    {"model", "FILE", "where the chosen network is saved"},
    {"report", "FILE.json", "where the results go, as JSON with an array of points"},
    {"quiet", NULL, "print nothing but errors"},
    {NULL, NULL, NULL},
};

/* What the grid decides, and what proofs apart from the path have. */
static const int32_t not_here[] = {
    CVXNN_OPTION_BETA,  CVXNN_OPTION_BETA_RATIO, CVXNN_OPTION_ORDER, CVXNN_OPTION_TARGET_RATIO,
    CVXNN_OPTION_CELLS, CVXNN_OPTION_OPERATIONS, CVXNN_OPTION_KINKS, 0};

static const struct option_text texts[] = {
    {CVXNN_OPTION_MAX_ITERATIONS,
     "iteration budget of each solve; 0: no limit for convex programs, 5000 a start for gradient and polish",
     0},
    {CVXNN_OPTION_MAX_SECONDS, "wall-clock budget of the whole path; 0: no limit", 0},
    {CVXNN_OPTION_THREADS, "threads; 0: one for every core", 0},
    {CVXNN_OPTION_POINTS, "values of beta, beta_max the largest", 0},
    {CVXNN_OPTION_LEAST_RATIO, "the least beta, as a multiple of beta_max", 0},
    {CVXNN_OPTION_FOLDS, "cross-validate: hold out so many parts of the rows in turn; 0: do not", 0},
    {CVXNN_OPTION_HOLDOUT, "hold out this part of the rows once; 0: do not", 0},
    {0, NULL, 0},
};

struct errand {
    const struct arguments *arguments;
    cvxnn_problem *problem;
    cvxnn_solver *solver;
    cvxnn_path *path;
    struct dataset data;
    struct walk walk;
};

static void check_command_line(const struct arguments *arguments) {
    const char *model = argument_of(arguments, "model"), *report = argument_of(arguments, "report"),
               *choose = argument_of(arguments, "choose"), *outputs[] = {model, report},
               *inputs[] = {arguments->operands[0], argument_of(arguments, "gates")};
    if (!argument_of(arguments, "target")) fail(EXIT_USAGE, "path needs --target");
    if (choose && strcmp(choose, "least") && strcmp(choose, "simplest"))
        fail(EXIT_USAGE, "--choose %s: it is one of least simplest", choose);
    if (setting_given(arguments, CVXNN_OPTION_FOLDS) && setting_given(arguments, CVXNN_OPTION_HOLDOUT))
        fail(EXIT_USAGE, "--folds and --holdout exclude each other");
    if (argument_of(arguments, "betas") &&
        (setting_given(arguments, CVXNN_OPTION_POINTS) || setting_given(arguments, CVXNN_OPTION_LEAST_RATIO)))
        fail(EXIT_USAGE, "--betas is the grid: --points and --least-ratio do not go with it");
    for (int o = 0; o < 2; o++) {
        if (!outputs[o]) continue;
        output_expect(outputs[o]);
        for (int i = 0; i < 2; i++) output_differs(outputs[o], "an output", inputs[i], "an input");
    }
    output_differs(model, "an output", report, "another");
}

/* --betas: numbers with commas between them. */
static void set_grid(const struct errand *errand) {
    const char *given = argument_of(errand->arguments, "betas");
    int64_t count = 0;
    double *betas = NULL;
    if (!given) return;
    char *list = allocate((int64_t)strlen(given) + 1, 1);
    strcpy(list, given);
    for (char *at = list; at; count++) {
        char *comma = strchr(at, ',');
        if (comma) *comma = '\0';
        betas = grow(betas, count + 1, sizeof *betas);
        if (!parse_real(at, betas + count)) fail(EXIT_USAGE, "--betas %s: '%s' is not a number", given, at);
        at = comma ? comma + 1 : NULL;
    }
    check_path(errand->path, cvxnn_path_set_betas(errand->path, count, betas), EXIT_USAGE);
    free(betas);
    free(list);
}

static void make_handles(struct errand *errand) {
    int64_t folds = 0;
    check_problem(NULL, cvxnn_problem_create(&errand->problem), 0);
    check_solver(NULL, cvxnn_solver_create(errand->problem, &errand->solver), 0);
    check_path(NULL, cvxnn_path_create(errand->solver, &errand->path), 0);
    const struct handles handles = {
        .problem = errand->problem, .solver = errand->solver, .path = errand->path};
    settings_apply(errand->arguments, &handles);
    set_grid(errand);
    cvxnn_path_get_int(errand->path, CVXNN_OPTION_FOLDS, &folds);
    if (folds == 1) fail(EXIT_USAGE, "--folds 1: at least 2; --holdout holds out one part");
}

/* Each part that is held out has a row and leaves one. */
static void check_folds(const struct errand *errand) {
    int64_t folds = 0, rows = errand->data.table.rows;
    cvxnn_path_get_int(errand->path, CVXNN_OPTION_FOLDS, &folds);
    if (folds > rows)
        fail(EXIT_USAGE, "--folds %lld: %s has %lld row%s, at most one part for each", (long long)folds,
             table_name(&errand->data.table), (long long)rows, rows == 1 ? "" : "s");
}

static double now(void) {
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int32_t run(struct errand *errand) {
    struct progress progress;
    struct walk *walk = &errand->walk;
    double start = now();
    progress_begin_path(&progress, errand->path, argument_of(errand->arguments, "quiet") != NULL);
    interrupt_cancels_path(errand->path);
    int32_t status = cvxnn_path_run(errand->path);
    interrupt_cancels_path(NULL);
    progress_end(&progress);
    check_path(errand->path, status, 0);
    *walk = (struct walk){.problem = errand->problem,
                          .solver = errand->solver,
                          .path = errand->path,
                          .n = errand->data.table.rows,
                          .d = errand->data.roles.features.count,
                          .outputs = errand->data.roles.targets.count,
                          .status = status,
                          .seconds = now() - start};
    cvxnn_path_count(errand->path, &walk->points, &walk->folds);
    return status;
}

/* The point whose network is saved. */
static void choose(struct errand *errand) {
    const char *choice = argument_of(errand->arguments, "choose");
    struct walk *walk = &errand->walk;
    walk->least = walk->simplest = -1;
    walk->chosen = walk->points - 1;
    if (cvxnn_path_best(errand->path, &walk->least, &walk->simplest)) return;
    walk->chosen = choice && !strcmp(choice, "simplest") ? walk->simplest : walk->least;
}

static void write_results(const struct errand *errand) {
    const char *path = argument_of(errand->arguments, "model"),
               *report = argument_of(errand->arguments, "report");
    if (path && errand->walk.chosen >= 0) {
        cvxnn_model *model = NULL;
        check_path(errand->path, cvxnn_path_get_model(errand->path, errand->walk.chosen, &model), 0);
        dataset_set_names(&errand->data, model);
        check_model(model, cvxnn_model_save(model, path), 0);
        cvxnn_model_free(model);
    }
    if (report) walk_report(&errand->walk, report);
    if (!argument_of(errand->arguments, "quiet")) walk_print(&errand->walk, path, report);
}

static int path(const struct arguments *arguments) {
    struct errand errand;
    memset(&errand, 0, sizeof errand);
    errand.arguments = arguments;
    interrupt_catch();
    check_command_line(arguments);
    make_handles(&errand);
    dataset_read(arguments, arguments->operands[0], argument_of(arguments, "target"), &errand.data);
    check_folds(&errand);
    dataset_pose(&errand.data, NULL, errand.data.table.rows, errand.problem);
    dataset_gates(&errand.data, arguments, errand.problem, errand.solver);
    dataset_try_names(&errand.data);
    int32_t status = run(&errand);
    choose(&errand);
    write_results(&errand);
    cvxnn_path_free(errand.path);
    cvxnn_solver_free(errand.solver);
    cvxnn_problem_free(errand.problem);
    dataset_free(&errand.data);
    return exit_code(status);
}

const struct command path_command = {
    .name = "path",
    .operands = "DATA",
    .operand_count = 1,
    .library_options = 1,
    .except = not_here,
    .summary = "Train for a grid of weight decays, and find out which is good for unseen rows.",
    .options = options,
    .texts = texts,
    .notes =
        "DATA - is standard input. From beta_max, where the gated program's network is zero, down to\n"
        "--least-ratio times that, each network is found from the one before. With --folds or --holdout\n"
        "the same is done without the rows held out, which depend on --seed and the number of rows alone,\n"
        "and the error on them is shown: the mean of |f - y|^2, weighted by --weights, with the standard\n"
        "error of that mean. Scaling, patterns and weights never see rows that are held out. The network\n"
        "that is saved is trained on all rows. gap and ratio are relative_gap and certified_ratio of the\n"
        "network trained on all rows; --bound 0 leaves the ratio out and saves time.",
    .run = path,
};
