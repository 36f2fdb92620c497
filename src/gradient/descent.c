/* What the optimisers share. See descent.h. */
#include "gradient/descent.h"

#include <math.h>

int32_t cvxnn__descent_count(struct cvxnn__descent *descent) {
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_GRADIENT);
    descent->iterations++;
    progress.iterations = descent->earlier + descent->iterations;
    progress.objective = descent->value;
    int32_t status = cvxnn__report(descent->context, &progress);
    if (status) return status;
    return descent->iterations < descent->max_iterations ? CVXNN_OK : CVXNN_STOPPED_ITERATIONS;
}

int cvxnn__descent_stalled(const struct cvxnn__descent *descent, double before, double after) {
    return isfinite(before) && !(before - after > descent->decrease * before);
}
