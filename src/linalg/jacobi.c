/* Jacobi's eigenvalue method with cyclic sweeps. See jacobi.h. */
#include "linalg/jacobi.h"

#include <float.h>
#include <math.h>

enum { MOST_SWEEPS = 60 };

/* m = J'mJ for the rotation that makes entry (p, q) zero, and the rows p and q of v turned likewise. */
static void rotate(int64_t n, double *m, int64_t p, int64_t q, double *v, int64_t ldv) {
    double theta = (m[q * n + q] - m[p * n + p]) / (2 * m[p * n + q]);
    double t = copysign(1 / (fabs(theta) + hypot(1, theta)), theta), c = 1 / hypot(1, t), s = t * c;
    for (int64_t k = 0; k < n; k++) {
        double x = m[k * n + p], y = m[k * n + q];
        m[k * n + p] = c * x - s * y;
        m[k * n + q] = s * x + c * y;
    }
    for (int64_t k = 0; k < n; k++) {
        double x = m[p * n + k], y = m[q * n + k];
        m[p * n + k] = c * x - s * y;
        m[q * n + k] = s * x + c * y;
    }
    m[p * n + q] = m[q * n + p] = 0;
    for (int64_t k = 0; v && k < n; k++) {
        double x = v[p * ldv + k], y = v[q * ldv + k];
        v[p * ldv + k] = c * x - s * y;
        v[q * ldv + k] = s * x + c * y;
    }
}

/* One sweep; how many entries were worth a rotation. */
static int64_t sweep(int64_t n, double *m, double negligible, double *v, int64_t ldv) {
    int64_t rotations = 0;
    for (int64_t p = 0; p < n; p++)
        for (int64_t q = p + 1; q < n; q++) {
            if (fabs(m[p * n + q]) <= negligible) continue;
            rotate(n, m, p, q, v, ldv);
            rotations++;
        }
    return rotations;
}

/* Ascending, the rows of v with them. */
static void sort(int64_t n, double *values, double *v, int64_t ldv) {
    for (int64_t i = 0; i < n; i++) {
        int64_t least = i;
        for (int64_t j = i + 1; j < n; j++)
            if (values[j] < values[least]) least = j;
        double value = values[i];
        values[i] = values[least], values[least] = value;
        for (int64_t k = 0; v && least != i && k < n; k++) {
            double x = v[i * ldv + k];
            v[i * ldv + k] = v[least * ldv + k], v[least * ldv + k] = x;
        }
    }
}

int cvxnn__jacobi(int vectors, int64_t n, double *a, int64_t lda, double *values, double *work) {
    double largest = 0, *v = vectors ? a : 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            double entry = a[i * lda + j];
            if (!isfinite(entry)) return -1;
            work[i * n + j] = work[j * n + i] = entry;
            largest = fmax(largest, fabs(entry));
        }
    for (int64_t i = 0; v && i < n; i++)
        for (int64_t j = 0; j < n; j++) v[i * lda + j] = i == j;
    for (int k = 0; k < MOST_SWEEPS && largest > 0; k++)
        if (!sweep(n, work, 0.25 * DBL_EPSILON * largest, v, lda)) break;
    for (int64_t i = 0; i < n; i++) values[i] = work[i * n + i];
    sort(n, values, v, lda);
    return 1;
}
