/*
 * Which of many masks a convex program needs: one of each kind that switches on at least one row
 * that is not zero. The others add nothing to what D_p X can express.
 */
#ifndef CVXNN_PATTERNS_DISTINCT_H
#define CVXNN_PATTERNS_DISTINCT_H

#include "linalg/masks.h"

/* chosen (masks->count numbers): the masks to keep, ascending, the first of equal ones; *kept of them. */
int32_t cvxnn__masks_distinct(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                              const struct cvxnn__masks *masks, int64_t *chosen, int64_t *kept);

#endif
