/* The search: restricted program, pricing, entering, until nothing is found. See search.h. */
#include "search/search.h"

#include <math.h>
#include <string.h>

#include "convex/relu.h"
#include "linalg/blas.h"
#include "model/prune.h"
#include "patterns/price.h"

enum {
    LEAST_STARTS = 256,          /* random ones of a pricing of tiny data, */
    FIRST_STARTS = 1024,         /* of the first one, */
    CLOSE_STARTS = 2048,         /* at least, when rounds gain little, */
    ROUGH_STARTS = 4096,         /* at most, while the program is solved roughly, and */
    MOST_STARTS = 16384,         /* of the one that ends the search */
    STARTS_AN_ENTRY = 16,        /* of X, at most */
    ROUGH_STARTS_A_MAXIMUM = 32, /* that is ascended exactly while it is, */
    STARTS_A_MAXIMUM = 8,        /* and at the end; */
    LEAST_NEAR = 2,              /* at least, near each neuron and with it, besides, */
    CLOSE_NEAR = 5,              /* and when rounds gain little */
    MOST_ROUNDS = 1000
};

/* n d times the starts of a pricing, at most. */
static const double MOST_WORK = 1e9;
/* Rough ascents that end below this share of beta do not rise above it any more. */
static const double HOPELESS = 0.9;
/* Relative gain at which the restricted program counts as solved, per tolerance. */
static const double RESTRICTED = 1e-4;
/* The same at first, and later as a share of what was gained since the last search for new maxima. */
static const double FIRST_TARGET = 1e-4, TARGET_SHARE = 0.1;
/* Where nothing violates, or nothing is gained, the target falls by this factor: the residual of a rough
 * solution may hide or feign much. */
static const double CLEARER = 1e-2;
/* From this target on what violates is mostly a maximum beside a neuron, or one that was almost violating. */
static const double CLOSE = 1e-7;
/* Maxima above this share of beta are looked at again before new ones are searched, and enter when they
 * violate by this share of what was found before. */
static const double KNOWN = 0.999, WORTH = 0.05;
/* A relative gap that is nothing but rounding. */
static const double ROUNDING = 1e-13;
/* Rows this close to a kink that holds are put on it at the start. */
static const double SNAP = 1e-3;
/* Gap at which the interior method hands over to the active set. */
static const double APPROACHED = 1e-2;
/* Pricing may cost this share of what the restricted program did, a start as many products as that many
 * passes over X. */
static const double PRICING_SHARE = 0.125, PASSES_A_START = 100;

struct search {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    const struct cvxnn__search_options *options;
    struct cvxnn__relu relu;
    struct cvxnn__scope scope;
    int64_t starts;             /* random ones of the next pricing */
    int close;                  /* 1: rounds gain little */
    int last;                   /* 1: a rough pricing has found nothing, or nothing was gained */
    struct cvxnn__priced known; /* maxima of the last pricing that may violate in the next one */
    struct cvxnn__search_report *report;
};

static int32_t add_start(struct search *search, const struct cvxnn__network *start) {
    int64_t d = search->relu.d;
    double *v = cvxnn__doubles(&search->scope, d, 1);
    if (!v) return cvxnn__fail_memory(search->context);
    for (int64_t j = 0; j < start->neurons; j++) {
        for (int64_t e = 0; e < d; e++) v[e] = start->u[j * d + e] * fabs(start->a[j]);
        if (!(cvxnn__norm(d, v) > 0)) continue;
        int32_t status = cvxnn__relu_add(&search->relu, v, start->a[j] > 0 ? 1 : -1, -1, NULL);
        if (status) return status;
    }
    int32_t status = cvxnn__relu_refresh(&search->relu, 0);
    if (!status) status = cvxnn__relu_interior(&search->relu, APPROACHED);
    return status ? status : cvxnn__relu_refresh(&search->relu, SNAP);
}

/* What pricing found: nothing, maxima of before, maxima that may be new. */
enum found { NOTHING, AGAIN, MORE };

static double violation_of(const struct search *search, const struct cvxnn__priced *priced) {
    return priced->count > 0 ? fmax(priced->value[0] / search->instance->beta - 1, 0) : 0;
}

/* Prices from random starts and the neurons at hand, or from what is known where random = 0. */
static int32_t price(struct search *search, int64_t random, struct cvxnn__priced *priced) {
    struct cvxnn__relu *relu = &search->relu;
    int64_t d = relu->d, given = random > 0 ? relu->count : 0;
    double *directions = cvxnn__doubles(&search->scope, given, d);
    if (!directions) return cvxnn__fail_memory(search->context);
    for (int64_t j = 0; j < given; j++)
        memcpy(directions + j * d, relu->neuron[j]->v, (size_t)d * sizeof(double));
    int64_t most = random / (search->last ? STARTS_A_MAXIMUM : ROUGH_STARTS_A_MAXIMUM),
            near = search->last && relu->count > 0 ? most / relu->count : 0,
            least_near = search->close ? CLOSE_NEAR : LEAST_NEAR;
    struct cvxnn__price_options options = {.norms = relu->norms,
                                           .seed = search->options->seed,
                                           .round = (uint64_t)search->report->rounds,
                                           .random = random,
                                           .given = given,
                                           .directions = directions,
                                           .known = search->close ? &search->known : NULL,
                                           .most = most,
                                           .most_near = near > least_near ? near : least_near,
                                           .least = HOPELESS * search->instance->beta};
    int32_t status = cvxnn__price(search->context, &search->instance->rows, relu->nu, &options, priced);
    cvxnn__give_back(&search->scope, directions);
    if (status < 0) return status;
    double violation = violation_of(search, priced);
    /* What a stop cut short, or did not search, has seen too little to say that there is less than before. */
    if ((status == 0 && random > 0) || violation > search->report->violation)
        search->report->violation = violation;
    return status;
}

/* Those that violate by more than a hundredth of the largest violation enter, the largest first. */
static int32_t enter(struct search *search, const struct cvxnn__priced *priced) {
    struct cvxnn__relu *relu = &search->relu;
    double least = search->instance->beta * (1 + 0.01 * violation_of(search, priced));
    for (int64_t k = 0; k < priced->count && priced->value[k] > least; k++) {
        int64_t before = relu->count;
        int32_t status = cvxnn__relu_enter(relu, priced->u + k * relu->d, priced->sign[k], -1, NULL);
        if (status) return status;
        search->report->added += relu->count - before;
    }
    return cvxnn__relu_refresh(relu, 0);
}

/* The caller's directions enter, each with the sign and the weight that are best for it. */
static int32_t enter_offered(struct search *search) {
    struct cvxnn__relu *relu = &search->relu;
    const struct cvxnn__search_options *options = search->options;
    int64_t d = relu->d;
    double *u = cvxnn__doubles(&search->scope, d, 1);
    if (!u) return cvxnn__fail_memory(search->context);
    for (int64_t k = 0; k < options->offered; k++) {
        const double *direction = options->directions + k * d;
        double length = cvxnn__norm(d, direction);
        for (int64_t e = 0; e < d && length > 0; e++) u[e] = direction[e] / length;
        for (int sign = 1; sign >= -1 && length > 0; sign -= 2) {
            int64_t before = relu->count;
            int32_t status = cvxnn__relu_enter(relu, u, sign, -1, NULL);
            if (status) return status;
            search->report->added += relu->count - before;
        }
    }
    return options->offered > 0 ? cvxnn__relu_refresh(relu, 0) : CVXNN_OK;
}

/* One pricing: what violates enters if the largest violation is above `least` (*found = 1). */
static int32_t price_and_enter(struct search *search, int64_t random, double least, int *found) {
    struct cvxnn__priced priced;
    *found = 0;
    int32_t status = price(search, random, &priced);
    if (status < 0) return status;
    *found = violation_of(search, &priced) > least;
    if (!status && *found) status = enter(search, &priced);
    cvxnn__priced_free(&search->known);
    search->known = priced;
    int64_t *known = &search->known.count;
    while (*known > 0 && priced.value[*known - 1] < KNOWN * search->instance->beta) (*known)--;
    search->report->rounds++;
    return status;
}

/* Prices what is known, when close, and then with ever more starts, `limit` at most, until something
 * violates. The next search for new maxima begins with a quarter of the starts that were needed. */
static int32_t extend(struct search *search, double limit, enum found *found) {
    double size = (double)search->relu.n * (double)search->relu.d, tolerance = search->options->tolerance;
    int64_t most = (int64_t)fmax(fmin(fmin(MOST_WORK / size, STARTS_AN_ENTRY * size), limit), LEAST_STARTS);
    int64_t least = search->last ? ROUGH_STARTS : search->close ? CLOSE_STARTS : FIRST_STARTS;
    int any = 0;
    int32_t status = CVXNN_OK;
    if (search->close)
        status = price_and_enter(search, 0, fmax(tolerance, WORTH * search->report->violation), &any);
    *found = any ? AGAIN : NOTHING;
    while (!status && !any) {
        int64_t starts = search->starts < most ? search->starts : most;
        status = price_and_enter(search, starts, tolerance, &any);
        *found = any ? MORE : NOTHING;
        if (status || (!any && starts == most)) return status;
        search->starts = any ? starts / 4 : 4 * starts;
        if (search->starts < least) search->starts = least;
    }
    return status;
}

/* The costlier the restricted program, the more starts does the next pricing have, so that more neurons enter
 * at once. */
static void balance(struct search *search) {
    struct cvxnn__relu *relu = &search->relu;
    double one = PASSES_A_START * (double)relu->n * (double)relu->d;
    double starts = fmin(PRICING_SHARE * relu->work / one, ROUGH_STARTS);
    if (starts > (double)search->starts) search->starts = (int64_t)starts;
    relu->work = 0;
}

/* Solved roughly while pricing finds much, to the end when it finds nothing else. */
static int32_t rounds(struct search *search) {
    double least = fmax(RESTRICTED * search->options->tolerance, 1e-15), target = fmax(least, FIRST_TARGET);
    double before = INFINITY, since = INFINITY; /* P of the last round, and at the last search for maxima */
    for (int round = 0; round < MOST_ROUNDS; round++) {
        enum found found;
        int32_t status = cvxnn__relu_solve(&search->relu, target);
        if (status) return status;
        balance(search);
        double objective = search->relu.objective;
        int stuck = target <= least && !(objective < before);
        if (stuck && search->last) return CVXNN_STOPPED_PRECISION;
        if (stuck) search->last = 1, search->known.count = 0; /* only others than those can help */
        status = extend(search, search->last ? MOST_STARTS : ROUGH_STARTS, &found);
        if (status || (found == NOTHING && search->last)) return status;
        search->last = search->last || (found == NOTHING && target <= least);
        if (found == NOTHING || !(objective < before)) target = fmax(least, CLEARER * target);
        before = stuck || found == NOTHING ? INFINITY : objective; /* it may not get better */
        if (found == MORE) {
            if (isfinite(since))
                target = fmax(least, fmin(target, TARGET_SHARE * (since - objective) / since));
            since = objective;
        }
        search->close = search->close || target <= CLOSE;
    }
    return CVXNN_STOPPED_ITERATIONS;
}

/* D at the network's residual, scaled to meet all that was priced; 0 before anything was. */
static int32_t set_dual(struct search *search, const struct cvxnn__network *network, double *objective) {
    struct cvxnn__relu *relu = &search->relu;
    double most = 1 / (1 + search->report->violation);
    int32_t status = cvxnn__network_objective(search->context, network, search->instance, relu->f, objective);
    if (status) return status;
    cvxnn__loss_residual(search->instance, relu->f, relu->nu);
    double t = cvxnn__loss_dual_scale(search->instance, relu->nu, most);
    for (int64_t i = 0; i < relu->n; i++) relu->nu[i] *= t;
    search->report->dual = fmax(cvxnn__loss_dual(search->instance, relu->nu), 0);
    return CVXNN_OK;
}

/* The better of the start and what the search found. */
static int32_t finish(struct search *search, const struct cvxnn__network *start,
                      struct cvxnn__network *network) {
    struct cvxnn__network found;
    double objective, started;
    search->report->iterations = search->relu.iterations;
    search->report->neurons_before_pruning = search->relu.count;
    int32_t status = cvxnn__relu_network(&search->relu, &found);
    if (status) return status;
    status = cvxnn__network_objective(search->context, &found, search->instance, NULL, &objective);
    if (!status) status = cvxnn__network_objective(search->context, start, search->instance, NULL, &started);
    if (!status && started < objective) {
        cvxnn__network_free(&found);
        objective = started;
        status = cvxnn__network_copy(search->context, start, &found);
        if (status) return status;
    }
    if (!status) status = cvxnn__network_prune(search->context, search->instance, &found);
    if (!status) status = set_dual(search, &found, &search->report->objective);
    if (status) {
        cvxnn__network_free(&found);
        return status;
    }
    *network = found;
    return CVXNN_OK;
}

int cvxnn__search_approaches(const struct cvxnn__instance *instance, const struct cvxnn__network *start) {
    return cvxnn__relu_interior_fits(instance->rows.n, instance->rows.d, start->neurons);
}

int32_t cvxnn__search(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                      const struct cvxnn__search_options *options, const struct cvxnn__network *start,
                      struct cvxnn__network *network, struct cvxnn__search_report *report) {
    struct search search = {.context = context,
                            .instance = instance,
                            .options = options,
                            .starts = FIRST_STARTS,
                            .report = report};
    *report = (struct cvxnn__search_report){.violation = INFINITY};
    int32_t status = cvxnn__relu_open(context, instance, 0, &search.relu);
    if (status) return status;
    cvxnn__scope_open(&search.scope, context->memory);
    cvxnn__scope_open(&search.known.scope, context->memory);
    status = add_start(&search, start);
    if (!status) status = enter_offered(&search);
    search.relu.most_iterations = options->max_iterations;
    if (!status) status = rounds(&search);
    if (status >= 0) {
        int32_t failed = finish(&search, start, network);
        if (failed) status = failed;
    }
    double excess = report->objective - report->dual;
    if (!status && !(excess <= fmax(options->tolerance, ROUNDING) * report->objective))
        status = CVXNN_STOPPED_PRECISION;
    cvxnn__priced_free(&search.known);
    cvxnn__scope_close(&search.scope);
    cvxnn__relu_close(&search.relu);
    return status;
}
