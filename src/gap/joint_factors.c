/* Sums of squares from multipliers. See joint_factors.h. */
#include "gap/joint_factors.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"
#include "verify/joint.h"

/* Room for rounding in the factorisation, of the trace. */
static const double MARGIN = 1e-11;

int64_t cvxnn__joint_factors_work(const struct cvxnn__joint_rows *rows) {
    int64_t size = 2 * rows->d + 1;
    return size * size + size + cvxnn__eigen_work(size);
}

/* a = D a D, D = diag(scale of 1, then of u, then of t u). */
static void unscale(int64_t d, int64_t size, double factor, double *a) {
    for (int64_t i = 0; i < size; i++)
        for (int64_t j = 0; j < size; j++) {
            int degrees = (i > 0) + (i > d) + (j > 0) + (j > d);
            a[i * size + j] *= factor * cvxnn__joint_scale(degrees);
        }
}

/* What to add to the diagonal. */
static double lacking(int64_t size, const double *a, double *work) {
    double *copy = work, *values = copy + size * size, trace = 0;
    memcpy(copy, a, (size_t)(size * size) * sizeof *a);
    for (int64_t i = 0; i < size; i++) trace += fabs(a[i * size + i]);
    if (cvxnn__eigen(0, size, copy, size, values, values + size) != 1) return 0;
    return fmax(0, -values[0]) + MARGIN * trace;
}

/* Rows and columns from..from + d - 1 from the frame of the row to u. */
static void reflect_block(int64_t d, const double *v, int64_t size, int64_t from, double *a) {
    for (int side = 0; side < 2; side++)
        for (int64_t i = 0; i < size; i++) {
            double product = 0;
            for (int64_t j = 0; j < d; j++)
                product += v[j] * (side ? a[(from + j) * size + i] : a[i * size + from + j]);
            for (int64_t j = 0; j < d; j++) {
                if (side)
                    a[(from + j) * size + i] -= 2 * product * v[j];
                else
                    a[i * size + from + j] -= 2 * product * v[j];
            }
        }
}

/* x to DIGITS bits behind the first, so that it takes less room in a file. */
static double shortened(double x) {
    enum { DIGITS = 24 };
    int exponent;
    double part = frexp(x, &exponent);
    return ldexp(nearbyint(ldexp(part, DIGITS + 1)), exponent - DIGITS - 1);
}

/* The lower triangle of the factor, packed; zeros where there is none. */
static void factorise(int64_t size, double *a, double *factor) {
    int good = cvxnn__cholesky(size, a, size) == 1;
    for (int64_t i = 0; i < size; i++)
        for (int64_t j = 0; j <= i; j++) *factor++ = good ? shortened(a[i * size + j]) : 0;
}

void cvxnn__joint_factors(const struct cvxnn__joint_rows *rows, int64_t i, int only, double ratio,
                          double *const squares[2], double *const multiples[2], double *factors,
                          double *work) {
    int64_t d = rows->d, size = 2 * d + 1, small = d + 1;
    const double *v = rows->mirrors + i * d;
    double lift = 0, slope = 0;
    for (int half = 0; half < 2; half++) {
        unscale(d, size, 1, squares[half]);
        unscale(d, small, cvxnn__joint_scale(1), multiples[half]);
        if (only != !half) slope = fmax(slope, lacking(small, multiples[half], work));
    }
    for (int half = 0; half < 2; half++) {
        double *a = squares[half], sign = half ? -1 : 1;
        for (int64_t j = 0; j < small; j++) multiples[half][j * small + j] += slope;
        a[0] += slope, a[size + 1] += slope, a[1] += sign * slope, a[size] += sign * slope;
        if (only != !half) lift = fmax(lift, lacking(size, a, work));
    }
    for (int half = 0; half < 2; half++) {
        double *a = squares[half], *b = multiples[half];
        for (int64_t j = 0; j < size; j++) a[j * size + j] += lift;
        reflect_block(d, v, size, 1, a), reflect_block(d, v, size, 1 + d, a);
        reflect_block(d, v, small, 1, b);
        for (int64_t e = 0; e < size * size; e++)
            a[e] *= (e / size > d ? ratio : 1) * (e % size > d ? ratio : 1);
        for (int64_t e = 0; e < small * small; e++) b[e] *= ratio;
        factorise(size, a, factors);
        factorise(small, b, factors + size * (size + 1) / 2);
        factors += cvxnn__joint_half(d);
    }
}
