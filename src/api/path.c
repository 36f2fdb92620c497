/* The path handle: options, grid, folds, callback, and reading of what a run found. path_run.c runs. */
#include "api/path.h"

#include <math.h>

#include "api/model.h"
#include "search/folds.h"

static const struct cvxnn__handle *handle_of(const cvxnn_path *path) {
    return path ? &path->handle : NULL;
}

int32_t cvxnn_path_create(cvxnn_solver *solver, cvxnn_path **path) {
    if (!solver) return CVXNN_ERROR_NULL;
    const struct cvxnn__memory *memory = &solver->handle.memory;
    return cvxnn_path_create_with(solver, memory->allocate, memory->reallocate, memory->release, memory->user,
                                  path);
}

int32_t cvxnn_path_create_with(cvxnn_solver *solver, cvxnn_allocate_fn allocate,
                               cvxnn_reallocate_fn reallocate, cvxnn_release_fn release, void *user,
                               cvxnn_path **path) {
    void *object;
    if (!solver || !path) return CVXNN_ERROR_NULL;
    int32_t status = cvxnn__handle_make((int64_t)sizeof **path, allocate, reallocate, release, user, &object);
    if (status) return status;
    struct cvxnn_path *made = object;
    cvxnn__handle_retain(&solver->handle);
    made->solver = solver;
    cvxnn__options_reset(&made->options, CVXNN__OWNER_PATH);
    atomic_init(&made->watch.cancel, 0);
    cvxnn__scope_open(&made->own_betas, &made->handle.memory);
    cvxnn__scope_open(&made->own_folds, &made->handle.memory);
    *path = made;
    return CVXNN_OK;
}

struct cvxnn__point *cvxnn__trace_at(const struct cvxnn__trace *trace, int64_t point, int64_t k) {
    return trace->point + point * (1 + trace->folds) + k;
}

void cvxnn__trace_free(struct cvxnn__trace *trace) {
    if (!trace->filled) return;
    for (int64_t p = 0; p < trace->points; p++)
        for (int64_t k = 0; k <= trace->folds; k++) {
            struct cvxnn__point *point = cvxnn__trace_at(trace, p, k);
            if (point->filled) cvxnn__network_free(&point->network);
        }
    cvxnn__scope_close(&trace->scope);
    trace->filled = 0;
}

void cvxnn_path_free(cvxnn_path *path) {
    if (!path || !cvxnn__handle_release(&path->handle)) return;
    cvxnn__trace_free(&path->last);
    cvxnn__scope_close(&path->own_betas);
    cvxnn__scope_close(&path->own_folds);
    cvxnn_solver_free(path->solver);
    cvxnn__handle_destroy(&path->handle);
}

int32_t cvxnn_path_message(const cvxnn_path *path, char *buffer, int64_t size, int64_t *needed) {
    return cvxnn__handle_message(handle_of(path), buffer, size, needed);
}

/* ---- Options, grid, folds, callback --------------------------------------------------------------- */

int32_t cvxnn_path_set_int(cvxnn_path *path, int32_t key, int64_t value) {
    return cvxnn__call_set_int(handle_of(path), path ? &path->options : NULL, key, value);
}

int32_t cvxnn_path_set_double(cvxnn_path *path, int32_t key, double value) {
    return cvxnn__call_set_double(handle_of(path), path ? &path->options : NULL, key, value);
}

int32_t cvxnn_path_get_int(const cvxnn_path *path, int32_t key, int64_t *value) {
    return cvxnn__call_get_int(handle_of(path), path ? &path->options : NULL, key, value);
}

int32_t cvxnn_path_get_double(const cvxnn_path *path, int32_t key, double *value) {
    return cvxnn__call_get_double(handle_of(path), path ? &path->options : NULL, key, value);
}

int32_t cvxnn_path_reset_options(cvxnn_path *path) {
    return cvxnn__call_reset_options(handle_of(path), path ? &path->options : NULL);
}

static int32_t check_betas(struct cvxnn__context *context, int64_t count, const double *betas) {
    if (count < 0)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "betas: their number is %lld", (long long)count);
    int32_t status = count > 0 ? cvxnn__check_pointer(context, betas, "betas") : CVXNN_OK;
    for (int64_t p = 0; !status && p < count; p++)
        if (!isfinite(betas[p]) || !(betas[p] > 0) || (p > 0 && !(betas[p] < betas[p - 1])))
            status = cvxnn__fail(context, CVXNN_ERROR_VALUE,
                                 "betas: number %lld is %g; each must be above 0 and below the one before",
                                 (long long)p, betas[p]);
    return status;
}

static int32_t set_betas(struct cvxnn__context *context, struct cvxnn_path *path, int64_t count,
                         const double *betas) {
    struct cvxnn__scope fresh;
    int32_t status = check_betas(context, count, betas);
    if (status) return status;
    cvxnn__scope_open(&fresh, &path->handle.memory);
    double *copy = count > 0 ? cvxnn__doubles(&fresh, count, 1) : NULL;
    if (fresh.failed) return cvxnn__fail_memory(context);
    for (int64_t p = 0; p < count; p++) copy[p] = betas[p];
    cvxnn__scope_close(&path->own_betas);
    cvxnn__scope_adopt(&path->own_betas, &fresh);
    path->beta_count = count;
    path->betas = copy;
    return CVXNN_OK;
}

int32_t cvxnn_path_set_betas(cvxnn_path *path, int64_t count, const double *betas) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(path), CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, set_betas(&call.context, path, count, betas));
}

/* *count = the largest number + 1; each number must occur. rows: n zeros to count in. */
static int32_t check_folds(struct cvxnn__context *context, int64_t n, const int64_t *folds, int64_t *rows,
                           int64_t *count) {
    *count = 0;
    for (int64_t i = 0; i < n; i++) {
        if (folds[i] < CVXNN__NO_FOLD || folds[i] >= n)
            return cvxnn__fail(context, CVXNN_ERROR_VALUE, "folds: row %lld has number %lld", (long long)i,
                               (long long)folds[i]);
        if (folds[i] == CVXNN__NO_FOLD) continue;
        rows[folds[i]]++;
        if (folds[i] >= *count) *count = folds[i] + 1;
    }
    if (*count == 0) return cvxnn__fail(context, CVXNN_ERROR_VALUE, "folds: no row has a fold");
    for (int64_t k = 0; k < *count; k++)
        if (rows[k] == 0 || rows[k] == n)
            return cvxnn__fail(context, CVXNN_ERROR_VALUE, "folds: fold %lld has %s", (long long)k,
                               rows[k] ? "all rows, none is left to train on" : "no row");
    return CVXNN_OK;
}

static int32_t set_folds(struct cvxnn__context *context, struct cvxnn_path *path, int64_t n,
                         const int64_t *folds) {
    struct cvxnn__scope fresh, scratch;
    int64_t *copy = NULL, count = 0;
    int32_t status = n > 0 ? cvxnn__check_pointer(context, folds, "folds") : CVXNN_OK;
    if (status) return status;
    if (n < 0) return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "folds: %lld rows", (long long)n);
    cvxnn__scope_open(&fresh, &path->handle.memory);
    cvxnn__scope_open(&scratch, &path->handle.memory);
    if (n > 0) {
        int64_t *rows = cvxnn__take_zeroed(&scratch, n, 1, (int64_t)sizeof *rows);
        copy = cvxnn__integers(&fresh, n);
        status = fresh.failed || scratch.failed ? cvxnn__fail_memory(context)
                                                : check_folds(context, n, folds, rows, &count);
        for (int64_t i = 0; !status && i < n; i++) copy[i] = folds[i];
    }
    if (!status) {
        cvxnn__scope_close(&path->own_folds);
        cvxnn__scope_adopt(&path->own_folds, &fresh);
        path->n = n;
        path->folds = copy;
        path->fold_count = count;
    }
    cvxnn__scope_close(&fresh);
    cvxnn__scope_close(&scratch);
    return status;
}

int32_t cvxnn_path_set_folds(cvxnn_path *path, int64_t n, const int64_t *folds) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(path), CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, set_folds(&call.context, path, n, folds));
}

int32_t cvxnn_path_set_callback(cvxnn_path *path, cvxnn_event_fn callback, void *user) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(path), CVXNN__WRITE);
    if (status) return status;
    path->watch.callback = callback;
    path->watch.user = user;
    return cvxnn__end(&call, CVXNN_OK);
}

int32_t cvxnn_path_cancel(cvxnn_path *path) {
    if (!path) return CVXNN_ERROR_NULL;
    atomic_store(&path->watch.cancel, 1);
    return CVXNN_OK;
}

int32_t cvxnn_path_run(cvxnn_path *path) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(path), CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, cvxnn__path_run(&call.context, path));
}

/* ---- Results -------------------------------------------------------------------------------------- */

static const char NO_RESULT[] =
    "the method that ran does not have it, no rows were held out, or the run was stopped before";

int32_t cvxnn_path_count(const cvxnn_path *path, int64_t *points, int64_t *folds) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(path), CVXNN__READ);
    if (status) return status;
    if (points) *points = path->last.filled ? path->last.points : 0;
    if (folds) *folds = path->last.filled ? path->last.folds : 0;
    return cvxnn__end(&call, CVXNN_OK);
}

static int32_t check_run(struct cvxnn__context *context, const struct cvxnn_path *path) {
    return path->last.filled
               ? CVXNN_OK
               : cvxnn__fail(context, CVXNN_ERROR_STATE, "there is no result yet: call cvxnn_path_run first");
}

/* Opens a call that reads solve k of a point into out; fold k - 1 must be one where k > 0. */
static int32_t begin_point(struct cvxnn__call *call, const cvxnn_path *path, int64_t point, int64_t k,
                           const void *out, const struct cvxnn__point **found) {
    int32_t status = cvxnn__begin(call, handle_of(path), CVXNN__READ);
    if (status) return status;
    status = cvxnn__check_pointer(&call->context, out, "the place for the result");
    if (!status) status = check_run(&call->context, path);
    if (!status && (point < 0 || point >= path->last.points))
        status = cvxnn__fail(&call->context, CVXNN_ERROR_SHAPE, "there is no point %lld: the path has %lld",
                             (long long)point, (long long)path->last.points);
    if (!status && (k < 0 || k > path->last.folds))
        status = cvxnn__fail(&call->context, CVXNN_ERROR_SHAPE, "there is no fold %lld: the run had %lld",
                             (long long)k - 1, (long long)path->last.folds);
    if (!status) *found = cvxnn__trace_at(&path->last, point, k);
    return status ? cvxnn__end(call, status) : CVXNN_OK;
}

static int32_t info_int(const cvxnn_path *path, int64_t point, int64_t k, int32_t key, int64_t *value) {
    struct cvxnn__call call;
    const struct cvxnn__point *found;
    int32_t status = begin_point(&call, path, point, k, value, &found);
    if (status) return status;
    status = cvxnn__results_get_int(&found->results, key, value);
    return cvxnn__end(&call, cvxnn__results_explain(&call.context, status, key, NO_RESULT));
}

static int32_t info_double(const cvxnn_path *path, int64_t point, int64_t k, int32_t key, double *value) {
    struct cvxnn__call call;
    const struct cvxnn__point *found;
    int32_t status = begin_point(&call, path, point, k, value, &found);
    if (status) return status;
    status = cvxnn__results_get_double(&found->results, key, value);
    return cvxnn__end(&call, cvxnn__results_explain(&call.context, status, key, NO_RESULT));
}

/* The number of the solve without this fold; -1, which is none, for what is no fold. */
static int64_t without(int64_t fold) {
    return fold >= 0 && fold < INT64_MAX ? fold + 1 : -1;
}

int32_t cvxnn_path_info_int(const cvxnn_path *path, int64_t point, int32_t key, int64_t *value) {
    return info_int(path, point, 0, key, value);
}

int32_t cvxnn_path_info_double(const cvxnn_path *path, int64_t point, int32_t key, double *value) {
    return info_double(path, point, 0, key, value);
}

int32_t cvxnn_path_fold_int(const cvxnn_path *path, int64_t point, int64_t fold, int32_t key,
                            int64_t *value) {
    return info_int(path, point, without(fold), key, value);
}

int32_t cvxnn_path_fold_double(const cvxnn_path *path, int64_t point, int64_t fold, int32_t key,
                               double *value) {
    return info_double(path, point, without(fold), key, value);
}

static int32_t get_model(const cvxnn_path *path, int64_t point, int64_t k, cvxnn_model **model) {
    struct cvxnn__call call;
    const struct cvxnn__point *found;
    int32_t status = begin_point(&call, path, point, k, model, &found);
    if (status) return status;
    if (found->filled)
        status = cvxnn__model_of(&path->handle.memory, &found->network, model);
    else
        status = cvxnn__fail(&call.context, CVXNN_ERROR_UNAVAILABLE, "the run was stopped before");
    return cvxnn__end(&call, status);
}

int32_t cvxnn_path_get_model(const cvxnn_path *path, int64_t point, cvxnn_model **model) {
    return get_model(path, point, 0, model);
}

int32_t cvxnn_path_get_fold_model(const cvxnn_path *path, int64_t point, int64_t fold, cvxnn_model **model) {
    return get_model(path, point, without(fold), model);
}

int32_t cvxnn_path_get_folds(const cvxnn_path *path, int64_t n, int64_t *folds) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(path), CVXNN__READ);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, folds, "folds");
    if (!status) status = check_run(&call.context, path);
    if (!status && n != path->last.n)
        status = cvxnn__fail(&call.context, CVXNN_ERROR_SHAPE, "the run had %lld rows, not %lld",
                             (long long)path->last.n, (long long)n);
    for (int64_t i = 0; !status && i < n; i++) folds[i] = path->last.fold[i];
    return cvxnn__end(&call, status);
}

static int32_t choose(struct cvxnn__context *context, const struct cvxnn__trace *trace, int64_t *least,
                      int64_t *simplest) {
    struct cvxnn__scope scope;
    cvxnn__scope_open(&scope, context->memory);
    double *error = cvxnn__doubles(&scope, trace->points, 1);
    double *deviation = cvxnn__doubles(&scope, trace->points, 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    for (int64_t p = 0; !status && p < trace->points; p++) {
        const struct cvxnn__results *results = &cvxnn__trace_at(trace, p, 0)->results;
        error[p] = deviation[p] = NAN;
        cvxnn__results_get_double(results, CVXNN_INFO_VALIDATION_ERROR, error + p);
        cvxnn__results_get_double(results, CVXNN_INFO_STANDARD_ERROR, deviation + p);
    }
    if (!status && !cvxnn__folds_choose(trace->points, error, deviation, least, simplest))
        status = cvxnn__fail(context, CVXNN_ERROR_UNAVAILABLE,
                             "no point has an error on held-out rows: set folds or holdout, and let a point "
                             "be finished");
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn_path_best(const cvxnn_path *path, int64_t *least, int64_t *simplest) {
    struct cvxnn__call call;
    int64_t first, second;
    int32_t status = cvxnn__begin(&call, handle_of(path), CVXNN__READ);
    if (status) return status;
    status = check_run(&call.context, path);
    if (!status) status = choose(&call.context, &path->last, &first, &second);
    if (!status && least) *least = first;
    if (!status && simplest) *simplest = second;
    return cvxnn__end(&call, status);
}
