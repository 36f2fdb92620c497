/* What certify and verify say at their end: a line in words, and a report as one JSON object. */
#ifndef CVXNN_TRAINER_VERDICT_H
#define CVXNN_TRAINER_VERDICT_H

#include "posed.h"

/* word: "certified" or "verified". status: how the search for a proof ended. */
void verdict_print(const struct posed *posed, const char *word, int32_t status);

/* path NULL: nothing. status is that of prove or verify; what it did not find out is null. reason: NULL for
 * prove, else what verify says. */
void verdict_report(const char *path, const struct posed *posed, int32_t status, const char *reason);

#endif
