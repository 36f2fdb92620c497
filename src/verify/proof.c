/* A proof held against a problem and a model. See proof.h. */
#include "verify/proof.h"

#include <string.h>

#include "linalg/rounding.h"
#include "verify/objective.h"

/* ---- What it is about ------------------------------------------------------------------------ */

static int32_t hash_rows(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         const struct cvxnn__rows *rows, unsigned char *digest) {
    struct cvxnn__sha256 hash;
    double *row = cvxnn__doubles(scope, rows->d, 1);
    if (!row) return cvxnn__fail_memory(context);
    cvxnn__sha256_begin(&hash);
    for (int64_t i = 0; i < rows->n; i++) {
        cvxnn__rows_tile(rows, i, 1, 0, rows->d, row, rows->d);
        cvxnn__sha256_add_doubles(&hash, rows->d, row);
        int32_t status = cvxnn__poll(context);
        if (status) return status;
    }
    cvxnn__sha256_end(&hash, digest);
    return CVXNN_OK;
}

/* values NULL: as many ones. */
static void hash_numbers(int64_t count, const double *values, unsigned char *digest) {
    struct cvxnn__sha256 hash;
    double one = 1;
    cvxnn__sha256_begin(&hash);
    for (int64_t k = 0; k < count; k++) cvxnn__sha256_add_doubles(&hash, 1, values ? values + k : &one);
    cvxnn__sha256_end(&hash, digest);
}

static int32_t hash_model(struct cvxnn__context *context, struct cvxnn__scope *scope,
                          const struct cvxnn__network *network, unsigned char *digest) {
    struct cvxnn__sha256 hash;
    int64_t length;
    int32_t status = cvxnn__network_format(context, network, NULL, 0, &length);
    if (status) return status;
    char *text = cvxnn__take(scope, length, 1, 1);
    if (!text) return cvxnn__fail_memory(context);
    status = cvxnn__network_format(context, network, text, length, &length);
    if (status) return status;
    cvxnn__sha256_begin(&hash);
    cvxnn__sha256_add(&hash, text, length);
    cvxnn__sha256_end(&hash, digest);
    return CVXNN_OK;
}

/* The certificate is a statement on ReLU networks with one output. */
int32_t cvxnn__subject_check(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                             const struct cvxnn__network *network) {
    if (network->kind != CVXNN_KIND_RELU)
        return cvxnn__fail(context, CVXNN_ERROR_UNSUPPORTED,
                           "a gated network is not a ReLU network: there is nothing to certify");
    if (network->outputs != 1)
        return cvxnn__fail(context, CVXNN_ERROR_UNSUPPORTED, "the model has %lld outputs, one is supported",
                           (long long)network->outputs);
    if (network->d != instance->rows.d || instance->outputs != network->outputs)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "the model maps %lld columns to %lld, the problem %lld to %lld",
                           (long long)network->d, (long long)network->outputs, (long long)instance->rows.d,
                           (long long)instance->outputs);
    return CVXNN_OK;
}

int32_t cvxnn__subject_of(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const struct cvxnn__network *network, struct cvxnn__subject *subject) {
    const struct cvxnn__rows *rows = &instance->rows;
    struct cvxnn__scope scope;
    int32_t status = cvxnn__subject_check(context, instance, network);
    if (status) return status;
    *subject = (struct cvxnn__subject){.loss = instance->loss,
                                       .bias = network->bias,
                                       .scaled = rows->scale != NULL,
                                       .rows = rows->n,
                                       .columns = rows->d,
                                       .outputs = instance->outputs,
                                       .beta = instance->beta};
    cvxnn__scope_open(&scope, context->memory);
    status = hash_rows(context, &scope, rows, subject->data);
    if (!status) status = hash_model(context, &scope, network, subject->model);
    hash_numbers(rows->n * instance->outputs, instance->targets, subject->targets);
    hash_numbers(rows->n, instance->weights, subject->weights);
    cvxnn__scope_close(&scope);
    return status;
}

/* ---- What is true ---------------------------------------------------------------------------- */

/* Both trees of z grown again, with room for a verifier that rounds otherwise. */
static int32_t judge_tree(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const struct cvxnn__tree *tree, struct cvxnn__verdict *verdict) {
    enum { ROOM = 4, LEAST_ROOM = 1000 };
    struct cvxnn__scope scope;
    int64_t n = instance->rows.n;
    verdict->proved = (struct cvxnn__proved){.h = {INFINITY, INFINITY}, .scale = 1};
    verdict->leaves = 0;
    cvxnn__scope_open(&scope, context->memory);
    struct cvxnn__subspace subspace;
    double *z = cvxnn__doubles(&scope, n, 1), beta = 0;
    int32_t status = z ? CVXNN_OK : cvxnn__fail_memory(context);
    if (!status)
        status = cvxnn__subspace_take(context, &scope, &instance->rows, tree->rank, tree->basis, &subspace);
    if (!status) beta = cvxnn__subspace_beta(&subspace, tree->z, instance->beta);
    for (int side = 0; !status && beta > 0 && side < 2; side++) {
        struct cvxnn__tree_report report;
        int64_t most = tree->leaves[side] > INT64_MAX / (2 * ROOM) ? INT64_MAX
                                                                   : ROOM * tree->leaves[side] + LEAST_ROOM;
        for (int64_t i = 0; i < n; i++) z[i] = side ? -tree->z[i] : tree->z[i];
        status = cvxnn__tree_check(context, &subspace.rows, z, beta, most, &report);
        if (status || report.verdict != CVXNN__TREE_HOLDS) break;
        verdict->proved.h[side] = instance->beta;
        verdict->leaves += report.leaves;
    }
    if (!status && fmax(verdict->proved.h[0], verdict->proved.h[1]) < INFINITY)
        verdict->proved.bound = fmax(0, cvxnn__loss_dual_floor(instance, tree->z));
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn__judge(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                     const struct cvxnn__network *network, const struct cvxnn__proof *proof,
                     struct cvxnn__verdict *verdict) {
    int32_t status = cvxnn__subject_check(context, instance, network);
    if (!status) status = cvxnn__objective_ceiling(context, instance, network, &verdict->objective);
    if (!status && !(verdict->objective < INFINITY))
        status = cvxnn__fail(context, CVXNN_ERROR_VALUE, "the objective overflows on these data");
    if (status) return status;
    if (proof->kind == CVXNN__PROOF_TREE) return judge_tree(context, instance, &proof->tree, verdict);
    verdict->leaves = cvxnn__certificate_regions(&proof->sphere);
    return cvxnn__sphere_check(context, instance, &proof->sphere, &verdict->proved);
}

struct cvxnn__claims cvxnn__claims_for(const struct cvxnn__verdict *verdict) {
    const double room = 0x1p-26;
    struct cvxnn__claims claims = {
        .objective = verdict->objective > 0 ? cvxnn__up(verdict->objective * (1 + room)) : 0,
        .bound = cvxnn__down(verdict->proved.bound * (1 - 2 * room))};
    for (int side = 0; side < 2; side++) claims.h[side] = cvxnn__up(verdict->proved.h[side] * (1 + room));
    claims.bound = fmax(claims.bound, 0);
    return claims;
}

/* ---- Whether both agree ---------------------------------------------------------------------- */

static int32_t differ(struct cvxnn__context *context, const char *what) {
    return cvxnn__fail(context, CVXNN_ERROR_VERIFICATION, "the certificate is for %s", what);
}

static int other_hash(const unsigned char *one, const unsigned char *other) {
    return memcmp(one, other, CVXNN__HASH_BYTES) != 0;
}

/* The first difference, the plainest one first. */
static int32_t compare(struct cvxnn__context *context, const struct cvxnn__subject *said,
                       const struct cvxnn__subject *found) {
    if (said->rows != found->rows || said->columns != found->columns || said->outputs != found->outputs)
        return cvxnn__fail(context, CVXNN_ERROR_VERIFICATION,
                           "the certificate is for %lld rows of %lld columns, a bias included, with %lld "
                           "outputs; these are %lld of %lld with %lld",
                           (long long)said->rows, (long long)said->columns, (long long)said->outputs,
                           (long long)found->rows, (long long)found->columns, (long long)found->outputs);
    if (said->loss != found->loss) return differ(context, "another loss");
    if (said->beta != found->beta)
        return cvxnn__fail(context, CVXNN_ERROR_VERIFICATION,
                           "the certificate is for beta = %.17g, not %.17g", said->beta, found->beta);
    if (said->bias != found->bias) return differ(context, "another kind of bias");
    if (other_hash(said->model, found->model)) return differ(context, "another model: its hash differs");
    if (said->scaled != found->scaled)
        return differ(context, said->scaled ? "scaled data" : "data without scaling");
    if (other_hash(said->data, found->data)) return differ(context, "other data: the hash of X differs");
    if (other_hash(said->targets, found->targets))
        return differ(context, "other data: the hash of the targets differs");
    if (other_hash(said->weights, found->weights))
        return differ(context, "other data: the hash of the sample weights differs");
    return CVXNN_OK;
}

/* True numbers against claimed ones; NaN is never enough. */
static int32_t check_claims(struct cvxnn__context *context, const struct cvxnn__claims *claims,
                            const struct cvxnn__verdict *verdict) {
    const struct cvxnn__proved *proved = &verdict->proved;
    static const char *const sides[] = {"h(nu)", "h(-nu)"};
    if (!(verdict->objective <= claims->objective))
        return cvxnn__fail(context, CVXNN_ERROR_VERIFICATION,
                           "the certificate claims an objective of %.17g, but it is up to %.17g",
                           claims->objective, verdict->objective);
    for (int side = 0; side < 2; side++)
        if (!(proved->h[side] <= claims->h[side]))
            return cvxnn__fail(context, CVXNN_ERROR_VERIFICATION,
                               "the certificate claims %s <= %.17g, but proves %.17g only", sides[side],
                               claims->h[side], proved->h[side]);
    if (!(proved->bound >= claims->bound))
        return cvxnn__fail(context, CVXNN_ERROR_VERIFICATION,
                           "the certificate claims a lower bound of %.17g, but proves %.17g only",
                           claims->bound, proved->bound);
    return CVXNN_OK;
}

int32_t cvxnn__verify(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                      const struct cvxnn__network *network, const struct cvxnn__proof *proof,
                      struct cvxnn__verdict *verdict) {
    struct cvxnn__subject found;
    int32_t status = cvxnn__subject_check(context, instance, network);
    if (!status) status = cvxnn__subject_of(context, instance, network, &found);
    if (!status) status = compare(context, &proof->subject, &found);
    if (!status) status = cvxnn__judge(context, instance, network, proof, verdict);
    if (!status) status = check_claims(context, &proof->claims, verdict);
    return status;
}
