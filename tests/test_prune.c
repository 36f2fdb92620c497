/*
 * Pruning: networks with more neurons than they need, made so that it is known how many they need; outputs
 * and penalty computed with plain loops.
 */
#include <math.h>

#include "base/random.h"
#include "fixture.h"
#include "model/prune.h"

enum { STREAM = CVXNN__STREAM_BENCH + 44 };

struct scene {
    struct fixture f;
    int64_t n, d;
    double *x, *y;
    struct cvxnn__instance instance;
    struct cvxnn__network network;
};

static void pose(struct scene *s, int64_t n, int64_t d, int64_t neurons, uint64_t seed) {
    fixture_open(&s->f, 1);
    s->n = n, s->d = d;
    s->x = malloc((size_t)(n * d) * sizeof *s->x);
    s->y = malloc((size_t)n * sizeof *s->y);
    cvxnn__normals(seed, STREAM, 0, n * d, s->x);
    cvxnn__normals(seed, STREAM, 1, n, s->y);
    s->instance = instance_of(n, d, s->x, s->y, NULL, 0.3);
    ck_assert_int_eq(
        cvxnn__network_make(&s->f.context, CVXNN_KIND_RELU, d, CVXNN_BIAS_NONE, 1, neurons, &s->network),
        CVXNN_OK);
    cvxnn__normals(seed, STREAM, 2, neurons * d, s->network.u);
    cvxnn__normals(seed, STREAM, 3, neurons, s->network.a);
}

static void clear(struct scene *s) {
    cvxnn__network_free(&s->network);
    free(s->x), free(s->y);
    fixture_close(&s->f);
}

/* f_i and sum_j |u_j||a_j|, by the definition. */
static double outputs(const struct scene *s, double *f) {
    double penalty = 0;
    for (int64_t i = 0; i < s->n; i++) f[i] = 0;
    for (int64_t j = 0; j < s->network.neurons; j++) {
        double square = 0;
        for (int64_t i = 0; i < s->n; i++) {
            double product = 0;
            for (int64_t e = 0; e < s->d; e++) product += s->x[i * s->d + e] * s->network.u[j * s->d + e];
            f[i] += fmax(product, 0) * s->network.a[j];
        }
        for (int64_t e = 0; e < s->d; e++) square += s->network.u[j * s->d + e] * s->network.u[j * s->d + e];
        penalty += sqrt(square) * fabs(s->network.a[j]);
    }
    return penalty;
}

static void prune_and_compare(struct scene *s, double *gain) {
    double *before = malloc((size_t)s->n * sizeof *before), *after = malloc((size_t)s->n * sizeof *after);
    double penalty = outputs(s, before), size = 0, worst = 0;
    ck_assert_int_eq(cvxnn__network_prune(&s->f.context, &s->instance, &s->network), CVXNN_OK);
    double pruned = outputs(s, after);
    for (int64_t i = 0; i < s->n; i++)
        size = fmax(size, fabs(before[i])), worst = fmax(worst, fabs(after[i] - before[i]));
    ck_assert_double_le(worst, 1e-9 * size);
    ck_assert_double_le(pruned, penalty * (1 + 1e-10));
    *gain = 1 - pruned / penalty;
    free(before), free(after);
}

/* More neurons than rows: as many rows remain at most. */
START_TEST(no_more_neurons_than_rows) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct scene s;
        double gain;
        pose(&s, 12, 4, 60, seed);
        prune_and_compare(&s, &gain);
        ck_assert_int_le(s.network.neurons, 12);
        ck_assert_double_ge(gain, 0);
        clear(&s);
    }
}
END_TEST

/* Each neuron three times, in different lengths: one of each remains, and the penalty is the same. */
START_TEST(copies_become_one) {
    struct scene s;
    double gain;
    pose(&s, 200, 5, 30, 20);
    for (int64_t j = 10; j < 30; j++) {
        for (int64_t e = 0; e < 5; e++)
            s.network.u[j * 5 + e] = s.network.u[j % 10 * 5 + e] * (double)(j / 10 + 1);
        s.network.a[j] = copysign(s.network.a[j], s.network.a[j % 10]);
    }
    prune_and_compare(&s, &gain);
    ck_assert_int_eq(s.network.neurons, 10);
    ck_assert_double_le(fabs(gain), 1e-12);
    clear(&s);
}
END_TEST

/* Independent neurons stay as they are, to the bit. */
START_TEST(what_is_needed_stays) {
    struct scene s;
    double gain, u[40], a[8];
    pose(&s, 100, 5, 8, 30);
    memcpy(u, s.network.u, sizeof u), memcpy(a, s.network.a, sizeof a);
    prune_and_compare(&s, &gain);
    ck_assert_int_eq(s.network.neurons, 8);
    ck_assert_mem_eq(u, s.network.u, sizeof u);
    ck_assert_mem_eq(a, s.network.a, sizeof a);
    clear(&s);
}
END_TEST

/* Rows of weight 0 do not count: only the three others do. */
START_TEST(rows_without_weight_do_not_count) {
    struct scene s;
    double weights[20] = {1, 0, 2, 0, 0.5}, before, after;
    pose(&s, 20, 4, 15, 40);
    s.instance.weights = weights;
    s.instance.weight_sum = 3.5;
    ck_assert_int_eq(cvxnn__network_objective(&s.f.context, &s.network, &s.instance, NULL, &before),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn__network_prune(&s.f.context, &s.instance, &s.network), CVXNN_OK);
    ck_assert_int_eq(cvxnn__network_objective(&s.f.context, &s.network, &s.instance, NULL, &after), CVXNN_OK);
    ck_assert_int_le(s.network.neurons, 3);
    ck_assert_double_le(after, before * (1 + 1e-12));
    clear(&s);
}
END_TEST

START_TEST(failing_memory_changes_nothing) {
    int32_t status = CVXNN_ERROR_MEMORY;
    for (int64_t at = 1; status != CVXNN_OK; at++) {
        struct scene s;
        pose(&s, 6, 3, 10, 50);
        s.f.fail_at = at, s.f.fail_on = 1;
        status = cvxnn__network_prune(&s.f.context, &s.instance, &s.network);
        ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_MEMORY);
        ck_assert_int_eq(s.network.neurons <= 6, status == CVXNN_OK);
        clear(&s);
    }
}
END_TEST

CVXNN_SUITE(prune) {
    CVXNN_TEST(no_more_neurons_than_rows);
    CVXNN_TEST(copies_become_one);
    CVXNN_TEST(what_is_needed_stays);
    CVXNN_TEST(rows_without_weight_do_not_count);
    CVXNN_TEST(failing_memory_changes_nothing);
}
