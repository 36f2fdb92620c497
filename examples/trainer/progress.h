/* A line on the terminal that tells how a solve goes. */
#ifndef CVXNN_TRAINER_PROGRESS_H
#define CVXNN_TRAINER_PROGRESS_H

#include <cvxnn.h>

struct progress {
    double max_seconds; /* the solve's budget; 0: no limit */
    double shown;       /* seconds of the solve when the line was last written */
    int lines;          /* whether there is one */
};

/* Has the solver, the path, the certificate report to the line where standard error is a terminal; elsewhere,
 * and when quiet, nothing happens. */
void progress_begin(struct progress *progress, cvxnn_solver *solver, int quiet);
void progress_begin_path(struct progress *progress, cvxnn_path *path, int quiet);
void progress_begin_proof(struct progress *progress, cvxnn_certificate *certificate, int quiet);

/* Takes the line away. */
void progress_end(struct progress *progress);

#endif
