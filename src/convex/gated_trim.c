/*
 * Groups that are there only because Newton's method stopped on a smoothed penalty, which leaves nothing at
 * zero (gated_smooth.c). The smallest of them go, as many as the tolerance allows.
 */
#include <stdlib.h>
#include <string.h>

#include "convex/gated_internal.h"
#include "linalg/blas.h"

/* |g_q| < this times beta: the group would be zero at the optimum. */
static const double IDLE = 0.999;

struct idle {
    double size;
    int64_t q;
};

static int by_size(const void *a, const void *b) {
    const struct idle *u = a, *v = b;
    if (u->size != v->size) return u->size < v->size ? -1 : 1;
    return u->q < v->q ? -1 : 1;
}

static int64_t find_idle(const struct cvxnn__restricted *program, const double *g, struct idle *idle) {
    int64_t d = program->instance->rows.d, count = 0;
    for (int64_t q = 0; q < program->count; q++) {
        double size = cvxnn__norm(d, program->w + q * d);
        if (size > 0 && cvxnn__norm(d, g + program->pattern[q] * d) < IDLE * program->instance->beta)
            idle[count++] = (struct idle){size, q};
    }
    qsort(idle, (size_t)count, sizeof *idle, by_size);
    return count;
}

/* P without the first `count` of them; w (program's size) and f are what is left. */
static int32_t without(const struct cvxnn__restricted *program, const struct idle *idle, int64_t count,
                       double *w, double *f, double *objective) {
    const struct cvxnn__instance *instance = program->instance;
    int64_t d = instance->rows.d;
    memcpy(w, program->w, (size_t)(program->count * d) * sizeof *w);
    for (int64_t k = 0; k < count; k++) memset(w + idle[k].q * d, 0, (size_t)d * sizeof *w);
    int32_t status = cvxnn__masks_forward(program->context, &instance->rows, &program->masks, w, d, f);
    *objective = cvxnn__loss_value(instance, f) + instance->beta * cvxnn__gated_penalty(program->count, d, w);
    return status;
}

static int32_t drop(struct cvxnn__restricted *program, const struct idle *idle, int64_t count, double most,
                    double *w, double *f) {
    int64_t size = program->count * program->instance->rows.d, kept = 0, refused = count + 1;
    int32_t status = CVXNN_OK;
    while (!status && refused - kept > 1) {
        int64_t middle = refused > count ? count : (kept + refused) / 2;
        double objective;
        if ((status = without(program, idle, middle, w, f, &objective))) break;
        if (objective > most) {
            refused = middle;
            continue;
        }
        kept = middle;
        if (kept == count) refused = kept + 1;
        memcpy(program->best_w, w, (size_t)size * sizeof *w);
        program->best = objective;
    }
    return status;
}

int32_t cvxnn__gated_trim(struct cvxnn__restricted *program, const double *g, double most) {
    struct cvxnn__scope scope;
    cvxnn__scope_open(&scope, program->context->memory);
    struct idle *idle = cvxnn__take(&scope, program->count, 1, (int64_t)sizeof *idle);
    double *w = cvxnn__doubles(&scope, program->count, program->instance->rows.d);
    double *f = cvxnn__doubles(&scope, program->instance->rows.n, 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(program->context) : CVXNN_OK;
    int64_t count = status ? 0 : find_idle(program, g, idle);
    if (count) status = drop(program, idle, count, most, w, f);
    cvxnn__scope_close(&scope);
    return status;
}
