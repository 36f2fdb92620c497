/*
 * A semismooth Newton step on the restricted gated program (for the lasso Li, Sun & Toh 2018; for groups
 * Zhang, Zhang, Sun & Toh 2020). Symbols as in gated_newton.h and gated_internal.h.
 *
 * A proximal step of length sigma, u = w + sigma g, says which groups are active: those with |u_q| > sigma
 * beta, the others become zero. Newton's equation for w = prox(w + sigma g(w)) has on the active groups
 *
 *   v = u / |u|,   a = b = beta / (|u| - sigma beta),   r = X' D nu' - beta v - a (I - v v') w
 *
 * with nu' the residual once the others are zero. Near the optimum, where it is known which groups are
 * active, a few steps end it. Along the step the objective is convex and needs no product; a group that the
 * step carries past the origin is set to zero.
 */
#include <math.h>
#include <string.h>

#include "convex/gated_newton.h"
#include "linalg/blas.h"

/* Relative error of P that is taken for rounding; the part of the gap by which a whole step may end above the
 * best P: clipped groups leave the others to be adjusted by the next step. */
static const double ROUNDING = 1e-14, ALLOWANCE = 0.3;

/* The groups, with v, a and b; *drops groups lose what they have. */
static void choose(struct cvxnn__newton *newton, double sigma, int64_t *drops) {
    const struct cvxnn__restricted *program = newton->program;
    int64_t d = newton->d;
    double threshold = sigma * program->instance->beta;
    newton->count = *drops = 0;
    for (int64_t q = 0; q < program->count; q++) {
        const double *w = program->w + q * d, *g = newton->g + q * d;
        double *v = newton->v + newton->count * d;
        for (int64_t j = 0; j < d; j++) v[j] = w[j] + sigma * g[j];
        double norm = cvxnn__norm(d, v);
        if (norm > threshold) {
            for (int64_t j = 0; j < d; j++) v[j] /= norm;
            newton->a[newton->count] = newton->b[newton->count] = program->instance->beta /
                                                                  (norm - threshold);
            newton->group[newton->count++] = q;
        } else if (cvxnn__norm(d, w) > 0) {
            newton->dropped[(*drops)++] = q;
        }
    }
}

/* f = sum of D_q X w_q over `chosen` groups. */
static int32_t forward_some(struct cvxnn__newton *newton, const int64_t *chosen, int64_t count,
                            const double *w, double *f) {
    struct cvxnn__restricted *program = newton->program;
    struct cvxnn__scope scope;
    struct cvxnn__masks masks;
    cvxnn__scope_open(&scope, program->context->memory);
    double *some = cvxnn__doubles(&scope, count, newton->d);
    cvxnn__masks_select(&scope, &program->masks, chosen, count, &masks);
    int32_t status = scope.failed ? cvxnn__fail_memory(program->context) : CVXNN_OK;
    for (int64_t c = 0; !status && c < count; c++)
        memcpy(some + c * newton->d, w + chosen[c] * newton->d, (size_t)newton->d * sizeof *w);
    if (!status)
        status = cvxnn__masks_forward(program->context, &program->instance->rows, &masks, some, newton->d, f);
    cvxnn__scope_close(&scope);
    return status;
}

/* r; lost (n) = what the dropped groups gave to f. */
static int32_t right_hand_side(struct cvxnn__newton *newton, int64_t drops, double *lost) {
    struct cvxnn__restricted *program = newton->program;
    int64_t d = newton->d;
    int32_t status = CVXNN_OK;
    memset(lost, 0, (size_t)newton->n * sizeof *lost);
    if (drops) {
        status = forward_some(newton, newton->dropped, drops, program->w, lost);
        for (int64_t i = 0; !status && i < newton->n; i++)
            newton->rest[i] = newton->nu[i] + newton->curvature[i] * lost[i];
        if (!status)
            status = cvxnn__masks_gradient(program->context, &program->instance->rows, &newton->masks,
                                           newton->rest, newton->r, d);
    }
    for (int64_t p = 0; !status && p < newton->count; p++) {
        const double *v = newton->v + p * d, *w = program->w + newton->group[p] * d;
        double *r = newton->r + p * d, along = cvxnn__dot(d, v, w);
        if (!drops) memcpy(r, newton->g + newton->group[p] * d, (size_t)d * sizeof *r);
        for (int64_t j = 0; j < d; j++)
            r[j] -= program->instance->beta * v[j] + newton->a[p] * (w[j] - along * v[j]);
    }
    return status;
}

/* The trial at t of the way, dropped groups included. */
static double at(struct cvxnn__newton *newton, int64_t drops, const double *lost, double t) {
    const struct cvxnn__restricted *program = newton->program;
    int64_t d = newton->d;
    memcpy(newton->trial, program->w, (size_t)(program->count * d) * sizeof *newton->trial);
    for (int64_t p = 0; p < newton->count; p++)
        cvxnn__axpy(d, t, newton->s + p * d, newton->trial + newton->group[p] * d);
    for (int64_t c = 0; c < drops; c++)
        for (int64_t j = 0; j < d; j++) newton->trial[newton->dropped[c] * d + j] *= 1 - t;
    for (int64_t i = 0; i < newton->n; i++)
        newton->f_trial[i] = program->f[i] + t * (newton->change[i] - lost[i]);
    for (int64_t i = 0; i < newton->n; i++)
        newton->dual_trial[i] = newton->nu[i] - t * (newton->y[i] - newton->curvature[i] * lost[i]);
    return cvxnn__newton_objective(newton);
}

/* Groups of the trial that were carried past the origin become zero. */
static int32_t clip(struct cvxnn__newton *newton, int64_t drops) {
    int64_t d = newton->d, crossed = 0, *past = newton->dropped + drops; /* count + drops fit */
    for (int64_t p = 0; p < newton->count; p++)
        if (cvxnn__dot(d, newton->trial + newton->group[p] * d, newton->v + p * d) <= 0)
            past[crossed++] = newton->group[p];
    if (crossed == 0) return CVXNN_OK;
    int32_t status = forward_some(newton, past, crossed, newton->trial, newton->rest);
    for (int64_t i = 0; !status && i < newton->n; i++) newton->f_trial[i] -= newton->rest[i];
    for (int64_t c = 0; c < crossed; c++)
        memset(newton->trial + past[c] * d, 0, (size_t)d * sizeof *newton->trial);
    return status;
}

/* The whole step, clipped, or else half, a quarter, ... of it until P falls. */
static int32_t search(struct cvxnn__newton *newton, int64_t drops, const double *lost, int *moved) {
    double most = newton->program->objective * (1 + ROUNDING), t = 1;
    double allowed = newton->program->best * (1 + ALLOWANCE * fmax(0, newton->gap));
    at(newton, drops, lost, 1);
    int32_t status = clip(newton, drops);
    if (status) return status;
    double objective = cvxnn__newton_objective(newton);
    most = objective <= allowed ? fmax(most, allowed) : most;
    while (!(objective <= most) && (t /= 2) > 1e-2) objective = at(newton, drops, lost, t);
    if (!(objective <= most)) return CVXNN_OK;
    cvxnn__newton_accept(newton, objective);
    *moved = t == 1; /* a short step means that the groups are not yet settled */
    return CVXNN_OK;
}

static int32_t solve(struct cvxnn__newton *newton, int64_t drops, double *lost, int *moved) {
    int32_t status = right_hand_side(newton, drops, lost);
    memset(newton->change, 0, (size_t)newton->n * sizeof *newton->change);
    for (int64_t i = 0; i < newton->n; i++)
        newton->guess[i] = newton->nu[i] + newton->curvature[i] * lost[i] - newton->program->dual[i];
    if (!status && newton->count) status = cvxnn__newton_solve(newton);
    return status ? status : search(newton, drops, lost, moved);
}

int32_t cvxnn__newton_semismooth(struct cvxnn__newton *newton, double sigma, int *moved) {
    struct cvxnn__restricted *program = newton->program;
    struct cvxnn__scope scope;
    int64_t drops;
    *moved = 0;
    choose(newton, sigma, &drops);
    cvxnn__loss_curvature(program->instance, program->f, newton->curvature);
    cvxnn__scope_open(&scope, program->context->memory);
    double *lost = cvxnn__doubles(&scope, newton->n, 1);
    cvxnn__masks_select(&scope, &program->masks, newton->group, newton->count, &newton->masks);
    int32_t status = scope.failed ? cvxnn__fail_memory(program->context) : solve(newton, drops, lost, moved);
    cvxnn__scope_close(&scope);
    return status;
}
