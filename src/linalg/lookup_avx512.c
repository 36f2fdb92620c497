/* The look-up kernels with 512-bit vectors (AVX-512F; BMI2 for its rotation). See lookup_vectors.h. */
#include "linalg/lookup.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define VECTOR 64
#define TARGET __attribute__((target("avx512f,bmi2")))
#define WIDEN(half) _mm512_cvtps_pd((__m256)(half))
#define NARROW(low, high)                                                                \
    _mm512_insertf64x4(_mm512_castpd256_pd512((__m256d)_mm512_cvtpd_ps((__m512d)(low))), \
                       (__m256d)_mm512_cvtpd_ps((__m512d)(high)), 1)
#define RUN cvxnn__lookup_avx512
#define RUN_SINGLE cvxnn__lookup_single_avx512
#define FLUSH cvxnn__lookup_flush_avx512
#include "linalg/lookup_vectors.h"

#endif
