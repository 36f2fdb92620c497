/* Directions from the leading eigenvectors of a certificate. See atoms.h. */
#include "gap/atoms.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"
#include "verify/monomials.h"

/* The variable of odd exponent in a monomial of degree m, and the rest halved; -1 when there are several. */
static int32_t halve(int64_t m, const int32_t *tuple, int32_t *half) {
    int32_t odd = -1;
    for (int64_t j = 0, at = 0; j < m;) {
        if (j + 1 < m && tuple[j] == tuple[j + 1]) {
            half[at++] = tuple[j];
            j += 2;
        } else {
            if (odd >= 0) return -1;
            odd = tuple[j++];
        }
    }
    return odd;
}

/* u (d) from the odd part of an eigenvector; 0 when there is none. */
static int contract(int64_t d, int64_t order, const double *vector, double *u) {
    int64_t m = order % 2 ? order : order - 1, at = order % 2 ? cvxnn__monomials(d, order - 1) : 0;
    int32_t tuple[CVXNN__MOST_ORDER] = {0}, half[CVXNN__MOST_ORDER];
    memset(u, 0, (size_t)d * sizeof *u);
    do {
        int32_t odd = halve(m, tuple, half);
        if (odd >= 0)
            u[odd] += cvxnn__monomial_multiplicity((m - 1) / 2, half) /
                      sqrt(cvxnn__monomial_multiplicity(m, tuple)) * vector[at];
        at++;
    } while (cvxnn__monomial_next(d, m, tuple));
    double length = cvxnn__norm(d, u);
    for (int64_t e = 0; e < d && length > 0; e++) u[e] /= length;
    return length > 0 && length < INFINITY;
}

int32_t cvxnn__certificate_atoms(struct cvxnn__context *context, struct cvxnn__scope *scope,
                                 const struct cvxnn__certificate *certificate, int64_t each,
                                 double **directions, int64_t *count) {
    int64_t d = certificate->d, size = cvxnn__certificate_size(d, certificate->order);
    double *matrix = cvxnn__doubles(scope, size, size), *values = cvxnn__doubles(scope, size, 1),
           *work = cvxnn__doubles(scope, cvxnn__eigen_work(size), 1);
    if (each > size) each = size;
    *count = 0;
    int64_t leaves = cvxnn__certificate_leaves(certificate);
    *directions = cvxnn__doubles(scope, 2 * leaves * each, d);
    if (scope->failed) return cvxnn__fail_memory(context);
    for (int64_t leaf = 0; leaf < leaves; leaf++) {
        int32_t status = cvxnn__poll(context);
        if (status) return status;
        memcpy(matrix, certificate->matrix[leaf], (size_t)(size * size) * sizeof *matrix);
        if (cvxnn__eigen(1, size, matrix, size, values, work) != 1) continue;
        for (int64_t k = 0; k < each; k++) {
            double *u = *directions + *count * d;
            if (!contract(d, certificate->order, matrix + (size - 1 - k) * size, u)) continue;
            for (int64_t e = 0; e < d; e++) u[d + e] = -u[e];
            *count += 2;
        }
    }
    return CVXNN_OK;
}
