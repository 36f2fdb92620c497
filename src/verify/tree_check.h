/*
 * Regions of the sphere: h(z) = max over |u| <= 1 of sum_i z_i (x_i . u)_+ proved to be at most beta by
 * cutting the directions into cells until a simple bound does for each.
 *
 * h is homogeneous, so the faces of the cube |u|_inf = 1 stand for all directions. A cell is a box on a face,
 * centre c and half widths r, one coordinate fixed at +1 or -1. There x_i . u lies in [L_i, H_i], and
 *
 *   z_i (t)_+ <= s_i t + k_i,   z_i > 0:  s_i = z_i H_i / (H_i - L_i),  k_i = max(-s_i L_i, (z_i - s_i) H_i)
 *                               z_i < 0:  s_i = any slope in [z_i, 0],  k_i = 0
 *
 * on it; a row whose sign is settled is linear itself (s_i = z_i or 0, k_i = 0). With g = sum_i s_i x_i, K =
 * sum_i k_i and any vector e with |e| <= 1 (here c / |c|), beta |u| >= beta e . u, so that
 *
 *   (g - beta e) . c + sum_j r_j |g_j - beta e_j| + K <= 0
 *
 * proves sum_i z_i (x_i . u)_+ <= beta |u| on the cell (cell.c). Otherwise the cell is halved across the
 * coordinate that blurs the bound most. The error of the bound is of second order in r where a maximum is, so
 * few cells are needed there.
 *
 * The tree follows from z and beta by this rule; there is nothing to store but z. Rounding:
 * docs/certificate.md.
 */
#ifndef CVXNN_VERIFY_TREE_CHECK_H
#define CVXNN_VERIFY_TREE_CHECK_H

#include "linalg/rows.h"

enum cvxnn__tree_verdict {
    CVXNN__TREE_HOLDS,     /* h(z) <= beta is proved */
    CVXNN__TREE_FAILS,     /* a direction was found with a value above beta |u| */
    CVXNN__TREE_UNDECIDED, /* most_cells were looked at, or a cell became too small to be halved */
};

struct cvxnn__tree_report {
    enum cvxnn__tree_verdict verdict;
    int64_t cells;  /* looked at */
    int64_t leaves; /* proved */
    double ratio;   /* the largest of sum_i z_i (x_i . u)_+ / (beta |u|) that was met; 0: nothing above it */
};

/* z: n doubles, taken as they are; beta > 0. The same for any number of threads. O(n d) a cell, less where
 * signs are settled. Positive statuses are stops: undecided then. MEMORY, SHAPE for d = 0. */
int32_t cvxnn__tree_check(struct cvxnn__context *context, const struct cvxnn__rows *rows, const double *z,
                          double beta, int64_t most_cells, struct cvxnn__tree_report *report);

#endif
