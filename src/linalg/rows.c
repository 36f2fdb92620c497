/* Rows: the data matrix in tiles, and the dense sums over it. See rows.h. */
#include "linalg/rows.h"

#include <math.h>
#include <string.h>
#include <stdatomic.h>

#include "linalg/blas.h"

/* Rows and columns of a tile. The groups that rows are split into depend on n alone, never on the number of
 * threads. */
enum { TILE_ROWS = 128, TILE_COLS = 256 };

/* Bytes of a cache line. */
enum { LINE = 64 };

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

struct cvxnn__rows cvxnn__rows_of(int64_t n, int64_t d, const double *values, int64_t ld) {
    struct cvxnn__rows rows = {
        .n = n, .d = d, .features = d, .values = values, .row_stride = ld, .column_stride = 1};
    return rows;
}

struct cvxnn__rows cvxnn__rows_slice(const struct cvxnn__rows *rows, int64_t first, int64_t count) {
    struct cvxnn__rows slice = *rows;
    int64_t offset = first * rows->row_stride;
    slice.n = count;
    slice.values = rows->is_float ? (const void *)((const float *)rows->values + offset)
                                  : (const void *)((const double *)rows->values + offset);
    return slice;
}

/* One row of a tile, as it is stored. The usual layout is worth its own loop: tiles are read in the inner
 * loops of everything. */
static void read_row(const struct cvxnn__rows *rows, int64_t at, int64_t width, double *row) {
    const float *floats = rows->values;
    const double *doubles = rows->values;
    int64_t stride = rows->column_stride;
    if (rows->is_float)
        for (int64_t c = 0; c < width; c++) row[c] = floats[at + c * stride];
    else if (stride == 1)
        for (int64_t c = 0; c < width; c++) row[c] = doubles[at + c];
    else
        for (int64_t c = 0; c < width; c++) row[c] = doubles[at + c * stride];
}

void cvxnn__rows_tile(const struct cvxnn__rows *rows, int64_t i, int64_t count, int64_t j, int64_t width,
                      double *tile, int64_t ld) {
    int64_t features = rows->features - j < width ? rows->features - j : width;
    for (int64_t r = 0; r < count; r++) {
        double *row = tile + r * ld;
        read_row(rows, (i + r) * rows->row_stride + j * rows->column_stride, features, row);
        if (rows->scale)
            for (int64_t c = 0; c < features; c++)
                row[c] = (row[c] - rows->center[j + c]) / rows->scale[j + c];
        for (int64_t c = features > 0 ? features : 0; c < width; c++) row[c] = 1;
    }
}

const double *cvxnn__rows_in_place(const struct cvxnn__rows *rows, int64_t i, int64_t j, int64_t width) {
    if (rows->is_float || rows->scale || rows->column_stride != 1 || j + width > rows->features) return NULL;
    return (const double *)rows->values + i * rows->row_stride + j;
}

/* A run of entries touches one line more than its length says, unless it happens to be aligned. */
void cvxnn__rows_prefetch(const struct cvxnn__rows *rows, int64_t i, int64_t count, int64_t j,
                          int64_t width) {
    int64_t size = rows->is_float ? (int64_t)sizeof(float) : (int64_t)sizeof(double);
    int64_t features = least(width, rows->features - j);
    int by_rows = rows->column_stride <= rows->row_stride;
    int64_t runs = by_rows ? count : features, length = (by_rows ? features : count) * size;
    int64_t between = (by_rows ? rows->row_stride : rows->column_stride) * size;
    const char *at = (const char *)rows->values + (i * rows->row_stride + j * rows->column_stride) * size;
    for (int64_t run = 0; run < runs; run++, at += between) {
        for (int64_t byte = 0; byte < length; byte += LINE) __builtin_prefetch(at + byte);
        __builtin_prefetch(at + length - 1);
    }
}

/* The data lie as BLAS wants them; one row in column-major order does not, though its columns may be next to
 * each other. */
static int is_dense(const struct cvxnn__rows *rows) {
    return !rows->is_float && !rows->scale && rows->column_stride == 1 && rows->row_stride >= rows->d &&
           rows->features == rows->d;
}

/* A tile, without a copy where the data are dense. */
static const double *view(const struct cvxnn__rows *rows, int64_t i, int64_t count, int64_t j, int64_t width,
                          double *tile, int64_t *ld) {
    if (is_dense(rows)) {
        *ld = rows->row_stride;
        return (const double *)rows->values + i * rows->row_stride + j;
    }
    cvxnn__rows_tile(rows, i, count, j, width, tile, width);
    *ld = width;
    return tile;
}

/* One pass over the rows: groups run as tasks, each with a tile and a partial sum of its own. */
struct pass {
    const struct cvxnn__rows *rows;
    int64_t group_rows, groups;
    double *tiles; /* groups x tile_size */
    int64_t tile_size;
    double *partials; /* groups x partial_size */
    int64_t partial_size;
    int64_t k;
    int across; /* products with one vector stand side by side: out is k x n */
    const double *in;
    int64_t ldin;
    double *out;
    int64_t ldout;
    atomic_int refused; /* a product could not be done, though check_size let it pass: a leading dimension */
};

/* tile_cols: 0 when no tile will be copied. */
static int take_pass(struct cvxnn__scope *scope, const struct cvxnn__rows *rows, int64_t tile_cols,
                     int64_t partial_size, struct pass *pass) {
    int64_t tiles = (rows->n + TILE_ROWS - 1) / TILE_ROWS;
    int64_t per_group = (tiles + CVXNN__ROWS_PARTS - 1) / CVXNN__ROWS_PARTS;
    *pass = (struct pass){.rows = rows, .group_rows = (per_group > 0 ? per_group : 1) * TILE_ROWS};
    pass->groups = (rows->n + pass->group_rows - 1) / pass->group_rows;
    pass->partial_size = partial_size;
    if (cvxnn__multiply(least(rows->n, TILE_ROWS), tile_cols, &pass->tile_size))
        pass->tiles = cvxnn__doubles(scope, pass->groups, pass->tile_size);
    else
        scope->failed = 1;
    pass->partials = cvxnn__take_zeroed(scope, pass->groups, partial_size, (int64_t)sizeof(double));
    return !scope->failed;
}

/* Columns of the tiles that view() copies into. */
static int64_t view_cols(const struct cvxnn__rows *rows) {
    return is_dense(rows) ? 0 : least(rows->d, TILE_COLS);
}

/* Runs the groups. What BLAS refuses is SHAPE. */
static int32_t run_pass(struct cvxnn__context *context, struct pass *pass, cvxnn__task_fn group) {
    atomic_init(&pass->refused, 0);
    cvxnn__run(context->team, pass->groups, group, pass);
    if (!atomic_load(&pass->refused)) return CVXNN_OK;
    return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "a leading dimension is below the columns of its matrix");
}

/* Sums the groups' partial results in order into out. */
static void add_partials(const struct pass *pass, double *out) {
    for (int64_t e = 0; e < pass->partial_size; e++) {
        double sum = 0;
        for (int64_t g = 0; g < pass->groups; g++) sum += pass->partials[g * pass->partial_size + e];
        out[e] = sum;
    }
}

static void times_group(void *argument, int64_t group) {
    struct pass *pass = argument;
    const struct cvxnn__rows *rows = pass->rows;
    double *tile = pass->tiles + group * pass->tile_size;
    int64_t end = least(rows->n, (group + 1) * pass->group_rows), ld;
    for (int64_t i = group * pass->group_rows; i < end; i += TILE_ROWS) {
        int64_t count = least(TILE_ROWS, end - i);
        for (int64_t j = 0; j < rows->d; j += TILE_COLS) {
            int64_t width = least(TILE_COLS, rows->d - j);
            const double *x = view(rows, i, count, j, width, tile, &ld), *b = pass->in + j;
            int done = pass->across ? cvxnn__gemm(0, 1, pass->k, count, width, 1, b, pass->ldin, x, ld, j > 0,
                                                  pass->out + i, pass->ldout)
                                    : cvxnn__gemm(0, 1, count, pass->k, width, 1, x, ld, b, pass->ldin, j > 0,
                                                  pass->out + i * pass->ldout, pass->ldout);
            if (!done) atomic_store(&pass->refused, 1);
        }
    }
}

/* Everything BLAS will be handed fits its integers. */
static int32_t check_size(struct cvxnn__context *context, const struct cvxnn__rows *rows, int64_t k,
                          int64_t ld) {
    if (rows->d <= INT32_MAX && k <= INT32_MAX && ld <= INT32_MAX &&
        (rows->column_stride != 1 || rows->row_stride <= INT32_MAX))
        return CVXNN_OK;
    return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "a product of %lld columns is too large for this BLAS",
                       (long long)(rows->d > k ? rows->d : k));
}

static int32_t times(struct cvxnn__context *context, const struct cvxnn__rows *rows, int across, int64_t k,
                     const double *b, int64_t ldb, double *out, int64_t ldo) {
    int32_t status = check_size(context, rows, k, ldo > ldb ? ldo : ldb);
    if (status || k == 0) return status;
    struct cvxnn__scope scope;
    struct pass pass;
    cvxnn__scope_open(&scope, context->memory);
    if (take_pass(&scope, rows, view_cols(rows), 0, &pass)) {
        pass.k = k, pass.across = across, pass.in = b, pass.ldin = ldb, pass.out = out, pass.ldout = ldo;
        status = run_pass(context, &pass, times_group);
    } else {
        status = cvxnn__fail_memory(context);
    }
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn__rows_times(struct cvxnn__context *context, const struct cvxnn__rows *rows, int64_t k,
                          const double *b, int64_t ldb, double *out, int64_t ldo) {
    return times(context, rows, 0, k, b, ldb, out, ldo);
}

int32_t cvxnn__rows_times_across(struct cvxnn__context *context, const struct cvxnn__rows *rows, int64_t k,
                                 const double *b, int64_t ldb, double *out, int64_t ldo) {
    return times(context, rows, 1, k, b, ldb, out, ldo);
}

static void transposed_group(void *argument, int64_t group) {
    struct pass *pass = argument;
    const struct cvxnn__rows *rows = pass->rows;
    double *tile = pass->tiles + group * pass->tile_size, *sum = pass->partials + group * pass->partial_size;
    int64_t end = least(rows->n, (group + 1) * pass->group_rows), ld;
    for (int64_t i = group * pass->group_rows; i < end; i += TILE_ROWS) {
        int64_t count = least(TILE_ROWS, end - i);
        for (int64_t j = 0; j < rows->d; j += TILE_COLS) {
            int64_t width = least(TILE_COLS, rows->d - j);
            const double *x = view(rows, i, count, j, width, tile, &ld);
            if (!cvxnn__gemm(1, 0, pass->k, width, count, 1, pass->in + i * pass->ldin, pass->ldin, x, ld, 1,
                             sum + j, rows->d))
                atomic_store(&pass->refused, 1);
        }
    }
}

int32_t cvxnn__rows_transposed_times(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                                     int64_t k, const double *r, int64_t ldr, double *out, int64_t ldo) {
    int32_t status = check_size(context, rows, k, ldr);
    if (status || k == 0) return status;
    struct cvxnn__scope scope;
    struct pass pass;
    int64_t size = 0;
    cvxnn__scope_open(&scope, context->memory);
    double *sum = cvxnn__doubles(&scope, k, rows->d);
    if (sum && cvxnn__multiply(k, rows->d, &size) && take_pass(&scope, rows, view_cols(rows), size, &pass)) {
        pass.k = k, pass.in = r, pass.ldin = ldr;
        status = run_pass(context, &pass, transposed_group);
        add_partials(&pass, sum);
        for (int64_t p = 0; !status && p < k; p++)
            for (int64_t j = 0; j < rows->d; j++) out[p * ldo + j] = sum[p * rows->d + j];
    } else {
        status = cvxnn__fail_memory(context);
    }
    cvxnn__scope_close(&scope);
    return status;
}

static void gram_group(void *argument, int64_t group) {
    struct pass *pass = argument;
    const struct cvxnn__rows *rows = pass->rows;
    int64_t d = rows->d, end = least(rows->n, (group + 1) * pass->group_rows);
    double *scaled = pass->tiles + group * pass->tile_size,
           *sum = pass->partials + group * pass->partial_size;
    for (int64_t i = group * pass->group_rows; i < end; i += TILE_ROWS) {
        int64_t count = least(TILE_ROWS, end - i);
        cvxnn__rows_tile(rows, i, count, 0, d, scaled, d);
        for (int64_t r = 0; pass->in && r < count; r++) {
            double root = sqrt(pass->in[i + r]);
            for (int64_t j = 0; j < d; j++) scaled[r * d + j] *= root;
        }
        if (!cvxnn__syrk(1, d, count, 1, scaled, d, 1, sum, d)) atomic_store(&pass->refused, 1);
    }
}

int32_t cvxnn__rows_gram(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                         const double *weights, double *gram, int64_t ldg) {
    int64_t d = rows->d, size = 0;
    int32_t status = check_size(context, rows, d, d);
    if (status) return status;
    struct cvxnn__scope scope;
    struct pass pass;
    cvxnn__scope_open(&scope, context->memory);
    double *sum = cvxnn__doubles(&scope, d, d);
    if (sum && cvxnn__multiply(d, d, &size) && take_pass(&scope, rows, d, size, &pass)) {
        pass.in = weights;
        status = run_pass(context, &pass, gram_group);
        add_partials(&pass, sum);
        for (int64_t i = 0; !status && i < d; i++)
            for (int64_t j = 0; j < d; j++) gram[i * ldg + j] = i >= j ? sum[i * d + j] : sum[j * d + i];
    } else {
        status = cvxnn__fail_memory(context);
    }
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn__rows_norms(struct cvxnn__context *context, const struct cvxnn__rows *rows, double *norms) {
    struct cvxnn__scope scope;
    cvxnn__scope_open(&scope, context->memory);
    double *row = cvxnn__doubles(&scope, rows->d, 1);
    int32_t status = row ? CVXNN_OK : cvxnn__fail_memory(context);
    for (int64_t i = 0; !status && i < rows->n; i++) {
        cvxnn__rows_tile(rows, i, 1, 0, rows->d, row, rows->d);
        norms[i] = cvxnn__norm(rows->d, row);
    }
    cvxnn__scope_close(&scope);
    return status;
}
