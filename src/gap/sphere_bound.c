/* The root bound: search, check, keep the best. See sphere_bound.h. */
#include "gap/sphere_bound.h"

#include <math.h>
#include <stddef.h>

/* Certificates are checked every CHECK_EVERY steps. The end is where the residuals are small and in WINDOW
 * steps the bound has not risen by LEAST_RISE of itself, or after MOST_ITERATIONS. */
enum { CHECK_EVERY = 10, WINDOW = 100, MOST_ITERATIONS = 20000 };
static const double LEAST_RISE = 1e-5, SMALL_RESIDUAL = 1e-3;

struct bound {
    const struct cvxnn__instance *instance;
    const struct cvxnn__bound_options *options;
    struct cvxnn__sphere_search search;
    struct cvxnn__certificate trial, *best;
    struct cvxnn__proved *proved;
};

static int32_t report(struct cvxnn__context *context, const struct bound *bound) {
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_BOUND);
    progress.iterations = bound->search.steps;
    progress.lower_bound = bound->proved->bound;
    return cvxnn__report(context, &progress);
}

/* The trial becomes the best where it proves more. */
static int32_t try_certificate(struct cvxnn__context *context, struct bound *bound) {
    struct cvxnn__proved proved;
    int32_t status = cvxnn__sphere_check(context, bound->instance, &bound->trial, &proved);
    if (status || !(proved.bound > bound->proved->bound)) return status;
    cvxnn__certificate_copy(&bound->trial, bound->best);
    *bound->proved = proved;
    return CVXNN_OK;
}

static int32_t improve(struct cvxnn__context *context, struct bound *bound) {
    int64_t most = bound->options->most_iterations ? bound->options->most_iterations : MOST_ITERATIONS;
    double before = 0;
    for (int64_t step = 1; step <= most; step++) {
        int check = step % CHECK_EVERY == 0 || step == most;
        int32_t status = cvxnn__sphere_search_step(context, &bound->search, check ? &bound->trial : NULL);
        if (!status && check) status = try_certificate(context, bound);
        if (!status && check) status = report(context, bound);
        if (status) return status;
        if (bound->proved->bound >= bound->options->target) break;
        if (step % WINDOW == 0) {
            double residual = fmax(bound->search.primal, bound->search.dual);
            if (bound->proved->bound <= before * (1 + LEAST_RISE) && residual < SMALL_RESIDUAL) break;
            before = bound->proved->bound;
        }
    }
    return CVXNN_OK;
}

int32_t cvxnn__sphere_bound(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                            const double *nu, const struct cvxnn__bound_options *options,
                            struct cvxnn__certificate *best, struct cvxnn__proved *proved) {
    struct cvxnn__scope scope;
    struct bound bound = {.instance = instance, .options = options, .best = best, .proved = proved};
    *proved = (struct cvxnn__proved){.h = {INFINITY, INFINITY}};
    cvxnn__scope_open(&scope, context->memory);
    cvxnn__certificate_take(&scope, instance->rows.n, instance->rows.d, options->order, &bound.trial);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    if (!status)
        status = cvxnn__sphere_search_begin(context, &scope, instance, options->order, nu, &bound.search);
    if (!status && bound.search.n > 0) status = improve(context, &bound);
    if (!status && bound.search.n == 0) { /* no row says anything: f = 0 is all there is, and h = 0 */
        cvxnn__sphere_search_residual(instance, bound.trial.nu);
        status = try_certificate(context, &bound);
    }
    cvxnn__scope_close(&scope);
    return status;
}
