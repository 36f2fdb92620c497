/*
 * A lower bound by branching over regions of the sphere: the largest t found with h(t nu) <= beta and
 * h(-t nu) <= beta proved by trees of cells (verify/tree_check.h), so that p* >= D(t nu). Exact in the limit:
 * it wants few columns, and a nu that is nearly optimal.
 */
#ifndef CVXNN_GAP_BRANCH_H
#define CVXNN_GAP_BRANCH_H

#include "problem/instance.h"
#include "verify/subspace.h"

struct cvxnn__branch {
    double bound;      /* p* >= bound >= 0 */
    double scale;      /* t: what is proved is proved of z = fl(t nu); 0 when there was nothing */
    int64_t leaves[2]; /* cells that prove it, for z and -z */
    int64_t cells;     /* looked at in all attempts */
    double high;       /* no t above, as far as is known; 0: nothing is known */
    double rate;       /* logarithm of cells per t, below scale; 0: not known */
    int finished; /* more cells would not help: t is known to a relative 1e-8, or the least cells were met */
};

/*
 * Raises branch->bound until it is at least `enough`, branch->finished, or branch->cells has come to
 * most_cells. *branch is zeroed before the first call and goes on from there in further ones with the same
 * instance and nu. Anytime: a stop (positive status) leaves what was proved by then. Sends CVXNN_EVENT_BOUND.
 * subspace: the rows of the instance, in the coordinates of the cells. MEMORY, SHAPE.
 */
int32_t cvxnn__branch_bound(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                            const struct cvxnn__subspace *subspace, const double *nu, double enough,
                            int64_t most_cells, struct cvxnn__branch *branch);

/* The t that trees of so many cells may be expected to prove. */
double cvxnn__branch_outlook(const struct cvxnn__branch *branch, double cells);

/* Roughly what one cell takes, in floating-point operations as fast as those of matrix products. */
double cvxnn__branch_operations(int64_t n, int64_t d);

#endif
