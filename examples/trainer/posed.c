/* Model and table as a problem. See posed.h. */
#include "posed.h"

#include <stdlib.h>
#include <string.h>

#include "blas_runtime.h"
#include "failure.h"
#include "files.h"

/* An option belongs to the problem or to the certificate; the one that does not know it says so by KEY. */
static void apply(struct posed *posed, const struct setting *setting) {
    int real = setting->type == CVXNN_TYPE_DOUBLE;
    if (setting->key == CVXNN_OPTION_BETA && !(setting->real > 0)) fail(EXIT_USAGE, "--beta must be above 0");
    int32_t status = real ? cvxnn_problem_set_double(posed->problem, setting->key, setting->real)
                          : cvxnn_problem_set_int(posed->problem, setting->key, setting->integer);
    if (status != CVXNN_ERROR_KEY) {
        check_problem(posed->problem, status, EXIT_USAGE);
        return;
    }
    status = real ? cvxnn_certificate_set_double(posed->certificate, setting->key, setting->real)
                  : cvxnn_certificate_set_int(posed->certificate, setting->key, setting->integer);
    check_certificate(posed->certificate, status, EXIT_USAGE);
}

static void make_handles(const struct arguments *arguments, const char *model, struct posed *posed) {
    check_problem(NULL, cvxnn_problem_create(&posed->problem), 0);
    check_certificate(NULL, cvxnn_certificate_create(&posed->certificate), 0);
    check_model(NULL, cvxnn_model_create(&posed->model), 0);
    load_model(posed->model, model);
    check_certificate(posed->certificate,
                      cvxnn_certificate_set_int(posed->certificate, CVXNN_OPTION_THREADS, 0), 0);
    blas_set_threads(1);
    const int32_t facts[][2] = {{CVXNN_MODEL_LOSS, CVXNN_OPTION_LOSS}, {CVXNN_MODEL_BIAS, CVXNN_OPTION_BIAS}};
    for (int f = 0; f < 2; f++) {
        int64_t value = 0;
        check_model(posed->model, cvxnn_model_get_int(posed->model, facts[f][0], &value), 0);
        check_problem(posed->problem, cvxnn_problem_set_int(posed->problem, facts[f][1], value), 0);
    }
    for (int64_t s = 0; s < arguments->setting_count; s++) apply(posed, &arguments->settings[s]);
}

static void set_beta(const struct arguments *arguments, struct posed *posed) {
    double beta = 0;
    if (setting_given(arguments, CVXNN_OPTION_BETA)) return;
    cvxnn_model_get_double(posed->model, CVXNN_MODEL_BETA, &beta);
    if (beta == 0) fail(EXIT_USAGE, "the model does not say what beta it was trained with: --beta is needed");
    check_problem(posed->problem, cvxnn_problem_set_double(posed->problem, CVXNN_OPTION_BETA, beta), 0);
}

/* By name where the table and the model have names, else by position: all but the target and the weights. */
static void choose_features(struct posed *posed) {
    int64_t size = 0, features = 0;
    cvxnn_model_get_int(posed->model, CVXNN_MODEL_FEATURES, &features);
    cvxnn_model_get_feature_name(posed->model, 0, NULL, 0, &size);
    if (posed->table.names && size > 1) {
        free(posed->roles.features.places);
        columns_of_model(&posed->table, posed->model, &posed->roles.features);
    } else if (posed->roles.features.count != features) {
        fail(EXIT_INPUT, "%s has %lld columns besides the target and the weights, the model takes %lld",
             table_name(&posed->table), (long long)posed->roles.features.count, (long long)features);
    }
}

static void set_data(struct posed *posed) {
    const struct columns weight = {.count = 1, .places = &posed->roles.weights};
    int64_t n = posed->n = posed->table.rows, d = posed->d = posed->roles.features.count,
            outputs = posed->roles.targets.count;
    cvxnn_problem *problem = posed->problem;
    posed->x = columns_gather(&posed->table, &posed->roles.features, NULL, n);
    posed->y = columns_gather(&posed->table, &posed->roles.targets, NULL, n);
    check_problem(problem, cvxnn_problem_set_data(problem, n, d, posed->x, d, CVXNN_ROW_MAJOR, CVXNN_BORROW),
                  0);
    check_problem(problem, cvxnn_problem_set_targets(problem, n, outputs, posed->y, outputs, CVXNN_ROW_MAJOR),
                  0);
    if (posed->roles.weights < 0) return;
    posed->weights = columns_gather(&posed->table, &weight, NULL, n);
    check_problem(problem, cvxnn_problem_set_weights(problem, n, posed->weights), 0);
}

void pose(const struct arguments *arguments, const char *model, const char *data, int from_model,
          struct posed *posed) {
    const char *target = argument_of(arguments, "target"), *weights = argument_of(arguments, "weights");
    enum header header = header_of(argument_of(arguments, "header"));
    memset(posed, 0, sizeof *posed);
    if (!target) fail(EXIT_USAGE, "%s needs --target", arguments->command->name);
    make_handles(arguments, model, posed);
    if (from_model) set_beta(arguments, posed);
    table_read(data, header, &posed->table);
    columns_by_role(&posed->table, target, weights, &posed->roles);
    choose_features(posed);
    set_data(posed);
}

void posed_free(struct posed *posed) {
    cvxnn_certificate_free(posed->certificate);
    cvxnn_model_free(posed->model);
    cvxnn_problem_free(posed->problem);
    free(posed->x);
    free(posed->y);
    free(posed->weights);
    roles_free(&posed->roles);
    table_free(&posed->table);
}
