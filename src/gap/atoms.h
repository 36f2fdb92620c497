/*
 * Directions that a certificate is about. Where v'Wv is largest on the sphere, the bound on h is attained:
 * with h exact these would be the optimal neurons, and the program's moment matrices live in the same
 * eigenspace (complementary slackness). A leading eigenvector w that is v(u) for some u has w as its
 * multiple, and u is read off the part of odd degree m by contraction with |u|^2 = 1:
 *
 *   sum over r of multiplicity(r) u^(2r) u_i = u_i,   r the monomials of degree (m - 1) / 2.
 *
 * Where several u share the eigenspace the eigenvectors are mixtures, and so are these directions: starts for
 * an ascent (patterns/price.h), no more.
 */
#ifndef CVXNN_GAP_ATOMS_H
#define CVXNN_GAP_ATOMS_H

#include "base/context.h"
#include "verify/certificate.h"

/* Unit vectors and their opposites, `each` eigenvectors a side at most: *directions (*count x d, from scope),
 * *count <= 4 each. MEMORY, positive: stopped. */
int32_t cvxnn__certificate_atoms(struct cvxnn__context *context, struct cvxnn__scope *scope,
                                 const struct cvxnn__certificate *certificate, int64_t each,
                                 double **directions, int64_t *count);

#endif
