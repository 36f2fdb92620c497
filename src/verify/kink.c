/*
 * The univariate maximum of one row, rounding included. See kink.h.
 *
 * With A = |slope| radius + sum_j |c_j| radius^j, every Bernstein coefficient is a combination of at most D +
 * 1 numbers whose magnitudes add up to at most A, each through at most 3D + 4 roundings; every level of
 * halving puts each number through at most D averages, which never leave [-A, A] by more than rounding. DEPTH
 * levels and the conversion are off by at most gamma_m A, m = D (DEPTH + 4) + 8, underflow set aside.
 */
#include "verify/kink.h"

#include <string.h>

#include "linalg/rounding.h"
#include "verify/certificate.h"

enum { DEPTH = 40, MOST_DEGREE = 2 * CVXNN__MOST_ORDER };

struct piece {
    double b[MOST_DEGREE + 1];
};

struct search {
    int64_t degree;
    double tolerance, attained, bound; /* attained <= the maximum <= bound, up to rounding */
};

/* b_m = sum_{j <= m} C(m, j) / C(D, j) c_j: the polynomial sum_j c_j s^j on [0, 1], c_0 = 0. */
static void to_bernstein(int64_t degree, const double *c, struct piece *piece) {
    for (int64_t m = 0; m <= degree; m++) {
        double sum = 0, ratio = 1;
        for (int64_t j = 1; j <= m; j++) {
            ratio *= (double)(m - j + 1) / (double)(degree - j + 1);
            sum += ratio * c[j - 1];
        }
        piece->b[m] = sum;
    }
}

static double largest(int64_t degree, const struct piece *piece) {
    double most = piece->b[0];
    for (int64_t m = 1; m <= degree; m++) most = fmax(most, piece->b[m]);
    return most;
}

/* de Casteljau at the middle: piece becomes its left half. */
static void halve(int64_t degree, struct piece *piece, struct piece *right) {
    double *b = piece->b;
    for (int64_t level = 0; level < degree; level++) {
        right->b[degree - level] = b[degree];
        for (int64_t m = degree; m > level; m--) b[m] = 0.5 * (b[m - 1] + b[m]);
    }
    right->b[0] = b[degree];
}

/* Depth first, the more promising half first. What cannot rise above attained + tolerance is done. */
static void descend(struct search *search, struct piece *piece, int depth) {
    int64_t degree = search->degree;
    double most = largest(degree, piece);
    search->attained = fmax(search->attained, fmax(piece->b[0], piece->b[degree]));
    if (most <= search->attained + search->tolerance || depth == DEPTH) {
        search->bound = fmax(search->bound, most);
        return;
    }
    struct piece right;
    halve(degree, piece, &right);
    int right_first = largest(degree, &right) > largest(degree, piece);
    descend(search, right_first ? &right : piece, depth + 1);
    descend(search, right_first ? piece : &right, depth + 1);
}

double cvxnn__kink_bound(double slope, int64_t degree, const double *coefficients, double radius) {
    double size = fabs(slope) * radius, scaled[2][MOST_DEGREE], power = 1;
    for (int64_t j = 1; j <= degree; j++) {
        power *= radius;
        double c = coefficients[j - 1] * power;
        size += fabs(c);
        scaled[0][j - 1] = (j == 1 ? slope * radius : 0) - c; /* t = radius s */
        scaled[1][j - 1] = j % 2 ? c : -c;                    /* t = -radius s */
    }
    if (!(size < INFINITY)) return INFINITY;
    struct search search = {.degree = degree, .tolerance = 0x1p-44 * size};
    for (int half = 0; half < 2; half++) {
        struct piece piece = {.b = {0}};
        to_bernstein(degree, scaled[half], &piece);
        descend(&search, &piece, 0);
    }
    double roundings = cvxnn__gamma(degree * (DEPTH + 4) + 16);
    return cvxnn__up(search.bound + (roundings * size + 64 * (double)(degree * DEPTH) * CVXNN__TINY));
}
