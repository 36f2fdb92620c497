/*
 * The ReLU program over given patterns: a working set of blocks, solved by the active set of relu.h with
 * fixed cones, to which pricing adds the blocks that violate most. See relu_cones.h.
 */
#include "convex/relu_cones.h"

#include <math.h>
#include <string.h>

#include "convex/relu.h"
#include "convex/relu_price.h"
#include "linalg/blas.h"

enum { FIRST_JOINING = 32, MOST_ROUNDS = 1000 };

/* A neuron this far outside a cone, relative to |x_i| |v|, is on its wall, up to rounding. */
static const double INSIDE = 1e-13;

/* Relative gain at which a round's program counts as solved: at first, later as a share of what the round
 * before gained, and in the end, per tolerance. */
static const double FIRST_TARGET = 1e-2, TARGET_SHARE = 0.1, LEAST_TARGET = 1e-3;

struct cones {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    const struct cvxnn__patterns *patterns;
    double tolerance;
    struct cvxnn__relu relu;
    struct cvxnn__scope scope;
    unsigned char *bits; /* n: of one pattern */
    double *scaled, *u;  /* n, d: work */
    struct cvxnn__relu_report *report;
};

/* D at the residual, scaled by what the blocks allow; the best so far is kept. */
static void set_gap(struct cones *cones, const struct cvxnn__blocks *blocks) {
    struct cvxnn__relu *relu = &cones->relu;
    struct cvxnn__relu_report *report = cones->report;
    double beta = cones->instance->beta;
    report->violation = blocks->largest / beta - 1;
    report->objective = relu->objective;
    if (blocks->complete) {
        double t = cvxnn__loss_dual_scale(cones->instance, relu->nu, beta / blocks->largest);
        for (int64_t i = 0; i < relu->n; i++) cones->scaled[i] = t * relu->nu[i];
        report->dual = fmax(report->dual, cvxnn__loss_dual(cones->instance, cones->scaled));
    }
    report->gap = relu->objective > 0 ? (relu->objective - report->dual) / relu->objective : 0;
}

/* Blocks that violate by more than a tenth of the largest violation enter, at most `most` of them. */
static int32_t enter(struct cones *cones, const struct cvxnn__blocks *blocks, int64_t most) {
    struct cvxnn__relu *relu = &cones->relu;
    double beta = cones->instance->beta, least = beta + 0.1 * (blocks->largest - beta);
    int64_t entered = 0;
    for (int64_t b = 0; b < blocks->count && entered < most; b++) {
        const struct cvxnn__block *block = blocks->block + b;
        if (!block->exact || !(block->value > least)) continue;
        for (int64_t i = 0; i < relu->n; i++)
            cones->bits[i] = (unsigned char)cvxnn__masks_get(&cones->patterns->masks, block->pattern, i);
        for (int64_t e = 0; e < relu->d; e++) cones->u[e] = block->z[e] / block->value;
        int32_t status = cvxnn__relu_enter(relu, cones->u, block->sign, block->pattern, cones->bits);
        if (status) return status;
        entered++;
    }
    return cvxnn__relu_refresh(relu, 0);
}

/* Programs are solved roughly while pricing finds much; one that was not solved to the end and gained nothing
 * is solved again. */
static int32_t rounds(struct cones *cones) {
    struct cvxnn__relu *relu = &cones->relu;
    double before = INFINITY, least = fmax(LEAST_TARGET * cones->tolerance, 1e-15);
    double target = fmax(least, FIRST_TARGET);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        struct cvxnn__blocks blocks;
        int64_t joining = relu->count > FIRST_JOINING ? relu->count : FIRST_JOINING;
        int32_t status = cvxnn__relu_solve(relu, target);
        if (status) return status;
        if (!(relu->objective < before)) {
            if (target <= least) return CVXNN_STOPPED_PRECISION;
            target = least;
            before = INFINITY; /* the residual may be better when P cannot be */
            continue;
        }
        if (round > 0) target = fmax(least, fmin(target, TARGET_SHARE * (before / relu->objective - 1)));
        before = relu->objective;
        status = cvxnn__relu_price(cones->context, &cones->instance->rows, cones->patterns, relu->norms,
                                   relu->nu, cones->instance->beta, joining, &blocks);
        if (status < 0) return status;
        set_gap(cones, &blocks);
        int done = !status && blocks.complete && cones->report->gap <= cones->tolerance;
        if (!status && !done) status = enter(cones, &blocks, joining);
        cvxnn__blocks_free(&blocks);
        if (status || done) return status;
    }
    return CVXNN_STOPPED_ITERATIONS;
}

/* 1 when pattern p's cone holds v, given X v and |v|; bits is made its pattern. Rows of weight 0 do not
 * count. */
static int holds(struct cones *cones, int64_t p, const double *products, double size) {
    const struct cvxnn__relu *relu = &cones->relu;
    for (int64_t i = 0; i < relu->n; i++) {
        double room = INSIDE * size * relu->norms[i];
        cones->bits[i] = (unsigned char)cvxnn__masks_get(&cones->patterns->masks, p, i);
        if (relu->norms[i] > 0 && (cones->bits[i] ? products[i] < -room : products[i] > room)) return 0;
    }
    return 1;
}

/* The neurons of a network that some cone holds, each in the first that does. */
static int32_t add_start(struct cones *cones, const struct cvxnn__network *start) {
    struct cvxnn__relu *relu = &cones->relu;
    double *products = cvxnn__doubles(&cones->scope, relu->n, 1);
    if (!products) return cvxnn__fail_memory(cones->context);
    for (int64_t j = 0; j < start->neurons; j++) {
        const double *u = start->u + j * relu->d;
        double size = cvxnn__norm(relu->d, u), weight = fabs(start->a[j]), sign = start->a[j] > 0 ? 1 : -1;
        int64_t p = 0;
        if (!(size * weight > 0)) continue;
        int32_t status = cvxnn__rows_times(cones->context, &cones->instance->rows, 1, u, relu->d, products,
                                           1);
        if (status) return status;
        while (p < cones->patterns->masks.count && !holds(cones, p, products, size)) p++;
        if (p == cones->patterns->masks.count) continue;
        for (int64_t e = 0; e < relu->d; e++) cones->u[e] = weight * u[e];
        status = cvxnn__relu_add(relu, cones->u, sign, p, cones->bits);
        if (status) return status;
    }
    return cvxnn__relu_refresh(relu, 0);
}

/* The most by which a neuron is outside its cone. */
static double outside(const struct cvxnn__relu *relu) {
    double most = 0;
    for (int64_t j = 0; j < relu->count; j++) {
        const struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        for (int64_t i = 0; i < relu->n; i++) {
            double product = relu->products[i * relu->count + j], size = relu->norms[i] * neuron->size;
            double depth = (neuron->kinks.state[i] & CVXNN__ROW_ON) ? -product : product;
            if (size > 0) most = fmax(most, depth / size);
        }
    }
    return most;
}

int32_t cvxnn__relu_cones(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const struct cvxnn__patterns *patterns, double tolerance, int64_t most_iterations,
                          const struct cvxnn__network *start, struct cvxnn__network *network,
                          struct cvxnn__relu_report *report) {
    struct cones cones = {.context = context,
                          .instance = instance,
                          .patterns = patterns,
                          .tolerance = tolerance,
                          .report = report};
    *report = (struct cvxnn__relu_report){.violation = INFINITY, .gap = 1};
    int32_t status = cvxnn__relu_open(context, instance, 1, &cones.relu);
    if (status) return status;
    cones.relu.most_iterations = most_iterations;
    cvxnn__scope_open(&cones.scope, context->memory);
    cones.bits = cvxnn__take(&cones.scope, instance->rows.n, 1, 1);
    cones.scaled = cvxnn__doubles(&cones.scope, instance->rows.n, 1);
    cones.u = cvxnn__doubles(&cones.scope, instance->rows.d, 1);
    status = cones.scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    if (!status && start) status = add_start(&cones, start);
    if (!status) status = rounds(&cones);
    if (status >= 0) {
        report->objective = cones.relu.objective;
        report->gap = report->objective > 0 ? (report->objective - report->dual) / report->objective : 0;
        report->active = cones.relu.count;
        report->iterations = cones.relu.iterations;
        report->outside = outside(&cones.relu);
        int32_t failed = cvxnn__relu_network(&cones.relu, network);
        if (failed) status = failed;
    }
    cvxnn__scope_close(&cones.scope);
    cvxnn__relu_close(&cones.relu);
    return status;
}
