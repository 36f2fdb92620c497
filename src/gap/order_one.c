/* Order 1 in closed form. See order_one.h. Nothing here is trusted: sphere_check.h says what it proves. */
#include "gap/order_one.h"

#include <math.h>
#include <string.h>

#include "gap/linear_search.h"
#include "linalg/blas.h"

/* The search for lambda and slopes ends when in WINDOW steps the bound has not fallen by LEAST_FALL of
 * itself. */
enum { WINDOW = 16, MOST_STEPS = 400, HALVINGS = 60 };
static const double LEAST_FALL = 1e-4;

static int32_t search(struct cvxnn__context *context, struct cvxnn__linear_search *search) {
    double before = INFINITY;
    for (int64_t step = 1; step <= MOST_STEPS; step++) {
        int32_t status = cvxnn__linear_search_step(context, search);
        if (status) return status;
        if (step % WINDOW) continue;
        if (!(search->value < before * (1 - LEAST_FALL))) break;
        before = search->value;
    }
    return CVXNN_OK;
}

/* q_i, and a and N / 2 sigma into the lower triangle of W. */
static void quadratics(const struct cvxnn__linear_search *found, double sigma, double *row, double *q,
                       double *matrix) {
    int64_t n = found->rows->n, d = found->rows->d, size = d + 1;
    for (int64_t i = 0; i < n; i++) {
        cvxnn__rows_tile(found->rows, i, 1, 0, d, row, d);
        double r = found->slope[i], k = fmax(0, fmax(r, found->nu[i] - r));
        double square = k > 0 ? k * k / (2 * sigma * found->lambda[i + 1]) : 0;
        int unit = cvxnn__row_unit(d, row);
        q[2 * i] = ldexp(r, unit), q[2 * i + 1] = ldexp(square, 2 * unit);
        for (int64_t j = 0; j < d; j++) {
            matrix[(j + 1) * size] += 0.5 * (r * row[j]);
            cvxnn__axpy(j + 1, square * row[j], row, matrix + (j + 1) * size + 1);
        }
    }
}

/* w by halving: the slope of lambda_max(W) in w is v_0^2 - |v_1|^2 at its eigenvector. */
static void balance(int64_t size, double *matrix, double *copy, double *values, double *work) {
    double low = 0, high = 0, before = 0;
    for (int64_t i = 1; i < size; i++) {
        double sum = 0;
        for (int64_t j = 0; j < size; j++) sum += fabs(matrix[i > j ? i * size + j : j * size + i]);
        high = fmax(high, sum);
    }
    low = -high;
    for (int step = 0; step < HALVINGS && high - low > 0x1p-46 * high; step++) {
        double w = 0.5 * (low + high);
        matrix[0] = w;
        for (int64_t i = 1; i < size; i++) matrix[i * size + i] -= w - before;
        before = w;
        memcpy(copy, matrix, (size_t)(size * size) * sizeof *copy);
        if (cvxnn__eigen(1, size, copy, size, values, work) != 1) return;
        double first = copy[(size - 1) * size];
        if (first * first < 0.5)
            low = w;
        else
            high = w;
    }
}

static int32_t side(struct cvxnn__context *context, const struct cvxnn__instance *instance, const double *nu,
                    int which, struct cvxnn__certificate *certificate) {
    struct cvxnn__scope scope;
    struct cvxnn__linear_search found;
    int64_t d = certificate->d, n = certificate->n, size = d + 1;
    cvxnn__scope_open(&scope, context->memory);
    cvxnn__linear_search_begin(&scope, &instance->rows, nu, which ? -1 : 1, &found);
    double *row = cvxnn__doubles(&scope, d, 1), *copy = cvxnn__doubles(&scope, size, size),
           *values = cvxnn__doubles(&scope, size, 1),
           *work = cvxnn__doubles(&scope, cvxnn__eigen_work(size), 1), total = 0;
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : search(context, &found);
    if (status >= 0 && found.value < INFINITY && found.value > 0) {
        for (int64_t i = 0; i <= n; i++) total += found.lambda[i];
        quadratics(&found, found.value / total, row, certificate->polynomials[which],
                   certificate->matrix[which]);
        balance(size, certificate->matrix[which], copy, values, work);
    }
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn__order_one(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                         const double *nu, struct cvxnn__certificate *certificate) {
    memcpy(certificate->nu, nu, (size_t)certificate->n * sizeof *nu);
    int32_t stopped = side(context, instance, nu, 0, certificate);
    if (stopped < 0) return stopped;
    int32_t status = side(context, instance, nu, 1, certificate);
    return status < 0 ? status : stopped ? stopped : status;
}
