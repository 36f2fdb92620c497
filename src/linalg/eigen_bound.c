/*
 * A proved upper bound on the largest eigenvalue of a symmetric matrix A: a floating-point Cholesky
 * factorisation of B = mu I - A that runs to its end shows how far from positive semidefinite B can be at
 * most (S. M. Rump, "Verification of positive definiteness", BIT 46, 2006, 433-452, theorem 2.3; the error
 * analysis behind it is Demmel's and Higham's, Higham 2002, theorem 10.3).
 *
 * Theorem. If the factorisation of the symmetric n x n matrix B succeeds, then lambda_min(B) >= -delta,
 *   delta = gamma_m / (1 - gamma_m) tr(B) + n (n + 3 + 3 max_j b_jj) tiny,  m = n + 2.
 * Proof. Every step computes l_ij from b_ij - sum_k l_ik l_jk by at most m roundings of each term, so that
 *   |B - L L'|_ij <= gamma_m |l_i||l_j| + (n + 2 l_jj) tiny  (l_i: row i of L).
 * The diagonal gives |l_j|^2 <= b_jj / (1 - gamma_m), underflow set aside. Hence the Frobenius norm of
 * B - L L' is at most gamma_m sum_j |l_j|^2 plus the underflow, that is delta, and L L' is semidefinite.
 *
 * docs/certificate.md spells this out. The factorisation is the plain one below, not LAPACK's: the theorem
 * then rests on the few lines of this file and not on what a BLAS does inside (blocks, inverted diagonals,
 * other precisions). The eigenvalue solver only proposes mu; whatever it says, what is returned is proved.
 */
#include "linalg/eigen_bound.h"

#include "linalg/blas.h"
#include "linalg/rounding.h"

/* In place, row-major, lower triangle. 0 when a pivot is not positive (or no number). */
static int factorise(int64_t n, double *b) {
    for (int64_t i = 0; i < n; i++) {
        double *row = b + i * n;
        for (int64_t j = 0; j < i; j++) row[j] = (row[j] - cvxnn__dot(j, row, b + j * n)) / b[j * n + j];
        double pivot = row[i] - cvxnn__dot(i, row, row);
        if (!(pivot > 0 && pivot < INFINITY)) return 0;
        row[i] = sqrt(pivot);
    }
    return 1;
}

/* Never below the largest sum of magnitudes in a row, which no eigenvalue exceeds; INFINITY unless finite. */
static double row_sum_bound(int64_t n, const double *a, int64_t lda) {
    double most = 0;
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t j = 0; j < n; j++) sum += fabs(i >= j ? a[i * lda + j] : a[j * lda + i]);
        if (!(sum < INFINITY)) return INFINITY;
        most = fmax(most, sum);
    }
    return cvxnn__up(most * (1 + cvxnn__gamma(n)));
}

static void copy_lower(int64_t n, const double *a, int64_t lda, double *copy) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) copy[i * n + j] = a[i * lda + j];
}

/* The eigenvalue to start from, which may be wrong, and the trace of start I - A. */
static double estimate(int64_t n, const double *a, int64_t lda, double *work, double *trace) {
    double *values = work + n * n;
    copy_lower(n, a, lda, work);
    double start = cvxnn__eigen(0, n, work, n, values, values + n) == 1 ? values[n - 1] : INFINITY;
    *trace = 0;
    for (int64_t i = 0; i < n; i++) *trace += start - a[i * lda + i];
    return start;
}

/* Never below lambda_max(A) when B = mu I - A, rounded, can be factorised; else INFINITY. B's diagonal is
 * rounded, so that it is diag(s) - A for numbers s_j near mu, and A <= (max_j s_j + delta) I. */
static double proved_by(double mu, int64_t n, const double *a, int64_t lda, double *b) {
    double trace = 0, largest = 0, shift = -INFINITY;
    copy_lower(n, a, lda, b);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < i; j++) b[i * n + j] = -b[i * n + j];
        double diagonal = b[i * n + i] = mu - a[i * lda + i];
        shift = fmax(shift, cvxnn__up(diagonal + a[i * lda + i]));
        trace += diagonal;
        largest = fmax(largest, diagonal);
    }
    if (!factorise(n, b)) return INFINITY;
    double size = (double)n,
           delta = cvxnn__gamma(n + 4) * trace + size * (size + 4 + 4 * largest) * CVXNN__TINY;
    return cvxnn__up(shift + delta);
}

int64_t cvxnn__eigen_upper_work(int64_t n) {
    return n > 1000000000 ? INT64_MAX : n * n + n + cvxnn__eigen_work(n);
}

double cvxnn__eigen_upper(int64_t n, const double *a, int64_t lda, double error, double *work) {
    double simple = row_sum_bound(n, a, lda), proved = simple, trace;
    if (!(simple < INFINITY) || !(error < INFINITY)) return INFINITY;
    double start = estimate(n, a, lda, work, &trace);
    /* twice delta plus the solver's own error: enough at the first try as a rule */
    double slack = 2 * cvxnn__gamma(n + 4) * (fmax(trace, 0) + simple) +
                   (double)(n + 8) * (double)n * CVXNN__TINY;
    for (double mu = start + slack; mu < simple && proved == simple; mu = start + slack) {
        proved = fmin(simple, proved_by(mu, n, a, lda, work));
        slack *= 8;
    }
    return cvxnn__up(proved + error);
}
