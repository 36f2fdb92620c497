/* A table as a problem. See dataset.h. */
#include "dataset.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"

/* What no table can change is refused before a long one is read: more targets than the library takes, and a
 * target for a weight. */
static void check_roles(const char *targets, const char *weights) {
    cvxnn_problem *problem = NULL;
    const double x = 0;
    int64_t outputs = 1;
    for (const char *at = targets; (at = strchr(at, ',')); at++) outputs++;
    double *y = allocate(outputs, sizeof *y);
    check_problem(NULL, cvxnn_problem_create(&problem), 0);
    check_problem(problem, cvxnn_problem_set_data(problem, 1, 1, &x, 1, CVXNN_ROW_MAJOR, CVXNN_COPY), 0);
    check_problem(problem, cvxnn_problem_set_targets(problem, 1, outputs, y, outputs, CVXNN_ROW_MAJOR), 0);
    cvxnn_problem_free(problem);
    free(y);
    if (weights && !strcmp(targets, weights))
        fail(EXIT_USAGE, "--weights %s: this column has a part already", weights);
}

void dataset_read(const struct arguments *arguments, const char *path, const char *targets,
                  struct dataset *data) {
    memset(data, 0, sizeof *data);
    check_roles(targets, argument_of(arguments, "weights"));
    table_read(path, header_of(argument_of(arguments, "header")), &data->table);
    columns_by_role(&data->table, targets, argument_of(arguments, "weights"),
                    argument_of(arguments, "ignore"), &data->roles);
}

void dataset_free(struct dataset *data) {
    free(data->x);
    free(data->y);
    free(data->weights);
    roles_free(&data->roles);
    table_free(&data->table);
}

void dataset_pose(struct dataset *data, const int64_t *rows, int64_t count, cvxnn_problem *problem) {
    const struct roles *roles = &data->roles;
    const struct columns weight = {.count = 1, .places = &data->roles.weights};
    int64_t d = roles->features.count, outputs = roles->targets.count;
    data->x = columns_gather(&data->table, &roles->features, rows, count);
    data->y = columns_gather(&data->table, &roles->targets, rows, count);
    check_problem(problem,
                  cvxnn_problem_set_data(problem, count, d, data->x, d, CVXNN_ROW_MAJOR, CVXNN_BORROW), 0);
    check_problem(problem,
                  cvxnn_problem_set_targets(problem, count, outputs, data->y, outputs, CVXNN_ROW_MAJOR), 0);
    if (roles->weights < 0) return;
    data->weights = columns_gather(&data->table, &weight, rows, count);
    check_problem(problem, cvxnn_problem_set_weights(problem, count, data->weights), 0);
}

void dataset_gates(const struct dataset *data, const struct arguments *arguments,
                   const cvxnn_problem *problem, cvxnn_solver *solver) {
    const char *path = argument_of(arguments, "gates");
    struct table gates;
    if (!path) return;
    table_read(path, HEADER_AUTO, &gates);
    int64_t bias = CVXNN_BIAS_NONE, d = data->roles.features.count;
    cvxnn_problem_get_int(problem, CVXNN_OPTION_BIAS, &bias);
    if (bias == CVXNN_BIAS_PENALIZED) d++;
    if (gates.columns != d)
        fail(EXIT_INPUT, "%s has %lld columns, this problem needs %lld%s", table_name(&gates),
             (long long)gates.columns, (long long)d,
             bias == CVXNN_BIAS_PENALIZED ? ", the last for the bias" : "");
    for (int64_t j = 0; j < gates.columns; j++) table_expect_numbers(&gates, j);
    check_solver(solver,
                 cvxnn_solver_set_gates(solver, gates.rows, gates.columns, gates.values, gates.columns,
                                        CVXNN_ROW_MAJOR),
                 0);
    table_free(&gates);
}

void dataset_set_names(const struct dataset *data, cvxnn_model *model) {
    const struct roles *roles = &data->roles;
    char **names = data->table.names;
    if (!names) return;
    for (int64_t j = 0; j < roles->features.count; j++)
        check_model(model, cvxnn_model_set_feature_name(model, j, names[roles->features.places[j]]), 0);
    for (int64_t k = 0; k < roles->targets.count; k++)
        check_model(model, cvxnn_model_set_target_name(model, k, names[roles->targets.places[k]]), 0);
}

void dataset_try_names(const struct dataset *data) {
    cvxnn_model *model = NULL;
    check_model(NULL, cvxnn_model_create(&model), 0);
    check_model(model,
                cvxnn_model_set_weights(model, data->roles.features.count, CVXNN_BIAS_NONE,
                                        data->roles.targets.count, 0, NULL, 1, NULL, 1),
                0);
    dataset_set_names(data, model);
    cvxnn_model_free(model);
}
