/* Rows in fewer coordinates. See subspace.h; docs/certificate.md, "Low rank". */
#include "verify/subspace.h"

#include "linalg/blas.h"
#include "linalg/rounding.h"

/* 1 + the sum of the magnitudes in BB' - I, rounded up. */
static double norm_ceiling(int64_t rank, int64_t d, const double *basis) {
    double sum = 0;
    for (int64_t k = 0; k < rank; k++) {
        const double *b = basis + k * d;
        for (int64_t l = 0; l < rank; l++) {
            double sizes = cvxnn__norm(d, b) * cvxnn__norm(d, basis + l * d);
            sum += fabs(cvxnn__dot(d, b, basis + l * d) - (k == l)) + cvxnn__gamma(2 * d + 16) * (1 + sizes);
        }
    }
    double underflow = (double)rank * (double)rank * (double)(d + 1) * CVXNN__TINY;
    return cvxnn__up(1 + cvxnn__up(sum * (1 + cvxnn__gamma(rank * rank + 8)) + underflow));
}

/* |x - B'y| from above. An entry is a sum of rank + 1 terms. */
static double lost_ceiling(int64_t rank, int64_t d, const double *basis, const double *x, const double *y) {
    double square = 0, underflow = cvxnn__up(2 * (double)(rank + 1) * CVXNN__TINY);
    for (int64_t j = 0; j < d; j++) {
        double rest = x[j], size = fabs(x[j]);
        for (int64_t k = 0; k < rank; k++) {
            rest -= basis[k * d + j] * y[k];
            size += fabs(basis[k * d + j] * y[k]);
        }
        double most = fabs(rest) + cvxnn__gamma(rank + 8) * size + underflow;
        square += most * most;
    }
    return cvxnn__up(sqrt(square) * (1 + cvxnn__gamma(d + 8)) + sqrt(CVXNN__TINY) * (double)d);
}

int32_t cvxnn__subspace_take(struct cvxnn__context *context, struct cvxnn__scope *scope,
                             const struct cvxnn__rows *rows, int64_t rank, const double *basis,
                             struct cvxnn__subspace *subspace) {
    int64_t n = rows->n, d = rows->d;
    *subspace = (struct cvxnn__subspace){.rows = *rows, .norm = 1};
    if (rank == 0) return CVXNN_OK;
    double *y = cvxnn__doubles(scope, n, rank), *x = cvxnn__doubles(scope, d, 1);
    subspace->lost = cvxnn__doubles(scope, n, 1);
    if (scope->failed) return cvxnn__fail_memory(context);
    for (int64_t i = 0; i < n; i++) {
        cvxnn__rows_tile(rows, i, 1, 0, d, x, d);
        for (int64_t k = 0; k < rank; k++) y[i * rank + k] = cvxnn__dot(d, basis + k * d, x);
        subspace->lost[i] = lost_ceiling(rank, d, basis, x, y + i * rank);
    }
    subspace->rows = cvxnn__rows_of(n, rank, y, rank);
    subspace->norm = norm_ceiling(rank, d, basis);
    return CVXNN_OK;
}

double cvxnn__subspace_beta(const struct cvxnn__subspace *subspace, const double *z, double beta) {
    int64_t n = subspace->rows.n;
    double sum = 0;
    if (!subspace->lost) return beta;
    for (int64_t i = 0; i < n; i++) sum += fabs(z[i]) * subspace->lost[i];
    sum = cvxnn__up(sum * (1 + cvxnn__gamma(n + 8)) + (double)n * CVXNN__TINY);
    double left = cvxnn__down(cvxnn__down(beta - sum) / subspace->norm);
    return left > 0 && left < INFINITY ? left : 0;
}
