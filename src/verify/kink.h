/*
 * One row of a certificate: a proved upper bound on
 *
 *   max over |t| <= radius of  slope (t)_+ - q(t),   q(t) = c_1 t + .. + c_D t^D.
 *
 * A polynomial on an interval is at most its largest Bernstein coefficient there, and equals the first and
 * the last coefficient at the ends; halving the interval (de Casteljau) lets the two meet quadratically (e.g.
 * Garloff 1985).
 */
#ifndef CVXNN_VERIFY_KINK_H
#define CVXNN_VERIFY_KINK_H

#include <stdint.h>

/* degree <= 2 CVXNN__MOST_ORDER. The maximum is >= 0, attained at t = 0 if nowhere else. INFINITY where a
 * number is not finite. */
double cvxnn__kink_bound(double slope, int64_t degree, const double *coefficients, double radius);

#endif
