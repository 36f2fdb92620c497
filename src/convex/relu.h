/*
 * The ReLU program (R) over the neurons at hand, by an active set: neurons v_j, signs s_j, each in the cone
 * K_j of its pattern D_j (Pilanci & Ergen 2020; docs/algorithms.md),
 *
 *   minimise P(v) = F(sum_j s_j D_j X v_j) + beta sum_j |v_j|   subject to  v_j in K_j.              (R)
 *
 * Rows with x_i . v_j = 0 that hold v_j are its walls. In the space of moves along the walls P is smooth, and
 * Newton steps are taken there; a step that meets a wall stops at it; where no step is left, walls with a
 * multiplier of the wrong sign are left. Cones are either fixed, those of given patterns, or free: then a
 * neuron goes on through a wall into the next cone whenever P falls that way, too, and ends where P rises
 * into every cone around it: an optimum of (R) over the patterns of all neurons and all cones they touch.
 */
#ifndef CVXNN_CONVEX_RELU_H
#define CVXNN_CONVEX_RELU_H

#include "model/network.h"
#include "patterns/kinks.h"
#include "problem/instance.h"

struct cvxnn__relu_neuron {
    struct cvxnn__scope scope;
    double sign;     /* s_j: +1 or -1 */
    int64_t pattern; /* the caller's number for its cone; two neurons of one cone and sign have the same */
    double size;     /* |v_j| > 0 */
    double *v;       /* d */
    double *step;    /* d: a move of v_j */
    double *pull;    /* d: s_j X' D_j nu, rows that are walls left out */
    unsigned char *kept;    /* n: states to go back to */
    unsigned char *counted; /* n: states with which it is in the Hessian, */
    int64_t column;         /* where its columns begin, or -1: not there */
    struct cvxnn__kinks kinks;
};

/* The outputs' part of Newton's matrix, for the curvature it was made with; relu_hessian.c. */
struct cvxnn__relu_hessian {
    int64_t room, order;
    double *values;    /* room x room: the lower triangle of the first order x order */
    double *curvature; /* n */
};

struct cvxnn__relu {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    struct cvxnn__scope scope;
    int64_t n, d;
    int fixed; /* 1: cones are given */
    int64_t count, room;
    struct cvxnn__relu_neuron **neuron; /* count of them, room for `room` */
    double *vectors;                    /* room x d: work */
    double *products, *slopes;          /* n x count: x_i . v_j (0 at walls), x_i . step_j */
    double *norms;                      /* n: |x_i|, 0 for rows of weight 0 */
    double *f, *nu, *curvature;         /* n: outputs, -grad F, F''_ii */
    struct cvxnn__relu_hessian hessian;
    double objective, penalty;           /* P; sum_j |v_j| */
    double reach;                        /* of the next slide along the steps */
    double work;                         /* products in Newton's systems so far */
    int64_t iterations, most_iterations; /* so far, and the most allowed (0: any) */
};

/* An empty program. MEMORY: nothing is left to be closed. */
int32_t cvxnn__relu_open(struct cvxnn__context *context, const struct cvxnn__instance *instance, int fixed,
                         struct cvxnn__relu *relu);
void cvxnn__relu_close(struct cvxnn__relu *relu);

/* Adds a neuron v != 0; bits: n bytes, its pattern, where cones are fixed (then v must lie in the cone), else
 * NULL. Call cvxnn__relu_refresh when all are in. */
int32_t cvxnn__relu_add(struct cvxnn__relu *relu, const double *v, double sign, int64_t pattern,
                        const unsigned char *bits);

/* Adds the direction u, |u| = 1, with the weight c >= 0 that is best while all else stays (nothing when that
 * is 0), and brings f and nu up to date. */
int32_t cvxnn__relu_enter(struct cvxnn__relu *relu, const double *u, double sign, int64_t pattern,
                          const unsigned char *bits);

/* Products, states, outputs, residual and objective from the v_j. Rows within `snap` |x_i| |v_j| of a kink
 * that holds become walls, at the cost of moving v_j onto them; 0: only those there to rounding. */
int32_t cvxnn__relu_refresh(struct cvxnn__relu *relu, double snap);

/* From far away to near an optimum, where a gap of the sum of all products is `gap` P (relu_interior.c); free
 * cones only. Walls are forgotten. P may be higher than it was; nothing happens where the system would be too
 * large (fits = 0). A positive status with what was reached by then. */
int32_t cvxnn__relu_interior(struct cvxnn__relu *relu, double gap);
int cvxnn__relu_interior_fits(int64_t n, int64_t d, int64_t count);

/* Lowers P until no step or release gains more than `target` P any more. CVXNN_OK then, or a positive status
 * with the iterate as good as it got. */
int32_t cvxnn__relu_solve(struct cvxnn__relu *relu, double target);

/* The neurons as a balanced network. */
int32_t cvxnn__relu_network(struct cvxnn__relu *relu, struct cvxnn__network *network);

/* ---- Parts of the solver, one file each ------------------------------------------------------------ */

/* 1 when row i counts in neuron j's output. */
static inline int cvxnn__relu_is_on(const struct cvxnn__relu_neuron *neuron, int64_t i) {
    return neuron->kinks.state[i] == CVXNN__ROW_ON;
}

void cvxnn__relu_remove(struct cvxnn__relu *relu, int64_t j);

/* Adds neurons of one sign that share a cone: |v + v'| <= |v| + |v'| and nothing else changes. */
void cvxnn__relu_merge(struct cvxnn__relu *relu);

/* pull of every neuron. */
int32_t cvxnn__relu_pull(struct cvxnn__relu *relu);

/* The Hessian of the outputs' part, and the columns of every neuron in it. */
int32_t cvxnn__relu_hessian_update(struct cvxnn__relu *relu);

/* step of every neuron: Newton's, in the space of moves along its walls. *decrease: what a step of length 1
 * gains to second order, times 2. */
int32_t cvxnn__relu_newton(struct cvxnn__relu *relu, double *decrease);

/* slopes: products of X with the steps; walls do not move. */
int32_t cvxnn__relu_slopes(struct cvxnn__relu *relu);

/* The first minimum of P along the steps, t in [0, 1]: by the true outputs where cones are free, up to the
 * first wall where they are fixed. *t = 0: P does not fall. *through: a neuron that passed through zero on
 * the way there, or -1. *objective: P there. Leaves slopes for the steps. */
int32_t cvxnn__relu_line(struct cvxnn__relu *relu, double *t, int64_t *through, double *objective);

/* After the line search: another trial point (count x d), each neuron slid along the walls it meets, with its
 * objective. Spoils steps, f and the walls' bases, and leaves the walls met in the states, those of before in
 * kept. */
int32_t cvxnn__relu_slide(struct cvxnn__relu *relu, double reach, double *trial, double *objective);

#endif
