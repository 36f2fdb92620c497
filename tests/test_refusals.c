/*
 * Every public function with bad arguments: the status it must return, nothing changed behind any handle, no
 * out-parameter written. The last test holds this file against lib/symbols.txt, so that no function is
 * missed.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cvxnn.h"
#include "suite.h"

enum { N = 6, D = 2, TEXT = 6000 };

/* What a call may write to; untouched by one that fails. */
struct out {
    int32_t code;
    int64_t count, least, most;
    double value, low, high, numbers[16];
    float floats[16];
    char text[64];
    cvxnn_problem *problem;
    cvxnn_solver *solver;
    cvxnn_model *model;
    cvxnn_certificate *certificate;
    cvxnn_path *path;
};

static struct world {
    double x[N * D], y[N];
    cvxnn_problem *problem, *bare;     /* with data, targets, beta; with nothing */
    cvxnn_solver *solver, *idle;       /* solved; never solved */
    cvxnn_model *relu, *gated, *empty; /* a ReLU network with scaling and names; (G)'s; nothing */
    cvxnn_certificate *proof, *blank;  /* of relu on problem; of nothing */
    cvxnn_path *path, *untrodden;      /* of solver, run; of idle */
    struct out out, fresh;
} w;

/* ---- Everything that can be seen from outside, as one text ---- */

static char *add(char *at, const char *format, double value) {
    return at + snprintf(at, 64, format, value);
}

static char *add_options(char *at, cvxnn_problem *problem, cvxnn_solver *solver,
                         cvxnn_certificate *certificate, cvxnn_path *path) {
    int32_t key;
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_OPTION, k, &key); k++) {
        int64_t count = -1;
        double value = -1;
        if (problem)
            cvxnn_problem_get_int(problem, key, &count), cvxnn_problem_get_double(problem, key, &value);
        if (solver) cvxnn_solver_get_int(solver, key, &count), cvxnn_solver_get_double(solver, key, &value);
        if (certificate)
            cvxnn_certificate_get_int(certificate, key, &count),
                cvxnn_certificate_get_double(certificate, key, &value);
        if (path) cvxnn_path_get_int(path, key, &count), cvxnn_path_get_double(path, key, &value);
        at = add(add(at, "%a ", (double)count), "%a ", value);
    }
    return at;
}

static char *add_model(char *at, cvxnn_model *model) {
    int64_t needed = 0;
    if (cvxnn_model_write(model, NULL, 0, &needed)) return add(at, "empty%g\n", 0);
    ck_assert_int_lt(needed, TEXT);
    ck_assert_int_eq(cvxnn_model_write(model, at, TEXT, &needed), CVXNN_OK);
    return at + needed;
}

static char *add_certificate(char *at, cvxnn_certificate *certificate) {
    int64_t needed = 0, count;
    int32_t key;
    double value;
    at = add_options(at, NULL, NULL, certificate, NULL);
    if (cvxnn_certificate_write(certificate, NULL, 0, &needed)) return add(at, "empty%g\n", 0);
    ck_assert_int_lt(needed, TEXT);
    ck_assert_int_eq(cvxnn_certificate_write(certificate, at, TEXT, &needed), CVXNN_OK);
    at += needed;
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_INFO, k, &key); k++) {
        if (!cvxnn_certificate_info_int(certificate, key, &count)) at = add(at, "%g ", (double)count);
        if (!cvxnn_certificate_info_double(certificate, key, &value)) at = add(at, "%a ", value);
    }
    return at;
}

/* What a path found: its results, folds and networks. */
static char *add_path(char *at, cvxnn_path *path) {
    int64_t points = -1, folds = -1, fold[N], count;
    int32_t key;
    double value;
    at = add_options(at, NULL, NULL, NULL, path);
    ck_assert_int_eq(cvxnn_path_count(path, &points, &folds), CVXNN_OK);
    at = add(add(at, "%g ", (double)points), "%g ", (double)folds);
    if (points > 0) ck_assert_int_eq(cvxnn_path_get_folds(path, N, fold), CVXNN_OK);
    for (int i = 0; points > 0 && i < N; i++) at = add(at, "%g ", (double)fold[i]);
    for (int64_t p = 0; p < points; p++)
        for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_INFO, k, &key); k++) {
            if (!cvxnn_path_info_int(path, p, key, &count)) at = add(at, "%g ", (double)count);
            if (!cvxnn_path_info_double(path, p, key, &value)) at = add(at, "%a ", value);
        }
    return at;
}

static void portray(char *at) {
    int64_t shape[3], count;
    int32_t key;
    double value;
    cvxnn_problem *problems[] = {w.problem, w.bare};
    for (int p = 0; p < 2; p++) {
        at = add_options(at, problems[p], NULL, NULL, NULL);
        ck_assert_int_eq(cvxnn_problem_get_shape(problems[p], shape, shape + 1, shape + 2), CVXNN_OK);
        for (int k = 0; k < 3; k++) at = add(at, "%g ", (double)shape[k]);
    }
    ck_assert_int_eq(cvxnn_model_objective(w.relu, w.problem, &value), CVXNN_OK); /* data, targets, weights */
    at = add(at, "%a ", value);
    at = add_options(add_options(at, NULL, w.solver, NULL, NULL), NULL, w.idle, NULL, NULL);
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_INFO, k, &key); k++) {
        if (!cvxnn_solver_info_int(w.solver, key, &count)) at = add(at, "%g ", (double)count);
        if (!cvxnn_solver_info_double(w.solver, key, &value)) at = add(at, "%a ", value);
    }
    ck_assert_int_eq(cvxnn_solver_compute_beta_max(w.solver, &value), CVXNN_OK); /* the gates */
    at = add(at, "%a ", value);
    at = add_model(add_model(add_model(at, w.relu), w.gated), w.empty);
    at = add_certificate(add_certificate(at, w.proof), w.blank);
    at = add_path(add_path(at, w.path), w.untrodden);
    *at = 0;
}

static char before[16 * TEXT], after[16 * TEXT];

/* The call is refused with this status and leaves everything as it was. */
#define REFUSED(status, call)                                                                         \
    do {                                                                                              \
        portray(before);                                                                              \
        int32_t got = (call);                                                                         \
        ck_assert_msg(got == (status), "%s: %s, not %s", #call, cvxnn_status_name(got), #status);     \
        ck_assert_msg(!memcmp(&w.out, &w.fresh, sizeof w.out), "%s wrote something", #call);          \
        portray(after);                                                                               \
        ck_assert_msg(!strcmp(before, after), "%s changed something:\n%s\n%s", #call, before, after); \
    } while (0)

/* ---- The world ---- */

static void open_world(void) {
    static const double u[] = {1, -1, 0.5, 2}, a[] = {1, -2}, center[] = {0.1, 0}, scale[] = {1, 2};
    memset(&w, 0, sizeof w);
    for (int e = 0; e < N * D; e++) w.x[e] = sin(1.0 + 3 * e);
    for (int i = 0; i < N; i++) w.y[i] = cos(2.0 * i);
    memset(&w.out, 0x5A, sizeof w.out);
    w.fresh = w.out;
    memcpy(&w.fresh, &w.out, sizeof w.out); /* padding as well */
    ck_assert_int_eq(cvxnn_problem_create(&w.problem), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_create(&w.bare), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_data(w.problem, N, D, w.x, D, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(w.problem, N, 1, w.y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_double(w.problem, CVXNN_OPTION_BETA, 0.01), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_create(w.problem, &w.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_create(w.bare, &w.idle), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(w.solver, CVXNN_OPTION_PATTERNS, 10), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(w.solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_GATED), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_solve(w.solver), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_get_model(w.solver, &w.gated), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_create(&w.empty), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_create(&w.relu), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_weights(w.relu, D, CVXNN_BIAS_NONE, 1, 2, u, D, a, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_scaling(w.relu, D, center, scale), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_feature_name(w.relu, 0, "first"), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_target_name(w.relu, 0, "answer"), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_create(&w.proof), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_create(&w.blank), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_set_int(w.proof, CVXNN_OPTION_ORDER, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_set_int(w.proof, CVXNN_OPTION_MAX_ITERATIONS, 30), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_prove(w.proof, w.problem, w.relu), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_create(w.solver, &w.path), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_create(w.idle, &w.untrodden), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_POINTS, 3), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_FOLDS, 2), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_run(w.path), CVXNN_OK);
}

static void close_world(void) {
    cvxnn_problem_free(w.problem);
    cvxnn_problem_free(w.bare);
    cvxnn_solver_free(w.solver);
    cvxnn_solver_free(w.idle);
    cvxnn_model_free(w.relu);
    cvxnn_model_free(w.gated);
    cvxnn_model_free(w.empty);
    cvxnn_certificate_free(w.proof);
    cvxnn_certificate_free(w.blank);
    cvxnn_path_free(w.path);
    cvxnn_path_free(w.untrodden);
}

static const int64_t HUGE_COUNTS[] = {INT64_MAX, INT64_MAX / 8 + 1, INT64_C(1) << 61};

/* ---- Names ---- */

START_TEST(names_and_keys) {
    struct out *o = &w.out;
    open_world();
    ck_assert_ptr_nonnull(cvxnn_version_string());
    ck_assert_int_eq(cvxnn_version_number(), CVXNN_VERSION_NUMBER);
    static const int32_t odd[] = {INT32_MIN, -1000, 5, 1000, INT32_MAX};
    for (int k = 0; k < 5; k++) {
        ck_assert_str_eq(cvxnn_status_string(odd[k]), "unknown status");
        ck_assert_str_eq(cvxnn_status_name(odd[k]), "CVXNN_UNKNOWN");
        ck_assert_ptr_null(cvxnn_name_of(odd[k]));
        ck_assert_ptr_null(cvxnn_help_of(odd[k]));
        ck_assert_ptr_null(cvxnn_choice_name(odd[k], 0));
        ck_assert_ptr_null(cvxnn_choice_name(CVXNN_OPTION_METHOD, INT64_MAX - k));
        REFUSED(CVXNN_ERROR_KEY, cvxnn_key_at(odd[k], 0, &o->code));
        REFUSED(CVXNN_ERROR_KEY, cvxnn_key_of(odd[k], "beta", &o->code));
        REFUSED(CVXNN_ERROR_KEY, cvxnn_type_of(odd[k], &o->code));
        REFUSED(CVXNN_ERROR_KEY, cvxnn_option_range_int(odd[k], &o->count, &o->least, &o->most));
        REFUSED(CVXNN_ERROR_KEY, cvxnn_option_range_double(odd[k], &o->value, &o->low, &o->high));
        REFUSED(CVXNN_ERROR_KEY, cvxnn_choice_of(odd[k], "gated", &o->count));
    }
    REFUSED(CVXNN_ERROR_KEY, cvxnn_key_at(CVXNN_GROUP_OPTION, -1, &o->code));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_key_at(CVXNN_GROUP_OPTION, INT64_MAX, &o->code));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_key_at(CVXNN_GROUP_OPTION, 0, NULL));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_key_of(CVXNN_GROUP_OPTION, "Beta", &o->code));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_key_of(CVXNN_GROUP_MODEL, "method", &o->code));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_key_of(CVXNN_GROUP_OPTION, NULL, &o->code));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_key_of(CVXNN_GROUP_OPTION, "beta", NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_type_of(CVXNN_OPTION_BETA, NULL));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_option_range_int(CVXNN_OPTION_BETA, &o->count, &o->least, &o->most));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_option_range_double(CVXNN_OPTION_SEED, &o->value, &o->low, &o->high));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_option_range_int(CVXNN_OPTION_SEED, NULL, &o->least, &o->most));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_option_range_int(CVXNN_OPTION_SEED, &o->count, NULL, &o->most));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_option_range_int(CVXNN_OPTION_SEED, &o->count, &o->least, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_option_range_double(CVXNN_OPTION_BETA, NULL, &o->low, &o->high));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_option_range_double(CVXNN_OPTION_BETA, &o->value, NULL, &o->high));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_option_range_double(CVXNN_OPTION_BETA, &o->value, &o->low, NULL));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_choice_of(CVXNN_OPTION_METHOD, "squared", &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_choice_of(CVXNN_OPTION_METHOD, NULL, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_choice_of(CVXNN_OPTION_METHOD, "gated", NULL));
    close_world();
}
END_TEST

/* ---- Problem ---- */

static void *take(int64_t bytes, void *user) {
    (void)user;
    return malloc((size_t)bytes);
}
static void *retake(void *memory, int64_t bytes, void *user) {
    (void)user;
    return realloc(memory, (size_t)bytes);
}
static void drop(void *memory, void *user) {
    (void)user;
    free(memory);
}

START_TEST(creation) {
    struct out *o = &w.out;
    open_world();
    cvxnn_problem_free(NULL);
    cvxnn_solver_free(NULL);
    cvxnn_model_free(NULL);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_create(NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_create(NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_create(w.problem, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_create(NULL, &o->solver));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_create_with(NULL, NULL, NULL, NULL, NULL, &o->solver));
    for (int given = 0; given <= 7; given++) {
        cvxnn_allocate_fn allocate = given & 1 ? take : NULL;
        cvxnn_reallocate_fn reallocate = given & 2 ? retake : NULL;
        cvxnn_release_fn release = given & 4 ? drop : NULL;
        REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_create_with(allocate, reallocate, release, NULL, NULL));
        REFUSED(CVXNN_ERROR_NULL, cvxnn_model_create_with(allocate, reallocate, release, NULL, NULL));
        REFUSED(CVXNN_ERROR_NULL,
                cvxnn_solver_create_with(w.problem, allocate, reallocate, release, NULL, NULL));
        if (given == 0 || given == 7) continue;
        REFUSED(CVXNN_ERROR_NULL,
                cvxnn_problem_create_with(allocate, reallocate, release, NULL, &o->problem));
        REFUSED(CVXNN_ERROR_NULL, cvxnn_model_create_with(allocate, reallocate, release, NULL, &o->model));
        REFUSED(CVXNN_ERROR_NULL,
                cvxnn_solver_create_with(w.problem, allocate, reallocate, release, NULL, &o->solver));
    }
    close_world();
}
END_TEST

START_TEST(messages) {
    struct out *o = &w.out;
    open_world();
    REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_message(NULL, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_message(NULL, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_message(NULL, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_message(w.problem, NULL, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_message(w.solver, NULL, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_message(w.relu, NULL, 9, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_problem_message(w.problem, o->text, -1, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_message(w.solver, o->text, INT64_MIN, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_message(w.relu, o->text, -1, &o->count));
    /* and what they say: nothing yet, then what went wrong, cut to the buffer */
    char text[8];
    int64_t needed;
    cvxnn_problem *quiet;
    ck_assert_int_eq(cvxnn_problem_create(&quiet), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_message(quiet, text, 8, &needed), CVXNN_OK);
    ck_assert(needed == 1 && !text[0]);
    cvxnn_problem_free(quiet);
    ck_assert_int_eq(cvxnn_problem_set_weights(w.bare, 3, NULL), CVXNN_ERROR_STATE);
    ck_assert_int_eq(cvxnn_problem_message(w.bare, text, 8, &needed), CVXNN_OK);
    ck_assert(needed > 20 && strlen(text) == 7 && !strncmp(text, "weights", 7));
    ck_assert_int_eq(cvxnn_problem_message(w.bare, NULL, 0, NULL), CVXNN_OK);
    close_world();
}
END_TEST

/* set_data and set_data_float: the same refusals. */
static int32_t set_data(int is_float, cvxnn_problem *problem, int64_t n, int64_t d, const double *x,
                        int64_t ld, int32_t order, int32_t ownership) {
    static float narrow[N * D];
    for (int e = 0; x && e < N * D; e++) narrow[e] = (float)x[e];
    return is_float ? cvxnn_problem_set_data_float(problem, n, d, x ? narrow : NULL, ld, order, ownership)
                    : cvxnn_problem_set_data(problem, n, d, x, ld, order, ownership);
}

START_TEST(data) {
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    open_world();
    for (int f = 0; f < 2; f++)
        for (int own = CVXNN_COPY; own <= CVXNN_BORROW; own++)
            for (int order = CVXNN_ROW_MAJOR; order <= CVXNN_COLUMN_MAJOR; order++) {
                int64_t ld = order == CVXNN_ROW_MAJOR ? D : N;
                REFUSED(CVXNN_ERROR_NULL, set_data(f, NULL, N, D, w.x, ld, order, own));
                REFUSED(CVXNN_ERROR_NULL, set_data(f, w.problem, N, D, NULL, ld, order, own));
                REFUSED(CVXNN_ERROR_SHAPE, set_data(f, w.problem, 0, D, w.x, N, order, own));
                REFUSED(CVXNN_ERROR_SHAPE, set_data(f, w.problem, N, 0, w.x, N, order, own));
                REFUSED(CVXNN_ERROR_SHAPE, set_data(f, w.problem, -1, D, w.x, N, order, own));
                REFUSED(CVXNN_ERROR_SHAPE, set_data(f, w.problem, N, -1, w.x, N, order, own));
                REFUSED(CVXNN_ERROR_SHAPE, set_data(f, w.problem, N, D, w.x, ld - 1, order, own));
                REFUSED(CVXNN_ERROR_SHAPE, set_data(f, w.problem, N, D, w.x, -ld, order, own));
                REFUSED(CVXNN_ERROR_SHAPE, set_data(f, w.problem, N, D, w.x, ld, 0, own));
                REFUSED(CVXNN_ERROR_SHAPE, set_data(f, w.problem, N, D, w.x, ld, 3, own));
                REFUSED(CVXNN_ERROR_VALUE, set_data(f, w.problem, N, D, w.x, ld, order, 0));
                REFUSED(CVXNN_ERROR_VALUE, set_data(f, w.problem, N, D, w.x, ld, order, 3));
                for (int h = 0; h < 3; h++) {
                    int64_t huge = HUGE_COUNTS[h];
                    REFUSED(CVXNN_ERROR_SHAPE, set_data(f, w.problem, huge, D, w.x, huge, order, own));
                    REFUSED(CVXNN_ERROR_SHAPE, set_data(f, w.problem, 2, huge, w.x, huge, order, own));
                    double keep = w.x[N * D - 1];
                    w.x[N * D - 1] = bad[h];
                    REFUSED(CVXNN_ERROR_VALUE, set_data(f, w.problem, N, D, w.x, ld, order, own));
                    w.x[N * D - 1] = keep;
                }
            }
    close_world();
}
END_TEST

static int32_t set_targets(int is_float, cvxnn_problem *problem, int64_t n, int64_t outputs, const double *y,
                           int64_t ld, int32_t order) {
    static float narrow[2 * N];
    for (int e = 0; y && e < N; e++) narrow[e] = (float)y[e];
    return is_float ? cvxnn_problem_set_targets_float(problem, n, outputs, y ? narrow : NULL, ld, order)
                    : cvxnn_problem_set_targets(problem, n, outputs, y, ld, order);
}

START_TEST(targets_and_weights) {
    static const double bad[] = {NAN, INFINITY, -INFINITY, -1};
    double two[2 * N] = {0}, s[N] = {1, 1, 1, 1, 1, 1}, zero[N] = {0}, large[N];
    const int32_t row = CVXNN_ROW_MAJOR;
    open_world();
    for (int i = 0; i < N; i++) large[i] = 1e308;
    for (int f = 0; f < 2; f++) {
        REFUSED(CVXNN_ERROR_NULL, set_targets(f, NULL, N, 1, w.y, 1, row));
        REFUSED(CVXNN_ERROR_NULL, set_targets(f, w.problem, N, 1, NULL, 1, row));
        REFUSED(CVXNN_ERROR_STATE, set_targets(f, w.bare, N, 1, w.y, 1, row));
        REFUSED(CVXNN_ERROR_SHAPE, set_targets(f, w.problem, N - 1, 1, w.y, 1, row));
        REFUSED(CVXNN_ERROR_SHAPE, set_targets(f, w.problem, INT64_MAX, 1, w.y, 1, row));
        REFUSED(CVXNN_ERROR_SHAPE, set_targets(f, w.problem, 0, 1, w.y, 1, row));
        REFUSED(CVXNN_ERROR_SHAPE, set_targets(f, w.problem, N, 0, w.y, 1, row));
        REFUSED(CVXNN_ERROR_SHAPE, set_targets(f, w.problem, N, -1, w.y, 1, row));
        REFUSED(CVXNN_ERROR_SHAPE, set_targets(f, w.problem, N, 1, w.y, 0, row));
        REFUSED(CVXNN_ERROR_SHAPE, set_targets(f, w.problem, N, 1, w.y, N - 1, CVXNN_COLUMN_MAJOR));
        REFUSED(CVXNN_ERROR_SHAPE, set_targets(f, w.problem, N, 1, w.y, INT64_MAX, row));
        REFUSED(CVXNN_ERROR_SHAPE, set_targets(f, w.problem, N, 1, w.y, 1, 7));
        REFUSED(CVXNN_ERROR_UNSUPPORTED, set_targets(f, w.problem, N, 2, two, 2, row));
        for (int b = 0; b < 3; b++) {
            double y[N] = {0};
            y[N - 1] = bad[b];
            REFUSED(CVXNN_ERROR_VALUE, set_targets(f, w.problem, N, 1, y, 1, row));
        }
    }
    REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_set_weights(NULL, N, s));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_problem_set_weights(w.bare, N, s));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_problem_set_weights(w.problem, N + 1, s));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_problem_set_weights(w.problem, -N, s));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_problem_set_weights(w.problem, N - 1, NULL));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_problem_set_weights(w.problem, N, zero));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_problem_set_weights(w.problem, N, large)); /* their sum overflows */
    for (int b = 0; b < 4; b++) {
        s[2] = bad[b];
        REFUSED(CVXNN_ERROR_VALUE, cvxnn_problem_set_weights(w.problem, N, s));
    }
    REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_get_shape(NULL, &w.out.count, &w.out.least, &w.out.most));
    ck_assert_int_eq(cvxnn_problem_get_shape(w.problem, NULL, NULL, NULL), CVXNN_OK);
    close_world();
}
END_TEST

/* ---- Options: every owner, every key of the table ---- */

enum {
    OWNER_PROBLEM = 1,
    OWNER_SOLVER = 2,
    OWNER_CERTIFICATE = 4,
    OWNER_PATH = 8,
    OWNER_BOTH = 6,
    OWNER_RUN = 14
};

static int32_t set_int(int owner, int32_t key, int64_t value) {
    return owner == OWNER_PROBLEM  ? cvxnn_problem_set_int(w.problem, key, value)
           : owner == OWNER_SOLVER ? cvxnn_solver_set_int(w.solver, key, value)
           : owner == OWNER_PATH   ? cvxnn_path_set_int(w.path, key, value)
                                   : cvxnn_certificate_set_int(w.proof, key, value);
}
static int32_t set_double(int owner, int32_t key, double value) {
    return owner == OWNER_PROBLEM  ? cvxnn_problem_set_double(w.problem, key, value)
           : owner == OWNER_SOLVER ? cvxnn_solver_set_double(w.solver, key, value)
           : owner == OWNER_PATH   ? cvxnn_path_set_double(w.path, key, value)
                                   : cvxnn_certificate_set_double(w.proof, key, value);
}
static int32_t get_int(int owner, int32_t key, int64_t *value) {
    return owner == OWNER_PROBLEM  ? cvxnn_problem_get_int(w.problem, key, value)
           : owner == OWNER_SOLVER ? cvxnn_solver_get_int(w.solver, key, value)
           : owner == OWNER_PATH   ? cvxnn_path_get_int(w.path, key, value)
                                   : cvxnn_certificate_get_int(w.proof, key, value);
}
static int32_t get_double(int owner, int32_t key, double *value) {
    return owner == OWNER_PROBLEM  ? cvxnn_problem_get_double(w.problem, key, value)
           : owner == OWNER_SOLVER ? cvxnn_solver_get_double(w.solver, key, value)
           : owner == OWNER_PATH   ? cvxnn_path_get_double(w.path, key, value)
                                   : cvxnn_certificate_get_double(w.proof, key, value);
}

static void check_values(int32_t key, int owner, int is_int) {
    int64_t initial, least, most;
    double start, low, high;
    if (is_int) {
        ck_assert_int_eq(cvxnn_option_range_int(key, &initial, &least, &most), CVXNN_OK);
        REFUSED(CVXNN_ERROR_NULL, get_int(owner, key, NULL));
        REFUSED(CVXNN_ERROR_VALUE, set_int(owner, key, least - 1));
        if (most < INT64_MAX) REFUSED(CVXNN_ERROR_VALUE, set_int(owner, key, most + 1));
        if (most < INT64_MAX) REFUSED(CVXNN_ERROR_VALUE, set_int(owner, key, INT64_MAX));
        REFUSED(CVXNN_ERROR_VALUE, set_int(owner, key, INT64_MIN));
    } else {
        ck_assert_int_eq(cvxnn_option_range_double(key, &start, &low, &high), CVXNN_OK);
        REFUSED(CVXNN_ERROR_NULL, get_double(owner, key, NULL));
        REFUSED(CVXNN_ERROR_VALUE, set_double(owner, key, NAN));
        REFUSED(CVXNN_ERROR_VALUE, set_double(owner, key, INFINITY));
        REFUSED(CVXNN_ERROR_VALUE, set_double(owner, key, -INFINITY));
        REFUSED(CVXNN_ERROR_VALUE, set_double(owner, key, nextafter(low, -1e300)));
        REFUSED(CVXNN_ERROR_VALUE, set_double(owner, key, nextafter(high, INFINITY)));
    }
}

static void check_option(int32_t key, int owners) {
    struct out *o = &w.out;
    int64_t initial, least, most;
    int is_int = !cvxnn_option_range_int(key, &initial, &least, &most);
    for (int owner = OWNER_PROBLEM; owner <= OWNER_PATH; owner *= 2) {
        int own = (owner & owners) != 0;
        if (!own || !is_int) REFUSED(CVXNN_ERROR_KEY, set_int(owner, key, 0));
        if (!own || is_int) REFUSED(CVXNN_ERROR_KEY, set_double(owner, key, 0.5));
        if (!own || !is_int) REFUSED(CVXNN_ERROR_KEY, get_int(owner, key, &o->count));
        if (!own || is_int) REFUSED(CVXNN_ERROR_KEY, get_double(owner, key, &o->value));
        if (own) check_values(key, owner, is_int);
    }
}

START_TEST(options) {
    static const int32_t odd[] = {0, -1, INT32_MAX, CVXNN_INFO_BETA, CVXNN_MODEL_BETA, CVXNN_EVENT_CONVEX};
    struct out *o = &w.out;
    open_world();
#define CHECK(symbol, key, owner, type, initial, least, most, name, meaning) check_option(key, OWNER_##owner);
    CVXNN_OPTION_TABLE(CHECK)
#undef CHECK
    for (int k = 0; k < 6; k++)
        for (int owner = OWNER_PROBLEM; owner <= OWNER_PATH; owner *= 2) {
            REFUSED(CVXNN_ERROR_KEY, set_int(owner, odd[k], 1));
            REFUSED(CVXNN_ERROR_KEY, set_double(owner, odd[k], 1));
            REFUSED(CVXNN_ERROR_KEY, get_int(owner, odd[k], &o->count));
            REFUSED(CVXNN_ERROR_KEY, get_double(owner, odd[k], &o->value));
        }
    REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_set_int(NULL, CVXNN_OPTION_LOSS, 0));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_set_double(NULL, CVXNN_OPTION_BETA, 1));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_get_int(NULL, CVXNN_OPTION_LOSS, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_get_double(NULL, CVXNN_OPTION_BETA, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_problem_reset_options(NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_int(NULL, CVXNN_OPTION_SEED, 0));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_double(NULL, CVXNN_OPTION_STEP, 1));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_int(NULL, CVXNN_OPTION_SEED, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_double(NULL, CVXNN_OPTION_STEP, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_reset_options(NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_set_int(NULL, CVXNN_OPTION_ORDER, 1));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_set_double(NULL, CVXNN_OPTION_TARGET_RATIO, 2));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_get_int(NULL, CVXNN_OPTION_ORDER, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_get_double(NULL, CVXNN_OPTION_TARGET_RATIO, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_reset_options(NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_int(NULL, CVXNN_OPTION_POINTS, 3));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_double(NULL, CVXNN_OPTION_HOLDOUT, 0.5));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_int(NULL, CVXNN_OPTION_POINTS, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_double(NULL, CVXNN_OPTION_HOLDOUT, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_reset_options(NULL));
    close_world();
}
END_TEST

START_TEST(data_that_cannot_be_standardized_keep_the_option_off) {
    double x[N * D];
    open_world();
    for (int e = 0; e < N * D; e++) x[e] = e % 3 ? 1e200 : -1e200;
    ck_assert_int_eq(cvxnn_problem_set_data(w.bare, N, D, x, D, CVXNN_ROW_MAJOR, CVXNN_BORROW), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_problem_set_int(w.bare, CVXNN_OPTION_STANDARDIZE, 1));
    ck_assert_int_eq(cvxnn_problem_set_int(w.problem, CVXNN_OPTION_STANDARDIZE, 1), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_problem_set_data(w.problem, N, D, x, D, CVXNN_ROW_MAJOR, CVXNN_COPY));
    close_world();
}
END_TEST

/* ---- Solver ---- */

START_TEST(gates_and_start) {
    double gates[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const int32_t row = CVXNN_ROW_MAJOR;
    struct out *o = &w.out;
    open_world();
    ck_assert_int_eq(cvxnn_solver_set_gates(w.solver, 4, D, gates, D, row), CVXNN_OK);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_gates(NULL, 4, D, gates, D, row));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_gates(w.solver, 4, D, NULL, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, -1, D, gates, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, 4, 0, gates, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, 4, -2, gates, D, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, 4, D, gates, D - 1, row));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, 4, D, gates, 3, CVXNN_COLUMN_MAJOR));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, 4, D, gates, D, -1));
    for (int h = 0; h < 3; h++) {
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_set_gates(w.solver, HUGE_COUNTS[h], D, gates, D, row));
        REFUSED(CVXNN_ERROR_SHAPE,
                cvxnn_solver_set_gates(w.solver, 2, HUGE_COUNTS[h], gates, HUGE_COUNTS[h], row));
    }
    gates[7] = NAN;
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_solver_set_gates(w.solver, 4, D, gates, D, row));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_start(NULL, w.relu));
    REFUSED(CVXNN_ERROR_UNSUPPORTED, cvxnn_solver_set_start(w.solver, w.gated));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_set_start(w.solver, w.empty));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_set_callback(NULL, NULL, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_cancel(NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_compute_beta_max(NULL, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_compute_beta_max(w.solver, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_compute_beta_max(w.idle, &o->value));
    close_world();
}
END_TEST

START_TEST(solving) {
    double wide[3] = {1, 2, 3};
    struct out *o = &w.out;
    open_world();
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_solve(NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_solve(w.idle));
    ck_assert_int_eq(cvxnn_problem_set_data(w.bare, N, D, w.x, D, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_solve(w.idle)); /* no targets */
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_compute_beta_max(w.idle, &o->value));
    ck_assert_int_eq(cvxnn_problem_set_targets(w.bare, N, 1, w.y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(w.idle, CVXNN_OPTION_METHOD, CVXNN_METHOD_GATED), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_gates(w.idle, 1, 3, wide, 3, CVXNN_ROW_MAJOR), CVXNN_OK);
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_solve(w.idle)); /* the gates' columns */
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_compute_beta_max(w.idle, &o->value));
    /* a start that does not fit */
    cvxnn_model *odd;
    ck_assert_int_eq(cvxnn_model_create(&odd), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_weights(odd, 3, CVXNN_BIAS_NONE, 1, 1, wide, 3, wide, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_start(w.solver, odd), CVXNN_OK);
    ck_assert_int_eq(cvxnn_solver_set_int(w.solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_GRADIENT), CVXNN_OK);
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_solve(w.solver));
    cvxnn_model_free(odd);
    close_world();
}
END_TEST

START_TEST(results) {
    struct out *o = &w.out;
    open_world();
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_info_int(NULL, CVXNN_INFO_ACTIVE, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_info_double(NULL, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_info_int(w.solver, CVXNN_INFO_ACTIVE, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_info_double(w.solver, CVXNN_INFO_BETA, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_info_int(w.idle, CVXNN_INFO_STATUS, &o->count));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_info_double(w.idle, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_solver_info_int(w.solver, CVXNN_INFO_BETA, &o->count));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_solver_info_double(w.solver, CVXNN_INFO_ACTIVE, &o->value));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_solver_info_int(w.solver, CVXNN_OPTION_SEED, &o->count));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_solver_info_double(w.solver, -1, &o->value));
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_solver_info_double(w.solver, CVXNN_INFO_LOWER_BOUND, &o->value));
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_solver_info_int(w.solver, CVXNN_INFO_BEST_START, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_model(NULL, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_model(w.solver, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_get_model(w.idle, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_dual(NULL, N, o->numbers));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_solver_get_dual(w.solver, N, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_solver_get_dual(w.idle, N, o->numbers));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_get_dual(w.solver, N - 1, o->numbers));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_solver_get_dual(w.solver, -1, o->numbers));
    close_world();
}
END_TEST

/* ---- From within a callback: whatever would use the solver, or change its problem, is BUSY ---- */

static int busy_seen;

static int32_t use_everything(const cvxnn_event *event, void *user) {
    struct out *o = &w.out;
    static const double gate[D] = {1, 1};
    (void)user;
    const int32_t outcomes[] = {
        cvxnn_solver_solve(w.solver),
        cvxnn_solver_set_int(w.solver, CVXNN_OPTION_SEED, 9),
        cvxnn_solver_set_double(w.solver, CVXNN_OPTION_STEP, 1),
        cvxnn_solver_get_int(w.solver, CVXNN_OPTION_SEED, &o->count),
        cvxnn_solver_get_double(w.solver, CVXNN_OPTION_STEP, &o->value),
        cvxnn_solver_reset_options(w.solver),
        cvxnn_solver_set_gates(w.solver, 1, D, gate, D, CVXNN_ROW_MAJOR),
        cvxnn_solver_set_start(w.solver, NULL),
        cvxnn_solver_set_callback(w.solver, NULL, NULL),
        cvxnn_solver_compute_beta_max(w.solver, &o->value),
        cvxnn_solver_info_int(w.solver, CVXNN_INFO_STATUS, &o->count),
        cvxnn_solver_info_double(w.solver, CVXNN_INFO_BETA, &o->value),
        cvxnn_solver_get_model(w.solver, &o->model),
        cvxnn_solver_get_dual(w.solver, N, o->numbers),
        cvxnn_problem_set_data(w.problem, N, D, w.x, D, CVXNN_ROW_MAJOR, CVXNN_COPY),
        cvxnn_problem_set_targets(w.problem, N, 1, w.y, 1, CVXNN_ROW_MAJOR),
        cvxnn_problem_set_weights(w.problem, N, NULL),
        cvxnn_problem_set_int(w.problem, CVXNN_OPTION_BIAS, 1),
        cvxnn_problem_set_double(w.problem, CVXNN_OPTION_BETA, 1),
        cvxnn_problem_reset_options(w.problem),
    };
    for (size_t k = 0; k < sizeof outcomes / sizeof *outcomes; k++)
        ck_assert_msg(outcomes[k] == CVXNN_ERROR_BUSY, "call %d: %s", (int)k, cvxnn_status_name(outcomes[k]));
    ck_assert_int_eq(cvxnn_event_kind(NULL, &o->code), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_kind(event, NULL), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_get_int(NULL, CVXNN_INFO_ITERATIONS, &o->count), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_get_int(event, CVXNN_INFO_ITERATIONS, NULL), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_get_int(event, CVXNN_INFO_SECONDS, &o->count), CVXNN_ERROR_KEY);
    ck_assert_int_eq(cvxnn_event_get_int(event, CVXNN_INFO_THREADS, &o->count), CVXNN_ERROR_UNAVAILABLE);
    ck_assert_int_eq(cvxnn_event_get_double(NULL, CVXNN_INFO_SECONDS, &o->value), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_get_double(event, CVXNN_INFO_SECONDS, NULL), CVXNN_ERROR_NULL);
    ck_assert_int_eq(cvxnn_event_get_double(event, CVXNN_INFO_ACTIVE, &o->value), CVXNN_ERROR_KEY);
    ck_assert_int_eq(cvxnn_event_get_double(event, CVXNN_INFO_BETA_MAX, &o->value), CVXNN_ERROR_UNAVAILABLE);
    ck_assert(!memcmp(&w.out, &w.fresh, sizeof w.out));
    int64_t n; /* reading the problem is allowed */
    ck_assert(!cvxnn_problem_get_shape(w.problem, &n, NULL, NULL) && n == N);
    busy_seen++;
    return 0;
}

START_TEST(within_a_callback) {
    double objective[2];
    for (int nosy = 0; nosy < 2; nosy++) {
        open_world();
        ck_assert_int_eq(cvxnn_solver_set_int(w.solver, CVXNN_OPTION_METHOD, CVXNN_METHOD_DECOMPOSE),
                         CVXNN_OK);
        ck_assert_int_eq(cvxnn_solver_set_callback(w.solver, nosy ? use_everything : NULL, NULL), CVXNN_OK);
        ck_assert_int_ge(cvxnn_solver_solve(w.solver), 0);
        ck_assert_int_eq(cvxnn_solver_info_double(w.solver, CVXNN_INFO_OBJECTIVE, &objective[nosy]),
                         CVXNN_OK);
        close_world();
    }
    ck_assert_int_gt(busy_seen, 2);
    ck_assert(objective[0] == objective[1]);
}
END_TEST

/* ---- Model ---- */

START_TEST(model_weights) {
    double u[6] = {1, 2, 3, 4, 5, 6}, a[3] = {1, 2, 3};
    struct out *o = &w.out;
    open_world();
    cvxnn_model *m = w.relu;
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_set_weights(NULL, D, 0, 1, 2, u, D, a, 1));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_set_weights(m, D, 0, 1, 2, NULL, D, a, 1));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_set_weights(m, D, 0, 1, 2, u, D, NULL, 1));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_weights(m, 0, 0, 1, 2, u, D, a, 1));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_weights(m, -1, 0, 1, 0, NULL, 0, NULL, 0));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_weights(m, D, 0, 0, 2, u, D, a, 1));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_weights(m, D, 0, 1, -1, u, D, a, 1));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_weights(m, D, 0, 1, 2, u, D - 1, a, 1));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_weights(m, D, 1, 1, 2, u, D, a, 1)); /* the bias' column */
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_weights(m, D, 0, 1, 2, u, D, a, 0));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_weights(m, D, 2, 1, 2, u, D, a, 1));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_weights(m, D, -1, 1, 2, u, D, a, 1));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_weights(m, D, 0, 1, INT64_MAX, u, D, a, 1));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_weights(m, INT64_MAX, 1, 1, 0, NULL, 0, NULL, 0));
    u[3] = NAN;
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_weights(m, D, 0, 1, 2, u, D, a, 1));
    u[3] = 1, a[1] = -INFINITY;
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_weights(m, D, 0, 1, 2, u, D, a, 1));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_weights(NULL, o->numbers, D, o->numbers + 8, 1));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_weights(m, NULL, D, o->numbers + 8, 1));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_weights(m, o->numbers, D, NULL, 1));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_get_weights(m, o->numbers, D - 1, o->numbers + 8, 1));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_get_weights(m, o->numbers, D, o->numbers + 8, 0));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_get_weights(w.empty, o->numbers, D, o->numbers + 8, 1));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_gates(NULL, o->numbers, D));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_gates(w.gated, NULL, D));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_get_gates(w.gated, o->numbers, D - 1));
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_model_get_gates(m, o->numbers, D));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_get_gates(w.empty, o->numbers, D));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_copy(NULL, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_copy(m, NULL));
    close_world();
}
END_TEST

START_TEST(model_facts) {
    static const double bad[] = {NAN, INFINITY, -INFINITY, -1};
    double center[D] = {0, 0}, scale[D] = {1, 1};
    struct out *o = &w.out;
    open_world();
    cvxnn_model *m = w.relu;
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_int(NULL, CVXNN_MODEL_KIND, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_int(m, CVXNN_MODEL_KIND, NULL));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_model_get_int(m, CVXNN_MODEL_BETA, &o->count));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_model_get_int(m, 0, &o->count));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_get_int(w.empty, CVXNN_MODEL_KIND, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_double(NULL, CVXNN_MODEL_BETA, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_double(m, CVXNN_MODEL_BETA, NULL));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_model_get_double(m, CVXNN_MODEL_KIND, &o->value));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_get_double(w.empty, CVXNN_MODEL_BETA, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_set_double(NULL, CVXNN_MODEL_BETA, 1));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_model_set_double(m, CVXNN_MODEL_KIND, 1));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_set_double(w.empty, CVXNN_MODEL_BETA, 1));
    for (int b = 0; b < 4; b++) {
        REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_double(m, CVXNN_MODEL_BETA, bad[b]));
        scale[1] = bad[b];
        REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_scaling(m, D, center, scale));
        scale[1] = 1, center[0] = bad[b];
        if (b < 3) REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_scaling(m, D, center, scale));
        center[0] = 0;
    }
    scale[0] = 0;
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_scaling(m, D, center, scale));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_set_scaling(NULL, D, center, scale));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_set_scaling(m, D, NULL, center));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_set_scaling(m, D, center, NULL));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_scaling(m, D + 1, center, scale));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_scaling(m, -1, NULL, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_set_scaling(w.empty, D, center, scale));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_scaling(NULL, D, o->numbers, o->numbers + 4));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_scaling(m, D, NULL, o->numbers));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_scaling(m, D, o->numbers, NULL));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_get_scaling(m, D - 1, o->numbers, o->numbers + 4));
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_model_get_scaling(w.gated, D, o->numbers, o->numbers + 4));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_get_scaling(w.empty, D, o->numbers, o->numbers + 4));
    close_world();
}
END_TEST

START_TEST(model_names) {
    struct out *o = &w.out;
    char name[1002];
    static const char *const bad[] = {"", "two\nlines", "\x01", "\x7f", "\xff\xfe", "\xc0\x80", "\xe2\x82"};
    open_world();
    memset(name, 'n', 1001);
    name[1001] = 0;
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_set_feature_name(NULL, 0, "a"));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_set_target_name(NULL, 0, "a"));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_set_feature_name(w.empty, 0, "a"));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_set_target_name(w.empty, 0, "a"));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_feature_name(w.relu, D, "a"));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_feature_name(w.relu, -1, "a"));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_target_name(w.relu, 1, "a"));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_set_target_name(w.relu, INT64_MIN, NULL));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_feature_name(w.relu, 0, name));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_target_name(w.relu, 0, name));
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
        REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_feature_name(w.relu, 1, bad[b]));
        REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_set_target_name(w.relu, 0, bad[b]));
    }
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_feature_name(NULL, 0, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_target_name(NULL, 0, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_feature_name(w.relu, 0, NULL, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_get_target_name(w.relu, 0, NULL, 9, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_get_feature_name(w.relu, D, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_get_target_name(w.relu, -1, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_get_feature_name(w.relu, 0, o->text, -9, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_get_target_name(w.relu, 0, o->text, -9, &o->count));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_get_feature_name(w.empty, 0, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_get_target_name(w.empty, 0, o->text, 9, &o->count));
    close_world();
}
END_TEST

static int32_t predict(int is_float, const cvxnn_model *model, int64_t rows, int64_t features,
                       const double *x, int64_t ld_x, int32_t order, int null_f, int64_t ld_f) {
    static float narrow[N * D];
    for (int e = 0; x && e < N * D; e++) narrow[e] = (float)x[e];
    if (is_float)
        return cvxnn_model_predict_float(model, rows, features, x ? narrow : NULL, ld_x, order,
                                         null_f ? NULL : w.out.floats, ld_f);
    return cvxnn_model_predict(model, rows, features, x, ld_x, order, null_f ? NULL : w.out.numbers, ld_f);
}

START_TEST(model_use) {
    const int32_t row = CVXNN_ROW_MAJOR;
    struct out *o = &w.out;
    open_world();
    for (int f = 0; f < 2; f++) {
        REFUSED(CVXNN_ERROR_NULL, predict(f, NULL, N, D, w.x, D, row, 0, 1));
        REFUSED(CVXNN_ERROR_NULL, predict(f, w.relu, N, D, NULL, D, row, 0, 1));
        REFUSED(CVXNN_ERROR_NULL, predict(f, w.relu, N, D, w.x, D, row, 1, 1));
        REFUSED(CVXNN_ERROR_STATE, predict(f, w.empty, N, D, w.x, D, row, 0, 1));
        REFUSED(CVXNN_ERROR_SHAPE, predict(f, w.relu, N, D + 1, w.x, D + 1, row, 0, 1));
        REFUSED(CVXNN_ERROR_SHAPE, predict(f, w.relu, -1, D, w.x, D, row, 0, 1));
        REFUSED(CVXNN_ERROR_SHAPE, predict(f, w.relu, N, D, w.x, D - 1, row, 0, 1));
        REFUSED(CVXNN_ERROR_SHAPE, predict(f, w.relu, N, D, w.x, D, row, 0, 0));
        REFUSED(CVXNN_ERROR_SHAPE, predict(f, w.relu, N, D, w.x, D, 9, 0, 1));
        REFUSED(CVXNN_ERROR_SHAPE, predict(f, w.relu, N, D, w.x, N - 1, CVXNN_COLUMN_MAJOR, 0, N));
        REFUSED(CVXNN_ERROR_SHAPE, predict(f, w.relu, N, D, w.x, N, CVXNN_COLUMN_MAJOR, 0, N - 1));
        REFUSED(CVXNN_ERROR_SHAPE, predict(f, w.relu, INT64_MAX, D, w.x, D, row, 0, 1));
        double keep = w.x[N * D - 1];
        w.x[N * D - 1] = NAN;
        REFUSED(CVXNN_ERROR_VALUE, predict(f, w.relu, N, D, w.x, D, row, 0, 1));
        w.x[N * D - 1] = keep;
    }
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_objective(NULL, w.problem, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_objective(w.relu, NULL, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_objective(w.relu, w.problem, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_objective(w.empty, w.problem, &o->value));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_objective(w.relu, w.bare, &o->value));
    ck_assert_int_eq(cvxnn_problem_set_data(w.bare, 4, 3, w.x, 3, row, CVXNN_COPY), CVXNN_OK);
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_objective(w.relu, w.bare, &o->value)); /* no targets */
    ck_assert_int_eq(cvxnn_problem_set_targets(w.bare, 4, 1, w.y, 1, row), CVXNN_OK);
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_objective(w.relu, w.bare, &o->value));
    ck_assert_int_eq(cvxnn_problem_set_data(w.bare, 4, D, w.x, D, row, CVXNN_COPY), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_objective(w.relu, w.bare, &o->value)); /* beta is 0 */
    close_world();
}
END_TEST

START_TEST(model_text) {
    static const char odd[] = "not a model\n";
    struct out *o = &w.out;
    char text[TEXT];
    int64_t needed;
    open_world();
    ck_assert_int_eq(cvxnn_model_write(w.relu, text, TEXT, &needed), CVXNN_OK);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_write(NULL, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_write(w.relu, o->text, 9, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_write(w.empty, o->text, 9, &o->count));
    int64_t told = -1; /* of a buffer too small only the size needed is told */
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_write(w.relu, o->text, 9, &told));
    ck_assert_int_eq(told, needed);
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_write(w.relu, o->text, -1, &told));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_read(NULL, text, needed));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_read(w.relu, NULL, needed));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_read(w.relu, text, -1));
    REFUSED(CVXNN_ERROR_FORMAT, cvxnn_model_read(w.gated, text, needed / 2));
    REFUSED(CVXNN_ERROR_FORMAT, cvxnn_model_read(w.gated, text, 0));
    REFUSED(CVXNN_ERROR_FORMAT, cvxnn_model_read(w.empty, odd, (int64_t)sizeof odd - 1));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_save(NULL, "cvxnn-refused"));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_save(w.relu, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_save(w.empty, "cvxnn-refused"));
    REFUSED(CVXNN_ERROR_IO, cvxnn_model_save(w.relu, "/no/such/folder/model"));
    REFUSED(CVXNN_ERROR_IO, cvxnn_model_save(w.relu, ""));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_load(NULL, "cvxnn-refused"));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_load(w.relu, NULL));
    REFUSED(CVXNN_ERROR_IO, cvxnn_model_load(w.relu, "/no/such/folder/model"));
    REFUSED(CVXNN_ERROR_IO, cvxnn_model_load(w.relu, "/"));
    REFUSED(CVXNN_ERROR_FORMAT, cvxnn_model_load(w.relu, CVXNN_TEST_PROBLEMS "/expected.json"));
    ck_assert_ptr_null(fopen("cvxnn-refused", "r"));
    close_world();
}
END_TEST

/* ---- Certificate ---- */

START_TEST(proving_and_verifying) {
    struct out *o = &w.out;
    static const double u[6] = {1, -1, 0.5, 2, 3, 1}, a[2] = {1, -2};
    cvxnn_model *biased, *other, *two;
    open_world();
    ck_assert_int_eq(cvxnn_model_create(&biased), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_create(&two), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_create(&other), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_weights(biased, D, CVXNN_BIAS_PENALIZED, 1, 2, u, 3, a, 1), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_weights(two, D, CVXNN_BIAS_NONE, 2, 1, u, D, a, 2), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_weights(other, D + 1, CVXNN_BIAS_NONE, 1, 2, u, D + 1, a, 1), CVXNN_OK);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_create(NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_create_with(NULL, NULL, NULL, NULL, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_message(NULL, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_message(w.proof, NULL, 9, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_certificate_message(w.proof, o->text, -1, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_set_callback(NULL, NULL, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_cancel(NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_certificate_verify(w.blank, w.problem, w.relu));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_certificate_prove(w.blank, w.problem, biased));
    int32_t (*const both[])(cvxnn_certificate *, const cvxnn_problem *,
                            const cvxnn_model *) = {cvxnn_certificate_prove, cvxnn_certificate_verify};
    for (int k = 0; k < 2; k++) {
        REFUSED(CVXNN_ERROR_NULL, both[k](NULL, w.problem, w.relu));
        REFUSED(CVXNN_ERROR_NULL, both[k](w.proof, NULL, w.relu));
        REFUSED(CVXNN_ERROR_NULL, both[k](w.proof, w.problem, NULL));
        REFUSED(CVXNN_ERROR_STATE, both[k](w.proof, w.bare, w.relu));
        REFUSED(CVXNN_ERROR_STATE, both[k](w.proof, w.problem, w.empty));
        REFUSED(CVXNN_ERROR_UNSUPPORTED, both[k](w.proof, w.problem, w.gated));
        REFUSED(CVXNN_ERROR_UNSUPPORTED, both[k](w.proof, w.problem, two));
        REFUSED(CVXNN_ERROR_SHAPE, both[k](w.proof, w.problem, other));
        REFUSED(CVXNN_ERROR_VALUE, both[k](w.proof, w.problem, biased));
    }
    ck_assert_int_eq(cvxnn_problem_set_int(w.problem, CVXNN_OPTION_STANDARDIZE, 1), CVXNN_OK);
    for (int k = 0; k < 2; k++) REFUSED(CVXNN_ERROR_VALUE, both[k](w.proof, w.problem, w.relu));
    ck_assert_int_eq(cvxnn_problem_reset_options(w.problem), CVXNN_OK); /* portray needs a beta */
    ck_assert_int_eq(cvxnn_problem_set_data(w.bare, N, D, w.x, D, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(w.bare, N, 1, w.y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_double(w.problem, CVXNN_OPTION_BETA, 0.01), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_certificate_prove(w.proof, w.bare, w.relu));  /* beta is 0 */
    ck_assert_int_eq(cvxnn_certificate_verify(w.proof, w.bare, w.relu), CVXNN_OK); /* the certificate's */
    ck_assert_int_eq(cvxnn_problem_set_double(w.bare, CVXNN_OPTION_BETA, 0.011), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VERIFICATION, cvxnn_certificate_verify(w.proof, w.bare, w.relu));
    cvxnn_model_free(biased);
    cvxnn_model_free(other);
    cvxnn_model_free(two);
    close_world();
}
END_TEST

START_TEST(certificate_results_and_text) {
    struct out *o = &w.out;
    char text[TEXT];
    int64_t needed, told = -1;
    open_world();
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_info_int(NULL, CVXNN_INFO_ORDER, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_info_double(NULL, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_info_int(w.proof, CVXNN_INFO_ORDER, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_info_double(w.proof, CVXNN_INFO_BETA, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_certificate_info_int(w.blank, CVXNN_INFO_ORDER, &o->count));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_certificate_info_double(w.blank, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_certificate_info_int(w.proof, CVXNN_INFO_BETA, &o->count));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_certificate_info_double(w.proof, CVXNN_INFO_ORDER, &o->value));
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_certificate_info_int(w.proof, CVXNN_INFO_ACTIVE, &o->count));
    ck_assert_int_eq(cvxnn_certificate_write(w.proof, text, TEXT, &needed), CVXNN_OK);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_write(NULL, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_write(w.proof, o->text, 9, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_certificate_write(w.blank, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_certificate_write(w.proof, o->text, 9, &told));
    ck_assert_int_eq(told, needed);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_read(NULL, text, needed));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_read(w.proof, NULL, needed));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_certificate_read(w.proof, text, -1));
    REFUSED(CVXNN_ERROR_FORMAT, cvxnn_certificate_read(w.proof, text, needed / 2));
    REFUSED(CVXNN_ERROR_FORMAT, cvxnn_certificate_read(w.blank, text, 0));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_save(NULL, "cvxnn-refused"));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_save(w.proof, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_certificate_save(w.blank, "cvxnn-refused"));
    REFUSED(CVXNN_ERROR_IO, cvxnn_certificate_save(w.proof, "/no/such/folder/certificate"));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_load(NULL, "cvxnn-refused"));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_load(w.proof, NULL));
    REFUSED(CVXNN_ERROR_IO, cvxnn_certificate_load(w.proof, "/no/such/folder/certificate"));
    REFUSED(CVXNN_ERROR_FORMAT, cvxnn_certificate_load(w.proof, CVXNN_TEST_PROBLEMS "/expected.json"));
    ck_assert_int_eq(cvxnn_certificate_read(w.blank, text, needed), CVXNN_OK); /* claims, and nothing else */
    REFUSED(CVXNN_ERROR_UNAVAILABLE,
            cvxnn_certificate_info_double(w.blank, CVXNN_INFO_LOWER_BOUND, &o->value));
    close_world();
}
END_TEST

/* ---- Path ---- */

START_TEST(path_grid_and_folds) {
    static const double rising[] = {0.1, 0.2}, level[] = {0.1, 0.1}, zero[] = {0.1, 0}, bad[] = {NAN};
    static const int64_t below[N] = {-2, 0, 0, 0, 0, 1}, gap[N] = {0, 0, 2, 2, -1, -1}, all[N] = {0},
                         none[N] = {-1, -1, -1, -1, -1, -1}, above[N] = {0, 0, 0, 0, 0, N}, good[N] = {0, 1};
    struct out *o = &w.out;
    open_world();
    cvxnn_path_free(NULL);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_create(NULL, &o->path));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_create(w.solver, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_create_with(NULL, NULL, NULL, NULL, NULL, &o->path));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_create_with(w.solver, NULL, NULL, NULL, NULL, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_create_with(w.solver, take, NULL, drop, NULL, &o->path));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_message(NULL, o->text, 9, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_message(w.path, NULL, 9, &o->count));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_message(w.path, o->text, -1, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_betas(NULL, 2, rising));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_betas(w.path, 2, NULL));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_set_betas(w.path, -1, rising));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_set_betas(w.path, 2, rising));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_set_betas(w.path, 2, level));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_set_betas(w.path, 2, zero));
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_set_betas(w.path, 1, bad));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_folds(NULL, N, good));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_folds(w.path, N, NULL));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_set_folds(w.path, -1, good));
    const int64_t *wrong[] = {below, gap, all, none, above};
    for (int k = 0; k < 5; k++) REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_set_folds(w.path, N, wrong[k]));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_set_callback(NULL, NULL, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_cancel(NULL));
    close_world();
}
END_TEST

START_TEST(path_runs) {
    static const int64_t short_by_one[N - 1] = {0, 1}, first[N] = {0, -1, -1, -1, -1, -1};
    static const double weight[N] = {1}, zeros[N] = {0};
    static const double betas[] = {0.1};
    open_world();
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_run(NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_run(w.untrodden));
    ck_assert_int_eq(cvxnn_path_set_double(w.path, CVXNN_OPTION_HOLDOUT, 0.5), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_run(w.path)); /* folds as well */
    ck_assert_int_eq(cvxnn_path_set_double(w.path, CVXNN_OPTION_HOLDOUT, 0), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_FOLDS, 1), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_run(w.path));
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_FOLDS, N + 1), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_run(w.path));
    ck_assert_int_eq(cvxnn_path_set_folds(w.path, N - 1, short_by_one), CVXNN_OK);
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_run(w.path));
    ck_assert_int_eq(cvxnn_path_set_folds(w.path, N, first), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_weights(w.problem, N, weight), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_run(w.path)); /* no weight is left without that row */
    ck_assert_int_eq(cvxnn_problem_set_weights(w.problem, N, NULL), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_folds(w.path, 0, NULL), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_reset_options(w.path), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_POINTS, 10000), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(w.problem, N, 1, zeros, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_path_run(w.path)); /* beta_max is 0 */
    ck_assert_int_eq(cvxnn_path_set_betas(w.path, 1, betas), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_run(w.path), CVXNN_OK);
    close_world();
}
END_TEST

START_TEST(path_results) {
    struct out *o = &w.out;
    int64_t fold[N];
    open_world();
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_count(NULL, &o->count, &o->least));
    ck_assert_int_eq(cvxnn_path_count(w.path, NULL, NULL), CVXNN_OK);
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_info_int(NULL, 0, CVXNN_INFO_NEURONS, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_info_int(w.path, 0, CVXNN_INFO_NEURONS, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_info_double(NULL, 0, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_info_double(w.path, 0, CVXNN_INFO_BETA, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_fold_int(NULL, 0, 0, CVXNN_INFO_NEURONS, &o->count));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_fold_int(w.path, 0, 0, CVXNN_INFO_NEURONS, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_fold_double(NULL, 0, 0, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_fold_double(w.path, 0, 0, CVXNN_INFO_BETA, NULL));
    static const int64_t points[] = {-1, 3, INT64_MAX, INT64_MIN}, folds[] = {-1, 2, INT64_MAX, INT64_MIN};
    for (int k = 0; k < 4; k++) {
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_info_int(w.path, points[k], CVXNN_INFO_NEURONS, &o->count));
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_info_double(w.path, points[k], CVXNN_INFO_BETA, &o->value));
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_fold_int(w.path, 0, folds[k], CVXNN_INFO_NEURONS, &o->count));
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_fold_double(w.path, 0, folds[k], CVXNN_INFO_BETA, &o->value));
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_get_model(w.path, points[k], &o->model));
        REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_get_fold_model(w.path, 0, folds[k], &o->model));
    }
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_info_int(w.untrodden, 0, CVXNN_INFO_NEURONS, &o->count));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_info_double(w.untrodden, 0, CVXNN_INFO_BETA, &o->value));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_path_info_int(w.path, 0, CVXNN_INFO_BETA, &o->count));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_path_info_double(w.path, 0, CVXNN_INFO_NEURONS, &o->value));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_path_fold_int(w.path, 0, 0, CVXNN_INFO_BETA, &o->count));
    REFUSED(CVXNN_ERROR_KEY, cvxnn_path_fold_double(w.path, 0, 0, -1, &o->value));
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_path_info_int(w.path, 0, CVXNN_INFO_FOLD, &o->count));
    REFUSED(CVXNN_ERROR_UNAVAILABLE,
            cvxnn_path_info_double(w.path, 0, CVXNN_INFO_LOWER_BOUND, &o->value)); /* of a gated network */
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_model(NULL, 0, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_model(w.path, 0, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_get_model(w.untrodden, 0, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_fold_model(NULL, 0, 0, &o->model));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_fold_model(w.path, 0, 0, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_folds(NULL, N, fold));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_get_folds(w.path, N, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_get_folds(w.untrodden, N, fold));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_path_get_folds(w.path, N + 1, fold));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_path_best(NULL, &o->count, &o->least));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_path_best(w.untrodden, &o->count, &o->least));
    ck_assert_int_eq(cvxnn_path_best(w.path, NULL, NULL), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_set_int(w.path, CVXNN_OPTION_FOLDS, 0), CVXNN_OK);
    ck_assert_int_eq(cvxnn_path_run(w.path), CVXNN_OK);
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_path_best(w.path, &o->count, &o->least));
    close_world();
}
END_TEST

/* ---- Completeness ---- */

static char *contents(const char *path) {
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    char *text = calloc(1, 1 << 18);
    ck_assert(fread(text, 1, (1 << 18) - 1, file) > 0);
    fclose(file);
    return text;
}

START_TEST(no_function_is_missed) {
    char *list = contents(CVXNN_TEST_PROBLEMS "/../../lib/symbols.txt");
    char *own = contents(CVXNN_TEST_PROBLEMS "/../test_refusals.c"), *end;
    int count = 0;
    for (char *line = list; (end = strchr(line, '\n')); line = end + 1, count++) {
        char call[80];
        snprintf(call, sizeof call, "%.*s(", (int)strcspn(line, " \n"), line);
        ck_assert_msg(strstr(own, call) != NULL, "%s...) is not called here", call);
    }
    ck_assert_int_gt(count, 70);
    free(list);
    free(own);
}
END_TEST

CVXNN_SUITE(refusals) {
    CVXNN_TEST(names_and_keys);
    CVXNN_TEST(creation);
    CVXNN_TEST(messages);
    CVXNN_TEST(data);
    CVXNN_TEST(targets_and_weights);
    CVXNN_TEST(options);
    CVXNN_TEST(data_that_cannot_be_standardized_keep_the_option_off);
    CVXNN_TEST(gates_and_start);
    CVXNN_TEST(solving);
    CVXNN_TEST(results);
    CVXNN_TEST(within_a_callback);
    CVXNN_TEST(model_weights);
    CVXNN_TEST(model_facts);
    CVXNN_TEST(model_names);
    CVXNN_TEST(model_use);
    CVXNN_TEST(model_text);
    CVXNN_TEST(proving_and_verifying);
    CVXNN_TEST(certificate_results_and_text);
    CVXNN_TEST(path_grid_and_folds);
    CVXNN_TEST(path_runs);
    CVXNN_TEST(path_results);
    CVXNN_TEST(no_function_is_missed);
}
