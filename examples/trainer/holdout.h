/* Rows kept back to measure the error on. */
#ifndef CVXNN_TRAINER_HOLDOUT_H
#define CVXNN_TRAINER_HOLDOUT_H

#include <stdint.h>

/* The rows in two parts, each in their order. */
struct holdout {
    int64_t *train, *kept;
    int64_t train_count, kept_count;
};

/* text is --holdout's value, NULL: nothing is kept back. Which rows are kept depends on the seed and their
 * number alone; fraction times rows, rounded, and at least one, as at least one is left to train on. */
void holdout_choose(const char *text, int64_t rows, int64_t seed, struct holdout *holdout);
void holdout_free(struct holdout *holdout);

#endif
