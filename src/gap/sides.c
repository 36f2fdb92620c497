/* The two sides of a gap. See sides.h. */
#include "gap/sides.h"

#include <math.h>
#include <string.h>

#include "gap/atoms.h"
#include "linalg/blas.h"
#include "patterns/price.h"

/* Ascents begin from the network's neurons, from the certificate's directions, and from as many random ones
 * as keep n d times their number below MOST_WORK. */
enum { MOST_RANDOM = 256, LEAST_RANDOM = 16, ATOMS = 8, ATOM_SIZE = 1500 };
/* Local maxima of each sign that are ascended to the end, which takes as long as many rough ascents. */
enum { MAXIMA = 8, ROUGH_ASCENTS = 32 };
static const double MOST_WORK = 2e7;
/* Relative violation beyond rounding. */
static const double VIOLATION = 1e-6;

struct search {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    struct cvxnn__scope scope;
    double *norms;  /* n: |x_i|, 0 for rows that do not count */
    double *scaled; /* n: room */
    double *starts; /* count x d */
    int64_t count, random;
};

/* The starts become the old ones and these. */
static int32_t add_starts(struct search *search, int64_t count, const double *u) {
    int64_t d = search->instance->rows.d;
    double *all = cvxnn__doubles(&search->scope, search->count + count, d);
    if (!all) return cvxnn__fail_memory(search->context);
    if (search->count > 0) memcpy(all, search->starts, (size_t)(search->count * d) * sizeof *all);
    if (count > 0) memcpy(all + search->count * d, u, (size_t)(count * d) * sizeof *all);
    cvxnn__give_back(&search->scope, search->starts);
    search->starts = all;
    search->count += count;
    return CVXNN_OK;
}

/* Local maxima for nu, and the largest value of all. */
static int32_t price(struct search *search, const double *nu, struct cvxnn__priced *priced, double *h) {
    struct cvxnn__price_options options = {.norms = search->norms,
                                           .random = search->random,
                                           .given = search->count,
                                           .directions = search->starts,
                                           .most = MAXIMA};
    int32_t status = cvxnn__price(search->context, &search->instance->rows, nu, &options, priced);
    if (status > 0) cvxnn__priced_free(priced);
    if (!status) *h = priced->count > 0 ? priced->value[0] : 0;
    return status;
}

/* The largest D(t nu) with t h <= beta. */
static double dual_at(struct search *search, const double *nu, double h) {
    const struct cvxnn__instance *instance = search->instance;
    double t = cvxnn__loss_dual_scale(instance, nu, h > 0 ? instance->beta / h : INFINITY);
    if (!(t < INFINITY)) return 0;
    for (int64_t i = 0; i < instance->rows.n; i++) search->scaled[i] = t * nu[i];
    return fmax(cvxnn__loss_dual(instance, search->scaled), 0);
}

/* Random starts. */
static int64_t random_starts(const struct cvxnn__rows *rows) {
    return (int64_t)fmax(fmin(MOST_WORK / ((double)rows->n * (double)rows->d), MOST_RANDOM), LEAST_RANDOM);
}

static int32_t open(struct search *search, const struct cvxnn__network *network) {
    const struct cvxnn__rows *rows = &search->instance->rows;
    search->norms = cvxnn__doubles(&search->scope, rows->n, 1);
    search->scaled = cvxnn__doubles(&search->scope, rows->n, 1);
    if (search->scope.failed) return cvxnn__fail_memory(search->context);
    int32_t status = cvxnn__rows_norms(search->context, rows, search->norms);
    for (int64_t i = 0; !status && i < rows->n; i++)
        if (!(cvxnn__instance_share(search->instance, i) > 0)) search->norms[i] = 0;
    search->random = random_starts(rows);
    return status ? status : add_starts(search, network->neurons, network->u);
}

/* The certificate's part: its directions and the maxima for its dual vector join the starts. */
static int32_t look_at_certificate(struct search *search, const struct cvxnn__certificate *certificate,
                                   double *estimate) {
    struct cvxnn__priced priced;
    double h, *atoms;
    int64_t count = 0;
    int32_t status = CVXNN_OK;
    if (cvxnn__certificate_size(certificate->d, certificate->order) <= ATOM_SIZE)
        status = cvxnn__certificate_atoms(search->context, &search->scope, certificate, ATOMS, &atoms,
                                          &count);
    if (!status && count > 0) status = add_starts(search, count, atoms);
    if (!status) status = price(search, certificate->nu, &priced, &h);
    if (status) return status;
    *estimate = dual_at(search, certificate->nu, h);
    status = add_starts(search, priced.count, priced.u);
    cvxnn__priced_free(&priced);
    return status;
}

/* The network's part: estimate, violation, and the directions that violate. */
static int32_t look_at_network(struct search *search, const double *nu, struct cvxnn__sides *sides) {
    struct cvxnn__priced priced;
    int64_t d = search->instance->rows.d, count = 0;
    double h, beta = search->instance->beta;
    int32_t status = price(search, nu, &priced, &h);
    if (status) return status;
    sides->estimate = fmax(sides->estimate, dual_at(search, nu, h));
    sides->violation = fmax(h / beta - 1, 0);
    while (count < priced.count && priced.value[count] > beta * (1 + VIOLATION)) count++;
    sides->u = cvxnn__doubles(&sides->scope, count, d);
    if (!sides->u) status = cvxnn__fail_memory(search->context);
    if (!status && count > 0) memcpy(sides->u, priced.u, (size_t)(count * d) * sizeof *sides->u);
    sides->count = count;
    cvxnn__priced_free(&priced);
    return status;
}

int32_t cvxnn__sides_find(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const struct cvxnn__network *network, const double *nu,
                          const struct cvxnn__proof *proof, struct cvxnn__sides *sides) {
    struct search search = {.context = context, .instance = instance};
    cvxnn__scope_open(&search.scope, context->memory);
    *sides = (struct cvxnn__sides){.count = 0};
    cvxnn__scope_open(&sides->scope, context->memory);
    int32_t status = open(&search, network);
    if (!status && proof->kind == CVXNN__PROOF_SPHERE)
        status = look_at_certificate(&search, &proof->sphere, &sides->estimate);
    if (!status) status = look_at_network(&search, nu, sides);
    cvxnn__scope_close(&search.scope);
    if (status) cvxnn__sides_free(sides);
    return status;
}

/* Two dual vectors, two signs, about 13 products with X and as many with its transpose a start. */
double cvxnn__sides_operations(const struct cvxnn__rows *rows, int64_t neurons) {
    double starts = (double)(neurons + 4 * ATOMS + random_starts(rows) + MAXIMA * ROUGH_ASCENTS);
    return 2 * 2 * 13 * 4 * starts * (double)rows->n * (double)rows->d;
}

void cvxnn__sides_free(struct cvxnn__sides *sides) {
    cvxnn__scope_close(&sides->scope);
    sides->count = 0;
}
