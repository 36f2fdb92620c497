/* Rows in coordinates of their own space. See row_coordinates.h. */
#include "gap/row_coordinates.h"

#include "linalg/row_space.h"

static const double NEGLIGIBLE = 0x1p-40;

int32_t cvxnn__row_coordinates(struct cvxnn__context *context, struct cvxnn__scope *scope,
                               const struct cvxnn__rows *rows, int64_t most, int64_t *rank, double **basis,
                               struct cvxnn__subspace *subspace) {
    int32_t status = cvxnn__row_space(context, scope, rows, NEGLIGIBLE, most, rank, basis);
    return status ? status : cvxnn__subspace_take(context, scope, rows, *rank, *basis, subspace);
}
