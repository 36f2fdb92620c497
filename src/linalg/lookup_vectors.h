/*
 * The look-up kernels (lookup.h) in vectors of VECTOR bytes. The file of an instruction set defines
 *
 *   VECTOR            bytes of a vector: 16, 32 or 64
 *   TARGET            the attribute that lets the compiler use the instructions
 *   WIDEN(half)       the doubles of half a vector of floats
 *   NARROW(low, high) the floats nearest to two vectors of doubles
 *   RUN, RUN_SINGLE, FLUSH   names of the kernels
 *
 * and includes this once. Entries of tables are 64 bytes in both precisions, so only additions know which it
 * is. Speed is a matter of few instructions a digit: a rotation and a mask give an index that addressing
 * scales by 8, then each vector is one addition from memory. Eight tables of 6-bit digits fill 32 KiB of
 * first-level cache.
 */

#define INLINE TARGET __attribute__((always_inline)) static inline
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif

enum { WIDTH = CVXNN__LOOKUP_WIDTH, PARTS = 64 / VECTOR, STEP = VECTOR / 8, MOST_ENTRIES = 8 * 64 };

/* May alias, because a vector is also four, eight or sixteen floats. */
typedef double vector __attribute__((vector_size(VECTOR), may_alias));
typedef double unaligned __attribute__((vector_size(VECTOR), may_alias, aligned(8)));
typedef float floats __attribute__((vector_size(VECTOR), may_alias));
typedef float half __attribute__((vector_size(VECTOR / 2), may_alias));

/* All arguments but vectors, words and pointers are constants wherever these are inlined. */

INLINE vector plus(vector a, vector b, int single) {
    if (single) return (vector)((floats)a + (floats)b);
    return a + b;
}

/* Sums of all subsets of up to three sources: entry e has those of its bits. */
INLINE void add_subsets(const vector *source, int count, vector sums[8], int single) {
    int subsets = 1 << count;
    sums[0] = (vector){0};
    UNROLL
    for (int e = 1; e < subsets; e++) {
        int bit = e < 2 ? 0 : e < 4 ? 1 : 2;
        sums[e] = plus(sums[e - (1 << bit)], source[bit], single);
    }
}

/* Vector `at` of a source's vectors, weighted; in single precision both halves of it, rounded. */
INLINE vector weighted(const struct cvxnn__lookup_source *source, int at, int offset, int single) {
    const double *from = source->vectors + at * source->apart + (single ? 2 * offset : offset);
    double weight = source->weights[at];
    vector low = *(const unaligned *)from * weight;
    return single ? (vector)NARROW(low, *(const unaligned *)(from + STEP) * weight) : low;
}

/* One vector of every entry of a table, entries being WIDTH doubles apart. The sums of the low three bits
 * stay in registers and are joined to those of the others: an addition and a store an entry. */
INLINE void build(int digit, const struct cvxnn__lookup_source *source, int first, int offset, double *table,
                  int single) {
    vector sources[6], low[8], high[8];
    int entries = 1 << digit;
    UNROLL
    for (int b = 0; b < digit; b++) sources[b] = weighted(source, first + b, offset, single);
    add_subsets(sources, 3, low, single);
    add_subsets(sources + 3, digit - 3, high, single);
    UNROLL
    for (int e = 0; e < entries; e++) *(vector *)(table + e * WIDTH) = plus(low[e % 8], high[e / 8], single);
}

/* Digit j of the word times 8: where its entry begins, in doubles. */
INLINE uint64_t place(uint64_t word, int digit, int j) {
    int right = (j * digit + 61) % 64;
    uint64_t turned = word >> right | word << (64 - right) % 64;
    return turned & (((uint64_t)8 << digit) - 8);
}

/* sums (one vector of 64 bytes) += the entries that the word names. */
INLINE void add(uint64_t word, int digit, const double *tables, double *sums, int single) {
    vector sum[PARTS];
    int digits = CVXNN__LOOKUP_BITS / digit;
    UNROLL
    for (int j = 0; j < digits; j++) {
        const double *entry = tables + place(word, digit, j) + (j * WIDTH << digit);
        UNROLL
        for (int k = 0; k < PARTS; k++) {
            vector part = *(const vector *)(entry + k * STEP);
            sum[k] = j == 0 ? part : plus(sum[k], part, single);
        }
    }
    UNROLL
    for (int k = 0; k < PARTS; k++) {
        vector *to = (vector *)(sums + k * STEP);
        *to = plus(*to, sum[k], single);
    }
}

INLINE void run(int64_t count, const uint64_t *words, int digit, const struct cvxnn__lookup_source *source,
                double *sums, int single) {
    _Alignas(64) double tables[MOST_ENTRIES * WIDTH];
    for (int j = 0; j < CVXNN__LOOKUP_BITS / digit; j++)
        for (int k = 0; k < PARTS; k++)
            build(digit, source, j * digit, k * STEP, tables + (j * WIDTH << digit) + k * STEP, single);
    for (int64_t c = 0; c < count; c++) add(words[c], digit, tables, sums + c * WIDTH, single);
}

TARGET void RUN(int64_t count, const uint64_t *words, int digit, const struct cvxnn__lookup_source *source,
                double *sums) {
    if (digit == 6)
        run(count, words, 6, source, sums, 0);
    else
        run(count, words, 4, source, sums, 0);
}

TARGET void RUN_SINGLE(int64_t count, const uint64_t *words, int digit,
                       const struct cvxnn__lookup_source *source, float *sums) {
    double *to = (double *)(void *)sums;
    if (digit == 6)
        run(count, words, 6, source, to, 1);
    else
        run(count, words, 4, source, to, 1);
}

TARGET void FLUSH(int64_t count, float *from, double *to) {
    for (int64_t e = 0; e < count * CVXNN__LOOKUP_SINGLE_WIDTH; e += STEP) {
        *(vector *)(to + e) += (vector)WIDEN(*(half *)(from + e));
        *(half *)(from + e) = (half){0};
    }
}
