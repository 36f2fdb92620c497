/* Files of models and certificates. See files.h. */
#include "files.h"

#include <stdio.h>
#include <string.h>

#include "failure.h"

static int begins_with(const char *path, const char *word) {
    char first[32] = "";
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    size_t length = strlen(word), found = fread(first, 1, sizeof first, file);
    fclose(file);
    return found >= length && !memcmp(first, word, length);
}

enum file_kind kind_of_file(const char *path) {
    if (begins_with(path, "cvxnn-model ")) return FILE_MODEL;
    return begins_with(path, "cvxnn-certificate ") ? FILE_CERTIFICATE : FILE_OTHER;
}

/* The library names the file where it cannot be opened, and the line where it reads something wrong. */
static _Noreturn void fail_file(const char *path, int32_t status, const char *message, const char *remark) {
    int of_contents = status == CVXNN_ERROR_FORMAT || status == CVXNN_ERROR_NEWER;
    if (!*message) message = cvxnn_status_string(status);
    if (!of_contents) fail(exit_code(status), "%s", message);
    fail(exit_code(status), "%s: %s%s", path, message, remark);
}

void load_model(cvxnn_model *model, const char *path) {
    char message[2048] = "";
    int32_t status = cvxnn_model_load(model, path);
    if (status >= 0) return;
    cvxnn_model_message(model, message, sizeof message, NULL);
    fail_file(path, status, message,
              kind_of_file(path) == FILE_CERTIFICATE ? "; this is a certificate, not a model" : "");
}

void load_certificate(cvxnn_certificate *certificate, const char *path) {
    char message[2048] = "";
    int32_t status = cvxnn_certificate_load(certificate, path);
    if (status >= 0) return;
    cvxnn_certificate_message(certificate, message, sizeof message, NULL);
    fail_file(path, status, message,
              kind_of_file(path) == FILE_MODEL ? "; this is a model, not a certificate" : "");
}
