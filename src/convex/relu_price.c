/* Pricing of the ReLU program's blocks by projections onto their cones. See relu_price.h. */
#include "convex/relu_price.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convex/project.h"
#include "linalg/blas.h"

enum { TOGETHER = 64, JOINING = 8, MOST_ROUNDS = 200 };

struct candidate {
    double size; /* |g| */
    int64_t pattern;
};

/* One block at work. */
struct seat {
    struct cvxnn__block *block;
    struct cvxnn__projection projection;
    double *g;                   /* d */
    unsigned char *on;           /* n: the pattern */
    const double *products;      /* n: x_i . z */
    int64_t found, row[JOINING]; /* the rows violated most, the least of them first */
    double depth[JOINING];
    int done;
};

struct pricing {
    struct cvxnn__context *context;
    const struct cvxnn__rows *rows;
    const struct cvxnn__patterns *patterns;
    const double *norms;
    double beta;
    struct cvxnn__scope scope;
    int64_t n, d, count; /* seats in use */
    struct seat *seat;
    double *vectors, *products; /* of the seats that are not done: count x d; count x n */
};

static int by_size(const void *x, const void *y) {
    const struct candidate *a = x, *b = y;
    return a->size != b->size ? (a->size < b->size) - (a->size > b->size)
                              : (a->pattern > b->pattern) - (a->pattern < b->pattern);
}

/* Row i joins those found, which are by rising depth. */
static void insert(struct seat *seat, int64_t i, double depth) {
    int64_t at = 0;
    if (seat->found < JOINING) /* make room at the front */
        for (int64_t m = seat->found++; m > 0; m--)
            seat->row[m] = seat->row[m - 1], seat->depth[m] = seat->depth[m - 1];
    for (; at + 1 < seat->found && seat->depth[at + 1] < depth; at++)
        seat->row[at] = seat->row[at + 1], seat->depth[at] = seat->depth[at + 1];
    seat->row[at] = i;
    seat->depth[at] = depth;
}

/* The rows that z violates most. */
static void find(const struct pricing *pricing, struct seat *seat) {
    double size = cvxnn__norm(pricing->d, seat->projection.z);
    double least = 16 * DBL_EPSILON * sqrt((double)pricing->d) * size; /* rounding, then what is found */
    seat->found = 0;
    for (int64_t i = 0; i < pricing->n; i++) {
        double depth = (1 - 2 * seat->on[i]) * seat->products[i];
        if (!(depth > least * pricing->norms[i]) || pricing->norms[i] == 0) continue;
        insert(seat, i, depth / pricing->norms[i]);
        if (seat->found == JOINING) least = seat->depth[0];
    }
}

static int holds(const struct cvxnn__projection *p, int64_t row) {
    for (int64_t j = 0; j < p->count; j++)
        if (p->label[j] == row) return 1;
    return 0;
}

/* Adds the rows found and projects again. */
static void work(void *argument, int64_t k) {
    struct pricing *pricing = argument;
    struct seat *seat = pricing->seat + k;
    struct cvxnn__projection *p = &seat->projection;
    int64_t d = pricing->d;
    if (seat->done) return;
    find(pricing, seat);
    if (p->count + seat->found > p->most) cvxnn__projection_shrink(p);
    int64_t before = p->count;
    for (int64_t f = seat->found; f-- > 0;) {
        int64_t i = seat->row[f];
        if (holds(p, i)) continue;
        double sign = seat->on[i] ? 1 : -1;
        double *normal = cvxnn__projection_add(p, i, 0);
        cvxnn__rows_tile(pricing->rows, i, 1, 0, d, normal, d);
        for (int64_t e = 0; e < d; e++) normal[e] *= sign / pricing->norms[i];
    }
    seat->done = p->count == before || !cvxnn__project(p, seat->g);
    seat->block->value = cvxnn__norm(d, p->z);
    seat->block->exact = seat->found == 0;
    seat->done |= seat->block->value <= pricing->beta;
    memcpy(seat->block->z, p->z, (size_t)d * sizeof(double));
}

/* The blocks in the seats, to their ends. */
static int32_t run_seats(struct pricing *pricing) {
    int64_t d = pricing->d, open = pricing->count;
    for (int round = 0; open > 0 && round < MOST_ROUNDS; round++) {
        int64_t at = 0;
        for (int64_t k = 0; k < pricing->count; k++) {
            if (pricing->seat[k].done) continue;
            memcpy(pricing->vectors + at * d, pricing->seat[k].projection.z, (size_t)d * sizeof(double));
            pricing->seat[k].products = pricing->products + at++ * pricing->n;
        }
        int32_t status = cvxnn__rows_times_across(pricing->context, pricing->rows, open, pricing->vectors, d,
                                                  pricing->products, pricing->n);
        if (status) return status;
        cvxnn__run(pricing->context->team, pricing->count, work, pricing);
        if ((status = cvxnn__poll(pricing->context))) return status;
        open = 0;
        for (int64_t k = 0; k < pricing->count; k++) open += !pricing->seat[k].done;
    }
    return CVXNN_OK;
}

/* Puts a block into a seat, its projection beginning at g itself. */
static void sit(struct pricing *pricing, struct seat *seat, struct cvxnn__block *block, const double *g) {
    struct cvxnn__projection *p = &seat->projection;
    int64_t d = pricing->d;
    for (int64_t e = 0; e < d; e++) seat->g[e] = block->sign * g[e];
    for (int64_t i = 0; i < pricing->n; i++)
        seat->on[i] = (unsigned char)cvxnn__masks_get(&pricing->patterns->masks, block->pattern, i);
    memcpy(p->z, seat->g, (size_t)d * sizeof(double));
    memcpy(block->z, seat->g, (size_t)d * sizeof(double));
    block->value = cvxnn__norm(d, g);
    block->exact = 0;
    p->count = p->basis.count = 0;
    seat->block = block;
    seat->done = 0;
}

static int32_t open_pricing(struct pricing *pricing) {
    struct cvxnn__scope *scope = &pricing->scope;
    int64_t d = pricing->d;
    pricing->seat = cvxnn__take(scope, TOGETHER, 1, (int64_t)sizeof *pricing->seat);
    pricing->vectors = cvxnn__doubles(scope, TOGETHER, d);
    pricing->products = cvxnn__doubles(scope, TOGETHER, pricing->n);
    for (int64_t k = 0; !scope->failed && k < TOGETHER; k++) {
        cvxnn__projection_take(scope, d, 4 * d + 2 * JOINING, &pricing->seat[k].projection);
        pricing->seat[k].projection.enough = pricing->beta;
        pricing->seat[k].g = cvxnn__doubles(scope, d, 1);
        pricing->seat[k].on = cvxnn__take(scope, pricing->n, 1, 1);
    }
    return scope->failed ? cvxnn__fail_memory(pricing->context) : CVXNN_OK;
}

/* All patterns with |g| > beta, the largest |g| first. */
static int32_t choose(struct pricing *pricing, const double *nu, double **g, struct candidate **candidates,
                      int64_t *count) {
    const struct cvxnn__masks *masks = &pricing->patterns->masks;
    *g = cvxnn__doubles(&pricing->scope, masks->count, pricing->d);
    *candidates = cvxnn__take(&pricing->scope, masks->count, 1, (int64_t)sizeof **candidates);
    *count = 0;
    if (pricing->scope.failed) return cvxnn__fail_memory(pricing->context);
    int32_t status = cvxnn__masks_gradient(pricing->context, pricing->rows, masks, nu, *g, pricing->d);
    if (status) return status;
    for (int64_t p = 0; p < masks->count; p++) {
        double size = cvxnn__norm(pricing->d, *g + p * pricing->d);
        if (size > pricing->beta) (*candidates)[(*count)++] = (struct candidate){.size = size, .pattern = p};
    }
    qsort(*candidates, (size_t)*count, sizeof **candidates, by_size);
    return CVXNN_OK;
}

/* Candidate by candidate, both signs, as many at once as there are seats. */
static int32_t price(struct pricing *pricing, const double *nu, int64_t enough,
                     struct cvxnn__blocks *blocks) {
    double *g;
    struct candidate *candidates;
    int64_t count, violating = 0;
    int32_t status = choose(pricing, nu, &g, &candidates, &count);
    if (status) return status;
    blocks->block = cvxnn__take(&blocks->scope, 2 * count, 1, (int64_t)sizeof *blocks->block);
    double *z = cvxnn__doubles(&blocks->scope, 2 * count, pricing->d);
    if (blocks->scope.failed) return cvxnn__fail_memory(pricing->context);
    for (int64_t c = 0; !status && c < count && violating < enough; c += pricing->count / 2) {
        int64_t first = blocks->count;
        pricing->count = 2 * (count - c) < TOGETHER ? 2 * (count - c) : TOGETHER;
        for (int64_t k = 0; k < pricing->count; k++) {
            const struct candidate *candidate = candidates + c + k / 2;
            struct cvxnn__block *block = blocks->block + blocks->count;
            *block = (struct cvxnn__block){.pattern = candidate->pattern, .sign = k % 2 ? -1 : 1};
            block->z = z + blocks->count++ * pricing->d;
            sit(pricing, pricing->seat + k, block, g + candidate->pattern * pricing->d);
        }
        status = run_seats(pricing);
        for (int64_t b = first; b < blocks->count; b++) violating += blocks->block[b].value > pricing->beta;
    }
    blocks->complete = !status && blocks->count == 2 * count;
    for (int64_t b = 0; b < blocks->count; b++)
        blocks->largest = fmax(blocks->largest, blocks->block[b].value);
    return status;
}

int32_t cvxnn__relu_price(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                          const struct cvxnn__patterns *patterns, const double *norms, const double *nu,
                          double beta, int64_t enough, struct cvxnn__blocks *blocks) {
    struct pricing pricing = {.context = context,
                              .rows = rows,
                              .patterns = patterns,
                              .norms = norms,
                              .beta = beta,
                              .n = rows->n,
                              .d = rows->d};
    *blocks = (struct cvxnn__blocks){.largest = beta};
    cvxnn__scope_open(&blocks->scope, context->memory);
    cvxnn__scope_open(&pricing.scope, context->memory);
    int32_t status = open_pricing(&pricing);
    if (!status) status = price(&pricing, nu, enough, blocks);
    cvxnn__scope_close(&pricing.scope);
    if (status < 0) cvxnn__blocks_free(blocks);
    return status;
}

void cvxnn__blocks_free(struct cvxnn__blocks *blocks) {
    cvxnn__scope_close(&blocks->scope);
    blocks->count = 0;
}
