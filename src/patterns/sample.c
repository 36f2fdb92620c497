/*
 * Patterns from gates: products X g in slabs of rows and gates, packed to bits. See patterns.h.
 *
 * Slabs have sizes that depend on the shape of the data alone, so a product has the same bits however many
 * threads there are.
 */
#include <string.h>

#include "base/random.h"
#include "patterns/distinct.h"
#include "patterns/patterns.h"

/* Rows of a slab (whole mask blocks), the most gates of one, and the most numbers their gates may hold. */
enum { SLAB_ROWS = 64 * CVXNN__MASK_ROWS, MOST_GATES = 256, FEWEST_GATES = 16, MOST_NUMBERS = 1 << 21 };

/* One slab: gates first .. first + count - 1 on the rows from mask block `block` on. */
struct slab {
    const struct cvxnn__patterns *patterns;
    struct cvxnn__masks *masks;
    int64_t first, count, block;
    double *gates;    /* count x d */
    double *products; /* SLAB_ROWS x count */
};

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Gate number `gate` of those tried. */
static void copy_gate(const struct cvxnn__patterns *patterns, int64_t gate, double *out) {
    if (patterns->gates)
        memcpy(out, patterns->gates + gate * patterns->d, (size_t)patterns->d * sizeof *out);
    else
        cvxnn__normals(patterns->seed, CVXNN__STREAM_GATES, (uint64_t)gate, patterns->d, out);
}

static void make_gate(void *argument, int64_t task) {
    const struct slab *slab = argument;
    copy_gate(slab->patterns, slab->first + task, slab->gates + task * slab->patterns->d);
}

static void pack_block(void *argument, int64_t task) {
    const struct slab *slab = argument;
    cvxnn__masks_pack_block(slab->masks, slab->block + task, slab->first, slab->count,
                            slab->products + task * CVXNN__MASK_ROWS * slab->count, slab->count);
}

static int32_t pack_slab(struct cvxnn__context *context, const struct cvxnn__rows *rows, struct slab *slab) {
    struct cvxnn__rows some = *rows;
    int64_t i = slab->block * CVXNN__MASK_ROWS;
    some.n = least(SLAB_ROWS, rows->n - i);
    some.values = (const char *)rows->values +
                  i * rows->row_stride * (int64_t)(rows->is_float ? sizeof(float) : sizeof(double));
    int32_t status = cvxnn__rows_times(context, &some, slab->count, slab->gates, rows->d, slab->products,
                                       slab->count);
    if (status) return status;
    cvxnn__run(context->team, (some.n + CVXNN__MASK_ROWS - 1) / CVXNN__MASK_ROWS, pack_block, slab);
    return cvxnn__poll(context);
}

static int32_t report(struct cvxnn__context *context, int64_t patterns) {
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_PATTERNS);
    progress.patterns = patterns;
    return cvxnn__report(context, &progress);
}

/* The masks of all gates, in `all`, which has a scope of its own. */
static int32_t pack_all(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                        const struct cvxnn__patterns *patterns, struct cvxnn__masks *all) {
    struct cvxnn__scope scope;
    struct slab slab = {.patterns = patterns, .masks = all};
    int64_t most = least(MOST_GATES, MOST_NUMBERS / rows->d);
    most = least(most < FEWEST_GATES ? FEWEST_GATES : most, patterns->sampled);
    cvxnn__scope_open(&scope, context->memory);
    slab.gates = cvxnn__doubles(&scope, most, rows->d);
    slab.products = cvxnn__doubles(&scope, most, least(SLAB_ROWS, rows->n));
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    for (; !status && slab.first < patterns->sampled; slab.first += slab.count) {
        slab.count = least(most, patterns->sampled - slab.first);
        cvxnn__run(context->team, slab.count, make_gate, &slab);
        for (slab.block = 0; !status && slab.block < all->blocks; slab.block += SLAB_ROWS / CVXNN__MASK_ROWS)
            status = pack_slab(context, rows, &slab);
        if (!status) status = report(context, slab.first + slab.count);
    }
    cvxnn__scope_close(&scope);
    return status;
}

/* Fills in everything but scope, d, sampled, seed and gates. */
static int32_t make(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                    struct cvxnn__patterns *patterns) {
    struct cvxnn__scope scope; /* all masks, until the useful ones are known */
    struct cvxnn__masks all;
    int64_t *origin = cvxnn__integers(&patterns->scope, patterns->sampled), kept = 0;
    patterns->origin = origin;
    cvxnn__scope_open(&scope, context->memory);
    cvxnn__masks_take(&scope, rows->n, patterns->sampled, &all);
    int32_t status = scope.failed || patterns->scope.failed ? cvxnn__fail_memory(context)
                                                            : pack_all(context, rows, patterns, &all);
    if (!status) status = cvxnn__masks_distinct(context, rows, &all, origin, &kept);
    if (!status && kept == patterns->sampled) {
        patterns->masks = all;
        cvxnn__scope_adopt(&patterns->scope, &scope);
    } else if (!status) {
        cvxnn__masks_select(&patterns->scope, &all, origin, kept, &patterns->masks);
        if (patterns->scope.failed) status = cvxnn__fail_memory(context);
    }
    cvxnn__scope_close(&scope);
    if (!status) status = report(context, kept);
    if (status) cvxnn__patterns_free(patterns);
    return status;
}

int32_t cvxnn__patterns_sample(struct cvxnn__context *context, const struct cvxnn__rows *rows, uint64_t seed,
                               int64_t count, struct cvxnn__patterns *patterns) {
    *patterns = (struct cvxnn__patterns){.d = rows->d, .sampled = count, .seed = seed};
    cvxnn__scope_open(&patterns->scope, context->memory);
    return make(context, rows, patterns);
}

int32_t cvxnn__patterns_from_gates(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                                   int64_t count, const double *gates, int64_t ld,
                                   struct cvxnn__patterns *patterns) {
    *patterns = (struct cvxnn__patterns){.d = rows->d, .sampled = count};
    cvxnn__scope_open(&patterns->scope, context->memory);
    double *copy = cvxnn__doubles(&patterns->scope, count, rows->d);
    patterns->gates = copy;
    for (int64_t p = 0; copy && p < count; p++)
        memcpy(copy + p * rows->d, gates + p * ld, (size_t)rows->d * sizeof *copy);
    return make(context, rows, patterns);
}

void cvxnn__patterns_gate(const struct cvxnn__patterns *patterns, int64_t p, double *gate) {
    copy_gate(patterns, patterns->origin[p], gate);
}

void cvxnn__patterns_free(struct cvxnn__patterns *patterns) {
    cvxnn__scope_close(&patterns->scope);
    patterns->masks.count = 0;
}
