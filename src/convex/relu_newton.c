/*
 * Newton's step for the ReLU program on the spaces of moves along the walls (relu.h). With Z_j an orthonormal
 * basis of the moves v_j may make, A_j = s_j D_j X Z_j', C = F''(f) and v^ = v/|v|,
 *
 *   gradient by z_j   Z_j (beta v^_j - pull_j)
 *   Hessian           A_j' C A_k  +  [j = k] (beta/|v_j|) (I - Z_j v^_j (Z_j v^_j)')
 *
 * which is positive semidefinite. It is formed some rows at a time and factored; where it is singular (moves
 * that change no output and no norm) a small multiple of the identity is added.
 */
#include <math.h>
#include <string.h>

#include "convex/relu.h"
#include "linalg/blas.h"

enum { TILE_NUMBERS = 1 << 17, MOST_ATTEMPTS = 12 };
static const double FIRST_SHIFT = 1e-13;

struct newton {
    struct cvxnn__relu *relu;
    struct cvxnn__scope scope;
    int64_t order; /* of the system */
    double *hessian, *copy, *step;
    int64_t tile_rows;
    double *x, *a; /* tile_rows x d, tile_rows x order */
};

static int32_t open_newton(struct newton *newton) {
    struct cvxnn__relu *relu = newton->relu;
    cvxnn__scope_open(&newton->scope, relu->context->memory);
    for (int64_t j = 0; j < relu->count; j++) newton->order += relu->neuron[j]->kinks.free;
    int64_t rows = TILE_NUMBERS / (newton->order + 1) + 8;
    newton->tile_rows = rows < relu->n ? rows : relu->n;
    newton->hessian = cvxnn__take_zeroed(&newton->scope, newton->order, newton->order,
                                         (int64_t)sizeof(double));
    newton->copy = cvxnn__doubles(&newton->scope, newton->order, newton->order);
    newton->step = cvxnn__doubles(&newton->scope, newton->order, 1);
    newton->x = cvxnn__doubles(&newton->scope, newton->tile_rows, relu->d);
    newton->a = cvxnn__doubles(&newton->scope, newton->tile_rows, newton->order);
    return newton->scope.failed ? cvxnn__fail_memory(relu->context) : CVXNN_OK;
}

/* A_j on the tile's rows, times sqrt(C). Returns 0 when a product was too large for the BLAS. */
static int fill_tile(struct newton *newton, int64_t first, int64_t height) {
    struct cvxnn__relu *relu = newton->relu;
    int64_t d = relu->d, order = newton->order, at = 0;
    cvxnn__rows_tile(&relu->instance->rows, first, height, 0, d, newton->x, d);
    for (int64_t j = 0; j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        int64_t free = neuron->kinks.free;
        if (!cvxnn__gemm(0, 1, height, free, d, neuron->sign, newton->x, d, cvxnn__kinks_null(&neuron->kinks),
                         d, 0, newton->a + at, order))
            return 0;
        for (int64_t r = 0; r < height; r++) {
            double scale = cvxnn__relu_is_on(neuron, first + r) ? sqrt(relu->curvature[first + r]) : 0;
            double *row = newton->a + r * order + at;
            for (int64_t e = 0; e < free; e++) row[e] *= scale;
        }
        at += free;
    }
    return 1;
}

static int32_t add_outputs(struct newton *newton) {
    struct cvxnn__relu *relu = newton->relu;
    for (int64_t i = 0; i < relu->n; i += newton->tile_rows) {
        int64_t left = relu->n - i, height = left < newton->tile_rows ? left : newton->tile_rows;
        if (!fill_tile(newton, i, height) || !cvxnn__syrk(1, newton->order, height, 1, newton->a,
                                                          newton->order, 1, newton->hessian, newton->order))
            return cvxnn__fail(relu->context, CVXNN_ERROR_SHAPE, "a product is too large for this BLAS");
        int32_t status = cvxnn__poll(relu->context);
        if (status) return status;
    }
    return CVXNN_OK;
}

/* The norms' part, and the right-hand side Z_j (pull_j - beta v^_j) into step. */
static void add_norms(struct newton *newton) {
    struct cvxnn__relu *relu = newton->relu;
    int64_t d = relu->d, order = newton->order, at = 0;
    double beta = relu->instance->beta;
    for (int64_t j = 0; j < relu->count; j++) {
        const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        const double *null = neuron->kinks.null;
        double *direction = newton->x; /* at least d numbers, not needed any more */
        int64_t free = neuron->kinks.free;
        for (int64_t e = 0; e < free; e++) {
            direction[e] = cvxnn__dot(d, null + e * d, neuron->v) / neuron->size;
            newton->step[at + e] = cvxnn__dot(d, null + e * d, neuron->pull) - beta * direction[e];
        }
        double bend = beta / neuron->size;
        for (int64_t e = 0; e < free; e++)
            for (int64_t g = 0; g <= e; g++)
                newton->hessian[(at + e) * order + at + g] += bend * ((e == g ? 1 : 0) -
                                                                      direction[e] * direction[g]);
        at += free;
    }
}

/* step = (H + shift)^-1 step, with the least shift that makes H + shift positive definite. */
static int32_t solve(struct newton *newton) {
    int64_t order = newton->order;
    double largest = 0, shift = FIRST_SHIFT;
    for (int64_t e = 0; e < order; e++) largest = fmax(largest, newton->hessian[e * order + e]);
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++, shift *= 10) {
        memcpy(newton->copy, newton->hessian, (size_t)(order * order) * sizeof(double));
        for (int64_t e = 0; e < order; e++) newton->copy[e * order + e] += shift * largest;
        int done = cvxnn__cholesky(order, newton->copy, order);
        if (done == 1 && cvxnn__cholesky_solve(order, newton->copy, order, 1, newton->step, order))
            return CVXNN_OK;
        if (done == 0) break;
    }
    return cvxnn__fail(newton->relu->context, CVXNN_ERROR_NUMERICAL, "Newton's system of order %lld failed",
                       (long long)order);
}

/* Writes the steps; *decrease = step . right-hand side. */
static void spread(struct newton *newton, double *decrease) {
    struct cvxnn__relu *relu = newton->relu;
    int64_t d = relu->d, at = 0;
    *decrease = 0;
    for (int64_t j = 0; j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        memset(neuron->step, 0, (size_t)d * sizeof(double));
        for (int64_t e = 0; e < neuron->kinks.free; e++)
            cvxnn__axpy(d, newton->step[at + e], neuron->kinks.null + e * d, neuron->step);
        *decrease += cvxnn__dot(d, neuron->step, neuron->pull) -
                     relu->instance->beta * cvxnn__dot(d, neuron->step, neuron->v) / neuron->size;
        at += neuron->kinks.free;
    }
}

int32_t cvxnn__relu_newton(struct cvxnn__relu *relu, double *decrease) {
    struct newton newton = {.relu = relu};
    *decrease = 0;
    int32_t status = cvxnn__relu_pull(relu);
    if (status || relu->count == 0) return status;
    status = open_newton(&newton);
    if (!status) status = add_outputs(&newton);
    if (!status) add_norms(&newton);
    double order = (double)newton.order;
    relu->work += order * order * ((double)relu->n + order / 3);
    if (!status) status = solve(&newton);
    if (!status) spread(&newton, decrease);
    cvxnn__scope_close(&newton.scope);
    return status;
}
