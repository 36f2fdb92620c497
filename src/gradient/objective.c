/*
 * Value and gradient of (NN), full batch, in tiles of rows. See objective.h for the formulas.
 *
 * A tile does all that its rows need while they are in cache: H by dgemm, f, nu, and its share of the
 * gradient by two more products. The tiles of a group run in order in one task and add to the group's partial
 * sums; the groups' sums are added in their order. Groups depend on the shape alone.
 */
#include "gradient/objective.h"

#include <math.h>

#include "linalg/blas.h"

enum { TILE_ROWS = 128, MOST_GROUPS = 16 };
static const int64_t MOST_PARTIALS = (int64_t)1 << 26; /* doubles in all groups' gradients */
static const int64_t STAGE_FLOPS = (int64_t)1 << 28;   /* of one task between two polls */

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

int32_t cvxnn__objective_make(struct cvxnn__context *context, struct cvxnn__scope *scope,
                              const struct cvxnn__instance *instance, int64_t width,
                              struct cvxnn__objective *objective) {
    int64_t n = instance->rows.n, d = instance->rows.d, outputs = instance->outputs, length, all;
    if (width > INT32_MAX || d > INT32_MAX || outputs > INT32_MAX ||
        !cvxnn__multiply(width, d + outputs, &length) || !cvxnn__multiply(length, 4 * TILE_ROWS, &all))
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "%lld neurons on %lld columns are too many",
                           (long long)width, (long long)d);
    int64_t tiles = divide_up(n, TILE_ROWS), groups = least(tiles, MOST_GROUPS);
    while (groups > 1 && groups > MOST_PARTIALS / (length + 1)) groups /= 2;
    *objective = (struct cvxnn__objective){
        .context = context, .instance = instance, .width = width, .length = length};
    objective->group_tiles = divide_up(tiles, groups);
    objective->groups = divide_up(tiles, objective->group_tiles);
    objective->stage_tiles = 1 + STAGE_FLOPS / (all + 1);
    objective->tiles = cvxnn__doubles(scope, objective->groups, TILE_ROWS * (d + width + 2 * outputs));
    objective->partials = cvxnn__doubles(scope, objective->groups, length);
    objective->losses = cvxnn__doubles(scope, objective->groups, 1);
    return scope->failed ? cvxnn__fail_memory(context) : CVXNN_OK;
}

/* The instance of rows first .. first + count - 1: F is a sum over rows, S stays that of all. */
static struct cvxnn__instance slice(const struct cvxnn__instance *instance, int64_t first, int64_t count) {
    struct cvxnn__instance part = *instance;
    part.rows = cvxnn__rows_slice(&instance->rows, first, count);
    part.targets += first * instance->outputs;
    if (part.weights) part.weights += first;
    return part;
}

/* h_ij becomes dF/d(x_i . u_j) = -1[h_ij > 0] nu_i . a_j; one output, the common case, without a sum. */
static void backward(int64_t count, int64_t width, int64_t outputs, const double *nu, const double *a,
                     double *h) {
    for (int64_t i = 0; i < count; i++, h += width, nu += outputs)
        if (outputs == 1)
            for (int64_t j = 0; j < width; j++) h[j] = (h[j] > 0 ? -nu[0] : 0) * a[j];
        else
            for (int64_t j = 0; j < width; j++)
                h[j] = h[j] > 0 ? -cvxnn__dot(outputs, nu, a + j * outputs) : 0;
}

/* Adds the loss and gradient of rows i .. i + count - 1 to the group's. */
static void add_tile(const struct cvxnn__objective *objective, int64_t group, int64_t i, int64_t count) {
    const struct cvxnn__instance part = slice(objective->instance, i, count);
    int64_t d = part.rows.d, width = objective->width, outputs = part.outputs;
    double *rows = objective->tiles + group * TILE_ROWS * (d + width + 2 * outputs); /* TILE_ROWS x d */
    double *h = rows + TILE_ROWS * d;                                                /* TILE_ROWS x width */
    double *f = h + TILE_ROWS * width, *nu = f + TILE_ROWS * outputs;                /* TILE_ROWS x outputs */
    double *by_u = objective->partials + group * objective->length, *by_a = by_u + width * d;
    const double *u = objective->x, *a = u + width * d;
    cvxnn__rows_tile(&part.rows, 0, count, 0, d, rows, d);
    cvxnn__gemm(0, 1, count, width, d, 1, rows, d, u, d, 0, h, width);
    for (int64_t e = 0; e < count * width; e++) h[e] = 0.5 * (h[e] + fabs(h[e])); /* (.)_+ without a branch */
    cvxnn__gemm(0, 0, count, outputs, width, 1, h, width, a, outputs, 0, f, outputs);
    objective->losses[group] += cvxnn__loss_value(&part, f);
    cvxnn__loss_residual(&part, f, nu);
    cvxnn__gemm(1, 0, width, outputs, count, -1, h, width, nu, outputs, 1, by_a, outputs);
    backward(count, width, outputs, nu, a, h);
    cvxnn__gemm(1, 0, width, d, count, 1, h, width, rows, d, 1, by_u, d);
}

/* One stage of one group. */
static void add_stage(void *argument, int64_t group) {
    const struct cvxnn__objective *objective = argument;
    int64_t n = objective->instance->rows.n, last = objective->first + objective->stage_tiles;
    for (int64_t t = objective->first; t < least(last, objective->group_tiles); t++) {
        int64_t i = (group * objective->group_tiles + t) * TILE_ROWS;
        if (i < n) add_tile(objective, group, i, least(TILE_ROWS, n - i));
    }
}

int32_t cvxnn__objective_evaluate(void *argument, const double *x, double *value, double *gradient) {
    struct cvxnn__objective *objective = argument;
    int64_t groups = objective->groups, length = objective->length;
    double beta = objective->instance->beta, loss = 0;
    objective->x = x;
    for (int64_t e = 0; e < groups * length; e++) objective->partials[e] = 0;
    for (int64_t g = 0; g < groups; g++) objective->losses[g] = 0;
    for (objective->first = 0; objective->first < objective->group_tiles;
         objective->first += objective->stage_tiles) {
        int32_t status = cvxnn__poll(objective->context);
        if (status) return status;
        cvxnn__run(objective->context->team, groups, add_stage, objective);
    }
    for (int64_t e = 0; e < length; e++) gradient[e] = beta * x[e];
    for (int64_t g = 0; g < groups; g++) {
        loss += objective->losses[g];
        cvxnn__axpy(length, 1, objective->partials + g * length, gradient);
    }
    *value = loss + 0.5 * beta * cvxnn__dot(length, x, x);
    return CVXNN_OK;
}
