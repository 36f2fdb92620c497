/*
 * Which bound, in which order. Branching is tried first where it is quick: with few columns it closes the gap
 * where polynomials of low order do not. Orders follow from 1 on, each beginning with the best dual vector of
 * the one before, while matrices are of a size that takes seconds and an order gains something. Time that is
 * left goes to branching again.
 */
#include "gap/best_proof.h"

#include <math.h>
#include <string.h>

#include "gap/branch.h"
#include "gap/sphere_bound.h"

enum {
    USUAL_SIZE = 120,     /* of an order's matrices without a limit on time */
    BUDGET_SIZE = 1500,   /* and with one */
    QUICK_CELLS = 100000, /* of the first branching */
    QUICK_COLUMNS = 6,    /* where it is worth its time */
    MOST_COLUMNS = 16     /* where branching is worth any */
};
static const double LEAST_GAIN = 0.02;  /* of the gap: an order that closes less of it is the last */
static const double SPHERE_SHARE = 0.5; /* of the time, where branching gets the rest */

struct search {
    const struct cvxnn__instance *instance;
    const struct cvxnn__proof_search *settings;
    struct cvxnn__proof *proof;
    const double *residual;
    double bound; /* the best so far; below 0: none yet */
};

/* Makes what is in scope the proof's, which gives up what it had. */
static void adopt(struct search *search, struct cvxnn__scope *scope, enum cvxnn__proof_kind kind,
                  double bound) {
    cvxnn__scope_close(&search->proof->scope);
    cvxnn__scope_adopt(&search->proof->scope, scope);
    memset(&search->proof->sphere, 0, sizeof search->proof->sphere);
    memset(&search->proof->tree, 0, sizeof search->proof->tree);
    search->proof->kind = kind;
    search->bound = bound;
}

/* ---- Orders ------------------------------------------------------------------------------------ */

static int32_t try_order(struct cvxnn__context *context, struct search *search, int64_t order,
                         const double *nu) {
    struct cvxnn__scope scope;
    struct cvxnn__certificate found;
    struct cvxnn__proved proved;
    struct cvxnn__bound_options options = {.order = order,
                                           .most_iterations = search->settings->most_iterations,
                                           .target = search->settings->target};
    cvxnn__scope_open(&scope, context->memory);
    cvxnn__certificate_take(&scope, search->instance->rows.n, search->instance->rows.d, order, &found);
    int32_t status = scope.failed
                         ? cvxnn__fail_memory(context)
                         : cvxnn__sphere_bound(context, search->instance, nu, &options, &found, &proved);
    if (status >= 0 && proved.bound > search->bound) {
        adopt(search, &scope, CVXNN__PROOF_SPHERE, proved.bound);
        search->proof->sphere = found;
    }
    cvxnn__scope_close(&scope);
    return status;
}

static int32_t try_orders(struct cvxnn__context *context, struct search *search, double *nu) {
    const struct cvxnn__proof_search *settings = search->settings;
    int64_t n = search->instance->rows.n, d = search->instance->rows.d;
    int64_t most_size = context->monitor->max_seconds > 0 ? BUDGET_SIZE : USUAL_SIZE;
    double best = -1; /* of the orders */
    int32_t status = CVXNN_OK;
    memcpy(nu, search->residual, (size_t)n * sizeof *nu);
    for (int64_t order = settings->order ? settings->order : 1; !status; order++) {
        double before = best;
        status = try_order(context, search, order, nu);
        best = search->bound;
        if (before > 0 && best - before < LEAST_GAIN * (settings->objective - before)) break;
        int64_t next = cvxnn__certificate_size(d, order + 1);
        if (settings->order || best >= settings->target || next < 0 || next > most_size) break;
        if (search->bound > 0 && search->proof->kind == CVXNN__PROOF_SPHERE)
            memcpy(nu, search->proof->sphere.nu, (size_t)n * sizeof *nu);
    }
    return status;
}

/* ---- Cells ---------------------------------------------------------------------------------------- */

static int32_t try_cells(struct cvxnn__context *context, struct search *search, int64_t most_cells) {
    struct cvxnn__branch branch;
    struct cvxnn__scope scope;
    int64_t n = search->instance->rows.n;
    int32_t status = cvxnn__branch_bound(context, search->instance, search->residual,
                                         search->settings->target, most_cells, &branch);
    if (status < 0 || !(branch.bound > search->bound)) return status;
    cvxnn__scope_open(&scope, context->memory);
    double *z = cvxnn__doubles(&scope, n, 1);
    if (z) {
        for (int64_t i = 0; i < n; i++) z[i] = branch.scale * search->residual[i];
        adopt(search, &scope, CVXNN__PROOF_TREE, branch.bound);
        search->proof->tree = (struct cvxnn__tree){.z = z, .leaves = {branch.leaves[0], branch.leaves[1]}};
    }
    cvxnn__scope_close(&scope);
    return z ? status : cvxnn__fail_memory(context);
}

/* ---- Both ------------------------------------------------------------------------------------------ */

/* The orders within their share of the time when cells are to follow; that share's end is not the budget's.
 */
static int32_t share_time(struct cvxnn__context *context, struct search *search, double *nu,
                          int cells_follow) {
    struct cvxnn__monitor *monitor = context->monitor;
    double whole = monitor->max_seconds;
    if (whole > 0 && cells_follow) {
        double spent = cvxnn__clock() - monitor->start;
        monitor->max_seconds = spent + SPHERE_SHARE * fmax(whole - spent, 0);
    }
    int32_t status = try_orders(context, search, nu);
    monitor->max_seconds = whole;
    return status == CVXNN_STOPPED_SECONDS && cells_follow ? CVXNN_OK : status;
}

static int enough(const struct search *search) {
    return search->bound >= search->settings->target;
}

static int32_t best_proof(struct cvxnn__context *context, struct search *search, double *nu) {
    const struct cvxnn__proof_search *settings = search->settings;
    int64_t d = search->instance->rows.d, quick = settings->most_cells;
    int branching = settings->order == 0 && settings->most_cells > 0;
    int cells_follow = branching && d <= MOST_COLUMNS && settings->most_cells > QUICK_CELLS &&
                       context->monitor->max_seconds > 0;
    int32_t status = CVXNN_OK;
    if (quick > QUICK_CELLS) quick = QUICK_CELLS;
    if (branching && d <= QUICK_COLUMNS) status = try_cells(context, search, quick);
    if (!status && !enough(search)) status = share_time(context, search, nu, cells_follow);
    if (!status && !enough(search) && cells_follow) status = try_cells(context, search, settings->most_cells);
    return status;
}

int32_t cvxnn__best_proof(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const double *nu, const struct cvxnn__proof_search *settings,
                          struct cvxnn__proof *proof) {
    struct search search = {
        .instance = instance, .settings = settings, .proof = proof, .residual = nu, .bound = -1};
    struct cvxnn__scope scope;
    int64_t n = instance->rows.n, d = instance->rows.d, order = settings->order ? settings->order : 1;
    if (cvxnn__certificate_size(d, order) < 0)
        return cvxnn__fail(context, CVXNN_ERROR_UNSUPPORTED,
                           "order %lld is too much for %lld columns: the matrix is too large",
                           (long long)order, (long long)d);
    cvxnn__scope_open(&scope, context->memory);
    double *work = cvxnn__doubles(&scope, n, 1);
    int32_t status = work ? best_proof(context, &search, work) : cvxnn__fail_memory(context);
    cvxnn__scope_close(&scope);
    if (status > 0 && search.bound < 0) { /* stopped before anything was found: zeros prove 0 */
        cvxnn__certificate_take(&proof->scope, n, d, 1, &proof->sphere);
        if (proof->scope.failed) return cvxnn__fail_memory(context);
    }
    return status;
}
