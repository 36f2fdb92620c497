/*
 * The nearest point of a polyhedron: held against the conditions of Karush, Kuhn and Tucker, recomputed with
 * plain loops, which prove a point optimal; small ones against the best of all faces, enumerated.
 */
#include <math.h>

#include "base/random.h"
#include "convex/project.h"
#include "fixture.h"

enum { STREAM = CVXNN__STREAM_BENCH + 20 };

/* A random constraint that the point `inside` meets with some room. */
static void add_random(struct cvxnn__projection *p, uint64_t seed, int64_t number, const double *inside) {
    double room, *a = cvxnn__projection_add(p, number, 0);
    cvxnn__normals(seed, STREAM, (uint64_t)number, p->d, a);
    double length = sqrt(plain_dot(p->d, a, a));
    for (int64_t j = 0; j < p->d; j++) a[j] /= length;
    cvxnn__uniforms(seed, STREAM + 1, (uint64_t)number, 1, &room);
    p->b[p->count - 1] = plain_dot(p->d, a, inside) - room;
}

/* z meets every constraint that was not refused, and z - c is a combination of active normals with
 * multipliers >= 0: z is the nearest point. */
static void check_optimal(const struct cvxnn__projection *p, const double *c) {
    int64_t d = p->d;
    double size = 1 + sqrt(plain_dot(d, p->z, p->z)) + sqrt(plain_dot(d, c, c));
    for (int64_t j = 0; j < p->count; j++)
        if (p->state[j] != CVXNN__CONSTRAINT_REFUSED)
            ck_assert_double_ge(plain_dot(d, p->a + j * d, p->z) - p->b[j], -1e-13 * size);
    double *rest = malloc((size_t)d * sizeof *rest), largest = 0;
    for (int64_t j = 0; j < d; j++) rest[j] = p->z[j] - c[j];
    for (int64_t k = 0; k < p->basis.count; k++) {
        int64_t j = p->working[k];
        ck_assert_int_eq(p->state[j], CVXNN__CONSTRAINT_WORKING);
        ck_assert_double_ge(p->multiplier[k], 0);
        ck_assert_double_le(fabs(plain_dot(d, p->a + j * d, p->z) - p->b[j]), 1e-13 * size);
        largest = fmax(largest, p->multiplier[k]);
        for (int64_t m = 0; m < d; m++) rest[m] -= p->multiplier[k] * p->a[j * d + m];
    }
    ck_assert_double_le(sqrt(plain_dot(d, rest, rest)), 1e-12 * (size + largest));
    free(rest);
}

static double spread(int64_t k, double low, double high) {
    double u;
    cvxnn__uniforms(5, STREAM + 2, (uint64_t)k, 1, &u);
    return low + (high - low) * u;
}

START_TEST(random_polyhedra_are_solved_optimally) {
    for (int64_t k = 0; k < 300; k++) {
        struct fixture f;
        struct cvxnn__scope scope;
        struct cvxnn__projection p;
        fixture_open(&f, 1);
        cvxnn__scope_open(&scope, &f.memory);
        int64_t d = 1 + k % 23, most = 1 + k % 71;
        double *inside = cvxnn__doubles(&scope, d, 1), *c = cvxnn__doubles(&scope, d, 1);
        cvxnn__projection_take(&scope, d, most, &p);
        ck_assert(!scope.failed);
        cvxnn__normals(1, STREAM + 3, (uint64_t)k, d, inside);
        for (int64_t j = 0; j < most; j++) {
            add_random(&p, (uint64_t)k, j, inside);
            if (j % 3) continue; /* constraints come between moves of c */
            cvxnn__normals(2, STREAM + 3, (uint64_t)(100 * k + j), d, c);
            for (int64_t m = 0; m < d; m++) c[m] *= spread(k, 0, 9);
            ck_assert_int_eq(cvxnn__project(&p, c), 1);
            check_optimal(&p, c);
            if (p.count == most) break;
            if (j % 2) cvxnn__projection_shrink(&p);
        }
        for (int64_t j = 0; j < p.count; j++) ck_assert_int_ne(p.state[j], CVXNN__CONSTRAINT_REFUSED);
        cvxnn__scope_close(&scope);
        fixture_close(&f);
    }
}
END_TEST

/* The nearest point to c on the face of constraints i and j (or -1) of a polyhedron in the plane. */
static int on_face(const struct cvxnn__projection *p, int64_t i, int64_t j, const double *c, double *z) {
    const double *a = i < 0 ? NULL : p->a + 2 * i, *b = j < 0 ? NULL : p->a + 2 * j;
    z[0] = c[0], z[1] = c[1];
    if (a && b) {
        double determinant = a[0] * b[1] - a[1] * b[0];
        if (fabs(determinant) < 1e-9) return 0;
        z[0] = (p->b[i] * b[1] - p->b[j] * a[1]) / determinant;
        z[1] = (p->b[j] * a[0] - p->b[i] * b[0]) / determinant;
    } else if (a) {
        double step = p->b[i] - plain_dot(2, a, c);
        z[0] += step * a[0], z[1] += step * a[1];
    }
    return 1;
}

START_TEST(in_the_plane_no_face_has_a_nearer_point) {
    for (int64_t k = 0; k < 400; k++) {
        struct fixture f;
        struct cvxnn__scope scope;
        struct cvxnn__projection p;
        double inside[2], c[2], z[2], best = INFINITY;
        fixture_open(&f, 1);
        cvxnn__scope_open(&scope, &f.memory);
        cvxnn__projection_take(&scope, 2, 9, &p);
        cvxnn__normals(3, STREAM + 3, (uint64_t)k, 2, inside);
        cvxnn__normals(4, STREAM + 3, (uint64_t)k, 2, c);
        c[0] *= 5, c[1] *= 5;
        for (int64_t j = 0; j < 9; j++) add_random(&p, (uint64_t)(k + 1000), j, inside);
        ck_assert_int_eq(cvxnn__project(&p, c), 1);
        check_optimal(&p, c);
        for (int64_t i = -1; i < 9; i++)
            for (int64_t j = -1; j < i || (i < 0 && j < 0); j++) {
                if (!on_face(&p, i, j, c, z)) continue;
                int feasible = 1;
                for (int64_t m = 0; m < 9; m++) feasible &= plain_dot(2, p.a + 2 * m, z) >= p.b[m] - 1e-9;
                if (feasible) best = fmin(best, hypot(z[0] - c[0], z[1] - c[1]));
            }
        ck_assert_double_le(fabs(hypot(p.z[0] - c[0], p.z[1] - c[1]) - best), 1e-9);
        cvxnn__scope_close(&scope);
        fixture_close(&f);
    }
}
END_TEST

START_TEST(what_cannot_be_met_is_refused_and_the_rest_solved) {
    static const double normals[][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, 1}, {0.6, 0.8}, {-1, 0}};
    static const double b[] = {1, 1, 2, 3, 1, -1.5}; /* x >= 1, x <= -1, y >= 2, y >= 3, ..., x <= 1.5 */
    static const double c[2] = {0.5, 0};
    struct fixture f;
    struct cvxnn__scope scope;
    struct cvxnn__projection p;
    fixture_open(&f, 1);
    cvxnn__scope_open(&scope, &f.memory);
    cvxnn__projection_take(&scope, 2, 6, &p);
    for (int64_t j = 0; j < 6; j++) {
        double *a = cvxnn__projection_add(&p, j, b[j]);
        a[0] = normals[j][0], a[1] = normals[j][1];
    }
    ck_assert_int_eq(cvxnn__project(&p, c), 1);
    check_optimal(&p, c);
    int refused = 0;
    for (int64_t j = 0; j < 6; j++) refused += p.state[j] == CVXNN__CONSTRAINT_REFUSED;
    ck_assert_int_eq(refused, 1);
    ck_assert(p.state[0] == CVXNN__CONSTRAINT_REFUSED || p.state[1] == CVXNN__CONSTRAINT_REFUSED);
    ck_assert_double_le(fabs(p.z[1] - 3), 1e-15);
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

START_TEST(near_duplicates_and_thin_polyhedra_are_met_to_rounding) {
    static const double angles[] = {1e-1, 1e-4, 1e-7};
    for (size_t k = 0; k < sizeof angles / sizeof *angles; k++) {
        struct fixture f;
        struct cvxnn__scope scope;
        struct cvxnn__projection p;
        double c[3] = {1, -2, 0.5};
        fixture_open(&f, 1);
        cvxnn__scope_open(&scope, &f.memory);
        cvxnn__projection_take(&scope, 3, 12, &p);
        for (int64_t j = 0; j < 12; j++) { /* a wedge along the first axis, and copies of its walls */
            double *a = cvxnn__projection_add(&p, j, 0.25 + 0.01 * (double)(j / 3));
            a[0] = sin(angles[k]), a[1] = (j % 2 ? 1 : -1) * cos(angles[k]), a[2] = 0;
        }
        ck_assert_int_eq(cvxnn__project(&p, c), 1);
        check_optimal(&p, c);
        for (int64_t j = 0; j < 12; j++) ck_assert_int_ne(p.state[j], CVXNN__CONSTRAINT_REFUSED);
        cvxnn__scope_close(&scope);
        fixture_close(&f);
    }
}
END_TEST

/* c = -sum_j m_j a_j with m > 0 has no point of the cone a_j . z >= 0 nearer than 0. Elsewhere, ended early,
 * z is no longer than was asked for, and no shorter than the nearest point of the whole cone. */
START_TEST(cones_are_left_at_zero_or_early) {
    for (int64_t k = 0; k < 300; k++) {
        struct fixture f;
        struct cvxnn__scope scope;
        struct cvxnn__projection p;
        int64_t d = 2 + k % 12, most = 4 * d;
        fixture_open(&f, 1);
        cvxnn__scope_open(&scope, &f.memory);
        double *c = cvxnn__doubles(&scope, d, 1), *origin = cvxnn__doubles(&scope, d, 1);
        cvxnn__projection_take(&scope, d, most, &p);
        ck_assert(!scope.failed);
        for (int64_t m = 0; m < d; m++) c[m] = origin[m] = 0;
        for (int64_t j = 0; j < most; j++) {
            add_random(&p, (uint64_t)(k + 2000), j, origin);
            p.b[j] = 0;
            for (int64_t m = 0; m < d; m++) c[m] -= spread(k + j, 0.5, 2) * p.a[j * d + m];
        }
        ck_assert_int_eq(cvxnn__project(&p, c), 1);
        ck_assert_double_le(sqrt(plain_dot(d, p.z, p.z)), 1e-14 * sqrt(plain_dot(d, c, c)));
        for (int64_t j = 0; j < most; j++) ck_assert_int_ne(p.state[j], CVXNN__CONSTRAINT_REFUSED);
        for (int64_t m = 0; m < d; m++) c[m] -= 10 * p.a[m] - 30 * p.a[d + m];
        ck_assert_int_eq(cvxnn__project(&p, c), 1);
        check_optimal(&p, c);
        double size = sqrt(plain_dot(d, p.z, p.z));
        p.enough = spread(k, 0.5, 1) * sqrt(plain_dot(d, c, c));
        p.count = p.basis.count = 0;
        for (int64_t j = 0; j < most; j++) cvxnn__projection_add(&p, j, 0);
        ck_assert_int_eq(cvxnn__project(&p, c), 1);
        double early = sqrt(plain_dot(d, p.z, p.z));
        ck_assert_double_ge(early, size * (1 - 1e-13));
        ck_assert(early <= p.enough || early <= size * (1 + 1e-13));
        cvxnn__scope_close(&scope);
        fixture_close(&f);
    }
}
END_TEST

/* |N - L Q| and |Q Q' - I| of a basis whose vectors are known. */
static double defect(const struct cvxnn__basis *basis, double **vectors) {
    int64_t d = basis->d, most = basis->most;
    double worst = 0;
    for (int64_t j = 0; j < basis->count; j++) {
        for (int64_t m = 0; m < d; m++) {
            double sum = 0;
            for (int64_t i = 0; i <= j; i++) sum += basis->l[j * most + i] * basis->q[i * d + m];
            worst = fmax(worst, fabs(sum - vectors[j][m]));
        }
        for (int64_t i = 0; i <= j; i++)
            worst = fmax(worst, fabs(plain_dot(d, basis->q + i * d, basis->q + j * d) - (i == j)));
    }
    return worst;
}

START_TEST(a_basis_stays_a_factorisation_as_vectors_come_and_go) {
    enum { D = 19, MOST = 12, STEPS = 3000 };
    struct fixture f;
    struct cvxnn__scope scope;
    struct cvxnn__basis basis;
    double *vectors[MOST], inside[MOST], outside[D], chance;
    fixture_open(&f, 1);
    cvxnn__scope_open(&scope, &f.memory);
    cvxnn__basis_take(&scope, D, MOST, &basis);
    double *store = cvxnn__doubles(&scope, STEPS, D);
    ck_assert(!scope.failed);
    for (int64_t step = 0; step < STEPS; step++) {
        cvxnn__uniforms(6, STREAM + 4, (uint64_t)step, 1, &chance);
        if (basis.count < MOST && (basis.count == 0 || chance < 0.55)) {
            double *vector = store + step * D;
            cvxnn__normals(7, STREAM + 4, (uint64_t)step, D, vector);
            double height = cvxnn__basis_split(&basis, vector, inside, outside);
            ck_assert_double_gt(height, 0.1);
            vectors[basis.count] = vector;
            cvxnn__basis_add(&basis, inside, outside, height);
        } else {
            int64_t j = (int64_t)(chance * 1e6) % basis.count;
            cvxnn__basis_drop(&basis, j);
            for (int64_t k = j; k < basis.count; k++) vectors[k] = vectors[k + 1];
        }
        ck_assert_double_le(defect(&basis, vectors), 1e-12);
    }
    cvxnn__scope_close(&scope);
    fixture_close(&f);
}
END_TEST

CVXNN_SUITE(project) {
    CVXNN_TEST(random_polyhedra_are_solved_optimally);
    CVXNN_TEST(in_the_plane_no_face_has_a_nearer_point);
    CVXNN_TEST(what_cannot_be_met_is_refused_and_the_rest_solved);
    CVXNN_TEST(cones_are_left_at_zero_or_early);
    CVXNN_TEST(near_duplicates_and_thin_polyhedra_are_met_to_rounding);
    CVXNN_TEST(a_basis_stays_a_factorisation_as_vectors_come_and_go);
}
