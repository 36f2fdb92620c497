/*
 * The moments of one row in all directions, for kinks that are bounded by polynomials of degree 4 in u and
 * not in t alone (docs/certificate.md, theorem 2e). A functional L of the sphere gives each row
 *
 *   L(u), L(u u'), L(t u u'), L(t^2 u u'),   t = x . u / |x|,
 *
 * and that is all that sums of squares over m = (1, u, t u) and t times those over o = (1, u) see. In the
 * frame of the row, where a reflection has made t the first coordinate and w are the others, its coordinates
 * are by kinds, which rotations of w do not mix:
 *
 *   5 numbers L(t^j), 4 vectors L(t^j w) of d - 1, 3 symmetric matrices without trace L(t^j (w w' - |w|^2 /
 * (d - 1) I)),
 *
 * each times SCALE^degree, which makes the map T to the moment matrices L(m m'), L(+-t o o') better
 * conditioned. So T'T and what is made of it is three small matrices, the same for all rows.
 */
#ifndef CVXNN_GAP_JOINT_ROWS_H
#define CVXNN_GAP_JOINT_ROWS_H

#include "gap/moments.h"

struct cvxnn__joint_metric { /* for each kind: of the numbers, of the vectors, of the matrices */
    double numbers[25], vectors[16], matrices[9];
};

struct cvxnn__joint_rows {
    const struct cvxnn__moments *moments; /* of order 2 */
    int64_t n, d, e;                      /* e = d - 1 >= 1 */
    int64_t width;                        /* 5 + 4 e + 3 e^2: coordinates of a row */
    int64_t entries;                 /* (2 d + 1)^2 + (d + 1)^2: both moment matrices of a half, in full */
    int64_t pairs;                   /* d (d + 1) / 2 */
    const double *units;             /* n x d: x_i / |x_i| */
    double *mirrors;                 /* n x d: what I - 2 v v' takes x_i / |x_i| to the first axis */
    double *squares;                 /* n x pairs: v_2(x_i / |x_i|), monomials of degree 2 */
    struct cvxnn__joint_metric gram; /* T'T */
};

/* units: n x d, kept. Look at scope->failed. */
void cvxnn__joint_rows_take(struct cvxnn__scope *scope, const struct cvxnn__moments *moments, int64_t n,
                            const double *units, struct cvxnn__joint_rows *rows);

/* Scratch of the next two. */
int64_t cvxnn__joint_rows_work(const struct cvxnn__joint_rows *rows);

/* coordinates (n x width) of the functional with this moment matrix (full). */
void cvxnn__joint_rows_of(const struct cvxnn__joint_rows *rows, const double *matrix, double *coordinates,
                          double *work);

/* A matrix (for cvxnn__moments_polynomial) of the polynomial p with L(p) = coordinates . those of L, summed
 * over the rows. */
void cvxnn__joint_rows_matrix(const struct cvxnn__joint_rows *rows, const double *coordinates, double *matrix,
                              double *work);

/* entries = T coordinates of half 0 (t <= 0) or 1, and coordinates = T' entries. */
void cvxnn__joint_spread(const struct cvxnn__joint_rows *rows, int half, const double *coordinates,
                         double *entries);
void cvxnn__joint_gather(const struct cvxnn__joint_rows *rows, int half, const double *entries,
                         double *coordinates);

/* out = metric x, coordinates of one row; not in place. */
void cvxnn__joint_apply(const struct cvxnn__joint_rows *rows, const struct cvxnn__joint_metric *metric,
                        const double *x, double *out);

/* matrix (d x d, symmetric) = H matrix H, H = I - 2 v v'. room: d numbers. */
void cvxnn__reflect(int64_t d, const double *v, double *matrix, double *room);

/* The factor of a coordinate of that degree, SCALE^degree. */
double cvxnn__joint_scale(int degree);

#endif
