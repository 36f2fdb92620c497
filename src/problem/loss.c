/*
 * The squared loss l(f, y) = (f - y)^2 / 2 with weights s_i and mean scaling, and its conjugate:
 *   F(f) = sum_i s_i (f_i - y_i)^2 / (2S),  nu_i = s_i (y_i - f_i) / S,
 *   D(nu) = sum_i nu_i y_i - S nu_i^2 / (2 s_i),  nu_i = 0 where s_i = 0.
 */
#include <math.h>

#include "linalg/rounding.h"
#include "problem/instance.h"

double cvxnn__instance_share(const struct cvxnn__instance *instance, int64_t i) {
    return (instance->weights ? instance->weights[i] : 1) / instance->weight_sum;
}

double cvxnn__loss_value(const struct cvxnn__instance *instance, const double *f) {
    double sum = 0;
    for (int64_t i = 0; i < instance->rows.n; i++) {
        double error = f[i] - instance->targets[i];
        sum += cvxnn__instance_share(instance, i) * (0.5 * error * error);
    }
    return sum;
}

void cvxnn__loss_residual(const struct cvxnn__instance *instance, const double *f, double *nu) {
    for (int64_t i = 0; i < instance->rows.n; i++)
        nu[i] = cvxnn__instance_share(instance, i) * (instance->targets[i] - f[i]);
}

void cvxnn__loss_curvature(const struct cvxnn__instance *instance, const double *f, double *curvature) {
    (void)f;
    for (int64_t i = 0; i < instance->rows.n; i++) curvature[i] = cvxnn__instance_share(instance, i);
}

/* D(t nu) = t linear - t^2 quadratic; 0 when nu leaves the domain. */
static int dual_parts(const struct cvxnn__instance *instance, const double *nu, double *linear,
                      double *quadratic) {
    *linear = *quadratic = 0;
    for (int64_t i = 0; i < instance->rows.n; i++) {
        double share = cvxnn__instance_share(instance, i);
        if (nu[i] == 0) continue;
        if (share == 0) return 0;
        *linear += nu[i] * instance->targets[i];
        *quadratic += 0.5 * nu[i] * nu[i] / share;
    }
    return 1;
}

double cvxnn__loss_dual(const struct cvxnn__instance *instance, const double *nu) {
    double linear, quadratic;
    return dual_parts(instance, nu, &linear, &quadratic) ? linear - quadratic : -INFINITY;
}

double cvxnn__loss_dual_scale(const struct cvxnn__instance *instance, const double *nu, double most) {
    double linear, quadratic;
    if (!dual_parts(instance, nu, &linear, &quadratic) || linear <= 0) return 0;
    return quadratic > 0 ? fmin(most, 0.5 * linear / quadratic) : most;
}

/* Never below S, which the weights' doubles add up to. */
static double weight_sum_bound(const struct cvxnn__instance *instance) {
    double sum = 0;
    if (!instance->weights) return (double)instance->rows.n;
    for (int64_t i = 0; i < instance->rows.n; i++) sum += instance->weights[i];
    return cvxnn__up(sum * (1 + cvxnn__gamma(instance->rows.n)));
}

/* A term has at most 4 roundings (S enters as an upper bound, which only lowers D) and the sum n more, so
 * gamma_(n + 8) sum |terms| covers them (Higham 2002, section 3.1). S / s_i >= 1 does not underflow; where
 * z_i S / s_i does, |z_i| < 1, so that a quadratic term loses at most 3 tiny by underflow and a linear one 1.
 */
double cvxnn__loss_dual_floor(const struct cvxnn__instance *instance, const double *z) {
    int64_t n = instance->rows.n;
    double sum = weight_sum_bound(instance), value = 0, size = 0;
    for (int64_t i = 0; i < n; i++) {
        if (z[i] == 0) continue;
        double weight = instance->weights ? instance->weights[i] : 1;
        if (weight == 0) return -INFINITY;
        double linear = z[i] * instance->targets[i], quadratic = 0.5 * (z[i] * (z[i] * (sum / weight)));
        value += linear - quadratic;
        size += fabs(linear) + quadratic;
    }
    double floor = cvxnn__down(value - (cvxnn__gamma(n + 8) * size + 8 * (double)n * CVXNN__TINY));
    return isfinite(floor) ? floor : -INFINITY;
}

/* Never above S. */
static double weight_sum_floor(const struct cvxnn__instance *instance) {
    double sum = 0;
    if (!instance->weights) return (double)instance->rows.n;
    for (int64_t i = 0; i < instance->rows.n; i++) sum += instance->weights[i];
    return cvxnn__down(sum * (1 - cvxnn__gamma(instance->rows.n)));
}

/* All terms are positive: a term's 4 roundings, the sum's n and those after it make the result larger by at
 * most gamma_(n + 8) of itself; |f_i - y_i| is rounded up, and a product loses at most tiny by underflow,
 * which the weight may multiply. */
double cvxnn__loss_ceiling(const struct cvxnn__instance *instance, const double *f, const double *error) {
    int64_t n = instance->rows.n;
    int64_t terms = 0;
    double value = 0, largest = 1;
    for (int64_t i = 0; i < n; i++) {
        double weight = instance->weights ? instance->weights[i] : 1;
        double off = cvxnn__up(cvxnn__up(fabs(f[i] - instance->targets[i])) + error[i]);
        if (weight == 0 || (f[i] == instance->targets[i] && error[i] == 0)) continue; /* exactly 0 */
        terms++;
        value += 0.5 * (weight * (off * off));
        largest = fmax(largest, weight);
    }
    if (terms == 0) return 0;
    double sum = weight_sum_floor(instance), slack = 4 * (double)terms * largest * CVXNN__TINY;
    return cvxnn__up(cvxnn__up((value * (1 + cvxnn__gamma(n + 8)) + slack) / sum) + CVXNN__TINY);
}
