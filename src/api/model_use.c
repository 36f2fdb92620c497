/* What a model is for: prediction and its objective on a problem; and saving and loading it. */
#include <math.h>

#include "api/files.h"
#include "api/model.h"
#include "api/problem.h"

/* ---- Prediction ------------------------------------------------------------------------------ */

static void store_outputs(const double *outputs, int64_t rows, int64_t columns, void *f, int is_float,
                          int32_t order, int64_t ld) {
    int64_t down = cvxnn__row_stride(order, ld), across = cvxnn__column_stride(order, ld);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < columns; k++) {
            double value = outputs[i * columns + k];
            if (is_float)
                ((float *)f)[i * down + k * across] = (float)value;
            else
                ((double *)f)[i * down + k * across] = value;
        }
}

static int32_t predict(struct cvxnn__context *context, const struct cvxnn__network *network, int64_t rows,
                       int64_t features, const void *x, int is_float, int64_t ld_x, int32_t order, void *f,
                       int64_t ld_f) {
    int64_t element = (int64_t)(is_float ? sizeof(float) : sizeof(double));
    int64_t down = cvxnn__row_stride(order, ld_x), across = cvxnn__column_stride(order, ld_x);
    int32_t status = cvxnn__check_matrix(context, "x", x, rows, features, ld_x, order, element);
    if (!status && features != network->features)
        status = cvxnn__fail(context, CVXNN_ERROR_SHAPE, "x has %lld columns, the model takes %lld",
                             (long long)features, (long long)network->features);
    if (!status) status = cvxnn__check_matrix(context, "f", f, rows, network->outputs, ld_f, order, element);
    if (!status) status = cvxnn__check_finite(context, "x", x, is_float, rows, features, down, across);
    if (status || rows == 0) return status;
    struct cvxnn__scope scope;
    cvxnn__scope_open(&scope, context->memory);
    double *outputs = cvxnn__doubles(&scope, rows, network->outputs);
    struct cvxnn__rows data = cvxnn__network_rows(network, rows, x, is_float, down, across);
    status = outputs ? cvxnn__network_outputs(context, network, &data, outputs) : cvxnn__fail_memory(context);
    if (!status) store_outputs(outputs, rows, network->outputs, f, is_float, order, ld_f);
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn_model_predict(const cvxnn_model *model, int64_t rows, int64_t features, const double *x,
                            int64_t ld_x, int32_t order, double *f, int64_t ld_f) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    return cvxnn__end(&call,
                      predict(&call.context, &model->network, rows, features, x, 0, ld_x, order, f, ld_f));
}

int32_t cvxnn_model_predict_float(const cvxnn_model *model, int64_t rows, int64_t features, const float *x,
                                  int64_t ld_x, int32_t order, float *f, int64_t ld_f) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    return cvxnn__end(&call,
                      predict(&call.context, &model->network, rows, features, x, 1, ld_x, order, f, ld_f));
}

int32_t cvxnn__model_pose(struct cvxnn__context *context, const struct cvxnn__network *network,
                          const struct cvxnn_problem *problem, struct cvxnn__instance *instance) {
    int32_t status = cvxnn__problem_instance(context, problem, instance);
    if (status) return status;
    if (network->features != problem->features || network->outputs != problem->outputs)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "the model maps %lld to %lld columns, the problem %lld to %lld",
                           (long long)network->features, (long long)network->outputs,
                           (long long)problem->features, (long long)problem->outputs);
    instance->rows = cvxnn__network_rows(network, problem->n, problem->x, problem->is_float,
                                         problem->row_stride, problem->column_stride);
    return CVXNN_OK;
}

static int32_t objective_on(struct cvxnn__context *context, const struct cvxnn__network *network,
                            const struct cvxnn_problem *problem, double *objective) {
    struct cvxnn__instance instance;
    int32_t status = cvxnn__model_pose(context, network, problem, &instance);
    if (status) return status;
    if (instance.beta == 0)
        return cvxnn__fail(context, CVXNN_ERROR_VALUE,
                           "set the problem's beta first: the objective depends on it");
    double value;
    status = cvxnn__network_objective(context, network, &instance, NULL, &value);
    if (!status && !isfinite(value))
        status = cvxnn__fail(context, CVXNN_ERROR_VALUE, "the objective overflows on these data");
    if (!status) *objective = value;
    return status;
}

int32_t cvxnn_model_objective(const cvxnn_model *model, const cvxnn_problem *problem, double *objective) {
    struct cvxnn__call call, reading;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, objective, "objective");
    if (!status) status = cvxnn__check_pointer(&call.context, problem, "problem");
    if (!status) status = cvxnn__begin(&reading, &problem->handle, CVXNN__READ);
    if (!status) {
        status = objective_on(&call.context, &model->network, problem, objective);
        cvxnn__end(&reading, CVXNN_OK);
    }
    return cvxnn__end(&call, status);
}

/* ---- Text and files --------------------------------------------------------------------------- */

/* The model's text in memory of scope. */
static int32_t text_of(struct cvxnn__context *context, const struct cvxnn__network *network,
                       struct cvxnn__scope *scope, char **text, int64_t *length) {
    int32_t status = cvxnn__network_format(context, network, NULL, 0, length);
    if (status) return status;
    *text = cvxnn__take(scope, *length, 1, 1);
    if (!*text) return cvxnn__fail_memory(context);
    return cvxnn__network_format(context, network, *text, *length, length);
}

int32_t cvxnn_model_write(const cvxnn_model *model, char *buffer, int64_t size, int64_t *needed) {
    struct cvxnn__call call;
    int64_t length = 0;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, needed, "needed");
    if (!status) status = cvxnn__network_format(&call.context, &model->network, NULL, 0, &length);
    if (!status) *needed = length;
    if (!status && (size < length || !buffer))
        status = buffer || size > 0 ? cvxnn__fail(&call.context, CVXNN_ERROR_SHAPE,
                                                  "the buffer has %lld bytes, the model needs %lld",
                                                  (long long)(buffer ? size : 0), (long long)length)
                                    : CVXNN_OK;
    else if (!status)
        status = cvxnn__network_format(&call.context, &model->network, buffer, size, &length);
    return cvxnn__end(&call, status);
}

int32_t cvxnn_model_read(cvxnn_model *model, const char *text, int64_t length) {
    struct cvxnn__call call;
    struct cvxnn__network network;
    int32_t status = cvxnn__begin(&call, model ? &model->handle : NULL, CVXNN__WRITE);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, text, "text");
    if (!status && length < 0)
        status = cvxnn__fail(&call.context, CVXNN_ERROR_SHAPE, "a text of %lld bytes", (long long)length);
    if (!status) status = cvxnn__network_parse(&call.context, text, length, &network);
    if (!status) cvxnn__model_install(model, &network);
    return cvxnn__end(&call, status);
}

int32_t cvxnn_model_save(const cvxnn_model *model, const char *path) {
    struct cvxnn__call call;
    struct cvxnn__scope scope;
    char *text;
    int64_t length;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    cvxnn__scope_open(&scope, call.context.memory);
    status = cvxnn__check_pointer(&call.context, path, "path");
    if (!status) status = text_of(&call.context, &model->network, &scope, &text, &length);
    if (!status) status = cvxnn__file_write(&call.context, &scope, path, text, length);
    cvxnn__scope_close(&scope);
    return cvxnn__end(&call, status);
}

static int32_t load(struct cvxnn__context *context, struct cvxnn_model *model, const char *path) {
    struct cvxnn__scope scope;
    struct cvxnn__network network;
    char *text;
    int64_t length;
    cvxnn__scope_open(&scope, context->memory);
    int32_t status = cvxnn__file_read(context, &scope, path, &text, &length);
    if (!status) status = cvxnn__network_parse(context, text, length, &network);
    if (!status) cvxnn__model_install(model, &network);
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn_model_load(cvxnn_model *model, const char *path) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, model ? &model->handle : NULL, CVXNN__WRITE);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, path, "path");
    if (!status) status = load(&call.context, model, path);
    return cvxnn__end(&call, status);
}
