/* Cells of rows' signs. See sign_tree.h. */
#include "verify/sign_tree.h"

#include <string.h>

struct cvxnn__sign_tree cvxnn__sign_tree_whole(void) {
    struct cvxnn__sign_tree tree = {.leaves = 1, .nodes = {-1}};
    return tree;
}

/* From *node on, past as many leaves as *before says; 1 when the leaf is reached, with the way to it in
 * halves. */
static int walk(const struct cvxnn__sign_tree *tree, int64_t *node, int64_t *before, signed char *halves) {
    int64_t row = tree->nodes[(*node)++];
    if (row < 0) return (*before)-- == 0;
    signed char outer = halves[row];
    for (signed char half = 0; half < 2; half++) {
        halves[row] = half;
        if (walk(tree, node, before, halves)) return 1;
    }
    halves[row] = outer;
    return 0;
}

void cvxnn__sign_tree_halves(const struct cvxnn__sign_tree *tree, int64_t leaf, int64_t n,
                             signed char *halves) {
    int64_t node = 0, before = leaf;
    memset(halves, -1, (size_t)n);
    walk(tree, &node, &before, halves);
}

void cvxnn__sign_tree_cut(struct cvxnn__sign_tree *tree, int64_t leaf, int64_t row) {
    int64_t node = 0, count = 2 * tree->leaves - 1;
    for (int64_t before = leaf; tree->nodes[node] >= 0 || before-- > 0;) node++;
    memmove(tree->nodes + node + 2, tree->nodes + node, (size_t)(count - node) * sizeof *tree->nodes);
    tree->nodes[node] = row;
    tree->nodes[node + 1] = -1; /* the leaf itself has become the second one */
    tree->leaves++;
}
