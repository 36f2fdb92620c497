/*
 * Newton's method on the restricted gated program. Smoothed steps (gated_smooth.c) lead from anywhere to
 * where it is known which groups are active; from there semismooth steps (gated_semismooth.c) are quadratic
 * and leave the other groups at zero. Where neither gains, FISTA takes over.
 */
#include <math.h>
#include <string.h>

#include "convex/gated_newton.h"
#include "linalg/blas.h"

/* Semismooth steps begin at this gap, or after a failure when the gap is this part of what it was. Systems on
 * the side of the rows bring a dual vector with them that lets smoothed steps go further. */
static const double SETTLED = 3e-3, SETTLED_ON_ROWS = 1e-4, SETTLED_AGAIN = 0.3;

/* Steps that may pass without a smaller gap, semismooth ones and all; steps of FISTA then. */
enum { MOST_IDLE_SEMISMOOTH = 3, MOST_IDLE = 20, FISTA_STEPS = 1000 };

static int32_t take(struct cvxnn__restricted *program, struct cvxnn__scope *scope,
                    struct cvxnn__newton *newton) {
    int64_t n = program->instance->rows.n, d = program->instance->rows.d, count = program->count;
    *newton = (struct cvxnn__newton){.program = program, .scope = scope, .n = n, .d = d};
    double **tall[] = {&newton->nu,   &newton->curvature, &newton->change,
                       &newton->y,    &newton->f_trial,   &newton->dual_trial,
                       &newton->part, &newton->rest,      &newton->guess};
    double **wide[] = {&newton->g, &newton->v,         &newton->r,     &newton->s,   &newton->trial,
                       &newton->z, &newton->direction, &newton->image, &newton->y_g, &newton->dual_g};
    for (size_t a = 0; a < sizeof tall / sizeof *tall; a++) *tall[a] = cvxnn__doubles(scope, n, 1);
    for (size_t a = 0; a < sizeof wide / sizeof *wide; a++) *wide[a] = cvxnn__doubles(scope, count, d);
    newton->group = cvxnn__integers(scope, count);
    newton->dropped = cvxnn__integers(scope, count);
    newton->a = cvxnn__doubles(scope, count, 1);
    newton->b = cvxnn__doubles(scope, count, 1);
    cvxnn__precondition_take(scope, n, d, count, &newton->model);
    return scope->failed ? cvxnn__fail_memory(program->context) : CVXNN_OK;
}

double cvxnn__newton_objective(const struct cvxnn__newton *newton) {
    const struct cvxnn__instance *instance = newton->program->instance;
    return cvxnn__loss_value(instance, newton->f_trial) +
           instance->beta * cvxnn__gated_penalty(newton->program->count, newton->d, newton->trial);
}

void cvxnn__newton_accept(struct cvxnn__newton *newton, double objective) {
    struct cvxnn__restricted *program = newton->program;
    memcpy(program->w, newton->trial, (size_t)(program->count * newton->d) * sizeof *program->w);
    memcpy(program->f, newton->f_trial, (size_t)newton->n * sizeof *program->f);
    program->objective = objective;
    cvxnn__gated_note(program);
}

static int32_t gradient(const struct cvxnn__newton *newton, const double *nu, double *g) {
    const struct cvxnn__restricted *program = newton->program;
    return cvxnn__masks_gradient(program->context, &program->instance->rows, &program->masks, nu, g,
                                 newton->d);
}

/* A dual vector with its g: it is kept when its D over the working set is the best. */
static void judge(struct cvxnn__newton *newton, const double *nu, const double *g) {
    struct cvxnn__restricted *program = newton->program;
    double largest = cvxnn__gated_largest(program->count, newton->d, g);
    double dual = cvxnn__gated_dual(program->instance, nu, largest, newton->rest);
    if (!(dual > newton->dual)) return;
    newton->dual = dual;
    memcpy(program->dual, nu, (size_t)newton->n * sizeof *nu);
}

/* nu, g and the gap over the working set. */
static int32_t measure(struct cvxnn__newton *newton) {
    struct cvxnn__restricted *program = newton->program;
    int32_t status = CVXNN_OK;
    if (newton->has_y) {
        if (!newton->has_dual_g) status = gradient(newton, newton->dual_trial, newton->dual_g);
        if (!status) judge(newton, newton->dual_trial, newton->dual_g);
    }
    newton->has_dual_g = 0;
    cvxnn__loss_residual(program->instance, program->f, newton->nu);
    if (!status) status = gradient(newton, newton->nu, newton->g);
    if (status) return status;
    judge(newton, newton->nu, newton->g);
    newton->gap = program->best > 0 ? (program->best - newton->dual) / program->best : 0;
    return CVXNN_OK;
}

/* sigma: about one over the largest eigenvalue of X' D_p C D_p X for a mask of half the rows. */
static int32_t proximal_step(struct cvxnn__newton *newton, double *sigma) {
    struct cvxnn__restricted *program = newton->program;
    struct cvxnn__precondition *m = &newton->model;
    cvxnn__loss_curvature(program->instance, program->f, newton->curvature);
    int32_t status = cvxnn__rows_gram(program->context, &program->instance->rows, newton->curvature,
                                      m->product, newton->d);
    if (status) return status;
    if (cvxnn__eigen(0, newton->d, m->product, newton->d, m->sum, m->work) != 1) return CVXNN_ERROR_NUMERICAL;
    double largest = m->sum[newton->d - 1];
    *sigma = largest > 0 ? 2 / largest : 1;
    return CVXNN_OK;
}

/* One step of either kind. *settled: the gap below which semismooth steps are tried; *idle: how many of them
 * in a row have gained nothing. */
static int32_t step(struct cvxnn__newton *newton, int64_t *idle, double *settled, double *sigma, int *moved) {
    int32_t status = CVXNN_OK;
    *moved = 0;
    if (*idle >= MOST_IDLE_SEMISMOOTH) *settled = SETTLED_AGAIN * newton->gap;
    if (newton->gap < fmin(*settled, newton->program->on_rows ? SETTLED_ON_ROWS : SETTLED)) {
        double before = newton->gap;
        if (*sigma == 0) status = proximal_step(newton, sigma);
        if (!status) status = cvxnn__newton_semismooth(newton, *sigma, moved);
        if (!status && *moved) status = measure(newton);
        *idle = newton->gap < 0.99 * before ? 0 : *idle + 1;
        if (*moved) return status;
        *settled = SETTLED_AGAIN * newton->gap;
        if (!status) status = measure(newton);
    }
    *idle = 0;
    if (!status) status = cvxnn__newton_smooth(newton, moved);
    return status ? status : measure(newton);
}

static int32_t iterate(struct cvxnn__newton *newton, double target, int64_t most) {
    struct cvxnn__restricted *program = newton->program;
    double settled = SETTLED, sigma = 0, least = INFINITY;
    int32_t status = measure(newton);
    for (int64_t k = 0, idle = 0, idle_semismooth = 0; !status && newton->gap > target && k < most; k++) {
        int moved;
        if (program->most_iterations && program->iterations >= program->most_iterations)
            return CVXNN_STOPPED_ITERATIONS;
        program->iterations++;
        status = step(newton, &idle_semismooth, &settled, &sigma, &moved);
        idle = newton->gap < 0.99 * least ? 0 : idle + 1;
        least = fmin(least, newton->gap);
        if (status == CVXNN_ERROR_NUMERICAL || (!status && (!moved || idle > MOST_IDLE)))
            return cvxnn__gated_fista(program, target, FISTA_STEPS);
        if (!status) status = cvxnn__poll(program->context);
    }
    return status;
}

int32_t cvxnn__gated_newton(struct cvxnn__restricted *program, double target, int64_t most) {
    struct cvxnn__scope scope;
    struct cvxnn__newton newton;
    cvxnn__scope_open(&scope, program->context->memory);
    int32_t status = take(program, &scope, &newton);
    if (!status) status = iterate(&newton, target, most);
    cvxnn__scope_close(&scope);
    return status;
}
