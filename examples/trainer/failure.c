/* Ending with a message, and what leads there. See failure.h. */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void fail(int code, const char *format, ...) {
    va_list values;
    fflush(stdout);
    fputs("cvxnn: ", stderr);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(code);
}

int exit_code(int32_t status) {
    switch (status) {
    case CVXNN_OK:
        return EXIT_DONE;
    case CVXNN_STOPPED_CANCELLED:
        return EXIT_INTERRUPTED;
    case CVXNN_ERROR_UNSUPPORTED:
    case CVXNN_ERROR_KEY:
        return EXIT_USAGE;
    case CVXNN_ERROR_SHAPE:
    case CVXNN_ERROR_VALUE:
    case CVXNN_ERROR_IO:
    case CVXNN_ERROR_FORMAT:
    case CVXNN_ERROR_NEWER:
    case CVXNN_ERROR_NUMERICAL: /* data that overflow */
        return EXIT_INPUT;
    case CVXNN_ERROR_VERIFICATION:
        return EXIT_VERIFICATION;
    default:
        return status > 0 ? EXIT_BUDGET : EXIT_FAILED;
    }
}

enum { MESSAGE_BYTES = 2048 };

static void end_with(int32_t status, int code, const char *message) {
    fail(code ? code : exit_code(status), "%s", *message ? message : cvxnn_status_string(status));
}

void check_problem(const cvxnn_problem *problem, int32_t status, int code) {
    char message[MESSAGE_BYTES] = "";
    if (status >= 0) return;
    if (problem) cvxnn_problem_message(problem, message, sizeof message, NULL);
    end_with(status, code, message);
}

void check_solver(const cvxnn_solver *solver, int32_t status, int code) {
    char message[MESSAGE_BYTES] = "";
    if (status >= 0) return;
    if (solver) cvxnn_solver_message(solver, message, sizeof message, NULL);
    end_with(status, code, message);
}

void check_model(const cvxnn_model *model, int32_t status, int code) {
    char message[MESSAGE_BYTES] = "";
    if (status >= 0) return;
    if (model) cvxnn_model_message(model, message, sizeof message, NULL);
    end_with(status, code, message);
}

void check_certificate(const cvxnn_certificate *certificate, int32_t status, int code) {
    char message[MESSAGE_BYTES] = "";
    if (status >= 0) return;
    if (certificate) cvxnn_certificate_message(certificate, message, sizeof message, NULL);
    end_with(status, code, message);
}

void check_path(const cvxnn_path *path, int32_t status, int code) {
    char message[MESSAGE_BYTES] = "";
    if (status >= 0) return;
    if (path) cvxnn_path_message(path, message, sizeof message, NULL);
    end_with(status, code, message);
}

void *allocate(int64_t count, size_t size) {
    void *memory = NULL;
    if (count >= 0 && (uint64_t)count <= SIZE_MAX) memory = calloc(count > 0 ? (size_t)count : 1, size);
    if (!memory) fail(EXIT_FAILED, "out of memory");
    return memory;
}

void *grow(void *memory, int64_t count, size_t size) {
    void *grown = NULL;
    if (count > 0 && (uint64_t)count <= SIZE_MAX / size) grown = realloc(memory, (size_t)count * size);
    if (!grown) fail(EXIT_FAILED, "out of memory");
    return grown;
}
