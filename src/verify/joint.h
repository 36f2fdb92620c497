/*
 * One row of a certificate of order 2 whose kinks are bounded in all directions (docs/certificate.md, theorem
 * 2e). With x the row over its unit, t = x . u, and the vectors of polynomials m(u) = (1, u, t u), o(u) = (1,
 * u), a row holds for each half of the sphere two lower triangular factors, S of order 2d + 1 and R of order
 * d + 1:
 *
 *   t <= 0:  q  = |S' m|^2 - t |R' o|^2  >= 0
 *   t >= 0:  q' = |S' m|^2 + t |R' o|^2 + slope t  >= slope t
 *
 * so that slope (t)_+ <= q + |q - q'|: sums of squares by construction, nothing is left to test but how far q
 * is from q'. On the sphere such a polynomial is  u'Eu + t^2 u'Fu + g.u + t u'Ku,  and q = q' where E, F, g,
 * K are equal but for t^2 |u|^2 = t^2 and t |u|^2 = t.
 */
#ifndef CVXNN_VERIFY_JOINT_H
#define CVXNN_VERIFY_JOINT_H

#include <stdint.h>

/* Numbers of one half: S, then R, row by row up to the diagonal. A row has two halves, t <= 0 first. */
int64_t cvxnn__joint_half(int64_t d);

int64_t cvxnn__joint_work(int64_t d); /* doubles */

/* half < 0: never below the largest |q - q'| on the sphere. 0 or 1: on a cell where t <= 0, where t >= 0, one
 * polynomial alone is above the kink; for 1, q' takes the place of q; then what is returned is rounding
 * alone. INFINITY where a number of either half is not finite. *terms, rounded up: not below the magnitudes
 * of all terms that q is a sum of, at any point. x: d numbers of magnitude <= 1, radius >= |x|. matrix (lower
 * triangle, size of order 2) += a symmetric V with v'Vv = q, up to rounding: each term goes through at most
 * 2d + 16 roundings. */
double cvxnn__joint_row(int64_t d, int half, const double *x, double radius, double slope,
                        const double *factors, double *matrix, double *terms, double *work);

#endif
