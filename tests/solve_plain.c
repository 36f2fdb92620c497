/* A small problem as a user poses it and in plain arrays. See solve_plain.h. */
#include "solve_plain.h"

#include <math.h>

const int64_t solve_methods[SOLVE_METHODS] = {CVXNN_METHOD_GATED, CVXNN_METHOD_DECOMPOSE,
                                              CVXNN_METHOD_GRADIENT, CVXNN_METHOD_RELU, CVXNN_METHOD_SEARCH};

double solve_wave(int k) {
    double z = sin(12.9898 * k + 1) * 43758.5453;
    return 4 * (z - floor(z)) - 2;
}

/* Data as posed: float values are those that were rounded, scaled by mean and deviation, a 1 for the bias. */
static void pose(struct made *made, int how) {
    struct plain *plain = &made->plain;
    plain->n = SOLVE_N, plain->d = SOLVE_D + !!(how & SOLVE_BIAS);
    for (int i = 0; i < SOLVE_N; i++) {
        for (int j = 0; j < SOLVE_D; j++) {
            double value = solve_wave(i * SOLVE_D + j) + (j == 1 ? 3 : 0);
            int at = how & SOLVE_COLUMN ? j * SOLVE_N + i : i * SOLVE_D + j;
            made->x[at] = value;
            made->narrow[at] = (float)value;
            plain->x[i][j] = how & SOLVE_FLOAT ? (double)(float)value : value;
        }
        plain->x[i][SOLVE_D] = 1;
        plain->y[i] = made->y[i] = fabs(plain->x[i][0]) - fmax(plain->x[i][1], 0) +
                                   0.1 * solve_wave(1000 + i);
        plain->s[i] = made->s[i] = how & SOLVE_WEIGHTED ? 1 + i % 3 : 1;
    }
    for (int j = 0; how & SOLVE_STANDARDIZE && j < SOLVE_D; j++) {
        double mean = 0, square = 0;
        for (int i = 0; i < SOLVE_N; i++) mean += plain->x[i][j] / SOLVE_N;
        for (int i = 0; i < SOLVE_N; i++)
            square += (plain->x[i][j] - mean) * (plain->x[i][j] - mean) / SOLVE_N;
        for (int i = 0; i < SOLVE_N; i++) plain->x[i][j] = (plain->x[i][j] - mean) / sqrt(square);
    }
}

void solve_make(struct made *made, int how, int64_t method) {
    const int32_t order = how & SOLVE_COLUMN ? CVXNN_COLUMN_MAJOR : CVXNN_ROW_MAJOR;
    const int32_t ownership = how & SOLVE_BORROW ? CVXNN_BORROW : CVXNN_COPY;
    memset(made, 0, sizeof *made);
    pose(made, how);
    ck_assert_int_eq(cvxnn_problem_create(&made->problem), CVXNN_OK);
    cvxnn_problem *p = made->problem;
    int64_t ld = how & SOLVE_COLUMN ? SOLVE_N : SOLVE_D;
    ck_assert_int_eq(cvxnn_problem_set_int(p, CVXNN_OPTION_STANDARDIZE, !!(how & SOLVE_STANDARDIZE)),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_int(p, CVXNN_OPTION_BIAS, !!(how & SOLVE_BIAS)), CVXNN_OK);
    ck_assert_int_eq(
        how & SOLVE_FLOAT
            ? cvxnn_problem_set_data_float(p, SOLVE_N, SOLVE_D, made->narrow, ld, order, ownership)
            : cvxnn_problem_set_data(p, SOLVE_N, SOLVE_D, made->x, ld, order, ownership),
        CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(p, SOLVE_N, 1, made->y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    if (how & SOLVE_WEIGHTED) ck_assert_int_eq(cvxnn_problem_set_weights(p, SOLVE_N, made->s), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_create(p, &made->solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made->solver, CVXNN_OPTION_METHOD, method), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made->solver, CVXNN_OPTION_PATTERNS, SOLVE_P), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made->solver, CVXNN_OPTION_WIDTH, 10), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made->solver, CVXNN_OPTION_STARTS, 2), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_double(made->solver, CVXNN_OPTION_BETA_RATIO, 0.05), CVXNN_OK);
}

void solve_drop(struct made *made) {
    cvxnn_solver_free(made->solver);
    cvxnn_problem_free(made->problem);
}

double solve_weights(const struct plain *plain) {
    double sum = 0;
    for (int i = 0; i < plain->n; i++) sum += plain->s[i];
    return sum;
}

double solve_objective(const struct plain *plain, const cvxnn_model *model, double *nu) {
    int64_t neurons, kind;
    int d = plain->d;
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_NEURONS, &neurons), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_KIND, &kind), CVXNN_OK);
    size_t size = (size_t)(neurons * d + 1);
    double *u = calloc(size, sizeof *u), *g = calloc(size, sizeof *g), *a = calloc(size, sizeof *a);
    ck_assert_int_eq(cvxnn_model_get_weights(model, u, d, a, 1), CVXNN_OK);
    if (kind == CVXNN_KIND_GATED) ck_assert_int_eq(cvxnn_model_get_gates(model, g, d), CVXNN_OK);
    double loss = 0, penalty = 0, total = solve_weights(plain);
    for (int i = 0; i < plain->n; i++) {
        double f = 0;
        for (int64_t j = 0; j < neurons; j++) {
            double z = plain_dot(d, plain->x[i], u + j * d);
            int on = kind == CVXNN_KIND_GATED ? plain_dot(d, plain->x[i], g + j * d) >= 0 : z > 0;
            f += on ? z * a[j] : 0;
        }
        loss += plain->s[i] * (f - plain->y[i]) * (f - plain->y[i]) / 2 / total;
        if (nu) nu[i] = plain->s[i] * (plain->y[i] - f) / total;
    }
    for (int64_t j = 0; j < neurons; j++) {
        double square = plain_dot(d, u + j * d, u + j * d);
        penalty += kind == CVXNN_KIND_GATED ? sqrt(square) * fabs(a[j]) : (square + a[j] * a[j]) / 2;
    }
    free(u);
    free(g);
    free(a);
    return loss + plain->beta * penalty;
}
