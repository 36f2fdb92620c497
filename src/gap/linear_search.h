/*
 * The linear form optimised: the search for the slopes and multipliers that make the bound of linear_bound.h
 * on h(nu) small. What it finds is proved by cvxnn__linear_bound alone, so nothing here needs to be exact.
 *
 * Over lambda the bound is the dual of a semidefinite program, max |sum_i V_i a_i'|_F over unit vectors V_i
 * in R^k (a_i = k_i x_i, and a_0), whose low-rank form is solved by mixing steps (Wang, Chang & Kolter 2017),
 * taken for all i at once: with G = sum_i V_i a_i', V_i <- G a_i / |G a_i|, and lambda_i = |G a_i| at the
 * end. Over the slopes of the rows with nu_i < 0 it is convex, with a gradient along x_i . G'G a_0: projected
 * steps.
 */
#ifndef CVXNN_GAP_LINEAR_SEARCH_H
#define CVXNN_GAP_LINEAR_SEARCH_H

#include "gap/linear_bound.h"

struct cvxnn__linear_search {
    const struct cvxnn__rows *rows;
    double *nu;             /* n */
    double *slope, *lambda; /* n and n + 1: the best found, as in cvxnn__linear_form */
    double value;           /* proved: h(nu) <= value with these; INFINITY before the first step */
    int64_t rank;           /* k */
    double *directions;     /* k x d: G */
    double *products;       /* n x k: G x_i; for a moment k_i V_i */
    double *base, *pull;    /* d: a_0; k: G a_0 */
    double *trial_slope, *trial_lambda;
    double *gradient; /* n */
    double *probe;    /* k: leading eigenvector of the slopes' Hessian, by power steps */
    double step;      /* of the slopes, as a multiple of 1 / (largest eigenvalue of that Hessian) */
};

/* Begins with nu = sign * given (n numbers), every slope nu_i / 2. The arrays are taken from scope; look at
 * scope->failed before anything else is done with the search. */
void cvxnn__linear_search_begin(struct cvxnn__scope *scope, const struct cvxnn__rows *rows,
                                const double *given, double sign, struct cvxnn__linear_search *search);

/* One iteration; value never rises. A positive status is a stop, after which the search may go on. */
int32_t cvxnn__linear_search_step(struct cvxnn__context *context, struct cvxnn__linear_search *search);

#endif
