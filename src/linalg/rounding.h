/*
 * Rounding: the model of floating-point arithmetic that every proved number rests on, and outward rounding.
 *
 *   fl(a op b) = (a op b)(1 + e) + f,  |e| <= CVXNN__UNIT,  |f| <= CVXNN__TINY,  e f = 0, f = 0 for + and -
 *
 * for IEEE 754 binary64, whatever the rounding direction: to nearest, |e| <= 2^-53 and |f| <= 2^-1075 hold,
 * so that both constants leave a margin. A sum of m terms that each went through at most m roundings, in
 * any order, fused or not, is off by at most gamma_m times the sum of the terms' magnitudes, gamma_m =
 * m unit / (1 - m unit) (Higham 2002, sections 3.1 and 4.2); cvxnn__gamma is never below it for m < 2^40.
 *
 * A compiler that may reorder sums, replace divisions, forget infinities or keep intermediate results in
 * wider registers does not follow this model: what it compiles proves nothing, so it is refused here.
 */
#ifndef CVXNN_LINALG_ROUNDING_H
#define CVXNN_LINALG_ROUNDING_H

#include <float.h>
#include <math.h>
#include <stdint.h>

#if defined __FAST_MATH__ || defined __ASSOCIATIVE_MATH__ || defined __RECIPROCAL_MATH__ || \
    __FINITE_MATH_ONLY__
#error "cvxnn proves its bounds by IEEE arithmetic: compile without -Ofast, -ffast-math and its parts"
#endif
#if FLT_EVAL_METHOD != 0
#error "cvxnn proves its bounds by IEEE arithmetic in double: compile for SSE2 (-msse2 -mfpmath=sse), not x87"
#endif

#define CVXNN__UNIT DBL_EPSILON /* 2^-52 */
#define CVXNN__TINY DBL_MIN     /* 2^-1022 */

/* Twice m unit: the half that gamma_m does not need pays for the roundings of what it is multiplied with. */
static inline double cvxnn__gamma(int64_t m) {
    return 2 * (double)m * CVXNN__UNIT;
}

/* For x = fl(expression of one operation): not below, not above the exact result. */
static inline double cvxnn__up(double x) {
    return nextafter(x, INFINITY);
}
static inline double cvxnn__down(double x) {
    return nextafter(x, -INFINITY);
}

#endif
