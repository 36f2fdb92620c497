/* SHA-256, one block of 64 bytes after the other. Names are those of FIPS 180-4. See sha256.h. */
#include "base/sha256.h"

#include <string.h>

/* Section 4.2.2: the first 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotated(uint32_t x, int by) {
    return x >> by | x << (32 - by);
}

/* Section 6.2.2, step 1. */
static void schedule(const unsigned char *block, uint32_t w[64]) {
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < 64; t++) {
        uint32_t a = w[t - 15], b = w[t - 2];
        w[t] = (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10) + w[t - 7] +
               (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3) + w[t - 16];
    }
}

/* Steps 2 to 4; s holds a, b, .., h. */
static void compress(uint32_t state[8], const unsigned char *block) {
    uint32_t w[64], s[8];
    schedule(block, w);
    memcpy(s, state, sizeof s);
    for (int t = 0; t < 64; t++) {
        uint32_t e = s[4], a = s[0];
        uint32_t one = s[7] + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & s[5]) ^ (~e & s[6])) +
                       K[t] + w[t];
        uint32_t two = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) +
                       ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int k = 0; k < 8; k++) state[k] += s[k];
}

void cvxnn__sha256_begin(struct cvxnn__sha256 *hash) {
    /* section 5.3.3 */
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(hash, 0, sizeof *hash);
    memcpy(hash->state, first, sizeof first);
}

void cvxnn__sha256_add(struct cvxnn__sha256 *hash, const void *bytes, int64_t count) {
    const unsigned char *from = bytes;
    while (count > 0) {
        int64_t at = (int64_t)(hash->bytes % 64), part = count < 64 - at ? count : 64 - at;
        memcpy(hash->pending + at, from, (size_t)part);
        hash->bytes += (uint64_t)part;
        from += part, count -= part;
        if (hash->bytes % 64 == 0) compress(hash->state, hash->pending);
    }
}

void cvxnn__sha256_add_doubles(struct cvxnn__sha256 *hash, int64_t count, const double *values) {
    unsigned char bytes[8];
    for (int64_t k = 0; k < count; k++) {
        uint64_t bits;
        memcpy(&bits, &values[k], sizeof bits);
        for (int b = 0; b < 8; b++) bytes[b] = (unsigned char)(bits >> (8 * b));
        cvxnn__sha256_add(hash, bytes, 8);
    }
}

/* Section 5.1.1: a one bit, zeros, and the length in bits. */
void cvxnn__sha256_end(struct cvxnn__sha256 *hash, unsigned char digest[CVXNN__HASH_BYTES]) {
    unsigned char padding[64] = {0x80}, length[8];
    int64_t at = (int64_t)(hash->bytes % 64);
    for (int b = 0; b < 8; b++) length[b] = (unsigned char)(hash->bytes * 8 >> (56 - 8 * b));
    cvxnn__sha256_add(hash, padding, at < 56 ? 56 - at : 120 - at);
    cvxnn__sha256_add(hash, length, 8);
    for (int b = 0; b < CVXNN__HASH_BYTES; b++)
        digest[b] = (unsigned char)(hash->state[b / 4] >> (24 - 8 * (b % 4)));
}
