/*
 * The bounds that proofs are made of, on an eigenvalue and on h(nu): never on the wrong side of what they
 * bound, and not far from it. What they are held against is computed here in long double, or known exactly.
 */
#include <float.h>
#include <math.h>

#include "base/random.h"
#include "fixture.h"
#include "gap/linear_search.h"
#include "linalg/eigen_bound.h"

enum { STREAM = CVXNN__STREAM_BENCH + 7 };

/* ---- the largest eigenvalue ---- */

/* Largest eigenvalue in long double by cyclic Jacobi rotations; a is overwritten. */
static long double largest_eigenvalue(int64_t n, long double *a) {
    for (int sweep = 0; sweep < 60; sweep++)
        for (int64_t p = 0; p < n; p++)
            for (int64_t q = p + 1; q < n; q++) {
                long double off = a[p * n + q];
                if (off == 0) continue;
                long double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
                long double t = (theta < 0 ? -1 : 1) / (fabsl(theta) + sqrtl(1 + theta * theta));
                long double c = 1 / sqrtl(1 + t * t), s = c * t;
                for (int64_t j = 0; j < n; j++) {
                    long double x = a[j * n + p], y = a[j * n + q];
                    a[j * n + p] = c * x - s * y, a[j * n + q] = s * x + c * y;
                }
                for (int64_t j = 0; j < n; j++) {
                    long double x = a[p * n + j], y = a[q * n + j];
                    a[p * n + j] = c * x - s * y, a[q * n + j] = s * x + c * y;
                }
            }
    long double most = a[0];
    for (int64_t i = 1; i < n; i++) most = fmaxl(most, a[i * n + i]);
    return most;
}

static double eigen_upper(int64_t n, const double *a, double error) {
    double *work = malloc((size_t)cvxnn__eigen_upper_work(n) * sizeof *work);
    double bound = cvxnn__eigen_upper(n, a, n, error, work);
    free(work);
    return bound;
}

/* Kinds of hard matrices: scales of rows that differ by 10^(2 range), rank one, negative definite. */
static void hard_matrix(uint64_t seed, int64_t n, int64_t rank, double range, double sign, double *a) {
    double *b = normals(seed, STREAM, 0, rank * n), *scale = normals(seed, STREAM, 1, n);
    for (int64_t j = 0; j < n; j++) scale[j] = pow(10, range * scale[j]);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            double sum = 0;
            for (int64_t k = 0; k < rank; k++) sum += b[k * n + i] * b[k * n + j];
            a[i * n + j] = a[j * n + i] = sign * sum * (scale[i] * scale[j]);
        }
    free(b);
    free(scale);
}

START_TEST(eigenvalue_is_never_below_the_true_one) {
    double a[20 * 20];
    long double wide[20 * 20];
    for (uint64_t seed = 1; seed <= 600; seed++) {
        int64_t n = 1 + (int64_t)(seed % 20), rank = seed % 3 == 0 ? 1 : 1 + (int64_t)(seed % 11);
        double range = seed % 5 == 0 ? 8 : seed % 5 == 1 ? 3 : 0, sign = seed % 7 == 0 ? -1 : 1, size = 0;
        hard_matrix(seed, n, rank, range, sign, a);
        for (int64_t e = 0; e < n * n; e++) wide[e] = a[e], size = fmax(size, fabs(a[e]));
        long double exact = largest_eigenvalue(n, wide), own = 16 * (long double)n * LDBL_EPSILON * size;
        double bound = eigen_upper(n, a, 0);
        ck_assert(bound >= exact - own);
        ck_assert(bound <= exact + 1e-10L * size);
    }
}
END_TEST

/* Integers: v v' has the eigenvalue |v|^2, exactly; a computed estimate falls below it about as often as not.
 */
START_TEST(eigenvalue_of_rank_one_is_exact) {
    double a[30 * 30];
    int below = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        int64_t n = 2 + (int64_t)(seed % 29);
        double *v = normals(seed, STREAM, 2, n), square = 0;
        for (int64_t i = 0; i < n; i++) v[i] = nearbyint(1000 * v[i]), square += v[i] * v[i];
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) a[i * n + j] = v[i] * v[j];
        for (int power = -900; power <= 900; power += 450) {
            double factor = ldexp(1, power), scaled[30 * 30];
            for (int64_t e = 0; e < n * n; e++) scaled[e] = factor * a[e];
            double bound = eigen_upper(n, scaled, 0);
            ck_assert(bound >= factor * square);
            ck_assert(bound <= factor * square * (1 + 1e-10));
            ck_assert(eigen_upper(n, scaled, factor) >= factor * (square + 1));
        }
        double norm = sqrt(square), rayleigh = 0;
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) rayleigh += v[i] / norm * a[i * n + j] * (v[j] / norm);
        below += rayleigh < square;
        free(v);
    }
    ck_assert_int_gt(below, 0); /* or the test would have shown nothing */
}
END_TEST

START_TEST(eigenvalue_of_odd_matrices) {
    double zero[4] = {0, 0, 0, 0}, bad[4] = {1, 0, NAN, 1}, infinite[4] = {INFINITY, 0, 0, 1};
    double tiny[4] = {DBL_MIN, 0, 4.9e-324, DBL_MIN}, huge[4] = {1e308, 0, 1e308, 1e308};
    double apart[4] = {1e300, 0, 1, 1e-300}, negative[4] = {-1, 0, 0, -2};
    ck_assert(eigen_upper(2, zero, 0) >= 0 && eigen_upper(2, zero, 0) <= 1e-300);
    ck_assert(eigen_upper(2, bad, 0) == INFINITY);
    ck_assert(eigen_upper(2, infinite, 0) == INFINITY);
    ck_assert(eigen_upper(2, zero, NAN) == INFINITY);
    ck_assert(eigen_upper(2, tiny, 0) >= DBL_MIN);
    ck_assert(eigen_upper(2, huge, 0) == INFINITY); /* 2e308 is no double */
    ck_assert(eigen_upper(2, apart, 0) >= 1e300);
    ck_assert(eigen_upper(2, negative, 0) >= -1 && eigen_upper(2, negative, 0) <= -1 + 1e-12);
}
END_TEST

/* ---- the linear form ---- */

/* sum_i nu_i (x_i . u)_+ / |u| */
static long double value_along(int64_t n, int64_t d, const double *x, const double *nu, const double *u) {
    long double sum = 0, square = 0;
    for (int64_t j = 0; j < d; j++) square += (long double)u[j] * u[j];
    for (int64_t i = 0; i < n; i++) {
        long double product = 0;
        for (int64_t j = 0; j < d; j++) product += (long double)x[i * d + j] * u[j];
        if (product > 0) sum += nu[i] * product;
    }
    return square > 0 ? sum / sqrtl(square) : 0;
}

/* A lower estimate of h(nu): the best of random directions, each after a few steps u <- X' D(u) nu. */
static long double sampled_h(int64_t n, int64_t d, const double *x, const double *nu, int64_t count,
                             uint64_t seed) {
    long double best = 0;
    double *next = malloc((size_t)d * sizeof *next);
    for (int64_t s = 0; s < count; s++) {
        double *u = normals(seed, STREAM, 100 + (uint64_t)s, d);
        for (int step = 0; step < 8; step++) {
            best = fmaxl(best, value_along(n, d, x, nu, u));
            for (int64_t j = 0; j < d; j++) next[j] = 0;
            for (int64_t i = 0; i < n; i++) {
                double product = 0;
                for (int64_t j = 0; j < d; j++) product += x[i * d + j] * u[j];
                for (int64_t j = 0; product > 0 && j < d; j++) next[j] += nu[i] * x[i * d + j];
            }
            memcpy(u, next, (size_t)d * sizeof *u);
        }
        free(u);
    }
    free(next);
    return best;
}

static double evaluate(struct fixture *f, int64_t n, int64_t d, const double *x, const double *nu,
                       const double *slope, const double *lambda) {
    struct cvxnn__rows rows = cvxnn__rows_of(n, d, x, d);
    struct cvxnn__linear_form form = {nu, slope, lambda};
    double value;
    ck_assert_int_eq(cvxnn__linear_bound(&f->context, &rows, &form, &value), CVXNN_OK);
    return value;
}

/* Any slopes and multipliers make a valid form: also those no optimiser would choose. */
START_TEST(any_linear_form_bounds_h) {
    static const int64_t shapes[][2] = {{1, 1}, {5, 2}, {20, 3}, {8, 30}, {40, 12}, {3, 500}};
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            int64_t n = shapes[s][0], d = shapes[s][1];
            double *x = normals(seed, STREAM, 3, n * d), *nu = normals(seed, STREAM, 4, n),
                   *slope = normals(seed, STREAM, 5, n);
            double *lambda = normals(seed, STREAM, 6, n + 1), value, plain;
            for (int64_t i = 0; i <= n; i++) lambda[i] = exp(3 * lambda[i]);
            for (int64_t i = 0; i < n; i++) slope[i] *= nu[i];
            if (n > 3) nu[2] = 0, slope[3] = 0;
            long double h = sampled_h(n, d, x, nu, 40, seed);
            value = evaluate(&f, n, d, x, nu, slope, lambda);
            ck_assert(value >= h);
            for (int64_t i = 0; i < n; i++) slope[i] = 0.5 * nu[i], lambda[i + 1] = 1e-3 + fabs(nu[i]);
            plain = evaluate(&f, n, d, x, nu, slope, lambda);
            ck_assert(plain >= h);
            ck_assert(plain < INFINITY);
            free(x), free(nu), free(slope), free(lambda);
        }
    fixture_close(&f);
}
END_TEST

/* Rows that all point one way with nu > 0: h(nu) = sum_i nu_i |x_i|, and the best form attains it, so that
 * only the rounding separates the two. */
START_TEST(tight_forms_hold_to_the_last_bit) {
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= 200; seed++)
        for (int power = -120; power <= 120; power += 60) {
            int64_t n = 1 + (int64_t)(seed % 7), d = seed % 3 == 0 ? 40 : 1 + (int64_t)(seed % 5);
            double *x = normals(seed, STREAM, 7, n * d), *nu = normals(seed, STREAM, 8, n),
                   *slope = normals(seed, STREAM, 9, n);
            double *lambda = malloc((size_t)(n + 1) * sizeof *lambda);
            long double norm = 0, h = 0;
            for (int64_t j = 0; j < d; j++) x[j] = ldexp(x[j], power), norm += (long double)x[j] * x[j];
            lambda[0] = 0;
            for (int64_t i = 0; i < n; i++) {
                double factor = ldexp(1, (int)i - 3); /* x_i = factor x_0, exactly */
                for (int64_t j = 0; i > 0 && j < d; j++) x[i * d + j] = factor * x[j];
                nu[i] = fabs(nu[i]), slope[i] = nu[i] / 2;
                lambda[i + 1] = slope[i] * (i > 0 ? factor : 1);
                lambda[0] += lambda[i + 1];
                h += nu[i] * (long double)(i > 0 ? factor : 1) * sqrtl(norm);
            }
            double value = evaluate(&f, n, d, x, nu, slope, lambda);
            ck_assert(value >= h * (1 - 8 * LDBL_EPSILON));
            ck_assert(value <= h * (1 + 1e-10L));
            free(x), free(nu), free(slope), free(lambda);
        }
    fixture_close(&f);
}
END_TEST

START_TEST(broken_forms_prove_nothing) {
    struct fixture f;
    fixture_open(&f, 1);
    double x[4] = {1, 2, 3, 4}, nu[2] = {1, -1}, slope[2] = {0.5, -0.5}, lambda[3] = {1, 1, 1};
    ck_assert(evaluate(&f, 2, 2, x, nu, slope, lambda) < INFINITY);
    for (int which = 0; which < 2; which++)
        for (int bad = 0; bad < 4; bad++) {
            const double values[4] = {0, -1, NAN, INFINITY};
            double other[3] = {1, 1, 1};
            other[which] = values[bad];
            ck_assert(evaluate(&f, 2, 2, x, nu, slope, other) == INFINITY);
        }
    for (int bad = 0; bad < 2; bad++) {
        const double value = bad ? NAN : INFINITY;
        double other_nu[2] = {1, -value}, other_slope[2] = {0.5, -value}, other_x[4] = {1, 2, value, 4};
        ck_assert(evaluate(&f, 2, 2, x, other_nu, slope, lambda) == INFINITY);
        ck_assert(evaluate(&f, 2, 2, x, nu, other_slope, lambda) == INFINITY);
        ck_assert(evaluate(&f, 2, 2, other_x, nu, slope, lambda) == INFINITY);
    }
    double large[4] = {1e200, 0, 0, 1e200};
    ck_assert(evaluate(&f, 2, 2, large, nu, slope, lambda) == INFINITY);
    fixture_close(&f);
}
END_TEST

/* best: what thousands of iterations of a program of another kind (NumPy, block-coordinate mixing with plain
 * subgradient steps, from several starts) reached on the same numbers. */
START_TEST(search_comes_close_to_the_best_linear_form) {
    static const struct {
        int64_t n, d;
        double best[3];
    } cases[] = {{50, 10, {20.484973840674773, 16.052293360163404, 15.56195508646544}},
                 {30, 60, {31.736724640712733, 40.60393096845432, 29.69553215453621}},
                 {200, 20, {55.1501926820614, 53.27998405499781, 47.434687404570305}},
                 {40, 1, {7.1073131922799755, 7.341397111386659, 5.85752330381952}}};
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= 3; seed++)
        for (size_t s = 0; s < sizeof cases / sizeof *cases; s++) {
            int64_t n = cases[s].n, d = cases[s].d;
            double *x = normals(seed, STREAM, 10, n * d), *nu = normals(seed, STREAM, 11, n),
                   before = INFINITY;
            struct cvxnn__rows rows = cvxnn__rows_of(n, d, x, d);
            struct cvxnn__scope scope;
            struct cvxnn__linear_search search;
            cvxnn__scope_open(&scope, &f.memory);
            cvxnn__linear_search_begin(&scope, &rows, nu, -1, &search);
            ck_assert(!scope.failed);
            for (int64_t i = 0; i < n; i++) nu[i] = -nu[i];
            long double h = sampled_h(n, d, x, nu, 100, seed);
            for (int step = 0; step < 60; step++) {
                ck_assert_int_eq(cvxnn__linear_search_step(&f.context, &search), CVXNN_OK);
                ck_assert(search.value >= h);
                ck_assert(search.value <= before);
                before = search.value;
            }
            ck_assert(search.value <= 1.006 * cases[s].best[seed - 1]);
            cvxnn__scope_close(&scope);
            free(x), free(nu);
        }
    fixture_close(&f);
}
END_TEST

CVXNN_SUITE(gap) {
    CVXNN_TEST(eigenvalue_is_never_below_the_true_one);
    CVXNN_TEST(eigenvalue_of_rank_one_is_exact);
    CVXNN_TEST(eigenvalue_of_odd_matrices);
    CVXNN_TEST(any_linear_form_bounds_h);
    CVXNN_TEST(tight_forms_hold_to_the_last_bit);
    CVXNN_TEST(broken_forms_prove_nothing);
    CVXNN_TEST(search_comes_close_to_the_best_linear_form);
}
