/* The problem handle. Every setter checks all it is given before it changes anything. */
#include "api/problem.h"

#include <math.h>

int32_t cvxnn_problem_create(cvxnn_problem **problem) {
    return cvxnn_problem_create_with(NULL, NULL, NULL, NULL, problem);
}

int32_t cvxnn_problem_create_with(cvxnn_allocate_fn allocate, cvxnn_reallocate_fn reallocate,
                                  cvxnn_release_fn release, void *user, cvxnn_problem **problem) {
    void *object;
    if (!problem) return CVXNN_ERROR_NULL;
    int32_t status = cvxnn__handle_make((int64_t)sizeof **problem, allocate, reallocate, release, user,
                                        &object);
    if (status) return status;
    struct cvxnn_problem *made = object;
    struct cvxnn__memory *memory = &made->handle.memory;
    cvxnn__options_reset(&made->options, CVXNN__OWNER_PROBLEM);
    cvxnn__scope_open(&made->own_data, memory);
    cvxnn__scope_open(&made->own_targets, memory);
    cvxnn__scope_open(&made->own_weights, memory);
    cvxnn__scope_open(&made->own_scaling, memory);
    *problem = made;
    return CVXNN_OK;
}

void cvxnn_problem_free(cvxnn_problem *problem) {
    if (!problem || !cvxnn__handle_release(&problem->handle)) return;
    cvxnn__scope_close(&problem->own_data);
    cvxnn__scope_close(&problem->own_targets);
    cvxnn__scope_close(&problem->own_weights);
    cvxnn__scope_close(&problem->own_scaling);
    cvxnn__handle_destroy(&problem->handle);
}

int32_t cvxnn_problem_message(const cvxnn_problem *problem, char *buffer, int64_t size, int64_t *needed) {
    return cvxnn__handle_message(problem ? &problem->handle : NULL, buffer, size, needed);
}

static const struct cvxnn__handle *handle_of(const cvxnn_problem *problem) {
    return problem ? &problem->handle : NULL;
}

/* X as it is stored, without scaling or bias. */
static struct cvxnn__rows stored_rows(const struct cvxnn_problem *problem) {
    struct cvxnn__rows rows = {.n = problem->n,
                               .d = problem->features,
                               .features = problem->features,
                               .values = problem->x,
                               .is_float = problem->is_float,
                               .row_stride = problem->row_stride,
                               .column_stride = problem->column_stride};
    return rows;
}

/* Mean and standard deviation (over n) of one column by two passes; a constant column stays as it is: 0
 * and 1. */
static int column_scaling(const struct cvxnn__rows *rows, int64_t j, double *center, double *scale) {
    double sum = 0, square = 0, least = INFINITY, most = -INFINITY, x;
    for (int64_t i = 0; i < rows->n; i++) {
        cvxnn__rows_tile(rows, i, 1, j, 1, &x, 1);
        sum += x;
        least = fmin(least, x);
        most = fmax(most, x);
    }
    double mean = sum / (double)rows->n;
    for (int64_t i = 0; i < rows->n; i++) {
        cvxnn__rows_tile(rows, i, 1, j, 1, &x, 1);
        square += (x - mean) * (x - mean);
    }
    double deviation = sqrt(square / (double)rows->n);
    int constant = least == most || deviation == 0;
    *center = constant ? 0 : mean;
    *scale = constant ? 1 : deviation;
    return isfinite(*center) && isfinite(*scale);
}

/* center and scale of every column, taken from scope. */
static int32_t compute_scaling(struct cvxnn__context *context, struct cvxnn__scope *scope,
                               const struct cvxnn__rows *rows, double **center, double **scale) {
    *center = cvxnn__doubles(scope, rows->features, 1);
    *scale = cvxnn__doubles(scope, rows->features, 1);
    if (scope->failed) return cvxnn__fail_memory(context);
    for (int64_t j = 0; j < rows->features; j++)
        if (!column_scaling(rows, j, *center + j, *scale + j))
            return cvxnn__fail(context, CVXNN_ERROR_VALUE,
                               "column %lld is too large to be standardized: its variance overflows",
                               (long long)j);
    return CVXNN_OK;
}

static void replace(struct cvxnn__scope *old, struct cvxnn__scope *fresh) {
    cvxnn__scope_close(old);
    cvxnn__scope_adopt(old, fresh);
}

/* A row-major copy of the same precision. */
static void *copy_matrix(struct cvxnn__scope *scope, const struct cvxnn__rows *from) {
    int64_t n = from->n, d = from->features;
    double *doubles = from->is_float ? NULL : cvxnn__doubles(scope, n, d);
    float *floats = from->is_float ? cvxnn__take(scope, n, d, (int64_t)sizeof *floats) : NULL;
    for (int64_t i = 0; !scope->failed && i < n; i++)
        for (int64_t j = 0; j < d; j++) {
            int64_t at = i * from->row_stride + j * from->column_stride;
            if (floats)
                floats[i * d + j] = ((const float *)from->values)[at];
            else
                doubles[i * d + j] = ((const double *)from->values)[at];
        }
    return from->is_float ? (void *)floats : (void *)doubles;
}

static void forget_rows(struct cvxnn_problem *problem) {
    cvxnn__scope_close(&problem->own_targets);
    cvxnn__scope_close(&problem->own_weights);
    problem->targets = problem->weights = NULL;
    problem->outputs = 0;
}

/* Takes over checked rows; scopes hold what is owned of them and of their scaling. */
static void install_data(struct cvxnn_problem *problem, const struct cvxnn__rows *rows, const double *center,
                         const double *scale, struct cvxnn__scope *data, struct cvxnn__scope *scaling) {
    replace(&problem->own_data, data);
    replace(&problem->own_scaling, scaling);
    if (rows->n != problem->n) forget_rows(problem);
    problem->n = rows->n;
    problem->features = rows->features;
    problem->x = rows->values;
    problem->is_float = rows->is_float;
    problem->row_stride = rows->row_stride;
    problem->column_stride = rows->column_stride;
    problem->center = center;
    problem->scale = scale;
    problem->data_revision++;
    problem->fit_revision++;
}

static int32_t set_data(struct cvxnn__context *context, struct cvxnn_problem *problem,
                        struct cvxnn__rows rows, int32_t ownership) {
    struct cvxnn__scope data, scaling;
    double *center = NULL, *scale = NULL;
    int32_t status = cvxnn__check_finite(context, "data", rows.values, rows.is_float, rows.n, rows.features,
                                         rows.row_stride, rows.column_stride);
    if (status) return status;
    cvxnn__scope_open(&data, &problem->handle.memory);
    cvxnn__scope_open(&scaling, &problem->handle.memory);
    if (ownership == CVXNN_COPY) {
        rows.values = copy_matrix(&data, &rows);
        rows.row_stride = rows.features;
        rows.column_stride = 1;
        if (data.failed) status = cvxnn__fail_memory(context);
    }
    if (!status && cvxnn__option_int(&problem->options, CVXNN_OPTION_STANDARDIZE))
        status = compute_scaling(context, &scaling, &rows, &center, &scale);
    if (!status) install_data(problem, &rows, center, scale, &data, &scaling);
    cvxnn__scope_close(&data);
    cvxnn__scope_close(&scaling);
    return status;
}

static int32_t set_data_any(cvxnn_problem *problem, int64_t n, int64_t d, const void *x, int is_float,
                            int64_t ld, int32_t order, int32_t ownership) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(problem), CVXNN__WRITE);
    if (status) return status;
    int64_t element = (int64_t)(is_float ? sizeof(float) : sizeof(double));
    status = cvxnn__check_matrix(&call.context, "data", x, n, d, ld, order, element);
    if (!status && (n < 1 || d < 1))
        status = cvxnn__fail(&call.context, CVXNN_ERROR_SHAPE,
                             "data: %lld x %lld: at least one row and one column are needed", (long long)n,
                             (long long)d);
    if (!status && ownership != CVXNN_COPY && ownership != CVXNN_BORROW)
        status = cvxnn__fail(&call.context, CVXNN_ERROR_VALUE,
                             "data: ownership %d is neither CVXNN_COPY (1) nor CVXNN_BORROW (2)",
                             (int)ownership);
    if (!status) {
        struct cvxnn__rows rows = {.n = n,
                                   .d = d,
                                   .features = d,
                                   .values = x,
                                   .is_float = is_float,
                                   .row_stride = cvxnn__row_stride(order, ld),
                                   .column_stride = cvxnn__column_stride(order, ld)};
        status = set_data(&call.context, problem, rows, ownership);
    }
    return cvxnn__end(&call, status);
}

int32_t cvxnn_problem_set_data(cvxnn_problem *problem, int64_t n, int64_t d, const double *x, int64_t ld,
                               int32_t order, int32_t ownership) {
    return set_data_any(problem, n, d, x, 0, ld, order, ownership);
}

int32_t cvxnn_problem_set_data_float(cvxnn_problem *problem, int64_t n, int64_t d, const float *x, int64_t ld,
                                     int32_t order, int32_t ownership) {
    return set_data_any(problem, n, d, x, 1, ld, order, ownership);
}

static int32_t check_rows(struct cvxnn__context *context, const struct cvxnn_problem *problem,
                          const char *what, int64_t n) {
    if (problem->n == 0)
        return cvxnn__fail(context, CVXNN_ERROR_STATE, "%s: set the data first (cvxnn_problem_set_data)",
                           what);
    if (n != problem->n)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "%s: %lld rows, but the data have %lld", what,
                           (long long)n, (long long)problem->n);
    return CVXNN_OK;
}

static int32_t set_targets(struct cvxnn__context *context, struct cvxnn_problem *problem, int64_t n,
                           int64_t outputs, const void *y, int is_float, int64_t ld, int32_t order) {
    int64_t element = (int64_t)(is_float ? sizeof(float) : sizeof(double));
    int64_t down = cvxnn__row_stride(order, ld), across = cvxnn__column_stride(order, ld);
    int32_t status = check_rows(context, problem, "targets", n);
    if (!status) status = cvxnn__check_matrix(context, "targets", y, n, outputs, ld, order, element);
    if (status) return status;
    if (outputs < 1) return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "targets: at least one output is needed");
    if (outputs > 1)
        return cvxnn__fail(context, CVXNN_ERROR_UNSUPPORTED,
                           "targets: %lld outputs, this version takes one: train a network for each",
                           (long long)outputs);
    status = cvxnn__check_finite(context, "targets", y, is_float, n, outputs, down, across);
    if (status) return status;
    struct cvxnn__scope fresh;
    cvxnn__scope_open(&fresh, &problem->handle.memory);
    double *copy = cvxnn__doubles(&fresh, n, outputs);
    if (!copy) return cvxnn__fail_memory(context);
    struct cvxnn__rows rows = {.n = n,
                               .d = outputs,
                               .features = outputs,
                               .values = y,
                               .is_float = is_float,
                               .row_stride = down,
                               .column_stride = across};
    cvxnn__rows_tile(&rows, 0, n, 0, outputs, copy, outputs);
    replace(&problem->own_targets, &fresh);
    problem->targets = copy;
    problem->outputs = outputs;
    problem->fit_revision++;
    return CVXNN_OK;
}

int32_t cvxnn_problem_set_targets(cvxnn_problem *problem, int64_t n, int64_t outputs, const double *y,
                                  int64_t ld, int32_t order) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(problem), CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, set_targets(&call.context, problem, n, outputs, y, 0, ld, order));
}

int32_t cvxnn_problem_set_targets_float(cvxnn_problem *problem, int64_t n, int64_t outputs, const float *y,
                                        int64_t ld, int32_t order) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(problem), CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, set_targets(&call.context, problem, n, outputs, y, 1, ld, order));
}

static int32_t set_weights(struct cvxnn__context *context, struct cvxnn_problem *problem, int64_t n,
                           const double *weights) {
    double sum = 0;
    int32_t status = check_rows(context, problem, "weights", n);
    if (!status && weights) status = cvxnn__check_finite(context, "weights", weights, 0, n, 1, 1, 1);
    if (status) return status;
    struct cvxnn__scope fresh;
    cvxnn__scope_open(&fresh, &problem->handle.memory);
    double *copy = weights ? cvxnn__doubles(&fresh, n, 1) : NULL;
    if (fresh.failed) return cvxnn__fail_memory(context);
    for (int64_t i = 0; weights && i < n; i++) {
        if (weights[i] < 0) status = CVXNN_ERROR_VALUE;
        copy[i] = weights[i];
        sum += weights[i];
    }
    if (weights && (status || !(sum > 0) || !isfinite(sum))) {
        cvxnn__scope_close(&fresh);
        return cvxnn__fail(context, CVXNN_ERROR_VALUE,
                           "weights: they must be >= 0, not all 0, and have a finite sum (it is %g)", sum);
    }
    replace(&problem->own_weights, &fresh);
    problem->weights = copy;
    problem->weight_sum = sum;
    problem->fit_revision++;
    return CVXNN_OK;
}

int32_t cvxnn_problem_set_weights(cvxnn_problem *problem, int64_t n, const double *weights) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(problem), CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, set_weights(&call.context, problem, n, weights));
}

/* Brings center and scale in line with the option; nothing changes on failure. */
static int32_t standardize(struct cvxnn__context *context, struct cvxnn_problem *problem, int on) {
    struct cvxnn__scope fresh;
    double *center = NULL, *scale = NULL;
    int32_t status = CVXNN_OK;
    cvxnn__scope_open(&fresh, &problem->handle.memory);
    if (on && problem->n > 0) {
        struct cvxnn__rows rows = stored_rows(problem);
        status = compute_scaling(context, &fresh, &rows, &center, &scale);
    }
    if (!status) {
        replace(&problem->own_scaling, &fresh);
        problem->center = center;
        problem->scale = scale;
    }
    cvxnn__scope_close(&fresh);
    return status;
}

/* What a change of options means for patterns and fits that were made with the old ones. */
static void note_change(struct cvxnn_problem *problem, const struct cvxnn__options *before) {
    const int32_t posed[] = {CVXNN_OPTION_BIAS, CVXNN_OPTION_STANDARDIZE};
    for (int o = 0; o < 2; o++)
        if (cvxnn__option_int(before, posed[o]) != cvxnn__option_int(&problem->options, posed[o]))
            problem->data_revision++;
    if (cvxnn__option_int(before, CVXNN_OPTION_LOSS) !=
        cvxnn__option_int(&problem->options, CVXNN_OPTION_LOSS))
        problem->fit_revision++;
}

/* Takes over changed options, or leaves the old ones. */
static int32_t change_options(struct cvxnn__context *context, struct cvxnn_problem *problem,
                              const struct cvxnn__options *wanted) {
    struct cvxnn__options before = problem->options;
    int on = (int)cvxnn__option_int(wanted, CVXNN_OPTION_STANDARDIZE);
    if (on != cvxnn__option_int(&before, CVXNN_OPTION_STANDARDIZE)) {
        int32_t status = standardize(context, problem, on);
        if (status) return status;
    }
    problem->options = *wanted;
    note_change(problem, &before);
    return CVXNN_OK;
}

int32_t cvxnn_problem_set_int(cvxnn_problem *problem, int32_t key, int64_t value) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(problem), CVXNN__WRITE);
    if (status) return status;
    struct cvxnn__options wanted = problem->options;
    status = cvxnn__options_set_int(&call.context, &wanted, key, value);
    if (!status) status = change_options(&call.context, problem, &wanted);
    return cvxnn__end(&call, status);
}

int32_t cvxnn_problem_set_double(cvxnn_problem *problem, int32_t key, double value) {
    return cvxnn__call_set_double(handle_of(problem), problem ? &problem->options : NULL, key, value);
}

int32_t cvxnn_problem_get_int(const cvxnn_problem *problem, int32_t key, int64_t *value) {
    return cvxnn__call_get_int(handle_of(problem), problem ? &problem->options : NULL, key, value);
}

int32_t cvxnn_problem_get_double(const cvxnn_problem *problem, int32_t key, double *value) {
    return cvxnn__call_get_double(handle_of(problem), problem ? &problem->options : NULL, key, value);
}

int32_t cvxnn_problem_reset_options(cvxnn_problem *problem) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(problem), CVXNN__WRITE);
    if (status) return status;
    struct cvxnn__options wanted;
    cvxnn__options_reset(&wanted, CVXNN__OWNER_PROBLEM);
    return cvxnn__end(&call, change_options(&call.context, problem, &wanted));
}

int32_t cvxnn_problem_get_shape(const cvxnn_problem *problem, int64_t *n, int64_t *d, int64_t *outputs) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(problem), CVXNN__READ);
    if (status) return status;
    if (n) *n = problem->n;
    if (d) *d = problem->features;
    if (outputs) *outputs = problem->outputs;
    return cvxnn__end(&call, CVXNN_OK);
}

int32_t cvxnn__problem_rows(struct cvxnn__context *context, const struct cvxnn_problem *problem,
                            struct cvxnn__rows *rows) {
    if (problem->n == 0)
        return cvxnn__fail(context, CVXNN_ERROR_STATE,
                           "the problem has no data: call cvxnn_problem_set_data first");
    *rows = stored_rows(problem);
    rows->d += cvxnn__option_int(&problem->options, CVXNN_OPTION_BIAS) == CVXNN_BIAS_PENALIZED;
    rows->center = problem->center;
    rows->scale = problem->scale;
    return CVXNN_OK;
}

int32_t cvxnn__problem_instance(struct cvxnn__context *context, const struct cvxnn_problem *problem,
                                struct cvxnn__instance *instance) {
    *instance = (struct cvxnn__instance){.outputs = problem->outputs,
                                         .targets = problem->targets,
                                         .weights = problem->weights,
                                         .weight_sum = problem->weights ? problem->weight_sum
                                                                        : (double)problem->n};
    instance->loss = (int32_t)cvxnn__option_int(&problem->options, CVXNN_OPTION_LOSS);
    instance->beta = cvxnn__option_double(&problem->options, CVXNN_OPTION_BETA);
    int32_t status = cvxnn__problem_rows(context, problem, &instance->rows);
    if (!status && !problem->targets)
        status = cvxnn__fail(context, CVXNN_ERROR_STATE,
                             "the problem has no targets: call cvxnn_problem_set_targets first");
    return status;
}
