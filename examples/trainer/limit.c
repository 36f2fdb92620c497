/* Which side of a gap limits. See limit.h. */
#include "limit.h"

#include <math.h>
#include <stdio.h>

#include "proved.h"

enum { UNKNOWN = -1 };
static const double CLOSED = 1e-6; /* relative gap that the library calls closed */

struct limit limit_of_proof(const cvxnn_certificate *certificate) {
    struct limit limit = {.side = UNKNOWN, .searched = 1};
    double ratio = NAN, target = 0;
    cvxnn_certificate_info_int(certificate, CVXNN_INFO_LIMIT, &limit.side);
    cvxnn_certificate_info_int(certificate, CVXNN_INFO_DIRECTIONS, &limit.directions);
    cvxnn_certificate_info_int(certificate, CVXNN_INFO_ORDER, &limit.order);
    cvxnn_certificate_info_double(certificate, CVXNN_INFO_OPTIMUM_ESTIMATE, &limit.estimate);
    cvxnn_certificate_info_double(certificate, CVXNN_INFO_CERTIFIED_RATIO, &ratio);
    cvxnn_certificate_get_double(certificate, CVXNN_OPTION_TARGET_RATIO, &target);
    limit.enough = ratio <= target;
    return limit;
}

struct limit limit_of_solve(const cvxnn_solver *solver) {
    struct limit limit = {.side = UNKNOWN};
    int64_t method = 0;
    double objective, bound;
    cvxnn_solver_get_int(solver, CVXNN_OPTION_METHOD, &method);
    if (cvxnn_solver_info_double(solver, CVXNN_INFO_OBJECTIVE, &objective) ||
        cvxnn_solver_info_double(solver, CVXNN_INFO_LOWER_BOUND, &bound))
        return limit;
    cvxnn_solver_info_double(solver, CVXNN_INFO_CONVEX_DUAL, &limit.estimate); /* 0 before pricing */
    if (objective <= (1 + CLOSED) * bound)
        limit.side = CVXNN_LIMIT_NONE;
    else if (method == CVXNN_METHOD_SEARCH)
        limit.side = objective - limit.estimate > limit.estimate - bound ? CVXNN_LIMIT_NETWORK
                                                                         : CVXNN_LIMIT_BOUND;
    return limit;
}

const char *limit_name(const struct limit *limit) {
#define LIMIT_NAME(symbol, number, name) \
    if (limit->side == symbol) return name;
    CVXNN_LIMIT_TABLE(LIMIT_NAME)
    return NULL;
}

/* A direction that violates, as the neuron that it is. whose: the objective's. */
static void print_found(const struct limit *limit, const char *whose) {
    if (limit->directions > 1)
        printf("%lld neurons were found", (long long)limit->directions);
    else
        fputs(limit->directions == 1 ? "a neuron was found" : "no neuron was found", stdout);
    printf(" that would lower %s objective", whose);
}

static void print_bound_limits(const struct limit *limit) {
    fputs("the bound: ", stdout);
    if (limit->searched) {
        print_found(limit, "the network's");
        fputs("; ", stdout);
    }
    printf("unless a neuron was overlooked, no network has an objective below %s\n",
           proved_down(limit->estimate).text);
}

static void print_network_limits(const struct limit *limit) {
    fputs("the network: ", stdout);
    if (!limit->searched) {
        puts("its search ended early, or at a rough tolerance");
        return;
    }
    print_found(limit, "its");
    puts(limit->directions > 0 ? "" : ", but its weights are not the best");
}

static int64_t highest_order(void) {
    int64_t initial, least, most = 0;
    cvxnn_option_range_int(CVXNN_OPTION_ORDER, &initial, &least, &most);
    return most;
}

static void print_advice(const struct limit *limit) {
    if (limit->side == CVXNN_LIMIT_NETWORK)
        puts("train by --method search, with a smaller --tolerance or larger budgets");
    else if (!limit->searched)
        puts("cvxnn certify, or --certificate here, searches for a tighter bound");
    else {
        if (limit->order > 0 && limit->order < highest_order())
            printf("--order %lld or ", (long long)limit->order + 1);
        printf("larger --operations%s can tighten the bound; for a larger beta it is tighter\n",
               limit->order > 0 ? "" : " and --cells");
    }
}

void limit_print(const struct limit *limit, const char *label, const char *next) {
    if (limit->side == CVXNN_LIMIT_NONE || (limit->side == UNKNOWN && limit->searched)) return;
    if (limit->side != UNKNOWN) fputs(label, stdout);
    if (limit->side == CVXNN_LIMIT_BOUND) print_bound_limits(limit);
    if (limit->side == CVXNN_LIMIT_NETWORK) print_network_limits(limit);
    if (limit->enough) return;
    fputs(next, stdout);
    print_advice(limit);
}
