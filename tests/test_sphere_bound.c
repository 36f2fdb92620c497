/*
 * The bound by sphere polynomials: never above the optimum the oracle finds, for each order; close to it; the
 * same for any number of threads; valid whenever it is stopped.
 */
#include <float.h>
#include <math.h>

#include "fixture.h"
#include "gap/lift.h"
#include "gap/sphere_bound.h"
#include "linalg/blas.h"
#include "tiny.h"

enum {
    STREAM = CVXNN__STREAM_BENCH + 12,
    JOINT = 4,
    CUT = 5,
    CUT_MORE = 6
}; /* in place of an order: kinks in all directions, without cuts, with and with many */

struct outcome {
    int32_t status;
    struct cvxnn__proved proved;
};

/* The bound, and what the check makes of the certificate that came out. */
static struct outcome bound_of(struct fixture *f, const struct cvxnn__instance *instance, const double *nu,
                               int64_t order, int64_t iterations) {
    struct cvxnn__scope scope;
    struct cvxnn__certificate certificate;
    struct cvxnn__bound_options options = {.order = order >= JOINT ? 2 : order,
                                           .joint = order >= JOINT,
                                           .leaves = order == CUT_MORE ? 16
                                                     : order == CUT    ? 4
                                                                       : 2,
                                           .most_iterations = iterations,
                                           .target = INFINITY};
    struct outcome outcome;
    struct cvxnn__context calm = {.memory = &f->memory};
    struct cvxnn__proved again;
    cvxnn__scope_open(&scope, &f->memory);
    cvxnn__bound_certificate(&scope, instance, &options, &certificate);
    outcome.status = scope.failed ? CVXNN_ERROR_MEMORY
                                  : cvxnn__sphere_bound(&f->context, instance, nu, &options, &certificate,
                                                        &outcome.proved);
    if (outcome.status >= 0) {
        f->fail_at = 0;
        ck_assert_int_eq(cvxnn__sphere_check(&calm, instance, &certificate, &again), CVXNN_OK);
        ck_assert(again.bound == outcome.proved.bound);
        if (again.bound > 0)
            ck_assert(again.h[0] == outcome.proved.h[0] && again.h[1] == outcome.proved.h[1]);
    }
    cvxnn__scope_close(&scope);
    return outcome;
}

START_TEST(bound_is_never_above_the_optimum) {
    static const double units[][2] = {{1, 1}, {1e8, 1}, {1e-8, 1}, {1, 1e8}, {1e-8, 1e-8}, {1e8, 1e8}};
    struct fixture f;
    int64_t useful[CUT + 1] = {0}, tried = 0;
    int64_t seeds = cvxnn_test_size(180, 6);
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= (uint64_t)seeds; seed++) {
        struct tiny tiny = tiny_make(seed, 3);
        double gap, residual[ORACLE_MOST_ROWS];
        double optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, tiny_weights(&tiny), tiny.beta, &gap,
                                        residual);
        ck_assert(gap <= 1e-9 * optimum);
        tried += tiny.d > 1;
        for (int64_t order = 1; order <= (tiny.d > 1 ? CUT : 3); order++) {
            struct cvxnn__instance instance = tiny_instance(&tiny);
            int64_t steps = order == CUT ? 150 : 400;
            struct outcome outcome = bound_of(&f, &instance, residual, order, steps);
            ck_assert_int_eq(outcome.status, CVXNN_OK);
            ck_assert(outcome.proved.bound >= 0 && outcome.proved.bound <= optimum);
            useful[order] += outcome.proved.bound > 0.8 * optimum;
            size_t u = seed % (sizeof units / sizeof *units);
            struct tiny other = tiny_scaled(tiny, units[u][0], units[u][1]);
            for (int i = 0; i < tiny.n; i++) residual[i] *= units[u][1];
            instance = tiny_instance(&other);
            outcome = bound_of(&f, &instance, residual, order, steps);
            double there = outcome.proved.bound / units[u][1] / units[u][1];
            ck_assert(there >= 0 && there <= optimum * (1 + 4 * DBL_EPSILON)); /* the units' own rounding */
            for (int i = 0; i < tiny.n; i++) residual[i] /= units[u][1];
        }
    }
    fixture_close(&f);
    /* a bound of 0 would pass the rest; where equal rows have different targets, little can be proved */
    for (int order = 1; order <= 3; order++) ck_assert_int_gt(10 * useful[order], 7 * seeds);
    ck_assert_int_ge(10 * useful[JOINT], 7 * tried);
    ck_assert_int_ge(10 * useful[CUT], 6 * tried); /* in fewer steps */
}
END_TEST

/* ---- any size ---- */

struct sample {
    struct cvxnn__instance instance;
    double *x, *y, *nu;
};

static struct sample sample_make(int64_t n, int64_t d, double beta, uint64_t seed) {
    struct sample sample = {.x = normals(seed, STREAM, 1, n * d),
                            .y = normals(seed, STREAM, 2, n),
                            .nu = normals(seed, STREAM, 3, n)};
    for (int64_t i = 0; i < n; i++) {
        sample.y[i] = fabs(sample.x[i * d]) + 0.3 * sample.y[i];
        sample.nu[i] = (0.5 * sample.y[i] + 0.1 * sample.nu[i]) / (double)n;
    }
    sample.instance = (struct cvxnn__instance){.rows = cvxnn__rows_of(n, d, sample.x, d),
                                               .outputs = 1,
                                               .targets = sample.y,
                                               .weight_sum = (double)n,
                                               .loss = CVXNN_LOSS_SQUARED,
                                               .beta = beta};
    return sample;
}

static void sample_free(struct sample *sample) {
    free(sample->x);
    free(sample->y);
    free(sample->nu);
}

/* A higher order proves more, from any dual vector to begin with. */
START_TEST(orders_rise) {
    struct sample sample = sample_make(30, 4, 0.05, 1);
    struct fixture f;
    const int64_t most = cvxnn_test_size(3000, 1000);
    double before = 0;
    fixture_open(&f, 1);
    for (int64_t order = 1; order <= 3; order++) {
        double bound = bound_of(&f, &sample.instance, sample.nu, order, most).proved.bound;
        ck_assert(bound > before * (1 + 1e-3));
        before = bound;
    }
    for (int64_t i = 0; i < 30; i++) sample.nu[i] = 0;
    double other = bound_of(&f, &sample.instance, sample.nu, 3, most).proved.bound;
    ck_assert(fabs(other - before) <= 2e-3 * before);
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

/* On these, squares of degree 2 in all directions leave nothing to higher orders with kinks apart. */
START_TEST(kinks_in_all_directions_prove_more) {
    struct sample sample = sample_make(30, 4, 0.05, 1);
    struct fixture f;
    fixture_open(&f, 1);
    double apart = bound_of(&f, &sample.instance, sample.nu, 3, cvxnn_test_size(3000, 1000)).proved.bound;
    ck_assert(bound_of(&f, &sample.instance, sample.nu, JOINT, cvxnn_test_size(1500, 400)).proved.bound >
              apart * (1 + 1e-3));
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

/* Noise for targets: more neurons than squares of degree 2 can tell apart on the whole sphere. */
START_TEST(cuts_prove_more) {
    struct sample sample = sample_make(20, 4, 0.02, 3);
    double *noise = normals(3, STREAM, 4, 20);
    struct fixture f;
    fixture_open(&f, 1);
    for (int64_t i = 0; i < 20; i++) sample.y[i] = noise[i], sample.nu[i] = noise[i] / 20;
    double whole = bound_of(&f, &sample.instance, sample.nu, JOINT, 600).proved.bound;
    ck_assert(bound_of(&f, &sample.instance, sample.nu, CUT, 600).proved.bound > whole * (1 + 1e-2));
    fixture_close(&f);
    sample_free(&sample);
    free(noise);
}
END_TEST

/* Two rows cannot cut the sphere into sixteen cells: no search waits for that. */
START_TEST(cells_that_cannot_be_cut_end_the_search) {
    struct sample sample = sample_make(2, 2, 0.05, 5);
    struct fixture f;
    fixture_open(&f, 1);
    struct outcome outcome = bound_of(&f, &sample.instance, sample.nu, CUT_MORE, 0);
    ck_assert_int_eq(outcome.status, CVXNN_OK);
    ck_assert(outcome.proved.bound > 0);
    ck_assert_int_lt(f.events, 200); /* of about ten steps each */
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

/* In the next order a certificate proves no less. */
START_TEST(a_lifted_certificate_proves_no_less) {
    struct sample sample = sample_make(20, 3, 0.05, 4);
    struct fixture f;
    fixture_open(&f, 1);
    for (int64_t order = 1; order <= 3; order++) {
        struct cvxnn__scope scope;
        struct cvxnn__certificate found, lifted;
        struct cvxnn__proved proved, again;
        struct cvxnn__bound_options options = {.order = order, .most_iterations = 200, .target = INFINITY};
        cvxnn__scope_open(&scope, f.context.memory);
        cvxnn__certificate_take(&scope, 20, 3, order, &found);
        cvxnn__certificate_take(&scope, 20, 3, order + 1, &lifted);
        ck_assert_int_eq(
            cvxnn__sphere_bound(&f.context, &sample.instance, sample.nu, &options, &found, &proved),
            CVXNN_OK);
        ck_assert_int_eq(cvxnn__certificate_lift(&f.context, &found, &lifted), CVXNN_OK);
        ck_assert_int_eq(cvxnn__sphere_check(&f.context, &sample.instance, &lifted, &again), CVXNN_OK);
        ck_assert_double_gt(again.bound, 0);
        for (int side = 0; side < 2; side++) ck_assert_double_le(again.h[side], proved.h[side] * (1 + 1e-10));
        ck_assert_double_ge(again.bound, proved.bound * (1 - 1e-10));
        cvxnn__scope_close(&scope);
    }
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

/* Both kinds of linear systems: few rows, many rows. */
START_TEST(threads_give_the_same_bits) {
    static const int64_t shapes[][3] = {{300, 5, 1}, {40, 5, 2},     {8, 6, 2},
                                        {12, 4, 3},  {20, 4, JOINT}, {20, 4, CUT}};
    for (int shape = 0; shape < 6; shape++) {
        struct sample sample = sample_make(shapes[shape][0], shapes[shape][1], 0.05, 2);
        struct cvxnn__proved first = {.bound = 0};
        for (int64_t threads = 1; threads <= 3; threads++) {
            struct fixture f;
            fixture_open(&f, threads);
            struct outcome outcome = bound_of(&f, &sample.instance, sample.nu, shapes[shape][2],
                                              shapes[shape][2] == CUT ? 240 : 60);
            ck_assert_int_eq(outcome.status, CVXNN_OK);
            ck_assert(outcome.proved.bound > 0);
            if (threads == 1) first = outcome.proved;
            ck_assert(!memcmp(&first, &outcome.proved, sizeof first));
            fixture_close(&f);
        }
        sample_free(&sample);
    }
}
END_TEST

START_TEST(stops_and_lack_of_memory_leave_nothing_behind) {
    struct sample sample = sample_make(12, 3, 0.05, 3);
    struct fixture f;
    fixture_open(&f, 1);
    for (int64_t order = 2; order <= CUT; order += order == 2 ? 2 : 1) {
        int64_t most = order == CUT ? 160 : 100; /* cuts come late */
        f.events = 0, f.stop_at = 0, f.monitor.stopped = 0;
        double full = bound_of(&f, &sample.instance, sample.nu, order, most).proved.bound, before = 0;
        int64_t events = f.events;
        ck_assert(full > 0 && (order == CUT ? events > 10 : events == 10));
        for (int64_t stop = 1; stop < events; stop++) {
            f.events = 0, f.stop_at = stop, f.monitor.stopped = 0;
            struct outcome outcome = bound_of(&f, &sample.instance, sample.nu, order, most);
            ck_assert_int_eq(outcome.status, CVXNN_STOPPED_CANCELLED);
            ck_assert(outcome.proved.bound >= before && outcome.proved.bound <= full);
            before = outcome.proved.bound;
        }
    }
    f.stop_at = 0, f.monitor.stopped = 0;
    for (int kind = 0; kind < 4; kind++) { /* by moments, by rows, in all directions, with cuts */
        int64_t order = kind == 3 ? CUT : kind == 2 ? JOINT : 2;
        int64_t stride = kind == 3 ? cvxnn_test_size(1, 16) : 1; /* cuts ask for memory very often */
        sample.instance.rows.n = kind == 1 ? 4 : 12;
        for (f.fail_on = 0; f.fail_on < 2; f.fail_on++) {
            int64_t k = 1 - stride;
            int32_t status;
            do {
                f.fail_at = k += stride;
                status = bound_of(&f, &sample.instance, sample.nu, order, order == CUT ? 110 : 10).status;
                ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_MEMORY);
                ck_assert_int_eq(f.blocks, 0);
            } while (status);
            ck_assert_int_gt(k, 40);
        }
    }
    f.fail_at = 0;
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

CVXNN_SUITE(sphere_bound) {
    CVXNN_TEST(bound_is_never_above_the_optimum);
    CVXNN_TEST(orders_rise);
    CVXNN_TEST(kinks_in_all_directions_prove_more);
    CVXNN_TEST(cuts_prove_more);
    CVXNN_TEST(cells_that_cannot_be_cut_end_the_search);
    CVXNN_TEST(a_lifted_certificate_proves_no_less);
    CVXNN_TEST(threads_give_the_same_bits);
    CVXNN_TEST(stops_and_lack_of_memory_leave_nothing_behind);
}
