/* Pool: the best of many maxima, no two alike. See pool.h. */
#include "patterns/pool.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"

/* Two classes nowhere near, two near each given direction. */
static int64_t class_of(double sign, int64_t near) {
    return 2 * (near + 1) + (sign > 0);
}

int cvxnn__pool_take(struct cvxnn__scope *scope, int64_t d, int64_t given, int64_t far, int64_t near,
                     struct cvxnn__pool *pool) {
    *pool = (struct cvxnn__pool){.d = d, .room = 2 * (far + given * near), .classes = 2 * (given + 1)};
    pool->u = cvxnn__doubles(scope, pool->room, d);
    pool->sign = cvxnn__doubles(scope, pool->room, 1);
    pool->value = cvxnn__doubles(scope, pool->room, 1);
    pool->first = cvxnn__doubles(scope, pool->room, 1);
    pool->class = cvxnn__integers(scope, pool->room);
    pool->most = cvxnn__integers(scope, pool->classes);
    pool->kept = cvxnn__integers(scope, pool->classes);
    pool->worst = cvxnn__integers(scope, pool->classes);
    for (int64_t c = 0; !scope->failed && c < pool->classes; c++) {
        pool->most[c] = c < class_of(-1, 0) ? far : near;
        pool->kept[c] = 0;
        pool->worst[c] = -1;
    }
    return !scope->failed;
}

static void find_worst(struct cvxnn__pool *pool, int64_t class) {
    int64_t worst = -1;
    for (int64_t k = 0; k < pool->count; k++)
        if (pool->class[k] == class && (worst < 0 || pool->value[k] < pool->value[worst])) worst = k;
    pool->worst[class] = worst;
}

/* One of the same sign whose cosine with u is above `alike`, or -1: then all coordinates differ by little. */
static int64_t find_like(const struct cvxnn__pool *pool, const double *u, double sign, double alike) {
    int64_t d = pool->d;
    double most = sqrt(2 * (1 - alike)) + 1e-6;
    for (int64_t k = 0; k < pool->count; k++)
        if (fabs(pool->first[k] - u[0]) <= most && pool->sign[k] == sign &&
            cvxnn__dot(d, pool->u + k * d, u) > alike)
            return k;
    return -1;
}

void cvxnn__pool_keep(struct cvxnn__pool *pool, int64_t near, const double *u, double sign, double value,
                      double alike) {
    int64_t class = class_of(sign, near);
    int full = pool->kept[class] == pool->most[class];
    if (!(value > 0) || pool->most[class] == 0 || (full && pool->value[pool->worst[class]] >= value)) return;
    int64_t at = find_like(pool, u, sign, alike);
    if (at >= 0 && pool->value[at] >= value) return;
    if (at >= 0) class = pool->class[at];
    if (at < 0 && full) at = pool->worst[class];
    if (at < 0) {
        at = pool->count++;
        pool->class[at] = class;
        pool->kept[class]++;
    }
    memcpy(pool->u + at * pool->d, u, (size_t)pool->d * sizeof *u);
    pool->first[at] = u[0];
    pool->sign[at] = sign;
    pool->value[at] = value;
    if (pool->kept[class] == pool->most[class]) find_worst(pool, class);
}

int64_t cvxnn__pool_largest(const struct cvxnn__pool *pool) {
    int64_t largest = -1;
    for (int64_t k = 0; k < pool->count; k++)
        if (pool->value[k] > 0 && (largest < 0 || pool->value[k] > pool->value[largest])) largest = k;
    return largest;
}
