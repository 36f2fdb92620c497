/*
 * The search for t, by attempts: a tree that holds raises the lower end of t's interval, one that fails (a
 * direction with h above beta was met) lowers the upper end. Cells grow about exponentially in t, and without
 * limit towards the largest t. Two trees that held say how fast: the next t is where twice as many cells are
 * expected, so that all attempts together cost a few times the last; an attempt that takes far more is given
 * up for one nearer to what held.
 */
#include "gap/branch.h"

#include <math.h>
#include <string.h>

#include "verify/tree_check.h"

enum { FIRST_BUDGET = 4096 };
static const double PRECISION = 1e-9; /* of t */
static const double GROWTH = 2;       /* of the cells from one attempt to the next, as expected */
static const double PATIENCE = 4;     /* times what is expected, when an attempt is given up */
static const double CLOSER = 16;      /* the next t leaves at least a part of the interval above it */

struct attempts {
    const struct cvxnn__instance *instance;
    const double *nu;
    double *z;        /* n */
    double low, high; /* proved t; no t above */
    double next;      /* t to try */
    double cells;     /* of the trees of low */
    double rate;      /* logarithm of cells per t, below low; 0: not known */
    int64_t budget, most_cells;
    int likelier; /* the sign whose tree failed last, tried first */
    struct cvxnn__branch *branch;
};

/* Both trees for z = t nu within the budget. */
static int32_t attempt(struct cvxnn__context *context, struct attempts *attempts, double t,
                       enum cvxnn__tree_verdict *verdict, int64_t leaves[2]) {
    const struct cvxnn__rows *rows = &attempts->instance->rows;
    for (int k = 0; k < 2; k++) {
        int side = k ^ attempts->likelier;
        struct cvxnn__tree_report report;
        int64_t left = attempts->most_cells - attempts->branch->cells;
        for (int64_t i = 0; i < rows->n; i++) {
            double z = t * attempts->nu[i];
            attempts->z[i] = side ? -z : z;
        }
        int32_t status = cvxnn__tree_check(context, rows, attempts->z, attempts->instance->beta,
                                           left < attempts->budget ? left : attempts->budget, &report);
        attempts->branch->cells += report.cells;
        leaves[side] = report.leaves;
        *verdict = report.verdict;
        if (status || report.verdict != CVXNN__TREE_HOLDS) {
            attempts->likelier = side;
            return status;
        }
    }
    return CVXNN_OK;
}

/* What z = t nu proves, both trees having held. */
static void keep(struct attempts *attempts, double t, const int64_t leaves[2]) {
    struct cvxnn__branch *branch = attempts->branch;
    for (int64_t i = 0; i < attempts->instance->rows.n; i++) attempts->z[i] = t * attempts->nu[i];
    double bound = cvxnn__loss_dual_floor(attempts->instance, attempts->z);
    if (!(bound > branch->bound)) return;
    branch->bound = bound;
    branch->scale = t;
    memcpy(branch->leaves, leaves, sizeof branch->leaves);
}

static int32_t report(struct cvxnn__context *context, const struct cvxnn__branch *branch) {
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_BOUND);
    progress.iterations = branch->cells;
    progress.lower_bound = branch->bound;
    return cvxnn__report(context, &progress);
}

/* After t's trees held with so many cells: the next t, and how many cells it may take. */
static void advance(struct attempts *attempts, double t, double cells) {
    double left = (double)(attempts->most_cells - attempts->branch->cells);
    double growth = fmax(1.125, fmin(GROWTH, 0.5 * left / cells));
    if (attempts->cells > 0) attempts->rate = log(fmax(cells / attempts->cells, 1.01)) / (t - attempts->low);
    attempts->low = t;
    attempts->cells = cells;
    double step = attempts->rate > 0 ? log(growth) / attempts->rate : t;
    attempts->next = t + fmin(step, (attempts->high - t) * (1 - 1 / CLOSER));
    attempts->budget = (int64_t)fmin(fmax(PATIENCE * growth * cells, FIRST_BUDGET), 0x1p62);
}

/* After those of t did not. */
static void retreat(struct attempts *attempts, double t, enum cvxnn__tree_verdict verdict) {
    if (verdict == CVXNN__TREE_FAILS) attempts->high = t;
    attempts->next = attempts->low + 0.5 * (t - attempts->low);
}

/* Enough, or no t left to try that is worth it. */
static int done(const struct attempts *attempts, double enough) {
    return attempts->branch->bound >= enough || attempts->branch->cells >= attempts->most_cells ||
           attempts->next - attempts->low <= PRECISION * attempts->high;
}

int32_t cvxnn__branch_bound(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                            const double *nu, double enough, int64_t most_cells,
                            struct cvxnn__branch *branch) {
    struct cvxnn__scope scope;
    struct attempts attempts = {
        .instance = instance, .nu = nu, .budget = FIRST_BUDGET, .most_cells = most_cells, .branch = branch};
    *branch = (struct cvxnn__branch){.bound = 0};
    cvxnn__scope_open(&scope, context->memory);
    attempts.z = cvxnn__doubles(&scope, instance->rows.n, 1);
    int32_t status = attempts.z ? CVXNN_OK : cvxnn__fail_memory(context);
    attempts.high = attempts.next = cvxnn__loss_dual_scale(instance, nu, INFINITY);
    if (!(attempts.high < INFINITY)) attempts.next = 0;
    while (!status && !done(&attempts, enough)) {
        enum cvxnn__tree_verdict verdict;
        double t = attempts.next;
        int64_t leaves[2], before = branch->cells;
        status = attempt(context, &attempts, t, &verdict, leaves);
        if (status) break;
        if (verdict == CVXNN__TREE_HOLDS) {
            keep(&attempts, t, leaves);
            advance(&attempts, t, (double)(branch->cells - before));
        } else {
            retreat(&attempts, t, verdict);
        }
        status = report(context, branch);
    }
    cvxnn__scope_close(&scope);
    return status;
}
