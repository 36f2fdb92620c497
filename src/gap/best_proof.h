/*
 * The best proof that a budget buys: sphere polynomials of rising order, and branching over cells of the
 * sphere where there are few columns. Each result is proved before it is kept.
 */
#ifndef CVXNN_GAP_BEST_PROOF_H
#define CVXNN_GAP_BEST_PROOF_H

#include "verify/proof.h"

struct cvxnn__proof_search {
    int64_t order;           /* this order, which lower ones begin, and no cells; 0: what pays */
    int32_t kinks;           /* a CVXNN_KINKS_ number; JOINT: these alone and no cells */
    int64_t most_iterations; /* of an order's search; 0: as many as it takes */
    int64_t most_cells;      /* of branching, and of rows' signs; 0: neither */
    double operations; /* of floating point, as expected: what costs more is not begun, but for order 1 */
    double objective;  /* of the network whose residual nu is */
    double target;     /* a bound that is enough */
};

/*
 * nu: a dual vector to begin with, the residual of a good network. Fills kind, sphere and tree of *proof,
 * whose scope is open and empty. A limit on time stops the search and does not steer it. A positive status
 * leaves the best of what was found until then; at worst zeros, which prove 0. UNSUPPORTED where the order is
 * too much for the columns or kinks in all directions cannot be had, MEMORY. Sends CVXNN_EVENT_BOUND.
 */
int32_t cvxnn__best_proof(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const double *nu, const struct cvxnn__proof_search *settings,
                          struct cvxnn__proof *proof);

#endif
