/* Which side of a gap limits. See limit.h. */
#include "limit.h"

#include <stdio.h>

#include "proved.h"

const char *limit_name(const cvxnn_certificate *certificate) {
    int64_t limit;
    if (cvxnn_certificate_info_int(certificate, CVXNN_INFO_LIMIT, &limit)) return NULL;
#define LIMIT_NAME(symbol, number, name) \
    if (limit == symbol) return name;
    CVXNN_LIMIT_TABLE(LIMIT_NAME)
    return NULL;
}

void limit_print(const cvxnn_certificate *certificate, const char *label) {
    int64_t limit = CVXNN_LIMIT_NONE, directions = 0;
    double estimate = 0;
    cvxnn_certificate_info_int(certificate, CVXNN_INFO_LIMIT, &limit);
    cvxnn_certificate_info_int(certificate, CVXNN_INFO_DIRECTIONS, &directions);
    cvxnn_certificate_info_double(certificate, CVXNN_INFO_OPTIMUM_ESTIMATE, &estimate);
    if (limit == CVXNN_LIMIT_NONE) return;
    fputs(label, stdout);
    if (limit == CVXNN_LIMIT_BOUND)
        printf("the bound: unless a direction was overlooked, no network has an objective below %s",
               proved_down(estimate).text);
    else
        fputs("the network", stdout);
    if (directions > 0)
        printf("; %lld direction%s found that would lower this one's\n", (long long)directions,
               directions == 1 ? " was" : "s were");
    else
        puts(limit == CVXNN_LIMIT_NETWORK ? ": it lacks no direction, but its weights are not the best" : "");
}
