/*
 * Narrow: (NN) in coordinates of its rows' space, for data with more columns than rank. With the rows of B (r
 * x d) an orthonormal basis of the rows of X and y_i = B x_i,
 *
 *   x_i . u = y_i . Bu    and    |Bu| <= |u|,  with equality for u = B'w,
 *
 * so that what u has outside the rows' space changes no output and only costs: (NN), (G) and (R) over r
 * columns have the optima of those over d, with neurons u = B'w (docs/algorithms.md, "More columns than
 * rank").
 */
#ifndef CVXNN_MODEL_NARROW_H
#define CVXNN_MODEL_NARROW_H

#include "model/network.h"
#include "patterns/patterns.h"

struct cvxnn__narrow {
    struct cvxnn__scope scope;
    int64_t d, rank; /* rank 0: coordinates are those of the columns, and nothing below changes anything */
    double *basis;   /* rank x d */
    double *rows;    /* n x rank: y_i */
};

/* The largest rank that is made use of: n rows' own where 4 n <= 3 d. Of more rows one that is lower, 4 rank
 * <= 3 d, which is looked for among as many vectors as 2^25 numbers hold: the columns serve too, in less
 * memory. */
int64_t cvxnn__narrow_most(int64_t n, int64_t d);

/* The basis leaves 2^-46 of the longest row at most. Stops, MEMORY, SHAPE: nothing is left to be freed. */
int32_t cvxnn__narrow_make(struct cvxnn__context *context, const struct cvxnn__rows *rows,
                           struct cvxnn__narrow *narrow);
void cvxnn__narrow_free(struct cvxnn__narrow *narrow);

/* The rows y_i, of n rows x_i; valid as long as both. */
struct cvxnn__rows cvxnn__narrow_rows(const struct cvxnn__narrow *narrow, const struct cvxnn__rows *rows);

/* Vectors in, w = Bu, and out, u = B'w; count of them, side by side. SHAPE. */
int32_t cvxnn__narrow_in(struct cvxnn__context *context, const struct cvxnn__narrow *narrow, int64_t count,
                         const double *u, double *w);
int32_t cvxnn__narrow_out(struct cvxnn__context *context, const struct cvxnn__narrow *narrow, int64_t count,
                          const double *w, double *u);

/* A ReLU network over d columns, into one over the coordinates (without scaling and names). MEMORY, SHAPE. */
int32_t cvxnn__narrow_network(struct cvxnn__context *context, const struct cvxnn__narrow *narrow,
                              const struct cvxnn__network *from, struct cvxnn__network *network);

/* And back, in place: rows are those of X. MEMORY, SHAPE: the network is as it was. */
int32_t cvxnn__narrow_widen(struct cvxnn__context *context, const struct cvxnn__narrow *narrow,
                            const struct cvxnn__rows *rows, struct cvxnn__network *network);

/* The patterns as those of the y_i, with the gates B g_p of the `count` patterns p = which[0], ... alone; a
 * view of `patterns`, to be freed by cvxnn__patterns_free. MEMORY, SHAPE: nothing is left to be freed. */
int32_t cvxnn__narrow_patterns(struct cvxnn__context *context, const struct cvxnn__narrow *narrow,
                               const struct cvxnn__patterns *patterns, int64_t count, const int64_t *which,
                               struct cvxnn__patterns *view);

#endif
