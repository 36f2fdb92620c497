/* Model and table as a problem. See posed.h. */
#include "posed.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "files.h"
#include "settings.h"

static void make_handles(const struct arguments *arguments, const char *model, struct posed *posed) {
    check_problem(NULL, cvxnn_problem_create(&posed->problem), 0);
    check_certificate(NULL, cvxnn_certificate_create(&posed->certificate), 0);
    check_model(NULL, cvxnn_model_create(&posed->model), 0);
    load_model(posed->model, model);
    const int32_t facts[][2] = {{CVXNN_MODEL_LOSS, CVXNN_OPTION_LOSS}, {CVXNN_MODEL_BIAS, CVXNN_OPTION_BIAS}};
    for (int f = 0; f < 2; f++) {
        int64_t value = 0;
        check_model(posed->model, cvxnn_model_get_int(posed->model, facts[f][0], &value), 0);
        check_problem(posed->problem, cvxnn_problem_set_int(posed->problem, facts[f][1], value), 0);
    }
    const struct handles handles = {.problem = posed->problem, .certificate = posed->certificate};
    settings_apply(arguments, &handles);
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
    if (posed->data.table.names && size > 1) {
        free(posed->data.roles.features.places);
        columns_of_model(&posed->data.table, posed->model, &posed->data.roles.features);
    } else if (posed->data.roles.features.count != features) {
        fail(EXIT_INPUT, "%s has %lld columns besides the target and the weights, the model takes %lld",
             table_name(&posed->data.table), (long long)posed->data.roles.features.count,
             (long long)features);
    }
}

/* The model's name of an output, as a string of the caller's; empty when it has none. */
static char *target_name(const cvxnn_model *model, int64_t output) {
    int64_t size = 0;
    check_model(model, cvxnn_model_get_target_name(model, output, NULL, 0, &size), 0);
    char *name = allocate(size + 1, 1);
    check_model(model, cvxnn_model_get_target_name(model, output, name, size + 1, NULL), 0);
    return name;
}

/* The targets that the model names, as --target would have them; memory of the caller's. */
static char *targets_of_model(const struct arguments *arguments, const cvxnn_model *model) {
    int64_t outputs = 0;
    size_t length = 0;
    char *list = allocate(1, 1);
    check_model(model, cvxnn_model_get_int(model, CVXNN_MODEL_OUTPUTS, &outputs), 0);
    for (int64_t k = 0; k < outputs; k++) {
        char *name = target_name(model, k);
        size_t more = strlen(name);
        if (more == 0 || strchr(name, ','))
            fail(EXIT_USAGE, "%s needs --target: the model has no name for its target%s",
                 arguments->command->name, more ? " without a comma" : "");
        list = grow(list, (int64_t)(length + more + 2), 1);
        if (k > 0) list[length++] = ',';
        strcpy(list + length, name);
        length += more;
        free(name);
    }
    return list;
}

/* Where model and table have names, those of the targets are the same. */
static void check_targets(const struct posed *posed) {
    const struct columns *targets = &posed->data.roles.targets;
    int64_t outputs = 0;
    check_model(posed->model, cvxnn_model_get_int(posed->model, CVXNN_MODEL_OUTPUTS, &outputs), 0);
    for (int64_t k = 0; posed->data.table.names && k < outputs && k < targets->count; k++) {
        char *name = target_name(posed->model, k);
        const char *taken = posed->data.table.names[targets->places[k]];
        if (*name && strcmp(name, taken))
            fail(EXIT_USAGE, "--target %s: the model predicts '%s'", taken, name);
        free(name);
    }
}

void pose(const struct arguments *arguments, const char *model, const char *data, int from_model,
          struct posed *posed) {
    memset(posed, 0, sizeof *posed);
    make_handles(arguments, model, posed);
    if (from_model) set_beta(arguments, posed);
    const char *given = argument_of(arguments, "target");
    char *named = given ? NULL : targets_of_model(arguments, posed->model);
    dataset_read(arguments, data, given ? given : named, &posed->data);
    free(named);
    check_targets(posed);
    choose_features(posed);
    posed->n = posed->data.table.rows;
    posed->d = posed->data.roles.features.count;
    dataset_pose(&posed->data, NULL, posed->n, posed->problem);
}

void posed_free(struct posed *posed) {
    cvxnn_certificate_free(posed->certificate);
    cvxnn_model_free(posed->model);
    cvxnn_problem_free(posed->problem);
    dataset_free(&posed->data);
}
