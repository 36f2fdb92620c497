/*
 * The model of a system on the side of the rows. See gated_rows.h.
 *
 * Masks are modelled as independent, row i switched on with chance m_i, their mean weighted by 1 / a_p:
 *
 *   T = diag(C^-1 + c_i^2) + diag(m) X R X' diag(m) + 2 / (pi d) c c',   R = sum_p B_p^+
 *   c_i^2 = m (1 - m) x_i'R x_i
 *
 * The last term is what rows have in common because masks that are half-spaces lean towards each other: with
 * gates of every direction the covariance of the masks of rows i and j is 2 / pi m (1 - m) times the cosine
 * of their angle, to first order; it meets x_i'R x_j, and the square of a cosine is 1 / d in the mean.
 */
#include <math.h>
#include <string.h>

#include "convex/gated_rows.h"
#include "linalg/blas.h"

/* A group is radial where e_p is below this times the mean curvature of F along a direction; e_p is at least
 * the other times that. */
static const double RADIAL = 1, LEAST = 1e-6;

/* Rows of F that are made, and whose share of F'F is summed in float, at once. */
enum { SLAB = 42 * CVXNN__MASK_ROWS };

static const double PI = 3.14159265358979323846;

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

/* root (d x d): root' root = R unit^2, in float. */
static int32_t take_root(struct cvxnn__newton *newton, const struct cvxnn__rows_model *model,
                         struct cvxnn__scope *scope, float *root) {
    int64_t d = model->d;
    double *sum = cvxnn__doubles(scope, d, d), *scaled = cvxnn__doubles(scope, model->count, d), total = 0;
    double *values = cvxnn__doubles(scope, d, 1), *work = cvxnn__doubles(scope, cvxnn__eigen_work(d), 1);
    if (scope->failed) return cvxnn__fail_memory(newton->program->context);
    for (int64_t p = 0; p < model->count; p++) {
        total += model->inverse[p];
        for (int64_t j = 0; j < d; j++) scaled[p * d + j] = model->along[p] * newton->v[p * d + j];
    }
    memset(sum, 0, (size_t)(d * d) * sizeof *sum);
    for (int64_t j = 0; j < d; j++) sum[j * d + j] = total;
    cvxnn__gemm(1, 0, d, d, model->count, -1, newton->v, d, scaled, d, 1, sum, d);
    if (cvxnn__eigen(1, d, sum, d, values, work) != 1)
        return cvxnn__fail(newton->program->context, CVXNN_ERROR_NUMERICAL,
                           "the eigenvalues of a sum of inverses did not converge");
    for (int64_t j = 0; j < d; j++)
        for (int64_t k = 0; k < d; k++)
            root[j * d + k] = (float)(sum[j * d + k] * sqrt(fmax(values[j], 0)) * model->unit);
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

/* Making F, a slab of rows a task. */
struct filling {
    const struct cvxnn__newton *newton;
    struct cvxnn__rows_model *model;
    float *directions; /* width x d: the root of R unit^2, 0, v_p of the radial groups */
    float *x;          /* n x d: C^1/2 X over unit */
    double *row;       /* d a slab */
    uint64_t *words;   /* radials a slab */
};

/* The scaled rows of X that meet the directions. */
static void fill_rows(const struct filling *filling, int64_t first, int64_t count, double *row) {
    const struct cvxnn__rows_model *model = filling->model;
    int64_t d = model->d;
    for (int64_t i = first; i < first + count; i++) {
        double scale = sqrt(filling->newton->curvature[i]) / model->unit;
        cvxnn__rows_tile(&filling->newton->program->instance->rows, i, 1, 0, d, row, d);
        for (int64_t j = 0; j < d; j++) filling->x[i * d + j] = (float)(scale * row[j]);
    }
}

/* Row i of L from that of C^1/2 X root', and c_i, with the diagonal; own comes with the share. Returns the
 * scale that the row of Z takes. */
static float finish_low(const struct filling *filling, int64_t i) {
    struct cvxnn__rows_model *model = filling->model;
    float *low = model->f + i * model->width;
    double share = model->own[i], bend = 0;
    for (int64_t j = 0; j < model->d; j++) bend += share * (1 - share) * (double)low[j] * (double)low[j];
    model->own[i] = 1 / (1 + bend);
    double ratio = sqrt(model->own[i]);
    model->scale[i] = sqrt(filling->newton->curvature[i]) * ratio;
    for (int64_t j = 0; j < model->d; j++) low[j] *= (float)(share * ratio);
    low[model->d] = (float)(sqrt(2 / (PI * (double)model->d) * bend) * ratio);
    return (float)ratio;
}

/* z[c] *= scale where the bit of words[c] is set, 0 elsewhere. */
static void mask(int64_t count, const uint64_t *words, int bit, float scale, float *z) {
    int64_t c = 0;
    for (; c + 4 <= count; c += 4)
        for (int k = 0; k < 4; k++) z[c + k] *= scale * (float)(int32_t)(words[c + k] >> bit & 1);
    for (; c < count; c++) z[c] *= scale * (float)(int32_t)(words[c] >> bit & 1);
}

static void fill_slab(void *argument, int64_t slab) {
    const struct filling *filling = argument;
    const struct cvxnn__masks *masks = &filling->newton->masks;
    struct cvxnn__rows_model *model = filling->model;
    int64_t first = slab * SLAB, left = model->n - first, count = left < SLAB ? left : SLAB;
    int64_t d = model->d, k = model->radials;
    uint64_t *words = filling->words + slab * k;
    fill_rows(filling, first, count, filling->row + slab * d);
    cvxnn__gemm_float(0, 1, count, model->width, d, 1, filling->x + first * d, d, filling->directions, d, 0,
                      model->f + first * model->width, model->width);
    for (int64_t i = first; i < first + count; i++) {
        int bit = (int)(i % CVXNN__MASK_ROWS);
        for (int64_t c = 0; bit == 0 && c < k; c++)
            words[c] = masks->words[i / CVXNN__MASK_ROWS * masks->count + model->radial[c]];
        mask(k, words, bit, finish_low(filling, i), model->f + i * model->width + model->rank);
    }
}

/* F with the diagonal. */
static int32_t fill(struct cvxnn__newton *newton, struct cvxnn__scope *scope,
                    struct cvxnn__rows_model *model) {
    struct cvxnn__context *context = newton->program->context;
    int64_t d = model->d, slabs = (model->n + SLAB - 1) / SLAB;
    struct filling filling = {.newton = newton, .model = model};
    filling.directions = cvxnn__take_zeroed(scope, model->width, d, (int64_t)sizeof(float));
    filling.x = cvxnn__take(scope, model->n, d, (int64_t)sizeof(float));
    filling.row = cvxnn__doubles(scope, slabs, d);
    filling.words = cvxnn__take(scope, slabs, model->radials, (int64_t)sizeof(uint64_t));
    if (scope->failed) return cvxnn__fail_memory(context);
    int32_t status = take_root(newton, model, scope, filling.directions);
    if (!status) status = weigh(newton, model, model->own);
    if (status) return status;
    for (int64_t c = 0; c < model->radials; c++)
        for (int64_t j = 0; j < d; j++)
            filling.directions[(model->rank + c) * d + j] = (float)newton->v[model->radial[c] * d + j];
    cvxnn__run(context->team, slabs, fill_slab, &filling);
    return CVXNN_OK;
}

/* diag(I, E / unit^2) + F'F, factorised; slabs are summed in double. */
static int32_t factorise(struct cvxnn__newton *newton, struct cvxnn__scope *scope,
                         struct cvxnn__rows_model *model) {
    int64_t width = model->width;
    float *gram = cvxnn__take_zeroed(scope, width, width, (int64_t)sizeof *gram);
    if (scope->failed) return cvxnn__fail_memory(newton->program->context);
    memset(model->factor, 0, (size_t)(width * width) * sizeof *model->factor);
    for (int64_t j = 0; j < model->rank; j++) model->factor[j * width + j] = 1;
    for (int64_t c = 0; c < model->radials; c++)
        model->factor[(model->rank + c) * (width + 1)] = model->e[c] / model->unit / model->unit;
    for (int64_t first = 0; first < model->n; first += SLAB) {
        int64_t count = model->n - first < SLAB ? model->n - first : SLAB;
        cvxnn__syrk_float(1, width, count, 1, model->f + first * width, width, 0, gram, width);
        for (int64_t j = 0; j < width; j++)
            for (int64_t k = 0; k <= j; k++) model->factor[j * width + k] += gram[j * width + k];
    }
    return cvxnn__cholesky(width, model->factor, width) == 1
               ? CVXNN_OK
               : cvxnn__fail(newton->program->context, CVXNN_ERROR_NUMERICAL,
                             "the model of a system over rows is not positive definite");
}

static int32_t take(struct cvxnn__newton *newton, struct cvxnn__scope *scope,
                    struct cvxnn__rows_model *model) {
    int64_t n = newton->n, d = newton->d, count = newton->count;
    *model = (struct cvxnn__rows_model){.n = n, .d = d, .count = count};
    model->radial = cvxnn__integers(scope, count);
    model->e = cvxnn__doubles(scope, count, 1);
    model->inverse = cvxnn__doubles(scope, count, 1);
    model->along = cvxnn__doubles(scope, count, 1);
    model->scale = cvxnn__doubles(scope, n, 1);
    model->own = cvxnn__doubles(scope, n, 1);
    model->tall = cvxnn__take(scope, n, 1, (int64_t)sizeof *model->tall);
    return scope->failed ? cvxnn__fail_memory(newton->program->context) : CVXNN_OK;
}

int32_t cvxnn__rows_model_make(struct cvxnn__newton *newton, struct cvxnn__scope *scope,
                               struct cvxnn__rows_model *model) {
    struct cvxnn__context *context = newton->program->context;
    int32_t status = take(newton, scope, model);
    if (!status) status = cvxnn__rows_norms(context, &newton->program->instance->rows, model->scale);
    if (status) return status;
    double curvature = mean_curvature(newton, model->scale);
    split(newton, curvature, model);
    model->unit = curvature > 0 ? sqrt(curvature) : 1;
    model->rank = model->d + 1;
    model->width = model->rank + model->radials;
    if (!newton->tall)
        newton->tall = cvxnn__take(newton->scope, model->n, model->rank + newton->program->count,
                                   (int64_t)sizeof *newton->tall);
    model->f = newton->tall;
    model->factor = cvxnn__doubles(scope, model->width, model->width);
    model->q = cvxnn__doubles(scope, model->width, 1);
    model->wide = cvxnn__take(scope, model->width, 1, (int64_t)sizeof *model->wide);
    if (scope->failed || !model->f) return cvxnn__fail_memory(context);
    status = fill(newton, scope, model);
    return status ? status : factorise(newton, scope, model);
}

/* q = F'y */
static void sums(struct cvxnn__rows_model *model, const double *y, double *q) {
    for (int64_t i = 0; i < model->n; i++) model->tall[i] = (float)y[i];
    cvxnn__gemv_float(1, model->n, model->width, 1, model->f, model->width, model->tall, 0, model->wide);
    for (int64_t c = 0; c < model->width; c++) q[c] = model->wide[c];
}

/* q = (N + F'F)^-1 q, y -= F q, and t is what q has of it */
static void resolve(struct cvxnn__rows_model *model, double *q, double *y, double *t) {
    cvxnn__triangular_solve(0, model->width, model->factor, model->width, q);
    cvxnn__triangular_solve(1, model->width, model->factor, model->width, q);
    for (int64_t c = 0; c < model->width; c++) model->wide[c] = (float)q[c];
    cvxnn__gemv_float(0, model->n, model->width, 1, model->f, model->width, model->wide, 0, model->tall);
    for (int64_t i = 0; i < model->n; i++) y[i] -= model->tall[i];
    for (int64_t c = 0; c < model->radials; c++) t[c] = q[model->rank + c] / model->unit;
}

void cvxnn__rows_model_begin(struct cvxnn__rows_model *model, double *y, double *t) {
    memset(y, 0, (size_t)model->n * sizeof *y);
    memset(model->q, 0, (size_t)model->rank * sizeof *model->q);
    for (int64_t c = 0; c < model->radials; c++) model->q[model->rank + c] = -t[c] / model->unit;
    resolve(model, model->q, y, t);
}

void cvxnn__rows_model_apply(struct cvxnn__rows_model *model, const double *u, double *y, double *t) {
    memcpy(y, u, (size_t)model->n * sizeof *y);
    sums(model, u, model->q);
    resolve(model, model->q, y, t);
}

/* A product with the system's matrix takes about the time of n d count multiplications, the look-up's gain
 * counted in; Z'Z and the factorisation make the model, and the products that follow cost about as much
 * again. */
int64_t cvxnn__rows_model_cost(int64_t n, int64_t d, int64_t count) {
    double product = (double)n * (double)d * (double)count, k = (double)count;
    return (int64_t)(2 + 2 * ((double)n * k * k + k * k * k / 3) / product);
}
