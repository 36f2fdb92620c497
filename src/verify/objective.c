/*
 * The objective from above. See objective.h; docs/certificate.md, "The objective".
 *
 * Every product of f_i = sum_j (x_i . u_j)_+ a_j goes through at most d + 2 + neurons + chunks roundings, and
 * sum_j |x_i . u_j||a_j| <= |x_i| K with K = sum_j |u_j||a_j| (Cauchy and Schwarz), so that what
 * cvxnn__network_outputs computes is off by at most gamma_m |x_i| K, m = d + 2 neurons + 16, and d + 1
 * underflows a neuron, those of x_i . u_j times |a_j|.
 */
#include "verify/objective.h"

#include "linalg/blas.h"
#include "linalg/rounding.h"

/* K and sum_j |a_j|, rounded up. */
static void sizes(const struct cvxnn__network *network, double *products, double *outer) {
    int64_t d = network->d;
    *products = *outer = 0;
    for (int64_t j = 0; j < network->neurons; j++) {
        double a = fabs(network->a[j]);
        *products += cvxnn__norm(d, network->u + j * d) * a;
        *outer += a;
    }
    double roundings = 1 + cvxnn__gamma(network->neurons + d + 16);
    *products = cvxnn__up(*products * roundings + (double)network->neurons * CVXNN__TINY);
    if (*outer > 0) *outer = cvxnn__up(*outer * roundings);
}

/* error[i] >= |f_i as computed - f_i|. */
static int32_t output_errors(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                             const struct cvxnn__network *network, double *row, double *error) {
    int64_t n = instance->rows.n, d = instance->rows.d;
    double products, outer, gamma = cvxnn__gamma(d + 2 * network->neurons + 32);
    sizes(network, &products, &outer);
    double underflow = cvxnn__up(4 * (double)d * (1 + outer + (double)network->neurons) * CVXNN__TINY);
    for (int64_t i = 0; i < n; i++) {
        int32_t status = cvxnn__poll(context);
        if (status) return status;
        cvxnn__rows_tile(&instance->rows, i, 1, 0, d, row, d);
        double length = cvxnn__norm(d, row) * (1 + cvxnn__gamma(d + 8)) + CVXNN__TINY;
        error[i] = outer > 0 ? cvxnn__up(gamma * (length * products) + underflow) : 0;
    }
    return CVXNN_OK;
}

/* (1/2) sum_j |u_j|^2 + |a_j|^2, rounded up; 0 for the zero network. */
static double penalty_ceiling(const struct cvxnn__network *network) {
    int64_t weights = network->neurons * network->d;
    double sum = 0;
    int zero = 1;
    for (int64_t e = 0; e < weights; e++) sum += network->u[e] * network->u[e], zero &= network->u[e] == 0;
    for (int64_t j = 0; j < network->neurons; j++)
        sum += network->a[j] * network->a[j], zero &= network->a[j] == 0;
    if (zero) return 0;
    double terms = (double)(weights + network->neurons);
    return cvxnn__up(0.5 * sum * (1 + cvxnn__gamma(weights + network->neurons + 8)) + terms * CVXNN__TINY);
}

int32_t cvxnn__objective_ceiling(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                                 const struct cvxnn__network *network, double *objective) {
    struct cvxnn__scope scope;
    cvxnn__scope_open(&scope, context->memory);
    double *f = cvxnn__doubles(&scope, instance->rows.n, 1),
           *error = cvxnn__doubles(&scope, instance->rows.n, 1),
           *row = cvxnn__doubles(&scope, instance->rows.d, 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    if (!status) status = cvxnn__network_outputs(context, network, &instance->rows, f);
    if (!status) status = output_errors(context, instance, network, row, error);
    if (!status) {
        double penalty = penalty_ceiling(network), loss = cvxnn__loss_ceiling(instance, f, error);
        if (penalty > 0) penalty = cvxnn__up(cvxnn__up(instance->beta * penalty) + CVXNN__TINY);
        double total = penalty == 0 ? loss : cvxnn__up(loss + penalty);
        *objective = total < INFINITY ? total : INFINITY;
    }
    cvxnn__scope_close(&scope);
    return status;
}
