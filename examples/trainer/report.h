/* The report of a run: one JSON object, one key a line. */
#ifndef CVXNN_TRAINER_REPORT_H
#define CVXNN_TRAINER_REPORT_H

#include <stdint.h>

#include <cvxnn.h>

/* What the trainer adds to the solver's results; NAN: null. */
struct run_facts {
    int64_t n, d, outputs, holdout_rows;
    int64_t neurons; /* of the network as it is saved */
    int named;       /* 0: the table has no header */
    double train_error, holdout_error;
    double earlier_seconds;               /* of a solve before the last one; 0 without */
    const cvxnn_certificate *certificate; /* of the network, or NULL */
    int32_t proof;                        /* how the search for it ended */
};

/* A result of the run: of its solver, or of its certificate where that proves more or alone knows; NAN, 0
 * where neither does. */
double run_real(const cvxnn_solver *solver, const struct run_facts *facts, int32_t key);
int run_integer(const cvxnn_solver *solver, const struct run_facts *facts, int32_t key, int64_t *value);

/* The beta of the run: the solver's, or the problem's where the solve was too short to tell; NAN: unknown. */
double run_beta(const cvxnn_problem *problem, const cvxnn_solver *solver);

/* Writes every result of the solver's last solve and these facts; what the method does not have is null. */
void report_write(const char *path, const cvxnn_problem *problem, const cvxnn_solver *solver,
                  const struct run_facts *facts);

#endif
