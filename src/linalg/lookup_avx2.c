/* The look-up kernel with 256-bit vectors (AVX2): two vectors are one entry of a table. See lookup.h. */
#include "linalg/lookup.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE AVX2 __attribute__((always_inline)) static inline

enum { WIDTH = CVXNN__LOOKUP_WIDTH, HALF = WIDTH / 2, MOST_ENTRIES = 8 * 64 };

INLINE void build(int digit, const double *source, double *tables) {
    for (int first = 0; first < CVXNN__LOOKUP_BITS; first += digit, tables += WIDTH << digit) {
        _mm256_store_pd(tables, _mm256_setzero_pd());
        _mm256_store_pd(tables + HALF, _mm256_setzero_pd());
        for (int bit = 0; bit < digit; bit++) {
            __m256d low = _mm256_load_pd(source + (first + bit) * WIDTH);
            __m256d high = _mm256_load_pd(source + (first + bit) * WIDTH + HALF);
            double *upper = tables + (WIDTH << bit);
            for (int e = 0; e < WIDTH << bit; e += WIDTH) {
                _mm256_store_pd(upper + e, _mm256_add_pd(_mm256_load_pd(tables + e), low));
                _mm256_store_pd(upper + e + HALF, _mm256_add_pd(_mm256_load_pd(tables + e + HALF), high));
            }
        }
    }
}

/* An entry, and the two running sums of one word. */
struct entry {
    __m256d low, high;
};

INLINE struct entry look(const double *tables, uint64_t word, int digit, int j) {
    uint64_t e = (word >> (j * digit)) & (((uint64_t)1 << digit) - 1);
    const double *at = tables + (((uint64_t)j << digit) + e) * WIDTH;
    return (struct entry){_mm256_load_pd(at), _mm256_load_pd(at + HALF)};
}

INLINE struct entry plus(struct entry a, struct entry b) {
    return (struct entry){_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high)};
}

/* digit is a constant wherever this is inlined. */
INLINE void add(int64_t count, const uint64_t *words, int digit, const double *tables, double *sums) {
    for (int64_t c = 0; c < count; c++, sums += WIDTH) {
        uint64_t word = words[c];
        struct entry even = {_mm256_load_pd(sums), _mm256_load_pd(sums + HALF)};
        struct entry odd = look(tables, word, digit, 1);
        even = plus(even, look(tables, word, digit, 0));
        even = plus(even, look(tables, word, digit, 2));
        odd = plus(odd, look(tables, word, digit, 3));
        even = plus(even, look(tables, word, digit, 4));
        odd = plus(odd, look(tables, word, digit, 5));
        even = plus(even, look(tables, word, digit, 6));
        odd = plus(odd, look(tables, word, digit, 7));
        if (digit == 4) {
            even = plus(even, look(tables, word, digit, 8));
            odd = plus(odd, look(tables, word, digit, 9));
            even = plus(even, look(tables, word, digit, 10));
            odd = plus(odd, look(tables, word, digit, 11));
        }
        even = plus(even, odd);
        _mm256_store_pd(sums, even.low);
        _mm256_store_pd(sums + HALF, even.high);
    }
}

AVX2 void cvxnn__lookup_avx2(int64_t count, const uint64_t *words, int digit, const double *source,
                             double *sums) {
    _Alignas(64) double tables[MOST_ENTRIES * WIDTH];
    if (digit == 6) {
        build(6, source, tables);
        add(count, words, 6, tables, sums);
    } else {
        build(4, source, tables);
        add(count, words, 4, tables, sums);
    }
}

#endif
