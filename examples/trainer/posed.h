/*
 * A model and a table put together as the problem that the model is a network for: what certify and verify
 * have in common. Loss, bias, scaling and the columns' names come from the model.
 */
#ifndef CVXNN_TRAINER_POSED_H
#define CVXNN_TRAINER_POSED_H

#include "arguments.h"
#include "dataset.h"

struct posed {
    cvxnn_problem *problem;
    cvxnn_model *model;
    cvxnn_certificate *certificate; /* empty */
    struct dataset data;
    int64_t n, d; /* rows and features */
};

/* Reads --target, --weights and --header, the options of the library that the command takes, and the files;
 * ends the program at whatever is wrong. beta is --beta, or the model's where from_model, or not set;
 * without --target the target is the column that the model names. */
void pose(const struct arguments *arguments, const char *model, const char *data, int from_model,
          struct posed *posed);
void posed_free(struct posed *posed);

#endif
