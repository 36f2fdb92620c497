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

int64_t cvxnn__certificate_leaves(const struct cvxnn__certificate *certificate) {
    return certificate->trees[0].leaves + certificate->trees[1].leaves;
}

int64_t cvxnn__certificate_regions(const struct cvxnn__certificate *certificate) {
    int64_t leaves = cvxnn__certificate_leaves(certificate);
    return leaves > 2 ? leaves : 1;
}

int cvxnn__certificate_side(const struct cvxnn__certificate *certificate, int64_t leaf) {
    return leaf >= certificate->trees[0].leaves;
}

/* Numbers of a row of a leaf. */
static int64_t row_numbers(const struct cvxnn__certificate *certificate) {
    return certificate->joint ? 2 * cvxnn__joint_half(certificate->d) : 2 * certificate->order;
}

static double **rows_of(struct cvxnn__certificate *certificate) {
    return certificate->joint ? certificate->factors : certificate->polynomials;
}

void cvxnn__certificate_take_leaf(struct cvxnn__scope *scope, int64_t leaf,
                                  struct cvxnn__certificate *certificate) {
    int64_t size = cvxnn__certificate_size(certificate->d, certificate->order);
    rows_of(certificate)[leaf] = zeros(scope, certificate->n, row_numbers(certificate));
    certificate->matrix[leaf] = zeros(scope, size, size);
}

void cvxnn__certificate_take_trunk(struct cvxnn__scope *scope, int64_t n, int64_t d, int64_t order, int joint,
                                   struct cvxnn__certificate *certificate) {
    *certificate = (struct cvxnn__certificate){.n = n, .d = d, .order = order, .joint = joint};
    for (int side = 0; side < 2; side++) certificate->trees[side] = cvxnn__sign_tree_whole();
    if (cvxnn__certificate_size(d, order) < 0) scope->failed = 1;
    if (!scope->failed) certificate->nu = zeros(scope, n, 1);
}

static void take(struct cvxnn__scope *scope, int64_t n, int64_t d, int64_t order, int joint, int64_t leaves,
                 struct cvxnn__certificate *certificate) {
    cvxnn__certificate_take_trunk(scope, n, d, order, joint, certificate);
    for (int64_t leaf = 0; !scope->failed && leaf < leaves; leaf++)
        cvxnn__certificate_take_leaf(scope, leaf, certificate);
}

void cvxnn__certificate_take(struct cvxnn__scope *scope, int64_t n, int64_t d, int64_t order,
                             struct cvxnn__certificate *certificate) {
    take(scope, n, d, order, 0, 2, certificate);
}

void cvxnn__certificate_take_joint(struct cvxnn__scope *scope, int64_t n, int64_t d, int64_t leaves,
                                   struct cvxnn__certificate *certificate) {
    take(scope, n, d, 2, 1, leaves, certificate);
}

void cvxnn__certificate_copy(const struct cvxnn__certificate *from, struct cvxnn__certificate *to) {
    int64_t size = cvxnn__certificate_size(from->d, from->order), leaves = cvxnn__certificate_leaves(from);
    memcpy(to->nu, from->nu, (size_t)from->n * sizeof(double));
    memcpy(to->trees, from->trees, sizeof from->trees);
    for (int64_t leaf = 0; leaf < leaves; leaf++) {
        memcpy(rows_of(to)[leaf], from->joint ? from->factors[leaf] : from->polynomials[leaf],
               (size_t)(from->n * row_numbers(from)) * sizeof(double));
        memcpy(to->matrix[leaf], from->matrix[leaf], (size_t)(size * size) * sizeof(double));
    }
}

int cvxnn__row_unit(int64_t d, const double *row) {
    double most = 0;
    int exponent = 0;
    for (int64_t j = 0; j < d; j++) most = fmax(most, fabs(row[j]));
    if (!(most > 0 && most < INFINITY)) return 0;
    return frexp(most, &exponent) == 0.5 ? exponent - 1 : exponent; /* most = m 2^e with 1/2 <= m < 1 */
}
