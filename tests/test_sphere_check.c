/*
 * The check of sphere certificates: never below the truth whatever is in the certificate, and not above it by
 * more than rounding where the certificate is exact. Certificates are made here, by means of this file's own.
 */
#include <float.h>
#include <math.h>

#include "fixture.h"
#include "linalg/blas.h"
#include "tiny.h"
#include "verify/form.h"
#include "verify/kink.h"
#include "verify/monomials.h"
#include "verify/sphere_check.h"

enum { STREAM = CVXNN__STREAM_BENCH + 11 };

START_TEST(monomials_are_numbered_in_order) {
    struct fixture f;
    struct cvxnn__scope scope;
    struct cvxnn__monomial_ranks ranks;
    fixture_open(&f, 1);
    cvxnn__scope_open(&scope, &f.memory);
    for (int64_t d = 1; d <= 5; d++) {
        cvxnn__monomial_ranks_take(&scope, d, 6, &ranks);
        double x[5] = {1.5, -0.5, 3, 0.25, 2}, values[2][210] = {{1}}, total = 0;
        for (int64_t j = 0; j < d; j++) total += x[j];
        for (int64_t m = 1; m <= 6; m++) {
            int32_t tuple[6] = {0}, merged[6];
            double sum = 0, count = 0, *at = values[m % 2];
            int64_t r = 0;
            cvxnn__monomial_values(d, m, x, values[(m - 1) % 2], at);
            do {
                double product = 1, multiplicity = cvxnn__monomial_multiplicity(m, tuple);
                for (int64_t j = 0; j < m; j++) product *= x[tuple[j]];
                ck_assert(at[r] == product); /* exact: few bits */
                ck_assert_int_eq(cvxnn__monomial_rank(&ranks, m, tuple), r);
                for (int64_t a = 0; a <= m; a++) {
                    int32_t left[6], right[6];
                    for (int64_t j = 0, l = 0, s = 0; j < m; j++) {
                        if ((j % 2 && l < a) || s == m - a)
                            left[l++] = tuple[j];
                        else
                            right[s++] = tuple[j];
                    }
                    ck_assert_int_eq(cvxnn__monomial_product(&ranks, a, left, m - a, right, merged), r);
                }
                count += multiplicity, sum += multiplicity * product, r++;
            } while (cvxnn__monomial_next(d, m, tuple));
            ck_assert_int_eq(r, cvxnn__monomials(d, m));
            ck_assert(count == pow((double)d, (double)m));
            ck_assert(fabs(sum - pow(total, (double)m)) <= 1e-12 * pow(8, (double)m));
        }
    }
    ck_assert_int_eq(cvxnn__monomials(100000, 3), -1);
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

/* The largest of slope (t)_+ - q(t) on a fine grid with a golden-section search around its best point. */
static long double kink_value(double slope, int degree, const double *c, long double t) {
    long double q = 0;
    for (int j = degree; j > 0; j--) q = (q + c[j - 1]) * t;
    return (t > 0 ? slope * t : 0) - q;
}

static long double kink_truth(double slope, int degree, const double *c, double radius) {
    enum { GRID = 4000 };
    long double best = 0, h = (long double)radius / GRID;
    int at = 0;
    for (int g = -GRID; g <= GRID; g++) {
        long double value = kink_value(slope, degree, c, g * h);
        if (value > best) best = value, at = g;
    }
    long double low = fmaxl((at - 1) * h, -radius), high = fminl((at + 1) * h, radius);
    for (int step = 0; step < 120; step++) {
        long double a = low + 0.382L * (high - low), b = low + 0.618L * (high - low);
        long double at_a = kink_value(slope, degree, c, a), at_b = kink_value(slope, degree, c, b);
        best = fmaxl(best, fmaxl(at_a, at_b));
        if (at_a > at_b)
            high = b;
        else
            low = a;
    }
    return best;
}

START_TEST(kinks_are_bounded_tightly) {
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        int degree = 2 * (1 + (int)(seed % 4));
        double c[8], numbers[2];
        cvxnn__normals(seed, STREAM, 0, degree, c);
        cvxnn__normals(seed, STREAM, 1, 2, numbers);
        double slope = 3 * numbers[0], radius = seed % 7 ? fmin(fabs(numbers[1]) + 0.1, 2) : 1;
        double size = fabs(slope) * radius, power = 1;
        for (int j = 0; j < degree; j++) power *= radius, size += fabs(c[j]) * power;
        long double truth = kink_truth(slope, degree, c, radius);
        double bound = cvxnn__kink_bound(slope, degree, c, radius);
        ck_assert(bound >= truth && bound <= truth + 1e-11 * size);
    }
    /* q(t) = t^2 + t / 2 touches 1.5 (t)_+ - 1/4 twice over; zero rows; numbers that are none */
    double c[2] = {0.5, 1}, none[2] = {NAN, 0};
    ck_assert(cvxnn__kink_bound(1.5, 2, c, 1) >= 0.25 && cvxnn__kink_bound(1.5, 2, c, 1) < 0.25 + 1e-12);
    ck_assert(cvxnn__kink_bound(1.5, 2, c, 0) >= 0 && cvxnn__kink_bound(1.5, 2, c, 0) < 1e-300);
    ck_assert(cvxnn__kink_bound(1.5, 2, none, 1) == INFINITY);
    ck_assert(cvxnn__kink_bound(INFINITY, 2, c, 1) == INFINITY);
}
END_TEST

/* ---- Certificates ---- */

/* v(x): monomials of degree k - 1 and of degree k, times the root of their multiplicity, by plain loops. */
static int vector_of(int d, int k, const double *x, double *v, int *lower) {
    int at = 0;
    for (int m = k - 1; m <= k; m++) {
        int32_t tuple[CVXNN__MOST_ORDER] = {0};
        do {
            v[at] = sqrt(cvxnn__monomial_multiplicity(m, tuple));
            for (int j = 0; j < m; j++) v[at] *= x[tuple[j]];
            at++;
        } while (cvxnn__monomial_next(d, m, tuple));
        if (m < k) *lower = at;
    }
    return at;
}

/* Random polynomials with coefficients of t^2k, t^(2k-1), t^(2k-2), for which W is a sum of v v' by blocks:
 * t^2k = (v_k(x) . v_k(u))^2 and so on. Returns sum_i s_i by kink_truth for each side. */
static void exact_certificate(const struct tiny *tiny, uint64_t seed, struct cvxnn__certificate *c,
                              double *shifts) {
    int n = tiny->n, d = tiny->d, k = (int)c->order, lower = 0;
    cvxnn__normals(seed, STREAM, 2, n, c->nu);
    for (int side = 0; side < 2; side++) {
        double size = 0;
        shifts[side] = 0;
        for (int i = 0; i < n; i++) {
            double x[ORACLE_MOST_COLUMNS], v[64], numbers[3],
                radius = 0, *q = c->polynomials[side] + (ptrdiff_t)i * 2 * k;
            double unit = ldexp(1, cvxnn__row_unit(d, tiny->x + (ptrdiff_t)i * d));
            for (int j = 0; j < d; j++) x[j] = tiny->x[i * d + j] / unit, radius = hypot(radius, x[j]);
            size = vector_of(d, k, x, v, &lower);
            cvxnn__normals(seed, STREAM, (uint64_t)(10 * (side + 1) + i), 3, numbers);
            if (k == 1) numbers[2] = 0;
            q[2 * k - 1] = fabs(numbers[0]), q[2 * k - 2] = numbers[1];
            if (k > 1) q[2 * k - 3] = numbers[2];
            for (int a = 0; a < (int)size; a++)
                for (int b = 0; b <= a; b++)
                    c->matrix[side][a * (int)size + b] += v[a] * v[b] *
                                                          (b >= lower   ? q[2 * k - 1]
                                                           : a >= lower ? 0.5 * q[2 * k - 2]
                                                                        : numbers[2]);
            shifts[side] += (double)kink_truth((side ? -1 : 1) * c->nu[i] * unit, 2 * k, q, radius);
        }
    }
}

static double largest_eigenvalue(int64_t size, const double *matrix) {
    double *a = malloc(sizeof *a * (size_t)(size * size)), *values = malloc(sizeof *a * (size_t)size),
           *work = malloc(sizeof *a * (size_t)cvxnn__eigen_work(size));
    for (int64_t e = 0; e < size * size; e++) a[e] = matrix[e];
    ck_assert_int_eq(cvxnn__eigen(0, size, a, size, values, work), 1);
    double most = values[size - 1];
    free(a), free(values), free(work);
    return most;
}

static struct cvxnn__proved checked(struct fixture *f, const struct cvxnn__instance *instance,
                                    const struct cvxnn__certificate *certificate) {
    struct cvxnn__proved proved;
    ck_assert_int_eq(cvxnn__sphere_check(&f->context, instance, certificate, &proved), CVXNN_OK);
    return proved;
}

/* Exact certificates give what they should; any number changed, at most what is true is proved. */
START_TEST(what_is_proved_is_true_and_tight) {
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= (uint64_t)cvxnn_test_size(400, 60); seed++) {
        struct tiny tiny = tiny_make(seed, 3);
        struct cvxnn__instance instance = tiny_instance(&tiny);
        struct cvxnn__certificate certificate;
        struct cvxnn__scope scope;
        double shifts[2], gap, numbers[8];
        double optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, tiny_weights(&tiny), tiny.beta, &gap,
                                        NULL);
        cvxnn__scope_open(&scope, &f.memory);
        int64_t order = 1 + (int64_t)(seed / 3 % 3), size = cvxnn__certificate_size(tiny.d, order);
        cvxnn__certificate_take(&scope, tiny.n, tiny.d, order, &certificate);
        ck_assert(!scope.failed);
        exact_certificate(&tiny, seed, &certificate, shifts);
        struct cvxnn__proved proved = checked(&f, &instance, &certificate);
        for (int side = 0; side < 2; side++) {
            double truth = tiny_side(&tiny, certificate.nu, side);
            double expected = fmax(shifts[side] + 2 * largest_eigenvalue(size, certificate.matrix[side]), 0);
            ck_assert(proved.h[side] >= truth * (1 - 1e-14));
            ck_assert(fabs(proved.h[side] - expected) <= 1e-9 * (1 + expected));
        }
        ck_assert(proved.bound >= 0 && proved.bound <= optimum);
        cvxnn__uniforms(seed, STREAM, 5, 8, numbers);
        for (int change = 0; change < 4; change++) { /* one number, by much or little */
            double by = (numbers[change] - 0.5) * pow(10, -8 * numbers[4 + change]), *number;
            int side = change % 2;
            if (change < 2)
                number = &certificate.matrix[side][(int64_t)(numbers[3] * (double)size) * size];
            else
                number = &certificate.polynomials[side][(int64_t)(numbers[3] * (double)(tiny.n * 2 * order))];
            double before = *number;
            *number += by;
            struct cvxnn__proved other = checked(&f, &instance, &certificate);
            ck_assert(other.h[side] >= tiny_side(&tiny, certificate.nu, side) * (1 - 1e-14));
            ck_assert(other.h[!side] == proved.h[!side]);
            ck_assert(other.bound >= 0 && other.bound <= optimum);
            *number = before;
        }
        cvxnn__scope_close(&scope);
    }
    fixture_close(&f);
}
END_TEST

/* One number x: q(t) = nu (t / 2 + t^2 / (4 x)) with s = nu x / 4 loses nothing at t = x, so that only
 * rounding keeps the bound below the optimum. Multiples of nu prove the same. */
START_TEST(a_lossless_certificate_proves_the_optimum) {
    struct fixture f;
    fixture_open(&f, 1);
    struct tiny tiny = {.n = 1, .d = 1, .x = {1.7}, .y = {2.3}, .beta = 0.6};
    struct cvxnn__instance instance = tiny_instance(&tiny);
    struct cvxnn__certificate certificate;
    struct cvxnn__scope scope;
    long double b = 0.6L / 1.7, optimum = b * tiny.y[0] - b * b / 2;
    cvxnn__scope_open(&scope, &f.memory);
    cvxnn__certificate_take(&scope, 1, 1, 1, &certificate);
    for (int e = -400; e <= 400; e += 200) {
        double s = ldexp(1, e), unit = 2, slope = s * unit, x = 1.7 / unit;
        certificate.nu[0] = s;
        certificate.polynomials[0][0] = slope / 2, certificate.polynomials[0][1] = slope / (4 * x);
        double linear = certificate.polynomials[0][0] * x, square = certificate.polynomials[0][1] * x * x;
        /* v = (1, u), W = [square, linear; linear, square] / 2 */
        certificate.matrix[0][0] = square / 2, certificate.matrix[0][2] = linear / 2;
        certificate.matrix[0][3] = square / 2;
        struct cvxnn__proved proved = checked(&f, &instance, &certificate);
        ck_assert(proved.h[0] >= s * 1.7 && proved.h[0] <= s * 1.7 * (1 + 1e-12));
        ck_assert(proved.h[1] >= 0 && proved.h[1] <= s * 1e-12);
        ck_assert(proved.bound <= optimum && proved.bound >= optimum * (1 - 1e-12L));
    }
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

START_TEST(nonsense_proves_nothing) {
    struct fixture f;
    fixture_open(&f, 1);
    struct tiny tiny = tiny_make(31, 3);
    struct cvxnn__instance instance = tiny_instance(&tiny);
    struct cvxnn__certificate certificate;
    struct cvxnn__scope scope;
    double shifts[2];
    cvxnn__scope_open(&scope, &f.memory);
    cvxnn__certificate_take(&scope, tiny.n, tiny.d, 2, &certificate);
    exact_certificate(&tiny, 31, &certificate, shifts);
    int64_t size = cvxnn__certificate_size(tiny.d, 2);
    static const double nonsense[] = {NAN, INFINITY, -INFINITY, DBL_MAX, -DBL_MAX};
    for (int v = 0; v < 5; v++) {
        double *places[] = {certificate.nu + 1, certificate.polynomials[0] + 2, certificate.matrix[1] + size,
                            certificate.matrix[0] + size * size - 1};
        for (int p = 0; p < 4; p++) {
            double before = *places[p];
            *places[p] = nonsense[v];
            ck_assert(checked(&f, &instance, &certificate).bound == 0);
            *places[p] = before;
        }
    }
    struct cvxnn__proved proved;
    certificate.n--;
    ck_assert_int_eq(cvxnn__sphere_check(&f.context, &instance, &certificate, &proved), CVXNN_ERROR_SHAPE);
    certificate.n++;
    ck_assert(cvxnn__certificate_size(3, 0) == -1 && cvxnn__certificate_size(3, CVXNN__MOST_ORDER + 1) == -1);
    ck_assert(cvxnn__certificate_size(1000, 3) == -1);
    for (f.fail_on = 0; f.fail_on < 2; f.fail_on++) {
        int64_t k = 0;
        do {
            f.fail_at = ++k;
        } while (cvxnn__sphere_check(&f.context, &instance, &certificate, &proved) == CVXNN_ERROR_MEMORY);
        ck_assert_int_gt(k, 10);
    }
    f.fail_at = 0;
    atomic_int cancel = 1;
    f.monitor.cancel = &cancel;
    ck_assert_int_eq(cvxnn__sphere_check(&f.context, &instance, &certificate, &proved),
                     CVXNN_STOPPED_CANCELLED);
    ck_assert(proved.bound == 0 && proved.h[0] == INFINITY);
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

START_TEST(forms_that_are_not_finite_have_no_norm) {
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    struct fixture f;
    struct cvxnn__scope scope;
    struct cvxnn__forms forms;
    fixture_open(&f, 1);
    cvxnn__scope_open(&scope, &f.memory);
    cvxnn__forms_take(&scope, 2, 1, &forms);
    for (int b = 0; b < 3; b++)
        for (int at = 0; at < 5; at++) {
            double both[5] = {1, 2, -2, 0.5, 0}; /* even: 3, odd: 2 */
            ck_assert_double_eq_tol(cvxnn__forms_norm(&forms, both, both + 3), sqrt(7) + 0.5, 1e-12);
            both[at] = bad[b];
            ck_assert(cvxnn__forms_norm(&forms, both, both + 3) == INFINITY);
        }
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

CVXNN_SUITE(sphere_check) {
    CVXNN_TEST(monomials_are_numbered_in_order);
    CVXNN_TEST(kinks_are_bounded_tightly);
    CVXNN_TEST(forms_that_are_not_finite_have_no_norm);
    CVXNN_TEST(what_is_proved_is_true_and_tight);
    CVXNN_TEST(a_lossless_certificate_proves_the_optimum);
    CVXNN_TEST(nonsense_proves_nothing);
}
