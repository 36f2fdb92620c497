/* Options to handles. A handle that does not know an option says so by KEY. See settings.h. */
#include "settings.h"

#include "blas_runtime.h"
#include "failure.h"

static void set_on_problem(const struct setting *setting, cvxnn_problem *problem) {
    int32_t status = setting->type == CVXNN_TYPE_DOUBLE
                         ? cvxnn_problem_set_double(problem, setting->key, setting->real)
                         : cvxnn_problem_set_int(problem, setting->key, setting->integer);
    if (status != CVXNN_ERROR_KEY) check_problem(problem, status, EXIT_USAGE);
}

static void set_on_solver(const struct setting *setting, cvxnn_solver *solver) {
    int32_t status = setting->type == CVXNN_TYPE_DOUBLE
                         ? cvxnn_solver_set_double(solver, setting->key, setting->real)
                         : cvxnn_solver_set_int(solver, setting->key, setting->integer);
    if (status != CVXNN_ERROR_KEY) check_solver(solver, status, EXIT_USAGE);
}

static void set_on_certificate(const struct setting *setting, cvxnn_certificate *certificate) {
    int32_t status = setting->type == CVXNN_TYPE_DOUBLE
                         ? cvxnn_certificate_set_double(certificate, setting->key, setting->real)
                         : cvxnn_certificate_set_int(certificate, setting->key, setting->integer);
    if (status != CVXNN_ERROR_KEY) check_certificate(certificate, status, EXIT_USAGE);
}

static void set_on_path(const struct setting *setting, cvxnn_path *path) {
    int32_t status = setting->type == CVXNN_TYPE_DOUBLE
                         ? cvxnn_path_set_double(path, setting->key, setting->real)
                         : cvxnn_path_set_int(path, setting->key, setting->integer);
    if (status != CVXNN_ERROR_KEY) check_path(path, status, EXIT_USAGE);
}

static void apply(const struct setting *setting, const struct handles *handles) {
    if (setting->key == CVXNN_OPTION_BETA && !(setting->real > 0))
        fail(EXIT_USAGE, "--beta must be above 0%s",
             handles->solver ? "; --beta-ratio takes a multiple of beta_max" : "");
    if (handles->problem) set_on_problem(setting, handles->problem);
    if (handles->solver) set_on_solver(setting, handles->solver);
    if (handles->certificate) set_on_certificate(setting, handles->certificate);
    if (handles->path) set_on_path(setting, handles->path);
}

void settings_apply(const struct arguments *arguments, const struct handles *handles) {
    const struct setting threads = {.key = CVXNN_OPTION_THREADS, .type = CVXNN_TYPE_INT};
    apply(&threads, handles);
    blas_set_threads(1);
    for (int64_t s = 0; s < arguments->setting_count; s++) apply(&arguments->settings[s], handles);
}
