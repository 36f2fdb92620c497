/*
 * The model of a system on the side of the rows. See gated_rows.h.
 *
 * Masks are modelled as independent, row i switched on with chance m_i, their mean weighted by 1 / a_p:
 *
 *   T = diag(C^-1 + m (1 - m) x_i'R x_i) + diag(m) X R X' diag(m),   R = sum_p B_p^+
 */
#include <math.h>
#include <string.h>

#include "convex/gated_rows.h"
#include "linalg/blas.h"

/* A group is radial where e_p is below this times the mean curvature of F along a direction; e_p is at least
 * the other times that. */
static const double RADIAL = 1, LEAST = 1e-6;

/* Rows of which Z is made and multiplied at once. */
enum { SLAB = 1024 };

static double mean_curvature(const struct cvxnn__newton *newton, const double *norms) {
    double sum = 0;
    for (int64_t i = 0; i < newton->n; i++) sum += newton->curvature[i] * norms[i] * norms[i];
    return 0.5 * sum / (double)newton->d;
}

/* Which groups are radial, and B^+ of all. */
static void split(const struct cvxnn__newton *newton, double curvature, struct cvxnn__rows_model *model) {
    for (int64_t p = 0; p < newton->count; p++) {
        double e = fmax(newton->a[p] - newton->b[p], LEAST * curvature);
        model->inverse[p] = 1 / newton->a[p];
        model->along[p] = 1 / newton->a[p];
        if (e < RADIAL * curvature) {
            model->e[model->radials] = e;
            model->radial[model->radials++] = p;
        } else {
            model->along[p] -= 1 / e;
        }
    }
}

/* root (d x d): root' root = R. */
static int32_t take_root(struct cvxnn__newton *newton, const struct cvxnn__rows_model *model,
                         struct cvxnn__scope *scope, double *root) {
    int64_t d = model->d;
    double *scaled = cvxnn__doubles(scope, model->count, d), total = 0;
    double *values = cvxnn__doubles(scope, d, 1), *work = cvxnn__doubles(scope, cvxnn__eigen_work(d), 1);
    if (scope->failed) return cvxnn__fail_memory(newton->program->context);
    for (int64_t p = 0; p < model->count; p++) {
        total += model->inverse[p];
        for (int64_t j = 0; j < d; j++) scaled[p * d + j] = model->along[p] * newton->v[p * d + j];
    }
    memset(root, 0, (size_t)(d * d) * sizeof *root);
    for (int64_t j = 0; j < d; j++) root[j * d + j] = total;
    cvxnn__gemm(1, 0, d, d, model->count, -1, newton->v, d, scaled, d, 1, root, d);
    if (cvxnn__eigen(1, d, root, d, values, work) != 1)
        return cvxnn__fail(newton->program->context, CVXNN_ERROR_NUMERICAL,
                           "the eigenvalues of a sum of inverses did not converge");
    for (int64_t j = 0; j < d; j++)
        for (int64_t k = 0; k < d; k++) root[j * d + k] *= sqrt(fmax(values[j], 0));
    return CVXNN_OK;
}

/* share[i] = sum of 1 / a_p over the masks that are on in row i, over that of all. */
static int32_t weigh(struct cvxnn__newton *newton, const struct cvxnn__rows_model *model, double *share) {
    double total = 0;
    for (int64_t i = 0; i < model->n; i++) newton->rest[i] = 1;
    struct cvxnn__rows ones = cvxnn__rows_of(model->n, 1, newton->rest, 1);
    int32_t status = cvxnn__masks_forward(newton->program->context, &ones, &newton->masks, model->inverse, 1,
                                          share);
    for (int64_t p = 0; p < model->count; p++) total += model->inverse[p];
    for (int64_t i = 0; i < model->n; i++) share[i] = fmin(1, share[i] / total);
    return status;
}

/* The diagonal and the term of low rank, from X root' in low and the share in own. */
static int32_t scale(struct cvxnn__newton *newton, struct cvxnn__rows_model *model) {
    int64_t d = model->rank;
    for (int64_t i = 0; i < model->n; i++) {
        double share = model->own[i], square = cvxnn__norm(d, model->low + i * d);
        double bend = newton->curvature[i] * share * (1 - share) * square * square;
        model->scale[i] = sqrt(newton->curvature[i] / (1 + bend));
        model->own[i] = 1 / (1 + bend);
        for (int64_t j = 0; j < d; j++) model->low[i * d + j] *= share * model->scale[i];
    }
    memset(model->small, 0, (size_t)(d * d) * sizeof *model->small);
    for (int64_t j = 0; j < d; j++) model->small[j * d + j] = 1;
    cvxnn__syrk(1, d, model->n, 1, model->low, d, 1, model->small, d);
    return cvxnn__cholesky(d, model->small, d) == 1
               ? CVXNN_OK
               : cvxnn__fail(newton->program->context, CVXNN_ERROR_NUMERICAL,
                             "the model of a system over rows is not positive definite");
}

/* Z, scaled, in slabs of rows. */
static int32_t take_radial(struct cvxnn__newton *newton, struct cvxnn__scope *scope,
                           struct cvxnn__rows_model *model) {
    const struct cvxnn__masks *masks = &newton->masks;
    int64_t d = model->d, k = model->radials;
    double *v = cvxnn__doubles(scope, k, d), *slab = cvxnn__doubles(scope, SLAB, k);
    int32_t status = scope->failed ? cvxnn__fail_memory(newton->program->context) : CVXNN_OK;
    for (int64_t c = 0; !status && c < k; c++)
        memcpy(v + c * d, newton->v + model->radial[c] * d, (size_t)d * sizeof *v);
    for (int64_t first = 0; !status && first < model->n; first += SLAB) {
        int64_t count = model->n - first < SLAB ? model->n - first : SLAB;
        struct cvxnn__rows rows = cvxnn__rows_slice(&newton->program->instance->rows, first, count);
        status = cvxnn__rows_times(newton->program->context, &rows, k, v, d, slab, k);
        for (int64_t i = first; !status && i < first + count; i++) {
            const uint64_t *words = masks->words + i / CVXNN__MASK_ROWS * masks->count;
            int bit = (int)(i % CVXNN__MASK_ROWS);
            double scale = model->scale[i] / model->unit;
            for (int64_t c = 0; c < k; c++)
                model->z[i * k + c] = (float)((double)(words[model->radial[c]] >> bit & 1) * scale *
                                              slab[(i - first) * k + c]);
        }
    }
    return status;
}

/* schur += Z'Z and shared (radials x rank) = Z'low, summed in double over slabs. */
static int32_t products(struct cvxnn__newton *newton, struct cvxnn__scope *scope,
                        struct cvxnn__rows_model *model, double *shared) {
    int64_t k = model->radials, rank = model->rank;
    float *gram = cvxnn__take_zeroed(scope, k, k, (int64_t)sizeof *gram);
    double *slab = cvxnn__doubles(scope, SLAB, k);
    if (scope->failed) return cvxnn__fail_memory(newton->program->context);
    for (int64_t first = 0; first < model->n; first += SLAB) {
        int64_t count = model->n - first < SLAB ? model->n - first : SLAB;
        const float *z = model->z + first * k;
        cvxnn__syrk_float(1, k, count, 1, z, k, 0, gram, k);
        for (int64_t c = 0; c < k; c++)
            for (int64_t b = 0; b <= c; b++) model->schur[c * k + b] += gram[c * k + b];
        for (int64_t e = 0; e < count * k; e++) slab[e] = z[e];
        cvxnn__gemm(1, 0, k, rank, count, 1, slab, k, model->low + first * rank, rank, first > 0, shared,
                    rank);
    }
    return CVXNN_OK;
}

/* The Schur complement, factorised: with L the factor of small, Z'low L'^-1 is taken off Z'Z. */
static int32_t complement(struct cvxnn__newton *newton, struct cvxnn__scope *scope,
                          struct cvxnn__rows_model *model) {
    int64_t k = model->radials, rank = model->rank;
    double *shared = cvxnn__doubles(scope, k, rank);
    if (scope->failed) return cvxnn__fail_memory(newton->program->context);
    memset(model->schur, 0, (size_t)(k * k) * sizeof *model->schur);
    int32_t status = products(newton, scope, model, shared);
    if (status) return status;
    for (int64_t c = 0; c < k; c++) {
        model->schur[c * k + c] += model->e[c] / model->unit / model->unit;
        cvxnn__triangular_solve(0, rank, model->small, rank, shared + c * rank);
    }
    cvxnn__syrk(0, k, rank, -1, shared, rank, 1, model->schur, k);
    return cvxnn__cholesky(k, model->schur, k) == 1
               ? CVXNN_OK
               : cvxnn__fail(newton->program->context, CVXNN_ERROR_NUMERICAL,
                             "the Schur complement of a system over rows is not positive definite");
}

static int32_t take(struct cvxnn__newton *newton, struct cvxnn__scope *scope,
                    struct cvxnn__rows_model *model) {
    int64_t n = newton->n, d = newton->d, count = newton->count;
    *model = (struct cvxnn__rows_model){.n = n, .d = d, .count = count, .rank = d};
    model->radial = cvxnn__integers(scope, count);
    model->e = cvxnn__doubles(scope, count, 1);
    model->inverse = cvxnn__doubles(scope, count, 1);
    model->along = cvxnn__doubles(scope, count, 1);
    model->scale = cvxnn__doubles(scope, n, 1);
    model->own = cvxnn__doubles(scope, n, 1);
    model->low = cvxnn__doubles(scope, n, d);
    model->small = cvxnn__doubles(scope, d, d);
    model->part = cvxnn__doubles(scope, d, 1);
    model->tall = cvxnn__take(scope, n, 1, (int64_t)sizeof *model->tall);
    model->few = cvxnn__take(scope, count, 1, (int64_t)sizeof *model->few);
    return scope->failed ? cvxnn__fail_memory(newton->program->context) : CVXNN_OK;
}

int32_t cvxnn__rows_model_make(struct cvxnn__newton *newton, struct cvxnn__scope *scope,
                               struct cvxnn__rows_model *model) {
    struct cvxnn__context *context = newton->program->context;
    const struct cvxnn__rows *rows = &newton->program->instance->rows;
    int32_t status = take(newton, scope, model);
    double *root = cvxnn__doubles(scope, newton->d, newton->d);
    if (!status && scope->failed) status = cvxnn__fail_memory(context);
    if (!status) status = cvxnn__rows_norms(context, rows, model->scale);
    if (status) return status;
    double curvature = mean_curvature(newton, model->scale);
    split(newton, curvature, model);
    model->unit = curvature > 0 ? sqrt(curvature) : 1;
    model->z = cvxnn__take(scope, model->n, model->radials, (int64_t)sizeof *model->z);
    model->schur = cvxnn__doubles(scope, model->radials, model->radials);
    if (scope->failed) return cvxnn__fail_memory(context);
    status = take_root(newton, model, scope, root);
    if (!status) status = weigh(newton, model, model->own);
    if (!status) status = cvxnn__rows_times(context, rows, model->d, root, model->d, model->low, model->d);
    if (!status) status = scale(newton, model);
    if (!status) status = take_radial(newton, scope, model);
    return status ? status : complement(newton, scope, model);
}

/* x = (I + low low')^-1 x */
static void divide(struct cvxnn__rows_model *model, double *x) {
    cvxnn__gemv(1, model->n, model->rank, 1, model->low, model->rank, x, 0, model->part);
    cvxnn__cholesky_solve(model->rank, model->small, model->rank, 1, model->part, model->rank);
    cvxnn__gemv(0, model->n, model->rank, -1, model->low, model->rank, model->part, 1, x);
}

/* t = Z'y / unit */
static void radial_sums(struct cvxnn__rows_model *model, const double *y, double *t) {
    for (int64_t i = 0; i < model->n; i++) model->tall[i] = (float)y[i];
    cvxnn__gemv_float(1, model->n, model->radials, 1, model->z, model->radials, model->tall, 0, model->few);
    for (int64_t c = 0; c < model->radials; c++) t[c] = model->few[c];
}

/* y -= Z t / unit */
static void subtract_radial(struct cvxnn__rows_model *model, const double *t, double *y) {
    for (int64_t c = 0; c < model->radials; c++) model->few[c] = (float)t[c];
    cvxnn__gemv_float(0, model->n, model->radials, 1, model->z, model->radials, model->few, 0, model->tall);
    for (int64_t i = 0; i < model->n; i++) y[i] -= model->tall[i];
}

void cvxnn__rows_model_begin(struct cvxnn__rows_model *model, double *y, double *t) {
    int64_t k = model->radials;
    memset(y, 0, (size_t)model->n * sizeof *y);
    if (k == 0) return;
    for (int64_t c = 0; c < k; c++) t[c] /= -model->unit;
    cvxnn__cholesky_solve(k, model->schur, k, 1, t, k);
    subtract_radial(model, t, y);
    divide(model, y);
    for (int64_t c = 0; c < k; c++) t[c] /= model->unit;
}

void cvxnn__rows_model_apply(struct cvxnn__rows_model *model, const double *u, double *y, double *t) {
    int64_t n = model->n, k = model->radials;
    memcpy(y, u, (size_t)n * sizeof *y);
    divide(model, y);
    if (k == 0) return;
    radial_sums(model, y, t);
    cvxnn__cholesky_solve(k, model->schur, k, 1, t, k);
    memcpy(y, u, (size_t)n * sizeof *y);
    subtract_radial(model, t, y);
    divide(model, y);
    for (int64_t c = 0; c < k; c++) t[c] /= model->unit;
}

/* A product with the system's matrix takes about the time of n d count multiplications, the look-up's gain
 * counted in; Z'Z and the factorisation make the model, and the products that follow cost about as much
 * again. */
int64_t cvxnn__rows_model_cost(int64_t n, int64_t d, int64_t count) {
    double product = (double)n * (double)d * (double)count, k = (double)count;
    return (int64_t)(2 + 2 * ((double)n * k * k + k * k * k / 3) / product);
}
