/*
 * What the searches for certificates share: the alternating direction method of multipliers (Boyd et al.
 * 2011) on
 *
 *   minimise F(f) + beta (L+(1) + L-(1)),   f_i = |x_i| (z_i+ - z_i-),   L+(v v'), L-(v v') >= 0
 *
 * over moment functionals of the sphere. Here are the rows, the moment matrices with their multipliers and
 * projections, the loss, the residuals and the penalty. How z_i follows from L is the business of
 * sphere_search.h and joint_search.h, which have cones of their own for each row and solve the linear
 * systems.
 */
#ifndef CVXNN_GAP_SPLITTING_H
#define CVXNN_GAP_SPLITTING_H

#include "base/context.h"
#include "gap/moments.h"
#include "problem/instance.h"
#include "verify/sign_tree.h"

/* Over-relaxation: what is projected is this much of the fresh iterate, the rest of the old one. */
#define CVXNN__RELAXATION 1.85

struct cvxnn__splitting_cell {    /* of a sign, or of a cell of rows' signs within it */
    double *matrix, *scaled_dual; /* size x size: P and its multiplier */
    double *moments;              /* size x size: A y */
    double *next, *eigen, *values, *work;
    double *polynomial;        /* that a certificate's W is to have */
    double primal, dual, size; /* squares of residuals and of the iterate */
};

struct cvxnn__splitting {
    const struct cvxnn__instance *instance;
    struct cvxnn__moments moments;
    int64_t n;      /* rows that are not zero and have weight */
    int64_t *index; /* n: their numbers */
    double *units;  /* n x d: x_i / |x_i| */
    double *radius; /* n: |x_i| */
    double *curvature,
        *aim;          /* n: the loss of z = f_i / |x_i| in the search's units, curvature (z - aim)^2 / 2 */
    double row_weight; /* of a row against the matrices in the splitting */
    double output_weight; /* of z, so that with the number of cells the system of the difference is always the
                             same: 2 row_weight / count */
    double penalty;       /* rho */
    double unit;          /* of masses */
    double *outputs, *output_dual, *output_aim; /* n: z, its multiplier, and where the linear step aims */
    double *fresh;                              /* n: z of the last linear step */
    double *nu;                                 /* n: of the last linear step */
    int64_t count; /* of cells: 2, the signs, unless these have been cut; those of L+ come first */
    struct cvxnn__splitting_cell cells[2 * CVXNN__MOST_LEAVES];
    double turn[2 * CVXNN__MOST_LEAVES][2 * CVXNN__MOST_LEAVES]; /* see cvxnn__splitting_arrange */
    double primal, dual;                                         /* relative residuals of the last step */
    int64_t steps;
};

/* Rows and moments of order k; nothing else is there when n is 0. */
int32_t cvxnn__splitting_begin(struct cvxnn__context *context, struct cvxnn__scope *scope,
                               const struct cvxnn__instance *instance, int64_t k, struct cvxnn__splitting *s);

/* The state, all zeros, but for the multipliers of the loss, which are those of nu (n of the instance). The
 * weight of a row is row_weight / n, the first penalty given. Look at scope->failed. work: doubles of
 * cells[].work beside what is needed here. */
void cvxnn__splitting_take(struct cvxnn__scope *scope, const double *nu, double row_weight, double penalty,
                           int64_t work, struct cvxnn__splitting *s);

/*
 * Sets turn for count cells, of which the first `plus` are of L+, and output_weight, with its multipliers.
 * turn is a reflection of the cells, its own inverse, whose row 1 is their difference +-1 / sqrt(count). All
 * else of the splitting is the same for each cell, so that the linear system decouples: row 1 of the turned
 * cells has the loss in it, the others have not. For two cells these are the difference and the sum (0).
 */
void cvxnn__splitting_arrange(struct cvxnn__splitting *s, int64_t count, int64_t plus);

/* A cell's arrays, all zeros; work as for cvxnn__splitting_take. Look at scope->failed. */
void cvxnn__splitting_take_cell(struct cvxnn__scope *scope, const struct cvxnn__splitting *s, int64_t work,
                                struct cvxnn__splitting_cell *cell);

/* Sum (c = 0) or difference (c = 1) of the signs, over sqrt 2; its own inverse. */
double cvxnn__turn(int c, double plus, double minus);

/*
 * A step:
 *
 * 1. linear: output_aim, then `solve`, a search's own task, for the sum (0) and the difference (1) of the
 * signs (row c of the turned cells), which begins with load: into polynomial (length) what the matrices and
 * the mass say of the system's right side; matrix: size x size, overwritten. A positive status is a stop.
 * 2. the search fills fresh, then dual: nu from it.
 * 3. the projections of the rows, the search's own, and of a matrix for each sign, from its moments; the
 * rows' residuals are added to the sign's.
 * 4. finish: the loss, and every so many steps the penalty, which rises where the primal residual is more
 * than `most` times the dual one, and falls where the dual one is much the larger. Returns what the rows'
 * scaled multipliers must be multiplied with, as the ones here have been.
 */
int32_t cvxnn__splitting_linear(struct cvxnn__context *context, struct cvxnn__splitting *s,
                                cvxnn__task_fn solve, void *search);
void cvxnn__splitting_load(const struct cvxnn__splitting *s, int c, double *matrix, double *polynomial,
                           double *work);
void cvxnn__splitting_dual(struct cvxnn__splitting *s);
void cvxnn__splitting_project(struct cvxnn__splitting *s, int sign);
double cvxnn__splitting_finish(struct cvxnn__splitting *s, double most);

/* The penalty times factor; returns the same as finish. */
double cvxnn__splitting_penalty(struct cvxnn__splitting *s, double factor);

/* nu of a certificate: n of the instance. */
void cvxnn__splitting_nu(const struct cvxnn__splitting *s, double *nu);

/* W of a certificate: the linear step's multiplier, moved to where v'Wv is the sign's polynomial
 * (overwritten), as far as rounding allows. */
void cvxnn__splitting_matrix(struct cvxnn__splitting *s, int sign, double *matrix);

/* nu = the residual of f = 0. */
void cvxnn__residual_of_zero(const struct cvxnn__instance *instance, double *nu);

/* matrix (full) = the nearest positive semidefinite one; vectors: as large, values: size, work:
 * cvxnn__eigen_work. */
void cvxnn__project_matrix(int64_t size, double *matrix, double *vectors, double *values, double *work);

/* The inverse of a small positive definite matrix; factor: as large. 0 where it is not. */
int cvxnn__invert(int64_t size, const double *a, double *inverse, double *factor);

#endif
