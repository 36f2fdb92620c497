/*
 * Context: what every algorithm gets from whoever calls it. Memory to take from, a place for an
 * error message, threads to work with, and a monitor that carries progress out and brings budgets
 * and cancellation in.
 */
#ifndef CVXNN_BASE_CONTEXT_H
#define CVXNN_BASE_CONTEXT_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/threads.h"

enum { CVXNN__MESSAGE_BYTES = 512 };

/* What one event carries; NAN or -1 where it does not. */
struct cvxnn__progress {
    int32_t event; /* CVXNN_EVENT_ number */
    int64_t iterations, patterns, active, neurons;
    double objective, convex_objective, convex_dual, relative_gap, lower_bound, seconds;
};

struct cvxnn__monitor {
    double start;           /* cvxnn__clock() when the call began */
    double max_seconds;     /* since start; 0: no limit */
    int64_t max_iterations; /* of the algorithm that runs; 0: no limit of the caller's */
    atomic_int *cancel;     /* set from outside; may be NULL */
    int32_t (*emit)(const struct cvxnn__progress *progress, void *user); /* may be NULL; not 0: stop */
    void *user;
    int stopped; /* the callback asked to stop: sticky for this call */
};

struct cvxnn__context {
    struct cvxnn__memory *memory;
    struct cvxnn__team *team; /* NULL: the calling thread alone */
    struct cvxnn__monitor *monitor;
    char message[CVXNN__MESSAGE_BYTES];
};

/* Seconds on a clock that never goes back. */
double cvxnn__clock(void);

/* Writes the message (printf) and returns status: `return cvxnn__fail(context, CVXNN_ERROR_..., ...)`. */
int32_t cvxnn__fail(struct cvxnn__context *context, int32_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int32_t cvxnn__fail_memory(struct cvxnn__context *context);
int32_t cvxnn__fail_product(struct cvxnn__context *context); /* BLAS's integers do not hold its sizes */

/* CVXNN_OK to go on, else CVXNN_STOPPED_CANCELLED or CVXNN_STOPPED_SECONDS. Cheap; from the calling
 * thread at least every few dozen milliseconds of work. */
int32_t cvxnn__poll(struct cvxnn__context *context);

/* A progress with nothing in it but its event. */
struct cvxnn__progress cvxnn__progress_of(int32_t event);

/* Hands progress to the callback (filling in seconds), then polls. */
int32_t cvxnn__report(struct cvxnn__context *context, struct cvxnn__progress *progress);

/* Seconds left of the budget; INFINITY when there is none. */
double cvxnn__seconds_left(const struct cvxnn__context *context);

#endif
