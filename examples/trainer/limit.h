/* Which side of a gap limits, in words, and what can be done about it. */
#ifndef CVXNN_TRAINER_LIMIT_H
#define CVXNN_TRAINER_LIMIT_H

#include <cvxnn.h>

struct limit {
    int64_t side;       /* a CVXNN_LIMIT_ number; -1: not known */
    int64_t directions; /* found that would lower the network's objective */
    double estimate;    /* optimum_estimate */
    int64_t order;      /* of the proof; 0: it is a tree of cells, or there is none */
    int searched;       /* 0: the bound is the quick one that comes with a solve */
    int enough;         /* 1: the ratio that was asked for is reached */
};

struct limit limit_of_proof(const cvxnn_certificate *certificate);
/* After method search, whose dual value over all directions that were priced is such an estimate; after
 * others the side is not known. */
struct limit limit_of_solve(const cvxnn_solver *solver);

/* "none", "bound", "network"; NULL where it is not known. */
const char *limit_name(const struct limit *limit);

/* A line that begins with `label` where a side limits, then one that begins with `next`: what to do where
 * more is wanted. Nothing where the gap is closed. */
void limit_print(const struct limit *limit, const char *label, const char *next);

#endif
