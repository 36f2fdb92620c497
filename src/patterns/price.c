/* Pricing: starts, rough ascents in batches, the best of them ascended exactly. See price.h. */
#include "patterns/price.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "linalg/blas.h"
#include "patterns/pool.h"

enum { BATCH = 128, TILE_NUMBERS = 1 << 18, ROUGH_STEPS = 12 };

/* Cosines above which two rough ascents, or two maxima, are the same. */
static const double NEAR = 0.9999, SAME = 1 - 1e-10;
/* And above which an ascent is in the neighbourhood of a given direction. */
static const double NEIGHBOUR = 0.98;
/* The least tangent of the angles between random starts and the given directions around which they are drawn.
 */
static const double SPREAD = 0.05;

struct ascents {
    struct cvxnn__context *context;
    const struct cvxnn__rows *rows;
    const double *nu;
    struct cvxnn__scope scope;
    int64_t n, d, count;          /* ascents of the batch */
    double *u, *g, *value, *step; /* count x d: best u and its g; count: h there, a */
    double *sign;
    double *trial, *trial_g; /* count x d */
    int64_t tile_rows;
    double *tile, *part; /* tile_rows x count; count x d */
    double *given;       /* given x d: the caller's directions as unit vectors */
    double *cosine;      /* count x given */
    int64_t *near;       /* count: the given direction nearby, or CVXNN__NOWHERE */
};

static int32_t open_ascents(struct ascents *a, int64_t given) {
    int64_t rows = TILE_NUMBERS / BATCH;
    a->tile_rows = rows < a->n ? rows : a->n;
    a->u = cvxnn__doubles(&a->scope, BATCH, a->d);
    a->g = cvxnn__doubles(&a->scope, BATCH, a->d);
    a->trial = cvxnn__doubles(&a->scope, BATCH, a->d);
    a->trial_g = cvxnn__doubles(&a->scope, BATCH, a->d);
    a->part = cvxnn__doubles(&a->scope, BATCH, a->d);
    a->value = cvxnn__doubles(&a->scope, BATCH, 1);
    a->step = cvxnn__doubles(&a->scope, BATCH, 1);
    a->sign = cvxnn__doubles(&a->scope, BATCH, 1);
    a->tile = cvxnn__doubles(&a->scope, a->tile_rows, BATCH);
    a->given = cvxnn__doubles(&a->scope, given, a->d);
    a->cosine = cvxnn__doubles(&a->scope, BATCH, given);
    a->near = cvxnn__integers(&a->scope, BATCH);
    return a->scope.failed ? cvxnn__fail_memory(a->context) : CVXNN_OK;
}

/* Makes u a unit vector; 0 when it is zero. */
static int normalise(int64_t d, double *u) {
    double length = cvxnn__norm(d, u);
    for (int64_t e = 0; e < d && length > 0; e++) u[e] /= length;
    return length > 0;
}

/* products become nu where they are positive, else 0; eight at a time, which compilers do without a branch.
 */
static void load_where_on(int64_t count, double nu, double *product) {
    int64_t k = 0;
    for (; k + 8 <= count; k += 8)
        for (int b = 0; b < 8; b++) product[k + b] = product[k + b] > 0 ? nu : 0;
    for (; k < count; k++) product[k] = product[k] > 0 ? nu : 0;
}

/* trial_g = sign X' D(trial) nu, some rows at a time. */
static int32_t pull(struct ascents *a) {
    int64_t count = a->count, d = a->d;
    memset(a->trial_g, 0, (size_t)(count * d) * sizeof(double));
    for (int64_t i = 0; i < a->n; i += a->tile_rows) {
        int64_t left = a->n - i, height = left < a->tile_rows ? left : a->tile_rows;
        struct cvxnn__rows slice = cvxnn__rows_slice(a->rows, i, height);
        int32_t status = cvxnn__rows_times(a->context, &slice, count, a->trial, d, a->tile, count);
        if (status) return status;
        for (int64_t r = 0; r < height; r++) load_where_on(count, a->nu[i + r], a->tile + r * count);
        status = cvxnn__rows_transposed_times(a->context, &slice, count, a->tile, count, a->part, d);
        if (status) return status;
        cvxnn__axpy(count * d, 1, a->part, a->trial_g);
    }
    for (int64_t k = 0; k < count; k++)
        for (int64_t e = 0; e < d; e++) a->trial_g[k * d + e] *= a->sign[k];
    return CVXNN_OK;
}

/* Keeps trials that are better, shortens the steps of those that are not, and makes the next trials. */
static void advance(struct ascents *a, int first) {
    int64_t d = a->d;
    for (int64_t k = 0; k < a->count; k++) {
        double *u = a->u + k * d, *g = a->g + k * d, *trial = a->trial + k * d;
        double value = cvxnn__dot(d, trial, a->trial_g + k * d);
        if (first || value > a->value[k]) {
            memcpy(u, trial, (size_t)d * sizeof *u);
            memcpy(g, a->trial_g + k * d, (size_t)d * sizeof *g);
            a->value[k] = value;
            a->step[k] = first ? 1 : fmin(1, 2 * a->step[k]);
        } else {
            a->step[k] *= 0.35;
        }
        double length = cvxnn__norm(d, g);
        for (int64_t e = 0; e < d; e++)
            trial[e] = length > 0 ? u[e] + a->step[k] * (g[e] / length - u[e]) : u[e];
        if (!normalise(d, trial)) memcpy(trial, u, (size_t)d * sizeof *u);
    }
}

static int32_t climb(struct ascents *a) {
    for (int step = 0; step <= ROUGH_STEPS; step++) {
        int32_t status = pull(a);
        if (!status) advance(a, step == 0);
        if (!status) status = cvxnn__poll(a->context);
        if (status) return status;
    }
    return CVXNN_OK;
}

/* ---- From all starts ----------------------------------------------------------------------------------- */

/* Start number s of all, each with both signs in turn: the caller's directions; then random ones, three of
 * four of them around the caller's, at tangents of SPREAD times 1, 2, ..., 32: most new neurons are found
 * near old ones, and the more, the nearer, the less there is to gain. */
static void draw(struct ascents *a, const struct cvxnn__price_options *options, int64_t s, int64_t k) {
    int64_t d = a->d, number = s / 2, index = number - options->given;
    double *u = a->trial + k * d;
    a->sign[k] = s % 2 ? -1 : 1;
    if (index < 0) {
        memcpy(u, options->directions + number * d, (size_t)d * sizeof *u);
    } else {
        cvxnn__normals(options->seed, CVXNN__STREAM_PRICE, (options->round << 32) + (uint64_t)index, d, u);
        if (options->given > 0 && index % 8 > 1 && normalise(d, u)) {
            const double *near = options->directions + index / 8 % options->given * d;
            double spread = SPREAD * (double)(1 << (index % 8 - 2)) * cvxnn__norm(d, near);
            for (int64_t e = 0; e < d; e++) u[e] = near[e] + spread * u[e];
        }
    }
    if (!normalise(d, u)) u[0] = 1;
}

/* The caller's directions as unit vectors. */
static void read_given(struct ascents *a, const struct cvxnn__price_options *options) {
    int64_t numbers = options->given * a->d;
    if (numbers > 0) memcpy(a->given, options->directions, (size_t)numbers * sizeof *a->given);
    for (int64_t j = 0; j < options->given; j++) normalise(a->d, a->given + j * a->d);
}

/* The given direction nearest to each ascent of the batch, or CVXNN__NOWHERE, into a->near. 0: too many for
 * BLAS. */
static int find_near(struct ascents *a, int64_t given) {
    for (int64_t k = 0; k < a->count; k++) a->near[k] = CVXNN__NOWHERE;
    if (given == 0) return 1;
    if (!cvxnn__gemm(0, 1, a->count, given, a->d, 1, a->u, a->d, a->given, a->d, 0, a->cosine, given))
        return 0;
    for (int64_t k = 0; k < a->count; k++) {
        double most = NEIGHBOUR;
        for (int64_t j = 0; j < given; j++)
            if (a->cosine[k * given + j] > most) most = a->cosine[k * given + j], a->near[k] = j;
    }
    return 1;
}

static int32_t climb_all(struct ascents *a, const struct cvxnn__price_options *options,
                         struct cvxnn__pool *pool) {
    int64_t all = 2 * (options->given + options->random);
    for (int64_t s = 0; s < all; s += a->count) {
        a->count = all - s < BATCH ? all - s : BATCH;
        for (int64_t k = 0; k < a->count; k++) draw(a, options, s + k, k);
        int32_t status = climb(a);
        if (status) return status;
        if (!find_near(a, options->most_near > 0 ? options->given : 0))
            return cvxnn__fail_product(a->context);
        for (int64_t k = 0; k < a->count; k++)
            if (a->value[k] >= options->least)
                cvxnn__pool_keep(pool, a->near[k], a->u + k * a->d, a->sign[k], a->value[k], NEAR);
    }
    return CVXNN_OK;
}

/* The pool's maxima, the largest first. */
static int32_t deliver(struct cvxnn__context *context, const struct cvxnn__pool *pool,
                       struct cvxnn__priced *priced) {
    int64_t d = pool->d;
    priced->u = cvxnn__doubles(&priced->scope, pool->count, d);
    priced->sign = cvxnn__doubles(&priced->scope, pool->count, 1);
    priced->value = cvxnn__doubles(&priced->scope, pool->count, 1);
    if (priced->scope.failed) return cvxnn__fail_memory(context);
    for (priced->count = 0; priced->count < pool->count; priced->count++) {
        int64_t best = cvxnn__pool_largest(pool);
        if (best < 0) break;
        memcpy(priced->u + priced->count * d, pool->u + best * d, (size_t)d * sizeof(double));
        priced->sign[priced->count] = pool->sign[best];
        priced->value[priced->count] = pool->value[best];
        pool->value[best] = 0;
    }
    return CVXNN_OK;
}

/* Exact ascents from where the rough ones ended, unless they were stopped, and from the maxima of before:
 * what they reach is kept in maxima. */
static int32_t ascend_all(struct ascents *a, const struct cvxnn__price_options *options,
                          const struct cvxnn__pool *rough, int32_t stopped, struct cvxnn__pool *maxima) {
    const struct cvxnn__priced *known = options->known;
    int64_t d = a->d, before = known && !stopped ? known->count : 0, count = rough->count + before;
    double *u = cvxnn__doubles(&a->scope, count, d), *sign = cvxnn__doubles(&a->scope, count, 1),
           *value = cvxnn__doubles(&a->scope, count, 1);
    if (!cvxnn__pool_take(&a->scope, d, 0, count, 0, maxima)) return cvxnn__fail_memory(a->context);
    for (int64_t k = 0; k < count; k++) {
        int64_t at = k - rough->count;
        memcpy(u + k * d, at < 0 ? rough->u + k * d : known->u + at * d, (size_t)d * sizeof *u);
        sign[k] = at < 0 ? rough->sign[k] : known->sign[at];
        value[k] = at < 0 ? rough->value[k] : 0; /* it was that of another h */
    }
    int32_t status = stopped;
    if (!status) status = cvxnn__ascend(a->context, a->rows, options->norms, a->nu, count, u, sign, value);
    for (int64_t k = 0; status >= 0 && k < count; k++)
        cvxnn__pool_keep(maxima, CVXNN__NOWHERE, u + k * d, sign[k], value[k], SAME);
    return status;
}

int32_t cvxnn__price(struct cvxnn__context *context, const struct cvxnn__rows *rows, const double *nu,
                     const struct cvxnn__price_options *options, struct cvxnn__priced *priced) {
    struct ascents a = {.context = context, .rows = rows, .nu = nu, .n = rows->n, .d = rows->d};
    struct cvxnn__pool rough = {.count = 0}, maxima = {.count = 0};
    *priced = (struct cvxnn__priced){.count = 0};
    cvxnn__scope_open(&a.scope, context->memory);
    cvxnn__scope_open(&priced->scope, context->memory);
    int32_t status = open_ascents(&a, options->given);
    if (!status &&
        !cvxnn__pool_take(&a.scope, a.d, options->given, options->most, options->most_near, &rough))
        status = cvxnn__fail_memory(context);
    if (!status) read_given(&a, options);
    if (!status) status = climb_all(&a, options, &rough);
    if (status >= 0) status = ascend_all(&a, options, &rough, status, &maxima);
    if (status >= 0) {
        int32_t failed = deliver(context, &maxima, priced);
        if (failed) status = failed;
    }
    cvxnn__scope_close(&a.scope);
    if (status < 0) cvxnn__priced_free(priced);
    return status;
}

void cvxnn__priced_free(struct cvxnn__priced *priced) {
    cvxnn__scope_close(&priced->scope);
    priced->count = 0;
}
