/*
 * Cone decomposition: the network's weights are taken apart again and held against the definition with plain
 * loops (v - v' = w, both in the cone, outputs, blow-up); that no pair is shorter is proved by the optimality
 * conditions of the convex problem, with multipliers found by a method of the test's own.
 */
#include <math.h>

#include "base/random.h"
#include "convex/decompose.h"
#include "fixture.h"

enum { STREAM = CVXNN__STREAM_BENCH + 30 };

/* A made-up gated solution: every pattern active, w random. */
struct scene {
    struct fixture f;
    int64_t n, d, active, rounds;
    double *x; /* n x d, dense, as posed: scaled, with its constant column */
    struct cvxnn__instance instance;
    struct cvxnn__patterns patterns;
    struct cvxnn__gated gated;
    struct cvxnn__network network;
    double *sharpness; /* active numbers */
    struct cvxnn__decomposition report;
    int32_t status;
};

static double norm(int64_t d, const double *x) {
    double largest = 0, sum = 0;
    for (int64_t j = 0; j < d; j++) largest = fmax(largest, fabs(x[j]));
    for (int64_t j = 0; j < d && largest > 0; j++) sum += (x[j] / largest) * (x[j] / largest);
    return largest * sqrt(sum);
}

/* x is copied; rows as it is, dense. */
static void pose(struct scene *s, int64_t n, int64_t d, const double *x, int64_t threads) {
    fixture_open(&s->f, threads);
    s->n = n, s->d = d, s->rounds = CVXNN__CONE_ROUNDS;
    s->x = malloc((size_t)(n * d) * sizeof *s->x);
    memcpy(s->x, x, (size_t)(n * d) * sizeof *s->x);
    s->instance = instance_of(n, d, s->x, NULL, NULL, 0.5);
}

static void pose_normal(struct scene *s, int64_t n, int64_t d, uint64_t seed, int64_t threads) {
    double *x = malloc((size_t)(n * d) * sizeof *x);
    cvxnn__normals(seed, STREAM, 0, n * d, x);
    pose(s, n, d, x, threads);
    free(x);
}

/* Patterns of the gates (NULL: count sampled ones); w random, on rows [0, active). */
static void activate(struct scene *s, int64_t count, const double *gates) {
    struct cvxnn__context *context = &s->f.context;
    int32_t status = gates ? cvxnn__patterns_from_gates(context, &s->instance.rows, count, gates, s->d,
                                                        &s->patterns)
                           : cvxnn__patterns_sample(context, &s->instance.rows, 9, count, &s->patterns);
    ck_assert_int_eq(status, CVXNN_OK);
    s->active = s->patterns.masks.count;
    s->gated = (struct cvxnn__gated){.active = s->active};
    s->gated.pattern = malloc((size_t)(s->active + 1) * sizeof *s->gated.pattern);
    s->gated.w = malloc((size_t)(s->active * s->d + 1) * sizeof *s->gated.w);
    s->sharpness = malloc((size_t)(s->active + 1) * sizeof *s->sharpness);
    for (int64_t k = 0; k < s->active; k++) s->gated.pattern[k] = k;
    cvxnn__normals(11, STREAM, 1, s->active * s->d, s->gated.w);
}

static void decompose(struct scene *s) {
    s->f.monitor.start = cvxnn__clock();
    s->status = cvxnn__decompose(&s->f.context, &s->instance, &s->patterns, &s->gated, s->rounds, &s->network,
                                 s->sharpness, &s->report);
}

static void clear(struct scene *s) {
    if (s->status >= 0) cvxnn__network_free(&s->network);
    cvxnn__patterns_free(&s->patterns);
    free(s->gated.pattern), free(s->gated.w), free(s->sharpness), free(s->x);
    fixture_close(&s->f);
}

/* +1 or -1 by the bit, 0 for rows that bind nothing. */
static double sign(const struct scene *s, int64_t k, int64_t i) {
    if (norm(s->d, s->x + i * s->d) == 0) return 0;
    if (s->instance.weights && s->instance.weights[i] == 0) return 0;
    return cvxnn__masks_get(&s->patterns.masks, s->gated.pattern[k], i) ? 1 : -1;
}

/* The most by which v leaves the cone of active neuron k, relative to |x_i| |v|. */
static double outside_cone(const struct scene *s, int64_t k, const double *v) {
    double worst = 0, length = norm(s->d, v);
    for (int64_t i = 0; i < s->n && length > 0; i++) {
        const double *x = s->x + i * s->d;
        if (sign(s, k, i) != 0)
            worst = fmax(worst, -sign(s, k, i) * plain_dot(s->d, x, v) / norm(s->d, x) / length);
    }
    return worst;
}

/*
 * The pair of active neuron k, read from the network: neurons stand in the order of the active patterns, v
 * before v', the outputs' signs tell which; *next is the first neuron not yet read. v and v' get d numbers.
 */
static void read_pair(const struct scene *s, int64_t k, int64_t *next, double *v, double *v_prime) {
    const struct cvxnn__network *network = &s->network;
    const double *w = s->gated.w + k * s->d;
    for (int64_t j = 0; j < s->d; j++) v[j] = v_prime[j] = 0;
    for (int part = 0; part < 2; part++) {
        double *out = part == 0 ? v : v_prime;
        double gap = 0;
        for (int64_t j = 0; j < s->d; j++) gap = fmax(gap, fabs(v[j] - v_prime[j] - w[j]));
        if (part == 1 && gap <= 1e-12 * norm(s->d, w)) break; /* v alone is w */
        if (*next == network->neurons || (part == 0 && network->a[*next] < 0)) continue;
        ck_assert(part == 0 ? network->a[*next] > 0 : network->a[*next] < 0);
        for (int64_t j = 0; j < s->d; j++) out[j] = network->u[*next * s->d + j] * fabs(network->a[*next]);
        ck_assert_double_le(fabs(norm(s->d, network->u + *next * s->d) / fabs(network->a[*next]) - 1), 1e-14);
        ++*next;
    }
}

/* Takes the whole network apart; feasible: every part must lie in its cone. Returns the neurons' blow-ups in
 * blowups (active numbers, may be NULL). */
static void check_pairs(const struct scene *s, int feasible, double *blowups) {
    double *v = malloc((size_t)s->d * sizeof *v), *v_prime = malloc((size_t)s->d * sizeof *v_prime);
    double most = 0, sum = 0, weight = 0, violation = 0;
    int64_t next = 0;
    for (int64_t k = 0; k < s->active; k++) {
        const double *w = s->gated.w + k * s->d;
        read_pair(s, k, &next, v, v_prime);
        double size = norm(s->d, v) + norm(s->d, v_prime), gap = 0;
        for (int64_t j = 0; j < s->d; j++) gap = fmax(gap, fabs(v[j] - v_prime[j] - w[j]));
        ck_assert_double_le(gap, 1e-14 * size);
        violation = fmax(violation, fmax(outside_cone(s, k, v), outside_cone(s, k, v_prime)));
        ck_assert_double_le(fabs(s->sharpness[k] * norm(s->d, w) - size), 1e-12 * size);
        if (blowups) blowups[k] = size / norm(s->d, w);
        most = fmax(most, size / norm(s->d, w));
        sum += size, weight += norm(s->d, w);
    }
    ck_assert_int_eq(next, s->network.neurons);
    if (feasible) ck_assert_double_le(violation, 1e-14);
    ck_assert_double_le(fabs(s->report.violation - violation), 1e-14 + 1e-9 * violation);
    ck_assert_double_le(fabs(s->report.blowup_max - most), 1e-12 * most);
    if (weight > 0) ck_assert_double_le(fabs(s->report.blowup_mean - sum / weight), 1e-12 * sum / weight);
    free(v), free(v_prime);
}

/* Outputs of the gated neurons and of the ReLU network on the rows that count agree: to 1e-12, or to 1e-14 of
 * the terms that cancel in the network's. */
static void check_outputs(const struct scene *s, int of_terms) {
    double most = 0, worst = 0, most_terms = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const double *x = s->x + i * s->d;
        double gated = 0, relu = 0, terms = 0;
        if (s->instance.weights && s->instance.weights[i] == 0) continue;
        for (int64_t k = 0; k < s->active; k++)
            if (cvxnn__masks_get(&s->patterns.masks, s->gated.pattern[k], i))
                gated += plain_dot(s->d, x, s->gated.w + k * s->d);
        for (int64_t j = 0; j < s->network.neurons; j++) {
            double term = fmax(plain_dot(s->d, x, s->network.u + j * s->d), 0) * s->network.a[j];
            relu += term;
            terms += fabs(term);
        }
        most = fmax(most, fabs(gated));
        most_terms = fmax(most_terms, terms);
        worst = fmax(worst, fabs(gated - relu));
    }
    ck_assert_double_le(worst, of_terms ? 1e-14 * most_terms : 1e-12 * most);
}

static void check_scene(struct scene *s) {
    ck_assert_int_eq(s->status, CVXNN_OK);
    ck_assert_int_eq(s->network.kind, CVXNN_KIND_RELU);
    ck_assert_int_eq(s->network.features, s->instance.rows.features);
    ck_assert_int_eq(s->network.d, s->d);
    ck_assert_int_eq(s->network.loss, s->instance.loss);
    ck_assert_double_eq(s->network.beta, s->instance.beta);
    ck_assert_ptr_null(s->network.scale);
    check_pairs(s, 1, NULL);
    check_outputs(s, 0);
}

START_TEST(outputs_cones_and_blowup_are_those_of_the_definition) {
    static const int64_t sizes[][3] = {/* n, d, gates */
                                       {1, 1, 4},   {6, 1, 9},    {3, 8, 40},   {40, 2, 60},  {50, 5, 150},
                                       {200, 9, 5}, {30, 40, 20}, {4100, 3, 3}, {9000, 12, 2}};
    for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
        struct scene s;
        pose_normal(&s, sizes[c][0], sizes[c][1], c, 1);
        activate(&s, sizes[c][2], NULL);
        decompose(&s);
        check_scene(&s);
        clear(&s);
    }
}
END_TEST

/* Least |B'm - g| over m >= 0, B count x d, by cyclic descent: the multipliers that would prove optimality.
 */
static double cone_distance(int64_t count, int64_t d, double **b, const double *g) {
    double *m = calloc((size_t)count + 1, sizeof *m), *rest = malloc((size_t)d * sizeof *rest);
    memcpy(rest, g, (size_t)d * sizeof *rest);
    double moved = 1;
    for (int64_t sweep = 0; sweep < 2000000 && moved > 1e-13; sweep++) {
        moved = 0;
        for (int64_t k = 0; k < count; k++) {
            double next = fmax(0, m[k] + plain_dot(d, b[k], rest) / plain_dot(d, b[k], b[k]));
            for (int64_t j = 0; j < d; j++) rest[j] -= (next - m[k]) * b[k][j];
            moved = fmax(moved, fabs(next - m[k]));
            m[k] = next;
        }
    }
    double distance = norm(d, rest);
    free(m), free(rest);
    return distance;
}

/* The gradient of |z + w/2| + |z - w/2| is a non-negative combination of the rows that bind at z. Returns 0
 * when there is no pair. */
static int check_shortest(const struct scene *s, int64_t k, int64_t *next) {
    double v[16], v_prime[16], gradient[16], *binding[512];
    int64_t count = 0;
    read_pair(s, k, next, v, v_prime);
    double first = norm(s->d, v), second = norm(s->d, v_prime);
    if (first == 0 || second == 0) return 0; /* alone: nothing shorter than |w| exists */
    for (int64_t j = 0; j < s->d; j++) gradient[j] = v[j] / first + v_prime[j] / second;
    for (int64_t i = 0; i < s->n; i++) {
        const double *x = s->x + i * s->d;
        double room = sign(s, k, i) * fmin(sign(s, k, i) * plain_dot(s->d, x, v),
                                           sign(s, k, i) * plain_dot(s->d, x, v_prime));
        if (fabs(room) > 1e-11 * (first + second)) continue;
        binding[count] = malloc((size_t)s->d * sizeof(double));
        for (int64_t j = 0; j < s->d; j++) binding[count][j] = sign(s, k, i) * x[j] / norm(s->d, x);
        count++;
    }
    ck_assert_int_gt(count, 0);
    ck_assert_double_le(cone_distance(count, s->d, binding, gradient), 1e-7);
    for (int64_t j = 0; j < count; j++) free(binding[j]);
    return 1;
}

START_TEST(no_pair_is_shorter) {
    static const int64_t sizes[][2] = {{20, 2}, {100, 3}, {60, 4}, {200, 6}, {12, 8}};
    for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
        struct scene s;
        int64_t next = 0, pairs = 0;
        pose_normal(&s, sizes[c][0], sizes[c][1], 50 + c, 1);
        activate(&s, 12, NULL);
        decompose(&s);
        check_scene(&s);
        for (int64_t k = 0; k < s.active; k++) pairs += check_shortest(&s, k, &next);
        ck_assert_int_gt(pairs, s.active / 2);
        clear(&s);
    }
}
END_TEST

/* In the plane a cone has two edges: v and v' are searched on a grid of their own, refined around its best.
 */
static double shortest_in_the_plane(const struct scene *s, int64_t k) {
    const double *w = s->gated.w + k * 2;
    double centre[2] = {0, 0}, width = 400 * norm(2, w), best = INFINITY;
    for (int level = 0; level < 60; level++, width *= 0.6) {
        double around[2] = {centre[0], centre[1]};
        for (int a = -20; a <= 20; a++)
            for (int b = -20; b <= 20; b++) {
                double z[2] = {around[0] + width * a / 20, around[1] + width * b / 20};
                double v[2] = {z[0] + w[0] / 2, z[1] + w[1] / 2},
                       other[2] = {z[0] - w[0] / 2, z[1] - w[1] / 2};
                double length = norm(2, v) + norm(2, other);
                if (length >= best || outside_cone(s, k, v) > 0 || outside_cone(s, k, other) > 0) continue;
                best = length, centre[0] = z[0], centre[1] = z[1];
            }
    }
    return best / norm(2, w);
}

START_TEST(in_the_plane_a_grid_finds_nothing_shorter) {
    struct scene s;
    double blowups[64];
    pose_normal(&s, 7, 2, 77, 1);
    activate(&s, 60, NULL);
    decompose(&s);
    check_scene(&s);
    check_pairs(&s, 1, blowups);
    for (int64_t k = 0; k < s.active; k++) {
        double grid = shortest_in_the_plane(&s, k);
        ck_assert_double_ge(grid, blowups[k] * (1 - 1e-12));
        ck_assert_double_le(grid, blowups[k] * (1 + 1e-2));
    }
    clear(&s);
}
END_TEST

START_TEST(a_vector_in_its_cone_stays_alone) {
    struct scene s;
    pose_normal(&s, 80, 6, 4, 1);
    activate(&s, 10, NULL);
    for (int64_t k = 0; k < s.active; k++) { /* the gate, or its opposite */
        cvxnn__patterns_gate(&s.patterns, k, s.gated.w + k * s.d);
        for (int64_t j = 0; j < s.d; j++) s.gated.w[k * s.d + j] *= k % 2 ? -3 : 0.01;
    }
    decompose(&s);
    check_scene(&s);
    ck_assert_int_eq(s.network.neurons, s.active);
    ck_assert_double_le(s.report.blowup_max, 1 + 1e-15);
    for (int64_t k = 0; k < s.active; k++) ck_assert(k % 2 ? s.network.a[k] < 0 : s.network.a[k] > 0);
    clear(&s);
}
END_TEST

START_TEST(nothing_active_gives_the_zero_network) {
    struct scene s;
    pose_normal(&s, 10, 3, 4, 1);
    activate(&s, 3, NULL);
    s.active = s.gated.active = 0;
    decompose(&s);
    check_scene(&s);
    ck_assert_int_eq(s.network.neurons, 0);
    ck_assert_double_eq(s.report.blowup_max, 0);
    ck_assert_double_eq(s.report.blowup_mean, 0);
    clear(&s);
}
END_TEST

START_TEST(size_of_data_and_weights_does_not_matter) {
    static const double scales[] = {1e-150, 1e-8, 1e8, 1e120};
    for (size_t c = 0; c < 4; c++)
        for (size_t e = 0; e < 4; e++) {
            struct scene s;
            pose_normal(&s, 60, 5, 8, 1);
            activate(&s, 5, NULL);
            for (int64_t i = 0; i < s.n * s.d; i++) s.x[i] *= scales[c];
            for (int64_t k = 0; k < s.active; k++) /* neurons of very different sizes */
                for (int64_t j = 0; j < s.d; j++) s.gated.w[k * s.d + j] *= k % 2 ? scales[e] : 1;
            decompose(&s);
            ck_assert_int_eq(s.status, CVXNN_OK);
            check_pairs(&s, 1, NULL);
            clear(&s);
        }
}
END_TEST

START_TEST(zero_rows_repeated_rows_and_collinear_columns_do_no_harm) {
    enum { N = 120, D = 6 };
    double x[N * D];
    struct scene s;
    cvxnn__normals(21, STREAM, 0, N * D, x);
    for (int64_t i = 0; i < N; i++) {
        double *row = x + i * D;
        row[3] = 0;                   /* a zero column */
        row[4] = 2 * row[0] - row[1]; /* a dependent one */
        if (i % 7 == 0)
            for (int64_t j = 0; j < D; j++) row[j] = 0;
        if (i % 5 == 1 && i > 1)
            for (int64_t j = 0; j < D; j++) row[j] = x[D + j] * (i % 2 ? 1 : -2);
    }
    pose(&s, N, D, x, 1);
    activate(&s, 20, NULL);
    decompose(&s);
    check_scene(&s);
    clear(&s);
}
END_TEST

START_TEST(rows_of_weight_zero_bind_nothing) {
    enum { N = 90, D = 4 };
    struct scene s;
    double weights[N], with[40], without[40];
    for (int64_t i = 0; i < N; i++) weights[i] = i % 3 ? 1 : 0;
    for (int weighted = 0; weighted < 2; weighted++) {
        pose_normal(&s, N, D, 31, 1);
        activate(&s, 20, NULL);
        if (weighted) s.instance.weights = weights;
        decompose(&s);
        check_scene(&s);
        check_pairs(&s, 1, weighted ? without : with);
        clear(&s);
    }
    double saved = 0;
    for (int64_t k = 0; k < s.active; k++) {
        ck_assert_double_le(without[k], with[k] * (1 + 1e-12));
        saved += with[k] - without[k];
    }
    ck_assert_double_gt(saved, 1);
}
END_TEST

/* Rows x and -x that share a bit leave v only the plane x . v = 0, where w has no pair. The other rows must
 * be met all the same, and the violation owned up to. */
START_TEST(what_no_pair_can_meet_is_reported) {
    enum { N = 40, D = 4 };
    double x[N * D], gates[2 * D];
    struct scene s;
    cvxnn__normals(41, STREAM, 0, N * D, x);
    for (int64_t j = 0; j < D; j++) {
        x[j] = j == 0 ? 1 : 0;
        x[D + j] = j == 0 ? -2 : 0;
        x[2 * D + j] = j == 1 ? 1 : 0;
    }
    cvxnn__normals(42, STREAM, 0, 2 * D, gates);
    gates[0] = gates[D] = 0; /* x_0 . g = x_1 . g = 0 */
    gates[D + 1] = 0;        /* and x_2 . g = 0, which its bit allows */
    pose(&s, N, D, x, 1);
    activate(&s, 2, gates);
    ck_assert_int_eq(s.active, 2);
    decompose(&s);
    ck_assert_int_eq(s.status, CVXNN_OK);
    check_pairs(&s, 0, NULL);
    ck_assert_double_gt(s.report.violation, 1e-3);
    double v[D], v_prime[D];
    int64_t next = 0;
    for (int64_t k = 0; k < 2; k++) {
        read_pair(&s, k, &next, v, v_prime);
        for (int64_t i = 2; i < N; i++) {
            ck_assert_double_ge(sign(&s, k, i) * plain_dot(D, s.x + i * D, v),
                                -1e-13 * norm(D, v) * norm(D, s.x + i * D));
            ck_assert_double_ge(sign(&s, k, i) * plain_dot(D, s.x + i * D, v_prime),
                                -1e-13 * norm(D, v_prime) * norm(D, s.x + i * D));
        }
    }
    clear(&s);
}
END_TEST

/* Gates with zeros on data of few values: many products are exactly zero, many rows are each other's
 * opposite. */
START_TEST(gates_on_the_rows_never_fail) {
    enum { N = 150, D = 3, GATES = 40 };
    double x[N * D], gates[GATES * D];
    struct scene s;
    cvxnn__normals(43, STREAM, 0, N * D, x);
    cvxnn__normals(44, STREAM, 0, GATES * D, gates);
    for (int64_t e = 0; e < N * D; e++) x[e] = round(1.2 * x[e]);
    for (int64_t e = 0; e < GATES * D; e++) gates[e] = round(gates[e]);
    pose(&s, N, D, x, 1);
    activate(&s, GATES, gates);
    decompose(&s);
    ck_assert_int_eq(s.status, CVXNN_OK);
    check_pairs(&s, 0, NULL);
    ck_assert(isfinite(s.report.blowup_max));
    clear(&s);
}
END_TEST

/* The same numbers as float columns with gaps, scaled, with a constant column. */
START_TEST(layout_and_bias_do_not_matter) {
    enum { N = 130, FEATURES = 5, D = FEATURES + 1, TALL = N + 7 };
    static float raw[TALL * FEATURES];
    double x[N * D], center[FEATURES], scale[FEATURES], numbers[N * FEATURES];
    struct scene s;
    cvxnn__normals(51, STREAM, 0, N * FEATURES, numbers);
    for (int64_t j = 0; j < FEATURES; j++) center[j] = 0.1 * (double)j, scale[j] = 1 + 0.5 * (double)j;
    for (int64_t e = 0; e < TALL * FEATURES; e++) raw[e] = NAN;
    for (int64_t i = 0; i < N; i++) {
        for (int64_t j = 0; j < FEATURES; j++) {
            raw[j * TALL + i] = (float)numbers[i * FEATURES + j];
            x[i * D + j] = ((double)raw[j * TALL + i] - center[j]) / scale[j];
        }
        x[i * D + FEATURES] = 1;
    }
    pose(&s, N, D, x, 1);
    s.instance.rows = (struct cvxnn__rows){.n = N,
                                           .d = D,
                                           .features = FEATURES,
                                           .values = raw,
                                           .is_float = 1,
                                           .row_stride = 1,
                                           .column_stride = TALL,
                                           .center = center,
                                           .scale = scale};
    activate(&s, 15, NULL);
    decompose(&s);
    check_scene(&s);
    ck_assert_int_eq(s.network.bias, CVXNN_BIAS_PENALIZED);
    clear(&s);
}
END_TEST

START_TEST(threads_give_the_same_bits) {
    struct scene s, alone;
    pose_normal(&alone, 5000, 6, 61, 1);
    activate(&alone, 150, NULL);
    decompose(&alone);
    check_scene(&alone);
    for (int64_t threads = 2; threads <= 3; threads++) {
        pose_normal(&s, 5000, 6, 61, threads);
        activate(&s, 150, NULL);
        decompose(&s);
        ck_assert_int_eq(s.network.neurons, alone.network.neurons);
        size_t count = (size_t)s.network.neurons;
        ck_assert_mem_eq(s.network.u, alone.network.u, count * 6 * sizeof(double));
        ck_assert_mem_eq(s.network.a, alone.network.a, count * sizeof(double));
        ck_assert_mem_eq(&s.report, &alone.report, sizeof s.report);
        clear(&s);
    }
    clear(&alone);
}
END_TEST

START_TEST(a_stop_still_gives_a_feasible_network) {
    atomic_int cancel;
    struct scene s;
    for (int kind = 0; kind < 3; kind++) { /* cancelled before, out of time, stopped by the first event */
        pose_normal(&s, 300, 5, 71, 2);
        activate(&s, 150, NULL);
        atomic_init(&cancel, 1);
        if (kind == 0) s.f.monitor.cancel = &cancel;
        if (kind == 1) s.f.monitor.max_seconds = 1e-9;
        if (kind == 2) s.f.events = 0, s.f.stop_at = 1;
        decompose(&s);
        ck_assert_int_eq(s.status, kind == 1 ? CVXNN_STOPPED_SECONDS : CVXNN_STOPPED_CANCELLED);
        check_pairs(&s, 1, NULL);
        check_outputs(&s, 1);
        s.f.monitor.cancel = NULL;
        clear(&s);
    }
}
END_TEST

START_TEST(running_out_of_memory_leaves_nothing_behind) {
    for (int on = 0; on < 2; on++)
        for (int64_t k = 1;; k++) {
            struct scene s;
            pose_normal(&s, 50, 4, 81, 2);
            activate(&s, 10, NULL);
            int64_t blocks = s.f.blocks;
            s.f.fail_at = k, s.f.fail_on = on;
            decompose(&s);
            int failed = s.status < 0;
            s.f.fail_at = 0;
            if (failed) {
                ck_assert_int_eq(s.status, CVXNN_ERROR_MEMORY);
                ck_assert_int_eq(s.f.blocks, blocks);
                ck_assert_int_gt((int)strlen(s.f.context.message), 0);
            } else {
                check_scene(&s);
            }
            clear(&s);
            if (!failed) {
                ck_assert_int_gt(k, 5);
                break;
            }
        }
}
END_TEST

/* A neuron that the budget of rounds leaves outside is in its cones all the same, at a larger blow-up; each
 * network computes the same outputs. */
START_TEST(fewer_rounds_are_feasible_and_never_shorter) {
    static const int64_t rounds[] = {0, 1, 2, 5, CVXNN__CONE_ROUNDS};
    double blowups[5][40], mean[5];
    for (size_t c = 0; c < 5; c++) {
        struct scene s;
        pose_normal(&s, 150, 6, 13, 1);
        s.rounds = rounds[c];
        activate(&s, 40, NULL);
        decompose(&s);
        ck_assert_int_eq(s.status, CVXNN_OK);
        check_scene(&s);
        check_pairs(&s, 1, blowups[c]);
        mean[c] = s.report.blowup_mean;
        clear(&s);
    }
    for (size_t c = 0; c < 4; c++)
        for (int k = 0; k < 40; k++) ck_assert_double_ge(blowups[c][k], blowups[4][k] * (1 - 1e-12));
    ck_assert_double_gt(mean[0], 1.5 * mean[4]);
    ck_assert_double_lt(mean[2], mean[0]);
}
END_TEST

CVXNN_SUITE(decompose) {
    CVXNN_TEST(outputs_cones_and_blowup_are_those_of_the_definition);
    CVXNN_TEST(no_pair_is_shorter);
    CVXNN_TEST(in_the_plane_a_grid_finds_nothing_shorter);
    CVXNN_TEST(fewer_rounds_are_feasible_and_never_shorter);
    CVXNN_TEST(a_vector_in_its_cone_stays_alone);
    CVXNN_TEST(nothing_active_gives_the_zero_network);
    CVXNN_TEST(size_of_data_and_weights_does_not_matter);
    CVXNN_TEST(zero_rows_repeated_rows_and_collinear_columns_do_no_harm);
    CVXNN_TEST(rows_of_weight_zero_bind_nothing);
    CVXNN_TEST(what_no_pair_can_meet_is_reported);
    CVXNN_TEST(gates_on_the_rows_never_fail);
    CVXNN_TEST(layout_and_bias_do_not_matter);
    CVXNN_TEST(threads_give_the_same_bits);
    CVXNN_TEST(a_stop_still_gives_a_feasible_network);
    CVXNN_TEST(running_out_of_memory_leaves_nothing_behind);
}
