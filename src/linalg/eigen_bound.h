/*
 * A proved upper bound on the largest eigenvalue of a symmetric matrix (Rump 2006; see eigen_bound.c).
 */
#ifndef CVXNN_LINALG_EIGEN_BOUND_H
#define CVXNN_LINALG_EIGEN_BOUND_H

#include <stdint.h>

/* A number that the largest eigenvalue of A + E is never above, for every symmetric E with |E|_2 <= error.
 * a: n x n, its lower triangle is read, n >= 1. INFINITY when an entry or error is not finite.
 * work: cvxnn__eigen_upper_work(n) doubles. */
int64_t cvxnn__eigen_upper_work(int64_t n);
double cvxnn__eigen_upper(int64_t n, const double *a, int64_t lda, double error, double *work);

#endif
