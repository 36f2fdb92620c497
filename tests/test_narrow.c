/*
 * Data with more columns than rank. Rows x_i = R'y_i, with orthonormal rows in R, make the same problem as
 * the y_i with every neuron turned: that one, which is solved without other coordinates or enumerated by the
 * oracle, says what the optimum is.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "linalg/blas.h"
#include "model/narrow.h"
#include "tiny.h"

enum { STREAM = CVXNN__STREAM_BENCH + 16, WIDE = 12, N = 24, THIN = 3, GATES = 40 };

/* R (rank x WIDE) from random rows, by Gram and Schmidt twice. */
static void make_frame(uint64_t seed, int rank, double *frame) {
    cvxnn__normals(seed, STREAM, 0, rank * WIDE, frame);
    for (int k = 0; k < rank; k++)
        for (int pass = 0; pass < 2; pass++) {
            double *row = frame + k * WIDE;
            for (int m = 0; m < k; m++)
                cvxnn__axpy(WIDE, -cvxnn__dot(WIDE, frame + m * WIDE, row), frame + m * WIDE, row);
            double length = cvxnn__norm(WIDE, row);
            for (int j = 0; j < WIDE; j++) row[j] /= length;
        }
}

/* out (n x WIDE) = thin R, thin n x rank. */
static void turn(int n, int rank, const double *thin, int ld, const double *frame, double *out, int ldo) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < WIDE; j++) {
            double sum = 0;
            for (int k = 0; k < rank; k++) sum += thin[i * ld + k] * frame[k * WIDE + j];
            out[i * ldo + j] = sum;
        }
}

/* ---- A problem and its solver --------------------------------------------------------------------- */

struct made {
    int64_t n, d;
    cvxnn_problem *problem;
    cvxnn_solver *solver;
};

static struct made make(int64_t n, int64_t d, const double *x, const double *y, const double *s, double beta,
                        int64_t bias, int64_t method) {
    struct made made = {.n = n, .d = d};
    ck_assert_int_eq(cvxnn_problem_create(&made.problem), CVXNN_OK);
    cvxnn_problem *p = made.problem;
    ck_assert_int_eq(cvxnn_problem_set_int(p, CVXNN_OPTION_BIAS, bias), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_data(p, n, d, x, d, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(p, n, 1, y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    if (s) ck_assert_int_eq(cvxnn_problem_set_weights(p, n, s), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_double(p, CVXNN_OPTION_BETA, beta), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_create(p, &made.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_METHOD, method), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_PATTERNS, GATES), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_TOLERANCE, 1e-10), CVXNN_OK);
    return made;
}

static void drop(struct made *made) {
    cvxnn_solver_free(made->solver);
    cvxnn_problem_free(made->problem);
}

static double solve(const struct made *made) {
    int32_t status = cvxnn_solver_solve(made->solver);
    ck_assert_msg(status == CVXNN_OK || status == CVXNN_STOPPED_PRECISION, "%s", cvxnn_status_name(status));
    return solver_real(made->solver, CVXNN_INFO_OBJECTIVE);
}

/* The model's weights: u (neurons x ld, bias included) and a, to be freed. Returns the neurons. */
static int64_t weights_of(const cvxnn_model *model, int64_t ld, double **u, double **a) {
    int64_t neurons;
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_NEURONS, &neurons), CVXNN_OK);
    *u = malloc((size_t)(neurons * ld + 1) * sizeof **u);
    *a = malloc((size_t)(neurons + 1) * sizeof **a);
    ck_assert_int_eq(cvxnn_model_get_weights(model, *u, ld, *a, 1), CVXNN_OK);
    return neurons;
}

/* The objective of a ReLU network, by the formula. */
static double objective_of(int64_t n, int64_t d, const double *x, const double *y, const double *s,
                           double beta, const cvxnn_model *model) {
    double *u, *a, loss = 0, sum = 0, penalty = 0;
    int64_t neurons = weights_of(model, d, &u, &a);
    for (int64_t i = 0; i < n; i++) {
        double f = 0, weight = s ? s[i] : 1;
        for (int64_t j = 0; j < neurons; j++) {
            double z = 0;
            for (int64_t e = 0; e < d; e++) z += x[i * d + e] * u[j * d + e];
            f += fmax(z, 0) * a[j];
        }
        loss += weight * (f - y[i]) * (f - y[i]) / 2;
        sum += weight;
    }
    for (int64_t j = 0; j < neurons; j++) {
        penalty += a[j] * a[j] / 2;
        for (int64_t e = 0; e < d; e++) penalty += u[j * d + e] * u[j * d + e] / 2;
    }
    free(u);
    free(a);
    return loss / sum + beta * penalty;
}

/* ---- Whole solves --------------------------------------------------------------------------------- */

START_TEST(tiny_problems_end_at_the_enumerated_optimum) {
    for (uint64_t seed = 1; seed <= (uint64_t)cvxnn_test_size(40, 8); seed++) {
        struct tiny tiny = tiny_make(seed, 2);
        double frame[2 * WIDE], x[8 * WIDE], gap, *u, *a;
        make_frame(seed, tiny.d, frame);
        turn(tiny.n, tiny.d, tiny.x, tiny.d, frame, x, WIDE);
        double optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, tiny_weights(&tiny), tiny.beta, &gap,
                                        NULL);
        struct made made = make(tiny.n, WIDE, x, tiny.y, tiny_weights(&tiny), tiny.beta, CVXNN_BIAS_NONE,
                                CVXNN_METHOD_SEARCH);
        double objective = solve(&made);
        ck_assert_msg(objective <= optimum * (1 + 1e-8) && objective >= optimum - gap - 1e-12 * optimum,
                      "seed %d: %.15g, not %.15g", (int)seed, objective, optimum);
        ck_assert(solver_real(made.solver, CVXNN_INFO_LOWER_BOUND) <= optimum * (1 + 1e-12));
        cvxnn_model *model;
        ck_assert_int_eq(cvxnn_solver_get_model(made.solver, &model), CVXNN_OK);
        double plain = objective_of(tiny.n, WIDE, x, tiny.y, tiny_weights(&tiny), tiny.beta, model);
        ck_assert(fabs(plain - objective) <= 1e-13 * objective);
        int64_t neurons = weights_of(model, WIDE, &u, &a);
        for (int64_t j = 0; j < neurons; j++) { /* in the rows' space */
            double *v = u + j * WIDE, size = cvxnn__norm(WIDE, v);
            for (int k = 0; k < tiny.d; k++)
                cvxnn__axpy(WIDE, -cvxnn__dot(WIDE, frame + k * WIDE, v), frame + k * WIDE, v);
            ck_assert(cvxnn__norm(WIDE, v) <= 1e-13 * size);
        }
        free(u);
        free(a);
        cvxnn_model_free(model);
        drop(&made);
    }
}
END_TEST

struct scene {
    double thin[N * THIN], wide[N * WIDE], y[N], s[N];
    double frame[THIN * WIDE], gates[GATES * (THIN + 1)], turned[GATES * (WIDE + 1)];
};

/* The same data and the same gates, a gate's last number its bias. */
static void pose(struct scene *scene, uint64_t seed) {
    make_frame(seed, THIN, scene->frame);
    cvxnn__normals(seed, STREAM, 1, N * THIN, scene->thin);
    cvxnn__normals(seed, STREAM, 2, N, scene->y);
    cvxnn__normals(seed, STREAM, 3, GATES * (THIN + 1), scene->gates);
    for (int i = 0; i < N; i++) scene->s[i] = 1 + i % 3;
    turn(N, THIN, scene->thin, THIN, scene->frame, scene->wide, WIDE);
    turn(GATES, THIN, scene->gates, THIN + 1, scene->frame, scene->turned, WIDE + 1);
    for (int p = 0; p < GATES; p++)
        scene->turned[p * (WIDE + 1) + WIDE] = scene->gates[p * (THIN + 1) + THIN];
}

/* Its gates, the bias' left out where there is none. */
static void set_gates(const struct made *made, const double *gates, int64_t bias) {
    ck_assert_int_eq(
        cvxnn_solver_set_gates(made->solver, GATES, made->d + bias, gates, made->d + 1, CVXNN_ROW_MAJOR),
        CVXNN_OK);
}

/* Three betas one after the other, so that the later solves begin with the ones before; and by a path. */
START_TEST(programs_over_given_gates_have_the_same_optimum) {
    static const double betas[] = {0.1, 0.05, 0.02};
    static const int64_t methods[] = {CVXNN_METHOD_GATED, CVXNN_METHOD_RELU};
    for (int64_t bias = 0; bias < 2; bias++)
        for (int m = 0; m < 2; m++) {
            static struct scene scene;
            pose(&scene, (uint64_t)(10 + 2 * bias + m));
            struct made thin = make(N, THIN, scene.thin, scene.y, scene.s, 1, bias, methods[m]);
            struct made wide = make(N, WIDE, scene.wide, scene.y, scene.s, 1, bias, methods[m]);
            cvxnn_path *path;
            double there, here, ratio;
            set_gates(&thin, scene.gates, bias);
            set_gates(&wide, scene.turned, bias);
            ck_assert_int_eq(cvxnn_solver_set_int(thin.solver, CVXNN_OPTION_BOUND, 0), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_set_int(wide.solver, CVXNN_OPTION_BOUND, 0), CVXNN_OK);
            ck_assert_int_eq(cvxnn_path_create(wide.solver, &path), CVXNN_OK);
            ck_assert_int_eq(cvxnn_path_set_betas(path, 3, betas), CVXNN_OK);
            ck_assert_int_ge(cvxnn_path_run(path), 0);
            for (int b = 0; b < 3; b++) {
                cvxnn_problem_set_double(thin.problem, CVXNN_OPTION_BETA, betas[b]);
                cvxnn_problem_set_double(wide.problem, CVXNN_OPTION_BETA, betas[b]);
                there = solve(&thin);
                here = solve(&wide);
                ck_assert_msg(fabs(here - there) <= 1e-8 * there, "method %d: %.15g, not %.15g", m, here,
                              there);
                ratio = solver_real(wide.solver, CVXNN_INFO_CONVEX_DUAL) / there;
                ck_assert(ratio <= 1 + 1e-12 && ratio >= 1 - 1e-8);
                ck_assert(fabs(solver_real(wide.solver, CVXNN_INFO_CONVEX_OBJECTIVE) - here) <= 1e-12 * here);
                ck_assert_int_eq(cvxnn_path_info_double(path, b, CVXNN_INFO_OBJECTIVE, &here), CVXNN_OK);
                ck_assert(fabs(here - there) <= 1e-8 * there);
            }
            cvxnn_path_free(path);
            drop(&thin);
            drop(&wide);
        }
}
END_TEST

/* A start and directions with parts outside the rows' space: those only cost. */
START_TEST(a_start_outside_the_rows_space_is_brought_in) {
    static struct scene scene;
    double u[2 * WIDE], a[2] = {1, -1}, beta = 0.02;
    pose(&scene, 20);
    cvxnn__normals(20, STREAM, 5, 2 * WIDE, u);
    for (int way = 0; way < 2; way++) {
        struct made thin = make(N, THIN, scene.thin, scene.y, NULL, beta, 0, CVXNN_METHOD_SEARCH);
        struct made wide = make(N, WIDE, scene.wide, scene.y, NULL, beta, 0, CVXNN_METHOD_SEARCH);
        cvxnn_model *start;
        ck_assert_int_eq(cvxnn_model_create(&start), CVXNN_OK);
        ck_assert_int_eq(cvxnn_model_set_weights(start, WIDE, CVXNN_BIAS_NONE, 1, 2, u, WIDE, a, 1),
                         CVXNN_OK);
        ck_assert_int_eq(way ? cvxnn_solver_set_start(wide.solver, start)
                             : cvxnn_solver_set_directions(wide.solver, 2, WIDE, u, WIDE, CVXNN_ROW_MAJOR),
                         CVXNN_OK);
        double there = solve(&thin), here = solve(&wide);
        ck_assert_msg(here <= there * (1 + 1e-8), "%.15g, not %.15g", here, there);
        cvxnn_model_free(start);
        drop(&thin);
        drop(&wide);
    }
}
END_TEST

/* Whatever is stopped has a network over the data's columns with the objective that is reported. */
START_TEST(a_stop_at_any_event_leaves_a_network) {
    static struct scene scene;
    static const int64_t methods[] = {CVXNN_METHOD_DECOMPOSE, CVXNN_METHOD_RELU, CVXNN_METHOD_SEARCH};
    pose(&scene, 30);
    for (int m = 0; m < 3; m++)
        for (int64_t at = 1;; at += 1 + at / cvxnn_test_size(3, 1)) {
            struct made made = make(N, WIDE, scene.wide, scene.y, NULL, 0.02, 0, methods[m]);
            ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_BOUND, 0), CVXNN_OK);
            struct stop stop = {.at = at};
            cvxnn_model *model;
            ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, stop_at, &stop), CVXNN_OK);
            int32_t status = cvxnn_solver_solve(made.solver);
            ck_assert(status >= 0);
            if (stop.events >= at) ck_assert_int_eq(status, CVXNN_STOPPED_CANCELLED);
            ck_assert_int_eq(cvxnn_solver_get_model(made.solver, &model), CVXNN_OK);
            double plain = objective_of(N, WIDE, scene.wide, scene.y, NULL, 0.02, model);
            double told = solver_real(made.solver, CVXNN_INFO_OBJECTIVE);
            ck_assert(fabs(plain - told) <= 1e-12 * told);
            cvxnn_model_free(model);
            drop(&made);
            if (stop.events < at) break;
        }
}
END_TEST

/* By a wide margin, and not where slow tools make everything late. */
START_TEST(a_time_limit_is_met) {
    enum { ROWS = 40 };
    int64_t d = cvxnn_test_size(1500, 100);
    double *x = malloc((size_t)(ROWS * d) * sizeof *x), y[ROWS];
    cvxnn__normals(1, STREAM, 6, ROWS * d, x);
    cvxnn__normals(1, STREAM, 7, ROWS, y);
    for (int64_t method = CVXNN_METHOD_GATED; method <= CVXNN_METHOD_SEARCH; method++) {
        struct made made = make(ROWS, d, x, y, NULL, 0.01, 1, method);
        ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_MAX_SECONDS, 0.1), CVXNN_OK);
        int32_t status = cvxnn_solver_solve(made.solver);
        ck_assert(status == CVXNN_OK || status == CVXNN_STOPPED_SECONDS);
        if (d > 1000) ck_assert(solver_real(made.solver, CVXNN_INFO_SECONDS) < 2);
        drop(&made);
    }
    free(x);
}
END_TEST

/* ---- The parts ------------------------------------------------------------------------------------ */

START_TEST(coordinates_change_nothing) {
    static struct scene scene;
    struct fixture f;
    struct cvxnn__narrow narrow;
    struct cvxnn__network wide, thin;
    struct cvxnn__patterns patterns, view;
    const int64_t which[] = {3, 0, 7};
    double gate[WIDE], before[N], after[N];
    pose(&scene, 40);
    fixture_open(&f, 1);
    struct cvxnn__rows rows = cvxnn__rows_of(N, WIDE, scene.wide, WIDE);
    ck_assert_int_eq(cvxnn__narrow_make(&f.context, &rows, &narrow), CVXNN_OK);
    ck_assert_int_eq(narrow.rank, THIN);
    struct cvxnn__rows inner = cvxnn__narrow_rows(&narrow, &rows);
    ck_assert(inner.n == N && inner.d == THIN);

    ck_assert_int_eq(cvxnn__network_make(&f.context, CVXNN_KIND_RELU, WIDE, CVXNN_BIAS_NONE, 1, 2, &wide),
                     CVXNN_OK);
    cvxnn__normals(40, STREAM, 8, 2 * WIDE, wide.u);
    wide.a[0] = 2, wide.a[1] = -1;
    double penalty = cvxnn__network_penalty(&wide);
    ck_assert_int_eq(cvxnn__network_outputs(&f.context, &wide, &rows, before), CVXNN_OK);
    ck_assert_int_eq(cvxnn__narrow_network(&f.context, &narrow, &wide, &thin), CVXNN_OK);
    ck_assert_int_eq(thin.d, THIN);
    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(cvxnn__network_outputs(&f.context, &thin, turn ? &rows : &inner, after), CVXNN_OK);
        for (int i = 0; i < N; i++) ck_assert(fabs(after[i] - before[i]) <= 1e-12);
        ck_assert(cvxnn__network_penalty(&thin) < penalty); /* what is outside the rows' space is gone */
        if (!turn) ck_assert_int_eq(cvxnn__narrow_widen(&f.context, &narrow, &rows, &thin), CVXNN_OK);
    }
    ck_assert_int_eq(thin.d, WIDE);

    ck_assert_int_eq(cvxnn__patterns_sample(&f.context, &rows, 1, GATES, &patterns), CVXNN_OK);
    ck_assert_int_eq(cvxnn__narrow_patterns(&f.context, &narrow, &patterns, 3, which, &view), CVXNN_OK);
    for (int k = 0; k < 3; k++) {
        cvxnn__patterns_gate(&view, which[k], gate);
        for (int64_t i = 0; i < N; i++)
            ck_assert_int_eq(cvxnn__masks_get(&view.masks, which[k], i),
                             cvxnn__dot(THIN, narrow.rows + i * THIN, gate) >= 0);
    }
    cvxnn__patterns_free(&view);
    cvxnn__patterns_free(&patterns);
    cvxnn__network_free(&wide);
    cvxnn__network_free(&thin);
    cvxnn__narrow_free(&narrow);

    rows = cvxnn__rows_of(N, THIN, scene.thin, THIN); /* of full rank: nothing to be had */
    ck_assert_int_eq(cvxnn__narrow_make(&f.context, &rows, &narrow), CVXNN_OK);
    ck_assert_int_eq(narrow.rank, 0);
    ck_assert_int_eq(cvxnn__narrow_rows(&narrow, &rows).d, THIN);
    ck_assert_int_eq(cvxnn__narrow_out(&f.context, &narrow, 1, scene.thin, gate), CVXNN_OK);
    ck_assert(memcmp(gate, scene.thin, THIN * sizeof *gate) == 0);
    cvxnn__narrow_free(&narrow);
    fixture_close(&f);
}
END_TEST

/* Rows that are fewer than columns have a basis of their own size; no other search takes more than 256 MB. */
START_TEST(a_basis_is_as_large_as_it_may_pay) {
    static const int64_t sizes[] = {1, 2, 3, 4, 7, 100, 5000, 6689, 6690, 15000, 100000, INT32_MAX};
    const int count = (int)(sizeof sizes / sizeof *sizes);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            int64_t n = sizes[i], d = sizes[j], most = cvxnn__narrow_most(n, d);
            if (4 * n <= 3 * d) ck_assert_int_eq(most, n);
            ck_assert(most <= n && 4 * most <= 3 * d);
            ck_assert(4 * n <= 3 * d || most * d * (int64_t)sizeof(double) <= (int64_t)1 << 28);
            if (4 * n > 3 * d && d <= 6689) ck_assert_int_eq(most, 3 * d / 4);
        }
}
END_TEST

CVXNN_SUITE(narrow) {
    CVXNN_TEST(tiny_problems_end_at_the_enumerated_optimum);
    CVXNN_TEST(programs_over_given_gates_have_the_same_optimum);
    CVXNN_TEST(a_start_outside_the_rows_space_is_brought_in);
    CVXNN_TEST(a_stop_at_any_event_leaves_a_network);
    CVXNN_TEST(a_time_limit_is_met);
    CVXNN_TEST(coordinates_change_nothing);
    CVXNN_TEST(a_basis_is_as_large_as_it_may_pay);
}
