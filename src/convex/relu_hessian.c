/*
 * The outputs' part of Newton's matrix for the ReLU program (relu.h), A' C A with A_j = s_j D_j X Z_j' and
 * C = F''(f), Z_j an orthonormal basis of the moves v_j may make along its walls. From one step to the next
 * few neurons meet or leave walls or rows: the blocks of all others are those of the last time, as long as C
 * is (for the squared loss always). They come first, in their order; those that are new follow, formed some
 * rows at a time.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convex/relu.h"
#include "linalg/blas.h"

enum { TILE_NUMBERS = 1 << 17 };

struct update {
    struct cvxnn__relu *relu;
    struct cvxnn__relu_hessian *hessian;
    struct cvxnn__scope scope;
    struct cvxnn__relu_neuron **sorted; /* count: by their columns, new ones last */
    int64_t known, order;               /* columns that are there already; all */
    int64_t tile_rows;
    double *x, *a; /* tile_rows x d, tile_rows x order */
    double *moves; /* order x d: the Z_j */
};

static int by_column(const void *a, const void *b) {
    int64_t i = (*(struct cvxnn__relu_neuron *const *)a)->column;
    int64_t j = (*(struct cvxnn__relu_neuron *const *)b)->column;
    return (i > j) - (i < j);
}

/* Forgets what has changed: column -1. */
static void forget(struct cvxnn__relu *relu) {
    size_t n = (size_t)relu->n;
    int same = memcmp(relu->curvature, relu->hessian.curvature, n * sizeof(double)) == 0;
    memcpy(relu->hessian.curvature, relu->curvature, n * sizeof(double));
    for (int64_t j = 0; j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        if (neuron->column < 0) continue;
        if (!same || memcmp(neuron->counted, neuron->kinks.state, n) != 0) neuron->column = -1;
    }
}

/* Puts the neurons that are known in the order of their columns, and new ones after them. */
static void sort(struct update *update) {
    const struct cvxnn__relu *relu = update->relu;
    int64_t kept = 0;
    for (int64_t j = 0; j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = relu->neuron[j];
        update->order += neuron->kinks.free;
        if (neuron->column < 0) continue;
        update->known += neuron->kinks.free;
        update->sorted[kept++] = neuron;
    }
    qsort(update->sorted, (size_t)kept, sizeof(struct cvxnn__relu_neuron *), by_column);
    for (int64_t j = 0; j < relu->count; j++)
        if (relu->neuron[j]->column < 0) update->sorted[kept++] = relu->neuron[j];
}

/* Room for `order` columns, with what is there. */
static int32_t reserve(struct update *update) {
    struct cvxnn__relu *relu = update->relu;
    struct cvxnn__relu_hessian *hessian = update->hessian;
    if (update->order <= hessian->room) return CVXNN_OK;
    int64_t room = update->order + update->order / 4;
    double *values = cvxnn__doubles(&relu->scope, room, room);
    if (!values) return cvxnn__fail_memory(relu->context);
    for (int64_t e = 0; e < hessian->order; e++)
        memcpy(values + e * room, hessian->values + e * hessian->room, (size_t)(e + 1) * sizeof *values);
    cvxnn__give_back(&relu->scope, hessian->values);
    hessian->values = values;
    hessian->room = room;
    return CVXNN_OK;
}

/* Closes the gaps that columns of old leave, in place: every number moves up and to the left. */
static void compact(struct update *update) {
    struct cvxnn__relu_hessian *hessian = update->hessian;
    int64_t room = hessian->room, row = 0;
    for (int64_t j = 0; j < update->relu->count && update->sorted[j]->column >= 0; j++) {
        const struct cvxnn__relu_neuron *moved = update->sorted[j];
        for (int64_t e = 0; e < moved->kinks.free; e++, row++) {
            const double *from = hessian->values + (moved->column + e) * room;
            double *to = hessian->values + row * room;
            for (int64_t k = 0; k <= j; k++) {
                const struct cvxnn__relu_neuron *other = update->sorted[k];
                memmove(to, from + other->column, (size_t)other->kinks.free * sizeof *to);
                to += other->kinks.free;
            }
        }
    }
    hessian->order = update->order;
}

/* The places of all columns from now on. */
static void number(struct update *update) {
    struct cvxnn__relu *relu = update->relu;
    int64_t column = 0;
    for (int64_t j = 0; j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = update->sorted[j];
        if (neuron->column < 0) memcpy(neuron->counted, neuron->kinks.state, (size_t)relu->n);
        neuron->column = column;
        column += neuron->kinks.free;
    }
}

static int32_t open_tiles(struct update *update) {
    const struct cvxnn__relu *relu = update->relu;
    int64_t rows = TILE_NUMBERS / (update->order + 1) + 8, d = relu->d;
    update->tile_rows = rows < relu->n ? rows : relu->n;
    update->x = cvxnn__doubles(&update->scope, update->tile_rows, d);
    update->a = cvxnn__doubles(&update->scope, update->tile_rows, update->order);
    update->moves = cvxnn__doubles(&update->scope, update->order, d);
    if (update->scope.failed) return cvxnn__fail_memory(relu->context);
    int32_t status = CVXNN_OK;
    for (int64_t j = 0; !status && j < relu->count; j++) {
        struct cvxnn__relu_neuron *neuron = update->sorted[j];
        memcpy(update->moves + neuron->column * d, cvxnn__kinks_null(&neuron->kinks),
               (size_t)(neuron->kinks.free * d) * sizeof(double));
        status = cvxnn__poll(relu->context);
    }
    return status;
}

/* A on the tile's rows, times sqrt(C). Returns 0 when a product was too large for the BLAS. */
static int fill_tile(struct update *update, int64_t first, int64_t height) {
    struct cvxnn__relu *relu = update->relu;
    int64_t d = relu->d, order = update->order;
    cvxnn__rows_tile(&relu->instance->rows, first, height, 0, d, update->x, d);
    if (!cvxnn__gemm(0, 1, height, order, d, 1, update->x, d, update->moves, d, 0, update->a, order))
        return 0;
    for (int64_t r = 0; r < height; r++) {
        double root = sqrt(relu->curvature[first + r]), *a = update->a + r * order;
        for (int64_t j = 0; j < relu->count; j++) {
            const struct cvxnn__relu_neuron *neuron = update->sorted[j];
            double scale = cvxnn__relu_is_on(neuron, first + r) ? neuron->sign * root : 0;
            for (int64_t e = 0; e < neuron->kinks.free; e++) *a++ *= scale;
        }
    }
    return 1;
}

/* The rows of the matrix that are new. */
static int32_t add_new(struct update *update) {
    struct cvxnn__relu *relu = update->relu;
    int64_t known = update->known, order = update->order, fresh = order - known, room = update->hessian->room;
    double *rows = update->hessian->values + known * room;
    for (int64_t e = 0; e < fresh; e++) memset(rows + e * room, 0, (size_t)(known + e + 1) * sizeof *rows);
    for (int64_t i = 0; i < relu->n; i += update->tile_rows) {
        int64_t left = relu->n - i, height = left < update->tile_rows ? left : update->tile_rows;
        const double *a = update->a;
        if (!fill_tile(update, i, height) ||
            (known > 0 &&
             !cvxnn__gemm(1, 0, fresh, known, height, 1, a + known, order, a, order, 1, rows, room)) ||
            !cvxnn__syrk(1, fresh, height, 1, a + known, order, 1, rows + known, room))
            return cvxnn__fail_product(relu->context);
        int32_t status = cvxnn__poll(relu->context);
        if (status) return status;
    }
    relu->work += (double)fresh * (double)(known + order) * (double)relu->n;
    return CVXNN_OK;
}

int32_t cvxnn__relu_hessian_update(struct cvxnn__relu *relu) {
    struct update update = {.relu = relu, .hessian = &relu->hessian};
    cvxnn__scope_open(&update.scope, relu->context->memory);
    update.sorted = cvxnn__take(&update.scope, relu->count, 1, (int64_t)sizeof(struct cvxnn__relu_neuron *));
    int32_t status = update.sorted ? CVXNN_OK : cvxnn__fail_memory(relu->context);
    if (!status) {
        forget(relu);
        sort(&update);
        status = reserve(&update);
    }
    if (!status) {
        compact(&update);
        number(&update);
    }
    if (!status && update.known < update.order) {
        status = open_tiles(&update);
        if (!status) status = add_new(&update);
    }
    if (status) /* nothing there can be relied on */
        for (int64_t j = 0; j < relu->count; j++) relu->neuron[j]->column = -1;
    cvxnn__scope_close(&update.scope);
    return status;
}
