/* The look-up kernels with 256-bit vectors (AVX2; BMI2 for its rotation). See lookup_vectors.h. */
#include "linalg/lookup.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define VECTOR 32
#define TARGET __attribute__((target("avx2,bmi2")))
#define WIDEN(half) _mm256_cvtps_pd((__m128)(half))
#define NARROW(low, high) _mm256_set_m128(_mm256_cvtpd_ps((__m256d)(high)), _mm256_cvtpd_ps((__m256d)(low)))
#define RUN cvxnn__lookup_avx2
#define RUN_SINGLE cvxnn__lookup_single_avx2
#define FLUSH cvxnn__lookup_flush_avx2
#include "linalg/lookup_vectors.h"

#endif
