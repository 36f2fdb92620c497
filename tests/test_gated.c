/*
 * The gated program against plain loops over dense doubles: objective, duality gap and optimality conditions
 * recomputed, optima of published tables, a plain proximal gradient method as the other solver.
 */
#include <math.h>
#include <stdio.h>

#include "base/random.h"
#include "convex/gated.h"
#include "fixture.h"

/* A small problem in plain arrays, and the same for the library. */
struct plain {
    int64_t n, d, sampled;
    double *x, *y, *s; /* n x d, n, n */
    double *gates;     /* sampled x d */
    struct cvxnn__instance instance;
    struct cvxnn__patterns patterns;
    double beta_max;
};

static double *copy_of(const double *from, int64_t count) {
    double *copy = malloc((size_t)(count + 1) * sizeof *copy);
    memcpy(copy, from, (size_t)count * sizeof *copy);
    return copy;
}

static double *normals(uint64_t seed, uint64_t index, int64_t count) {
    double *x = malloc((size_t)(count + 1) * sizeof *x);
    cvxnn__normals(seed, CVXNN__STREAM_BENCH + 1, index, count, x);
    return x;
}

/* x, y, s and gates are set: makes the instance, with beta a multiple of beta_max. */
static void pose(struct plain *plain, struct fixture *f, double ratio) {
    double sum = 0;
    for (int64_t i = 0; i < plain->n; i++) sum += plain->s[i];
    plain->instance = (struct cvxnn__instance){.rows = cvxnn__rows_of(plain->n, plain->d, plain->x, plain->d),
                                               .outputs = 1,
                                               .targets = plain->y,
                                               .weights = plain->s,
                                               .weight_sum = sum,
                                               .loss = CVXNN_LOSS_SQUARED};
    ck_assert_int_eq(cvxnn__patterns_from_gates(&f->context, &plain->instance.rows, plain->sampled,
                                                plain->gates, plain->d, &plain->patterns),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn__gated_beta_max(&f->context, &plain->instance, &plain->patterns, &plain->beta_max),
                     CVXNN_OK);
    plain->instance.beta = ratio * plain->beta_max;
}

/* Gaussian data and gates, a ReLU teacher with two neurons and noise. */
static void make(struct plain *plain, struct fixture *f, int64_t n, int64_t d, int64_t sampled, double ratio,
                 uint64_t seed) {
    *plain = (struct plain){.n = n, .d = d, .sampled = sampled};
    plain->x = normals(seed, 0, n * d);
    plain->y = normals(seed, 1, n);
    plain->gates = normals(seed, 2, sampled * d);
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
    pose(plain, f, ratio);
}

static void drop(struct plain *plain) {
    cvxnn__patterns_free(&plain->patterns);
    free(plain->x);
    free(plain->y);
    free(plain->s);
    free(plain->gates);
}

static int on(const struct plain *plain, int64_t p, int64_t i) {
    return cvxnn__masks_get(&plain->patterns.masks, p, i);
}

/* x_i . w */
static double product(const struct plain *plain, int64_t i, const double *w) {
    double sum = 0;
    for (int64_t j = 0; j < plain->d; j++) sum += plain->x[i * plain->d + j] * w[j];
    return sum;
}

static double length(const double *w, int64_t d) {
    double sum = 0;
    for (int64_t j = 0; j < d; j++) sum += w[j] * w[j];
    return sqrt(sum);
}

/* P of dense weights W (patterns x d), and nu = -grad F. */
static double plain_objective(const struct plain *plain, const double *w, double *nu) {
    double total = 0;
    for (int64_t i = 0; i < plain->n; i++) {
        double f = 0, share = plain->s[i] / plain->instance.weight_sum;
        for (int64_t p = 0; p < plain->patterns.masks.count; p++)
            if (on(plain, p, i)) f += product(plain, i, w + p * plain->d);
        nu[i] = share * (plain->y[i] - f);
        total += share * (f - plain->y[i]) * (f - plain->y[i]) / 2;
    }
    for (int64_t p = 0; p < plain->patterns.masks.count; p++)
        total += plain->instance.beta * length(w + p * plain->d, plain->d);
    return total;
}

/* g = X' D_p nu */
static void plain_gradient(const struct plain *plain, int64_t p, const double *nu, double *g) {
    for (int64_t j = 0; j < plain->d; j++) g[j] = 0;
    for (int64_t i = 0; i < plain->n; i++)
        if (on(plain, p, i))
            for (int64_t j = 0; j < plain->d; j++) g[j] += nu[i] * plain->x[i * plain->d + j];
}

/* D of the best multiple of nu, by the closed form of the squared loss. */
static double plain_dual(const struct plain *plain, const double *nu) {
    double *g = malloc((size_t)plain->d * sizeof *g);
    double largest = 0, linear = 0, quadratic = 0;
    for (int64_t p = 0; p < plain->patterns.masks.count; p++) {
        plain_gradient(plain, p, nu, g);
        largest = fmax(largest, length(g, plain->d));
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

static double *dense(const struct plain *plain, const struct cvxnn__gated *solution) {
    double *w = calloc((size_t)(plain->patterns.masks.count * plain->d + 1), sizeof *w);
    for (int64_t a = 0; a < solution->active; a++)
        memcpy(w + solution->pattern[a] * plain->d, solution->w + a * plain->d, (size_t)plain->d * sizeof *w);
    return w;
}

/* Everything a solution says of itself, and the optimality conditions to `kkt` times beta. */
static void check(const struct plain *plain, const struct cvxnn__gated *solution, double tolerance,
                  double kkt) {
    int64_t d = plain->d, active = 0;
    double *w = dense(plain, solution), *nu = malloc((size_t)plain->n * sizeof *nu),
           *g = malloc((size_t)d * sizeof *g), beta = plain->instance.beta;
    double objective = plain_objective(plain, w, nu), dual = plain_dual(plain, nu), size = 0;
    for (int64_t a = 0; a < solution->active; a++) {
        ck_assert(a == 0 || solution->pattern[a] > solution->pattern[a - 1]);
        ck_assert(length(solution->w + a * d, d) > 0);
    }
    ck_assert_double_le(fabs(solution->objective - objective), 1e-12 * objective);
    ck_assert(solution->dual <= objective * (1 + 1e-12));
    ck_assert_double_ge(solution->gap, 0);
    if (objective > 0)
        ck_assert_double_eq_tol(solution->gap, (objective - solution->dual) / objective, 1e-12);
    ck_assert_double_le(solution->gap, tolerance);
    /* the best D was found at this nu or at one before: not far above what this nu gives */
    if (objective > 0) ck_assert_double_le((objective - dual) / objective, 100 * tolerance + 1e-12);
    for (int64_t i = 0; i < plain->n; i++) size = fmax(size, fabs(nu[i]));
    for (int64_t i = 0; i < plain->n; i++) ck_assert_double_le(fabs(solution->nu[i] - nu[i]), 1e-9 * size);
    for (int64_t p = 0; p < plain->patterns.masks.count; p++) {
        plain_gradient(plain, p, nu, g);
        ck_assert_double_le(length(g, d), beta * (1 + kkt));
        double norm = length(w + p * d, d), off = 0;
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

static double solve_and_check(struct plain *plain, struct fixture *f, double tolerance, double kkt) {
    struct cvxnn__gated solution;
    ck_assert_int_eq(
        cvxnn__gated_solve(&f->context, &plain->instance, &plain->patterns, tolerance, NULL, &solution),
        CVXNN_OK);
    check(plain, &solution, tolerance, kkt);
    double objective = solution.objective;
    cvxnn__gated_free(&solution);
    return objective;
}

START_TEST(conditions_hold) {
    static const struct {
        int64_t n, d, sampled;
        double ratio;
    } cases[] = {{1, 1, 3, 0.5},     {1, 4, 6, 0.1},    {7, 1, 10, 0.01},  {30, 2, 60, 0.1},
                 {30, 2, 60, 0.001}, {50, 5, 40, 0.01}, {20, 40, 15, 0.1}, {100, 8, 100, 0.03}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct fixture f;
        struct plain plain;
        fixture_open(&f, 1);
        make(&plain, &f, cases[c].n, cases[c].d, cases[c].sampled, cases[c].ratio, c + 1);
        solve_and_check(&plain, &f, 1e-6, 1e-2);
        solve_and_check(&plain, &f, 1e-10, 1e-4);
        drop(&plain);
        fixture_close(&f);
    }
}
END_TEST

/* Proximal gradient with Nesterov's momentum on dense weights, a step of 1 / trace. */
static double plain_optimum(const struct plain *plain, int64_t steps) {
    int64_t size = plain->patterns.masks.count * plain->d, d = plain->d;
    double *w = calloc((size_t)size + 1, sizeof *w), *z = calloc((size_t)size + 1, sizeof *z),
           *nu = malloc((size_t)plain->n * sizeof *nu), *g = malloc((size_t)d * sizeof *g), trace = 0;
    for (int64_t i = 0; i < plain->n; i++)
        for (int64_t p = 0; p < plain->patterns.masks.count; p++)
            if (on(plain, p, i))
                trace += plain->s[i] / plain->instance.weight_sum * pow(length(plain->x + i * d, d), 2);
    double momentum = 1, best = INFINITY;
    for (int64_t k = 0; k < steps; k++) {
        double next = (1 + sqrt(1 + 4 * momentum * momentum)) / 2, ahead = (momentum - 1) / next;
        plain_objective(plain, z, nu);
        momentum = k % 200 == 199 ? 1 : next;
        for (int64_t p = 0; p < plain->patterns.masks.count; p++) {
            plain_gradient(plain, p, nu, g);
            for (int64_t j = 0; j < d; j++) g[j] = z[p * d + j] + g[j] / trace;
            double norm = length(g, d), keep = fmax(0, 1 - plain->instance.beta / (trace * norm));
            for (int64_t j = 0; j < d; j++) {
                double new = norm > 0 ? keep *g[j] : 0;
                z[p * d + j] = new + ahead *(new - w[p * d + j]);
                w[p * d + j] = new;
            }
        }
    }
    best = plain_objective(plain, w, nu);
    free(w);
    free(z);
    free(nu);
    free(g);
    return best;
}

START_TEST(plain_proximal_gradient_agrees) {
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct fixture f;
        struct plain plain;
        fixture_open(&f, 1);
        make(&plain, &f, 25, 3, 12, 0.05, seed);
        for (int64_t i = 0; i < plain.n; i++) plain.s[i] = (double)(i % 4); /* some weights are 0 */
        cvxnn__patterns_free(&plain.patterns);
        pose(&plain, &f, 0.05);
        double objective = solve_and_check(&plain, &f, 1e-9, 1e-3), other = plain_optimum(&plain, 20000);
        ck_assert_double_le(objective, other * (1 + 1e-9));
        ck_assert_double_ge(objective, other * (1 - 1e-6));
        drop(&plain);
        fixture_close(&f);
    }
}
END_TEST

/* ---- Tables ---------------------------------------------------------------------------------- */

/* Numbers of a CSV file with a header line; *columns of them a row. */
static double *read_csv(const char *problem, const char *file, int64_t *rows, int64_t *columns) {
    char path[1000], cell[64];
    snprintf(path, sizeof path, "%s/%s/%s", CVXNN_TEST_PROBLEMS, problem, file);
    FILE *stream = fopen(path, "r");
    ck_assert_msg(stream != NULL, "cannot open %s", path);
    int64_t count = 0, room = 1024, lines = 0, length_of_cell = 0;
    double *values = malloc((size_t)room * sizeof *values);
    int has_header = strcmp(file, "data.csv") == 0;
    for (int c = getc(stream); c != EOF; c = getc(stream)) {
        if (c != ',' && c != '\n') {
            if (length_of_cell < 63) cell[length_of_cell++] = (char)c;
            continue;
        }
        cell[length_of_cell] = 0;
        length_of_cell = 0;
        if (!has_header || lines > 0) {
            if (count == room) values = realloc(values, (size_t)(room *= 2) * sizeof *values);
            values[count++] = strtod(cell, NULL);
        }
        lines += c == '\n';
    }
    fclose(stream);
    *rows = lines - has_header;
    *columns = count / *rows;
    ck_assert_int_eq(*rows * *columns, count);
    return values;
}

/* The number behind "key" after the text `from`. */
static double number_after(const char *from, const char *key, const char **at) {
    const char *found = strstr(from, key);
    ck_assert(found != NULL);
    if (at) *at = found;
    return strtod(found + strlen(key), NULL);
}

static void solve_table(const char *problem, const char *json) {
    struct fixture f;
    struct plain plain = {0};
    int64_t columns;
    char key[64];
    const char *section;
    fixture_open(&f, 2);
    double *table = read_csv(problem, "data.csv", &plain.n, &columns);
    plain.gates = read_csv(problem, "gates.csv", &plain.sampled, &plain.d);
    ck_assert_int_eq(columns, plain.d + 1);
    plain.x = malloc((size_t)(plain.n * plain.d) * sizeof *plain.x);
    plain.y = malloc((size_t)plain.n * sizeof *plain.y);
    plain.s = malloc((size_t)plain.n * sizeof *plain.s);
    for (int64_t i = 0; i < plain.n; i++) {
        memcpy(plain.x + i * plain.d, table + i * columns, (size_t)plain.d * sizeof *table);
        plain.y[i] = table[i * columns + plain.d];
        plain.s[i] = 1;
    }
    pose(&plain, &f, 1);
    snprintf(key, sizeof key, "\"%s\"", problem);
    number_after(json, key, &section);
    double beta_max = number_after(section, "\"beta_max\":", NULL);
    ck_assert_double_eq_tol(plain.beta_max, beta_max, 1e-9 * beta_max);
    ck_assert_int_eq(plain.patterns.masks.count, (int64_t)number_after(section, "\"patterns\":", NULL));
    struct cvxnn__gated solution;
    for (int r = 0; r < cvxnn_test_size(2, 1); r++) {
        number_after(section, r ? "\"0.01\":" : "\"0.1\":", &section);
        plain.instance.beta = number_after(section, "\"beta\":", NULL);
        double upper = number_after(section, "\"upper\":", NULL);
        double lower = number_after(section, "\"lower\":", NULL);
        ck_assert_int_eq(
            cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-7, NULL, &solution),
            CVXNN_OK);
        ck_assert_double_le(solution.gap, 1e-7);
        ck_assert_double_le(solution.objective, upper * (1 + 1e-6));
        ck_assert_double_ge(solution.objective, lower * (1 - 1e-6));
        ck_assert_double_le(solution.dual, upper * (1 + 1e-7)); /* weak duality */
        cvxnn__gated_free(&solution);
    }
    drop(&plain);
    fixture_close(&f);
    free(table);
}

static char *read_text(const char *path) {
    FILE *stream = fopen(path, "r");
    ck_assert_msg(stream != NULL, "cannot open %s", path);
    char *text = calloc(1, 100000);
    ck_assert(fread(text, 1, 99999, stream) > 0);
    fclose(stream);
    return text;
}

START_TEST(known_optima) {
    static const char *const problems[] = {"diabetes", "synth_n500_d10", "breast_cancer", "digits0"};
    char *json = read_text(CVXNN_TEST_PROBLEMS "/expected.json");
    for (int p = 0; p < cvxnn_test_size(4, 1); p++) solve_table(problems[p], json);
    free(json);
}
END_TEST

/* ---- Properties ------------------------------------------------------------------------------ */

START_TEST(any_number_of_threads_gives_the_same_bits) {
    struct cvxnn__gated solution[3];
    struct plain plain[3];
    struct fixture f[3];
    for (int t = 0; t < 3; t++) {
        fixture_open(&f[t], t + 1);
        make(&plain[t], &f[t], 700, 6, 200, 0.02, 7);
        ck_assert_int_eq(cvxnn__gated_solve(&f[t].context, &plain[t].instance, &plain[t].patterns, 1e-8, NULL,
                                            &solution[t]),
                         CVXNN_OK);
        ck_assert_int_eq(solution[t].active, solution[0].active);
        ck_assert_int_eq(solution[t].iterations, solution[0].iterations);
        ck_assert(!memcmp(solution[t].w, solution[0].w,
                          (size_t)(solution[0].active * plain[0].d) * sizeof(double)));
        ck_assert(!memcmp(solution[t].nu, solution[0].nu, (size_t)plain[0].n * sizeof(double)));
        ck_assert(solution[t].dual == solution[0].dual);
    }
    for (int t = 0; t < 3; t++) {
        cvxnn__gated_free(&solution[t]);
        drop(&plain[t]);
        fixture_close(&f[t]);
    }
}
END_TEST

START_TEST(large_beta_gives_zero) {
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated solution;
    fixture_open(&f, 1);
    make(&plain, &f, 60, 4, 50, 1, 2);
    double zero = 0;
    for (int64_t i = 0; i < plain.n; i++) zero += plain.y[i] * plain.y[i] / (2 * (double)plain.n);
    static const double ratios[] = {1, 1.5, 1e10};
    for (int r = 0; r < 3; r++) {
        plain.instance.beta = ratios[r] * plain.beta_max;
        ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 0, NULL, &solution),
                         CVXNN_OK);
        ck_assert_int_eq(solution.active, 0);
        ck_assert_double_eq_tol(solution.objective, zero, 1e-14 * zero);
        ck_assert(solution.gap == 0 && solution.dual == solution.objective);
        cvxnn__gated_free(&solution);
    }
    plain.instance.beta = 0.999 * plain.beta_max;
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-9, NULL, &solution),
                     CVXNN_OK);
    ck_assert_int_ge(solution.active, 1);
    cvxnn__gated_free(&solution);
    drop(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(start_does_not_change_the_optimum) {
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated cold, warm, path = {0};
    fixture_open(&f, 1);
    make(&plain, &f, 200, 5, 100, 0.01, 3);
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-9, NULL, &cold),
                     CVXNN_OK);
    int64_t cold_iterations = cold.iterations;
    for (int k = 0; k < 6; k++) { /* down a path and up again */
        static const double ratios[] = {0.5, 0.1, 0.02, 0.003, 0.05, 0.01};
        plain.instance.beta = ratios[k] * plain.beta_max;
        ck_assert_int_eq(
            cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-9, k ? &path : NULL, &warm),
            CVXNN_OK);
        if (k) cvxnn__gated_free(&path);
        path = warm;
    }
    check(&plain, &path, 1e-9, 1e-3);
    ck_assert_double_eq_tol(path.objective, cold.objective, 2e-9 * cold.objective);
    /* from the optimum there is nothing to do */
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 2e-9, &cold, &warm),
                     CVXNN_OK);
    ck_assert_int_le(warm.iterations, cold_iterations / 4 + 1);
    cvxnn__gated_free(&warm);
    /* a start that is worse than zero */
    for (int64_t e = 0; e < cold.active * plain.d; e++) cold.w[e] *= -1e6;
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-9, &cold, &warm),
                     CVXNN_OK);
    check(&plain, &warm, 1e-9, 1e-3);
    cvxnn__gated_free(&warm);
    cvxnn__gated_free(&path);
    cvxnn__gated_free(&cold);
    drop(&plain);
    fixture_close(&f);
}
END_TEST

/* Smoothed steps leave nothing at zero; a solution must not show it. */
START_TEST(loose_tolerances_give_sparse_solutions) {
    static const double tolerances[] = {1e-1, 1e-2, 1e-3, 1e-4, 1e-6};
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated solution;
    fixture_open(&f, 1);
    make(&plain, &f, 200, 5, 150, 0.05, 11);
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-9, NULL, &solution),
                     CVXNN_OK);
    int64_t active = solution.active;
    ck_assert_int_gt(active, 3);
    cvxnn__gated_free(&solution);
    for (size_t t = 0; t < sizeof tolerances / sizeof *tolerances; t++) {
        ck_assert_int_eq(
            cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, tolerances[t], NULL, &solution),
            CVXNN_OK);
        check(&plain, &solution, tolerances[t], INFINITY);
        ck_assert_int_le(solution.active, active + active / 2);
        cvxnn__gated_free(&solution);
    }
    drop(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(weights_count_like_repeated_rows) {
    struct fixture f;
    struct plain plain, repeated;
    fixture_open(&f, 1);
    make(&plain, &f, 40, 3, 30, 0.02, 5);
    int64_t n = 0;
    for (int64_t i = 0; i < plain.n; i++) n += i % 3;
    repeated = (struct plain){.n = n, .d = plain.d, .sampled = plain.sampled};
    repeated.x = malloc((size_t)(n * plain.d) * sizeof(double));
    repeated.y = malloc((size_t)n * sizeof(double));
    repeated.s = malloc((size_t)n * sizeof(double));
    repeated.gates = copy_of(plain.gates, plain.sampled * plain.d);
    for (int64_t i = 0, r = 0; i < plain.n; i++) {
        plain.s[i] = (double)(i % 3);
        for (int64_t k = 0; k < i % 3; k++, r++) {
            memcpy(repeated.x + r * plain.d, plain.x + i * plain.d, (size_t)plain.d * sizeof(double));
            repeated.y[r] = plain.y[i];
            repeated.s[r] = 1;
        }
    }
    pose(&repeated, &f, 0.02);
    cvxnn__patterns_free(&plain.patterns);
    pose(&plain, &f, 0.02);
    ck_assert_double_eq_tol(plain.beta_max, repeated.beta_max, 1e-12 * plain.beta_max);
    double a = solve_and_check(&plain, &f, 1e-9, 1e-3), b = solve_and_check(&repeated, &f, 1e-9, 1e-3);
    ck_assert_double_eq_tol(a, b, 2e-9 * a);
    drop(&plain);
    drop(&repeated);
    fixture_close(&f);
}
END_TEST

START_TEST(units_do_not_matter) {
    static const double units[][2] = {{1e8, 1}, {1e-8, 1}, {1, 1e8}, {1, 1e-8}, {1e-8, 1e8}, {1e8, 1e-8}};
    struct fixture f;
    struct plain plain;
    fixture_open(&f, 1);
    make(&plain, &f, 80, 4, 40, 0.02, 6);
    double objective = solve_and_check(&plain, &f, 1e-8, 1e-3);
    double *x = copy_of(plain.x, plain.n * plain.d), *y = copy_of(plain.y, plain.n);
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        for (int64_t e = 0; e < plain.n * plain.d; e++) plain.x[e] = x[e] * units[u][0];
        for (int64_t i = 0; i < plain.n; i++) plain.y[i] = y[i] * units[u][1];
        cvxnn__patterns_free(&plain.patterns);
        pose(&plain, &f, 0.02);
        double scaled = solve_and_check(&plain, &f, 1e-8, 1e-3) / (units[u][1] * units[u][1]);
        ck_assert_double_eq_tol(scaled, objective, 2e-8 * objective);
    }
    free(x);
    free(y);
    drop(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(degenerate_data) {
    for (int kind = 0; kind < 7; kind++) {
        struct fixture f;
        struct plain plain;
        fixture_open(&f, 1);
        make(&plain, &f, 30, 4, 40, 0.01, 9);
        for (int64_t i = 0; i < plain.n; i++) {
            double *row = plain.x + i * plain.d;
            if (kind == 0) row[2] = 0;                                              /* a zero column */
            if (kind == 1) row[2] = 3 * row[1];                                     /* collinear columns */
            if (kind == 2 && i % 2) memcpy(row, row - plain.d, 4 * sizeof(double)); /* repeated rows */
            if (kind == 3 && i % 3 == 0) memset(row, 0, 4 * sizeof(double));        /* zero rows */
            if (kind == 4) plain.y[i] = 0;                                          /* nothing to fit */
            if (kind == 5) row[1] = row[2] = row[3] = 0;                            /* rank one */
            if (kind == 6) plain.s[i] = i == 3;                                     /* one row counts */
        }
        cvxnn__patterns_free(&plain.patterns);
        pose(&plain, &f, 0.01);
        solve_and_check(&plain, &f, 1e-8, 1e-3);
        drop(&plain);
        fixture_close(&f);
    }
}
END_TEST

START_TEST(no_patterns_give_zero) {
    struct fixture f;
    struct plain plain;
    fixture_open(&f, 1);
    make(&plain, &f, 10, 2, 5, 0.1, 1);
    cvxnn__patterns_free(&plain.patterns);
    plain.sampled = 0;
    pose(&plain, &f, 0.1);
    ck_assert(plain.beta_max == 0);
    for (int k = 0; k < 2; k++) {
        plain.instance.beta = k;
        solve_and_check(&plain, &f, 0, 0);
    }
    drop(&plain);
    fixture_close(&f);
}
END_TEST

/* ---- Stops and failures ---------------------------------------------------------------------- */

START_TEST(no_tolerance_ends_at_the_limit_of_precision) {
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct fixture f;
        struct plain plain;
        struct cvxnn__gated solution;
        fixture_open(&f, 1);
        make(&plain, &f, 50, 4, 30, seed == 3 ? 1e-4 : 0.05, seed);
        int32_t status = cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 0, NULL, &solution);
        ck_assert(status == CVXNN_OK || status == CVXNN_STOPPED_PRECISION);
        check(&plain, &solution, 1e-10, 1e-3);
        cvxnn__gated_free(&solution);
        drop(&plain);
        fixture_close(&f);
    }
}
END_TEST

START_TEST(budgets_keep_the_best) {
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated solution;
    double *nu, last = INFINITY;
    fixture_open(&f, 1);
    make(&plain, &f, 100, 5, 80, 0.01, 4);
    nu = malloc((size_t)plain.n * sizeof *nu);
    for (int64_t most = 1; most < 6; most++) {
        f.monitor.max_iterations = most;
        ck_assert_int_eq(
            cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-9, NULL, &solution),
            CVXNN_STOPPED_ITERATIONS);
        ck_assert_int_eq(solution.iterations, most);
        ck_assert_double_le(solution.objective, last);
        last = solution.objective;
        check(&plain, &solution, 1, INFINITY);
        cvxnn__gated_free(&solution);
    }
    f.monitor.max_iterations = 0;
    f.monitor.start -= 10;
    f.monitor.max_seconds = 5;
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-9, NULL, &solution),
                     CVXNN_STOPPED_SECONDS);
    check(&plain, &solution, 1, INFINITY);
    cvxnn__gated_free(&solution);
    free(nu);
    drop(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(cancelled_at_every_event) {
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated solution;
    fixture_open(&f, 1);
    make(&plain, &f, 100, 5, 80, 0.01, 4);
    double last = INFINITY;
    for (int64_t k = 1;; k++) {
        f.events = 0;
        f.stop_at = k;
        f.monitor.stopped = 0;
        int32_t status = cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-8, NULL,
                                            &solution);
        /* the last event comes with the tolerance reached: either answer is true then */
        ck_assert(status == CVXNN_STOPPED_CANCELLED || (status == CVXNN_OK && f.events < k));
        ck_assert_double_le(solution.objective, last * (1 + 1e-15));
        last = solution.objective;
        check(&plain, &solution, 1, INFINITY);
        cvxnn__gated_free(&solution);
        if (status == CVXNN_OK) break;
    }
    atomic_int cancel;
    atomic_init(&cancel, 1);
    f.monitor.stopped = 0;
    f.monitor.cancel = &cancel;
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-8, NULL, &solution),
                     CVXNN_STOPPED_CANCELLED);
    cvxnn__gated_free(&solution);
    drop(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(failing_memory_leaves_nothing) {
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated solution, start;
    fixture_open(&f, 1);
    make(&plain, &f, cvxnn_test_size(60, 20), 3, cvxnn_test_size(40, 12), 0.05, 4);
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-2, NULL, &start),
                     CVXNN_OK);
    for (int on_and_on = 0; on_and_on < 2; on_and_on++) {
        int32_t status = CVXNN_ERROR_MEMORY;
        int64_t blocks = f.blocks, k = 0;
        while (status) {
            f.fail_at = ++k;
            f.fail_on = on_and_on;
            double beta_max;
            status = cvxnn__gated_beta_max(&f.context, &plain.instance, &plain.patterns, &beta_max);
            if (!status)
                status = cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-5, &start,
                                            &solution);
            ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_MEMORY);
            if (!status) cvxnn__gated_free(&solution);
            ck_assert_int_eq(f.blocks, blocks);
        }
        ck_assert_int_gt(k, 20);
        f.fail_at = 0;
    }
    cvxnn__gated_free(&start);
    drop(&plain);
    fixture_close(&f);
}
END_TEST

CVXNN_SUITE(gated) {
    CVXNN_TEST(conditions_hold);
    CVXNN_TEST(plain_proximal_gradient_agrees);
    CVXNN_TEST(known_optima);
    CVXNN_TEST(any_number_of_threads_gives_the_same_bits);
    CVXNN_TEST(large_beta_gives_zero);
    CVXNN_TEST(start_does_not_change_the_optimum);
    CVXNN_TEST(loose_tolerances_give_sparse_solutions);
    CVXNN_TEST(weights_count_like_repeated_rows);
    CVXNN_TEST(units_do_not_matter);
    CVXNN_TEST(degenerate_data);
    CVXNN_TEST(no_patterns_give_zero);
    CVXNN_TEST(no_tolerance_ends_at_the_limit_of_precision);
    CVXNN_TEST(budgets_keep_the_best);
    CVXNN_TEST(cancelled_at_every_event);
    CVXNN_TEST(failing_memory_leaves_nothing);
}
