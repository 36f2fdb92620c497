/*
 * The public interface when memory runs out: the k-th request of a whole session is refused, for every k,
 * alone or with all that follow. Every call then does its work or says so, what the session has made can be
 * freed to the last byte, and a session that goes on ends with the bits of one that nothing ever happened to.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cvxnn.h"
#include "suite.h"

enum { N = 7, D = 2, TEXT = 1 << 14 };
enum { STANDARDIZE = 1, BIAS = 2, BOUND = 4, PATH = 8, LOW_RANK = 16 }; /* bits: how a session is made */

/* ---- Memory that is counted and runs out ---- */

struct store {
    int64_t blocks, requests, fail_at; /* fail_at = k: the k-th request from now on; 0: never */
    int fail_on, refused;
};

static int refuses(struct store *store) {
    store->requests++;
    if (store->fail_at == 0 || (store->fail_at > 1 && store->fail_at--)) return 0;
    if (!store->fail_on) store->fail_at = 0;
    store->refused = 1;
    return 1;
}

static void *allocate(int64_t bytes, void *user) {
    struct store *store = user;
    if (refuses(store)) return NULL;
    void *memory = malloc((size_t)bytes);
    if (memory) memset(memory, 0xA5, (size_t)bytes);
    store->blocks += memory != NULL;
    return memory;
}

static void *reallocate(void *memory, int64_t bytes, void *user) {
    struct store *store = user;
    if (refuses(store)) return NULL;
    store->blocks += memory == NULL;
    return realloc(memory, (size_t)bytes);
}

static void release(void *memory, void *user) {
    struct store *store = user;
    store->blocks -= memory != NULL;
    free(memory);
}

/* ---- A session: each step may be refused, and is then tried again once there is memory ---- */

struct session {
    struct store *store;
    cvxnn_problem *problem;
    cvxnn_solver *solver;
    cvxnn_model *model, *copy, *other;
    cvxnn_path *path;
    char text[TEXT]; /* the model's, at the end */
    double f[N], objective, beta_max;
};

/* Done, or out of memory when a request was refused: then the same call, with memory, must do. */
#define STEP(call)                                                                                 \
    do {                                                                                           \
        int32_t first = (call);                                                                    \
        if (first < 0) {                                                                           \
            ck_assert_msg(first == CVXNN_ERROR_MEMORY, "%s: %s", #call, cvxnn_status_name(first)); \
            ck_assert_msg(session->store->refused, "%s: there was memory", #call);                 \
            session->store->fail_at = 0;                                                           \
            int32_t second = (call);                                                               \
            ck_assert_msg(second >= 0, "%s, again: %s", #call, cvxnn_status_name(second));         \
        }                                                                                          \
    } while (0)

static void fill_problem(struct session *session, int how) {
    double x[N * D], y[N], s[N];
    float narrow[N * D];
    for (int e = 0; e < N * D; e++) x[e] = sin(2.0 + 5 * e), narrow[e] = (float)x[e];
    for (int i = 0; how & LOW_RANK && i < N; i++) x[N + i] = 2 * x[i]; /* by columns */
    for (int i = 0; i < N; i++) y[i] = fabs(x[i * D]) - x[i * D + 1], s[i] = 1 + i % 2;
    STEP(cvxnn_problem_create_with(allocate, reallocate, release, session->store, &session->problem));
    STEP(cvxnn_problem_set_int(session->problem, CVXNN_OPTION_STANDARDIZE, !!(how & STANDARDIZE)));
    STEP(cvxnn_problem_set_int(session->problem, CVXNN_OPTION_BIAS, !!(how & BIAS)));
    if (how & STANDARDIZE)
        STEP(cvxnn_problem_set_data_float(session->problem, N, D, narrow, D, CVXNN_ROW_MAJOR, CVXNN_COPY));
    STEP(cvxnn_problem_set_data(session->problem, N, D, x, N, CVXNN_COLUMN_MAJOR, CVXNN_COPY));
    STEP(cvxnn_problem_set_targets(session->problem, N, 1, y, 1, CVXNN_ROW_MAJOR));
    STEP(cvxnn_problem_set_weights(session->problem, N, s));
    STEP(cvxnn_problem_set_double(session->problem, CVXNN_OPTION_BETA, 0.01));
}

static void fill_solver(struct session *session, int64_t method, int how) {
    STEP(cvxnn_solver_create(session->problem, &session->solver));
    STEP(cvxnn_solver_set_int(session->solver, CVXNN_OPTION_METHOD, method));
    STEP(cvxnn_solver_set_int(session->solver, CVXNN_OPTION_PATTERNS, 6));
    STEP(cvxnn_solver_set_int(session->solver, CVXNN_OPTION_WIDTH, 3));
    STEP(cvxnn_solver_set_int(session->solver, CVXNN_OPTION_STARTS, 2));
    STEP(cvxnn_solver_set_int(session->solver, CVXNN_OPTION_MAX_ITERATIONS, 3));
    STEP(cvxnn_solver_set_int(session->solver, CVXNN_OPTION_BOUND, !!(how & BOUND)));
}

/* A path whose best network is the session's model. */
static void walk_path(struct session *session) {
    static const double betas[] = {0.05, 0.02};
    static const int64_t fold[N] = {0, 1, 0, 1, -1, 0, 1};
    int64_t found[N], best;
    STEP(cvxnn_path_create(session->solver, &session->path));
    STEP(cvxnn_path_set_betas(session->path, 2, betas));
    STEP(cvxnn_path_set_folds(session->path, N, fold));
    STEP(cvxnn_path_run(session->path));
    STEP(cvxnn_path_get_folds(session->path, N, found));
    STEP(cvxnn_path_best(session->path, &best, NULL));
    STEP(cvxnn_path_get_model(session->path, best, &session->model));
}

static void use_model(struct session *session) {
    double x[N * D] = {0.5, -1, 2, 0.25};
    int64_t needed;
    if (!session->model) STEP(cvxnn_solver_get_model(session->solver, &session->model));
    STEP(cvxnn_model_set_feature_name(session->model, 1, "second"));
    STEP(cvxnn_model_set_target_name(session->model, 0, "answer"));
    STEP(cvxnn_model_copy(session->model, &session->copy));
    STEP(cvxnn_model_predict(session->copy, N, D, x, D, CVXNN_ROW_MAJOR, session->f, 1));
    STEP(cvxnn_model_objective(session->copy, session->problem, &session->objective));
    STEP(cvxnn_model_write(session->copy, session->text, TEXT, &needed));
    STEP(cvxnn_model_create_with(allocate, reallocate, release, session->store, &session->other));
    STEP(cvxnn_model_read(session->other, session->text, needed));
    STEP(cvxnn_model_write(session->other, session->text, TEXT, &needed));
}

static void run_session(struct session *session, struct store *store, int64_t method, int how) {
    memset(session, 0, sizeof *session);
    session->store = store;
    fill_problem(session, how);
    fill_solver(session, method, how);
    STEP(cvxnn_solver_compute_beta_max(session->solver, &session->beta_max));
    if (how & PATH)
        walk_path(session);
    else
        STEP(cvxnn_solver_solve(session->solver));
    use_model(session);
    store->fail_at = 0;
    cvxnn_path_free(session->path);
    cvxnn_problem_free(session->problem);
    cvxnn_model_free(session->model);
    cvxnn_solver_free(session->solver);
    cvxnn_model_free(session->other);
    cvxnn_model_free(session->copy);
    ck_assert_int_eq(store->blocks, 0);
}

/* step: how many requests from one that is refused to the next that is. */
static void check_sessions(int64_t method, int how, int64_t step) {
    static struct session whole, broken;
    struct store store = {0};
    run_session(&whole, &store, method, how);
    int64_t requests = store.requests;

    step *= cvxnn_test_size(1, 4);
    ck_assert_int_gt(requests, 50);
    ck_assert_int_gt((int64_t)strlen(whole.text), 100);
    for (int on = 0; on < 2; on++)
        for (int64_t k = 1; k <= requests; k += step) {
            store = (struct store){.fail_at = k, .fail_on = on};
            run_session(&broken, &store, method, how);
            ck_assert_int_eq(store.refused, 1);
            ck_assert_msg(!strcmp(broken.text, whole.text), "request %d refused: another network", (int)k);
            ck_assert(!memcmp(broken.f, whole.f, sizeof whole.f));
            ck_assert(broken.objective == whole.objective && broken.beta_max == whole.beta_max);
        }
}

START_TEST(gated) {
    check_sessions(CVXNN_METHOD_GATED, 0, 1);
}
END_TEST

START_TEST(decompose) {
    check_sessions(CVXNN_METHOD_DECOMPOSE, STANDARDIZE | BIAS, 1);
}
END_TEST

START_TEST(gradient) {
    check_sessions(CVXNN_METHOD_GRADIENT, BIAS, 1);
}
END_TEST

/* Every one of their requests has its turn in their own suites; here the calls around them. */
START_TEST(relu) {
    check_sessions(CVXNN_METHOD_RELU, 0, 7);
}
END_TEST

START_TEST(search) {
    check_sessions(CVXNN_METHOD_SEARCH, 0, 3);
}
END_TEST

START_TEST(rows_of_low_rank) {
    check_sessions(CVXNN_METHOD_GATED, LOW_RANK, 1);
    check_sessions(CVXNN_METHOD_DECOMPOSE, LOW_RANK, 2);
    check_sessions(CVXNN_METHOD_SEARCH, LOW_RANK, 7);
}
END_TEST

START_TEST(paths) {
    check_sessions(CVXNN_METHOD_GATED, PATH, 3);
}
END_TEST

/* The bound takes the same few blocks in every iteration: a few of them stand for all (the lower_bound suite
 * has every one). */
START_TEST(bound) {
    check_sessions(CVXNN_METHOD_GRADIENT, BOUND, 29);
}
END_TEST

/* ---- Files ---- */

START_TEST(files) {
    static const double u[] = {1, 2, 3, 4}, a[] = {5, 6};
    static const char path[] = "build/test-memory.model";
    struct store store = {0};
    for (int on = 0; on < 2; on++)
        for (int64_t k = 1;; k++) {
            cvxnn_model *model, *read;
            store = (struct store){0};
            ck_assert_int_eq(cvxnn_model_create_with(allocate, reallocate, release, &store, &model),
                             CVXNN_OK);
            ck_assert_int_eq(cvxnn_model_create_with(allocate, reallocate, release, &store, &read), CVXNN_OK);
            ck_assert_int_eq(cvxnn_model_set_weights(model, D, CVXNN_BIAS_NONE, 1, 2, u, D, a, 1), CVXNN_OK);
            store.fail_at = k, store.fail_on = on;
            int32_t saved = cvxnn_model_save(model, path);
            ck_assert(saved == CVXNN_OK || saved == CVXNN_ERROR_MEMORY);
            int32_t loaded = saved ? CVXNN_OK : cvxnn_model_load(read, path);
            ck_assert(loaded == CVXNN_OK || loaded == CVXNN_ERROR_MEMORY);
            store.fail_at = 0;
            ck_assert_int_eq(cvxnn_model_save(model, path), CVXNN_OK);
            ck_assert_int_eq(cvxnn_model_load(read, path), CVXNN_OK);
            cvxnn_model_free(model);
            cvxnn_model_free(read);
            remove(path);
            ck_assert_int_eq(store.blocks, 0);
            if (!store.refused) break;
            ck_assert(saved || loaded);
        }
}
END_TEST

/* ---- A result that there is survives a solve for which there is no memory ---- */

START_TEST(earlier_results_are_kept) {
    static struct session made;
    struct session *session = &made;
    struct store store = {0};
    memset(session, 0, sizeof *session);
    session->store = &store;
    fill_problem(session, 0);
    fill_solver(session, CVXNN_METHOD_DECOMPOSE, 0);
    STEP(cvxnn_solver_solve(session->solver));
    double before, after;
    int32_t status = CVXNN_ERROR_MEMORY;
    ck_assert_int_eq(cvxnn_solver_info_double(session->solver, CVXNN_INFO_OBJECTIVE, &before), CVXNN_OK);
    for (int64_t k = 1; status < 0; k++) {
        STEP(cvxnn_solver_set_int(session->solver, CVXNN_OPTION_SEED, k)); /* packs again */
        store.fail_at = k;
        status = cvxnn_solver_solve(session->solver);
        ck_assert(status >= 0 || status == CVXNN_ERROR_MEMORY);
        ck_assert_int_eq(cvxnn_solver_info_double(session->solver, CVXNN_INFO_OBJECTIVE, &after), CVXNN_OK);
        if (status < 0) ck_assert(before == after);
    }
    cvxnn_solver_free(session->solver);
    cvxnn_problem_free(session->problem);
    ck_assert_int_eq(store.blocks, 0);
}
END_TEST

CVXNN_SUITE(memory) {
    CVXNN_TEST(gated);
    CVXNN_TEST(decompose);
    CVXNN_TEST(gradient);
    CVXNN_TEST(relu);
    CVXNN_TEST(search);
    CVXNN_TEST(rows_of_low_rank);
    CVXNN_TEST(paths);
    CVXNN_TEST(bound);
    CVXNN_TEST(files);
    CVXNN_TEST(earlier_results_are_kept);
}
