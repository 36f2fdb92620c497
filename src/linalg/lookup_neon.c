/* The look-up kernels with 128-bit vectors (NEON: every 64-bit ARM processor has it). See lookup_vectors.h.
 */
#include "linalg/lookup.h"

#if defined(__aarch64__) && defined(__GNUC__)

#include <arm_neon.h>

#define VECTOR 16
#define TARGET
#define WIDEN(half) vcvt_f64_f32((float32x2_t)(half))
#define NARROW(low, high) vcombine_f32(vcvt_f32_f64((float64x2_t)(low)), vcvt_f32_f64((float64x2_t)(high)))
#define RUN cvxnn__lookup_neon
#define RUN_SINGLE cvxnn__lookup_single_neon
#define FLUSH cvxnn__lookup_flush_neon
#include "linalg/lookup_vectors.h"

#endif
