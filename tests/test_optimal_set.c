/*
 * Moves inside the optimal set. Oracles: a problem whose optimal set is known in closed form; a polytope that
 * can be written down; and on random networks with many neurons the outputs and the penalty before and after,
 * and random points of the polytope that must not be better.
 *
 * The four rows (+-1, +-1) with targets 1: nu = (1 - f)/4 on every row by symmetry, sum_i nu_i (x_i . u)_+ is
 * 2 nu max(|u_1|, |u_2|) for |u| = 1, largest at +-e_1 and +-e_2, so that f = 1 - 2 beta and the optimal
 * networks are (x_1)_+, (-x_1)_+ with weight a and (x_2)_+, (-x_2)_+ with weight b, a + b = f, a, b >= 0.
 */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "cvxnn.h"
#include "linalg/nnls.h"
#include "oracle.h"
#include "fixture.h"
#include "search/optimal_set.h"
#include "suite.h"

static cvxnn_problem *make_problem(int64_t n, int64_t d, const double *x, const double *y, double beta) {
    cvxnn_problem *problem;
    ck_assert_int_eq(cvxnn_problem_create(&problem), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_data(problem, n, d, x, d, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(problem, n, 1, y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    cvxnn_problem_set_double(problem, CVXNN_OPTION_BETA, beta);
    return problem;
}

static double objective_of(const cvxnn_model *model, const cvxnn_problem *problem) {
    double objective = NAN;
    ck_assert_int_eq(cvxnn_model_objective(model, problem, &objective), CVXNN_OK);
    return objective;
}

static double predict(const cvxnn_model *model, double x0, double x1) {
    const double x[2] = {x0, x1};
    double f = NAN;
    ck_assert_int_eq(cvxnn_model_predict(model, 1, 2, x, 2, CVXNN_ROW_MAJOR, &f, 1), CVXNN_OK);
    return f;
}

static int64_t neurons_of(const cvxnn_model *model) {
    int64_t neurons = -1;
    cvxnn_model_get_int(model, CVXNN_MODEL_NEURONS, &neurons);
    return neurons;
}

/* ---- The square ---- */

static const double SQUARE[] = {1, 1, 1, -1, -1, 1, -1, -1}, ONES[] = {1, 1, 1, 1};
static const double BETA = 0.05;

/* The optimal network with this a; b = 1 - 2 beta - a. */
static cvxnn_model *square_network(double a) {
    double b = 1 - 2 * BETA - a, s = sqrt(a), t = sqrt(b);
    const double u[] = {s, 0, -s, 0, 0, t, 0, -t}, out[] = {s, s, t, t};
    cvxnn_model *model;
    ck_assert_int_eq(cvxnn_model_create(&model), CVXNN_OK);
    int64_t first = a > 0 ? 0 : 2, last = b > 0 ? 4 : 2;
    ck_assert_int_eq(
        cvxnn_model_set_weights(model, 2, CVXNN_BIAS_NONE, 1, last - first, u + 2 * first, 2, out + first, 1),
        CVXNN_OK);
    return model;
}

START_TEST(the_square_is_optimal_everywhere_on_its_face) {
    cvxnn_problem *problem = make_problem(4, 2, SQUARE, ONES, BETA);
    double gap, optimum = oracle_optimum(4, 2, SQUARE, ONES, NULL, BETA, &gap, NULL);
    for (int k = 0; k <= 4; k++) {
        cvxnn_model *model = square_network((1 - 2 * BETA) * k / 4);
        ck_assert_double_eq_tol(objective_of(model, problem), optimum, gap + 1e-12);
        cvxnn_model_free(model);
    }
    cvxnn_problem_free(problem);
}
END_TEST

/* Held out: the point (1, 0), where the optimal networks say a. The best a is the target, cut to the face.
 * Starts at an end of the face do not know the neurons of the other end: pricing must find them. */
START_TEST(the_best_point_for_a_row_held_out) {
    static const double targets[] = {-1, 0, 0.2, 0.5, 0.9, 2}, row[] = {1, 0};
    cvxnn_problem *problem = make_problem(4, 2, SQUARE, ONES, BETA);
    double most = 1 - 2 * BETA, before = 2 * BETA * BETA + BETA * 2 * most;
    for (int k = 0; k < 6; k++)
        for (int from = 0; from < 3; from++) {
            cvxnn_problem *holdout = make_problem(1, 2, row, targets + k, 0);
            cvxnn_model *model = square_network(most * from / 2);
            ck_assert_int_eq(cvxnn_model_fit_holdout(model, problem, holdout), CVXNN_OK);
            ck_assert_double_eq_tol(objective_of(model, problem), before, 1e-10 * before);
            ck_assert_double_eq_tol(predict(model, 1, 0), fmin(fmax(targets[k], 0), most), 1e-9);
            ck_assert_double_eq_tol(predict(model, 0, 1), most - predict(model, 1, 0), 1e-9);
            cvxnn_model_free(model);
            cvxnn_problem_free(holdout);
        }
    cvxnn_problem_free(problem);
}
END_TEST

START_TEST(fewer_features_and_fewer_neurons) {
    cvxnn_problem *problem = make_problem(4, 2, SQUARE, ONES, BETA);
    for (int k = 0; k <= 4; k++) {
        cvxnn_model *model = square_network((1 - 2 * BETA) * k / 4), *pruned;
        double before = objective_of(model, problem), u[4 * 2], a[4];
        int used[2] = {0, 0};
        ck_assert_int_eq(cvxnn_model_copy(model, &pruned), CVXNN_OK);
        ck_assert_int_eq(cvxnn_model_drop_features(model, problem), CVXNN_OK);
        ck_assert_int_eq(neurons_of(model), 2);
        ck_assert_int_eq(cvxnn_model_get_weights(model, u, 2, a, 1), CVXNN_OK);
        for (int e = 0; e < 4; e++) used[e % 2] |= u[e] != 0;
        ck_assert_int_eq(used[0] + used[1], 1);
        ck_assert_double_eq_tol(objective_of(model, problem), before, 1e-10 * before);
        ck_assert_int_eq(cvxnn_model_prune(pruned, problem), CVXNN_OK);
        ck_assert_int_le(neurons_of(pruned), 3);
        ck_assert_double_eq_tol(objective_of(pruned, problem), before, 1e-12 * before);
        cvxnn_model_free(model);
        cvxnn_model_free(pruned);
    }
    cvxnn_problem_free(problem);
}
END_TEST

/* The model's beta stands in for the problem's, and without either there is nothing to go by. */
START_TEST(beta_of_the_model) {
    cvxnn_problem *problem = make_problem(4, 2, SQUARE, ONES, 0);
    cvxnn_model *model = square_network(0.45);
    ck_assert_int_eq(cvxnn_model_drop_features(model, problem), CVXNN_ERROR_VALUE);
    cvxnn_model_set_double(model, CVXNN_MODEL_BETA, BETA);
    ck_assert_int_eq(cvxnn_model_drop_features(model, problem), CVXNN_OK);
    ck_assert_int_eq(neurons_of(model), 2);
    cvxnn_model_free(model);
    cvxnn_problem_free(problem);
}
END_TEST

/* Memory that runs out leaves the network as it was, and nothing behind. */
START_TEST(memory_runs_out) {
    static const double half[] = {0.5}, row[] = {1, 0};
    const struct cvxnn__instance instance = instance_of(4, 2, SQUARE, ONES, NULL, BETA);
    const struct cvxnn__instance holdout = instance_of(1, 2, row, half, NULL, 0);
    for (int features = 0; features < 2; features++)
        for (int64_t k = 1, done = 0; !done; k += done ? 0 : cvxnn_test_size(1, 3)) {
            static const double u[] = {1, 0, -1, 0, 0, 1, 0, -1}, a[] = {0.45, 0.45, 0.45, 0.45};
            struct cvxnn__network network;
            struct fixture s;
            fixture_open(&s, 1);
            ck_assert_int_eq(
                cvxnn__network_make(&s.context, CVXNN_KIND_RELU, 2, CVXNN_BIAS_NONE, 1, 4, &network),
                CVXNN_OK);
            memcpy(network.u, u, sizeof u);
            memcpy(network.a, a, sizeof a);
            s.fail_at = k;
            int32_t status = features ? cvxnn__optimal_set_drop_features(&s.context, &instance, &network)
                                      : cvxnn__optimal_set_fit(&s.context, &instance, &holdout, &network);
            ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_MEMORY);
            if (status) ck_assert(network.neurons == 4 && !memcmp(network.u, u, sizeof u));
            done = s.fail_at > 0; /* it was not reached */
            cvxnn__network_free(&network);
            fixture_close(&s);
        }
}
END_TEST

/* ---- Networks with more neurons than rows ---- */

enum { N = 12, D = 2, WIDTH = 40, HELD = 30, STREAM = CVXNN__STREAM_BENCH + 7 };

/* s (x . u)_+ / |u| of a neuron. */
static double activation(const double *x, const double *u, double a) {
    double product = (x[0] * u[0] + x[1] * u[1]) / hypot(u[0], u[1]);
    return product > 0 ? copysign(product, a) : 0;
}

/*
 * The network minimises the loss on the rows held out over the polytope just when its gradient g_j in the
 * weights c_j is lambda . (h_j, 1) + mu_j with mu_j >= 0, and mu_j = 0 where c_j > 0; by less than sum_j mu_j
 * c_j it can be better. Columns: the neurons (u, a) that there were at first, and those of the model, with
 * weight. Such a lambda and mu are looked for as a non-negative combination; that one is found is what is
 * checked.
 */
static void check_best(const cvxnn_model *model, const double *x, const double *held, const double *z,
                       const double *u, const double *a) {
    enum { MOST = 2 * WIDTH, VECTORS = 2 * (N + 1) + MOST };
    static double vectors[VECTORS * MOST];
    double own[WIDTH * D], out[WIDTH], h[HELD], gradient[MOST] = {0}, weights[VECTORS], residual[MOST];
    int64_t neurons = neurons_of(model), columns = WIDTH + neurons;
    ck_assert_int_le(neurons, WIDTH);
    cvxnn_model_get_weights(model, own, D, out, 1);
    cvxnn_model_predict(model, HELD, D, held, D, CVXNN_ROW_MAJOR, h, 1);
    memset(vectors, 0, sizeof vectors);
    for (int64_t j = 0; j < columns; j++) {
        const double *direction = j < WIDTH ? u + D * j : own + D * (j - WIDTH);
        double sign = j < WIDTH ? a[j] : out[j - WIDTH];
        for (int i = 0; i < HELD; i++)
            gradient[j] += (h[i] - z[i]) / HELD * activation(held + D * i, direction, sign);
        for (int i = 0; i <= N; i++) {
            double entry = i < N ? activation(x + D * i, direction, sign) : 1;
            vectors[2 * i * columns + j] = entry;
            vectors[(2 * i + 1) * columns + j] = -entry;
        }
        double c = j < WIDTH ? 0 : hypot(direction[0], direction[1]) * fabs(sign);
        if (c < 1e-5) vectors[(2 * (N + 1) + j) * columns + j] = 1;
    }
    struct fixture s;
    fixture_open(&s, 1);
    ck_assert_int_eq(cvxnn__nnls(&s.context, VECTORS, columns, vectors, gradient, weights, residual),
                     CVXNN_OK);
    for (int64_t j = 0; j < columns; j++) {
        double left = -gradient[j];
        for (int v = 0; v < VECTORS; v++) left += weights[v] * vectors[v * columns + j];
        ck_assert_double_le(fabs(left), 1e-5);
    }
    for (int v = 0; v < VECTORS; v++) ck_assert_double_ge(weights[v], 0);
    fixture_close(&s);
}

static double held_loss(const cvxnn_model *model, const double *held, const double *z) {
    double h[HELD], loss = 0;
    cvxnn_model_predict(model, HELD, D, held, D, CVXNN_ROW_MAJOR, h, 1);
    for (int i = 0; i < HELD; i++) loss += (h[i] - z[i]) * (h[i] - z[i]) / 2 / HELD;
    return loss;
}

/* Outputs on the rows and the penalty stay, the loss on the rows held out does not rise and is the least
 * there is. */
START_TEST(wide_networks_move_to_the_best_point) {
    int better = 0;
    for (uint64_t seed = 0; seed < 10; seed++) {
        double x[N * D], y[N], held[HELD * D], z[HELD], u[WIDTH * D], a[WIDTH], f[N], g[N];
        cvxnn__normals(seed, STREAM, 0, N * D, x);
        cvxnn__normals(seed, STREAM, 1, N, y);
        cvxnn__normals(seed, STREAM, 2, HELD * D, held);
        cvxnn__normals(seed, STREAM, 3, HELD, z);
        cvxnn__normals(seed, STREAM, 4, WIDTH * D, u);
        cvxnn__normals(seed, STREAM, 5, WIDTH, a);
        cvxnn_problem *problem = make_problem(N, D, x, y, 0.1), *holdout = make_problem(HELD, D, held, z, 0);
        cvxnn_model *model;
        cvxnn_model_create(&model);
        for (int j = 0; j < WIDTH; j++) { /* balanced: its penalty is then that of the polytope */
            double scale = sqrt(fabs(a[j]) / hypot(u[2 * j], u[2 * j + 1]));
            u[2 * j] *= scale, u[2 * j + 1] *= scale, a[j] /= scale;
        }
        cvxnn_model_set_weights(model, D, CVXNN_BIAS_NONE, 1, WIDTH, u, D, a, 1);
        double objective = objective_of(model, problem), loss = held_loss(model, held, z);
        cvxnn_model_predict(model, N, D, x, D, CVXNN_ROW_MAJOR, f, 1);
        ck_assert_int_eq(cvxnn_model_fit_holdout(model, problem, holdout), CVXNN_OK);
        cvxnn_model_predict(model, N, D, x, D, CVXNN_ROW_MAJOR, g, 1);
        for (int i = 0; i < N; i++) ck_assert_double_eq_tol(f[i], g[i], 1e-9);
        ck_assert_double_eq_tol(objective_of(model, problem), objective, 1e-10 * objective);
        ck_assert_double_le(held_loss(model, held, z), loss);
        better += held_loss(model, held, z) < 0.99 * loss;
        check_best(model, x, held, z, u, a);
        cvxnn_model_free(model);
        cvxnn_problem_free(problem);
        cvxnn_problem_free(holdout);
    }
    ck_assert_int_gt(better, 5);
}
END_TEST

/* ---- The least-squares problem with inequalities, by its optimality conditions ---- */

START_TEST(bounded_least_squares) {
    enum { K = 4, ROWS = 7, M = 9 };
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct fixture s;
        double e[K * ROWS], r[ROWS], n[M * K], low[M], t[K], inside[K], gradient[K] = {0}, mu[M], residual[K];
        fixture_open(&s, 1);
        cvxnn__normals(seed, STREAM, 10, K * ROWS, e);
        cvxnn__normals(seed, STREAM, 11, ROWS, r);
        cvxnn__normals(seed, STREAM, 12, M * K, n);
        cvxnn__normals(seed, STREAM, 13, K, inside);
        cvxnn__uniforms(seed, STREAM, 14, M, low);
        for (int i = 0; i < M;
             i++) { /* some hold with equality at the point that is inside, some rows are twice there */
            double at = 0;
            if (i == M - 1) memcpy(n + i * K, n, sizeof inside);
            for (int k = 0; k < K; k++) at += n[i * K + k] * inside[k];
            low[i] = at - (low[i] < 0.4 ? 0 : low[i]);
        }
        ck_assert_int_eq(cvxnn__bounded_least_squares(&s.context, K, ROWS, e, r, M, n, low, t), CVXNN_OK);
        for (int i = 0; i < ROWS; i++) {
            double off = -r[i];
            for (int k = 0; k < K; k++) off += e[k * ROWS + i] * t[k];
            for (int k = 0; k < K; k++) gradient[k] += off * e[k * ROWS + i];
        }
        double active[M * K];
        int count = 0;
        for (int i = 0; i < M; i++) {
            double at = -low[i];
            for (int k = 0; k < K; k++) at += n[i * K + k] * t[k];
            ck_assert_double_ge(at, -1e-9);
            if (at < 1e-8) memcpy(active + K * count++, n + i * K, sizeof inside);
        }
        /* E'(E t - r) = sum of mu_i n_i over rows that hold with equality, mu >= 0 (Farkas) */
        ck_assert_int_eq(cvxnn__nnls(&s.context, count, K, active, gradient, mu, residual), CVXNN_OK);
        for (int k = 0; k < K; k++) ck_assert_double_le(fabs(residual[k]), 1e-7);
        for (int i = 0; i < count; i++) ck_assert_double_ge(mu[i], 0);
        fixture_close(&s);
    }
}
END_TEST

CVXNN_SUITE(optimal_set) {
    CVXNN_TEST(the_square_is_optimal_everywhere_on_its_face);
    CVXNN_TEST(the_best_point_for_a_row_held_out);
    CVXNN_TEST(fewer_features_and_fewer_neurons);
    CVXNN_TEST(beta_of_the_model);
    CVXNN_TEST(memory_runs_out);
    CVXNN_TEST(wide_networks_move_to_the_best_point);
    CVXNN_TEST(bounded_least_squares);
}
