/* A session: threads and a monitor for one call on a handle that runs long, made from the handle's options
 * (those whose owner is BOTH or RUN). */
#ifndef CVXNN_API_SESSION_H
#define CVXNN_API_SESSION_H

#include <stdatomic.h>

#include "api/options.h"

/* What a handle that runs long has besides its options. */
struct cvxnn__watch {
    cvxnn_event_fn callback;
    void *user;
    atomic_int cancel;
};

struct cvxnn__session {
    struct cvxnn__scope scope;
    struct cvxnn__monitor monitor;
    struct cvxnn__watch *watch;
};

/* Gives the context threads and a monitor; MEMORY. */
int32_t cvxnn__session_open(struct cvxnn__context *context, const struct cvxnn__options *options,
                            struct cvxnn__watch *watch, struct cvxnn__session *session);
/* Takes them away again; the cancellation is used up. */
void cvxnn__session_close(struct cvxnn__context *context, struct cvxnn__session *session);

/* The same context without a monitor: for what must be finished after a budget ran out. _hand_back returns
 * status and brings its message home. */
struct cvxnn__context cvxnn__unhurried(const struct cvxnn__context *context);
int32_t cvxnn__hand_back(struct cvxnn__context *context, const struct cvxnn__context *calm, int32_t status);

#endif
