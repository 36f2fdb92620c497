/*
 * How the trainer ends when something is wrong: one line on standard error and an exit code that scripts can
 * rely on. Output files are written whole or not at all (output.h), so that ending anywhere loses nothing.
 */
#ifndef CVXNN_TRAINER_FAILURE_H
#define CVXNN_TRAINER_FAILURE_H

#include <stddef.h>
#include <stdint.h>

#include <cvxnn.h>

enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1, /* out of memory, or a defect */
    EXIT_USAGE = 2,
    EXIT_INPUT = 3, /* a file cannot be read or written, or its contents are bad */
    EXIT_BUDGET = 4,
    EXIT_VERIFICATION = 5,
    EXIT_INTERRUPTED = 130
};

/* Prints "cvxnn: " and the message (printf) and ends the program. */
_Noreturn void fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The exit code of a status of the library. */
int exit_code(int32_t status);

/* Each ends the program with the handle's message when status is an error; code 0: exit_code(status). */
void check_problem(const cvxnn_problem *problem, int32_t status, int code);
void check_solver(const cvxnn_solver *solver, int32_t status, int code);
void check_model(const cvxnn_model *model, int32_t status, int code);
void check_certificate(const cvxnn_certificate *certificate, int32_t status, int code);
void check_path(const cvxnn_path *path, int32_t status, int code);

/* Memory for count items of size bytes, zeroed; old memory grown. They end the program when there is none. */
void *allocate(int64_t count, size_t size);
void *grow(void *memory, int64_t count, size_t size);

#endif
