/*
 * Which BLAS this program runs on, and how many threads it may use. The library leaves both alone; programs
 * that want to say or set them do it here, without being linked to any one provider.
 */
#ifndef CVXNN_EXAMPLES_BLAS_RUNTIME_H
#define CVXNN_EXAMPLES_BLAS_RUNTIME_H

/* The provider's own description, such as "OpenBLAS 0.3.21 ...", or "reference or unknown". Never NULL. */
const char *blas_name(void);

/* Lets BLAS use this many threads, at least 1. Returns 1 when the provider has such a setting, else 0 (the
 * reference BLAS: it has one thread anyway). */
int blas_set_threads(int threads);

/* How many it says it uses; 1 where there is no telling (the reference BLAS). */
int blas_threads(void);

#endif
