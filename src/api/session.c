/* One long call: budget, cancellation, events, threads. See session.h. */
#include "api/session.h"

#include <string.h>

#include "api/results.h"

static int32_t emit_event(const struct cvxnn__progress *progress, void *user) {
    const struct cvxnn__watch *watch = user;
    struct cvxnn_event event;
    if (!watch->callback) return 0;
    cvxnn__event_from(progress, &event);
    return watch->callback(&event, watch->user);
}

int32_t cvxnn__session_open(struct cvxnn__context *context, const struct cvxnn__options *options,
                            struct cvxnn__watch *watch, struct cvxnn__session *session) {
    int64_t threads = cvxnn__option_int(options, CVXNN_OPTION_THREADS);
    session->watch = watch;
    session->monitor = (struct cvxnn__monitor){
        .start = cvxnn__clock(),
        .max_seconds = cvxnn__option_double(options, CVXNN_OPTION_MAX_SECONDS),
        .max_iterations = cvxnn__option_int(options, CVXNN_OPTION_MAX_ITERATIONS),
        .cancel = &watch->cancel,
        .emit = emit_event,
        .user = watch,
    };
    context->monitor = &session->monitor;
    cvxnn__scope_open(&session->scope, context->memory);
    context->team = cvxnn__team_start(&session->scope, threads > 0 ? threads : cvxnn__processors());
    if (context->team) return CVXNN_OK;
    cvxnn__scope_close(&session->scope);
    return cvxnn__fail_memory(context);
}

void cvxnn__session_close(struct cvxnn__context *context, struct cvxnn__session *session) {
    cvxnn__team_end(context->team);
    cvxnn__scope_close(&session->scope);
    atomic_store(&session->watch->cancel, 0);
}

struct cvxnn__context cvxnn__unhurried(const struct cvxnn__context *context) {
    struct cvxnn__context calm = {.memory = context->memory, .team = context->team};
    return calm;
}

int32_t cvxnn__hand_back(struct cvxnn__context *context, const struct cvxnn__context *calm, int32_t status) {
    if (status < 0) memcpy(context->message, calm->message, sizeof context->message);
    return status;
}
