/* The solver handle: options, gates, start, directions, callback, and reading of results. solve.c does the
 * solving. */
#include "api/solver.h"

#include "api/model.h"

static const struct cvxnn__handle *handle_of(const cvxnn_solver *solver) {
    return solver ? &solver->handle : NULL;
}

int32_t cvxnn_solver_create(cvxnn_problem *problem, cvxnn_solver **solver) {
    if (!problem) return CVXNN_ERROR_NULL;
    const struct cvxnn__memory *memory = &problem->handle.memory;
    return cvxnn_solver_create_with(problem, memory->allocate, memory->reallocate, memory->release,
                                    memory->user, solver);
}

int32_t cvxnn_solver_create_with(cvxnn_problem *problem, cvxnn_allocate_fn allocate,
                                 cvxnn_reallocate_fn reallocate, cvxnn_release_fn release, void *user,
                                 cvxnn_solver **solver) {
    void *object;
    if (!problem || !solver) return CVXNN_ERROR_NULL;
    int32_t status = cvxnn__handle_make((int64_t)sizeof **solver, allocate, reallocate, release, user,
                                        &object);
    if (status) return status;
    struct cvxnn_solver *made = object;
    cvxnn__handle_retain(&problem->handle);
    made->problem = problem;
    cvxnn__options_reset(&made->options, CVXNN__OWNER_SOLVER);
    atomic_init(&made->watch.cancel, 0);
    cvxnn__scope_open(&made->gates.scope, &made->handle.memory);
    cvxnn__scope_open(&made->directions.scope, &made->handle.memory);
    *solver = made;
    return CVXNN_OK;
}

void cvxnn__outcome_free(struct cvxnn__outcome *outcome) {
    if (!outcome->filled) return;
    cvxnn__network_free(&outcome->network);
    cvxnn__scope_close(&outcome->scope);
    outcome->filled = 0;
}

void cvxnn_solver_free(cvxnn_solver *solver) {
    if (!solver || !cvxnn__handle_release(&solver->handle)) return;
    cvxnn__packed_forget(solver);
    cvxnn__outcome_free(&solver->last);
    if (solver->has_start) cvxnn__network_free(&solver->start);
    cvxnn__scope_close(&solver->gates.scope);
    cvxnn__scope_close(&solver->directions.scope);
    cvxnn_problem_free(solver->problem);
    cvxnn__handle_destroy(&solver->handle);
}

int32_t cvxnn_solver_message(const cvxnn_solver *solver, char *buffer, int64_t size, int64_t *needed) {
    return cvxnn__handle_message(handle_of(solver), buffer, size, needed);
}

int32_t cvxnn_solver_set_int(cvxnn_solver *solver, int32_t key, int64_t value) {
    return cvxnn__call_set_int(handle_of(solver), solver ? &solver->options : NULL, key, value);
}

int32_t cvxnn_solver_set_double(cvxnn_solver *solver, int32_t key, double value) {
    return cvxnn__call_set_double(handle_of(solver), solver ? &solver->options : NULL, key, value);
}

int32_t cvxnn_solver_get_int(const cvxnn_solver *solver, int32_t key, int64_t *value) {
    return cvxnn__call_get_int(handle_of(solver), solver ? &solver->options : NULL, key, value);
}

int32_t cvxnn_solver_get_double(const cvxnn_solver *solver, int32_t key, double *value) {
    return cvxnn__call_get_double(handle_of(solver), solver ? &solver->options : NULL, key, value);
}

int32_t cvxnn_solver_reset_options(cvxnn_solver *solver) {
    return cvxnn__call_reset_options(handle_of(solver), solver ? &solver->options : NULL);
}

/* Copies vectors of the caller's, count rows of columns numbers called `what`, in place of those there. */
static int32_t copy_vectors(struct cvxnn__context *context, struct cvxnn_solver *solver, const char *what,
                            int64_t count, int64_t columns, const double *values, int64_t ld, int32_t order,
                            struct cvxnn__gates *gates) {
    int64_t down = cvxnn__row_stride(order, ld), across = cvxnn__column_stride(order, ld);
    struct cvxnn__scope fresh;
    double *copy = NULL;
    cvxnn__scope_open(&fresh, &solver->handle.memory);
    if (count < 0)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "%s: their number is %lld", what, (long long)count);
    if (count > 0) {
        int32_t status = cvxnn__check_matrix(context, what, values, count, columns, ld, order,
                                             (int64_t)sizeof *values);
        if (!status && columns < 1)
            status = cvxnn__fail(context, CVXNN_ERROR_SHAPE, "%s: %lld columns", what, (long long)columns);
        if (!status) status = cvxnn__check_finite(context, what, values, 0, count, columns, down, across);
        if (status) return status;
        copy = cvxnn__doubles(&fresh, count, columns);
        if (!copy) return cvxnn__fail_memory(context);
        struct cvxnn__rows rows = {.n = count,
                                   .d = columns,
                                   .features = columns,
                                   .values = values,
                                   .row_stride = down,
                                   .column_stride = across};
        cvxnn__rows_tile(&rows, 0, count, 0, columns, copy, columns);
    }
    cvxnn__scope_close(&gates->scope);
    cvxnn__scope_adopt(&gates->scope, &fresh);
    gates->values = copy;
    gates->count = count;
    gates->columns = count > 0 ? columns : 0;
    gates->revision++;
    return CVXNN_OK;
}

int32_t cvxnn_solver_set_gates(cvxnn_solver *solver, int64_t count, int64_t columns, const double *gates,
                               int64_t ld, int32_t order) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(solver), CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, copy_vectors(&call.context, solver, "gates", count, columns, gates, ld, order,
                                          &solver->gates));
}

int32_t cvxnn_solver_set_directions(cvxnn_solver *solver, int64_t count, int64_t columns,
                                    const double *directions, int64_t ld, int32_t order) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(solver), CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, copy_vectors(&call.context, solver, "directions", count, columns, directions, ld,
                                          order, &solver->directions));
}

/* Copies what `model` holds; the caller has a hold on it. */
static int32_t copy_start(struct cvxnn__context *context, struct cvxnn_solver *solver,
                          const struct cvxnn_model *model) {
    struct cvxnn__network copy;
    if (!model->filled) return cvxnn__fail(context, CVXNN_ERROR_STATE, "the start is an empty model");
    if (model->network.kind != CVXNN_KIND_RELU)
        return cvxnn__fail(context, CVXNN_ERROR_UNSUPPORTED,
                           "the start must be a ReLU network, not a gated one");
    int32_t status = cvxnn__network_copy(context, &model->network, &copy);
    if (status) return status;
    if (solver->has_start) cvxnn__network_free(&solver->start);
    solver->start = copy;
    solver->has_start = 1;
    return CVXNN_OK;
}

int32_t cvxnn_solver_set_start(cvxnn_solver *solver, const cvxnn_model *model) {
    struct cvxnn__call call, reading;
    int32_t status = cvxnn__begin(&call, handle_of(solver), CVXNN__WRITE);
    if (status) return status;
    if (model) {
        status = cvxnn__begin(&reading, &model->handle, CVXNN__READ);
        if (!status) {
            status = copy_start(&call.context, solver, model);
            cvxnn__end(&reading, CVXNN_OK);
        }
    } else if (solver->has_start) {
        cvxnn__network_free(&solver->start);
        solver->has_start = 0;
    }
    return cvxnn__end(&call, status);
}

int32_t cvxnn_solver_set_callback(cvxnn_solver *solver, cvxnn_event_fn callback, void *user) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(solver), CVXNN__WRITE);
    if (status) return status;
    solver->watch.callback = callback;
    solver->watch.user = user;
    return cvxnn__end(&call, CVXNN_OK);
}

int32_t cvxnn_solver_cancel(cvxnn_solver *solver) {
    if (!solver) return CVXNN_ERROR_NULL;
    atomic_store(&solver->watch.cancel, 1);
    return CVXNN_OK;
}

int32_t cvxnn_solver_compute_beta_max(cvxnn_solver *solver, double *beta_max) {
    struct cvxnn__call call, reading;
    int32_t status = cvxnn__begin(&call, handle_of(solver), CVXNN__WRITE);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, beta_max, "beta_max");
    if (!status) status = cvxnn__begin(&reading, &solver->problem->handle, CVXNN__READ);
    if (!status) {
        status = cvxnn__solver_beta_max(&call.context, solver, beta_max);
        cvxnn__end(&reading, CVXNN_OK);
    }
    return cvxnn__end(&call, status);
}

int32_t cvxnn_solver_solve(cvxnn_solver *solver) {
    struct cvxnn__call call, reading;
    int32_t status = cvxnn__begin(&call, handle_of(solver), CVXNN__WRITE);
    if (status) return status;
    status = cvxnn__begin(&reading, &solver->problem->handle, CVXNN__READ);
    if (!status) {
        status = cvxnn__solver_run(&call.context, solver);
        cvxnn__end(&reading, CVXNN_OK);
    }
    return cvxnn__end(&call, status);
}

static const char NO_RESULT[] = "the method that ran does not have it, or was stopped before";

/* Opens a call that reads the last result into out. */
static int32_t begin_result(struct cvxnn__call *call, const cvxnn_solver *solver, const void *out) {
    int32_t status = cvxnn__begin(call, handle_of(solver), CVXNN__READ);
    if (status) return status;
    status = cvxnn__check_pointer(&call->context, out, "the place for the result");
    if (!status && !solver->last.filled)
        status = cvxnn__fail(&call->context, CVXNN_ERROR_STATE,
                             "there is no result yet: call cvxnn_solver_solve first");
    return status ? cvxnn__end(call, status) : CVXNN_OK;
}

int32_t cvxnn_solver_info_int(const cvxnn_solver *solver, int32_t key, int64_t *value) {
    struct cvxnn__call call;
    int32_t status = begin_result(&call, solver, value);
    if (status) return status;
    return cvxnn__end(&call, cvxnn__results_explain(&call.context,
                                                    cvxnn__results_get_int(&solver->last.results, key, value),
                                                    key, NO_RESULT));
}

int32_t cvxnn_solver_info_double(const cvxnn_solver *solver, int32_t key, double *value) {
    struct cvxnn__call call;
    int32_t status = begin_result(&call, solver, value);
    if (status) return status;
    return cvxnn__end(&call, cvxnn__results_explain(
                                 &call.context, cvxnn__results_get_double(&solver->last.results, key, value),
                                 key, NO_RESULT));
}

int32_t cvxnn_solver_get_model(const cvxnn_solver *solver, cvxnn_model **model) {
    struct cvxnn__call call;
    int32_t status = begin_result(&call, solver, model);
    if (status) return status;
    status = cvxnn__model_of(&solver->handle.memory, &solver->last.network, model);
    return cvxnn__end(&call, status);
}

int32_t cvxnn_solver_get_dual(const cvxnn_solver *solver, int64_t n, double *nu) {
    struct cvxnn__call call;
    int32_t status = begin_result(&call, solver, nu);
    if (status) return status;
    if (n != solver->last.n)
        status = cvxnn__fail(&call.context, CVXNN_ERROR_SHAPE, "the dual vector has %lld numbers, not %lld",
                             (long long)solver->last.n, (long long)n);
    for (int64_t i = 0; !status && i < n; i++) nu[i] = solver->last.nu[i];
    return cvxnn__end(&call, status);
}

int32_t cvxnn_solver_get_sharpness(const cvxnn_solver *solver, int64_t count, double *sharpness) {
    struct cvxnn__call call;
    int64_t known = 0;
    int32_t status = begin_result(&call, solver, sharpness);
    if (status) return status;
    status = cvxnn__results_explain(
        &call.context, cvxnn__results_get_int(&solver->last.results, CVXNN_INFO_DECOMPOSED, &known),
        CVXNN_INFO_DECOMPOSED, NO_RESULT);
    if (!status && count != known)
        status = cvxnn__fail(&call.context, CVXNN_ERROR_SHAPE, "%lld neurons were decomposed, not %lld",
                             (long long)known, (long long)count);
    for (int64_t k = 0; !status && k < count; k++) sharpness[k] = solver->last.sharpness[k];
    return cvxnn__end(&call, status);
}
