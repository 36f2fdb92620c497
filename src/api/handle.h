/*
 * What every public handle begins with, and the call that surrounds every public function: it lets one
 * writer or several readers in, carries a context, and leaves the message of a failure in the handle.
 */
#ifndef CVXNN_API_HANDLE_H
#define CVXNN_API_HANDLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"

struct cvxnn__handle {
    struct cvxnn__memory memory;
    atomic_int references;
    atomic_int users;         /* readers inside; -1: a writer */
    pthread_mutex_t speaking; /* guards message, which readers that overlap leave in turn */
    char message[CVXNN__MESSAGE_BYTES];
};

/* How a call uses its handle. Readers may overlap: they count and take memory apart from the handle's. */
enum { CVXNN__READ, CVXNN__WRITE };

struct cvxnn__call {
    struct cvxnn__handle *handle;
    int use;
    struct cvxnn__memory memory; /* a reader's own counters */
    struct cvxnn__context context;
};

/* Memory for a handle of this many bytes, zeroed, with its hooks and one reference in place. The handle must
 * be the first member of the object. */
int32_t cvxnn__handle_make(int64_t bytes, cvxnn_allocate_fn allocate, cvxnn_reallocate_fn reallocate,
                           cvxnn_release_fn release, void *user, void **object);
void cvxnn__handle_retain(struct cvxnn__handle *handle);
/* Drops a reference; 1 when it was the last: free what the object owns, then call _destroy. */
int cvxnn__handle_release(struct cvxnn__handle *handle);
void cvxnn__handle_destroy(struct cvxnn__handle *handle);

/* CVXNN_ERROR_NULL or CVXNN_ERROR_BUSY (then there is nothing to end), else CVXNN_OK: end with cvxnn__end. */
int32_t cvxnn__begin(struct cvxnn__call *call, const struct cvxnn__handle *handle, int use);
/* Lets go of the handle, keeps context.message in it when status is an error, and returns status. */
int32_t cvxnn__end(struct cvxnn__call *call, int32_t status);

/* _message of every handle. */
int32_t cvxnn__handle_message(const struct cvxnn__handle *handle, char *buffer, int64_t size,
                              int64_t *needed);

/* Copies text into a caller's buffer of size bytes with a final zero, cut to fit; *needed (may be NULL) =
 * all. */
int32_t cvxnn__copy_text(const char *text, char *buffer, int64_t size, int64_t *needed);

/* Checks of arguments, each with a message naming `what`. */
int32_t cvxnn__check_pointer(struct cvxnn__context *context, const void *pointer, const char *what);
int32_t cvxnn__check_matrix(struct cvxnn__context *context, const char *what, const void *values,
                            int64_t rows, int64_t columns, int64_t ld, int32_t order, int64_t element);
/* Every entry finite; strides in elements. */
int32_t cvxnn__check_finite(struct cvxnn__context *context, const char *what, const void *values,
                            int is_float, int64_t rows, int64_t columns, int64_t row_stride,
                            int64_t column_stride);

/* Strides of a matrix in the given order. */
static inline int64_t cvxnn__row_stride(int32_t order, int64_t ld) {
    return order == CVXNN_ROW_MAJOR ? ld : 1;
}
static inline int64_t cvxnn__column_stride(int32_t order, int64_t ld) {
    return order == CVXNN_ROW_MAJOR ? 1 : ld;
}

#endif
