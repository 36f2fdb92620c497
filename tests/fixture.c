/* What the tests of algorithms share: memory that can run out, a stop, numbers. See fixture.h. */
#include "fixture.h"

#include <math.h>

#include "base/random.h"

static int fixture_refuses(struct fixture *f) {
    if (f->fail_at == 0) return 0;
    if (f->fail_at == 1) {
        if (!f->fail_on) f->fail_at = 0;
        return 1;
    }
    f->fail_at--;
    return 0;
}

void *fixture_allocate(int64_t bytes, void *user) {
    struct fixture *f = user;
    if (fixture_refuses(f)) return NULL;
    void *block = malloc((size_t)bytes);
    if (block) memset(block, 0xA5, (size_t)bytes); /* what is read before it is written shows */
    f->blocks += block != NULL;
    return block;
}

void *fixture_reallocate(void *block, int64_t bytes, void *user) {
    struct fixture *f = user;
    if (fixture_refuses(f)) return NULL;
    void *moved = realloc(block, (size_t)bytes);
    f->blocks += !block && moved;
    return moved;
}

void fixture_release(void *block, void *user) {
    struct fixture *f = user;
    f->blocks -= block != NULL;
    free(block);
}

static int32_t fixture_event(const struct cvxnn__progress *progress, void *user) {
    struct fixture *f = user;
    (void)progress;
    return ++f->events == f->stop_at;
}

void fixture_open(struct fixture *f, int64_t threads) {
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

void fixture_close(struct fixture *f) {
    cvxnn__team_end(f->context.team);
    cvxnn__scope_close(&f->team_scope);
    ck_assert_int_eq(f->blocks, 0);
    ck_assert_int_eq(f->memory.bytes, 0);
}

int32_t stop_at(const cvxnn_event *event, void *user) {
    struct stop *stop = user;
    int32_t kind;
    ck_assert_int_eq(cvxnn_event_kind(event, &kind), CVXNN_OK);
    return ++stop->events == stop->at;
}

double solver_real(const cvxnn_solver *solver, int32_t key) {
    double value = NAN;
    ck_assert_msg(!cvxnn_solver_info_double(solver, key, &value), "%s", cvxnn_name_of(key));
    return value;
}

int64_t solver_count(const cvxnn_solver *solver, int32_t key) {
    int64_t value = -1;
    ck_assert_msg(!cvxnn_solver_info_int(solver, key, &value), "%s", cvxnn_name_of(key));
    return value;
}

double *normals(uint64_t seed, uint32_t stream, uint64_t index, int64_t count) {
    double *x = malloc((size_t)(count + 1) * sizeof *x);
    cvxnn__normals(seed, stream, index, count, x);
    return x;
}

struct cvxnn__instance instance_of(int64_t n, int64_t d, const double *x, const double *y,
                                   const double *weights, double beta) {
    struct cvxnn__instance instance = {.rows = cvxnn__rows_of(n, d, x, d),
                                       .outputs = 1,
                                       .targets = y,
                                       .weights = weights,
                                       .loss = CVXNN_LOSS_SQUARED,
                                       .beta = beta};
    for (int64_t i = 0; i < n; i++) instance.weight_sum += weights ? weights[i] : 1;
    return instance;
}

double plain_dot(int64_t d, const double *x, const double *y) {
    double sum = 0;
    for (int64_t j = 0; j < d; j++) sum += x[j] * y[j];
    return sum;
}

int is_close(double a, double b, double size) {
    return fabs(a - b) <= 1e-12 * (1 + size);
}

int is_near(double a, double b, double relative) {
    return fabs(a - b) <= relative * fmax(fabs(a), fabs(b));
}
