/* A certificate's embedding in the next order. See lift.h. */
#include "gap/lift.h"

#include <math.h>
#include <string.h>

#include "verify/monomials.h"

/* The entries of all T_j in the row of one monomial of v': a variable j of it, the monomial of v without it,
 * and the root of the ratio of their multiplicities. */
struct quotient {
    int32_t variable;
    int64_t at;
    double weight;
};

struct quotients {
    int64_t size, most; /* monomials of v'; quotients of each at most */
    int64_t *count;     /* size */
    struct quotient *list;
};

/* Those of the monomials of degree m, v holding the ones of degree m - 1 from number `at` on. */
static void fill(const struct cvxnn__monomial_ranks *ranks, int64_t m, int64_t at, int64_t first,
                 struct quotients *quotients) {
    int32_t tuple[CVXNN__MOST_ORDER] = {0}, rest[CVXNN__MOST_ORDER];
    int64_t k = first;
    do {
        struct quotient *list = quotients->list + k * quotients->most;
        double multiplicity = cvxnn__monomial_multiplicity(m, tuple);
        quotients->count[k] = 0;
        for (int64_t j = 0; j < m; j++) {
            if (j > 0 && tuple[j] == tuple[j - 1]) continue;
            memcpy(rest, tuple, (size_t)j * sizeof *rest);
            memcpy(rest + j, tuple + j + 1, (size_t)(m - 1 - j) * sizeof *rest);
            list[quotients->count[k]++] = (struct quotient){
                .variable = tuple[j],
                .at = at + cvxnn__monomial_rank(ranks, m - 1, rest),
                .weight = sqrt(cvxnn__monomial_multiplicity(m - 1, rest) / multiplicity)};
        }
        k++;
    } while (cvxnn__monomial_next(ranks->d, m, tuple));
}

/* The sum over the variables that two monomials share; variables ascend in both lists. */
static double entry(const struct quotients *quotients, int64_t row, int64_t column, int64_t size,
                    const double *matrix) {
    const struct quotient *a = quotients->list + row * quotients->most,
                          *b = quotients->list + column * quotients->most;
    const struct quotient *end_a = a + quotients->count[row], *end_b = b + quotients->count[column];
    double sum = 0;
    while (a < end_a && b < end_b) {
        if (a->variable == b->variable) {
            int64_t high = a->at > b->at ? a->at : b->at, low = a->at > b->at ? b->at : a->at;
            sum += a->weight * b->weight * matrix[high * size + low];
            a++, b++;
        } else if (a->variable < b->variable) {
            a++;
        } else {
            b++;
        }
    }
    return sum;
}

int32_t cvxnn__certificate_lift(struct cvxnn__context *context, const struct cvxnn__certificate *certificate,
                                struct cvxnn__certificate *lifted) {
    int64_t n = certificate->n, d = certificate->d, k = certificate->order, low = 2 * k, high = 2 * k + 2;
    int64_t size = cvxnn__certificate_size(d, k);
    struct quotients quotients = {.size = cvxnn__certificate_size(d, k + 1), .most = k + 1};
    struct cvxnn__scope scope;
    struct cvxnn__monomial_ranks ranks;
    cvxnn__scope_open(&scope, context->memory);
    cvxnn__monomial_ranks_take(&scope, d, k, &ranks);
    quotients.count = cvxnn__integers(&scope, quotients.size);
    quotients.list = cvxnn__take(&scope, quotients.size, quotients.most, (int64_t)sizeof *quotients.list);
    if (scope.failed) {
        cvxnn__scope_close(&scope);
        return cvxnn__fail_memory(context);
    }
    fill(&ranks, k, 0, 0, &quotients);
    fill(&ranks, k + 1, cvxnn__monomials(d, k - 1), cvxnn__monomials(d, k), &quotients);
    memcpy(lifted->nu, certificate->nu, (size_t)n * sizeof(double));
    for (int side = 0; side < 2; side++) {
        for (int64_t i = 0; i < n; i++)
            memcpy(lifted->polynomials[side] + i * high, certificate->polynomials[side] + i * low,
                   (size_t)low * sizeof(double));
        for (int64_t row = 0; row < quotients.size; row++)
            for (int64_t column = 0; column <= row; column++)
                lifted->matrix[side][row * quotients.size + column] =
                    lifted->matrix[side][column * quotients.size + row] = entry(&quotients, row, column, size,
                                                                                certificate->matrix[side]);
    }
    cvxnn__scope_close(&scope);
    return CVXNN_OK;
}
