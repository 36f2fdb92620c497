/*
 * The lasso (L) of refit.h by coordinate descent on a working set (Friedman, Hastie & Tibshirani 2010), which
 * suits it: few of the directions stay, and a step costs one column.
 *
 *   c_j <- S(c_j q_j + h_j . nu, beta) / q_j,   q_j = sum_i F''_i h_ij^2,   S(z, b) = sign(z) (|z| - b)_+
 *
 * Exact steps, as the squared loss has one curvature everywhere. A round ends by the duality gap over the
 * working set, all rounds by the gap over all directions.
 */
#include "convex/refit.h"

#include <math.h>
#include <string.h>

#include "convex/gated_internal.h"
#include "linalg/blas.h"

enum { FIRST_JOINING = 32, MOST_ROUNDS = 50, MOST_SWEEPS = 500, GAP_EVERY = 10 };
enum { TILE_NUMBERS = 1 << 19 }; /* of products held at once */

/* Relative gap that is good enough for a start of the polish and close enough to say what a refit gives. */
static const double TOLERANCE = 1e-5;

struct lasso {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    struct cvxnn__scope scope; /* owns the arrays */
    int64_t n, d, count;
    double *u;                    /* count x d: directions of length 1 */
    double *c;                    /* count */
    double *g;                    /* count: h_j . nu */
    double *f, *nu, *bend, *dual; /* n: outputs, residual, curvature, scratch */
    int64_t tile_rows;
    double *tile;    /* tile_rows x count */
    int64_t members; /* the working set */
    int64_t *member; /* count */
    double **column; /* count: h_j of a member, NULL for others */
    double *square;  /* count: q_j of a member */
};

/* ---- Directions ----------------------------------------------------------------------------- */

/* Adds direction w / |w| with weight c; a zero vector is none. */
static void add_direction(struct lasso *lasso, const double *w, double sign, double c) {
    double length = cvxnn__norm(lasso->d, w);
    if (!(length > 0)) return;
    double *u = lasso->u + lasso->count * lasso->d;
    for (int64_t j = 0; j < lasso->d; j++) u[j] = sign * (w[j] / length);
    lasso->c[lasso->count++] = c;
}

static void add_directions(struct lasso *lasso, const struct cvxnn__network *network,
                           const struct cvxnn__gated *solution) {
    for (int64_t j = 0; j < network->neurons; j++) {
        const double *u = network->u + j * lasso->d;
        add_direction(lasso, u, 1, cvxnn__norm(lasso->d, u) * network->a[j]);
    }
    for (int64_t p = 0; p < solution->active; p++) {
        add_direction(lasso, solution->w + p * lasso->d, 1, 0);
        add_direction(lasso, solution->w + p * lasso->d, -1, 0);
    }
}

static int32_t open_lasso(struct lasso *lasso, const struct cvxnn__network *network,
                          const struct cvxnn__gated *solution) {
    struct cvxnn__scope *scope = &lasso->scope;
    int64_t n = lasso->n, most = network->neurons + 2 * solution->active;
    int64_t rows = TILE_NUMBERS / (most + 1) + 1;
    lasso->tile_rows = rows < n ? rows : n;
    lasso->u = cvxnn__doubles(scope, most, lasso->d);
    lasso->c = cvxnn__doubles(scope, most, 1);
    lasso->g = cvxnn__doubles(scope, most, 1);
    lasso->f = cvxnn__doubles(scope, n, 1);
    lasso->nu = cvxnn__doubles(scope, n, 1);
    lasso->bend = cvxnn__doubles(scope, n, 1);
    lasso->dual = cvxnn__doubles(scope, n, 1);
    lasso->tile = cvxnn__doubles(scope, lasso->tile_rows, most);
    lasso->member = cvxnn__integers(scope, most);
    lasso->column = cvxnn__take_zeroed(scope, most, 1, (int64_t)sizeof *lasso->column);
    lasso->square = cvxnn__doubles(scope, most, 1);
    if (scope->failed) return cvxnn__fail_memory(lasso->context);
    add_directions(lasso, network, solution);
    return CVXNN_OK;
}

/* ---- Products with all directions, and with members ----------------------------------------- */

/* g = H' nu over all directions, some rows at a time. */
static int32_t correlate(struct lasso *lasso) {
    const struct cvxnn__rows *rows = &lasso->instance->rows;
    int64_t count = lasso->count;
    memset(lasso->g, 0, (size_t)count * sizeof *lasso->g);
    for (int64_t i = 0; i < lasso->n; i += lasso->tile_rows) {
        int64_t left = lasso->n - i, height = left < lasso->tile_rows ? left : lasso->tile_rows;
        struct cvxnn__rows slice = cvxnn__rows_slice(rows, i, height);
        int32_t status = cvxnn__rows_times(lasso->context, &slice, count, lasso->u, lasso->d, lasso->tile,
                                           count);
        if (status) return status;
        for (int64_t r = 0; r < height; r++) {
            const double *h = lasso->tile + r * count;
            double nu = lasso->nu[i + r];
            for (int64_t j = 0; j < count; j++) lasso->g[j] += nu * (h[j] > 0 ? h[j] : 0);
        }
    }
    return CVXNN_OK;
}

static int32_t join(struct lasso *lasso, int64_t j) {
    double *h = cvxnn__doubles(&lasso->scope, lasso->n, 1), square = 0;
    if (!h) return cvxnn__fail_memory(lasso->context);
    int32_t status = cvxnn__rows_times(lasso->context, &lasso->instance->rows, 1, lasso->u + j * lasso->d,
                                       lasso->d, h, 1);
    for (int64_t i = 0; i < lasso->n; i++) {
        h[i] = h[i] > 0 ? h[i] : 0;
        square += lasso->bend[i] * h[i] * h[i];
    }
    lasso->column[j] = h;
    lasso->square[j] = square;
    lasso->member[lasso->members++] = j;
    return status;
}

/* The directions that violate |g_j| <= beta most become members, as many as are in already or FIRST_JOINING.
 */
static int32_t join_worst(struct lasso *lasso, int64_t *joined) {
    int64_t most = lasso->members > FIRST_JOINING ? lasso->members : FIRST_JOINING;
    for (*joined = 0; *joined < most; ++*joined) {
        int64_t worst = -1;
        for (int64_t j = 0; j < lasso->count; j++)
            if (!lasso->column[j] && (worst < 0 || fabs(lasso->g[j]) > fabs(lasso->g[worst]))) worst = j;
        if (worst < 0 || !(fabs(lasso->g[worst]) > lasso->instance->beta)) return CVXNN_OK;
        int32_t status = join(lasso, worst);
        if (status) return status;
    }
    return CVXNN_OK;
}

/* f = H c and nu, afresh: steps add rounding errors to both. */
static void refresh(struct lasso *lasso) {
    memset(lasso->f, 0, (size_t)lasso->n * sizeof *lasso->f);
    for (int64_t m = 0; m < lasso->members; m++) {
        int64_t j = lasso->member[m];
        if (lasso->c[j] != 0) cvxnn__axpy(lasso->n, lasso->c[j], lasso->column[j], lasso->f);
    }
    cvxnn__loss_residual(lasso->instance, lasso->f, lasso->nu);
}

/* ---- Descent ----------------------------------------------------------------------------------- */

static void step(struct lasso *lasso, int64_t j) {
    const double *h = lasso->column[j];
    double square = lasso->square[j], beta = lasso->instance->beta;
    if (!(square > 0)) { /* a neuron that is silent on every row that counts */
        lasso->c[j] = 0;
        return;
    }
    double z = lasso->c[j] * square + cvxnn__dot(lasso->n, h, lasso->nu);
    double c = fabs(z) > beta ? copysign(fabs(z) - beta, z) / square : 0, change = c - lasso->c[j];
    if (change == 0) return;
    lasso->c[j] = c;
    for (int64_t i = 0; i < lasso->n; i++) lasso->nu[i] -= change * lasso->bend[i] * h[i];
}

/* Relative gap for the nu at hand, given the largest |g_j| of the directions that count. */
static double relative_gap(struct lasso *lasso, double largest) {
    double penalty = 0;
    for (int64_t m = 0; m < lasso->members; m++) penalty += fabs(lasso->c[lasso->member[m]]);
    double objective = cvxnn__loss_value(lasso->instance, lasso->f) + lasso->instance->beta * penalty;
    double dual = cvxnn__gated_dual(lasso->instance, lasso->nu, largest, lasso->dual);
    return objective > 0 ? (objective - dual) / objective : 0;
}

static double members_gap(struct lasso *lasso) {
    double largest = 0;
    refresh(lasso);
    for (int64_t m = 0; m < lasso->members; m++)
        largest = fmax(largest, fabs(cvxnn__dot(lasso->n, lasso->column[lasso->member[m]], lasso->nu)));
    return relative_gap(lasso, largest);
}

/* Sweeps over the members, those of weight 0 in every GAP_EVERY-th sweep only. */
static int32_t descend(struct lasso *lasso) {
    for (int sweep = 1; sweep <= MOST_SWEEPS; sweep++) {
        int all = sweep % GAP_EVERY == 1;
        for (int64_t m = 0; m < lasso->members; m++) {
            int64_t j = lasso->member[m];
            if (all || lasso->c[j] != 0) step(lasso, j);
        }
        int32_t status = cvxnn__poll(lasso->context);
        if (status) return status;
        if (sweep % GAP_EVERY == 0 && members_gap(lasso) <= 0.5 * TOLERANCE) break;
    }
    return CVXNN_OK;
}

static int32_t begin(struct lasso *lasso) {
    memset(lasso->f, 0, (size_t)lasso->n * sizeof *lasso->f);
    cvxnn__loss_curvature(lasso->instance, lasso->f, lasso->bend);
    for (int64_t j = 0; j < lasso->count; j++) {
        int32_t status = lasso->c[j] != 0 ? join(lasso, j) : CVXNN_OK;
        if (status) return status;
    }
    refresh(lasso);
    return CVXNN_OK;
}

static int32_t rounds(struct lasso *lasso) {
    for (int round = 0; round < MOST_ROUNDS; round++) {
        int64_t joined;
        double largest = 0;
        int32_t status = correlate(lasso);
        if (status) return status;
        for (int64_t j = 0; j < lasso->count; j++) largest = fmax(largest, fabs(lasso->g[j]));
        if (relative_gap(lasso, largest) <= TOLERANCE) return CVXNN_OK;
        if ((status = join_worst(lasso, &joined))) return status;
        status = descend(lasso);
        refresh(lasso);
        if (status) return status;
    }
    return CVXNN_OK;
}

/* ---- The network ------------------------------------------------------------------------------- */

/* The neurons that have a weight, balanced, in place of the network's. */
static int32_t write_network(const struct lasso *lasso, struct cvxnn__network *network) {
    struct cvxnn__network refitted;
    int64_t kept = 0;
    for (int64_t j = 0; j < lasso->count; j++) kept += lasso->c[j] != 0;
    int32_t status = cvxnn__network_make(lasso->context, network->kind, network->features, network->bias,
                                         network->outputs, kept, &refitted);
    if (status) return status;
    kept = 0;
    for (int64_t j = 0; j < lasso->count; j++) {
        if (lasso->c[j] == 0) continue;
        memcpy(refitted.u + kept * lasso->d, lasso->u + j * lasso->d, (size_t)lasso->d * sizeof(double));
        refitted.a[kept++] = lasso->c[j];
    }
    refitted.loss = network->loss;
    refitted.beta = network->beta;
    cvxnn__network_balance(&refitted);
    cvxnn__network_free(network);
    *network = refitted;
    return CVXNN_OK;
}

int32_t cvxnn__refit(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                     const struct cvxnn__gated *solution, struct cvxnn__network *network) {
    struct lasso lasso = {
        .context = context, .instance = instance, .n = instance->rows.n, .d = instance->rows.d};
    cvxnn__scope_open(&lasso.scope, context->memory);
    int32_t status = open_lasso(&lasso, network, solution);
    if (!status) status = begin(&lasso);
    if (!status) status = rounds(&lasso);
    if (status >= 0) {
        int32_t failed = write_network(&lasso, network);
        if (failed) status = failed;
    }
    cvxnn__scope_close(&lasso.scope);
    return status;
}
