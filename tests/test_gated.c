/*
 * The gated program against plain loops over dense doubles: objective, duality gap and optimality conditions
 * recomputed, optima of published tables, a plain proximal gradient method as the other solver.
 */
#include <math.h>
#include <stdio.h>

#include "base/random.h"
#include "gated_plain.h"

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
        plain_make(&plain, &f, cases[c].n, cases[c].d, cases[c].sampled, cases[c].ratio, c + 1);
        plain_solve(&plain, &f, 1e-6, 1e-2);
        plain_solve(&plain, &f, 1e-10, 1e-4);
        plain_drop(&plain);
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
            if (plain_on(plain, p, i))
                trace += plain->s[i] / plain->instance.weight_sum * pow(plain_length(plain->x + i * d, d), 2);
    double momentum = 1, best = INFINITY;
    for (int64_t k = 0; k < steps; k++) {
        double next = (1 + sqrt(1 + 4 * momentum * momentum)) / 2, ahead = (momentum - 1) / next;
        plain_objective(plain, z, nu);
        momentum = k % 200 == 199 ? 1 : next;
        for (int64_t p = 0; p < plain->patterns.masks.count; p++) {
            plain_gradient(plain, p, nu, g);
            for (int64_t j = 0; j < d; j++) g[j] = z[p * d + j] + g[j] / trace;
            double norm = plain_length(g, d), keep = fmax(0, 1 - plain->instance.beta / (trace * norm));
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
        plain_make(&plain, &f, 25, 3, 12, 0.05, seed);
        for (int64_t i = 0; i < plain.n; i++) plain.s[i] = (double)(i % 4); /* some weights are 0 */
        cvxnn__patterns_free(&plain.patterns);
        plain_pose(&plain, &f, 0.05);
        double objective = plain_solve(&plain, &f, 1e-9, 1e-3), other = plain_optimum(&plain, 20000);
        ck_assert_double_le(objective, other * (1 + 1e-9));
        ck_assert_double_ge(objective, other * (1 - 1e-6));
        plain_drop(&plain);
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
    plain_pose(&plain, &f, 1);
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
    plain_drop(&plain);
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
        plain_make(&plain[t], &f[t], 700, 6, 200, 0.02, 7);
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
        plain_drop(&plain[t]);
        fixture_close(&f[t]);
    }
}
END_TEST

START_TEST(large_beta_gives_zero) {
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated solution;
    fixture_open(&f, 1);
    plain_make(&plain, &f, 60, 4, 50, 1, 2);
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
    plain_drop(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(start_does_not_change_the_optimum) {
    struct fixture f;
    struct plain plain;
    struct cvxnn__gated cold, warm, path = {0};
    fixture_open(&f, 1);
    plain_make(&plain, &f, 200, 5, 100, 0.01, 3);
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
    plain_check(&plain, &path, 1e-9, 1e-3);
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
    plain_check(&plain, &warm, 1e-9, 1e-3);
    cvxnn__gated_free(&warm);
    cvxnn__gated_free(&path);
    cvxnn__gated_free(&cold);
    plain_drop(&plain);
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
    plain_make(&plain, &f, 200, 5, 150, 0.05, 11);
    ck_assert_int_eq(cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, 1e-9, NULL, &solution),
                     CVXNN_OK);
    int64_t active = solution.active;
    ck_assert_int_gt(active, 3);
    cvxnn__gated_free(&solution);
    for (size_t t = 0; t < sizeof tolerances / sizeof *tolerances; t++) {
        ck_assert_int_eq(
            cvxnn__gated_solve(&f.context, &plain.instance, &plain.patterns, tolerances[t], NULL, &solution),
            CVXNN_OK);
        plain_check(&plain, &solution, tolerances[t], INFINITY);
        ck_assert_int_le(solution.active, active + active / 2);
        cvxnn__gated_free(&solution);
    }
    plain_drop(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(weights_count_like_repeated_rows) {
    struct fixture f;
    struct plain plain, repeated;
    fixture_open(&f, 1);
    plain_make(&plain, &f, 40, 3, 30, 0.02, 5);
    int64_t n = 0;
    for (int64_t i = 0; i < plain.n; i++) n += i % 3;
    repeated = (struct plain){.n = n, .d = plain.d, .sampled = plain.sampled};
    repeated.x = malloc((size_t)(n * plain.d) * sizeof(double));
    repeated.y = malloc((size_t)n * sizeof(double));
    repeated.s = malloc((size_t)n * sizeof(double));
    repeated.gates = plain_copy(plain.gates, plain.sampled * plain.d);
    for (int64_t i = 0, r = 0; i < plain.n; i++) {
        plain.s[i] = (double)(i % 3);
        for (int64_t k = 0; k < i % 3; k++, r++) {
            memcpy(repeated.x + r * plain.d, plain.x + i * plain.d, (size_t)plain.d * sizeof(double));
            repeated.y[r] = plain.y[i];
            repeated.s[r] = 1;
        }
    }
    plain_pose(&repeated, &f, 0.02);
    cvxnn__patterns_free(&plain.patterns);
    plain_pose(&plain, &f, 0.02);
    ck_assert_double_eq_tol(plain.beta_max, repeated.beta_max, 1e-12 * plain.beta_max);
    double a = plain_solve(&plain, &f, 1e-9, 1e-3), b = plain_solve(&repeated, &f, 1e-9, 1e-3);
    ck_assert_double_eq_tol(a, b, 2e-9 * a);
    plain_drop(&plain);
    plain_drop(&repeated);
    fixture_close(&f);
}
END_TEST

START_TEST(units_do_not_matter) {
    static const double units[][2] = {{1e8, 1}, {1e-8, 1}, {1, 1e8}, {1, 1e-8}, {1e-8, 1e8}, {1e8, 1e-8}};
    struct fixture f;
    struct plain plain;
    fixture_open(&f, 1);
    plain_make(&plain, &f, 80, 4, 40, 0.02, 6);
    double objective = plain_solve(&plain, &f, 1e-8, 1e-3);
    double *x = plain_copy(plain.x, plain.n * plain.d), *y = plain_copy(plain.y, plain.n);
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        for (int64_t e = 0; e < plain.n * plain.d; e++) plain.x[e] = x[e] * units[u][0];
        for (int64_t i = 0; i < plain.n; i++) plain.y[i] = y[i] * units[u][1];
        cvxnn__patterns_free(&plain.patterns);
        plain_pose(&plain, &f, 0.02);
        double scaled = plain_solve(&plain, &f, 1e-8, 1e-3) / (units[u][1] * units[u][1]);
        ck_assert_double_eq_tol(scaled, objective, 2e-8 * objective);
    }
    free(x);
    free(y);
    plain_drop(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(degenerate_data) {
    for (int kind = 0; kind < 7; kind++) {
        struct fixture f;
        struct plain plain;
        fixture_open(&f, 1);
        plain_make(&plain, &f, 30, 4, 40, 0.01, 9);
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
        plain_pose(&plain, &f, 0.01);
        plain_solve(&plain, &f, 1e-8, 1e-3);
        plain_drop(&plain);
        fixture_close(&f);
    }
}
END_TEST

START_TEST(no_patterns_give_zero) {
    struct fixture f;
    struct plain plain;
    fixture_open(&f, 1);
    plain_make(&plain, &f, 10, 2, 5, 0.1, 1);
    cvxnn__patterns_free(&plain.patterns);
    plain.sampled = 0;
    plain_pose(&plain, &f, 0.1);
    ck_assert(plain.beta_max == 0);
    for (int k = 0; k < 2; k++) {
        plain.instance.beta = k;
        plain_solve(&plain, &f, 0, 0);
    }
    plain_drop(&plain);
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
}
