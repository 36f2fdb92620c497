/*
 * What every look-up kernel must do, without a test library, so that it also runs where there is none
 * (tests/checks/lookup.c): the portable kernels against sums of the bits in long double, the others against
 * the bits of the portable ones.
 */
#ifndef CVXNN_TESTS_LOOKUP_CASES_H
#define CVXNN_TESTS_LOOKUP_CASES_H

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "linalg/lookup.h"

enum {
    CASES_STREAM = CVXNN__STREAM_BENCH + 20,
    CASES_MOST = 131, /* words */
    CASES_WIDE = CVXNN__LOOKUP_SINGLE_WIDTH,
    CASES_APART = CASES_WIDE + 3,
    CASES_KINDS = 4
};

struct lookup_case {
    int64_t count;
    int digit, width;
    uint64_t words[CASES_MOST + 1];
    double vectors[CVXNN__LOOKUP_BITS * CASES_APART + 1], weights[CVXNN__LOOKUP_BITS];
    double before[(CASES_MOST + 1) * CASES_WIDE];
    _Alignas(64) double sums[(CASES_MOST + 1) * CASES_WIDE];
    _Alignas(64) float single_sums[(CASES_MOST + 1) * CASES_WIDE];
};

/* kind 0: random, 1: empty, 2: full, 3: one bit */
static inline uint64_t lookup_word(int kind, uint64_t index) {
    const uint64_t full = ((uint64_t)1 << CVXNN__LOOKUP_BITS) - 1;
    double u[2];
    cvxnn__uniforms(9, CASES_STREAM, index, 2, u);
    if (kind == 0) return ((uint64_t)(u[0] * 16777216) << 24 | (uint64_t)(u[1] * 16777216)) & full;
    return kind == 1 ? 0 : kind == 2 ? full : (uint64_t)1 << (index % CVXNN__LOOKUP_BITS);
}

/* Words begin at words[1] and vectors at vectors[1], so that neither is aligned. The count's words are
 * followed by one whose sums must stay as they are. */
static inline void lookup_make(int64_t count, int digit, int kind, int width, struct lookup_case *c) {
    c->count = count, c->digit = digit, c->width = width;
    for (int64_t w = 0; w < count; w++) c->words[w + 1] = lookup_word(kind, (uint64_t)w);
    cvxnn__normals(1, CASES_STREAM, 0, CVXNN__LOOKUP_BITS * CASES_APART + 1, c->vectors);
    cvxnn__normals(3, CASES_STREAM, 0, CVXNN__LOOKUP_BITS, c->weights);
    cvxnn__normals(2, CASES_STREAM, 0, (count + 1) * width, c->before);
    for (int64_t e = 0; e < (count + 1) * width; e++) {
        c->single_sums[e] = (float)c->before[e];
        if (width == CASES_WIDE) c->before[e] = (double)c->single_sums[e];
        c->sums[e] = c->before[e];
    }
}

static inline void lookup_run(const struct cvxnn__lookup *kernel, struct lookup_case *c) {
    struct cvxnn__lookup_source source = {c->vectors + 1, c->weights, CASES_APART};
    if (c->width != CASES_WIDE) {
        kernel->run(c->count, c->words + 1, c->digit, &source, c->sums);
        return;
    }
    kernel->run_single(c->count, c->words + 1, c->digit, &source, c->single_sums);
    memset(c->sums, 0, sizeof c->sums);
    kernel->flush(c->count + 1, c->single_sums, c->sums);
}

/* Sums of the sources as they are in double: single precision has its stated error, and the one rounding of
 * each source. */
static inline int lookup_is_right(const struct lookup_case *c) {
    double u = c->width == CASES_WIDE ? 0x1p-24 : 0x1p-53;
    for (int64_t e = 0; e < (c->count + 1) * c->width; e++) {
        long double sum = 0, size = fabs(c->before[e]);
        uint64_t word = e < c->count * c->width ? c->words[1 + e / c->width] : 0;
        for (int b = 0; b < CVXNN__LOOKUP_BITS; b++)
            if (word >> b & 1) {
                double source = c->weights[b] * c->vectors[1 + b * CASES_APART + e % c->width];
                sum += source;
                size += fabs(source);
            }
        double error = (double)fabsl(c->sums[e] - (c->before[e] + sum));
        if (!(error <= (double)size * (CVXNN__LOOKUP_ROUNDINGS + 2) * u)) return 0;
        if (word == 0 && c->sums[e] != c->before[e]) return 0;
    }
    return 1;
}

/* The name of a kernel that is wrong, NULL when all are right. */
static inline const char *lookup_wrong(void) {
    static const int64_t counts[] = {0, 1, 2, 3, 7, 64, CASES_MOST};
    static struct lookup_case expected, found;
    for (int run = 0; run < 7 * CASES_KINDS * 2 * 2; run++) {
        int width = run % 2 ? CASES_WIDE : CVXNN__LOOKUP_WIDTH, digit = run / 2 % 2 ? 4 : 6;
        int kind = run / 4 % CASES_KINDS;
        lookup_make(counts[run / 4 / CASES_KINDS], digit, kind, width, &expected);
        lookup_run(cvxnn__lookup_kernel(0), &expected);
        if (!lookup_is_right(&expected)) return cvxnn__lookup_kernel(0)->name;
        for (int k = 1; cvxnn__lookup_kernel(k); k++) {
            lookup_make(counts[run / 4 / CASES_KINDS], digit, kind, width, &found);
            lookup_run(cvxnn__lookup_kernel(k), &found);
            if (memcmp(found.sums, expected.sums, sizeof found.sums) != 0)
                return cvxnn__lookup_kernel(k)->name;
        }
    }
    return NULL;
}

#endif
