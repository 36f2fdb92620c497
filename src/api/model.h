/* The model handle: one network. */
#ifndef CVXNN_API_MODEL_H
#define CVXNN_API_MODEL_H

#include "api/handle.h"
#include "model/network.h"

struct cvxnn_model {
    struct cvxnn__handle handle;
    int filled; /* network holds something */
    struct cvxnn__network network;
};

/* Takes over a network in place of what the model held. */
void cvxnn__model_install(struct cvxnn_model *model, const struct cvxnn__network *network);

/* A model with these hooks that holds a copy of the network. */
int32_t cvxnn__model_of(const struct cvxnn__memory *memory, const struct cvxnn__network *network,
                        cvxnn_model **model);

/* The problem as this network sees it: with its scaling and bias, not the problem's; beta is the problem's.
 * SHAPE when columns or outputs differ. */
int32_t cvxnn__model_pose(struct cvxnn__context *context, const struct cvxnn__network *network,
                          const struct cvxnn_problem *problem, struct cvxnn__instance *instance);

/* As cvxnn__begin; STATE when the model is empty. */
int32_t cvxnn__model_begin(struct cvxnn__call *call, const cvxnn_model *model, int use);

#endif
