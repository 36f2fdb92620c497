/*
 * Tiny problems through the public interface, against the optimum that the oracle finds by enumeration: what
 * is proved is below it, every network is above it, and the two usually meet.
 */
#include <stdlib.h>

#include "fixture.h"
#include "tiny.h"

enum { MOST_COLUMNS = 2 };

/* (NN)'s objective by its definition, from weights that were read out. */
static double plain_objective(const struct tiny *tiny, const cvxnn_model *model) {
    int64_t neurons, d = tiny->d;
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_NEURONS, &neurons), CVXNN_OK);
    double *u = calloc((size_t)(neurons * d + 1), sizeof *u), *a = calloc((size_t)neurons + 1, sizeof *a);
    double sum = 0, share = 0, penalty = 0;
    ck_assert_int_eq(cvxnn_model_get_weights(model, u, d, a, 1), CVXNN_OK);
    for (int64_t j = 0; j < neurons; j++) {
        for (int64_t k = 0; k < d; k++) penalty += u[j * d + k] * u[j * d + k];
        penalty += a[j] * a[j];
    }
    for (int i = 0; i < tiny->n; i++) {
        double f = 0, s = tiny->weighted ? tiny->weights[i] : 1;
        for (int64_t j = 0; j < neurons; j++) {
            double z = 0;
            for (int64_t k = 0; k < d; k++) z += tiny->x[i * d + k] * u[j * d + k];
            f += z > 0 ? z * a[j] : 0;
        }
        sum += s * (f - tiny->y[i]) * (f - tiny->y[i]) / 2;
        share += s;
    }
    free(u);
    free(a);
    return sum / share + tiny->beta / 2 * penalty;
}

static cvxnn_solver *solver_for(const struct tiny *tiny) {
    cvxnn_problem *problem;
    cvxnn_solver *solver;
    ck_assert_int_eq(cvxnn_problem_create(&problem), CVXNN_OK);
    ck_assert_int_eq(
        cvxnn_problem_set_data(problem, tiny->n, tiny->d, tiny->x, tiny->d, CVXNN_ROW_MAJOR, CVXNN_COPY),
        CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(problem, tiny->n, 1, tiny->y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_weights(problem, tiny->n, tiny_weights(tiny)), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_double(problem, CVXNN_OPTION_BETA, tiny->beta), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_create(problem, &solver), CVXNN_OK);
    cvxnn_problem_free(problem); /* the solver keeps it */
    ck_assert_int_eq(cvxnn_solver_set_int(solver, CVXNN_OPTION_PATTERNS, 60), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(solver, CVXNN_OPTION_STARTS, 3), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(solver, CVXNN_OPTION_WIDTH, 12), CVXNN_OK);
    return solver;
}

/* Instances of every awkward kind (tiny.h). Where the bound and the network meet is counted, because bounds
 * of 0 and networks of any size would pass the inequalities alone. */
START_TEST(bound_optimum_network_in_this_order) {
    static const int32_t methods[] = {CVXNN_METHOD_DECOMPOSE, CVXNN_METHOD_GRADIENT};
    int64_t count = cvxnn_test_size(100, 40), proved = 0, found = 0;
    for (int64_t seed = 1; seed <= count; seed++) {
        struct tiny tiny = tiny_make((uint64_t)seed, MOST_COLUMNS);
        double gap, optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, tiny_weights(&tiny), tiny.beta,
                                             &gap, NULL);
        cvxnn_solver *solver = solver_for(&tiny);
        for (int m = 0; m < 2; m++) {
            cvxnn_model *model;
            ck_assert_int_eq(cvxnn_solver_set_int(solver, CVXNN_OPTION_METHOD, methods[m]), CVXNN_OK);
            int32_t status = cvxnn_solver_solve(solver);
            ck_assert_msg(status == CVXNN_OK || status == CVXNN_STOPPED_PRECISION ||
                              status == CVXNN_STOPPED_ITERATIONS,
                          "seed %d method %d: %s", (int)seed, m, cvxnn_status_name(status));
            double objective = solver_real(solver, CVXNN_INFO_OBJECTIVE);
            double bound = solver_real(solver, CVXNN_INFO_LOWER_BOUND);
            ck_assert(bound >= 0 && bound <= optimum);
            ck_assert_msg(objective >= (optimum - gap) * (1 - 1e-13),
                          "seed %d method %d: %.17g is below %.17g", (int)seed, m, objective, optimum);
            if (bound > 0) ck_assert(solver_real(solver, CVXNN_INFO_CERTIFIED_RATIO) == objective / bound);
            ck_assert_int_eq(cvxnn_solver_get_model(solver, &model), CVXNN_OK);
            ck_assert(fabs(plain_objective(&tiny, model) - objective) <= 1e-12 * objective);
            cvxnn_model_free(model);
            proved += bound > 0.5 * optimum;
            found += objective < 1.01 * optimum;
        }
        cvxnn_solver_free(solver);
    }
    ck_assert_int_gt(proved, count); /* more than half of two bounds each */
    ck_assert_int_gt(found, 3 * count / 2);
}
END_TEST

CVXNN_SUITE(tiny) {
    CVXNN_TEST(bound_optimum_network_in_this_order);
}
