/* Networks that are equally good where they were trained differ elsewhere (docs/algorithms.md, "The optimal
 * set"). See prefer.h. */
#include "prefer.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"

void prefer_check(const struct arguments *arguments) {
    const char *kind = argument_of(arguments, "prefer");
    if (!kind) return;
    if (strcmp(kind, "neurons") && strcmp(kind, "features") && strcmp(kind, "holdout"))
        fail(EXIT_USAGE, "--prefer %s: it is one of neurons features holdout", kind);
    if (!strcmp(kind, "holdout") && !argument_of(arguments, "holdout"))
        fail(EXIT_USAGE,
             "--prefer holdout needs --holdout: without rows held out no network is better on them");
}

static void fit_holdout(const struct dataset *data, const struct holdout *holdout,
                        const cvxnn_problem *problem, cvxnn_model *model) {
    struct dataset kept = {.table = data->table, .roles = data->roles};
    cvxnn_problem *other;
    check_problem(NULL, cvxnn_problem_create(&other), 0);
    dataset_pose(&kept, holdout->kept, holdout->kept_count, other);
    check_model(model, cvxnn_model_fit_holdout(model, problem, other), 0);
    cvxnn_problem_free(other);
    free(kept.x);
    free(kept.y);
    free(kept.weights);
}

void prefer_move(const struct arguments *arguments, const struct dataset *data, const struct holdout *holdout,
                 const cvxnn_problem *problem, cvxnn_model *model) {
    const char *kind = argument_of(arguments, "prefer");
    if (!kind) return;
    if (!strcmp(kind, "neurons"))
        check_model(model, cvxnn_model_prune(model, problem), 0);
    else if (!strcmp(kind, "features"))
        check_model(model, cvxnn_model_drop_features(model, problem), 0);
    else
        fit_holdout(data, holdout, problem, model);
}
