/*
 * The ReLU program over given patterns: with every pattern at hand its optimum is that of (NN), which the
 * oracle finds by enumeration; over sampled patterns the dual vector is held against every cone by a method
 * of the test's own, and the neurons against their cones.
 */
#include <math.h>

#include "base/random.h"
#include "convex/relu.h"
#include "convex/relu_cones.h"
#include "convex/relu_price.h"
#include "fixture.h"
#include "tiny.h"

enum { STREAM = CVXNN__STREAM_BENCH + 42 };

START_TEST(all_patterns_give_the_enumerated_optimum) {
    struct fixture f;
    int compared = 0;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= (uint64_t)cvxnn_test_size(300, 16); seed++) {
        struct tiny tiny = tiny_make(seed, 2);
        struct cvxnn__instance instance = tiny_instance(&tiny);
        struct cvxnn__patterns patterns;
        struct cvxnn__network network;
        struct cvxnn__relu_report report;
        double gap, again;
        double optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, instance.weights, tiny.beta, &gap,
                                        NULL);
        ck_assert_int_eq(cvxnn__patterns_sample(&f.context, &instance.rows, 3, 4000, &patterns), CVXNN_OK);
        int cells = oracle_patterns(tiny.n, tiny.d, tiny.x, NULL);
        int32_t status = cvxnn__relu_cones(&f.context, &instance, &patterns, 1e-9, 0, NULL, &network,
                                           &report);
        ck_assert_msg(status == CVXNN_OK || status == CVXNN_STOPPED_PRECISION, "seed %d: status %d",
                      (int)seed, (int)status);
        ck_assert_int_eq(cvxnn__network_objective(&f.context, &network, &instance, NULL, &again), CVXNN_OK);
        ck_assert_double_le(fabs(again - report.objective), 1e-12 * report.objective);
        ck_assert_double_le(report.outside, 1e-12);
        /* never below the optimum; the sampled cells are all of them, but for the empty one, or thin ones are
         * missed */
        ck_assert_double_ge(report.objective, optimum - gap - 1e-12 * optimum);
        if (patterns.masks.count >= cells - 1) {
            ck_assert_msg(report.objective <= optimum * (1 + 1e-8) && report.dual <= optimum * (1 + 1e-12) &&
                              report.gap <= 1e-8,
                          "seed %d: %.15g, not %.15g; dual %.15g, status %d", (int)seed, report.objective,
                          optimum, report.dual, (int)status);
            compared++;
        }
        cvxnn__network_free(&network);
        cvxnn__patterns_free(&patterns);
    }
    ck_assert_int_ge(compared, (int)cvxnn_test_size(250, 12));
    fixture_close(&f);
}
END_TEST

/* Largest g . u over u in the cone, |u| <= 1: |g - A'm| at its least over m >= 0, by cyclic descent. */
static double cone_maximum(int64_t n, int64_t d, const double *x, const struct cvxnn__masks *masks, int64_t p,
                           const double *g) {
    double *m = calloc((size_t)n, sizeof *m), *rest = malloc((size_t)d * sizeof *rest), moved = 1;
    memcpy(rest, g, (size_t)d * sizeof *rest);
    for (int sweep = 0; sweep < 20000 && moved > 1e-14; sweep++) {
        moved = 0;
        for (int64_t i = 0; i < n; i++) {
            double sign = cvxnn__masks_get(masks, p, i) ? 1 : -1, square = plain_dot(d, x + i * d, x + i * d);
            double next = fmax(0, m[i] - sign * plain_dot(d, x + i * d, rest) / square);
            for (int64_t j = 0; j < d; j++) rest[j] += (next - m[i]) * sign * x[i * d + j];
            moved = fmax(moved, fabs(next - m[i]) * sqrt(square));
            m[i] = next;
        }
    }
    double size = sqrt(plain_dot(d, rest, rest));
    free(m), free(rest);
    return size;
}

struct scene {
    struct fixture f;
    double *x, *y;
    struct cvxnn__instance instance;
    struct cvxnn__patterns patterns;
};

static void pose(struct scene *s, int64_t n, int64_t d, int64_t count, double beta, int64_t threads) {
    fixture_open(&s->f, threads);
    s->x = malloc((size_t)(n * d) * sizeof *s->x);
    s->y = malloc((size_t)n * sizeof *s->y);
    cvxnn__normals(4, STREAM, 0, n * d, s->x);
    cvxnn__normals(4, STREAM, 1, n, s->y);
    for (int64_t i = 0; i < n; i++) s->y[i] = fmax(s->x[i * d], 0) - fmax(s->x[i * d + 1], 0) + 0.1 * s->y[i];
    s->instance = instance_of(n, d, s->x, s->y, NULL, beta);
    ck_assert_int_eq(cvxnn__patterns_sample(&s->f.context, &s->instance.rows, 8, count, &s->patterns),
                     CVXNN_OK);
}

static void clear(struct scene *s) {
    cvxnn__patterns_free(&s->patterns);
    free(s->x), free(s->y);
    fixture_close(&s->f);
}

/* Values of blocks against the maximum found by cyclic descent. */
START_TEST(pricing_finds_the_maximum_over_each_cone) {
    struct scene s;
    struct cvxnn__blocks blocks;
    double nu[60], norms[60];
    int64_t exact = 0;
    pose(&s, 60, 4, 50, 0.01, 1);
    cvxnn__normals(9, STREAM, 2, 60, nu);
    for (int64_t i = 0; i < 60; i++) norms[i] = sqrt(plain_dot(4, s.x + i * 4, s.x + i * 4));
    ck_assert_int_eq(
        cvxnn__relu_price(&s.f.context, &s.instance.rows, &s.patterns, norms, nu, 1, INT64_MAX, &blocks),
        CVXNN_OK);
    ck_assert(blocks.complete);
    for (int64_t b = 0; b < blocks.count; b++) {
        const struct cvxnn__block *block = blocks.block + b;
        double g[4] = {0};
        for (int64_t i = 0; i < 60; i++)
            for (int64_t j = 0; j < 4 && cvxnn__masks_get(&s.patterns.masks, block->pattern, i); j++)
                g[j] += block->sign * nu[i] * s.x[i * 4 + j];
        double most = cone_maximum(60, 4, s.x, &s.patterns.masks, block->pattern, g);
        if (block->exact)
            ck_assert_double_le(fabs(block->value - most), 1e-7 * (1 + most));
        else
            ck_assert(block->value <= 1 && most <= block->value * (1 + 1e-9) + 1e-9);
        exact += block->exact;
    }
    ck_assert_int_gt(exact, 10);
    cvxnn__blocks_free(&blocks);
    clear(&s);
}
END_TEST

/* Larger programs, in which most steps end at walls at once, are solved all the same. */
START_TEST(many_walls_are_no_obstacle) {
    struct scene s;
    struct cvxnn__network network;
    struct cvxnn__relu_report report;
    pose(&s, 400, 10, 300, 0.02, 1);
    for (int k = 0; k < 2; k++, s.instance.beta *= 0.2) {
        ck_assert_int_eq(
            cvxnn__relu_cones(&s.f.context, &s.instance, &s.patterns, 1e-6, 0, NULL, &network, &report),
            CVXNN_OK);
        ck_assert_double_le(report.gap, 1e-6);
        ck_assert_double_le(report.outside, 1e-12);
        cvxnn__network_free(&network);
    }
    clear(&s);
}
END_TEST

START_TEST(gap_holds_for_threads_and_stops) {
    struct cvxnn__network network[2];
    struct cvxnn__relu_report report[2];
    struct scene s[2];
    for (int k = 0; k < 2; k++) {
        pose(&s[k], 80, 4, 100, 0.01, k ? 3 : 1);
        int32_t status = cvxnn__relu_cones(&s[k].f.context, &s[k].instance, &s[k].patterns, 1e-8, 0, NULL,
                                           &network[k], &report[k]);
        ck_assert_int_eq(status, CVXNN_OK);
        ck_assert_double_le(report[k].gap, 1e-8);
        ck_assert_double_le(report[k].outside, 1e-12);
    }
    ck_assert_int_eq(network[0].neurons, network[1].neurons);
    ck_assert_mem_eq(network[0].u, network[1].u, (size_t)(network[0].neurons * 4) * sizeof(double));
    double optimum = report[0].objective, last = INFINITY;
    int32_t status = CVXNN_STOPPED_CANCELLED;
    for (int64_t at = 1; status != CVXNN_OK; at += 3) {
        struct cvxnn__network stopped;
        struct cvxnn__relu_report partial;
        s[0].f.events = 0, s[0].f.stop_at = at, s[0].f.monitor.stopped = 0;
        status = cvxnn__relu_cones(&s[0].f.context, &s[0].instance, &s[0].patterns, 1e-8, 0, NULL, &stopped,
                                   &partial);
        ck_assert(status == CVXNN_OK || status == CVXNN_STOPPED_CANCELLED);
        ck_assert_double_le(partial.objective, last * (1 + 1e-14));
        ck_assert_double_ge(partial.objective, optimum * (1 - 1e-8));
        ck_assert_double_le(partial.dual, optimum);
        last = partial.objective;
        cvxnn__network_free(&stopped);
    }
    for (int k = 0; k < 2; k++) {
        cvxnn__network_free(&network[k]);
        clear(&s[k]);
    }
}
END_TEST

START_TEST(failing_memory_leaves_nothing_behind) {
    for (int on = 0; on < 2; on++) {
        int32_t status = CVXNN_ERROR_MEMORY;
        for (int64_t at = 1; status != CVXNN_OK; at += cvxnn_test_size(1, 61)) {
            struct scene s;
            struct cvxnn__network network;
            struct cvxnn__relu_report report;
            pose(&s, 12, 2, 10, 0.02, 1);
            s.f.fail_at = at, s.f.fail_on = on;
            status = cvxnn__relu_cones(&s.f.context, &s.instance, &s.patterns, 1e-6, 0, NULL, &network,
                                       &report);
            ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_MEMORY);
            if (status == CVXNN_OK) cvxnn__network_free(&network);
            clear(&s);
        }
    }
}
END_TEST

/* Neurons from the interior method on rows that are each there `times` times, at weights that make up for it;
 * returns P there. */
static double approach(int64_t n, int64_t d, int64_t times, int64_t count, double *first) {
    struct scene s;
    struct cvxnn__relu relu;
    pose(&s, n, d, 4, 0.01, times > 1 ? 3 : 1);
    double *x = malloc((size_t)(times * n * d) * sizeof *x), *y = malloc((size_t)(times * n) * sizeof *y);
    for (int64_t i = 0; i < times * n; i++) {
        memcpy(x + i * d, s.x + i % n * d, (size_t)d * sizeof *x);
        y[i] = s.y[i % n];
    }
    s.instance.rows = cvxnn__rows_of(times * n, d, x, d);
    s.instance.targets = y;
    s.instance.weight_sum = (double)(times * n);
    ck_assert_int_eq(cvxnn__relu_open(&s.f.context, &s.instance, 0, &relu), CVXNN_OK);
    for (int64_t j = 0; j < count; j++) {
        double v[8];
        cvxnn__normals(6, STREAM, (uint64_t)j, d, v);
        ck_assert_int_eq(cvxnn__relu_add(&relu, v, j % 2 ? -1 : 1, -1, NULL), CVXNN_OK);
    }
    ck_assert_int_eq(cvxnn__relu_refresh(&relu, 0), CVXNN_OK);
    double before = relu.objective;
    ck_assert_int_eq(cvxnn__relu_interior(&relu, 1e-3), CVXNN_OK);
    double objective = relu.objective;
    ck_assert_double_lt(objective, 0.1 * before);
    memcpy(first, relu.neuron[0]->v, (size_t)d * sizeof *first);
    ck_assert_int_eq(cvxnn__relu_solve(&relu, 1e-10), CVXNN_OK);
    ck_assert_double_le(relu.objective, objective);
    cvxnn__relu_close(&relu);
    free(x), free(y);
    clear(&s);
    return objective;
}

/* Rows that come twice pose the same problem and take the system from the space of the rows to that of the
 * weights; the tiles of rows come in with eight times the rows. */
START_TEST(the_interior_method_is_the_same_in_both_spaces) {
    double once[8], again[8];
    double objective = approach(40, 4, 1, 12, once);
    for (int64_t times = 2; times <= 16; times *= 8) {
        ck_assert_double_le(fabs(approach(40, 4, times, 12, again) - objective), 1e-6 * objective);
        for (int e = 0; e < 4; e++) ck_assert_double_le(fabs(once[e] - again[e]), 1e-5);
    }
}
END_TEST

CVXNN_SUITE(relu) {
    CVXNN_TEST(all_patterns_give_the_enumerated_optimum);
    CVXNN_TEST(pricing_finds_the_maximum_over_each_cone);
    CVXNN_TEST(many_walls_are_no_obstacle);
    CVXNN_TEST(the_interior_method_is_the_same_in_both_spaces);
    CVXNN_TEST(gap_holds_for_threads_and_stops);
    CVXNN_TEST(failing_memory_leaves_nothing_behind);
}
