/* Moment functionals of the sphere. See moments.h. */
#include "gap/moments.h"

#include <math.h>
#include <string.h>

#include "linalg/blas.h"
#include "verify/certificate.h"
#include "verify/monomials.h"

struct table {
    int64_t d, degree, count;
    int32_t *tuples;      /* count x degree */
    double *multiplicity; /* count */
};

static void take_table(struct cvxnn__scope *scope, int64_t d, int64_t degree, struct table *table) {
    *table = (struct table){.d = d, .degree = degree, .count = cvxnn__monomials(d, degree)};
    int32_t tuple[2 * CVXNN__MOST_ORDER] = {0};
    table->tuples = cvxnn__take(scope, table->count, degree, (int64_t)sizeof(int32_t));
    table->multiplicity = cvxnn__doubles(scope, table->count, 1);
    for (int64_t r = 0; !scope->failed && r < table->count; r++) {
        for (int64_t j = 0; j < degree; j++) table->tuples[r * degree + j] = tuple[j];
        table->multiplicity[r] = cvxnn__monomial_multiplicity(degree, tuple);
        cvxnn__monomial_next(d, degree, tuple);
    }
}

/* at[r, c] and weight[r, c] for products of monomials r of `left` and c of `right` (c <= r with triangle). */
static void fill_block(const struct cvxnn__monomial_ranks *ranks, const struct table *left,
                       const struct table *right, int triangle, int32_t *at, double *weight) {
    int32_t merged[2 * CVXNN__MOST_ORDER];
    int64_t degree = left->degree + right->degree;
    for (int64_t r = 0; r < left->count; r++)
        for (int64_t c = 0; c < (triangle ? r + 1 : right->count); c++) {
            int64_t rank = cvxnn__monomial_product(ranks, left->degree, left->tuples + r * left->degree,
                                                   right->degree, right->tuples + c * right->degree, merged);
            *at++ = (int32_t)rank;
            *weight++ = sqrt(left->multiplicity[r] * right->multiplicity[c] /
                             cvxnn__monomial_multiplicity(degree, merged));
        }
}

static void fill_lift(const struct cvxnn__monomial_ranks *ranks, const struct table *base,
                      struct cvxnn__moments *moments) {
    int32_t merged[2 * CVXNN__MOST_ORDER];
    for (int64_t r = 0; r < base->count; r++)
        for (int32_t v = 0; v < (int32_t)base->d; v++) {
            int32_t square[2] = {v, v};
            moments->lift_at[r * base->d + v] = (int32_t)cvxnn__monomial_product(
                ranks, base->degree, base->tuples + r * base->degree, 2, square, merged);
            moments->lift_weight[r * base->d + v] = sqrt(
                base->multiplicity[r] / cvxnn__monomial_multiplicity(base->degree + 2, merged));
        }
}

/* |u|^2k = sum over monomials t of degree k of multiplicity(t) u^2t. */
static void fill_mass(const struct cvxnn__monomial_ranks *ranks, const struct table *high,
                      struct cvxnn__moments *moments) {
    int32_t merged[2 * CVXNN__MOST_ORDER];
    int64_t k = high->degree;
    memset(moments->mass, 0, (size_t)moments->length * sizeof(double));
    for (int64_t r = 0; r < high->count; r++) {
        const int32_t *tuple = high->tuples + r * k;
        int64_t at = cvxnn__monomial_product(ranks, k, tuple, k, tuple, merged);
        moments->mass[at] = high->multiplicity[r] / sqrt(cvxnn__monomial_multiplicity(2 * k, merged));
    }
}

static int32_t *take_indices(struct cvxnn__scope *scope, int64_t rows, int64_t cols) {
    return cvxnn__take(scope, rows, cols, (int64_t)sizeof(int32_t));
}

void cvxnn__moments_take(struct cvxnn__scope *scope, int64_t d, int64_t k, struct cvxnn__moments *m) {
    struct cvxnn__monomial_ranks ranks;
    struct table low, high, base;
    *m = (struct cvxnn__moments){.d = d, .k = k, .size = cvxnn__certificate_size(d, k)};
    cvxnn__monomial_ranks_take(scope, d, 2 * k, &ranks);
    if (m->size < 0) scope->failed = 1;
    if (scope->failed) return;
    m->low = cvxnn__monomials(d, k - 1), m->high = cvxnn__monomials(d, k);
    m->even = cvxnn__monomials(d, 2 * k), m->odd = cvxnn__monomials(d, 2 * k - 1);
    m->base = cvxnn__monomials(d, 2 * k - 2), m->length = m->even + m->odd;
    take_table(scope, d, k - 1, &low);
    take_table(scope, d, k, &high);
    take_table(scope, d, 2 * k - 2, &base);
    int64_t high_count = m->high * (m->high + 1) / 2, low_count = m->low * (m->low + 1) / 2;
    m->high_at = take_indices(scope, high_count, 1), m->high_weight = cvxnn__doubles(scope, high_count, 1);
    m->cross_at = take_indices(scope, m->high, m->low),
    m->cross_weight = cvxnn__doubles(scope, m->high, m->low);
    m->low_at = take_indices(scope, low_count, 1), m->low_weight = cvxnn__doubles(scope, low_count, 1);
    m->lift_at = take_indices(scope, m->base, d), m->lift_weight = cvxnn__doubles(scope, m->base, d);
    m->mass = cvxnn__doubles(scope, m->length, 1);
    if (scope->failed) return;
    fill_block(&ranks, &high, &high, 1, m->high_at, m->high_weight);
    fill_block(&ranks, &high, &low, 0, m->cross_at, m->cross_weight);
    fill_block(&ranks, &low, &low, 1, m->low_at, m->low_weight);
    fill_lift(&ranks, &base, m);
    fill_mass(&ranks, &high, m);
    cvxnn__give_back(scope, low.tuples), cvxnn__give_back(scope, low.multiplicity);
    cvxnn__give_back(scope, high.tuples), cvxnn__give_back(scope, high.multiplicity);
    cvxnn__give_back(scope, base.tuples), cvxnn__give_back(scope, base.multiplicity);
}

int64_t cvxnn__moments_work(const struct cvxnn__moments *m) {
    return m->base + 3 * m->even;
}

/* base = C even, in the scaled coordinates. */
static void contract(const struct cvxnn__moments *m, const double *even, double *base) {
    for (int64_t r = 0; r < m->base; r++) {
        const int32_t *at = m->lift_at + r * m->d;
        const double *weight = m->lift_weight + r * m->d;
        double sum = 0;
        for (int64_t v = 0; v < m->d; v++) sum += weight[v] * even[at[v]];
        base[r] = sum;
    }
}

/* even += C' base. */
static void lift(const struct cvxnn__moments *m, const double *base, double *even) {
    for (int64_t r = 0; r < m->base; r++) {
        const int32_t *at = m->lift_at + r * m->d;
        const double *weight = m->lift_weight + r * m->d;
        for (int64_t v = 0; v < m->d; v++) even[at[v]] += weight[v] * base[r];
    }
}

/* The symmetric block of `count` monomials that begins at row `first`. */
static void block_matrix(const struct cvxnn__moments *m, int64_t first, int64_t count, const int32_t *at,
                         const double *weight, const double *numbers, double *matrix) {
    for (int64_t r = 0; r < count; r++)
        for (int64_t c = 0; c <= r; c++) {
            double entry = *weight++ * numbers[*at++];
            matrix[(first + r) * m->size + first + c] = matrix[(first + c) * m->size + first + r] = entry;
        }
}

static void block_polynomial(const struct cvxnn__moments *m, int64_t first, int64_t count, const int32_t *at,
                             const double *weight, const double *matrix, double *numbers) {
    for (int64_t r = 0; r < count; r++)
        for (int64_t c = 0; c <= r; c++) {
            double entry = matrix[(first + r) * m->size + first + c];
            if (c < r) entry += matrix[(first + c) * m->size + first + r];
            numbers[*at++] += *weight++ * entry;
        }
}

void cvxnn__moments_matrix(const struct cvxnn__moments *m, const double *functional, double *matrix,
                           double *work) {
    const double *odd = functional + m->even;
    contract(m, functional, work);
    block_matrix(m, 0, m->low, m->low_at, m->low_weight, work, matrix);
    block_matrix(m, m->low, m->high, m->high_at, m->high_weight, functional, matrix);
    for (int64_t r = 0; r < m->high; r++)
        for (int64_t c = 0; c < m->low; c++)
            matrix[c * m->size + m->low + r] = matrix[(m->low + r) * m->size + c] =
                m->cross_weight[r * m->low + c] * odd[m->cross_at[r * m->low + c]];
}

void cvxnn__moments_polynomial(const struct cvxnn__moments *m, const double *matrix, double *polynomial,
                               double *work) {
    double *odd = polynomial + m->even;
    memset(polynomial, 0, (size_t)m->length * sizeof(double));
    memset(work, 0, (size_t)m->base * sizeof(double));
    block_polynomial(m, 0, m->low, m->low_at, m->low_weight, matrix, work);
    block_polynomial(m, m->low, m->high, m->high_at, m->high_weight, matrix, polynomial);
    for (int64_t r = 0; r < m->high; r++)
        for (int64_t c = 0; c < m->low; c++)
            odd[m->cross_at[r * m->low + c]] += 2 * m->cross_weight[r * m->low + c] *
                                                matrix[(m->low + r) * m->size + c];
    lift(m, work, polynomial);
}

/* Conjugate gradients on the even part: k + 1 steps are exact, two more clean up rounding. */
void cvxnn__moments_solve(const struct cvxnn__moments *m, const double *polynomial, double *functional,
                          double *work) {
    double *base = work, *residual = work + m->base, *direction = residual + m->even,
           *image = direction + m->even;
    size_t bytes = (size_t)m->even * sizeof(double);
    for (int64_t e = m->even; e < m->length; e++) functional[e] = 0.5 * polynomial[e];
    memcpy(residual, polynomial, bytes);
    memcpy(direction, residual, bytes);
    memset(functional, 0, bytes);
    double square = cvxnn__dot(m->even, residual, residual), first = square;
    for (int64_t step = 0; step < m->k + 3 && square > 1e-32 * first; step++) {
        contract(m, direction, base);
        memcpy(image, direction, bytes);
        lift(m, base, image);
        double length = square / cvxnn__dot(m->even, direction, image);
        cvxnn__axpy(m->even, length, direction, functional);
        cvxnn__axpy(m->even, -length, image, residual);
        double next = cvxnn__dot(m->even, residual, residual);
        for (int64_t e = 0; e < m->even; e++) direction[e] = residual[e] + next / square * direction[e];
        square = next;
    }
}
