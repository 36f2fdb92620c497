/*
 * Random numbers from counters: a number depends on (seed, stream, index) alone, so any part of a
 * sequence can be made again at any time, on any thread, without the rest.
 * Generator: Philox 4x32-10 (Salmon, Moraes, Dror & Shaw, SC 2011); normals by Box and Muller.
 */
#ifndef CVXNN_BASE_RANDOM_H
#define CVXNN_BASE_RANDOM_H

#include <stdint.h>

/* Streams keep independent uses of one seed apart. */
enum {
    CVXNN__STREAM_GATES = 1,  /* index: pattern */
    CVXNN__STREAM_STARTS = 2, /* index: start of the gradient method */
    CVXNN__STREAM_BOUND = 3,
    CVXNN__STREAM_PRICE = 4, /* index: round of pricing, start */
    CVXNN__STREAM_FOLDS = 8,
    CVXNN__STREAM_BENCH = 16 /* and above: the bench's and the tests' own */
};

/* count numbers of sequence (seed, stream, index), beginning with its first. */
void cvxnn__normals(uint64_t seed, uint32_t stream, uint64_t index, int64_t count, double *out);
void cvxnn__uniforms(uint64_t seed, uint32_t stream, uint64_t index, int64_t count,
                     double *out); /* in (0, 1) */

#endif
