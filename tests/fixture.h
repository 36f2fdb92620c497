/*
 * A context to test algorithms in: memory that is counted and can be told to run out, threads, a monitor.
 *
 *   struct fixture f;
 *   fixture_open(&f, 2);
 *   ... algorithm(&f.context, ...) ...
 *   fixture_close(&f);            fails the test when a block was not given back
 *
 * With f.fail_at = k the k-th request from then on fails, with f.fail_on also all that follow. Below it stand
 * a stop for the public interface and the numbers that several tests want.
 */
#ifndef CVXNN_TESTS_FIXTURE_H
#define CVXNN_TESTS_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "problem/instance.h"
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

void fixture_open(struct fixture *f, int64_t threads);
void fixture_close(struct fixture *f);

/* Its memory as the public interface's hooks, the fixture their user. */
void *fixture_allocate(int64_t bytes, void *user);
void *fixture_reallocate(void *block, int64_t bytes, void *user);
void fixture_release(void *block, void *user);

/* A callback of the public interface that asks to stop at event number `at`, the first is 1; 0: never. */
struct stop {
    int64_t events, at;
};
int32_t stop_at(const cvxnn_event *event, void *user);

/* A result of a solver, which must have it. */
double solver_real(const cvxnn_solver *solver, int32_t key);
int64_t solver_count(const cvxnn_solver *solver, int32_t key);

/* count normals of a sequence of the tests' own (base/random.h); to be freed. */
double *normals(uint64_t seed, uint32_t stream, uint64_t index, int64_t count);

/* A view of x (n x d), y and weights (n each; NULL: all 1), squared loss. */
struct cvxnn__instance instance_of(int64_t n, int64_t d, const double *x, const double *y,
                                   const double *weights, double beta);

/* x . y, the numbers added in order. */
double plain_dot(int64_t d, const double *x, const double *y);

/* Whether a and b differ by what rounding does to sums of this size. */
int is_close(double a, double b, double size);

/* Whether they differ by at most this part of the larger one. */
int is_near(double a, double b, double relative);

#endif
