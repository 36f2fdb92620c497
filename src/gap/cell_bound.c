/* A solve's own cells. See cell_bound.h; branch.h for how they prove anything. */
#include "gap/cell_bound.h"

#include <stddef.h>

#include "gap/branch.h"
#include "gap/row_coordinates.h"

enum { MOST_DIMENSIONS = 4 };
static const double OPERATIONS = 1e9; /* as they are expected */

int32_t cvxnn__cell_bound(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const double *nu, double enough, double *bound) {
    struct cvxnn__scope scope;
    struct cvxnn__subspace subspace;
    struct cvxnn__branch branch = {.bound = 0};
    int64_t rank = 0;
    double *basis = NULL;
    cvxnn__scope_open(&scope, context->memory);
    int32_t status = cvxnn__row_coordinates(context, &scope, &instance->rows, MOST_DIMENSIONS, &rank, &basis,
                                            &subspace);
    if (!status && subspace.rows.d <= MOST_DIMENSIONS) {
        double cells = OPERATIONS / cvxnn__branch_operations(subspace.rows.n, subspace.rows.d);
        if (cells >= 1)
            status = cvxnn__branch_bound(context, instance, &subspace, nu, enough, (int64_t)cells, &branch);
    }
    cvxnn__scope_close(&scope);
    if (status >= 0) *bound = branch.bound;
    return status;
}
