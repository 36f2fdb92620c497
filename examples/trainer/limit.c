/* Which side of a gap limits. See limit.h. */
#include "limit.h"

#include <stdio.h>

#include "proved.h"

enum { UNKNOWN = -1 };
static const double CLOSED = 1e-6; /* relative gap that the library calls closed */

struct limit limit_of_proof(const cvxnn_certificate *certificate) {
    struct limit limit = {.side = UNKNOWN, .searched = 1};
    cvxnn_certificate_info_int(certificate, CVXNN_INFO_LIMIT, &limit.side);
    cvxnn_certificate_info_int(certificate, CVXNN_INFO_DIRECTIONS, &limit.directions);
    cvxnn_certificate_info_double(certificate, CVXNN_INFO_OPTIMUM_ESTIMATE, &limit.estimate);
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

static void print_side(const struct limit *limit) {
    if (limit->side == CVXNN_LIMIT_BOUND)
        printf("the bound: unless a direction was overlooked, no network has an objective below %s",
               proved_down(limit->estimate).text);
    else
        fputs("the network", stdout);
    if (!limit->searched)
        puts(limit->side == CVXNN_LIMIT_NETWORK ? ": the search ended early, or at a rough tolerance" : "");
    else if (limit->directions > 0)
        printf("; %lld direction%s found that would lower this one's\n", (long long)limit->directions,
               limit->directions == 1 ? " was" : "s were");
    else
        puts(limit->side == CVXNN_LIMIT_NETWORK ? ": it lacks no direction, but its weights are not the best"
                                                : "");
}

static const char *advice(const struct limit *limit) {
    if (limit->side == CVXNN_LIMIT_NETWORK)
        return "train by --method search, with a smaller --tolerance or larger budgets";
    if (!limit->searched) return "cvxnn certify, or --certificate here, searches for a tighter bound";
    return "a larger --operations or --order can tighten the bound, and for a larger beta it is tighter";
}

void limit_print(const struct limit *limit, const char *label, const char *next) {
    if (limit->side == CVXNN_LIMIT_NONE || (limit->side == UNKNOWN && limit->searched)) return;
    if (limit->side != UNKNOWN) {
        fputs(label, stdout);
        print_side(limit);
    }
    printf("%s%s\n", next, advice(limit));
}
