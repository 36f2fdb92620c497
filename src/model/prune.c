/*
 * Null-space moves, one dependent column at a time: the columns kept so far are independent, held as a basis
 * that columns join and leave (linalg/basis.h). See prune.h.
 */
#include "model/prune.h"

#include <math.h>
#include <string.h>

#include "linalg/basis.h"
#include "linalg/blas.h"

/* A column this close to the span of the others, relative to its length, is in it. */
static const double DEPENDENT = 1e-11;
static const double ROUNDING = 1e-12;

struct pruning {
    const struct cvxnn__network *network;
    struct cvxnn__scope scope;
    int64_t n, count; /* rows; neurons there were */
    double *h;        /* count x n: columns, rows weighted by sqrt(s_i / S) */
    double *c;        /* count */
    struct cvxnn__basis basis;
    int64_t *member; /* basis.count: the neuron of each vector of the basis */
    double *inside, *outside, *z;
};

static int32_t open_pruning(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                            struct pruning *p) {
    const struct cvxnn__network *network = p->network;
    int64_t most = p->count < p->n ? p->count : p->n;
    double *products = cvxnn__doubles(&p->scope, p->n, p->count);
    p->h = cvxnn__doubles(&p->scope, p->count, p->n);
    p->c = cvxnn__doubles(&p->scope, p->count, 1);
    cvxnn__basis_take(&p->scope, p->n, most, &p->basis);
    p->member = cvxnn__integers(&p->scope, most);
    p->inside = cvxnn__doubles(&p->scope, most, 1);
    p->z = cvxnn__doubles(&p->scope, most, 1);
    p->outside = cvxnn__doubles(&p->scope, p->n, 1);
    if (p->scope.failed) return cvxnn__fail_memory(context);
    int32_t status = cvxnn__rows_times(context, &instance->rows, p->count, network->u, network->d, products,
                                       p->count);
    for (int64_t j = 0; !status && j < p->count; j++) {
        double size = cvxnn__norm(network->d, network->u + j * network->d);
        p->c[j] = size * fabs(network->a[j]);
        for (int64_t i = 0; i < p->n; i++) {
            double share = sqrt(cvxnn__instance_share(instance, i));
            double output = size > 0 ? fmax(products[i * p->count + j], 0) / size : 0;
            p->h[j * p->n + i] = copysign(1, network->a[j]) * share * output;
        }
    }
    cvxnn__give_back(&p->scope, products);
    return status;
}

/* Moves along h_j = sum_k z_k h_k, in the direction in which the penalty does not rise, until a weight is 0.
 * Returns its place in the basis, or -1 when it is neuron j itself. */
static int64_t move(struct pruning *p, int64_t j) {
    double sum = 1, step = INFINITY;
    int64_t gone = -1;
    for (int64_t k = 0; k < p->basis.count; k++) sum -= p->z[k];
    double direction = sum > 0 ? -1 : 1; /* of c_j; c_k moves by -direction z_k */
    if (direction < 0) step = p->c[j];
    for (int64_t k = 0; k < p->basis.count; k++) {
        double down = direction * p->z[k];
        if (!(down > 0) || p->c[p->member[k]] >= step * down) continue;
        step = p->c[p->member[k]] / down;
        gone = k;
    }
    if (!isfinite(step)) return -1; /* rounding: nothing falls */
    p->c[j] += direction * step;
    for (int64_t k = 0; k < p->basis.count; k++) p->c[p->member[k]] -= direction * step * p->z[k];
    p->c[gone < 0 ? j : p->member[gone]] = 0;
    return gone;
}

static void leave(struct pruning *p, int64_t k) {
    cvxnn__basis_drop(&p->basis, k);
    for (int64_t m = k; m < p->basis.count; m++) p->member[m] = p->member[m + 1];
}

/* Brings neuron j into the basis, or takes out what it makes dependent. */
static void join(struct pruning *p, int64_t j) {
    const double *h = p->h + j * p->n;
    double length = cvxnn__norm(p->n, h);
    if (!(length > 0)) p->c[j] = 0;
    while (p->c[j] > 0) {
        double height = cvxnn__basis_split(&p->basis, h, p->inside, p->outside);
        if (height > DEPENDENT * length && p->basis.count < p->basis.most) {
            p->member[p->basis.count] = j;
            cvxnn__basis_add(&p->basis, p->inside, p->outside, height);
            return;
        }
        memcpy(p->z, p->inside, (size_t)p->basis.count * sizeof *p->z);
        cvxnn__basis_solve_transposed(&p->basis, p->z);
        int64_t gone = move(p, j);
        if (gone < 0) return;
        leave(p, gone);
    }
}

/* The neurons with a weight, as a network of their own. */
static int32_t write_network(struct cvxnn__context *context, const struct pruning *p,
                             struct cvxnn__network *pruned) {
    const struct cvxnn__network *network = p->network;
    int64_t d = network->d, kept = 0;
    int32_t status = cvxnn__network_copy(context, network, pruned);
    if (status) return status;
    for (int64_t j = 0; j < p->count; j++) {
        double size = cvxnn__norm(d, network->u + j * d);
        if (!(p->c[j] > 0)) continue;
        for (int64_t e = 0; e < d; e++) pruned->u[kept * d + e] = network->u[j * d + e] / size;
        pruned->a[kept++] = copysign(p->c[j], network->a[j]);
    }
    pruned->neurons = kept;
    cvxnn__network_balance(pruned);
    return CVXNN_OK;
}

int32_t cvxnn__network_prune(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                             struct cvxnn__network *network) {
    struct pruning p = {.network = network, .n = instance->rows.n, .count = network->neurons};
    struct cvxnn__network pruned;
    double before, after = INFINITY;
    if (network->neurons == 0) return CVXNN_OK;
    cvxnn__scope_open(&p.scope, context->memory);
    int32_t status = open_pruning(context, instance, &p);
    for (int64_t j = 0; !status && j < p.count; j++) join(&p, j);
    if (!status) status = write_network(context, &p, &pruned);
    cvxnn__scope_close(&p.scope);
    if (status) return status;
    status = cvxnn__network_objective(context, network, instance, NULL, &before);
    if (!status) status = cvxnn__network_objective(context, &pruned, instance, NULL, &after);
    if (!status && pruned.neurons < network->neurons && after <= before * (1 + ROUNDING)) {
        cvxnn__network_free(network);
        *network = pruned;
    } else {
        cvxnn__network_free(&pruned);
    }
    return status;
}
