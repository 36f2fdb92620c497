/* The model handle: weights, facts, names, prediction, objective. model_use.c saves and loads. */
#include "api/model.h"

#include <math.h>
#include <string.h>

#include "api/problem.h"

static const struct cvxnn__handle *handle_of(const cvxnn_model *model) {
    return model ? &model->handle : NULL;
}

int32_t cvxnn_model_create(cvxnn_model **model) {
    return cvxnn_model_create_with(NULL, NULL, NULL, NULL, model);
}

int32_t cvxnn_model_create_with(cvxnn_allocate_fn allocate, cvxnn_reallocate_fn reallocate,
                                cvxnn_release_fn release, void *user, cvxnn_model **model) {
    void *object;
    if (!model) return CVXNN_ERROR_NULL;
    int32_t status = cvxnn__handle_make((int64_t)sizeof **model, allocate, reallocate, release, user,
                                        &object);
    if (!status) *model = object;
    return status;
}

void cvxnn_model_free(cvxnn_model *model) {
    if (!model || !cvxnn__handle_release(&model->handle)) return;
    if (model->filled) cvxnn__network_free(&model->network);
    cvxnn__handle_destroy(&model->handle);
}

int32_t cvxnn_model_message(const cvxnn_model *model, char *buffer, int64_t size, int64_t *needed) {
    return cvxnn__handle_message(handle_of(model), buffer, size, needed);
}

void cvxnn__model_install(struct cvxnn_model *model, const struct cvxnn__network *network) {
    if (model->filled) cvxnn__network_free(&model->network);
    model->network = *network;
    model->filled = 1;
}

/* Opens a call that needs a model with something in it. */
int32_t cvxnn__model_begin(struct cvxnn__call *call, const cvxnn_model *model, int use) {
    int32_t status = cvxnn__begin(call, handle_of(model), use);
    if (status || model->filled) return status;
    return cvxnn__end(call, cvxnn__fail(&call->context, CVXNN_ERROR_STATE,
                                        "the model is empty: set its weights or load it first"));
}

int32_t cvxnn__model_of(const struct cvxnn__memory *memory, const struct cvxnn__network *network,
                        cvxnn_model **model) {
    struct cvxnn__call making;
    struct cvxnn_model *made;
    int32_t status = cvxnn_model_create_with(memory->allocate, memory->reallocate, memory->release,
                                             memory->user, &made);
    if (status) return status;
    cvxnn__begin(&making, &made->handle, CVXNN__WRITE);
    status = cvxnn__network_copy(&making.context, network, &made->network);
    made->filled = !status;
    cvxnn__end(&making, CVXNN_OK);
    if (status)
        cvxnn_model_free(made);
    else
        *model = made;
    return status;
}

int32_t cvxnn_model_copy(const cvxnn_model *model, cvxnn_model **copy) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(model), CVXNN__READ);
    if (status) return status;
    const struct cvxnn__memory *memory = &model->handle.memory;
    status = cvxnn__check_pointer(&call.context, copy, "the place for the copy");
    if (!status && model->filled)
        status = cvxnn__model_of(memory, &model->network, copy);
    else if (!status)
        status = cvxnn_model_create_with(memory->allocate, memory->reallocate, memory->release, memory->user,
                                         copy);
    return cvxnn__end(&call, status);
}

/* ---- Weights ------------------------------------------------------------------------------ */

static void copy_rows(double *to, int64_t ldt, const double *from, int64_t ldf, int64_t rows,
                      int64_t columns) {
    for (int64_t i = 0; i < rows; i++) memcpy(to + i * ldt, from + i * ldf, (size_t)columns * sizeof(double));
}

static int32_t check_weights(struct cvxnn__context *context, int64_t features, int64_t bias, int64_t outputs,
                             int64_t neurons, const double *u, int64_t ld_u, const double *a, int64_t ld_a) {
    const int64_t size = (int64_t)sizeof(double);
    if (features < 1 || features == INT64_MAX || outputs < 1 || neurons < 0)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "weights: %lld features, %lld outputs, %lld neurons is no network",
                           (long long)features, (long long)outputs, (long long)neurons);
    if (bias != CVXNN_BIAS_NONE && bias != CVXNN_BIAS_PENALIZED)
        return cvxnn__fail(context, CVXNN_ERROR_VALUE, "weights: %lld is no kind of bias", (long long)bias);
    if (neurons == 0) return CVXNN_OK;
    int64_t d = features + (bias == CVXNN_BIAS_PENALIZED);
    int32_t status = cvxnn__check_matrix(context, "u", u, neurons, d, ld_u, CVXNN_ROW_MAJOR, size);
    if (!status) status = cvxnn__check_matrix(context, "a", a, neurons, outputs, ld_a, CVXNN_ROW_MAJOR, size);
    if (!status) status = cvxnn__check_finite(context, "u", u, 0, neurons, d, ld_u, 1);
    if (!status) status = cvxnn__check_finite(context, "a", a, 0, neurons, outputs, ld_a, 1);
    return status;
}

int32_t cvxnn_model_set_weights(cvxnn_model *model, int64_t features, int64_t bias, int64_t outputs,
                                int64_t neurons, const double *u, int64_t ld_u, const double *a,
                                int64_t ld_a) {
    struct cvxnn__call call;
    struct cvxnn__network network;
    int32_t status = cvxnn__begin(&call, handle_of(model), CVXNN__WRITE);
    if (status) return status;
    status = check_weights(&call.context, features, bias, outputs, neurons, u, ld_u, a, ld_a);
    if (!status)
        status = cvxnn__network_make(&call.context, CVXNN_KIND_RELU, features, bias, outputs, neurons,
                                     &network);
    if (!status) {
        copy_rows(network.u, network.d, u, ld_u, neurons, network.d);
        copy_rows(network.a, outputs, a, ld_a, neurons, outputs);
        network.loss = CVXNN_LOSS_SQUARED;
        network.beta = 0;
        cvxnn__model_install(model, &network);
    }
    return cvxnn__end(&call, status);
}

int32_t cvxnn_model_get_weights(const cvxnn_model *model, double *u, int64_t ld_u, double *a, int64_t ld_a) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    const struct cvxnn__network *network = &model->network;
    const int64_t size = (int64_t)sizeof(double);
    status = cvxnn__check_matrix(&call.context, "u", u, network->neurons, network->d, ld_u, CVXNN_ROW_MAJOR,
                                 size);
    if (!status)
        status = cvxnn__check_matrix(&call.context, "a", a, network->neurons, network->outputs, ld_a,
                                     CVXNN_ROW_MAJOR, size);
    if (!status) {
        copy_rows(u, ld_u, network->u, network->d, network->neurons, network->d);
        copy_rows(a, ld_a, network->a, network->outputs, network->neurons, network->outputs);
    }
    return cvxnn__end(&call, status);
}

int32_t cvxnn_model_get_gates(const cvxnn_model *model, double *gates, int64_t ld) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    const struct cvxnn__network *network = &model->network;
    if (network->kind != CVXNN_KIND_GATED)
        status = cvxnn__fail(&call.context, CVXNN_ERROR_UNAVAILABLE,
                             "a ReLU network has no gates of its own");
    if (!status)
        status = cvxnn__check_matrix(&call.context, "gates", gates, network->neurons, network->d, ld,
                                     CVXNN_ROW_MAJOR, (int64_t)sizeof(double));
    if (!status) copy_rows(gates, ld, network->gates, network->d, network->neurons, network->d);
    return cvxnn__end(&call, status);
}

/* ---- Facts, scaling, names ------------------------------------------------------------------ */

static int32_t fact(struct cvxnn__context *context, const struct cvxnn__network *network, int32_t key,
                    int64_t *value) {
    switch (key) {
    case CVXNN_MODEL_KIND:
        *value = network->kind;
        return CVXNN_OK;
    case CVXNN_MODEL_FEATURES:
        *value = network->features;
        return CVXNN_OK;
    case CVXNN_MODEL_OUTPUTS:
        *value = network->outputs;
        return CVXNN_OK;
    case CVXNN_MODEL_NEURONS:
        *value = network->neurons;
        return CVXNN_OK;
    case CVXNN_MODEL_BIAS:
        *value = network->bias;
        return CVXNN_OK;
    case CVXNN_MODEL_LOSS:
        *value = network->loss;
        return CVXNN_OK;
    case CVXNN_MODEL_SCALED:
        *value = network->scale != NULL;
        return CVXNN_OK;
    }
    return cvxnn__fail(context, CVXNN_ERROR_KEY, "a model has no fact %d of this type", (int)key);
}

int32_t cvxnn_model_get_int(const cvxnn_model *model, int32_t key, int64_t *value) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, value, "value");
    if (!status) status = fact(&call.context, &model->network, key, value);
    return cvxnn__end(&call, status);
}

static int32_t check_beta_key(struct cvxnn__context *context, int32_t key) {
    return key == CVXNN_MODEL_BETA
               ? CVXNN_OK
               : cvxnn__fail(context, CVXNN_ERROR_KEY, "a model has no fact %d of this type", (int)key);
}

int32_t cvxnn_model_get_double(const cvxnn_model *model, int32_t key, double *value) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, value, "value");
    if (!status) status = check_beta_key(&call.context, key);
    if (!status) *value = model->network.beta;
    return cvxnn__end(&call, status);
}

int32_t cvxnn_model_set_double(cvxnn_model *model, int32_t key, double value) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__WRITE);
    if (status) return status;
    status = check_beta_key(&call.context, key);
    if (!status && !(value >= 0 && isfinite(value)))
        status = cvxnn__fail(&call.context, CVXNN_ERROR_VALUE, "beta must be a finite number >= 0, not %g",
                             value);
    if (!status) model->network.beta = value;
    return cvxnn__end(&call, status);
}

static int32_t check_features(struct cvxnn__context *context, const struct cvxnn__network *network,
                              int64_t features) {
    return features == network->features
               ? CVXNN_OK
               : cvxnn__fail(context, CVXNN_ERROR_SHAPE, "%lld columns, but the model takes %lld",
                             (long long)features, (long long)network->features);
}

static int32_t set_scaling(struct cvxnn__context *context, struct cvxnn__network *network, int64_t features,
                           const double *center, const double *scale) {
    int32_t status = check_features(context, network, features);
    if (status) return status;
    if (!center != !scale)
        return cvxnn__fail(context, CVXNN_ERROR_NULL, "center and scale must both be given, or neither");
    if (center) {
        status = cvxnn__check_finite(context, "center", center, 0, features, 1, 1, 1);
        if (!status) status = cvxnn__check_finite(context, "scale", scale, 0, features, 1, 1, 1);
        for (int64_t j = 0; !status && j < features; j++)
            if (!(scale[j] > 0))
                status = cvxnn__fail(context, CVXNN_ERROR_VALUE, "scale of column %lld is %g, it must be > 0",
                                     (long long)j, scale[j]);
    }
    return status ? status : cvxnn__network_set_scaling(context, network, center, scale);
}

int32_t cvxnn_model_set_scaling(cvxnn_model *model, int64_t features, const double *center,
                                const double *scale) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__WRITE);
    if (status) return status;
    return cvxnn__end(&call, set_scaling(&call.context, &model->network, features, center, scale));
}

int32_t cvxnn_model_get_scaling(const cvxnn_model *model, int64_t features, double *center, double *scale) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    const struct cvxnn__network *network = &model->network;
    status = check_features(&call.context, network, features);
    if (!status) status = cvxnn__check_pointer(&call.context, center, "center");
    if (!status) status = cvxnn__check_pointer(&call.context, scale, "scale");
    if (!status && !network->scale)
        status = cvxnn__fail(&call.context, CVXNN_ERROR_UNAVAILABLE, "this model does not scale its inputs");
    if (!status) {
        memcpy(center, network->center, (size_t)features * sizeof(double));
        memcpy(scale, network->scale, (size_t)features * sizeof(double));
    }
    return cvxnn__end(&call, status);
}

static int32_t check_column(struct cvxnn__context *context, int64_t column, int64_t columns) {
    return column >= 0 && column < columns
               ? CVXNN_OK
               : cvxnn__fail(context, CVXNN_ERROR_SHAPE, "there is no column %lld: the model has %lld",
                             (long long)column, (long long)columns);
}

static int32_t set_name(cvxnn_model *model, int is_target, int64_t column, const char *name) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__WRITE);
    if (status) return status;
    struct cvxnn__network *network = &model->network;
    status = check_column(&call.context, column, is_target ? network->outputs : network->features);
    if (!status) status = cvxnn__network_set_name(&call.context, network, is_target, column, name);
    return cvxnn__end(&call, status);
}

static int32_t get_name(const cvxnn_model *model, int is_target, int64_t column, char *buffer, int64_t size,
                        int64_t *needed) {
    struct cvxnn__call call;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__READ);
    if (status) return status;
    const struct cvxnn__network *network = &model->network;
    char *const *names = is_target ? network->target_names : network->feature_names;
    status = check_column(&call.context, column, is_target ? network->outputs : network->features);
    if (!status) status = cvxnn__copy_text(names && names[column] ? names[column] : "", buffer, size, needed);
    return cvxnn__end(&call, status);
}

int32_t cvxnn_model_set_feature_name(cvxnn_model *model, int64_t feature, const char *name) {
    return set_name(model, 0, feature, name);
}

int32_t cvxnn_model_set_target_name(cvxnn_model *model, int64_t output, const char *name) {
    return set_name(model, 1, output, name);
}

int32_t cvxnn_model_get_feature_name(const cvxnn_model *model, int64_t feature, char *buffer, int64_t size,
                                     int64_t *needed) {
    return get_name(model, 0, feature, buffer, size, needed);
}

int32_t cvxnn_model_get_target_name(const cvxnn_model *model, int64_t output, char *buffer, int64_t size,
                                    int64_t *needed) {
    return get_name(model, 1, output, buffer, size, needed);
}
