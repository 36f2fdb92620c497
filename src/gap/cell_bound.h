/* The lower bound that a solve reports where there are few columns: cells, as many as a fixed effort affords.
 */
#ifndef CVXNN_GAP_CELL_BOUND_H
#define CVXNN_GAP_CELL_BOUND_H

#include "problem/instance.h"

/* *bound <= p*, >= 0, from the residual nu of a good network; 0 where the rows' space has too many dimensions
 * for it to be quick. `enough`: a bound that need not be raised. A stop (positive status) leaves what was
 * proved by then. Sends CVXNN_EVENT_BOUND. */
int32_t cvxnn__cell_bound(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const double *nu, double enough, double *bound);

#endif
