/*
 * The ReLU program (relu.h) by an interior method, from far away to near its optimum. With the signs of nu as
 * they are now, a kink of neuron j at row i is convex when s_j nu_i < 0, and there the output may be relaxed:
 *
 *   minimise F(f) + beta sum_j |v_j|,   f_i = sum_j s_j a_ij,   a_ij >= 0, a_ij >= z_ij = x_i . v_j,
 *
 * with a_ij = (z_ij)_+ in the end, since P falls with a. At the other kinks, which hold nobody, f has
 * (z_ij)_+ itself and Newton's model what it is on this side (the convex-concave procedure: Yuille &
 * Rangarajan 2003). With the gap w = a - z, multipliers low, high of the two bounds (low + high = -s_j nu_i
 * at the end) and products low a = high w = mu the step in all of them is Newton's (Mehrotra 1992; Wright
 * 1997). Per pair
 *
 *   q = high/w,  q' = low/a,  theta = q/(q + q'),  omega = q q'/(q + q'),  g = mu/a + mu/w + s nu
 *
 * everything but v is eliminated, which leaves
 *
 *   (B + A' C~ A) p = r,   B_j = beta/|v_j| (I - v^v^') + X' Diag(omega_j) X,   A_j = s_j Diag(theta_j) X,
 *   C~_i = C_i / (1 + C_i sum_j 1/(q + q')).
 *
 * With B_j = L_j L_j' and T = sqrt(C~) A L^-T that is I + T'T, or by Woodbury I + TT' where rows are fewer.
 * The step is as long as few pairs meet a bound; those that do are put back on mu's curve. Nothing is proved
 * about it, and nothing has to be: the active set goes on from wherever this leads.
 */
#include <math.h>
#include <string.h>

#include "convex/relu.h"
#include "linalg/blas.h"

enum { TOGETHER = 16, TILE = 256, MOST_STEPS = 40, MOST_ORDER = 4096, MOST_COLUMNS = 128, BINS = 16 };
static const int64_t MOST_PAIRS = 1 << 22; /* a row and a neuron */

/* Products begin at this multiple of P, all together, and fall by CENTRE a step. */
static const double FIRST_GAP = 1, CENTRE = 0.5;
/* Of the pairs, so many may meet a bound in a step; of the way to it, so much is gone. */
static const double MEETING = 0.02, BACK = 0.95;
/* A neuron shrinks by this share in a step at most. */
static const double SHRINK = 0.9;
/* Of the penalty's curvature, in every direction: so much at least. */
static const double LEAST_CURVATURE = 1e-7;

struct interior {
    struct cvxnn__relu *relu;
    struct cvxnn__scope scope;
    int64_t n, d, count, all, order; /* all: d count; order: the smaller of n and that */
    double mu, gap;                  /* gap: the sum of all products */
    int64_t pairs, blocked[BINS];    /* convex ones; by how far they let a step go */
    double *side;                    /* n: sign of nu_i at the start */
    double *a, *w, *low, *high;      /* n x count */
    double *theta, *omega, *shift;   /* n x count; shift: g/(q + q') */
    double *weight, *offset, *q;     /* n: C~, sum_j s_j shift, work */
    double *inverse;                 /* count x d x d: L_j^-1 */
    double *r, *p;                   /* count x d: right-hand side, step */
    double *system, *columns;        /* order x order; rows of T: n x TOGETHER d or TILE x all */
    double *x, *work;                /* n x d: X; TOGETHER x (n + d) x d */
};

int cvxnn__relu_interior_fits(int64_t n, int64_t d, int64_t count) {
    return d <= MOST_COLUMNS && (n <= MOST_ORDER || d * count <= MOST_ORDER) && n * count <= MOST_PAIRS &&
           d * d * count <= 4 * MOST_PAIRS && TOGETHER * (n + d) * d <= 4 * MOST_PAIRS;
}

static int32_t open_interior(struct interior *s) {
    struct cvxnn__scope *scope = &s->scope;
    int64_t n = s->n, d = s->d, count = s->count;
    cvxnn__scope_open(scope, s->relu->context->memory);
    s->all = d * count;
    s->order = n < s->all ? n : s->all;
    double **pairs[] = {&s->a, &s->w, &s->low, &s->high, &s->theta, &s->omega, &s->shift};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) *pairs[k] = cvxnn__doubles(scope, n, count);
    double **rows[] = {&s->side, &s->weight, &s->offset, &s->q};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) *rows[k] = cvxnn__doubles(scope, n, 1);
    s->inverse = cvxnn__doubles(scope, s->all, d);
    s->r = cvxnn__doubles(scope, count, d);
    s->p = cvxnn__doubles(scope, count, d);
    s->system = cvxnn__doubles(scope, s->order, s->order);
    s->columns = s->order == n ? cvxnn__doubles(scope, n, TOGETHER * d) : cvxnn__doubles(scope, TILE, s->all);
    s->x = cvxnn__doubles(scope, n, d);
    s->work = cvxnn__doubles(scope, TOGETHER * (n + d), d);
    if (scope->failed) return cvxnn__fail_memory(s->relu->context);
    cvxnn__rows_tile(&s->relu->instance->rows, 0, n, 0, d, s->x, d);
    return CVXNN_OK;
}

/* ---- Pairs ------------------------------------------------------------------------------------------ */

static int is_convex(const struct interior *s, int64_t i, int64_t j) {
    return s->side[i] * s->relu->neuron[j]->sign < 0;
}

/* The pair with low + high = kappa and both products mu. */
static void centre(struct interior *s, int64_t at, double kappa) {
    double z = s->relu->products[at], rho = s->mu / kappa, root = sqrt(z * z + 4 * rho * rho);
    double large = 0.5 * (root + fabs(z)), small = 2 * rho * rho / (root + fabs(z));
    s->a[at] = rho + (z > 0 ? large : small);
    s->w[at] = rho + (z > 0 ? small : large);
    s->low[at] = s->mu / s->a[at];
    s->high[at] = s->mu / s->w[at];
}

/* Products of X with the neurons, pairs and mu. No pair is looser than at the average row. */
static void begin(struct interior *s) {
    struct cvxnn__relu *relu = s->relu;
    double typical = 0;
    for (int64_t i = 0; i < s->n; i++) {
        typical += fabs(relu->nu[i]) / (double)s->n;
        s->side[i] = relu->norms[i] > 0 ? (relu->nu[i] > 0) - (relu->nu[i] < 0) : 0;
        for (int64_t j = 0; j < s->count; j++) s->pairs += is_convex(s, i, j);
    }
    s->gap = FIRST_GAP * relu->objective;
    if (s->pairs == 0) return;
    s->mu = s->gap / (2 * (double)s->pairs);
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t j = 0; j < s->count; j++)
            if (is_convex(s, i, j)) centre(s, i * s->count + j, fmax(fabs(relu->nu[i]), typical));
}

/* f with the relaxed outputs, nu, C and P. */
static void evaluate(struct interior *s) {
    struct cvxnn__relu *relu = s->relu;
    relu->penalty = 0;
    for (int64_t j = 0; j < s->count; j++) relu->penalty += relu->neuron[j]->size;
    for (int64_t i = 0; i < s->n; i++) {
        relu->f[i] = 0;
        for (int64_t j = 0; j < s->count; j++) {
            int64_t at = i * s->count + j;
            relu->f[i] += relu->neuron[j]->sign *
                          (is_convex(s, i, j) ? s->a[at] : fmax(relu->products[at], 0));
        }
    }
    relu->objective = cvxnn__loss_value(relu->instance, relu->f) + relu->instance->beta * relu->penalty;
    cvxnn__loss_residual(relu->instance, relu->f, relu->nu);
    cvxnn__loss_curvature(relu->instance, relu->f, relu->curvature);
}

/* theta, omega, shift, C~, and in slopes what X' makes the right-hand side of, but for the penalty's part. */
static void weigh(struct interior *s) {
    struct cvxnn__relu *relu = s->relu;
    for (int64_t i = 0; i < s->n; i++) {
        double loose = 0, offset = 0;
        for (int64_t j = 0; j < s->count; j++) {
            int64_t at = i * s->count + j;
            double sign = relu->neuron[j]->sign;
            s->omega[at] = s->shift[at] = 0;
            s->theta[at] = relu->products[at] > 0;
            relu->slopes[at] = s->theta[at] * sign * relu->nu[i];
            if (!is_convex(s, i, j)) continue;
            double q = s->high[at] / s->w[at], other = s->low[at] / s->a[at], both = q + other;
            double g = s->mu / s->a[at] + s->mu / s->w[at] + sign * relu->nu[i];
            s->theta[at] = q / both;
            s->omega[at] = q * (other / both);
            s->shift[at] = g / both;
            relu->slopes[at] = s->theta[at] * g - s->mu / s->w[at];
            loose += 1 / both;
            offset += sign * s->shift[at];
        }
        s->weight[i] = relu->curvature[i] / (1 + relu->curvature[i] * loose);
        s->offset[i] = offset;
        for (int64_t j = 0; j < s->count; j++)
            relu->slopes[i * s->count + j] -= relu->neuron[j]->sign * s->theta[i * s->count + j] *
                                              s->weight[i] * offset;
    }
}

/* ---- The system ------------------------------------------------------------------------------------- */

struct batch {
    struct interior *s;
    int64_t first;
    int failed[TOGETHER];
};

/* L_j^-1 of B_j = L_j L_j'. */
static void make_inverse(void *argument, int64_t k) {
    struct batch *batch = argument;
    struct interior *s = batch->s;
    int64_t j = batch->first + k, d = s->d, felt = 0;
    const struct cvxnn__relu_neuron *neuron = s->relu->neuron[j];
    double *rows = s->work + k * (s->n + d) * d, *block = rows + s->n * d, *inverse = s->inverse + j * d * d;
    double bend = s->relu->instance->beta / neuron->size;
    for (int64_t i = 0; i < s->n; i++) {
        double root = sqrt(s->omega[i * s->count + j]);
        if (root == 0) continue;
        for (int64_t e = 0; e < d; e++) rows[felt * d + e] = root * s->x[i * d + e];
        felt++;
    }
    for (int64_t e = 0; e < d; e++)
        for (int64_t g = 0; g <= e; g++)
            block[e * d + g] = bend * ((e == g ? 1 + LEAST_CURVATURE : 0) -
                                       neuron->v[e] / neuron->size * (neuron->v[g] / neuron->size));
    batch->failed[k] = !cvxnn__syrk(1, d, felt, 1, rows, d, 1, block, d) || cvxnn__cholesky(d, block, d) != 1;
    for (int64_t e = 0; e < d; e++)
        for (int64_t g = 0; g < d; g++) {
            double sum = e == g ? 1 : 0;
            for (int64_t m = g; m < e; m++) sum -= block[e * d + m] * inverse[m * d + g];
            inverse[e * d + g] = g > e ? 0 : sum / block[e * d + e];
        }
}

/* T for rows and neurons first, first + 1, ...; into columns. */
static int fill(struct interior *s, int64_t row, int64_t height, int64_t neuron, int64_t taken) {
    int64_t d = s->d, width = taken * d;
    for (int64_t k = 0; k < taken; k++) {
        double sign = s->relu->neuron[neuron + k]->sign;
        if (!cvxnn__gemm(0, 1, height, d, d, sign, s->x + row * d, d, s->inverse + (neuron + k) * d * d, d, 0,
                         s->columns + k * d, width))
            return 0;
        for (int64_t i = 0; i < height; i++) {
            double scale = sqrt(s->weight[row + i]) * s->theta[(row + i) * s->count + neuron + k];
            for (int64_t e = 0; e < d; e++) s->columns[i * width + k * d + e] *= scale;
        }
    }
    return 1;
}

/* I + TT' or I + T'T, and its factor. *done = 0: a factorisation broke down. */
static int32_t factor(struct interior *s, int *done) {
    int64_t order = s->order;
    int32_t status = CVXNN_OK;
    *done = 1;
    memset(s->system, 0, (size_t)(order * order) * sizeof(double));
    for (int64_t e = 0; e < order; e++) s->system[e * order + e] = 1;
    for (int64_t j = 0; j < s->count && *done; j += TOGETHER) {
        if ((status = cvxnn__poll(s->relu->context))) return status;
        struct batch batch = {.s = s, .first = j};
        int64_t taken = s->count - j < TOGETHER ? s->count - j : TOGETHER;
        cvxnn__run(s->relu->context->team, taken, make_inverse, &batch);
        for (int64_t k = 0; k < taken; k++) *done = *done && !batch.failed[k];
        if (order == s->n)
            *done = *done && fill(s, 0, s->n, j, taken) &&
                    cvxnn__syrk(0, order, taken * s->d, 1, s->columns, taken * s->d, 1, s->system, order);
    }
    for (int64_t i = 0; *done && order < s->n && i < s->n; i += TILE) {
        if ((status = cvxnn__poll(s->relu->context))) return status;
        int64_t height = s->n - i < TILE ? s->n - i : TILE;
        *done = fill(s, i, height, 0, s->count) &&
                cvxnn__syrk(1, order, height, 1, s->columns, order, 1, s->system, order);
    }
    *done = *done && cvxnn__cholesky(order, s->system, order) == 1;
    return CVXNN_OK;
}

/* x_j = L_j^-1 x_j, or L_j'^-1 x_j with transpose. */
static void divide(struct interior *s, int transpose, double *x) {
    int64_t d = s->d;
    for (int64_t j = 0; j < s->count; j++) {
        memcpy(s->work, x + j * d, (size_t)d * sizeof *x);
        cvxnn__gemv(transpose, d, d, 1, s->inverse + j * d * d, d, s->work, 0, x + j * d);
    }
}

static int32_t gather(struct interior *s, double *out) {
    struct cvxnn__relu *relu = s->relu;
    return cvxnn__rows_transposed_times(relu->context, &relu->instance->rows, s->count, relu->slopes,
                                        s->count, out, s->d);
}

static int32_t multiply(struct interior *s, const double *vectors, double *out) {
    struct cvxnn__relu *relu = s->relu;
    return cvxnn__rows_times(relu->context, &relu->instance->rows, s->count, vectors, s->d, out, s->count);
}

/* p = B^-1 r - B^-1 A' sqrt(C~) (I + TT')^-1 sqrt(C~) A B^-1 r. */
static int32_t solve_by_rows(struct interior *s) {
    struct cvxnn__relu *relu = s->relu;
    int64_t n = s->n, count = s->count;
    divide(s, 0, s->p);
    divide(s, 1, s->p);
    int32_t status = multiply(s, s->p, relu->slopes);
    if (status) return status;
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t j = 0; j < count; j++)
            sum += relu->neuron[j]->sign * relu->slopes[i * count + j] * s->theta[i * count + j];
        s->q[i] = sqrt(s->weight[i]) * sum;
    }
    cvxnn__cholesky_solve(n, s->system, n, 1, s->q, n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < count; j++)
            relu->slopes[i * count + j] = sqrt(s->weight[i]) * s->q[i] * relu->neuron[j]->sign *
                                          s->theta[i * count + j];
    if ((status = gather(s, s->p))) return status;
    for (int64_t e = 0; e < s->all; e++) s->p[e] = s->r[e] - s->p[e];
    divide(s, 0, s->p);
    divide(s, 1, s->p);
    return CVXNN_OK;
}

/* The step of v, and slopes = X p. *done = 0: the system could not be factored. */
static int32_t solve(struct interior *s, int *done) {
    struct cvxnn__relu *relu = s->relu;
    weigh(s);
    int32_t status = gather(s, s->r);
    if (!status) status = factor(s, done);
    if (status || !*done) return status;
    for (int64_t j = 0; j < s->count; j++)
        cvxnn__axpy(s->d, -relu->instance->beta / relu->neuron[j]->size, relu->neuron[j]->v, s->r + j * s->d);
    memcpy(s->p, s->r, (size_t)s->all * sizeof(double));
    if (s->order == s->n) {
        status = solve_by_rows(s);
    } else {
        divide(s, 0, s->p);
        cvxnn__cholesky_solve(s->all, s->system, s->all, 1, s->p, s->all);
        divide(s, 1, s->p);
    }
    for (int64_t j = 0; j < s->count; j++) {
        double *p = s->p + j * s->d, size = relu->neuron[j]->size;
        double shrink = -cvxnn__dot(s->d, relu->neuron[j]->v, p) / (size * size);
        for (int64_t e = 0; shrink > SHRINK && e < s->d; e++) p[e] *= SHRINK / shrink;
    }
    return status ? status : multiply(s, s->p, relu->slopes);
}

/* ---- The step --------------------------------------------------------------------------------------- */

/* Steps of a, low and high in place of shift, theta and omega; in blocked[k] how many pairs let only a share
 * of 2^(-k/2) of the step go. */
static void spread(struct interior *s) {
    const struct cvxnn__relu *relu = s->relu;
    memset(s->blocked, 0, sizeof s->blocked);
    for (int64_t i = 0; i < s->n; i++) {
        double df = s->offset[i];
        for (int64_t j = 0; j < s->count; j++)
            df += relu->neuron[j]->sign * s->theta[i * s->count + j] * relu->slopes[i * s->count + j];
        for (int64_t j = 0; j < s->count; j++) {
            int64_t at = i * s->count + j;
            if (!is_convex(s, i, j)) continue;
            double q = s->high[at] / s->w[at], other = s->low[at] / s->a[at], dz = relu->slopes[at];
            double da = s->theta[at] * dz + s->shift[at] -
                        relu->neuron[j]->sign * s->weight[i] * df / (q + other);
            double dlow = s->mu / s->a[at] - s->low[at] - other * da;
            double dhigh = s->mu / s->w[at] - s->high[at] - q * (da - dz);
            double most = fmax(fmax(-da / s->a[at], (dz - da) / s->w[at]),
                               fmax(-dlow / s->low[at], -dhigh / s->high[at])) /
                          BACK;
            s->blocked[most > 1 ? (int)fmin(1 + 2 * log2(most), BINS - 1) : 0]++;
            s->shift[at] = da;
            s->theta[at] = dlow;
            s->omega[at] = dhigh;
        }
    }
}

/* The longest of a few steps in which not too many pairs meet a bound. */
static double length(const struct interior *s) {
    int64_t meeting = 0;
    int k = BINS;
    while (k > 1 && (double)meeting <= MEETING * (double)s->pairs) meeting += s->blocked[--k];
    return (double)meeting > MEETING * (double)s->pairs ? pow(2, -0.5 * k) : 1;
}

static int32_t advance(struct interior *s, double t) {
    struct cvxnn__relu *relu = s->relu;
    s->gap = 0;
    for (int64_t j = 0; j < s->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        cvxnn__axpy(s->d, t, s->p + j * s->d, neuron->v);
        neuron->size = cvxnn__norm(s->d, neuron->v);
        memcpy(relu->vectors + j * s->d, neuron->v, (size_t)s->d * sizeof(double));
    }
    int32_t status = multiply(s, relu->vectors, relu->products);
    for (int64_t i = 0; !status && i < s->n; i++)
        for (int64_t j = 0; j < s->count; j++) {
            int64_t at = i * s->count + j;
            if (!is_convex(s, i, j)) continue;
            double a = s->a[at] + t * s->shift[at], w = s->w[at] + t * (s->shift[at] - relu->slopes[at]);
            double low = s->low[at] + t * s->theta[at], high = s->high[at] + t * s->omega[at];
            if (fmin(fmin(a / s->a[at], w / s->w[at]), fmin(low / s->low[at], high / s->high[at])) <
                1 - BACK) {
                centre(s, at, fmax(low + high, (1 - SHRINK) * (s->low[at] + s->high[at])));
            } else {
                s->a[at] = a, s->w[at] = w;
                s->low[at] = low, s->high[at] = high;
            }
            s->gap += s->a[at] * s->low[at] + s->w[at] * s->high[at];
        }
    return status;
}

/* A step that halves the products. */
static int32_t step(struct interior *s, int *done) {
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_CONVEX);
    s->mu = CENTRE * s->gap / (2 * (double)s->pairs);
    int32_t status = solve(s, done);
    if (status || !*done) return status;
    spread(s);
    if ((status = advance(s, length(s)))) return status;
    evaluate(s);
    progress.iterations = ++s->relu->iterations;
    progress.convex_objective = s->relu->objective;
    progress.active = s->count;
    return cvxnn__report(s->relu->context, &progress);
}

int32_t cvxnn__relu_interior(struct cvxnn__relu *relu, double gap) {
    struct interior s = {.relu = relu, .n = relu->n, .d = relu->d, .count = relu->count};
    int done = relu->count > 0 && isfinite(relu->objective);
    if (!done || !cvxnn__relu_interior_fits(s.n, s.d, s.count)) return CVXNN_OK;
    int32_t status = open_interior(&s);
    if (!status) begin(&s);
    for (int64_t j = 0; !status && j < s.count; j++) {
        memset(relu->neuron[j]->kinks.state, 0, (size_t)s.n);
        cvxnn__kinks_gather(&relu->neuron[j]->kinks);
    }
    if (!status && s.pairs > 0) evaluate(&s);
    for (int k = 0; !status && done && s.pairs > 0 && s.gap > gap * relu->objective && k < MOST_STEPS; k++)
        status = step(&s, &done);
    cvxnn__scope_close(&s.scope);
    if (status < 0) return status;
    int32_t failed = cvxnn__relu_refresh(relu, 0);
    return failed ? failed : status;
}
