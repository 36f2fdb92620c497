/* The parts of a path: what is trained on at every point. Part 0 is the solver's own problem with all rows,
 * part k a problem and a solver of its own without the rows of fold k - 1. */
#ifndef CVXNN_API_PATH_PART_H
#define CVXNN_API_PATH_PART_H

#include "api/path.h"

struct cvxnn__part {
    struct cvxnn_solver *solver;
    struct cvxnn__call call; /* on the solver, while the part is open */
    int had_gated;           /* what the solver's own next solve starts from is set aside */
    struct cvxnn__gated earlier;
    int64_t packings;   /* of the solver when it was entered */
    int64_t held;       /* rows of the fold */
    const int64_t *row; /* held: their numbers */
    const double *x;    /* held x features, as they were given */
};

/* The solver as a part: enters it (BUSY), with nothing to start from; an earlier solve must not decide any
 * bit. _leave gives the solver back as it was, but for patterns. _join: to the context's team and monitor,
 * before the first solve. */
int32_t cvxnn__part_enter(struct cvxnn_solver *solver, struct cvxnn__part *part);
void cvxnn__part_join(const struct cvxnn__context *context, struct cvxnn__part *part);
void cvxnn__part_leave(struct cvxnn__part *part);

/* The solver's problem without the rows of fold k; arrays belong to scope. On failure there is nothing to be
 * closed. VALUE: no weight is left to train on. */
int32_t cvxnn__part_open(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         const struct cvxnn_solver *solver, const int64_t *fold, int64_t k,
                         struct cvxnn__part *part);
void cvxnn__part_close(struct cvxnn__part *part);

/* Trains on the part at beta from the solution of `before` (NULL: none) and fills *point, train_error
 * included, in the context's memory. As a solve. */
int32_t cvxnn__part_solve(struct cvxnn__context *context, struct cvxnn__part *part, double beta,
                          const struct cvxnn__point *before, struct cvxnn__point *point);

/* error[i] = |f(x_i) - y_i|^2 at the part's held-out rows, targets those of all rows. */
int32_t cvxnn__part_errors(struct cvxnn__context *context, const struct cvxnn__part *part,
                           const struct cvxnn__point *point, const struct cvxnn_problem *problem,
                           double *error);

#endif
