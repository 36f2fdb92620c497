/*
 * From the multipliers of a row's moment matrices to sums of squares (verify/joint.h). The linear step
 * satisfies the identity q = q' between the two halves exactly and is semidefinite up to its residual. What
 * is missing is added so that the identity stays: e |m|^2 on both sides, and f (1 + t^2), which is (1 + t)^2
 * - 2 t on the side of t <= 0 and (1 - t)^2 + 2 t on the other.
 */
#ifndef CVXNN_GAP_JOINT_FACTORS_H
#define CVXNN_GAP_JOINT_FACTORS_H

#include "gap/joint_rows.h"

int64_t cvxnn__joint_factors_work(const struct cvxnn__joint_rows *rows);

/* factors of row i (both halves) of a certificate. squares[h], multiples[h]: symmetric matrices of order 2d +
 * 1 and d + 1 over m and o in the row's frame times powers of SCALE, t = x . u / |x|; overwritten. ratio:
 * unit_i / |x_i|, what t is in the certificate's unit. only >= 0: the half that proves something, while
 * the other is factorised as it comes, zeros where it is not definite; else -1. */
void cvxnn__joint_factors(const struct cvxnn__joint_rows *rows, int64_t i, int only, double ratio,
                          double *const squares[2], double *const multiples[2], double *factors,
                          double *work);

#endif
