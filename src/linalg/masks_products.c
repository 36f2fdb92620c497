/*
 * The masked products G_p = X'D_p r and f = sum_p D_p X w_p by table look-up. Both are the same operation on
 * small tables (lookup.h), with the roles of rows and patterns exchanged:
 *
 *  - gradient: sources are 48 rows r_i x_i (one tile of columns), words are the masks of every pattern in
 *    these rows
 *  - forward: sources are 48 vectors w_p, words are the bits of every row over these patterns, which a bit
 *    transposition makes from the masks; the sum for row i then meets x_i in a scalar product
 *
 * Sums run over blocks of 48 rows (or patterns) in order; the gradient's in a few parts, added in order,
 * whose number depends on the shape alone. So threads change no bit.
 */
#include <string.h>

#include "linalg/lookup.h"
#include "linalg/masks.h"

/* Columns of a tile in double and in single precision. */
enum { WIDTH = CVXNN__LOOKUP_WIDTH, WIDE = CVXNN__LOOKUP_SINGLE_WIDTH, ROWS = CVXNN__MASK_ROWS };

/* Blocks whose sum is taken in floats. masks.h states the error: one rounding of a source,
 * CVXNN__LOOKUP_ROUNDINGS within a word, these; with a little for second-order terms. */
enum { FLUSH_BLOCKS = 16 };
_Static_assert(1 + CVXNN__LOOKUP_ROUNDINGS + FLUSH_BLOCKS < 32, "the error that masks.h states");

/* The gradient's tasks: patterns of one, blocks of one at least, and how many there should be. The forward
 * product's: blocks of one. No sum crosses patterns of the gradient or rows of the forward product. */
enum { TASK_PATTERNS = 2048, LEAST_BLOCKS = 16, WANTED_TASKS = 16, TASK_BLOCKS = 40, LEAST_TASK_BLOCKS = 8 };

struct product {
    const struct cvxnn__rows *rows;
    const struct cvxnn__masks *masks;
    const struct cvxnn__lookup *lookup;
    int digit, single;
    const double *in; /* r, or W */
    int64_t ldin;
    double *out; /* G, or f */
    int64_t ldout;
    int64_t tiles;  /* of columns */
    int64_t pieces; /* gradient: of patterns */
    int64_t parts;  /* gradient: of blocks */
    int64_t blocks; /* of one part or task, the last may have fewer */
    double *sums;   /* sums_each doubles a task */
    float *partial; /* as many floats, for single precision */
    int64_t sums_each;
    uint64_t *turned; /* forward: turned_each words a task */
    int64_t turned_each;
};

/* Columns j .. j + width - 1 in slots of which what is past the width is 0. */
struct tile {
    int64_t j, width;
    int slots; /* WIDTH, or WIDE for single precision */
};

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t pieces(int64_t total, int64_t each) {
    return (total + each - 1) / each;
}

/* Single precision takes wide tiles; what fits a narrow one at the end is left in double. */
static struct tile tile_at(const struct product *product, int64_t t) {
    int64_t step = product->single ? WIDE : WIDTH, left = product->rows->d - t * step;
    return (struct tile){t * step, least(step, left), product->single && left > WIDTH ? WIDE : WIDTH};
}

static int64_t count_tiles(const struct product *product) {
    return pieces(product->rows->d, product->single ? WIDE : WIDTH);
}

/* entries (48 x slots, the rest zero) = entries of rows i.. of the tile */
static void read_tile(const struct cvxnn__rows *rows, int64_t i, const struct tile *tile, double *entries) {
    int64_t count = least(ROWS, rows->n - i);
    if (count < ROWS || tile->width < tile->slots)
        memset(entries, 0, (size_t)(ROWS * tile->slots) * sizeof *entries);
    for (int64_t k = 0; k < tile->width; k += WIDTH)
        cvxnn__rows_tile(rows, i, count, tile->j + k, least(WIDTH, tile->width - k), entries + k,
                         tile->slots);
}

/* Sums of one task: `count` vectors of tile.slots doubles, and the floats of those blocks that are not in
 * them yet. */
struct sums {
    struct tile tile;
    int64_t count;
    double *sums;
    float *partial;
    int64_t blocks; /* in partial */
};

static struct sums sums_begin(const struct product *product, int64_t task, struct tile tile, int64_t count) {
    struct sums sums = {.tile = tile, .count = count, .sums = product->sums + task * product->sums_each};
    memset(sums.sums, 0, (size_t)(count * tile.slots) * sizeof *sums.sums);
    if (tile.slots == WIDE) {
        sums.partial = product->partial + task * product->sums_each;
        memset(sums.partial, 0, (size_t)(count * WIDE) * sizeof *sums.partial);
    }
    return sums;
}

/* The floats join the doubles: every few blocks, so that no error grows with their number. */
static void sums_flush(const struct product *product, struct sums *sums) {
    if (sums->blocks > 0) product->lookup->flush(sums->count, sums->partial, sums->sums);
    sums->blocks = 0;
}

/* Plus what the words name of 48 sources, in the tile's precision. */
static void sums_add(const struct product *product, const uint64_t *words, const double *sources,
                     struct sums *sums) {
    if (sums->tile.slots == WIDTH) {
        product->lookup->run(sums->count, words, product->digit, sources, sums->sums);
        return;
    }
    product->lookup->run_single(sums->count, words, product->digit, sources, sums->partial);
    if (++sums->blocks == FLUSH_BLOCKS) sums_flush(product, sums);
}

/* Room for the sums of so many tasks, of `count` vectors each. */
static void take_sums(struct cvxnn__scope *scope, int64_t tasks, int64_t count, struct product *product) {
    product->sums_each = count * (product->single ? WIDE : WIDTH);
    product->sums = cvxnn__doubles(scope, tasks, product->sums_each);
    if (product->single)
        product->partial = cvxnn__take(scope, tasks, product->sums_each, (int64_t)sizeof *product->partial);
}

/* ---- Gradient ------------------------------------------------------------------------------------ */

/* Task (part, piece, tile): one tile of columns for one piece of the patterns, summed over one part of the
 * blocks. */
static void gradient_task(void *argument, int64_t task) {
    const struct product *product = argument;
    const struct cvxnn__masks *masks = product->masks;
    struct tile tile = tile_at(product, task % product->tiles);
    int64_t first = task / product->tiles % product->pieces * TASK_PATTERNS;
    int64_t from = task / product->tiles / product->pieces * product->blocks;
    int64_t count = least(TASK_PATTERNS, masks->count - first);
    struct sums sums = sums_begin(product, task, tile, count);
    _Alignas(64) double sources[ROWS * WIDE];
    for (int64_t block = from; block < least(masks->blocks, from + product->blocks); block++) {
        int64_t i = block * ROWS, rows = least(ROWS, masks->n - i);
        read_tile(product->rows, i, &tile, sources);
        for (int64_t r = 0; r < rows; r++)
            for (double *x = sources + r * tile.slots; x < sources + (r + 1) * tile.slots; x += WIDTH)
                for (int k = 0; k < WIDTH; k++) x[k] *= product->in[i + r];
        sums_add(product, masks->words + block * masks->count + first, sources, &sums);
    }
    sums_flush(product, &sums);
}

/* Task (piece, tile): the parts' sums, added in order, are G's columns of the tile. */
static void gather_task(void *argument, int64_t task) {
    const struct product *product = argument;
    struct tile tile = tile_at(product, task % product->tiles);
    int64_t first = task / product->tiles * TASK_PATTERNS, stride = product->tiles * product->pieces;
    int64_t count = least(TASK_PATTERNS, product->masks->count - first);
    double *sums = product->sums + task * product->sums_each;
    for (int64_t part = 1; part < product->parts; part++) {
        const double *more = sums + part * stride * product->sums_each;
        for (int64_t e = 0; e < count * tile.slots; e++) sums[e] += more[e];
    }
    for (int64_t p = 0; p < count; p++)
        memcpy(product->out + (first + p) * product->ldout + tile.j, sums + p * tile.slots,
               (size_t)tile.width * sizeof *sums);
}

static int32_t gradient(struct cvxnn__context *context, struct product *product) {
    const struct cvxnn__masks *masks = product->masks;
    struct cvxnn__scope scope;
    if (masks->count == 0) return CVXNN_OK;
    product->lookup = cvxnn__lookup_best();
    product->digit = cvxnn__lookup_digit(masks->count);
    product->tiles = count_tiles(product);
    product->pieces = pieces(masks->count, TASK_PATTERNS);
    int64_t whole = product->tiles * product->pieces;
    product->parts = most(1, least(pieces(WANTED_TASKS, whole), masks->blocks / LEAST_BLOCKS));
    product->blocks = pieces(masks->blocks, product->parts);
    cvxnn__scope_open(&scope, context->memory);
    take_sums(&scope, product->parts * whole, least(TASK_PATTERNS, masks->count), product);
    if (!scope.failed) {
        cvxnn__run(context->team, product->parts * whole, gradient_task, product);
        cvxnn__run(context->team, whole, gather_task, product);
    }
    int failed = scope.failed;
    cvxnn__scope_close(&scope);
    return failed ? cvxnn__fail_memory(context) : CVXNN_OK;
}

int32_t cvxnn__masks_gradient(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                              const struct cvxnn__masks *masks, const double *r, double *g, int64_t ldg) {
    struct product product = {.rows = rows, .masks = masks, .in = r, .out = g, .ldout = ldg};
    return gradient(context, &product);
}

int32_t cvxnn__masks_gradient_single(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                                     const struct cvxnn__masks *masks, const double *r, double *g,
                                     int64_t ldg) {
    struct product product = {.rows = rows, .masks = masks, .in = r, .out = g, .ldout = ldg, .single = 1};
    return gradient(context, &product);
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

/* f of rows i.. gains the scalar products of their sums with the tile's columns of X. */
static void meet(const struct product *product, int64_t i, const struct tile *tile, const double *sums) {
    _Alignas(64) double entries[ROWS * WIDE];
    int64_t rows = least(ROWS, product->rows->n - i);
    read_tile(product->rows, i, tile, entries);
    for (int64_t r = 0; r < rows; r++) {
        const double *x = entries + r * tile->slots, *sum = sums + r * tile->slots;
        double f = 0;
        for (int k = 0; k < tile->slots; k++) f += x[k] * sum[k];
        product->out[i + r] = tile->j == 0 ? f : product->out[i + r] + f;
    }
}

/* A run of row blocks, all columns. */
static void forward_task(void *argument, int64_t task) {
    const struct product *product = argument;
    const struct cvxnn__masks *masks = product->masks;
    struct cvxnn__rows w = cvxnn__rows_of(masks->count, product->rows->d, product->in, product->ldin);
    int64_t from = task * product->blocks, blocks = least(product->blocks, masks->blocks - from);
    uint64_t *turned = product->turned + task * product->turned_each;
    _Alignas(64) double sources[ROWS * WIDE];
    turn(masks, from, blocks, turned);
    for (int64_t t = 0; t < product->tiles; t++) {
        struct tile tile = tile_at(product, t);
        struct sums sums = sums_begin(product, task, tile, blocks * ROWS);
        for (int64_t p = 0; p < masks->count; p += ROWS) {
            read_tile(&w, p, &tile, sources);
            sums_add(product, turned + p / ROWS * blocks * ROWS, sources, &sums);
        }
        sums_flush(product, &sums);
        for (int64_t b = 0; b < blocks; b++)
            meet(product, (from + b) * ROWS, &tile, sums.sums + b * ROWS * tile.slots);
    }
}

/* Tasks are as many for each thread: no bit depends on how rows are shared out, nor may the digit. */
static int32_t forward(struct cvxnn__context *context, struct product *product) {
    const struct cvxnn__masks *masks = product->masks;
    struct cvxnn__scope scope;
    if (masks->count == 0) {
        memset(product->out, 0, (size_t)product->rows->n * sizeof *product->out);
        return CVXNN_OK;
    }
    int64_t threads = cvxnn__team_threads(context->team);
    int64_t tasks = pieces(pieces(masks->blocks, TASK_BLOCKS), threads) * threads;
    product->blocks = most(LEAST_TASK_BLOCKS, pieces(masks->blocks, tasks));
    tasks = pieces(masks->blocks, product->blocks);
    product->lookup = cvxnn__lookup_best();
    product->digit = cvxnn__lookup_digit(masks->n);
    product->tiles = count_tiles(product);
    product->turned_each = product->blocks * ROWS * pieces(masks->count, ROWS);
    cvxnn__scope_open(&scope, context->memory);
    take_sums(&scope, tasks, product->blocks * ROWS, product);
    product->turned = cvxnn__take(&scope, tasks, product->turned_each, (int64_t)sizeof *product->turned);
    if (!scope.failed) cvxnn__run(context->team, tasks, forward_task, product);
    int failed = scope.failed;
    cvxnn__scope_close(&scope);
    return failed ? cvxnn__fail_memory(context) : CVXNN_OK;
}

int32_t cvxnn__masks_forward(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                             const struct cvxnn__masks *masks, const double *w, int64_t ldw, double *f) {
    struct product product = {.rows = rows, .masks = masks, .in = w, .ldin = ldw, .out = f};
    return forward(context, &product);
}

int32_t cvxnn__masks_forward_single(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                                    const struct cvxnn__masks *masks, const double *w, int64_t ldw,
                                    double *f) {
    struct product product = {.rows = rows, .masks = masks, .in = w, .ldin = ldw, .out = f, .single = 1};
    return forward(context, &product);
}
