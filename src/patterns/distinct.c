/* Duplicates found by a hash table over the masks' words, hits compared word for word. See distinct.h. */
#include "patterns/distinct.h"

/* Masks that one task hashes. */
enum { HASHED_AT_ONCE = 256 };

struct hashing {
    const struct cvxnn__masks *masks;
    const uint64_t *live; /* masks->blocks: bits of the rows that are not zero */
    uint64_t *hash;       /* masks->count; 0: switches on no such row */
};

/* Multiplication by an odd number and the high half folded in mixes all bits of a word. */
static uint64_t mix(uint64_t hash, uint64_t word) {
    uint64_t product = (hash ^ word) * 0x9E3779B97F4A7C15u;
    return product ^ product >> 32;
}

static void hash_some(void *argument, int64_t task) {
    const struct hashing *hashing = argument;
    const struct cvxnn__masks *masks = hashing->masks;
    int64_t first = task * HASHED_AT_ONCE, end = first + HASHED_AT_ONCE;
    uint64_t useful[HASHED_AT_ONCE] = {0};
    if (end > masks->count) end = masks->count;
    for (int64_t p = first; p < end; p++) hashing->hash[p] = 1;
    for (int64_t b = 0; b < masks->blocks; b++) {
        for (int64_t p = first; p < end; p++) {
            uint64_t word = masks->words[b * masks->count + p];
            hashing->hash[p] = mix(hashing->hash[p], word);
            useful[p - first] |= word & hashing->live[b];
        }
    }
    for (int64_t p = first; p < end; p++) hashing->hash[p] = useful[p - first] ? hashing->hash[p] | 1 : 0;
}

static int equal(const struct cvxnn__masks *masks, int64_t p, int64_t q) {
    for (int64_t b = 0; b < masks->blocks; b++)
        if (masks->words[b * masks->count + p] != masks->words[b * masks->count + q]) return 0;
    return 1;
}

/* Open addressing with linear probing; size is a power of two, above the number of masks. */
static int64_t choose(const struct hashing *hashing, int64_t *table, int64_t size, int64_t *chosen) {
    const uint64_t *hash = hashing->hash;
    int64_t kept = 0;
    for (int64_t slot = 0; slot < size; slot++) table[slot] = -1;
    for (int64_t p = 0; p < hashing->masks->count; p++) {
        if (hash[p] == 0) continue;
        int64_t slot = (int64_t)(hash[p] >> 1 & (uint64_t)(size - 1));
        while (table[slot] >= 0 && (hash[table[slot]] != hash[p] || !equal(hashing->masks, table[slot], p)))
            slot = (slot + 1) & (size - 1);
        if (table[slot] >= 0) continue;
        table[slot] = p;
        chosen[kept++] = p;
    }
    return kept;
}

static void find_live(const struct cvxnn__masks *masks, const double *norms, uint64_t *live) {
    for (int64_t b = 0; b < masks->blocks; b++) live[b] = 0;
    for (int64_t i = 0; i < masks->n; i++)
        live[i / CVXNN__MASK_ROWS] |= (uint64_t)(norms[i] > 0) << (i % CVXNN__MASK_ROWS);
}

int32_t cvxnn__masks_distinct(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                              const struct cvxnn__masks *masks, int64_t *chosen, int64_t *kept) {
    struct cvxnn__scope scope;
    int64_t size = 1;
    while (size <= masks->count && size < INT64_MAX / 4) size *= 2;
    size *= 2;
    cvxnn__scope_open(&scope, context->memory);
    double *norms = cvxnn__doubles(&scope, rows->n, 1);
    int64_t *table = cvxnn__integers(&scope, size);
    uint64_t *live = cvxnn__take(&scope, masks->blocks, 1, (int64_t)sizeof *live);
    uint64_t *hash = cvxnn__take(&scope, masks->count, 1, (int64_t)sizeof *hash);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : cvxnn__rows_norms(context, rows, norms);
    if (!status) {
        struct hashing hashing = {masks, live, hash};
        find_live(masks, norms, live);
        cvxnn__run(context->team, (masks->count + HASHED_AT_ONCE - 1) / HASHED_AT_ONCE, hash_some, &hashing);
        *kept = choose(&hashing, table, size, chosen);
    }
    cvxnn__scope_close(&scope);
    return status;
}
