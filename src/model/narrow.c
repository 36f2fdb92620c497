/* Narrow: a problem in coordinates of its rows' space. See narrow.h. */
#include "model/narrow.h"

#include <string.h>

#include "linalg/blas.h"
#include "linalg/row_space.h"

static const double NEGLIGIBLE = 0x1p-46;
enum { ROOM = 1 << 25 }; /* numbers of a basis where a low rank would be luck */

int64_t cvxnn__narrow_most(int64_t n, int64_t d) {
    int64_t most = d - (d + 3) / 4;
    if (n <= most) return n;
    return most > 0 && most > ROOM / d ? ROOM / d : most;
}

int32_t cvxnn__narrow_make(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                           struct cvxnn__narrow *narrow) {
    int64_t d = rows->d;
    *narrow = (struct cvxnn__narrow){.d = d};
    cvxnn__scope_open(&narrow->scope, context->memory);
    int32_t status = cvxnn__row_space(context, &narrow->scope, rows, NEGLIGIBLE,
                                      cvxnn__narrow_most(rows->n, d), &narrow->rank, &narrow->basis);
    if (!status && narrow->rank > 0) {
        narrow->rows = cvxnn__doubles(&narrow->scope, rows->n, narrow->rank);
        status = narrow->rows ? cvxnn__rows_times(context, rows, narrow->rank, narrow->basis, d, narrow->rows,
                                                  narrow->rank)
                              : cvxnn__fail_memory(context);
    }
    if (status || narrow->rank == 0) cvxnn__narrow_free(narrow);
    return status;
}

void cvxnn__narrow_free(struct cvxnn__narrow *narrow) {
    cvxnn__scope_close(&narrow->scope);
    narrow->rank = 0;
}

struct cvxnn__rows cvxnn__narrow_rows(const struct cvxnn__narrow *narrow, const struct cvxnn__rows *rows) {
    return narrow->rank > 0 ? cvxnn__rows_of(rows->n, narrow->rank, narrow->rows, narrow->rank) : *rows;
}

/* ---- Vectors -------------------------------------------------------------------------------------- */

static int32_t multiply(struct cvxnn__context *context, const struct cvxnn__narrow *narrow, int inwards,
                        int64_t count, const double *from, double *to) {
    int64_t d = narrow->d, rank = narrow->rank;
    if (rank == 0) {
        if (count > 0) memcpy(to, from, (size_t)(count * d) * sizeof *to);
        return CVXNN_OK;
    }
    int done = inwards ? cvxnn__gemm(0, 1, count, rank, d, 1, from, d, narrow->basis, d, 0, to, rank)
                       : cvxnn__gemm(0, 0, count, d, rank, 1, from, rank, narrow->basis, d, 0, to, d);
    return done ? CVXNN_OK : cvxnn__fail_product(context);
}

int32_t cvxnn__narrow_in(struct cvxnn__context *context, const struct cvxnn__narrow *narrow, int64_t count,
                         const double *u, double *w) {
    return multiply(context, narrow, 1, count, u, w);
}

int32_t cvxnn__narrow_out(struct cvxnn__context *context, const struct cvxnn__narrow *narrow, int64_t count,
                          const double *w, double *u) {
    return multiply(context, narrow, 0, count, w, u);
}

/* ---- Networks and patterns ------------------------------------------------------------------------ */

/* A network of this many features whose neurons are those of `from` by the product. */
static int32_t carry(struct cvxnn__context *context, const struct cvxnn__narrow *narrow, int inwards,
                     int64_t features, int64_t bias, const struct cvxnn__network *from,
                     struct cvxnn__network *network) {
    struct cvxnn__network made;
    int32_t status = cvxnn__network_make(context, from->kind, features, bias, from->outputs, from->neurons,
                                         &made);
    if (status) return status;
    status = multiply(context, narrow, inwards, from->neurons, from->u, made.u);
    if (status) {
        cvxnn__network_free(&made);
        return status;
    }
    memcpy(made.a, from->a, (size_t)(from->neurons * from->outputs) * sizeof *made.a);
    made.loss = from->loss;
    made.beta = from->beta;
    *network = made;
    return CVXNN_OK;
}

int32_t cvxnn__narrow_network(struct cvxnn__context *context, const struct cvxnn__narrow *narrow,
                              const struct cvxnn__network *from, struct cvxnn__network *network) {
    if (narrow->rank == 0) return cvxnn__network_copy(context, from, network);
    return carry(context, narrow, 1, narrow->rank, CVXNN_BIAS_NONE, from, network);
}

int32_t cvxnn__narrow_widen(struct cvxnn__context *context, const struct cvxnn__narrow *narrow,
                            const struct cvxnn__rows *rows, struct cvxnn__network *network) {
    struct cvxnn__network wide;
    int64_t bias = rows->d > rows->features ? CVXNN_BIAS_PENALIZED : CVXNN_BIAS_NONE;
    if (narrow->rank == 0) return CVXNN_OK;
    int32_t status = carry(context, narrow, 0, rows->features, bias, network, &wide);
    if (status) return status;
    cvxnn__network_free(network);
    *network = wide;
    return CVXNN_OK;
}

int32_t cvxnn__narrow_patterns(struct cvxnn__context *context, const struct cvxnn__narrow *narrow,
                               const struct cvxnn__patterns *patterns, int64_t count, const int64_t *which,
                               struct cvxnn__patterns *view) {
    struct cvxnn__scope local;
    int64_t d = narrow->d, rank = narrow->rank > 0 ? narrow->rank : d;
    *view = (struct cvxnn__patterns){.masks = patterns->masks, .d = rank, .sampled = count};
    cvxnn__scope_open(&view->scope, context->memory);
    cvxnn__scope_open(&local, context->memory);
    int64_t *origin = cvxnn__take_zeroed(&view->scope, patterns->masks.count, 1, (int64_t)sizeof *origin);
    double *gates = cvxnn__doubles(&view->scope, count, rank), *wide = cvxnn__doubles(&local, count, d);
    int32_t status = view->scope.failed || local.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    for (int64_t k = 0; !status && k < count; k++) {
        cvxnn__patterns_gate(patterns, which[k], wide + k * d);
        origin[which[k]] = k;
    }
    if (!status) status = cvxnn__narrow_in(context, narrow, count, wide, gates);
    view->origin = origin;
    view->gates = gates;
    cvxnn__scope_close(&local);
    if (status) cvxnn__patterns_free(view);
    return status;
}
