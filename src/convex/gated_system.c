/* The linear system of a Newton step by preconditioned conjugate gradients. See gated_newton.h. */
#include <string.h>

#include "convex/gated_newton.h"
#include "linalg/blas.h"

/* Products that one solution may take. */
enum { MOST_PRODUCTS = 500 };

/* image = matrix direction, part = sum D_p X direction_p */
static int32_t multiply(struct cvxnn__newton *newton) {
    struct cvxnn__context *context = newton->program->context;
    const struct cvxnn__rows *rows = &newton->program->instance->rows;
    int64_t d = newton->d;
    int32_t status = cvxnn__masks_forward(context, rows, &newton->masks, newton->direction, d, newton->part);
    if (status) return status;
    for (int64_t i = 0; i < newton->n; i++) newton->rest[i] = newton->curvature[i] * newton->part[i];
    status = cvxnn__masks_gradient(context, rows, &newton->masks, newton->rest, newton->image, d);
    for (int64_t p = 0; p < newton->count; p++) {
        const double *v = newton->v + p * d, *x = newton->direction + p * d;
        double along = newton->b[p] * cvxnn__dot(d, v, x);
        for (int64_t j = 0; j < d; j++) newton->image[p * d + j] += newton->a[p] * x[j] - along * v[j];
    }
    return status;
}

static int32_t iterate(struct cvxnn__newton *newton, double accuracy) {
    int64_t size = newton->count * newton->d;
    int32_t status = CVXNN_OK;
    memset(newton->s, 0, (size_t)size * sizeof *newton->s);
    memset(newton->change, 0, (size_t)newton->n * sizeof *newton->change);
    cvxnn__precondition_apply(&newton->model, newton->r, newton->z);
    memcpy(newton->direction, newton->z, (size_t)size * sizeof *newton->z);
    double rho = cvxnn__dot(size, newton->r, newton->z), enough = accuracy * accuracy * rho;
    for (int64_t k = 0; !status && k < MOST_PRODUCTS && rho > enough; k++) {
        if ((status = multiply(newton))) break;
        double bend = cvxnn__dot(size, newton->direction, newton->image), step = rho / bend;
        if (!(bend > 0)) break; /* rounding, or no number any more: s is what it is */
        cvxnn__axpy(size, step, newton->direction, newton->s);
        cvxnn__axpy(size, -step, newton->image, newton->r);
        cvxnn__axpy(newton->n, step, newton->part, newton->change);
        cvxnn__precondition_apply(&newton->model, newton->r, newton->z);
        double next = cvxnn__dot(size, newton->r, newton->z), turn = next / rho;
        for (int64_t e = 0; e < size; e++) newton->direction[e] = newton->z[e] + turn * newton->direction[e];
        rho = next;
        status = cvxnn__poll(newton->program->context);
    }
    return status;
}

int32_t cvxnn__newton_solve(struct cvxnn__newton *newton, double accuracy) {
    int32_t status = cvxnn__precondition_make(newton);
    return status ? status : iterate(newton, accuracy);
}
