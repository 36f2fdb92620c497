/*
 * A run along a path, point by point: all rows are trained on, then all but each fold, each from its solution
 * for the beta before. A point that is done is complete, so that a run can stop after any of them.
 */
#include <math.h>

#include "api/path_part.h"
#include "search/folds.h"
#include "search/path.h"

struct run {
    struct cvxnn__context *context;
    struct cvxnn_path *path;
    const struct cvxnn_problem *problem;
    struct cvxnn__scope scope; /* for the time of the run */
    struct cvxnn__trace trace;
    struct cvxnn__part *whole, *part; /* all rows; and one for each fold, of which `open` are open */
    int64_t open;
    double beta_max;      /* NAN: not known */
    double *error;        /* n: of the point at hand, at rows that are held out */
    int64_t point, solve; /* at hand; solve 0 is on all rows */
};

/* ---- Events --------------------------------------------------------------------------------------- */

static int32_t emit(const struct cvxnn__progress *progress, void *user) {
    const struct run *run = user;
    const struct cvxnn__watch *watch = &run->path->watch;
    struct cvxnn_event event;
    if (!watch->callback) return 0;
    cvxnn__event_from(progress, &event);
    cvxnn__results_set_int(&event.results, CVXNN_INFO_POINT, run->point);
    if (run->solve > 0) cvxnn__results_set_int(&event.results, CVXNN_INFO_FOLD, run->solve - 1);
    return watch->callback(&event, watch->user);
}

/* The point at hand is done: an event with all its results, the seconds since the run began among them, then
 * a look at the budget. */
static int32_t report_point(struct run *run) {
    const struct cvxnn__watch *watch = &run->path->watch;
    struct cvxnn__monitor *monitor = run->context->monitor;
    struct cvxnn_event event = {.kind = CVXNN_EVENT_POINT,
                                .results = cvxnn__trace_at(&run->trace, run->point, 0)->results};
    cvxnn__results_set_double(&event.results, CVXNN_INFO_SECONDS, cvxnn__clock() - monitor->start);
    if (watch->callback && !monitor->stopped && watch->callback(&event, watch->user)) monitor->stopped = 1;
    return cvxnn__poll(run->context);
}

/* ---- Before the first point ----------------------------------------------------------------------- */

/* Rows to hold out by the options; no fold without them. */
static int32_t deal(struct run *run, int64_t *folds) {
    const struct cvxnn__options *options = &run->path->options;
    uint64_t seed = (uint64_t)cvxnn__option_int(&run->path->solver->options, CVXNN_OPTION_SEED);
    int64_t n = run->problem->n, count = cvxnn__option_int(options, CVXNN_OPTION_FOLDS);
    double part = cvxnn__option_double(options, CVXNN_OPTION_HOLDOUT);
    if (count > 0 && part > 0)
        return cvxnn__fail(run->context, CVXNN_ERROR_VALUE, "folds and holdout exclude each other");
    if (count == 1 || count > n || (part > 0 && n < 2))
        return cvxnn__fail(run->context, CVXNN_ERROR_VALUE, "%lld rows cannot be held out in %lld parts",
                           (long long)n, (long long)(part > 0 ? 1 : count));
    *folds = part > 0 ? 1 : count;
    if (count > 0) return cvxnn__folds_deal(run->context, seed, n, count, run->trace.fold);
    int64_t kept = (int64_t)floor(part * (double)n + 0.5);
    if (part > 0 && kept < 1) kept = 1;
    if (kept >= n && n > 1) kept = n - 1;
    return cvxnn__folds_hold_out(run->context, seed, n, kept, run->trace.fold);
}

static int32_t set_folds(struct run *run) {
    const struct cvxnn_path *path = run->path;
    struct cvxnn__trace *trace = &run->trace;
    trace->n = run->problem->n;
    trace->fold = cvxnn__integers(&trace->scope, trace->n);
    if (!trace->fold) return cvxnn__fail_memory(run->context);
    if (path->n == 0) return deal(run, &trace->folds);
    if (path->n != trace->n)
        return cvxnn__fail(run->context, CVXNN_ERROR_SHAPE,
                           "the folds are of %lld rows, the problem has %lld", (long long)path->n,
                           (long long)trace->n);
    for (int64_t i = 0; i < trace->n; i++) trace->fold[i] = path->folds[i];
    trace->folds = path->fold_count;
    return CVXNN_OK;
}

static int32_t open_parts(struct run *run) {
    int64_t folds = run->trace.folds;
    int32_t status = CVXNN_OK;
    run->part = cvxnn__take(&run->scope, folds, 1, (int64_t)sizeof *run->part);
    run->error = cvxnn__doubles(&run->scope, run->trace.n, 1);
    if (run->scope.failed) return cvxnn__fail_memory(run->context);
    while (!status && run->open < folds) {
        status = cvxnn__part_open(run->context, &run->scope, run->path->solver, run->trace.fold, run->open,
                                  run->part + run->open);
        if (!status) run->open++;
    }
    return status;
}

static void close_parts(struct run *run) {
    for (int64_t k = run->open - 1; k >= 0; k--) cvxnn__part_close(run->part + k);
}

/* beta_max down, or what was given. */
static int32_t set_grid(struct run *run) {
    const struct cvxnn_path *path = run->path;
    struct cvxnn__trace *trace = &run->trace;
    int64_t given = path->beta_count;
    trace->grid = given ? given : cvxnn__option_int(&path->options, CVXNN_OPTION_POINTS);
    trace->beta = cvxnn__doubles(&trace->scope, trace->grid, 1);
    trace->point = cvxnn__take_zeroed(&trace->scope, trace->grid, 1 + trace->folds,
                                      (int64_t)sizeof *trace->point);
    if (trace->scope.failed) return cvxnn__fail_memory(run->context);
    for (int64_t p = 0; p < given; p++) trace->beta[p] = path->betas[p];
    if (given) return CVXNN_OK;
    struct cvxnn__context *own = &run->whole->call.context;
    int32_t status = cvxnn__solver_find_beta_max(own, path->solver, &run->beta_max);
    if (status) return cvxnn__hand_back(run->context, own, status);
    if (!(run->beta_max > 0))
        return cvxnn__fail(run->context, CVXNN_ERROR_VALUE,
                           "beta_max is 0, since all targets are 0 where rows have weight: give a grid");
    cvxnn__grid(run->beta_max, cvxnn__option_double(&path->options, CVXNN_OPTION_LEAST_RATIO), trace->grid,
                trace->beta);
    return CVXNN_OK;
}

/* ---- A point --------------------------------------------------------------------------------------- */

/* Errors on the rows of fold k (CVXNN__NO_FOLD: of every fold). */
static void set_validation(const struct run *run, int64_t k, struct cvxnn__point *point) {
    double mean, deviation;
    cvxnn__folds_error(run->trace.n, run->trace.fold, k, run->problem->weights, run->error, &mean,
                       &deviation);
    cvxnn__results_set_double(&point->results, CVXNN_INFO_VALIDATION_ERROR, mean);
    cvxnn__results_set_double(&point->results, CVXNN_INFO_STANDARD_ERROR, deviation);
}

/* Solve number run->solve of the point at hand. */
static int32_t solve(struct run *run) {
    struct cvxnn__trace *trace = &run->trace;
    struct cvxnn__part *part = run->solve ? run->part + run->solve - 1 : run->whole;
    struct cvxnn__point *point = cvxnn__trace_at(trace, run->point, run->solve), *before = NULL;
    if (run->point > 0) before = cvxnn__trace_at(trace, run->point - 1, run->solve);
    int32_t status = cvxnn__part_solve(run->context, part, trace->beta[run->point], before, point), failed;
    if (status < 0) return status;
    cvxnn__results_set_int(&point->results, CVXNN_INFO_POINT, run->point);
    if (run->solve == 0) {
        if (!isnan(run->beta_max))
            cvxnn__results_set_double(&point->results, CVXNN_INFO_BETA_MAX, run->beta_max);
        return status;
    }
    failed = cvxnn__part_errors(run->context, part, point, run->problem, run->error);
    if (failed) return failed;
    cvxnn__results_set_int(&point->results, CVXNN_INFO_FOLD, run->solve - 1);
    set_validation(run, run->solve - 1, point);
    return status;
}

static int ends(int32_t status) {
    return status < 0 || status == CVXNN_STOPPED_SECONDS || status == CVXNN_STOPPED_CANCELLED;
}

/* The solves of the point at hand; of their statuses the one that ends the run, else the first that is not
 * CVXNN_OK. */
static int32_t run_point(struct run *run) {
    struct cvxnn__trace *trace = &run->trace;
    int32_t first = CVXNN_OK;
    trace->points = run->point + 1; /* what is there of it is freed with the rest */
    for (run->solve = 0; run->solve <= trace->folds; run->solve++) {
        int32_t status = solve(run);
        if (ends(status)) return status;
        if (!first) first = status;
    }
    run->solve = 0;
    if (trace->folds > 0) set_validation(run, CVXNN__NO_FOLD, cvxnn__trace_at(trace, run->point, 0));
    return first;
}

static int32_t run_points(struct run *run) {
    int32_t first = CVXNN_OK;
    for (run->point = 0; run->point < run->trace.grid; run->point++) {
        int32_t status = run_point(run);
        if (ends(status)) return status;
        if (!first) first = status;
        status = report_point(run);
        if (status && run->point + 1 < run->trace.grid) return status;
    }
    return first;
}

/* ---- The run --------------------------------------------------------------------------------------- */

static int32_t run_all(struct run *run) {
    struct cvxnn__instance instance;
    int32_t status = cvxnn__problem_instance(run->context, run->problem, &instance); /* STATE */
    if (!status) status = set_folds(run);
    if (!status) status = open_parts(run);
    if (!status) status = set_grid(run);
    if (!status) status = run_points(run);
    return status;
}

static int32_t run_session(struct cvxnn__context *context, struct cvxnn_path *path,
                           struct cvxnn__part *whole) {
    struct cvxnn__session session;
    struct run run = {
        .context = context, .path = path, .problem = path->solver->problem, .whole = whole, .beta_max = NAN};
    int32_t status = cvxnn__session_open(context, &path->solver->options, &path->watch, &session);
    if (status) return status;
    session.monitor.max_seconds = cvxnn__option_double(&path->options, CVXNN_OPTION_MAX_SECONDS);
    session.monitor.emit = emit;
    session.monitor.user = &run;
    cvxnn__part_join(context, whole);
    cvxnn__scope_open(&run.scope, context->memory);
    cvxnn__scope_open(&run.trace.scope, context->memory);
    run.trace.filled = 1;
    status = run_all(&run);
    close_parts(&run);
    cvxnn__scope_close(&run.scope);
    if (status >= 0) {
        cvxnn__trace_free(&path->last);
        path->last = run.trace;
    } else {
        cvxnn__trace_free(&run.trace);
    }
    cvxnn__session_close(context, &session);
    return status;
}

int32_t cvxnn__path_run(struct cvxnn__context *context, struct cvxnn_path *path) {
    struct cvxnn__call reading;
    struct cvxnn__part whole;
    int32_t status = cvxnn__begin(&reading, &path->solver->problem->handle, CVXNN__READ);
    if (status) return status;
    status = cvxnn__part_enter(path->solver, &whole);
    if (!status) {
        status = run_session(context, path, &whole);
        cvxnn__part_leave(&whole);
    }
    cvxnn__end(&reading, CVXNN_OK);
    return status;
}
