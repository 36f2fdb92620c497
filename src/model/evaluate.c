/*
 * What a network computes: outputs, penalty, objective (network.h has the formulas).
 *
 * Rows are taken in slabs and neurons in chunks, so that memory does not grow with n or the width. One slab:
 * Z = X U' for a chunk of neurons by dgemm, then every row adds its activations times a, neuron by neuron in
 * a fixed order. Slabs and chunks depend on the shape alone: same bits for any number of threads.
 */
#include <math.h>
#include <stddef.h>

#include "linalg/blas.h"
#include "model/network.h"

enum { SLAB_ROWS = 2048, TASK_ROWS = 128, CHUNK = 256 };

struct slab {
    int64_t count, width, outputs; /* rows, neurons of the chunk */
    double *z;                     /* count x width: x . u_j, made the neurons' activations in place */
    double *s;                     /* count x width: x . g_j; NULL for a ReLU network */
    double *a;                     /* outputs x width: the chunk's a, transposed */
    double *f;                     /* count x outputs: where the activations are added */
};

/* z becomes (z)_+ = (z + |z|) / 2, which needs no branch, or 1[s >= 0] z. */
static void activate(int64_t count, double *z, const double *s) {
    for (int64_t e = 0; s && e < count; e++)
        if (s[e] < 0) z[e] = 0;
    for (int64_t e = 0; !s && e < count; e++) z[e] = 0.5 * (z[e] + fabs(z[e]));
}

static void add_rows(void *argument, int64_t task) {
    const struct slab *slab = argument;
    int64_t end = (task + 1) * TASK_ROWS < slab->count ? (task + 1) * TASK_ROWS : slab->count;
    for (int64_t i = task * TASK_ROWS; i < end; i++) {
        double *z = slab->z + i * slab->width;
        activate(slab->width, z, slab->s ? slab->s + i * slab->width : NULL);
        for (int64_t k = 0; k < slab->outputs; k++)
            slab->f[i * slab->outputs + k] += cvxnn__dot(slab->width, z, slab->a + k * slab->width);
    }
}

/* Adds neurons first .. first + slab->width - 1 to the slab's outputs. */
static int32_t add_chunk(struct cvxnn__context *context, const struct cvxnn__network *network,
                         const struct cvxnn__rows *rows, int64_t first, struct slab *slab) {
    int64_t d = network->d, width = slab->width;
    int32_t status = cvxnn__rows_times(context, rows, width, network->u + first * d, d, slab->z, width);
    if (!status && slab->s)
        status = cvxnn__rows_times(context, rows, width, network->gates + first * d, d, slab->s, width);
    if (status) return status;
    for (int64_t j = 0; j < width; j++)
        for (int64_t k = 0; k < slab->outputs; k++)
            slab->a[k * width + j] = network->a[(first + j) * slab->outputs + k];
    cvxnn__run(context->team, (slab->count + TASK_ROWS - 1) / TASK_ROWS, add_rows, slab);
    return CVXNN_OK;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

int32_t cvxnn__network_outputs(struct cvxnn__context *context, const struct cvxnn__network *network,
                               const struct cvxnn__rows *rows, double *f) {
    struct cvxnn__scope scope;
    struct slab slab = {.outputs = network->outputs};
    int64_t most_rows = least(rows->n, SLAB_ROWS), most_width = least(network->neurons, CHUNK);
    cvxnn__scope_open(&scope, context->memory);
    slab.z = cvxnn__doubles(&scope, most_rows, most_width);
    slab.a = cvxnn__doubles(&scope, network->outputs, most_width);
    if (network->kind == CVXNN_KIND_GATED) slab.s = cvxnn__doubles(&scope, most_rows, most_width);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    for (int64_t i = 0; !status && i < rows->n; i += SLAB_ROWS) {
        slab.count = least(SLAB_ROWS, rows->n - i);
        slab.f = f + i * network->outputs;
        for (int64_t e = 0; e < slab.count * network->outputs; e++) slab.f[e] = 0;
        struct cvxnn__rows part = cvxnn__rows_slice(rows, i, slab.count);
        for (int64_t j = 0; !status && j < network->neurons; j += CHUNK) {
            slab.width = least(CHUNK, network->neurons - j);
            status = add_chunk(context, network, &part, j, &slab);
        }
    }
    cvxnn__scope_close(&scope);
    return status;
}

double cvxnn__network_penalty(const struct cvxnn__network *network) {
    double sum = 0;
    for (int64_t j = 0; j < network->neurons; j++) {
        double inner = cvxnn__norm(network->d, network->u + j * network->d);
        double outer = cvxnn__norm(network->outputs, network->a + j * network->outputs);
        sum += network->kind == CVXNN_KIND_RELU ? 0.5 * (inner * inner + outer * outer) : inner * outer;
    }
    return sum;
}

int32_t cvxnn__network_objective(struct cvxnn__context *context, const struct cvxnn__network *network,
                                 const struct cvxnn__instance *instance, double *f, double *objective) {
    if (network->d != instance->rows.d || network->outputs != instance->outputs)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "the network maps %lld columns to %lld, the problem %lld to %lld",
                           (long long)network->d, (long long)network->outputs, (long long)instance->rows.d,
                           (long long)instance->outputs);
    struct cvxnn__scope scope;
    cvxnn__scope_open(&scope, context->memory);
    double *outputs = f ? f : cvxnn__doubles(&scope, instance->rows.n, instance->outputs);
    int32_t status = outputs ? cvxnn__network_outputs(context, network, &instance->rows, outputs)
                             : cvxnn__fail_memory(context);
    if (!status)
        *objective = cvxnn__loss_value(instance, outputs) + instance->beta * cvxnn__network_penalty(network);
    cvxnn__scope_close(&scope);
    return status;
}
