/*
 * Newton's step for the ReLU program on the spaces of moves along the walls (relu.h). With Z_j an orthonormal
 * basis of the moves v_j may make, A_j = s_j D_j X Z_j', C = F''(f) and v^ = v/|v|,
 *
 *   gradient by z_j   Z_j (beta v^_j - pull_j)
 *   Hessian           A_j' C A_k  +  [j = k] (beta/|v_j|) (I - Z_j v^_j (Z_j v^_j)')
 *
 * which is positive semidefinite. The first part is kept from step to step (relu_hessian.c). Where the sum is
 * singular (moves that change no output and no norm) a small multiple of the identity is added.
 */
#include <math.h>
#include <string.h>

#include "convex/relu.h"
#include "linalg/blas.h"

enum { MOST_ATTEMPTS = 12, PART = 256 };
static const double FIRST_SHIFT = 1e-13;

struct newton {
    struct cvxnn__relu *relu;
    struct cvxnn__scope scope;
    int64_t order;         /* of the system */
    double *matrix, *step; /* order x order, lower triangle; order */
    double *directions;    /* order: Z_j v^_j */
};

static int32_t open_newton(struct newton *newton) {
    newton->order = newton->relu->hessian.order;
    newton->matrix = cvxnn__doubles(&newton->scope, newton->order, newton->order);
    newton->step = cvxnn__doubles(&newton->scope, newton->order, 1);
    newton->directions = cvxnn__doubles(&newton->scope, newton->order, 1);
    return newton->scope.failed ? cvxnn__fail_memory(newton->relu->context) : CVXNN_OK;
}

/* Z_j v^_j, and the right-hand side Z_j (pull_j - beta v^_j) into step. */
static int32_t project(struct newton *newton) {
    const struct cvxnn__relu *relu = newton->relu;
    int64_t d = relu->d;
    int32_t status = CVXNN_OK;
    for (int64_t j = 0; !status && j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        const double *null = cvxnn__kinks_null(&neuron->kinks);
        double *direction = newton->directions + neuron->column, *step = newton->step + neuron->column;
        for (int64_t e = 0; e < neuron->kinks.free; e++) {
            direction[e] = cvxnn__dot(d, null + e * d, neuron->v) / neuron->size;
            step[e] = cvxnn__dot(d, null + e * d, neuron->pull) - relu->instance->beta * direction[e];
        }
        status = cvxnn__poll(relu->context);
    }
    return status;
}

/* The matrix of the outputs and the norms' part of it. */
static void assemble(struct newton *newton) {
    const struct cvxnn__relu *relu = newton->relu;
    int64_t order = newton->order;
    for (int64_t e = 0; e < order; e++)
        memcpy(newton->matrix + e * order, relu->hessian.values + e * relu->hessian.room,
               (size_t)(e + 1) * sizeof(double));
    for (int64_t j = 0; j < relu->count; j++) {
        const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        int64_t at = neuron->column;
        const double *direction = newton->directions + at;
        double bend = relu->instance->beta / neuron->size;
        for (int64_t e = 0; e < neuron->kinks.free; e++)
            for (int64_t g = 0; g <= e; g++)
                newton->matrix[(at + e) * order + at + g] += bend *
                                                             ((e == g ? 1 : 0) - direction[e] * direction[g]);
    }
}

/* The factor of the matrix, part by part; *done as of cvxnn__cholesky. */
static int32_t factor(struct newton *newton, int *done) {
    int64_t order = newton->order;
    int32_t status = CVXNN_OK;
    *done = 1;
    for (int64_t e = 0; *done == 1 && !status && e < order; e += PART) {
        *done = cvxnn__cholesky_part(order, newton->matrix, order, e, order - e < PART ? order - e : PART);
        status = cvxnn__poll(newton->relu->context);
    }
    return status;
}

/* step = (H + shift)^-1 step, with the least shift that makes H + shift positive definite. */
static int32_t solve(struct newton *newton) {
    int64_t order = newton->order;
    double shift = FIRST_SHIFT;
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++, shift *= 10) {
        double largest = 0;
        assemble(newton);
        for (int64_t e = 0; e < order; e++) largest = fmax(largest, newton->matrix[e * order + e]);
        for (int64_t e = 0; e < order; e++) newton->matrix[e * order + e] += shift * largest;
        int done;
        int32_t status = factor(newton, &done);
        if (status) return status;
        if (done == 1 && cvxnn__cholesky_solve(order, newton->matrix, order, 1, newton->step, order))
            return CVXNN_OK;
        if (done == 0) break;
    }
    return cvxnn__fail(newton->relu->context, CVXNN_ERROR_NUMERICAL, "Newton's system of order %lld failed",
                       (long long)order);
}

/* Writes the steps; *decrease = step . right-hand side. */
static void spread(struct newton *newton, double *decrease) {
    struct cvxnn__relu *relu = newton->relu;
    int64_t d = relu->d;
    *decrease = 0;
    for (int64_t j = 0; j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        memset(neuron->step, 0, (size_t)d * sizeof(double));
        for (int64_t e = 0; e < neuron->kinks.free; e++)
            cvxnn__axpy(d, newton->step[neuron->column + e], neuron->kinks.null + e * d, neuron->step);
        *decrease += cvxnn__dot(d, neuron->step, neuron->pull) -
                     relu->instance->beta * cvxnn__dot(d, neuron->step, neuron->v) / neuron->size;
    }
}

int32_t cvxnn__relu_newton(struct cvxnn__relu *relu, double *decrease) {
    struct newton newton = {.relu = relu};
    *decrease = 0;
    int32_t status = cvxnn__relu_pull(relu);
    if (!status && relu->count > 0) status = cvxnn__relu_hessian_update(relu);
    if (status || relu->count == 0) return status;
    cvxnn__scope_open(&newton.scope, relu->context->memory);
    status = open_newton(&newton);
    if (!status) status = project(&newton);
    if (!status) status = solve(&newton);
    if (!status) spread(&newton, decrease);
    relu->work += (double)newton.order * (double)newton.order * (double)newton.order / 3;
    cvxnn__scope_close(&newton.scope);
    return status;
}
