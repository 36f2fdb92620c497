/*
 * The lower bound: two searches, for nu and for -nu, and a proof of what they find. See lower_bound.h.
 *
 * What is proved is a statement on one vector of doubles z = fl(t nu): h(z) <= beta and h(-z) <= beta by
 * cvxnn__linear_bound, and p* >= D(z) >= the floor that is reported. t itself needs no exactness.
 */
#include "gap/lower_bound.h"

#include <math.h>

#include "gap/linear_search.h"
#include "gap/sphere_bound.h"
#include "linalg/rounding.h"

/* The search ends when in WINDOW iterations the bound on h has not fallen by LEAST_FALL of itself, and after
 * MOST_ITERATIONS. */
enum { WINDOW = 16, MOST_ITERATIONS = 400 };
static const double LEAST_FALL = 1e-4;

/* What a solve spends on sphere polynomials: the highest order of which so many iterations cost no more than
 * OPERATIONS, or order 1 with as many as that allows, if they are not too few to be of use. */
enum { MOST_ORDER = 2, SPHERE_ITERATIONS = 200, FEWEST_ITERATIONS = 50 };
static const double OPERATIONS = 1e10, DOUBLES = 5e7;

struct proof {
    const struct cvxnn__instance *instance;
    struct cvxnn__linear_search search[2]; /* nu, -nu */
    double *z, *signed_z, *slope;          /* n each */
    double bound;                          /* the best proved so far */
    int unconstrained;                     /* D is at its maximum along nu: no smaller h could help */
};

/* Whether h(z) <= beta and h(-z) <= beta, with the slopes of the searches times t. */
static int32_t feasible(struct cvxnn__context *context, struct proof *proof, double t, int *is_feasible) {
    const struct cvxnn__rows *rows = &proof->instance->rows;
    *is_feasible = 0;
    for (int s = 0; s < 2; s++) {
        const struct cvxnn__linear_search *search = &proof->search[s];
        struct cvxnn__linear_form form = {proof->signed_z, proof->slope, search->lambda};
        double value;
        for (int64_t i = 0; i < rows->n; i++) {
            proof->signed_z[i] = s ? -proof->z[i] : proof->z[i];
            proof->slope[i] = t * search->slope[i];
        }
        int32_t status = cvxnn__linear_bound(context, rows, &form, &value);
        if (status || !(value <= proof->instance->beta)) return status;
    }
    *is_feasible = 1;
    return CVXNN_OK;
}

/* Raises proof->bound to what the searches' present results prove. The margin by which t stays below
 * beta / hbar covers the rounding of z and of its own bound; where it does not, it grows. */
static int32_t prove(struct cvxnn__context *context, struct proof *proof) {
    const double *nu = proof->search[0].nu;
    double most = proof->instance->beta / fmax(proof->search[0].value, proof->search[1].value);
    double best = cvxnn__loss_dual_scale(proof->instance, nu, most);
    int is_feasible = 0;
    proof->unconstrained = best < most;
    for (double margin = 0x1p-46; !is_feasible && margin < 1; margin *= 64) {
        double t = best * (1 - margin);
        if (!(t > 0 && t < INFINITY)) return CVXNN_OK;
        for (int64_t i = 0; i < proof->instance->rows.n; i++) proof->z[i] = t * nu[i];
        int32_t status = feasible(context, proof, t, &is_feasible);
        if (status) return status;
    }
    if (is_feasible) proof->bound = fmax(proof->bound, cvxnn__loss_dual_floor(proof->instance, proof->z));
    return CVXNN_OK;
}

static int32_t report(struct cvxnn__context *context, const struct proof *proof, int64_t iterations) {
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_BOUND);
    progress.iterations = iterations;
    progress.lower_bound = proof->bound;
    return cvxnn__report(context, &progress);
}

/* Improves the larger of the two bounds on h, iteration after iteration, and proves what comes of it. */
static int32_t improve(struct cvxnn__context *context, struct proof *proof) {
    struct cvxnn__linear_search *search = proof->search;
    double before = INFINITY;
    for (int64_t iteration = 1; iteration <= MOST_ITERATIONS; iteration++) {
        struct cvxnn__linear_search *worse = search[0].value >= search[1].value ? &search[0] : &search[1];
        double value = worse->value;
        int32_t status = cvxnn__linear_search_step(context, worse);
        if (!status && worse->value < value && fmax(search[0].value, search[1].value) < INFINITY)
            status = prove(context, proof);
        if (!status) status = report(context, proof, iteration);
        if (status) return status;
        if (proof->unconstrained) break;
        if (iteration % WINDOW == 0) {
            double now = fmax(search[0].value, search[1].value);
            if (!(now < before * (1 - LEAST_FALL))) break;
            before = now;
        }
    }
    return CVXNN_OK;
}

/* The bound by sphere polynomials, when it can be had at this price; *bound is raised if it is better. */
static int32_t raise_by_sphere(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                               const double *nu, double *bound) {
    int64_t n = instance->rows.n, d = instance->rows.d;
    struct cvxnn__bound_options options = {
        .order = cvxnn__sphere_bound_order(n, d, SPHERE_ITERATIONS, OPERATIONS, DOUBLES),
        .most_iterations = SPHERE_ITERATIONS,
        .target = INFINITY,
        .known = *bound};
    if (options.order > MOST_ORDER) options.order = MOST_ORDER;
    if (options.order == 0) {
        options.order = 1;
        options.most_iterations = FEWEST_ITERATIONS;
        if (!(cvxnn__sphere_bound_operations(n, d, 1, FEWEST_ITERATIONS) <= OPERATIONS) ||
            !(cvxnn__sphere_bound_doubles(n, d, 1) <= DOUBLES))
            return CVXNN_OK;
    }
    struct cvxnn__scope scope;
    struct cvxnn__certificate certificate;
    struct cvxnn__proved proved;
    cvxnn__scope_open(&scope, context->memory);
    cvxnn__certificate_take(&scope, n, d, options.order, &certificate);
    int32_t status = scope.failed
                         ? cvxnn__fail_memory(context)
                         : cvxnn__sphere_bound(context, instance, nu, &options, &certificate, &proved);
    if (status >= 0) *bound = fmax(*bound, proved.bound);
    cvxnn__scope_close(&scope);
    return status;
}

static int is_finite(int64_t n, const double *x) {
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return 0;
    return 1;
}

int32_t cvxnn__lower_bound(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                           const double *nu, double *bound) {
    struct cvxnn__scope scope;
    struct proof proof = {.instance = instance};
    cvxnn__scope_open(&scope, context->memory);
    for (int s = 0; s < 2; s++)
        cvxnn__linear_search_begin(&scope, &instance->rows, nu, s ? -1 : 1, &proof.search[s]);
    proof.z = cvxnn__doubles(&scope, instance->rows.n, 1);
    proof.signed_z = cvxnn__doubles(&scope, instance->rows.n, 1);
    proof.slope = cvxnn__doubles(&scope, instance->rows.n, 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : improve(context, &proof);
    cvxnn__scope_close(&scope);
    double best = proof.bound;
    if (!status && is_finite(instance->rows.n, nu)) status = raise_by_sphere(context, instance, nu, &best);
    if (status >= 0) *bound = best;
    return status;
}
