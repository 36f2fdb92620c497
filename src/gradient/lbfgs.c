/*
 * Limited-memory BFGS (Liu & Nocedal 1989; Nocedal & Wright 2006, algorithm 7.4), with the line search of
 * Lewis & Overton (2013, algorithm 2.6), which needs no smoothness: it brackets a step that satisfies the
 * weak Wolfe conditions by doubling and bisection,
 *
 *   f(x + t p) <= f(x) + 1e-4 t g.p     and     g(x + t p).p >= 0.9 g.p.
 *
 * Stops when an iteration decreases f by at most `decrease` and the next one, along the plain negative
 * gradient with an empty memory, does no better: near kinks, curvature that was learnt on one side misleads
 * on the other.
 */
#include <math.h>
#include <string.h>

#include "gradient/descent.h"
#include "linalg/blas.h"

enum { PAIRS = 20, MOST_TRIALS = 60 };
static const double SUFFICIENT = 1e-4, CURVATURE = 0.9;

/* Arrays of `length` numbers; the point itself is descent->x. */
struct lbfgs {
    double *g, *p;           /* gradient, direction */
    double *trial, *trial_g; /* a point of the line search and its gradient */
    double *s, *y;           /* PAIRS x length: steps and changes of gradient, in a ring */
    double rho[PAIRS];       /* 1 / (s . y) */
    int64_t held, next;      /* pairs in use; place of the next one */
    double reach;            /* length of the last step */
};

/* Pair number k, counted back from the newest, which is 0. */
static int64_t place(const struct lbfgs *lbfgs, int64_t k) {
    return (lbfgs->next - 1 - k + 2 * PAIRS) % PAIRS;
}

/* p = -H g by the two-loop recursion; with no pairs, -g. */
static void set_direction(struct lbfgs *lbfgs, int64_t length) {
    double alpha[PAIRS], *p = lbfgs->p;
    for (int64_t e = 0; e < length; e++) p[e] = -lbfgs->g[e];
    for (int64_t k = 0; k < lbfgs->held; k++) {
        int64_t at = place(lbfgs, k);
        alpha[k] = lbfgs->rho[at] * cvxnn__dot(length, lbfgs->s + at * length, p);
        cvxnn__axpy(length, -alpha[k], lbfgs->y + at * length, p);
    }
    if (lbfgs->held > 0) { /* H_0 = (s . y / y . y) I of the newest pair */
        const double *y = lbfgs->y + place(lbfgs, 0) * length;
        double scale = 1 / (lbfgs->rho[place(lbfgs, 0)] * cvxnn__dot(length, y, y));
        for (int64_t e = 0; e < length; e++) p[e] *= scale;
    }
    for (int64_t k = lbfgs->held; k-- > 0;) {
        int64_t at = place(lbfgs, k);
        double correction = alpha[k] - lbfgs->rho[at] * cvxnn__dot(length, lbfgs->y + at * length, p);
        cvxnn__axpy(length, correction, lbfgs->s + at * length, p);
    }
}

/* Keeps the step from x to trial, unless rounding left no curvature in it. */
static void remember(struct lbfgs *lbfgs, int64_t length, const double *x) {
    double *s = lbfgs->s + lbfgs->next * length, *y = lbfgs->y + lbfgs->next * length;
    for (int64_t e = 0; e < length; e++) {
        s[e] = lbfgs->trial[e] - x[e];
        y[e] = lbfgs->trial_g[e] - lbfgs->g[e];
    }
    double curvature = cvxnn__dot(length, s, y), size = cvxnn__norm(length, s);
    lbfgs->reach = size;
    if (!(curvature > 1e-14 * size * cvxnn__norm(length, y))) return;
    lbfgs->rho[lbfgs->next] = 1 / curvature;
    lbfgs->next = (lbfgs->next + 1) % PAIRS;
    if (lbfgs->held < PAIRS) lbfgs->held++;
}

static int32_t try_step(const struct cvxnn__descent *descent, struct lbfgs *lbfgs, double t, double *value) {
    for (int64_t e = 0; e < descent->length; e++) lbfgs->trial[e] = descent->x[e] + t * lbfgs->p[e];
    return descent->evaluate(descent->argument, lbfgs->trial, value, lbfgs->trial_g);
}

/* A point on the ray that lowers the value, in trial; *found = 0 when there is none. The bracket's lower end
 * satisfies the first condition, its upper end does not. */
static int32_t search(const struct cvxnn__descent *descent, struct lbfgs *lbfgs, double slope, double t,
                      double *value, int *found) {
    double low = 0, high = INFINITY;
    *found = 0;
    for (int k = 0; k < MOST_TRIALS; k++) {
        int32_t status = try_step(descent, lbfgs, t, value);
        if (status) return status;
        if (!(*value < descent->value && *value <= descent->value + SUFFICIENT * t * slope)) {
            high = t;
        } else if (!(cvxnn__dot(descent->length, lbfgs->trial_g, lbfgs->p) >= CURVATURE * slope)) {
            low = t;
        } else {
            *found = 1;
            return CVXNN_OK;
        }
        t = isfinite(high) ? 0.5 * (low + high) : 2 * t;
    }
    if (low == 0) return CVXNN_OK;
    *found = 1;
    return try_step(descent, lbfgs, low, value);
}

/* One iteration; *stalled when it found nothing better or no more than `decrease`. */
static int32_t iterate(struct cvxnn__descent *descent, struct lbfgs *lbfgs, int *stalled) {
    int64_t length = descent->length;
    double value;
    int found;
    set_direction(lbfgs, length);
    double slope = cvxnn__dot(length, lbfgs->g, lbfgs->p), size = cvxnn__norm(length, lbfgs->p);
    *stalled = 1;
    if (!(slope < 0)) return CVXNN_OK;
    int32_t status = search(descent, lbfgs, slope,
                            lbfgs->held > 0 || lbfgs->reach == 0 ? 1 : lbfgs->reach / size, &value, &found);
    if (status || !found) return status;
    *stalled = cvxnn__descent_stalled(descent, descent->value, value);
    remember(lbfgs, length, descent->x);
    memcpy(descent->x, lbfgs->trial, (size_t)length * sizeof(double));
    memcpy(lbfgs->g, lbfgs->trial_g, (size_t)length * sizeof(double));
    descent->value = value;
    return CVXNN_OK;
}

static int32_t descend(struct cvxnn__descent *descent, struct lbfgs *lbfgs) {
    double value;
    int32_t status = descent->evaluate(descent->argument, descent->x, &value, lbfgs->g);
    if (status) return status;
    descent->value = value;
    lbfgs->reach = 0.1 * cvxnn__norm(descent->length, descent->x);
    while (!status) {
        int stalled, plain = lbfgs->held == 0;
        status = iterate(descent, lbfgs, &stalled);
        if (status) return status;
        status = cvxnn__descent_count(descent);
        if (stalled && plain) return CVXNN_OK;
        if (stalled) lbfgs->held = 0;
    }
    return status;
}

int32_t cvxnn__descend_lbfgs(struct cvxnn__descent *descent) {
    struct cvxnn__scope scope;
    int64_t length = descent->length;
    struct lbfgs lbfgs = {.held = 0};
    descent->value = INFINITY;
    cvxnn__scope_open(&scope, descent->context->memory);
    lbfgs.g = cvxnn__doubles(&scope, length, 1);
    lbfgs.p = cvxnn__doubles(&scope, length, 1);
    lbfgs.trial = cvxnn__doubles(&scope, length, 1);
    lbfgs.trial_g = cvxnn__doubles(&scope, length, 1);
    lbfgs.s = cvxnn__doubles(&scope, PAIRS, length);
    lbfgs.y = cvxnn__doubles(&scope, PAIRS, length);
    int32_t status = scope.failed ? cvxnn__fail_memory(descent->context) : descend(descent, &lbfgs);
    cvxnn__scope_close(&scope);
    return status;
}
