/* The look-up kernel in plain C; it defines what the others must give. See lookup.h. */
#include "linalg/lookup.h"

enum { WIDTH = CVXNN__LOOKUP_WIDTH, MOST_ENTRIES = 8 * 64 };

/* The tables of all digits, one after the other: entry e of a digit is the sum of the sources whose bits e
 * has, the highest of them added last. */
static void build(int digit, const double *source, double *tables) {
    int entries = 1 << digit;
    for (int first = 0; first < CVXNN__LOOKUP_BITS; first += digit, tables += entries * WIDTH) {
        for (int k = 0; k < WIDTH; k++) tables[k] = 0;
        for (int bit = 0; bit < digit; bit++)
            for (int e = 0; e < 1 << bit; e++)
                for (int k = 0; k < WIDTH; k++)
                    tables[((1 << bit) + e) * WIDTH + k] = tables[e * WIDTH + k] +
                                                           source[(first + bit) * WIDTH + k];
    }
}

/* Two running sums, over the even and the odd digits, joined at the end: the order all kernels keep. */
static void add(int64_t count, const uint64_t *words, int digit, const double *tables, double *sums) {
    int entries = 1 << digit, digits = CVXNN__LOOKUP_BITS / digit;
    for (int64_t c = 0; c < count; c++) {
        double even[WIDTH], odd[WIDTH];
        uint64_t word = words[c];
        for (int k = 0; k < WIDTH; k++) even[k] = sums[c * WIDTH + k], odd[k] = 0;
        for (int j = 0; j < digits; j += 2) {
            const double *a = tables +
                              ((int64_t)j * entries + (int64_t)(word & (uint64_t)(entries - 1))) * WIDTH;
            word >>= digit;
            const double *b =
                tables + ((int64_t)(j + 1) * entries + (int64_t)(word & (uint64_t)(entries - 1))) * WIDTH;
            word >>= digit;
            for (int k = 0; k < WIDTH; k++) even[k] += a[k];
            for (int k = 0; k < WIDTH; k++) odd[k] = j == 0 ? b[k] : odd[k] + b[k];
        }
        for (int k = 0; k < WIDTH; k++) sums[c * WIDTH + k] = even[k] + odd[k];
    }
}

void cvxnn__lookup_portable(int64_t count, const uint64_t *words, int digit, const double *source,
                            double *sums) {
    double tables[MOST_ENTRIES * WIDTH];
    build(digit, source, tables);
    add(count, words, digit, tables, sums);
}
