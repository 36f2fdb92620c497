/*
 * Rows: the data matrix as every algorithm sees it, n rows of d numbers in double, whatever lies
 * behind: row- or column-major, double or float, copied or borrowed, scaled or not, with or without
 * a constant last column. It is read in small dense tiles, so none of these is ever copied whole.
 *
 * All sums over rows are taken here and in masks.h. Rows are cut into blocks whose size depends on
 * the shape alone and partial sums are added in the order of the blocks: same bits for any number
 * of threads.
 */
#ifndef CVXNN_LINALG_ROWS_H
#define CVXNN_LINALG_ROWS_H

#include <stdint.h>

#include "base/context.h"

/* A sum over rows is taken in at most so many parts, each a plain sum in some order: n + CVXNN__ROWS_PARTS
 * additions at most for any term. The proved bounds count on it (docs/certificate.md). */
enum { CVXNN__ROWS_PARTS = 16 };

struct cvxnn__rows {
    int64_t n, d;       /* d counts the constant column */
    int64_t features;   /* columns that are stored: d, or d - 1 with a constant column */
    const void *values; /* entry (i, j) at i * row_stride + j * column_stride, j < features */
    int is_float;
    int64_t row_stride, column_stride;
    const double *center, *scale; /* features numbers each: (x - center) / scale; NULL: as stored */
};

/* A dense double matrix, row-major, as rows. */
struct cvxnn__rows cvxnn__rows_of(int64_t n, int64_t d, const double *values, int64_t ld);

/* Rows first .. first + count - 1 of them: a view, nothing is copied. */
struct cvxnn__rows cvxnn__rows_slice(const struct cvxnn__rows *rows, int64_t first, int64_t count);

/* tile[r * ld + c] = entry (i + r, j + c) for r < count, c < width. */
void cvxnn__rows_tile(const struct cvxnn__rows *rows, int64_t i, int64_t count, int64_t j, int64_t width,
                      double *tile, int64_t ld);

/* Where entry (i, j) stands, if rows of `width` entries from there on are doubles side by side, row_stride
 * apart; else NULL, and cvxnn__rows_tile makes them so. */
const double *cvxnn__rows_in_place(const struct cvxnn__rows *rows, int64_t i, int64_t j, int64_t width);

/* Brings a tile that is read soon towards the caches. */
void cvxnn__rows_prefetch(const struct cvxnn__rows *rows, int64_t i, int64_t count, int64_t j, int64_t width);

/* Out (n x k, row-major) = X B', B k x d row-major: products with k vectors. Here and below, SHAPE when a
 * size does not fit BLAS's integers or a leading dimension is below the columns. */
int32_t cvxnn__rows_times(struct cvxnn__context *context, const struct cvxnn__rows *rows, int64_t k,
                          const double *b, int64_t ldb, double *out, int64_t ldo);

/* Out (k x n, row-major) = B X': the same with the products of one vector side by side. */
int32_t cvxnn__rows_times_across(struct cvxnn__context *context, const struct cvxnn__rows *rows, int64_t k,
                                 const double *b, int64_t ldb, double *out, int64_t ldo);

/* Out (k x d, row-major) = R' X, R n x k row-major. */
int32_t cvxnn__rows_transposed_times(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                                     int64_t k, const double *r, int64_t ldr, double *out, int64_t ldo);

/* Gram (d x d, full) = X' Diag(weights) X; weights may be NULL and must be >= 0. Every x_ij is multiplied by
 * sqrt(weights[i]) first. */
int32_t cvxnn__rows_gram(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                         const double *weights, double *gram, int64_t ldg);

/* norms[i] = |x_i|. */
int32_t cvxnn__rows_norms(struct cvxnn__context *context, const struct cvxnn__rows *rows, double *norms);

#endif
