/*
 * What the subcommands of the bench share: options, data, the dense pass, and the JSON line they print.
 *
 * A subcommand is a function and a row of the table in main.c. It reads its options, makes its data,
 * measures, and prints one line: line_open, its own keys, line_close.
 */
#ifndef CVXNN_BENCH_H
#define CVXNN_BENCH_H

#include <stdint.h>

#include "cvxnn.h"

/* ---- Options: --name VALUE, or --name alone for a flag; main.c knows which a subcommand takes ---- */

struct options {
    int count;
    const char **names, **values;
};

/* The option's value, or what stands here when it was not given: a whole number, not negative; one of 1 to
 * 10^9; a number, not negative; a text; whether a flag stands there. Other values end the program. */
int64_t option_integer(const struct options *options, const char *name, int64_t otherwise);
int64_t option_count(const struct options *options, const char *name, int64_t otherwise);
double option_real(const struct options *options, const char *name, double otherwise);
const char *option_text(const struct options *options, const char *name, const char *otherwise);
int option_flag(const struct options *options, const char *name);

/* ---- Data ------------------------------------------------------------------------------------------ */

/*
 * X (n x d, row-major) ~ N(0, 1). Teacher: ten ReLU neurons ~ N(0, I) with output weights +1, -1 in turn,
 * scaled to variance 1 over the rows, then noise N(0, 0.1^2). noise_labels: y ~ N(0, 1) instead. To be freed.
 */
struct data {
    int64_t n, d;
    double *x, *y;
};
void data_make(int64_t n, int64_t d, uint64_t seed, int noise_labels, struct data *data);
void data_free(struct data *data);

/* malloc that ends the program instead of failing. */
double *numbers(int64_t count);

/* ---- Time ------------------------------------------------------------------------------------------ */

double seconds_now(void);

/* Seconds of one single-threaded dgemm of 2 n d P flops, the size of X' Diag(r) M with M the n x P matrix of
 * patterns: the shortest of a few, in the faster of the two layouts. */
double dense_pass(int64_t n, int64_t d, int64_t patterns);

/* ---- The line: what a subcommand says, and the keys every one of them has ---------------------------- */

void line_open(const char *subcommand);
void line_integer(const char *key, int64_t value);
void line_real(const char *key, double value); /* null when it is not finite */
void line_text(const char *key, const char *value);

/* n d beta beta_max seed threads blas blas_threads version, and the end of the line. */
void line_close(const struct options *options, int64_t n, int64_t d, double beta, double beta_max);

/* Ends the program with exit status 1 unless status is a result (>= 0). */
void expect(int32_t status, const char *what);

/* ---- Solving --------------------------------------------------------------------------------------- */

/* A solver for the gated program of these options over borrowed data, and its problem: nothing is solved yet.
 */
cvxnn_solver *gated_pose(const struct options *options, const struct data *data, cvxnn_problem **problem);

double real_of(const cvxnn_solver *solver, int32_t key); /* NAN where there is none */
int64_t integer_of(const cvxnn_solver *solver, int32_t key);

/* ---- Subcommands: 0, or 4 when a budget ran out ---------------------------------------------------- */

int bench_masked(const struct options *options);
int bench_gated(const struct options *options);
int bench_path(const struct options *options);
int bench_certificate(const struct options *options);
int bench_relu(const struct options *options);

#endif
