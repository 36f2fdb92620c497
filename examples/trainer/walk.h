/* A path that was run, for the table, the report and the picture of it. */
#ifndef CVXNN_TRAINER_WALK_H
#define CVXNN_TRAINER_WALK_H

#include <stdint.h>

#include <cvxnn.h>

struct walk {
    const cvxnn_problem *problem;
    const cvxnn_solver *solver;
    const cvxnn_path *path;
    int64_t n, d, outputs;
    int32_t status;
    double seconds;
    int64_t points, folds;
    int64_t least, simplest; /* points, as cvxnn_path_best has them; -1: no rows were held out */
    int64_t chosen;          /* the point whose network is saved; -1: there is no point */
};

/* A result of a point, NAN where it has none; integers too. */
double walk_value(const struct walk *walk, int64_t point, int32_t key);
/* validation_error of a fold at a point, NAN where it has none. */
double walk_fold_error(const struct walk *walk, int64_t point, int64_t fold);

/* The table on standard output; model, report: files that were written, or NULL. */
void walk_print(const struct walk *walk, const char *model, const char *report);
/* The report: one JSON object, its points an array. */
void walk_report(const struct walk *walk, const char *path);

#endif
