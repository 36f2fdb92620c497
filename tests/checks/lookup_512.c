/*
 * In place of src/linalg/lookup_avx512.c on a processor without AVX-512: the same kernels, vectors of 64
 * bytes, from which the compiler makes what the processor has. Only the conversions are written otherwise,
 * and the choice of instructions is not what it would be there.
 */
#include "linalg/lookup.h"

typedef double eight __attribute__((vector_size(64)));
typedef float eight_single __attribute__((vector_size(32)));

static inline eight widen(eight_single half) {
    return __builtin_convertvector(half, eight);
}

static inline eight narrow(eight low, eight high) {
    union {
        eight_single halves[2];
        eight whole;
    } both = {{__builtin_convertvector(low, eight_single), __builtin_convertvector(high, eight_single)}};
    return both.whole;
}

#define VECTOR 64
#define TARGET
#define WIDEN(half) widen((eight_single)(half))
#define NARROW(low, high) narrow((eight)(low), (eight)(high))
#define RUN cvxnn__lookup_avx512
#define RUN_SINGLE cvxnn__lookup_single_avx512
#define FLUSH cvxnn__lookup_flush_avx512
#include "linalg/lookup_vectors.h"
