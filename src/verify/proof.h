/*
 * A proof as it is kept: what it is about (the problem, the data and the model, by their hashes), what it
 * claims, and the numbers that prove it. proof.c binds it to a problem and a model, certificate_file.c makes
 * text of it and reads it (docs/certificate-format.md).
 */
#ifndef CVXNN_VERIFY_PROOF_H
#define CVXNN_VERIFY_PROOF_H

#include "base/sha256.h"
#include "model/network.h"
#include "verify/certificate.h"
#include "verify/sphere_check.h"
#include "verify/subspace.h"
#include "verify/tree_check.h"

/* The problem as posed: X with its scaling done and its constant column in place. */
struct cvxnn__subject {
    int32_t loss;
    int64_t bias;                   /* a CVXNN_BIAS_ number */
    int64_t scaled;                 /* 1: a scaling stands between the data and X */
    int64_t rows, columns, outputs; /* columns: with the constant one */
    double beta;
    unsigned char data[CVXNN__HASH_BYTES];    /* of the n x d doubles, row by row */
    unsigned char targets[CVXNN__HASH_BYTES]; /* of the n x outputs doubles, row by row */
    unsigned char weights[CVXNN__HASH_BYTES]; /* of n doubles, ones where there are no weights */
    unsigned char model[CVXNN__HASH_BYTES];   /* of the model file's text, as the library writes it */
};

struct cvxnn__claims {
    double h[2];      /* h(nu) <= h[0], h(-nu) <= h[1] */
    double bound;     /* p* >= bound */
    double objective; /* the network's objective is not above it */
};

/* Kinds of proof. */
enum cvxnn__proof_kind {
    CVXNN__PROOF_SPHERE, /* polynomials on the whole sphere: certificate.h */
    CVXNN__PROOF_TREE,   /* cells of the sphere: tree_check.h */
};

/* The vector whose trees hold with beta, in the coordinates that they grow in; they follow from that. */
struct cvxnn__tree {
    int64_t rank;      /* 0: the columns as they are */
    double *basis;     /* rank x columns: see subspace.h */
    double *z;         /* rows */
    int64_t leaves[2]; /* for z and -z: how many cells to expect */
};

struct cvxnn__proof {
    struct cvxnn__scope scope; /* owns the arrays of what proves it */
    struct cvxnn__subject subject;
    struct cvxnn__claims claims;
    enum cvxnn__proof_kind kind;
    struct cvxnn__certificate sphere; /* of that kind, else without arrays */
    struct cvxnn__tree tree;          /* likewise */
};

/* What is true of a network and a problem, rounding errors included. */
struct cvxnn__verdict {
    double objective; /* of the network: not above it */
    struct cvxnn__proved proved;
    int64_t leaves; /* regions that were bounded apart; 1: the sphere in one */
};

/* UNSUPPORTED for a network that no certificate is about (gated, several outputs), SHAPE. */
int32_t cvxnn__subject_check(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                             const struct cvxnn__network *network);

/* The rows of the instance must be posed as the network sees them. Hashes take one pass over the data. */
int32_t cvxnn__subject_of(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                          const struct cvxnn__network *network, struct cvxnn__subject *subject);

/* The objective, and what sphere or tree prove, both by nothing but data, network and certificate. */
int32_t cvxnn__judge(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                     const struct cvxnn__network *network, const struct cvxnn__proof *proof,
                     struct cvxnn__verdict *verdict);

/* Claims that leave another verifier room for rounding errors of its own: 2^-26 of each number, 2^-25 of the
 * bound. */
struct cvxnn__claims cvxnn__claims_for(const struct cvxnn__verdict *verdict);

/* CVXNN_ERROR_VERIFICATION, with a message that says what differs or is not proved; CVXNN_OK and the verdict
 * when everything that the proof claims is true. */
int32_t cvxnn__verify(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                      const struct cvxnn__network *network, const struct cvxnn__proof *proof,
                      struct cvxnn__verdict *verdict);

/* The text (docs/certificate-format.md); as for a model (cvxnn__network_format, cvxnn__network_parse). VALUE
 * when a number is not finite. */
int32_t cvxnn__proof_format(struct cvxnn__context *context, const struct cvxnn__proof *proof, char *buffer,
                            int64_t size, int64_t *needed);
int32_t cvxnn__proof_parse(struct cvxnn__context *context, const char *text, int64_t length,
                           struct cvxnn__proof *proof);
void cvxnn__proof_free(struct cvxnn__proof *proof);

#endif
