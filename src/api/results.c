/* Results and events by key. See results.h. */
#include "api/results.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

struct info {
    int32_t key, type;
};
#define ROW(symbol, key, type, name, meaning) {key, CVXNN_TYPE_##type},
static const struct info infos[CVXNN__INFOS] = {CVXNN_INFO_TABLE(ROW)};

/* The place of a key of this type; -1 when there is none. */
static int64_t place_of(int32_t key, int32_t type) {
    for (int64_t k = 0; k < CVXNN__INFOS; k++)
        if (infos[k].key == key && infos[k].type == type) return k;
    return -1;
}

void cvxnn__results_set_int(struct cvxnn__results *results, int32_t key, int64_t value) {
    int64_t place = place_of(key, CVXNN_TYPE_INT);
    results->known[place] = 1;
    results->values[place].integer = value;
}

void cvxnn__results_set_double(struct cvxnn__results *results, int32_t key, double value) {
    int64_t place = place_of(key, CVXNN_TYPE_DOUBLE);
    results->known[place] = isfinite(value) ? 1 : 0;
    results->values[place].real = value;
}

int32_t cvxnn__results_get_int(const struct cvxnn__results *results, int32_t key, int64_t *value) {
    int64_t place = place_of(key, CVXNN_TYPE_INT);
    if (place < 0) return CVXNN_ERROR_KEY;
    if (!results->known[place]) return CVXNN_ERROR_UNAVAILABLE;
    *value = results->values[place].integer;
    return CVXNN_OK;
}

int32_t cvxnn__results_get_double(const struct cvxnn__results *results, int32_t key, double *value) {
    int64_t place = place_of(key, CVXNN_TYPE_DOUBLE);
    if (place < 0) return CVXNN_ERROR_KEY;
    if (!results->known[place]) return CVXNN_ERROR_UNAVAILABLE;
    *value = results->values[place].real;
    return CVXNN_OK;
}

int32_t cvxnn__results_explain(struct cvxnn__context *context, int32_t status, int32_t key, const char *why) {
    const char *name = cvxnn_name_of(key);
    if (status == CVXNN_ERROR_UNAVAILABLE)
        return cvxnn__fail(context, status, "there is no %s: %s", name ? name : "such result", why);
    if (status != CVXNN_ERROR_KEY) return status;
    if (place_of(key, CVXNN_TYPE_INT) >= 0)
        return cvxnn__fail(context, status, "result %s is an integer: use the function named _int", name);
    if (place_of(key, CVXNN_TYPE_DOUBLE) >= 0)
        return cvxnn__fail(context, status, "result %s is a number: use the function named _double", name);
    return cvxnn__fail(context, status, "there is no result %d", (int)key);
}

void cvxnn__event_from(const struct cvxnn__progress *progress, struct cvxnn_event *event) {
    const struct {
        int32_t key;
        int64_t value;
    } counts[] = {{CVXNN_INFO_ITERATIONS, progress->iterations},
                  {CVXNN_INFO_PATTERNS, progress->patterns},
                  {CVXNN_INFO_ACTIVE, progress->active},
                  {CVXNN_INFO_NEURONS, progress->neurons}};
    memset(event, 0, sizeof *event);
    event->kind = progress->event;
    for (int k = 0; k < 4; k++)
        if (counts[k].value >= 0) cvxnn__results_set_int(&event->results, counts[k].key, counts[k].value);
    cvxnn__results_set_double(&event->results, CVXNN_INFO_OBJECTIVE, progress->objective);
    cvxnn__results_set_double(&event->results, CVXNN_INFO_CONVEX_OBJECTIVE, progress->convex_objective);
    cvxnn__results_set_double(&event->results, CVXNN_INFO_CONVEX_DUAL, progress->convex_dual);
    cvxnn__results_set_double(&event->results, CVXNN_INFO_RELATIVE_GAP, progress->relative_gap);
    cvxnn__results_set_double(&event->results, CVXNN_INFO_LOWER_BOUND, progress->lower_bound);
    cvxnn__results_set_double(&event->results, CVXNN_INFO_SECONDS, progress->seconds);
}

int32_t cvxnn_event_kind(const cvxnn_event *event, int32_t *kind) {
    if (!event || !kind) return CVXNN_ERROR_NULL;
    *kind = event->kind;
    return CVXNN_OK;
}

int32_t cvxnn_event_get_int(const cvxnn_event *event, int32_t key, int64_t *value) {
    return event && value ? cvxnn__results_get_int(&event->results, key, value) : CVXNN_ERROR_NULL;
}

int32_t cvxnn_event_get_double(const cvxnn_event *event, int32_t key, double *value) {
    return event && value ? cvxnn__results_get_double(&event->results, key, value) : CVXNN_ERROR_NULL;
}
