/*
 * Which side of a gap limits. On tiny problems h is known exactly and so is the optimum: violation must be
 * what the exact h says, and the estimate lies between the bound and the optimum. Directions that are offered
 * to the search lower the objective. A certificate whose eigenvector is v(u) yields u.
 */
#include <math.h>

#include "base/random.h"
#include "fixture.h"
#include "gap/atoms.h"
#include "tiny.h"
#include "verify/monomials.h"

enum { STREAM = CVXNN__STREAM_BENCH + 71, MOST_NEURONS = 64, INSTANCES = 60, N = 40, D = 4 };

struct scene {
    int64_t n, d;
    const double *x, *y;
    cvxnn_problem *problem;
    cvxnn_solver *solver;
    cvxnn_model *model;
    cvxnn_certificate *certificate;
};

static void pose(struct scene *s, int64_t n, int64_t d, const double *x, const double *y,
                 const double *weights, double beta) {
    *s = (struct scene){.n = n, .d = d, .x = x, .y = y};
    ck_assert_int_eq(cvxnn_problem_create(&s->problem), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_data(s->problem, n, d, x, d, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(s->problem, n, 1, y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_weights(s->problem, n, weights), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_double(s->problem, CVXNN_OPTION_BETA, beta), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_create(s->problem, &s->solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(s->solver, CVXNN_OPTION_PATTERNS, 50), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(s->solver, CVXNN_OPTION_BOUND, 0), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_create(&s->certificate), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_set_int(s->certificate, CVXNN_OPTION_ORDER, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_set_int(s->certificate, CVXNN_OPTION_MAX_ITERATIONS, 60), CVXNN_OK);
}

static void drop(struct scene *s) {
    cvxnn_certificate_free(s->certificate);
    cvxnn_model_free(s->model);
    cvxnn_solver_free(s->solver);
    cvxnn_problem_free(s->problem);
}

static double real(const struct scene *s, int32_t key) {
    double value = NAN;
    ck_assert_int_eq(cvxnn_certificate_info_double(s->certificate, key, &value), CVXNN_OK);
    return value;
}

static int64_t count(const struct scene *s, int32_t key) {
    int64_t value = -1;
    ck_assert_int_eq(cvxnn_certificate_info_int(s->certificate, key, &value), CVXNN_OK);
    return value;
}

/* nu_i = s_i (y_i - f_i) / S of the model. */
static void residual(const struct scene *s, const double *weights, double *nu) {
    double sum = 0;
    ck_assert_int_eq(cvxnn_model_predict(s->model, s->n, s->d, s->x, s->d, CVXNN_ROW_MAJOR, nu, 1), CVXNN_OK);
    for (int64_t i = 0; i < s->n; i++) sum += weights ? weights[i] : 1;
    for (int64_t i = 0; i < s->n; i++) nu[i] = (weights ? weights[i] : 1) * (s->y[i] - nu[i]) / sum;
}

static double pull(const struct scene *s, const double *nu, const double *u) {
    double sum = 0;
    for (int64_t i = 0; i < s->n; i++) {
        double product = 0;
        for (int64_t j = 0; j < s->d; j++) product += s->x[i * s->d + j] * u[j];
        sum += nu[i] * fmax(product, 0);
    }
    return fabs(sum);
}

/* What the objective falls by when the direction enters alone with its best weight. */
static double gain_of(const struct scene *s, const double *nu, const double *u, double beta) {
    double square = 0, h = pull(s, nu, u);
    for (int64_t i = 0; i < s->n; i++) {
        double product = 0;
        for (int64_t j = 0; j < s->d; j++) product += s->x[i * s->d + j] * u[j];
        square += fmax(product, 0) * fmax(product, 0) / (double)s->n;
    }
    return (h - beta) * (h - beta) / (2 * square);
}

/* Everything that prove says of the two sides, against the exact h and the optimum. */
static void check_sides(const struct scene *s, const struct tiny *tiny, double optimum) {
    double nu[ORACLE_MOST_ROWS], minus[ORACLE_MOST_ROWS],
        estimate = real(s, CVXNN_INFO_OPTIMUM_ESTIMATE), objective = real(s, CVXNN_INFO_OBJECTIVE),
        bound = real(s, CVXNN_INFO_LOWER_BOUND), violation = real(s, CVXNN_INFO_VIOLATION);
    residual(s, tiny_weights(tiny), nu);
    for (int64_t i = 0; i < s->n; i++) minus[i] = -nu[i];
    double h = fmax(oracle_h(tiny->n, tiny->d, tiny->x, nu), oracle_h(tiny->n, tiny->d, tiny->x, minus));
    ck_assert_double_le(fabs(violation - fmax(h / tiny->beta - 1, 0)), 1e-9 * (1 + violation));
    ck_assert(bound <= estimate && estimate <= objective);
    ck_assert_double_le(estimate, optimum * (1 + 1e-8));
    int64_t limit = objective <= bound * (1 + 1e-6)           ? CVXNN_LIMIT_NONE
                    : objective - estimate > estimate - bound ? CVXNN_LIMIT_NETWORK
                                                              : CVXNN_LIMIT_BOUND;
    ck_assert_int_eq(count(s, CVXNN_INFO_LIMIT), limit);
    ck_assert_int_eq(count(s, CVXNN_INFO_DIRECTIONS) > 0, violation > 1e-6);
}

/* What there is without a network: zero. */
static void set_zero(struct scene *s) {
    ck_assert_int_eq(cvxnn_model_create(&s->model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_weights(s->model, s->d, CVXNN_BIAS_NONE, 1, 0, NULL, s->d, NULL, 1),
                     CVXNN_OK);
}

START_TEST(estimates_are_those_of_the_exact_h) {
    int seen[3] = {0};
    for (uint64_t seed = 0; seed < (uint64_t)cvxnn_test_size(INSTANCES, 16); seed++) {
        struct tiny tiny = tiny_make(seed, 3);
        struct scene s;
        double gap, optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, tiny_weights(&tiny), tiny.beta,
                                             &gap, NULL);
        for (int good = 0; good < 2; good++) {
            pose(&s, tiny.n, tiny.d, tiny.x, tiny.y, tiny_weights(&tiny), tiny.beta);
            if (good) {
                ck_assert_int_ge(cvxnn_solver_solve(s.solver), 0);
                ck_assert_int_eq(cvxnn_solver_get_model(s.solver, &s.model), CVXNN_OK);
            } else {
                set_zero(&s);
            }
            ck_assert_int_eq(cvxnn_certificate_prove(s.certificate, s.problem, s.model), CVXNN_OK);
            check_sides(&s, &tiny, optimum);
            if (good) ck_assert_int_ne(count(&s, CVXNN_INFO_LIMIT), CVXNN_LIMIT_NETWORK);
            seen[count(&s, CVXNN_INFO_LIMIT)]++;
            drop(&s);
        }
    }
    for (int limit = 0; limit < 3; limit++) ck_assert_int_gt(seen[limit], 0);
}
END_TEST

/* A poor network is told so; its directions are neurons that it lacks, and make the search fall at once. */
START_TEST(offered_directions_lower_the_objective) {
    static double x[N * D], y[N], nu[N], u[MOST_NEURONS * D];
    struct scene s;
    double objective, best, gain[2];
    cvxnn__normals(3, STREAM, 0, N * D, x);
    for (int i = 0; i < N; i++)
        y[i] = fabs(x[i * D]) - fmax(x[i * D + 1] + x[i * D + 2], 0) + 0.3 * sin(x[i * D + 3]);
    pose(&s, N, D, x, y, NULL, 0.01);
    ck_assert_int_eq(cvxnn_solver_solve(s.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_info_double(s.solver, CVXNN_INFO_OBJECTIVE, &best), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(s.solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_GRADIENT), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(s.solver, CVXNN_OPTION_WIDTH, 2), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(s.solver, CVXNN_OPTION_STARTS, 1), CVXNN_OK);
    ck_assert_int_ge(cvxnn_solver_solve(s.solver), 0);
    ck_assert_int_eq(cvxnn_solver_get_model(s.solver, &s.model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_prove(s.certificate, s.problem, s.model), CVXNN_OK);
    ck_assert_int_eq(count(&s, CVXNN_INFO_LIMIT), CVXNN_LIMIT_NETWORK);
    int64_t offered = count(&s, CVXNN_INFO_DIRECTIONS);
    ck_assert(offered > 0 && offered <= MOST_NEURONS);
    ck_assert_int_eq(cvxnn_certificate_get_directions(s.certificate, offered + 1, D, u), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn_certificate_get_directions(s.certificate, offered, D - 1, u), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn_certificate_get_directions(s.certificate, offered, D, u), CVXNN_OK);
    residual(&s, NULL, nu);
    ck_assert_double_le(fabs(pull(&s, nu, u) / 0.01 - 1 - real(&s, CVXNN_INFO_VIOLATION)), 1e-9);
    for (int64_t k = 0; k < offered; k++) {
        double square = 0;
        for (int j = 0; j < D; j++) square += u[k * D + j] * u[k * D + j];
        ck_assert_double_le(fabs(square - 1), 1e-12);
        ck_assert_double_gt(pull(&s, nu, u + k * D), 0.01);
    }
    ck_assert_int_eq(cvxnn_solver_set_int(s.solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_SEARCH), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_start(s.solver, s.model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(s.solver, CVXNN_OPTION_MAX_ITERATIONS, 1), CVXNN_OK);
    for (int with = 0; with < 2; with++) { /* the first step, before anything is priced */
        if (with)
            ck_assert_int_eq(cvxnn_solver_set_directions(s.solver, offered, D, u, D, CVXNN_ROW_MAJOR),
                             CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_solve(s.solver), CVXNN_STOPPED_ITERATIONS);
        ck_assert_int_eq(cvxnn_solver_info_double(s.solver, CVXNN_INFO_OBJECTIVE, &objective), CVXNN_OK);
        ck_assert_double_le(objective, real(&s, CVXNN_INFO_OBJECTIVE));
        gain[with] = real(&s, CVXNN_INFO_OBJECTIVE) - objective;
    }
    ck_assert_double_ge(gain[1], gain_of(&s, nu, u, 0.01));
    ck_assert_double_gt(gain[1], gain[0]);
    ck_assert_int_eq(cvxnn_solver_set_int(s.solver, CVXNN_OPTION_MAX_ITERATIONS, 0), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(s.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_info_double(s.solver, CVXNN_INFO_OBJECTIVE, &objective), CVXNN_OK);
    ck_assert_double_le(fabs(objective - best), 1e-6 * best);
    ck_assert_int_eq(cvxnn_solver_set_directions(s.solver, 1, D + 1, u, D + 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(s.solver), CVXNN_ERROR_SHAPE);
    drop(&s);
}
END_TEST

/* v(u): monomials of degree order - 1 and order times the roots of their multiplicities. */
static void fill_vector(int64_t d, int64_t order, const double *u, double *v) {
    for (int64_t m = order - 1; m <= order; m++) {
        int32_t tuple[CVXNN__MOST_ORDER] = {0};
        do {
            double value = sqrt(cvxnn__monomial_multiplicity(m, tuple));
            for (int64_t j = 0; j < m; j++) value *= u[tuple[j]];
            *v++ = value;
        } while (m > 0 && cvxnn__monomial_next(d, m, tuple));
    }
}

START_TEST(an_eigenvector_of_one_direction_yields_it) {
    struct fixture f;
    fixture_open(&f, 1);
    for (int64_t order = 1; order <= 5; order++)
        for (int64_t d = 1; d <= 4; d++) {
            struct cvxnn__scope scope;
            struct cvxnn__certificate certificate;
            double u[2][4], *v, *directions;
            int64_t size = cvxnn__certificate_size(d, order), found;
            cvxnn__scope_open(&scope, f.context.memory);
            cvxnn__certificate_take(&scope, 1, d, order, &certificate);
            v = cvxnn__doubles(&scope, size, 1);
            for (int side = 0; side < 2; side++) {
                double square = 0;
                cvxnn__normals((uint64_t)(8 * order + d), STREAM, (uint64_t)side + 5, d, u[side]);
                for (int64_t j = 0; j < d; j++) square += u[side][j] * u[side][j];
                for (int64_t j = 0; j < d; j++) u[side][j] /= sqrt(square);
                fill_vector(d, order, u[side], v);
                for (int64_t i = 0; i < size; i++)
                    for (int64_t j = 0; j < size; j++) certificate.matrix[side][i * size + j] = v[i] * v[j];
            }
            ck_assert_int_eq(
                cvxnn__certificate_atoms(&f.context, &scope, &certificate, 1, &directions, &found), CVXNN_OK);
            ck_assert_int_eq(found, 4);
            for (int64_t k = 0; k < 4; k++) {
                double cosine = 0;
                for (int64_t j = 0; j < d; j++) cosine += directions[k * d + j] * u[k / 2][j];
                ck_assert_double_le(fabs(fabs(cosine) - 1), 1e-12);
                ck_assert(k % 2 == 0 || directions[k * d] == -directions[(k - 1) * d]);
            }
            cvxnn__scope_close(&scope);
        }
    fixture_close(&f);
}
END_TEST

CVXNN_SUITE(sides) {
    CVXNN_TEST(estimates_are_those_of_the_exact_h);
    CVXNN_TEST(offered_directions_lower_the_objective);
    CVXNN_TEST(an_eigenvector_of_one_direction_yields_it);
}
