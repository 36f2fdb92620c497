/*
 * Threads: a team that runs numbered tasks. Waiting threads sleep on a condition, they never spin.
 * Which thread runs which task is left to chance, so a task writes only what its number owns, and
 * sums over tasks are taken afterwards in the order of their numbers: results do not depend on the
 * number of threads.
 */
#ifndef CVXNN_BASE_THREADS_H
#define CVXNN_BASE_THREADS_H

#include <stdint.h>

#include "base/memory.h"

struct cvxnn__team;

typedef void (*cvxnn__task_fn)(void *argument, int64_t task);

/* A team of `threads` (>= 1), the caller among them; fewer if the system gives no more. NULL only
 * when memory runs out. Lives in scope; end it before the scope is closed. */
struct cvxnn__team *cvxnn__team_start(struct cvxnn__scope *scope, int64_t threads);
void cvxnn__team_end(struct cvxnn__team *team); /* NULL is fine */

/* Threads in the team; 1 for NULL. */
int64_t cvxnn__team_threads(const struct cvxnn__team *team);

/* Runs work(argument, t) for t = 0 .. tasks - 1 and returns when all are done. With team NULL the
 * calling thread does them in order. Not to be called from inside a task. */
void cvxnn__run(struct cvxnn__team *team, int64_t tasks, cvxnn__task_fn work, void *argument);

/* Processors this process may use. */
int64_t cvxnn__processors(void);

#endif
