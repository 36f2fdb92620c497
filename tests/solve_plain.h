/*
 * A small problem as a user poses it and in plain arrays, its solver, and the objective by the header's
 * formulas from a model's weights: for the suites solve and solve_events.
 */
#ifndef CVXNN_TESTS_SOLVE_PLAIN_H
#define CVXNN_TESTS_SOLVE_PLAIN_H

#include "fixture.h"

enum { SOLVE_N = 40, SOLVE_D = 3, SOLVE_P = 30, SOLVE_WIDE = SOLVE_D + 1 };

struct plain {
    int n, d; /* d counts the bias */
    double x[SOLVE_N][SOLVE_WIDE], y[SOLVE_N], s[SOLVE_N], beta;
};

enum {
    SOLVE_STANDARDIZE = 1,
    SOLVE_BIAS = 2,
    SOLVE_FLOAT = 4,
    SOLVE_COLUMN = 8,
    SOLVE_BORROW = 16,
    SOLVE_WEIGHTED = 32
};

struct made {
    double x[SOLVE_N * SOLVE_D], y[SOLVE_N], s[SOLVE_N];
    float narrow[SOLVE_N * SOLVE_D];
    struct plain plain;
    cvxnn_problem *problem;
    cvxnn_solver *solver;
};

enum { SOLVE_METHODS = 5 };
extern const int64_t solve_methods[SOLVE_METHODS];

double solve_wave(int k); /* in [-2, 2), as irregular as the data */

/* how: of SOLVE_STANDARDIZE and so on. */
void solve_make(struct made *made, int how, int64_t method);
void solve_drop(struct made *made);

double solve_weights(const struct plain *plain); /* S */

/* The objective of a model from its weights (and gates): (NN)'s, or (G)'s of a gated one; nu (n, or NULL):
 * its residual. */
double solve_objective(const struct plain *plain, const cvxnn_model *model, double *nu);

#endif
