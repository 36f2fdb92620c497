/* Which look-up kernels run: chosen by what the processor says it can do. See lookup.h. */
#include "linalg/lookup.h"

#include <stddef.h>

#define KERNELS(NAME) \
    { #NAME, cvxnn__lookup_##NAME, cvxnn__lookup_single_##NAME, cvxnn__lookup_flush_##NAME }

static const struct cvxnn__lookup portable = KERNELS(portable);

#if defined(__x86_64__) && defined(__GNUC__)

static const struct cvxnn__lookup avx2 = KERNELS(avx2), avx512 = KERNELS(avx512);

const struct cvxnn__lookup *cvxnn__lookup_kernel(int index) {
    const struct cvxnn__lookup *found[3] = {&portable};
    int count = 1, bmi2 = __builtin_cpu_supports("bmi2");
    if (bmi2 && __builtin_cpu_supports("avx2")) found[count++] = &avx2;
    if (bmi2 && __builtin_cpu_supports("avx512f")) found[count++] = &avx512;
    return index >= 0 && index < count ? found[index] : NULL;
}

#elif defined(__aarch64__) && defined(__GNUC__)

static const struct cvxnn__lookup neon = KERNELS(neon);

const struct cvxnn__lookup *cvxnn__lookup_kernel(int index) {
    return index == 0 ? &portable : index == 1 ? &neon : NULL;
}

#else

const struct cvxnn__lookup *cvxnn__lookup_kernel(int index) {
    return index == 0 ? &portable : NULL;
}

#endif

const struct cvxnn__lookup *cvxnn__lookup_best(void) {
    int last = 0;
    while (cvxnn__lookup_kernel(last + 1)) last++;
    return cvxnn__lookup_kernel(last);
}

/* Measured: tables cost as much as 115 words at digit 6; at digit 4 a third of it, and words a third more. */
int cvxnn__lookup_digit(int64_t count) {
    return count < 160 ? 4 : 6;
}
