/*
 * A certificate: the numbers that prove a lower bound on the optimum of (NN) for one instance, and nothing
 * else. Sphere polynomials of order k (docs/certificate.md; the moment and sums-of-squares hierarchy of the
 * sphere, with the kinks of the rows bounded one at a time):
 *
 *   sum_i nu_i (x_i . u)_+  <=  sum_i s_i + sum_i q_i(t_i),   t_i = x_i . u / unit_i,   q_i a polynomial of
 * degree
 *   <= 2k without constant term,  s_i >= max of unit_i nu_i (t)_+ - q_i(t) over |t| <= |x_i| / unit_i,
 *   sum_i q_i(t_i) = v' W v on the sphere |u| = 1,   v' W v <= 2 lambda_max(W),
 *
 * where v = v(u) holds the monomials of degree k - 1, then those of degree k, each in the order of
 * monomials.h and times the square root of its multiplicity, so that |v|^2 = 2. unit_i is the least power of
 * two not below the largest magnitude in row i, which makes x_i / unit_i exact (a row of zeros: 1).
 *
 * Of order 2 there is a second kind (joint): q_i is any polynomial in u of degree 4, which sums of squares
 * show to be above the kink (joint.h), and s_i is what these leave open. The sphere may then be cut into
 * cells by the signs of rows (sign_tree.h), a tree for each side, with q and W of its own for each leaf.
 *
 * There are two sides: side 0 proves h(nu), side 1 h(-nu). Nothing in a certificate is trusted: s_i,
 * lambda_max and what is left of the identity between the polynomials are bounded by whoever checks it
 * (sphere_check.h).
 */
#ifndef CVXNN_VERIFY_CERTIFICATE_H
#define CVXNN_VERIFY_CERTIFICATE_H

#include <stdint.h>

#include "base/memory.h"
#include "verify/sign_tree.h"

/* Polynomials of degree 20 in many variables are beyond any matrix that can be factorised. */
enum { CVXNN__MOST_ORDER = 10 };

struct cvxnn__certificate {
    int64_t n, d, order;    /* d counts the constant column; 1 <= order <= CVXNN__MOST_ORDER */
    double *nu;             /* n: any multiple of a dual vector; its scale is chosen by the check */
    double *polynomials[2]; /* n x 2 order: row i is the coefficients of t, t^2, .., t^(2 order) in q_i */
    int joint;              /* 1: order is 2, and factors stand in place of polynomials */
    struct cvxnn__sign_tree trees[2]; /* of one leaf each, unless joint */
    /* A leaf's, those of side 0 first: n x 2 halves x cvxnn__joint_half(d). */
    double *factors[2 * CVXNN__MOST_LEAVES];
    /* A leaf's: size x size, row-major, W; the lower triangle is read. */
    double *matrix[2 * CVXNN__MOST_LEAVES];
};

/* Of both sides; those of side 0 come first. */
int64_t cvxnn__certificate_leaves(const struct cvxnn__certificate *certificate);
/* Regions of the sphere that are bounded apart; 1: neither tree is cut. */
int64_t cvxnn__certificate_regions(const struct cvxnn__certificate *certificate);
int cvxnn__certificate_side(const struct cvxnn__certificate *certificate, int64_t leaf);

/* C(d + order - 2, order - 1) + C(d + order - 1, order); -1 when the matrix would be past 2^31 entries. */
int64_t cvxnn__certificate_size(int64_t d, int64_t order);

/* Arrays for a certificate, zeroed (which proves 0), from scope: look at scope->failed, also set where the
 * shape is out of range. */
void cvxnn__certificate_take(struct cvxnn__scope *scope, int64_t n, int64_t d, int64_t order,
                             struct cvxnn__certificate *certificate);

/* The same for one of order 2 with kinks in all directions, and arrays for so many leaves in all, at least 2:
 * one a side to begin with. */
void cvxnn__certificate_take_joint(struct cvxnn__scope *scope, int64_t n, int64_t d, int64_t leaves,
                                   struct cvxnn__certificate *certificate);

/* What both are made of: nu and trees of one leaf, then the arrays of leaf after leaf. */
void cvxnn__certificate_take_trunk(struct cvxnn__scope *scope, int64_t n, int64_t d, int64_t order, int joint,
                                   struct cvxnn__certificate *certificate);
void cvxnn__certificate_take_leaf(struct cvxnn__scope *scope, int64_t leaf,
                                  struct cvxnn__certificate *certificate);

/* Copies the numbers of a certificate of the same shape; there must be arrays for its leaves. */
void cvxnn__certificate_copy(const struct cvxnn__certificate *from, struct cvxnn__certificate *to);

/* The exponent e of unit = 2^e of a row. */
int cvxnn__row_unit(int64_t d, const double *row);

#endif
