/* A row's sums of squares in all directions. See joint.h. */
#include "verify/joint.h"

#include <string.h>

#include "linalg/blas.h"
#include "linalg/rounding.h"
#include "verify/certificate.h"

/* u'Eu + t^2 u'Fu + g.u + t u'Ku, symmetric d x d matrices. */
struct quartic {
    double *e, *f, *g, *k;
    double terms; /* not below the magnitudes of the terms that it is made of, before rounding */
};

int64_t cvxnn__joint_half(int64_t d) {
    return (2 * d + 1) * (d + 1) + (d + 1) * (d + 2) / 2;
}

int64_t cvxnn__joint_work(int64_t d) {
    return (2 * d + 1) * (2 * d + 1) + 2 * (3 * d * d + d) + d * (d + 1);
}

/* gram = factor factor', full; the sum of the factor's squares, not rounded up. */
static double multiply(int64_t size, const double *factor, double *gram) {
    double squares = 0;
    for (int64_t i = 0; i < size; i++) {
        const double *row = factor + i * (i + 1) / 2;
        for (int64_t j = 0; j <= i; j++)
            gram[i * size + j] = gram[j * size + i] = cvxnn__dot(j + 1, row, factor + j * (j + 1) / 2);
        squares += gram[i * size + i];
    }
    return squares;
}

/* From |S'm|^2: the blocks of its Gram matrix, those of t u with x for t. */
static void add_squares(int64_t d, const double *x, const double *gram, struct quartic *q) {
    int64_t size = 2 * d + 1;
    const double *first = gram, *linear = gram + size, *product = linear + d * size;
    for (int64_t a = 0; a < d; a++) {
        q->g[a] = 2 * first[1 + a];
        for (int64_t b = 0; b < d; b++) {
            q->e[a * d + b] = linear[a * size + 1 + b] + (x[a] * first[1 + d + b] + x[b] * first[1 + d + a]);
            q->f[a * d + b] = product[a * size + 1 + d + b];
            q->k[a * d + b] = product[a * size + 1 + b] + product[b * size + 1 + a];
        }
        q->e[a * d + a] += first[0];
    }
}

/* sign t |R'o|^2 on top. */
static void add_multiple(int64_t d, const double *x, double sign, const double *gram, struct quartic *q) {
    int64_t size = d + 1;
    for (int64_t a = 0; a < d; a++) {
        q->g[a] += sign * (gram[0] * x[a]);
        for (int64_t b = 0; b < d; b++) {
            q->e[a * d + b] += sign * (x[a] * gram[1 + b] + x[b] * gram[1 + a]);
            q->k[a * d + b] += sign * gram[(1 + a) * size + 1 + b];
        }
    }
}

/* At |u| = 1, |m|^2 <= 2 + radius^2, |o|^2 = 2 and |t| <= radius, also with magnitudes in place of all
 * numbers. */
static void fill_quartic(int64_t d, const double *x, double radius, double sign, const double *factors,
                         double *gram, struct quartic *q) {
    double squares = multiply(2 * d + 1, factors, gram);
    add_squares(d, x, gram, q);
    double multiples = multiply(d + 1, factors + (2 * d + 1) * (d + 1), gram);
    add_multiple(d, x, sign, gram, q);
    q->terms = ((2 + radius * radius) * squares + 2 * radius * multiples) * (1 + cvxnn__gamma(8 * d + 32));
}

static double trace(int64_t d, const double *matrix) {
    double sum = 0;
    for (int64_t a = 0; a < d; a++) sum += matrix[a * d + a];
    return sum;
}

/* How far one quartic is from the other, which is overwritten: with F = cI + F_0, K = bI + K_0 for any
 * numbers c and b, t^2 u'Fu = c t^2 + t^2 u'F_0 u and t u'Ku = b t + t u'K_0 u. */
static double distance(int64_t d, const double *x, double radius, const struct quartic *one,
                       struct quartic *other) {
    int64_t square = d * d;
    for (int64_t e = 0; e < square; e++) {
        other->e[e] -= one->e[e], other->f[e] -= one->f[e], other->k[e] -= one->k[e];
    }
    double c = trace(d, other->f) / (double)d, b = trace(d, other->k) / (double)d;
    for (int64_t a = 0; a < d; a++) {
        other->g[a] = other->g[a] - one->g[a] + b * x[a];
        other->f[a * d + a] -= c, other->k[a * d + a] -= b;
        for (int64_t e = 0; e < d; e++) other->e[a * d + e] += c * (x[a] * x[e]);
    }
    double norms = cvxnn__norm(square, other->e) + radius * radius * cvxnn__norm(square, other->f) +
                   cvxnn__norm(d, other->g) + radius * cvxnn__norm(square, other->k);
    other->terms += 2 * radius * (radius * fabs(c) + fabs(b));
    return norms * (1 + cvxnn__gamma(square + 32));
}

/* The vector of a quadratic form over the monomials of degree 2, each times the root of its multiplicity. */
static void to_vector(int64_t d, const double *matrix, double *vector) {
    double root = sqrt(2);
    for (int64_t a = 0; a < d; a++)
        for (int64_t b = a; b < d; b++) *vector++ = a == b ? matrix[a * d + a] : root * matrix[a * d + b];
}

/* matrix += V. pairs, form: d (d + 1) / 2 numbers each. */
static void add_matrix(int64_t d, const double *x, const struct quartic *q, double *pairs, double *form,
                       double *matrix) {
    int64_t high = d * (d + 1) / 2, size = d + high;
    for (int64_t a = 0; a < d; a++)
        for (int64_t b = 0; b <= a; b++) matrix[a * size + b] += q->e[a * d + b];
    to_vector(d, q->k, form);
    double *row = matrix + d * size;
    for (int64_t a = 0, at = 0; a < d; a++)
        for (int64_t b = a; b < d; b++, at++)
            for (int64_t c = 0; c < d; c++)
                row[at * size + c] += 0.5 * (form[at] * x[c] + (a == b ? q->g[c] : 0));
    double root = sqrt(2);
    for (int64_t a = 0, at = 0; a < d; a++)
        for (int64_t b = a; b < d; b++) pairs[at++] = (a == b ? 1 : root) * (x[a] * x[b]);
    to_vector(d, q->f, form);
    for (int64_t r = 0; r < high; r++)
        for (int64_t c = 0; c <= r; c++)
            row[r * size + d + c] += 0.5 * (pairs[r] * form[c] + pairs[c] * form[r]);
}

/* Past the norms of what was computed: each coefficient is off by at most gamma times the magnitudes of its
 * terms, a product that underflows by tiny before fewer than 8 (2d + 2)^4 sums. */
double cvxnn__joint_row(int64_t d, int half, const double *x, double radius, double slope,
                        const double *factors, double *matrix, double *terms, double *work) {
    int64_t size = 2 * d + 1, square = d * d;
    double *gram = work, *at = gram + size * size;
    struct quartic halves[2];
    for (int h = 0; h < 2; h++, at += 3 * square + d) {
        halves[h] = (struct quartic){.e = at, .f = at + square, .k = at + 2 * square, .g = at + 3 * square};
        fill_quartic(d, x, radius, h ? 1 : -1, factors + h * cvxnn__joint_half(d), gram, &halves[h]);
    }
    for (int64_t a = 0; a < d; a++) halves[1].g[a] += slope * x[a];
    halves[1].terms += fabs(slope) * radius;
    const struct quartic *q = &halves[half == 1];
    add_matrix(d, x, q, at, at + d * (d + 1) / 2, matrix);
    *terms = q->terms;
    double apart = half < 0 ? distance(d, x, radius, &halves[0], &halves[1]) : 0;
    double all = halves[0].terms + halves[1].terms;
    if (!(apart < INFINITY) || !(all < INFINITY)) return INFINITY;
    double tiny = 8 * pow(2 * (double)d + 2, 4) * (1 + fabs(slope)) * CVXNN__TINY;
    return cvxnn__up(apart + (cvxnn__gamma(4 * d + 48) * all + tiny));
}
