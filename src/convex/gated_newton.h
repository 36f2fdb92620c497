/*
 * What the Newton steps on the restricted gated program share: the iterate's residual and gradient, a linear
 * system over some of the groups, its solution by conjugate gradients, and the step taken along it.
 *
 *   (X' D_p C D_q X + [p = q] (a_p I - b_p v_p v_p')) s = r,    |v_p| = 1, 0 <= b_p <= a_p
 *
 * C is the curvature of the loss; a, b and v are that of the penalty, smoothed (gated_smooth.c) or not
 * (gated_semismooth.c).
 */
#ifndef CVXNN_CONVEX_GATED_NEWTON_H
#define CVXNN_CONVEX_GATED_NEWTON_H

#include "convex/gated_internal.h"

/* A model of the system's matrix that is easily inverted; gated_precondition.c has the symbols. */
struct cvxnn__precondition {
    int64_t d, count;
    int averaged;            /* whether Q and G are there */
    double *share, *weights; /* n: the mean mask; scratch */
    double *basis, *lambda;  /* d x d, d: eigenvectors (rows) and eigenvalues of Q */
    double *root;            /* d x d, in the eigenvectors: root root' = G */
    double *small;           /* d x d: Cholesky factor of I + root' (sum_p B_p^-1) root */
    double *v, *a, *gain;    /* count x d, in the eigenvectors; count; count: factor of the rank-one term */
    double *product, *turned, *sum, *work;
};

struct cvxnn__newton {
    struct cvxnn__restricted *program;
    struct cvxnn__scope *scope; /* owns the arrays */
    int64_t n, d;
    double *nu, *g;    /* n, program->count x d: of the program's iterate */
    double dual, gap;  /* best D and relative gap over the working set */
    double *curvature; /* n */
    /* the system, over `count` groups at the positions `group` of the working set, ascending */
    int64_t count, *group;
    struct cvxnn__masks masks;
    double *v, *a, *b, *r, *s; /* count x d, count, count, count x d, count x d */
    double *change;            /* n: sum D_p X s_p */
    double *y, *y_g;           /* n: C change, with the rest of the system's equations better fulfilled;
                                  count x d: X' D_p y, in single precision, where y differs from C change */
    int has_y;                 /* whether it does */
    double *guess;             /* n: what y will be near */
    float *tall;               /* gated_rows.h: room for F, kept from system to system; NULL: not yet taken */
    /* the iterate to be tried, with a dual vector where has_y, and scratch */
    double *trial, *f_trial;     /* program->count x d, n */
    double *dual_trial, *dual_g; /* n; program->count x d: X' D_p of it, where has_dual_g */
    int has_dual_g;
    double *z, *direction, *image; /* count x d */
    double *part, *rest;           /* n */
    int64_t *dropped;              /* positions */
    struct cvxnn__precondition model;
};

/* Room for `most` groups, owned by scope; ask scope->failed. */
void cvxnn__precondition_take(struct cvxnn__scope *scope, int64_t n, int64_t d, int64_t most,
                              struct cvxnn__precondition *m);

/* The model of a system; CVXNN_ERROR_NUMERICAL when a factorisation breaks down. */
int32_t cvxnn__precondition_make(struct cvxnn__newton *newton);

/* z = M^-1 r, both count x d. */
void cvxnn__precondition_apply(struct cvxnn__precondition *m, const double *r, double *z);

/* s, change and y, as accurate as a Newton step has to be; r is overwritten. masks are taken for the groups
 * at hand. */
int32_t cvxnn__newton_solve(struct cvxnn__newton *newton);

/* P of the trial. */
double cvxnn__newton_objective(const struct cvxnn__newton *newton);

/* The trial becomes the iterate. */
void cvxnn__newton_accept(struct cvxnn__newton *newton, double objective);

/* One step each from the program's iterate, nu and g being its own; *moved: whether it was worth while. */
int32_t cvxnn__newton_smooth(struct cvxnn__newton *newton, int *moved);
int32_t cvxnn__newton_semismooth(struct cvxnn__newton *newton, double sigma, int *moved);

#endif
