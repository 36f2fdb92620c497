/* Progress, from the solver's events. See progress.h. */
#define _POSIX_C_SOURCE 200809L
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

static const char *word_for(int32_t kind) {
    switch (kind) {
    case CVXNN_EVENT_PATTERNS:
        return "patterns";
    case CVXNN_EVENT_CONVEX:
        return "convex program";
    case CVXNN_EVENT_DECOMPOSE:
        return "decomposition";
    case CVXNN_EVENT_GRADIENT:
        return "gradient";
    case CVXNN_EVENT_BOUND:
        return "lower bound";
    case CVXNN_EVENT_POINT:
        return "done";
    default:
        return "solving";
    }
}

static void show_real(const cvxnn_event *event, int32_t key, const char *format) {
    double value;
    if (!cvxnn_event_get_double(event, key, &value)) fprintf(stderr, format, value);
}

static void show_count(const cvxnn_event *event, int32_t key, const char *format) {
    int64_t value;
    if (!cvxnn_event_get_int(event, key, &value)) fprintf(stderr, format, (long long)value);
}

/* Where on a path it is, counted from 1 as people do. */
static void show_place(const cvxnn_event *event) {
    int64_t point, fold;
    if (cvxnn_event_get_int(event, CVXNN_INFO_POINT, &point)) return;
    fprintf(stderr, "point %lld", (long long)point + 1);
    if (!cvxnn_event_get_int(event, CVXNN_INFO_FOLD, &fold))
        fprintf(stderr, ", fold %lld", (long long)fold + 1);
    fputs(", ", stderr);
}

/* Time left where there is a budget, else what has passed and how fast it goes. */
static void show_time(const struct progress *progress, const cvxnn_event *event, double seconds) {
    int64_t iterations;
    if (progress->max_seconds > 0)
        fprintf(stderr, ", %.1f s left",
                progress->max_seconds > seconds ? progress->max_seconds - seconds : 0);
    else
        fprintf(stderr, ", %.1f s", seconds);
    if (seconds > 0 && !cvxnn_event_get_int(event, CVXNN_INFO_ITERATIONS, &iterations))
        fprintf(stderr, ", %.3g iterations/s", (double)iterations / seconds);
}

static int32_t on_event(const cvxnn_event *event, void *user) {
    struct progress *progress = user;
    int32_t kind = 0;
    double seconds = 0;
    cvxnn_event_get_double(event, CVXNN_INFO_SECONDS, &seconds);
    if (progress->lines && seconds - progress->shown < 0.1) return 0;
    progress->shown = seconds;
    progress->lines = 1;
    cvxnn_event_kind(event, &kind);
    fputc('\r', stderr);
    show_place(event);
    fputs(word_for(kind), stderr);
    show_real(event, CVXNN_INFO_RELATIVE_GAP, ": gap %.1e");
    show_real(event, CVXNN_INFO_OBJECTIVE, ", objective %.6g");
    show_real(event, CVXNN_INFO_LOWER_BOUND, ", bound %.6g");
    show_count(event, CVXNN_INFO_ACTIVE, ", %lld active");
    show_count(event, CVXNN_INFO_PATTERNS, ", %lld patterns");
    show_time(progress, event, seconds);
    fputs("\033[K", stderr);
    fflush(stderr);
    return 0;
}

void progress_begin(struct progress *progress, cvxnn_solver *solver, int quiet) {
    progress->lines = 0;
    cvxnn_solver_get_double(solver, CVXNN_OPTION_MAX_SECONDS, &progress->max_seconds);
    if (!quiet && isatty(STDERR_FILENO)) cvxnn_solver_set_callback(solver, on_event, progress);
}

void progress_begin_path(struct progress *progress, cvxnn_path *path, int quiet) {
    progress->lines = 0;
    cvxnn_path_get_double(path, CVXNN_OPTION_MAX_SECONDS, &progress->max_seconds);
    if (!quiet && isatty(STDERR_FILENO)) cvxnn_path_set_callback(path, on_event, progress);
}

void progress_begin_proof(struct progress *progress, cvxnn_certificate *certificate, int quiet) {
    progress->lines = 0;
    cvxnn_certificate_get_double(certificate, CVXNN_OPTION_MAX_SECONDS, &progress->max_seconds);
    if (!quiet && isatty(STDERR_FILENO)) cvxnn_certificate_set_callback(certificate, on_event, progress);
}

void progress_end(struct progress *progress) {
    if (progress->lines) fputs("\r\033[K", stderr);
    fflush(stderr);
}
