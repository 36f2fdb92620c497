/* The oracle itself: its patterns are all there are, its optimum is one, its gap is small. */
#include <math.h>
#include <stdio.h>

#include "suite.h"
#include "tiny.h"

enum { MOST_PATTERNS = 2 * ORACLE_MOST_ROWS * ORACLE_MOST_ROWS };

static double product(int d, const double *a, const double *b) {
    double sum = 0;
    for (int j = 0; j < d; j++) sum += a[j] * b[j];
    return sum;
}

/* Rows in general position: 2 cells in a line, 2n in the plane, n (n - 1) + 2 in space (Cover 1965). */
START_TEST(cells_are_as_many_as_theory_has_it) {
    double x[TINY_MOST];
    for (int n = 1; n <= 8; n++)
        for (int d = 1; d <= 3; d++)
            for (uint64_t seed = 0; seed < 20; seed++) {
                cvxnn__normals(seed, TINY_STREAM, 10, n * d, x);
                int expected = d == 1 ? 2 : d == 2 ? 2 * n : n * (n - 1) + 2;
                ck_assert_int_eq(oracle_patterns(n, d, x, NULL), expected);
            }
}
END_TEST

START_TEST(patterns_of_random_directions_are_among_them) {
    unsigned patterns[MOST_PATTERNS];
    double u[3];
    for (uint64_t seed = 1; seed <= 120; seed++) {
        struct tiny tiny = tiny_make(seed, 3);
        int count = oracle_patterns(tiny.n, tiny.d, tiny.x, patterns);
        for (uint64_t s = 0; s < 500; s++) {
            unsigned pattern = 0;
            int at = 0;
            cvxnn__normals(seed, TINY_STREAM, 100 + s, tiny.d, u);
            for (int i = 0; i < tiny.n; i++)
                if (product(tiny.d, tiny.x + i * tiny.d, u) > 0) pattern |= 1u << i;
            while (at < count && patterns[at] != pattern) at++;
            ck_assert_int_lt(at, count);
        }
    }
}
END_TEST

/* The maximum over the sphere is never below, and hardly above, the best of many directions. */
START_TEST(sphere_maximum_is_that_of_a_fine_grid) {
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct tiny tiny = tiny_make(seed, 2);
        double nu[ORACLE_MOST_ROWS], best = 0;
        cvxnn__normals(seed, TINY_STREAM, 20, tiny.n, nu);
        for (int a = 0; a < 100000; a++) {
            double angle = 6.283185307179586 * a / 100000, u[2] = {cos(angle), sin(angle)}, sum = 0;
            if (tiny.d == 1) u[0] = a % 2 ? 1 : -1;
            for (int i = 0; i < tiny.n; i++) sum += nu[i] * fmax(product(tiny.d, tiny.x + i * tiny.d, u), 0);
            best = fmax(best, sum);
        }
        double h = oracle_h(tiny.n, tiny.d, tiny.x, nu);
        ck_assert(h >= best * (1 - 1e-12) && h <= best + 1e-3 * fabs(best) + 1e-12);
    }
}
END_TEST

/* One row: p* = b |y| - b^2 / 2 with b = beta / |x|, or y^2 / 2 where b >= |y|. */
START_TEST(one_row_has_a_closed_form) {
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct tiny tiny = tiny_make(8 * seed, 3);
        double gap, b = tiny.beta / sqrt(product(tiny.d, tiny.x, tiny.x)), y = fabs(tiny.y[0]);
        double exact = b < y ? b * y - b * b / 2 : y * y / 2;
        double optimum = oracle_optimum(1, tiny.d, tiny.x, tiny.y, tiny_weights(&tiny), tiny.beta, &gap,
                                        NULL);
        ck_assert(fabs(optimum - exact) <= 1e-9 * exact);
    }
}
END_TEST

/* (NN)'s objective of `neurons` random neurons, after the best scaling of each is found by a few sweeps. */
static double random_network(const struct tiny *tiny, uint64_t seed, int neurons) {
    double f[ORACLE_MOST_ROWS] = {0}, a[12] = {0}, u[12][3], sum = 0, penalty = 0;
    const double *weights = tiny_weights(tiny);
    for (int i = 0; i < tiny->n; i++) sum += weights ? weights[i] : 1;
    for (int j = 0; j < neurons; j++) {
        cvxnn__normals(seed, TINY_STREAM, 1000 + (uint64_t)j, tiny->d, u[j]);
        double length = sqrt(product(tiny->d, u[j], u[j]));
        for (int k = 0; k < tiny->d; k++) u[j][k] /= length;
    }
    for (int pass = 0; pass < 200; pass++)
        for (int j = 0; j < neurons; j++) { /* exact coordinate descent on a_j, |u_j| = 1 */
            double square = 0, along = 0;
            for (int i = 0; i < tiny->n; i++) {
                double g = fmax(product(tiny->d, tiny->x + i * tiny->d, u[j]), 0);
                double share = (weights ? weights[i] : 1) / sum;
                square += share * g * g;
                along += share * g * (tiny->y[i] - f[i] + a[j] * g);
            }
            double best = fabs(along) <= tiny->beta ? 0 : (along - copysign(tiny->beta, along)) / square;
            for (int i = 0; i < tiny->n; i++)
                f[i] += (best - a[j]) * fmax(product(tiny->d, tiny->x + i * tiny->d, u[j]), 0);
            a[j] = best;
        }
    for (int j = 0; j < neurons; j++) penalty += fabs(a[j]);
    double loss = 0;
    for (int i = 0; i < tiny->n; i++)
        loss += (weights ? weights[i] : 1) / sum * (f[i] - tiny->y[i]) * (f[i] - tiny->y[i]) / 2;
    return loss + tiny->beta * penalty;
}

START_TEST(optimum_is_proved_and_no_network_is_better) {
    for (uint64_t seed = 1; seed <= (uint64_t)cvxnn_test_size(240, 60); seed++) {
        struct tiny tiny = tiny_make(seed, 3);
        const double *weights = tiny_weights(&tiny);
        double gap, residual[ORACLE_MOST_ROWS];
        double optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, weights, tiny.beta, &gap, residual);
        ck_assert(optimum > 0);
        ck_assert(gap >= -1e-15 * optimum && gap <= 1e-9 * optimum);
        for (int i = 0; i < tiny.n; i++) ck_assert(!weights || weights[i] > 0 || residual[i] == 0);
        /* in one dimension random neurons are the best ones, and only rounding tells the two apart */
        for (uint64_t s = 0; s < 4; s++)
            ck_assert(random_network(&tiny, 10 * seed + s, 12) >= (optimum - gap) * (1 - 1e-14));
        struct tiny other = tiny_scaled(tiny, 1e-8, 1e8);
        double there = oracle_optimum(tiny.n, tiny.d, other.x, other.y, weights, other.beta, &gap, NULL);
        ck_assert(fabs(there - 1e16 * optimum) <= 1e-9 * there);
    }
}
END_TEST

CVXNN_SUITE(oracle) {
    CVXNN_TEST(cells_are_as_many_as_theory_has_it);
    CVXNN_TEST(patterns_of_random_directions_are_among_them);
    CVXNN_TEST(sphere_maximum_is_that_of_a_fine_grid);
    CVXNN_TEST(one_row_has_a_closed_form);
    CVXNN_TEST(optimum_is_proved_and_no_network_is_better);
}
