/* What a solver makes of its data once and keeps until they change: patterns, beta_max, coordinates. See
 * solver.h. */
#include <math.h>

#include "api/session.h"
#include "api/solver.h"

static int64_t option(const struct cvxnn_solver *solver, int32_t key) {
    return cvxnn__option_int(&solver->options, key);
}

void cvxnn__packed_forget(struct cvxnn_solver *solver) {
    struct cvxnn__packed *packed = &solver->packed;
    if (solver->has_gated) cvxnn__gated_free(&solver->gated);
    if (packed->filled) cvxnn__patterns_free(&packed->patterns);
    if (packed->has_narrow) cvxnn__narrow_free(&packed->narrow);
    solver->has_gated = packed->filled = packed->has_narrow = 0;
}

static int patterns_fit(const struct cvxnn_solver *solver) {
    const struct cvxnn__packed *packed = &solver->packed;
    if (!packed->filled || packed->data_revision != solver->problem->data_revision ||
        packed->gates_revision != solver->gates.revision)
        return 0;
    return solver->gates.count > 0 || (packed->count == option(solver, CVXNN_OPTION_PATTERNS) &&
                                       packed->seed == option(solver, CVXNN_OPTION_SEED));
}

static int32_t make_patterns(struct cvxnn__context *context, struct cvxnn_solver *solver,
                             const struct cvxnn__rows *rows, struct cvxnn__patterns *patterns) {
    const struct cvxnn__gates *gates = &solver->gates;
    if (gates->count == 0)
        return cvxnn__patterns_sample(context, rows, (uint64_t)option(solver, CVXNN_OPTION_SEED),
                                      option(solver, CVXNN_OPTION_PATTERNS), patterns);
    if (gates->columns != rows->d)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "the gates have %lld columns, this problem needs %lld%s",
                           (long long)gates->columns, (long long)rows->d,
                           rows->d > rows->features ? " (the last for the bias)" : "");
    return cvxnn__patterns_from_gates(context, rows, gates->count, gates->values, gates->columns, patterns);
}

/* Packs the patterns unless the packed ones still fit. */
static int32_t ensure_patterns(struct cvxnn__context *context, struct cvxnn_solver *solver,
                               const struct cvxnn__rows *rows) {
    struct cvxnn__patterns patterns;
    if (patterns_fit(solver)) return CVXNN_OK;
    int32_t status = make_patterns(context, solver, rows, &patterns);
    if (status) return status;
    cvxnn__packed_forget(solver);
    struct cvxnn__packed *packed = &solver->packed;
    packed->patterns = patterns;
    packed->data_revision = solver->problem->data_revision;
    packed->gates_revision = solver->gates.revision;
    packed->count = option(solver, CVXNN_OPTION_PATTERNS);
    packed->seed = option(solver, CVXNN_OPTION_SEED);
    packed->fit_revision = -1;
    packed->filled = 1;
    solver->packings++;
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_PATTERNS);
    progress.patterns = patterns.masks.count;
    return cvxnn__report(context, &progress);
}

int32_t cvxnn__packed_beta_max(struct cvxnn__context *context, struct cvxnn_solver *solver,
                               const struct cvxnn__instance *instance) {
    struct cvxnn__packed *packed = &solver->packed;
    int32_t status = ensure_patterns(context, solver, &instance->rows);
    if (status || packed->fit_revision == solver->problem->fit_revision) return status;
    status = cvxnn__gated_beta_max(context, instance, &packed->patterns, &packed->beta_max);
    if (!status) packed->fit_revision = solver->problem->fit_revision;
    return status;
}

int32_t cvxnn__packed_narrow(struct cvxnn__context *context, struct cvxnn_solver *solver,
                             const struct cvxnn__rows *rows) {
    struct cvxnn__packed *packed = &solver->packed;
    if (packed->has_narrow) return CVXNN_OK;
    int32_t status = cvxnn__narrow_make(context, rows, &packed->narrow);
    packed->has_narrow = status == CVXNN_OK;
    return status;
}

int32_t cvxnn__solver_find_beta_max(struct cvxnn__context *context, struct cvxnn_solver *solver,
                                    double *beta_max) {
    struct cvxnn__instance instance;
    int32_t status = cvxnn__problem_instance(context, solver->problem, &instance);
    if (!status) status = cvxnn__packed_beta_max(context, solver, &instance);
    if (status >= 0) *beta_max = status ? NAN : solver->packed.beta_max;
    return status;
}

int32_t cvxnn__solver_beta_max(struct cvxnn__context *context, struct cvxnn_solver *solver,
                               double *beta_max) {
    struct cvxnn__session session;
    int32_t status = cvxnn__session_open(context, &solver->options, &solver->watch, &session);
    if (status) return status;
    status = cvxnn__solver_find_beta_max(context, solver, beta_max);
    cvxnn__session_close(context, &session);
    return status;
}
