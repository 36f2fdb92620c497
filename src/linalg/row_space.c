/* The rows' space, by Gram and Schmidt. See row_space.h. */
#include "linalg/row_space.h"

#include <math.h>
#include <stddef.h>

#include "linalg/blas.h"

/* Rows at once: that may become vectors, whose remainders are computed anew or brought up to date. And rows
 * beyond the vectors that are looked at first. */
enum { BLOCK = 32, TILE = 64, SLICE = 4096, SPARE = 16 };

/* Squares of remainders are computed anew when the longest has fallen by this factor since they were. */
static const double CANCELLED = 1e-6;
/* And become vectors together with the longest where they are not shorter than this part of it. */
static const double LIKE = 1.0 / 16;

struct span {
    struct cvxnn__context *context;
    const struct cvxnn__rows *rows;
    int64_t most, count;   /* vectors: wanted at most, and there */
    double *q;             /* most x d */
    double whole;          /* the longest row */
    double *square;        /* n: (|remainder of x_i| / whole)^2 */
    double *along;         /* SLICE (or n) x BLOCK: x_i . q */
    double *tile, *inside; /* TILE x d, TILE x most */
    int64_t picked[BLOCK]; /* rows whose remainders are in the tile, */
    double left[BLOCK];    /* and the squares of what is left of them without the block's vectors */
};

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void take(struct span *span, struct cvxnn__scope *scope, struct cvxnn__scope *local) {
    int64_t n = span->rows->n, d = span->rows->d;
    span->q = cvxnn__doubles(scope, span->most, d);
    span->square = cvxnn__doubles(local, n, 1);
    span->along = cvxnn__doubles(local, least(n, SLICE), BLOCK);
    span->tile = cvxnn__doubles(local, TILE, d);
    span->inside = cvxnn__doubles(local, TILE, span->most);
}

/* The row with the longest remainder. */
static int64_t longest(const struct span *span) {
    int64_t best = 0;
    for (int64_t i = 1; i < span->rows->n; i++)
        if (span->square[i] > span->square[best]) best = i;
    return best;
}

/* The first `height` rows of the tile become their remainders. 0: too many for BLAS. */
static int project(struct span *span, int64_t height) {
    int64_t d = span->rows->d, count = span->count;
    return count == 0 ||
           (cvxnn__gemm(0, 1, height, count, d, 1, span->tile, d, span->q, d, 0, span->inside, count) &&
            cvxnn__gemm(0, 0, height, d, count, -1, span->inside, count, span->q, d, 1, span->tile, d));
}

static double square_of(const struct span *span, const double *remainder) {
    double length = cvxnn__norm(span->rows->d, remainder) / span->whole;
    return length * length;
}

/* Squares of the remainders, from the rows. */
static int32_t measure(struct span *span) {
    int64_t n = span->rows->n, d = span->rows->d;
    int32_t status = CVXNN_OK;
    for (int64_t i = 0; !status && i < n; i += TILE) {
        int64_t height = least(n - i, TILE);
        cvxnn__rows_tile(span->rows, i, height, 0, d, span->tile, d);
        if (!project(span, height)) return cvxnn__fail_product(span->context);
        for (int64_t r = 0; r < height; r++) span->square[i + r] = square_of(span, span->tile + r * d);
        status = cvxnn__poll(span->context);
    }
    return status;
}

/* Row i, which has the longest remainder, and others as long: their number. */
static int64_t pick(struct span *span, int64_t i) {
    int64_t count = 0;
    span->picked[count++] = i;
    for (int64_t k = 0; k < span->rows->n && count < BLOCK; k++)
        if (k != i && span->square[k] >= LIKE * span->square[i]) span->picked[count++] = k;
    return count;
}

/* What remains of the picked rows, in turn, becomes a vector where it is long enough; *full: one more than
 * the most would. Two passes: the first leaves digits that have not cancelled. */
static void append(struct span *span, int64_t picked, double enough, int *full) {
    int64_t d = span->rows->d, first = span->count;
    for (int64_t k = 0; k < picked && !*full; k++) {
        double *rest = span->tile + k * d;
        for (int64_t pass = 0; pass < 2; pass++)
            for (int64_t j = first; j < span->count; j++)
                cvxnn__axpy(d, -cvxnn__dot(d, span->q + j * d, rest), span->q + j * d, rest);
        double square = square_of(span, rest), length = sqrt(square) * span->whole;
        span->left[k] = square > enough ? 0 : square;
        if (!(square > enough)) continue;
        *full = span->count == span->most;
        for (int64_t j = 0; !*full && j < d; j++) span->q[span->count * d + j] = rest[j] / length;
        span->count += !*full;
    }
}

/* The squares without what the vectors from `first` on explain. */
static int32_t lessen(struct span *span, int64_t first) {
    int64_t n = span->rows->n, d = span->rows->d, fresh = span->count - first;
    int32_t status = CVXNN_OK;
    for (int64_t i = 0; !status && fresh > 0 && i < n; i += SLICE) {
        int64_t height = least(n - i, SLICE);
        struct cvxnn__rows slice = cvxnn__rows_slice(span->rows, i, height);
        status = cvxnn__rows_times(span->context, &slice, fresh, span->q + first * d, d, span->along, fresh);
        for (int64_t r = 0; !status && r < height; r++) {
            double part = cvxnn__norm(fresh, span->along + r * fresh) / span->whole;
            span->square[i + r] = fmax(span->square[i + r] - part * part, 0);
        }
    }
    return status ? status : cvxnn__poll(span->context);
}

/* A block of vectors, of rows as long as row i. */
static int32_t add(struct span *span, int64_t i, double negligible, int *full) {
    int64_t d = span->rows->d, first = span->count, picked = pick(span, i);
    double enough = fmax(LIKE * span->square[i], negligible * negligible);
    for (int64_t k = 0; k < picked; k++)
        cvxnn__rows_tile(span->rows, span->picked[k], 1, 0, d, span->tile + k * d, d);
    if (!project(span, picked) || !project(span, picked)) return cvxnn__fail_product(span->context);
    append(span, picked, enough, full);
    int32_t status = *full ? CVXNN_OK : lessen(span, first);
    for (int64_t k = 0; k < picked && !*full; k++) span->square[span->picked[k]] = span->left[k];
    return status;
}

/* *full: more than the most vectors would be needed. */
static int32_t extend(struct span *span, double negligible, int *full) {
    int64_t i = longest(span), counted = -1; /* the vectors when squares were computed */
    double known = 1;                        /* and the longest square */
    for (*full = 0; !*full; i = longest(span)) {
        if (!(span->square[i] > fmax(CANCELLED * known, negligible * negligible))) {
            /* without a new vector they would come out as before, by one pass where add has made two */
            int32_t status = span->count == counted ? CVXNN_OK : measure(span);
            if (status) return status;
            counted = span->count;
            i = longest(span);
            known = span->square[i];
            if (!(known > negligible * negligible)) return CVXNN_OK;
        }
        int32_t status = add(span, i, negligible, full);
        if (status) return status;
    }
    return CVXNN_OK;
}

/* The basis of these rows; *rank is most + 1 where it would take more than that. */
static int32_t span_rows(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         const struct cvxnn__rows *rows, double negligible, int64_t most, int64_t *rank,
                         double **basis) {
    struct span span = {.context = context, .rows = rows, .most = most};
    struct cvxnn__scope local;
    int full = 0;
    cvxnn__scope_open(&local, context->memory);
    take(&span, scope, &local);
    int32_t status = local.failed || scope->failed ? cvxnn__fail_memory(context)
                                                   : cvxnn__rows_norms(context, rows, span.square);
    if (!status) span.whole = span.square[longest(&span)];
    for (int64_t i = 0; !status && i < rows->n; i++) {
        double length = span.whole > 0 ? span.square[i] / span.whole : 0;
        span.square[i] = length * length;
    }
    if (!status && span.whole > 0) status = extend(&span, negligible, &full);
    *rank = full ? most + 1 : span.count;
    *basis = span.q;
    cvxnn__scope_close(&local);
    return status;
}

/* Few rows are enough to see a rank that is too high, as most are. */
int32_t cvxnn__row_space(struct cvxnn__context *context, struct cvxnn__scope *scope,
                         const struct cvxnn__rows *rows, double negligible, int64_t most, int64_t *rank,
                         double **basis) {
    struct cvxnn__scope local;
    int64_t vectors = least(rows->d - 1, most);
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
    if (*rank == 0) *basis = NULL;
    return status;
}
