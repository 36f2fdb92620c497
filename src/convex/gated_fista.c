/*
 * Accelerated proximal gradient on the restricted gated program: FISTA (Beck & Teboulle 2009) with
 * backtracking and adaptive restart (O'Donoghue & Candes 2015). It needs nothing of the problem but
 * convexity, so it is what remains when second-order steps fail.
 *
 *   z = w + m (w - w_old),   w_new = prox(z + g(z) / L),   prox(u)_q = u_q (1 - beta / (L |u_q|))_+
 *
 * Products are linear, so f at z needs no product of its own: one gradient and one forward product a step.
 */
#include <math.h>
#include <string.h>

#include "convex/gated_internal.h"
#include "linalg/blas.h"

/* Steps between two looks at the gap. */
enum { GAP_EVERY = 20 };

/* Relative error of P that is taken for rounding. */
static const double ROUNDING = 1e-14;

struct fista {
    struct cvxnn__restricted *program;
    int64_t n, size;                     /* size: count x d */
    double *z, *next, *g;                /* count x d */
    double *f_z, *f_next, *nu, *nu_next; /* n */
    double momentum, lipschitz;
    double least; /* lowest P so far */
};

static int32_t take(struct cvxnn__restricted *program, struct cvxnn__scope *scope, struct fista *fista) {
    int64_t n = program->instance->rows.n, d = program->instance->rows.d;
    double **wide[] = {&fista->z, &fista->next, &fista->g};
    double **tall[] = {&fista->f_z, &fista->f_next, &fista->nu, &fista->nu_next};
    *fista = (struct fista){.program = program, .n = n, .size = program->count * d, .momentum = 1};
    for (int a = 0; a < 3; a++) *wide[a] = cvxnn__doubles(scope, program->count, d);
    for (int a = 0; a < 4; a++) *tall[a] = cvxnn__doubles(scope, n, 1);
    return scope->failed ? cvxnn__fail_memory(program->context) : CVXNN_OK;
}

/* g = X' D_q nu for the nu at hand. */
static int32_t gradient(struct fista *fista, const double *nu) {
    struct cvxnn__restricted *program = fista->program;
    return cvxnn__masks_gradient(program->context, &program->instance->rows, &program->masks, nu, fista->g,
                                 program->instance->rows.d);
}

static int32_t forward(struct fista *fista, const double *w, double *f) {
    struct cvxnn__restricted *program = fista->program;
    return cvxnn__masks_forward(program->context, &program->instance->rows, &program->masks, w,
                                program->instance->rows.d, f);
}

/* Relative gap at w; leaves nu and g of w behind. */
static int32_t measure(struct fista *fista, double *gap) {
    struct cvxnn__restricted *program = fista->program;
    cvxnn__loss_residual(program->instance, program->f, fista->nu);
    int32_t status = gradient(fista, fista->nu);
    if (status) return status;
    double largest = cvxnn__gated_largest(program->count, program->instance->rows.d, fista->g);
    double dual = cvxnn__gated_dual(program->instance, fista->nu, largest, fista->nu_next);
    *gap = program->objective > 0 ? (program->objective - dual) / program->objective : 0;
    return CVXNN_OK;
}

/* A first guess of the largest eigenvalue of the Hessian: its quotient along the gradient. */
static int32_t guess_lipschitz(struct fista *fista) {
    double square = cvxnn__dot(fista->size, fista->g, fista->g), quotient = 0;
    int32_t status = forward(fista, fista->g, fista->f_next);
    if (status) return status;
    cvxnn__loss_curvature(fista->program->instance, fista->program->f, fista->nu_next);
    for (int64_t i = 0; i < fista->n; i++)
        quotient += fista->nu_next[i] * fista->f_next[i] * fista->f_next[i];
    fista->lipschitz = square > 0 && quotient > 0 ? quotient / square : 1;
    return CVXNN_OK;
}

/* next = prox(z + g / L). */
static void prox(struct fista *fista) {
    int64_t d = fista->program->instance->rows.d;
    double step = 1 / fista->lipschitz, threshold = fista->program->instance->beta * step;
    for (int64_t q = 0; q < fista->program->count; q++) {
        double *u = fista->next + q * d;
        for (int64_t j = 0; j < d; j++) u[j] = fista->z[q * d + j] + step * fista->g[q * d + j];
        double norm = cvxnn__norm(d, u), keep = norm > threshold ? 1 - threshold / norm : 0;
        for (int64_t j = 0; j < d; j++) u[j] = keep > 0 ? keep * u[j] : 0;
    }
}

/* Whether the quadratic model with constant L majorises F between z and next. The test compares
 * gradients, not values, which differ by less than their rounding near the optimum. */
static int majorised(struct fista *fista) {
    double distance = 0, bend = 0;
    for (int64_t e = 0; e < fista->size; e++) {
        double step = fista->next[e] - fista->z[e];
        distance += step * step;
    }
    for (int64_t i = 0; i < fista->n; i++)
        bend += (fista->nu[i] - fista->nu_next[i]) * (fista->f_next[i] - fista->f_z[i]);
    return bend <= fista->lipschitz * distance * (1 + 1e-9);
}

/* next, f_next: one step from z. */
static int32_t step(struct fista *fista) {
    const struct cvxnn__instance *instance = fista->program->instance;
    cvxnn__loss_residual(instance, fista->f_z, fista->nu);
    int32_t status = gradient(fista, fista->nu);
    for (int tries = 0; !status; tries++) {
        prox(fista);
        status = forward(fista, fista->next, fista->f_next);
        cvxnn__loss_residual(instance, fista->f_next, fista->nu_next);
        if (status || majorised(fista) || tries == 60) break;
        fista->lipschitz *= 2;
    }
    return status;
}

/* z and its f back to w: the momentum is lost. */
static void restart(struct fista *fista) {
    memcpy(fista->z, fista->program->w, (size_t)fista->size * sizeof(double));
    memcpy(fista->f_z, fista->program->f, (size_t)fista->n * sizeof(double));
    fista->momentum = 1;
}

/* next becomes w and z runs ahead of it, unless momentum led astray. */
static void extrapolate(struct fista *fista) {
    struct cvxnn__restricted *program = fista->program;
    double turn = 0, momentum = (1 + sqrt(1 + 4 * fista->momentum * fista->momentum)) / 2;
    double ahead = (fista->momentum - 1) / momentum;
    for (int64_t e = 0; e < fista->size; e++)
        turn += (fista->z[e] - fista->next[e]) * (fista->next[e] - program->w[e]);
    for (int64_t e = 0; e < fista->size; e++) {
        fista->z[e] = fista->next[e] + ahead * (fista->next[e] - program->w[e]);
        program->w[e] = fista->next[e];
    }
    for (int64_t i = 0; i < fista->n; i++) {
        fista->f_z[i] = fista->f_next[i] + ahead * (fista->f_next[i] - program->f[i]);
        program->f[i] = fista->f_next[i];
    }
    fista->momentum = momentum;
    if (turn > 0) restart(fista);
}

/* Takes next unless P rises by more than its rounding: then momentum starts again, and without momentum
 * nothing is left to gain: returns 0. (The gap is of first order in the distance to the optimum, P of
 * second, so the gap still shrinks where P no longer shows it.) */
static int accept(struct fista *fista) {
    struct cvxnn__restricted *program = fista->program;
    double objective = cvxnn__loss_value(program->instance, fista->f_next) +
                       program->instance->beta *
                           cvxnn__gated_penalty(program->count, program->instance->rows.d, fista->next);
    if (objective <= fista->least * (1 + ROUNDING)) {
        program->objective = objective;
        fista->least = fmin(fista->least, objective);
        extrapolate(fista);
        cvxnn__gated_note(program);
        return 1;
    }
    if (fista->momentum == 1) return 0;
    restart(fista);
    return 1;
}

static int32_t iterate(struct fista *fista, double target, int64_t most) {
    struct cvxnn__restricted *program = fista->program;
    double gap;
    int moved = 1;
    int32_t status = measure(fista, &gap);
    if (!status) status = guess_lipschitz(fista);
    restart(fista);
    fista->least = program->objective;
    for (int64_t s = 1; !status && moved && gap > target && s <= most; s++) {
        if (program->most_iterations && program->iterations >= program->most_iterations)
            return CVXNN_STOPPED_ITERATIONS;
        program->iterations++;
        status = step(fista);
        if (!status) moved = accept(fista);
        if (!status && s % GAP_EVERY == 0) status = measure(fista, &gap);
        if (!status) status = cvxnn__poll(program->context);
    }
    return status;
}

int32_t cvxnn__gated_fista(struct cvxnn__restricted *program, double target, int64_t most) {
    struct cvxnn__scope scope;
    struct fista fista;
    cvxnn__scope_open(&scope, program->context->memory);
    int32_t status = take(program, &scope, &fista);
    if (!status) status = iterate(&fista, target, most);
    cvxnn__scope_close(&scope);
    return status;
}
