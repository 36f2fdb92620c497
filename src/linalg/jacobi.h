/*
 * Eigenvalues and eigenvectors of small symmetric matrices by Jacobi's rotations (Golub & Van Loan 2013,
 * algorithm 8.5.3): as accurate as can be, the same bits on every BLAS, and without the threads that some
 * BLAS wakes for matrices of order ten.
 */
#ifndef CVXNN_LINALG_JACOBI_H
#define CVXNN_LINALG_JACOBI_H

#include <stdint.h>

/* Up to this order rotations are no slower than LAPACK. */
enum { CVXNN__JACOBI_MOST = 24 };

/* As cvxnn__eigen; work: n x n numbers. Returns 1, or -1 where a number is not finite. */
int cvxnn__jacobi(int vectors, int64_t n, double *a, int64_t lda, double *values, double *work);

#endif
