/*
 * One cell of a sphere: a box on a face of the cube, the rows whose sign is not settled on it, and the bound
 * of tree_check.h.
 *
 * Halving a box changes x_i . u by one product a row, and a row that is settled stays settled in all that is
 * inside: a cell looks at the rows that its parent left undecided, and no others.
 */
#ifndef CVXNN_VERIFY_CELL_H
#define CVXNN_VERIFY_CELL_H

#include "linalg/rows.h"

/* Cells that lie within one another, from a fresh one on (cvxnn__cell_begin). */
enum { CVXNN__CELL_LEVELS = 40 };

/* What is the same for all cells; rows with z_i = 0 are left out, those with z_i > 0 come first. */
struct cvxnn__ground {
    int64_t n, d, stride;   /* stride: d padded to a multiple of 4 */
    int64_t positive;       /* rows with z_i > 0 */
    int64_t rows;           /* room for rows, >= n */
    double *x;              /* n x stride, zeros in the padding */
    double *columns;        /* d x rows: the same numbers by columns */
    double *z;              /* n */
    double *blur;           /* n: rounding of x_i . u and of its half width */
    double *weight;         /* stride: sum_i |z_i x_ij|, which says what halving across j may gain */
    double beta;            /* > 0 */
    double slack;           /* rounding of the bound, without the constants' */
    double coefficient_gap; /* of the constants, relative */
};

struct cvxnn__cell {
    double *c, *r;           /* stride each: centre and half widths, 0 in the padding */
    double *settled;         /* stride: sum of z_i x_i over the rows settled as positive */
    int64_t count, positive; /* rows that are undecided; of them with z_i > 0, which come first */
    int64_t *row;            /* n: which */
    double *middle, *width;  /* n each: x_i . u is within width of middle for them */
};

/* Room for what is known of one cell at a time. */
struct cvxnn__cell_work {
    double *slope; /* n: s_i of the undecided rows */
    double *g;     /* stride: the slope that the bound leaves */
};

/* Arrays of both, from scope; rows counts those with z_i = 0 too. Look at scope->failed. */
void cvxnn__ground_take(struct cvxnn__scope *scope, int64_t rows, int64_t d, struct cvxnn__ground *ground);
void cvxnn__ground_lay(const struct cvxnn__rows *rows, const double *z, double beta,
                       struct cvxnn__ground *ground);
void cvxnn__cells_take(struct cvxnn__scope *scope, const struct cvxnn__ground *ground, int64_t rows,
                       int64_t count, struct cvxnn__cell *cells);

/* The cell of the box c, r that stands in it already, all rows looked at anew. */
void cvxnn__cell_begin(const struct cvxnn__ground *ground, struct cvxnn__cell *cell);

/* The half of parent across coordinate j, on the side -1 or 1. */
void cvxnn__cell_halve(const struct cvxnn__ground *ground, const struct cvxnn__cell *parent, int64_t j,
                       int side, struct cvxnn__cell *half);

/* Whether sum_i z_i (x_i . u)_+ <= beta |u| is proved on the cell. Fills work. */
int cvxnn__cell_holds(const struct cvxnn__ground *ground, const struct cvxnn__cell *cell,
                      struct cvxnn__cell_work *work);

/* sum_i z_i (x_i . c)_+ / (beta |c|) at the centre, rounding apart. */
double cvxnn__cell_ratio(const struct cvxnn__ground *ground, const struct cvxnn__cell *cell);

#endif
