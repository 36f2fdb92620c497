/*
 * Look-up: the kernels of both masked products. Given 48 source vectors, weights and words of 48 bits,
 *
 *   sums[c] += sum of weights[b] source[b] over the bits b that are set in words[c],     c = 0 .. count - 1
 *
 * by tables of partial sums, one for every digit of `digit` bits (the four Russians' method): one vector is
 * loaded and added a digit instead of a bit. Vectors have 8 doubles or 16 floats. The order of additions is
 * the same in every implementation and additions are all there is, so all of them give the same bits:
 *
 *   entry of a table   (the low three bits' sources, ascending) + (the others', ascending)
 *   a word's sum       its entries, ascending; the sum so far is added last
 *
 * No source is part of more than CVXNN__LOOKUP_ROUNDINGS rounded additions within a word: digit 6 has 3 in an
 * entry (the first to an exact 0) and 7 between entries, digit 4 has 2 or 3 and 11.
 *
 *   digit 6: 8 tables of 64 entries, for many words       digit 4: 12 tables of 16 entries, for few
 */
#ifndef CVXNN_LINALG_LOOKUP_H
#define CVXNN_LINALG_LOOKUP_H

#include <stdint.h>

/* Bits of a word; numbers of a vector, 64 bytes in both precisions. */
enum { CVXNN__LOOKUP_BITS = 48, CVXNN__LOOKUP_WIDTH = 8, CVXNN__LOOKUP_SINGLE_WIDTH = 16 };
enum { CVXNN__LOOKUP_ROUNDINGS = 14 };

/* 48 vectors of 8 numbers, `apart` numbers from one to the next, of any alignment; and 48 weights. */
struct cvxnn__lookup_source {
    const double *vectors, *weights;
    int64_t apart;
};

/* sums: count x 8, 64-byte aligned; words: bits past 48 are 0; digit: 4 or 6. */
typedef void (*cvxnn__lookup_fn)(int64_t count, const uint64_t *words, int digit,
                                 const struct cvxnn__lookup_source *source, double *sums);

/* The same with vectors of 16 numbers; weighted, they are rounded to floats. */
typedef void (*cvxnn__lookup_single_fn)(int64_t count, const uint64_t *words, int digit,
                                        const struct cvxnn__lookup_source *source, float *sums);

/* to += from, from = 0: count x 16 numbers each, 64-byte aligned. */
typedef void (*cvxnn__lookup_flush_fn)(int64_t count, float *from, double *to);

struct cvxnn__lookup {
    const char *name; /* of the instruction set */
    cvxnn__lookup_fn run;
    cvxnn__lookup_single_fn run_single;
    cvxnn__lookup_flush_fn flush;
};

/* Kernels this processor can run, the portable ones first and the fastest last; index counts from 0, NULL
 * past the end. */
const struct cvxnn__lookup *cvxnn__lookup_kernel(int index);

/* The fastest of them. */
const struct cvxnn__lookup *cvxnn__lookup_best(void);

/* The digit that is cheapest for so many words. */
int cvxnn__lookup_digit(int64_t count);

#define CVXNN__LOOKUP_DECLARE(NAME)                                                           \
    void cvxnn__lookup_##NAME(int64_t count, const uint64_t *words, int digit,                \
                              const struct cvxnn__lookup_source *source, double *sums);       \
    void cvxnn__lookup_single_##NAME(int64_t count, const uint64_t *words, int digit,         \
                                     const struct cvxnn__lookup_source *source, float *sums); \
    void cvxnn__lookup_flush_##NAME(int64_t count, float *from, double *to)

CVXNN__LOOKUP_DECLARE(portable);
#if defined(__x86_64__) && defined(__GNUC__)
CVXNN__LOOKUP_DECLARE(avx2);
CVXNN__LOOKUP_DECLARE(avx512);
#elif defined(__aarch64__) && defined(__GNUC__)
CVXNN__LOOKUP_DECLARE(neon);
#endif

#endif
