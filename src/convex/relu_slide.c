/*
 * Sliding: a trial point of the ReLU program (relu.h) at which many neurons have met many walls at once.
 * Where the line search stops all neurons at the first wall that holds one of them, here each goes its own
 * way: along its step p until a kink that would stop it if it were alone,
 *
 *   |nu_i x_i . p| >= (1 - t) (pull - beta v^) . p,   sign nu_i < 0,
 *
 * and on along that wall, with the part of p that it allows, for the rest of t in [0, 1]. Nothing says that P
 * falls: the caller compares.
 */
#include <math.h>
#include <string.h>

#include "convex/relu.h"
#include "linalg/blas.h"

struct slide {
    struct cvxnn__relu *relu;
    double reach;  /* of every neuron along its step */
    double *trial; /* count x d */
};

/* Slopes of neuron j for its step as it is now; walls do not move. */
static void multiply(struct cvxnn__relu *relu, int64_t j) {
    struct cvxnn__relu_neuron *neuron = relu->neuron[j];
    int64_t d = relu->d;
    for (int64_t i = 0; i < relu->n; i++) {
        cvxnn__rows_tile(&relu->instance->rows, i, 1, 0, d, neuron->kinks.row, d);
        relu->slopes[i * relu->count + j] = cvxnn__dot(d, neuron->kinks.row, neuron->step);
    }
}

/* The first kink within `room` that holds neuron j with `left` of its step to go: its row, or -1; *reach: how
 * far it is. */
static int64_t first_wall(const struct cvxnn__relu *relu, int64_t j, double room, double left, double gain,
                          double *reach) {
    const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
    int64_t first = -1;
    *reach = room;
    for (int64_t i = 0; i < relu->n; i++) {
        double a = relu->products[i * relu->count + j], b = relu->slopes[i * relu->count + j];
        if (relu->norms[i] == 0 || (neuron->kinks.state[i] & CVXNN__ROW_WALL)) continue;
        if (relu->fixed ? (cvxnn__relu_is_on(neuron, i) ? b >= 0 : b <= 0) : a * b >= 0) continue;
        double t = fmax(-a / b, 0);
        if (t >= *reach) continue;
        int holds = neuron->sign * relu->nu[i] < 0 && fabs(relu->nu[i] * b) >= (left - t) * gain;
        if (!holds && !relu->fixed) continue;
        first = i;
        *reach = t;
    }
    return first;
}

/* Makes row i a wall and takes the part of the step that it allows. Returns 0 when nothing is left. */
static int meet(struct cvxnn__relu *relu, int64_t j, int64_t i) {
    struct cvxnn__relu_neuron *neuron = relu->neuron[j];
    neuron->kinks.state[i] = relu->fixed ? neuron->kinks.state[i] | CVXNN__ROW_WALL : CVXNN__ROW_WALL;
    double before = cvxnn__norm(relu->d, neuron->step);
    if (!cvxnn__kinks_add(&neuron->kinks, i)) return 0;
    cvxnn__kinks_flatten(&neuron->kinks, neuron->step);
    return cvxnn__norm(relu->d, neuron->step) > 1e-12 * before;
}

static void slide_neuron(void *argument, int64_t j) {
    struct slide *slide = argument;
    struct cvxnn__relu *relu = slide->relu;
    struct cvxnn__relu_neuron *neuron = relu->neuron[j];
    double *v = slide->trial + j * relu->d, room = slide->reach, left = 1, reach;
    memcpy(v, neuron->v, (size_t)relu->d * sizeof *v);
    memcpy(neuron->kept, neuron->kinks.state, (size_t)relu->n);
    for (int64_t met = 0; met <= relu->d && room > 0; met++) {
        double gain = cvxnn__dot(relu->d, neuron->pull, neuron->step) -
                      relu->instance->beta * cvxnn__dot(relu->d, v, neuron->step) / neuron->size;
        int64_t i = first_wall(relu, j, room, left, fmax(gain, 0) / (left * left), &reach);
        cvxnn__axpy(relu->d, reach, neuron->step, v);
        if (cvxnn__dot(relu->d, v, neuron->v) <= 0) { /* turned around: gone */
            memset(v, 0, (size_t)relu->d * sizeof *v);
            return;
        }
        room -= reach;
        left -= reach;
        if (i < 0) return;
        for (int64_t r = 0; r < relu->n; r++)
            relu->products[r * relu->count + j] += reach * relu->slopes[r * relu->count + j];
        if (!meet(relu, j, i)) return;
        multiply(relu, j);
    }
}

int32_t cvxnn__relu_slide(struct cvxnn__relu *relu, double reach, double *trial, double *objective) {
    struct slide slide = {.relu = relu, .reach = reach, .trial = trial};
    const struct cvxnn__instance *instance = relu->instance;
    int64_t count = relu->count;
    double penalty = 0;
    cvxnn__run(relu->context->team, count, slide_neuron, &slide);
    for (int64_t j = 0; j < count; j++) penalty += cvxnn__norm(relu->d, trial + j * relu->d);
    int32_t status = cvxnn__rows_times(relu->context, &instance->rows, count, trial, relu->d, relu->slopes,
                                       count);
    if (status) return status;
    for (int64_t i = 0; i < relu->n; i++) {
        relu->f[i] = 0;
        for (int64_t j = 0; j < count; j++) {
            const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
            double product = relu->slopes[i * count + j];
            int wall = neuron->kinks.state[i] & CVXNN__ROW_WALL;
            int on = relu->fixed ? cvxnn__relu_is_on(neuron, i) : product > 0;
            if (on && !wall) relu->f[i] += neuron->sign * product;
        }
    }
    *objective = cvxnn__loss_value(instance, relu->f) + instance->beta * penalty;
    return CVXNN_OK;
}
