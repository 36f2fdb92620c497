/*
 * The search for a certificate of order 2 with kinks in all directions (docs/certificate.md, theorem 2e), as
 * sphere_search.h, which see, with other cones for the rows: the functional L of a sign is split for each row
 * into what it is for t <= 0 and for t >= 0, L = L_0 + L_1, each with moment matrices
 *
 *   L_h(m m') >= 0,  L_h(+-t o o') >= 0,   m = (1, u, t u), o = (1, u),   z_i = L_1(t).
 *
 * The linear system has the order of the moments; it is factorised once.
 */
#ifndef CVXNN_GAP_JOINT_SEARCH_H
#define CVXNN_GAP_JOINT_SEARCH_H

#include "gap/joint_rows.h"
#include "gap/splitting.h"
#include "verify/certificate.h"

enum { CVXNN__JOINT_PARTS = 16 }; /* that rows are dealt to: sums are taken by parts */

struct cvxnn__joint_sign {              /* of one sign, by halves */
    double *cones[2], *cone_duals[2];   /* n x entries */
    double *gathered[2];                /* n x width: T' (cone - dual) */
    double sums[CVXNN__JOINT_PARTS][3]; /* squares of residuals and of the iterate */
};

struct cvxnn__joint_system { /* of the sum (0) or the difference (1) of the signs */
    double *factor;          /* length x length: Cholesky */
    double *polynomial, *matrix;
    double *target[2]; /* n x width, by halves; the halves' moments in the end */
    double *b, *q;     /* n x width */
    double *work;
    struct cvxnn__joint_metric inverse[2], parallel; /* of the halves' quadratics, and their parallel sum */
};

struct cvxnn__joint_search {
    struct cvxnn__splitting split;
    struct cvxnn__joint_rows rows;
    struct cvxnn__joint_sign signs[2];
    struct cvxnn__joint_system systems[2];
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

#endif
