/* Random numbers from counters: Philox 4x32-10. See random.h. */
#include "base/random.h"

#include <math.h>

static const double TWO_PI = 6.283185307179586476925286766559;

/* Ten rounds on counter c under key k (Salmon et al. 2011, section 3.3). */
static void philox(uint32_t c[4], uint32_t k0, uint32_t k1) {
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c[0], b = (uint64_t)0xCD9E8D57u * c[2];
        uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ k0, (uint32_t)b, (uint32_t)(a >> 32) ^ c[3] ^ k1,
                            (uint32_t)a};
        for (int j = 0; j < 4; j++) c[j] = next[j];
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

/* Two uniforms in (0, 1) with 52 bits: block number `block` of the sequence. The counter has room
 * for 2^32 blocks; the stream is folded into its fourth word. */
static void uniform_pair(uint64_t seed, uint32_t stream, uint64_t index, uint32_t block, double pair[2]) {
    uint32_t c[4] = {block, (uint32_t)index, (uint32_t)(index >> 32), stream};
    philox(c, (uint32_t)seed, (uint32_t)(seed >> 32));
    for (int j = 0; j < 2; j++) {
        uint64_t bits = ((uint64_t)c[2 * j + 1] << 32 | c[2 * j]) >> 12;
        pair[j] = ((double)bits + 0.5) * 0x1p-52;
    }
}

void cvxnn__uniforms(uint64_t seed, uint32_t stream, uint64_t index, int64_t count, double *out) {
    double pair[2];
    for (int64_t i = 0; i < count; i += 2) {
        uniform_pair(seed, stream, index, (uint32_t)(i / 2), pair);
        out[i] = pair[0];
        if (i + 1 < count) out[i + 1] = pair[1];
    }
}

void cvxnn__normals(uint64_t seed, uint32_t stream, uint64_t index, int64_t count, double *out) {
    double pair[2];
    for (int64_t i = 0; i < count; i += 2) {
        uniform_pair(seed, stream, index, (uint32_t)(i / 2), pair);
        double radius = sqrt(-2 * log(pair[0])), angle = TWO_PI * pair[1];
        out[i] = radius * cos(angle);
        if (i + 1 < count) out[i + 1] = radius * sin(angle);
    }
}
