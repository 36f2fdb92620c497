/* Which look-up kernel runs: chosen by what the processor says it can do. See lookup.h. */
#include "linalg/lookup.h"

#include <stddef.h>

static const struct cvxnn__lookup portable = {"portable", cvxnn__lookup_portable};

#if defined(__x86_64__) && defined(__GNUC__)

static const struct cvxnn__lookup avx2 = {"avx2", cvxnn__lookup_avx2},
                                  avx512 = {"avx512", cvxnn__lookup_avx512};

const struct cvxnn__lookup *cvxnn__lookup_kernel(int index) {
    const struct cvxnn__lookup *found[3] = {&portable};
    int count = 1;
    if (__builtin_cpu_supports("avx2")) found[count++] = &avx2;
    if (__builtin_cpu_supports("avx512f")) found[count++] = &avx512;
    return index >= 0 && index < count ? found[index] : NULL;
}

#else

const struct cvxnn__lookup *cvxnn__lookup_kernel(int index) {
    return index == 0 ? &portable : NULL;
}

#endif

cvxnn__lookup_fn cvxnn__lookup_best(void) {
    int last = 0;
    while (cvxnn__lookup_kernel(last + 1)) last++;
    return cvxnn__lookup_kernel(last)->run;
}

/* Tables cost 8 * 64 or 12 * 16 additions, every word then 8 or 12. */
int cvxnn__lookup_digit(int64_t count) {
    return count < 80 ? 4 : 6;
}
