/* The table of a command line with the parts that its columns play, and the problem that it poses. */
#ifndef CVXNN_TRAINER_DATASET_H
#define CVXNN_TRAINER_DATASET_H

#include "arguments.h"
#include "columns.h"

struct dataset {
    struct table table;
    struct roles roles;
    double *x, *y, *weights; /* of the rows posed; weights NULL: none */
};

/* The table in this file, by --header, --weights and targets, as --target has them; ends the program at
 * whatever is wrong, before it reads where no table can help. */
void dataset_read(const struct arguments *arguments, const char *path, const char *targets,
                  struct dataset *data);
void dataset_free(struct dataset *data);

/* Gives the problem these rows (NULL: all), which it borrows from the data set. */
void dataset_pose(struct dataset *data, const int64_t *rows, int64_t count, cvxnn_problem *problem);

/* Gives the solver the gates of --gates, if there are any. */
void dataset_gates(const struct dataset *data, const struct arguments *arguments,
                   const cvxnn_problem *problem, cvxnn_solver *solver);

/* Gives the model the columns' names. _try_names: only finds out, before an hour's training, whether a model
 * can hold them. */
void dataset_set_names(const struct dataset *data, cvxnn_model *model);
void dataset_try_names(const struct dataset *data);

#endif
