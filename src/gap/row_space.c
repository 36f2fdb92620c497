/* The rows' space, by Gram and Schmidt. See row_space.h. */
#include "gap/row_space.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"

static const double NEGLIGIBLE = 0x1p-40;
enum { FEW = 4 }; /* rows a vector that are looked at first */

/* The longest of n rows. */
static int64_t longest(int64_t n, int64_t d, const double *rest, double *length) {
    int64_t best = 0;
    *length = -1;
    for (int64_t i = 0; i < n; i++) {
        double norm = cvxnn__norm(d, rest + i * d);
        if (norm > *length) *length = norm, best = i;
    }
    return best;
}

/* x without its part along q, |q| = 1. */
static void take_off(int64_t d, const double *q, double *x) {
    double along = cvxnn__dot(d, q, x);
    for (int64_t j = 0; j < d; j++) x[j] -= along * q[j];
}

/* Vector number `rank` from the remainder x, made orthogonal to those before once more. */
static void add_vector(int64_t d, int64_t rank, const double *x, double *basis) {
    double *q = basis + rank * d;
    memcpy(q, x, (size_t)d * sizeof *q);
    for (int pass = 0; pass < 2; pass++) {
        double length = cvxnn__norm(d, q);
        for (int64_t j = 0; j < d; j++) q[j] /= length;
        for (int64_t k = 0; k < rank && !pass; k++) take_off(d, basis + k * d, q);
    }
}

/* The basis of the first n rows; *rank is vectors + 1 where it would take more than `vectors`. */
static int32_t span(struct cvxnn__context *context, struct cvxnn__scope *scope,
                    const struct cvxnn__rows *rows, int64_t n, int64_t vectors, int64_t *rank,
                    double **basis) {
    struct cvxnn__scope local;
    int64_t d = rows->d, found = 0;
    double whole = 0, length;
    cvxnn__scope_open(&local, context->memory);
    double *rest = cvxnn__doubles(&local, n, d), *made = cvxnn__doubles(scope, vectors, d);
    int32_t status = rest && made ? CVXNN_OK : cvxnn__fail_memory(context);
    *rank = 0;
    *basis = made;
    if (!status) cvxnn__rows_tile(rows, 0, n, 0, d, rest, d);
    while (!status) {
        int64_t i = longest(n, d, rest, &length);
        if (found == 0) whole = length;
        if (!(length > NEGLIGIBLE * whole) || found == vectors) break;
        add_vector(d, found, rest + i * d, made);
        for (i = 0; i < n; i++) take_off(d, made + found * d, rest + i * d);
        found++;
        status = cvxnn__poll(context);
    }
    if (!status) *rank = length <= NEGLIGIBLE * whole ? found : vectors + 1;
    cvxnn__scope_close(&local);
    return status;
}

/* Few rows are enough to see a rank that is too high, as most are. */
int32_t cvxnn__row_space(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         const struct cvxnn__rows *rows, int64_t most, int64_t *rank, double **basis) {
    struct cvxnn__scope local;
    int64_t vectors = rows->d - 1 < most ? rows->d - 1 : most, few = FEW * (vectors + 1);
    int32_t status = CVXNN_OK;
    *rank = 0;
    if (few < rows->n) {
        cvxnn__scope_open(&local, context->memory);
        status = span(context, &local, rows, few, vectors, rank, basis);
        cvxnn__scope_close(&local);
    }
    *basis = NULL;
    if (!status && *rank <= vectors) status = span(context, scope, rows, rows->n, vectors, rank, basis);
    if (*rank > vectors) *rank = 0;
    return status;
}

int32_t cvxnn__row_coordinates(struct cvxnn__context *context, struct cvxnn__scope *scope,
                               const struct cvxnn__rows *rows, int64_t most, int64_t *rank, double **basis,
                               struct cvxnn__subspace *subspace) {
    int32_t status = cvxnn__row_space(context, scope, rows, most, rank, basis);
    return status ? status : cvxnn__subspace_take(context, scope, rows, *rank, *basis, subspace);
}
