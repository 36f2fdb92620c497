/* Memory: allocator hooks, byte counting and scopes. See memory.h. */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

/* Stands before every block, behind the bytes spent on alignment. */
struct cvxnn__block {
    struct cvxnn__block *next, *previous;
    void *origin; /* what the hook returned */
    int64_t bytes;
};

static void *default_allocate(int64_t bytes, void *user) {
    (void)user;
    return (uint64_t)bytes > SIZE_MAX ? NULL : malloc((size_t)bytes);
}

static void *default_reallocate(void *memory, int64_t bytes, void *user) {
    (void)user;
    return (uint64_t)bytes > SIZE_MAX ? NULL : realloc(memory, (size_t)bytes);
}

static void default_release(void *memory, void *user) {
    (void)user;
    free(memory);
}

int32_t cvxnn__memory_init(struct cvxnn__memory *memory, cvxnn_allocate_fn allocate,
                           cvxnn_reallocate_fn reallocate, cvxnn_release_fn release, void *user) {
    int given = (allocate != NULL) + (reallocate != NULL) + (release != NULL);
    if (given != 0 && given != 3) return CVXNN_ERROR_NULL;
    memory->allocate = given ? allocate : default_allocate;
    memory->reallocate = given ? reallocate : default_reallocate;
    memory->release = given ? release : default_release;
    memory->user = user;
    memory->bytes = memory->peak = 0;
    return CVXNN_OK;
}

void cvxnn__memory_reset_peak(struct cvxnn__memory *memory) {
    memory->peak = memory->bytes;
}

void cvxnn__scope_open(struct cvxnn__scope *scope, struct cvxnn__memory *memory) {
    scope->memory = memory;
    scope->first = NULL;
    scope->failed = 0;
}

int cvxnn__multiply(int64_t a, int64_t b, int64_t *product) {
    if (a < 0 || b < 0 || (b > 0 && a > INT64_MAX / b)) return 0;
    *product = a * b;
    return 1;
}

void *cvxnn__take(struct cvxnn__scope *scope, int64_t rows, int64_t cols, int64_t size) {
    struct cvxnn__memory *memory = scope->memory;
    const int64_t extra = ALIGNMENT + (int64_t)sizeof(struct cvxnn__block);
    int64_t entries, bytes;
    if (!cvxnn__multiply(rows, cols, &entries) || !cvxnn__multiply(entries, size, &bytes) ||
        bytes > INT64_MAX - extra) {
        scope->failed = 1;
        return NULL;
    }
    bytes += extra;
    char *origin = memory->allocate(bytes, memory->user);
    if (!origin) {
        scope->failed = 1;
        return NULL;
    }
    uintptr_t start = (uintptr_t)origin + sizeof(struct cvxnn__block);
    char *aligned = origin + ((start + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - (uintptr_t)origin);
    struct cvxnn__block *block = (struct cvxnn__block *)(void *)aligned - 1;
    block->origin = origin;
    block->bytes = bytes;
    block->previous = NULL;
    block->next = scope->first;
    if (scope->first) scope->first->previous = block;
    scope->first = block;
    memory->bytes += bytes;
    if (memory->bytes > memory->peak) memory->peak = memory->bytes;
    return aligned;
}

void *cvxnn__take_zeroed(struct cvxnn__scope *scope, int64_t rows, int64_t cols, int64_t size) {
    void *block = cvxnn__take(scope, rows, cols, size);
    if (block) memset(block, 0, (size_t)(rows * cols * size));
    return block;
}

static void release_block(struct cvxnn__memory *memory, struct cvxnn__block *block) {
    memory->bytes -= block->bytes;
    memory->release(block->origin, memory->user);
}

void cvxnn__give_back(struct cvxnn__scope *scope, void *memory) {
    if (!memory) return;
    struct cvxnn__block *block = (struct cvxnn__block *)memory - 1;
    if (block->previous)
        block->previous->next = block->next;
    else
        scope->first = block->next;
    if (block->next) block->next->previous = block->previous;
    release_block(scope->memory, block);
}

void cvxnn__scope_close(struct cvxnn__scope *scope) {
    while (scope->first) {
        struct cvxnn__block *block = scope->first;
        scope->first = block->next;
        release_block(scope->memory, block);
    }
    scope->failed = 0;
}

void cvxnn__scope_adopt(struct cvxnn__scope *into, struct cvxnn__scope *from) {
    struct cvxnn__block *last = from->first;
    if (!last) return;
    while (last->next) last = last->next;
    last->next = into->first;
    if (into->first) into->first->previous = last;
    into->first = from->first;
    from->first = NULL;
}
