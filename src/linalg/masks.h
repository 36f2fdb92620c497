/*
 * Masks: hyperplane-arrangement patterns packed to bits, and the two products that everything
 * convex is made of (docs/math.md, "masked products"):
 *
 *   gradient  G_p = X' D_p r          p = 1 .. count        G: count x d
 *   forward   f   = sum_p D_p X w_p                         W: count x d
 *
 * with D_p = diag(mask p). Rows are taken in a fixed order, so results have the same bits for any
 * number of threads and on any instruction set.
 *
 * The same in single precision (..._single) is faster and has at most this error (u = 2^-24):
 *
 *   |error of G_pj| <= 32 u sum_i |r_i x_ij| over the rows of mask p
 *   |error of f_i|  <= 32 u sum_p sum_j |w_pj x_ij| over the masks of row i
 *
 * and what double precision has: a source r_i x_ij or w_pj is rounded once to float and takes part in at most
 * 30 additions of floats, whatever n and the number of masks; all else is done in double. Sources beyond the
 * range of float become infinite, below 2^-126 they lose relative precision.
 */
#ifndef CVXNN_LINALG_MASKS_H
#define CVXNN_LINALG_MASKS_H

#include <stdint.h>

#include "linalg/rows.h"

/* Rows that share one word; the highest bits of a word beyond it stay 0. */
enum { CVXNN__MASK_ROWS = 48 };

struct cvxnn__masks {
    int64_t n, count;
    int64_t blocks;  /* ceil(n / CVXNN__MASK_ROWS) */
    uint64_t *words; /* words[block * count + p]: bit b is row block * CVXNN__MASK_ROWS + b of mask p */
};

/* All bits 0, words owned by scope. masks->words is NULL when memory ran out. */
void cvxnn__masks_take(struct cvxnn__scope *scope, int64_t n, int64_t count, struct cvxnn__masks *masks);

/* Rows of one block of masks first .. first + count - 1 become 1[products >= 0]; products: the block's rows x
 * count, row-major. Different blocks may be packed at once. */
void cvxnn__masks_pack_block(struct cvxnn__masks *masks, int64_t block, int64_t first, int64_t count,
                             const double *products, int64_t ld);

/* The same for every block, products n x count row-major. */
void cvxnn__masks_pack(struct cvxnn__masks *masks, int64_t first, int64_t count, const double *products,
                       int64_t ld);

int cvxnn__masks_get(const struct cvxnn__masks *masks, int64_t p, int64_t row);
int64_t cvxnn__masks_ones(const struct cvxnn__masks *masks, int64_t p);

/* Masks chosen[0 .. count - 1] of `from` as masks of their own. */
void cvxnn__masks_select(struct cvxnn__scope *scope, const struct cvxnn__masks *from, const int64_t *chosen,
                         int64_t count, struct cvxnn__masks *masks);

/* G (count x d, leading dimension ldg) = X' D_p r for every mask; r has n numbers. */
int32_t cvxnn__masks_gradient(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                              const struct cvxnn__masks *masks, const double *r, double *g, int64_t ldg);

/* f (n) = sum_p D_p X w_p, W count x d with leading dimension ldw. */
int32_t cvxnn__masks_forward(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                             const struct cvxnn__masks *masks, const double *w, int64_t ldw, double *f);

/* Both in single precision; data and results stay double. */
int32_t cvxnn__masks_gradient_single(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                                     const struct cvxnn__masks *masks, const double *r, double *g,
                                     int64_t ldg);
int32_t cvxnn__masks_forward_single(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                                    const struct cvxnn__masks *masks, const double *w, int64_t ldw,
                                    double *f);

#endif
