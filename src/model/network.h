/*
 * Network: a two-layer network on its own, as it is returned, predicts and is saved.
 *
 *   ReLU    f(x) = sum_j (x . u_j)_+ a_j                       penalty (1/2) sum_j (|u_j|^2 + |a_j|^2)
 *   gated   f(x) = sum_j 1[x . g_j >= 0] (x . u_j) a_j         penalty sum_j |u_j| |a_j|
 *
 * x is the scaled input with the constant 1 appended when there is a bias.
 */
#ifndef CVXNN_MODEL_NETWORK_H
#define CVXNN_MODEL_NETWORK_H

#include <stdint.h>

#include "base/context.h"
#include "linalg/rows.h"
#include "problem/instance.h"

struct cvxnn__network {
    struct cvxnn__scope scope;                /* owns all that follows */
    int32_t kind;                             /* CVXNN_KIND_ number */
    int64_t features, bias, outputs, neurons; /* bias: CVXNN_BIAS_ number */
    int64_t d;                                /* features, plus one for a penalized bias */
    double *u;                                /* neurons x d */
    double *a;                                /* neurons x outputs */
    double *gates;                            /* neurons x d; NULL for a ReLU network */
    double *center, *scale;                   /* features each; NULL, NULL: inputs are taken as they are */
    char **feature_names;                     /* features strings, each may be NULL; NULL: none has a name */
    char **target_names;                      /* outputs strings, likewise */
    int32_t loss;
    double beta; /* 0: not known */
};

/* A network of this shape in a scope on context->memory: weights uninitialised, no scaling, no names, squared
 * loss, beta 0. SHAPE for sizes that are no network, MEMORY; on failure nothing is left to be freed. */
int32_t cvxnn__network_make(struct cvxnn__context *context, int32_t kind, int64_t features, int64_t bias,
                            int64_t outputs, int64_t neurons, struct cvxnn__network *network);
int32_t cvxnn__network_copy(struct cvxnn__context *context, const struct cvxnn__network *from,
                            struct cvxnn__network *network);
void cvxnn__network_free(struct cvxnn__network *network);

/* Scaling, copied; NULL, NULL removes it. On failure nothing has changed. */
int32_t cvxnn__network_set_scaling(struct cvxnn__context *context, struct cvxnn__network *network,
                                   const double *center, const double *scale);

/* 1 when these bytes can name a column: 1 to 1000 bytes of UTF-8 without control characters and line ends. */
int cvxnn__name_is_valid(const char *name, int64_t length);

/* Name of a column, copied; NULL removes it. SHAPE for a column that is not there, VALUE for a name that is
 * not valid, MEMORY; then nothing has changed. */
int32_t cvxnn__network_set_name(struct cvxnn__context *context, struct cvxnn__network *network, int is_target,
                                int64_t index, const char *name);

/* Makes |u_j| = |a_j| for every neuron of a ReLU network, which (NN) wants, without changing what it
 * computes; neurons that compute zero are removed. */
void cvxnn__network_balance(struct cvxnn__network *network);

/* The network's rows view of raw inputs: its scaling and its constant column on top of `values`. */
struct cvxnn__rows cvxnn__network_rows(const struct cvxnn__network *network, int64_t n, const void *values,
                                       int is_float, int64_t row_stride, int64_t column_stride);

/* F (n x outputs, row-major) for rows that are scaled and carry the constant already (rows->d == network->d).
 */
int32_t cvxnn__network_outputs(struct cvxnn__context *context, const struct cvxnn__network *network,
                               const struct cvxnn__rows *rows, double *f);

double cvxnn__network_penalty(const struct cvxnn__network *network);

/* F(f) + beta penalty on an instance whose rows are scaled as the network wants them, with the instance's
 * beta; f (n x outputs, may be NULL) receives the outputs. SHAPE when columns or outputs differ. Neither this
 * nor _outputs polls: what they compute is wanted after a budget has run out, too. */
int32_t cvxnn__network_objective(struct cvxnn__context *context, const struct cvxnn__network *network,
                                 const struct cvxnn__instance *instance, double *f, double *objective);

/* The text of the model file (docs/model-format.md). *needed = its bytes; there is no final zero. buffer
 * NULL: only counted; too small: SHAPE and nothing is written. VALUE when a weight is not finite. */
int32_t cvxnn__network_format(struct cvxnn__context *context, const struct cvxnn__network *network,
                              char *buffer, int64_t size, int64_t *needed);

/* A network from such a text, which need not end in a zero. FORMAT or NEWER with the line in the message, or
 * MEMORY; then nothing is left to be freed. */
int32_t cvxnn__network_parse(struct cvxnn__context *context, const char *text, int64_t length,
                             struct cvxnn__network *network);

#endif
