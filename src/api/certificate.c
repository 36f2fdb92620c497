/* The certificate handle: options, callback, results, text and files. prove.c proves and verifies. */
#include "api/certificate.h"

#include <string.h>

#include "api/files.h"

static const struct cvxnn__handle *handle_of(const cvxnn_certificate *certificate) {
    return certificate ? &certificate->handle : NULL;
}

int32_t cvxnn_certificate_create(cvxnn_certificate **certificate) {
    return cvxnn_certificate_create_with(NULL, NULL, NULL, NULL, certificate);
}

int32_t cvxnn_certificate_create_with(cvxnn_allocate_fn allocate, cvxnn_reallocate_fn reallocate,
                                      cvxnn_release_fn release, void *user, cvxnn_certificate **certificate) {
    void *object;
    if (!certificate) return CVXNN_ERROR_NULL;
    int32_t status = cvxnn__handle_make((int64_t)sizeof **certificate, allocate, reallocate, release, user,
                                        &object);
    if (status) return status;
    struct cvxnn_certificate *made = object;
    cvxnn__options_reset(&made->options, CVXNN__OWNER_CERTIFICATE);
    cvxnn__scope_open(&made->sides.scope, &made->handle.memory);
    atomic_init(&made->watch.cancel, 0);
    *certificate = made;
    return CVXNN_OK;
}

void cvxnn_certificate_free(cvxnn_certificate *certificate) {
    if (!certificate || !cvxnn__handle_release(&certificate->handle)) return;
    if (certificate->filled) cvxnn__proof_free(&certificate->proof);
    cvxnn__sides_free(&certificate->sides);
    cvxnn__handle_destroy(&certificate->handle);
}

int32_t cvxnn_certificate_message(const cvxnn_certificate *certificate, char *buffer, int64_t size,
                                  int64_t *needed) {
    return cvxnn__handle_message(handle_of(certificate), buffer, size, needed);
}

/* ---- Options ---------------------------------------------------------------------------------- */

int32_t cvxnn_certificate_set_int(cvxnn_certificate *certificate, int32_t key, int64_t value) {
    return cvxnn__call_set_int(handle_of(certificate), certificate ? &certificate->options : NULL, key,
                               value);
}

int32_t cvxnn_certificate_set_double(cvxnn_certificate *certificate, int32_t key, double value) {
    return cvxnn__call_set_double(handle_of(certificate), certificate ? &certificate->options : NULL, key,
                                  value);
}

int32_t cvxnn_certificate_get_int(const cvxnn_certificate *certificate, int32_t key, int64_t *value) {
    return cvxnn__call_get_int(handle_of(certificate), certificate ? &certificate->options : NULL, key,
                               value);
}

int32_t cvxnn_certificate_get_double(const cvxnn_certificate *certificate, int32_t key, double *value) {
    return cvxnn__call_get_double(handle_of(certificate), certificate ? &certificate->options : NULL, key,
                                  value);
}

int32_t cvxnn_certificate_reset_options(cvxnn_certificate *certificate) {
    return cvxnn__call_reset_options(handle_of(certificate), certificate ? &certificate->options : NULL);
}

int32_t cvxnn_certificate_set_callback(cvxnn_certificate *certificate, cvxnn_event_fn callback, void *user) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(certificate), CVXNN__WRITE);
    if (status) return status;
    certificate->watch.callback = callback;
    certificate->watch.user = user;
    return cvxnn__end(&call, CVXNN_OK);
}

int32_t cvxnn_certificate_cancel(cvxnn_certificate *certificate) {
    if (!certificate) return CVXNN_ERROR_NULL;
    atomic_store(&certificate->watch.cancel, 1);
    return CVXNN_OK;
}

/* ---- Results ---------------------------------------------------------------------------------- */

static const char NO_RESULT[] =
    "only what was proved or verified here has results, and no ratio where nothing above 0 is proved";

/* Opens a call that reads what the certificate holds. */
static int32_t begin_filled(struct cvxnn__call *call, const cvxnn_certificate *certificate, const void *out,
                            const char *what) {
    int32_t status = cvxnn__begin(call, handle_of(certificate), CVXNN__READ);
    if (status) return status;
    status = cvxnn__check_pointer(&call->context, out, what);
    if (!status && !certificate->filled)
        status = cvxnn__fail(&call->context, CVXNN_ERROR_STATE,
                             "the certificate is empty: prove, load or read one first");
    return status ? cvxnn__end(call, status) : CVXNN_OK;
}

int32_t cvxnn_certificate_info_int(const cvxnn_certificate *certificate, int32_t key, int64_t *value) {
    struct cvxnn__call call;
    int32_t status = begin_filled(&call, certificate, value, "the place for the result");
    if (status) return status;
    return cvxnn__end(&call, cvxnn__results_explain(&call.context,
                                                    cvxnn__results_get_int(&certificate->results, key, value),
                                                    key, NO_RESULT));
}

int32_t cvxnn_certificate_info_double(const cvxnn_certificate *certificate, int32_t key, double *value) {
    struct cvxnn__call call;
    int32_t status = begin_filled(&call, certificate, value, "the place for the result");
    if (status) return status;
    return cvxnn__end(&call, cvxnn__results_explain(
                                 &call.context, cvxnn__results_get_double(&certificate->results, key, value),
                                 key, NO_RESULT));
}

int32_t cvxnn_certificate_get_directions(const cvxnn_certificate *certificate, int64_t count, int64_t columns,
                                         double *directions) {
    struct cvxnn__call call;
    int64_t known = 0;
    int32_t status = begin_filled(&call, certificate, directions, "the place for the directions");
    if (status) return status;
    const struct cvxnn__sides *sides = &certificate->sides;
    status = cvxnn__results_explain(
        &call.context, cvxnn__results_get_int(&certificate->results, CVXNN_INFO_DIRECTIONS, &known),
        CVXNN_INFO_DIRECTIONS, NO_RESULT);
    if (!status && (count != known || columns != certificate->proof.subject.columns))
        status = cvxnn__fail(&call.context, CVXNN_ERROR_SHAPE,
                             "there are %lld directions of %lld numbers, not %lld of %lld", (long long)known,
                             (long long)certificate->proof.subject.columns, (long long)count,
                             (long long)columns);
    if (!status && known > 0) memcpy(directions, sides->u, (size_t)(count * columns) * sizeof *directions);
    return cvxnn__end(&call, status);
}

/* ---- Text and files ---------------------------------------------------------------------------- */

int32_t cvxnn_certificate_write(const cvxnn_certificate *certificate, char *buffer, int64_t size,
                                int64_t *needed) {
    struct cvxnn__call call;
    int64_t length = 0;
    int32_t status = begin_filled(&call, certificate, needed, "needed");
    if (status) return status;
    status = cvxnn__proof_format(&call.context, &certificate->proof, NULL, 0, &length);
    if (!status) *needed = length;
    if (!status && (buffer || size > 0)) {
        if (!buffer || size < length)
            status = cvxnn__fail(&call.context, CVXNN_ERROR_SHAPE,
                                 "the buffer has %lld bytes, the certificate needs %lld",
                                 (long long)(buffer ? size : 0), (long long)length);
        else
            status = cvxnn__proof_format(&call.context, &certificate->proof, buffer, size, &length);
    }
    return cvxnn__end(&call, status);
}

int32_t cvxnn_certificate_read(cvxnn_certificate *certificate, const char *text, int64_t length) {
    struct cvxnn__call call;
    struct cvxnn__proof proof;
    int32_t status = cvxnn__begin(&call, handle_of(certificate), CVXNN__WRITE);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, text, "text");
    if (!status && length < 0)
        status = cvxnn__fail(&call.context, CVXNN_ERROR_SHAPE, "a text of %lld bytes", (long long)length);
    if (!status) status = cvxnn__proof_parse(&call.context, text, length, &proof);
    if (!status) cvxnn__certificate_install(certificate, &proof);
    return cvxnn__end(&call, status);
}

int32_t cvxnn_certificate_save(const cvxnn_certificate *certificate, const char *path) {
    struct cvxnn__call call;
    struct cvxnn__scope scope;
    char *text;
    int64_t length;
    int32_t status = begin_filled(&call, certificate, path, "path");
    if (status) return status;
    cvxnn__scope_open(&scope, call.context.memory);
    status = cvxnn__proof_format(&call.context, &certificate->proof, NULL, 0, &length);
    if (!status && !(text = cvxnn__take(&scope, length, 1, 1))) status = cvxnn__fail_memory(&call.context);
    if (!status) status = cvxnn__proof_format(&call.context, &certificate->proof, text, length, &length);
    if (!status) status = cvxnn__file_write(&call.context, &scope, path, text, length);
    cvxnn__scope_close(&scope);
    return cvxnn__end(&call, status);
}

static int32_t load(struct cvxnn__context *context, struct cvxnn_certificate *certificate, const char *path) {
    struct cvxnn__scope scope;
    struct cvxnn__proof proof;
    char *text;
    int64_t length;
    cvxnn__scope_open(&scope, context->memory);
    int32_t status = cvxnn__file_read(context, &scope, path, &text, &length);
    if (!status) status = cvxnn__proof_parse(context, text, length, &proof);
    if (!status) cvxnn__certificate_install(certificate, &proof);
    cvxnn__scope_close(&scope);
    return status;
}

int32_t cvxnn_certificate_load(cvxnn_certificate *certificate, const char *path) {
    struct cvxnn__call call;
    int32_t status = cvxnn__begin(&call, handle_of(certificate), CVXNN__WRITE);
    if (status) return status;
    status = cvxnn__check_pointer(&call.context, path, "path");
    if (!status) status = load(&call.context, certificate, path);
    return cvxnn__end(&call, status);
}
