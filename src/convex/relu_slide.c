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

enum { TILE_ROWS = 64 };

struct slide {
    struct cvxnn__relu *relu;
    struct cvxnn__scope scope;
    double reach;              /* of every neuron along its step */
    double *trial;             /* count x d */
    double *products, *slopes; /* count x n: of the trial, on its way; of the steps that are left */
    int64_t tile_rows;         /* TILE_ROWS; 0: the data are read where they lie */
    double *tiles;             /* count x tile_rows x d */
};

static int32_t open_slide(struct slide *slide) {
    const struct cvxnn__rows *rows = &slide->relu->instance->rows;
    int64_t count = slide->relu->count, n = rows->n, d = rows->d;
    int in_place = rows->row_stride >= d && cvxnn__rows_in_place(rows, 0, 0, d);
    slide->tile_rows = in_place ? 0 : TILE_ROWS;
    slide->products = cvxnn__doubles(&slide->scope, count, n);
    slide->slopes = cvxnn__doubles(&slide->scope, count, n);
    slide->tiles = cvxnn__doubles(&slide->scope, count * slide->tile_rows, d);
    return slide->scope.failed ? cvxnn__fail_memory(slide->relu->context) : CVXNN_OK;
}

/* Products and slopes of neuron j side by side. */
static void gather(const struct slide *slide, int64_t j) {
    const struct cvxnn__relu *relu = slide->relu;
    double *products = slide->products + j * relu->n, *slopes = slide->slopes + j * relu->n;
    for (int64_t i = 0; i < relu->n; i++) {
        products[i] = relu->products[i * relu->count + j];
        slopes[i] = relu->slopes[i * relu->count + j];
    }
}

/* Slopes of neuron j for its step as it is now; those of walls are not read. */
static void multiply(const struct slide *slide, int64_t j) {
    const struct cvxnn__rows *rows = &slide->relu->instance->rows;
    int64_t d = rows->d;
    int in_place = slide->tile_rows == 0;
    double *tile = slide->tiles + j * slide->tile_rows * d, *slopes = slide->slopes + j * rows->n;
    for (int64_t i = 0; i < rows->n; i += TILE_ROWS) {
        int64_t height = rows->n - i < TILE_ROWS ? rows->n - i : TILE_ROWS;
        const double *x = in_place ? cvxnn__rows_in_place(rows, i, 0, d) : tile;
        if (!in_place) cvxnn__rows_tile(rows, i, height, 0, d, tile, d);
        cvxnn__gemv(0, height, d, 1, x, in_place ? rows->row_stride : d, slide->relu->neuron[j]->step, 0,
                    slopes + i);
    }
}

/* The first kink within `room` that holds neuron j with `left` of its step to go: its row, or -1; *reach: how
 * far it is. */
static int64_t first_wall(const struct slide *slide, int64_t j, double room, double left, double gain,
                          double *reach) {
    const struct cvxnn__relu *relu = slide->relu;
    const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
    const double *products = slide->products + j * relu->n, *slopes = slide->slopes + j * relu->n;
    int64_t first = -1;
    *reach = room;
    for (int64_t i = 0; i < relu->n; i++) {
        double a = products[i], b = slopes[i];
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
    double *products = slide->products + j * relu->n;
    memcpy(v, neuron->v, (size_t)relu->d * sizeof *v);
    memcpy(neuron->kept, neuron->kinks.state, (size_t)relu->n);
    gather(slide, j);
    for (int64_t met = 0; met <= relu->d && room > 0; met++) {
        double gain = cvxnn__dot(relu->d, neuron->pull, neuron->step) -
                      relu->instance->beta * cvxnn__dot(relu->d, v, neuron->step) / neuron->size;
        int64_t i = first_wall(slide, j, room, left, fmax(gain, 0) / (left * left), &reach);
        cvxnn__axpy(relu->d, reach, neuron->step, v);
        cvxnn__axpy(relu->n, reach, slide->slopes + j * relu->n, products);
        if (cvxnn__dot(relu->d, v, neuron->v) <= 0) { /* turned around: gone */
            memset(v, 0, (size_t)relu->d * sizeof *v);
            memset(products, 0, (size_t)relu->n * sizeof *products);
            return;
        }
        room -= reach;
        left -= reach;
        if (i < 0 || !meet(relu, j, i)) return;
        multiply(slide, j);
    }
}

/* P at the trial. */
static double value(const struct slide *slide) {
    struct cvxnn__relu *relu = slide->relu;
    double penalty = 0;
    memset(relu->f, 0, (size_t)relu->n * sizeof *relu->f);
    for (int64_t j = 0; j < relu->count; j++) {
        const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        const double *products = slide->products + j * relu->n;
        penalty += cvxnn__norm(relu->d, slide->trial + j * relu->d);
        for (int64_t i = 0; i < relu->n; i++) {
            int wall = neuron->kinks.state[i] & CVXNN__ROW_WALL;
            int on = relu->fixed ? cvxnn__relu_is_on(neuron, i) : products[i] > 0;
            if (on && !wall) relu->f[i] += neuron->sign * products[i];
        }
    }
    return cvxnn__loss_value(relu->instance, relu->f) + relu->instance->beta * penalty;
}

int32_t cvxnn__relu_slide(struct cvxnn__relu *relu, double reach, double *trial, double *objective) {
    struct slide slide = {.relu = relu, .reach = reach, .trial = trial};
    cvxnn__scope_open(&slide.scope, relu->context->memory);
    int32_t status = open_slide(&slide);
    if (!status) {
        cvxnn__run(relu->context->team, relu->count, slide_neuron, &slide);
        *objective = value(&slide);
    }
    cvxnn__scope_close(&slide.scope);
    return status;
}
