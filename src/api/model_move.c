/* Moves of a model inside the set of equally good networks. */
#include "api/model.h"
#include "api/problem.h"
#include "model/prune.h"
#include "search/optimal_set.h"

/* The problem for a network that may be moved; beta is the network's where the problem has none. */
static int32_t pose(struct cvxnn__context *context, const struct cvxnn__network *network,
                    const struct cvxnn_problem *problem, struct cvxnn__instance *instance) {
    int32_t status = cvxnn__model_pose(context, network, problem, instance);
    if (status) return status;
    if (network->kind != CVXNN_KIND_RELU || network->outputs != 1)
        return cvxnn__fail(context, CVXNN_ERROR_UNSUPPORTED, "only ReLU networks with one output are moved");
    if (instance->beta == 0) instance->beta = network->beta;
    if (instance->beta == 0)
        return cvxnn__fail(context, CVXNN_ERROR_VALUE,
                           "neither the problem nor the model has a beta, on which the objective depends");
    return CVXNN_OK;
}

typedef int32_t (*move_fn)(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                           struct cvxnn__network *network);

static int32_t move(cvxnn_model *model, const cvxnn_problem *problem, move_fn how) {
    struct cvxnn__call call, reading;
    struct cvxnn__instance instance;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__WRITE);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, problem, "problem");
    if (!status) status = cvxnn__begin(&reading, &problem->handle, CVXNN__READ);
    if (!status) {
        status = pose(&call.context, &model->network, problem, &instance);
        if (!status) status = how(&call.context, &instance, &model->network);
        cvxnn__end(&reading, CVXNN_OK);
    }
    return cvxnn__end(&call, status);
}

int32_t cvxnn_model_prune(cvxnn_model *model, const cvxnn_problem *problem) {
    return move(model, problem, cvxnn__network_prune);
}

int32_t cvxnn_model_drop_features(cvxnn_model *model, const cvxnn_problem *problem) {
    return move(model, problem, cvxnn__optimal_set_drop_features);
}

static int32_t fit(struct cvxnn__context *context, struct cvxnn__network *network,
                   const struct cvxnn_problem *problem, const struct cvxnn_problem *holdout) {
    struct cvxnn__instance instance, other;
    int32_t status = pose(context, network, problem, &instance);
    if (!status) status = cvxnn__model_pose(context, network, holdout, &other);
    return status ? status : cvxnn__optimal_set_fit(context, &instance, &other, network);
}

int32_t cvxnn_model_fit_holdout(cvxnn_model *model, const cvxnn_problem *problem,
                                const cvxnn_problem *holdout) {
    struct cvxnn__call call, reading, also;
    int32_t status = cvxnn__model_begin(&call, model, CVXNN__WRITE);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, problem, "problem");
    if (!status) status = cvxnn__check_pointer(&call.context, holdout, "holdout");
    if (!status) status = cvxnn__begin(&reading, &problem->handle, CVXNN__READ);
    if (!status) {
        status = cvxnn__begin(&also, &holdout->handle, CVXNN__READ);
        if (!status) {
            status = fit(&call.context, &model->network, problem, holdout);
            cvxnn__end(&also, CVXNN_OK);
        }
        cvxnn__end(&reading, CVXNN_OK);
    }
    return cvxnn__end(&call, status);
}
