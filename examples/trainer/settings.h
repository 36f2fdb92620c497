/* The command line's options of the library, given to the handles that they belong to. */
#ifndef CVXNN_TRAINER_SETTINGS_H
#define CVXNN_TRAINER_SETTINGS_H

#include "arguments.h"

/* Those that there are; NULL: none. */
struct handles {
    cvxnn_problem *problem;
    cvxnn_solver *solver;
    cvxnn_certificate *certificate;
    cvxnn_path *path;
};

/* Every setting goes to each handle that knows it, after `threads`: 0, all cores, where the library's default
 * is one. BLAS then gets one thread, so that the two do not fight over the cores and the bits do not depend
 * on how many there are. Ends the program (EXIT_USAGE) at a value that is refused. */
void settings_apply(const struct arguments *arguments, const struct handles *handles);

#endif
