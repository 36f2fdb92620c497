/*
 * Every public function with bad arguments: the status it must return, nothing changed behind any handle, no
 * out-parameter written. Here names, problems and options, which all handles have alike; the last test holds
 * this file and its neighbours against lib/symbols.txt, so that no function is missed.
 */
#include "refusals.h"

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

START_TEST(creation) {
    struct out *o = &w.out;
    open_world();
    cvxnn_problem_free(NULL);
    cvxnn_solver_free(NULL);
    cvxnn_model_free(NULL);
    cvxnn_certificate_free(NULL);
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
    char *own[] = {contents(CVXNN_TEST_PROBLEMS "/../test_refusals.c"),
                   contents(CVXNN_TEST_PROBLEMS "/../test_refusals_solver.c"),
                   contents(CVXNN_TEST_PROBLEMS "/../test_refusals_model.c")};
    char *end;
    int count = 0;
    for (char *line = list; (end = strchr(line, '\n')); line = end + 1, count++) {
        char call[80];
        snprintf(call, sizeof call, "%.*s(", (int)strcspn(line, " \n"), line);
        ck_assert_msg(strstr(own[0], call) || strstr(own[1], call) || strstr(own[2], call),
                      "%s...) is not called here", call);
    }
    ck_assert_int_gt(count, 70);
    free(list);
    for (int f = 0; f < 3; f++) free(own[f]);
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
    CVXNN_TEST(no_function_is_missed);
}
