/*
 * The linear system of a Newton step, solved on the side of the rows, against Gaussian elimination on the
 * matrix written out.
 */
#include <math.h>

#include "base/random.h"
#include "convex/gated_rows.h"
#include "fixture.h"

enum { STREAM = CVXNN__STREAM_BENCH + 2 };

/* A system in plain arrays: masks count x n of 0 and 1. */
struct plain {
    int64_t n, d, count, size;
    double unit; /* of x */
    double *x, *curvature, *mask, *a, *b, *v,
        *r;                    /* n x d, n, count x n, count, count, count x d, count x d */
    double *matrix, *solution; /* size x size, size = count x d */
};

static double *numbers(int64_t count) {
    double *block = calloc((size_t)count + 1, sizeof *block);
    ck_assert(block != NULL);
    return block;
}

/* X' D_p C D_q X + [p = q] (a_p I - b_p v_p v_p') */
static void fill(struct plain *plain) {
    for (int64_t row = 0; row < plain->size; row++)
        for (int64_t col = 0; col < plain->size; col++) {
            int64_t p = row / plain->d, j = row % plain->d, q = col / plain->d, k = col % plain->d;
            double entry = p == q ? (j == k ? plain->a[p] : 0) -
                                        plain->b[p] * plain->v[p * plain->d + j] * plain->v[p * plain->d + k]
                                  : 0;
            for (int64_t i = 0; i < plain->n; i++)
                entry += plain->mask[p * plain->n + i] * plain->mask[q * plain->n + i] * plain->curvature[i] *
                         plain->x[i * plain->d + j] * plain->x[i * plain->d + k];
            plain->matrix[row * plain->size + col] = entry;
        }
}

/* solution = matrix^-1 r, by elimination without pivoting (the matrix is positive definite) on a copy. */
static void eliminate(struct plain *plain) {
    int64_t m = plain->size;
    double *work = numbers(m * m);
    memcpy(work, plain->matrix, (size_t)(m * m) * sizeof *work);
    memcpy(plain->solution, plain->r, (size_t)m * sizeof *plain->r);
    for (int64_t k = 0; k < m; k++)
        for (int64_t i = k + 1; i < m; i++) {
            double factor = work[i * m + k] / work[k * m + k];
            for (int64_t j = k; j < m; j++) work[i * m + j] -= factor * work[k * m + j];
            plain->solution[i] -= factor * plain->solution[k];
        }
    for (int64_t i = m - 1; i >= 0; i--) {
        for (int64_t j = i + 1; j < m; j++) plain->solution[i] -= work[i * m + j] * plain->solution[j];
        plain->solution[i] /= work[i * m + i];
    }
    free(work);
}

/* Random masks; a_p from 1e-2 to 1e2 times unit^2 / n, e_p = a_p - b_p from 1e-4 of that to all of it. */
static void make(struct plain *plain, int64_t n, int64_t d, int64_t count, double unit) {
    *plain = (struct plain){.n = n, .d = d, .count = count, .size = count * d, .unit = unit};
    plain->x = normals(5, STREAM, 1, n * d);
    plain->mask = normals(5, STREAM, 2, count * n);
    plain->v = normals(5, STREAM, 3, count * d);
    plain->r = normals(5, STREAM, 4, count * d);
    plain->curvature = numbers(n);
    plain->a = numbers(count);
    plain->b = numbers(count);
    plain->matrix = numbers(plain->size * plain->size);
    plain->solution = numbers(plain->size);
    for (int64_t e = 0; e < n * d; e++) plain->x[e] *= unit;
    for (int64_t e = 0; e < count * n; e++) plain->mask[e] = plain->mask[e] > 0;
    for (int64_t i = 0; i < n; i++) plain->curvature[i] = i % 7 == 3 ? 0 : (1 + (double)(i % 3)) / (double)n;
    for (int64_t p = 0; p < count; p++) {
        double norm = 0;
        for (int64_t j = 0; j < d; j++) norm += plain->v[p * d + j] * plain->v[p * d + j];
        for (int64_t j = 0; j < d; j++) plain->v[p * d + j] /= sqrt(norm);
        plain->a[p] = unit * unit * pow(10, (double)(p % 5) - 2);
        plain->b[p] = plain->a[p] * (1 - pow(10, -4 * (double)(p % 3) / 2));
    }
    fill(plain);
    eliminate(plain);
}

static void drop(struct plain *plain) {
    double *blocks[] = {plain->x, plain->curvature, plain->mask,   plain->a,       plain->b,
                        plain->v, plain->r,         plain->matrix, plain->solution};
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) free(blocks[b]);
}

/* A system, and the same for the library: newton and what it points to, owned by scope. */
struct scene {
    struct fixture f;
    struct cvxnn__scope scope;
    struct plain plain;
    struct cvxnn__instance instance;
    struct cvxnn__restricted program;
    struct cvxnn__newton newton;
};

static void pose(struct scene *s) {
    const struct plain *plain = &s->plain;
    struct cvxnn__newton *newton = &s->newton;
    s->instance = (struct cvxnn__instance){.rows = cvxnn__rows_of(plain->n, plain->d, plain->x, plain->d)};
    s->program = (struct cvxnn__restricted){
        .context = &s->f.context, .instance = &s->instance, .count = plain->count};
    *newton = (struct cvxnn__newton){
        .program = &s->program, .scope = &s->scope, .n = plain->n, .d = plain->d, .count = plain->count};
    double **tall[] = {&newton->change, &newton->y, &newton->part, &newton->rest};
    double **wide[] = {&newton->s, &newton->z, &newton->image, &newton->y_g};
    for (size_t a = 0; a < sizeof tall / sizeof *tall; a++)
        *tall[a] = cvxnn__take_zeroed(&s->scope, plain->n, 1, (int64_t)sizeof(double));
    for (size_t a = 0; a < sizeof wide / sizeof *wide; a++)
        *wide[a] = cvxnn__take_zeroed(&s->scope, plain->count, plain->d, (int64_t)sizeof(double));
    newton->curvature = plain->curvature;
    newton->a = plain->a;
    newton->b = plain->b;
    newton->v = plain->v;
    newton->r = plain->r;
    cvxnn__masks_take(&s->scope, plain->n, plain->count, &newton->masks);
    ck_assert(!s->scope.failed);
    for (int64_t p = 0; p < plain->count; p++)
        for (int64_t i = 0; i < plain->n; i++)
            newton->masks.words[i / CVXNN__MASK_ROWS * plain->count + p] |=
                (uint64_t)(plain->mask[p * plain->n + i] > 0) << (i % CVXNN__MASK_ROWS);
}

static void open_scene(struct scene *s, int64_t threads, int64_t n, int64_t d, int64_t count, double unit) {
    fixture_open(&s->f, threads);
    cvxnn__scope_open(&s->scope, &s->f.memory);
    make(&s->plain, n, d, count, unit);
    pose(s);
}

static void close_scene(struct scene *s) {
    cvxnn__scope_close(&s->scope);
    drop(&s->plain);
    fixture_close(&s->f);
}

/* sqrt(s' matrix s) */
static double energy(const struct plain *plain, const double *s) {
    double sum = 0;
    for (int64_t i = 0; i < plain->size; i++)
        for (int64_t j = 0; j < plain->size; j++) sum += s[i] * plain->matrix[i * plain->size + j] * s[j];
    return sqrt(sum);
}

/* sum_p D_p X s_p in row i */
static double forward(const struct plain *plain, const double *s, int64_t i) {
    double sum = 0;
    for (int64_t p = 0; p < plain->count; p++)
        for (int64_t j = 0; j < plain->d; j++)
            sum += plain->mask[p * plain->n + i] * plain->x[i * plain->d + j] * s[p * plain->d + j];
    return sum;
}

/* y_g = X'D_p y, in single precision */
static void check_gradient(const struct plain *plain, const struct cvxnn__newton *newton) {
    for (int64_t p = 0; p < plain->count; p++)
        for (int64_t j = 0; j < plain->d; j++) {
            double sum = 0, size = 0;
            for (int64_t i = 0; i < plain->n; i++) {
                double term = plain->mask[p * plain->n + i] * plain->x[i * plain->d + j] * newton->y[i];
                sum += term, size += fabs(term);
            }
            /* errors of single precision add up over the products; they are relative to the largest y */
            ck_assert_double_le(fabs(newton->y_g[p * plain->d + j] - sum), 1e-4 * size);
        }
}

static void check(const struct plain *plain, const struct cvxnn__newton *newton, double accuracy) {
    double *error = numbers(plain->size), size = energy(plain, plain->solution), largest = 0;
    for (int64_t e = 0; e < plain->size; e++) error[e] = newton->s[e] - plain->solution[e];
    ck_assert_double_le(energy(plain, error), accuracy * size);
    check_gradient(plain, newton);
    for (int64_t i = 0; i < plain->n; i++) largest = fmax(largest, fabs(newton->change[i]));
    for (int64_t i = 0; i < plain->n; i++) {
        double change = forward(plain, newton->s, i);
        ck_assert_double_le(fabs(newton->change[i] - change), 1e-10 * largest);
        /* |C^-1/2 (y - C A s)| <= accuracy |s| in the norm of the matrix */
        if (plain->curvature[i] > 0)
            ck_assert_double_le(fabs(newton->y[i] - plain->curvature[i] * change) / sqrt(plain->curvature[i]),
                                2 * accuracy * size);
        else
            ck_assert(newton->y[i] == 0);
    }
    free(error);
}

START_TEST(elimination_agrees) {
    static const struct {
        int64_t n, d, count;
        double unit;
    } cases[] = {{1, 1, 1, 1},   {3, 2, 5, 1},      {20, 3, 12, 1},     {50, 4, 20, 1},
                 {97, 5, 30, 1}, {40, 3, 30, 1e12}, {40, 3, 30, 1e-12}, {1100, 2, 3, 1}};
    static const double accuracies[] = {0.1, 1e-2, 1e-4};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t k = 0; k < sizeof accuracies / sizeof *accuracies; k++)
            for (int guessed = 0; guessed < 2; guessed++) {
                struct scene scene;
                open_scene(&scene, 1, cases[c].n, cases[c].d, cases[c].count, cases[c].unit);
                double *guess = normals(5, STREAM, 6, scene.plain.n);
                for (int64_t i = 0; i < scene.plain.n; i++)
                    guess[i] /= (double)scene.plain.n * scene.plain.unit;
                ck_assert_int_eq(
                    cvxnn__newton_solve_rows(&scene.newton, guessed ? guess : NULL, accuracies[k]), CVXNN_OK);
                check(&scene.plain, &scene.newton, accuracies[k]);
                free(guess);
                close_scene(&scene);
            }
}
END_TEST

/* What the dual vector is for: where e_p is small, v_p'(X'D_p y) - e_p t_p = v_p'r_p with t_p = -v_p's_p
 * holds however roughly the rest is solved. */
START_TEST(radial_equations_hold_at_any_accuracy) {
    struct scene scene;
    const struct plain *plain = &scene.plain;
    open_scene(&scene, 1, 60, 4, 25, 1);
    ck_assert_int_eq(cvxnn__newton_solve_rows(&scene.newton, NULL, 0.5), CVXNN_OK);
    int64_t held = 0;
    for (int64_t p = 0; p < plain->count; p++) {
        double left = 0, right = 0, along = 0, e = plain->a[p] - plain->b[p];
        if (e > 1e-2) continue;
        for (int64_t j = 0; j < plain->d; j++) {
            double v = plain->v[p * plain->d + j];
            for (int64_t i = 0; i < plain->n; i++)
                left += v * plain->mask[p * plain->n + i] * plain->x[i * plain->d + j] * scene.newton.y[i];
            right += v * plain->r[p * plain->d + j];
            along += v * scene.newton.s[p * plain->d + j];
        }
        ck_assert_double_eq_tol(left + e * along, right, 1e-5 * (fabs(right) + fabs(e * along) + 1));
        held++;
    }
    ck_assert_int_ge(held, 8);
    close_scene(&scene);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits) {
    double *first = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        struct scene scene;
        open_scene(&scene, threads, 300, 9, 20, 1);
        ck_assert_int_eq(cvxnn__newton_solve_rows(&scene.newton, NULL, 1e-3), CVXNN_OK);
        if (!first) {
            first = numbers(scene.plain.size);
            memcpy(first, scene.newton.s, (size_t)scene.plain.size * sizeof *first);
        }
        ck_assert(!memcmp(first, scene.newton.s, (size_t)scene.plain.size * sizeof *first));
        close_scene(&scene);
    }
    free(first);
}
END_TEST

START_TEST(failing_memory_leaves_nothing) {
    struct scene scene;
    open_scene(&scene, 1, 20, 3, 12, 1);
    int32_t status = CVXNN_ERROR_MEMORY;
    int64_t blocks = scene.f.blocks, k = 0;
    while (status) {
        scene.f.fail_at = ++k;
        status = cvxnn__newton_solve_rows(&scene.newton, NULL, 0.1);
        ck_assert(status == CVXNN_OK || status == CVXNN_ERROR_MEMORY);
        ck_assert_int_eq(scene.f.blocks,
                         blocks + (scene.newton.tall != NULL)); /* which is kept for the next system */
    }
    ck_assert_int_gt(k, 20);
    close_scene(&scene);
}
END_TEST

CVXNN_SUITE(gated_rows) {
    CVXNN_TEST(elimination_agrees);
    CVXNN_TEST(radial_equations_hold_at_any_accuracy);
    CVXNN_TEST(any_number_of_threads_gives_the_same_bits);
    CVXNN_TEST(failing_memory_leaves_nothing);
}
