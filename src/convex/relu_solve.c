/* The active-set iteration on the ReLU program: Newton steps along walls, walls met and left. See relu.h. */
#include <math.h>
#include <string.h>

#include "convex/relu.h"
#include "linalg/blas.h"

enum { MOST_STALLS = 3 };

/* Neurons smaller than this multiple of the penalty are tried without. */
static const double SMALL = 1e-9;

/* Takes neuron j out if P is not higher without it. */
static void try_without(struct cvxnn__relu *relu, int64_t j) {
    struct cvxnn__relu_neuron *neuron = relu->neuron[j];
    for (int64_t i = 0; i < relu->n; i++)
        if (cvxnn__relu_is_on(neuron, i)) relu->f[i] -= neuron->sign * relu->products[i * relu->count + j];
    double without = cvxnn__loss_value(relu->instance, relu->f) +
                     relu->instance->beta * (relu->penalty - neuron->size);
    for (int64_t i = 0; i < relu->n; i++)
        if (cvxnn__relu_is_on(neuron, i)) relu->f[i] += neuron->sign * relu->products[i * relu->count + j];
    if (without <= relu->objective) neuron->size = 0; /* removed by the caller */
}

/* Removes neurons that only cost, and puts neurons of one cone together. */
static int32_t tidy(struct cvxnn__relu *relu, int64_t through) {
    int64_t before = relu->count, gone = 0;
    for (int64_t j = 0; j < relu->count; j++)
        if (j == through || relu->neuron[j]->size <= SMALL * relu->penalty) {
            try_without(relu, j);
            if (relu->neuron[j]->size == 0) {
                gone++;
                break; /* f and P are those of all others from here on */
            }
        }
    for (int64_t j = relu->count; gone > 0 && j-- > 0;)
        if (relu->neuron[j]->size == 0) cvxnn__relu_remove(relu, j);
    if (gone > 0) {
        int32_t status = cvxnn__relu_refresh(relu, 0);
        if (status) return status;
        before = relu->count;
    }
    cvxnn__relu_merge(relu);
    return relu->count < before ? cvxnn__relu_refresh(relu, 0) : CVXNN_OK;
}

/* v += t step, and what follows from it. */
static int32_t move(struct cvxnn__relu *relu, double t) {
    for (int64_t j = 0; j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        cvxnn__axpy(relu->d, t, neuron->step, neuron->v);
        neuron->size = cvxnn__norm(relu->d, neuron->v);
    }
    return cvxnn__relu_refresh(relu, 0);
}

/* Leaves walls that hold no neuron back: step becomes the steepest move of each neuron that can make one, 0
 * for the others. Returns how many can. */
static int64_t release(struct cvxnn__relu *relu, double least) {
    int64_t released = 0;
    double beta = relu->instance->beta;
    for (int64_t j = 0; j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        double *r = relu->vectors;
        for (int64_t e = 0; e < relu->d; e++) r[e] = neuron->pull[e] - beta * neuron->v[e] / neuron->size;
        double length = 0;
        memset(neuron->step, 0, (size_t)relu->d * sizeof(double));
        if (neuron->kinks.basis.count > 0)
            length = cvxnn__kinks_release(&neuron->kinks, relu->nu, neuron->sign, relu->fixed, r, least,
                                          neuron->step);
        if (!(length > least)) memset(neuron->step, 0, (size_t)relu->d * sizeof(double));
        released += length > least;
    }
    return released;
}

static int32_t report(struct cvxnn__relu *relu) {
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_CONVEX);
    relu->iterations++;
    progress.iterations = relu->iterations;
    progress.convex_objective = relu->objective;
    progress.active = relu->count;
    int32_t status = cvxnn__report(relu->context, &progress);
    if (status) return status;
    return relu->most_iterations > 0 && relu->iterations >= relu->most_iterations ? CVXNN_STOPPED_ITERATIONS
                                                                                  : CVXNN_OK;
}

/* Lengths along the steepest moves that were just released: on the scale of the neurons. */
static void scale_steps(struct cvxnn__relu *relu) {
    double most = 0;
    for (int64_t j = 0; j < relu->count; j++)
        most = fmax(most, cvxnn__norm(relu->d, relu->neuron[j]->step) / relu->neuron[j]->size);
    for (int64_t j = 0; most > 0 && j < relu->count; j++)
        for (int64_t e = 0; e < relu->d; e++) relu->neuron[j]->step[e] /= most;
}

/* Walls are left where they must be; then a Newton step, or the steepest move when that one does not fall.
 * *moved = 0: neither found anything. */
static int32_t leave_walls(struct cvxnn__relu *relu, double least, int *moved) {
    double decrease, t = 0, before = relu->objective;
    int64_t through;
    *moved = 0;
    if (release(relu, least) == 0) return CVXNN_OK;
    for (int attempt = 0; attempt < 2 && !*moved; attempt++) {
        int32_t status = CVXNN_OK;
        if (attempt == 0)
            status = cvxnn__relu_newton(relu, &decrease);
        else if ((status = cvxnn__relu_refresh(relu, 0)) == 0 && (status = cvxnn__relu_pull(relu)) == 0 &&
                 release(relu, least) > 0)
            scale_steps(relu);
        if (!status) status = cvxnn__relu_line(relu, &t, &through);
        if (!status && t > 0) status = move(relu, t);
        if (!status && t > 0) status = tidy(relu, through);
        if (status) return status;
        *moved = t > 0 && relu->objective < before;
    }
    return CVXNN_OK;
}

int32_t cvxnn__relu_solve(struct cvxnn__relu *relu, double target) {
    int stalls = 0;
    int32_t status = tidy(relu, -1);
    while (!status && relu->count > 0 && stalls < MOST_STALLS) {
        double decrease, t = 0, before = relu->objective;
        int64_t through = -1;
        int moved = 1;
        if ((status = cvxnn__relu_newton(relu, &decrease))) break;
        if (decrease > target * relu->objective) status = cvxnn__relu_line(relu, &t, &through);
        if (!status && t > 0) status = move(relu, t);
        if (!status && t > 0) status = tidy(relu, through);
        if (!status && t == 0) status = leave_walls(relu, sqrt(target) * relu->instance->beta, &moved);
        if (!status && !moved) return CVXNN_OK;
        if (!status) status = report(relu);
        stalls = before - relu->objective <= 1e-2 * target * relu->objective ? stalls + 1 : 0;
    }
    return status;
}
