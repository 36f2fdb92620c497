/*
 * The search for t, by attempts: a tree that holds raises the lower end of t's interval, one that fails (a
 * direction with h above beta was met) lowers the upper end. Trees grow without limit towards the largest t,
 * so an attempt has a budget of cells; one that is used up lowers the end of where to look, and when attempts
 * within the budget gain no more it is doubled.
 */
#include "gap/branch.h"

#include <math.h>
#include <string.h>

#include "verify/tree_check.h"

enum { FIRST_BUDGET = 4096 };
static const double PRECISION = 1e-9; /* of t */

struct attempts {
    const struct cvxnn__instance *instance;
    const double *nu;
    double *z;                 /* n */
    double low, high, ceiling; /* proved t; no t above; no t above within the present budget */
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
    attempts->low = t;
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

/* The next t: the top first, then the middle of what is open; when that is little against what the budget has
 * ruled out, a larger budget. */
static double next(struct attempts *attempts) {
    if (attempts->ceiling - attempts->low < 0.25 * (attempts->high - attempts->low)) {
        attempts->budget *= 2;
        attempts->ceiling = attempts->high;
    }
    return 0.5 * (attempts->low + attempts->ceiling);
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
    attempts.high = attempts.ceiling = cvxnn__loss_dual_scale(instance, nu, INFINITY);
    double t = attempts.high;
    while (!status && t > 0 && t < INFINITY && branch->cells < most_cells) {
        enum cvxnn__tree_verdict verdict;
        int64_t leaves[2];
        status = attempt(context, &attempts, t, &verdict, leaves);
        if (status) break;
        if (verdict == CVXNN__TREE_HOLDS) keep(&attempts, t, leaves);
        if (verdict == CVXNN__TREE_FAILS) attempts.high = attempts.ceiling = t;
        if (verdict == CVXNN__TREE_UNDECIDED) attempts.ceiling = t;
        status = report(context, branch);
        if (branch->bound >= enough || attempts.high - attempts.low <= PRECISION * attempts.high) break;
        t = next(&attempts);
    }
    cvxnn__scope_close(&scope);
    return status;
}
