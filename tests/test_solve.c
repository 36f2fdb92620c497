/*
 * The public path from a problem to a model, end to end: every number that is reported is computed again
 * here, from data, weights and gates as they are read out, by the plain formulas of the header.
 */
#include <math.h>

#include "base/random.h"
#include "solve_plain.h"

/* Gates of the test's own, so that it knows every pattern. */
static double gates[SOLVE_P][SOLVE_WIDE];
static void give_gates(struct made *made) {
    int64_t d = made->plain.d;
    double packed[SOLVE_P * SOLVE_WIDE];
    for (int p = 0; p < SOLVE_P; p++)
        for (int j = 0; j < d; j++) gates[p][j] = packed[p * d + j] = solve_wave(5000 + p * SOLVE_WIDE + j);
    ck_assert_int_eq(cvxnn_solver_set_gates(made->solver, SOLVE_P, d, packed, d, CVXNN_ROW_MAJOR), CVXNN_OK);
}

/* max_p |X' D_p nu| over the test's own gates. */
static double plain_dual_norm(const struct plain *plain, const double *nu) {
    double most = 0;
    for (int p = 0; p < SOLVE_P; p++) {
        double v[SOLVE_WIDE] = {0};
        for (int i = 0; i < plain->n; i++)
            for (int j = 0; plain_dot(plain->d, plain->x[i], gates[p]) >= 0 && j < plain->d; j++)
                v[j] += nu[i] * plain->x[i][j];
        most = fmax(most, sqrt(plain_dot(plain->d, v, v)));
    }
    return most;
}

/* The largest dual value of (G) along nu: D(z) = sum_i z_i y_i - S z_i^2 / (2 s_i). */
static double plain_dual(const struct plain *plain, const double *nu) {
    double linear = 0, square = 0, norm = plain_dual_norm(plain, nu);
    for (int i = 0; i < plain->n; i++) {
        linear += nu[i] * plain->y[i];
        square += nu[i] * nu[i] * solve_weights(plain) / plain->s[i];
    }
    double t = fmin(linear / square, norm > 0 ? plain->beta / norm : INFINITY);
    return t * linear - t * t * square / 2;
}

/* ---- Every number again ---- */

static void check_report(struct made *made, int64_t method) {
    struct plain *plain = &made->plain;
    double nu[SOLVE_N], told[SOLVE_N], nu0[SOLVE_N];
    cvxnn_model *model;
    const cvxnn_solver *s = made->solver;
    plain->beta = solver_real(s, CVXNN_INFO_BETA);
    ck_assert_int_eq(cvxnn_solver_get_model(s, &model), CVXNN_OK);
    double objective = solve_objective(plain, model, nu), reported = solver_real(s, CVXNN_INFO_OBJECTIVE),
           asked;
    ck_assert(is_near(objective, reported, 1e-12));
    ck_assert_int_eq(cvxnn_problem_set_double(made->problem, CVXNN_OPTION_BETA, plain->beta), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_objective(model, made->problem, &asked), CVXNN_OK);
    ck_assert(is_near(asked, reported, 1e-12));
    ck_assert_int_eq(cvxnn_problem_set_double(made->problem, CVXNN_OPTION_BETA, 0), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_get_dual(s, SOLVE_N, told), CVXNN_OK);
    for (int i = 0; i < SOLVE_N; i++) ck_assert(fabs(nu[i] - told[i]) <= 1e-12);
    for (int i = 0; i < SOLVE_N; i++) nu0[i] = plain->s[i] * plain->y[i] / solve_weights(plain);
    ck_assert(is_near(solver_real(s, CVXNN_INFO_BETA_MAX), plain_dual_norm(plain, nu0), 1e-12));
    ck_assert(is_near(plain->beta, 0.05 * solver_real(s, CVXNN_INFO_BETA_MAX), 1e-15));
    ck_assert_int_eq(solver_count(s, CVXNN_INFO_PATTERNS_SAMPLED), SOLVE_P);
    int64_t added = method == CVXNN_METHOD_SEARCH ? solver_count(s, CVXNN_INFO_PATTERNS_ADDED) : 0;
    ck_assert_int_le(solver_count(s, CVXNN_INFO_PATTERNS), SOLVE_P + added);
    int64_t neurons;
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_NEURONS, &neurons), CVXNN_OK);
    ck_assert_int_eq(solver_count(s, CVXNN_INFO_NEURONS), neurons);
    if (method == CVXNN_METHOD_GATED) {
        double dual = plain_dual(plain, nu); /* of the network that is returned, over all patterns */
        ck_assert(dual <= objective);
        ck_assert(is_near(solver_real(s, CVXNN_INFO_CONVEX_OBJECTIVE), objective, 1e-12));
        ck_assert((objective - dual) / objective <= 1e-5);
        ck_assert_int_eq(solver_count(s, CVXNN_INFO_ACTIVE), neurons);
    }
    if (method != CVXNN_METHOD_GRADIENT) {
        double primal = solver_real(s, CVXNN_INFO_CONVEX_OBJECTIVE),
               dual = solver_real(s, CVXNN_INFO_CONVEX_DUAL);
        ck_assert(solver_real(s, CVXNN_INFO_RELATIVE_GAP) <= 1e-6);
        double gap = fmax((primal - dual) / primal, 0); /* (R) within its violation may be below its bound */
        ck_assert(fabs(gap - solver_real(s, CVXNN_INFO_RELATIVE_GAP)) <= 1e-12);
    }
    if (method != CVXNN_METHOD_GATED) {
        double bound = solver_real(s, CVXNN_INFO_LOWER_BOUND);
        ck_assert(bound > 0 && bound <= objective);
        ck_assert(solver_real(s, CVXNN_INFO_CERTIFIED_RATIO) == reported / bound);
        if (method == CVXNN_METHOD_RELU)
            ck_assert(solver_real(s, CVXNN_INFO_SAMPLED_RATIO) ==
                      solver_real(s, CVXNN_INFO_CONVEX_OBJECTIVE) / bound);
    }
    if (method == CVXNN_METHOD_DECOMPOSE) {
        ck_assert(solver_real(s, CVXNN_INFO_BLOWUP_MEAN) >= 1);
        ck_assert(solver_real(s, CVXNN_INFO_BLOWUP_MAX) >= solver_real(s, CVXNN_INFO_BLOWUP_MEAN));
    }
    ck_assert(is_near(solver_real(s, CVXNN_INFO_SQRT_LOG), sqrt(log(2 * SOLVE_N)), 1e-15));
    ck_assert(solver_real(s, CVXNN_INFO_SECONDS) > 0 && solver_real(s, CVXNN_INFO_SECONDS) < 600);
    ck_assert_int_ge(solver_count(s, CVXNN_INFO_PEAK_BYTES), SOLVE_N * 8);
    ck_assert_int_eq(solver_count(s, CVXNN_INFO_THREADS), 1);
    cvxnn_model_free(model);
}

START_TEST(every_number_is_what_it_says) {
    static const int hows[] = {
        0, SOLVE_STANDARDIZE | SOLVE_WEIGHTED, SOLVE_BIAS | SOLVE_COLUMN, SOLVE_FLOAT | SOLVE_BORROW,
        SOLVE_FLOAT | SOLVE_COLUMN | SOLVE_BORROW | SOLVE_STANDARDIZE | SOLVE_BIAS | SOLVE_WEIGHTED};
    for (int m = 0; m < SOLVE_METHODS; m++)
        for (int h = (int)cvxnn_test_size(0, 4); h < 5; h++) {
            struct made made;
            solve_make(&made, hows[h], solve_methods[m]);
            give_gates(&made);
            int32_t status = cvxnn_solver_solve(made.solver);
            ck_assert(status == CVXNN_OK);
            ck_assert_int_eq(solver_count(made.solver, CVXNN_INFO_STATUS), status);
            check_report(&made, solve_methods[m]);
            solve_drop(&made);
        }
}
END_TEST

/* Blow-up of the pairs: the sum over neurons of |u_j||a_j| as decomposed is blowup_mean times (G)'s penalty.
 */
START_TEST(blowup_is_that_of_the_weights) {
    struct made made;
    cvxnn_model *gated, *relu;
    solve_make(&made, 0, CVXNN_METHOD_GATED);
    give_gates(&made);
    ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_POLISH, 0), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_TOLERANCE, 1e-9), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_get_model(made.solver, &gated), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_DECOMPOSE),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_get_model(made.solver, &relu), CVXNN_OK);
    double size[2] = {0, 0}, sharpness[8 * SOLVE_P], mean = 0, most = 0;
    int64_t decomposed = solver_count(made.solver, CVXNN_INFO_DECOMPOSED);
    ck_assert_int_eq(decomposed, solver_count(made.solver, CVXNN_INFO_ACTIVE));
    ck_assert_int_eq(cvxnn_solver_get_sharpness(made.solver, decomposed + 1, sharpness), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn_solver_get_sharpness(made.solver, decomposed, sharpness), CVXNN_OK);
    for (int k = 0; k < 2; k++) {
        double u[8 * SOLVE_P * SOLVE_D], a[8 * SOLVE_P];
        int64_t neurons;
        ck_assert_int_eq(cvxnn_model_get_int(k ? relu : gated, CVXNN_MODEL_NEURONS, &neurons), CVXNN_OK);
        ck_assert_int_le(neurons, 8 * SOLVE_P);
        ck_assert_int_eq(cvxnn_model_get_weights(k ? relu : gated, u, SOLVE_D, a, 1), CVXNN_OK);
        for (int64_t j = 0; j < neurons; j++) {
            double length = sqrt(plain_dot(SOLVE_D, u + j * SOLVE_D, u + j * SOLVE_D)) * fabs(a[j]);
            size[k] += length;
            if (k == 0) mean += length * sharpness[j], most = fmax(most, sharpness[j]);
        }
        if (k == 0) ck_assert_int_eq(neurons, decomposed);
    }
    ck_assert(is_near(mean / size[0], solver_real(made.solver, CVXNN_INFO_BLOWUP_MEAN), 1e-4));
    ck_assert(most == solver_real(made.solver, CVXNN_INFO_BLOWUP_MAX));
    ck_assert(is_near(size[1] / size[0], solver_real(made.solver, CVXNN_INFO_BLOWUP_MEAN), 1e-4));
    ck_assert(solver_real(made.solver, CVXNN_INFO_DECOMPOSED_OBJECTIVE) ==
              solver_real(made.solver, CVXNN_INFO_OBJECTIVE));
    cvxnn_model_free(gated);
    cvxnn_model_free(relu);
    solve_drop(&made);
}
END_TEST

/* ---- The same bits ---- */

static char *text_of(const cvxnn_solver *solver) {
    cvxnn_model *model;
    int64_t needed;
    ck_assert_int_eq(cvxnn_solver_get_model(solver, &model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_write(model, NULL, 0, &needed), CVXNN_OK);
    char *text = calloc(1, (size_t)needed + 1);
    ck_assert_int_eq(cvxnn_model_write(model, text, needed, &needed), CVXNN_OK);
    cvxnn_model_free(model);
    return text;
}

/* Any number of threads, any layout, copied or borrowed. */
START_TEST(threads_and_layouts_give_the_same_bits) {
    static const int hows[] = {0, SOLVE_COLUMN, SOLVE_BORROW, SOLVE_COLUMN | SOLVE_BORROW};
    for (int m = 0; m < SOLVE_METHODS; m++) {
        char *first = NULL;
        for (int run = 0; run < cvxnn_test_size(5, 2); run++) {
            struct made made;
            solve_make(&made, hows[run % 4], solve_methods[m]);
            ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_THREADS, 1 + run % 3), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_SEED, 7), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
            char *text = text_of(made.solver);
            if (first) ck_assert(!strcmp(first, text));
            if (first)
                free(text);
            else
                first = text;
            solve_drop(&made);
        }
        free(first);
    }
}
END_TEST

START_TEST(no_weight_decay_that_matters_and_too_much_of_it) {
    for (int m = 0; m < SOLVE_METHODS; m++) { /* beyond beta_max zero is optimal */
        struct made made;
        solve_make(&made, 0, solve_methods[m]);
        ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_BETA_RATIO, 1.001), CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
        double zero = 0;
        for (int i = 0; i < SOLVE_N; i++) zero += made.y[i] * made.y[i] / 2 / SOLVE_N;
        ck_assert(is_near(solver_real(made.solver, CVXNN_INFO_OBJECTIVE), zero, 1e-12) ||
                  solve_methods[m] != CVXNN_METHOD_GATED);
        ck_assert(solver_real(made.solver, CVXNN_INFO_OBJECTIVE) <= zero * (1 + 1e-12));
        solve_drop(&made);
    }
}
END_TEST

START_TEST(targets_whose_squares_leave_the_range) {
    const double units[] = {1e160, 1e-200}; /* an objective that rounds to 0 is no optimum found */
    for (int m = 0; m < SOLVE_METHODS; m++)
        for (int k = 0; k < 2; k++) {
            struct made made;
            solve_make(&made, 0, solve_methods[m]);
            for (int i = 0; i < SOLVE_N; i++) made.y[i] *= units[k];
            ck_assert_int_eq(cvxnn_problem_set_targets(made.problem, SOLVE_N, 1, made.y, 1, CVXNN_ROW_MAJOR),
                             CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_ERROR_NUMERICAL);
            solve_drop(&made);
        }
}
END_TEST

/* Three columns: cells are quick, and the optimum that the search finds is proved to be one. */
START_TEST(few_columns_are_proved_by_a_solve) {
    struct made made;
    solve_make(&made, 0, CVXNN_METHOD_SEARCH);
    ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_TOLERANCE, 1e-9), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
    ck_assert(solver_real(made.solver, CVXNN_INFO_CERTIFIED_RATIO) >= 1);
    ck_assert(solver_real(made.solver, CVXNN_INFO_CERTIFIED_RATIO) < 1.0001);
    solve_drop(&made);
}
END_TEST

/* Targets of pure noise and little weight decay: many neurons whose direction d - 1 walls fix, with more rows
 * near them. Done means done: the network's objective and the dual value of its own residual meet. */
START_TEST(noise_ends_with_a_gap_within_the_tolerance) {
    enum { MANY = 200, FEW = 4 };
    static double x[MANY * FEW], y[MANY];
    for (uint64_t seed = 7; seed < 7 + (uint64_t)cvxnn_test_size(3, 0); seed++) {
        cvxnn_problem *problem;
        cvxnn_solver *solver;
        cvxnn__normals(seed, CVXNN__STREAM_BENCH, 0, MANY * FEW, x);
        cvxnn__normals(seed, CVXNN__STREAM_BENCH, 1, MANY, y);
        cvxnn_problem_create(&problem);
        cvxnn_problem_set_data(problem, MANY, FEW, x, FEW, CVXNN_ROW_MAJOR, CVXNN_BORROW);
        cvxnn_problem_set_targets(problem, MANY, 1, y, 1, CVXNN_ROW_MAJOR);
        cvxnn_solver_create(problem, &solver);
        cvxnn_solver_set_double(solver, CVXNN_OPTION_BETA_RATIO, 0.05);
        cvxnn_solver_set_int(solver, CVXNN_OPTION_BOUND, 0);
        ck_assert_int_eq(cvxnn_solver_solve(solver), CVXNN_OK);
        ck_assert_double_le(solver_real(solver, CVXNN_INFO_RELATIVE_GAP), 1e-6);
        cvxnn_solver_free(solver);
        cvxnn_problem_free(problem);
    }
}
END_TEST

CVXNN_SUITE(solve) {
    CVXNN_TEST(every_number_is_what_it_says);
    CVXNN_TEST(blowup_is_that_of_the_weights);
    CVXNN_TEST(threads_and_layouts_give_the_same_bits);
    CVXNN_TEST(no_weight_decay_that_matters_and_too_much_of_it);
    CVXNN_TEST(targets_whose_squares_leave_the_range);
    CVXNN_TEST(few_columns_are_proved_by_a_solve);
    CVXNN_TEST(noise_ends_with_a_gap_within_the_tolerance);
}
