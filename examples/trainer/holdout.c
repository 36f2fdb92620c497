/*
 * Rows kept back. Row i draws the number h(seed, i) from a hash; the rows with the least numbers are kept.
 * The hash is the finaliser of SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014), applied to the seed and then to the row.
 */
#include "holdout.h"

#include <math.h>
#include <stdlib.h>

#include "arguments.h"
#include "failure.h"

struct draw {
    uint64_t number;
    int64_t row;
};

static uint64_t scramble(uint64_t z) {
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int by_number(const void *a, const void *b) {
    const struct draw *first = a, *second = b;
    if (first->number != second->number) return first->number < second->number ? -1 : 1;
    return first->row < second->row ? -1 : first->row > second->row;
}

double holdout_part(const char *text) {
    double part = 0;
    if (text && (!parse_real(text, &part) || !(part > 0 && part < 1)))
        fail(EXIT_USAGE, "--holdout %s: a number between 0 and 1 is wanted", text);
    return part;
}

static int64_t count_kept(double part, int64_t rows) {
    if (part == 0) return 0;
    if (rows < 2) fail(EXIT_INPUT, "--holdout: there is only one row");
    int64_t kept = (int64_t)floor(part * (double)rows + 0.5);
    return kept < 1 ? 1 : kept >= rows ? rows - 1 : kept;
}

void holdout_choose(double part, int64_t rows, int64_t seed, struct holdout *holdout) {
    int64_t kept = count_kept(part, rows);
    struct draw *draws = allocate(rows, sizeof *draws);
    char *is_kept = allocate(rows, 1);
    for (int64_t i = 0; i < rows; i++) {
        draws[i].number = scramble(scramble((uint64_t)seed) ^ (uint64_t)i);
        draws[i].row = i;
    }
    if (kept) qsort(draws, (size_t)rows, sizeof *draws, by_number);
    for (int64_t k = 0; k < kept; k++) is_kept[draws[k].row] = 1;
    holdout->train = allocate(rows - kept, sizeof *holdout->train);
    holdout->kept = allocate(kept, sizeof *holdout->kept);
    holdout->train_count = holdout->kept_count = 0;
    for (int64_t i = 0; i < rows; i++)
        if (is_kept[i])
            holdout->kept[holdout->kept_count++] = i;
        else
            holdout->train[holdout->train_count++] = i;
    free(draws);
    free(is_kept);
}

void holdout_free(struct holdout *holdout) {
    free(holdout->train);
    free(holdout->kept);
}
