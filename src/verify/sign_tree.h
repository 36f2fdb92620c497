/*
 * The sphere cut into cells by the signs of rows (docs/certificate.md, theorem 2f): a binary tree whose inner
 * nodes are rows. Row i cuts a cell into the part where t_i = x_i . u / unit_i <= 0 and the part where t_i >=
 * 0, so that whatever the rows, the leaves cover the sphere.
 */
#ifndef CVXNN_VERIFY_SIGN_TREE_H
#define CVXNN_VERIFY_SIGN_TREE_H

#include <stdint.h>

enum { CVXNN__MOST_LEAVES = 32, CVXNN__MOST_NODES = 2 * CVXNN__MOST_LEAVES - 1 };

struct cvxnn__sign_tree {
    int64_t leaves; /* 1 .. CVXNN__MOST_LEAVES; there are 2 leaves - 1 nodes */
    /* In preorder: the row that cuts, then the tree of t <= 0, then the other; -1: a leaf. */
    int64_t nodes[CVXNN__MOST_NODES];
};

/* The whole sphere. */
struct cvxnn__sign_tree cvxnn__sign_tree_whole(void);

/* halves[i] = 0 or 1 where row i has cut the cell of this leaf off: it lies in t_i <= 0, in t_i >= 0. -1 for
 * the other rows. */
void cvxnn__sign_tree_halves(const struct cvxnn__sign_tree *tree, int64_t leaf, int64_t n,
                             signed char *halves);

/* Cuts a leaf by a row; the leaves behind it move by one. There must be room. */
void cvxnn__sign_tree_cut(struct cvxnn__sign_tree *tree, int64_t leaf, int64_t row);

#endif
