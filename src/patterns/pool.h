/*
 * Pool: the best of many maxima of pricing (price.h), no two alike: unit vectors u, each with its sign and
 * value. How many may be kept is said for each class: the maxima of one sign that are nowhere near a given
 * direction, and those of one sign near each of them.
 */
#ifndef CVXNN_PATTERNS_POOL_H
#define CVXNN_PATTERNS_POOL_H

#include "base/memory.h"

enum { CVXNN__NOWHERE = -1 };

struct cvxnn__pool {
    int64_t d, room, count;
    double *u, *sign, *value; /* room x d; room: the first `count` are kept, in no order */
    double *first;            /* room: first numbers of the u, side by side */
    int64_t *class;           /* room */
    int64_t classes, *most;   /* of each class: how many may be kept, */
    int64_t *kept, *worst;    /* are, and the worst once all are */
};

/* Empty, for `far` maxima of each sign near no given direction and `near` near each of the `given` ones.
 * Arrays in scope; 0 when memory ran out. */
int cvxnn__pool_take(struct cvxnn__scope *scope, int64_t d, int64_t given, int64_t far, int64_t near,
                     struct cvxnn__pool *pool);

/* Keeps u, of sign 1 or -1 and near given direction `near` or CVXNN__NOWHERE, unless one of its sign whose
 * cosine with it is above `alike`, or all its class may have, are no worse. */
void cvxnn__pool_keep(struct cvxnn__pool *pool, int64_t near, const double *u, double sign, double value,
                      double alike);

/* The one of largest value, or -1 when no value is positive. */
int64_t cvxnn__pool_largest(const struct cvxnn__pool *pool);

#endif
