/* The look-up kernels in plain C; they define what the others must give. See lookup.h. */
#include "linalg/lookup.h"

enum { BITS = CVXNN__LOOKUP_BITS, MOST_ENTRIES = 8 * 64 };

/* For one precision: entries of WIDTH numbers REAL. */
#define DEFINE(RUN, TABLE, ENTRY, REAL, WIDTH)                                                           \
    /* to = a + b */                                                                                     \
    static void ENTRY(const REAL *a, const REAL *b, REAL *to) {                                          \
        for (int k = 0; k < WIDTH; k++) to[k] = a[k] + b[k];                                             \
    }                                                                                                    \
    /* Entries of the low three bits, then of the others alone, then of both. */                         \
    static void TABLE(int digit, const REAL *source, REAL *table) {                                      \
        for (int k = 0; k < WIDTH; k++) table[k] = 0;                                                    \
        for (int bit = 0; bit < digit; bit++)                                                            \
            for (int e = 0, step = bit < 3 ? 1 : 8; e < 1 << bit; e += step)                             \
                ENTRY(table + e * WIDTH, source + bit * WIDTH, table + ((1 << bit) + e) * WIDTH);        \
        for (int e = 8; e < 1 << digit; e++)                                                             \
            if (e % 8) ENTRY(table + e % 8 * WIDTH, table + (e - e % 8) * WIDTH, table + e * WIDTH);     \
    }                                                                                                    \
    void RUN(int64_t count, const uint64_t *words, int digit, const struct cvxnn__lookup_source *source, \
             REAL *sums) {                                                                               \
        REAL tables[MOST_ENTRIES * WIDTH], weighted[BITS * WIDTH];                                       \
        int entries = 1 << digit, digits = BITS / digit;                                                 \
        for (int e = 0; e < BITS * WIDTH; e++)                                                           \
            weighted[e] = (REAL)(source->vectors[e / WIDTH * source->apart + e % WIDTH] *                \
                                 source->weights[e / WIDTH]);                                            \
        for (int j = 0; j < digits; j++)                                                                 \
            TABLE(digit, weighted + j * digit * WIDTH, tables + j * entries * WIDTH);                    \
        for (int64_t c = 0; c < count; c++) {                                                            \
            REAL sum[WIDTH] = {0};                                                                       \
            for (int j = 0; j < digits; j++) {                                                           \
                uint64_t e = words[c] >> (j * digit) & (uint64_t)(entries - 1);                          \
                ENTRY(sum, tables + (j * entries + (int)e) * WIDTH, sum);                                \
            }                                                                                            \
            for (int k = 0; k < WIDTH; k++) sums[c * WIDTH + k] += sum[k];                               \
        }                                                                                                \
    }

DEFINE(cvxnn__lookup_portable, table, add, double, CVXNN__LOOKUP_WIDTH)
DEFINE(cvxnn__lookup_single_portable, table_single, add_single, float, CVXNN__LOOKUP_SINGLE_WIDTH)

void cvxnn__lookup_flush_portable(int64_t count, float *from, double *to) {
    for (int64_t e = 0; e < count * CVXNN__LOOKUP_SINGLE_WIDTH; e++) {
        to[e] += (double)from[e];
        from[e] = 0;
    }
}
