/*
 * One solve, from the problem to a network and its gap: patterns, beta, the method, then what is reported.
 * Each number that is reported is computed here from the network that is returned.
 *
 * A solve that is stopped still ends with a network: the best iterate, or the zero network when there was no
 * iterate yet. Turning an iterate into a network is therefore never stopped itself (see cvxnn__unhurried).
 */
#include <math.h>
#include <string.h>

#include "api/session.h"
#include "api/solver.h"
#include "convex/decompose.h"
#include "convex/refit.h"
#include "convex/relu_cones.h"
#include "gap/cell_bound.h"
#include "gap/lower_bound.h"
#include "gradient/train.h"
#include "search/search.h"
#include "verify/objective.h"

/* Relative gap of (G) that is small enough for a start of the search. */
static const double ROUGH_GAP = 1e-3;
/* The global optimum is known well enough when the ratio is this near 1. */
static const double NEAR = 1e-6;

static int64_t option(const struct cvxnn_solver *solver, int32_t key) {
    return cvxnn__option_int(&solver->options, key);
}

/* What a run needs besides its context. */
struct run {
    struct cvxnn_solver *solver;
    double start;                       /* on the clock */
    const struct cvxnn__network *given; /* what gradient and search begin with, or NULL */
    const struct cvxnn__network *warm;  /* what the methods relu and search begin with, or NULL */
    struct cvxnn__instance instance;
    struct cvxnn__instance solved; /* the same in the coordinates that convex methods work in */
    struct cvxnn__outcome outcome; /* being made */
    int has_gated;
    struct cvxnn__gated gated; /* the solution of (G): the solver's once the run has succeeded */
    const double *other_nu;    /* a dual vector besides the network's residual, or NULL */
};

/* ---- From a network to an outcome ---------------------------------------------------------- */

static void set_real(struct run *run, int32_t key, double value) {
    cvxnn__results_set_double(&run->outcome.results, key, value);
}

static void set_count(struct run *run, int32_t key, int64_t value) {
    cvxnn__results_set_int(&run->outcome.results, key, value);
}

/* An objective of 0 is one only if no rounding made it so. */
static int32_t check_zero(struct cvxnn__context *context, const struct run *run) {
    struct cvxnn__context calm = cvxnn__unhurried(context);
    double ceiling = 0;
    int32_t status = cvxnn__objective_ceiling(&calm, &run->instance, &run->outcome.network, &ceiling);
    if (!status && ceiling > 0)
        status = cvxnn__fail(&calm, CVXNN_ERROR_NUMERICAL,
                             "the objective underflows: scale the data or the targets up");
    return cvxnn__hand_back(context, &calm, status);
}

/* The objective and the residual of the network, from its weights. */
static int32_t measure(struct cvxnn__context *context, struct run *run) {
    struct cvxnn__outcome *outcome = &run->outcome;
    double objective;
    outcome->n = run->instance.rows.n;
    outcome->nu = cvxnn__doubles(&outcome->scope, outcome->n, 1);
    if (!outcome->nu) return cvxnn__fail_memory(context);
    int32_t status = cvxnn__network_objective(context, &outcome->network, &run->instance, outcome->nu,
                                              &objective);
    if (status) return status;
    if (!isfinite(objective))
        return cvxnn__fail(context, CVXNN_ERROR_NUMERICAL,
                           "the objective overflows: scale the data or the targets down");
    if (objective == 0) status = check_zero(context, run);
    if (status) return status;
    cvxnn__loss_residual(&run->instance, outcome->nu, outcome->nu);
    set_real(run, CVXNN_INFO_OBJECTIVE, objective);
    set_count(run, CVXNN_INFO_NEURONS, outcome->network.neurons);
    set_real(run, CVXNN_INFO_SQRT_LOG, sqrt(log(2.0 * (double)outcome->n)));
    return CVXNN_OK;
}

/* The best bound that cells and the dual vectors at hand prove. */
static int32_t prove(struct cvxnn__context *context, struct run *run) {
    const double *candidates[] = {run->outcome.nu, run->other_nu};
    double best = 0, objective = 0, bound;
    cvxnn__results_get_double(&run->outcome.results, CVXNN_INFO_OBJECTIVE, &objective);
    double enough = objective / (1 + NEAR);
    int32_t stopped = cvxnn__cell_bound(context, &run->instance, run->outcome.nu, enough, &best);
    for (int c = 0; c < 2 && stopped >= 0 && !(best >= enough); c++) {
        if (!candidates[c]) continue;
        int32_t status = cvxnn__lower_bound(context, &run->instance, candidates[c], &bound);
        if (status < 0) return status;
        if (!stopped) stopped = status;
        best = fmax(best, bound);
    }
    if (stopped < 0) return stopped;
    set_real(run, CVXNN_INFO_LOWER_BOUND, best);
    if (best > 0 || objective == 0)
        set_real(run, CVXNN_INFO_CERTIFIED_RATIO, best > 0 ? objective / best : 1);
    return stopped;
}

/* What was lost by sampling cones is at most what the bound leaves open above their optimum. */
static void report_sampling(struct run *run) {
    double optimum = 0, bound = 0;
    cvxnn__results_get_double(&run->outcome.results, CVXNN_INFO_CONVEX_OBJECTIVE, &optimum);
    cvxnn__results_get_double(&run->outcome.results, CVXNN_INFO_LOWER_BOUND, &bound);
    if (bound > 0) set_real(run, CVXNN_INFO_SAMPLED_RATIO, optimum / bound);
}

static int32_t add_scaling(struct cvxnn__context *context, struct run *run) {
    const struct cvxnn__rows *rows = &run->instance.rows;
    return rows->scale ? cvxnn__network_set_scaling(context, &run->outcome.network, rows->center, rows->scale)
                       : CVXNN_OK;
}

/* The network without neurons: what remains when a run is stopped before its first iterate. */
static int32_t zero_network(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                            int32_t kind, struct cvxnn__network *network) {
    const struct cvxnn__rows *rows = &instance->rows;
    int64_t bias = rows->d > rows->features ? CVXNN_BIAS_PENALIZED : CVXNN_BIAS_NONE;
    return cvxnn__network_make(context, kind, rows->features, bias, instance->outputs, 0, network);
}

/* ---- Methods: each makes run->outcome.network, gated and gradient over the columns of the data, the others
 * in the coordinates of run->solved ----------------------------------------------------------- */

/* The gated network of a solution: weights as they are, outputs 1. */
static int32_t gated_network(struct cvxnn__context *context, struct run *run,
                             const struct cvxnn__gated *solution) {
    struct cvxnn__network *network = &run->outcome.network;
    const struct cvxnn__packed *packed = &run->solver->packed;
    const struct cvxnn__rows *rows = &run->instance.rows;
    int64_t bias = rows->d > rows->features ? CVXNN_BIAS_PENALIZED : CVXNN_BIAS_NONE;
    int32_t status = cvxnn__network_make(context, CVXNN_KIND_GATED, rows->features, bias, 1, solution->active,
                                         network);
    if (status) return status;
    for (int64_t j = 0; j < solution->active; j++) {
        cvxnn__patterns_gate(&packed->patterns, solution->pattern[j], network->gates + j * rows->d);
        network->a[j] = 1;
    }
    return cvxnn__narrow_out(context, &packed->narrow, solution->active, solution->w, network->u);
}

/* The network as the cone decomposition gives it. */
static int32_t decompose(struct cvxnn__context *context, struct run *run,
                         const struct cvxnn__gated *solution) {
    struct cvxnn__network *network = &run->outcome.network;
    const struct cvxnn__packed *packed = &run->solver->packed;
    struct cvxnn__patterns patterns;
    struct cvxnn__decomposition report;
    struct cvxnn__context calm = cvxnn__unhurried(context);
    double objective, *sharpness = cvxnn__doubles(&run->outcome.scope, solution->active, 1);
    if (!sharpness) return cvxnn__fail_memory(context);
    int32_t status = cvxnn__narrow_patterns(&calm, &packed->narrow, &packed->patterns, solution->active,
                                            solution->pattern, &patterns);
    if (status) return cvxnn__hand_back(context, &calm, status);
    status = cvxnn__decompose(&calm, &run->solved, &patterns, solution,
                              option(run->solver, CVXNN_OPTION_CONE_ROUNDS), network, sharpness, &report);
    cvxnn__patterns_free(&patterns);
    if (!status) status = cvxnn__network_objective(&calm, network, &run->solved, NULL, &objective);
    if (status) return cvxnn__hand_back(context, &calm, status);
    run->outcome.sharpness = sharpness;
    set_count(run, CVXNN_INFO_DECOMPOSED, solution->active);
    set_real(run, CVXNN_INFO_DECOMPOSED_OBJECTIVE, objective);
    if (solution->active > 0) {
        set_real(run, CVXNN_INFO_BLOWUP_MAX, report.blowup_max);
        set_real(run, CVXNN_INFO_BLOWUP_MEAN, report.blowup_mean);
    }
    return CVXNN_OK;
}

/* Lowers the network's objective: weights chosen anew, then every weight trained on. That the polish ends by
 * its own budget of iterations does not count as stopped: the program that was solved is the convex one. */
static int32_t polish(struct cvxnn__context *context, struct run *run, const struct cvxnn__gated *solution) {
    struct cvxnn__network *network = &run->outcome.network, polished;
    struct cvxnn__train_report report;
    struct cvxnn__train_options options = {
        .optimizer = CVXNN_OPTIMIZER_LBFGS,
        .decrease = cvxnn__option_double(&run->solver->options, CVXNN_OPTION_DECREASE),
        .max_iterations = option(run->solver, CVXNN_OPTION_MAX_ITERATIONS),
    };
    int64_t method = option(run->solver, CVXNN_OPTION_METHOD);
    int32_t status = cvxnn__refit(context, &run->solved, solution, network);
    if (status || network->neurons == 0) return status;
    if (method == CVXNN_METHOD_SEARCH && cvxnn__search_approaches(&run->solved, network)) return CVXNN_OK;
    status = cvxnn__train(context, &run->solved, &options, network, &polished, &report);
    if (status < 0) return status;
    cvxnn__network_free(network);
    *network = polished;
    return status > CVXNN_STOPPED_ITERATIONS && status != CVXNN_STOPPED_PRECISION ? status : CVXNN_OK;
}

/* The zero network where a network that was not polished to the end is no better. */
static int32_t at_least_zero(struct cvxnn__context *context, struct run *run) {
    struct cvxnn__network decomposed = run->outcome.network, zero;
    struct cvxnn__context calm = cvxnn__unhurried(context);
    double objective, least;
    int32_t status = cvxnn__network_objective(&calm, &decomposed, &run->solved, NULL, &objective);
    if (!status) status = zero_network(&calm, &run->solved, CVXNN_KIND_RELU, &zero);
    if (status) return cvxnn__hand_back(context, &calm, status);
    status = cvxnn__network_objective(&calm, &zero, &run->solved, NULL, &least);
    if (status || objective < least) {
        cvxnn__network_free(&zero);
        return cvxnn__hand_back(context, &calm, status);
    }
    cvxnn__network_free(&decomposed);
    run->outcome.network = zero;
    return CVXNN_OK;
}

static int32_t decomposed_network(struct cvxnn__context *context, struct run *run,
                                  const struct cvxnn__gated *solution) {
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_DECOMPOSE);
    progress.active = solution->active;
    int32_t stopped = cvxnn__report(context, &progress), status = decompose(context, run, solution);
    if (status || !option(run->solver, CVXNN_OPTION_POLISH)) return status ? status : stopped;
    if (!stopped) stopped = polish(context, run, solution);
    if (stopped > 0) status = at_least_zero(context, run);
    return status ? status : stopped;
}

static void report_convex(struct run *run, const struct cvxnn__gated *solution) {
    set_real(run, CVXNN_INFO_CONVEX_OBJECTIVE, solution->objective);
    set_real(run, CVXNN_INFO_CONVEX_DUAL, solution->dual);
    set_real(run, CVXNN_INFO_RELATIVE_GAP, solution->gap);
    set_count(run, CVXNN_INFO_ACTIVE, solution->active);
    set_count(run, CVXNN_INFO_ITERATIONS, solution->iterations);
}

/* (G) solved to the tolerance, and its network. */
static int32_t run_convex(struct cvxnn__context *context, struct run *run, double tolerance, int gated) {
    struct cvxnn_solver *solver = run->solver;
    int32_t stopped = cvxnn__gated_solve(context, &run->solved, &solver->packed.patterns, tolerance,
                                         solver->has_gated ? &solver->gated : NULL, &run->gated);
    if (stopped < 0) return stopped;
    run->has_gated = 1;
    run->other_nu = gated ? NULL : run->gated.nu;
    report_convex(run, &run->gated);
    int32_t status = gated ? gated_network(context, run, &run->gated)
                           : decomposed_network(context, run, &run->gated);
    return status ? status : stopped;
}

static void report_search(struct run *run, const struct cvxnn__search_report *report) {
    const struct cvxnn__packed *packed = &run->solver->packed;
    double objective = report->objective;
    double gap = objective > 0 ? fmax(objective - report->dual, 0) / objective : 0;
    set_real(run, CVXNN_INFO_CONVEX_OBJECTIVE, objective);
    set_real(run, CVXNN_INFO_CONVEX_DUAL, report->dual);
    set_real(run, CVXNN_INFO_RELATIVE_GAP, gap);
    set_real(run, CVXNN_INFO_VIOLATION, report->violation);
    set_count(run, CVXNN_INFO_PATTERNS, packed->patterns.masks.count + report->added);
    set_count(run, CVXNN_INFO_PATTERNS_ADDED, report->added);
    set_count(run, CVXNN_INFO_ACTIVE, report->neurons_before_pruning);
    set_count(run, CVXNN_INFO_NEURONS_BEFORE_PRUNING, report->neurons_before_pruning);
    set_count(run, CVXNN_INFO_ITERATIONS, report->iterations);
}

/* (R) over the patterns at hand. */
static int32_t run_relu(struct cvxnn__context *context, struct run *run) {
    const struct cvxnn_solver *solver = run->solver;
    struct cvxnn__relu_report report;
    struct cvxnn__network warm;
    int32_t status = CVXNN_OK;
    if (run->warm) status = cvxnn__narrow_network(context, &solver->packed.narrow, run->warm, &warm);
    if (status) return status;
    status = cvxnn__relu_cones(context, &run->solved, &solver->packed.patterns,
                               cvxnn__option_double(&solver->options, CVXNN_OPTION_TOLERANCE),
                               option(solver, CVXNN_OPTION_MAX_ITERATIONS), run->warm ? &warm : NULL,
                               &run->outcome.network, &report);
    if (run->warm) cvxnn__network_free(&warm);
    if (status < 0) return status;
    set_real(run, CVXNN_INFO_CONVEX_OBJECTIVE, report.objective);
    set_real(run, CVXNN_INFO_CONVEX_DUAL, report.dual);
    set_real(run, CVXNN_INFO_RELATIVE_GAP, fmax(report.gap, 0));
    set_count(run, CVXNN_INFO_ACTIVE, report.active);
    set_count(run, CVXNN_INFO_ITERATIONS, report.iterations);
    return status;
}

static int32_t check_start(struct cvxnn__context *context, const struct run *run) {
    const struct cvxnn__network *start = run->given;
    if (!start || (start->d == run->instance.rows.d && start->outputs == run->instance.outputs))
        return CVXNN_OK;
    return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                       "the start has %lld inputs, bias included, this problem %lld", (long long)start->d,
                       (long long)run->instance.rows.d);
}

/* The directions that the caller offers, in the coordinates of run->solved; *directions from scope. */
static int32_t bring_directions(struct cvxnn__context *context, const struct run *run,
                                struct cvxnn__scope *scope, double **directions) {
    const struct cvxnn__gates *offered = &run->solver->directions;
    if (offered->count > 0 && offered->columns != run->instance.rows.d)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "the directions have %lld columns, this problem needs %lld",
                           (long long)offered->columns, (long long)run->instance.rows.d);
    *directions = cvxnn__doubles(scope, offered->count, run->solved.rows.d);
    if (!*directions) return cvxnn__fail_memory(context);
    return cvxnn__narrow_in(context, &run->solver->packed.narrow, offered->count, offered->values,
                            *directions);
}

/* The network to search on from: the one that is given, or the decomposed one of a rough solution of (G). */
static int32_t start_search(struct cvxnn__context *context, struct run *run, double tolerance) {
    const struct cvxnn__network *warm = run->warm ? run->warm : run->given;
    if (warm && warm->neurons > 0)
        return cvxnn__narrow_network(context, &run->solver->packed.narrow, warm, &run->outcome.network);
    return run_convex(context, run, fmax(tolerance, ROUGH_GAP), 0);
}

static int32_t run_search(struct cvxnn__context *context, struct run *run) {
    struct cvxnn__network *network = &run->outcome.network, found;
    struct cvxnn__search_report report;
    struct cvxnn__scope scope;
    double *directions = NULL;
    int searched = 0;
    struct cvxnn__search_options options = {
        .tolerance = cvxnn__option_double(&run->solver->options, CVXNN_OPTION_TOLERANCE),
        .seed = (uint64_t)option(run->solver, CVXNN_OPTION_SEED),
        .max_iterations = option(run->solver, CVXNN_OPTION_MAX_ITERATIONS),
        .offered = run->solver->directions.count,
    };
    cvxnn__scope_open(&scope, context->memory);
    int32_t status = check_start(context, run);
    if (!status) status = bring_directions(context, run, &scope, &directions);
    if (!status) status = start_search(context, run, options.tolerance);
    if (status == CVXNN_OK || status == CVXNN_STOPPED_PRECISION) {
        options.directions = directions;
        status = cvxnn__search(context, &run->solved, &options, network, &found, &report);
        searched = status >= 0;
    }
    cvxnn__scope_close(&scope);
    if (!searched) return status;
    cvxnn__network_free(network);
    *network = found;
    report_search(run, &report);
    return status;
}

static int32_t run_gradient(struct cvxnn__context *context, struct run *run) {
    const struct cvxnn_solver *solver = run->solver;
    struct cvxnn__train_report report;
    struct cvxnn__train_options options = {
        .optimizer = (int32_t)option(solver, CVXNN_OPTION_OPTIMIZER),
        .width = option(solver, CVXNN_OPTION_WIDTH),
        .starts = option(solver, CVXNN_OPTION_STARTS),
        .seed = (uint64_t)option(solver, CVXNN_OPTION_SEED),
        .step = cvxnn__option_double(&solver->options, CVXNN_OPTION_STEP),
        .decrease = cvxnn__option_double(&solver->options, CVXNN_OPTION_DECREASE),
        .max_iterations = option(solver, CVXNN_OPTION_MAX_ITERATIONS),
    };
    const struct cvxnn__network *start = run->given;
    int32_t stopped = check_start(context, run);
    if (stopped) return stopped;
    stopped = cvxnn__train(context, &run->instance, &options, start, &run->outcome.network, &report);
    if (stopped < 0) return stopped;
    set_count(run, CVXNN_INFO_ITERATIONS, report.iterations);
    if (!start && report.best_start >= 0) set_count(run, CVXNN_INFO_BEST_START, report.best_start);
    return stopped;
}

/* ---- The run -------------------------------------------------------------------------------- */

static void report_patterns(struct run *run) {
    const struct cvxnn__packed *packed = &run->solver->packed;
    set_count(run, CVXNN_INFO_PATTERNS, packed->patterns.masks.count);
    set_count(run, CVXNN_INFO_PATTERNS_SAMPLED, packed->patterns.sampled);
    set_real(run, CVXNN_INFO_BETA_MAX, packed->beta_max);
}

/* beta, the patterns where the method or beta_ratio wants them, and what the method solves. */
static int32_t set_up(struct cvxnn__context *context, struct run *run, int64_t method) {
    struct cvxnn_solver *solver = run->solver;
    int by_ratio = run->instance.beta == 0;
    if (!by_ratio) set_real(run, CVXNN_INFO_BETA, run->instance.beta);
    if (method == CVXNN_METHOD_GRADIENT && !by_ratio) return CVXNN_OK;
    int32_t status = cvxnn__packed_beta_max(context, solver, &run->instance);
    if (status) return status;
    report_patterns(run);
    if (by_ratio) {
        run->instance.beta = cvxnn__option_double(&solver->options, CVXNN_OPTION_BETA_RATIO) *
                             solver->packed.beta_max;
        set_real(run, CVXNN_INFO_BETA, run->instance.beta);
    }
    if (method != CVXNN_METHOD_GRADIENT) status = cvxnn__packed_narrow(context, solver, &run->instance.rows);
    if (status) return status;
    run->solved = run->instance;
    run->solved.rows = cvxnn__narrow_rows(&solver->packed.narrow, &run->instance.rows);
    return CVXNN_OK;
}

static int32_t find_network(struct cvxnn__context *context, struct run *run, int64_t method) {
    int32_t status = set_up(context, run, method);
    if (status < 0) return status;
    if (status > 0) {
        int32_t kind = method == CVXNN_METHOD_GATED ? CVXNN_KIND_GATED : CVXNN_KIND_RELU;
        int32_t failed = zero_network(context, &run->instance, kind, &run->outcome.network);
        return failed ? failed : status;
    }
    double tolerance = cvxnn__option_double(&run->solver->options, CVXNN_OPTION_TOLERANCE);
    if (method == CVXNN_METHOD_GRADIENT) return run_gradient(context, run);
    if (method == CVXNN_METHOD_GATED) return run_convex(context, run, tolerance, 1);
    if (method == CVXNN_METHOD_SEARCH)
        status = run_search(context, run);
    else if (method == CVXNN_METHOD_RELU)
        status = run_relu(context, run);
    else
        status = run_convex(context, run, tolerance, 0);
    if (status < 0) return status;
    int32_t failed = cvxnn__narrow_widen(context, &run->solver->packed.narrow, &run->instance.rows,
                                         &run->outcome.network);
    return failed ? failed : status;
}

/* The values of (G) taken from the gated network as it will predict. Before the first iterate the network is
 * zero and so is the dual bound. */
static void report_gated(struct run *run) {
    double objective = 0, dual = 0;
    cvxnn__results_get_double(&run->outcome.results, CVXNN_INFO_OBJECTIVE, &objective);
    cvxnn__results_get_double(&run->outcome.results, CVXNN_INFO_CONVEX_DUAL, &dual);
    set_real(run, CVXNN_INFO_CONVEX_OBJECTIVE, objective);
    set_real(run, CVXNN_INFO_CONVEX_DUAL, dual);
    set_real(run, CVXNN_INFO_RELATIVE_GAP, objective > 0 ? fmax(objective - dual, 0) / objective : 0);
    set_count(run, CVXNN_INFO_ACTIVE, run->outcome.network.neurons);
}

/* Everything after the network is found; status is positive when finding it was stopped. */
static int32_t complete(struct cvxnn__context *context, struct run *run, int64_t method, int32_t status) {
    struct cvxnn__network *network = &run->outcome.network;
    network->loss = run->instance.loss;
    network->beta = run->instance.beta;
    int32_t failed = measure(context, run);
    if (failed) return failed;
    if (method == CVXNN_METHOD_GATED) {
        report_gated(run);
    } else if (option(run->solver, CVXNN_OPTION_BOUND)) {
        int32_t stopped = prove(context, run);
        if (stopped < 0) return stopped;
        if (method == CVXNN_METHOD_RELU) report_sampling(run);
        if (!status) status = stopped;
    }
    failed = add_scaling(context, run);
    return failed ? failed : status;
}

/* beta: 0 for the problem's. */
static int32_t run_method(struct cvxnn__context *context, struct run *run, double beta) {
    struct cvxnn_solver *solver = run->solver;
    int64_t method = option(solver, CVXNN_OPTION_METHOD);
    int32_t status = cvxnn__problem_instance(context, solver->problem, &run->instance);
    if (status) return status;
    if (beta > 0) run->instance.beta = beta;
    status = find_network(context, run, method);
    if (status < 0) return status;
    return complete(context, run, method, status);
}

static void finish(struct cvxnn__context *context, struct run *run, int32_t status) {
    struct cvxnn_solver *solver = run->solver;
    set_count(run, CVXNN_INFO_STATUS, status);
    set_real(run, CVXNN_INFO_SECONDS, cvxnn__clock() - run->start);
    set_count(run, CVXNN_INFO_THREADS, cvxnn__team_threads(context->team));
    set_count(run, CVXNN_INFO_PEAK_BYTES, solver->handle.memory.peak + solver->problem->handle.memory.bytes);
    if (!run->has_gated) return;
    if (solver->has_gated) cvxnn__gated_free(&solver->gated);
    solver->gated = run->gated;
    solver->has_gated = 1;
}

/* A run that failed leaves no trace: neither its network nor a solution to start from. */
static void abandon(struct run *run) {
    cvxnn__outcome_free(&run->outcome);
    if (run->has_gated) cvxnn__gated_free(&run->gated);
}

int32_t cvxnn__solver_run_at(struct cvxnn__context *context, struct cvxnn_solver *solver, double beta,
                             const struct cvxnn__network *given, const struct cvxnn__network *warm,
                             struct cvxnn__outcome *outcome) {
    struct run run = {.solver = solver, .start = cvxnn__clock(), .given = given, .warm = warm};
    cvxnn__memory_reset_peak(&solver->handle.memory);
    cvxnn__scope_open(&run.outcome.scope, &solver->handle.memory);
    run.outcome.filled = 1; /* with nothing yet: its network is empty */
    int32_t status = run_method(context, &run, beta);
    if (status >= 0) {
        finish(context, &run, status);
        *outcome = run.outcome;
    } else {
        abandon(&run);
    }
    return status;
}

int32_t cvxnn__solver_run(struct cvxnn__context *context, struct cvxnn_solver *solver) {
    struct cvxnn__session session;
    struct cvxnn__outcome outcome;
    int32_t status = cvxnn__session_open(context, &solver->options, &solver->watch, &session);
    if (status) return status;
    const struct cvxnn__network *given = solver->has_start ? &solver->start : NULL;
    status = cvxnn__solver_run_at(context, solver, 0, given, NULL, &outcome);
    if (status >= 0) {
        cvxnn__outcome_free(&solver->last);
        solver->last = outcome;
    }
    cvxnn__session_close(context, &session);
    return status;
}
