/* Basis: N = L Q of vectors that come and go. See basis.h. */
#include "linalg/basis.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"

void cvxnn__basis_take(struct cvxnn__scope *scope, int64_t d, int64_t most, struct cvxnn__basis *basis) {
    basis->d = d;
    basis->most = most;
    basis->count = 0;
    basis->q = cvxnn__doubles(scope, most, d);
    basis->l = cvxnn__doubles(scope, most, most);
    basis->work = cvxnn__doubles(scope, most, 1);
}

/* A second pass is needed only where the first has cancelled digits. */
double cvxnn__basis_split(const struct cvxnn__basis *basis, const double *x, double *inside,
                          double *outside) {
    int64_t d = basis->d, count = basis->count;
    double before = cvxnn__norm(d, x), after = before;
    memcpy(outside, x, (size_t)d * sizeof *outside);
    for (int64_t i = 0; i < count; i++) inside[i] = 0;
    for (int pass = 0; pass < 2 && count > 0 && (pass == 0 || after < 0.5 * before); pass++) {
        cvxnn__gemv(0, count, d, 1, basis->q, d, outside, 0, basis->work);
        cvxnn__gemv(1, count, d, -1, basis->q, d, basis->work, 1, outside);
        cvxnn__axpy(count, 1, basis->work, inside);
        after = cvxnn__norm(d, outside);
    }
    return after;
}

void cvxnn__basis_add(struct cvxnn__basis *basis, const double *inside, const double *outside,
                      double outside_norm) {
    int64_t last = basis->count++;
    double *row = basis->l + last * basis->most, *q = basis->q + last * basis->d;
    memcpy(row, inside, (size_t)last * sizeof *row);
    row[last] = outside_norm;
    for (int64_t j = 0; j < basis->d; j++) q[j] = outside[j] / outside_norm;
}

/* (x, y) = (c x + s y, c y - s x), count pairs with the given strides. */
static void rotate(int64_t count, double *x, int64_t stride_x, double *y, int64_t stride_y, double c,
                   double s) {
    for (int64_t i = 0; i < count; i++) {
        double a = x[i * stride_x], b = y[i * stride_y];
        x[i * stride_x] = c * a + s * b;
        y[i * stride_y] = c * b - s * a;
    }
}

/* Without row j, L has one entry above the diagonal in every row from j on; each is rotated away. */
void cvxnn__basis_drop(struct cvxnn__basis *basis, int64_t j) {
    int64_t most = basis->most, d = basis->d, count = --basis->count;
    for (int64_t i = j; i < count; i++)
        memcpy(basis->l + i * most, basis->l + (i + 1) * most, (size_t)(i + 2) * sizeof *basis->l);
    for (int64_t i = j; i < count; i++) {
        double *corner = basis->l + i * most + i;
        double length = hypot(corner[0], corner[1]);
        double c = corner[0] / length, s = corner[1] / length;
        rotate(count - i, corner, most, corner + 1, most, c, s);
        rotate(d, basis->q + i * d, 1, basis->q + (i + 1) * d, 1, c, s);
    }
}

void cvxnn__basis_solve(const struct cvxnn__basis *basis, double *x) {
    cvxnn__triangular_solve(0, basis->count, basis->l, basis->most, x);
}

void cvxnn__basis_solve_transposed(const struct cvxnn__basis *basis, double *x) {
    cvxnn__triangular_solve(1, basis->count, basis->l, basis->most, x);
}

void cvxnn__basis_combine(const struct cvxnn__basis *basis, const double *x, double *out) {
    if (basis->count > 0) cvxnn__gemv(1, basis->count, basis->d, 1, basis->q, basis->d, x, 1, out);
}
