/* Non-negative least squares by an active set; least squares with inequalities through it. See nnls.h. */
#include "linalg/nnls.h"

#include <math.h>
#include <string.h>

#include "linalg/basis.h"
#include "linalg/blas.h"

/* A vector this close to the span of the others, relative to its length, is in it. */
static const double DEPENDENT = 1e-12;
/* A gradient this small, relative to |n_j|, is zero. */
static const double LEVEL = 1e-15;

struct passive {
    int64_t m, d;
    const double *n, *e;
    double *u, *residual;
    struct cvxnn__scope scope;
    struct cvxnn__basis basis;              /* of the vectors whose u_j is free */
    int64_t *member;                        /* basis.count: which they are */
    char *state;                            /* m: OUT, IN, or BARRED for this round */
    double *z, *inside, *outside, *scratch; /* z: a least-squares solution over the members */
};

enum { OUT, IN, BARRED };

static void set_residual(struct passive *p) {
    for (int64_t i = 0; i < p->d; i++) p->residual[i] = -p->e[i];
    for (int64_t j = 0; j < p->m; j++)
        if (p->u[j] > 0) cvxnn__axpy(p->d, p->u[j], p->n + j * p->d, p->residual);
}

/* The vector along which the residual falls most, among those that may enter; -1: none. */
static int64_t steepest(const struct passive *p) {
    int64_t best = -1;
    double most = 0;
    for (int64_t j = 0; j < p->m; j++) {
        const double *n = p->n + j * p->d;
        double length = cvxnn__norm(p->d, n);
        if (p->state[j] != OUT || !(length > 0)) continue;
        double fall = -cvxnn__dot(p->d, n, p->residual) / length;
        if (fall > LEVEL && fall > most) most = fall, best = j;
    }
    return best;
}

static int enter(struct passive *p, int64_t j) {
    const double *n = p->n + j * p->d;
    if (p->basis.count == p->basis.most) return 0;
    double height = cvxnn__basis_split(&p->basis, n, p->inside, p->outside);
    if (!(height > DEPENDENT * cvxnn__norm(p->d, n))) return 0;
    p->member[p->basis.count] = j;
    cvxnn__basis_add(&p->basis, p->inside, p->outside, height);
    p->state[j] = IN;
    return 1;
}

static void leave(struct passive *p, int64_t k) {
    p->u[p->member[k]] = 0;
    p->state[p->member[k]] = OUT;
    cvxnn__basis_drop(&p->basis, k);
    for (int64_t q = k; q < p->basis.count; q++) p->member[q] = p->member[q + 1];
}

/* z over the members: sum_k z_k n_k = L' z in the basis, nearest to e. */
static void solve(struct passive *p) {
    cvxnn__basis_split(&p->basis, p->e, p->z, p->outside);
    cvxnn__basis_solve_transposed(&p->basis, p->z);
}

/* From u towards z, until the first member is zero; it leaves. 0: z was reached. */
static int advance(struct passive *p) {
    double step = 1;
    int64_t gone = -1;
    for (int64_t k = 0; k < p->basis.count; k++) {
        double u = p->u[p->member[k]];
        if (p->z[k] > 0 || u >= step * (u - p->z[k])) continue;
        step = u / (u - p->z[k]);
        gone = k;
    }
    for (int64_t k = 0; k < p->basis.count; k++) {
        int64_t j = p->member[k];
        p->u[j] = fmax(p->u[j] + step * (p->z[k] - p->u[j]), 0);
    }
    if (gone >= 0) leave(p, gone);
    return gone >= 0;
}

/* A vector that left at once, without the residual falling, stays out until it has fallen. */
static void iterate(struct passive *p) {
    double before = INFINITY;
    for (int64_t round = 0; round < 10 * (p->m + p->d); round++) {
        set_residual(p);
        double now = cvxnn__norm(p->d, p->residual);
        if (now < before)
            for (int64_t j = 0; j < p->m; j++)
                if (p->state[j] == BARRED) p->state[j] = OUT;
        before = fmin(now, before);
        int64_t j = steepest(p);
        if (j < 0) return;
        if (enter(p, j)) do
                solve(p);
            while (advance(p));
        if (p->state[j] == OUT) p->state[j] = BARRED;
    }
}

int32_t cvxnn__nnls(struct cvxnn__context *context, int64_t m, int64_t d, const double *n, const double *e,
                    double *u, double *residual) {
    struct passive p = {.m = m, .d = d, .n = n, .e = e, .u = u, .residual = residual};
    int64_t most = m < d ? m : d;
    cvxnn__scope_open(&p.scope, context->memory);
    cvxnn__basis_take(&p.scope, d, most, &p.basis);
    p.member = cvxnn__integers(&p.scope, most + 1);
    p.state = cvxnn__take_zeroed(&p.scope, m, 1, 1);
    p.z = cvxnn__doubles(&p.scope, most + 1, 1);
    p.inside = cvxnn__doubles(&p.scope, most + 1, 1);
    p.outside = cvxnn__doubles(&p.scope, d, 1);
    int32_t status = p.scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    if (!status) {
        memset(u, 0, (size_t)m * sizeof *u);
        iterate(&p);
        set_residual(&p);
    }
    cvxnn__scope_close(&p.scope);
    return status;
}

/* ---- With inequalities ---------------------------------------------------------------------------- */

/*
 * With E' = L Q and y = L' t - Q r the problem is: min |y| subject to N L'^-1 y >= low - N L'^-1 Q r, and
 * that is solved by non-negative least squares over the vectors (row of N L'^-1, its bound) towards (0, 1).
 */
int32_t cvxnn__bounded_least_squares(struct cvxnn__context *context, int64_t k, int64_t rows, const double *e,
                                     const double *r, int64_t m, const double *n, const double *low,
                                     double *t) {
    struct cvxnn__scope scope;
    struct cvxnn__basis basis;
    cvxnn__scope_open(&scope, context->memory);
    cvxnn__basis_take(&scope, rows, k, &basis);
    double *inside = cvxnn__doubles(&scope, k + 1, 1), *outside = cvxnn__doubles(&scope, rows, 1);
    double *q = cvxnn__doubles(&scope, k + 1, 1), *vectors = cvxnn__doubles(&scope, m, k + 1);
    double *u = cvxnn__doubles(&scope, m, 1), *goal = cvxnn__doubles(&scope, k + 1, 1),
           *residual = cvxnn__doubles(&scope, k + 1, 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    for (int64_t j = 0; !status && j < k; j++) {
        double height = cvxnn__basis_split(&basis, e + j * rows, inside, outside);
        if (height > 0)
            cvxnn__basis_add(&basis, inside, outside, height);
        else
            status = CVXNN_STOPPED_PRECISION;
    }
    if (!status) cvxnn__basis_split(&basis, r, q, outside);
    for (int64_t i = 0; !status && i < m; i++) {
        double *vector = vectors + i * (k + 1);
        memcpy(vector, n + i * k, (size_t)k * sizeof *vector);
        cvxnn__basis_solve(&basis, vector);
        vector[k] = low[i] - cvxnn__dot(k, vector, q);
    }
    if (!status) {
        for (int64_t j = 0; j < k; j++) goal[j] = 0;
        goal[k] = 1;
        status = cvxnn__nnls(context, m, k + 1, vectors, goal, u, residual);
    }
    if (!status && !(residual[k] < 0)) status = CVXNN_STOPPED_PRECISION;
    if (!status) {
        for (int64_t j = 0; j < k; j++) t[j] = q[j] - residual[j] / residual[k];
        cvxnn__basis_solve_transposed(&basis, t);
    }
    cvxnn__scope_close(&scope);
    return status;
}
