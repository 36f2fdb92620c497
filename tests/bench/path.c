/*
 * bench path: the gated program for a grid of beta from beta_max down, each solved from the one before,
 * against the least beta alone from nothing.
 */
#include <math.h>

#include "bench.h"

struct grid {
    double seconds, largest_gap, beta, beta_max;
    int32_t status; /* the first that is not OK */
};

/* Solves for so many ratios, a geometric grid that ends at the least. */
static struct grid time_grid(const struct options *options, const struct data *data, int64_t points,
                             double least) {
    struct grid grid = {.status = CVXNN_OK};
    cvxnn_problem *problem;
    double start = seconds_now();
    cvxnn_solver *solver = gated_pose(options, data, &problem);
    for (int64_t k = 1; k <= points; k++) {
        double ratio = pow(least, (double)k / (double)points);
        expect(cvxnn_solver_set_double(solver, CVXNN_OPTION_BETA_RATIO, ratio), "beta-ratio");
        int32_t solved = cvxnn_solver_solve(solver);
        expect(solved, "solve");
        if (grid.status == CVXNN_OK) grid.status = solved;
        grid.largest_gap = fmax(grid.largest_gap, real_of(solver, CVXNN_INFO_RELATIVE_GAP));
    }
    grid.seconds = seconds_now() - start;
    grid.beta = real_of(solver, CVXNN_INFO_BETA);
    grid.beta_max = real_of(solver, CVXNN_INFO_BETA_MAX);
    cvxnn_solver_free(solver);
    cvxnn_problem_free(problem);
    return grid;
}

int bench_path(const struct options *options) {
    int64_t n = option_count(options, "n", 2000), d = option_count(options, "d", 20);
    int64_t points = option_count(options, "points", 10);
    double least = option_real(options, "least-ratio", 0.01);
    struct data data;
    data_make(n, d, (uint64_t)option_integer(options, "seed", 1), option_flag(options, "noise-labels"),
              &data);
    struct grid alone = time_grid(options, &data, 1, least), grid = time_grid(options, &data, points, least);
    double dense = dense_pass(n, d, option_count(options, "patterns", 1000));
    int32_t status = alone.status ? alone.status : grid.status;
    line_open("path");
    line_real("seconds", grid.seconds);
    line_real("dense_passes", grid.seconds / dense);
    line_real("seconds_alone", alone.seconds);
    line_real("times_alone", grid.seconds / alone.seconds);
    line_real("largest_gap", fmax(grid.largest_gap, alone.largest_gap));
    line_integer("points", points);
    line_real("least_ratio", least);
    line_text("status", cvxnn_status_name(status));
    line_close(options, n, d, grid.beta, grid.beta_max);
    data_free(&data);
    return status == CVXNN_OK ? 0 : 4;
}
