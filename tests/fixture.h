/*
 * A context to test algorithms in: memory that is counted and can be told to run out, threads, a monitor.
 *
 *   struct fixture f;
 *   fixture_open(&f, 2);
 *   ... algorithm(&f.context, ...) ...
 *   fixture_close(&f);            fails the test when a block was not given back
 *
 * With f.fail_at = k the k-th request from then on fails, with f.fail_on also all that follow.
 */
#ifndef CVXNN_TESTS_FIXTURE_H
#define CVXNN_TESTS_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "suite.h"

struct fixture {
    struct cvxnn__memory memory;
    struct cvxnn__monitor monitor;
    struct cvxnn__context context;
    struct cvxnn__scope team_scope;
    int64_t blocks;  /* held now */
    int64_t fail_at; /* 0: never */
    int fail_on;
    int64_t events, stop_at; /* stop_at = k: the k-th event's callback asks to stop; 0: none */
};

static inline int fixture_refuses(struct fixture *f) {
    if (f->fail_at == 0) return 0;
    if (f->fail_at == 1) {
        if (!f->fail_on) f->fail_at = 0;
        return 1;
    }
    f->fail_at--;
    return 0;
}

static inline void *fixture_allocate(int64_t bytes, void *user) {
    struct fixture *f = user;
    if (fixture_refuses(f)) return NULL;
    void *block = malloc((size_t)bytes);
    if (block) memset(block, 0xA5, (size_t)bytes); /* what is read before it is written shows */
    f->blocks += block != NULL;
    return block;
}

static inline void *fixture_reallocate(void *block, int64_t bytes, void *user) {
    struct fixture *f = user;
    if (fixture_refuses(f)) return NULL;
    void *moved = realloc(block, (size_t)bytes);
    f->blocks += !block && moved;
    return moved;
}

static inline void fixture_release(void *block, void *user) {
    struct fixture *f = user;
    f->blocks -= block != NULL;
    free(block);
}

static inline int32_t fixture_event(const struct cvxnn__progress *progress, void *user) {
    struct fixture *f = user;
    (void)progress;
    return ++f->events == f->stop_at;
}

static inline void fixture_open(struct fixture *f, int64_t threads) {
    memset(f, 0, sizeof *f);
    ck_assert_int_eq(cvxnn__memory_init(&f->memory, fixture_allocate, fixture_reallocate, fixture_release, f),
                     CVXNN_OK);
    cvxnn__scope_open(&f->team_scope, &f->memory);
    f->monitor.start = cvxnn__clock();
    f->monitor.emit = fixture_event;
    f->monitor.user = f;
    f->context.memory = &f->memory;
    f->context.monitor = &f->monitor;
    f->context.team = threads > 1 ? cvxnn__team_start(&f->team_scope, threads) : NULL;
}

static inline void fixture_close(struct fixture *f) {
    cvxnn__team_end(f->context.team);
    cvxnn__scope_close(&f->team_scope);
    ck_assert_int_eq(f->blocks, 0);
    ck_assert_int_eq(f->memory.bytes, 0);
}

#endif
