/* The root bound: search, check, keep the best. See sphere_bound.h. */
#include "gap/sphere_bound.h"

#include <math.h>
#include <stddef.h>

#include "verify/monomials.h"

/* Certificates are checked every CHECK_EVERY steps at first and more seldom later: a check costs a few steps.
 * The end is where in WINDOW steps the bound has not risen by LEAST_RISE of itself, or after MOST_ITERATIONS.
 */
enum { CHECK_EVERY = 10, WINDOW = 100, DEEPER_EVERY = 50, MOST_ITERATIONS = 20000 };
static const double LEAST_RISE = 1e-5, SMALL_RESIDUAL = 1e-3, SLOW_RISE = 3e-3;

struct bound {
    const struct cvxnn__instance *instance;
    const struct cvxnn__bound_options *options;
    struct cvxnn__sphere_search by_themselves; /* either of the two searches */
    struct cvxnn__joint_search in_all_directions;
    const struct cvxnn__splitting *state; /* of that search */
    struct cvxnn__certificate trial, *best;
    struct cvxnn__proved *proved;
    double at_hand;                /* what the last trial has proved */
    double before, at_hand_before; /* the best bound and that one, a window ago */
    double shallow;                /* that one when it was last asked whether to go deeper */
    int64_t deeper_at;             /* the step after which the search has gone deeper */
    int uncut;                     /* 1: no cell could be cut when that was last tried */
};

static int32_t report(struct cvxnn__context *context, const struct bound *bound) {
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_BOUND);
    progress.iterations = bound->state->steps;
    progress.lower_bound = fmax(bound->proved->bound, bound->options->known);
    return cvxnn__report(context, &progress);
}

/* The trial becomes the best where it proves more. */
static int32_t try_certificate(struct cvxnn__context *context, struct bound *bound) {
    struct cvxnn__proved proved;
    int32_t status = cvxnn__sphere_check(context, bound->instance, &bound->trial, &proved);
    bound->at_hand = proved.bound;
    if (status || !(proved.bound > bound->proved->bound)) return status;
    cvxnn__certificate_copy(&bound->trial, bound->best);
    *bound->proved = proved;
    return CVXNN_OK;
}

static int32_t begin(struct cvxnn__context *context, struct cvxnn__scope *scope, const double *nu,
                     struct bound *bound) {
    if (bound->options->joint)
        return cvxnn__joint_search_begin(context, scope, bound->instance, nu, &bound->in_all_directions);
    return cvxnn__sphere_search_begin(context, scope, bound->instance, bound->options->order, nu,
                                      &bound->by_themselves);
}

static int32_t advance(struct cvxnn__context *context, struct bound *bound,
                       struct cvxnn__certificate *certificate) {
    if (bound->options->joint)
        return cvxnn__joint_search_step(context, &bound->in_all_directions, certificate);
    return cvxnn__sphere_search_step(context, &bound->by_themselves, certificate);
}

static int can_cut(const struct bound *bound) {
    return bound->options->joint && bound->state->count + 1 < bound->options->leaves;
}

/* With kinks in all directions, where the bound at hand rises slowly: a lower penalty, which a cut needs too,
 * so that it does not undo what has been found, and cells in two. */
static int32_t go_deeper(struct cvxnn__context *context, struct cvxnn__scope *scope, struct bound *bound) {
    struct cvxnn__joint_search *search = &bound->in_all_directions;
    double now = bound->at_hand, before = bound->shallow;
    if (!bound->options->joint || bound->state->steps % DEEPER_EVERY != 0) return CVXNN_OK;
    bound->shallow = now;
    if (now > before * (1 + SLOW_RISE)) return CVXNN_OK;
    bound->deeper_at = bound->state->steps;
    cvxnn__joint_search_soften(search);
    if (!can_cut(bound)) return CVXNN_OK;
    int64_t count = bound->state->count;
    int32_t status = cvxnn__joint_search_cut(context, scope, bound->options->leaves, search);
    bound->uncut = bound->state->count == count;
    return status;
}

/* The end: the residuals are small, or with kinks in all directions the search has been deeper, and no bound
 * has risen, the one at hand included, which a cut has lowered first. */
static int at_end(struct bound *bound) {
    if (bound->state->steps % WINDOW != 0 || (can_cut(bound) && !bound->uncut)) return 0;
    int joint = bound->options->joint,
        settled = joint ? bound->deeper_at > 0
                        : fmax(bound->state->primal, bound->state->dual) < SMALL_RESIDUAL;
    int risen = bound->proved->bound > bound->before * (1 + LEAST_RISE) ||
                (joint && bound->at_hand > bound->at_hand_before * (1 + LEAST_RISE));
    bound->before = bound->proved->bound, bound->at_hand_before = bound->at_hand;
    return settled && !risen;
}

static int32_t improve(struct cvxnn__context *context, struct cvxnn__scope *scope, struct bound *bound) {
    int64_t most = bound->options->most_iterations ? bound->options->most_iterations : MOST_ITERATIONS;
    int64_t next = CHECK_EVERY;
    for (int64_t step = 1; step <= most; step++) {
        int check = step >= next || step == most;
        int32_t status = advance(context, bound, check ? &bound->trial : NULL);
        if (!status && check) status = try_certificate(context, bound);
        if (!status && check) status = report(context, bound);
        if (status) return status;
        if (bound->proved->bound >= bound->options->target || at_end(bound)) break;
        status = go_deeper(context, scope, bound);
        if (status) return status;
        int64_t since = step - bound->deeper_at;
        if (check || since == 0) next = step + (since / 8 > CHECK_EVERY ? since / 8 : CHECK_EVERY);
    }
    return CVXNN_OK;
}

void cvxnn__bound_certificate(struct cvxnn__scope *scope, const struct cvxnn__instance *instance,
                              const struct cvxnn__bound_options *options,
                              struct cvxnn__certificate *certificate) {
    int64_t n = instance->rows.n, d = instance->rows.d;
    if (options->joint)
        cvxnn__certificate_take_joint(scope, n, d, options->leaves, certificate);
    else
        cvxnn__certificate_take(scope, n, d, options->order, certificate);
}

int32_t cvxnn__sphere_bound(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                            const double *nu, const struct cvxnn__bound_options *options,
                            struct cvxnn__certificate *best, struct cvxnn__proved *proved) {
    struct cvxnn__scope scope;
    struct bound bound = {.instance = instance, .options = options, .best = best, .proved = proved};
    *proved = (struct cvxnn__proved){.h = {INFINITY, INFINITY}};
    cvxnn__scope_open(&scope, context->memory);
    bound.state = options->joint ? &bound.in_all_directions.split : &bound.by_themselves.split;
    cvxnn__bound_certificate(&scope, instance, options, &bound.trial);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    if (!status) status = begin(context, &scope, nu, &bound);
    if (!status && bound.state->n > 0) status = improve(context, &scope, &bound);
    if (!status && bound.state->n == 0) { /* no row says anything: f = 0 is all there is, and h = 0 */
        cvxnn__residual_of_zero(instance, bound.trial.nu);
        status = try_certificate(context, &bound);
    }
    cvxnn__scope_close(&scope);
    return status;
}

double cvxnn__sphere_bound_operations(int64_t n, int64_t d, int64_t order, int64_t iterations) {
    int64_t size = cvxnn__certificate_size(d, order), system = cvxnn__row_system_order(n, d, order);
    if (size < 0 || system == INT64_MAX) return INFINITY;
    double m = (double)size, o = (double)system, rows = (double)n, width = 2 * (double)order + 1,
           length = (double)(cvxnn__monomials(d, 2 * order) + cvxnn__monomials(d, 2 * order - 1));
    int by_rows = system < n * (2 * order + 1) ? 0 : 1;
    double start = 0.7 * o * o * o + (by_rows ? 2 * o * o * width : 2 * rows * width * o * o);
    double step = 2 * (12 * m * m * m + 8 * rows * m * m + 4 * o * o + 8 * m * m + 40 * length +
                       200 * rows * width * width);
    double check = 0.1 * (2 * m * m * m + rows * length); /* one in CHECK_EVERY steps */
    return start + (double)iterations * (step + check);
}

double cvxnn__sphere_bound_doubles(int64_t n, int64_t d, int64_t order) {
    int64_t size = cvxnn__certificate_size(d, order), system = cvxnn__row_system_order(n, d, order);
    if (size < 0 || system == INT64_MAX) return INFINITY;
    double m = (double)size, o = (double)system, width = 2 * (double)order + 1;
    return 2 * o * o + 26 * m * m + (double)n * (m * (double)order + 12 * width * width);
}

/* Eigenvalues of small matrices run at a fraction of the speed of products of large ones. */
double cvxnn__joint_bound_operations(int64_t n, int64_t d, int64_t iterations) {
    int64_t size = cvxnn__certificate_size(d, 2);
    double even = (double)cvxnn__monomials(d, 4), odd = (double)cvxnn__monomials(d, 3);
    if (d < 2 || size < 0 || even < 0 || odd < 0) return INFINITY;
    double m = (double)size, rows = (double)n, columns = (double)d, length = even + odd,
           large = 2 * columns + 1, small = columns + 1;
    double start = 0.7 * length * length * length + length * rows * (6 * m * m + 150 * columns * columns);
    double step = 8 * rows * 15 * (large * large * large + small * small * small) + 8 * length * length +
                  2 * (12 * m * m * m + 8 * rows * m * m);
    return start + (double)iterations * step;
}

double cvxnn__joint_bound_doubles(int64_t n, int64_t d) {
    int64_t size = cvxnn__certificate_size(d, 2);
    double even = (double)cvxnn__monomials(d, 4), odd = (double)cvxnn__monomials(d, 3);
    if (d < 2 || size < 0 || even < 0 || odd < 0) return INFINITY;
    double m = (double)size, rows = (double)n, columns = (double)d, length = even + odd,
           large = 2 * columns + 1, small = columns + 1;
    double entries = large * large + small * small;
    return 2 * length * length + 26 * m * m + rows * (12 * entries + 12 * 3 * columns * columns);
}

int64_t cvxnn__sphere_bound_order(int64_t n, int64_t d, int64_t iterations, double operations,
                                  double doubles) {
    int64_t order = 0;
    while (order < CVXNN__BOUND_MOST_ORDER &&
           cvxnn__sphere_bound_operations(n, d, order + 1, iterations) <= operations &&
           cvxnn__sphere_bound_doubles(n, d, order + 1) <= doubles)
        order++;
    return order;
}
