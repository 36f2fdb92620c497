/* Preconditioned conjugate gradients on the rows' side of a Newton system. See gated_rows.h for the symbols.
 */
#include <math.h>
#include <string.h>

#include "convex/gated_rows.h"
#include "linalg/blas.h"

/* Products that one solution may take. */
enum { MOST_PRODUCTS = 500 };

struct solution {
    struct cvxnn__newton *newton;
    struct cvxnn__rows_model model;
    int64_t n, size;       /* size: count x d */
    double *y, *r;         /* n: scaled like everything over rows; the residual of the first equation */
    double *z, *p, *image; /* n: preconditioned residual, direction, T p + Z pt */
    double *t, *zt, *pt;   /* radials */
    double *unscaled;      /* n: scratch */
    double *sum, *g;       /* count x d: A' y, A' p */
};

static int32_t take(struct solution *solution, struct cvxnn__scope *scope) {
    double **tall[] = {&solution->y, &solution->r,     &solution->z,
                       &solution->p, &solution->image, &solution->unscaled};
    double **few[] = {&solution->t, &solution->zt, &solution->pt};
    const struct cvxnn__rows_model *model = &solution->model;
    for (size_t a = 0; a < sizeof tall / sizeof *tall; a++) *tall[a] = cvxnn__doubles(scope, model->n, 1);
    for (size_t a = 0; a < sizeof few / sizeof *few; a++) *few[a] = cvxnn__doubles(scope, model->radials, 1);
    solution->sum = cvxnn__doubles(scope, model->count, model->d);
    solution->g = cvxnn__doubles(scope, model->count, model->d);
    return scope->failed ? cvxnn__fail_memory(solution->newton->program->context) : CVXNN_OK;
}

/* s = B^+ g + sign t v, for radial groups the latter. */
static void weights(struct solution *solution, const double *g, double sign, const double *t, double *s) {
    const struct cvxnn__rows_model *model = &solution->model;
    const double *v = solution->newton->v;
    int64_t d = model->d;
    for (int64_t p = 0; p < model->count; p++) {
        double along = model->along[p] * cvxnn__dot(d, v + p * d, g + p * d);
        for (int64_t j = 0; j < d; j++)
            s[p * d + j] = model->inverse[p] * g[p * d + j] - along * v[p * d + j];
    }
    for (int64_t c = 0; c < model->radials; c++)
        cvxnn__axpy(d, sign * t[c], v + model->radial[c] * d, s + model->radial[c] * d);
}

/* g = A' y, y scaled. */
static int32_t gradient(struct solution *solution, const double *y, double *g) {
    const struct cvxnn__newton *newton = solution->newton;
    for (int64_t i = 0; i < solution->n; i++) solution->unscaled[i] = solution->model.scale[i] * y[i];
    return cvxnn__masks_gradient_single(newton->program->context, &newton->program->instance->rows,
                                        &newton->masks, solution->unscaled, g, solution->model.d);
}

/* unscaled = A s */
static int32_t forward(struct solution *solution, const double *s) {
    const struct cvxnn__newton *newton = solution->newton;
    return cvxnn__masks_forward_single(newton->program->context, &newton->program->instance->rows,
                                       &newton->masks, s, solution->model.d, solution->unscaled);
}

/* g = A' y, image = T y + Z t */
static int32_t multiply(struct solution *solution, const double *y, const double *t, double *g) {
    const struct cvxnn__rows_model *model = &solution->model;
    double *s = solution->newton->image;
    int32_t status = gradient(solution, y, g);
    if (status) return status;
    weights(solution, g, 1, t, s);
    status = forward(solution, s);
    for (int64_t i = 0; i < model->n; i++)
        solution->image[i] = model->own[i] * y[i] + model->scale[i] * solution->unscaled[i];
    return status;
}

/* The unknowns that belong to y and t, into newton's image. */
static double *unknowns(struct solution *solution) {
    struct cvxnn__newton *newton = solution->newton;
    for (int64_t e = 0; e < solution->size; e++) newton->z[e] = newton->r[e] - solution->sum[e];
    weights(solution, newton->z, -1, solution->t, newton->image);
    return newton->image;
}

/* y, t and sum that satisfy the second equation, y near a guess; the residual of the first, A s - C^-1 y. */
static int32_t begin(struct solution *solution, const double *guess) {
    struct cvxnn__newton *newton = solution->newton;
    struct cvxnn__rows_model *model = &solution->model;
    int64_t n = solution->n, d = model->d;
    double *sum = solution->sum;
    for (int64_t i = 0; i < n; i++)
        solution->y[i] = guess && model->scale[i] > 0 ? guess[i] / model->scale[i] : 0;
    int32_t status = gradient(solution, solution->y, sum);
    if (status) return status;
    for (int64_t c = 0; c < model->radials; c++) {
        int64_t at = model->radial[c] * d;
        solution->t[c] = cvxnn__dot(d, newton->v + at, newton->r + at) -
                         cvxnn__dot(d, newton->v + at, sum + at);
    }
    cvxnn__rows_model_begin(model, solution->z, solution->t);
    cvxnn__axpy(n, 1, solution->z, solution->y);
    status = gradient(solution, solution->y, sum);
    if (!status) status = forward(solution, unknowns(solution));
    for (int64_t i = 0; i < n; i++)
        solution->r[i] = model->scale[i] * solution->unscaled[i] - model->own[i] * solution->y[i];
    return status;
}

/* The residual bounds the error of s in the norm of the system's matrix, |C^1/2 A s| the norm of s from
 * below; in scaled terms C^1/2 is 1 / sqrt(own). */
static int accurate(const struct solution *solution, double accuracy) {
    double error = 0, size = 0;
    for (int64_t i = 0; i < solution->n; i++) {
        double own = solution->model.own[i], f = solution->r[i] + own * solution->y[i];
        error += solution->r[i] * solution->r[i] / own;
        size += f * f / own;
    }
    return error <= accuracy * accuracy * size;
}

static int32_t iterate(struct solution *solution, const double *guess, double accuracy) {
    struct cvxnn__rows_model *model = &solution->model;
    int64_t n = solution->n, k = model->radials;
    double rho = 0;
    int32_t status = begin(solution, guess);
    for (int64_t s = 0; !status && s < MOST_PRODUCTS && !accurate(solution, accuracy); s++) {
        cvxnn__rows_model_apply(model, solution->r, solution->z, solution->zt);
        double next = cvxnn__dot(n, solution->r, solution->z), turn = s ? next / rho : 0;
        if (!(next > 0)) break;
        for (int64_t i = 0; i < n; i++) solution->p[i] = solution->z[i] + (s ? turn * solution->p[i] : 0);
        for (int64_t c = 0; c < k; c++) solution->pt[c] = solution->zt[c] + (s ? turn * solution->pt[c] : 0);
        if ((status = multiply(solution, solution->p, solution->pt, solution->g))) break;
        double bend = cvxnn__dot(n, solution->p, solution->image), step = next / bend;
        if (!(bend > 0)) break; /* rounding, or no number any more: the solution is what it is */
        cvxnn__axpy(n, step, solution->p, solution->y);
        cvxnn__axpy(k, step, solution->pt, solution->t);
        cvxnn__axpy(n, -step, solution->image, solution->r);
        cvxnn__axpy(solution->size, step, solution->g, solution->sum);
        rho = next;
        status = cvxnn__poll(solution->newton->program->context);
    }
    return status;
}

/* s, change, y and its gradient gain what was found. */
static int32_t finish(struct solution *solution) {
    struct cvxnn__newton *newton = solution->newton;
    const struct cvxnn__restricted *program = newton->program;
    double *s = unknowns(solution);
    cvxnn__axpy(solution->size, 1, s, newton->s);
    int32_t status = cvxnn__masks_forward(program->context, &program->instance->rows, &newton->masks, s,
                                          newton->d, newton->part);
    cvxnn__axpy(solution->n, 1, newton->part, newton->change);
    cvxnn__axpy(solution->size, 1, solution->sum, newton->y_g);
    for (int64_t i = 0; i < solution->n; i++) newton->y[i] += solution->model.scale[i] * solution->y[i];
    return status;
}

int32_t cvxnn__newton_solve_rows(struct cvxnn__newton *newton, const double *guess, double accuracy) {
    struct cvxnn__scope scope;
    struct solution solution = {.newton = newton, .n = newton->n, .size = newton->count * newton->d};
    cvxnn__scope_open(&scope, newton->program->context->memory);
    int32_t status = cvxnn__rows_model_make(newton, &scope, &solution.model);
    if (!status) status = take(&solution, &scope);
    if (!status) status = iterate(&solution, guess, accuracy);
    if (!status) status = finish(&solution);
    cvxnn__scope_close(&scope);
    return status;
}
