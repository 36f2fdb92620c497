/*
 * The certificate handle: what it says survives its text, its text any storage of the same data, and its
 * contents whatever goes wrong; what is proved does not depend on threads; a stop leaves a valid proof. The
 * verdicts themselves are held to a second verifier by test_certificate.py.
 */
#include <math.h>
#include <stdio.h>

#include "base/random.h"
#include "fixture.h"
#include "verify/objective.h"

enum { N = 9, D = 2, TEXT = 1 << 15, STREAM = CVXNN__STREAM_BENCH + 61 };

static const double U[] = {1, -0.5, 0.25, 0.75, -0.5, 1}, A[] = {0.5, -0.25, 0.125};

struct world {
    double x[N * D], y[N], s[N];
    cvxnn_problem *problem;
    cvxnn_model *model;
    cvxnn_certificate *certificate;
};

static void open_world(struct world *w, struct fixture *f) {
    memset(w, 0, sizeof *w);
    for (int e = 0; e < N * D; e++) w->x[e] = (double)(float)sin(2.0 + 5 * e);
    for (int i = 0; i < N; i++) w->y[i] = fabs(w->x[i * D]) - w->x[i * D + 1], w->s[i] = i % 3;
    ck_assert_int_eq(cvxnn_problem_create(&w->problem), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_data(w->problem, N, D, w->x, D, CVXNN_ROW_MAJOR, CVXNN_COPY),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(w->problem, N, 1, w->y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_weights(w->problem, N, w->s), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_double(w->problem, CVXNN_OPTION_BETA, 0.02), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_create(&w->model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_weights(w->model, D, CVXNN_BIAS_NONE, 1, 3, U, D, A, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_create_with(f ? fixture_allocate : NULL, f ? fixture_reallocate : NULL,
                                                   f ? fixture_release : NULL, f, &w->certificate),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_set_int(w->certificate, CVXNN_OPTION_ORDER, 2), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_set_int(w->certificate, CVXNN_OPTION_MAX_ITERATIONS, 50), CVXNN_OK);
}

static void close_world(struct world *w) {
    cvxnn_problem_free(w->problem);
    cvxnn_model_free(w->model);
    cvxnn_certificate_free(w->certificate);
}

static double real(const cvxnn_certificate *certificate, int32_t key) {
    double value;
    return cvxnn_certificate_info_double(certificate, key, &value) ? NAN : value;
}

/* The certificate's text, as a string; empty when it holds none. */
static void text_of(const cvxnn_certificate *certificate, char *text) {
    int64_t needed = 0;
    int32_t status = cvxnn_certificate_write(certificate, text, TEXT - 1, &needed);
    ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_STATE);
    text[status ? 0 : needed] = 0;
}

/* ---- Text and files ---- */

START_TEST(a_certificate_survives_its_text) {
    static char text[TEXT], again[TEXT];
    static const char path[] = "build/test-handle.certificate";
    struct world w;
    cvxnn_certificate *other;
    open_world(&w, NULL);
    ck_assert_int_eq(cvxnn_certificate_prove(w.certificate, w.problem, w.model), CVXNN_OK);
    double bound = real(w.certificate, CVXNN_INFO_LOWER_BOUND),
           objective = real(w.certificate, CVXNN_INFO_OBJECTIVE), plain;
    ck_assert_int_eq(cvxnn_model_objective(w.model, w.problem, &plain), CVXNN_OK);
    ck_assert(bound > 0 && objective >= plain && objective <= plain * (1 + 1e-12));
    ck_assert(real(w.certificate, CVXNN_INFO_CERTIFIED_RATIO) >= objective / bound);
    ck_assert(real(w.certificate, CVXNN_INFO_CERTIFIED_RATIO) <= objective / bound * (1 + 1e-15));
    text_of(w.certificate, text);
    ck_assert_int_eq(cvxnn_certificate_create(&other), CVXNN_OK);
    for (int file = 0; file < 2; file++) {
        if (file) {
            ck_assert_int_eq(cvxnn_certificate_save(w.certificate, path), CVXNN_OK);
            ck_assert_int_eq(cvxnn_certificate_load(other, path), CVXNN_OK);
            remove(path);
        } else {
            ck_assert_int_eq(cvxnn_certificate_read(other, text, (int64_t)strlen(text)), CVXNN_OK);
        }
        text_of(other, again);
        ck_assert_str_eq(text, again);
        ck_assert(isnan(real(other, CVXNN_INFO_LOWER_BOUND)) && isnan(real(other, CVXNN_INFO_OBJECTIVE)));
        ck_assert(real(other, CVXNN_INFO_CLAIMED_BOUND) < bound);
        ck_assert(real(other, CVXNN_INFO_CLAIMED_BOUND) > bound * (1 - 1e-7));
        ck_assert(real(other, CVXNN_INFO_CLAIMED_OBJECTIVE) > objective);
        ck_assert(real(other, CVXNN_INFO_BETA) == 0.02);
        ck_assert_int_eq(cvxnn_certificate_verify(other, w.problem, w.model), CVXNN_OK);
        ck_assert(real(other, CVXNN_INFO_LOWER_BOUND) == bound);
        ck_assert(real(other, CVXNN_INFO_OBJECTIVE) == objective);
    }
    cvxnn_certificate_free(other);
    close_world(&w);
}
END_TEST

/* Column-major, borrowed, float: the numbers count, not how they lie in memory. A problem that standardizes
 * by the model's own scaling is the same as one whose model scales. */
START_TEST(other_storage_of_the_same_data) {
    struct world w;
    float narrow[N * D];
    double columns[N * D], center[D] = {0}, scale[D] = {0};
    open_world(&w, NULL);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < D; j++) {
            columns[j * N + i] = w.x[i * D + j];
            narrow[i * D + j] = (float)w.x[i * D + j];
        }
    ck_assert_int_eq(cvxnn_certificate_prove(w.certificate, w.problem, w.model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_data(w.problem, N, D, columns, N, CVXNN_COLUMN_MAJOR, CVXNN_BORROW),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_verify(w.certificate, w.problem, w.model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_data_float(w.problem, N, D, narrow, D, CVXNN_ROW_MAJOR, CVXNN_COPY),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_verify(w.certificate, w.problem, w.model), CVXNN_OK);
    for (int j = 0; j < D; j++) {
        for (int i = 0; i < N; i++) center[j] += w.x[i * D + j];
        center[j] /= N;
        for (int i = 0; i < N; i++) scale[j] += (w.x[i * D + j] - center[j]) * (w.x[i * D + j] - center[j]);
        scale[j] = sqrt(scale[j] / N);
    }
    ck_assert_int_eq(cvxnn_model_set_scaling(w.model, D, center, scale), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_prove(w.certificate, w.problem, w.model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_int(w.problem, CVXNN_OPTION_STANDARDIZE, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_verify(w.certificate, w.problem, w.model), CVXNN_OK);
    close_world(&w);
}
END_TEST

/* ---- What is proved ---- */

START_TEST(threads_change_nothing) {
    static char text[2][TEXT];
    for (int t = 0; t < 2; t++) {
        struct world w;
        open_world(&w, NULL);
        ck_assert_int_eq(cvxnn_certificate_set_int(w.certificate, CVXNN_OPTION_THREADS, 1 + 2 * t), CVXNN_OK);
        ck_assert_int_eq(cvxnn_certificate_prove(w.certificate, w.problem, w.model), CVXNN_OK);
        text_of(w.certificate, text[t]);
        close_world(&w);
    }
    ck_assert_str_eq(text[0], text[1]);
}
END_TEST

/* The objective in long double, from the definition. */
static long double objective_of(int n, int d, const double *x, const double *y, const double *s, double beta,
                                int neurons, const double *u, const double *a) {
    long double loss = 0, sum = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        long double f = 0;
        for (int j = 0; j < neurons; j++) {
            long double inner = 0;
            for (int k = 0; k < d; k++) inner += (long double)x[i * d + k] * u[j * d + k];
            if (inner > 0) f += inner * a[j];
        }
        loss += s[i] * (f - y[i]) * (f - y[i]) / 2, sum += s[i];
    }
    for (int e = 0; e < neurons * d; e++) squares += (long double)u[e] * u[e];
    for (int j = 0; j < neurons; j++) squares += (long double)a[j] * a[j];
    return loss / sum + beta * squares / 2;
}

START_TEST(objectives_are_bounded_from_above) {
    enum { ROWS = 20, COLUMNS = 5, NEURONS = 12 };
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= 400; seed++) {
        double x[ROWS * COLUMNS], y[ROWS], s[ROWS], numbers[NEURONS], ceiling;
        int n = 1 + (int)(seed % ROWS), d = 1 + (int)(seed % COLUMNS), neurons = (int)(seed % NEURONS);
        struct cvxnn__network network;
        double unit = seed % 5 ? 1 : pow(10, (double)(seed % 16) - 8);
        cvxnn__normals(seed, STREAM, 0, n * d, x);
        cvxnn__normals(seed, STREAM, 1, n, y);
        cvxnn__uniforms(seed, STREAM, 2, n, s);
        ck_assert_int_eq(
            cvxnn__network_make(&f.context, CVXNN_KIND_RELU, d, CVXNN_BIAS_NONE, 1, neurons, &network),
            CVXNN_OK);
        cvxnn__normals(seed, STREAM, 3, neurons * d, network.u);
        cvxnn__normals(seed, STREAM, 4, neurons, numbers);
        for (int j = 0; j < neurons; j++) network.a[j] = numbers[j];
        for (int e = 0; e < n * d; e++) x[e] *= unit;
        struct cvxnn__instance instance = instance_of(n, d, x, y, s, 0.01);
        if (seed % 3 == 0 && neurons > 0) { /* a network that fits: the loss is all rounding */
            ck_assert_int_eq(cvxnn__network_outputs(&f.context, &network, &instance.rows, y), CVXNN_OK);
            instance.beta = 1e-18;
        }
        long double truth = objective_of(n, d, x, y, s, instance.beta, neurons, network.u, network.a);
        ck_assert_int_eq(cvxnn__objective_ceiling(&f.context, &instance, &network, &ceiling), CVXNN_OK);
        ck_assert(ceiling >= truth);
        if (instance.beta > 1e-10) ck_assert(ceiling <= truth * (1 + 1e-11L));
        cvxnn__network_free(&network);
    }
    fixture_close(&f);
}
END_TEST

/* Targets of zeros and the network without neurons: the objective is exactly 0, and so is the optimum. */
START_TEST(nothing_to_learn_is_certified) {
    static const double zeros[N];
    struct world w;
    open_world(&w, NULL);
    ck_assert_int_eq(cvxnn_problem_set_targets(w.problem, N, 1, zeros, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    for (int neurons = 0; neurons < 2; neurons++) {
        ck_assert_int_eq(cvxnn_model_set_weights(w.model, D, CVXNN_BIAS_NONE, 1, neurons, zeros, D, zeros, 1),
                         CVXNN_OK);
        ck_assert_int_eq(cvxnn_certificate_prove(w.certificate, w.problem, w.model), CVXNN_OK);
        ck_assert_int_eq(cvxnn_certificate_verify(w.certificate, w.problem, w.model), CVXNN_OK);
        ck_assert(real(w.certificate, CVXNN_INFO_OBJECTIVE) == 0);
        ck_assert(real(w.certificate, CVXNN_INFO_LOWER_BOUND) == 0);
        ck_assert(real(w.certificate, CVXNN_INFO_CERTIFIED_RATIO) == 1);
    }
    ck_assert_int_eq(cvxnn_model_set_weights(w.model, D, CVXNN_BIAS_NONE, 1, 1, U, D, A, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_prove(w.certificate, w.problem, w.model), CVXNN_OK);
    ck_assert(real(w.certificate, CVXNN_INFO_OBJECTIVE) > 0);
    ck_assert(isnan(real(w.certificate, CVXNN_INFO_CERTIFIED_RATIO)));
    close_world(&w);
}
END_TEST

/* order 0 chooses from 1 on: for more columns than that takes there is no certificate. */
START_TEST(orders_that_cannot_be) {
    enum { MOST = 47000 };
    static const struct { int64_t d, order; } cases[] = {{200, 4}, {MOST, 1}, {MOST, 0}};
    static double x[2 * MOST], u[MOST];
    struct world w;
    open_world(&w, NULL);
    ck_assert_int_eq(cvxnn_certificate_prove(w.certificate, w.problem, w.model), CVXNN_OK);
    for (int c = 0; c < 3; c++) {
        int64_t d = cases[c].d, order;
        cvxnn_model *wide;
        ck_assert_int_eq(cvxnn_problem_set_data(w.problem, 2, d, x, d, CVXNN_ROW_MAJOR, CVXNN_BORROW),
                         CVXNN_OK);
        ck_assert_int_eq(cvxnn_problem_set_targets(w.problem, 2, 1, w.y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
        ck_assert_int_eq(cvxnn_model_create(&wide), CVXNN_OK);
        ck_assert_int_eq(cvxnn_model_set_weights(wide, d, CVXNN_BIAS_NONE, 1, 1, u, d, A, 1), CVXNN_OK);
        ck_assert_int_eq(cvxnn_certificate_set_int(w.certificate, CVXNN_OPTION_ORDER, cases[c].order),
                         CVXNN_OK);
        ck_assert_int_eq(cvxnn_certificate_prove(w.certificate, w.problem, wide), CVXNN_ERROR_UNSUPPORTED);
        ck_assert_int_eq(cvxnn_certificate_info_int(w.certificate, CVXNN_INFO_ORDER, &order), CVXNN_OK);
        ck_assert_int_eq(order, 2); /* what it held */
        cvxnn_model_free(wide);
    }
    close_world(&w);
}
END_TEST

/* Whatever order the option allows is searched, given that its matrices are of a size that can be, and none
 * proves less than a lower one. */
START_TEST(orders_that_can_be) {
    struct world w;
    int64_t least, most, initial, order;
    double before = 0;
    ck_assert_int_eq(cvxnn_option_range_int(CVXNN_OPTION_ORDER, &initial, &least, &most), CVXNN_OK);
    open_world(&w, NULL);
    ck_assert_int_eq(cvxnn_certificate_set_int(w.certificate, CVXNN_OPTION_MAX_ITERATIONS, 200), CVXNN_OK);
    for (int64_t k = 1; k <= most; k++) {
        ck_assert_int_eq(cvxnn_certificate_set_int(w.certificate, CVXNN_OPTION_ORDER, k), CVXNN_OK);
        ck_assert_int_ge(cvxnn_certificate_prove(w.certificate, w.problem, w.model), 0);
        ck_assert_int_eq(cvxnn_certificate_info_int(w.certificate, CVXNN_INFO_ORDER, &order), CVXNN_OK);
        ck_assert_int_eq(order, k);
        ck_assert(real(w.certificate, CVXNN_INFO_LOWER_BOUND) >= before * (1 - 1e-10));
        before = real(w.certificate, CVXNN_INFO_LOWER_BOUND);
        ck_assert_int_eq(cvxnn_certificate_verify(w.certificate, w.problem, w.model), CVXNN_OK);
    }
    ck_assert_int_ge(most, 4);
    close_world(&w);
}
END_TEST

/* ---- Stops ---- */

START_TEST(a_stop_leaves_a_valid_proof) {
    int32_t status = CVXNN_STOPPED_CANCELLED;
    double bound = 0;
    for (int64_t k = 0; status == CVXNN_STOPPED_CANCELLED; k++) {
        struct world w;
        struct stop stop = {.at = k};
        open_world(&w, NULL);
        ck_assert_int_eq(cvxnn_certificate_set_callback(w.certificate, stop_at, &stop), CVXNN_OK);
        if (k == 0) ck_assert_int_eq(cvxnn_certificate_cancel(w.certificate), CVXNN_OK);
        status = cvxnn_certificate_prove(w.certificate, w.problem, w.model);
        ck_assert(status == CVXNN_OK || status == CVXNN_STOPPED_CANCELLED);
        ck_assert(k > 0 || status == CVXNN_STOPPED_CANCELLED);
        /* the end may put the proof in a larger matrix, where rounding costs more */
        ck_assert(real(w.certificate, CVXNN_INFO_LOWER_BOUND) >= bound * (1 - 1e-10));
        bound = real(w.certificate, CVXNN_INFO_LOWER_BOUND);
        ck_assert_int_eq(cvxnn_certificate_verify(w.certificate, w.problem, w.model), CVXNN_OK);
        ck_assert_int_eq(cvxnn_certificate_cancel(w.certificate), CVXNN_OK);
        ck_assert_int_eq(cvxnn_certificate_verify(w.certificate, w.problem, w.model),
                         CVXNN_STOPPED_CANCELLED);
        ck_assert(real(w.certificate, CVXNN_INFO_LOWER_BOUND) == bound); /* of the last that succeeded */
        close_world(&w);
    }
    ck_assert(bound > 0);
}
END_TEST

static int32_t use_everything(const cvxnn_event *event, void *user) {
    struct world *w = user;
    int64_t count;
    double value;
    char text[8];
    (void)event;
    const int32_t outcomes[] = {
        cvxnn_certificate_prove(w->certificate, w->problem, w->model),
        cvxnn_certificate_verify(w->certificate, w->problem, w->model),
        cvxnn_certificate_set_int(w->certificate, CVXNN_OPTION_ORDER, 1),
        cvxnn_certificate_set_double(w->certificate, CVXNN_OPTION_TARGET_RATIO, 2),
        cvxnn_certificate_get_int(w->certificate, CVXNN_OPTION_ORDER, &count),
        cvxnn_certificate_get_double(w->certificate, CVXNN_OPTION_TARGET_RATIO, &value),
        cvxnn_certificate_reset_options(w->certificate),
        cvxnn_certificate_set_callback(w->certificate, NULL, NULL),
        cvxnn_certificate_info_int(w->certificate, CVXNN_INFO_ORDER, &count),
        cvxnn_certificate_info_double(w->certificate, CVXNN_INFO_BETA, &value),
        cvxnn_certificate_save(w->certificate, "build/never.certificate"),
        cvxnn_certificate_load(w->certificate, "build/never.certificate"),
        cvxnn_certificate_write(w->certificate, text, 8, &count),
        cvxnn_certificate_read(w->certificate, text, 8),
        cvxnn_problem_set_double(w->problem, CVXNN_OPTION_BETA, 1),
        cvxnn_problem_set_weights(w->problem, N, NULL),
        cvxnn_model_set_double(w->model, CVXNN_MODEL_BETA, 1),
    };
    for (size_t k = 0; k < sizeof outcomes / sizeof *outcomes; k++)
        ck_assert_msg(outcomes[k] == CVXNN_ERROR_BUSY, "call %d: %s", (int)k, cvxnn_status_name(outcomes[k]));
    ck_assert_int_eq(cvxnn_problem_get_shape(w->problem, &count, NULL, NULL), CVXNN_OK);
    return 0;
}

START_TEST(within_a_callback_everything_is_busy) {
    static char text[2][TEXT];
    for (int nosy = 0; nosy < 2; nosy++) {
        struct world w;
        open_world(&w, NULL);
        ck_assert_int_eq(
            cvxnn_certificate_set_callback(w.certificate, nosy ? use_everything : NULL, nosy ? &w : NULL),
            CVXNN_OK);
        ck_assert_int_eq(cvxnn_certificate_prove(w.certificate, w.problem, w.model), CVXNN_OK);
        text_of(w.certificate, text[nosy]);
        close_world(&w);
    }
    ck_assert_str_eq(text[0], text[1]);
}
END_TEST

/* ---- Memory that runs out ---- */

/* One of the handle's calls that take memory. */
static int32_t work(struct world *w, int what, const char *text) {
    static const char path[] = "build/test-memory.certificate";
    switch (what) {
    case 0:
        return cvxnn_certificate_prove(w->certificate, w->problem, w->model);
    case 1:
        return cvxnn_certificate_verify(w->certificate, w->problem, w->model);
    case 2:
        return cvxnn_certificate_read(w->certificate, text, (int64_t)strlen(text));
    case 3:
        return cvxnn_certificate_save(w->certificate, path);
    default:
        return cvxnn_certificate_load(w->certificate, path);
    }
}

/* order 0: by cells and all orders. The k-th request fails for k = 1, 1 + step, ... */
static void run_out_of_memory(int64_t order, int64_t step) {
    static char before[TEXT], after[TEXT];
    struct fixture f;
    struct world w;
    fixture_open(&f, 1);
    open_world(&w, &f);
    ck_assert_int_eq(cvxnn_certificate_set_int(w.certificate, CVXNN_OPTION_ORDER, order), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_set_int(w.certificate, CVXNN_OPTION_MAX_ITERATIONS, 10), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_prove(w.certificate, w.problem, w.model), CVXNN_OK);
    text_of(w.certificate, before);
    for (int what = 0; what < 5; what++)
        for (int on = 0; on < 2; on++) {
            int32_t status = CVXNN_ERROR_MEMORY;
            int64_t k = 1;
            for (; status == CVXNN_ERROR_MEMORY; k += step) {
                f.fail_at = k, f.fail_on = on;
                status = work(&w, what, before);
                f.fail_at = 0;
                text_of(w.certificate, after);
                ck_assert_str_eq(before, after);
            }
            ck_assert_int_eq(status, CVXNN_OK);
            ck_assert_int_gt(k, 1 + step); /* it failed at least once */
        }
    close_world(&w);
    fixture_close(&f);
    remove("build/test-memory.certificate");
}

START_TEST(memory_that_runs_out_changes_nothing) {
    run_out_of_memory(2, 1);
    run_out_of_memory(0, cvxnn_test_size(29, 211));
}
END_TEST

CVXNN_SUITE(certificate) {
    CVXNN_TEST(a_certificate_survives_its_text);
    CVXNN_TEST(other_storage_of_the_same_data);
    CVXNN_TEST(threads_change_nothing);
    CVXNN_TEST(objectives_are_bounded_from_above);
    CVXNN_TEST(nothing_to_learn_is_certified);
    CVXNN_TEST(orders_that_cannot_be);
    CVXNN_TEST(orders_that_can_be);
    CVXNN_TEST(a_stop_leaves_a_valid_proof);
    CVXNN_TEST(within_a_callback_everything_is_busy);
    CVXNN_TEST(memory_that_runs_out_changes_nothing);
}
