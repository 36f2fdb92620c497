/* The grid of a path. See path.h. */
#include "search/path.h"

#include <math.h>

void cvxnn__grid(double most, double ratio, int64_t count, double *beta) {
    for (int64_t p = 0; p < count; p++) beta[p] = most * pow(ratio, (double)p / (double)(count - 1));
}
