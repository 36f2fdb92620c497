/*
 * BLAS and LAPACK, the few routines the library uses. blas.c is the only file that includes
 * cblas.h or declares Fortran symbols; sizes that do not fit an int are refused there, before the
 * library behind it could end the process. Matrices are row-major with leading dimension >= columns.
 * A return value of 0 means it could not be done (a size past int); callers treat it as
 * CVXNN_ERROR_SHAPE.
 */
#ifndef CVXNN_LINALG_BLAS_H
#define CVXNN_LINALG_BLAS_H

#include <stdint.h>

/* C (m x n) = alpha A B + beta C. transpose_a: A is stored k x m, else m x k; transpose_b likewise
 * n x k or k x n. */
int cvxnn__gemm(int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k, double alpha,
                const double *a, int64_t lda, const double *b, int64_t ldb, double beta, double *c,
                int64_t ldc);

/* C (n x n) = alpha A A' + beta C (A n x k), or alpha A' A + beta C with transpose (A k x n); only the
 * lower triangle of C is read and written. */
int cvxnn__syrk(int transpose, int64_t n, int64_t k, double alpha, const double *a, int64_t lda, double beta,
                double *c, int64_t ldc);

/* y = alpha op(A) x + beta y, A m x n. */
int cvxnn__gemv(int transpose, int64_t m, int64_t n, double alpha, const double *a, int64_t lda,
                const double *x, double beta, double *y);

/* The same three in float. */
int cvxnn__gemm_float(int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
                      const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                      int64_t ldc);
int cvxnn__syrk_float(int transpose, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                      float beta, float *c, int64_t ldc);
int cvxnn__gemv_float(int transpose, int64_t m, int64_t n, float alpha, const float *a, int64_t lda,
                      const float *x, float beta, float *y);

/* In place Cholesky factor L of the symmetric n x n matrix whose lower triangle is given; the strict
 * upper triangle is left alone. Returns 1; 0 when too large; -1 when not positive definite. */
int cvxnn__cholesky(int64_t n, double *a, int64_t lda);

/* One part of that factor: columns first .. first + width - 1 of L, once those before them are there, and the
 * rest of the matrix without what they explain. For those who look at the clock in between. */
int cvxnn__cholesky_part(int64_t n, double *a, int64_t lda, int64_t first, int64_t width);

/* x = (L L')^-1 x for right-hand sides stored as rows of x (count x n, leading dimension ldx). */
int cvxnn__cholesky_solve(int64_t n, const double *l, int64_t ldl, int64_t count, double *x, int64_t ldx);

/* x = L^-1 x, or L'^-1 x with transpose; L lower triangular, n x n. */
int cvxnn__triangular_solve(int transpose, int64_t n, const double *l, int64_t ldl, double *x);

/* rest (d - count x d) becomes orthonormal rows that are orthogonal to the count independent rows of q (count
 * x d); q is overwritten. By Householder's reflections, 4 count d^2 operations. work: 2 d doubles. */
int cvxnn__complement(int64_t d, int64_t count, double *q, double *rest, double *work);

/* Eigenvalues, ascending, of the symmetric n x n matrix a (lower triangle); a is overwritten: row j becomes
 * the unit eigenvector of values[j] when vectors is not 0. work: cvxnn__eigen_work(n) doubles.
 * Returns 1; 0 when too large; -1 when the iteration did not converge. */
int64_t cvxnn__eigen_work(int64_t n);
int cvxnn__eigen(int vectors, int64_t n, double *a, int64_t lda, double *values, double *work);

/* Plain sums in a fixed order of our own, the same bits on every BLAS. */
double cvxnn__dot(int64_t n, const double *x, const double *y);
double cvxnn__norm(int64_t n, const double *x);                        /* scaled: no overflow, no underflow */
void cvxnn__axpy(int64_t n, double alpha, const double *x, double *y); /* y += alpha x */

#endif
