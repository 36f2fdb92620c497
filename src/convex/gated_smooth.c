/*
 * A Newton step on the gated program with the penalty smoothed, primal and dual at once (Chan, Golub & Mulet
 * 1999, for total variation). Symbols as in gated_newton.h and gated_internal.h.
 *
 *   minimise F(f) + beta sum_q eta_q,   eta_q = sqrt(|w_q|^2 + mu_q^2):   g_q = beta z_q,   eta_q z_q = w_q
 *
 * Linearising both equations, with z taken from the gradient (z = g / beta, cut back to |z| <= 1), gives the
 * curvature (beta / eta)(I - z w' / eta), taken here as its part along v, the common direction of z and w:
 *
 *   a = beta / eta,   b = a (v'z)(v'w) / eta,   r = g - beta w / eta
 *
 * Where |z| < 1 the group keeps its curvature though w be large, so the steps hold while mu falls, which it
 * does with the duality gap, as in interior-point methods. All groups move at once, and none has to be
 * chosen.
 */
#include <math.h>
#include <string.h>

#include "convex/gated_newton.h"
#include "linalg/blas.h"

/* Slope left by the line search. */
static const double SLOPE = 0.3;

/* mu goes to a part of the gap per group: the part halves after a whole step and doubles after a short one.
 */
static const double FIRST_PART = 0.5, LEAST_PART = 0.05, MOST_PART = 1;

/* A group that has just joined begins with this part of the others' mean size, or it would take many steps to
 * grow; no step shrinks a group's mu to less than this part. */
static const double NEWCOMER = 0.1, SHRINK = 0.05;

/* Evaluations of the line search. */
enum { MOST_TRIES = 20 };

/* v, a, b and r of one group. */
static void curve(struct cvxnn__newton *newton, int64_t q) {
    int64_t d = newton->d;
    double mu = newton->program->mu[q];
    const double *w = newton->program->w + q * d, *g = newton->g + q * d;
    double beta = newton->program->instance->beta, eta = hypot(cvxnn__norm(d, w), mu);
    double most = fmax(beta, cvxnn__norm(d, g)), along_w = 0, along_z = 0, *v = newton->v + q * d;
    for (int64_t j = 0; j < d; j++) v[j] = w[j] / eta + g[j] / most;
    double norm = cvxnn__norm(d, v);
    for (int64_t j = 0; j < d; j++) v[j] = norm > 0 ? v[j] / norm : j == 0;
    for (int64_t j = 0; j < d; j++) {
        along_w += v[j] * w[j] / eta;
        along_z += v[j] * g[j] / most;
        newton->r[q * d + j] = g[j] - beta * w[j] / eta;
    }
    newton->a[q] = beta / eta;
    newton->b[q] = newton->a[q] * fmin(1, fmax(0, along_w * along_z));
}

/* Every mu on its way to the target. It rises only after short steps. */
static void smoothen(struct cvxnn__restricted *program, double target) {
    int64_t d = program->instance->rows.d, grown = 0;
    double size = 0;
    for (int64_t q = 0; q < program->count; q++) {
        double norm = cvxnn__norm(d, program->w + q * d);
        if (program->mu[q] > 0 && norm > program->mu[q]) grown++, size += norm;
    }
    double first = grown ? fmax(target, NEWCOMER * size / (double)grown) : target;
    for (int64_t q = 0; q < program->count; q++) {
        double *mu = program->mu + q;
        *mu = *mu == 0 ? first : fmin(*mu, fmax(SHRINK * *mu, target));
    }
}

/* A short step: mu was too small. */
static void roughen(struct cvxnn__restricted *program) {
    program->part_of_gap = fmin(MOST_PART, program->part_of_gap * 2);
    for (int64_t q = 0; q < program->count; q++) program->mu[q] *= 2;
}

/* The slope of the smoothed objective at w + t s. */
static double slope(struct cvxnn__newton *newton, double t) {
    const struct cvxnn__restricted *program = newton->program;
    double sum = 0;
    for (int64_t q = 0; q < newton->count; q++) {
        const double *w = program->w + q * newton->d, *s = newton->s + q * newton->d;
        double *x = newton->trial, norm, inner = 0;
        for (int64_t j = 0; j < newton->d; j++) x[j] = w[j] + t * s[j];
        norm = hypot(cvxnn__norm(newton->d, x), program->mu[q]);
        for (int64_t j = 0; j < newton->d; j++) inner += x[j] / norm * s[j];
        sum += inner;
    }
    for (int64_t i = 0; i < newton->n; i++) newton->f_trial[i] = program->f[i] + t * newton->change[i];
    cvxnn__loss_residual(program->instance, newton->f_trial, newton->rest);
    return program->instance->beta * sum - cvxnn__dot(newton->n, newton->rest, newton->change);
}

/* t in (0, 1] where the slope has become small or is still negative at 1; 0 when s leads uphill. */
static double search(struct cvxnn__newton *newton) {
    double first = slope(newton, 0), low = 0, high = 1, at_low = first, at_high = slope(newton, 1);
    if (!(first < 0)) return 0;
    double t = 1, at = at_high, enough = SLOPE * -first;
    for (int k = 0; k < MOST_TRIES && (t == 1 ? at > enough : !(fabs(at) <= enough)); k++) {
        t = low + (high - low) * fmin(0.9, fmax(0.1, at_low / (at_low - at_high)));
        at = slope(newton, t);
        if (at < 0)
            low = t, at_low = at;
        else
            high = t, at_high = at;
    }
    return t;
}

int32_t cvxnn__newton_smooth(struct cvxnn__newton *newton, int *moved) {
    struct cvxnn__restricted *program = newton->program;
    int64_t size = program->count * newton->d;
    if (program->part_of_gap == 0) program->part_of_gap = FIRST_PART;
    double mu = program->part_of_gap * newton->gap * program->best /
                (program->instance->beta * (double)program->count);
    *moved = 0;
    if (!(mu > 0 && isfinite(mu))) return CVXNN_OK;
    smoothen(program, mu);
    newton->count = program->count;
    newton->masks = program->masks;
    cvxnn__loss_curvature(program->instance, program->f, newton->curvature);
    for (int64_t q = 0; q < program->count; q++) curve(newton, q);
    for (int64_t i = 0; i < newton->n; i++) newton->guess[i] = newton->nu[i] - program->dual[i];
    int32_t status = cvxnn__newton_solve(newton);
    if (status) return status;
    double t = search(newton);
    if (t > 0.9) program->part_of_gap = fmax(LEAST_PART, program->part_of_gap / 2);
    if (t < 0.5) roughen(program);
    memcpy(newton->trial, program->w, (size_t)size * sizeof *newton->trial);
    cvxnn__axpy(size, t, newton->s, newton->trial);
    for (int64_t i = 0; i < newton->n; i++) newton->f_trial[i] = program->f[i] + t * newton->change[i];
    for (int64_t i = 0; i < newton->n; i++) newton->dual_trial[i] = newton->nu[i] - t * newton->y[i];
    newton->has_dual_g = newton->has_y;
    for (int64_t e = 0; newton->has_y && e < size; e++) newton->dual_g[e] = newton->g[e] - t * newton->y_g[e];
    double objective = cvxnn__newton_objective(newton);
    if (!(t > 0 && isfinite(objective))) return CVXNN_OK;
    cvxnn__newton_accept(newton, objective);
    *moved = 1;
    return CVXNN_OK;
}
