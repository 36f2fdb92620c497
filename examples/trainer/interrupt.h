/* Ctrl-C: a solve that runs is stopped and keeps its best result; reading stops at once. A second one ends
 * the program whatever it does. */
#ifndef CVXNN_TRAINER_INTERRUPT_H
#define CVXNN_TRAINER_INTERRUPT_H

#include <cvxnn.h>

/* From now on SIGINT sets a flag. */
void interrupt_catch(void);

/* The solver, the path, the certificate that SIGINT cancels, at once if it came before; NULL: none. */
void interrupt_cancels(cvxnn_solver *solver);
void interrupt_cancels_path(cvxnn_path *path);
void interrupt_cancels_proof(cvxnn_certificate *certificate);

int interrupted(void);

#endif
