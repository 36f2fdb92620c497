/* Train, prove, predict, save: cvxnn in forty lines.
 * cc forty_lines.c $(pkg-config --cflags --libs cvxnn) && ./a.out */
#include <cvxnn.h>
#include <stdio.h>

enum { ROWS = 200 };

static int failed(const cvxnn_solver *solver, int32_t status) {
    char why[512];
    cvxnn_solver_message(solver, why, sizeof why, NULL);
    fprintf(stderr, "%s: %s\n", cvxnn_status_string(status), why);
    return 1;
}

int main(void) {
    double x[ROWS][2], y[ROWS], objective, bound, f, at[] = {0.5, 1};
    for (int i = 0; i < ROWS; i++) { /* a parabola; the column of ones is a bias */
        x[i][0] = 2.0 * i / (ROWS - 1) - 1;
        x[i][1] = 1;
        y[i] = x[i][0] * x[i][0];
    }
    cvxnn_problem *problem;
    cvxnn_solver *solver;
    cvxnn_model *model;
    if (cvxnn_problem_create(&problem) || cvxnn_solver_create(problem, &solver)) return 1;
    int32_t status = cvxnn_problem_set_data(problem, ROWS, 2, &x[0][0], 2, CVXNN_ROW_MAJOR, CVXNN_BORROW);
    if (!status) status = cvxnn_problem_set_targets(problem, ROWS, 1, y, 1, CVXNN_ROW_MAJOR);
    if (!status) status = cvxnn_solver_set_double(solver, CVXNN_OPTION_BETA_RATIO, 0.001);
    if (!status) status = cvxnn_solver_solve(solver); /* > 0: stopped early, the best so far is kept */
    if (status < 0 || (status = cvxnn_solver_get_model(solver, &model))) return failed(solver, status);

    cvxnn_solver_info_double(solver, CVXNN_INFO_OBJECTIVE, &objective);
    cvxnn_solver_info_double(solver, CVXNN_INFO_LOWER_BOUND, &bound);
    cvxnn_model_predict(model, 1, 2, at, 2, CVXNN_ROW_MAJOR, &f, 1);
    printf("objective %.6f, no network is below %.6f\n", objective, bound);
    printf("f(0.5) = %.3f, the parabola there is 0.250\n", f);
    if (cvxnn_model_save(model, "parabola.cvxnn")) return 1;
    cvxnn_model_free(model);
    cvxnn_solver_free(solver); /* in any order */
    cvxnn_problem_free(problem);
    return 0;
}
