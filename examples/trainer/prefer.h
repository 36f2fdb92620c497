/* --prefer: which one of the networks that are as good on the rows trained on. */
#ifndef CVXNN_TRAINER_PREFER_H
#define CVXNN_TRAINER_PREFER_H

#include "arguments.h"
#include "dataset.h"
#include "holdout.h"

/* Ends the program where --prefer is given and asks for what there is not. */
void prefer_check(const struct arguments *arguments);

/* Moves the model, trained on these rows of the data as posed in problem, to the network that --prefer
 * names; nothing without it. */
void prefer_move(const struct arguments *arguments, const struct dataset *data, const struct holdout *holdout,
                 const cvxnn_problem *problem, cvxnn_model *model);

#endif
