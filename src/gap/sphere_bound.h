/*
 * The root bound: a certificate of order k searched for and proved, the best one kept. Anytime: whatever
 * stops it, what it holds is proved.
 */
#ifndef CVXNN_GAP_SPHERE_BOUND_H
#define CVXNN_GAP_SPHERE_BOUND_H

#include "gap/joint_search.h"
#include "gap/sphere_search.h"
#include "verify/sphere_check.h"

/* The search keeps the rows' moments as moments of powers, which has too few digits left beyond this order.
 */
enum { CVXNN__BOUND_MOST_ORDER = 4 };

struct cvxnn__bound_options {
    int64_t order;           /* 1 .. CVXNN__BOUND_MOST_ORDER */
    int joint;               /* 1: kinks in all directions, order 2, at least two columns */
    int64_t leaves;          /* joint: cells of rows' signs, of both sides together; 2: no cuts */
    int64_t most_iterations; /* 0: as many as it takes */
    double target;           /* a bound that is enough; INFINITY: none is */
    double known;            /* a bound that is proved already; what the events carry is never below it */
};

/* A certificate of the shape that options ask for, zeroed: look at scope->failed. */
void cvxnn__bound_certificate(struct cvxnn__scope *scope, const struct cvxnn__instance *instance,
                              const struct cvxnn__bound_options *options,
                              struct cvxnn__certificate *certificate);

/*
 * nu: a dual vector to begin with. best: a certificate from cvxnn__bound_certificate; *proved is what it
 * proves in the end. CVXNN_OK when the target is reached, the iterations are spent or the bound rises no
 * more; positive when stopped. Sends CVXNN_EVENT_BOUND.
 */
int32_t cvxnn__sphere_bound(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                            const double *nu, const struct cvxnn__bound_options *options,
                            struct cvxnn__certificate *best, struct cvxnn__proved *proved);

/* Roughly the floating-point operations of so many iterations, set-up included, and the doubles they need;
 * INFINITY where an order is out of reach. Iterations and orders are chosen by these, never by a clock. */
double cvxnn__sphere_bound_operations(int64_t n, int64_t d, int64_t order, int64_t iterations);
double cvxnn__sphere_bound_doubles(int64_t n, int64_t d, int64_t order);

/* The same with kinks in all directions. */
double cvxnn__joint_bound_operations(int64_t n, int64_t d, int64_t iterations);
double cvxnn__joint_bound_doubles(int64_t n, int64_t d);

/* The highest order whose iterations need no more than so many operations and doubles; 0 when there is none.
 */
int64_t cvxnn__sphere_bound_order(int64_t n, int64_t d, int64_t iterations, double operations,
                                  double doubles);

#endif
