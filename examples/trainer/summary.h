/* What a run says on standard output when it is not --quiet. */
#ifndef CVXNN_TRAINER_SUMMARY_H
#define CVXNN_TRAINER_SUMMARY_H

#include "report.h"

/* model, certificate and report are the files that were written, or NULL. */
void summary_print(const cvxnn_problem *problem, const cvxnn_solver *solver, const struct run_facts *facts,
                   const char *model, const char *certificate, const char *report);

#endif
