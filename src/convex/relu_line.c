/*
 * The line search of the ReLU program (relu.h). Along the steps p_j the objective
 *
 *   P(t) = F(f(t)) + beta sum_j |v_j + t p_j|,   f_i(t) = sum_j s_j (x_i . v_j + t x_i . p_j)_+
 *
 * is smooth between the t where some x_i . (v_j + t p_j) = 0. An interval in which P' turns from falling to
 * rising is found by bisection, of t at first, so that few of those are left to be sorted, then over them;
 * either one of its ends is a kink at which P' jumps past zero, or a zero of P' inside it is found by secant
 * steps. Where cones are fixed f is linear and the first wall ends the search.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convex/relu.h"
#include "linalg/blas.h"

enum { MOST_STEPS = 60, HALVINGS = 10, LANES = 8 };
static const double ROUNDING = 8 * DBL_EPSILON;
enum side { BEFORE = -1, AFTER = 1 };

struct line {
    struct cvxnn__relu *relu;
    struct cvxnn__scope scope;
    double most;                  /* the largest t to be tried */
    int64_t through;              /* the neuron that most belongs to, or -1 */
    double *f, *slope;            /* n: f(t) and f'(t) */
    double *start;                /* n: f(0), where cones are fixed */
    double *sign;                 /* count */
    double *square, *cross, *own; /* count: |v|^2, v . p, |p|^2 */
    double low, high;             /* between which the minimum is */
    int64_t kinks;
    double *kink; /* the t of the kinks in (low, high), ascending */
};

/* Where cones are fixed f is linear: f(0) and f'. */
static void begin_fixed(struct line *line) {
    const struct cvxnn__relu *relu = line->relu;
    int64_t count = relu->count;
    memset(line->start, 0, (size_t)relu->n * sizeof(double));
    memset(line->slope, 0, (size_t)relu->n * sizeof(double));
    for (int64_t j = 0; j < count; j++) {
        const unsigned char *state = relu->neuron[j]->kinks.state;
        for (int64_t i = 0; i < relu->n; i++) {
            if (state[i] != CVXNN__ROW_ON) continue;
            line->start[i] += line->sign[j] * relu->products[i * count + j];
            line->slope[i] += line->sign[j] * relu->slopes[i * count + j];
        }
    }
}

/* Adds f_i(t) and f_i'(t) of LANES neurons at one row: in small loops without a branch, which compilers do
 * with vectors. A row at its kink up to rounding is on when it will be, or was, on that side. */
static inline void add_lanes(const double *a, const double *b, const double *sign, double t, double side,
                             double *f, double *slope) {
    double z[LANES], on[LANES];
    for (int k = 0; k < LANES; k++) z[k] = a[k] + t * b[k];
    for (int k = 0; k < LANES; k++) {
        double least = copysign(ROUNDING * (fabs(a[k]) + t * fabs(b[k])) + DBL_MIN, -side * b[k]);
        on[k] = sign[k] * (0.5 + copysign(0.5, z[k] - least));
    }
    for (int k = 0; k < LANES; k++) f[k] += on[k] * z[k];
    for (int k = 0; k < LANES; k++) slope[k] += on[k] * b[k];
}

static void sum_row(int64_t count, const double *a, const double *b, const double *sign, double t,
                    enum side side, double *f, double *slope) {
    double outputs[LANES] = {0}, slopes[LANES] = {0}, rest[3][LANES] = {{0}};
    int64_t j = 0, left = count % LANES;
    for (; j + LANES <= count; j += LANES)
        add_lanes(a + j, b + j, sign + j, t, (double)side, outputs, slopes);
    for (int64_t k = 0; k < left; k++) rest[0][k] = a[j + k], rest[1][k] = b[j + k], rest[2][k] = sign[j + k];
    if (left > 0) add_lanes(rest[0], rest[1], rest[2], t, (double)side, outputs, slopes);
    *f = *slope = 0;
    for (int k = 0; k < LANES; k++) *f += outputs[k], *slope += slopes[k];
}

/* P'(t) on one side of t; P(t) in *value. */
static double derivative(struct line *line, double t, enum side side, double *value) {
    const struct cvxnn__relu *relu = line->relu;
    int64_t count = relu->count;
    double penalty = 0, sum = 0;
    for (int64_t i = 0; i < relu->n; i++) {
        if (relu->fixed)
            line->f[i] = line->start[i] + t * line->slope[i];
        else
            sum_row(count, relu->products + i * count, relu->slopes + i * count, line->sign, t, side,
                    line->f + i, line->slope + i);
    }
    *value = cvxnn__loss_value(relu->instance, line->f);
    cvxnn__loss_residual(relu->instance, line->f, line->f);
    for (int64_t j = 0; j < count; j++) {
        double size = sqrt(fmax(line->square[j] + t * (2 * line->cross[j] + t * line->own[j]), 0));
        penalty += size;
        if (size > 0) sum += (line->cross[j] + t * line->own[j]) / size;
    }
    *value += relu->instance->beta * penalty;
    return relu->instance->beta * sum - cvxnn__dot(relu->n, line->f, line->slope);
}

/* ---- Kinks along the way ---------------------------------------------------------------------------- */

/* The t at which the first row meets the wall of its fixed cone, or INFINITY; one may have to stop at once.
 */
static double first_wall(const struct cvxnn__relu *relu) {
    double first = INFINITY;
    for (int64_t j = 0; j < relu->count; j++) {
        const unsigned char *state = relu->neuron[j]->kinks.state;
        for (int64_t i = 0; i < relu->n; i++) {
            double inward = state[i] & CVXNN__ROW_ON ? 1 : -1;
            double b = inward * relu->slopes[i * relu->count + j];
            if (!(b < 0) || relu->norms[i] == 0) continue;
            double a = inward * relu->products[i * relu->count + j];
            if (a + first * b < 0 || first == INFINITY) first = fmin(fmax(-a / b, 0), first);
        }
    }
    return first;
}

int32_t cvxnn__relu_slopes(struct cvxnn__relu *relu) {
    int64_t count = relu->count, d = relu->d;
    for (int64_t j = 0; j < count; j++)
        for (int64_t e = 0; e < d; e++) relu->vectors[j * d + e] = relu->neuron[j]->step[e];
    int32_t status = cvxnn__rows_times(relu->context, &relu->instance->rows, count, relu->vectors, d,
                                       relu->slopes, count);
    for (int64_t i = 0; !status && i < relu->n; i++)
        for (int64_t j = 0; j < count; j++)
            if (relu->neuron[j]->kinks.state[i] & CVXNN__ROW_WALL) relu->slopes[i * count + j] = 0;
    return status;
}

/* The longest step that turns no neuron around: (v + t p) . v >= 0. */
static void limit(struct line *line) {
    const struct cvxnn__relu *relu = line->relu;
    line->most = 1;
    line->through = -1;
    for (int64_t j = 0; j < relu->count; j++) {
        const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        line->sign[j] = neuron->sign;
        line->square[j] = cvxnn__dot(relu->d, neuron->v, neuron->v);
        line->cross[j] = cvxnn__dot(relu->d, neuron->v, neuron->step);
        line->own[j] = cvxnn__dot(relu->d, neuron->step, neuron->step);
        if (line->square[j] + line->most * line->cross[j] >= 0) continue;
        line->most = -line->square[j] / line->cross[j];
        line->through = j;
    }
}

/* The first wall of a fixed cone ends the search. */
static void stop_at_wall(struct line *line) {
    double first = first_wall(line->relu);
    if (first >= line->most) return;
    line->most = first;
    line->through = -1;
}

static int ascending(const void *x, const void *y) {
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* The kinks in (low, high) of row i, into kink unless that is NULL; how many they are. Cones are free. */
static int64_t kinks_of_row(const struct line *line, int64_t i, double *kink) {
    const struct cvxnn__relu *relu = line->relu;
    const double *a = relu->products + i * relu->count, *b = relu->slopes + i * relu->count;
    int64_t count = 0;
    for (int64_t j = 0; j < relu->count; j++) {
        double most = line->high * fabs(b[j]), least = line->low * fabs(b[j]), size = fabs(a[j]);
        if (!(a[j] * b[j] < 0) || !(size < most) || !(size > least)) continue;
        if (kink) kink[count] = size / fabs(b[j]);
        count++;
    }
    return count;
}

static int32_t sort_kinks(struct line *line) {
    const struct cvxnn__relu *relu = line->relu;
    int64_t count = 0;
    for (int64_t i = 0; i < relu->n; i++)
        if (relu->norms[i] > 0) count += kinks_of_row(line, i, NULL);
    line->kink = cvxnn__doubles(&line->scope, count, 1);
    if (!line->kink) return cvxnn__fail_memory(relu->context);
    for (int64_t i = 0; i < relu->n; i++)
        if (relu->norms[i] > 0) line->kinks += kinks_of_row(line, i, line->kink + line->kinks);
    qsort(line->kink, (size_t)count, sizeof *line->kink, ascending);
    return CVXNN_OK;
}

/* ---- The first minimum --------------------------------------------------------------------------------- */

/* A zero of P' in (low, high), where it is smooth: falling after low, rising before high. */
static double zero_between(struct line *line, double low, double high, double falling, double rising) {
    double t = high;
    for (int step = 0; step < MOST_STEPS; step++) {
        double width = high - low, value;
        t = step % 3 == 2 ? 0.5 * (low + high) : low + width * (falling / (falling - rising));
        if (!(t > low && t < high)) return 0.5 * (low + high);
        double slope = derivative(line, t, AFTER, &value);
        if (slope == 0) return t;
        if (slope < 0)
            low = t, falling = slope;
        else
            high = t, rising = slope;
        if (high - low <= 1e-10 * high) break;
    }
    return t;
}

static double point(const struct line *line, int64_t k) {
    return k == 0 ? line->low : k <= line->kinks ? line->kink[k - 1] : line->high;
}

/* Of points low, kinks, high: P falls after the first one, with slope `falling`, and is not above `start`
 * there, one or the other fails after the last one. */
static double search_kinks(struct line *line, double start, double falling) {
    int64_t low = 0, high = line->kinks + 1;
    double value;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        double slope = derivative(line, point(line, middle), AFTER, &value);
        if (slope < 0 && value <= start)
            low = middle, falling = slope;
        else
            high = middle;
    }
    double rising = derivative(line, point(line, high), BEFORE, &value);
    if (rising <= 0 && value <= start) return point(line, high);
    if (point(line, high) <= point(line, low)) return point(line, low);
    if (rising <= 0) return 0.5 * (point(line, low) + point(line, high));
    return zero_between(line, point(line, low), point(line, high), falling, rising);
}

/* A minimum of P(t) that is not above P(0). */
static int32_t search(struct line *line, double *t) {
    double start, value, falling = derivative(line, 0, AFTER, &start);
    *t = 0;
    if (!(falling < 0)) return CVXNN_OK;
    double rising = derivative(line, line->most, BEFORE, &value);
    *t = line->most;
    if (rising <= 0 && value <= start) return CVXNN_OK;
    line->low = 0;
    line->high = line->most;
    for (int k = 0; k < HALVINGS && !line->relu->fixed; k++) {
        double middle = 0.5 * (line->low + line->high);
        double slope = derivative(line, middle, AFTER, &value);
        if (slope < 0 && value <= start)
            line->low = middle, falling = slope;
        else
            line->high = middle;
    }
    int32_t status = line->relu->fixed ? CVXNN_OK : sort_kinks(line);
    if (!status) *t = search_kinks(line, start, falling);
    return status;
}

int32_t cvxnn__relu_line(struct cvxnn__relu *relu, double *t, int64_t *through, double *objective) {
    struct line line = {.relu = relu, .through = -1};
    *t = 0;
    *through = -1;
    *objective = relu->objective;
    if (relu->count == 0) return CVXNN_OK;
    cvxnn__scope_open(&line.scope, relu->context->memory);
    line.f = cvxnn__doubles(&line.scope, relu->n, 1);
    line.slope = cvxnn__doubles(&line.scope, relu->n, 1);
    line.start = cvxnn__doubles(&line.scope, relu->n, 1);
    line.sign = cvxnn__doubles(&line.scope, relu->count, 1);
    line.square = cvxnn__doubles(&line.scope, relu->count, 1);
    line.cross = cvxnn__doubles(&line.scope, relu->count, 1);
    line.own = cvxnn__doubles(&line.scope, relu->count, 1);
    int32_t status = line.scope.failed ? cvxnn__fail_memory(relu->context) : cvxnn__relu_slopes(relu);
    if (!status) limit(&line);
    if (!status && relu->fixed) begin_fixed(&line), stop_at_wall(&line);
    if (!status) status = search(&line, t);
    if (!status && *t > 0) derivative(&line, *t, BEFORE, objective);
    if (!status && *t == line.most) *through = line.through;
    cvxnn__scope_close(&line.scope);
    return status;
}
