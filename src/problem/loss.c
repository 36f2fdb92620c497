/*
 * The squared loss l(f, y) = (f - y)^2 / 2 with weights s_i and mean scaling, and its conjugate:
 *   F(f) = sum_i s_i (f_i - y_i)^2 / (2S),  nu_i = s_i (y_i - f_i) / S,
 *   D(nu) = sum_i nu_i y_i - S nu_i^2 / (2 s_i),  nu_i = 0 where s_i = 0.
 */
#include <float.h>
#include <math.h>

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

/* Each term carries a handful of roundings (the shares among them, whose S itself is a sum of n numbers) and
 * the sum n more: gamma_m sum |terms| with m = 2n + 16 covers them all (Higham 2002, (3.5)); doubling it
 * covers the rounding of this bound. */
double cvxnn__loss_dual_floor(const struct cvxnn__instance *instance, const double *nu, double t) {
    double value = 0, size = 0;
    for (int64_t i = 0; i < instance->rows.n; i++) {
        double z = t * nu[i], share = cvxnn__instance_share(instance, i);
        if (z == 0) continue;
        if (share == 0) return -INFINITY;
        double linear = z * instance->targets[i], quadratic = 0.5 * z * z / share;
        value += linear - quadratic;
        size += fabs(linear) + quadratic;
    }
    double roundings = 2 * (double)instance->rows.n + 16;
    return value - 2 * roundings * (DBL_EPSILON / 2) * size - (double)instance->rows.n * DBL_MIN;
}
