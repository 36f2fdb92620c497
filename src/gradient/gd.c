/*
 * Gradient descent: x - t g with the largest t among step, step/2, step/4, ... that satisfies Armijo's
 * condition f(x - t g) <= f(x) - 1e-4 t |g|^2. The first step is the one that was given or, where none was,
 * twice the last that was taken. Stops when ten iterations together decrease f by at most `decrease`, or when
 * no step does.
 */
#include <math.h>
#include <string.h>

#include "gradient/descent.h"
#include "linalg/blas.h"

enum { WINDOW = 10, MOST_HALVINGS = 100 };
static const double SUFFICIENT = 1e-4;

/* The next point, its value and gradient into trial, *trial_value and trial_g; *taken is the step, 0 when
 * none decreases f. */
static int32_t search(const struct cvxnn__descent *descent, const double *g, double step, double *trial,
                      double *trial_g, double *trial_value, double *taken) {
    double square = cvxnn__dot(descent->length, g, g);
    *taken = 0;
    for (int k = 0; k < MOST_HALVINGS && square > 0; k++, step *= 0.5) {
        for (int64_t e = 0; e < descent->length; e++) trial[e] = descent->x[e] - step * g[e];
        int32_t status = descent->evaluate(descent->argument, trial, trial_value, trial_g);
        if (status) return status;
        if (*trial_value < descent->value && *trial_value <= descent->value - SUFFICIENT * step * square) {
            *taken = step;
            return CVXNN_OK;
        }
    }
    return CVXNN_OK;
}

static int32_t descend(struct cvxnn__descent *descent, double *g, double *trial, double *trial_g) {
    int64_t length = descent->length;
    double value, taken, before = INFINITY;
    int32_t status = descent->evaluate(descent->argument, descent->x, &value, g);
    if (status) return status;
    descent->value = value;
    double norm = cvxnn__norm(length, g), reach = 0.1 * cvxnn__norm(length, descent->x);
    double step = descent->step > 0 ? descent->step : norm > 0 ? reach / norm : 0;
    while (!status) {
        if (descent->iterations % WINDOW == 0) {
            if (cvxnn__descent_stalled(descent, before, value)) return CVXNN_OK;
            before = value;
        }
        status = search(descent, g, step, trial, trial_g, &value, &taken);
        if (status || taken == 0) return status;
        memcpy(descent->x, trial, (size_t)length * sizeof *trial);
        memcpy(g, trial_g, (size_t)length * sizeof *g);
        descent->value = value;
        if (descent->step == 0) step = 2 * taken;
        status = cvxnn__descent_count(descent);
    }
    return status;
}

int32_t cvxnn__descend_gd(struct cvxnn__descent *descent) {
    struct cvxnn__scope scope;
    descent->value = INFINITY;
    cvxnn__scope_open(&scope, descent->context->memory);
    double *work = cvxnn__doubles(&scope, 3, descent->length);
    int32_t status = work ? descend(descent, work, work + descent->length, work + 2 * descent->length)
                          : cvxnn__fail_memory(descent->context);
    cvxnn__scope_close(&scope);
    return status;
}
