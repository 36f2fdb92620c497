/* Handles: references, exclusive or shared use, messages, checks of arguments. See handle.h. */
#include "api/handle.h"

#include <math.h>
#include <string.h>

int32_t cvxnn__handle_make(int64_t bytes, cvxnn_allocate_fn allocate, cvxnn_reallocate_fn reallocate,
                           cvxnn_release_fn release, void *user, void **object) {
    struct cvxnn__memory memory;
    int32_t status = cvxnn__memory_init(&memory, allocate, reallocate, release, user);
    if (status) return status;
    struct cvxnn__handle *handle = memory.allocate(bytes, memory.user);
    if (!handle) return CVXNN_ERROR_MEMORY;
    memset(handle, 0, (size_t)bytes);
    if (pthread_mutex_init(&handle->speaking, NULL)) {
        memory.release(handle, memory.user);
        return CVXNN_ERROR_MEMORY;
    }
    handle->memory = memory;
    atomic_init(&handle->references, 1);
    atomic_init(&handle->users, 0);
    *object = handle;
    return CVXNN_OK;
}

void cvxnn__handle_retain(struct cvxnn__handle *handle) {
    atomic_fetch_add(&handle->references, 1);
}

int cvxnn__handle_release(struct cvxnn__handle *handle) {
    return atomic_fetch_sub(&handle->references, 1) == 1;
}

void cvxnn__handle_destroy(struct cvxnn__handle *handle) {
    cvxnn_release_fn release = handle->memory.release;
    pthread_mutex_destroy(&handle->speaking);
    release(handle, handle->memory.user);
}

static int enter(atomic_int *users, int use) {
    int inside = 0;
    if (use == CVXNN__WRITE) return atomic_compare_exchange_strong(users, &inside, -1);
    inside = atomic_load(users);
    while (inside >= 0)
        if (atomic_compare_exchange_weak(users, &inside, inside + 1)) return 1;
    return 0;
}

int32_t cvxnn__begin(struct cvxnn__call *call, const struct cvxnn__handle *handle, int use) {
    if (!handle) return CVXNN_ERROR_NULL;
    call->handle = (struct cvxnn__handle *)handle; /* const for callers; its counters are not */
    call->use = use;
    if (!enter(&call->handle->users, use)) return CVXNN_ERROR_BUSY;
    call->memory = handle->memory;
    call->memory.bytes = call->memory.peak = 0;
    call->context = (struct cvxnn__context){.memory = &call->memory};
    if (use == CVXNN__WRITE) call->context.memory = &call->handle->memory;
    return CVXNN_OK;
}

int32_t cvxnn__end(struct cvxnn__call *call, int32_t status) {
    if (status < 0) {
        const char *text = call->context.message[0] ? call->context.message : cvxnn_status_string(status);
        pthread_mutex_lock(&call->handle->speaking);
        cvxnn__copy_text(text, call->handle->message, sizeof call->handle->message, NULL);
        pthread_mutex_unlock(&call->handle->speaking);
    }
    if (call->use == CVXNN__WRITE)
        atomic_store(&call->handle->users, 0);
    else
        atomic_fetch_sub(&call->handle->users, 1);
    return status;
}

int32_t cvxnn__copy_text(const char *text, char *buffer, int64_t size, int64_t *needed) {
    if (size < 0) return CVXNN_ERROR_SHAPE;
    if (size > 0 && !buffer) return CVXNN_ERROR_NULL;
    int64_t length = (int64_t)strlen(text);
    if (needed) *needed = length + 1;
    if (size == 0) return CVXNN_OK;
    if (length > size - 1) length = size - 1;
    memcpy(buffer, text, (size_t)length);
    buffer[length] = 0;
    return CVXNN_OK;
}

int32_t cvxnn__handle_message(const struct cvxnn__handle *handle, char *buffer, int64_t size,
                              int64_t *needed) {
    if (!handle) return CVXNN_ERROR_NULL;
    char text[CVXNN__MESSAGE_BYTES];
    pthread_mutex_t *speaking = &((struct cvxnn__handle *)handle)->speaking;
    pthread_mutex_lock(speaking);
    memcpy(text, handle->message, sizeof text);
    pthread_mutex_unlock(speaking);
    return cvxnn__copy_text(text, buffer, size, needed);
}

int32_t cvxnn__check_pointer(struct cvxnn__context *context, const void *pointer, const char *what) {
    return pointer ? CVXNN_OK : cvxnn__fail(context, CVXNN_ERROR_NULL, "%s is NULL", what);
}

int32_t cvxnn__check_matrix(struct cvxnn__context *context, const char *what, const void *values,
                            int64_t rows, int64_t columns, int64_t ld, int32_t order, int64_t element) {
    int64_t span, bytes;
    if (rows < 0 || columns < 0)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "%s: %lld x %lld is not a shape", what,
                           (long long)rows, (long long)columns);
    if (order != CVXNN_ROW_MAJOR && order != CVXNN_COLUMN_MAJOR)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "%s: order %d is neither CVXNN_ROW_MAJOR (1) nor CVXNN_COLUMN_MAJOR (2)", what,
                           (int)order);
    int64_t along = order == CVXNN_ROW_MAJOR ? columns : rows,
            lines = order == CVXNN_ROW_MAJOR ? rows : columns;
    if (ld < along)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "%s: leading dimension %lld is less than %s, %lld",
                           what, (long long)ld, order == CVXNN_ROW_MAJOR ? "the columns" : "the rows",
                           (long long)along);
    if (!cvxnn__multiply(lines, ld, &span) || !cvxnn__multiply(span, element, &bytes) ||
        (uint64_t)bytes > SIZE_MAX)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "%s: %lld lines of %lld entries do not fit the address space", what,
                           (long long)lines, (long long)ld);
    if (rows > 0 && columns > 0) return cvxnn__check_pointer(context, values, what);
    return CVXNN_OK;
}

int32_t cvxnn__check_finite(struct cvxnn__context *context, const char *what, const void *values,
                            int is_float, int64_t rows, int64_t columns, int64_t row_stride,
                            int64_t column_stride) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            int64_t at = i * row_stride + j * column_stride;
            double value = is_float ? (double)((const float *)values)[at] : ((const double *)values)[at];
            if (!isfinite(value))
                return cvxnn__fail(context, CVXNN_ERROR_VALUE, "%s: entry (%lld, %lld) is %s", what,
                                   (long long)i, (long long)j, isnan(value) ? "not a number" : "infinite");
        }
    return CVXNN_OK;
}
