/* Masks: packed patterns and the masked products. See masks.h. */
#include "linalg/masks.h"

#include "linalg/blas.h"

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

int32_t cvxnn__masks_gradient(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                              const struct cvxnn__masks *masks, const double *r, double *g, int64_t ldg) {
    struct cvxnn__scope scope;
    int64_t d = rows->d;
    cvxnn__scope_open(&scope, context->memory);
    double *row = cvxnn__doubles(&scope, d, 1);
    int32_t status = row ? CVXNN_OK : cvxnn__fail_memory(context);
    for (int64_t p = 0; !status && p < masks->count; p++)
        for (int64_t j = 0; j < d; j++) g[p * ldg + j] = 0;
    for (int64_t i = 0; !status && i < rows->n; i++) {
        cvxnn__rows_tile(rows, i, 1, 0, d, row, d);
        for (int64_t p = 0; p < masks->count; p++)
            if (cvxnn__masks_get(masks, p, i)) cvxnn__axpy(d, r[i], row, g + p * ldg);
    }
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn__masks_forward(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                             const struct cvxnn__masks *masks, const double *w, int64_t ldw, double *f) {
    struct cvxnn__scope scope;
    int64_t d = rows->d;
    cvxnn__scope_open(&scope, context->memory);
    double *row = cvxnn__doubles(&scope, d, 1), *sum = cvxnn__doubles(&scope, d, 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    for (int64_t i = 0; !status && i < rows->n; i++) {
        for (int64_t j = 0; j < d; j++) sum[j] = 0;
        for (int64_t p = 0; p < masks->count; p++)
            if (cvxnn__masks_get(masks, p, i)) cvxnn__axpy(d, 1, w + p * ldw, sum);
        cvxnn__rows_tile(rows, i, 1, 0, d, row, d);
        f[i] = cvxnn__dot(d, row, sum);
    }
    cvxnn__scope_close(&scope);
    return status;
}
