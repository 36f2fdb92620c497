/*
 * Which bound, in which order. Rounds of rising effort, counted in floating-point operations as they are
 * expected and never in seconds. A round is cells of the sphere, as many as the effort affords and if they
 * can be expected to come above the best bound, and then the orders of polynomials that it affords and that
 * have not been tried, each beginning with the best dual vector of the one before. The last round is the
 * whole effort that was asked for. Of order 2 there are two kinds: kinks apart, and after that in all
 * directions.
 */
#include "gap/best_proof.h"

#include <math.h>
#include <string.h>

#include "gap/branch.h"
#include "gap/lift.h"
#include "gap/row_coordinates.h"
#include "gap/sphere_bound.h"

enum {
    MOST_COLUMNS = 16,       /* where branching is worth any effort */
    ORDER_ITERATIONS = 1000, /* that an order takes, about */
    JOINT_ITERATIONS = 600,
    MOST_LEAVES = 16 /* cells of rows' signs, both sides together */
};
static const double FIRST_EFFORT = 1e10;   /* operations of the first round */
static const double RISE = 2;              /* from one round to the next */
static const double MOST_DOUBLES = 0x1p27; /* of memory for an order */
static const double LEAST_GAIN = 0.02;     /* of the gap: an order that closes less of it is the last */
static const double JOINT_SHARE = 0.25;    /* of the cost of order 3, for kinks in all directions */

struct search {
    const struct cvxnn__instance *instance;
    const struct cvxnn__proof_search *settings;
    struct cvxnn__proof *proof;
    const double *residual;
    double bound;     /* the best so far; below 0: none yet */
    int64_t order;    /* to try next; 0: none is left */
    int joint;        /* whether that is with kinks in all directions */
    double by_orders; /* the best bound of orders; below 0: none yet */
    double *nu;       /* n: what an order begins with */
    double *scaled;   /* n: room */
    int64_t rank;     /* of X where it is low, with a basis of its rows (rank x d); else 0 */
    double *basis;
    struct cvxnn__subspace subspace; /* X in the coordinates of the cells */
    struct cvxnn__branch branch;
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

/* One certificate that was asked for: no cells, and no orders but those that lead to it. */
static int polynomials_alone(const struct cvxnn__proof_search *settings) {
    return settings->order || settings->kinks == CVXNN_KINKS_JOINT;
}

static int enough(const struct search *search) {
    return search->bound >= search->settings->target;
}

/* ---- Orders ------------------------------------------------------------------------------------ */

/* What a certificate of that order, or of the joint kind, is expected to take; INFINITY where it is out of
 * reach. */
static double cost_of(const struct search *search, int64_t order, int joint) {
    const struct cvxnn__rows *rows = &search->instance->rows;
    if (joint)
        return cvxnn__joint_bound_doubles(rows->n, rows->d) <= MOST_DOUBLES
                   ? cvxnn__joint_bound_operations(rows->n, rows->d, JOINT_ITERATIONS)
                   : INFINITY;
    return cvxnn__sphere_bound_doubles(rows->n, rows->d, order) <= MOST_DOUBLES
               ? cvxnn__sphere_bound_operations(rows->n, rows->d, order, ORDER_ITERATIONS)
               : INFINITY;
}

/* Cells of rows' signs, each as much as the sphere on one side. */
static int64_t leaves_of(const struct search *search) {
    const struct cvxnn__proof_search *settings = search->settings;
    double cost = cost_of(search, 2, 1);
    int64_t leaves = 2;
    while (2 * leaves <= MOST_LEAVES && 2 * leaves <= settings->most_cells &&
           (double)leaves * cost <= settings->operations)
        leaves *= 2;
    return leaves;
}

static int32_t try_order(struct cvxnn__context *context, struct search *search) {
    struct cvxnn__scope scope;
    struct cvxnn__certificate found;
    struct cvxnn__proved proved;
    struct cvxnn__bound_options options = {.order = search->order,
                                           .joint = search->joint,
                                           .leaves = search->joint ? leaves_of(search) : 2,
                                           .most_iterations = search->settings->most_iterations,
                                           .target = search->settings->target,
                                           .known = fmax(search->bound, 0)};
    cvxnn__scope_open(&scope, context->memory);
    cvxnn__bound_certificate(&scope, search->instance, &options, &found);
    int32_t status = scope.failed ? cvxnn__fail_memory(context)
                                  : cvxnn__sphere_bound(context, search->instance, search->nu, &options,
                                                        &found, &proved);
    if (status >= 0) search->by_orders = fmax(search->by_orders, proved.bound);
    if (status >= 0 && proved.bound > search->bound) {
        adopt(search, &scope, CVXNN__PROOF_SPHERE, proved.bound);
        search->proof->sphere = found;
    }
    cvxnn__scope_close(&scope);
    return status;
}

/* Kinks in all directions come after order 2 where they are cheap beside order 3: with many rows they are
 * not, and converge slowly (docs/certificate.md). */
static int joint_pays(const struct search *search) {
    double cost = cost_of(search, 2, 1);
    return search->settings->kinks != CVXNN_KINKS_APART && cost <= search->settings->operations &&
           JOINT_SHARE * cost_of(search, 3, 0) >= cost;
}

/* After an order: the next, or none where it gains too little or there are none. An order that is asked for
 * comes after all lower ones: it contains them, but its search may end before it has shown that. The joint
 * kind is no rung of the ladder: whatever it gains, order 3 may gain more. */
static void next_order(struct search *search, double before) {
    const struct cvxnn__proof_search *settings = search->settings;
    double gap = settings->objective - before, gain = search->by_orders - before;
    if (search->bound > 0 && search->proof->kind == CVXNN__PROOF_SPHERE)
        memcpy(search->nu, search->proof->sphere.nu, (size_t)search->instance->rows.n * sizeof(double));
    if (polynomials_alone(settings)) {
        search->order = search->order < settings->order ? search->order + 1 : 0;
        return;
    }
    int last = !search->joint && before >= 0 && gain < LEAST_GAIN * gap;
    if (!last && search->order == 2 && !search->joint && joint_pays(search)) {
        search->joint = 1;
        return;
    }
    search->joint = 0;
    if (last || ++search->order > CVXNN__BOUND_MOST_ORDER || cost_of(search, search->order, 0) == INFINITY)
        search->order = 0;
}

/* Those that the effort allows. Order 1, and what was asked for, are always allowed. */
static int32_t try_orders(struct cvxnn__context *context, struct search *search, double effort) {
    int32_t status = CVXNN_OK;
    int asked = polynomials_alone(search->settings);
    while (!status && search->order && !enough(search)) {
        double before = search->by_orders;
        if (search->order > 1 && !asked && !(cost_of(search, search->order, search->joint) <= effort)) break;
        status = try_order(context, search);
        if (!status) next_order(search, before);
    }
    return status;
}

/* The proof in the order that was asked for, where a lower one proves more. */
static int32_t lift(struct cvxnn__context *context, struct search *search) {
    struct cvxnn__certificate *sphere = &search->proof->sphere;
    int32_t status = CVXNN_OK;
    while (!status && sphere->order < search->settings->order) {
        struct cvxnn__scope scope;
        struct cvxnn__certificate lifted;
        cvxnn__scope_open(&scope, context->memory);
        cvxnn__certificate_take(&scope, sphere->n, sphere->d, sphere->order + 1, &lifted);
        status = scope.failed ? cvxnn__fail_memory(context)
                              : cvxnn__certificate_lift(context, sphere, &lifted);
        if (!status) {
            adopt(search, &scope, CVXNN__PROOF_SPHERE, search->bound);
            *sphere = lifted;
        }
        cvxnn__scope_close(&scope);
    }
    return status;
}

/* ---- Cells ---------------------------------------------------------------------------------------- */

/* What the trees prove becomes the proof. */
static int32_t adopt_tree(struct cvxnn__context *context, struct search *search) {
    const struct cvxnn__branch *branch = &search->branch;
    struct cvxnn__scope scope;
    int64_t n = search->instance->rows.n, d = search->instance->rows.d;
    cvxnn__scope_open(&scope, context->memory);
    double *z = cvxnn__doubles(&scope, n, 1), *basis = cvxnn__doubles(&scope, search->rank, d);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    if (!status) {
        for (int64_t i = 0; i < n; i++) z[i] = branch->scale * search->residual[i];
        if (search->rank > 0) memcpy(basis, search->basis, (size_t)(search->rank * d) * sizeof *basis);
        adopt(search, &scope, CVXNN__PROOF_TREE, branch->bound);
        search->proof->tree = (struct cvxnn__tree){
            .rank = search->rank, .basis = basis, .z = z, .leaves = {branch->leaves[0], branch->leaves[1]}};
    }
    cvxnn__scope_close(&scope);
    return status;
}

/* How many cells the effort affords in all. */
static int64_t affordable(const struct search *search, double effort) {
    const struct cvxnn__rows *rows = &search->subspace.rows;
    double cells = effort / cvxnn__branch_operations(rows->n, rows->d);
    int64_t most = search->settings->most_cells;
    return cells < (double)most ? (int64_t)cells : most;
}

/* Whether half of them, in one tree, may be expected to prove more than what is known. */
static int promising(struct search *search, double cells) {
    double t = cvxnn__branch_outlook(&search->branch, 0.5 * cells);
    int64_t n = search->instance->rows.n;
    if (search->branch.cells == 0) return 1;
    for (int64_t i = 0; i < n; i++) search->scaled[i] = t * search->residual[i];
    return cvxnn__loss_dual(search->instance, search->scaled) > search->bound;
}

static int can_branch(const struct search *search) {
    return search->subspace.rows.d <= MOST_COLUMNS && !polynomials_alone(search->settings) &&
           !search->branch.finished && search->branch.cells < search->settings->most_cells;
}

static int32_t try_cells(struct cvxnn__context *context, struct search *search, double effort) {
    int64_t most = affordable(search, effort);
    if (!can_branch(search) || most <= search->branch.cells || !promising(search, (double)most))
        return CVXNN_OK;
    int32_t status = cvxnn__branch_bound(context, search->instance, &search->subspace, search->residual,
                                         search->settings->target, most, &search->branch);
    if (status < 0 || !(search->branch.bound > search->bound)) return status;
    int32_t failed = adopt_tree(context, search);
    return failed ? failed : status;
}

/* For cells, those of the rows' space where it has few dimensions. */
static int32_t choose_coordinates(struct cvxnn__context *context, struct cvxnn__scope *scope,
                                  struct search *search) {
    const struct cvxnn__rows *rows = &search->instance->rows;
    if (search->settings->most_cells > 0 && !polynomials_alone(search->settings))
        return cvxnn__row_coordinates(context, scope, rows, MOST_COLUMNS, &search->rank, &search->basis,
                                      &search->subspace);
    return cvxnn__subspace_take(context, scope, rows, 0, NULL, &search->subspace);
}

/* ---- Both ------------------------------------------------------------------------------------------ */

static int32_t rounds(struct cvxnn__context *context, struct search *search) {
    double most = search->settings->operations, effort = fmin(FIRST_EFFORT, most);
    int32_t status = CVXNN_OK;
    for (;; effort = fmin(RISE * effort, most)) {
        status = try_cells(context, search, effort);
        if (!status) status = try_orders(context, search, effort);
        if (status || enough(search) || effort >= most || !(can_branch(search) || search->order))
            return status;
    }
}

/* Where orders begin. */
static int32_t first_order(struct cvxnn__context *context, struct search *search) {
    const struct cvxnn__proof_search *settings = search->settings;
    int64_t d = search->instance->rows.d;
    search->joint = settings->kinks == CVXNN_KINKS_JOINT;
    search->order = settings->order ? settings->order : search->joint ? 2 : 1;
    if (search->joint && (search->order != 2 || d < 2))
        return cvxnn__fail(context, CVXNN_ERROR_UNSUPPORTED,
                           "kinks in all directions are for order 2 and at least two columns");
    if (cvxnn__certificate_size(d, search->order) < 0)
        return cvxnn__fail(context, CVXNN_ERROR_UNSUPPORTED,
                           "order %lld is too much for %lld columns: the matrix is too large",
                           (long long)search->order, (long long)d);
    if (!search->joint) search->order = 1;
    return CVXNN_OK;
}

int32_t cvxnn__best_proof(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const double *nu, const struct cvxnn__proof_search *settings,
                          struct cvxnn__proof *proof) {
    struct search search = {.instance = instance,
                            .settings = settings,
                            .proof = proof,
                            .residual = nu,
                            .bound = -1,
                            .by_orders = -1};
    struct cvxnn__scope scope;
    int64_t n = instance->rows.n, d = instance->rows.d;
    int32_t status = first_order(context, &search);
    if (status) return status;
    cvxnn__scope_open(&scope, context->memory);
    search.nu = cvxnn__doubles(&scope, n, 1);
    search.scaled = cvxnn__doubles(&scope, n, 1);
    if (scope.failed) status = cvxnn__fail_memory(context);
    if (!status) status = choose_coordinates(context, &scope, &search);
    if (!status) {
        memcpy(search.nu, nu, (size_t)n * sizeof *nu);
        status = rounds(context, &search);
        if (!status && settings->order && search.bound >= 0) status = lift(context, &search);
    }
    cvxnn__scope_close(&scope);
    if (status > 0 && search.bound < 0) { /* stopped before anything was found: zeros prove 0 */
        cvxnn__certificate_take(&proof->scope, n, d, 1, &proof->sphere);
        if (proof->scope.failed) return cvxnn__fail_memory(context);
    }
    return status;
}
