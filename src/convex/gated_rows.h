/*
 * The linear system of gated_newton.h on the side of the rows, for more unknowns than rows. With
 * A s = sum_p D_p X s_p, P_p = I - v_p v_p' and e_p = a_p - b_p the system's matrix is
 *
 *   A' C A + B,   B_p = a_p P_p + e_p v_p v_p'
 *
 * Along v_p the penalty hardly bends (e_p is small or 0), across it does. So where e_p is small the length
 * t_p along v_p stays an unknown ("radial" groups, R); everything else is eliminated, with y = C A s:
 *
 *   T y + Z t = A B^+ r        T = C^-1 + A B^+ A',  B_p^+ = P_p / a_p for p in R, B_p^-1 for the others
 *   Z'y - E t = v'r            Z_p = D_p X v_p,  E = diag(e),  p in R
 *
 *   s_p = B_p^+ (r_p - X' D_p y) - t_p v_p  (the last term for p in R)
 *
 * Conjugate gradients run on y with the second equation kept exact ("constraint preconditioner"; Gould,
 * Hribar & Nocedal 2001). Everything is scaled by the roots of the diagonal of T's model, which is then
 * I + L L' with L of low rank, and q stands for L'y and t together:
 *
 *   y + F q = u,   F'y - N q = (0, c)      F = (L, Z),  N = diag(I, E)
 *   (N + F'F) q = F'u - (0, c)
 *
 * so that one Cholesky factor and two products with F solve the model. F is kept in float, which is worth a
 * relative error of 1e-6 in t.
 */
#ifndef CVXNN_CONVEX_GATED_ROWS_H
#define CVXNN_CONVEX_GATED_ROWS_H

#include "convex/gated_newton.h"

struct cvxnn__rows_model {
    int64_t n, d, count, rank, radials, width; /* width = rank + radials: columns of F; L has rank */
    int64_t *radial;                           /* radials: their groups, ascending */
    double *e;                                 /* radials */
    double *inverse;                           /* count: 1 / a_p */
    double *along;                             /* count: B_p^+ = inverse I - along v v' */
    double *scale;                             /* n: root of one over the diagonal; 0 where C is */
    double *own;                               /* n: what C^-1 is when scaled */
    double unit;                               /* entries of Z are of this size */
    float *f;                                  /* n x width: (L, Z / unit), scaled */
    double *factor;     /* width x width: Cholesky factor of diag(I, E / unit^2) + F'F */
    double *q;          /* width: scratch */
    float *tall, *wide; /* n, width: scratch */
};

/* The model of newton's system, owned by scope. CVXNN_ERROR_NUMERICAL when a factorisation breaks down. */
int32_t cvxnn__rows_model_make(struct cvxnn__newton *newton, struct cvxnn__scope *scope,
                               struct cvxnn__rows_model *model);

/* T y + Z t = 0, Z'y - E t = what t was, with the model's T. */
void cvxnn__rows_model_begin(struct cvxnn__rows_model *model, double *y, double *t);

/* T y + Z t = u, Z'y = E t with the model's T; u and y have n numbers, t radials. */
void cvxnn__rows_model_apply(struct cvxnn__rows_model *model, const double *u, double *y, double *t);

/* What a solution on the side of the rows costs, in products with the system's matrix, by counting
 * operations. */
int64_t cvxnn__rows_model_cost(int64_t n, int64_t d, int64_t count);

/* Adds the solution for what stands in r to s, and what belongs to it to change, y and y_g; accuracy is the
 * addition's, in the norm of the system's matrix. guess: n numbers near what y gains, or NULL. r stays. */
int32_t cvxnn__newton_solve_rows(struct cvxnn__newton *newton, const double *guess, double accuracy);

#endif
