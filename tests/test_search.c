/*
 * The pattern search: tiny problems end at the optimum that the oracle finds by enumeration, others where an
 * ascent of the test's own finds no neuron to add, below every network that gradient training finds.
 */
#include <math.h>

#include "base/random.h"
#include "fixture.h"
#include "gradient/train.h"
#include "search/search.h"
#include "tiny.h"

enum { STREAM = CVXNN__STREAM_BENCH + 40 };

/* The search from the zero network: every neuron has to be found by pricing. */
static int32_t search_from_zero(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                                double tolerance, struct cvxnn__network *network,
                                struct cvxnn__search_report *report) {
    struct cvxnn__network zero;
    struct cvxnn__search_options options = {.tolerance = tolerance, .seed = 5};
    ck_assert_int_eq(
        cvxnn__network_make(context, CVXNN_KIND_RELU, instance->rows.features, CVXNN_BIAS_NONE, 1, 0, &zero),
        CVXNN_OK);
    int32_t status = cvxnn__search(context, instance, &options, &zero, network, report);
    cvxnn__network_free(&zero);
    return status;
}

START_TEST(tiny_problems_end_at_the_enumerated_optimum) {
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= (uint64_t)cvxnn_test_size(300, 20); seed++) {
        struct tiny tiny = tiny_make(seed, 2);
        struct cvxnn__instance instance = tiny_instance(&tiny);
        struct cvxnn__network network;
        struct cvxnn__search_report report;
        double gap,
            optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, instance.weights, tiny.beta, &gap, NULL);
        int32_t status = search_from_zero(&f.context, &instance, 1e-10, &network, &report);
        ck_assert_msg(status == CVXNN_OK || status == CVXNN_STOPPED_PRECISION, "seed %d status %d", (int)seed,
                      (int)status);
        ck_assert_msg(report.objective <= optimum * (1 + 1e-8) &&
                          report.objective >= optimum - gap - 1e-12 * optimum,
                      "seed %d n %d d %d: %.15g, not %.15g (gap %g), status %d violation %g", (int)seed,
                      tiny.n, tiny.d, report.objective, optimum, gap, (int)status, report.violation);
        cvxnn__network_free(&network);
    }
    fixture_close(&f);
}
END_TEST

/* ---- Made-up networks with noise -------------------------------------------------------------------- */

struct scene {
    double *x, *y;
    struct cvxnn__instance instance;
};

/* Three neurons and noise; the last column is constant. */
static void pose(struct scene *s, int64_t n, int64_t d, double beta, uint64_t seed) {
    s->x = malloc((size_t)(n * d) * sizeof *s->x);
    s->y = malloc((size_t)n * sizeof *s->y);
    double *teacher = malloc((size_t)(3 * d) * sizeof *teacher);
    cvxnn__normals(seed, STREAM, 0, n * d, s->x);
    cvxnn__normals(seed, STREAM, 1, 3 * d, teacher);
    cvxnn__normals(seed, STREAM, 2, n, s->y);
    for (int64_t i = 0; i < n; i++) {
        s->x[i * d + d - 1] = 1;
        s->y[i] *= 0.1;
        for (int64_t j = 0; j < 3; j++) {
            double product = 0;
            for (int64_t e = 0; e < d; e++) product += s->x[i * d + e] * teacher[j * d + e];
            s->y[i] += fmax(product, 0) * (j == 1 ? -1 : 1);
        }
    }
    free(teacher);
    s->instance = instance_of(n, d, s->x, s->y, NULL, beta);
}

static void clear(struct scene *s) {
    free(s->x), free(s->y);
}

START_TEST(threads_change_no_bit) {
    struct scene s;
    struct cvxnn__network network[2];
    struct cvxnn__search_report report;
    pose(&s, 80, 5, 0.01, 1);
    struct fixture f[2];
    for (int k = 0; k < 2; k++) {
        fixture_open(&f[k], k ? 3 : 1);
        ck_assert_int_eq(search_from_zero(&f[k].context, &s.instance, 1e-7, &network[k], &report), CVXNN_OK);
    }
    ck_assert_int_eq(network[0].neurons, network[1].neurons);
    ck_assert_int_gt(network[0].neurons, 2);
    ck_assert_mem_eq(network[0].u, network[1].u, (size_t)(network[0].neurons * 5) * sizeof(double));
    ck_assert_mem_eq(network[0].a, network[1].a, (size_t)network[0].neurons * sizeof(double));
    for (int k = 0; k < 2; k++) {
        cvxnn__network_free(&network[k]);
        fixture_close(&f[k]);
    }
    clear(&s);
}
END_TEST

/* No better network by L-BFGS from random starts, and no neuron to add by ascents of the test's own: plain
 * steps u <- normalise(u + a (g - u)) with falling a. */
START_TEST(nothing_better_is_found_by_others) {
    struct scene s;
    struct fixture f;
    struct cvxnn__network network, trained;
    struct cvxnn__search_report report;
    struct cvxnn__train_report train_report;
    struct cvxnn__train_options options = {
        .optimizer = CVXNN_OPTIMIZER_LBFGS, .width = 50, .starts = 5, .seed = 1, .decrease = 1e-12};
    double nu[60], u[4], objective, worst = 0;
    pose(&s, 60, 4, 0.01, 6);
    fixture_open(&f, 1);
    ck_assert_int_eq(search_from_zero(&f.context, &s.instance, 1e-6, &network, &report), CVXNN_OK);
    ck_assert_int_ge(cvxnn__train(&f.context, &s.instance, &options, NULL, &trained, &train_report), 0);
    ck_assert_double_le(report.objective, train_report.objective * (1 + 1e-6));
    ck_assert_int_le(network.neurons, report.neurons_before_pruning);
    ck_assert_int_eq(cvxnn__network_objective(&f.context, &network, &s.instance, nu, &objective), CVXNN_OK);
    cvxnn__loss_residual(&s.instance, nu, nu);
    for (uint64_t start = 0; start < (uint64_t)cvxnn_test_size(2000, 100); start++) {
        double sign = start % 2 ? -1 : 1;
        cvxnn__normals(start, STREAM, 9, 4, u);
        for (int step = 0; step < 60; step++) {
            double g[4] = {0}, size = 0, length = 0, value = 0, a = fmin(1, 10.0 / (step + 1));
            for (int e = 0; e < 4; e++) size += u[e] * u[e];
            for (int e = 0; e < 4; e++) u[e] /= sqrt(size);
            for (int64_t i = 0; i < 60; i++) {
                double product = 0;
                for (int e = 0; e < 4; e++) product += s.x[i * 4 + e] * u[e];
                value += sign * nu[i] * fmax(product, 0);
                for (int e = 0; e < 4 && product > 0; e++) g[e] += sign * nu[i] * s.x[i * 4 + e];
            }
            worst = fmax(worst, value);
            for (int e = 0; e < 4; e++) length += g[e] * g[e];
            if (length == 0) break;
            for (int e = 0; e < 4; e++) u[e] += a * (g[e] / sqrt(length) - u[e]);
        }
    }
    ck_assert_double_le(worst, s.instance.beta * (1 + 1e-4));
    ck_assert_double_ge(worst, 0.95 * s.instance.beta);
    cvxnn__network_free(&network);
    cvxnn__network_free(&trained);
    fixture_close(&f);
    clear(&s);
}
END_TEST

/* ---- One input and a bias: every pattern can be enumerated ------------------------------------------------
 */

enum { ROWS = 200 };

static int ascending(const void *x, const void *y) {
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* h(u) for u at an angle; its gradient on the side of the cell around `within` in g. */
static double pull_at(const double *x, const double *nu, double angle, double within, double *g) {
    g[0] = g[1] = 0;
    for (int i = 0; i < ROWS; i++) {
        if (x[2 * i] * cos(within) + x[2 * i + 1] * sin(within) <= 0) continue;
        g[0] += nu[i] * x[2 * i];
        g[1] += nu[i] * x[2 * i + 1];
    }
    return g[0] * cos(angle) + g[1] * sin(angle);
}

/* max over the circle of |h|: each row's kink is at two angles; between neighbours h(u) = g . u, largest at
 * g/|g| if that lies there, else at an end. */
static double largest_on_circle(const double *x, const double *nu) {
    static const double pi = 3.14159265358979323846;
    double angle[2 * ROWS + 1], g[2], most = 0;
    for (int i = 0; i < ROWS; i++) {
        angle[2 * i] = remainder(atan2(x[2 * i + 1], x[2 * i]) + pi / 2, 2 * pi);
        angle[2 * i + 1] = remainder(angle[2 * i] + pi, 2 * pi);
    }
    qsort(angle, 2 * ROWS, sizeof *angle, ascending);
    angle[2 * ROWS] = angle[0] + 2 * pi;
    for (int k = 0; k < 2 * ROWS; k++) {
        double middle = 0.5 * (angle[k] + angle[k + 1]);
        most = fmax(most, fabs(pull_at(x, nu, angle[k], middle, g)));
        for (int side = 0; side < 2; side++) { /* of g and -g */
            double best = middle + remainder(atan2(g[1], g[0]) + side * pi - middle, 2 * pi);
            if (best >= angle[k] && best <= angle[k + 1]) most = fmax(most, hypot(g[0], g[1]));
        }
    }
    return most;
}

/* Points of a curve with a corner, noise, and what the search makes of it: the dual value at the residual,
 * scaled by the exact maximum over all patterns, leaves no more than 1e-8 of the objective. */
START_TEST(one_input_and_a_bias_end_at_the_exact_optimum) {
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        double x[2 * ROWS], y[ROWS], noise[ROWS], nu[ROWS], objective, dual = 0, size = 0;
        struct cvxnn__network network;
        struct cvxnn__search_report report;
        cvxnn__normals(seed, STREAM, 20, ROWS, noise);
        for (int i = 0; i < ROWS; i++) {
            x[2 * i] = -1 + 2.0 * i / (ROWS - 1), x[2 * i + 1] = 1;
            y[i] = sin(5 * x[2 * i]) + fabs(x[2 * i] - 0.3) + 0.1 * noise[i];
        }
        struct cvxnn__instance instance = instance_of(ROWS, 2, x, y, NULL,
                                                      0.05 * pow(10, -0.5 * (double)seed));
        ck_assert_int_ge(search_from_zero(&f.context, &instance, 1e-10, &network, &report), 0);
        ck_assert_int_eq(cvxnn__network_objective(&f.context, &network, &instance, nu, &objective), CVXNN_OK);
        for (int i = 0; i < ROWS; i++) nu[i] = (y[i] - nu[i]) / ROWS;
        double scale = fmin(1, instance.beta / largest_on_circle(x, nu));
        for (int i = 0; i < ROWS; i++) dual += scale * nu[i] * y[i], size += scale * scale * nu[i] * nu[i];
        dual -= 0.5 * ROWS * size;
        ck_assert_msg(dual >= objective * (1 - 1e-8) && dual <= objective * (1 + 1e-12),
                      "seed %d: objective %.15g, dual value %.15g, violation %g", (int)seed, objective, dual,
                      report.violation);
        ck_assert_int_ge(network.neurons, 2);
        cvxnn__network_free(&network);
    }
    fixture_close(&f);
}
END_TEST

/* The k-th request for memory fails, or it and all after, for every k. */
START_TEST(failing_memory_leaves_nothing_behind) {
    struct scene s;
    pose(&s, 12, 2, 0.02, 2);
    for (int on = 0; on < 2; on++) {
        int32_t status = CVXNN_ERROR_MEMORY;
        for (int64_t at = 1; status != CVXNN_OK; at += cvxnn_test_size(1, 61)) {
            struct fixture f;
            struct cvxnn__network network;
            struct cvxnn__search_report report;
            struct cvxnn__network zero;
            struct cvxnn__search_options options = {.tolerance = 1e-6};
            fixture_open(&f, 1);
            ck_assert_int_eq(
                cvxnn__network_make(&f.context, CVXNN_KIND_RELU, 2, CVXNN_BIAS_NONE, 1, 0, &zero), CVXNN_OK);
            f.fail_at = at, f.fail_on = on;
            status = cvxnn__search(&f.context, &s.instance, &options, &zero, &network, &report);
            ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_MEMORY);
            if (status == CVXNN_OK) {
                ck_assert_int_gt(f.fail_at, 0); /* it was never reached */
                cvxnn__network_free(&network);
            }
            cvxnn__network_free(&zero);
            fixture_close(&f);
        }
    }
    clear(&s);
}
END_TEST

/* Stopped at the k-th event for every k: a network no worse than the start, and objectives that never rise.
 */
START_TEST(stopped_anywhere_it_has_a_network) {
    struct scene s;
    double last = INFINITY;
    pose(&s, 40, 3, 0.01, 3);
    int32_t status = CVXNN_STOPPED_CANCELLED;
    for (int64_t at = 1; status != CVXNN_OK; at += cvxnn_test_size(1, 61)) {
        struct fixture f;
        struct cvxnn__network network;
        struct cvxnn__search_report report;
        fixture_open(&f, 1);
        f.stop_at = at;
        status = search_from_zero(&f.context, &s.instance, 1e-6, &network, &report);
        ck_assert(status == CVXNN_OK || status == CVXNN_STOPPED_CANCELLED);
        ck_assert_double_le(report.objective, last * (1 + 1e-15));
        last = report.objective;
        cvxnn__network_free(&network);
        fixture_close(&f);
    }
    clear(&s);
}
END_TEST

CVXNN_SUITE(search) {
    CVXNN_TEST(nothing_better_is_found_by_others);
    CVXNN_TEST(one_input_and_a_bias_end_at_the_exact_optimum);
    CVXNN_TEST(threads_change_no_bit);
    CVXNN_TEST(failing_memory_leaves_nothing_behind);
    CVXNN_TEST(stopped_anywhere_it_has_a_network);
    CVXNN_TEST(tiny_problems_end_at_the_enumerated_optimum);
}
