/* The ReLU program over the neurons at hand: its neurons, outputs and objective. See relu.h. */
#include "convex/relu.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/blas.h"

/* |x_i . v| below this multiple of |x_i| |v| is a kink. */
static const double AT_KINK = 1e-12;
/* And of a wall that others imply, to the precision to which they do, at most this. */
static const double OFF_KINK = 2e-9;
/* Outputs of two neurons of one cone may differ in sign where they are this small. */
static const double SHARED = 1e-9;

int32_t cvxnn__relu_open(struct cvxnn__context *context, const struct cvxnn__instance *instance, int fixed,
                         struct cvxnn__relu *relu) {
    int64_t n = instance->rows.n;
    *relu = (struct cvxnn__relu){
        .context = context, .instance = instance, .n = n, .d = instance->rows.d, .fixed = fixed, .reach = 1};
    cvxnn__scope_open(&relu->scope, context->memory);
    relu->norms = cvxnn__doubles(&relu->scope, n, 1);
    relu->f = cvxnn__take_zeroed(&relu->scope, n, 1, (int64_t)sizeof(double));
    relu->nu = cvxnn__doubles(&relu->scope, n, 1);
    relu->curvature = cvxnn__doubles(&relu->scope, n, 1);
    relu->hessian.curvature = cvxnn__take_zeroed(&relu->scope, n, 1, (int64_t)sizeof(double));
    int32_t status = relu->scope.failed ? cvxnn__fail_memory(context)
                                        : cvxnn__rows_norms(context, &instance->rows, relu->norms);
    if (status) {
        cvxnn__scope_close(&relu->scope);
        return status;
    }
    for (int64_t i = 0; i < n; i++)
        if (cvxnn__instance_share(instance, i) == 0) relu->norms[i] = 0;
    cvxnn__loss_residual(instance, relu->f, relu->nu);
    cvxnn__loss_curvature(instance, relu->f, relu->curvature);
    relu->objective = cvxnn__loss_value(instance, relu->f);
    return CVXNN_OK;
}

static void free_neuron(struct cvxnn__relu *relu, struct cvxnn__relu_neuron *neuron) {
    cvxnn__scope_close(&neuron->scope);
    cvxnn__give_back(&relu->scope, neuron);
}

void cvxnn__relu_close(struct cvxnn__relu *relu) {
    for (int64_t j = 0; j < relu->count; j++) cvxnn__scope_close(&relu->neuron[j]->scope);
    cvxnn__scope_close(&relu->scope);
}

/* Room for one neuron more. */
static int32_t grow(struct cvxnn__relu *relu) {
    if (relu->count < relu->room) return CVXNN_OK;
    int64_t room = 2 * relu->room + 16;
    struct cvxnn__relu_neuron **neuron = cvxnn__take(&relu->scope, room, 1,
                                                     (int64_t)sizeof(struct cvxnn__relu_neuron *));
    double *vectors = cvxnn__doubles(&relu->scope, room, relu->d);
    double *products = cvxnn__doubles(&relu->scope, relu->n, room);
    double *slopes = cvxnn__doubles(&relu->scope, relu->n, room);
    if (relu->scope.failed) return cvxnn__fail_memory(relu->context);
    if (relu->count > 0) memcpy(neuron, relu->neuron, (size_t)relu->count * sizeof *neuron);
    cvxnn__give_back(&relu->scope, relu->neuron);
    cvxnn__give_back(&relu->scope, relu->vectors);
    cvxnn__give_back(&relu->scope, relu->products);
    cvxnn__give_back(&relu->scope, relu->slopes);
    relu->neuron = neuron;
    relu->vectors = vectors;
    relu->products = products;
    relu->slopes = slopes;
    relu->room = room;
    return CVXNN_OK;
}

int32_t cvxnn__relu_add(struct cvxnn__relu *relu, const double *v, double sign, int64_t pattern,
                        const unsigned char *bits) {
    int32_t status = grow(relu);
    if (status) return status;
    struct cvxnn__relu_neuron *neuron = cvxnn__take(&relu->scope, 1, 1, (int64_t)sizeof *neuron);
    if (!neuron) return cvxnn__fail_memory(relu->context);
    cvxnn__scope_open(&neuron->scope, relu->context->memory);
    neuron->sign = sign;
    neuron->pattern = pattern;
    neuron->size = cvxnn__norm(relu->d, v);
    neuron->v = cvxnn__doubles(&neuron->scope, relu->d, 1);
    neuron->step = cvxnn__doubles(&neuron->scope, relu->d, 1);
    neuron->pull = cvxnn__doubles(&neuron->scope, relu->d, 1);
    neuron->kept = cvxnn__take(&neuron->scope, relu->n, 1, 1);
    neuron->counted = cvxnn__take(&neuron->scope, relu->n, 1, 1);
    neuron->column = -1;
    cvxnn__kinks_take(&neuron->scope, &relu->instance->rows, relu->norms, &neuron->kinks);
    if (neuron->scope.failed) {
        free_neuron(relu, neuron);
        return cvxnn__fail_memory(relu->context);
    }
    memcpy(neuron->v, v, (size_t)relu->d * sizeof *v);
    if (bits) memcpy(neuron->kinks.state, bits, (size_t)relu->n);
    cvxnn__kinks_gather(&neuron->kinks);
    relu->neuron[relu->count++] = neuron;
    return CVXNN_OK;
}

void cvxnn__relu_remove(struct cvxnn__relu *relu, int64_t j) {
    free_neuron(relu, relu->neuron[j]);
    relu->count--;
    memmove(relu->neuron + j, relu->neuron + j + 1, (size_t)(relu->count - j) * sizeof *relu->neuron);
}

/* ---- Outputs ------------------------------------------------------------------------------------------ */

static int32_t multiply(struct cvxnn__relu *relu) {
    int64_t d = relu->d;
    if (relu->count == 0) return CVXNN_OK;
    for (int64_t j = 0; j < relu->count; j++)
        memcpy(relu->vectors + j * d, relu->neuron[j]->v, (size_t)d * sizeof(double));
    return cvxnn__rows_times(relu->context, &relu->instance->rows, relu->count, relu->vectors, d,
                             relu->products, relu->count);
}

/* New walls of neuron j: rows within `snap`, where the kink holds it, and those there to rounding. Returns
 * how many are new. */
static int64_t find_walls(struct cvxnn__relu *relu, int64_t j, double snap) {
    struct cvxnn__relu_neuron *neuron = relu->neuron[j];
    unsigned char *state = neuron->kinks.state;
    int64_t found = 0;
    for (int64_t i = 0; i < relu->n; i++) {
        double product = relu->products[i * relu->count + j], scale = relu->norms[i] * neuron->size;
        if (scale == 0) {
            state[i] = relu->fixed ? state[i] : product > 0;
            continue;
        }
        if (state[i] & CVXNN__ROW_WALL) continue;
        int holds = neuron->sign * relu->nu[i] < 0;
        if (fabs(product) <= (holds ? fmax(snap, AT_KINK) : AT_KINK) * scale) {
            state[i] = relu->fixed ? (state[i] | CVXNN__ROW_WALL) : CVXNN__ROW_WALL;
            found++;
        } else if (!relu->fixed) {
            state[i] = product > 0 ? CVXNN__ROW_ON : CVXNN__ROW_OFF;
        }
    }
    return found;
}

/* Rows taken for walls that v_j cannot meet, because d - 1 others fix its direction already, are none. With
 * fixed cones they stay: no other side is open. */
static void drop_false_walls(const struct cvxnn__relu *relu, int64_t j) {
    struct cvxnn__relu_neuron *neuron = relu->neuron[j];
    unsigned char *state = neuron->kinks.state;
    int64_t dropped = 0;
    for (int64_t k = 0; !relu->fixed && k < neuron->kinks.count; k++) {
        int64_t i = neuron->kinks.wall[k];
        double product = relu->products[i * relu->count + j];
        if (fabs(product) <= OFF_KINK * relu->norms[i] * neuron->size) continue;
        state[i] = product > 0 ? CVXNN__ROW_ON : CVXNN__ROW_OFF;
        dropped++;
    }
    if (dropped > 0) cvxnn__kinks_gather(&neuron->kinks);
}

/* v_j onto its walls. */
static void flatten(struct cvxnn__relu *relu, struct cvxnn__relu_neuron *neuron) {
    cvxnn__kinks_flatten(&neuron->kinks, neuron->v);
    neuron->size = cvxnn__norm(relu->d, neuron->v);
}

static void evaluate(struct cvxnn__relu *relu) {
    int64_t count = relu->count;
    relu->penalty = 0;
    for (int64_t j = 0; j < count; j++) relu->penalty += relu->neuron[j]->size;
    for (int64_t i = 0; i < relu->n; i++) relu->f[i] = 0;
    for (int64_t j = 0; j < count; j++) {
        const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        for (int64_t i = 0; i < relu->n; i++) {
            double *product = relu->products + i * count + j;
            if (neuron->kinks.state[i] & CVXNN__ROW_WALL) *product = 0;
            if (cvxnn__relu_is_on(neuron, i)) relu->f[i] += neuron->sign * *product;
        }
    }
    relu->objective = cvxnn__loss_value(relu->instance, relu->f) + relu->instance->beta * relu->penalty;
    cvxnn__loss_residual(relu->instance, relu->f, relu->nu);
    cvxnn__loss_curvature(relu->instance, relu->f, relu->curvature);
}

int32_t cvxnn__relu_refresh(struct cvxnn__relu *relu, double snap) {
    int64_t found = 0;
    for (int64_t j = relu->count; j-- > 0;) {
        flatten(relu, relu->neuron[j]);
        if (!(relu->neuron[j]->size > 0)) cvxnn__relu_remove(relu, j);
    }
    int32_t status = multiply(relu);
    if (status) return status;
    for (int64_t j = 0; j < relu->count; j++) {
        int64_t more = find_walls(relu, j, snap);
        found += more;
        if (!more) continue;
        cvxnn__kinks_gather(&relu->neuron[j]->kinks);
        flatten(relu, relu->neuron[j]);
    }
    if (found > 0 && (status = multiply(relu))) return status;
    if (found > 0 && snap > 0)
        for (int64_t j = 0; j < relu->count; j++) find_walls(relu, j, 0);
    for (int64_t j = 0; j < relu->count; j++) drop_false_walls(relu, j);
    evaluate(relu);
    return CVXNN_OK;
}

int32_t cvxnn__relu_pull(struct cvxnn__relu *relu) {
    int64_t count = relu->count, d = relu->d;
    double *loads = relu->slopes;
    if (count == 0) return CVXNN_OK;
    for (int64_t j = 0; j < count; j++)
        for (int64_t i = 0; i < relu->n; i++)
            loads[i * count + j] = cvxnn__relu_is_on(relu->neuron[j], i) ? relu->nu[i] : 0;
    int32_t status = cvxnn__rows_transposed_times(relu->context, &relu->instance->rows, count, loads, count,
                                                  relu->vectors, d);
    for (int64_t j = 0; j < count; j++)
        for (int64_t e = 0; e < d; e++)
            relu->neuron[j]->pull[e] = relu->neuron[j]->sign * relu->vectors[j * d + e];
    return status;
}

/* ---- Entering and merging ------------------------------------------------------------------------------ */

int32_t cvxnn__relu_enter(struct cvxnn__relu *relu, const double *u, double sign, int64_t pattern,
                          const unsigned char *bits) {
    struct cvxnn__scope scope;
    double square = 0, pull = -relu->instance->beta, c = 0;
    cvxnn__scope_open(&scope, relu->context->memory);
    double *h = cvxnn__doubles(&scope, relu->n, 1), *v = cvxnn__doubles(&scope, relu->d, 1);
    int32_t status = scope.failed
                         ? cvxnn__fail_memory(relu->context)
                         : cvxnn__rows_times(relu->context, &relu->instance->rows, 1, u, relu->d, h, 1);
    for (int64_t i = 0; !status && i < relu->n; i++) {
        h[i] = fmax(h[i], 0);
        square += relu->curvature[i] * h[i] * h[i];
        pull += sign * h[i] * relu->nu[i];
    }
    if (!status && square > 0 && pull > 0) c = pull / square;
    if (c > 0) {
        for (int64_t e = 0; e < relu->d; e++) v[e] = c * u[e];
        cvxnn__axpy(relu->n, sign * c, h, relu->f);
        cvxnn__loss_residual(relu->instance, relu->f, relu->nu);
        status = cvxnn__relu_add(relu, v, sign, pattern, bits);
    }
    cvxnn__scope_close(&scope);
    return status;
}

/* 1 when both lie in one cone. */
static int share_cone(const struct cvxnn__relu *relu, int64_t j, int64_t k) {
    const struct cvxnn__relu_neuron *a = relu->neuron[j], *b = relu->neuron[k];
    if (a->sign != b->sign) return 0;
    if (relu->fixed) return a->pattern == b->pattern;
    for (int64_t i = 0; i < relu->n; i++) {
        double x = relu->products[i * relu->count + j], y = relu->products[i * relu->count + k];
        if (x * y < 0 && relu->norms[i] > 0 && fabs(x) > SHARED * relu->norms[i] * a->size &&
            fabs(y) > SHARED * relu->norms[i] * b->size)
            return 0;
    }
    return 1;
}

/* v_j += v_k. Walls that only one of them has are left to the other's side. */
static void absorb(struct cvxnn__relu *relu, int64_t j, int64_t k) {
    struct cvxnn__relu_neuron *a = relu->neuron[j];
    const struct cvxnn__relu_neuron *b = relu->neuron[k];
    cvxnn__axpy(relu->d, 1, b->v, a->v);
    for (int64_t i = 0; i < relu->n; i++) {
        unsigned char *state = a->kinks.state + i;
        if ((*state & CVXNN__ROW_WALL) && !(b->kinks.state[i] & CVXNN__ROW_WALL)) *state = b->kinks.state[i];
        relu->products[i * relu->count + j] += relu->products[i * relu->count + k];
    }
    cvxnn__kinks_gather(&a->kinks);
    flatten(relu, a);
}

void cvxnn__relu_merge(struct cvxnn__relu *relu) {
    int64_t kept = relu->count;
    for (int64_t j = 0; j < kept; j++)
        for (int64_t k = j + 1; k < kept; k++) {
            if (!share_cone(relu, j, k)) continue;
            absorb(relu, j, k);
            /* the last takes the place of k, with its column */
            kept--;
            struct cvxnn__relu_neuron *gone = relu->neuron[k];
            relu->neuron[k] = relu->neuron[kept];
            relu->neuron[kept] = gone;
            for (int64_t i = 0; i < relu->n; i++)
                relu->products[i * relu->count + k] = relu->products[i * relu->count + kept];
            k--;
        }
    while (relu->count > kept) cvxnn__relu_remove(relu, relu->count - 1);
}

/* ---- The network --------------------------------------------------------------------------------------- */

int32_t cvxnn__relu_network(struct cvxnn__relu *relu, struct cvxnn__network *network) {
    const struct cvxnn__rows *rows = &relu->instance->rows;
    int64_t bias = rows->d > rows->features ? CVXNN_BIAS_PENALIZED : CVXNN_BIAS_NONE;
    int32_t status = cvxnn__network_make(relu->context, CVXNN_KIND_RELU, rows->features, bias, 1, relu->count,
                                         network);
    if (status) return status;
    network->loss = relu->instance->loss;
    network->beta = relu->instance->beta;
    for (int64_t j = 0; j < relu->count; j++) {
        memcpy(network->u + j * relu->d, relu->neuron[j]->v, (size_t)relu->d * sizeof(double));
        network->a[j] = relu->neuron[j]->sign;
    }
    cvxnn__network_balance(network);
    return CVXNN_OK;
}
