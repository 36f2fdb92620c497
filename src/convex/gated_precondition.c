/*
 * A preconditioner for the system of gated_newton.h over k groups,
 *
 *   H_pq = X' D_p C D_q X + [p = q] (a_p I - b_p v_p v_p'),
 *
 * from the model that the masks are independent with the same chance m_i in row i, m the mean mask:
 *
 *   B_p = Q + a_p I - b_p v_p v_p',   Q = X' C diag(m (1 - m) + m / k) X
 *   M   = blockdiag(B_p) + E G E',    G = X' C diag(m^2) X,   E the sum over groups (k copies of I)
 *
 * E G E' is what all gates have in common, the linear model in sum_p w_p: its eigenvalues are k times those
 * of the rest. In the eigenvectors of Q every B_p is a diagonal and a rank-one term (Sherman and Morrison),
 * and E is a correction of rank d (Woodbury), so that setting up costs two Gram matrices and O(k d^2), one
 * use O(k d^2).
 */
#include <math.h>
#include <string.h>

#include "convex/gated_newton.h"
#include "linalg/blas.h"

/* Eigenvalues of Q below this times the largest are taken for it. */
static const double FLOOR = 1e-12;

/* share[i] = mean of the masks in row i. */
static void mean_mask(const struct cvxnn__masks *masks, double *share) {
    for (int64_t b = 0; b < masks->blocks; b++) {
        int64_t count[CVXNN__MASK_ROWS] = {0}, rows = masks->n - b * CVXNN__MASK_ROWS;
        const uint64_t *words = masks->words + b * masks->count;
        for (int64_t p = 0; p < masks->count; p++)
            for (int r = 0; r < CVXNN__MASK_ROWS; r++) count[r] += (int64_t)(words[p] >> r & 1);
        for (int64_t r = 0; r < CVXNN__MASK_ROWS && r < rows; r++)
            share[b * CVXNN__MASK_ROWS + r] = (double)count[r] / (double)masks->count;
    }
}

void cvxnn__precondition_take(struct cvxnn__scope *scope, int64_t n, int64_t d, int64_t most,
                              struct cvxnn__precondition *m) {
    *m = (struct cvxnn__precondition){.d = d};
    m->share = cvxnn__doubles(scope, n, 1);
    m->weights = cvxnn__doubles(scope, n, 1);
    m->basis = cvxnn__doubles(scope, d, d);
    m->root = cvxnn__doubles(scope, d, d);
    m->small = cvxnn__doubles(scope, d, d);
    m->product = cvxnn__doubles(scope, d, d);
    m->lambda = cvxnn__doubles(scope, d, 1);
    m->sum = cvxnn__doubles(scope, d, 1);
    m->work = cvxnn__doubles(scope, cvxnn__eigen_work(d), 1);
    m->v = cvxnn__doubles(scope, most, d);
    m->a = cvxnn__doubles(scope, most, 1);
    m->gain = cvxnn__doubles(scope, most, 1);
    m->turned = cvxnn__doubles(scope, most, d);
}

/* Eigenvalues of Q into lambda, its eigenvectors the rows of basis. */
static int32_t decompose(struct cvxnn__context *context, struct cvxnn__precondition *m) {
    if (cvxnn__eigen(1, m->d, m->basis, m->d, m->lambda, m->work) != 1)
        return cvxnn__fail(context, CVXNN_ERROR_NUMERICAL,
                           "the eigenvalues of a Gram matrix did not converge");
    double least = FLOOR * m->lambda[m->d - 1];
    for (int64_t j = 0; j < m->d; j++) m->lambda[j] = fmax(m->lambda[j], least);
    return CVXNN_OK;
}

/* root (d x d) with root root' = G in the eigenvectors of Q; G comes in `product`. */
static int32_t take_root(struct cvxnn__context *context, struct cvxnn__precondition *m) {
    int64_t d = m->d;
    /* eigenvectors of G as the rows of product, scaled by the roots of its eigenvalues */
    if (cvxnn__eigen(1, d, m->product, d, m->sum, m->work) != 1)
        return cvxnn__fail(context, CVXNN_ERROR_NUMERICAL,
                           "the eigenvalues of a Gram matrix did not converge");
    for (int64_t j = 0; j < d; j++)
        for (int64_t k = 0; k < d; k++) m->product[j * d + k] *= sqrt(fmax(m->sum[j], 0));
    cvxnn__gemm(0, 1, d, d, d, 1, m->basis, d, m->product, d, 0, m->root, d);
    return CVXNN_OK;
}

/* Q and G of these masks. */
static int32_t average(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                       const struct cvxnn__masks *masks, const double *curvature,
                       struct cvxnn__precondition *m) {
    double k = (double)masks->count;
    mean_mask(masks, m->share);
    for (int64_t i = 0; i < rows->n; i++)
        m->weights[i] = curvature[i] * m->share[i] * (1 - m->share[i] + 1 / k);
    int32_t status = cvxnn__rows_gram(context, rows, m->weights, m->basis, m->d);
    for (int64_t i = 0; i < rows->n; i++) m->weights[i] = curvature[i] * m->share[i] * m->share[i];
    if (!status) status = cvxnn__rows_gram(context, rows, m->weights, m->product, m->d);
    if (!status) status = decompose(context, m);
    if (!status) status = take_root(context, m);
    return status;
}

/* sum_p B_p^-1 into `product` (lower triangle). */
static void sum_inverses(struct cvxnn__precondition *m) {
    int64_t d = m->d;
    memset(m->product, 0, (size_t)(d * d) * sizeof *m->product);
    for (int64_t p = 0; p < m->count; p++) {
        double *scaled = m->turned + p * d, root = sqrt(m->gain[p]);
        for (int64_t j = 0; j < d; j++) {
            m->product[j * d + j] += 1 / (m->lambda[j] + m->a[p]);
            scaled[j] = root * m->v[p * d + j] / (m->lambda[j] + m->a[p]);
        }
    }
    cvxnn__syrk(1, d, m->count, 1, m->turned, d, 1, m->product, d);
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < i; j++) m->product[j * d + i] = m->product[i * d + j];
}

/* B_p^-1 of every group, and what E adds. */
static int32_t invert(struct cvxnn__context *context, int64_t count, const double *v, const double *a,
                      const double *b, struct cvxnn__precondition *m) {
    int64_t d = m->d;
    m->count = count;
    memcpy(m->a, a, (size_t)count * sizeof *a);
    cvxnn__gemm(0, 1, count, d, d, 1, v, d, m->basis, d, 0, m->v, d);
    for (int64_t p = 0; p < count; p++) { /* b / (1 - b v' (Lambda + a)^-1 v), |v| = 1 */
        double left = 0;
        for (int64_t j = 0; j < d; j++) {
            double at = m->v[p * d + j];
            left += at * at * (m->lambda[j] + (a[p] - b[p])) / (m->lambda[j] + a[p]);
        }
        m->gain[p] = left > 0 ? b[p] / left : 0;
    }
    sum_inverses(m);
    /* small = I + root' (sum of inverses) root, to be factorised; lambda stays */
    double *half = m->work;
    cvxnn__gemm(0, 0, d, d, d, 1, m->product, d, m->root, d, 0, half, d);
    cvxnn__gemm(1, 0, d, d, d, 1, m->root, d, half, d, 0, m->small, d);
    for (int64_t j = 0; j < d; j++) m->small[j * d + j] += 1;
    if (cvxnn__cholesky(d, m->small, d) != 1)
        return cvxnn__fail(context, CVXNN_ERROR_NUMERICAL, "the preconditioner is not positive definite");
    return CVXNN_OK;
}

int32_t cvxnn__precondition_make(struct cvxnn__newton *newton) {
    const struct cvxnn__restricted *program = newton->program;
    int32_t status = CVXNN_OK;
    if (!newton->model.averaged)
        status = average(program->context, &program->instance->rows, &program->masks, newton->curvature,
                         &newton->model);
    newton->model.averaged = status == CVXNN_OK;
    if (status) return status;
    return invert(program->context, newton->count, newton->v, newton->a, newton->b, &newton->model);
}

/* turned = blockdiag(B_p)^-1 (turned - E sum); sum NULL: 0 */
static void divide(struct cvxnn__precondition *m, const double *sum) {
    int64_t d = m->d;
    for (int64_t p = 0; p < m->count; p++) {
        double *r = m->turned + p * d, along = 0;
        const double *v = m->v + p * d;
        for (int64_t j = 0; j < d; j++) {
            r[j] = ((sum ? -sum[j] : 0) + r[j]) / (m->lambda[j] + m->a[p]);
            along += v[j] * r[j];
        }
        along *= m->gain[p];
        for (int64_t j = 0; j < d; j++) r[j] += along * v[j] / (m->lambda[j] + m->a[p]);
    }
}

/* M^-1 r = B^-1 (r - E root small^-1 root' E' B^-1 r) */
void cvxnn__precondition_apply(struct cvxnn__precondition *m, const double *r, double *z) {
    int64_t d = m->d;
    cvxnn__gemm(0, 1, m->count, d, d, 1, r, d, m->basis, d, 0, m->turned, d);
    memcpy(z, m->turned, (size_t)(m->count * d) * sizeof *z);
    divide(m, NULL);
    memset(m->sum, 0, (size_t)d * sizeof *m->sum);
    for (int64_t p = 0; p < m->count; p++) cvxnn__axpy(d, 1, m->turned + p * d, m->sum);
    cvxnn__gemv(1, d, d, 1, m->root, d, m->sum, 0, m->work);
    cvxnn__cholesky_solve(d, m->small, d, 1, m->work, d);
    cvxnn__gemv(0, d, d, 1, m->root, d, m->work, 0, m->sum);
    memcpy(m->turned, z, (size_t)(m->count * d) * sizeof *z);
    divide(m, m->sum);
    cvxnn__gemm(0, 0, m->count, d, d, 1, m->turned, d, m->basis, d, 0, z, d);
}
