/*
 * Network: what it computes is held against plain loops that know nothing of tiles, layouts or BLAS; copying,
 * scaling, names and balancing against their definitions; every allocation is made to fail.
 */
#include <math.h>
#include <stdio.h>

#include "base/random.h"
#include "fixture.h"
#include "model/network.h"

enum { STREAM = CVXNN__STREAM_BENCH + 40 };

static struct cvxnn__network make(struct fixture *f, int32_t kind, int64_t features, int64_t bias,
                                  int64_t outputs, int64_t neurons) {
    struct cvxnn__network network;
    ck_assert_int_eq(cvxnn__network_make(&f->context, kind, features, bias, outputs, neurons, &network),
                     CVXNN_OK);
    cvxnn__normals(7, STREAM, 1, neurons * network.d, network.u);
    cvxnn__normals(7, STREAM, 2, neurons * outputs, network.a);
    if (network.gates) cvxnn__normals(7, STREAM, 3, neurons * network.d, network.gates);
    return network;
}

/* f_k of one input x (features numbers as the user has them), straight from the definition. */
static double plain_output(const struct cvxnn__network *network, const double *x, int64_t k) {
    double sum = 0;
    for (int64_t j = 0; j < network->neurons; j++) {
        double z = 0, s = 0;
        for (int64_t c = 0; c < network->d; c++) {
            double value = c == network->features ? 1 : x[c];
            if (network->scale && c < network->features)
                value = (value - network->center[c]) / network->scale[c];
            z += value * network->u[j * network->d + c];
            if (network->gates) s += value * network->gates[j * network->d + c];
        }
        if (network->gates ? s >= 0 : z > 0) sum += z * network->a[j * network->outputs + k];
    }
    return sum;
}

/* Outputs for every way the same numbers can lie in memory. */
static void check_layouts(struct fixture *f, const struct cvxnn__network *network, int64_t n, int64_t gap) {
    int64_t features = network->features, wide = features + gap, tall = n + gap;
    double *x = malloc((size_t)(n * features) * sizeof *x), *out = malloc((size_t)(n * 8) * sizeof *out);
    double *spread = malloc((size_t)(wide * tall) * sizeof *spread);
    float *narrow = malloc((size_t)(wide * tall) * sizeof *narrow);
    cvxnn__normals(7, STREAM, 4, n * features, x);
    for (int64_t e = 0; e < n * features; e++) x[e] = (double)(float)x[e]; /* floats hold them, too */
    for (int layout = 0; layout < 4; layout++) {
        int is_float = layout & 1;
        int64_t row = layout & 2 ? 1 : wide, column = layout & 2 ? tall : 1;
        for (int64_t e = 0; e < wide * tall; e++) spread[e] = NAN, narrow[e] = NAN; /* gaps are not read */
        for (int64_t i = 0; i < n; i++)
            for (int64_t c = 0; c < features; c++) {
                spread[i * row + c * column] = x[i * features + c];
                narrow[i * row + c * column] = (float)x[i * features + c];
            }
        struct cvxnn__rows rows = cvxnn__network_rows(
            network, n, is_float ? (const void *)narrow : (const void *)spread, is_float, row, column);
        ck_assert_int_eq(cvxnn__network_outputs(&f->context, network, &rows, out), CVXNN_OK);
        for (int64_t i = 0; i < n; i++)
            for (int64_t k = 0; k < network->outputs; k++) {
                double plain = plain_output(network, x + i * features, k);
                ck_assert_double_le(fabs(out[i * network->outputs + k] - plain), 1e-11 * (1 + fabs(plain)));
            }
    }
    free(x), free(out), free(spread), free(narrow);
}

START_TEST(outputs_are_those_of_the_definition) {
    static const int64_t sizes[][3] = {/* n, features, neurons */
                                       {1, 1, 1},   {5, 3, 0},    {7, 12, 4}, {130, 2, 257},
                                       {3, 300, 9}, {2100, 4, 3}, {1, 6, 2}};
    struct fixture f;
    fixture_open(&f, 2);
    for (int kind = CVXNN_KIND_RELU; kind <= CVXNN_KIND_GATED; kind++)
        for (int bias = CVXNN_BIAS_NONE; bias <= CVXNN_BIAS_PENALIZED; bias++)
            for (int scaled = 0; scaled < 2; scaled++)
                for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
                    int64_t outputs = s % 2 ? 3 : 1, features = sizes[s][1];
                    struct cvxnn__network network = make(&f, kind, features, bias, outputs, sizes[s][2]);
                    double center[300], scale[300];
                    cvxnn__normals(7, STREAM, 5, features, center);
                    cvxnn__uniforms(7, STREAM, 6, features, scale);
                    for (int64_t c = 0; c < features; c++) scale[c] += 0.5;
                    if (scaled)
                        ck_assert_int_eq(cvxnn__network_set_scaling(&f.context, &network, center, scale),
                                         CVXNN_OK);
                    for (int64_t gap = 0; gap < 4; gap += 3) check_layouts(&f, &network, sizes[s][0], gap);
                    cvxnn__network_free(&network);
                }
    fixture_close(&f);
}
END_TEST

START_TEST(outputs_have_the_same_bits_for_any_number_of_threads) {
    enum { N = 2500, D = 7, NEURONS = 300 };
    static double x[N * D], reference[N], out[N];
    cvxnn__normals(7, STREAM, 1, N * D, x);
    for (int64_t threads = 1; threads <= 3; threads++) {
        struct fixture f;
        fixture_open(&f, threads);
        struct cvxnn__network network = make(&f, CVXNN_KIND_RELU, D, CVXNN_BIAS_NONE, 1, NEURONS);
        struct cvxnn__rows rows = cvxnn__network_rows(&network, N, x, 0, D, 1);
        ck_assert_int_eq(cvxnn__network_outputs(&f.context, &network, &rows, threads == 1 ? reference : out),
                         CVXNN_OK);
        if (threads > 1) ck_assert_mem_eq(out, reference, sizeof out);
        cvxnn__network_free(&network);
        fixture_close(&f);
    }
}
END_TEST

START_TEST(a_row_without_outputs_is_nothing) {
    struct fixture f;
    fixture_open(&f, 1);
    struct cvxnn__network network = make(&f, CVXNN_KIND_RELU, 3, CVXNN_BIAS_NONE, 1, 2);
    struct cvxnn__rows rows = cvxnn__network_rows(&network, 0, NULL, 0, 3, 1);
    double untouched = 5;
    ck_assert_int_eq(cvxnn__network_outputs(&f.context, &network, &rows, &untouched), CVXNN_OK);
    ck_assert(untouched == 5);
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

START_TEST(a_gate_of_zero_is_open) {
    static const double x[] = {1, -1, 2, 3}; /* x . g = 0 for the first row, -1 for the second */
    double out[2];
    struct fixture f;
    fixture_open(&f, 1);
    struct cvxnn__network network = make(&f, CVXNN_KIND_GATED, 2, CVXNN_BIAS_NONE, 1, 1);
    network.gates[0] = network.gates[1] = -0.2;
    network.u[0] = 5, network.u[1] = 7, network.a[0] = 3;
    struct cvxnn__rows rows = cvxnn__network_rows(&network, 2, x, 0, 2, 1);
    ck_assert_int_eq(cvxnn__network_outputs(&f.context, &network, &rows, out), CVXNN_OK);
    ck_assert(out[0] == -6 && out[1] == 0);
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

START_TEST(objective_is_loss_plus_penalty) {
    enum { N = 300, D = 6, NEURONS = 11 };
    static double x[N * D], y[N], weights[N], outputs[N];
    struct fixture f;
    fixture_open(&f, 1);
    cvxnn__normals(7, STREAM, 10, N * D, x);
    cvxnn__normals(7, STREAM, 11, N, y);
    cvxnn__uniforms(7, STREAM, 12, N, weights);
    weights[4] = 0;
    for (int kind = CVXNN_KIND_RELU; kind <= CVXNN_KIND_GATED; kind++)
        for (int weighted = 0; weighted < 2; weighted++) {
            struct cvxnn__network network = make(&f, kind, D, CVXNN_BIAS_NONE, 1, NEURONS);
            double sum = N, loss = 0, penalty = 0, objective, again;
            for (int i = 0; weighted && i < N; i++) sum += weights[i] - 1;
            struct cvxnn__instance instance = instance_of(N, D, x, y, weighted ? weights : NULL, 0.37);
            ck_assert_int_eq(cvxnn__network_objective(&f.context, &network, &instance, outputs, &objective),
                             CVXNN_OK);
            ck_assert_int_eq(cvxnn__network_objective(&f.context, &network, &instance, NULL, &again),
                             CVXNN_OK);
            ck_assert(objective == again);
            for (int i = 0; i < N; i++) {
                double error = plain_output(&network, x + i * D, 0) - y[i];
                loss += (weighted ? weights[i] : 1) * error * error / 2 / sum;
            }
            for (int j = 0; j < NEURONS; j++) {
                double inner = 0, outer = network.a[j] * network.a[j];
                for (int c = 0; c < D; c++) inner += network.u[j * D + c] * network.u[j * D + c];
                penalty += kind == CVXNN_KIND_RELU ? (inner + outer) / 2 : sqrt(inner * outer);
            }
            double plain = loss + 0.37 * penalty;
            ck_assert_double_le(fabs(objective - plain), 1e-12 * plain);
            ck_assert_double_le(fabs(outputs[17] - plain_output(&network, x + 17 * D, 0)), 1e-12);
            ck_assert_double_le(fabs(cvxnn__network_penalty(&network) - penalty), 1e-12 * penalty);
            cvxnn__network_free(&network);
        }
    fixture_close(&f);
}
END_TEST

START_TEST(objective_refuses_another_shape) {
    double x[6] = {0}, y[2] = {0}, objective = 3;
    struct fixture f;
    fixture_open(&f, 1);
    struct cvxnn__instance instance = instance_of(2, 3, x, y, NULL, 0);
    struct cvxnn__network narrow = make(&f, CVXNN_KIND_RELU, 2, CVXNN_BIAS_NONE, 1, 1);
    struct cvxnn__network twin = make(&f, CVXNN_KIND_RELU, 3, CVXNN_BIAS_NONE, 2, 1);
    ck_assert_int_eq(cvxnn__network_objective(&f.context, &narrow, &instance, NULL, &objective),
                     CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__network_objective(&f.context, &twin, &instance, NULL, &objective),
                     CVXNN_ERROR_SHAPE);
    ck_assert(objective == 3);
    cvxnn__network_free(&narrow);
    cvxnn__network_free(&twin);
    fixture_close(&f);
}
END_TEST

static double norm(int64_t n, const double *x) {
    long double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (long double)x[i] * x[i];
    return (double)sqrtl(sum);
}

START_TEST(balancing_keeps_the_function_and_equals_the_norms) {
    enum { D = 4, NEURONS = 7, OUTPUTS = 2 };
    static const double inner[NEURONS] = {1, 1e-150, 0, 1e150, 3, 1e-5, 1e9};
    static const double outer[NEURONS] = {2, 1e+140, 1, 1e-155, 0, 1e5, 1e-3};
    double x[D] = {1, -2, 0.5, 3}, before[OUTPUTS], after[OUTPUTS];
    struct fixture f;
    fixture_open(&f, 1);
    struct cvxnn__network network = make(&f, CVXNN_KIND_RELU, D, CVXNN_BIAS_NONE, OUTPUTS, NEURONS);
    for (int j = 0; j < NEURONS; j++) {
        for (int c = 0; c < D; c++) network.u[j * D + c] *= inner[j];
        for (int k = 0; k < OUTPUTS; k++) network.a[j * OUTPUTS + k] *= outer[j];
    }
    for (int k = 0; k < OUTPUTS; k++) before[k] = plain_output(&network, x, k);
    cvxnn__network_balance(&network);
    for (int k = 0; k < OUTPUTS; k++) after[k] = plain_output(&network, x, k);
    ck_assert_int_eq(network.neurons, NEURONS - 2);
    for (int j = 0; j < network.neurons; j++)
        ck_assert_double_eq_tol(norm(D, network.u + j * D) / norm(OUTPUTS, network.a + j * OUTPUTS), 1,
                                1e-12);
    for (int k = 0; k < OUTPUTS; k++)
        ck_assert_double_le(fabs(before[k] - after[k]), 1e-12 * fabs(before[k]));
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

START_TEST(balancing_leaves_extremes_and_gated_networks_whole) {
    struct fixture f;
    fixture_open(&f, 1);
    struct cvxnn__network network = make(&f, CVXNN_KIND_RELU, 1, CVXNN_BIAS_NONE, 1, 3);
    static const double u[] = {5e-324, 1.7e308, -1.7e308}, a[] = {1.7e308, 5e-324, 1.7e308};
    memcpy(network.u, u, sizeof u), memcpy(network.a, a, sizeof a);
    cvxnn__network_balance(&network);
    ck_assert_int_eq(network.neurons, 3);
    for (int j = 0; j < 3; j++) {
        ck_assert_double_eq_tol(fabs(network.u[j]) / fabs(network.a[j]), 1, 1e-12);
        ck_assert_double_eq_tol(network.u[j] / sqrt(fabs(u[j])) / sqrt(fabs(a[j])), u[j] < 0 ? -1 : 1, 1e-12);
    }
    cvxnn__network_free(&network);
    network = make(&f, CVXNN_KIND_RELU, 2, CVXNN_BIAS_NONE, 1, 1); /* |u| is not a double */
    network.u[0] = network.u[1] = 1.7e308;
    network.a[0] = 1;
    cvxnn__network_balance(&network);
    ck_assert_int_eq(network.neurons, 1);
    ck_assert(network.u[0] == 1.7e308 && network.a[0] == 1);
    cvxnn__network_free(&network);
    network = make(&f, CVXNN_KIND_GATED, 1, CVXNN_BIAS_NONE, 1, 1);
    network.u[0] = 0;
    cvxnn__network_balance(&network);
    ck_assert_int_eq(network.neurons, 1);
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

START_TEST(names_are_utf8_without_controls) {
    static const char *good[] = {"a",       " x ",      "caf\xC3\xA9",  "\xE2\x82\xAC",    "\xF0\x9F\x8C\x8D",
                                 "a\"b\\c", "\xC2\xA0", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"};
    static const char *bad[] = {"",
                                "a\nb",
                                "\t",
                                "\x7f",
                                "\xC2\x80",
                                "\xC2\x9F",
                                "\xE2\x80\xA8",
                                "\xE2\x80\xA9", /* controls */
                                "\x80",
                                "\xC3",
                                "\xC3(",
                                "\xE2\x82", /* cut short */
                                "\xC0\x80",
                                "\xC1\xBF",
                                "\xE0\x9F\xBF",
                                "\xF0\x8F\xBF\xBF", /* overlong */
                                "\xED\xA0\x80",
                                "\xF4\x90\x80\x80",
                                "\xF8\x88\x80\x80\x80",
                                "\xFF"};
    char longest[1002];
    memset(longest, 'x', sizeof longest);
    for (size_t k = 0; k < sizeof good / sizeof *good; k++)
        ck_assert_msg(cvxnn__name_is_valid(good[k], (int64_t)strlen(good[k])), "good name %zu", k);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        ck_assert_msg(!cvxnn__name_is_valid(bad[k], (int64_t)strlen(bad[k])), "bad name %zu", k);
    ck_assert(!cvxnn__name_is_valid("a\0b", 3));
    ck_assert(cvxnn__name_is_valid(longest, 1000));
    ck_assert(!cvxnn__name_is_valid(longest, 1001));
}
END_TEST

START_TEST(names_are_kept_replaced_and_removed) {
    struct fixture f;
    fixture_open(&f, 1);
    struct cvxnn__network network = make(&f, CVXNN_KIND_RELU, 3, CVXNN_BIAS_PENALIZED, 2, 1);
    ck_assert_int_eq(cvxnn__network_set_name(&f.context, &network, 0, 2, NULL), CVXNN_OK);
    ck_assert_ptr_null(network.feature_names);
    ck_assert_int_eq(cvxnn__network_set_name(&f.context, &network, 0, 2, "age"), CVXNN_OK);
    ck_assert_int_eq(cvxnn__network_set_name(&f.context, &network, 1, 1, "price"), CVXNN_OK);
    ck_assert_int_eq(cvxnn__network_set_name(&f.context, &network, 0, 2, "income"), CVXNN_OK);
    ck_assert_str_eq(network.feature_names[2], "income");
    ck_assert_str_eq(network.target_names[1], "price");
    ck_assert_ptr_null(network.feature_names[0]);
    ck_assert_int_eq(cvxnn__network_set_name(&f.context, &network, 0, 3, "bias"), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__network_set_name(&f.context, &network, 1, -1, "x"), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__network_set_name(&f.context, &network, 0, 2, "a\nb"), CVXNN_ERROR_VALUE);
    ck_assert_str_eq(network.feature_names[2], "income");
    ck_assert_int_eq(cvxnn__network_set_name(&f.context, &network, 0, 2, NULL), CVXNN_OK);
    ck_assert_ptr_null(network.feature_names[2]);
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

START_TEST(a_network_needs_a_shape) {
    struct fixture f;
    struct cvxnn__network network;
    fixture_open(&f, 1);
    ck_assert_int_eq(cvxnn__network_make(&f.context, 0, 0, 0, 1, 1, &network), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__network_make(&f.context, 0, 1, 0, 0, 1, &network), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__network_make(&f.context, 0, 1, 0, 1, -1, &network), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__network_make(&f.context, 0, INT64_MAX, 1, 1, 0, &network), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn__network_make(&f.context, 0, INT64_MAX / 2, 1, 1, 4, &network),
                     CVXNN_ERROR_MEMORY);
    fixture_close(&f);
}
END_TEST

/* A network with everything in it. */
static struct cvxnn__network furnished(struct fixture *f) {
    static const double center[] = {1, -2, 3}, scale[] = {0.5, 2, 7};
    struct cvxnn__network network = make(f, CVXNN_KIND_GATED, 3, CVXNN_BIAS_PENALIZED, 2, 5);
    network.beta = 0.25;
    ck_assert_int_eq(cvxnn__network_set_scaling(&f->context, &network, center, scale), CVXNN_OK);
    ck_assert_int_eq(cvxnn__network_set_name(&f->context, &network, 0, 1, "age"), CVXNN_OK);
    ck_assert_int_eq(cvxnn__network_set_name(&f->context, &network, 1, 0, "price"), CVXNN_OK);
    return network;
}

START_TEST(a_copy_is_equal_and_apart) {
    struct fixture f;
    fixture_open(&f, 1);
    struct cvxnn__network from = furnished(&f), copy;
    ck_assert_int_eq(cvxnn__network_copy(&f.context, &from, &copy), CVXNN_OK);
    ck_assert_int_eq(copy.d, 4);
    ck_assert_mem_eq(copy.u, from.u, 20 * sizeof(double));
    ck_assert_mem_eq(copy.gates, from.gates, 20 * sizeof(double));
    ck_assert_mem_eq(copy.a, from.a, 10 * sizeof(double));
    ck_assert_mem_eq(copy.center, from.center, 3 * sizeof(double));
    ck_assert_mem_eq(copy.scale, from.scale, 3 * sizeof(double));
    ck_assert(copy.beta == 0.25);
    cvxnn__network_free(&from);
    ck_assert_str_eq(copy.feature_names[1], "age");
    ck_assert_str_eq(copy.target_names[0], "price");
    ck_assert_int_eq(cvxnn__network_set_scaling(&f.context, &copy, NULL, NULL), CVXNN_OK);
    ck_assert_ptr_null(copy.scale);
    cvxnn__network_free(&copy);
    fixture_close(&f);
}
END_TEST

/* Everything that allocates, from making a network to its objective; 0 when all of it went well. */
static int32_t life(struct fixture *f, struct cvxnn__network *from) {
    static const double center[] = {0, 0, 0}, scale[] = {1, 1, 1};
    static const double x[] = {1, 2, 3, 4, 5, 6}, y[] = {1, 2, 3, 4};
    struct cvxnn__network copy;
    double objective;
    int32_t status = cvxnn__network_copy(&f->context, from, &copy);
    if (status) return status;
    status = cvxnn__network_set_scaling(&f->context, &copy, center, scale);
    struct cvxnn__instance instance = {.rows = cvxnn__network_rows(&copy, 2, x, 0, 3, 1),
                                       .outputs = 2,
                                       .targets = y,
                                       .weight_sum = 2,
                                       .beta = 1};
    if (!status) status = cvxnn__network_set_name(&f->context, &copy, 0, 0, "first");
    if (!status) status = cvxnn__network_objective(&f->context, &copy, &instance, NULL, &objective);
    if (status) { /* what failed left the copy as it was */
        f->fail_at = 0;
        ck_assert_int_eq(copy.scope.failed, 0);
        ck_assert_str_eq(copy.feature_names[1], "age");
        ck_assert(copy.scale[2] == 7 || copy.scale[2] == 1);
        ck_assert_int_eq(cvxnn__network_set_name(&f->context, &copy, 0, 0, "again"), CVXNN_OK);
    }
    cvxnn__network_free(&copy);
    return status;
}

START_TEST(any_allocation_may_fail) {
    struct fixture f;
    fixture_open(&f, 1);
    struct cvxnn__network from = furnished(&f);
    int64_t held = f.blocks, k = 0;
    for (int on = 0; on < 2; on++) {
        f.fail_on = on;
        for (k = 1;; k++) {
            f.fail_at = k;
            int32_t status = life(&f, &from);
            f.fail_at = 0;
            ck_assert_int_eq(f.blocks, held);
            if (!status) break;
            ck_assert_int_eq(status, CVXNN_ERROR_MEMORY);
        }
        ck_assert_int_gt(k, 10);
    }
    cvxnn__network_free(&from);
    fixture_close(&f);
}
END_TEST

CVXNN_SUITE(network) {
    CVXNN_TEST(outputs_are_those_of_the_definition);
    CVXNN_TEST(outputs_have_the_same_bits_for_any_number_of_threads);
    CVXNN_TEST(a_row_without_outputs_is_nothing);
    CVXNN_TEST(a_gate_of_zero_is_open);
    CVXNN_TEST(objective_is_loss_plus_penalty);
    CVXNN_TEST(objective_refuses_another_shape);
    CVXNN_TEST(balancing_keeps_the_function_and_equals_the_norms);
    CVXNN_TEST(balancing_leaves_extremes_and_gated_networks_whole);
    CVXNN_TEST(names_are_utf8_without_controls);
    CVXNN_TEST(names_are_kept_replaced_and_removed);
    CVXNN_TEST(a_network_needs_a_shape);
    CVXNN_TEST(a_copy_is_equal_and_apart);
    CVXNN_TEST(any_allocation_may_fail);
}
