/* The gated program in plain loops. See gated_plain.h. */
#include "gated_plain.h"

#include <math.h>

#include "base/random.h"

double *plain_copy(const double *from, int64_t count) {
    double *copy = malloc((size_t)(count + 1) * sizeof *copy);
    memcpy(copy, from, (size_t)count * sizeof *copy);
    return copy;
}

/* x, y, s and gates are set: makes the instance, with beta a multiple of beta_max. */
void plain_pose(struct plain *plain, struct fixture *f, double ratio) {
    plain->instance = instance_of(plain->n, plain->d, plain->x, plain->y, plain->s, 0);
    ck_assert_int_eq(cvxnn__patterns_from_gates(&f->context, &plain->instance.rows, plain->sampled,
                                                plain->gates, plain->d, &plain->patterns),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn__gated_beta_max(&f->context, &plain->instance, &plain->patterns, &plain->beta_max),
                     CVXNN_OK);
    plain->instance.beta = ratio * plain->beta_max;
}

/* Gaussian data and gates, a ReLU teacher with two neurons and noise. */
void plain_make(struct plain *plain, struct fixture *f, int64_t n, int64_t d, int64_t sampled, double ratio,
                uint64_t seed) {
    *plain = (struct plain){.n = n, .d = d, .sampled = sampled};
    plain->x = normals(seed, CVXNN__STREAM_BENCH + 1, 0, n * d);
    plain->y = normals(seed, CVXNN__STREAM_BENCH + 1, 1, n);
    plain->gates = normals(seed, CVXNN__STREAM_BENCH + 1, 2, sampled * d);
    plain->s = malloc((size_t)n * sizeof *plain->s);
    for (int64_t i = 0; i < n; i++) {
        double a = 0, b = 0;
        for (int64_t j = 0; j < d; j++) {
            a += plain->x[i * d + j] * (j % 2 ? 1 : -0.5);
            b += plain->x[i * d + j] * (j % 3 ? 0.3 : 1);
        }
        plain->y[i] = 0.1 * plain->y[i] + fmax(a, 0) - fmax(b, 0);
        plain->s[i] = 1;
    }
    plain_pose(plain, f, ratio);
}

void plain_drop(struct plain *plain) {
    cvxnn__patterns_free(&plain->patterns);
    free(plain->x);
    free(plain->y);
    free(plain->s);
    free(plain->gates);
}

int plain_on(const struct plain *plain, int64_t p, int64_t i) {
    return cvxnn__masks_get(&plain->patterns.masks, p, i);
}

/* x_i . w */
static double plain_product(const struct plain *plain, int64_t i, const double *w) {
    double sum = 0;
    for (int64_t j = 0; j < plain->d; j++) sum += plain->x[i * plain->d + j] * w[j];
    return sum;
}

double plain_length(const double *w, int64_t d) {
    double sum = 0;
    for (int64_t j = 0; j < d; j++) sum += w[j] * w[j];
    return sqrt(sum);
}

/* P of dense weights W (patterns x d), and nu = -grad F. */
double plain_objective(const struct plain *plain, const double *w, double *nu) {
    double total = 0;
    for (int64_t i = 0; i < plain->n; i++) {
        double f = 0, share = plain->s[i] / plain->instance.weight_sum;
        for (int64_t p = 0; p < plain->patterns.masks.count; p++)
            if (plain_on(plain, p, i)) f += plain_product(plain, i, w + p * plain->d);
        nu[i] = share * (plain->y[i] - f);
        total += share * (f - plain->y[i]) * (f - plain->y[i]) / 2;
    }
    for (int64_t p = 0; p < plain->patterns.masks.count; p++)
        total += plain->instance.beta * plain_length(w + p * plain->d, plain->d);
    return total;
}

/* g = X' D_p nu */
void plain_gradient(const struct plain *plain, int64_t p, const double *nu, double *g) {
    for (int64_t j = 0; j < plain->d; j++) g[j] = 0;
    for (int64_t i = 0; i < plain->n; i++)
        if (plain_on(plain, p, i))
            for (int64_t j = 0; j < plain->d; j++) g[j] += nu[i] * plain->x[i * plain->d + j];
}

/* D of the best multiple of nu, by the closed form of the squared loss. */
static double plain_dual(const struct plain *plain, const double *nu) {
    double *g = malloc((size_t)plain->d * sizeof *g);
    double largest = 0, linear = 0, quadratic = 0;
    for (int64_t p = 0; p < plain->patterns.masks.count; p++) {
        plain_gradient(plain, p, nu, g);
        largest = fmax(largest, plain_length(g, plain->d));
    }
    for (int64_t i = 0; i < plain->n; i++) {
        if (plain->s[i] == 0) continue;
        linear += nu[i] * plain->y[i];
        quadratic += nu[i] * nu[i] * plain->instance.weight_sum / (2 * plain->s[i]);
    }
    double t = quadratic > 0 ? linear / (2 * quadratic) : 0;
    if (t * largest > plain->instance.beta) t = plain->instance.beta / largest;
    free(g);
    return t > 0 ? t * linear - t * t * quadratic : 0;
}

static double *plain_dense(const struct plain *plain, const struct cvxnn__gated *solution) {
    double *w = calloc((size_t)(plain->patterns.masks.count * plain->d + 1), sizeof *w);
    for (int64_t a = 0; a < solution->active; a++)
        memcpy(w + solution->pattern[a] * plain->d, solution->w + a * plain->d, (size_t)plain->d * sizeof *w);
    return w;
}

/* Everything a solution says of itself, and the optimality conditions to `kkt` times beta. */
void plain_check(const struct plain *plain, const struct cvxnn__gated *solution, double tolerance,
                 double kkt) {
    int64_t d = plain->d, active = 0;
    double *w = plain_dense(plain, solution), *nu = malloc((size_t)plain->n * sizeof *nu),
           *g = malloc((size_t)d * sizeof *g), beta = plain->instance.beta;
    double objective = plain_objective(plain, w, nu), dual = plain_dual(plain, solution->dual_nu), size = 0;
    for (int64_t a = 0; a < solution->active; a++) {
        ck_assert(a == 0 || solution->pattern[a] > solution->pattern[a - 1]);
        ck_assert(plain_length(solution->w + a * d, d) > 0);
    }
    ck_assert_double_le(fabs(solution->objective - objective), 1e-12 * objective);
    ck_assert(solution->dual <= objective * (1 + 1e-12));
    ck_assert_double_ge(solution->gap, 0);
    if (objective > 0)
        ck_assert_double_eq_tol(solution->gap, (objective - solution->dual) / objective, 1e-12);
    ck_assert_double_le(solution->gap, tolerance);
    ck_assert_double_le(fabs(solution->dual - dual), 1e-12 * objective);
    for (int64_t i = 0; i < plain->n; i++) size = fmax(size, fabs(nu[i]));
    for (int64_t i = 0; i < plain->n; i++) ck_assert_double_le(fabs(solution->nu[i] - nu[i]), 1e-9 * size);
    for (int64_t p = 0; p < plain->patterns.masks.count; p++) {
        plain_gradient(plain, p, nu, g);
        ck_assert_double_le(plain_length(g, d), beta * (1 + kkt));
        double norm = plain_length(w + p * d, d), off = 0;
        if (norm == 0) continue;
        active++;
        for (int64_t j = 0; j < d; j++) off += pow(g[j] - beta * w[p * d + j] / norm, 2);
        /* off^2 <= 2 beta (beta - g w / |w|), and beta |w| - g w is part of the gap: off |w| <= sqrt(2 gap)
         * P, in any units; a small group may be off by more, its direction is worth little */
        ck_assert_double_le(sqrt(off) * norm, kkt * objective);
    }
    ck_assert_int_eq(active, solution->active);
    free(w);
    free(nu);
    free(g);
}

double plain_solve(struct plain *plain, struct fixture *f, double tolerance, double kkt) {
    struct cvxnn__gated solution;
    ck_assert_int_eq(
        cvxnn__gated_solve(&f->context, &plain->instance, &plain->patterns, tolerance, NULL, &solution),
        CVXNN_OK);
    plain_check(plain, &solution, tolerance, kkt);
    double objective = solution.objective;
    cvxnn__gated_free(&solution);
    return objective;
}
