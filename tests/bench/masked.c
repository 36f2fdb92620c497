/* bench masked: the two masked products by table look-up, in double and with tables in float, against one
 * dense product of the same size. */
#include <math.h>
#include <stdlib.h>

#include "base/context.h"
#include "bench.h"
#include "cvxnn.h"
#include "patterns/patterns.h"

/* As many as the dense pass has: the least of each is given. */
enum { REPETITIONS = 10 };

struct masked {
    struct cvxnn__context context;
    struct cvxnn__rows rows;
    struct cvxnn__patterns patterns;
    double *r, *g, *f; /* n, patterns x d, n */
};

static double time_gradient(struct masked *masked, int single) {
    double start = seconds_now();
    expect((single ? cvxnn__masks_gradient_single : cvxnn__masks_gradient)(&masked->context, &masked->rows,
                                                                           &masked->patterns.masks, masked->r,
                                                                           masked->g, masked->rows.d),
           "masked product");
    return seconds_now() - start;
}

static double time_forward(struct masked *masked, int single) {
    double start = seconds_now();
    expect((single ? cvxnn__masks_forward_single : cvxnn__masks_forward)(&masked->context, &masked->rows,
                                                                         &masked->patterns.masks, masked->g,
                                                                         masked->rows.d, masked->f),
           "adjoint of the masked product");
    return seconds_now() - start;
}

int bench_masked(const struct options *options) {
    int64_t n = option_count(options, "n", 2000), d = option_count(options, "d", 20);
    int64_t count = option_count(options, "patterns", 1000);
    struct masked masked = {.rows = {0}};
    struct cvxnn__memory memory;
    struct cvxnn__scope scope;
    struct data data;
    double gradient[2] = {INFINITY, INFINITY}, forward[2] = {INFINITY, INFINITY}; /* double, single */
    data_make(n, d, (uint64_t)option_integer(options, "seed", 1), 0, &data);
    expect(cvxnn__memory_init(&memory, NULL, NULL, NULL, NULL), "memory");
    masked.context.memory = &memory;
    cvxnn__scope_open(&scope, &memory);
    masked.context.team = cvxnn__team_start(&scope, option_count(options, "threads", 1));
    masked.rows = cvxnn__rows_of(n, d, data.x, d);
    expect(cvxnn__patterns_sample(&masked.context, &masked.rows, (uint64_t)option_integer(options, "seed", 1),
                                  count, &masked.patterns),
           "patterns");
    masked.r = numbers(n);
    masked.f = numbers(n);
    masked.g = numbers(masked.patterns.masks.count * d);
    for (int64_t i = 0; i < n; i++) masked.r[i] = data.y[i];
    for (int k = 0; k < 2 * REPETITIONS; k++) {
        gradient[k % 2] = fmin(gradient[k % 2], time_gradient(&masked, k % 2));
        forward[k % 2] = fmin(forward[k % 2], time_forward(&masked, k % 2));
    }
    double dense = dense_pass(n, d, masked.patterns.masks.count);
    line_open("masked");
    line_real("seconds", gradient[0]);
    line_real("dgemm_seconds", dense);
    line_real("speedup_vs_dgemm", dense / gradient[0]);
    line_real("adjoint_seconds", forward[0]);
    line_real("adjoint_ratio", forward[0] / gradient[0]);
    line_real("float_seconds", gradient[1]);
    line_real("float_speedup", dense / gradient[1]);
    line_real("float_adjoint_seconds", forward[1]);
    line_integer("patterns", masked.patterns.masks.count);
    line_close(options, n, d, NAN, NAN);
    free(masked.r);
    free(masked.f);
    free(masked.g);
    cvxnn__patterns_free(&masked.patterns);
    cvxnn__team_end(masked.context.team);
    cvxnn__scope_close(&scope);
    data_free(&data);
    return 0;
}
