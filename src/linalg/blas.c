/* BLAS and LAPACK behind checks: the only includer of cblas.h. See blas.h. */
#include "linalg/blas.h"

#include "linalg/small_eigen.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>
#include <string.h>

/* LAPACK by its Fortran names (LP64): no LAPACKE is needed. Character lengths are passed as gfortran does. */
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
             const int *lwork, int *info);
void dormqr_(const char *side, const char *trans, const int *m, const int *n, const int *k, const double *a,
             const int *lda, const double *tau, double *c, const int *ldc, double *work, const int *lwork,
             int *info, size_t side_length, size_t trans_length);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t jobz_length,
             size_t uplo_length);

static int fits(int64_t size) {
    return size >= 0 && size <= INT_MAX;
}

static int leading(int64_t cols) {
    return cols > 0 ? (int)cols : 1;
}

static int gemm_fits(int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k, int64_t lda,
                     int64_t ldb, int64_t ldc) {
    if (!fits(m) || !fits(n) || !fits(k) || !fits(lda) || !fits(ldb) || !fits(ldc)) return 0;
    return lda >= (transpose_a ? m : k) && ldb >= (transpose_b ? k : n) && ldc >= n;
}

int cvxnn__gemm(int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k, double alpha,
                const double *a, int64_t lda, const double *b, int64_t ldb, double beta, double *c,
                int64_t ldc) {
    if (!gemm_fits(transpose_a, transpose_b, m, n, k, lda, ldb, ldc)) return 0;
    if (m == 0 || n == 0) return 1;
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, alpha, a, leading(lda), b,
                leading(ldb), beta, c, leading(ldc));
    return 1;
}

int cvxnn__syrk(int transpose, int64_t n, int64_t k, double alpha, const double *a, int64_t lda, double beta,
                double *c, int64_t ldc) {
    if (!fits(n) || !fits(k) || !fits(lda) || !fits(ldc) || lda < (transpose ? n : k) || ldc < n) return 0;
    if (n == 0) return 1;
    cblas_dsyrk(CblasRowMajor, CblasLower, transpose ? CblasTrans : CblasNoTrans, (int)n, (int)k, alpha, a,
                leading(lda), beta, c, leading(ldc));
    return 1;
}

int cvxnn__gemv(int transpose, int64_t m, int64_t n, double alpha, const double *a, int64_t lda,
                const double *x, double beta, double *y) {
    if (!fits(m) || !fits(n) || !fits(lda) || lda < n) return 0;
    if (m == 0 || n == 0) { /* BLAS may return without scaling y */
        int64_t length = transpose ? n : m;
        for (int64_t i = 0; i < length; i++) y[i] = beta == 0 ? 0 : beta * y[i];
        return 1;
    }
    cblas_dgemv(CblasRowMajor, transpose ? CblasTrans : CblasNoTrans, (int)m, (int)n, alpha, a, leading(lda),
                x, 1, beta, y, 1);
    return 1;
}

int cvxnn__gemm_float(int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
                      const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                      int64_t ldc) {
    if (!gemm_fits(transpose_a, transpose_b, m, n, k, lda, ldb, ldc)) return 0;
    if (m == 0 || n == 0) return 1;
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, alpha, a, leading(lda), b,
                leading(ldb), beta, c, leading(ldc));
    return 1;
}

int cvxnn__syrk_float(int transpose, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                      float beta, float *c, int64_t ldc) {
    if (!fits(n) || !fits(k) || !fits(lda) || !fits(ldc) || lda < (transpose ? n : k) || ldc < n) return 0;
    if (n == 0) return 1;
    cblas_ssyrk(CblasRowMajor, CblasLower, transpose ? CblasTrans : CblasNoTrans, (int)n, (int)k, alpha, a,
                leading(lda), beta, c, leading(ldc));
    return 1;
}

int cvxnn__gemv_float(int transpose, int64_t m, int64_t n, float alpha, const float *a, int64_t lda,
                      const float *x, float beta, float *y) {
    if (!fits(m) || !fits(n) || !fits(lda) || lda < n) return 0;
    if (m == 0 || n == 0) { /* BLAS may return without scaling y */
        int64_t length = transpose ? n : m;
        for (int64_t i = 0; i < length; i++) y[i] = beta == 0 ? 0 : beta * y[i];
        return 1;
    }
    cblas_sgemv(CblasRowMajor, transpose ? CblasTrans : CblasNoTrans, (int)m, (int)n, alpha, a, leading(lda),
                x, 1, beta, y, 1);
    return 1;
}

/* The row-major lower triangle is LAPACK's column-major upper one: A = U'U there is A = L L' here. */
int cvxnn__cholesky(int64_t n, double *a, int64_t lda) {
    if (!fits(n) || !fits(lda) || lda < n) return 0;
    if (n == 0) return 1;
    int size = (int)n, ld = (int)lda, info = 0;
    dpotrf_("U", &size, a, &ld, &info, 1);
    return info == 0 ? 1 : -1;
}

int cvxnn__cholesky_part(int64_t n, double *a, int64_t lda, int64_t first, int64_t width) {
    double *corner = a + first * lda + first, *below = corner + width * lda;
    int64_t left = n - first - width;
    int done = cvxnn__cholesky(width, corner, lda);
    if (done != 1 || left == 0) return done;
    if (!fits(left)) return 0;
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, (int)left, (int)width, 1.0,
                corner, (int)lda, below, (int)lda);
    return cvxnn__syrk(0, left, width, -1, below, lda, 1, below + width, lda);
}

int cvxnn__cholesky_solve(int64_t n, const double *l, int64_t ldl, int64_t count, double *x, int64_t ldx) {
    if (!fits(n) || !fits(ldl) || !fits(count) || !fits(ldx) || ldl < n || ldx < n) return 0;
    if (n == 0 || count == 0) return 1;
    /* rows of x: x := x L^-T, then x := x L^-1 */
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, (int)count, (int)n, 1.0, l,
                (int)ldl, x, (int)ldx);
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, (int)count, (int)n, 1.0, l,
                (int)ldl, x, (int)ldx);
    return 1;
}

int cvxnn__triangular_solve(int transpose, int64_t n, const double *l, int64_t ldl, double *x) {
    if (!fits(n) || !fits(ldl) || ldl < n) return 0;
    if (n == 0) return 1;
    cblas_dtrsv(CblasRowMajor, CblasLower, transpose ? CblasTrans : CblasNoTrans, CblasNonUnit, (int)n, l,
                (int)ldl, x, 1);
    return 1;
}

/* Rows here are LAPACK's columns: the last columns of Q in q' = QR. */
int cvxnn__complement(int64_t d, int64_t count, double *q, double *rest, double *work) {
    if (!fits(d) || count > d) return 0;
    int size = (int)d, taken = (int)count, left = (int)(d - count), info = 0;
    memset(rest, 0, (size_t)(left * d) * sizeof *rest);
    for (int64_t k = 0; k < left; k++) rest[k * d + count + k] = 1;
    if (taken == 0 || left == 0) return 1;
    dgeqrf_(&size, &taken, q, &size, work, work + d, &size, &info);
    dormqr_("L", "N", &size, &left, &taken, q, &size, work, rest, &size, work + d, &size, &info, 1, 1);
    return 1;
}

/* dsyevd wants 1 + 6n + 2n^2 doubles and 3 + 5n integers; the integers lie behind the doubles. */
int64_t cvxnn__eigen_work(int64_t n) {
    if (n > 1000000000) return INT64_MAX;
    return 1 + 6 * n + 2 * n * n + (3 + 5 * n);
}

int cvxnn__eigen(int vectors, int64_t n, double *a, int64_t lda, double *values, double *work) {
    int64_t doubles = 1 + 6 * n + 2 * n * n;
    if (!fits(n) || !fits(lda) || lda < n || !fits(doubles)) return 0;
    if (n <= CVXNN__SMALL_EIGEN_MOST) return cvxnn__small_eigen(vectors, n, a, lda, values, work);
    int size = (int)n, ld = (int)lda, lwork = (int)doubles, liwork = (int)(3 + 5 * n), info = 0;
    dsyevd_(vectors ? "V" : "N", "U", &size, a, &ld, values, work, &lwork, (int *)(void *)(work + doubles),
            &liwork, &info, 1, 1);
    return info == 0 ? 1 : -1;
}

/* Four partial sums: fast enough, and one order everywhere. */
double cvxnn__dot(int64_t n, const double *x, const double *y) {
    double s[4] = {0, 0, 0, 0};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int j = 0; j < 4; j++) s[j] += x[i + j] * y[i + j];
    for (; i < n; i++) s[0] += x[i] * y[i];
    return (s[0] + s[1]) + (s[2] + s[3]);
}

double cvxnn__norm(int64_t n, const double *x) {
    double square = cvxnn__dot(n, x, x);
    if (square > 1e-280 && square < 1e280) return sqrt(square);
    double largest = 0;
    for (int64_t i = 0; i < n; i++) largest = fmax(largest, fabs(x[i]));
    if (largest == 0 || !isfinite(largest)) return largest;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (x[i] / largest) * (x[i] / largest);
    return largest * sqrt(sum);
}

void cvxnn__axpy(int64_t n, double alpha, const double *x, double *y) {
    for (int64_t i = 0; i < n; i++) y[i] += alpha * x[i];
}
