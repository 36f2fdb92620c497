/*
 * The masked products G_p = X'D_p r and f = sum_p D_p X w_p by table look-up. Both are the same operation on
 * small tables (lookup.h), with the roles of rows and patterns exchanged:
 *
 *   gradient  sources are 48 rows r_i x_i (8 columns of them), words are the masks of every pattern in these
 * rows; forward   sources are 48 vectors w_p, words are the bits of every row over these patterns, which a
 * bit transposition makes from the masks; the sum for row i then meets x_i in a scalar product.
 *
 * Sums run over blocks of 48 rows (or patterns) in order, whatever the threads do.
 */
#include <string.h>

#include "linalg/lookup.h"
#include "linalg/masks.h"

/* Columns of one tile; patterns of one gradient task; blocks of 48 rows of one forward task. The last two
 * only share work out among threads: no sum crosses them. */
enum { WIDTH = CVXNN__LOOKUP_WIDTH, ROWS = CVXNN__MASK_ROWS, TASK_PATTERNS = 2048, TASK_BLOCKS = 40 };

struct product {
    const struct cvxnn__rows *rows;
    const struct cvxnn__masks *masks;
    cvxnn__lookup_fn lookup;
    int digit;
    const double *in; /* r, or W */
    int64_t ldin;
    double *out; /* G, or f */
    int64_t ldout;
    int64_t column_tiles; /* ceil(d / WIDTH) */
    double *sums;         /* sums_each doubles a task */
    int64_t sums_each;
    uint64_t *turned; /* forward: turned_each words a task */
    int64_t turned_each;
};

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t pieces(int64_t total, int64_t each) {
    return (total + each - 1) / each;
}

/* tile (48 x 8, the rest zero) = entries of rows i.. and columns j.. */
static void read_tile(const struct cvxnn__rows *rows, int64_t i, int64_t j, double *tile) {
    int64_t count = least(ROWS, rows->n - i), width = least(WIDTH, rows->d - j);
    if (count < ROWS || width < WIDTH) memset(tile, 0, ROWS * WIDTH * sizeof *tile);
    cvxnn__rows_tile(rows, i, count, j, width, tile, WIDTH);
}

/* ---- Gradient ------------------------------------------------------------------------------------ */

/* One column tile for one run of patterns. */
static void gradient_task(void *argument, int64_t task) {
    const struct product *product = argument;
    const struct cvxnn__masks *masks = product->masks;
    int64_t j = task % product->column_tiles * WIDTH, first = task / product->column_tiles * TASK_PATTERNS;
    int64_t count = least(TASK_PATTERNS, masks->count - first), width = least(WIDTH, product->rows->d - j);
    double *sums = product->sums + task * product->sums_each;
    _Alignas(64) double tile[ROWS * WIDTH];
    memset(sums, 0, (size_t)(count * WIDTH) * sizeof *sums);
    for (int64_t block = 0; block < masks->blocks; block++) {
        int64_t i = block * ROWS, rows = least(ROWS, masks->n - i);
        read_tile(product->rows, i, j, tile);
        for (int64_t r = 0; r < rows; r++)
            for (int k = 0; k < WIDTH; k++) tile[r * WIDTH + k] *= product->in[i + r];
        product->lookup(count, masks->words + block * masks->count + first, product->digit, tile, sums);
    }
    for (int64_t p = 0; p < count; p++)
        memcpy(product->out + (first + p) * product->ldout + j, sums + p * WIDTH,
               (size_t)width * sizeof *sums);
}

int32_t cvxnn__masks_gradient(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                              const struct cvxnn__masks *masks, const double *r, double *g, int64_t ldg) {
    struct product product = {.rows = rows, .masks = masks, .in = r, .out = g, .ldout = ldg};
    struct cvxnn__scope scope;
    if (masks->count == 0) return CVXNN_OK;
    product.lookup = cvxnn__lookup_best();
    product.digit = cvxnn__lookup_digit(masks->count);
    product.column_tiles = pieces(rows->d, WIDTH);
    int64_t tasks = product.column_tiles * pieces(masks->count, TASK_PATTERNS);
    product.sums_each = least(TASK_PATTERNS, masks->count) * WIDTH;
    cvxnn__scope_open(&scope, context->memory);
    product.sums = cvxnn__doubles(&scope, tasks, product.sums_each);
    if (product.sums) cvxnn__run(context->team, tasks, gradient_task, &product);
    int failed = scope.failed;
    cvxnn__scope_close(&scope);
    return failed ? cvxnn__fail_memory(context) : CVXNN_OK;
}

/* ---- Forward --------------------------------------------------------------------------------------- */

/* Transposes a 64 x 64 bit matrix in place: bit c of a[r] becomes bit r of a[c] (blocks of halving size are
 * exchanged; Warren, Hacker's Delight, section 7-3). */
static void transpose64(uint64_t a[64]) {
    uint64_t mask = 0x00000000FFFFFFFFu;
    for (int size = 32; size > 0; size /= 2, mask ^= mask << size)
        for (int r = 0; r < 64; r = ((r | size) + 1) & ~size) {
            uint64_t moved = ((a[r] >> size) ^ a[r | size]) & mask;
            a[r] ^= moved << size;
            a[r | size] ^= moved;
        }
}

/* Words over patterns: turned[q * rows + r] has bit p for pattern 48 q + p of row r of the task. */
static void turn(const struct cvxnn__masks *masks, int64_t first_block, int64_t blocks, uint64_t *turned) {
    int64_t groups = pieces(masks->count, ROWS), rows = blocks * ROWS;
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t q = 0; q < groups; q++) {
            uint64_t square[64] = {0};
            int64_t count = least(ROWS, masks->count - q * ROWS);
            memcpy(square, masks->words + (first_block + b) * masks->count + q * ROWS,
                   (size_t)count * sizeof *square);
            transpose64(square);
            memcpy(turned + q * rows + b * ROWS, square, ROWS * sizeof *square);
        }
}

/* f of rows i.. gains the scalar products of their sums with columns j.. of X. */
static void meet(const struct product *product, int64_t i, int64_t j, const double *sums) {
    _Alignas(64) double tile[ROWS * WIDTH];
    int64_t rows = least(ROWS, product->rows->n - i);
    read_tile(product->rows, i, j, tile);
    for (int64_t r = 0; r < rows; r++) {
        double f = 0;
        for (int k = 0; k < WIDTH; k++) f += tile[r * WIDTH + k] * sums[r * WIDTH + k];
        product->out[i + r] = j == 0 ? f : product->out[i + r] + f;
    }
}

/* A run of row blocks, all columns. */
static void forward_task(void *argument, int64_t task) {
    const struct product *product = argument;
    const struct cvxnn__masks *masks = product->masks;
    struct cvxnn__rows w = cvxnn__rows_of(masks->count, product->rows->d, product->in, product->ldin);
    int64_t first_block = task * TASK_BLOCKS, blocks = least(TASK_BLOCKS, masks->blocks - first_block);
    double *sums = product->sums + task * product->sums_each;
    uint64_t *turned = product->turned + task * product->turned_each;
    _Alignas(64) double tile[ROWS * WIDTH];
    turn(masks, first_block, blocks, turned);
    for (int64_t j = 0; j < product->rows->d; j += WIDTH) {
        memset(sums, 0, (size_t)(blocks * ROWS * WIDTH) * sizeof *sums);
        for (int64_t p = 0; p < masks->count; p += ROWS) {
            read_tile(&w, p, j, tile);
            product->lookup(blocks * ROWS, turned + p / ROWS * blocks * ROWS, product->digit, tile, sums);
        }
        for (int64_t b = 0; b < blocks; b++)
            meet(product, (first_block + b) * ROWS, j, sums + b * ROWS * WIDTH);
    }
}

int32_t cvxnn__masks_forward(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                             const struct cvxnn__masks *masks, const double *w, int64_t ldw, double *f) {
    struct product product = {.rows = rows, .masks = masks, .in = w, .ldin = ldw, .out = f};
    struct cvxnn__scope scope;
    if (masks->count == 0) {
        memset(f, 0, (size_t)rows->n * sizeof *f);
        return CVXNN_OK;
    }
    int64_t tasks = pieces(masks->blocks, TASK_BLOCKS), task_rows = least(TASK_BLOCKS, masks->blocks) * ROWS;
    product.lookup = cvxnn__lookup_best();
    product.digit = cvxnn__lookup_digit(task_rows);
    product.sums_each = task_rows * WIDTH;
    product.turned_each = task_rows * pieces(masks->count, ROWS);
    cvxnn__scope_open(&scope, context->memory);
    product.sums = cvxnn__doubles(&scope, tasks, product.sums_each);
    product.turned = cvxnn__take(&scope, tasks, product.turned_each, (int64_t)sizeof *product.turned);
    if (!scope.failed) cvxnn__run(context->team, tasks, forward_task, &product);
    int failed = scope.failed;
    cvxnn__scope_close(&scope);
    return failed ? cvxnn__fail_memory(context) : CVXNN_OK;
}
