/*
 * Trees of cells: what they prove of h against its exact maximum, and the bound that branching gives against
 * the optimum of tiny problems.
 */
#include <float.h>
#include <math.h>

#include "fixture.h"
#include "gap/branch.h"
#include "linalg/row_space.h"
#include "tiny.h"
#include "verify/tree_check.h"

enum { MOST_CELLS = 20000 };

static enum cvxnn__tree_verdict verdict(struct fixture *f, const struct tiny *tiny, const double *z,
                                        double beta) {
    struct cvxnn__rows rows = cvxnn__rows_of(tiny->n, tiny->d, tiny->x, tiny->d);
    struct cvxnn__tree_report report;
    ck_assert_int_eq(cvxnn__tree_check(&f->context, &rows, z, beta, MOST_CELLS, &report), CVXNN_OK);
    ck_assert(report.cells <= MOST_CELLS + 64 && report.leaves <= report.cells);
    return report.verdict;
}

/* Nothing below the exact maximum is ever proved; a little above it, everything is. */
START_TEST(trees_hold_above_the_maximum_and_never_below) {
    static const double units[] = {1, 1e8, 1e-8};
    struct fixture f;
    int positive = 0;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= (uint64_t)cvxnn_test_size(1000, 60); seed++) {
        struct tiny tiny = tiny_scaled(tiny_make(seed, 3), units[seed % 3], 1);
        double z[ORACLE_MOST_ROWS];
        cvxnn__normals(seed, TINY_STREAM, 50, tiny.n, z);
        if (seed % 4 == 0) z[seed % (uint64_t)tiny.n] = 0;
        double h = oracle_h(tiny.n, tiny.d, tiny.x, z);
        if (!(h > 0)) continue;
        positive++;
        ck_assert_int_ne(verdict(&f, &tiny, z, h * (1 - 1e-10)), CVXNN__TREE_HOLDS);
        ck_assert_int_ne(verdict(&f, &tiny, z, h * 0.5), CVXNN__TREE_HOLDS);
        ck_assert_int_eq(verdict(&f, &tiny, z, h * (1 + 1e-5)), CVXNN__TREE_HOLDS);
        ck_assert_int_eq(verdict(&f, &tiny, z, h * 3), CVXNN__TREE_HOLDS);
    }
    ck_assert_int_ge(positive, cvxnn_test_size(650, 40));
    fixture_close(&f);
}
END_TEST

static int32_t from_nothing(struct fixture *f, const struct cvxnn__instance *instance, const double *nu,
                            double enough, int64_t most_cells, struct cvxnn__branch *branch) {
    *branch = (struct cvxnn__branch){.bound = 0};
    struct cvxnn__subspace subspace = {.rows = instance->rows, .norm = 1};
    return cvxnn__branch_bound(&f->context, instance, &subspace, nu, enough, most_cells, branch);
}

/* D(t nu) for the largest t that the exact h allows. */
static double reachable(const struct tiny *tiny, const double *nu) {
    struct cvxnn__instance instance = tiny_instance(tiny);
    double negative[ORACLE_MOST_ROWS], linear = 0, quadratic = 0;
    for (int i = 0; i < tiny->n; i++) {
        double weight = instance.weights ? instance.weights[i] : 1;
        negative[i] = -nu[i];
        linear += nu[i] * tiny->y[i];
        if (nu[i] != 0) quadratic += instance.weight_sum * nu[i] * nu[i] / (2 * weight);
    }
    double h = fmax(oracle_h(tiny->n, tiny->d, tiny->x, nu), oracle_h(tiny->n, tiny->d, tiny->x, negative));
    double t = fmin(tiny->beta / h, linear / (2 * quadratic));
    return linear > 0 ? t * linear - t * t * quadratic : 0;
}

/* With the optimal network's residual the bound comes as high as it can, in the instances that get the cells
 * for it, and in none above the optimum. */
START_TEST(branching_reaches_the_optimum_and_stays_below) {
    static const double units[] = {1, 1e8, 1e-8};
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= (uint64_t)cvxnn_test_size(1000, 40); seed++) {
        struct tiny tiny = tiny_scaled(tiny_make(seed, 3), units[seed % 3], units[seed / 3 % 3]);
        struct cvxnn__instance instance = tiny_instance(&tiny);
        struct cvxnn__branch branch;
        double gap, residual[ORACLE_MOST_ROWS];
        double optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, instance.weights, tiny.beta, &gap,
                                        residual);
        int to_the_end = seed <= (uint64_t)cvxnn_test_size(200, 40);
        int64_t cells = to_the_end ? 1000000 : 20000;
        ck_assert_int_eq(from_nothing(&f, &instance, residual, INFINITY, cells, &branch), CVXNN_OK);
        ck_assert(branch.bound <= optimum);
        if (to_the_end) ck_assert(branch.bound >= reachable(&tiny, residual) * (1 - 1e-5));
        for (int i = 0; i < tiny.n; i++) residual[i] += (i % 2 ? 0.3 : -0.2) * fabs(residual[i]);
        ck_assert_int_eq(from_nothing(&f, &instance, residual, INFINITY, 20000, &branch), CVXNN_OK);
        ck_assert(branch.bound <= optimum);
    }
    fixture_close(&f);
}
END_TEST

/* A problem of any size. */
struct sample {
    double *x, *y, *nu;
    struct cvxnn__instance instance;
};

static struct sample sample_make(int n, int d) {
    struct sample sample = {
        .x = malloc((size_t)(n * d) * 8), .y = malloc((size_t)n * 8), .nu = malloc((size_t)n * 8)};
    cvxnn__normals(7, TINY_STREAM, 60, n * d, sample.x);
    cvxnn__normals(7, TINY_STREAM, 61, n, sample.y);
    for (int i = 0; i < n; i++) sample.nu[i] = sample.y[i] / n;
    sample.instance = instance_of(n, d, sample.x, sample.y, NULL, 0.1);
    return sample;
}

static void sample_free(struct sample *sample) {
    free(sample->x);
    free(sample->y);
    free(sample->nu);
}

START_TEST(same_tree_for_any_number_of_threads) {
    struct sample sample = sample_make(60, 4);
    struct cvxnn__branch branch[3];
    for (int t = 0; t < 3; t++) {
        struct fixture f;
        fixture_open(&f, t + 1);
        ck_assert_int_eq(from_nothing(&f, &sample.instance, sample.nu, INFINITY, 30000, &branch[t]),
                         CVXNN_OK);
        fixture_close(&f);
        ck_assert_mem_eq(&branch[t], &branch[0], sizeof branch[0]);
    }
    ck_assert(branch[0].bound > 0 && branch[0].leaves[0] > 0 && branch[0].leaves[1] > 0);
    sample_free(&sample);
}
END_TEST

/* A stop keeps what was proved; enough is enough; what cannot be proved proves 0. */
START_TEST(budgets_and_ends) {
    struct sample sample = sample_make(60, 4);
    struct cvxnn__branch all, branch;
    struct fixture f;
    fixture_open(&f, 1);
    ck_assert_int_eq(from_nothing(&f, &sample.instance, sample.nu, INFINITY, 30000, &all), CVXNN_OK);
    ck_assert_int_eq(from_nothing(&f, &sample.instance, sample.nu, 0.5 * all.bound, 30000, &branch),
                     CVXNN_OK);
    ck_assert(branch.bound >= 0.5 * all.bound && branch.cells < all.cells);
    ck_assert_int_eq(from_nothing(&f, &sample.instance, sample.nu, INFINITY, 0, &branch), CVXNN_OK);
    ck_assert(branch.bound == 0 && branch.scale == 0);
    int64_t events = f.events;
    for (int64_t k = 1; k <= events; k += 3) {
        f.events = 0, f.stop_at = k, f.monitor.stopped = 0;
        int32_t status = from_nothing(&f, &sample.instance, sample.nu, INFINITY, 30000, &branch);
        if (status == CVXNN_OK) break;
        ck_assert_int_eq(status, CVXNN_STOPPED_CANCELLED);
        ck_assert(branch.bound >= 0 && branch.bound <= all.bound);
    }
    for (int i = 0; i < 60; i++) sample.nu[i] = 0;
    f.stop_at = 0, f.monitor.stopped = 0;
    ck_assert_int_eq(from_nothing(&f, &sample.instance, sample.nu, INFINITY, 1000, &branch), CVXNN_OK);
    ck_assert(branch.bound == 0);
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

/* A search that is resumed loses nothing. */
START_TEST(going_on_from_an_earlier_search) {
    struct sample sample = sample_make(60, 4);
    struct cvxnn__subspace subspace = {.rows = sample.instance.rows, .norm = 1};
    struct cvxnn__branch branch;
    struct fixture f;
    fixture_open(&f, 1);
    ck_assert_int_eq(from_nothing(&f, &sample.instance, sample.nu, INFINITY, 3000, &branch), CVXNN_OK);
    for (int64_t cells = 6000; cells <= 48000; cells *= 2) {
        struct cvxnn__branch before = branch;
        ck_assert_int_eq(
            cvxnn__branch_bound(&f.context, &sample.instance, &subspace, sample.nu, INFINITY, cells, &branch),
            CVXNN_OK);
        ck_assert(branch.bound >= before.bound && branch.cells >= before.cells);
        ck_assert(branch.cells <= cells + 64 * 4);
    }
    double reached = branch.bound;
    ck_assert_int_eq(from_nothing(&f, &sample.instance, sample.nu, INFINITY, 48000, &branch), CVXNN_OK);
    ck_assert(reached >= 0.9 * branch.bound);
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

/* Rows of rank 2 in five columns: the basis has two vectors, and what the cells of the plane prove of h is as
 * sharp as in the plane itself; with a basis that is wrong nothing false is proved. */
START_TEST(rows_of_low_rank) {
    enum { N = ORACLE_MOST_ROWS, D = 5 };
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct fixture f;
        struct cvxnn__scope scope;
        struct cvxnn__subspace subspace;
        struct cvxnn__tree_report report;
        double plane[2 * N], frame[2 * D], x[N * D], z[N], *basis, unit = seed % 3 == 0 ? 1e6 : 1;
        int64_t rank;
        fixture_open(&f, 1);
        cvxnn__scope_open(&scope, f.context.memory);
        cvxnn__normals(seed, TINY_STREAM, 70, 2 * N, plane);
        cvxnn__normals(seed, TINY_STREAM, 71, 2 * D, frame);
        cvxnn__normals(seed, TINY_STREAM, 72, N, z);
        for (int i = 0; i < N; i++)
            for (int j = 0; j < D; j++)
                x[i * D + j] = unit * (plane[2 * i] * frame[j] + plane[2 * i + 1] * frame[D + j]);
        struct cvxnn__rows rows = cvxnn__rows_of(N, D, x, D);
        ck_assert_int_eq(cvxnn__row_space(&f.context, &scope, &rows, 0x1p-40, 4, &rank, &basis), CVXNN_OK);
        ck_assert_int_eq(rank, 2);
        ck_assert_int_eq(cvxnn__subspace_take(&f.context, &scope, &rows, rank, basis, &subspace), CVXNN_OK);
        double h = oracle_h(N, 2, subspace.rows.values, z); /* of the rotated rows, by enumeration */
        for (int k = -1; k <= 1; k += 2) {
            double beta = cvxnn__subspace_beta(&subspace, z, h * (1 + k * 1e-6));
            ck_assert(fabs(beta - h * (1 + k * 1e-6)) <= 1e-9 * h);
            ck_assert_int_eq(cvxnn__tree_check(&f.context, &subspace.rows, z, beta, MOST_CELLS, &report),
                             CVXNN_OK);
            ck_assert((report.verdict == CVXNN__TREE_HOLDS) == (k > 0));
        }
        for (int j = 0; j < 2 * D; j++)
            basis[j] *= 0.5; /* y is a quarter of what it should be, and e the rest */
        ck_assert_int_eq(cvxnn__subspace_take(&f.context, &scope, &rows, rank, basis, &subspace), CVXNN_OK);
        ck_assert(cvxnn__subspace_beta(&subspace, z, h * 1.01) == 0);
        cvxnn__scope_close(&scope);
        fixture_close(&f);
    }
}
END_TEST

START_TEST(not_finite_numbers_prove_nothing) {
    struct sample sample = sample_make(20, 3);
    static const double bad[] = {NAN, INFINITY, -INFINITY, 1e308};
    struct fixture f;
    fixture_open(&f, 1);
    for (int b = 0; b < 4; b++) {
        struct cvxnn__tree_report report;
        double z = sample.nu[5];
        sample.nu[5] = bad[b];
        ck_assert_int_eq(
            cvxnn__tree_check(&f.context, &sample.instance.rows, sample.nu, 1e300, 1000, &report), CVXNN_OK);
        ck_assert_int_ne(report.verdict, CVXNN__TREE_HOLDS);
        sample.nu[5] = z;
    }
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

START_TEST(failing_memory_leaves_nothing) {
    struct sample sample = sample_make(20, 3);
    struct fixture f;
    fixture_open(&f, 1);
    for (int on = 0; on < 2; on++) {
        int32_t status = CVXNN_ERROR_MEMORY;
        for (int64_t k = 1; status; k += 1 + k / cvxnn_test_size(64, 8)) { /* attempts are alike */
            struct cvxnn__branch branch;
            f.fail_at = k, f.fail_on = on;
            status = from_nothing(&f, &sample.instance, sample.nu, INFINITY, cvxnn_test_size(5000, 1000),
                                  &branch);
            ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_MEMORY);
            f.fail_at = 0;
            if (k > 100000) break;
        }
        ck_assert_int_eq(status, CVXNN_OK);
    }
    fixture_close(&f);
    sample_free(&sample);
}
END_TEST

CVXNN_SUITE(tree) {
    CVXNN_TEST(trees_hold_above_the_maximum_and_never_below);
    CVXNN_TEST(branching_reaches_the_optimum_and_stays_below);
    CVXNN_TEST(same_tree_for_any_number_of_threads);
    CVXNN_TEST(budgets_and_ends);
    CVXNN_TEST(going_on_from_an_earlier_search);
    CVXNN_TEST(rows_of_low_rank);
    CVXNN_TEST(not_finite_numbers_prove_nothing);
    CVXNN_TEST(failing_memory_leaves_nothing);
}
