/* A path as JSON: facts of the run, then every point with every result of the library that it has. */
#include <math.h>
#include <stdlib.h>

#include "blas_runtime.h"
#include "failure.h"
#include "json.h"
#include "output.h"
#include "walk.h"

static void put_integer(struct json *json, const char *name, int64_t value) {
    json_key(json, name);
    json_integer(json, value);
}

static void put_real(struct json *json, const char *name, double value) {
    json_key(json, name);
    json_real(json, value);
}

static void put_string(struct json *json, const char *name, const char *value) {
    json_key(json, name);
    json_string(json, value);
}

/* An option of whichever handle has it, a choice by its name. */
static void put_option(struct json *json, const struct walk *walk, int32_t key) {
    int64_t value = 0;
    double real = NAN;
    const char *choice;
    json_key(json, cvxnn_name_of(key));
    if (!cvxnn_path_get_double(walk->path, key, &real)) {
        json_real(json, real);
        return;
    }
    if (cvxnn_problem_get_int(walk->problem, key, &value) && cvxnn_solver_get_int(walk->solver, key, &value))
        cvxnn_path_get_int(walk->path, key, &value);
    choice = cvxnn_choice_name(key, value);
    if (choice)
        json_string(json, choice);
    else
        json_integer(json, value);
}

/* A point's number, or null. */
static void put_point_number(struct json *json, const char *name, int64_t point) {
    json_key(json, name);
    if (point < 0)
        json_real(json, NAN);
    else
        json_integer(json, point);
}

static void put_facts(struct json *json, const struct walk *walk) {
    static const int32_t options[] = {CVXNN_OPTION_METHOD,      CVXNN_OPTION_LOSS, CVXNN_OPTION_BIAS,
                                      CVXNN_OPTION_STANDARDIZE, CVXNN_OPTION_SEED, CVXNN_OPTION_HOLDOUT,
                                      CVXNN_OPTION_LEAST_RATIO};
    put_integer(json, "n", walk->n);
    put_integer(json, "d", walk->d);
    put_integer(json, "outputs", walk->outputs);
    for (size_t o = 0; o < sizeof options / sizeof *options; o++) put_option(json, walk, options[o]);
    put_integer(json, "folds", walk->folds);
    put_point_number(json, "least", walk->least);
    put_point_number(json, "simplest", walk->simplest);
    put_point_number(json, "chosen", walk->chosen);
    put_real(json, "seconds", walk->seconds);
    put_integer(json, "status", walk->status);
    put_string(json, "status_text", cvxnn_status_string(walk->status));
    put_string(json, "blas", blas_name());
    put_string(json, "version", cvxnn_version_string());
}

static void put_fold_errors(struct json *json, const struct walk *walk, int64_t point) {
    double *errors = allocate(walk->folds, sizeof *errors);
    for (int64_t k = 0; k < walk->folds; k++) errors[k] = walk_fold_error(walk, point, k);
    json_key(json, "fold_errors");
    json_reals(json, walk->folds, errors);
    free(errors);
}

static void put_point(struct json *json, const struct walk *walk, int64_t point) {
    int32_t key, type;
    json_item(json);
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_INFO, k, &key); k++) {
        double value = walk_value(walk, point, key);
        if (isnan(value)) continue;
        cvxnn_type_of(key, &type);
        if (type == CVXNN_TYPE_DOUBLE)
            put_real(json, cvxnn_name_of(key), value);
        else
            put_integer(json, cvxnn_name_of(key), (int64_t)value);
    }
    if (walk->folds > 0) put_fold_errors(json, walk, point);
    json_item_end(json);
}

void walk_report(const struct walk *walk, const char *path) {
    struct output output;
    output_open(&output, path);
    struct json json = {.file = output.file};
    put_facts(&json, walk);
    json_key(&json, "points");
    json_list(&json);
    for (int64_t p = 0; p < walk->points; p++) put_point(&json, walk, p);
    json_list_end(&json);
    json_end(&json);
    output_close(&output);
}
