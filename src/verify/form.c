/* Forms on the sphere, coefficient by coefficient. See form.h. */
#include "verify/form.h"

#include <math.h>
#include <string.h>

#include "linalg/rounding.h"
#include "verify/certificate.h"

void cvxnn__forms_take(struct cvxnn__scope *scope, int64_t d, int64_t k, struct cvxnn__forms *forms) {
    int64_t degree = 2 * k;
    *forms = (struct cvxnn__forms){.d = d, .k = k, .size = cvxnn__certificate_size(d, k)};
    cvxnn__monomial_ranks_take(scope, d, degree, &forms->ranks);
    if (forms->size < 0) scope->failed = 1;
    if (scope->failed) return;
    forms->count = cvxnn__integers(scope, degree + 1);
    forms->tuples = cvxnn__take(scope, 2 * (degree + 1), 1, (int64_t)sizeof(int32_t));
    forms->low = cvxnn__doubles(scope, cvxnn__monomials(d, degree - 2), 1);
    if (scope->failed) return;
    for (int64_t j = 0; j <= degree; j++) forms->count[j] = cvxnn__monomials(d, j);
}

/* The first tuple. */
static int32_t *begin(const struct cvxnn__forms *forms) {
    memset(forms->tuples, 0, (size_t)(2 * forms->k + 1) * sizeof *forms->tuples);
    return forms->tuples;
}

void cvxnn__forms_lift(const struct cvxnn__forms *forms, int64_t m, const double *lower, double *higher) {
    int32_t *tuple = begin(forms), *merged = tuple + 2 * forms->k + 1;
    for (int64_t r = 0; r < forms->count[m]; r++) {
        for (int32_t v = 0; v < (int32_t)forms->d; v++) {
            int32_t square[2] = {v, v};
            higher[cvxnn__monomial_product(&forms->ranks, m, tuple, 2, square, merged)] += lower[r];
        }
        cvxnn__monomial_next(forms->d, m, tuple);
    }
}

void cvxnn__forms_weigh(const struct cvxnn__forms *forms, int64_t m, double *form) {
    int32_t *tuple = begin(forms);
    for (int64_t r = 0; r < forms->count[m]; r++) {
        form[r] *= cvxnn__monomial_multiplicity(m, tuple);
        cvxnn__monomial_next(forms->d, m, tuple);
    }
}

/* form -= the block of v'Wv that belongs to monomials of degrees a (rows, from row `first`) and b <= a
 * (columns, from 0 or first), a form of degree a + b. */
static void subtract_block(const struct cvxnn__forms *forms, const double *matrix, int64_t a, int64_t row,
                           int64_t b, int64_t column, double *form) {
    int32_t *merged = forms->tuples, left[CVXNN__MOST_ORDER] = {0}, right[CVXNN__MOST_ORDER];
    for (int64_t r = 0; r < forms->count[a]; r++) {
        double multiplicity = cvxnn__monomial_multiplicity(a, left);
        memset(right, 0, sizeof right);
        for (int64_t c = 0; c < forms->count[b] && column + c <= row + r; c++) {
            double weight = sqrt(multiplicity * cvxnn__monomial_multiplicity(b, right)),
                   entry = matrix[(row + r) * forms->size + column + c];
            form[cvxnn__monomial_product(&forms->ranks, a, left, b, right, merged)] -=
                (column + c < row + r ? 2 : 1) * (weight * entry);
            cvxnn__monomial_next(forms->d, b, right);
        }
        cvxnn__monomial_next(forms->d, a, left);
    }
}

void cvxnn__forms_subtract(const struct cvxnn__forms *forms, const double *matrix, double *even,
                           double *odd) {
    int64_t k = forms->k, lower = forms->count[k - 1];
    memset(forms->low, 0, (size_t)forms->count[2 * k - 2] * sizeof(double));
    subtract_block(forms, matrix, k - 1, 0, k - 1, 0, forms->low);
    cvxnn__forms_lift(forms, 2 * k - 2, forms->low, even);
    subtract_block(forms, matrix, k, lower, k, lower, even);
    subtract_block(forms, matrix, k, lower, k - 1, 0, odd);
}

/* Of a form of degree m, not rounded up; INFINITY where a coefficient is not finite. */
static double norm(const struct cvxnn__forms *forms, int64_t m, const double *form) {
    double sum = 0, largest = 0;
    for (int64_t r = 0; r < forms->count[m]; r++) {
        if (!isfinite(form[r])) return INFINITY;
        largest = fmax(largest, fabs(form[r]));
    }
    if (largest == 0) return 0;
    int32_t *tuple = begin(forms);
    for (int64_t r = 0; r < forms->count[m]; r++) {
        double c = form[r] / largest;
        sum += c * c / cvxnn__monomial_multiplicity(m, tuple);
        cvxnn__monomial_next(forms->d, m, tuple);
    }
    return largest * sqrt(sum);
}

double cvxnn__forms_norm(const struct cvxnn__forms *forms, const double *even, const double *odd) {
    int64_t degree = 2 * forms->k;
    return (norm(forms, degree, even) + norm(forms, degree - 1, odd)) *
           (1 + cvxnn__gamma(forms->count[degree] + 16));
}
