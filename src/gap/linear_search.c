/* The linear form optimised. See linear_search.h. */
#include "gap/linear_search.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "linalg/blas.h"

/* Mixing steps of one iteration; least lambda as a part of the mean (0 would be no bound at all); by what the
 * slopes' step grows when the bound fell and shrinks when not. */
enum { MIXING_STEPS = 3 };
static const double LEAST_LAMBDA = 1e-9, STEP_UP = 1.25, STEP_DOWN = 0.7;

/* By Pataki's and Barvinok's bound some optimum of the semidefinite program has no higher rank. */
static int64_t mixing_rank(int64_t n, int64_t d) {
    int64_t rank = (int64_t)ceil(sqrt(2 * ((double)n + 1)));
    return (rank < d ? rank : d) + 1;
}

void cvxnn__linear_search_begin(struct cvxnn__scope *scope, const struct cvxnn__rows *rows,
                                const double *given, double sign, struct cvxnn__linear_search *search) {
    int64_t n = rows->n, d = rows->d, rank = mixing_rank(n, d);
    *search = (struct cvxnn__linear_search){.rows = rows, .value = INFINITY, .rank = rank, .step = 1};
    search->nu = cvxnn__doubles(scope, n, 1);
    search->slope = cvxnn__doubles(scope, n, 1);
    search->lambda = cvxnn__doubles(scope, n + 1, 1);
    search->directions = cvxnn__doubles(scope, rank, d);
    search->products = cvxnn__doubles(scope, n, rank);
    search->base = cvxnn__doubles(scope, d, 1);
    search->pull = cvxnn__doubles(scope, rank, 1);
    search->trial_slope = cvxnn__doubles(scope, n, 1);
    search->trial_lambda = cvxnn__doubles(scope, n + 1, 1);
    search->gradient = cvxnn__doubles(scope, n, 1);
    search->probe = cvxnn__doubles(scope, rank, 1);
    if (scope->failed) return;
    for (int64_t i = 0; i < n; i++) {
        search->nu[i] = sign * given[i];
        search->trial_slope[i] = 0.5 * search->nu[i];
    }
    for (int64_t j = 0; j < rank; j++) {
        cvxnn__normals(0, CVXNN__STREAM_BOUND, (uint64_t)j, d, search->directions + j * d);
        search->probe[j] = 1;
    }
}

/* k_i of a row: its slope is nu_i / 2 where nu_i > 0, and not positive elsewhere. */
static double kink(const struct cvxnn__linear_search *search, int64_t i) {
    return fmax(search->trial_slope[i], 0);
}

/* products and pull of the present directions. */
static int32_t project(struct cvxnn__context *context, struct cvxnn__linear_search *search) {
    const struct cvxnn__rows *rows = search->rows;
    for (int64_t j = 0; j < search->rank; j++)
        search->pull[j] = cvxnn__dot(rows->d, search->directions + j * rows->d, search->base);
    return cvxnn__rows_times(context, rows, search->rank, search->directions, rows->d, search->products,
                             search->rank);
}

static void scale(int64_t count, double factor, double *x) {
    for (int64_t j = 0; j < count; j++) x[j] *= factor;
}

/* From the products, V_i = G a_i / |G a_i| for all i at once, then G = sum_i V_i a_i', to length 1. */
static int32_t mix(struct cvxnn__context *context, struct cvxnn__linear_search *search) {
    int64_t n = search->rows->n, d = search->rows->d, rank = search->rank;
    for (int64_t i = 0; i < n; i++) {
        double *product = search->products + i * rank, length = cvxnn__norm(rank, product);
        scale(rank, length > 0 ? kink(search, i) / length : 0, product);
    }
    int32_t status = cvxnn__rows_transposed_times(context, search->rows, rank, search->products, rank,
                                                  search->directions, d);
    if (status) return status;
    double length = cvxnn__norm(rank, search->pull);
    for (int64_t j = 0; length > 0 && j < rank; j++)
        cvxnn__axpy(d, search->pull[j] / length, search->base, search->directions + j * d);
    length = cvxnn__norm(rank * d, search->directions);
    if (length > 0) scale(rank * d, 1 / length, search->directions);
    return status;
}

/* lambda_i = |G a_i|, to a sum of 1, none below LEAST_LAMBDA of the mean. */
static void weigh(struct cvxnn__linear_search *search) {
    int64_t n = search->rows->n, rank = search->rank;
    double *lambda = search->trial_lambda, sum = lambda[0] = cvxnn__norm(rank, search->pull);
    for (int64_t i = 0; i < n; i++)
        sum += lambda[i + 1] = kink(search, i) * cvxnn__norm(rank, search->products + i * rank);
    for (int64_t i = 0; i <= n; i++)
        lambda[i] = (sum > 0 ? lambda[i] / sum : 0) + LEAST_LAMBDA / (double)(n + 1);
}

/* Evaluates the trial; it becomes the best if it is. */
static int32_t evaluate(struct cvxnn__context *context, struct cvxnn__linear_search *search) {
    struct cvxnn__linear_form trial = {search->nu, search->trial_slope, search->trial_lambda};
    size_t bytes = (size_t)search->rows->n * sizeof(double);
    double value;
    int32_t status = cvxnn__linear_bound(context, search->rows, &trial, &value);
    if (status) return status;
    search->step *= value < search->value ? STEP_UP : STEP_DOWN;
    if (value < search->value || search->value == INFINITY) {
        search->value = value;
        memcpy(search->slope, search->trial_slope, bytes);
        memcpy(search->lambda, search->trial_lambda, bytes + sizeof(double));
    }
    return status;
}

/* A power step: *curvature = |H probe| for the last unit probe, H = sum over nu_i < 0 of (G x_i)(G x_i)'. */
static int32_t curve(struct cvxnn__context *context, struct cvxnn__linear_search *search,
                     const struct cvxnn__rows *products, double *curvature) {
    int64_t rank = search->rank;
    int32_t status = cvxnn__rows_times(context, products, 1, search->probe, rank, search->gradient, 1);
    for (int64_t i = 0; i < products->n; i++)
        if (!(search->nu[i] < 0)) search->gradient[i] = 0;
    if (!status)
        status = cvxnn__rows_transposed_times(context, products, 1, search->gradient, 1, search->probe, rank);
    *curvature = cvxnn__norm(rank, search->probe);
    for (int64_t j = 0; j < rank; j++) search->probe[j] = *curvature > 0 ? search->probe[j] / *curvature : 1;
    return status;
}

/* A projected gradient step of the slopes on |G a_0|^2 / 2, which falls along the bound's own gradient. */
static int32_t tilt(struct cvxnn__context *context, struct cvxnn__linear_search *search) {
    struct cvxnn__rows products = cvxnn__rows_of(search->rows->n, search->rank, search->products,
                                                 search->rank);
    double curvature = 0;
    int32_t status = CVXNN_OK;
    for (int round = 0; !status && round < 2; round++) status = curve(context, search, &products, &curvature);
    if (!status && curvature > 0)
        status = cvxnn__rows_times(context, &products, 1, search->pull, search->rank, search->gradient, 1);
    for (int64_t i = 0; !status && curvature > 0 && i < products.n; i++) {
        double nu = search->nu[i],
               slope = search->trial_slope[i] - search->step * search->gradient[i] / curvature;
        if (nu < 0) search->trial_slope[i] = fmin(fmax(slope, nu), 0);
    }
    return status;
}

int32_t cvxnn__linear_search_step(struct cvxnn__context *context, struct cvxnn__linear_search *search) {
    int32_t status = cvxnn__rows_transposed_times(context, search->rows, 1, search->trial_slope, 1,
                                                  search->base, search->rows->d);
    for (int s = 0; !status && s <= MIXING_STEPS; s++) {
        status = project(context, search);
        if (!status && s < MIXING_STEPS) status = mix(context, search);
        if (!status) status = cvxnn__poll(context);
    }
    if (status) return status;
    weigh(search);
    status = evaluate(context, search);
    return status ? status : tilt(context, search);
}
