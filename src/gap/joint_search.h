/*
 * The search for a certificate of order 2 with kinks in all directions (docs/certificate.md, theorem 2e), as
 * sphere_search.h, which see, with other cones for the rows: the functional L of a sign is split for each row
 * into what it is for t <= 0 and for t >= 0, L = L_0 + L_1, each with moment matrices
 *
 *   L_h(m m') >= 0,  L_h(+-t o o') >= 0,   m = (1, u, t u), o = (1, u),   z_i = L_1(t).
 *
 * The linear system has the order of the moments; it is factorised once.
 *
 * Cells may be cut in two by the sign of a row (theorem 2f), L = L' + L'' with functionals of their own: L'
 * has nothing in the half t >= 0 of that row, L'' nothing in t <= 0.
 */
#ifndef CVXNN_GAP_JOINT_SEARCH_H
#define CVXNN_GAP_JOINT_SEARCH_H

#include "gap/joint_rows.h"
#include "gap/splitting.h"
#include "verify/certificate.h"

enum { CVXNN__JOINT_PARTS = 16 }; /* that rows are dealt to: sums are taken by parts */

struct cvxnn__joint_cell { /* of a cell of the splitting, by halves */
    signed char *halves;   /* n: the half that the cell lies in, where the row has cut it off; -1 */
    double *cones[2], *cone_duals[2];   /* n x entries */
    double *gathered[2];                /* n x width: T' (cone - dual) */
    double sums[CVXNN__JOINT_PARTS][3]; /* squares of residuals and of the iterate */
};

struct cvxnn__joint_system { /* of the difference of the cells (1), or of any other row of the turned cells
                                (0) */
    double *factor;          /* length x length: Cholesky */
    struct cvxnn__joint_metric inverse[2], parallel; /* of the halves' quadratics, and their parallel sum */
};

struct cvxnn__joint_room { /* of the linear step for one row of the turned cells */
    double *polynomial, *matrix;
    double *target[2]; /* n x width, by halves; the halves' moments in the end */
    double *b, *q;     /* n x width */
    double *work;
};

struct cvxnn__joint_search {
    struct cvxnn__splitting split;
    struct cvxnn__joint_rows rows;
    struct cvxnn__joint_cell cells[2 * CVXNN__MOST_LEAVES];
    struct cvxnn__joint_room rooms[2 * CVXNN__MOST_LEAVES];
    struct cvxnn__joint_system systems[2];
    struct cvxnn__sign_tree trees[2]; /* whose leaves the cells are */
    double *part_work[CVXNN__JOINT_PARTS];
    struct cvxnn__certificate *wanted; /* filled by the next step when not NULL */
};

/* nu: a dual vector to begin with (n of the instance); at least two columns. The arrays are taken from scope.
 */
int32_t cvxnn__joint_search_begin(struct cvxnn__context *context, struct cvxnn__scope *scope,
                                  const struct cvxnn__instance *instance, const double *nu,
                                  struct cvxnn__joint_search *search);

/* One iteration; with certificate not NULL (joint) also its certificate. A positive status is a stop. */
int32_t cvxnn__joint_search_step(struct cvxnn__context *context, struct cvxnn__joint_search *search,
                                 struct cvxnn__certificate *certificate);

/* A fifth of the penalty where it is not low already; what it adapts to may raise it again. Where the bound
 * rises slowly, a certificate gains more by exact multipliers than by a small primal residual
 * (docs/certificate.md). */
void cvxnn__joint_search_soften(struct cvxnn__joint_search *search);

/* Cuts the cell of each side in which the sign of a row says most, if there are fewer than most_leaves in
 * all. The state goes on from where it was. MEMORY. */
int32_t cvxnn__joint_search_cut(struct cvxnn__context *context, struct cvxnn__scope *scope,
                                int64_t most_leaves, struct cvxnn__joint_search *search);

/* A cell's arrays of search and splitting: look at scope->failed. */
void cvxnn__joint_search_take_cell(struct cvxnn__scope *scope, struct cvxnn__joint_search *search,
                                   int64_t at);

/* gathered of a cell, from its cones and their multipliers. */
void cvxnn__joint_search_gather(struct cvxnn__joint_search *search, int64_t at);

#endif
