/* The look-up kernel with 512-bit vectors (AVX-512F): one vector is one entry of a table. See lookup.h. */
#include "linalg/lookup.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f")))
#define INLINE AVX512 __attribute__((always_inline)) static inline

enum { WIDTH = CVXNN__LOOKUP_WIDTH, MOST_ENTRIES = 8 * 64 };

INLINE void build(int digit, const double *source, double *tables) {
    for (int first = 0; first < CVXNN__LOOKUP_BITS; first += digit, tables += WIDTH << digit) {
        _mm512_store_pd(tables, _mm512_setzero_pd());
        for (int bit = 0; bit < digit; bit++) {
            __m512d vector = _mm512_load_pd(source + (first + bit) * WIDTH);
            double *upper = tables + (WIDTH << bit);
            for (int e = 0; e < 1 << bit; e++)
                _mm512_store_pd(upper + e * WIDTH, _mm512_add_pd(_mm512_load_pd(tables + e * WIDTH), vector));
        }
    }
}

/* What the table of digit j holds for this word. */
INLINE __m512d entry(const double *tables, uint64_t word, int digit, int j) {
    uint64_t e = (word >> (j * digit)) & (((uint64_t)1 << digit) - 1);
    return _mm512_load_pd(tables + (((uint64_t)j << digit) + e) * WIDTH);
}

/* digit is a constant wherever this is inlined. */
INLINE void add(int64_t count, const uint64_t *words, int digit, const double *tables, double *sums) {
    for (int64_t c = 0; c < count; c++, sums += WIDTH) {
        uint64_t word = words[c];
        __m512d even = _mm512_add_pd(_mm512_load_pd(sums), entry(tables, word, digit, 0));
        __m512d odd = entry(tables, word, digit, 1);
        even = _mm512_add_pd(even, entry(tables, word, digit, 2));
        odd = _mm512_add_pd(odd, entry(tables, word, digit, 3));
        even = _mm512_add_pd(even, entry(tables, word, digit, 4));
        odd = _mm512_add_pd(odd, entry(tables, word, digit, 5));
        even = _mm512_add_pd(even, entry(tables, word, digit, 6));
        odd = _mm512_add_pd(odd, entry(tables, word, digit, 7));
        if (digit == 4) {
            even = _mm512_add_pd(even, entry(tables, word, digit, 8));
            odd = _mm512_add_pd(odd, entry(tables, word, digit, 9));
            even = _mm512_add_pd(even, entry(tables, word, digit, 10));
            odd = _mm512_add_pd(odd, entry(tables, word, digit, 11));
        }
        _mm512_store_pd(sums, _mm512_add_pd(even, odd));
    }
}

AVX512 void cvxnn__lookup_avx512(int64_t count, const uint64_t *words, int digit, const double *source,
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
