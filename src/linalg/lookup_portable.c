/* The look-up kernels in plain C; they define what the others must give. See lookup.h. */
#include "linalg/lookup.h"

enum { BITS = CVXNN__LOOKUP_BITS, MOST_ENTRIES = 8 * 64 };

/* For one precision: entries of WIDTH numbers REAL. */
#define DEFINE(LINKAGE, RUN, TABLE, ENTRY, REAL, WIDTH)                                                 \
    /* to = a + b */                                                                                    \
    static void ENTRY(const REAL *a, const REAL *b, REAL *to) {                                         \
        for (int k = 0; k < WIDTH; k++) to[k] = a[k] + b[k];                                            \
    }                                                                                                   \
    /* Entries of the low three bits, then of the others alone, then of both. */                        \
    static void TABLE(int digit, const REAL *source, REAL *table) {                                     \
        for (int k = 0; k < WIDTH; k++) table[k] = 0;                                                   \
        for (int bit = 0; bit < digit; bit++)                                                           \
            for (int e = 0, step = bit < 3 ? 1 : 8; e < 1 << bit; e += step)                            \
                ENTRY(table + e * WIDTH, source + bit * WIDTH, table + ((1 << bit) + e) * WIDTH);       \
        for (int e = 8; e < 1 << digit; e++)                                                            \
            if (e % 8) ENTRY(table + e % 8 * WIDTH, table + (e - e % 8) * WIDTH, table + e * WIDTH);    \
    }                                                                                                   \
    LINKAGE void RUN(int64_t count, const uint64_t *words, int digit, const REAL *source, REAL *sums) { \
        REAL tables[MOST_ENTRIES * WIDTH];                                                              \
        int entries = 1 << digit, digits = BITS / digit;                                                \
        for (int j = 0; j < digits; j++)                                                                \
            TABLE(digit, source + j * digit * WIDTH, tables + j * entries * WIDTH);                     \
        for (int64_t c = 0; c < count; c++) {                                                           \
            REAL sum[WIDTH] = {0};                                                                      \
            for (int j = 0; j < digits; j++) {                                                          \
                uint64_t e = words[c] >> (j * digit) & (uint64_t)(entries - 1);                         \
                ENTRY(sum, tables + (j * entries + (int)e) * WIDTH, sum);                               \
            }                                                                                           \
            for (int k = 0; k < WIDTH; k++) sums[c * WIDTH + k] += sum[k];                              \
        }                                                                                               \
    }

DEFINE(extern, cvxnn__lookup_portable, table, add, double, CVXNN__LOOKUP_WIDTH)
DEFINE(static, run_single, table_single, add_single, float, CVXNN__LOOKUP_SINGLE_WIDTH)

void cvxnn__lookup_single_portable(int64_t count, const uint64_t *words, int digit, const double *source,
                                   float *sums) {
    float rounded[BITS * CVXNN__LOOKUP_SINGLE_WIDTH];
    for (int e = 0; e < BITS * CVXNN__LOOKUP_SINGLE_WIDTH; e++) rounded[e] = (float)source[e];
    run_single(count, words, digit, rounded, sums);
}

void cvxnn__lookup_flush_portable(int64_t count, float *from, double *to) {
    for (int64_t e = 0; e < count * CVXNN__LOOKUP_SINGLE_WIDTH; e++) {
        to[e] += (double)from[e];
        from[e] = 0;
    }
}
