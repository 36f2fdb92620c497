/*
 * The linear system of a Newton step by preconditioned conjugate gradients. See gated_newton.h.
 *
 * Iterations are in single precision, which is exact enough for what a step needs; change is that of s in
 * double.
 *
 * Where there are more unknowns than rows no model of single groups is near the matrix. When the products
 * then cost as much as the model on the side of the rows (gated_rows.h) would, the rest is left to that, and
 * so are the systems that follow.
 */
#include <string.h>

#include "convex/gated_rows.h"
#include "linalg/blas.h"

/* Residual that is left, in the norms of either side. */
static const double ACCURACY = 0.3, ACCURACY_ON_ROWS = 0.1;

/* Products that one solution may take. */
enum { MOST_PRODUCTS = 500 };

/* image = matrix direction, in single precision */
static int32_t multiply(struct cvxnn__newton *newton) {
    struct cvxnn__context *context = newton->program->context;
    const struct cvxnn__rows *rows = &newton->program->instance->rows;
    int64_t d = newton->d;
    int32_t status = cvxnn__masks_forward_single(context, rows, &newton->masks, newton->direction, d,
                                                 newton->part);
    if (status) return status;
    for (int64_t i = 0; i < newton->n; i++) newton->rest[i] = newton->curvature[i] * newton->part[i];
    status = cvxnn__masks_gradient_single(context, rows, &newton->masks, newton->rest, newton->image, d);
    for (int64_t p = 0; p < newton->count; p++) {
        const double *v = newton->v + p * d, *x = newton->direction + p * d;
        double along = newton->b[p] * cvxnn__dot(d, v, x);
        for (int64_t j = 0; j < d; j++) newton->image[p * d + j] += newton->a[p] * x[j] - along * v[j];
    }
    return status;
}

/* *done: whether the accuracy was reached, or rounding allows no more. */
static int32_t iterate(struct cvxnn__newton *newton, int64_t most, int *done) {
    int64_t size = newton->count * newton->d;
    int32_t status = CVXNN_OK;
    cvxnn__precondition_apply(&newton->model, newton->r, newton->z);
    memcpy(newton->direction, newton->z, (size_t)size * sizeof *newton->z);
    double rho = cvxnn__dot(size, newton->r, newton->z), enough = ACCURACY * ACCURACY * rho;
    *done = 1;
    for (int64_t k = 0; !status && rho > enough; k++) {
        if (k == most) {
            *done = 0;
            break;
        }
        if ((status = multiply(newton))) break;
        double bend = cvxnn__dot(size, newton->direction, newton->image), step = rho / bend;
        if (!(bend > 0)) break; /* rounding, or no number any more: s is what it is */
        cvxnn__axpy(size, step, newton->direction, newton->s);
        cvxnn__axpy(size, -step, newton->image, newton->r);
        cvxnn__precondition_apply(&newton->model, newton->r, newton->z);
        double next = cvxnn__dot(size, newton->r, newton->z), turn = next / rho;
        for (int64_t e = 0; e < size; e++) newton->direction[e] = newton->z[e] + turn * newton->direction[e];
        rho = next;
        status = cvxnn__poll(newton->program->context);
    }
    return status;
}

static int32_t on_unknowns(struct cvxnn__newton *newton, int64_t most, int *done) {
    const struct cvxnn__restricted *program = newton->program;
    int32_t status = cvxnn__precondition_make(newton);
    if (!status) status = iterate(newton, most, done);
    if (status) return status;
    return cvxnn__masks_forward(program->context, &program->instance->rows, &newton->masks, newton->s,
                                newton->d, newton->change);
}

/* What s has already, if anything, is kept. */
static int32_t on_rows(struct cvxnn__newton *newton) {
    struct cvxnn__restricted *program = newton->program;
    int32_t status = CVXNN_OK;
    int first = !program->on_rows;
    memset(newton->y_g, 0, (size_t)(newton->count * newton->d) * sizeof *newton->y_g);
    for (int64_t i = 0; i < newton->n; i++) newton->y[i] = newton->curvature[i] * newton->change[i];
    if (first)
        status = cvxnn__masks_gradient(program->context, &program->instance->rows, &newton->masks, newton->y,
                                       newton->y_g, newton->d);
    program->on_rows = newton->has_y = 1;
    if (status) return status;
    return cvxnn__newton_solve_rows(newton, first ? NULL : newton->guess, ACCURACY_ON_ROWS);
}

int32_t cvxnn__newton_solve(struct cvxnn__newton *newton) {
    int64_t size = newton->count * newton->d;
    int done = 0, many = size > newton->n;
    memset(newton->s, 0, (size_t)size * sizeof *newton->s);
    memset(newton->change, 0, (size_t)newton->n * sizeof *newton->change);
    newton->has_y = 0;
    if (!many) return on_unknowns(newton, MOST_PRODUCTS, &done);
    int32_t status = CVXNN_OK;
    int64_t cost = cvxnn__rows_model_cost(newton->n, newton->d, newton->count);
    if (cost > MOST_PRODUCTS) return on_unknowns(newton, MOST_PRODUCTS, &done);
    if (!newton->program->on_rows) status = on_unknowns(newton, cost, &done);
    if (status || done) return status;
    status = on_rows(newton);
    if (status != CVXNN_ERROR_NUMERICAL && status != CVXNN_ERROR_MEMORY) return status;
    newton->program->on_rows = newton->has_y = 0;
    return on_unknowns(newton, MOST_PRODUCTS, &done);
}
