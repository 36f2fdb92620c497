/*
 * The public path from a problem to a model, end to end: every number that is reported is computed again
 * here, from data, weights and gates as they are read out, by the plain formulas of the header.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "fixture.h"

enum { N = 40, D = 3, P = 30, WIDE = D + 1 };

/* ---- The problem, in plain arrays ---- */

struct plain {
    int n, d; /* d counts the bias */
    double x[N][WIDE], y[N], s[N], beta;
};

enum { STANDARDIZE = 1, BIAS = 2, FLOAT = 4, COLUMN = 8, BORROW = 16, WEIGHTED = 32 };

struct made {
    double x[N * D], y[N], s[N];
    float narrow[N * D];
    struct plain plain;
    cvxnn_problem *problem;
    cvxnn_solver *solver;
};

static double wave(int k) {
    double z = sin(12.9898 * k + 1) * 43758.5453;
    return 4 * (z - floor(z)) - 2;
}

/* Data as posed: float values are those that were rounded, scaled by mean and deviation, a 1 for the bias. */
static void pose(struct made *made, int how) {
    struct plain *plain = &made->plain;
    plain->n = N, plain->d = D + !!(how & BIAS);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < D; j++) {
            double value = wave(i * D + j) + (j == 1 ? 3 : 0);
            int at = how & COLUMN ? j * N + i : i * D + j;
            made->x[at] = value;
            made->narrow[at] = (float)value;
            plain->x[i][j] = how & FLOAT ? (double)(float)value : value;
        }
        plain->x[i][D] = 1;
        plain->y[i] = made->y[i] = fabs(plain->x[i][0]) - fmax(plain->x[i][1], 0) + 0.1 * wave(1000 + i);
        plain->s[i] = made->s[i] = how & WEIGHTED ? 1 + i % 3 : 1;
    }
    for (int j = 0; how & STANDARDIZE && j < D; j++) {
        double mean = 0, square = 0;
        for (int i = 0; i < N; i++) mean += plain->x[i][j] / N;
        for (int i = 0; i < N; i++) square += (plain->x[i][j] - mean) * (plain->x[i][j] - mean) / N;
        for (int i = 0; i < N; i++) plain->x[i][j] = (plain->x[i][j] - mean) / sqrt(square);
    }
}

static void make(struct made *made, int how, int64_t method) {
    const int32_t order = how & COLUMN ? CVXNN_COLUMN_MAJOR : CVXNN_ROW_MAJOR;
    const int32_t ownership = how & BORROW ? CVXNN_BORROW : CVXNN_COPY;
    memset(made, 0, sizeof *made);
    pose(made, how);
    ck_assert_int_eq(cvxnn_problem_create(&made->problem), CVXNN_OK);
    cvxnn_problem *p = made->problem;
    int64_t ld = how & COLUMN ? N : D;
    ck_assert_int_eq(cvxnn_problem_set_int(p, CVXNN_OPTION_STANDARDIZE, !!(how & STANDARDIZE)), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_int(p, CVXNN_OPTION_BIAS, !!(how & BIAS)), CVXNN_OK);
    ck_assert_int_eq(how & FLOAT ? cvxnn_problem_set_data_float(p, N, D, made->narrow, ld, order, ownership)
                                 : cvxnn_problem_set_data(p, N, D, made->x, ld, order, ownership),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(p, N, 1, made->y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    if (how & WEIGHTED) ck_assert_int_eq(cvxnn_problem_set_weights(p, N, made->s), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_create(p, &made->solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made->solver, CVXNN_OPTION_METHOD, method), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made->solver, CVXNN_OPTION_PATTERNS, P), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made->solver, CVXNN_OPTION_WIDTH, 10), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made->solver, CVXNN_OPTION_STARTS, 2), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_double(made->solver, CVXNN_OPTION_BETA_RATIO, 0.05), CVXNN_OK);
}

/* Gates of the test's own, so that it knows every pattern. */
static double gates[P][WIDE];
static void give_gates(struct made *made) {
    int64_t d = made->plain.d;
    double packed[P * WIDE];
    for (int p = 0; p < P; p++)
        for (int j = 0; j < d; j++) gates[p][j] = packed[p * d + j] = wave(5000 + p * WIDE + j);
    ck_assert_int_eq(cvxnn_solver_set_gates(made->solver, P, d, packed, d, CVXNN_ROW_MAJOR), CVXNN_OK);
}

static void drop(struct made *made) {
    cvxnn_solver_free(made->solver);
    cvxnn_problem_free(made->problem);
}

static double real(const cvxnn_solver *solver, int32_t key) {
    double value = NAN;
    ck_assert_msg(!cvxnn_solver_info_double(solver, key, &value), "%s", cvxnn_name_of(key));
    return value;
}

static int64_t count(const cvxnn_solver *solver, int32_t key) {
    int64_t value = -1;
    ck_assert_msg(!cvxnn_solver_info_int(solver, key, &value), "%s", cvxnn_name_of(key));
    return value;
}

static int is_near(double a, double b, double relative) {
    return fabs(a - b) <= relative * fmax(fabs(a), fabs(b));
}

/* ---- Plain formulas ---- */

static double weight_sum(const struct plain *plain) {
    double sum = 0;
    for (int i = 0; i < plain->n; i++) sum += plain->s[i];
    return sum;
}

/* The objective of a model from its weights (and gates): (NN)'s, or (G)'s of a gated one; residual nu. */
static double plain_objective(const struct plain *plain, const cvxnn_model *model, double *nu) {
    int64_t neurons, kind;
    int d = plain->d;
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_NEURONS, &neurons), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_KIND, &kind), CVXNN_OK);
    size_t size = (size_t)(neurons * d + 1);
    double *u = calloc(size, sizeof *u), *g = calloc(size, sizeof *g), *a = calloc(size, sizeof *a);
    ck_assert_int_eq(cvxnn_model_get_weights(model, u, d, a, 1), CVXNN_OK);
    if (kind == CVXNN_KIND_GATED) ck_assert_int_eq(cvxnn_model_get_gates(model, g, d), CVXNN_OK);
    double loss = 0, penalty = 0, total = weight_sum(plain);
    for (int i = 0; i < plain->n; i++) {
        double f = 0;
        for (int64_t j = 0; j < neurons; j++) {
            double z = plain_dot(d, plain->x[i], u + j * d);
            int on = kind == CVXNN_KIND_GATED ? plain_dot(d, plain->x[i], g + j * d) >= 0 : z > 0;
            f += on ? z * a[j] : 0;
        }
        loss += plain->s[i] * (f - plain->y[i]) * (f - plain->y[i]) / 2 / total;
        if (nu) nu[i] = plain->s[i] * (plain->y[i] - f) / total;
    }
    for (int64_t j = 0; j < neurons; j++) {
        double square = plain_dot(d, u + j * d, u + j * d);
        penalty += kind == CVXNN_KIND_GATED ? sqrt(square) * fabs(a[j]) : (square + a[j] * a[j]) / 2;
    }
    free(u);
    free(g);
    free(a);
    return loss + plain->beta * penalty;
}

/* max_p |X' D_p nu| over the test's own gates. */
static double plain_dual_norm(const struct plain *plain, const double *nu) {
    double most = 0;
    for (int p = 0; p < P; p++) {
        double v[WIDE] = {0};
        for (int i = 0; i < plain->n; i++)
            for (int j = 0; plain_dot(plain->d, plain->x[i], gates[p]) >= 0 && j < plain->d; j++)
                v[j] += nu[i] * plain->x[i][j];
        most = fmax(most, sqrt(plain_dot(plain->d, v, v)));
    }
    return most;
}

/* The largest dual value of (G) along nu: D(z) = sum_i z_i y_i - S z_i^2 / (2 s_i). */
static double plain_dual(const struct plain *plain, const double *nu) {
    double linear = 0, square = 0, norm = plain_dual_norm(plain, nu);
    for (int i = 0; i < plain->n; i++) {
        linear += nu[i] * plain->y[i];
        square += nu[i] * nu[i] * weight_sum(plain) / plain->s[i];
    }
    double t = fmin(linear / square, norm > 0 ? plain->beta / norm : INFINITY);
    return t * linear - t * t * square / 2;
}

/* ---- Every number again ---- */

static void check_report(struct made *made, int64_t method) {
    struct plain *plain = &made->plain;
    double nu[N], told[N], nu0[N];
    cvxnn_model *model;
    const cvxnn_solver *s = made->solver;
    plain->beta = real(s, CVXNN_INFO_BETA);
    ck_assert_int_eq(cvxnn_solver_get_model(s, &model), CVXNN_OK);
    double objective = plain_objective(plain, model, nu), reported = real(s, CVXNN_INFO_OBJECTIVE), asked;
    ck_assert(is_near(objective, reported, 1e-12));
    ck_assert_int_eq(cvxnn_problem_set_double(made->problem, CVXNN_OPTION_BETA, plain->beta), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_objective(model, made->problem, &asked), CVXNN_OK);
    ck_assert(is_near(asked, reported, 1e-12));
    ck_assert_int_eq(cvxnn_problem_set_double(made->problem, CVXNN_OPTION_BETA, 0), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_get_dual(s, N, told), CVXNN_OK);
    for (int i = 0; i < N; i++) ck_assert(fabs(nu[i] - told[i]) <= 1e-12);
    for (int i = 0; i < N; i++) nu0[i] = plain->s[i] * plain->y[i] / weight_sum(plain);
    ck_assert(is_near(real(s, CVXNN_INFO_BETA_MAX), plain_dual_norm(plain, nu0), 1e-12));
    ck_assert(is_near(plain->beta, 0.05 * real(s, CVXNN_INFO_BETA_MAX), 1e-15));
    ck_assert_int_eq(count(s, CVXNN_INFO_PATTERNS_SAMPLED), P);
    int64_t added = method == CVXNN_METHOD_SEARCH ? count(s, CVXNN_INFO_PATTERNS_ADDED) : 0;
    ck_assert_int_le(count(s, CVXNN_INFO_PATTERNS), P + added);
    int64_t neurons;
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_NEURONS, &neurons), CVXNN_OK);
    ck_assert_int_eq(count(s, CVXNN_INFO_NEURONS), neurons);
    if (method == CVXNN_METHOD_GATED) {
        double dual = plain_dual(plain, nu); /* of the network that is returned, over all patterns */
        ck_assert(dual <= objective);
        ck_assert(is_near(real(s, CVXNN_INFO_CONVEX_OBJECTIVE), objective, 1e-12));
        ck_assert((objective - dual) / objective <= 1e-5);
        ck_assert_int_eq(count(s, CVXNN_INFO_ACTIVE), neurons);
    }
    if (method != CVXNN_METHOD_GRADIENT) {
        double primal = real(s, CVXNN_INFO_CONVEX_OBJECTIVE), dual = real(s, CVXNN_INFO_CONVEX_DUAL);
        ck_assert(real(s, CVXNN_INFO_RELATIVE_GAP) <= 1e-6);
        double gap = fmax((primal - dual) / primal, 0); /* (R) within its violation may be below its bound */
        ck_assert(fabs(gap - real(s, CVXNN_INFO_RELATIVE_GAP)) <= 1e-12);
    }
    if (method != CVXNN_METHOD_GATED) {
        double bound = real(s, CVXNN_INFO_LOWER_BOUND);
        ck_assert(bound > 0 && bound <= objective);
        ck_assert(real(s, CVXNN_INFO_CERTIFIED_RATIO) == reported / bound);
        if (method == CVXNN_METHOD_RELU)
            ck_assert(real(s, CVXNN_INFO_SAMPLED_RATIO) == real(s, CVXNN_INFO_CONVEX_OBJECTIVE) / bound);
    }
    if (method == CVXNN_METHOD_DECOMPOSE) {
        ck_assert(real(s, CVXNN_INFO_BLOWUP_MEAN) >= 1);
        ck_assert(real(s, CVXNN_INFO_BLOWUP_MAX) >= real(s, CVXNN_INFO_BLOWUP_MEAN));
    }
    ck_assert(is_near(real(s, CVXNN_INFO_SQRT_LOG), sqrt(log(2 * N)), 1e-15));
    ck_assert(real(s, CVXNN_INFO_SECONDS) > 0 && real(s, CVXNN_INFO_SECONDS) < 600);
    ck_assert_int_ge(count(s, CVXNN_INFO_PEAK_BYTES), N * 8);
    ck_assert_int_eq(count(s, CVXNN_INFO_THREADS), 1);
    cvxnn_model_free(model);
}

enum { METHODS_THERE_ARE = 5 };
static const int64_t METHODS[METHODS_THERE_ARE] = {CVXNN_METHOD_GATED, CVXNN_METHOD_DECOMPOSE,
                                                   CVXNN_METHOD_GRADIENT, CVXNN_METHOD_RELU,
                                                   CVXNN_METHOD_SEARCH};

START_TEST(every_number_is_what_it_says) {
    static const int hows[] = {0, STANDARDIZE | WEIGHTED, BIAS | COLUMN, FLOAT | BORROW,
                               FLOAT | COLUMN | BORROW | STANDARDIZE | BIAS | WEIGHTED};
    for (int m = 0; m < METHODS_THERE_ARE; m++)
        for (int h = (int)cvxnn_test_size(0, 4); h < 5; h++) {
            struct made made;
            make(&made, hows[h], METHODS[m]);
            give_gates(&made);
            int32_t status = cvxnn_solver_solve(made.solver);
            ck_assert(status == CVXNN_OK);
            ck_assert_int_eq(count(made.solver, CVXNN_INFO_STATUS), status);
            check_report(&made, METHODS[m]);
            drop(&made);
        }
}
END_TEST

/* Blow-up of the pairs: the sum over neurons of |u_j||a_j| as decomposed is blowup_mean times (G)'s penalty.
 */
START_TEST(blowup_is_that_of_the_weights) {
    struct made made;
    cvxnn_model *gated, *relu;
    make(&made, 0, CVXNN_METHOD_GATED);
    give_gates(&made);
    ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_POLISH, 0), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_TOLERANCE, 1e-9), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_get_model(made.solver, &gated), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_DECOMPOSE),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_get_model(made.solver, &relu), CVXNN_OK);
    double size[2] = {0, 0}, sharpness[8 * P], mean = 0, most = 0;
    int64_t decomposed = count(made.solver, CVXNN_INFO_DECOMPOSED);
    ck_assert_int_eq(decomposed, count(made.solver, CVXNN_INFO_ACTIVE));
    ck_assert_int_eq(cvxnn_solver_get_sharpness(made.solver, decomposed + 1, sharpness), CVXNN_ERROR_SHAPE);
    ck_assert_int_eq(cvxnn_solver_get_sharpness(made.solver, decomposed, sharpness), CVXNN_OK);
    for (int k = 0; k < 2; k++) {
        double u[8 * P * D], a[8 * P];
        int64_t neurons;
        ck_assert_int_eq(cvxnn_model_get_int(k ? relu : gated, CVXNN_MODEL_NEURONS, &neurons), CVXNN_OK);
        ck_assert_int_le(neurons, 8 * P);
        ck_assert_int_eq(cvxnn_model_get_weights(k ? relu : gated, u, D, a, 1), CVXNN_OK);
        for (int64_t j = 0; j < neurons; j++) {
            double length = sqrt(plain_dot(D, u + j * D, u + j * D)) * fabs(a[j]);
            size[k] += length;
            if (k == 0) mean += length * sharpness[j], most = fmax(most, sharpness[j]);
        }
        if (k == 0) ck_assert_int_eq(neurons, decomposed);
    }
    ck_assert(is_near(mean / size[0], real(made.solver, CVXNN_INFO_BLOWUP_MEAN), 1e-4));
    ck_assert(most == real(made.solver, CVXNN_INFO_BLOWUP_MAX));
    ck_assert(is_near(size[1] / size[0], real(made.solver, CVXNN_INFO_BLOWUP_MEAN), 1e-4));
    ck_assert(real(made.solver, CVXNN_INFO_DECOMPOSED_OBJECTIVE) == real(made.solver, CVXNN_INFO_OBJECTIVE));
    cvxnn_model_free(gated);
    cvxnn_model_free(relu);
    drop(&made);
}
END_TEST

/* ---- The same bits ---- */

static char *text_of(const cvxnn_solver *solver) {
    cvxnn_model *model;
    int64_t needed;
    ck_assert_int_eq(cvxnn_solver_get_model(solver, &model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_write(model, NULL, 0, &needed), CVXNN_OK);
    char *text = calloc(1, (size_t)needed + 1);
    ck_assert_int_eq(cvxnn_model_write(model, text, needed, &needed), CVXNN_OK);
    cvxnn_model_free(model);
    return text;
}

/* Any number of threads, any layout, copied or borrowed. */
START_TEST(threads_and_layouts_give_the_same_bits) {
    static const int hows[] = {0, COLUMN, BORROW, COLUMN | BORROW};
    for (int m = 0; m < METHODS_THERE_ARE; m++) {
        char *first = NULL;
        for (int run = 0; run < cvxnn_test_size(5, 2); run++) {
            struct made made;
            make(&made, hows[run % 4], METHODS[m]);
            ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_THREADS, 1 + run % 3), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_SEED, 7), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
            char *text = text_of(made.solver);
            if (first) ck_assert(!strcmp(first, text));
            if (first)
                free(text);
            else
                first = text;
            drop(&made);
        }
        free(first);
    }
}
END_TEST

/* ---- Events ---- */

enum { LISTED = 9 };
static const int32_t CARRIED[LISTED] = {
    CVXNN_INFO_SECONDS,     CVXNN_INFO_ITERATIONS,       CVXNN_INFO_PATTERNS,
    CVXNN_INFO_ACTIVE,      CVXNN_INFO_NEURONS,          CVXNN_INFO_OBJECTIVE,
    CVXNN_INFO_LOWER_BOUND, CVXNN_INFO_CONVEX_OBJECTIVE, CVXNN_INFO_RELATIVE_GAP};

/* By kind and method, what the header lists, in the order of CARRIED: y must be there, ? may, - may not. */
static const char *listed(int32_t kind, int64_t method) {
    switch (kind) {
    case CVXNN_EVENT_PATTERNS:
        return "y-y------";
    case CVXNN_EVENT_CONVEX:
        return method == CVXNN_METHOD_RELU     ? "yy-y---y-"
               : method == CVXNN_METHOD_SEARCH ? "yy?y---y?"
                                               : "yyyy---yy";
    case CVXNN_EVENT_DECOMPOSE:
        return "y--y?----";
    case CVXNN_EVENT_GRADIENT:
        return "yy---y---";
    }
    ck_assert_int_eq(kind, CVXNN_EVENT_BOUND);
    return "yy----y--";
}

struct seen {
    int64_t method;
    int kinds[5];
};

static int32_t check_event(const cvxnn_event *event, void *user) {
    struct seen *seen = user;
    int32_t kind;
    ck_assert_int_eq(cvxnn_event_kind(event, &kind), CVXNN_OK);
    const char *list = listed(kind, seen->method);
    for (int k = 0; k < LISTED; k++) {
        int64_t count;
        double value;
        int32_t status = cvxnn_event_get_int(event, CARRIED[k], &count);
        if (status == CVXNN_ERROR_KEY) status = cvxnn_event_get_double(event, CARRIED[k], &value);
        ck_assert_msg(list[k] == '?' || status == (list[k] == 'y' ? CVXNN_OK : CVXNN_ERROR_UNAVAILABLE),
                      "event %d, method %d, %s", kind, (int)seen->method, cvxnn_name_of(CARRIED[k]));
    }
    seen->kinds[kind - CVXNN_EVENT_PATTERNS]++;
    return 0;
}

START_TEST(events_carry_what_the_header_lists) {
    int kinds[5] = {0};
    for (int64_t method = CVXNN_METHOD_GATED; method <= CVXNN_METHOD_GRADIENT; method++) {
        struct made made;
        struct seen seen = {.method = method};
        make(&made, 0, method);
        ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, check_event, &seen), CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_MAX_ITERATIONS, 20), CVXNN_OK);
        ck_assert_int_ge(cvxnn_solver_solve(made.solver), 0);
        for (int k = 0; k < 5; k++) kinds[k] += seen.kinds[k];
        drop(&made);
    }
    for (int k = 0; k < 5; k++) ck_assert_int_gt(kinds[k], 0);
}
END_TEST

/* ---- Stops ---- */

struct stopping {
    int events, at, use_cancel, packed;
    cvxnn_solver *solver;
};

static int32_t stop_here(const cvxnn_event *event, void *user) {
    struct stopping *stop = user;
    int32_t kind;
    ck_assert_int_eq(cvxnn_event_kind(event, &kind), CVXNN_OK);
    stop->packed += kind == CVXNN_EVENT_PATTERNS;
    if (++stop->events != stop->at) return 0;
    if (!stop->use_cancel) return 1;
    ck_assert_int_eq(cvxnn_solver_cancel(stop->solver), CVXNN_OK);
    return 0;
}

/* The gap of the gated network, from its own objective. */
static void check_gap(const cvxnn_solver *solver) {
    double p = real(solver, CVXNN_INFO_OBJECTIVE), dual = real(solver, CVXNN_INFO_CONVEX_DUAL);
    ck_assert(p == real(solver, CVXNN_INFO_CONVEX_OBJECTIVE) && p > 0 && dual >= 0);
    ck_assert(real(solver, CVXNN_INFO_RELATIVE_GAP) == fmax(p - dual, 0) / p);
}

/* Whatever stopped it: the numbers are those of the network that is there, and it predicts. */
static void check_stopped(struct made *made) {
    cvxnn_model *model;
    double f[N];
    int64_t method, kind;
    made->plain.beta = real(made->solver, CVXNN_INFO_BETA);
    ck_assert_int_eq(cvxnn_solver_get_model(made->solver, &model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_get_int(made->solver, CVXNN_OPTION_METHOD, &method), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_KIND, &kind), CVXNN_OK);
    ck_assert_int_eq(kind, method == CVXNN_METHOD_GATED ? CVXNN_KIND_GATED : CVXNN_KIND_RELU);
    if (method == CVXNN_METHOD_GATED) check_gap(made->solver);
    ck_assert(
        is_near(plain_objective(&made->plain, model, NULL), real(made->solver, CVXNN_INFO_OBJECTIVE), 1e-12));
    ck_assert_int_eq(cvxnn_model_predict(model, N, D, made->x, D, CVXNN_ROW_MAJOR, f, 1), CVXNN_OK);
    cvxnn_model_free(model);
}

/* At the first events, and at fewer and fewer of the many like ones that follow. */
START_TEST(cancelled_at_any_event) {
    for (int m = 0; m < METHODS_THERE_ARE; m++) {
        for (int at = 1;; at += (int)cvxnn_test_size(at / 4 + 1, 5 * at)) {
            struct made made;
            make(&made, 0, METHODS[m]);
            struct stopping stop = {.at = at, .use_cancel = at % 2, .solver = made.solver};
            ck_assert_int_eq(cvxnn_problem_set_double(made.problem, CVXNN_OPTION_BETA, 0.05), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, stop_here, &stop), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_MAX_ITERATIONS, 12), CVXNN_OK);
            int32_t status = cvxnn_solver_solve(made.solver);
            if (stop.events < at) {
                drop(&made);
                break;
            }
            ck_assert_msg(status == CVXNN_STOPPED_CANCELLED || stop.events == at, "method %d, event %d: %s",
                          m, at, cvxnn_status_name(status));
            ck_assert_int_ge(status, 0);
            check_stopped(&made);
            if (at < 4) { /* used up: the next solve runs through */
                ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, NULL, NULL), CVXNN_OK);
                ck_assert_int_ne(cvxnn_solver_solve(made.solver), CVXNN_STOPPED_CANCELLED);
            }
            drop(&made);
        }
    }
}
END_TEST

START_TEST(budgets_stop_with_a_true_result) {
    for (int m = 0; m < METHODS_THERE_ARE; m++) {
        struct made made;
        make(&made, 0, METHODS[m]);
        ck_assert_int_eq(cvxnn_problem_set_double(made.problem, CVXNN_OPTION_BETA, 0.01), CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_MAX_SECONDS, 1e-9), CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_STOPPED_SECONDS);
        check_stopped(&made);
        ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_MAX_SECONDS, 0), CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_TOLERANCE, 1e-12), CVXNN_OK);
        for (int64_t budget = 1; budget <= cvxnn_test_size(3, 1); budget++) {
            ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_MAX_ITERATIONS, budget),
                             CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_STOPPED_ITERATIONS);
            check_stopped(&made);
        }
        ck_assert_int_eq(cvxnn_solver_cancel(made.solver), CVXNN_OK); /* before it begins */
        ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_STOPPED_CANCELLED);
        check_stopped(&made);
        drop(&made);
    }
}
END_TEST

/* Stopped at its k-th event there is no beta_max, and none that looks like one; then there is. */
START_TEST(beta_max_may_be_stopped) {
    struct made made;
    make(&made, 0, CVXNN_METHOD_GATED);
    struct stopping stop = {.at = 1, .solver = made.solver};
    double beta_max = 1;
    ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, stop_here, &stop), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_compute_beta_max(made.solver, &beta_max), CVXNN_STOPPED_CANCELLED);
    ck_assert(isnan(beta_max));
    ck_assert_int_eq(cvxnn_solver_compute_beta_max(made.solver, &beta_max), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
    ck_assert(beta_max == real(made.solver, CVXNN_INFO_BETA_MAX));
    drop(&made);
}
END_TEST

/* ---- One solver, changing problems ---- */

/* New beta, targets, weights: no pattern is packed again, and the optimum is that of a solver made for it. */
START_TEST(changes_keep_the_patterns) {
    struct made made, fresh;
    make(&made, 0, CVXNN_METHOD_GATED);
    struct stopping stop = {.at = -1, .solver = made.solver};
    ck_assert_int_eq(cvxnn_solver_set_callback(made.solver, stop_here, &stop), CVXNN_OK);
    double y[N], s[N];
    int first = 0;
    for (int i = 0; i < N; i++) y[i] = wave(300 + i), s[i] = 1 + i % 5;
    for (int change = 0; change < 5; change++) {
        make(&fresh, 0, CVXNN_METHOD_GATED);
        for (int k = 0; k < 2; k++) {
            cvxnn_problem *p = k ? fresh.problem : made.problem;
            if (change > 0) ck_assert_int_eq(cvxnn_problem_set_double(p, CVXNN_OPTION_BETA, 0.02), CVXNN_OK);
            if (change > 1)
                ck_assert_int_eq(cvxnn_problem_set_targets(p, N, 1, y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
            if (change > 2) ck_assert_int_eq(cvxnn_problem_set_weights(p, N, s), CVXNN_OK);
            if (change > 3) ck_assert_int_eq(cvxnn_problem_set_weights(p, N, NULL), CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_solve(k ? fresh.solver : made.solver), CVXNN_OK);
        }
        if (change == 0) first = stop.packed; /* packing may report more than once */
        ck_assert(first > 0 && stop.packed == first);
        ck_assert(
            is_near(real(made.solver, CVXNN_INFO_OBJECTIVE), real(fresh.solver, CVXNN_INFO_OBJECTIVE), 2e-6));
        ck_assert(real(made.solver, CVXNN_INFO_BETA_MAX) == real(fresh.solver, CVXNN_INFO_BETA_MAX));
        drop(&fresh);
    }
    ck_assert_int_eq(cvxnn_solver_set_int(made.solver, CVXNN_OPTION_SEED, 9), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
    ck_assert_int_gt(stop.packed, first);
    drop(&made);
}
END_TEST

START_TEST(no_weight_decay_that_matters_and_too_much_of_it) {
    for (int m = 0; m < METHODS_THERE_ARE; m++) { /* beyond beta_max zero is optimal */
        struct made made;
        make(&made, 0, METHODS[m]);
        ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_BETA_RATIO, 1.001), CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
        double zero = 0;
        for (int i = 0; i < N; i++) zero += made.y[i] * made.y[i] / 2 / N;
        ck_assert(is_near(real(made.solver, CVXNN_INFO_OBJECTIVE), zero, 1e-12) ||
                  METHODS[m] != CVXNN_METHOD_GATED);
        ck_assert(real(made.solver, CVXNN_INFO_OBJECTIVE) <= zero * (1 + 1e-12));
        drop(&made);
    }
}
END_TEST

START_TEST(targets_whose_squares_leave_the_range) {
    const double units[] = {1e160, 1e-200}; /* an objective that rounds to 0 is no optimum found */
    for (int m = 0; m < METHODS_THERE_ARE; m++)
        for (int k = 0; k < 2; k++) {
            struct made made;
            make(&made, 0, METHODS[m]);
            for (int i = 0; i < N; i++) made.y[i] *= units[k];
            ck_assert_int_eq(cvxnn_problem_set_targets(made.problem, N, 1, made.y, 1, CVXNN_ROW_MAJOR),
                             CVXNN_OK);
            ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_ERROR_NUMERICAL);
            drop(&made);
        }
}
END_TEST

/* Three columns: cells are quick, and the optimum that the search finds is proved to be one. */
START_TEST(few_columns_are_proved_by_a_solve) {
    struct made made;
    make(&made, 0, CVXNN_METHOD_SEARCH);
    ck_assert_int_eq(cvxnn_solver_set_double(made.solver, CVXNN_OPTION_TOLERANCE, 1e-9), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(made.solver), CVXNN_OK);
    ck_assert(real(made.solver, CVXNN_INFO_CERTIFIED_RATIO) >= 1);
    ck_assert(real(made.solver, CVXNN_INFO_CERTIFIED_RATIO) < 1.0001);
    drop(&made);
}
END_TEST

/* Targets of pure noise and little weight decay: many neurons whose direction d - 1 walls fix, with more rows
 * near them. Done means done: the network's objective and the dual value of its own residual meet. */
START_TEST(noise_ends_with_a_gap_within_the_tolerance) {
    enum { MANY = 200, FEW = 4 };
    static double x[MANY * FEW], y[MANY];
    for (uint64_t seed = 7; seed < 7 + (uint64_t)cvxnn_test_size(3, 0); seed++) {
        cvxnn_problem *problem;
        cvxnn_solver *solver;
        cvxnn__normals(seed, CVXNN__STREAM_BENCH, 0, MANY * FEW, x);
        cvxnn__normals(seed, CVXNN__STREAM_BENCH, 1, MANY, y);
        cvxnn_problem_create(&problem);
        cvxnn_problem_set_data(problem, MANY, FEW, x, FEW, CVXNN_ROW_MAJOR, CVXNN_BORROW);
        cvxnn_problem_set_targets(problem, MANY, 1, y, 1, CVXNN_ROW_MAJOR);
        cvxnn_solver_create(problem, &solver);
        cvxnn_solver_set_double(solver, CVXNN_OPTION_BETA_RATIO, 0.05);
        cvxnn_solver_set_int(solver, CVXNN_OPTION_BOUND, 0);
        ck_assert_int_eq(cvxnn_solver_solve(solver), CVXNN_OK);
        ck_assert_double_le(real(solver, CVXNN_INFO_RELATIVE_GAP), 1e-6);
        cvxnn_solver_free(solver);
        cvxnn_problem_free(problem);
    }
}
END_TEST

CVXNN_SUITE(solve) {
    CVXNN_TEST(every_number_is_what_it_says);
    CVXNN_TEST(blowup_is_that_of_the_weights);
    CVXNN_TEST(threads_and_layouts_give_the_same_bits);
    CVXNN_TEST(events_carry_what_the_header_lists);
    CVXNN_TEST(cancelled_at_any_event);
    CVXNN_TEST(budgets_stop_with_a_true_result);
    CVXNN_TEST(beta_max_may_be_stopped);
    CVXNN_TEST(changes_keep_the_patterns);
    CVXNN_TEST(no_weight_decay_that_matters_and_too_much_of_it);
    CVXNN_TEST(targets_whose_squares_leave_the_range);
    CVXNN_TEST(few_columns_are_proved_by_a_solve);
    CVXNN_TEST(noise_ends_with_a_gap_within_the_tolerance);
}
