/*
 * Eigenvalues and eigenvectors of small symmetric matrices: reflections to a tridiagonal matrix, then QL
 * steps with implicit shifts (Golub & Van Loan 2013, algorithms 8.3.1 and 8.3.3). The same bits on every
 * BLAS, without the threads that some BLAS wakes for matrices of order ten, and at these orders faster than
 * LAPACK.
 */
#ifndef CVXNN_LINALG_SMALL_EIGEN_H
#define CVXNN_LINALG_SMALL_EIGEN_H

#include <stdint.h>

/* Up to this order no slower than LAPACK. */
enum { CVXNN__SMALL_EIGEN_MOST = 32 };

/* As cvxnn__eigen; work: 2 n^2 + 2 n numbers. Returns 1, or -1 where a number is not finite. */
int cvxnn__small_eigen(int vectors, int64_t n, double *a, int64_t lda, double *values, double *work);

#endif
