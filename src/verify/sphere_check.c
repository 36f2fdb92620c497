/*
 * What a certificate proves. See sphere_check.h; docs/certificate.md numbers the steps:
 *
 *   1. the rows: s_i by kink.h, with unit_i nu_i and the radius |x_i| / unit_i rounded so that the bound
 * holds;
 *   2. the identity: the coefficients of sum_i q_i(t_i) - v'Wv, an even form of degree 2k and an odd one of
 * degree 2k - 1, are computed; |p(u)| <= |p| |u|^m for a form p of degree m, |p|^2 = sum of (coefficient)^2 /
 *      multiplicity (Bombieri's norm), and the rounding errors are bounded by the sizes of what was added up;
 *   3. h <= sum s_i + 2 lambda_max(W) + what is left of the identity;
 *   4. the scale: z = fl(t nu) differs from t nu by at most a rounding a row, h(z) from t h(nu) by at most
 *      sum_i |z_i - t nu_i| |x_i|.
 */
#include "verify/sphere_check.h"

#include <string.h>

#include "linalg/blas.h"
#include "linalg/eigen_bound.h"
#include "linalg/rounding.h"
#include "verify/form.h"
#include "verify/joint.h"
#include "verify/kink.h"

/* Of a leaf of one side's tree, which is all of the sphere but for kinks in all directions. */
struct leaf {
    int side;
    signed char *halves; /* n: what its cell settles (sign_tree.h) */
    double **powers;     /* a degree j: sum_i c_ij times the monomials of x_i / unit_i, then a form */
    double *sums;        /* joint: a matrix of sum_i q_i, size x size, its lower triangle */
    double size_of_sums; /* the magnitudes of all terms of sum_i q_i, rounded up */
    double shifts;       /* sum_i s_i, rounded up */
    double largest;      /* sum_ij |c_ij| */
};

struct check {
    const struct cvxnn__instance *instance;
    const struct cvxnn__certificate *certificate;
    int64_t degree, size; /* 2k and the order of the matrices */
    struct cvxnn__forms forms;
    double *row, *low, *high; /* a row; its monomials of two degrees */
    int64_t count;            /* of leaves, those of side 0 first */
    struct leaf leaves[2 * CVXNN__MOST_LEAVES];
    double drift;  /* sum_i unit_i |nu_i| radius_i, rounded up */
    double length; /* sum_i |x_i|, rounded up */
    double *work;
};

static double *zeros(struct cvxnn__scope *scope, int64_t rows, int64_t cols) {
    return cvxnn__take_zeroed(scope, rows, cols, (int64_t)sizeof(double));
}

static int64_t more(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static void take_leaf(struct cvxnn__scope *scope, struct check *check, int64_t at) {
    const struct cvxnn__certificate *certificate = check->certificate;
    struct leaf *leaf = &check->leaves[at];
    leaf->side = cvxnn__certificate_side(certificate, at);
    leaf->powers = cvxnn__take(scope, check->degree + 1, 1, (int64_t)sizeof(double *));
    for (int64_t j = 1; !scope->failed && j <= check->degree; j++)
        leaf->powers[j] = zeros(scope, check->forms.count[j], 1);
    if (!certificate->joint) return;
    leaf->sums = zeros(scope, check->size, check->size);
    leaf->halves = cvxnn__take(scope, certificate->n, 1, 1);
    if (scope->failed) return;
    cvxnn__sign_tree_halves(&certificate->trees[leaf->side],
                            leaf->side ? at - certificate->trees[0].leaves : at, certificate->n,
                            leaf->halves);
}

static int take(struct cvxnn__scope *scope, struct check *check) {
    const struct cvxnn__certificate *certificate = check->certificate;
    int64_t d = certificate->d, degree = check->degree = 2 * certificate->order;
    cvxnn__forms_take(scope, d, certificate->order, &check->forms);
    if (scope->failed) return 0;
    int64_t size = check->size = check->forms.size, most = check->forms.count[degree];
    check->row = cvxnn__doubles(scope, d, 1);
    check->low = cvxnn__doubles(scope, most, 1);
    check->high = cvxnn__doubles(scope, most, 1);
    check->count = cvxnn__certificate_leaves(certificate);
    for (int64_t l = 0; l < check->count; l++) take_leaf(scope, check, l);
    int64_t work = cvxnn__eigen_upper_work(size);
    if (certificate->joint) work = more(work, cvxnn__joint_work(d));
    check->work = cvxnn__doubles(scope, work, 1);
    return !scope->failed;
}

/* ---- 1. The rows ---- */

/* row / unit in place; never below its norm. The division by a power of two is exact unless it underflows. */
static double scale_row(int64_t d, int unit, double *row) {
    double sum = 0;
    for (int64_t j = 0; j < d; j++) {
        row[j] = ldexp(row[j], -unit);
        sum += row[j] * row[j];
    }
    return cvxnn__up(sqrt(cvxnn__up(sum * (1 + cvxnn__gamma(d + 2)) + 2 * (double)d * CVXNN__TINY)));
}

/* One row's polynomials, its monomials into the sums. */
static void add_polynomials(struct check *check, int64_t i, double slope, double radius) {
    const struct cvxnn__certificate *certificate = check->certificate;
    int64_t degree = check->degree;
    double power = 1;
    for (int side = 0; side < 2; side++)
        check->leaves[side].shifts += cvxnn__kink_bound(side ? -slope : slope, degree,
                                                        certificate->polynomials[side] + i * degree, radius);
    check->low[0] = 1;
    for (int64_t j = 1; j <= degree; j++) {
        cvxnn__monomial_values(certificate->d, j, check->row, check->low, check->high);
        power *= radius;
        for (int side = 0; side < 2; side++) {
            struct leaf *leaf = &check->leaves[side];
            double c = certificate->polynomials[side][i * degree + j - 1];
            leaf->largest += fabs(c);
            leaf->size_of_sums += fabs(c) * power;
            if (c != 0) cvxnn__axpy(check->forms.count[j], c, check->high, leaf->powers[j]);
        }
        double *swap = check->low;
        check->low = check->high, check->high = swap;
    }
}

/* One row's sums of squares, and a matrix of its polynomial. */
static void add_squares(struct check *check, int64_t i, double slope, double radius) {
    const struct cvxnn__certificate *certificate = check->certificate;
    int64_t d = certificate->d;
    for (int64_t l = 0; l < check->count; l++) {
        struct leaf *leaf = &check->leaves[l];
        double terms;
        leaf->shifts += cvxnn__joint_row(d, leaf->halves[i], check->row, radius, leaf->side ? -slope : slope,
                                         certificate->factors[l] + i * 2 * cvxnn__joint_half(d), leaf->sums,
                                         &terms, check->work);
        leaf->size_of_sums += terms;
        leaf->largest += terms;
    }
}

/* One row. The true row is within d tiny of the scaled one, which the last term of the shifts pays for. */
static void add_row(struct check *check, int64_t i) {
    const struct cvxnn__certificate *certificate = check->certificate;
    int64_t d = certificate->d;
    int unit = cvxnn__row_unit(d, check->row);
    double radius = scale_row(d, unit, check->row), slope = ldexp(certificate->nu[i], unit);
    if (certificate->joint)
        add_squares(check, i, slope, radius);
    else
        add_polynomials(check, i, slope, radius);
    for (int64_t l = 0; l < check->count; l++)
        check->leaves[l].shifts += (fabs(slope) + radius + 1) * (double)d * CVXNN__TINY;
    check->drift += fabs(slope) * radius + CVXNN__TINY;
    check->length += ldexp(radius, unit) + CVXNN__TINY;
}

static int32_t add_rows(struct cvxnn__context *context, struct check *check) {
    int64_t n = check->certificate->n, d = check->certificate->d;
    for (int64_t i = 0; i < n; i++) {
        int32_t status = cvxnn__poll(context);
        if (status) return status;
        cvxnn__rows_tile(&check->instance->rows, i, 1, 0, d, check->row, d);
        add_row(check, i);
    }
    double roundings = 1 + cvxnn__gamma(n + 3 * check->degree + d + 16);
    for (int64_t l = 0; l < check->count; l++) {
        check->leaves[l].shifts = cvxnn__up(check->leaves[l].shifts * roundings);
        check->leaves[l].size_of_sums *= roundings;
    }
    check->drift *= roundings, check->length *= roundings;
    return CVXNN_OK;
}

/* ---- 2. The identity ---- */

/* Sums of monomials into coefficients of u, degree by degree; the even ones end in degree 2k, the odd in 2k
 * - 1. */
static void gather(struct check *check, double **powers) {
    for (int64_t j = 1; j <= check->degree; j++) {
        cvxnn__forms_weigh(&check->forms, j, powers[j]);
        if (j > 2) cvxnn__forms_lift(&check->forms, j - 2, powers[j - 2], powers[j]);
    }
}

static double frobenius(int64_t size, const double *matrix) {
    double sum = 0;
    for (int64_t i = 0; i < size; i++) {
        double norm = cvxnn__norm(i, matrix + i * size);
        sum = hypot(sum, hypot(sqrt(2) * norm, matrix[i * size + i]));
    }
    return sum;
}

/* Never below the largest |sum_i q_i - v'Wv| on the sphere. A term goes through at most m roundings on
 * its way into a coefficient, and the terms of all coefficients, in magnitude and at |u|, add up to at most
 * size_of_sums and |W|_F |v|^2. An underflow of a product is multiplied by less than (1 + largest) (2k)! d^k
 * after it. */
static double identity_error(struct check *check, int64_t l) {
    struct leaf *leaf = &check->leaves[l];
    const struct cvxnn__certificate *certificate = check->certificate;
    int64_t k = certificate->order, n = certificate->n, d = certificate->d, degree = check->degree;
    double **powers = leaf->powers, *matrix = certificate->matrix[l], *even = powers[degree],
           *odd = powers[degree - 1];
    int64_t m = n + k * (d + 8) + 3 * check->size + (certificate->joint ? 2 * d + 32 : 16);
    double terms = leaf->size_of_sums + 2 * frobenius(check->size, matrix);
    gather(check, powers);
    if (certificate->joint) {
        double *rest = leaf->sums;
        for (int64_t e = 0; e < check->size * check->size; e++) rest[e] = matrix[e] - rest[e];
        matrix = rest;
    }
    cvxnn__forms_subtract(&check->forms, matrix, even, odd);
    double norms = cvxnn__forms_norm(&check->forms, even, odd);
    double room = (1 + leaf->largest + (double)n) * (double)degree * (double)check->size *
                  (double)check->size * tgamma((double)degree + 2) * pow((double)d, (double)k);
    return cvxnn__up(norms + (cvxnn__gamma(m) * (1 + cvxnn__gamma(m)) * terms + 8 * room * CVXNN__TINY));
}

/* ---- 3. and 4. ---- */

static double leaf_bound(struct check *check, int64_t l) {
    double error = identity_error(check, l), shifts = check->leaves[l].shifts;
    if (!(error < INFINITY) || !(shifts < INFINITY)) return INFINITY;
    double most = cvxnn__eigen_upper(check->size, check->certificate->matrix[l], check->size, 0, check->work);
    double bound = cvxnn__up(cvxnn__up(shifts + 2 * most) + error);
    return bound < INFINITY ? fmax(bound, 0) : INFINITY; /* h >= 0: u = 0 */
}

/* The best scale, and D there. With H the larger bound, t (H + unit drift) + tiny length <= beta. */
static void scale(struct cvxnn__scope *scope, const struct check *check, struct cvxnn__proved *proved) {
    const struct cvxnn__instance *instance = check->instance;
    const double *nu = check->certificate->nu;
    int64_t n = check->certificate->n;
    double *z = cvxnn__doubles(scope, n, 1), most = fmax(proved->h[0], proved->h[1]);
    double total = cvxnn__up(most + cvxnn__up(CVXNN__UNIT * check->drift));
    double room = cvxnn__down(instance->beta - cvxnn__up(CVXNN__TINY * (1 + check->length)));
    if (!z || !(total < INFINITY) || !(room > 0)) return;
    double limit = total > 0 ? cvxnn__down(room / total) : DBL_MAX;
    double t = cvxnn__loss_dual_scale(instance, nu, fmin(limit, DBL_MAX));
    if (!(t > 0 && t <= limit)) return;
    for (int64_t i = 0; i < n; i++) z[i] = t * nu[i];
    double floor = cvxnn__loss_dual_floor(instance, z);
    if (floor > 0) proved->scale = t, proved->bound = floor;
}

static int32_t run(struct cvxnn__context *context, struct cvxnn__scope *scope, struct check *check,
                   struct cvxnn__proved *proved) {
    if (!take(scope, check)) return cvxnn__fail_memory(context);
    int32_t status = add_rows(context, check);
    if (!status) proved->h[0] = proved->h[1] = 0;
    for (int64_t l = 0; !status && l < check->count; l++) {
        int side = check->leaves[l].side;
        proved->h[side] = fmax(proved->h[side], leaf_bound(check, l));
        status = cvxnn__poll(context);
    }
    if (status) return status;
    scale(scope, check, proved);
    return scope->failed ? cvxnn__fail_memory(context) : CVXNN_OK;
}

int32_t cvxnn__sphere_check(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                            const struct cvxnn__certificate *certificate, struct cvxnn__proved *proved) {
    struct cvxnn__scope scope;
    struct check check = {.instance = instance, .certificate = certificate};
    *proved = (struct cvxnn__proved){.h = {INFINITY, INFINITY}};
    if (certificate->n != instance->rows.n || certificate->d != instance->rows.d)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "the certificate is for %lld rows of %lld columns, the data have %lld of %lld",
                           (long long)certificate->n, (long long)certificate->d, (long long)instance->rows.n,
                           (long long)instance->rows.d);
    cvxnn__scope_open(&scope, context->memory);
    int32_t status = run(context, &scope, &check, proved);
    if (status) *proved = (struct cvxnn__proved){.h = {INFINITY, INFINITY}};
    cvxnn__scope_close(&scope);
    return status;
}
