/*
 * Proving and verifying: the problem as the model sees it, then the search for a proof (src/gap), then the
 * check (src/verify), which is the same for both and is where every number that is reported comes from.
 */
#include <math.h>
#include <string.h>

#include "api/certificate.h"
#include "api/model.h"
#include "api/problem.h"
#include "gap/best_proof.h"
#include "verify/objective.h"

/* Relative gap that counts as closed. */
static const double CLOSED = 1e-6;
/* Operations that may follow when time is up, to say which side limits. */
static const double LAST_OPERATIONS = 5e10;

/* ---- What is known ---------------------------------------------------------------------------- */

static void set_real(struct cvxnn_certificate *certificate, int32_t key, double value) {
    cvxnn__results_set_double(&certificate->results, key, value);
}

static void note_claims(struct cvxnn_certificate *certificate) {
    const struct cvxnn__proof *proof = &certificate->proof;
    cvxnn__results_set_int(&certificate->results, CVXNN_INFO_ORDER, proof->sphere.order);
    cvxnn__results_set_int(&certificate->results, CVXNN_INFO_KINKS,
                           proof->kind == CVXNN__PROOF_TREE ? 0
                           : proof->sphere.joint            ? CVXNN_KINKS_JOINT
                                                            : CVXNN_KINKS_APART);
    cvxnn__results_set_int(&certificate->results, CVXNN_INFO_LEAVES,
                           proof->kind == CVXNN__PROOF_TREE ? proof->tree.leaves[0] + proof->tree.leaves[1]
                                                            : cvxnn__certificate_regions(&proof->sphere));
    set_real(certificate, CVXNN_INFO_BETA, proof->subject.beta);
    set_real(certificate, CVXNN_INFO_CLAIMED_OBJECTIVE, proof->claims.objective);
    set_real(certificate, CVXNN_INFO_CLAIMED_BOUND, proof->claims.bound);
}

void cvxnn__certificate_install(struct cvxnn_certificate *certificate, const struct cvxnn__proof *proof) {
    if (certificate->filled) cvxnn__proof_free(&certificate->proof);
    cvxnn__sides_free(&certificate->sides);
    certificate->proof = *proof;
    certificate->filled = 1;
    memset(&certificate->results, 0, sizeof certificate->results);
    note_claims(certificate);
}

/* The ratio is rounded up; without a bound there is none, unless the objective is 0 as well. */
static void note_verdict(struct cvxnn__context *context, struct cvxnn_certificate *certificate,
                         const struct cvxnn__verdict *verdict, int32_t status) {
    double objective = verdict->objective, bound = verdict->proved.bound;
    memset(&certificate->results, 0, sizeof certificate->results);
    note_claims(certificate);
    set_real(certificate, CVXNN_INFO_OBJECTIVE, objective);
    set_real(certificate, CVXNN_INFO_LOWER_BOUND, bound);
    if (bound > 0)
        set_real(certificate, CVXNN_INFO_CERTIFIED_RATIO, nextafter(objective / bound, INFINITY));
    else if (objective == 0)
        set_real(certificate, CVXNN_INFO_CERTIFIED_RATIO, 1);
    set_real(certificate, CVXNN_INFO_SECONDS, cvxnn__clock() - context->monitor->start);
    cvxnn__results_set_int(&certificate->results, CVXNN_INFO_THREADS, cvxnn__team_threads(context->team));
    cvxnn__results_set_int(&certificate->results, CVXNN_INFO_STATUS, status);
}

/* Which side of the gap is the larger one; the directions become the certificate's. */
static void note_sides(struct cvxnn_certificate *certificate, struct cvxnn__sides *sides, double objective,
                       double bound) {
    double estimate = fmin(fmax(sides->estimate, bound), objective); /* it is, but for rounding */
    int64_t limit = objective - estimate > estimate - bound ? CVXNN_LIMIT_NETWORK : CVXNN_LIMIT_BOUND;
    if (objective <= (1 + CLOSED) * bound) limit = CVXNN_LIMIT_NONE;
    set_real(certificate, CVXNN_INFO_OPTIMUM_ESTIMATE, estimate);
    set_real(certificate, CVXNN_INFO_VIOLATION, sides->violation);
    cvxnn__results_set_int(&certificate->results, CVXNN_INFO_LIMIT, limit);
    cvxnn__results_set_int(&certificate->results, CVXNN_INFO_DIRECTIONS, sides->count);
    certificate->sides = *sides;
}

/* ---- The problem as the model sees it ---------------------------------------------------------- */

static int same_numbers(int64_t count, const double *one, const double *other) {
    if (!one || !other) return one == other;
    return !memcmp(one, other, (size_t)count * sizeof *one);
}

/* The model's scaling and bias; a problem that has its own must agree. */
static int32_t pose(struct cvxnn__context *context, const struct cvxnn_problem *problem,
                    const struct cvxnn__network *network, struct cvxnn__instance *instance) {
    int32_t status = cvxnn__problem_instance(context, problem, instance);
    if (status) return status;
    if (network->features != problem->features)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "the model takes %lld features, the problem has %lld",
                           (long long)network->features, (long long)problem->features);
    if (network->d != instance->rows.d)
        return cvxnn__fail(context, CVXNN_ERROR_VALUE, "the model has %s bias, the problem %s",
                           network->d > network->features ? "a penalized" : "no",
                           instance->rows.d > problem->features ? "has one" : "has none");
    if (problem->scale && (!same_numbers(network->features, problem->center, network->center) ||
                           !same_numbers(network->features, problem->scale, network->scale)))
        return cvxnn__fail(context, CVXNN_ERROR_VALUE,
                           "the problem standardizes its data, and not by the model's scaling");
    instance->rows = cvxnn__network_rows(network, problem->n, problem->x, problem->is_float,
                                         problem->row_stride, problem->column_stride);
    return CVXNN_OK;
}

/* ---- Proving ------------------------------------------------------------------------------------- */

/* The residual of the network: the dual vector that the search begins with. */
static int32_t residual(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                        const struct cvxnn__network *network, double *nu) {
    int32_t status = cvxnn__network_outputs(context, network, &instance->rows, nu);
    if (!status) cvxnn__loss_residual(instance, nu, nu);
    return status;
}

/* Fills what proves; a positive status leaves the best of what was found until then. */
static int32_t find(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                    const struct cvxnn__network *network, const struct cvxnn__proof_search *settings,
                    struct cvxnn__proof *proof) {
    struct cvxnn__scope scope;
    cvxnn__scope_open(&scope, context->memory);
    double *nu = cvxnn__doubles(&scope, instance->rows.n, 1);
    int32_t status = nu ? residual(context, instance, network, nu) : cvxnn__fail_memory(context);
    if (!status) status = cvxnn__best_proof(context, instance, nu, settings, proof);
    cvxnn__scope_close(&scope);
    return status;
}

/* What was found, checked, as a proof to keep. Not to be stopped: a budget may have run out already. */
static int32_t conclude(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                        const struct cvxnn__network *network, struct cvxnn__proof *proof,
                        struct cvxnn__verdict *verdict) {
    struct cvxnn__context calm = cvxnn__unhurried(context);
    int32_t status = cvxnn__subject_of(&calm, instance, network, &proof->subject);
    if (!status) status = cvxnn__judge(&calm, instance, network, proof, verdict);
    if (!status && !(verdict->proved.h[0] < INFINITY && verdict->proved.h[1] < INFINITY))
        status = cvxnn__fail(
            &calm, CVXNN_ERROR_NUMERICAL,
            "nothing can be proved: numbers leave the range of doubles; scale the data or the targets");
    proof->claims = cvxnn__claims_for(verdict);
    return cvxnn__hand_back(context, &calm, status);
}

/* How to search; the bound at which the ratio is the one asked for is enough. */
static int32_t settings_of(struct cvxnn__context *context, const struct cvxnn_certificate *certificate,
                           const struct cvxnn__instance *instance, const struct cvxnn__network *network,
                           struct cvxnn__proof_search *settings) {
    const struct cvxnn__options *options = &certificate->options;
    struct cvxnn__context calm = cvxnn__unhurried(context);
    *settings = (struct cvxnn__proof_search){
        .order = cvxnn__option_int(options, CVXNN_OPTION_ORDER),
        .kinks = (int32_t)cvxnn__option_int(options, CVXNN_OPTION_KINKS),
        .most_iterations = context->monitor->max_iterations,
        .most_cells = cvxnn__option_int(options, CVXNN_OPTION_CELLS),
        .operations = cvxnn__option_double(options, CVXNN_OPTION_OPERATIONS)};
    int32_t status = cvxnn__objective_ceiling(&calm, instance, network, &settings->objective);
    settings->target = settings->objective / cvxnn__option_double(options, CVXNN_OPTION_TARGET_RATIO);
    return cvxnn__hand_back(context, &calm, status);
}

/* Both sides of the gap. When a limit has stopped the search only where that is quick, and not at all when
 * the caller has: *known = 0. */
static int32_t find_sides(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const struct cvxnn__network *network, const struct cvxnn__proof *proof,
                          int32_t stopped, struct cvxnn__sides *sides, int *known) {
    struct cvxnn__context calm = cvxnn__unhurried(context);
    struct cvxnn__scope scope;
    *known = 0;
    if (stopped == CVXNN_STOPPED_CANCELLED ||
        (stopped && cvxnn__sides_operations(&instance->rows, network->neurons) > LAST_OPERATIONS))
        return CVXNN_OK;
    cvxnn__scope_open(&scope, context->memory);
    double *nu = cvxnn__doubles(&scope, instance->rows.n, 1);
    struct cvxnn__context *used = stopped ? &calm : context;
    int32_t status = nu ? residual(used, instance, network, nu) : cvxnn__fail_memory(used);
    if (!status) status = cvxnn__sides_find(used, instance, network, nu, proof, sides);
    cvxnn__scope_close(&scope);
    *known = status == CVXNN_OK;
    return stopped ? cvxnn__hand_back(context, &calm, status) : status;
}

static int32_t prove(struct cvxnn__context *context, struct cvxnn_certificate *certificate,
                     const struct cvxnn_problem *problem, const struct cvxnn__network *network) {
    struct cvxnn__instance instance;
    struct cvxnn__proof proof;
    struct cvxnn__verdict verdict = {.objective = 0};
    struct cvxnn__proof_search settings;
    struct cvxnn__sides sides;
    int known = 0;
    int32_t status = pose(context, problem, network, &instance), failed = CVXNN_OK;
    if (status) return status;
    if (!(instance.beta > 0))
        return cvxnn__fail(context, CVXNN_ERROR_VALUE,
                           "set the problem's beta first: the bound depends on it");
    memset(&proof, 0, sizeof proof);
    cvxnn__scope_open(&proof.scope, context->memory);
    status = cvxnn__subject_check(context, &instance, network);
    if (!status) status = settings_of(context, certificate, &instance, network, &settings);
    if (!status) status = find(context, &instance, network, &settings, &proof);
    if (status >= 0) failed = conclude(context, &instance, network, &proof, &verdict);
    if (status >= 0 && !failed)
        failed = find_sides(context, &instance, network, &proof, status, &sides, &known);
    if (status < 0 || failed < 0) {
        cvxnn__proof_free(&proof);
        return status < 0 ? status : failed;
    }
    if (!status) status = failed;
    cvxnn__certificate_install(certificate, &proof);
    note_verdict(context, certificate, &verdict, status);
    if (known) note_sides(certificate, &sides, verdict.objective, verdict.proved.bound);
    return status;
}

/* ---- Verifying ------------------------------------------------------------------------------------ */

static int32_t verify(struct cvxnn__context *context, struct cvxnn_certificate *certificate,
                      const struct cvxnn_problem *problem, const struct cvxnn__network *network) {
    struct cvxnn__instance instance;
    struct cvxnn__verdict verdict;
    if (!certificate->filled)
        return cvxnn__fail(context, CVXNN_ERROR_STATE,
                           "the certificate is empty: prove, load or read one first");
    int32_t status = pose(context, problem, network, &instance);
    if (!status && instance.beta == 0) instance.beta = certificate->proof.subject.beta;
    if (!status) status = cvxnn__verify(context, &instance, network, &certificate->proof, &verdict);
    if (!status) note_verdict(context, certificate, &verdict, status);
    return status;
}

/* ---- Both, as calls --------------------------------------------------------------------------------- */

typedef int32_t (*work_fn)(struct cvxnn__context *context, struct cvxnn_certificate *certificate,
                           const struct cvxnn_problem *problem, const struct cvxnn__network *network);

static int32_t in_session(struct cvxnn__context *context, struct cvxnn_certificate *certificate,
                          const struct cvxnn_problem *problem, const struct cvxnn_model *model,
                          work_fn work) {
    struct cvxnn__session session;
    if (!model->filled)
        return cvxnn__fail(context, CVXNN_ERROR_STATE,
                           "the model is empty: set its weights or load it first");
    int32_t status = cvxnn__session_open(context, &certificate->options, &certificate->watch, &session);
    if (status) return status;
    status = work(context, certificate, problem, &model->network);
    cvxnn__session_close(context, &session);
    return status;
}

/* Holds all three handles for the time of the work. */
static int32_t with_both(cvxnn_certificate *certificate, const cvxnn_problem *problem,
                         const cvxnn_model *model, work_fn work) {
    struct cvxnn__call call, data, weights;
    int32_t status = cvxnn__begin(&call, certificate ? &certificate->handle : NULL, CVXNN__WRITE);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, problem, "problem");
    if (!status) status = cvxnn__check_pointer(&call.context, model, "model");
    if (!status) status = cvxnn__begin(&data, &problem->handle, CVXNN__READ);
    if (!status) {
        status = cvxnn__begin(&weights, &model->handle, CVXNN__READ);
        if (!status) {
            status = in_session(&call.context, certificate, problem, model, work);
            cvxnn__end(&weights, CVXNN_OK);
        }
        cvxnn__end(&data, CVXNN_OK);
    }
    return cvxnn__end(&call, status);
}

int32_t cvxnn_certificate_prove(cvxnn_certificate *certificate, const cvxnn_problem *problem,
                                const cvxnn_model *model) {
    return with_both(certificate, problem, model, prove);
}

int32_t cvxnn_certificate_verify(cvxnn_certificate *certificate, const cvxnn_problem *problem,
                                 const cvxnn_model *model) {
    return with_both(certificate, problem, model, verify);
}
