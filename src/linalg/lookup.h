/*
 * Look-up: the kernel of both masked products. Given 48 source vectors of 8 doubles and words of 48 bits,
 *
 *   sums[c] += sum of source[b] over the bits b that are set in words[c],     c = 0 .. count - 1
 *
 * by tables of partial sums, one for every digit of `digit` bits (the four Russians' method): one vector is
 * loaded and added a digit instead of a bit. The order of additions is the same in every implementation, and
 * additions are all there is after the tables, so all of them give the same bits.
 *
 *   digit 6: 8 tables of 64 vectors, for many words       digit 4: 12 tables of 16 vectors, for few
 */
#ifndef CVXNN_LINALG_LOOKUP_H
#define CVXNN_LINALG_LOOKUP_H

#include <stdint.h>

enum { CVXNN__LOOKUP_BITS = 48, CVXNN__LOOKUP_WIDTH = 8 };

/* source: 48 x 8 and sums: count x 8, both 64-byte aligned; words: bits past 48 are 0; digit: 4 or 6. */
typedef void (*cvxnn__lookup_fn)(int64_t count, const uint64_t *words, int digit, const double *source,
                                 double *sums);

struct cvxnn__lookup {
    const char *name; /* of the instruction set */
    cvxnn__lookup_fn run;
};

/* Kernels this processor can run, the portable one first and the fastest last; index counts from 0, NULL past
 * the end. */
const struct cvxnn__lookup *cvxnn__lookup_kernel(int index);

/* The fastest of them. */
cvxnn__lookup_fn cvxnn__lookup_best(void);

/* The digit that is cheapest for so many words. */
int cvxnn__lookup_digit(int64_t count);

void cvxnn__lookup_portable(int64_t count, const uint64_t *words, int digit, const double *source,
                            double *sums);
#if defined(__x86_64__) && defined(__GNUC__)
void cvxnn__lookup_avx2(int64_t count, const uint64_t *words, int digit, const double *source, double *sums);
void cvxnn__lookup_avx512(int64_t count, const uint64_t *words, int digit, const double *source,
                          double *sums);
#endif

#endif
