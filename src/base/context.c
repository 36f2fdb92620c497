/* Context: messages, progress, budgets and cancellation. See context.h. */
#define _POSIX_C_SOURCE 200809L
#include "base/context.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

double cvxnn__clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int32_t cvxnn__fail(struct cvxnn__context *context, int32_t status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context->message, sizeof context->message, format, arguments);
    va_end(arguments);
    return status;
}

int32_t cvxnn__fail_memory(struct cvxnn__context *context) {
    return cvxnn__fail(context, CVXNN_ERROR_MEMORY,
                       "out of memory: the allocator refused a block, or its size does not fit 64 bits");
}

int32_t cvxnn__fail_product(struct cvxnn__context *context) {
    return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "a product is too large for this BLAS");
}

int32_t cvxnn__poll(struct cvxnn__context *context) {
    struct cvxnn__monitor *monitor = context->monitor;
    if (!monitor) return CVXNN_OK;
    if (monitor->stopped || (monitor->cancel && atomic_load(monitor->cancel))) return CVXNN_STOPPED_CANCELLED;
    if (cvxnn__seconds_left(context) <= 0) return CVXNN_STOPPED_SECONDS;
    return CVXNN_OK;
}

struct cvxnn__progress cvxnn__progress_of(int32_t event) {
    struct cvxnn__progress progress = {
        .event = event,
        .iterations = -1,
        .patterns = -1,
        .active = -1,
        .neurons = -1,
        .objective = NAN,
        .convex_objective = NAN,
        .convex_dual = NAN,
        .relative_gap = NAN,
        .lower_bound = NAN,
        .seconds = NAN,
    };
    return progress;
}

int32_t cvxnn__report(struct cvxnn__context *context, struct cvxnn__progress *progress) {
    struct cvxnn__monitor *monitor = context->monitor;
    if (!monitor) return CVXNN_OK;
    progress->seconds = cvxnn__clock() - monitor->start;
    if (monitor->emit && !monitor->stopped && monitor->emit(progress, monitor->user)) monitor->stopped = 1;
    return cvxnn__poll(context);
}

double cvxnn__seconds_left(const struct cvxnn__context *context) {
    const struct cvxnn__monitor *monitor = context->monitor;
    if (!monitor || monitor->max_seconds <= 0) return INFINITY;
    return monitor->start + monitor->max_seconds - cvxnn__clock();
}
