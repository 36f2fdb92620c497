/*
 * The search for t, by attempts: a tree that holds raises the lower end of t's interval, every direction that
 * is met may lower the upper end. Cells grow about exponentially in t, and without limit towards the largest
 * t. Two trees that held say how fast: the next t is where twice as many cells are expected, so that all
 * attempts together cost a few times the last; an attempt that takes far more is given up for one nearer to
 * what held.
 */
#include "gap/branch.h"

#include <math.h>
#include <string.h>

#include "verify/tree_check.h"

enum { FIRST_BUDGET = 4096 };
static const double PRECISION = 1e-8; /* of t */
static const double GROWTH = 2;       /* of the cells from one attempt to the next, as expected */
static const double PATIENCE = 4;     /* times what is expected, when an attempt is given up */
static const double CLOSER = 16;      /* the next t leaves at least a part of the interval above it */

struct attempts {
    const struct cvxnn__instance *instance;
    const struct cvxnn__subspace *subspace;
    const double *nu;
    double *z;    /* n */
    double low;   /* proved t */
    double next;  /* t to try */
    double cells; /* of the trees of low */
    int64_t budget, most_cells;
    int likelier; /* the sign whose tree failed last, tried first */
    struct cvxnn__branch *branch;
};

/* Both trees for z = t nu within the budget. */
static int32_t attempt(struct cvxnn__context *context, struct attempts *attempts, double t,
                       enum cvxnn__tree_verdict *verdict, int64_t leaves[2]) {
    const struct cvxnn__rows *rows = &attempts->subspace->rows;
    for (int k = 0; k < 2; k++) {
        int side = k ^ attempts->likelier;
        struct cvxnn__tree_report report;
        int64_t left = attempts->most_cells - attempts->branch->cells;
        for (int64_t i = 0; i < rows->n; i++) {
            double z = t * attempts->nu[i];
            attempts->z[i] = side ? -z : z;
        }
        double beta = cvxnn__subspace_beta(attempts->subspace, attempts->z, attempts->instance->beta);
        if (!(beta > 0)) return CVXNN_OK;
        int32_t status = cvxnn__tree_check(context, rows, attempts->z, beta,
                                           left < attempts->budget ? left : attempts->budget, &report);
        attempts->branch->cells += report.cells;
        if (report.ratio * attempts->branch->high > t) attempts->branch->high = t / report.ratio;
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

/* Where more cells are expected than in the trees of low, and how many they may take. */
static void advance(struct attempts *attempts) {
    double left = (double)(attempts->most_cells - attempts->branch->cells), low = attempts->low;
    double growth = fmax(1.125, fmin(GROWTH, 0.5 * left / attempts->cells));
    double step = attempts->branch->rate > 0 ? log(growth) / attempts->branch->rate : low;
    attempts->next = low + fmin(step, (attempts->branch->high - low) * (1 - 1 / CLOSER));
    attempts->budget = (int64_t)fmin(fmax(PATIENCE * growth * attempts->cells, FIRST_BUDGET), 0x1p62);
}

/* After t's trees held with so many cells. */
static void learn(struct attempts *attempts, double t, double cells) {
    if (attempts->cells > 0)
        attempts->branch->rate = log(fmax(cells / attempts->cells, 1.01)) / (t - attempts->low);
    attempts->low = t;
    attempts->cells = cells;
    advance(attempts);
}

/* After they did not: half as far. */
static void retreat(struct attempts *attempts, double t) {
    attempts->next = attempts->low + 0.5 * (fmin(t, attempts->branch->high) - attempts->low);
}

/* From nothing, or from what an earlier call left. */
static void begin(struct attempts *attempts) {
    struct cvxnn__branch *branch = attempts->branch;
    if (branch->high == 0) branch->high = cvxnn__loss_dual_scale(attempts->instance, attempts->nu, INFINITY);
    if (!(branch->high < INFINITY)) branch->high = 0;
    attempts->next = branch->high;
    attempts->low = branch->scale;
    attempts->cells = 2 * (double)(branch->leaves[0] + branch->leaves[1]);
    if (attempts->cells > 0) advance(attempts);
}

/* No t is left to try that is worth it. */
static int finished(const struct attempts *attempts) {
    return attempts->next - attempts->low <= PRECISION * attempts->branch->high;
}

int32_t cvxnn__branch_bound(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                            const struct cvxnn__subspace *subspace, const double *nu, double enough,
                            int64_t most_cells, struct cvxnn__branch *branch) {
    struct cvxnn__scope scope;
    struct attempts attempts = {.instance = instance,
                                .subspace = subspace,
                                .nu = nu,
                                .budget = FIRST_BUDGET,
                                .most_cells = most_cells,
                                .branch = branch};
    cvxnn__scope_open(&scope, context->memory);
    attempts.z = cvxnn__doubles(&scope, instance->rows.n, 1);
    int32_t status = attempts.z ? CVXNN_OK : cvxnn__fail_memory(context);
    begin(&attempts);
    while (!status && branch->bound < enough && branch->cells < most_cells && !branch->finished) {
        enum cvxnn__tree_verdict verdict = CVXNN__TREE_UNDECIDED;
        double t = attempts.next;
        int64_t leaves[2], before = branch->cells;
        if (!finished(&attempts)) status = attempt(context, &attempts, t, &verdict, leaves);
        if (status) break;
        if (verdict == CVXNN__TREE_HOLDS) {
            keep(&attempts, t, leaves);
            learn(&attempts, t, (double)(branch->cells - before));
        } else {
            retreat(&attempts, t);
        }
        branch->finished = finished(&attempts);
        status = report(context, branch);
    }
    cvxnn__scope_close(&scope);
    return status;
}

double cvxnn__branch_outlook(const struct cvxnn__branch *branch, double cells) {
    double now = 2 * (double)(branch->leaves[0] + branch->leaves[1]);
    if (branch->scale == 0 || branch->rate == 0 || !(cells > now)) return branch->high;
    return fmin(branch->high, branch->scale + log(cells / now) / branch->rate);
}

/* An interval and a division for each row that is undecided, about half of them, and their slopes added up, a
 * quarter as fast as a matrix product does it. */
double cvxnn__branch_operations(int64_t n, int64_t d) {
    return 4 * (double)n * (double)(d + 12);
}
