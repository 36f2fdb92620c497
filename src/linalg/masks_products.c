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
#include <stdatomic.h>
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

/* Rows of G between the one that is written and the one that is asked for. */
enum { PUT_AHEAD = 16 };

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
    int64_t places; /* where tasks work; each has: */
    atomic_int *taken;
    double *sums;   /* sums_each doubles */
    float *partial; /* as many floats, for single precision */
    int64_t sums_each;
    uint64_t *turned; /* forward: turned_each words */
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

/* Rows of a tile as the kernels read them: in place where they lie so, else a copy, zero past the end. */
struct block {
    struct cvxnn__lookup_source source;
    _Alignas(64) double copy[ROWS * WIDE];
    double weights[ROWS];
};

/* Rows i.. of the tile. The rows after them are asked for long before they are read, because the processor
 * does not foresee one line a row; these once more, because tables have driven them from the first-level
 * cache and a kernel has nothing else to do while it waits. */
static void read_block(const struct cvxnn__rows *rows, int64_t i, const struct tile *tile,
                       struct block *block) {
    int64_t left = rows->n - i, count = least(ROWS, left);
    const double *vectors = cvxnn__rows_in_place(rows, i, tile->j, tile->slots);
    cvxnn__rows_prefetch(rows, i, least(2 * ROWS, left), tile->j, tile->width);
    block->source.apart = rows->row_stride;
    block->source.vectors = vectors;
    if (vectors && count == ROWS) return;
    if (count < ROWS || tile->width < tile->slots)
        memset(block->copy, 0, (size_t)(ROWS * tile->slots) * sizeof *block->copy);
    cvxnn__rows_tile(rows, i, count, tile->j, tile->width, block->copy, tile->slots);
    block->source.apart = tile->slots;
    block->source.vectors = block->copy;
}

/* Rows i.. of the tile, weighted (NULL: by ones), for a kernel. */
static void weigh_block(const struct cvxnn__rows *rows, const double *weights, int64_t i,
                        const struct tile *tile, struct block *block) {
    int64_t left = rows->n - i;
    read_block(rows, i, tile, block);
    block->source.weights = block->weights;
    if (weights && left >= ROWS)
        block->source.weights = weights + i;
    else
        for (int64_t r = 0; r < ROWS; r++) block->weights[r] = r >= left ? 0 : weights ? weights[i + r] : 1;
}

/* A place of a task's own until it leaves it. There are as many as threads, so that one is free, and few, so
 * that they stay in the caches. */
static int64_t enter(const struct product *product) {
    int64_t place = 0;
    while (atomic_exchange(&product->taken[place], 1)) place = (place + 1) % product->places;
    return place;
}

static void leave(const struct product *product, int64_t place) {
    atomic_store(&product->taken[place], 0);
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

static struct sums sums_begin(const struct product *product, int64_t place, struct tile tile, int64_t count) {
    struct sums sums = {.tile = tile, .count = count, .sums = product->sums + place * product->sums_each};
    memset(sums.sums, 0, (size_t)(count * tile.slots) * sizeof *sums.sums);
    if (tile.slots == WIDE) {
        sums.partial = product->partial + place * product->sums_each;
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
static void sums_add(const struct product *product, const uint64_t *words,
                     const struct cvxnn__lookup_source *source, struct sums *sums) {
    if (sums->tile.slots == WIDTH) {
        product->lookup->run(sums->count, words, product->digit, source, sums->sums);
        return;
    }
    product->lookup->run_single(sums->count, words, product->digit, source, sums->partial);
    if (++sums->blocks == FLUSH_BLOCKS) sums_flush(product, sums);
}

/* So many places with room for the sums of `count` vectors. */
static void take_places(struct cvxnn__scope *scope, int64_t places, int64_t count, struct product *product) {
    product->places = places;
    product->taken = cvxnn__take(scope, places, 1, (int64_t)sizeof *product->taken);
    for (int64_t place = 0; product->taken && place < places; place++) atomic_init(&product->taken[place], 0);
    product->sums_each = count * (product->single ? WIDE : WIDTH);
    product->sums = cvxnn__doubles(scope, places, product->sums_each);
    if (product->single)
        product->partial = cvxnn__take(scope, places, product->sums_each, (int64_t)sizeof *product->partial);
}

/* ---- Gradient ------------------------------------------------------------------------------------ */

/* G's columns of the tile from pattern `first` on = sums. Copies of a size the compiler knows are faster, and
 * so are lines that are asked for in time. */
static void put_columns(const struct product *product, int64_t first, int64_t count, const struct tile *tile,
                        const double *sums) {
    double *out = product->out + first * product->ldout + tile->j;
    for (int64_t p = 0; p < count; p++, out += product->ldout, sums += tile->slots) {
        if (p + PUT_AHEAD < count) __builtin_prefetch(out + PUT_AHEAD * product->ldout + tile->width - 1, 1);
        if (tile->width == WIDTH)
            memcpy(out, sums, WIDTH * sizeof *out);
        else
            memcpy(out, sums, (size_t)tile->width * sizeof *out);
    }
}

/* Task (part, piece, tile): one tile of columns for one piece of the patterns, summed over one part of the
 * blocks. */
static void gradient_task(void *argument, int64_t task) {
    const struct product *product = argument;
    const struct cvxnn__masks *masks = product->masks;
    struct tile tile = tile_at(product, task % product->tiles);
    int64_t first = task / product->tiles % product->pieces * TASK_PATTERNS;
    int64_t from = task / product->tiles / product->pieces * product->blocks;
    int64_t count = least(TASK_PATTERNS, masks->count - first);
    int64_t place = product->parts > 1 ? task : enter(product);
    struct sums sums = sums_begin(product, place, tile, count);
    struct block block;
    for (int64_t b = from; b < least(masks->blocks, from + product->blocks); b++) {
        weigh_block(product->rows, product->in, b * ROWS, &tile, &block);
        sums_add(product, masks->words + b * masks->count + first, &block.source, &sums);
    }
    sums_flush(product, &sums);
    if (product->parts > 1) return;
    put_columns(product, first, count, &tile, sums.sums);
    leave(product, place);
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
    put_columns(product, first, count, &tile, sums);
}

static int32_t gradient(struct cvxnn__context *context, struct product *product) {
    const struct cvxnn__masks *masks = product->masks;
    struct cvxnn__scope scope;
    if (masks->count == 0) return CVXNN_OK;
    product->lookup = cvxnn__lookup_best();
    product->digit = cvxnn__lookup_digit(masks->count);
    product->tiles = count_tiles(product);
    product->pieces = pieces(masks->count, TASK_PATTERNS);
    int64_t whole = product->tiles * product->pieces, threads = cvxnn__team_threads(context->team);
    product->parts = most(1, least(WANTED_TASKS / whole, masks->blocks / LEAST_BLOCKS));
    product->blocks = pieces(masks->blocks, product->parts);
    cvxnn__scope_open(&scope, context->memory);
    take_places(&scope, product->parts > 1 ? product->parts * whole : least(whole, threads),
                least(TASK_PATTERNS, masks->count), product);
    if (!scope.failed) {
        cvxnn__run(context->team, product->parts * whole, gradient_task, product);
        if (product->parts > 1) cvxnn__run(context->team, whole, gather_task, product);
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
    struct block block;
    read_block(product->rows, i, tile, &block);
    for (int64_t r = 0; r < least(ROWS, product->rows->n - i); r++) {
        const double *x = block.source.vectors + r * block.source.apart, *sum = sums + r * tile->slots;
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
    int64_t place = enter(product);
    uint64_t *turned = product->turned + place * product->turned_each;
    struct block block;
    turn(masks, from, blocks, turned);
    for (int64_t t = 0; t < product->tiles; t++) {
        struct tile tile = tile_at(product, t);
        struct sums sums = sums_begin(product, place, tile, blocks * ROWS);
        for (int64_t p = 0; p < masks->count; p += ROWS) {
            weigh_block(&w, NULL, p, &tile, &block);
            sums_add(product, turned + p / ROWS * blocks * ROWS, &block.source, &sums);
        }
        sums_flush(product, &sums);
        for (int64_t b = 0; b < blocks; b++)
            meet(product, (from + b) * ROWS, &tile, sums.sums + b * ROWS * tile.slots);
    }
    leave(product, place);
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
    take_places(&scope, least(tasks, threads), product->blocks * ROWS, product);
    product->turned = cvxnn__take(&scope, product->places, product->turned_each,
                                  (int64_t)sizeof *product->turned);
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
