/* Network: weights, scaling and names, made, copied, balanced and freed. evaluate.c computes with it, file.c
 * writes and reads it. See network.h. */
#include "model/network.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"

static const int64_t DOUBLE = (int64_t)sizeof(double);

int32_t cvxnn__network_make(struct cvxnn__context *context, int32_t kind, int64_t features, int64_t bias,
                            int64_t outputs, int64_t neurons, struct cvxnn__network *network) {
    if (features < 1 || features == INT64_MAX || outputs < 1 || neurons < 0)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "a network of %lld features, %lld outputs, %lld neurons", (long long)features,
                           (long long)outputs, (long long)neurons);
    struct cvxnn__network made = {.kind = kind,
                                  .features = features,
                                  .bias = bias,
                                  .outputs = outputs,
                                  .neurons = neurons,
                                  .d = features + (bias == CVXNN_BIAS_PENALIZED),
                                  .loss = CVXNN_LOSS_SQUARED};
    cvxnn__scope_open(&made.scope, context->memory);
    made.u = cvxnn__doubles(&made.scope, neurons, made.d);
    made.a = cvxnn__doubles(&made.scope, neurons, outputs);
    if (kind == CVXNN_KIND_GATED) made.gates = cvxnn__doubles(&made.scope, neurons, made.d);
    if (made.scope.failed) {
        cvxnn__scope_close(&made.scope);
        return cvxnn__fail_memory(context);
    }
    *network = made;
    return CVXNN_OK;
}

/* Copies the names that are given; `names` may be NULL. */
static int32_t copy_names(struct cvxnn__context *context, struct cvxnn__network *network, int is_target,
                          char *const *names) {
    int64_t count = is_target ? network->outputs : network->features;
    int32_t status = CVXNN_OK;
    for (int64_t j = 0; names && !status && j < count; j++)
        if (names[j]) status = cvxnn__network_set_name(context, network, is_target, j, names[j]);
    return status;
}

int32_t cvxnn__network_copy(struct cvxnn__context *context, const struct cvxnn__network *from,
                            struct cvxnn__network *network) {
    struct cvxnn__network made;
    int32_t status = cvxnn__network_make(context, from->kind, from->features, from->bias, from->outputs,
                                         from->neurons, &made);
    if (status) return status;
    size_t inner = (size_t)(from->neurons * from->d * DOUBLE);
    memcpy(made.u, from->u, inner);
    memcpy(made.a, from->a, (size_t)(from->neurons * from->outputs * DOUBLE));
    if (made.gates) memcpy(made.gates, from->gates, inner);
    made.loss = from->loss;
    made.beta = from->beta;
    status = cvxnn__network_set_scaling(context, &made, from->center, from->scale);
    if (!status) status = copy_names(context, &made, 0, from->feature_names);
    if (!status) status = copy_names(context, &made, 1, from->target_names);
    if (status)
        cvxnn__network_free(&made);
    else
        *network = made;
    return status;
}

void cvxnn__network_free(struct cvxnn__network *network) {
    cvxnn__scope_close(&network->scope);
}

/* A request failed: the network lives on, so its scope must not remember. */
static int32_t fail_memory(struct cvxnn__context *context, struct cvxnn__network *network) {
    network->scope.failed = 0;
    return cvxnn__fail_memory(context);
}

int32_t cvxnn__network_set_scaling(struct cvxnn__context *context, struct cvxnn__network *network,
                                   const double *center, const double *scale) {
    double *both = NULL; /* one block: center, then scale */
    int64_t count = network->features;
    if (center) {
        both = cvxnn__doubles(&network->scope, 2, count);
        if (!both) return fail_memory(context, network);
        memcpy(both, center, (size_t)(count * DOUBLE));
        memcpy(both + count, scale, (size_t)(count * DOUBLE));
    }
    cvxnn__give_back(&network->scope, network->center);
    network->center = both;
    network->scale = both ? both + count : NULL;
    return CVXNN_OK;
}

int32_t cvxnn__network_set_name(struct cvxnn__context *context, struct cvxnn__network *network, int is_target,
                                int64_t index, const char *name) {
    struct cvxnn__scope *scope = &network->scope;
    char ***names = is_target ? &network->target_names : &network->feature_names, *copy = NULL;
    int64_t count = is_target ? network->outputs : network->features;
    if (index < 0 || index >= count)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "there is no column %lld: the network has %lld",
                           (long long)index, (long long)count);
    if (name) {
        int64_t length = (int64_t)strlen(name);
        if (!cvxnn__name_is_valid(name, length))
            return cvxnn__fail(context, CVXNN_ERROR_VALUE,
                               "a column's name is 1 to 1000 bytes of UTF-8 without control characters");
        if (!*names) *names = cvxnn__take_zeroed(scope, count, 1, (int64_t)sizeof **names);
        if (*names) copy = cvxnn__take(scope, length + 1, 1, 1);
        if (!copy) return fail_memory(context, network);
        memcpy(copy, name, (size_t)length + 1);
    }
    if (*names) {
        cvxnn__give_back(scope, (*names)[index]);
        (*names)[index] = copy;
    }
    return CVXNN_OK;
}

/* x_i = x_i / sqrt(from) * sqrt(to): in this order nothing over- or underflows that does not in the result.
 */
static void rescale(int64_t count, double *x, double from, double to) {
    double divisor = sqrt(from), factor = sqrt(to);
    for (int64_t i = 0; i < count; i++) x[i] = x[i] / divisor * factor;
}

void cvxnn__network_balance(struct cvxnn__network *network) {
    int64_t d = network->d, outputs = network->outputs, kept = 0;
    if (network->kind != CVXNN_KIND_RELU) return;
    for (int64_t j = 0; j < network->neurons; j++) {
        double *u = network->u + kept * d, *a = network->a + kept * outputs;
        memmove(u, network->u + j * d, (size_t)(d * DOUBLE));
        memmove(a, network->a + j * outputs, (size_t)(outputs * DOUBLE));
        double inner = cvxnn__norm(d, u), outer = cvxnn__norm(outputs, a);
        if (inner == 0 || outer == 0) continue;
        kept++;
        if (!isfinite(inner) || !isfinite(outer)) continue; /* a norm past double's range: left as it is */
        rescale(d, u, inner, outer);
        rescale(outputs, a, outer, inner);
    }
    network->neurons = kept;
}

struct cvxnn__rows cvxnn__network_rows(const struct cvxnn__network *network, int64_t n, const void *values,
                                       int is_float, int64_t row_stride, int64_t column_stride) {
    struct cvxnn__rows rows = {.n = n,
                               .d = network->d,
                               .features = network->features,
                               .values = values,
                               .is_float = is_float,
                               .row_stride = row_stride,
                               .column_stride = column_stride,
                               .center = network->center,
                               .scale = network->scale};
    return rows;
}
