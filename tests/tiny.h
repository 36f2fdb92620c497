/*
 * Tiny problems of every awkward kind: what the oracle can solve and the bounds must survive. Instance number
 * `seed` is always the same.
 */
#ifndef CVXNN_TESTS_TINY_H
#define CVXNN_TESTS_TINY_H

#include <math.h>

#include "base/random.h"
#include "fixture.h"
#include "oracle.h"

enum { TINY_STREAM = 16 + 9, TINY_MOST = ORACLE_MOST_ROWS * ORACLE_MOST_COLUMNS };

struct tiny {
    int n, d;
    double x[TINY_MOST], y[ORACLE_MOST_ROWS], weights[ORACLE_MOST_ROWS];
    int weighted; /* 0: weights are to be NULL */
    double beta;
};

static inline const double *tiny_weights(const struct tiny *tiny) {
    return tiny->weighted ? tiny->weights : NULL;
}

/* n <= 8, d <= columns. Kinds by seed: rows twice or a multiple of another, zero rows, columns that are
 * proportional, zero or constant, weights with zeros, integers (ties), beta over four powers of ten. */
static inline struct tiny tiny_make(uint64_t seed, int columns) {
    struct tiny tiny = {.n = 1 + (int)(seed % 8), .d = 1 + (int)(seed / 8 % (uint64_t)columns)};
    int n = tiny.n, d = tiny.d;
    double kinds[8];
    cvxnn__normals(seed, TINY_STREAM, 0, n * d, tiny.x);
    cvxnn__normals(seed, TINY_STREAM, 1, n, tiny.y);
    cvxnn__uniforms(seed, TINY_STREAM, 2, n, tiny.weights);
    cvxnn__uniforms(seed, TINY_STREAM, 3, 8, kinds);
    for (int e = 0; kinds[0] < 0.2 && e < n * d; e++) tiny.x[e] = nearbyint(tiny.x[e]);
    for (int j = 0; kinds[1] < 0.3 && n > 2 && j < d; j++) {
        tiny.x[(n - 1) * d + j] = tiny.x[j];
        tiny.x[(n - 2) * d + j] = -3 * tiny.x[j];
    }
    for (int j = 0; kinds[2] < 0.2 && j < d; j++) tiny.x[(n / 2) * d + j] = 0;
    for (int i = 0; kinds[3] < 0.5 && d > 1 && i < n; i++)
        tiny.x[i * d + d - 1] = kinds[3] < 0.1 ? 2 * tiny.x[i * d] : kinds[3] < 0.2 ? 0 : 1;
    tiny.weighted = kinds[4] < 0.5;
    for (int i = 0; i < n; i++) tiny.weights[i] = i && tiny.weights[i] < 0.2 ? 0 : 5 * tiny.weights[i];
    tiny.beta = 0.5 * pow(10, -4 * kinds[5]);
    return tiny;
}

/* The problem as the library has it: a view of tiny. */
static inline struct cvxnn__instance tiny_instance(const struct tiny *tiny) {
    return instance_of(tiny->n, tiny->d, tiny->x, tiny->y, tiny_weights(tiny), tiny->beta);
}

/* h(nu), or h(-nu) for side 1, by the oracle. */
static inline double tiny_side(const struct tiny *tiny, const double *nu, int side) {
    double signed_nu[ORACLE_MOST_ROWS];
    for (int i = 0; i < tiny->n; i++) signed_nu[i] = side ? -nu[i] : nu[i];
    return oracle_h(tiny->n, tiny->d, tiny->x, signed_nu);
}

/* The same problem in other units: X times data, y times targets; optimal values are multiplied by targets^2.
 */
static inline struct tiny tiny_scaled(struct tiny tiny, double data, double targets) {
    for (int e = 0; e < tiny.n * tiny.d; e++) tiny.x[e] *= data;
    for (int i = 0; i < tiny.n; i++) tiny.y[i] *= targets;
    tiny.beta *= data * targets;
    return tiny;
}

#endif
