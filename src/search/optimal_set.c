/* The polytope of equally good networks, and least-squares problems over it. See optimal_set.h. */
#include "search/optimal_set.h"

#include <math.h>
#include <string.h>

#include "linalg/basis.h"
#include "linalg/blas.h"
#include "linalg/nnls.h"
#include "patterns/price.h"

enum { STARTS = 1024, MOST_MAXIMA = 256, MOST_REPAIRS = 10 };

/* A column this close to the span of others, relative to its length, is in it. */
static const double DEPENDENT = 1e-11;
/* Local maxima this far below the network's own, relative to them, are looked at. */
static const double BELOW = 1e-6;
/* Directions this close are one. */
static const double SAME = 1e-9;
/* What a move costs beyond its aim, relative to it: picks the nearest of the points that serve as well. */
static const double LAZY = 1e-5;
/* Weights this small, relative to their sum, are zero. */
static const double NOTHING = 1e-8;
/* Entries of u this small are no use of a feature. */
static const double UNUSED = 1e-14;
static const double ROUNDING = 1e-10;

struct face {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    const struct cvxnn__network *network;
    struct cvxnn__scope scope;
    int64_t n, d, count, room;
    double *u;        /* room x d: unit directions */
    double *sign, *c; /* room */
    double total;     /* sum of c */
    double *h;        /* count x (n + 1): columns, rows weighted by sqrt(s_i / S); the last row counts c */
    char *barred;     /* room: columns that must stay 0 */
    int64_t free;     /* dimension of the polytope's plane */
    double *null;     /* count x free: c + null t has the same outputs and sum */
};

/* ---- Directions and columns ----------------------------------------------------------------------- */

static int is_there(const struct face *face, const double *u, double sign) {
    for (int64_t j = 0; j < face->count; j++) {
        double apart = 0;
        for (int64_t e = 0; e < face->d; e++) apart = fmax(apart, fabs(u[e] - face->u[j * face->d + e]));
        if (apart <= SAME && face->sign[j] == sign) return 1;
    }
    return 0;
}

/* u of length 1. */
static void add(struct face *face, const double *u, double sign, double c) {
    memcpy(face->u + face->count * face->d, u, (size_t)face->d * sizeof *u);
    face->sign[face->count] = sign;
    face->c[face->count++] = c;
    face->total += c;
}

static void add_own(struct face *face) {
    const struct cvxnn__network *network = face->network;
    for (int64_t j = 0; j < network->neurons; j++) {
        const double *u = network->u + j * face->d;
        double size = cvxnn__norm(face->d, u), c = size * fabs(network->a[j]);
        double *unit = face->u + face->count * face->d;
        if (!(c > 0)) continue;
        for (int64_t e = 0; e < face->d; e++) unit[e] = u[e] / size;
        add(face, unit, network->a[j] > 0 ? 1 : -1, c);
    }
}

/* Directions besides the network's own whose |sum_i nu_i (x_i . u)_+| is as large. */
static int32_t add_priced(struct face *face) {
    const struct cvxnn__instance *instance = face->instance;
    int64_t own = face->count;
    double *nu = cvxnn__doubles(&face->scope, face->n, 1), *norms = cvxnn__doubles(&face->scope, face->n, 1);
    double *value = cvxnn__doubles(&face->scope, own, 1), *top = cvxnn__doubles(&face->scope, own, face->d);
    struct cvxnn__priced priced;
    double least = 0;
    if (face->scope.failed) return cvxnn__fail_memory(face->context);
    int32_t status = cvxnn__network_outputs(face->context, face->network, &instance->rows, nu);
    if (!status) status = cvxnn__rows_norms(face->context, &instance->rows, norms);
    if (status) return status;
    cvxnn__loss_residual(instance, nu, nu);
    for (int64_t i = 0; i < face->n; i++)
        if (!(cvxnn__instance_share(instance, i) > 0)) norms[i] = 0;
    memcpy(top, face->u, (size_t)(own * face->d) * sizeof *top);
    status = cvxnn__ascend(face->context, &instance->rows, norms, nu, own, top, face->sign, value);
    for (int64_t j = 0; j < own; j++) least = fmax(least, (1 - BELOW) * value[j]);
    struct cvxnn__price_options options = {
        .norms = norms, .random = STARTS, .given = own, .directions = face->u, .most = face->room - own};
    if (!status && least > 0) {
        status = cvxnn__price(face->context, &instance->rows, nu, &options, &priced);
        if (status < 0) return status;
        for (int64_t k = 0; k < priced.count && face->count < face->room; k++) {
            const double *u = priced.u + k * face->d;
            if (priced.value[k] >= least && !is_there(face, u, priced.sign[k]))
                add(face, u, priced.sign[k], 0);
        }
        cvxnn__priced_free(&priced);
    }
    return status;
}

static int32_t set_columns(struct face *face) {
    int64_t n = face->n, count = face->count;
    double *products = cvxnn__doubles(&face->scope, n, count), largest = 0;
    face->h = cvxnn__doubles(&face->scope, count, n + 1);
    if (face->scope.failed) return cvxnn__fail_memory(face->context);
    int32_t status = cvxnn__rows_times(face->context, &face->instance->rows, count, face->u, face->d,
                                       products, count);
    for (int64_t j = 0; !status && j < count; j++) {
        double *h = face->h + j * (n + 1);
        for (int64_t i = 0; i < n; i++)
            h[i] = face->sign[j] * sqrt(cvxnn__instance_share(face->instance, i)) *
                   fmax(products[i * count + j], 0);
        largest = fmax(largest, cvxnn__norm(n, h));
    }
    for (int64_t j = 0; j < count; j++) face->h[j * (n + 1) + n] = largest;
    cvxnn__give_back(&face->scope, products);
    return status;
}

/* null, of the columns that are not barred: each that depends on those before it gives a direction. */
static int32_t set_null(struct face *face) {
    struct cvxnn__scope scope;
    struct cvxnn__basis basis;
    int64_t n = face->n + 1, count = face->count, most = count < n ? count : n;
    cvxnn__scope_open(&scope, face->context->memory);
    cvxnn__basis_take(&scope, n, most, &basis);
    int64_t *member = cvxnn__integers(&scope, most);
    double *inside = cvxnn__doubles(&scope, most, 1), *outside = cvxnn__doubles(&scope, n, 1),
           *moves = cvxnn__take_zeroed(&scope, count, count, (int64_t)sizeof *moves);
    if (scope.failed) {
        cvxnn__scope_close(&scope);
        return cvxnn__fail_memory(face->context);
    }
    face->free = 0;
    for (int64_t j = 0; j < count; j++) {
        const double *h = face->h + j * n;
        if (face->barred[j]) continue;
        double height = cvxnn__basis_split(&basis, h, inside, outside);
        if (height > DEPENDENT * cvxnn__norm(n, h) && basis.count < most) {
            member[basis.count] = j;
            cvxnn__basis_add(&basis, inside, outside, height);
            continue;
        }
        double *move = moves + face->free++ * count;
        cvxnn__basis_solve_transposed(&basis, inside);
        move[j] = 1;
        for (int64_t k = 0; k < basis.count; k++) move[member[k]] = -inside[k];
    }
    for (int64_t j = 0; j < count; j++)
        for (int64_t k = 0; k < face->free; k++) face->null[j * face->free + k] = moves[k * count + j];
    cvxnn__scope_close(&scope);
    return CVXNN_OK;
}

static int32_t open_face(struct face *face) {
    struct cvxnn__scope *scope = &face->scope;
    face->room = face->network->neurons + MOST_MAXIMA;
    face->u = cvxnn__doubles(scope, face->room, face->d);
    face->sign = cvxnn__doubles(scope, face->room, 1);
    face->c = cvxnn__doubles(scope, face->room, 1);
    face->barred = cvxnn__take_zeroed(scope, face->room, 1, 1);
    if (scope->failed) return cvxnn__fail_memory(face->context);
    add_own(face);
    int32_t status = add_priced(face);
    if (!status) status = set_columns(face);
    if (!status) face->null = cvxnn__doubles(scope, face->count, face->count);
    if (!status && !face->null) status = cvxnn__fail_memory(face->context);
    return status ? status : set_null(face);
}

/* Weights next to nothing become zero, and the others make up for that and for rounding: afterwards the
 * outputs and the sum are those of `before` again. */
static int32_t repair(struct face *face, const double *before) {
    struct cvxnn__scope scope;
    struct cvxnn__basis basis;
    int64_t n = face->n + 1, count = face->count, most = count < n ? count : n;
    cvxnn__scope_open(&scope, face->context->memory);
    cvxnn__basis_take(&scope, n, most, &basis);
    int64_t *member = cvxnn__integers(&scope, most);
    double *inside = cvxnn__doubles(&scope, most, 1), *outside = cvxnn__doubles(&scope, n, 1);
    double *off = cvxnn__take_zeroed(&scope, n, 1, (int64_t)sizeof *off);
    int32_t status = scope.failed ? cvxnn__fail_memory(face->context) : CVXNN_OK;
    for (int64_t j = 0; !status && j < count; j++) {
        const double *h = face->h + j * n;
        if (face->c[j] < NOTHING * face->total) face->c[j] = 0;
        cvxnn__axpy(n, before[j] - face->c[j], h, off);
        if (face->c[j] == 0 || basis.count == most) continue;
        double height = cvxnn__basis_split(&basis, h, inside, outside);
        if (!(height > DEPENDENT * cvxnn__norm(n, h))) continue;
        member[basis.count] = j;
        cvxnn__basis_add(&basis, inside, outside, height);
    }
    if (!status) {
        cvxnn__basis_split(&basis, off, inside, outside);
        cvxnn__basis_solve_transposed(&basis, inside);
        for (int64_t k = 0; k < basis.count; k++) face->c[member[k]] += inside[k];
    }
    cvxnn__scope_close(&scope);
    return status;
}

static int below_zero(const struct face *face) {
    for (int64_t j = 0; j < face->count; j++)
        if (face->c[j] < 0) return 1;
    return 0;
}

/* ---- The least-squares problem -------------------------------------------------------------------- */

/*
 * Moves c to the point of the polytope where |G c - y| is least; g: rows x count, y: rows numbers. In units
 * of the sum of c and of the misfit there is, with a little of |null t| added so that the answer is one
 * point.
 */
static int32_t move(struct face *face, int64_t rows, const double *g, const double *y) {
    struct cvxnn__scope scope;
    int64_t free = face->free, count = face->count, tall = rows + count;
    double misfit = 0, longest = 0;
    if (free == 0) return CVXNN_OK;
    cvxnn__scope_open(&scope, face->context->memory);
    double *e = cvxnn__take_zeroed(&scope, free, tall, (int64_t)sizeof *e),
           *r = cvxnn__take_zeroed(&scope, tall, 1, (int64_t)sizeof *r);
    double *low = cvxnn__doubles(&scope, count, 1), *t = cvxnn__doubles(&scope, free, 1),
           *before = cvxnn__doubles(&scope, count, 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(face->context) : CVXNN_OK;
    for (int64_t i = 0; !status && i < rows; i++) {
        r[i] = y[i] - cvxnn__dot(count, g + i * count, face->c);
        misfit = fmax(misfit, fabs(r[i]));
        for (int64_t k = 0; k < free; k++)
            for (int64_t j = 0; j < count; j++)
                e[k * tall + i] += g[i * count + j] * face->null[j * free + k] * face->total;
    }
    for (int64_t k = 0; !status && k < free; k++) longest = fmax(longest, cvxnn__norm(rows, e + k * tall));
    if (!status && misfit > 0 && longest > 0) {
        for (int64_t i = 0; i < rows; i++) r[i] /= misfit;
        for (int64_t k = 0; k < free; k++) {
            for (int64_t i = 0; i < rows; i++) e[k * tall + i] /= misfit;
            for (int64_t j = 0; j < count; j++)
                e[k * tall + rows + j] = LAZY * longest / misfit * face->null[j * free + k];
        }
        for (int64_t j = 0; j < count; j++) low[j] = -face->c[j] / face->total;
        status = cvxnn__bounded_least_squares(face->context, free, tall, e, r, count, face->null, low, t);
        for (int64_t j = 0; !status && j < count; j++) {
            before[j] = face->c[j];
            face->c[j] += face->total * cvxnn__dot(free, face->null + j * free, t);
        }
        for (int pass = 0; !status && pass < MOST_REPAIRS && (pass == 0 || below_zero(face)); pass++)
            status = repair(face, before);
        if (status == CVXNN_STOPPED_PRECISION) status = CVXNN_OK; /* the point where it is serves */
    }
    cvxnn__scope_close(&scope);
    return status;
}

/* ---- The network ------------------------------------------------------------------------------------ */

static int32_t write_network(const struct face *face, struct cvxnn__network *moved) {
    const struct cvxnn__network *network = face->network;
    int64_t d = face->d, kept = 0;
    for (int64_t j = 0; j < face->count; j++) kept += face->c[j] > 0;
    int32_t status = cvxnn__network_copy(face->context, network, moved);
    if (status) return status;
    if (kept > network->neurons) {
        cvxnn__give_back(&moved->scope, moved->u);
        cvxnn__give_back(&moved->scope, moved->a);
        moved->u = cvxnn__doubles(&moved->scope, kept, d);
        moved->a = cvxnn__doubles(&moved->scope, kept, 1);
    }
    if (moved->scope.failed) {
        cvxnn__network_free(moved);
        return cvxnn__fail_memory(face->context);
    }
    moved->neurons = kept;
    kept = 0;
    for (int64_t j = 0; j < face->count; j++) {
        if (!(face->c[j] > 0)) continue;
        for (int64_t e = 0; e < d; e++) {
            double entry = face->u[j * d + e];
            moved->u[kept * d + e] = fabs(entry) > UNUSED ? entry : 0;
        }
        moved->a[kept++] = face->sign[j] * face->c[j];
    }
    cvxnn__network_balance(moved);
    return CVXNN_OK;
}

/* The loss of a network on other rows. */
static int32_t loss_on(struct cvxnn__context *context, const struct cvxnn__network *network,
                       const struct cvxnn__instance *instance, double *loss) {
    struct cvxnn__scope scope;
    cvxnn__scope_open(&scope, context->memory);
    double *f = cvxnn__doubles(&scope, instance->rows.n, 1);
    int32_t status = f ? cvxnn__network_outputs(context, network, &instance->rows, f)
                       : cvxnn__fail_memory(context);
    if (!status) *loss = cvxnn__loss_value(instance, f);
    cvxnn__scope_close(&scope);
    return status;
}

/* The moved network in place of the old one where it is as good, on the rows held out too (NULL: none). */
static int32_t settle(const struct face *face, const struct cvxnn__instance *holdout,
                      struct cvxnn__network *network) {
    struct cvxnn__network moved;
    struct cvxnn__context *context = face->context;
    double before, after, loss[2] = {0, 0};
    int32_t status = write_network(face, &moved);
    if (status) return status;
    status = cvxnn__network_objective(context, network, face->instance, NULL, &before);
    if (!status) status = cvxnn__network_objective(context, &moved, face->instance, NULL, &after);
    if (!status && holdout) status = loss_on(context, network, holdout, loss);
    if (!status && holdout) status = loss_on(context, &moved, holdout, loss + 1);
    if (!status && fabs(after - before) <= ROUNDING * before && loss[1] <= loss[0]) {
        cvxnn__network_free(network);
        *network = moved;
    } else {
        cvxnn__network_free(&moved);
    }
    return status;
}

/* ---- Aims ------------------------------------------------------------------------------------------- */

/* G = activations on the rows held out, weighted. */
static int32_t fit(struct face *face, const struct cvxnn__instance *holdout) {
    struct cvxnn__scope scope;
    int64_t rows = holdout->rows.n, count = face->count;
    cvxnn__scope_open(&scope, face->context->memory);
    double *g = cvxnn__doubles(&scope, rows, count), *y = cvxnn__doubles(&scope, rows, 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(face->context)
                                  : cvxnn__rows_times(face->context, &holdout->rows, count, face->u, face->d,
                                                      g, count);
    for (int64_t i = 0; !status && i < rows; i++) {
        double share = sqrt(cvxnn__instance_share(holdout, i));
        for (int64_t j = 0; j < count; j++)
            g[i * count + j] = face->sign[j] * share * fmax(g[i * count + j], 0);
        y[i] = share * holdout->targets[i];
    }
    if (!status) status = move(face, rows, g, y);
    cvxnn__scope_close(&scope);
    return status;
}

static int uses(const struct face *face, int64_t j, int64_t feature) {
    return fabs(face->u[j * face->d + feature]) > UNUSED;
}

static double weight_on(const struct face *face, int64_t feature) {
    double weight = 0;
    for (int64_t j = 0; j < face->count; j++)
        if (uses(face, j, feature)) weight += face->c[j];
    return weight;
}

/* Moves to a point without the feature where there is one, and bars it for good; stays otherwise. Work: g
 * (count x count), y, before (count each). */
static int32_t drop(struct face *face, int64_t feature, double *g, double *y, double *before) {
    int64_t count = face->count, rows = 0;
    memcpy(before, face->c, (size_t)count * sizeof *before);
    memset(g, 0, (size_t)(count * count) * sizeof *g);
    memset(y, 0, (size_t)count * sizeof *y);
    for (int64_t j = 0; j < count; j++)
        if (!face->barred[j] && uses(face, j, feature)) g[rows++ * count + j] = 1;
    int32_t status = weight_on(face, feature) > 0 ? move(face, rows, g, y) : CVXNN_OK;
    if (status) return status;
    if (weight_on(face, feature) > NOTHING * face->total) {
        memcpy(face->c, before, (size_t)count * sizeof *before);
        return CVXNN_OK;
    }
    for (int64_t j = 0; j < count; j++) {
        if (!uses(face, j, feature)) continue;
        face->c[j] = 0;
        face->barred[j] = 1;
    }
    return set_null(face);
}

static int32_t drop_features(struct face *face) {
    struct cvxnn__scope scope;
    int64_t features = face->network->features, count = face->count;
    cvxnn__scope_open(&scope, face->context->memory);
    char *seen = cvxnn__take_zeroed(&scope, features, 1, 1);
    double *g = cvxnn__doubles(&scope, count, count), *y = cvxnn__doubles(&scope, count, 1);
    double *before = cvxnn__doubles(&scope, count, 1);
    int32_t status = scope.failed ? cvxnn__fail_memory(face->context) : CVXNN_OK;
    for (int64_t round = 0; !status && round < features; round++) {
        int64_t next = -1;
        for (int64_t e = 0; e < features; e++)
            if (!seen[e] && (next < 0 || weight_on(face, e) < weight_on(face, next))) next = e;
        seen[next] = 1;
        status = drop(face, next, g, y, before);
        if (!status) status = cvxnn__poll(face->context);
    }
    cvxnn__scope_close(&scope);
    return status;
}

/* holdout NULL: fewer features. */
static int32_t aim(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                   const struct cvxnn__instance *holdout, struct cvxnn__network *network) {
    struct face face = {.context = context,
                        .instance = instance,
                        .network = network,
                        .n = instance->rows.n,
                        .d = instance->rows.d};
    if (network->neurons == 0) return CVXNN_OK;
    cvxnn__scope_open(&face.scope, context->memory);
    int32_t status = open_face(&face);
    if (!status && face.total > 0) status = holdout ? fit(&face, holdout) : drop_features(&face);
    if (!status) status = settle(&face, holdout, network);
    cvxnn__scope_close(&face.scope);
    return status;
}

int32_t cvxnn__optimal_set_fit(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                               const struct cvxnn__instance *holdout, struct cvxnn__network *network) {
    return aim(context, instance, holdout, network);
}

int32_t cvxnn__optimal_set_drop_features(struct cvxnn__context *context,
                                         const struct cvxnn__instance *instance,
                                         struct cvxnn__network *network) {
    return aim(context, instance, NULL, network);
}
