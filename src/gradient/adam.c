/*
 * Adam on the whole gradient (Kingma & Ba 2015, algorithm 1):
 *
 *   m <- 0.9 m + 0.1 g,   v <- 0.999 v + 0.001 g^2,   x <- x - step m^ / (sqrt(v^) + eps)
 *
 * m^ and v^ are m and v freed of the bias towards their start at 0. eps is relative to the first gradient and
 * the step chosen here to the start, so that nothing depends on the units of the data. Adam ends up circling
 * around a minimum at a distance of about its step: when a hundred iterations lower the best value by at most
 * `decrease`, the step is halved, and when they do so ten times in a row, that is the end.
 */
#include <math.h>
#include <string.h>

#include "gradient/descent.h"
#include "linalg/blas.h"

enum { WINDOW = 100, MOST_FAILURES = 10 };
static const double MEAN = 0.9, SQUARE = 0.999, RELATIVE_EPS = 1e-8, RELATIVE_STEP = 0.05;

/* Arrays of `length` numbers. */
struct adam {
    double *x, *g; /* the point that moves, its gradient */
    double *m, *v; /* running means of g and g^2 */
    double step, eps;
    double mean_left, square_left; /* 0.9^k, 0.999^k */
};

static void move(struct adam *adam, int64_t length) {
    adam->mean_left *= MEAN;
    adam->square_left *= SQUARE;
    double m_scale = 1 / (1 - adam->mean_left), v_scale = 1 / (1 - adam->square_left);
    for (int64_t e = 0; e < length; e++) {
        adam->m[e] = MEAN * adam->m[e] + (1 - MEAN) * adam->g[e];
        adam->v[e] = SQUARE * adam->v[e] + (1 - SQUARE) * adam->g[e] * adam->g[e];
        adam->x[e] -= adam->step * (m_scale * adam->m[e]) / (sqrt(v_scale * adam->v[e]) + adam->eps);
    }
}

/* The value at adam->x, which is kept in descent when it is the best so far. */
static int32_t look(struct cvxnn__descent *descent, struct adam *adam) {
    double value;
    int32_t status = descent->evaluate(descent->argument, adam->x, &value, adam->g);
    if (!status && value < descent->value) {
        descent->value = value;
        memcpy(descent->x, adam->x, (size_t)descent->length * sizeof(double));
    }
    return status;
}

static int32_t descend(struct cvxnn__descent *descent, struct adam *adam) {
    double before = INFINITY;
    int failures = 0;
    int32_t status = look(descent, adam);
    adam->eps = RELATIVE_EPS * cvxnn__norm(descent->length, adam->g) / sqrt((double)descent->length);
    if (status || adam->eps == 0) return status;
    while (!status) {
        if (descent->iterations % WINDOW == 0) {
            if (!cvxnn__descent_stalled(descent, before, descent->value)) {
                failures = 0;
            } else {
                if (++failures == MOST_FAILURES) return CVXNN_OK;
                adam->step *= 0.5;
            }
            before = descent->value;
        }
        move(adam, descent->length);
        status = look(descent, adam);
        if (!status) status = cvxnn__descent_count(descent);
    }
    return status;
}

int32_t cvxnn__descend_adam(struct cvxnn__descent *descent) {
    struct cvxnn__scope scope;
    int64_t length = descent->length;
    double size = cvxnn__norm(length, descent->x) / sqrt((double)length);
    struct adam adam = {.step = descent->step, .mean_left = 1, .square_left = 1};
    if (adam.step == 0) adam.step = RELATIVE_STEP * (size > 0 ? size : 1);
    descent->value = INFINITY;
    cvxnn__scope_open(&scope, descent->context->memory);
    adam.x = cvxnn__doubles(&scope, length, 1);
    adam.g = cvxnn__doubles(&scope, length, 1);
    adam.m = cvxnn__take_zeroed(&scope, length, 1, (int64_t)sizeof(double));
    adam.v = cvxnn__take_zeroed(&scope, length, 1, (int64_t)sizeof(double));
    int32_t status = CVXNN_OK;
    if (scope.failed) {
        status = cvxnn__fail_memory(descent->context);
    } else {
        memcpy(adam.x, descent->x, (size_t)length * sizeof(double));
        status = descend(descent, &adam);
    }
    cvxnn__scope_close(&scope);
    return status;
}
