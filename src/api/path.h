/* The path handle: a hold on its solver, a grid and folds where they are given, and what the last run found.
 */
#ifndef CVXNN_API_PATH_H
#define CVXNN_API_PATH_H

#include "api/solver.h"

/* One solve of a run. */
struct cvxnn__point {
    int filled;
    struct cvxnn__network network;
    struct cvxnn__results results;
};

/* A run, or as much of it as there is. */
struct cvxnn__trace {
    int filled;
    struct cvxnn__scope scope;  /* owns the arrays */
    int64_t n, folds, points;   /* points: those that there are */
    int64_t grid;               /* those that there were to be */
    int64_t *fold;              /* n */
    double *beta;               /* grid */
    struct cvxnn__point *point; /* grid x (1 + folds): on all rows, then without each fold */
};

struct cvxnn_path {
    struct cvxnn__handle handle;
    struct cvxnn_solver *solver;
    struct cvxnn__options options;
    struct cvxnn__watch watch;
    struct cvxnn__scope own_betas, own_folds;
    int64_t beta_count; /* 0: the grid is that of the options */
    const double *betas;
    int64_t n, fold_count; /* n = 0: the folds are those of the options */
    const int64_t *folds;
    struct cvxnn__trace last;
};

/* The solves of one point: number k, 0 <= k <= folds, is without fold k - 1. */
struct cvxnn__point *cvxnn__trace_at(const struct cvxnn__trace *trace, int64_t point, int64_t k);
void cvxnn__trace_free(struct cvxnn__trace *trace);

/* Under the path's own call, which this enters the solver and the problem from; see path_run.c. */
int32_t cvxnn__path_run(struct cvxnn__context *context, struct cvxnn_path *path);

#endif
