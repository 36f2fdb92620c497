/* The bench's data (a planted teacher, or noise alone) and its unit of time, the dense pass. See bench.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "bench.h"
#include "cvxnn.h"
#include "linalg/blas.h"

/* Streams of random numbers, counted from CVXNN__STREAM_BENCH; index: row, or neuron. */
enum { STREAM_X = CVXNN__STREAM_BENCH + 64, STREAM_TEACHER, STREAM_NOISE };
enum { TEACHER_NEURONS = 10 };

double *numbers(int64_t count) {
    double *block = calloc((size_t)count + 1, sizeof *block);
    if (!block) expect(CVXNN_ERROR_MEMORY, "the bench's own arrays");
    return block;
}

/* y += sign (X u)_+ */
static void add_neuron(const struct data *data, const double *u, double sign, double *y) {
    for (int64_t i = 0; i < data->n; i++) {
        double product = cvxnn__dot(data->d, data->x + i * data->d, u);
        if (product > 0) y[i] += sign * product;
    }
}

static void scale_to_variance_one(int64_t n, double *y) {
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < n; i++) mean += y[i] / (double)n;
    for (int64_t i = 0; i < n; i++) variance += (y[i] - mean) * (y[i] - mean) / (double)n;
    for (int64_t i = 0; i < n && variance > 0; i++) y[i] /= sqrt(variance);
}

void data_make(int64_t n, int64_t d, uint64_t seed, int noise_labels, struct data *data) {
    *data = (struct data){.n = n, .d = d, .x = numbers(n * d), .y = numbers(n)};
    double *noise = numbers(n), *u = numbers(d);
    for (int64_t i = 0; i < n; i++) cvxnn__normals(seed, STREAM_X, (uint64_t)i, d, data->x + i * d);
    cvxnn__normals(seed, STREAM_NOISE, 0, n, noise);
    for (int j = 0; j < TEACHER_NEURONS && !noise_labels; j++) {
        cvxnn__normals(seed, STREAM_TEACHER, (uint64_t)j, d, u);
        add_neuron(data, u, j % 2 ? -1 : 1, data->y);
    }
    if (!noise_labels) scale_to_variance_one(n, data->y);
    for (int64_t i = 0; i < n; i++) data->y[i] += (noise_labels ? 1 : 0.1) * noise[i];
    free(noise);
    free(u);
}

void data_free(struct data *data) {
    free(data->x);
    free(data->y);
}

double seconds_now(void) {
    return cvxnn__clock();
}

/* Seconds of G = X' M or G' = M' X in strips of so many patterns, M in memory once. */
static double time_products(int transposed, int64_t n, int64_t d, int64_t patterns, int64_t strip,
                            const double *x, const double *m, double *g) {
    double start = seconds_now();
    for (int64_t p = 0; p < patterns; p += strip) {
        int64_t count = patterns - p < strip ? patterns - p : strip;
        int fits = transposed ? cvxnn__gemm(1, 0, count, d, n, 1, m, strip, x, d, 0, g, d)
                              : cvxnn__gemm(1, 0, d, count, n, 1, x, d, m, strip, 0, g, strip);
        if (!fits) expect(CVXNN_ERROR_SHAPE, "the dense pass");
    }
    return seconds_now() - start;
}

double dense_pass(int64_t n, int64_t d, int64_t patterns) {
    enum { MOST_NUMBERS = 1 << 25, REPETITIONS = 5 };
    int64_t strip = MOST_NUMBERS / n < 64 ? 64 : MOST_NUMBERS / n;
    if (strip > patterns) strip = patterns;
    double *x = numbers(n * d), *m = numbers(n * strip), *g = numbers(d * strip), best = INFINITY;
    for (int64_t e = 0; e < n * d; e++) x[e] = (double)(e % 7) - 3;
    for (int64_t e = 0; e < n * strip; e++) m[e] = (double)(e % 3 == 0);
    for (int r = 0; r < 2 * REPETITIONS; r++)
        best = fmin(best, time_products(r % 2, n, d, patterns, strip, x, m, g));
    free(x);
    free(m);
    free(g);
    return best;
}
