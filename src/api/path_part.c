/* One part of a path: its problem, a solve of it, errors. See path_part.h. */
#include "api/path_part.h"

#include "search/folds.h"

/* ---- Opening and closing ------------------------------------------------------------------------ */

int32_t cvxnn__part_enter(struct cvxnn_solver *solver, struct cvxnn__part *part) {
    *part = (struct cvxnn__part){.solver = solver};
    int32_t status = cvxnn__begin(&part->call, &solver->handle, CVXNN__WRITE);
    if (status) return status;
    part->earlier = solver->gated;
    part->had_gated = solver->has_gated;
    part->packings = solver->packings;
    solver->has_gated = 0;
    return CVXNN_OK;
}

void cvxnn__part_join(const struct cvxnn__context *context, struct cvxnn__part *part) {
    part->call.context.team = context->team;
    part->call.context.monitor = context->monitor;
}

/* A solution over patterns that were made anew since is of no use to the solver. */
void cvxnn__part_leave(struct cvxnn__part *part) {
    struct cvxnn_solver *solver = part->solver;
    if (solver->has_gated) cvxnn__gated_free(&solver->gated);
    solver->has_gated = part->had_gated && part->packings == solver->packings;
    if (solver->has_gated)
        solver->gated = part->earlier;
    else if (part->had_gated)
        cvxnn__gated_free(&part->earlier);
    cvxnn__end(&part->call, CVXNN_OK);
}

/* Rows of X, targets and weights that are held out (`held`) or not, in their order. */
struct selection {
    int64_t count;
    int64_t *row;
    double *x, *y, *s; /* s: NULL without weights */
};

static int32_t select_rows(struct cvxnn__context *context, struct cvxnn__scope *scope,
                           const struct cvxnn_problem *problem, const int64_t *fold, int64_t k, int held,
                           struct selection *selection) {
    int64_t n = problem->n, d = problem->features, outputs = problem->outputs, count = 0;
    struct cvxnn__rows rows;
    int32_t status = cvxnn__problem_rows(context, problem, &rows);
    if (status) return status;
    rows.d = d;
    rows.center = rows.scale = NULL; /* as they were given */
    for (int64_t i = 0; i < n; i++) count += (fold[i] == k) == held;
    *selection = (struct selection){.count = count,
                                    .row = cvxnn__integers(scope, count),
                                    .x = cvxnn__doubles(scope, count, d),
                                    .y = cvxnn__doubles(scope, count, outputs)};
    if (problem->weights) selection->s = cvxnn__doubles(scope, count, 1);
    if (scope->failed) return cvxnn__fail_memory(context);
    for (int64_t i = 0, at = 0; i < n; i++) {
        if ((fold[i] == k) != held) continue;
        selection->row[at] = i;
        cvxnn__rows_tile(&rows, i, 1, 0, d, selection->x + at * d, d);
        for (int64_t o = 0; o < outputs; o++)
            selection->y[at * outputs + o] = problem->targets[i * outputs + o];
        if (selection->s) selection->s[at] = problem->weights[i];
        at++;
    }
    return CVXNN_OK;
}

/* A problem of these rows (X borrowed) with the options of another. */
static int32_t pose(const struct cvxnn__context *context, const struct cvxnn_problem *whole,
                    const struct selection *rows, cvxnn_problem **problem) {
    static const int32_t options[] = {CVXNN_OPTION_LOSS, CVXNN_OPTION_BIAS, CVXNN_OPTION_STANDARDIZE};
    const struct cvxnn__memory *memory = context->memory;
    int64_t d = whole->features, outputs = whole->outputs;
    int32_t status = cvxnn_problem_create_with(memory->allocate, memory->reallocate, memory->release,
                                               memory->user, problem);
    if (status) return status;
    for (int o = 0; !status && o < 3; o++)
        status = cvxnn_problem_set_int(*problem, options[o], cvxnn__option_int(&whole->options, options[o]));
    if (!status)
        status = cvxnn_problem_set_data(*problem, rows->count, d, rows->x, d, CVXNN_ROW_MAJOR, CVXNN_BORROW);
    if (!status)
        status = cvxnn_problem_set_targets(*problem, rows->count, outputs, rows->y, outputs, CVXNN_ROW_MAJOR);
    if (!status && rows->s) status = cvxnn_problem_set_weights(*problem, rows->count, rows->s);
    if (status) cvxnn_problem_free(*problem);
    return status;
}

/* A solver for it with the options and gates of another; a bound is for the problem with all rows. */
static int32_t equip(const struct cvxnn_solver *whole, cvxnn_problem *problem, cvxnn_solver **solver) {
    const struct cvxnn__gates *gates = &whole->gates;
    int32_t status = cvxnn_solver_create(problem, solver);
    if (status) return status;
    (*solver)->options = whole->options;
    status = cvxnn_solver_set_int(*solver, CVXNN_OPTION_BOUND, 0);
    if (!status && gates->count > 0)
        status = cvxnn_solver_set_gates(*solver, gates->count, gates->columns, gates->values, gates->columns,
                                        CVXNN_ROW_MAJOR);
    if (status) cvxnn_solver_free(*solver);
    return status;
}

static int has_weight(const struct selection *rows) {
    for (int64_t i = 0; rows->s && i < rows->count; i++)
        if (rows->s[i] > 0) return 1;
    return !rows->s;
}

int32_t cvxnn__part_open(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         const struct cvxnn_solver *solver, const int64_t *fold, int64_t k,
                         struct cvxnn__part *part) {
    struct selection left, held;
    cvxnn_problem *problem = NULL;
    cvxnn_solver *own = NULL;
    int32_t status = select_rows(context, scope, solver->problem, fold, k, 0, &left);
    if (!status) status = select_rows(context, scope, solver->problem, fold, k, 1, &held);
    if (status) return status;
    if (!has_weight(&left))
        return cvxnn__fail(context, CVXNN_ERROR_VALUE,
                           "without fold %lld no row is left that has a weight to train on", (long long)k);
    status = pose(context, solver->problem, &left, &problem);
    if (!status) {
        status = equip(solver, problem, &own);
        cvxnn_problem_free(problem); /* the solver holds it */
    }
    if (status)
        return cvxnn__fail(context, status, "fold %lld: %s", (long long)k, cvxnn_status_string(status));
    cvxnn__part_enter(own, part); /* nobody else knows it: not busy */
    cvxnn__part_join(context, part);
    part->held = held.count;
    part->row = held.row;
    part->x = held.x;
    return CVXNN_OK;
}

void cvxnn__part_close(struct cvxnn__part *part) {
    cvxnn__part_leave(part);
    cvxnn_solver_free(part->solver);
}

/* ---- Solving and measuring ------------------------------------------------------------------------ */

/* error[i] = |f(x_i) - y_r(i)|^2 for count rows of X as they were given, r(i) = row[i], or i where row is
 * NULL; to error[r(i)]. */
static int32_t squared_errors(struct cvxnn__context *context, const struct cvxnn__network *network,
                              const struct cvxnn__rows *rows, const int64_t *row, const double *targets,
                              double *error) {
    struct cvxnn__scope scope;
    int64_t outputs = network->outputs;
    cvxnn__scope_open(&scope, context->memory);
    double *f = cvxnn__doubles(&scope, rows->n, outputs);
    int32_t status = f ? cvxnn__network_outputs(context, network, rows, f) : cvxnn__fail_memory(context);
    for (int64_t i = 0; !status && i < rows->n; i++) {
        int64_t r = row ? row[i] : i;
        error[r] = 0;
        for (int64_t k = 0; k < outputs; k++) {
            double miss = f[i * outputs + k] - targets[r * outputs + k];
            error[r] += miss * miss;
        }
    }
    cvxnn__scope_close(&scope);
    return status;
}

static int32_t set_train_error(struct cvxnn__context *context, const struct cvxnn_problem *problem,
                               struct cvxnn__point *point) {
    struct cvxnn__scope scope;
    struct cvxnn__rows rows = cvxnn__network_rows(&point->network, problem->n, problem->x, problem->is_float,
                                                  problem->row_stride, problem->column_stride);
    double mean, deviation;
    cvxnn__scope_open(&scope, context->memory);
    double *error = cvxnn__doubles(&scope, rows.n, 1);
    int32_t status = error ? squared_errors(context, &point->network, &rows, NULL, problem->targets, error)
                           : cvxnn__fail_memory(context);
    if (!status) {
        cvxnn__folds_error(rows.n, NULL, 0, problem->weights, error, &mean, &deviation);
        cvxnn__results_set_double(&point->results, CVXNN_INFO_TRAIN_ERROR, mean);
    }
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn__part_solve(struct cvxnn__context *context, struct cvxnn__part *part, double beta,
                          const struct cvxnn__point *before, struct cvxnn__point *point) {
    struct cvxnn__outcome outcome;
    struct cvxnn__context *own = &part->call.context;
    int32_t status = cvxnn__solver_run_at(own, part->solver, beta, NULL, before ? &before->network : NULL,
                                          &outcome);
    if (status < 0) return cvxnn__hand_back(context, own, status);
    int32_t failed = cvxnn__network_copy(context, &outcome.network, &point->network);
    if (!failed) {
        point->filled = 1;
        point->results = outcome.results;
        failed = set_train_error(context, part->solver->problem, point);
    }
    cvxnn__outcome_free(&outcome);
    return failed ? failed : status;
}

int32_t cvxnn__part_errors(struct cvxnn__context *context, const struct cvxnn__part *part,
                           const struct cvxnn__point *point, const struct cvxnn_problem *problem,
                           double *error) {
    struct cvxnn__rows rows = cvxnn__network_rows(&point->network, part->held, part->x, 0,
                                                  point->network.features, 1);
    return squared_errors(context, &point->network, &rows, part->row, problem->targets, error);
}
