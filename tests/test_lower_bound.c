/*
 * The lower bound on the optimum of (NN): never above the optimum that the oracle finds, tight where it can
 * be, valid whenever it is stopped.
 */
#include <float.h>
#include <math.h>

#include "fixture.h"
#include "gap/lower_bound.h"
#include "tiny.h"

enum { STREAM = CVXNN__STREAM_BENCH + 8 };

/* ---- tiny problems, against the oracle ---- */

static double tiny_bound(struct fixture *f, const struct tiny *tiny, const double *nu) {
    struct cvxnn__instance instance = tiny_instance(tiny);
    double bound;
    ck_assert_int_eq(cvxnn__lower_bound(&f->context, &instance, nu, &bound), CVXNN_OK);
    return bound;
}

/* A dual vector for the instance: kind 0 the residual of the optimal network, 1 that and noise, 2 the
 * targets', 3 noise alone. Rows of weight 0 get 0, as they have to. */
static void tiny_dual(const struct tiny *tiny, uint64_t seed, int kind, const double *residual, double *nu) {
    const double *weights = tiny_weights(tiny);
    double noise[ORACLE_MOST_ROWS], size = 0;
    cvxnn__normals(seed, TINY_STREAM, 30, tiny->n, noise);
    for (int i = 0; i < tiny->n; i++) size = fmax(size, fabs(residual[i]));
    for (int i = 0; i < tiny->n; i++) {
        nu[i] = residual[i];
        if (kind == 1) nu[i] += 0.1 * size * noise[i];
        if (kind == 2) nu[i] = tiny->y[i] * (weights ? weights[i] : 1);
        if (kind == 3) nu[i] = noise[i];
        if (weights && weights[i] == 0) nu[i] = 0;
    }
}

/* Every kind of instance, several dual vectors each, in several units. */
START_TEST(bound_is_never_above_the_optimum) {
    static const double units[][2] = {{1, 1},       {1e8, 1},   {1e-8, 1},    {1, 1e8},
                                      {1e-8, 1e-8}, {1e8, 1e8}, {1e60, 1e-60}};
    struct fixture f;
    int useful = 0, tried = 0;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= (uint64_t)cvxnn_test_size(320, 8); seed++) {
        struct tiny tiny = tiny_make(seed, 3);
        double gap, residual[ORACLE_MOST_ROWS], nu[ORACLE_MOST_ROWS];
        double optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, tiny_weights(&tiny), tiny.beta, &gap,
                                        residual);
        ck_assert(gap <= 1e-9 * optimum);
        for (int kind = 0; kind < 4; kind++) {
            size_t u = seed % (sizeof units / sizeof *units);
            tiny_dual(&tiny, seed, kind, residual, nu);
            double bound = tiny_bound(&f, &tiny, nu);
            ck_assert(bound >= 0 && bound <= optimum);
            tried++, useful += bound > 0.5 * optimum;
            struct tiny other = tiny_scaled(tiny, units[u][0], units[u][1]);
            for (int i = 0; i < tiny.n; i++) nu[i] *= units[u][1];
            double there = tiny_bound(&f, &other, nu) / units[u][1] / units[u][1];
            ck_assert(there >= 0 && there <= optimum * (1 + 4 * DBL_EPSILON)); /* the units' own rounding */
            ck_assert(fabs(there - bound) <= 0.01 * optimum);
        }
    }
    ck_assert_int_gt(useful, tried / 4); /* a bound that is always 0 would pass everything else */
    fixture_close(&f);
}
END_TEST

/* One row, beta < |x||y|: p* = b |y| - b^2 / 2 with b = beta / |x|, and the linear form attains it, so that
 * only the rounding keeps the bound below. */
START_TEST(bound_of_one_row_is_tight_and_still_below) {
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= (uint64_t)cvxnn_test_size(300, 30); seed++) {
        struct tiny tiny = {.n = 1, .d = 1 + (int)(seed % 3)};
        cvxnn__normals(seed, TINY_STREAM, 40, tiny.d, tiny.x);
        cvxnn__normals(seed, TINY_STREAM, 41, 1, tiny.y);
        long double square = 0, y = fabsl((long double)tiny.y[0]);
        for (int j = 0; j < tiny.d; j++) square += (long double)tiny.x[j] * tiny.x[j];
        tiny.beta = (double)(0.3L * y * sqrtl(square));
        long double b = tiny.beta / sqrtl(square), optimum = b * y - b * b / 2;
        double bound = tiny_bound(&f, &tiny, tiny.y);
        ck_assert(bound <= optimum * (1 + 8 * LDBL_EPSILON));
        ck_assert(bound >= optimum * (1 - 1e-9L));
    }
    fixture_close(&f);
}
END_TEST

/* ---- any size ---- */

/* A regression problem with Gaussian rows, and a dual vector between its residual and noise. */
struct sample {
    struct cvxnn__instance instance;
    double *x, *y, *nu;
};

static struct sample sample_make(int64_t n, int64_t d, double beta, uint64_t seed) {
    struct sample sample = {.x = normals(seed, STREAM, 12, n * d),
                            .y = normals(seed, STREAM, 13, n),
                            .nu = normals(seed, STREAM, 14, n)};
    for (int64_t i = 0; i < n; i++) {
        sample.y[i] = fabs(sample.x[i * d]) + 0.3 * sample.y[i];
        sample.nu[i] = (0.5 * sample.y[i] + 0.1 * sample.nu[i]) / (double)n;
    }
    sample.instance = instance_of(n, d, sample.x, sample.y, NULL, beta);
    return sample;
}

static void sample_free(struct sample *sample) {
    free(sample->x);
    free(sample->y);
    free(sample->nu);
}

static double lower_bound(struct fixture *f, const struct sample *sample, int32_t expected) {
    double bound = -1;
    ck_assert_int_eq(cvxnn__lower_bound(&f->context, &sample->instance, sample->nu, &bound), expected);
    return bound;
}

START_TEST(threads_give_the_same_bits) {
    struct sample sample = sample_make(cvxnn_test_size(3000, 150), 7, 0.1, 1);
    double bounds[3];
    for (int64_t threads = 1; threads <= 3; threads++) {
        struct fixture f;
        fixture_open(&f, threads);
        bounds[threads - 1] = lower_bound(&f, &sample, CVXNN_OK);
        fixture_close(&f);
    }
    ck_assert(bounds[0] > 0);
    ck_assert(!memcmp(&bounds[0], &bounds[1], sizeof(double)));
    ck_assert(!memcmp(&bounds[0], &bounds[2], sizeof(double)));
    sample_free(&sample);
}
END_TEST

START_TEST(stops_keep_a_valid_bound) {
    struct sample sample = sample_make(60, 6, 0.05, 2);
    struct fixture f;
    fixture_open(&f, 1);
    double full = lower_bound(&f, &sample, CVXNN_OK), before = 0;
    int64_t events = f.events;
    ck_assert(full > 0);
    ck_assert_int_gt(events, 3);
    const int64_t step = cvxnn_test_size(1, 17);
    for (int64_t stop = 1; stop < events;
         stop += stop + step < events || stop == events - 1 ? step : events - 1 - stop) {
        f.events = 0, f.stop_at = stop, f.monitor.stopped = 0;
        double bound = lower_bound(&f, &sample, CVXNN_STOPPED_CANCELLED);
        ck_assert(bound >= before && bound <= full);
        before = bound;
    }
    ck_assert(before > 0.9 * full);
    atomic_int cancel = 1;
    f.stop_at = 0, f.monitor.stopped = 0, f.monitor.cancel = &cancel;
    ck_assert(lower_bound(&f, &sample, CVXNN_STOPPED_CANCELLED) == 0);
    atomic_store(&cancel, 0);
    f.monitor.start -= 10, f.monitor.max_seconds = 1;
    ck_assert(lower_bound(&f, &sample, CVXNN_STOPPED_SECONDS) == 0);
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

START_TEST(memory_may_run_out_anywhere) {
    static const int64_t shapes[][2] = {{6, 2}, {3, 9}};
    for (int s = 0; s < 2; s++) {
        struct sample sample = sample_make(shapes[s][0], shapes[s][1], 0.05, 3);
        struct fixture f;
        fixture_open(&f, 1);
        double full = lower_bound(&f, &sample, CVXNN_OK), bound;
        for (f.fail_on = 0; f.fail_on < 2; f.fail_on++) {
            int64_t k = 0;
            int32_t status;
            do {
                f.fail_at = k += cvxnn_test_size(1, 499) + k / 64; /* iterations are alike */
                bound = -1;
                status = cvxnn__lower_bound(&f.context, &sample.instance, sample.nu, &bound);
                ck_assert(status == CVXNN_OK ? bound == full : status == CVXNN_ERROR_MEMORY && bound == -1);
                ck_assert_int_eq(f.blocks, 0);
            } while (status);
            ck_assert_int_gt(k, 20);
        }
        f.fail_at = 0;
        fixture_close(&f);
        sample_free(&sample);
    }
}
END_TEST

START_TEST(poor_dual_vectors_do_no_harm) {
    struct sample sample = sample_make(9, 3, 0.05, 4);
    struct fixture f;
    fixture_open(&f, 1);
    double good = lower_bound(&f, &sample, CVXNN_OK);
    for (int64_t i = 0; i < 9; i++) sample.nu[i] = -sample.nu[i]; /* D falls along -residual */
    ck_assert(fabs(lower_bound(&f, &sample, CVXNN_OK) - good) <= 0.02 * good);
    for (int64_t i = 0; i < 9; i++) sample.nu[i] = 0;
    ck_assert(fabs(lower_bound(&f, &sample, CVXNN_OK) - good) <= 0.02 * good);
    sample.nu[4] = NAN;
    ck_assert(lower_bound(&f, &sample, CVXNN_OK) == 0);
    for (int64_t i = 0; i < 9; i++) sample.nu[i] = 1, sample.y[i] = 0; /* p* = 0 */
    ck_assert(lower_bound(&f, &sample, CVXNN_OK) == 0);
    sample_free(&sample);
    fixture_close(&f);
}
END_TEST

/* X = 0: no network does anything, and p* = F(0) exactly. */
START_TEST(data_without_information_are_bounded_exactly) {
    struct sample sample = sample_make(12, 3, 0.05, 5);
    struct fixture f;
    fixture_open(&f, 1);
    long double loss = 0;
    for (int64_t i = 0; i < 12; i++) {
        for (int64_t j = 0; j < 3; j++) sample.x[i * 3 + j] = 0;
        sample.nu[i] = 7 * sample.y[i]; /* any multiple of the residual will do */
        loss += (long double)sample.y[i] * sample.y[i] / 24;
    }
    double bound = lower_bound(&f, &sample, CVXNN_OK);
    ck_assert(bound <= loss && bound >= loss * (1 - 1e-12L));
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

CVXNN_SUITE(lower_bound) {
    CVXNN_TEST(bound_is_never_above_the_optimum);
    CVXNN_TEST(bound_of_one_row_is_tight_and_still_below);
    CVXNN_TEST(threads_give_the_same_bits);
    CVXNN_TEST(stops_keep_a_valid_bound);
    CVXNN_TEST(memory_may_run_out_anywhere);
    CVXNN_TEST(poor_dual_vectors_do_no_harm);
    CVXNN_TEST(data_without_information_are_bounded_exactly);
}
