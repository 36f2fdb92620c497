/* Folds: a shuffle, and statistics of held-out errors. See folds.h. */
#include "search/folds.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"

struct draw {
    double number;
    int64_t row;
};

static int by_number(const void *a, const void *b) {
    const struct draw *one = a, *other = b;
    if (one->number != other->number) return one->number < other->number ? -1 : 1;
    return one->row < other->row ? -1 : one->row > other->row;
}

/* Fold of the row that comes at `place` in the shuffled order: place modulo count, where below `most`. */
static int32_t shuffle(struct cvxnn__context *context, uint64_t seed, int64_t n, int64_t count, int64_t most,
                       int64_t *fold) {
    struct cvxnn__scope scope;
    cvxnn__scope_open(&scope, context->memory);
    double *numbers = cvxnn__doubles(&scope, n, 1);
    struct draw *draws = cvxnn__take(&scope, n, 1, (int64_t)sizeof *draws);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    if (!status) {
        cvxnn__uniforms(seed, CVXNN__STREAM_FOLDS, 0, n, numbers);
        for (int64_t i = 0; i < n; i++) draws[i] = (struct draw){numbers[i], i};
        qsort(draws, (size_t)n, sizeof *draws, by_number);
        for (int64_t place = 0; place < n; place++)
            fold[draws[place].row] = place < most ? place % count : CVXNN__NO_FOLD;
    }
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn__folds_deal(struct cvxnn__context *context, uint64_t seed, int64_t n, int64_t count,
                          int64_t *fold) {
    return shuffle(context, seed, n, count, n, fold);
}

int32_t cvxnn__folds_hold_out(struct cvxnn__context *context, uint64_t seed, int64_t n, int64_t kept,
                              int64_t *fold) {
    return shuffle(context, seed, n, 1, kept, fold);
}

static int counts(const int64_t *fold, int64_t i, int64_t k) {
    if (!fold) return 1;
    return k == CVXNN__NO_FOLD ? fold[i] != CVXNN__NO_FOLD : fold[i] == k;
}

void cvxnn__folds_error(int64_t n, const int64_t *fold, int64_t k, const double *weights, const double *error,
                        double *mean, double *deviation) {
    double mass = 0, sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!counts(fold, i, k)) continue;
        double s = weights ? weights[i] : 1;
        mass += s;
        sum += s * error[i];
    }
    *mean = mass > 0 ? sum / mass : NAN;
    for (int64_t i = 0; i < n; i++) {
        double s = weights ? weights[i] : 1;
        if (counts(fold, i, k)) squares += s * s * (error[i] - *mean) * (error[i] - *mean);
    }
    *deviation = mass > 0 ? sqrt(squares) / mass : NAN;
}

int cvxnn__folds_choose(int64_t points, const double *error, const double *deviation, int64_t *least,
                        int64_t *simplest) {
    int64_t best = -1, first = 0;
    for (int64_t p = 0; p < points; p++)
        if (!isnan(error[p]) && (best < 0 || error[p] < error[best])) best = p;
    if (best < 0) return 0;
    while (!(error[first] <= error[best] + deviation[best])) first++;
    *least = best;
    *simplest = first;
    return 1;
}
