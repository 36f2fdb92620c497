/* The rows' space, by Gram and Schmidt. See row_space.h. */
#include "linalg/row_space.h"

#include <math.h>
#include <stddef.h>

#include "linalg/basis.h"
#include "linalg/blas.h"

enum { SPARE = 16, TILE = 64 }; /* rows beyond the vectors that are looked at first; rows at once */

/* Lengths are computed anew when the longest square has fallen by this factor since they were. */
static const double CANCELLED = 1e-6;

struct span {
    struct cvxnn__context *context;
    const struct cvxnn__rows *rows;
    struct cvxnn__basis basis;
    double whole;            /* the longest row */
    double *square;          /* n: (|remainder of x_i| / whole)^2 */
    double *along;           /* n: x_i . q */
    double *tile, *inside;   /* TILE x d, TILE x most */
    double *row, *remainder; /* d each */
};

static void take(struct span *span, struct cvxnn__scope *scope, struct cvxnn__scope *local, int64_t most) {
    int64_t n = span->rows->n, d = span->rows->d;
    cvxnn__basis_take(scope, d, most, &span->basis);
    span->square = cvxnn__doubles(local, n, 1);
    span->along = cvxnn__doubles(local, n, 1);
    span->tile = cvxnn__doubles(local, TILE, d);
    span->inside = cvxnn__doubles(local, TILE, most);
    span->row = cvxnn__doubles(local, d, 1);
    span->remainder = cvxnn__doubles(local, d, 1);
}

/* The row with the longest remainder. */
static int64_t longest(const struct span *span) {
    int64_t best = 0;
    for (int64_t i = 1; i < span->rows->n; i++)
        if (span->square[i] > span->square[best]) best = i;
    return best;
}

/* Squares of the remainders, from the rows. */
static int32_t measure(struct span *span) {
    const struct cvxnn__basis *basis = &span->basis;
    int64_t n = span->rows->n, d = basis->d, count = basis->count;
    int32_t status = CVXNN_OK;
    for (int64_t i = 0; !status && i < n; i += TILE) {
        int64_t height = n - i < TILE ? n - i : TILE;
        cvxnn__rows_tile(span->rows, i, height, 0, d, span->tile, d);
        if (count > 0 &&
            (!cvxnn__gemm(0, 1, height, count, d, 1, span->tile, d, basis->q, d, 0, span->inside, count) ||
             !cvxnn__gemm(0, 0, height, d, count, -1, span->inside, count, basis->q, d, 1, span->tile, d)))
            return cvxnn__fail_product(span->context);
        for (int64_t r = 0; r < height; r++) {
            double length = cvxnn__norm(d, span->tile + r * d) / span->whole;
            span->square[i + r] = length * length;
        }
        status = cvxnn__poll(span->context);
    }
    return status;
}

/* What remains of row i, as the next vector. */
static int32_t add(struct span *span, int64_t i) {
    struct cvxnn__basis *basis = &span->basis;
    int64_t n = span->rows->n, d = basis->d;
    cvxnn__rows_tile(span->rows, i, 1, 0, d, span->row, d);
    double height = cvxnn__basis_split(basis, span->row, span->inside, span->remainder);
    cvxnn__basis_add(basis, span->inside, span->remainder, height);
    int32_t status = cvxnn__rows_times(span->context, span->rows, 1, basis->q + (basis->count - 1) * d, d,
                                       span->along, 1);
    for (int64_t k = 0; !status && k < n; k++) {
        double part = span->along[k] / span->whole;
        span->square[k] = k == i ? 0 : fmax(span->square[k] - part * part, 0);
    }
    return status ? status : cvxnn__poll(span->context);
}

/* *full: more than the most vectors would be needed. */
static int32_t extend(struct span *span, double negligible, int *full) {
    int64_t i = longest(span);
    double known = 1; /* the longest square when they were computed */
    for (*full = 0; !*full; i = longest(span)) {
        if (!(span->square[i] > CANCELLED * known)) {
            int32_t status = measure(span);
            if (status) return status;
            i = longest(span);
            known = span->square[i];
            if (!(known > negligible * negligible)) return CVXNN_OK;
        }
        *full = span->basis.count == span->basis.most;
        int32_t status = *full ? CVXNN_OK : add(span, i);
        if (status) return status;
    }
    return CVXNN_OK;
}

/* The basis of these rows; *rank is most + 1 where it would take more than that. */
static int32_t span_rows(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         const struct cvxnn__rows *rows, double negligible, int64_t most, int64_t *rank,
                         double **basis) {
    struct span span = {.context = context, .rows = rows};
    struct cvxnn__scope local;
    int full = 0;
    cvxnn__scope_open(&local, context->memory);
    take(&span, scope, &local, most);
    int32_t status = local.failed || scope->failed ? cvxnn__fail_memory(context)
                                                   : cvxnn__rows_norms(context, rows, span.square);
    if (!status) span.whole = span.square[longest(&span)];
    for (int64_t i = 0; !status && i < rows->n; i++) {
        double length = span.whole > 0 ? span.square[i] / span.whole : 0;
        span.square[i] = length * length;
    }
    if (!status && span.whole > 0) status = extend(&span, negligible, &full);
    *rank = full ? most + 1 : span.basis.count;
    *basis = span.basis.q;
    cvxnn__scope_close(&local);
    if (scope->failed) return status;
    cvxnn__give_back(scope, span.basis.l);
    cvxnn__give_back(scope, span.basis.work);
    return status;
}

/* Few rows are enough to see a rank that is too high, as most are. */
int32_t cvxnn__row_space(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         const struct cvxnn__rows *rows, double negligible, int64_t most, int64_t *rank,
                         double **basis) {
    struct cvxnn__scope local;
    int64_t vectors = rows->d - 1 < most ? rows->d - 1 : most;
    int32_t status = CVXNN_OK;
    *rank = 0;
    *basis = NULL;
    if (vectors < 1) return CVXNN_OK;
    if (vectors + SPARE < rows->n) {
        struct cvxnn__rows few = cvxnn__rows_slice(rows, 0, vectors + SPARE);
        cvxnn__scope_open(&local, context->memory);
        status = span_rows(context, &local, &few, negligible, vectors, rank, basis);
        cvxnn__scope_close(&local);
    }
    if (!status && *rank <= vectors)
        status = span_rows(context, scope, rows, negligible, vectors, rank, basis);
    if (*rank > vectors) *rank = 0;
    return status;
}
