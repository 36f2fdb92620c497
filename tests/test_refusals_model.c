/* Bad arguments to what is found: models and certificates. See refusals.h. */
#include "refusals.h"

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

START_TEST(model_moves) {
    double y[N] = {1, 2, 3, 4, 5, 6};
    int32_t (*const moves[])(cvxnn_model *, const cvxnn_problem *) = {cvxnn_model_prune,
                                                                      cvxnn_model_drop_features};
    open_world();
    for (int k = 0; k < 2; k++) {
        REFUSED(CVXNN_ERROR_NULL, moves[k](NULL, w.problem));
        REFUSED(CVXNN_ERROR_NULL, moves[k](w.relu, NULL));
        REFUSED(CVXNN_ERROR_STATE, moves[k](w.empty, w.problem));
        REFUSED(CVXNN_ERROR_STATE, moves[k](w.relu, w.bare));
        REFUSED(CVXNN_ERROR_UNSUPPORTED, moves[k](w.gated, w.problem));
    }
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_prune(w.relu, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_drop_features(w.relu, NULL));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_fit_holdout(NULL, w.problem, w.problem));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_fit_holdout(w.relu, NULL, w.problem));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_model_fit_holdout(w.relu, w.problem, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_fit_holdout(w.empty, w.problem, w.problem));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_model_fit_holdout(w.relu, w.problem, w.bare));
    REFUSED(CVXNN_ERROR_UNSUPPORTED, cvxnn_model_fit_holdout(w.gated, w.problem, w.problem));
    ck_assert_int_eq(cvxnn_problem_set_data(w.bare, 4, 3, w.x, 3, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(w.bare, 4, 1, y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_prune(w.relu, w.bare));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_model_fit_holdout(w.relu, w.problem, w.bare));
    ck_assert_int_eq(cvxnn_problem_set_data(w.bare, N, D, w.x, D, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(w.bare, N, 1, y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_prune(w.relu, w.bare)); /* neither has a beta */
    REFUSED(CVXNN_ERROR_VALUE, cvxnn_model_fit_holdout(w.relu, w.bare, w.problem));
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
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_get_directions(NULL, 1, D, o->numbers));
    REFUSED(CVXNN_ERROR_NULL, cvxnn_certificate_get_directions(w.proof, 1, D, NULL));
    REFUSED(CVXNN_ERROR_STATE, cvxnn_certificate_get_directions(w.blank, 1, D, o->numbers));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_certificate_get_directions(w.proof, -1, D, o->numbers));
    REFUSED(CVXNN_ERROR_SHAPE, cvxnn_certificate_get_directions(w.proof, INT64_MAX, D, o->numbers));
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
    REFUSED(CVXNN_ERROR_UNAVAILABLE, cvxnn_certificate_get_directions(w.blank, 0, D, o->numbers));
    REFUSED(CVXNN_ERROR_UNAVAILABLE,
            cvxnn_certificate_info_double(w.blank, CVXNN_INFO_LOWER_BOUND, &o->value));
    close_world();
}
END_TEST

CVXNN_SUITE(refusals_model) {
    CVXNN_TEST(model_weights);
    CVXNN_TEST(model_facts);
    CVXNN_TEST(model_names);
    CVXNN_TEST(model_use);
    CVXNN_TEST(model_moves);
    CVXNN_TEST(model_text);
    CVXNN_TEST(proving_and_verifying);
    CVXNN_TEST(certificate_results_and_text);
}
