/*
 * SHA-256 (FIPS 180-4, section 6.2): what binds a certificate to its data and its model.
 */
#ifndef CVXNN_BASE_SHA256_H
#define CVXNN_BASE_SHA256_H

#include <stdint.h>

enum { CVXNN__HASH_BYTES = 32, CVXNN__HASH_DIGITS = 64 };

struct cvxnn__sha256 {
    uint32_t state[8];
    uint64_t bytes;            /* hashed so far */
    unsigned char pending[64]; /* the last bytes % 64 of them */
};

void cvxnn__sha256_begin(struct cvxnn__sha256 *hash);
void cvxnn__sha256_add(struct cvxnn__sha256 *hash, const void *bytes, int64_t count);
/* The doubles as 8 bytes each, IEEE 754 binary64, the lowest byte first, on any machine. */
void cvxnn__sha256_add_doubles(struct cvxnn__sha256 *hash, int64_t count, const double *values);
void cvxnn__sha256_end(struct cvxnn__sha256 *hash, unsigned char digest[CVXNN__HASH_BYTES]);

#endif
