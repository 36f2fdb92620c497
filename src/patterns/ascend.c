/*
 * Exact ascents of pricing (price.h): local maxima of
 *
 *   phi(u) = sign sum_i nu_i (x_i . u)_+ - |u|^2 / 2.
 *
 * Inside a cell phi rises to u = g, g = sign X' D(u) nu, and along walls to g's projection on them: one step
 * p would do, were there no other kinks on the way. On the ray u + t p phi is piecewise quadratic; from kink
 * to kink phi' drops by t |p|^2 and jumps by sign nu_i |x_i . p|, and its first zero is found by going
 * through them in order. Where p = 0, walls that do not hold are left. Many ascents advance together, so that
 * X is multiplied with all of them at once; between the products each is a task of its own, and where one
 * ends the next start takes its place.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/blas.h"
#include "patterns/kinks.h"
#include "patterns/price.h"

enum { TOGETHER = 32, A_LINE = 8, MOST_STEPS = 200 };
static const double AT_KINK = 1e-12, CONVERGED = 1e-11;

struct kink {
    double t, jump;
};

struct ascent {
    int64_t number, steps; /* of its start; taken */
    int done;
    double sign, value;
    double *u, *p; /* d */
    struct cvxnn__kinks kinks;
    struct kink *on_ray; /* n */
};

struct group {
    struct cvxnn__context *context;
    const struct cvxnn__rows *rows;
    const double *norms, *nu;
    struct cvxnn__scope scope;
    int64_t n, d, count;
    struct ascent *ascent;
    double *vectors, *pulls;   /* count x d */
    double *products, *slopes; /* n x count */
};

static int32_t open_group(struct group *group, int64_t most) {
    struct cvxnn__scope *scope = &group->scope;
    group->ascent = cvxnn__take(scope, most, 1, (int64_t)sizeof *group->ascent);
    group->vectors = cvxnn__doubles(scope, most, group->d);
    group->pulls = cvxnn__doubles(scope, most, group->d);
    group->products = cvxnn__doubles(scope, group->n, most);
    group->slopes = cvxnn__doubles(scope, group->n, most);
    for (int64_t k = 0; !scope->failed && k < most; k++) {
        struct ascent *ascent = group->ascent + k;
        ascent->u = cvxnn__doubles(scope, group->d, 1);
        ascent->p = cvxnn__doubles(scope, group->d, 1);
        ascent->on_ray = cvxnn__take(scope, group->n, 1, (int64_t)sizeof *ascent->on_ray);
        cvxnn__kinks_take(scope, group->rows, group->norms, &ascent->kinks);
    }
    return scope->failed ? cvxnn__fail_memory(group->context) : CVXNN_OK;
}

/* States of the rows at u, and the loads nu_i 1[on] into slopes: of the ascents whose products lie in one
 * line of the cache, row by row. */
static void look(void *argument, int64_t line) {
    struct group *group = argument;
    int64_t first = line * A_LINE, left = group->count - first, width = left < A_LINE ? left : A_LINE;
    double near[A_LINE];
    int changed[A_LINE] = {0};
    for (int64_t k = 0; k < width; k++) near[k] = AT_KINK * cvxnn__norm(group->d, group->ascent[first + k].u);
    for (int64_t i = 0; i < group->n; i++) {
        const double *products = group->products + i * group->count + first;
        double *loads = group->slopes + i * group->count + first;
        for (int64_t k = 0; k < width; k++) {
            unsigned char *state = group->ascent[first + k].kinks.state + i;
            int at_kink = group->norms[i] > 0 && fabs(products[k]) <= near[k] * group->norms[i];
            int next = at_kink ? CVXNN__ROW_WALL : products[k] > 0 ? CVXNN__ROW_ON : CVXNN__ROW_OFF;
            changed[k] |= (next ^ *state) & CVXNN__ROW_WALL;
            *state = (unsigned char)next;
            loads[k] = next == CVXNN__ROW_ON ? group->nu[i] : 0;
        }
    }
    for (int64_t k = 0; k < width; k++)
        if (changed[k]) cvxnn__kinks_gather(&group->ascent[first + k].kinks);
}

/* h(u) and p: the step to the maximum along the walls; where that is none, along those that remain after a
 * release. u is put at its best length. Done where there is no step, or have been enough. */
static void aim(void *argument, int64_t k) {
    struct group *group = argument;
    struct ascent *ascent = group->ascent + k;
    int64_t d = group->d;
    double *g = group->pulls + k * d, *p = ascent->p, size = cvxnn__norm(d, ascent->u);
    for (int64_t e = 0; e < d; e++) g[e] *= ascent->sign;
    ascent->value = size > 0 ? cvxnn__dot(d, g, ascent->u) / size : 0;
    ascent->done = !(ascent->value > 0) || ascent->steps == MOST_STEPS;
    if (ascent->done) return;
    for (int64_t e = 0; e < d; e++) {
        ascent->u[e] *= ascent->value / size;
        p[e] = g[e] - ascent->u[e];
    }
    for (int64_t i = 0; i < group->n; i++) group->products[i * group->count + k] *= ascent->value / size;
    memcpy(g, p, (size_t)d * sizeof *g);
    cvxnn__kinks_flatten(&ascent->kinks, p);
    double least = CONVERGED * cvxnn__norm(d, ascent->u);
    if (cvxnn__norm(d, p) > least) return;
    double length = cvxnn__kinks_release(&ascent->kinks, group->nu, ascent->sign, 0, g, least, p);
    ascent->done = !(length > least);
}

/* ---- The kinks on a ray, as a heap with the nearest on top: few of them are met ------------------------ */

static void sift(struct kink *heap, int64_t count, int64_t at) {
    struct kink moved = heap[at];
    for (int64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1].t < heap[child].t) child++;
        if (moved.t <= heap[child].t) break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static void drop_nearest(struct kink *heap, int64_t *count) {
    heap[0] = heap[--*count];
    if (*count > 0) sift(heap, *count, 0);
}

static void push(struct ascent *ascent, int64_t *kinks, double a, double b, double load) {
    ascent->on_ray[(*kinks)++] = (struct kink){.t = -a / b, .jump = load * fabs(b)};
}

/* phi'(0+) into slope, and the kinks with t <= 1 on the rays, for `width` ascents side by side: the sums
 * without a branch, which compilers do with vectors. */
static inline void begin_rays(struct group *group, int64_t first, int64_t width, double *slope,
                              int64_t *kinks) {
    double near[A_LINE], sum[A_LINE] = {0};
    for (int64_t k = 0; k < width; k++) {
        const struct ascent *ascent = group->ascent + first + k;
        near[k] = AT_KINK * ascent->value;
        kinks[k] = 0;
        for (int64_t w = 0; w < ascent->kinks.count; w++) /* nothing but rounding */
            group->slopes[ascent->kinks.wall[w] * group->count + first + k] = 0;
    }
    for (int64_t i = 0; i < group->n; i++) {
        const double *a = group->products + i * group->count + first;
        const double *b = group->slopes + i * group->count + first;
        double norm = group->norms[i], nu = group->nu[i];
        int met[A_LINE], any = 0;
        for (int64_t k = 0; k < width; k++) {
            int released = fabs(a[k]) <= near[k] * norm;
            sum[k] += (released ? b[k] : a[k]) > 0 ? nu * b[k] : 0;
            met[k] = !released & (a[k] * b[k] < 0) & (fabs(a[k]) <= fabs(b[k]));
        }
        for (int64_t k = 0; k < width; k++) any |= met[k];
        for (int64_t k = 0; any && k < width; k++) {
            struct ascent *ascent = group->ascent + first + k;
            if (met[k]) push(ascent, kinks + k, a[k], b[k], ascent->sign * nu);
        }
    }
    for (int64_t k = 0; k < width; k++) {
        const struct ascent *ascent = group->ascent + first + k;
        slope[k] = ascent->sign * sum[k] - cvxnn__dot(group->d, ascent->u, ascent->p);
    }
}

/* The kinks with t > 1 on the ray of ascent k, on its empty heap: few rays get there. */
static int64_t go_on(const struct group *group, int64_t k) {
    struct ascent *ascent = group->ascent + k;
    int64_t kinks = 0;
    for (int64_t i = 0; i < group->n; i++) {
        double a = group->products[i * group->count + k], b = group->slopes[i * group->count + k];
        if (a * b < 0 && fabs(a) > fabs(b)) push(ascent, &kinks, a, b, ascent->sign * group->nu[i]);
    }
    return kinks;
}

static void make_heap(struct ascent *ascent, int64_t kinks) {
    for (int64_t at = kinks / 2; at-- > 0;) sift(ascent->on_ray, kinks, at);
}

/* To the first maximum on the ray of ascent k. */
static void follow(struct group *group, int64_t k, double slope, int64_t kinks) {
    struct ascent *ascent = group->ascent + k;
    double bend = cvxnn__dot(group->d, ascent->p, ascent->p), t = 0;
    int all = 0;
    make_heap(ascent, kinks);
    ascent->done = !(slope > 0);
    while (!ascent->done) {
        double zero = slope / bend;
        if (kinks == 0 && !all && zero > 1) {
            all = 1;
            make_heap(ascent, kinks = go_on(group, k));
        }
        t = kinks > 0 ? fmin(zero, ascent->on_ray[0].t) : zero;
        if (kinks == 0 || zero <= t) break;
        slope += ascent->on_ray[0].jump;
        if (slope <= t * bend) break;
        drop_nearest(ascent->on_ray, &kinks);
    }
    cvxnn__axpy(group->d, t, ascent->p, ascent->u);
    cvxnn__kinks_flatten(&ascent->kinks, ascent->u);
}

/* The ascents whose products lie in one line of the cache. */
static void follow_line(void *argument, int64_t line) {
    struct group *group = argument;
    int64_t first = line * A_LINE, left = group->count - first, kinks[A_LINE];
    double slope[A_LINE];
    if (left >= A_LINE)
        begin_rays(group, first, A_LINE, slope, kinks);
    else
        begin_rays(group, first, left, slope, kinks);
    for (int64_t k = 0; k < left && k < A_LINE; k++)
        if (!group->ascent[first + k].done) follow(group, first + k, slope[k], kinks[k]);
}

static int32_t times(struct group *group, int steps, double *out) {
    int64_t d = group->d;
    for (int64_t k = 0; k < group->count; k++)
        memcpy(group->vectors + k * d, steps ? group->ascent[k].p : group->ascent[k].u,
               (size_t)d * sizeof(double));
    return cvxnn__rows_times(group->context, group->rows, group->count, group->vectors, d, out, group->count);
}

/* One step of every ascent; a stop comes before it, while the values are those of the u. */
static int32_t advance(struct group *group) {
    struct cvxnn__team *team = group->context->team;
    int32_t status = times(group, 0, group->products);
    if (status) return status;
    int64_t lines = (group->count + A_LINE - 1) / A_LINE;
    cvxnn__run(team, lines, look, group);
    status = cvxnn__rows_transposed_times(group->context, group->rows, group->count, group->slopes,
                                          group->count, group->pulls, group->d);
    if (status) return status;
    cvxnn__run(team, group->count, aim, group);
    if ((status = cvxnn__poll(group->context))) return status;
    if ((status = times(group, 1, group->slopes))) return status;
    cvxnn__run(team, lines, follow_line, group);
    for (int64_t k = 0; k < group->count; k++) group->ascent[k].steps++;
    return CVXNN_OK;
}

/* The ascent of start `number` joins the group. */
static void begin(struct group *group, int64_t number, const double *u, double sign) {
    struct ascent *ascent = group->ascent + group->count++;
    ascent->number = number;
    ascent->steps = ascent->done = 0;
    ascent->sign = sign;
    ascent->value = 0;
    memcpy(ascent->u, u, (size_t)group->d * sizeof *u);
    memset(ascent->p, 0, (size_t)group->d * sizeof *u);
    memset(ascent->kinks.state, 0, (size_t)group->n);
    cvxnn__kinks_gather(&ascent->kinks);
}

/* Ascent k leaves it with what it reached; the last one takes its place. */
static void end(struct group *group, int64_t k, double *u, double *value) {
    struct ascent ascent = group->ascent[k];
    int64_t d = group->d;
    double size = cvxnn__norm(d, ascent.u);
    value[ascent.number] = size > 0 ? ascent.value : 0;
    for (int64_t e = 0; size > 0 && e < d; e++) u[ascent.number * d + e] = ascent.u[e] / size;
    group->ascent[k] = group->ascent[--group->count];
    group->ascent[group->count] = ascent;
}

int32_t cvxnn__ascend(struct cvxnn__context *context, const struct cvxnn__rows *rows, const double *norms,
                      const double *nu, int64_t count, double *u, const double *sign, double *value) {
    struct group group = {
        .context = context, .rows = rows, .norms = norms, .nu = nu, .n = rows->n, .d = rows->d};
    int64_t most = count < TOGETHER ? count : TOGETHER, next = 0;
    if (count == 0) return CVXNN_OK;
    cvxnn__scope_open(&group.scope, context->memory);
    int32_t status = open_group(&group, most);
    while (!status && (next < count || group.count > 0)) {
        for (; group.count < most && next < count; next++)
            begin(&group, next, u + next * rows->d, sign[next]);
        status = advance(&group);
        for (int64_t k = group.count; status >= 0 && k-- > 0;)
            if (status > 0 || group.ascent[k].done) end(&group, k, u, value);
    }
    cvxnn__scope_close(&group.scope);
    return status;
}
