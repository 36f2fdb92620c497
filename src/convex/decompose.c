/*
 * Cone decomposition of a gated solution (Mishkin, Sahiner & Pilanci 2022, section 4; docs/math.md).
 *
 * Active w_p = |w_p| u becomes |w_p| (v - v'), v = z + u/2, v' = z - u/2, with the z that makes |v| + |v'|
 * least subject to v, v' in K_p (split.h). Few of the n constraints matter: all rows are swept, those
 * violated most join the ones that z rests on, the small problem is solved again, and so on until a sweep
 * finds nothing violated beyond rounding. A sweep serves a batch of neurons at once (one product of X with
 * many vectors); between sweeps every neuron is a task of its own.
 *
 * The gate g_p lies in K_p. Where precision, rounds or time run out, z + t g_p with the least sufficient t >=
 * 0 restores feasibility. Only rows on which the gate itself vanishes can stay violated: those of x and -x,
 * say, both with a bit of 1, where nothing but equality would do. Rows of weight zero bind nothing.
 */
#include "convex/decompose.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "convex/split.h"
#include "linalg/blas.h"

enum {
    SWEEP_ROWS = 4096,      /* rows whose products are held at once */
    BATCH_BYTES = 64 << 20, /* about what the neurons of a batch may take */
    MOST_NEURONS = 64       /* of a batch */
};

/* Below |x_i . g| = VANISHING |x_i| |g| a gate is taken to vanish on row i. */
static const double VANISHING = 1e-9;

/* The vectors of a neuron that a sweep multiplies X with. */
enum { PART_V, PART_V_PRIME, PART_GATE, PARTS };

enum state { OPEN, STUCK, DONE };

/* One gated neuron, w_p = length u. */
struct neuron {
    enum state state;
    int64_t pattern;
    double length;
    struct cvxnn__split split;
    double *gate;           /* d: of length 1 */
    double *x;              /* d: one row */
    double least[2];        /* least s_i x_i . v / |x_i|, and of v', in the last sweep, or 0 */
    double lift;            /* t for the z of the last sweep */
    unsigned char *refused; /* n: 1 for a row that no pair v, v' can meet */
    int64_t found;          /* violated rows of the last sweep, at most most_found: the worst, as a heap */
    int64_t *row;           /* most_found */
    double *badness;        /* most_found: t that the row would need, the least on top */
};

/* The neurons that are decomposed together, and a sweep for those still at work. */
struct batch {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    const struct cvxnn__patterns *patterns;
    const double *norms; /* n: |x_i|, or 0 for a row that binds nothing */
    int64_t most_found, most_rounds;
    int64_t size;
    struct neuron *neurons; /* size */
    int64_t count;
    struct neuron **work;         /* count: the neurons of this sweep */
    double *vectors;              /* count x PARTS x d */
    int64_t first_row, row_count; /* rows in products */
    double *products;             /* row_count x count x PARTS */
};

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* ---- Sweeps over the rows ---- */

/* v = z + u/2 (side +1/2) or v' = z - u/2 (side -1/2) for u of length 1. */
static void write_part(const struct neuron *neuron, double side, double *out) {
    const struct cvxnn__projection *p = &neuron->split.projection;
    for (int64_t j = 0; j < p->d; j++) out[j] = p->z[j] + side * neuron->split.u[j];
}

/* How far below zero a product with a unit vector may be by rounding alone. */
static double rounding(const struct neuron *neuron) {
    const struct cvxnn__projection *p = &neuron->split.projection;
    return 8 * DBL_EPSILON * sqrt((double)p->d) * (cvxnn__norm(p->d, p->z) + 0.5);
}

/* Moves entry `at` of the heap down to where its children are worse. */
static void sift(struct neuron *neuron, int64_t at) {
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= neuron->found) return;
        if (child + 1 < neuron->found && neuron->badness[child + 1] < neuron->badness[child]) child++;
        if (neuron->badness[at] <= neuron->badness[child]) return;
        double badness = neuron->badness[at];
        int64_t row = neuron->row[at];
        neuron->badness[at] = neuron->badness[child], neuron->row[at] = neuron->row[child];
        neuron->badness[child] = badness, neuron->row[child] = row;
        at = child;
    }
}

/* Keeps a violated row unless most_found others are worse. */
static void keep(struct neuron *neuron, int64_t most_found, int64_t row, double badness) {
    if (neuron->found < most_found) {
        neuron->row[neuron->found] = row;
        neuron->badness[neuron->found++] = badness;
        if (neuron->found == most_found)
            for (int64_t at = most_found / 2; at >= 0; at--) sift(neuron, at);
    } else if (badness > neuron->badness[0]) {
        neuron->row[0] = row;
        neuron->badness[0] = badness;
        sift(neuron, 0);
    }
}

/* Looks at the products of neuron k with the rows shown. */
static void find_violated(void *argument, int64_t k) {
    struct batch *batch = argument;
    struct neuron *neuron = batch->work[k];
    double allowed = rounding(neuron);
    if (batch->first_row == 0) neuron->found = 0, neuron->least[0] = neuron->least[1] = neuron->lift = 0;
    for (int64_t r = 0; r < batch->row_count; r++) {
        int64_t i = batch->first_row + r;
        const double *products = batch->products + (r * batch->count + k) * PARTS;
        double sign = cvxnn__masks_get(&batch->patterns->masks, neuron->pattern, i) ? 1 : -1;
        double v = sign * products[PART_V], v_prime = sign * products[PART_V_PRIME];
        if ((v >= 0 && v_prime >= 0) || batch->norms[i] == 0) continue;
        neuron->least[0] = fmin(neuron->least[0], v / batch->norms[i]);
        neuron->least[1] = fmin(neuron->least[1], v_prime / batch->norms[i]);
        double depth = -fmin(v, v_prime) / batch->norms[i],
               gate = sign * products[PART_GATE] / batch->norms[i];
        if (depth <= allowed) continue;
        if (gate > VANISHING) neuron->lift = fmax(neuron->lift, depth / gate);
        if (!neuron->refused[i]) keep(neuron, batch->most_found, i, depth / fmax(gate, VANISHING));
    }
}

/* Multiplies X with the vectors of every neuron in work and shows each neuron's products, some rows at a
 * time, to find_violated. */
static int32_t sweep(struct batch *batch) {
    const struct cvxnn__rows *rows = &batch->instance->rows;
    int64_t d = rows->d, columns = batch->count * PARTS;
    int32_t status = CVXNN_OK;
    for (int64_t k = 0; k < batch->count; k++) {
        double *vectors = batch->vectors + k * PARTS * d;
        write_part(batch->work[k], 0.5, vectors + PART_V * d);
        write_part(batch->work[k], -0.5, vectors + PART_V_PRIME * d);
        memcpy(vectors + PART_GATE * d, batch->work[k]->gate, (size_t)d * sizeof *vectors);
    }
    for (int64_t i = 0; !status && i < rows->n; i += SWEEP_ROWS) {
        struct cvxnn__rows slice = cvxnn__rows_slice(rows, i, least(SWEEP_ROWS, rows->n - i));
        status = cvxnn__rows_times(batch->context, &slice, columns, batch->vectors, d, batch->products,
                                   columns);
        batch->first_row = i;
        batch->row_count = slice.n;
        if (!status) cvxnn__run(batch->context->team, batch->count, find_violated, batch);
    }
    return status;
}

/* ---- One neuron between sweeps ---- */

static void begin_neuron(const struct batch *batch, struct neuron *neuron, int64_t pattern, const double *w) {
    const struct cvxnn__rows *rows = &batch->instance->rows;
    neuron->state = OPEN;
    neuron->pattern = pattern;
    neuron->length = cvxnn__norm(rows->d, w);
    cvxnn__split_begin(&neuron->split, w);
    cvxnn__patterns_gate(batch->patterns, pattern, neuron->gate);
    double size = cvxnn__norm(rows->d, neuron->gate);
    for (int64_t j = 0; j < rows->d && size > 0; j++) neuron->gate[j] /= size;
    memset(neuron->refused, 0, (size_t)rows->n);
}

static int rests_on(const struct cvxnn__projection *p, int64_t row) {
    for (int64_t j = 0; j < p->count; j++)
        if (p->label[j] == row) return 1;
    return 0;
}

/* Solves again with the rows found added to those that z rests on. A neuron for which that brings nothing new
 * is stuck. */
static void solve_neuron(void *argument, int64_t k) {
    struct batch *batch = argument;
    struct neuron *neuron = batch->work[k];
    struct cvxnn__projection *p = &neuron->split.projection;
    const struct cvxnn__rows *rows = &batch->instance->rows;
    if (cvxnn__poll(batch->context)) return;
    if (p->count + neuron->found > p->most) cvxnn__projection_shrink(p);
    int64_t before = p->count;
    for (int64_t f = 0; f < neuron->found; f++) {
        int64_t i = neuron->row[f];
        if (rests_on(p, i)) continue;
        cvxnn__rows_tile(rows, i, 1, 0, rows->d, neuron->x, rows->d);
        double sign = cvxnn__masks_get(&batch->patterns->masks, neuron->pattern, i) ? 1 : -1;
        cvxnn__split_constrain(&neuron->split, i, neuron->x, sign);
    }
    if (p->count == before || !cvxnn__split_solve(&neuron->split)) neuron->state = STUCK;
    for (int64_t j = 0; j < p->count; j++)
        if (p->state[j] == CVXNN__CONSTRAINT_REFUSED) neuron->refused[p->label[j]] = 1;
}

/* ---- A batch ---- */

/* The neurons in one of the states `first` .. `last` make up the next sweep. Returns how many. */
static int64_t gather(struct batch *batch, enum state first, enum state last) {
    batch->count = 0;
    for (int64_t k = 0; k < batch->size; k++)
        if (batch->neurons[k].state >= first && batch->neurons[k].state <= last)
            batch->work[batch->count++] = batch->neurons + k;
    return batch->count;
}

/* Rounds of sweep and solve until all are done or stuck, or the budget is spent (a positive status). */
static int32_t solve_batch(struct batch *batch) {
    for (int64_t round = 0; round < batch->most_rounds && gather(batch, OPEN, OPEN) > 0; round++) {
        int32_t status = cvxnn__poll(batch->context);
        if (!status) status = sweep(batch);
        if (status) return status;
        for (int64_t k = 0; k < batch->count; k++)
            if (batch->work[k]->found == 0) batch->work[k]->state = DONE;
        if (gather(batch, OPEN, OPEN) > 0)
            cvxnn__run(batch->context->team, batch->count, solve_neuron, batch);
    }
    return CVXNN_OK;
}

/* Moves the neurons that are not done along their gates into their cones. */
static int32_t lift_batch(struct batch *batch) {
    if (gather(batch, OPEN, STUCK) == 0) return CVXNN_OK;
    int32_t status = sweep(batch);
    if (status) return status;
    for (int64_t k = 0; k < batch->count; k++) {
        struct neuron *neuron = batch->work[k];
        cvxnn__axpy(batch->instance->rows.d, neuron->lift, neuron->gate, neuron->split.projection.z);
    }
    return sweep(batch);
}

static int32_t take_batch(struct cvxnn__scope *scope, struct batch *batch, int64_t active) {
    int64_t n = batch->instance->rows.n, d = batch->instance->rows.d;
    batch->most_found = least(n, 2 * d + 16);
    int64_t most = least(n, d) + batch->most_found;
    double bytes = 8.0 * ((double)most * (double)d + (double)least(n, d) * (double)(d + least(n, d))) +
                   (double)n;
    batch->size = least(active, least(MOST_NEURONS, 1 + (int64_t)(BATCH_BYTES / bytes)));
    batch->neurons = cvxnn__take(scope, batch->size, 1, (int64_t)sizeof *batch->neurons);
    batch->work = cvxnn__take(scope, batch->size, 1, (int64_t)sizeof *batch->work);
    batch->vectors = cvxnn__doubles(scope, batch->size * PARTS, d);
    batch->products = cvxnn__doubles(scope, least(n, SWEEP_ROWS), batch->size * PARTS);
    for (int64_t k = 0; !scope->failed && k < batch->size; k++) {
        struct neuron *neuron = batch->neurons + k;
        cvxnn__split_take(scope, d, most, &neuron->split);
        neuron->gate = cvxnn__doubles(scope, d, 1);
        neuron->x = cvxnn__doubles(scope, d, 1);
        neuron->refused = cvxnn__take(scope, n, 1, 1);
        neuron->row = cvxnn__integers(scope, batch->most_found);
        neuron->badness = cvxnn__doubles(scope, batch->most_found, 1);
    }
    return scope->failed ? cvxnn__fail_memory(batch->context) : CVXNN_OK;
}

/* ---- The network ---- */

/* Running totals of the report. */
struct totals {
    double length, parts; /* sums of |w| and of |w| (|v| + |v'|) */
};

/* Writes v and v' of a neuron as neurons at and at + 1 of the network and counts them in; its sharpness. */
static double write_neuron(const struct neuron *neuron, struct cvxnn__network *network, int64_t at,
                           struct totals *totals, struct cvxnn__decomposition *report) {
    int64_t d = network->d;
    double sum = 0;
    for (int m = 0; m < 2; m++) {
        double *u = network->u + (at + m) * d;
        write_part(neuron, m == 0 ? 0.5 : -0.5, u);
        double length = cvxnn__norm(d, u);
        sum += length;
        if (length > 0) report->violation = fmax(report->violation, -neuron->least[m] / length);
        for (int64_t j = 0; j < d; j++) u[j] *= neuron->length;
        network->a[at + m] = m == 0 ? 1 : -1;
    }
    report->blowup_max = fmax(report->blowup_max, sum);
    totals->length += neuron->length;
    totals->parts += neuron->length * sum;
    return sum;
}

/* Decomposes batch after batch. A stop leaves the rest to the gates. */
static int32_t decompose_all(struct batch *batch, const struct cvxnn__gated *solution,
                             struct cvxnn__network *network, double *sharpness,
                             struct cvxnn__decomposition *report) {
    int64_t d = batch->instance->rows.d, size = batch->size;
    struct totals totals = {0, 0};
    int32_t stopped = CVXNN_OK;
    for (int64_t first = 0; first < solution->active; first += size) {
        batch->size = least(size, solution->active - first);
        for (int64_t k = 0; k < batch->size; k++)
            begin_neuron(batch, batch->neurons + k, solution->pattern[first + k],
                         solution->w + (first + k) * d);
        int32_t status = stopped ? stopped : solve_batch(batch);
        if (status >= 0) {
            stopped = status;
            status = lift_batch(batch);
        }
        if (status) return status;
        for (int64_t k = 0; k < batch->size; k++)
            sharpness[first + k] = write_neuron(batch->neurons + k, network, 2 * (first + k), &totals,
                                                report);
        struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_DECOMPOSE);
        progress.active = solution->active;
        progress.neurons = 2 * (first + batch->size);
        status = cvxnn__report(batch->context, &progress);
        if (!stopped) stopped = status;
    }
    report->blowup_mean = totals.length > 0 ? totals.parts / totals.length : 0;
    return stopped;
}

/* norms: |x_i|, with 0 for rows of weight zero. */
static int32_t binding_norms(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                             double *norms) {
    int32_t status = cvxnn__rows_norms(context, &instance->rows, norms);
    for (int64_t i = 0; !status && instance->weights && i < instance->rows.n; i++)
        if (instance->weights[i] == 0) norms[i] = 0;
    return status;
}

int32_t cvxnn__decompose(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                         const struct cvxnn__patterns *patterns, const struct cvxnn__gated *solution,
                         int64_t most_rounds, struct cvxnn__network *network, double *sharpness,
                         struct cvxnn__decomposition *report) {
    const struct cvxnn__rows *rows = &instance->rows;
    struct cvxnn__scope scope;
    int32_t bias = rows->d > rows->features ? CVXNN_BIAS_PENALIZED : CVXNN_BIAS_NONE;
    int32_t status = cvxnn__network_make(context, CVXNN_KIND_RELU, rows->features, bias, 1,
                                         2 * solution->active, network);
    if (status) return status;
    network->loss = instance->loss;
    network->beta = instance->beta;
    *report = (struct cvxnn__decomposition){0, 0, 0};
    cvxnn__scope_open(&scope, context->memory);
    double *norms = cvxnn__doubles(&scope, rows->n, 1);
    struct batch batch = {.context = context,
                          .instance = instance,
                          .patterns = patterns,
                          .norms = norms,
                          .most_rounds = most_rounds};
    status = take_batch(&scope, &batch, solution->active);
    if (!status) status = binding_norms(context, instance, norms);
    if (!status) status = decompose_all(&batch, solution, network, sharpness, report);
    cvxnn__scope_close(&scope);
    if (status < 0)
        cvxnn__network_free(network);
    else
        cvxnn__network_balance(network);
    return status;
}
