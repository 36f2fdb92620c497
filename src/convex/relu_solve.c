/* The active-set iteration on the ReLU program: Newton steps along walls, walls met and left. See relu.h. */
#include <math.h>
#include <string.h>

#include "convex/relu.h"
#include "linalg/blas.h"

enum { MOST_STALLS = 3, MOST_SLIDES = 3 };

/* The reach of slides falls by this factor where one led nowhere, rises by it where one did not. */
static const double REACH = 4;

/* Neurons smaller than this multiple of the penalty are tried without. */
static const double SMALL = 1e-6;
/* Below this they are rounding errors. */
static const double NOTHING = 1e-13;

/* Relative gain below which walls are left for the first time. */
static const double FIRST_ENOUGH = 1e-6;

static void add_output(struct cvxnn__relu *relu, int64_t j, double times) {
    const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
    for (int64_t i = 0; i < relu->n; i++)
        if (cvxnn__relu_is_on(neuron, i))
            relu->f[i] += times * neuron->sign * relu->products[i * relu->count + j];
}

/* Takes neuron j out of f and P, unless P is higher without it; 1 when it is out. */
static int try_without(struct cvxnn__relu *relu, int64_t j) {
    double size = relu->neuron[j]->size, beta = relu->instance->beta;
    add_output(relu, j, -1);
    double without = cvxnn__loss_value(relu->instance, relu->f) + beta * (relu->penalty - size);
    if (without <= relu->objective || size <= NOTHING * relu->penalty) {
        relu->objective = without;
        relu->penalty -= size;
        return 1;
    }
    add_output(relu, j, 1);
    return 0;
}

/* Removes neurons that only cost, and puts neurons of one cone together. */
static int32_t tidy(struct cvxnn__relu *relu, int64_t through) {
    int64_t before = relu->count;
    for (int64_t j = 0; j < relu->count; j++)
        if ((j == through || relu->neuron[j]->size <= SMALL * relu->penalty) && try_without(relu, j))
            relu->neuron[j]->size = 0;
    for (int64_t j = relu->count; j-- > 0;)
        if (relu->neuron[j]->size == 0) cvxnn__relu_remove(relu, j);
    if (relu->count < before) {
        int32_t status = cvxnn__relu_refresh(relu, 0);
        if (status) return status;
        before = relu->count;
    }
    cvxnn__relu_merge(relu);
    return relu->count < before ? cvxnn__relu_refresh(relu, 0) : CVXNN_OK;
}

/* Walls as they were before the slide, where the way was not taken, or with those that were met. */
static void settle_walls(struct cvxnn__relu *relu, int taken) {
    for (int64_t j = 0; j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        if (memcmp(neuron->kept, neuron->kinks.state, (size_t)relu->n) == 0) continue;
        if (!taken) memcpy(neuron->kinks.state, neuron->kept, (size_t)relu->n);
        cvxnn__kinks_gather(&neuron->kinks);
    }
}

static int32_t place(struct cvxnn__relu *relu, const double *point) {
    for (int64_t j = 0; j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        memcpy(neuron->v, point + j * relu->d, (size_t)relu->d * sizeof *point);
        neuron->size = cvxnn__norm(relu->d, neuron->v);
    }
    return cvxnn__relu_refresh(relu, 0);
}

/* The ends of the steps, t of the way, and the steps themselves. */
static void write_points(const struct cvxnn__relu *relu, double t, double *points, double *steps) {
    for (int64_t j = 0; j < relu->count; j++)
        for (int64_t e = 0; e < relu->d; e++) {
            steps[j * relu->d + e] = relu->neuron[j]->step[e];
            points[j * relu->d + e] = relu->neuron[j]->v[e] + t * steps[j * relu->d + e];
        }
}

/* Slides at most as far as the last ones went, shorter ones if P is above `most` there, but longer than t.
 * *found: the point is in slid_to. */
static int32_t slide(struct cvxnn__relu *relu, double t, double most, const double *steps, double *slid_to,
                     int *found) {
    *found = 0;
    for (int k = 0; k < MOST_SLIDES; k++) {
        double objective, reach = fmin(fmax(relu->reach, 2 * t), 1);
        for (int64_t j = 0; k > 0 && j < relu->count; j++)
            memcpy(relu->neuron[j]->step, steps + j * relu->d, (size_t)relu->d * sizeof *steps);
        int32_t status = cvxnn__relu_slide(relu, reach, slid_to, &objective);
        if (status) return status;
        *found = objective < most;
        settle_walls(relu, *found);
        relu->reach = *found ? fmin(REACH * reach, 1) : reach / REACH;
        if (*found || relu->reach < 2 * t) return CVXNN_OK;
    }
    if (t == 0) relu->reach = 1; /* nothing moves: the next ones try everything again */
    return CVXNN_OK;
}

/* Goes to the better of the line search's point and the slide's, if the line search has one. */
static int32_t step(struct cvxnn__relu *relu, int *moved) {
    struct cvxnn__scope scope;
    double t, on_line;
    int64_t through, size = relu->count * relu->d;
    int slid = 0;
    int32_t status = cvxnn__relu_line(relu, &t, &through, &on_line);
    *moved = 0;
    if (status || relu->count == 0) return status;
    cvxnn__scope_open(&scope, relu->context->memory);
    double *points = cvxnn__doubles(&scope, 3 * relu->count, relu->d);
    if (!points) status = cvxnn__fail_memory(relu->context);
    if (!status) write_points(relu, t, points, points + size);
    if (!status && t < 1) status = slide(relu, t, on_line, points + size, points + 2 * size, &slid);
    *moved = t > 0 || slid;
    if (!status) status = place(relu, slid ? points + 2 * size : points);
    if (!status) status = tidy(relu, slid ? -1 : through);
    cvxnn__scope_close(&scope);
    return status;
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

/* Walls of neuron j that were left and that its step would cross to the side on which they hold it. Returns
 * how many are put back. */
static int64_t put_back(struct cvxnn__relu *relu, int64_t j) {
    struct cvxnn__relu_neuron *neuron = relu->neuron[j];
    unsigned char *state = neuron->kinks.state;
    int64_t count = 0;
    for (int64_t i = 0; i < relu->n; i++) {
        if (!(neuron->kept[i] & CVXNN__ROW_WALL) || (state[i] & CVXNN__ROW_WALL)) continue;
        double slope = relu->slopes[i * relu->count + j];
        if (cvxnn__relu_is_on(neuron, i) ? slope >= 0 : slope <= 0) continue;
        if (!relu->fixed && neuron->sign * relu->nu[i] >= 0) continue;
        state[i] = neuron->kept[i];
        count++;
    }
    if (count > 0) cvxnn__kinks_gather(&neuron->kinks);
    return count;
}

/* Newton's step after a release. Each wall that is left is right to be left alone, not all of them together:
 * those that the step would cross are put back, and it is taken without them. */
static int32_t newton_after_release(struct cvxnn__relu *relu) {
    double decrease;
    for (int64_t back = 1; back > 0;) {
        int32_t status = cvxnn__relu_newton(relu, &decrease);
        if (!status) status = cvxnn__relu_slopes(relu);
        if (status) return status;
        back = 0;
        for (int64_t j = 0; j < relu->count; j++) back += put_back(relu, j);
    }
    return CVXNN_OK;
}

/* Walls are left where they must be; then a Newton step, or the steepest move when that one does not fall.
 * *moved = 0: neither found anything. */
static int32_t leave_walls(struct cvxnn__relu *relu, double least, int *moved) {
    double before = relu->objective;
    *moved = 0;
    for (int64_t j = 0; j < relu->count; j++)
        memcpy(relu->neuron[j]->kept, relu->neuron[j]->kinks.state, (size_t)relu->n);
    if (release(relu, least) == 0) return CVXNN_OK;
    for (int attempt = 0; attempt < 2 && !*moved; attempt++) {
        int32_t status = CVXNN_OK;
        if (attempt == 0)
            status = newton_after_release(relu);
        else if ((status = cvxnn__relu_refresh(relu, 0)) == 0 && (status = cvxnn__relu_pull(relu)) == 0 &&
                 release(relu, least) > 0)
            scale_steps(relu);
        if (!status) status = step(relu, moved);
        if (status) return status;
        *moved = *moved && relu->objective < before;
    }
    return CVXNN_OK;
}

/* 1 when no row has changed sides since the states were kept. */
static int same_sides(const struct cvxnn__relu *relu) {
    for (int64_t j = 0; j < relu->count; j++) {
        const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        for (int64_t i = 0; i < relu->n; i++)
            if (relu->norms[i] > 0 && neuron->kept[i] != neuron->kinks.state[i]) return 0;
        for (int64_t i = 0; relu->fixed && i < relu->n; i++) {
            double product = relu->products[i * relu->count + j];
            if (relu->norms[i] > 0 && (cvxnn__relu_is_on(neuron, i) ? product < 0 : product > 0)) return 0;
        }
    }
    return 1;
}

/* A full Newton step at the end: P cannot tell any more whether it is better, since it is flat there, but the
 * residual, and with it the dual value, is. Taken back when rows change sides or P rises beyond rounding. */
static int32_t refine(struct cvxnn__relu *relu) {
    struct cvxnn__scope scope;
    double decrease, before = relu->objective;
    int64_t count = relu->count, d = relu->d;
    cvxnn__scope_open(&scope, relu->context->memory);
    double *points = cvxnn__doubles(&scope, 2 * count, d);
    int32_t status = points ? cvxnn__relu_newton(relu, &decrease) : cvxnn__fail_memory(relu->context);
    for (int64_t j = 0; !status && j < count; j++) {
        const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        memcpy(neuron->kept, neuron->kinks.state, (size_t)relu->n);
        for (int64_t e = 0; e < d; e++) {
            points[j * d + e] = neuron->v[e];
            points[(count + j) * d + e] = neuron->v[e] + neuron->step[e];
        }
    }
    if (!status) status = place(relu, points + count * d);
    if (!status && (relu->count < count || !same_sides(relu) || relu->objective > before * (1 + 1e-14))) {
        if (relu->count == count) settle_walls(relu, 0);
        if (relu->count == count) status = place(relu, points);
    }
    cvxnn__scope_close(&scope);
    return status;
}

/* A face, the moves along the walls of now, is left when Newton's model promises less than `enough` P on it;
 * enough falls when there is no wall to leave. Some steps in a row that gain less than `little` P end it; a
 * rough solution is not worth more of them. */
int32_t cvxnn__relu_solve(struct cvxnn__relu *relu, double target) {
    int stalls = 0;
    double enough = fmax(target, FIRST_ENOUGH), little = target > FIRST_ENOUGH ? target : 1e-2 * target;
    relu->reach = 1;
    int32_t status = tidy(relu, -1);
    if (!status && !isfinite(relu->objective)) /* from where nothing is better than anything */
        return cvxnn__fail(relu->context, CVXNN_ERROR_NUMERICAL,
                           "the objective overflows: scale the data or the targets down");
    while (!status && relu->count > 0 && stalls < MOST_STALLS) {
        double decrease, before = relu->objective;
        int moved = 0;
        if ((status = cvxnn__relu_newton(relu, &decrease))) break;
        if (decrease > enough * relu->objective) {
            status = step(relu, &moved);
        } else {
            status = leave_walls(relu, sqrt(enough) * relu->instance->beta, &moved);
            if (!status && !moved && enough <= target) return refine(relu);
            if (!status && !moved) {
                enough = fmax(target, 0.01 * enough);
                continue;
            }
        }
        if (!status) status = report(relu);
        stalls = before - relu->objective <= little * relu->objective ? stalls + 1 : 0;
    }
    return status || relu->count == 0 ? status : refine(relu);
}
