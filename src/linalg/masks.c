/* Masks: packed patterns, bit by bit. See masks.h; the products are in masks_products.c. */
#include "linalg/masks.h"

void cvxnn__masks_take(struct cvxnn__scope *scope, int64_t n, int64_t count, struct cvxnn__masks *masks) {
    masks->n = n;
    masks->count = count;
    masks->blocks = (n + CVXNN__MASK_ROWS - 1) / CVXNN__MASK_ROWS;
    masks->words = cvxnn__take_zeroed(scope, masks->blocks, count, (int64_t)sizeof *masks->words);
}

void cvxnn__masks_pack_block(struct cvxnn__masks *masks, int64_t block, int64_t first, int64_t count,
                             const double *products, int64_t ld) {
    int64_t left = masks->n - block * CVXNN__MASK_ROWS;
    uint64_t *words = masks->words + block * masks->count + first;
    for (int64_t p = 0; p < count; p++) words[p] = 0;
    for (int64_t bit = 0; bit < CVXNN__MASK_ROWS && bit < left; bit++)
        for (int64_t p = 0; p < count; p++) words[p] |= (uint64_t)(products[bit * ld + p] >= 0) << bit;
}

void cvxnn__masks_pack(struct cvxnn__masks *masks, int64_t first, int64_t count, const double *products,
                       int64_t ld) {
    for (int64_t b = 0; b < masks->blocks; b++)
        cvxnn__masks_pack_block(masks, b, first, count, products + b * CVXNN__MASK_ROWS * ld, ld);
}

int cvxnn__masks_get(const struct cvxnn__masks *masks, int64_t p, int64_t row) {
    return (int)(masks->words[row / CVXNN__MASK_ROWS * masks->count + p] >> (row % CVXNN__MASK_ROWS) & 1);
}

int64_t cvxnn__masks_ones(const struct cvxnn__masks *masks, int64_t p) {
    int64_t ones = 0;
    for (int64_t b = 0; b < masks->blocks; b++)
        ones += __builtin_popcountll(masks->words[b * masks->count + p]);
    return ones;
}

void cvxnn__masks_select(struct cvxnn__scope *scope, const struct cvxnn__masks *from, const int64_t *chosen,
                         int64_t count, struct cvxnn__masks *masks) {
    cvxnn__masks_take(scope, from->n, count, masks);
    if (!masks->words) return;
    for (int64_t b = 0; b < from->blocks; b++)
        for (int64_t p = 0; p < count; p++)
            masks->words[b * count + p] = from->words[b * from->count + chosen[p]];
}
