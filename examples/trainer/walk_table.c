/* A path as a table, a line a point. See walk.h. */
#include <math.h>
#include <stdio.h>

#include "walk.h"

double walk_value(const struct walk *walk, int64_t point, int32_t key) {
    double real;
    int64_t integer;
    if (!cvxnn_path_info_double(walk->path, point, key, &real)) return real;
    return cvxnn_path_info_int(walk->path, point, key, &integer) ? NAN : (double)integer;
}

double walk_fold_error(const struct walk *walk, int64_t point, int64_t fold) {
    double error;
    return cvxnn_path_fold_double(walk->path, point, fold, CVXNN_INFO_VALIDATION_ERROR, &error) ? NAN : error;
}

/* Whether a point has this result: there is a column for it then. */
static int has(const struct walk *walk, int32_t key) {
    for (int64_t p = 0; p < walk->points; p++)
        if (!isnan(walk_value(walk, p, key))) return 1;
    return 0;
}

/* A number in a column of this width; empty where there is none. */
static void cell(int width, const char *format, double value) {
    char text[40] = "";
    if (!isnan(value)) snprintf(text, sizeof text, format, value);
    printf("%*s", width, text);
}

static void print_marks(const struct walk *walk, int64_t point) {
    double status = walk_value(walk, point, CVXNN_INFO_STATUS);
    if (point == walk->least) fputs("  least", stdout);
    if (point == walk->simplest) fputs("  simplest", stdout);
    if (status > 0) printf("  (%s)", cvxnn_status_string((int32_t)status));
    putchar('\n');
}

static void print_point(const struct walk *walk, int64_t point) {
    double beta = walk_value(walk, point, CVXNN_INFO_BETA),
           most = walk_value(walk, point, CVXNN_INFO_BETA_MAX);
    cell(10, "%.4g", most > 0 ? beta / most : NAN);
    cell(13, "%.6g", beta);
    cell(14, "%.8g", walk_value(walk, point, CVXNN_INFO_OBJECTIVE));
    if (has(walk, CVXNN_INFO_RELATIVE_GAP)) cell(9, "%.1e", walk_value(walk, point, CVXNN_INFO_RELATIVE_GAP));
    if (has(walk, CVXNN_INFO_CERTIFIED_RATIO))
        cell(10, "%.4f", walk_value(walk, point, CVXNN_INFO_CERTIFIED_RATIO));
    cell(9, "%.0f", walk_value(walk, point, CVXNN_INFO_NEURONS));
    cell(13, "%.6g", walk_value(walk, point, CVXNN_INFO_TRAIN_ERROR));
    if (walk->folds > 0) {
        cell(13, "%.6g", walk_value(walk, point, CVXNN_INFO_VALIDATION_ERROR));
        cell(12, "%.3g", walk_value(walk, point, CVXNN_INFO_STANDARD_ERROR));
    }
    print_marks(walk, point);
}

static void print_head(const struct walk *walk) {
    int64_t method = 0, standardize = 0;
    cvxnn_solver_get_int(walk->solver, CVXNN_OPTION_METHOD, &method);
    cvxnn_problem_get_int(walk->problem, CVXNN_OPTION_STANDARDIZE, &standardize);
    printf("%lld rows, %lld features%s, %s", (long long)walk->n, (long long)walk->d,
           standardize ? ", standardized" : "", cvxnn_choice_name(CVXNN_OPTION_METHOD, method));
    if (walk->folds == 1) fputs(", some rows held out", stdout);
    if (walk->folds > 1) printf(", %lld-fold cross-validation", (long long)walk->folds);
    puts("\n");
    printf("%10s%13s%14s", "beta/max", "beta", "objective");
    if (has(walk, CVXNN_INFO_RELATIVE_GAP)) printf("%9s", "gap");
    if (has(walk, CVXNN_INFO_CERTIFIED_RATIO)) printf("%10s", "ratio");
    printf("%9s%13s", "neurons", "train error");
    if (walk->folds > 0) printf("%13s%12s", walk->folds == 1 ? "held-out" : "CV error", "std. error");
    putchar('\n');
}

static void print_choice(const struct walk *walk, const char *model) {
    if (model && walk->chosen >= 0)
        printf("saved       %s: the network of beta %.6g, trained on all rows\n", model,
               walk_value(walk, walk->chosen, CVXNN_INFO_BETA));
}

void walk_print(const struct walk *walk, const char *model, const char *report) {
    print_head(walk);
    for (int64_t p = 0; p < walk->points; p++) print_point(walk, p);
    putchar('\n');
    if (walk->least >= 0)
        puts("least       least error on rows held out (mean squared)\n"
             "simplest    largest beta whose error is within one standard error of that");
    print_choice(walk, model);
    printf("time        %.3g s\n", walk->seconds);
    if (report) printf("report      %s\n", report);
    if (walk->status != CVXNN_OK) printf("stopped     %s\n", cvxnn_status_string(walk->status));
}
