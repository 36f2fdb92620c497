/* The moment cones of a row. See row_cones.h. */
#include "gap/row_cones.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"
#include "verify/certificate.h"

enum { MOST = CVXNN__MOST_ORDER + 1, MOST_SWEEPS = 30 };

/* rows[i]: coefficients of s^0 .. s^(size - 1) of the i-th of the orthonormal polynomials on [0, 1], by
 * Rodrigues' formula: sqrt(2i + 1) sum_j (-1)^(i + j) C(i, j) C(i + j, j) s^j. */
static void legendre(int64_t size, double rows[MOST][MOST]) {
    for (int64_t i = 0; i < size; i++) {
        double c = sqrt(2 * (double)i + 1) * (i % 2 ? -1 : 1);
        for (int64_t j = 0; j <= i; j++) {
            rows[i][j] = c;
            c *= -(double)((i - j) * (i + j + 1)) / (double)((j + 1) * (j + 1));
        }
    }
}

void cvxnn__row_cones_take(struct cvxnn__scope *scope, int64_t k, struct cvxnn__row_cones *cones) {
    int64_t width = 2 * k + 1, first = (k + 1) * (k + 1), entries = first + k * k;
    double p[MOST][MOST] = {{0}};
    *cones = (struct cvxnn__row_cones){.k = k, .width = width, .entries = entries};
    cones->map = cvxnn__take_zeroed(scope, entries, width, (int64_t)sizeof(double));
    cones->gram = cvxnn__doubles(scope, width, width);
    if (scope->failed) return;
    legendre(k + 1, p);
    for (int64_t i = 0; i <= k; i++)
        for (int64_t j = 0; j <= k; j++)
            for (int64_t a = 0; a <= i; a++)
                for (int64_t b = 0; b <= j; b++) {
                    cones->map[(i * (k + 1) + j) * width + a + b] += p[i][a] * p[j][b];
                    if (i == k || j == k) continue;
                    double *row = cones->map + (first + i * k + j) * width;
                    row[a + b + 1] += 2 * p[i][a] * p[j][b], row[a + b + 2] -= 2 * p[i][a] * p[j][b];
                }
    cvxnn__gemm(1, 0, width, width, entries, 1, cones->map, width, cones->map, width, 0, cones->gram, width);
}

/* One plane rotation that makes entry (i, j) zero; v collects the rotations (rows are eigenvectors). */
static void rotate(int64_t m, double *a, double *v, int64_t i, int64_t j) {
    double off = a[i * m + j];
    if (off == 0) return;
    double theta = (a[j * m + j] - a[i * m + i]) / (2 * off);
    double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int64_t l = 0; l < m; l++) {
        double x = a[l * m + i], y = a[l * m + j];
        a[l * m + i] = c * x - s * y, a[l * m + j] = s * x + c * y;
    }
    for (int64_t l = 0; l < m; l++) {
        double x = a[i * m + l], y = a[j * m + l];
        a[i * m + l] = c * x - s * y, a[j * m + l] = s * x + c * y;
        x = v[i * m + l], y = v[j * m + l];
        v[i * m + l] = c * x - s * y, v[j * m + l] = s * x + c * y;
    }
}

/* Jacobi's method; the matrices are small. */
static void project(int64_t m, double *a) {
    double b[MOST * MOST], v[MOST * MOST] = {0}, size = 0;
    if (m == 1) {
        a[0] = fmax(a[0], 0);
        return;
    }
    for (int64_t i = 0; i < m; i++) {
        v[i * m + i] = 1;
        for (int64_t j = 0; j < m; j++) {
            b[i * m + j] = 0.5 * (a[i * m + j] + a[j * m + i]);
            size += b[i * m + j] * b[i * m + j];
        }
    }
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        double off = 0;
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < i; j++) off += b[i * m + j] * b[i * m + j];
        if (off <= 1e-28 * size) break;
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < i; j++) rotate(m, b, v, i, j);
    }
    memset(a, 0, (size_t)(m * m) * sizeof *a);
    for (int64_t e = 0; e < m; e++)
        for (int64_t i = 0; b[e * m + e] > 0 && i < m; i++)
            for (int64_t j = 0; j < m; j++) a[i * m + j] += b[e * m + e] * v[e * m + i] * v[e * m + j];
}

void cvxnn__row_cones_project(const struct cvxnn__row_cones *cones, double *entries) {
    project(cones->k + 1, entries);
    project(cones->k, entries + (cones->k + 1) * (cones->k + 1));
}
