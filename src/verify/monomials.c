/* Monomials as nondecreasing tuples. See monomials.h. */
#include "verify/monomials.h"

#include <stddef.h>

int64_t cvxnn__monomials(int64_t d, int64_t m) {
    int64_t count = 1;
    if (d < 1 || d > INT32_MAX || m > INT32_MAX) return m == 0 ? 1 : -1;
    for (int64_t j = 1; j <= m; j++) {
        count = count * (d + j - 1) / j; /* C(d + j - 1, j); no overflow: both factors stay below 2^32 */
        if (count > INT32_MAX) return -1;
    }
    return count;
}

int cvxnn__monomial_next(int64_t d, int64_t m, int32_t *tuple) {
    int64_t p = m;
    while (p > 0 && tuple[p - 1] == d - 1) p--;
    if (p == 0) return 0;
    int32_t variable = tuple[p - 1] + 1;
    for (int64_t j = p - 1; j < m; j++) tuple[j] = variable;
    return 1;
}

double cvxnn__monomial_multiplicity(int64_t m, const int32_t *tuple) {
    double count = 1;
    for (int64_t j = 0, run = 0; j < m; j++) {
        run = j && tuple[j] == tuple[j - 1] ? run + 1 : 1;
        count = count * (double)(j + 1) / (double)run; /* an integer at every step */
    }
    return count;
}

/* Tuples that begin with v go on with the tuples of variables >= v, which are the last ones of degree m - 1.
 */
void cvxnn__monomial_values(int64_t d, int64_t m, const double *x, const double *lower, double *values) {
    int64_t all = cvxnn__monomials(d, m - 1), at = 0;
    for (int64_t v = 0; v < d; v++) {
        int64_t tail = cvxnn__monomials(d - v, m - 1);
        for (int64_t r = all - tail; r < all; r++) values[at++] = x[v] * lower[r];
    }
}

void cvxnn__monomial_ranks_take(struct cvxnn__scope *scope, int64_t d, int64_t most,
                                struct cvxnn__monomial_ranks *ranks) {
    *ranks = (struct cvxnn__monomial_ranks){.d = d, .most = most};
    if (cvxnn__monomials(d, most) < 0) scope->failed = 1;
    if (scope->failed) return;
    ranks->counts = cvxnn__integers(scope, (most + 1) * (d + 1));
    for (int64_t l = 0; ranks->counts && l <= most; l++)
        for (int64_t r = 0; r <= d; r++) ranks->counts[l * (d + 1) + r] = r ? cvxnn__monomials(r, l) : l == 0;
}

int64_t cvxnn__monomial_rank(const struct cvxnn__monomial_ranks *ranks, int64_t m, const int32_t *tuple) {
    int64_t rank = 0, from = ranks->d;
    for (int64_t j = 0; j < m; j++) {
        const int64_t *counts = ranks->counts + (m - j) * (ranks->d + 1);
        rank += counts[from] - counts[ranks->d - tuple[j]];
        from = ranks->d - tuple[j];
    }
    return rank;
}

int64_t cvxnn__monomial_product(const struct cvxnn__monomial_ranks *ranks, int64_t a, const int32_t *left,
                                int64_t b, const int32_t *right, int32_t *merged) {
    for (int64_t i = 0, j = 0; i + j < a + b;) {
        int from_left = j == b || (i < a && left[i] <= right[j]);
        merged[i + j] = from_left ? left[i] : right[j];
        if (from_left)
            i++;
        else
            j++;
    }
    return cvxnn__monomial_rank(ranks, a + b, merged);
}
