/* The shape of a certificate. See certificate.h. */
#include "verify/certificate.h"

#include <math.h>
#include <string.h>

#include "verify/joint.h"
#include "verify/monomials.h"

int64_t cvxnn__certificate_size(int64_t d, int64_t order) {
    if (d < 1 || order < 1 || order > CVXNN__MOST_ORDER) return -1;
    int64_t lower = cvxnn__monomials(d, order - 1), upper = cvxnn__monomials(d, order);
    int64_t most = 46340; /* its square is below 2^31 */
    return lower < 0 || upper < 0 || lower + upper > most ? -1 : lower + upper;
}

static double *zeros(struct cvxnn__scope *scope, int64_t rows, int64_t cols) {
    return cvxnn__take_zeroed(scope, rows, cols, (int64_t)sizeof(double));
}

/* Numbers of a row of one side. */
static int64_t row_numbers(const struct cvxnn__certificate *certificate) {
    return certificate->joint ? 2 * cvxnn__joint_half(certificate->d) : 2 * certificate->order;
}

static void take(struct cvxnn__scope *scope, struct cvxnn__certificate *certificate) {
    int64_t size = cvxnn__certificate_size(certificate->d, certificate->order), n = certificate->n;
    if (size < 0) scope->failed = 1;
    if (scope->failed) return;
    certificate->nu = zeros(scope, n, 1);
    for (int side = 0; side < 2; side++) {
        double *rows = zeros(scope, n, row_numbers(certificate));
        if (certificate->joint)
            certificate->factors[side] = rows;
        else
            certificate->polynomials[side] = rows;
        certificate->matrix[side] = zeros(scope, size, size);
    }
}

void cvxnn__certificate_take(struct cvxnn__scope *scope, int64_t n, int64_t d, int64_t order,
                             struct cvxnn__certificate *certificate) {
    *certificate = (struct cvxnn__certificate){.n = n, .d = d, .order = order};
    take(scope, certificate);
}

void cvxnn__certificate_take_joint(struct cvxnn__scope *scope, int64_t n, int64_t d,
                                   struct cvxnn__certificate *certificate) {
    *certificate = (struct cvxnn__certificate){.n = n, .d = d, .order = 2, .joint = 1};
    take(scope, certificate);
}

void cvxnn__certificate_copy(const struct cvxnn__certificate *from, struct cvxnn__certificate *to) {
    int64_t size = cvxnn__certificate_size(from->d, from->order);
    memcpy(to->nu, from->nu, (size_t)from->n * sizeof(double));
    for (int side = 0; side < 2; side++) {
        memcpy(from->joint ? to->factors[side] : to->polynomials[side],
               from->joint ? from->factors[side] : from->polynomials[side],
               (size_t)(from->n * row_numbers(from)) * sizeof(double));
        memcpy(to->matrix[side], from->matrix[side], (size_t)(size * size) * sizeof(double));
    }
}

int cvxnn__row_unit(int64_t d, const double *row) {
    double most = 0;
    int exponent = 0;
    for (int64_t j = 0; j < d; j++) most = fmax(most, fabs(row[j]));
    if (!(most > 0 && most < INFINITY)) return 0;
    return frexp(most, &exponent) == 0.5 ? exponent - 1 : exponent; /* most = m 2^e with 1/2 <= m < 1 */
}
