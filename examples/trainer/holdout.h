/* Rows kept back to measure the error on. */
#ifndef CVXNN_TRAINER_HOLDOUT_H
#define CVXNN_TRAINER_HOLDOUT_H

#include <stdint.h>

/* The rows in two parts, each in their order. */
struct holdout {
    int64_t *train, *kept;
    int64_t train_count, kept_count;
};

/* The value of --holdout; NULL: 0. Ends the program (EXIT_USAGE) where it is no part. */
double holdout_part(const char *text);

/* part 0: nothing is kept back. Which rows are kept depends on the seed and their number alone; part times
 * rows, rounded, and at least one, as at least one is left to train on. */
void holdout_choose(double part, int64_t rows, int64_t seed, struct holdout *holdout);
void holdout_free(struct holdout *holdout);

#endif
