/*
 * The optimum of (NN) for tiny problems. See oracle.h. All in double: long double has no more digits on some
 * machines, nor under valgrind.
 *
 * Cells: every cell of the arrangement of a matrix of rank d has a vertex, a direction orthogonal to d - 1
 * independent rows. Around a vertex the cells are those of the arrangement, one dimension lower, of the rows
 * that vanish there. Their closures cover the sphere, so that no lower-dimensional cell is needed; a pattern
 * too many would do no harm either, since its cone constraints make every neuron a true one.
 */
#include "oracle.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ROWS = ORACLE_MOST_ROWS, DIM = ORACLE_MOST_COLUMNS, CELLS = ROWS * ROWS, BLOCKS = 2 * CELLS };

/* Sines of angles below this count as 0 in the enumeration. */
static const double PARALLEL = 1e-13;

/* The problem scaled so that the largest row and the targets are of size 1: rows of weight 0 are left out. */
struct problem {
    int n, d;
    double x[ROWS][DIM], y[ROWS], share[ROWS], beta;
    int cells;
    unsigned pattern[CELLS];   /* bit i: x_i . inside > 0 */
    double inside[CELLS][DIM]; /* a unit direction in the cell's interior */
};

static double dot(int d, const double *a, const double *b) {
    double sum = 0;
    for (int j = 0; j < d; j++) sum += a[j] * b[j];
    return sum;
}

static double norm(int d, const double *a) {
    return sqrt(dot(d, a, a));
}

/* ---- Cells ---- */

static void add_cell(struct problem *problem, const double *direction) {
    double length = norm(problem->d, direction);
    unsigned pattern = 0;
    for (int i = 0; i < problem->n; i++)
        if (dot(problem->d, problem->x[i], direction) > 0) pattern |= 1u << i;
    for (int p = 0; p < problem->cells; p++)
        if (problem->pattern[p] == pattern) return;
    problem->pattern[problem->cells] = pattern;
    for (int j = 0; j < problem->d; j++) problem->inside[problem->cells][j] = direction[j] / length;
    problem->cells++;
}

/* Half of the least |x_i . u| / |x_i| that is not 0, u a unit vector: a smaller unit change keeps these
 * signs. */
static double safe_step(const struct problem *problem, const double *u) {
    double least = 1;
    for (int i = 0; i < problem->n; i++) {
        double length = norm(problem->d, problem->x[i]), product = fabs(dot(problem->d, problem->x[i], u));
        if (product > PARALLEL * length) least = fmin(least, product / length);
    }
    return least / 2;
}

static int is_zero_at(const struct problem *problem, int i, const double *u) {
    return fabs(dot(problem->d, problem->x[i], u)) <= PARALLEL * norm(problem->d, problem->x[i]);
}

/* u + step * v, for both signs of the step. */
static void add_beside(struct problem *problem, const double *u, double step, const double *v) {
    double length = norm(problem->d, v);
    for (int sign = -1; sign <= 1; sign += 2) {
        double direction[DIM] = {0, 0, 0};
        for (int j = 0; j < problem->d; j++) direction[j] = u[j] + sign * step * v[j] / length;
        add_cell(problem, direction);
    }
}

/* The cells around the unit vertex u in space: v runs over the directions orthogonal to u and to a row that
 * is 0 at u, and beside each such edge lie two cells. */
static void add_around(struct problem *problem, const double *u) {
    double step = safe_step(problem, u);
    for (int i = 0; i < problem->n; i++) {
        const double *x = problem->x[i];
        if (norm(3, x) == 0 || !is_zero_at(problem, i, u)) continue;
        for (int sign = -1; sign <= 1; sign += 2) {
            double edge[DIM] = {sign * (u[1] * x[2] - u[2] * x[1]), sign * (u[2] * x[0] - u[0] * x[2]),
                                sign * (u[0] * x[1] - u[1] * x[0])};
            double on_edge[DIM], length = norm(3, edge);
            for (int j = 0; j < 3; j++) on_edge[j] = u[j] + step * edge[j] / length;
            length = norm(3, on_edge);
            for (int j = 0; j < 3; j++) on_edge[j] /= length;
            add_beside(problem, on_edge, safe_step(problem, on_edge), x);
        }
    }
}

/* Unit vertices of the arrangement, up to sign; at most ROWS^2 / 2. */
static int vertices(const struct problem *problem, double (*vertex)[DIM]) {
    int count = 0;
    for (int i = 0; i < problem->n; i++) {
        const double *a = problem->x[i];
        double length = norm(problem->d, a);
        if (problem->d == 2 && length > 0) {
            vertex[count][0] = -a[1] / length;
            vertex[count++][1] = a[0] / length;
        }
        for (int k = 0; problem->d == 3 && k < i; k++) {
            const double *b = problem->x[k];
            double cross[DIM] = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                                 a[0] * b[1] - a[1] * b[0]};
            double size = norm(3, cross);
            if (size <= PARALLEL * length * norm(3, b)) continue;
            for (int j = 0; j < 3; j++) vertex[count][j] = cross[j] / size;
            count++;
        }
    }
    return count;
}

static void enumerate(struct problem *problem) {
    double vertex[ROWS * ROWS][DIM], any[DIM] = {1, 0, 0}, none[DIM] = {0, 0, 0};
    int count = vertices(problem, vertex), d = problem->d;
    problem->cells = 0;
    for (int v = 0; v < 2 * count; v++) {
        double u[DIM] = {0, 0, 0};
        for (int j = 0; j < d; j++) u[j] = v % 2 ? -vertex[v / 2][j] : vertex[v / 2][j];
        if (d == 3) add_around(problem, u);
        for (int i = 0; d == 2 && i < problem->n; i++)
            if (norm(2, problem->x[i]) > 0 && is_zero_at(problem, i, u))
                add_beside(problem, u, safe_step(problem, u), problem->x[i]);
    }
    /* rank below 2, or one column: the two sides of any row; nothing but zero rows: one cell */
    for (int i = 0; count == 0 && i < problem->n; i++)
        if (norm(d, problem->x[i]) > 0) add_beside(problem, none, 1, problem->x[i]);
    if (problem->cells == 0) add_cell(problem, any);
}

/* ---- The dual side ---- */

static double response(const struct problem *problem, const double *nu, const double *u) {
    double sum = 0, length = norm(problem->d, u);
    for (int i = 0; i < problem->n; i++) sum += nu[i] * fmax(dot(problem->d, problem->x[i], u), 0);
    return length > 0 ? sum / length : 0;
}

/* h(nu): the maximum lies inside a cell, where it is along g = X' D nu; or on a face, along g's part
 * orthogonal to a row; or at a vertex. Every candidate is evaluated as what it is, so none can be too large.
 */
static double sphere_maximum(const struct problem *problem, const double *nu) {
    double vertex[ROWS * ROWS][DIM], best = 0;
    int count = vertices(problem, vertex), d = problem->d;
    for (int v = 0; v < 2 * count; v++) {
        double u[DIM] = {0, 0, 0};
        for (int j = 0; j < d; j++) u[j] = v % 2 ? -vertex[v / 2][j] : vertex[v / 2][j];
        best = fmax(best, response(problem, nu, u));
    }
    for (int p = 0; p < problem->cells; p++) {
        double g[DIM] = {0, 0, 0};
        for (int i = 0; i < problem->n; i++)
            for (int j = 0; problem->pattern[p] >> i & 1 && j < d; j++) g[j] += nu[i] * problem->x[i][j];
        best = fmax(best, response(problem, nu, g));
        for (int i = 0; i < problem->n; i++) {
            double face[DIM], square = dot(d, problem->x[i], problem->x[i]);
            if (square == 0) continue;
            for (int j = 0; j < d; j++) face[j] = g[j] - dot(d, g, problem->x[i]) / square * problem->x[i][j];
            best = fmax(best, response(problem, nu, face));
        }
    }
    return best;
}

/* max over t of D(t nu), t nu feasible: D(z) = z . y - sum_i z_i^2 / (2 share_i). */
static double dual_value(const struct problem *problem, const double *nu) {
    double minus[ROWS], linear = 0, quadratic = 0;
    for (int i = 0; i < problem->n; i++) {
        minus[i] = -nu[i];
        linear += nu[i] * problem->y[i];
        quadratic += nu[i] * nu[i] / (2 * problem->share[i]);
    }
    if (linear <= 0) return 0;
    double h = fmax(sphere_maximum(problem, nu), sphere_maximum(problem, minus)),
           t = linear / (2 * quadratic);
    if (t * h > problem->beta) t = problem->beta / h;
    return t * linear - t * t * quadratic;
}

/* ---- The primal side: an interior-point method ----
 *
 * With v_b inside its cone and |v_b| < t_b, the barrier function at mu is
 *   (F + beta sum_b t_b) / mu - sum_b log(t_b^2 - |v_b|^2) - sum log((2 D_b - I) X v_b).
 * The best t for given v is known, t = e + r with e = mu / beta, r = sqrt(e^2 + |v|^2), and then t^2 - |v|^2
 * = 2 e t: what remains is a smooth function of v, whose derivatives below are free of cancellation.
 */

/* Block b: cell b / 2, output sign + for even b. */
struct iterate {
    int blocks;
    double v[BLOCKS][DIM];
};

static double output_sign(int b) {
    return b % 2 ? -1 : 1;
}

/* (2 D - I) x_i / |x_i| . v for the cell of block b; 1 for a zero row. */
static double inside_by(const struct problem *problem, int b, int i, const double *v) {
    double length = norm(problem->d, problem->x[i]);
    if (length == 0) return 1;
    return (problem->pattern[b / 2] >> i & 1 ? 1 : -1) * dot(problem->d, problem->x[i], v) / length;
}

/* Network outputs: neurons evaluated as ReLU neurons, not by patterns. */
static void outputs(const struct problem *problem, const struct iterate *at, double *f) {
    for (int i = 0; i < problem->n; i++) {
        f[i] = 0;
        for (int b = 0; b < at->blocks; b++)
            f[i] += output_sign(b) * fmax(dot(problem->d, problem->x[i], at->v[b]), 0);
    }
}

static double loss(const struct problem *problem, const double *f) {
    double sum = 0;
    for (int i = 0; i < problem->n; i++)
        sum += problem->share[i] * (f[i] - problem->y[i]) * (f[i] - problem->y[i]) / 2;
    return sum;
}

/* The barrier function; INFINITY outside the cones. */
static double merit(const struct problem *problem, const struct iterate *at, double mu) {
    double f[ROWS], sum, e = mu / problem->beta;
    outputs(problem, at, f);
    sum = loss(problem, f) / mu;
    for (int b = 0; b < at->blocks; b++) {
        double t = e + sqrt(e * e + dot(problem->d, at->v[b], at->v[b]));
        sum += t / e - log(2 * e * t);
        for (int i = 0; i < problem->n; i++) {
            double s = inside_by(problem, b, i, at->v[b]);
            if (!(s > 0)) return INFINITY;
            sum -= log(s);
        }
    }
    return sum;
}

/* Solves the symmetric positive definite system m x = r of order n in place, r becomes x. */
static void solve(int n, int ld, double *m, double *r) {
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = m[i * ld + j];
            for (int k = 0; k < j; k++) sum -= m[i * ld + k] * m[j * ld + k];
            m[i * ld + j] = i == j ? sqrt(sum) : sum / m[j * ld + j];
        }
        for (int k = 0; k < i; k++) r[i] -= m[i * ld + k] * r[k];
        r[i] /= m[i * ld + i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++) r[i] -= m[k * ld + i] * r[k];
        r[i] /= m[i * ld + i];
    }
}

/* Orthonormal rows q, the last along v. In these coordinates the curvature along v, which may be smaller than
 * that across v by many orders of magnitude, comes last and is not lost in the factorisation. */
static void basis_of(int d, const double *v, double q[DIM][DIM]) {
    double length = norm(d, v), *along = q[d - 1];
    for (int j = 0; j < d; j++) along[j] = v[j] / length;
    if (d == 2) q[0][0] = -along[1], q[0][1] = along[0];
    if (d < 3) return;
    int least = fabs(along[0]) <= fabs(along[1]) ? 0 : 1;
    if (fabs(along[2]) < fabs(along[least])) least = 2;
    for (int j = 0; j < 3; j++) q[0][j] = (j == least) - along[least] * along[j];
    length = norm(3, q[0]);
    for (int j = 0; j < 3; j++) q[0][j] /= length;
    for (int j = 0; j < 3; j++)
        q[1][j] = along[(j + 1) % 3] * q[0][(j + 2) % 3] - along[(j + 2) % 3] * q[0][(j + 1) % 3];
}

/* Of one block, in the coordinates q: a[i] = d f_i / d v, the gradient, and the Hessian without the loss. */
static void block_derivatives(const struct problem *problem, const double *v, int b, double q[DIM][DIM],
                              const double *error, double mu, double a[ROWS][DIM], double *gradient,
                              double hessian[DIM][DIM]) {
    int d = problem->d;
    double e = mu / problem->beta, length = norm(d, v), r = sqrt(e * e + length * length), t = e + r;
    for (int j = 0; j < d; j++) {
        gradient[j] = j == d - 1 ? length / (e * t) : 0;
        for (int k = 0; k < d; k++) hessian[j][k] = j != k ? 0 : 1 / ((j == d - 1 ? r : e) * t);
    }
    for (int i = 0; i < problem->n; i++) {
        int on = problem->pattern[b / 2] >> i & 1;
        double size = norm(d, problem->x[i]), s = size * inside_by(problem, b, i, v), c[DIM];
        for (int j = 0; j < d; j++) {
            double product = dot(d, problem->x[i], q[j]);
            a[i][j] = on ? output_sign(b) * product : 0;
            c[j] = size == 0 ? 0 : j == d - 1 ? 1 / length : (on ? 1 : -1) * product / s;
            gradient[j] += a[i][j] * problem->share[i] * error[i] / mu - c[j];
        }
        for (int j = 0; j < d; j++)
            for (int k = 0; k < d; k++) hessian[j][k] += c[j] * c[k];
    }
}

/* Newton's step: the Hessian is block-diagonal (B) plus A' Diag(share) A / mu, so that by Woodbury's identity
 * one system of order n remains. Its solution w also tells the residual after the step, share (y - f) + mu w,
 * free of the rounding errors of f: that is nu. Returns the squared Newton decrement. */
static double newton_step(const struct problem *problem, const struct iterate *at, double mu,
                          struct iterate *step, double *nu) {
    int n = problem->n, d = problem->d;
    static double inverse_a[BLOCKS][ROWS][DIM], gradients[BLOCKS][DIM], newton[BLOCKS][DIM];
    double error[ROWS], small[ROWS * ROWS] = {0}, right[ROWS] = {0}, decrement = 0, q[DIM][DIM];
    outputs(problem, at, error);
    for (int i = 0; i < n; i++) {
        error[i] -= problem->y[i];
        small[i * ROWS + i] = mu / problem->share[i];
    }
    for (int b = 0; b < at->blocks; b++) {
        double hessian[DIM][DIM], factor[DIM * DIM], a[ROWS][DIM];
        basis_of(d, at->v[b], q);
        block_derivatives(problem, at->v[b], b, q, error, mu, a, gradients[b], hessian);
        for (int i = 0; i <= n; i++) { /* the columns of B^-1 A', then B^-1 gradient */
            double *solution = i < n ? inverse_a[b][i] : newton[b];
            memcpy(factor, hessian, sizeof factor);
            memcpy(solution, i < n ? a[i] : gradients[b], sizeof a[0]);
            solve(d, DIM, factor, solution);
        }
        for (int i = 0; i < n; i++) {
            right[i] += dot(d, a[i], newton[b]);
            for (int k = 0; k < n; k++) small[i * ROWS + k] += dot(d, a[i], inverse_a[b][k]);
        }
    }
    solve(n, ROWS, small, right);
    for (int i = 0; i < n; i++) nu[i] = mu * right[i] - problem->share[i] * error[i];
    for (int b = 0; b < at->blocks; b++) {
        basis_of(d, at->v[b], q);
        for (int j = 0; j < d; j++) step->v[b][j] = 0;
        for (int j = 0; j < d; j++) {
            for (int i = 0; i < n; i++) newton[b][j] -= inverse_a[b][i][j] * right[i];
            decrement += newton[b][j] * gradients[b][j];
            for (int k = 0; k < d; k++) step->v[b][k] -= newton[b][j] * q[j][k];
        }
    }
    return decrement;
}

static int is_inside(const struct problem *problem, const struct iterate *at) {
    for (int b = 0; b < at->blocks; b++)
        for (int i = 0; i < problem->n; i++)
            if (!(inside_by(problem, b, i, at->v[b]) > 0)) return 0;
    return 1;
}

/* The barrier function is self-concordant: where the decrement is below 1/4, Newton's whole step is inside
 * the cones and converges quadratically. No value is compared there, because it would be lost in rounding
 * long before the step is. */
static const double NEAR = 1.0 / 16;

static void center(const struct problem *problem, struct iterate *at, double mu, double *nu) {
    static struct iterate step, next;
    for (int iteration = 0; iteration < 60; iteration++) {
        double decrement = newton_step(problem, at, mu, &step, nu), length = 1;
        if (!(decrement > 1e-6)) return;
        double most = decrement < NEAR ? INFINITY : merit(problem, at, mu);
        for (;; length /= 2) {
            next.blocks = at->blocks;
            for (int b = 0; b < at->blocks; b++)
                for (int j = 0; j < problem->d; j++) next.v[b][j] = at->v[b][j] + length * step.v[b][j];
            if (decrement < NEAR ? is_inside(problem, &next)
                                 : merit(problem, &next, mu) < most - length * decrement / 10)
                break;
            if (length < 1e-12) return;
        }
        *at = next;
    }
}

/* The objective of the iterate as a network; its residual goes to nu. */
static double objective(const struct problem *problem, const struct iterate *at, double *nu) {
    double f[ROWS];
    outputs(problem, at, f);
    for (int i = 0; i < problem->n; i++) nu[i] = problem->share[i] * (problem->y[i] - f[i]);
    double sum = loss(problem, f);
    for (int b = 0; b < at->blocks; b++) sum += problem->beta * norm(problem->d, at->v[b]);
    return sum;
}

static double minimise(const struct problem *problem, double *gap, double *residual) {
    static struct iterate at;
    double best = INFINITY, dual = 0, nu[ROWS];
    at.blocks = 2 * problem->cells;
    for (int b = 0; b < at.blocks; b++) {
        for (int j = 0; j < problem->d; j++) at.v[b][j] = 0.05 * problem->inside[b / 2][j];
    }
    for (double mu = 0.1; mu > 1e-18 && (best == INFINITY || best - dual > 1e-12 * best); mu /= 4) {
        center(problem, &at, mu, nu);
        dual = fmax(dual, dual_value(problem, nu));
        double value = objective(problem, &at, nu);
        dual = fmax(dual, dual_value(problem, nu));
        if (value < best) {
            best = value;
            memcpy(residual, nu, sizeof nu);
        }
    }
    *gap = best - dual;
    return best;
}

/* ---- Interface ---- */

static double scale_of(int count, const double *values) {
    double most = 0;
    for (int e = 0; e < count; e++) most = fmax(most, fabs((double)values[e]));
    return most > 0 ? most : 1;
}

/* f, y and nu in units of target_scale, x in units of data_scale. row[k]: number of the k-th row that is
 * kept. */
static void pose(int n, int d, const double *x, const double *weights, struct problem *problem, int *row) {
    double data_scale = scale_of(n * d, x), sum = 0;
    problem->n = 0;
    problem->d = d;
    for (int i = 0; i < n; i++) sum += weights ? weights[i] : 1;
    for (int i = 0; i < n; i++) {
        if (weights && weights[i] == 0) continue;
        problem->share[problem->n] = (weights ? weights[i] : 1) / sum;
        for (int j = 0; j < d; j++) problem->x[problem->n][j] = x[i * d + j] / data_scale;
        row[problem->n++] = i;
    }
    enumerate(problem);
}

double oracle_optimum(int n, int d, const double *x, const double *y, const double *weights, double beta,
                      double *gap, double *residual) {
    static struct problem problem;
    int row[ROWS];
    double data_scale = scale_of(n * d, x), target_scale = scale_of(n, y), nu[ROWS], difference;
    pose(n, d, x, weights, &problem, row);
    for (int k = 0; k < problem.n; k++) problem.y[k] = y[row[k]] / target_scale;
    problem.beta = beta / data_scale / target_scale;
    double value = minimise(&problem, &difference, nu), unit = target_scale * target_scale;
    for (int i = 0; residual && i < n; i++) residual[i] = 0;
    for (int k = 0; residual && k < problem.n; k++) residual[row[k]] = (double)(nu[k] * target_scale);
    *gap = (double)(difference * unit);
    return (double)(value * unit);
}

double oracle_h(int n, int d, const double *x, const double *nu) {
    static struct problem problem;
    int row[ROWS];
    double wide[ROWS];
    pose(n, d, x, NULL, &problem, row);
    for (int i = 0; i < n; i++) wide[i] = nu[i];
    return (double)(sphere_maximum(&problem, wide) * scale_of(n * d, x));
}

int oracle_patterns(int n, int d, const double *x, unsigned *patterns) {
    static struct problem problem;
    int row[ROWS];
    pose(n, d, x, NULL, &problem, row);
    for (int p = 0; patterns && p < problem.cells; p++) patterns[p] = problem.pattern[p];
    return problem.cells;
}
