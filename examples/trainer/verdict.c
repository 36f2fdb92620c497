/*
 * The verdict. See verdict.h. Objective and bound are rounded to the safe side at the last digit that is
 * printed and the ratio is that of the printed numbers, so that what is printed is proved and follows from
 * it.
 */
#include "verdict.h"

#include <math.h>
#include <stdio.h>

#include "blas_runtime.h"
#include "json.h"
#include "limit.h"
#include "output.h"
#include "proved.h"

static double result(const struct posed *posed, int32_t key) {
    double real;
    return cvxnn_certificate_info_double(posed->certificate, key, &real) ? NAN : real;
}

static int64_t count(const struct posed *posed, int32_t key) {
    int64_t integer;
    return cvxnn_certificate_info_int(posed->certificate, key, &integer) ? -1 : integer;
}

static void print_effort(const struct posed *posed) {
    if (count(posed, CVXNN_INFO_ORDER) > 0)
        printf(" (order %lld%s", (long long)count(posed, CVXNN_INFO_ORDER),
               count(posed, CVXNN_INFO_KINKS) == CVXNN_KINKS_JOINT ? ", kinks in all directions" : "");
    else
        printf(" (%lld cells of the sphere", (long long)count(posed, CVXNN_INFO_LEAVES));
    printf(", %.3g s)\n", result(posed, CVXNN_INFO_SECONDS));
}

void verdict_print(const struct posed *posed, const char *word, int32_t status) {
    double value = result(posed, CVXNN_INFO_OBJECTIVE), lower = result(posed, CVXNN_INFO_LOWER_BOUND);
    const struct proved_text objective = proved_up(value), bound = proved_down(lower);
    if (proves_nothing(value, lower)) {
        printf("proved nothing: ");
        print_no_bound(status);
        printf(", the network has an objective of %s", objective.text);
    } else {
        printf("%s: ", word);
        print_within(proved_ratio(&objective, &bound));
        printf(", the network has an objective of %s and none has one below %s", objective.text, bound.text);
    }
    print_effort(posed);
    const struct limit limit = limit_of_proof(posed->certificate);
    limit_print(&limit, "what limits: ", "what next: ");
}

static void put_info(struct json *json, const struct posed *posed, int32_t key) {
    int32_t type = CVXNN_TYPE_DOUBLE;
    int64_t integer;
    cvxnn_type_of(key, &type);
    json_key(json, cvxnn_name_of(key));
    if (type == CVXNN_TYPE_DOUBLE)
        json_real(json, result(posed, key));
    else if (!cvxnn_certificate_info_int(posed->certificate, key, &integer))
        json_integer(json, integer);
    else
        json_real(json, NAN);
}

/* Known where a proof was searched for. */
static void put_sides(struct json *json, const struct posed *posed) {
    const struct limit limit = limit_of_proof(posed->certificate);
    if (!limit_name(&limit)) return;
    json_key(json, "limit");
    json_string(json, limit_name(&limit));
    put_info(json, posed, CVXNN_INFO_OPTIMUM_ESTIMATE);
    put_info(json, posed, CVXNN_INFO_VIOLATION);
    put_info(json, posed, CVXNN_INFO_DIRECTIONS);
}

static void put_problem(struct json *json, const struct posed *posed) {
    int64_t loss = 0, bias = 0, scaled = 0;
    cvxnn_problem_get_int(posed->problem, CVXNN_OPTION_LOSS, &loss);
    cvxnn_problem_get_int(posed->problem, CVXNN_OPTION_BIAS, &bias);
    cvxnn_model_get_int(posed->model, CVXNN_MODEL_SCALED, &scaled);
    json_key(json, "loss");
    json_string(json, cvxnn_choice_name(CVXNN_OPTION_LOSS, loss));
    json_key(json, "bias");
    json_string(json, cvxnn_choice_name(CVXNN_OPTION_BIAS, bias));
    json_key(json, "scaled");
    json_integer(json, scaled);
    json_key(json, "n");
    json_integer(json, posed->n);
    json_key(json, "d");
    json_integer(json, posed->d);
}

void verdict_report(const char *path, const struct posed *posed, int32_t status, const char *reason) {
    static const int32_t keys[] = {
        CVXNN_INFO_OBJECTIVE,     CVXNN_INFO_LOWER_BOUND, CVXNN_INFO_CERTIFIED_RATIO,
        CVXNN_INFO_ORDER,         CVXNN_INFO_KINKS,       CVXNN_INFO_LEAVES,
        CVXNN_INFO_SECONDS,       CVXNN_INFO_BETA,        CVXNN_INFO_CLAIMED_OBJECTIVE,
        CVXNN_INFO_CLAIMED_BOUND, CVXNN_INFO_THREADS};
    struct output output;
    if (!path) return;
    output_open(&output, path);
    struct json json = {.file = output.file};
    if (reason) {
        json_key(&json, "verified");
        fputs(status == CVXNN_OK ? "true" : "false", json.file);
        json_key(&json, "reason");
        json_string(&json, reason);
    }
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) put_info(&json, posed, keys[k]);
    put_sides(&json, posed);
    put_problem(&json, posed);
    json_key(&json, "status");
    json_integer(&json, status);
    json_key(&json, "status_text");
    json_string(&json, cvxnn_status_string(status));
    json_key(&json, "blas");
    json_string(&json, blas_name());
    json_key(&json, "version");
    json_string(&json, cvxnn_version_string());
    json_end(&json);
    output_close(&output);
}
