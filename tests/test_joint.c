/*
 * Kinks in all directions: certificates made here by hand are proved to the rounding and no further, damaged
 * ones never prove more than is true, and what the search's small parts say of a row is what points of the
 * sphere say.
 */
#include <float.h>
#include <math.h>

#include "fixture.h"
#include "gap/joint_rows.h"
#include "linalg/blas.h"
#include "tiny.h"
#include "verify/joint.h"
#include "verify/sphere_check.h"

enum { STREAM = CVXNN__STREAM_BENCH + 13, MOST_SIZE = 9, MOST_CUTS = 6 };

/* S of |w'm|^2 in the first column, m = (1, u, t u). */
static void put_square(int d, double constant, double linear, const double *x, double *s) {
    for (int i = 0, at = 0; i <= 2 * d; i++, at += i)
        s[at] = i == 0 ? constant : i <= d ? linear * x[i - 1] : 0;
}

/*
 * a (t)_+ <= a (t + c)^2 / (4 c) for a >= 0: a square on the side of t <= 0, and a (t - c)^2 / (4 c) + a t on
 * the other; a (t)_+ <= a t / 2 for a < 0: -t (-a / 2) on the side of t <= 0 and t (-a / 2) + a t on the
 * other. The sums of both are W = E in the block of u, with the constant in the whole diagonal, and a vector
 * g times |u|^2 between the two blocks. Where a cell settles t's sign, a (t)_+ is 0 or a t.
 */
static void hand_made(const struct tiny *tiny, uint64_t seed, struct cvxnn__certificate *c) {
    int n = tiny->n, d = tiny->d, size = d + d * (d + 1) / 2;
    cvxnn__normals(seed, STREAM, 0, n, c->nu);
    for (int leaf = 0; leaf < (int)cvxnn__certificate_leaves(c); leaf++) {
        int side = cvxnn__certificate_side(c, leaf), first = side ? (int)c->trees[0].leaves : 0;
        double *matrix = c->matrix[leaf], constant = 0, g[ORACLE_MOST_COLUMNS] = {0},
               centres[ORACLE_MOST_ROWS];
        signed char halves[ORACLE_MOST_ROWS];
        cvxnn__uniforms(seed, STREAM, 1 + (uint64_t)side, n, centres);
        cvxnn__sign_tree_halves(&c->trees[side], leaf - first, n, halves);
        for (int i = 0; i < n; i++) {
            double x[ORACLE_MOST_COLUMNS], unit = ldexp(1, cvxnn__row_unit(d, tiny->x + (ptrdiff_t)i * d)),
                                           a = (side ? -1 : 1) * unit * c->nu[i], centre = 0.2 + centres[i];
            double *below = c->factors[leaf] + (ptrdiff_t)i * 2 * cvxnn__joint_half(d),
                   *above = below + cvxnn__joint_half(d), root = sqrt(fabs(a) / (4 * centre));
            for (int j = 0; j < d; j++) x[j] = tiny->x[i * d + j] / unit;
            if (halves[i] >= 0) { /* nothing, or a t */
                for (int j = 0; j < d; j++) g[j] += halves[i] * a * x[j];
                continue;
            }
            if (a >= 0) {
                put_square(d, root * centre, root, x, below);
                put_square(d, -root * centre, root, x, above);
                constant += a * centre / 4;
            } else {
                below[(2 * d + 1) * (d + 1)] = above[(2 * d + 1) * (d + 1)] = sqrt(-a / 2);
            }
            for (int j = 0; j < d; j++) {
                g[j] += a / 2 * x[j];
                for (int k = 0; a >= 0 && k <= j; k++) matrix[j * size + k] += root * root * x[j] * x[k];
            }
        }
        for (int j = 0; j < size; j++) matrix[j * size + j] += constant / 2;
        for (int b = 0, at = d; b < d; at += d - b, b++)
            for (int j = 0; j < d; j++) matrix[at * size + j] += g[j] / 2;
    }
}

static double largest_eigenvalue(int64_t size, const double *matrix) {
    double a[MOST_SIZE * MOST_SIZE], values[MOST_SIZE],
        *work = malloc(sizeof *work * (size_t)cvxnn__eigen_work(size));
    for (int64_t e = 0; e < size * size; e++) a[e] = matrix[e];
    ck_assert_int_eq(cvxnn__eigen(0, size, a, size, values, work), 1);
    free(work);
    return values[size - 1];
}

static struct cvxnn__proved checked(struct fixture *f, const struct cvxnn__instance *instance,
                                    const struct cvxnn__certificate *certificate) {
    struct cvxnn__proved proved;
    ck_assert_int_eq(cvxnn__sphere_check(&f->context, instance, certificate, &proved), CVXNN_OK);
    return proved;
}

/* Every other certificate is cut, a row twice on the way to a leaf among the cuts. */
static void cut_up(const struct tiny *tiny, uint64_t seed, struct cvxnn__certificate *c) {
    double at[2 * MOST_CUTS];
    cvxnn__uniforms(seed, STREAM, 12, (int64_t)2 * MOST_CUTS, at);
    for (int cut = 0; seed % 2 && cut < 1 + (int)(seed % MOST_CUTS); cut++) {
        struct cvxnn__sign_tree *tree = &c->trees[cut % 3 == 2];
        cvxnn__sign_tree_cut(tree, (int64_t)(at[2 * cut] * (double)tree->leaves),
                             (int64_t)(at[2 * cut + 1] * tiny->n));
    }
}

/* The largest of what the leaves of a side leave to their matrices. */
static double expected_side(const struct cvxnn__certificate *c, int side) {
    int64_t size = cvxnn__certificate_size(c->d, 2);
    double most = 0;
    for (int64_t leaf = 0; leaf < cvxnn__certificate_leaves(c); leaf++)
        if (cvxnn__certificate_side(c, leaf) == side)
            most = fmax(most, 2 * largest_eigenvalue(size, c->matrix[leaf]));
    return most;
}

START_TEST(what_is_proved_is_true_and_tight) {
    struct fixture f;
    fixture_open(&f, 1);
    for (uint64_t seed = 1; seed <= (uint64_t)cvxnn_test_size(1000, 60); seed++) {
        struct tiny tiny = tiny_make(seed, 3);
        struct cvxnn__instance instance = tiny_instance(&tiny);
        struct cvxnn__certificate certificate;
        struct cvxnn__scope scope;
        double gap, numbers[16];
        double optimum = oracle_optimum(tiny.n, tiny.d, tiny.x, tiny.y, tiny_weights(&tiny), tiny.beta, &gap,
                                        NULL);
        int64_t size = cvxnn__certificate_size(tiny.d, 2), half = cvxnn__joint_half(tiny.d);
        cvxnn__scope_open(&scope, &f.memory);
        cvxnn__certificate_take_joint(&scope, tiny.n, tiny.d, 2 + MOST_CUTS, &certificate);
        ck_assert(!scope.failed);
        cut_up(&tiny, seed, &certificate);
        int64_t leaves = cvxnn__certificate_leaves(&certificate);
        hand_made(&tiny, seed, &certificate);
        struct cvxnn__proved proved = checked(&f, &instance, &certificate);
        for (int side = 0; side < 2; side++) {
            double truth = tiny_side(&tiny, certificate.nu, side);
            double expected = expected_side(&certificate, side);
            ck_assert(proved.h[side] >= truth * (1 - 1e-14));
            ck_assert(fabs(proved.h[side] - expected) <= 1e-9 * (1 + expected));
        }
        ck_assert(proved.bound >= 0 && proved.bound <= optimum);
        cvxnn__uniforms(seed, STREAM, 5, 16, numbers);
        for (int change = 0; change < 8; change++) { /* one number, by much or little */
            double by = (numbers[change] - 0.5) * pow(10, -8 * numbers[8 + change] * numbers[8]);
            int64_t leaf = change % leaves;
            int side = cvxnn__certificate_side(&certificate, leaf);
            double *number =
                change < 2
                    ? &certificate.matrix[leaf][(int64_t)(numbers[3] * (double)size) * size]
                    : &certificate.factors[leaf][(int64_t)(numbers[change] * 2 * (double)(tiny.n * half))];
            double before = *number;
            *number += by;
            struct cvxnn__proved other = checked(&f, &instance, &certificate);
            ck_assert(other.h[side] >= tiny_side(&tiny, certificate.nu, side) * (1 - 1e-14));
            ck_assert(other.h[!side] == proved.h[!side]);
            ck_assert(other.bound >= 0 && other.bound <= optimum);
            *number = before;
        }
        cvxnn__scope_close(&scope);
    }
    fixture_close(&f);
}
END_TEST

/* Any factors at all: the check of a row is never below |q - q'| at points, and V is a matrix of q. */
START_TEST(a_row_is_what_its_points_say) {
    for (uint64_t seed = 1; seed <= 300; seed++) {
        enum { D = 3 };
        int d = 1 + (int)(seed % D);
        int64_t half = cvxnn__joint_half(d), size = d + d * (d + 1) / 2;
        double factors[2 * 45], x[D], points[100 * D], work[400], matrix[MOST_SIZE * MOST_SIZE] = {0}, terms;
        ck_assert(2 * half <= 2 * 45 && cvxnn__joint_work(d) <= 400);
        cvxnn__normals(seed, STREAM, 6, 2 * half, factors);
        cvxnn__uniforms(seed, STREAM, 7, d, x);
        cvxnn__normals(seed, STREAM, 8, (int64_t)100 * d, points);
        double radius = cvxnn__norm(d, x) * (1 + 1e-15), slope = points[0], largest = 0;
        double bound = cvxnn__joint_row(d, -1, x, radius, slope, factors, matrix, &terms, work);
        double alone[2][MOST_SIZE * MOST_SIZE] = {{0}}, terms_alone[2];
        for (int h = 0; h < 2; h++) {
            double rest = cvxnn__joint_row(d, h, x, radius, slope, factors, alone[h], &terms_alone[h], work);
            ck_assert(rest >= 0 && rest <= 1e-12 * (1 + terms_alone[0] + terms_alone[h]));
        }
        for (int p = 0; p < 100; p++) {
            double *u = points + (ptrdiff_t)p * d, norm = cvxnn__norm(d, u), t = 0, q[2], v[MOST_SIZE],
                   form = 0, forms[2] = {0};
            for (int j = 0; j < d; j++) u[j] /= norm, t += x[j] * u[j];
            for (int h = 0; h < 2; h++) {
                const double *s = factors + h * half, *r = s + (2 * d + 1) * (d + 1);
                double m[2 * D + 1] = {1}, squares = 0, multiples = 0;
                for (int j = 0; j < d; j++) m[1 + j] = u[j], m[1 + d + j] = t * u[j];
                for (int c = 0; c <= 2 * d; c++) {
                    double sum = 0, other = 0;
                    for (int i = c; i <= 2 * d; i++) sum += s[i * (i + 1) / 2 + c] * m[i];
                    for (int i = c; i <= d; i++) other += r[i * (i + 1) / 2 + c] * m[i];
                    squares += sum * sum, multiples += other * other;
                }
                q[h] = h ? squares + t * multiples + slope * t : squares - t * multiples;
            }
            for (int j = 0, at = d; j < d; j++) {
                v[j] = u[j];
                for (int k = j; k < d; k++) v[at++] = (j == k ? 1 : sqrt(2)) * u[j] * u[k];
            }
            for (int i = 0; i < (int)size; i++)
                for (int j = 0; j <= i; j++) {
                    double product = (i == j ? 1 : 2) * v[i] * v[j];
                    form += matrix[i * (int)size + j] * product;
                    for (int h = 0; h < 2; h++) forms[h] += alone[h][i * (int)size + j] * product;
                }
            ck_assert(fabs(form - q[0]) <= 1e-12 * terms);
            for (int h = 0; h < 2; h++) ck_assert(fabs(forms[h] - q[h]) <= 1e-12 * terms_alone[h]);
            ck_assert(fabs(q[0]) <= terms);
            largest = fmax(largest, fabs(q[0] - q[1]));
        }
        ck_assert(bound >= largest * (1 - 1e-12));
        ck_assert(bound <= 100 * (largest + terms));
    }
}
END_TEST

/* Moments of a point u: the coordinates of each row, spread out, are the matrices m m' and +-t o o' of the
 * row's frame, of the right traces; and the map to a polynomial is the adjoint. */
START_TEST(rows_see_the_moments_of_a_point) {
    enum { N = 5, D = 4 };
    struct fixture f;
    struct cvxnn__scope scope;
    struct cvxnn__moments moments;
    struct cvxnn__joint_rows rows;
    fixture_open(&f, 1);
    cvxnn__scope_open(&scope, &f.memory);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        int d = 2 + (int)(seed % (D - 1));
        double units[N * D], u[D], norm = 0;
        cvxnn__normals(seed, STREAM, 9, (int64_t)N * d, units);
        cvxnn__normals(seed, STREAM, 10, d, u);
        for (int i = 0; i < N; i++) {
            if (i == 0) /* the first axis itself */
                for (int j = 0; j < d; j++) units[j] = j == 0;
            norm = cvxnn__norm(d, units + (ptrdiff_t)i * d);
            for (int j = 0; j < d; j++) units[i * d + j] /= norm;
        }
        norm = cvxnn__norm(d, u);
        for (int j = 0; j < d; j++) u[j] /= norm;
        cvxnn__moments_take(&scope, d, 2, &moments);
        cvxnn__joint_rows_take(&scope, &moments, N, units, &rows);
        int64_t size = moments.size, width = rows.width;
        double *matrix = cvxnn__doubles(&scope, size, size), *image = cvxnn__doubles(&scope, size, size);
        double *coordinates = cvxnn__doubles(&scope, N, width), *other = cvxnn__doubles(&scope, N, width);
        double *entries = cvxnn__doubles(&scope, rows.entries, 1),
               *random = cvxnn__doubles(&scope, rows.entries, 1),
               *work = cvxnn__doubles(&scope, cvxnn__joint_rows_work(&rows), 1);
        ck_assert(!scope.failed);
        double v[D + D * (D + 1) / 2];
        for (int j = 0, at = d; j < d; j++) {
            v[j] = u[j];
            for (int k = j; k < d; k++) v[at++] = (j == k ? 1 : sqrt(2)) * u[j] * u[k];
        }
        for (int64_t e = 0; e < size * size; e++) matrix[e] = v[e / size] * v[e % size];
        cvxnn__joint_rows_of(&rows, matrix, coordinates, work);
        double scale = cvxnn__joint_scale(1);
        for (int i = 0; i < N; i++) {
            double w[D], m[2 * D + 1] = {1}, t = 0, product = 0;
            for (int j = 0; j < d; j++)
                t += units[i * d + j] * u[j], product += rows.mirrors[i * d + j] * u[j];
            for (int j = 0; j < d; j++) w[j] = u[j] - 2 * product * rows.mirrors[i * d + j];
            ck_assert(fabs(w[0] - t) <= 1e-14);
            for (int j = 0; j < d; j++) m[1 + j] = scale * w[j], m[1 + d + j] = scale * scale * t * w[j];
            for (int h = 0; h < 2; h++) {
                int large = 2 * d + 1, small = d + 1;
                cvxnn__joint_spread(&rows, h, coordinates + i * width, entries);
                for (int e = 0; e < large * large; e++)
                    ck_assert(fabs(entries[e] - m[e / large] * m[e % large]) <= 1e-13);
                for (int e = 0; e < small * small; e++)
                    ck_assert(fabs(entries[large * large + e] -
                                   (h ? 1 : -1) * scale * t * m[e / small] * m[e % small]) <= 1e-13);
                /* <T x, e> = <x, T'e> for symmetric e */
                cvxnn__normals(seed, STREAM, 11 + (uint64_t)h, rows.entries, random);
                for (int a = 0; a < large; a++)
                    for (int b = 0; b < a; b++) random[b * large + a] = random[a * large + b];
                for (int a = 0; a < small; a++)
                    for (int b = 0; b < a; b++)
                        random[large * large + b * small + a] = random[large * large + a * small + b];
                cvxnn__joint_gather(&rows, h, random, other);
                double one = cvxnn__dot(rows.entries, entries, random),
                       two = cvxnn__dot(width, coordinates + i * width, other);
                ck_assert(fabs(one - two) <= 1e-11);
            }
        }
        /* sum_i c_i . coordinates_i = the polynomial at u, by its matrix: c made by T' of something symmetric
         */
        for (int i = 0; i < N; i++) memcpy(other + i * width, other, (size_t)width * sizeof *other);
        cvxnn__joint_rows_matrix(&rows, other, image, work);
        double left = cvxnn__dot(N * width, coordinates, other), right = 0;
        for (int64_t r = 0; r < size; r++) /* the lower left block stands for both */
            for (int64_t c = 0; c < size; c++)
                right += (r < d && c >= d ? 0 : r >= d && c < d ? 2 : 1) * image[r * size + c] * v[r] * v[c];
        ck_assert(fabs(left - right) <= 1e-11);
        cvxnn__scope_close(&scope);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(nonsense_proves_nothing) {
    struct fixture f;
    fixture_open(&f, 1);
    struct tiny tiny = tiny_make(31, 3);
    struct cvxnn__instance instance = tiny_instance(&tiny);
    struct cvxnn__certificate certificate;
    struct cvxnn__scope scope;
    cvxnn__scope_open(&scope, &f.memory);
    cvxnn__certificate_take_joint(&scope, tiny.n, tiny.d, 2, &certificate);
    hand_made(&tiny, 31, &certificate);
    static const double nonsense[] = {NAN, INFINITY, -INFINITY, DBL_MAX, -DBL_MAX};
    for (int v = 0; v < 5; v++) {
        double *places[] = {certificate.nu + 1, certificate.factors[0] + 2,
                            certificate.factors[1] + 2 * tiny.n * cvxnn__joint_half(tiny.d) - 1,
                            certificate.matrix[1]};
        for (int p = 0; p < 4; p++) {
            double before = *places[p];
            *places[p] = nonsense[v];
            ck_assert(checked(&f, &instance, &certificate).bound == 0);
            *places[p] = before;
        }
    }
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

CVXNN_SUITE(joint) {
    CVXNN_TEST(what_is_proved_is_true_and_tight);
    CVXNN_TEST(a_row_is_what_its_points_say);
    CVXNN_TEST(rows_see_the_moments_of_a_point);
    CVXNN_TEST(nonsense_proves_nothing);
}
