/*
 * What the tests of refusals share: a world of handles in every state, a portrait of all that can be seen of
 * it from outside, and the check that a call was refused, wrote nothing and changed nothing.
 */
#ifndef CVXNN_TESTS_REFUSALS_H
#define CVXNN_TESTS_REFUSALS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cvxnn.h"
#include "suite.h"

enum { N = 6, D = 2, TEXT = 6000, PORTRAIT = 16 * TEXT };

/* What a call may write to; untouched by one that fails. */
struct out {
    int32_t code;
    int64_t count, least, most;
    double value, low, high, numbers[16];
    float floats[16];
    char text[64];
    cvxnn_problem *problem;
    cvxnn_solver *solver;
    cvxnn_model *model;
    cvxnn_certificate *certificate;
    cvxnn_path *path;
};

struct world {
    double x[N * D], y[N];
    cvxnn_problem *problem, *bare;     /* with data, targets, beta; with nothing */
    cvxnn_solver *solver, *idle;       /* solved; never solved */
    cvxnn_model *relu, *gated, *empty; /* a ReLU network with scaling and names; (G)'s; nothing */
    cvxnn_certificate *proof, *blank;  /* of relu on problem; of nothing */
    cvxnn_path *path, *untrodden;      /* of solver, run; of idle */
    struct out out, fresh;
    char before[PORTRAIT], after[PORTRAIT]; /* a call */
};
extern struct world w;

void open_world(void);
void close_world(void);

/* Options, results, networks, certificates: everything of w but its messages, as one text of fewer than
 * PORTRAIT bytes. */
void portray(char *at);

/* The call is refused with this status and leaves everything as it was. */
#define REFUSED(status, call)                                                                       \
    do {                                                                                            \
        portray(w.before);                                                                          \
        int32_t got = (call);                                                                       \
        ck_assert_msg(got == (status), "%s: %s, not %s", #call, cvxnn_status_name(got), #status);   \
        ck_assert_msg(!memcmp(&w.out, &w.fresh, sizeof w.out), "%s wrote something", #call);        \
        portray(w.after);                                                                           \
        ck_assert_msg(!strcmp(w.before, w.after), "%s changed something:\n%s\n%s", #call, w.before, \
                      w.after);                                                                     \
    } while (0)

static const int64_t HUGE_COUNTS[] = {INT64_MAX, INT64_MAX / 8 + 1, INT64_C(1) << 61};

/* Allocator hooks that work. */
static inline void *take(int64_t bytes, void *user) {
    (void)user;
    return malloc((size_t)bytes);
}
static inline void *retake(void *memory, int64_t bytes, void *user) {
    (void)user;
    return realloc(memory, (size_t)bytes);
}
static inline void drop(void *memory, void *user) {
    (void)user;
    free(memory);
}

#endif
