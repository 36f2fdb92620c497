/*
 * The search over cells of tree_check.h: depth first, from a pool of cells. A round takes some cells from the
 * pool's end; each is a task that works on its part of the tree for a while and gives back the cells it
 * leaves open. Rounds depend on the shape alone, not on the threads.
 */
#include "verify/tree_check.h"

#include <string.h>

#include "linalg/blas.h"
#include "linalg/rounding.h"

enum {
    MOST_TASKS = 32,     /* cells of a round */
    LEVELS = 40,         /* of a task below its cell */
    TASK_CELLS = 200,    /* that a task looks at */
    TASK_BYTES = 4 << 20 /* about what the lists of a task may take */
};

/* A cell narrower than this is not halved again; centres and widths are exact far below. */
static const double LEAST_WIDTH = 0x1p-40;

/* What is the same for all cells. */
struct ground {
    int64_t n, d;           /* n: rows with z_i != 0 */
    double *x, *z, *blur;   /* n x d, n, n: rounding of x_i . u for |u_j| <= 1 */
    double beta, slack;     /* slack: rounding of the bound, without K's */
    double coefficient_gap; /* of K, relative */
};

/* One task: a workspace for its part of the tree. */
struct task {
    const struct ground *ground;
    int64_t *undecided;        /* LEVELS x n: rows not settled in the cell of each level */
    int64_t count[LEVELS + 1]; /* of them */
    double *settled;           /* LEVELS x d: sum of z_i x_i over the rows settled as positive */
    double *box;               /* (LEVELS + 1) x 2 d: centre and half widths of the cell of each level */
    double *g, *spread;        /* d each; spread_j = sum over undecided rows of |z_i x_ij| */
    double *open;              /* (TASK_CELLS + LEVELS) x 2 d: cells left open */
    int64_t opened, cells, leaves, budget;
    int fails, stuck;
};

/* ---- One cell --------------------------------------------------------------------------------- */

static double *box_of(const struct task *task, int level) {
    return task->box + level * 2 * task->ground->d;
}

/* Sorts the rows that were undecided above into settled ones and those still undecided, adds up g, and
 * returns K; *value becomes sum_i z_i (x_i . c)_+. */
static double sort_rows(struct task *task, int level, double *value) {
    const struct ground *ground = task->ground;
    int64_t d = ground->d, above = task->count[level], kept = 0;
    const double *c = box_of(task, level), *r = c + d;
    const int64_t *rows = task->undecided + level * ground->n;
    int64_t *undecided = task->undecided + (level + 1) * ground->n;
    double *settled = task->settled + (level + 1) * d, constant = 0;
    memcpy(settled, task->settled + level * d, (size_t)d * sizeof *settled);
    memset(task->g, 0, (size_t)d * sizeof *task->g);
    memset(task->spread, 0, (size_t)d * sizeof *task->spread);
    *value = 0;
    for (int64_t k = 0; k < above; k++) {
        int64_t i = rows[k];
        const double *x = ground->x + i * d;
        double middle = 0, width = 0, z = ground->z[i];
        for (int64_t j = 0; j < d; j++) {
            middle += x[j] * c[j];
            width += fabs(x[j]) * r[j];
        }
        double low = middle - width - ground->blur[i], high = middle + width + ground->blur[i];
        if (high <= 0) continue;
        if (low >= 0) {
            for (int64_t j = 0; j < d; j++) settled[j] += z * x[j];
            continue;
        }
        undecided[kept++] = i;
        double slope = z * (high / (high - low));
        if (z > 0) constant += fmax(-slope * low, (z - slope) * high);
        if (middle > 0) *value += z * middle;
        for (int64_t j = 0; j < d; j++) {
            task->g[j] += slope * x[j];
            task->spread[j] += fabs(z * x[j]);
        }
    }
    for (int64_t j = 0; j < d; j++) {
        *value += settled[j] * c[j];
        task->g[j] += settled[j];
    }
    task->count[level + 1] = kept;
    return constant;
}

/* Whether the bound proves the cell; g becomes g - beta e, and *value what exceeds beta |c| at the centre. */
static int proved(struct task *task, int level, double *value) {
    const struct ground *ground = task->ground;
    int64_t d = ground->d;
    const double *c = box_of(task, level), *r = c + d;
    double constant = sort_rows(task, level, value), length = cvxnn__norm(d, c);
    double within = (1 - cvxnn__gamma(d + 8)) / length, most = constant * (1 + ground->coefficient_gap);
    *value -= ground->beta * length;
    for (int64_t j = 0; j < d; j++) {
        task->g[j] -= ground->beta * (c[j] * within);
        most += task->g[j] * c[j] + fabs(task->g[j]) * r[j];
    }
    return most + ground->slack <= 0;
}

/* The coordinate across which halving gains most. */
static int64_t widest(const struct task *task, int level) {
    int64_t d = task->ground->d, best = -1;
    const double *r = box_of(task, level) + d;
    double most = -1;
    for (int64_t j = 0; j < d; j++) {
        double gain = r[j] * (fabs(task->g[j]) + task->spread[j]);
        if (r[j] > LEAST_WIDTH && gain > most) most = gain, best = j;
    }
    return best;
}

static void leave_open(struct task *task, int level) {
    int64_t size = 2 * task->ground->d;
    memcpy(task->open + task->opened++ * size, box_of(task, level), (size_t)size * sizeof(double));
}

/* The part of the tree below the cell of this level. */
static void descend(struct task *task, int level) {
    int64_t d = task->ground->d;
    double value;
    if (task->fails || task->stuck) return;
    if (level == LEVELS - 1 || task->cells >= task->budget) {
        leave_open(task, level);
        return;
    }
    task->cells++;
    if (proved(task, level, &value)) {
        task->leaves++;
        return;
    }
    int64_t j = widest(task, level);
    task->fails = value > task->ground->slack;
    task->stuck = j < 0;
    if (task->fails || task->stuck) return;
    double *child = box_of(task, level + 1);
    const double *box = box_of(task, level);
    double half = 0.5 * box[d + j];
    for (int side = -1; side <= 1; side += 2) {
        memcpy(child, box, 2 * (size_t)d * sizeof *child);
        child[j] += side * half;
        child[d + j] = half;
        descend(task, level + 1);
    }
}

/* ---- The pool ----------------------------------------------------------------------------------- */

struct pool {
    struct ground ground;
    struct task *tasks;
    int64_t size;  /* doubles of a cell: 2 d */
    double *cells; /* held x size */
    int64_t held, room;
    int64_t taken; /* cells of this round, the last ones */
};

/* Cell number t of the round, counted from the pool's end. */
static void run_task(void *argument, int64_t t) {
    struct pool *pool = argument;
    struct task *task = pool->tasks + t;
    const struct ground *ground = &pool->ground;
    memcpy(task->box, pool->cells + (pool->held - 1 - t) * pool->size, (size_t)pool->size * sizeof(double));
    memset(task->settled, 0, (size_t)ground->d * sizeof(double));
    for (int64_t i = 0; i < ground->n; i++) task->undecided[i] = i;
    task->count[0] = ground->n;
    task->opened = task->cells = task->leaves = 0;
    task->fails = task->stuck = 0;
    descend(task, 0);
}

static int32_t reserve(struct cvxnn__context *context, struct cvxnn__scope *scope, struct pool *pool,
                       int64_t more) {
    if (pool->held + more <= pool->room) return CVXNN_OK;
    int64_t room = 2 * (pool->held + more);
    double *cells = cvxnn__doubles(scope, room, pool->size);
    if (!cells) return cvxnn__fail_memory(context);
    memcpy(cells, pool->cells, (size_t)(pool->held * pool->size) * sizeof *cells);
    cvxnn__give_back(scope, pool->cells);
    pool->cells = cells;
    pool->room = room;
    return CVXNN_OK;
}

/* The cells of a round leave the pool, those they left open come in, in the order of the tasks. */
static int32_t gather(struct cvxnn__context *context, struct cvxnn__scope *scope, struct pool *pool,
                      struct cvxnn__tree_report *report) {
    pool->held -= pool->taken;
    for (int64_t t = pool->taken; t-- > 0;) { /* the first task's on top: depth first */
        const struct task *task = pool->tasks + t;
        int32_t status = reserve(context, scope, pool, task->opened);
        if (status) return status;
        for (int64_t k = task->opened; k-- > 0;)
            memcpy(pool->cells + pool->held++ * pool->size, task->open + k * pool->size,
                   (size_t)pool->size * sizeof(double));
        report->cells += task->cells;
        report->leaves += task->leaves;
        if (task->fails) report->verdict = CVXNN__TREE_FAILS;
        if (task->fails || task->stuck) pool->held = 0;
    }
    return CVXNN_OK;
}

static int32_t rounds(struct cvxnn__context *context, struct cvxnn__scope *scope, struct pool *pool,
                      int64_t tasks, int64_t most_cells, struct cvxnn__tree_report *report) {
    while (pool->held > 0 && report->cells < most_cells) {
        int64_t left = most_cells - report->cells;
        pool->taken = pool->held < tasks ? pool->held : tasks;
        for (int64_t t = 0; t < pool->taken; t++)
            pool->tasks[t].budget = left / pool->taken < TASK_CELLS ? left / pool->taken + 1 : TASK_CELLS;
        cvxnn__run(context->team, pool->taken, run_task, pool);
        int stuck = 0;
        for (int64_t t = 0; t < pool->taken; t++) stuck |= pool->tasks[t].stuck;
        int32_t status = gather(context, scope, pool, report);
        if (!status) status = cvxnn__poll(context);
        if (status || stuck || report->verdict == CVXNN__TREE_FAILS) return status;
    }
    if (pool->held == 0) report->verdict = CVXNN__TREE_HOLDS;
    return CVXNN_OK;
}

/* ---- Set-up -------------------------------------------------------------------------------------- */

/* x, z of the rows that count, their rounding, and that of the bound: |g_j| <= sum_i |z_i x_ij|, |e_j| <= 1,
 * |u_j| <= 1, at most n terms in a sum over rows and d in one over columns. */
static void lay_ground(const struct cvxnn__rows *rows, const double *z, double beta, struct ground *ground) {
    int64_t d = rows->d, n = 0;
    double sizes = 0;
    for (int64_t i = 0; i < rows->n; i++) {
        if (z[i] == 0) continue;
        double *x = ground->x + n * d, length = 0;
        cvxnn__rows_tile(rows, i, 1, 0, d, x, d);
        for (int64_t j = 0; j < d; j++) length += fabs(x[j]);
        ground->blur[n] = cvxnn__gamma(2 * d + 16) * length + 4 * (double)d * CVXNN__TINY;
        sizes += fabs(z[i]) * length;
        ground->z[n++] = z[i];
    }
    ground->n = n;
    ground->d = d;
    ground->beta = beta;
    ground->coefficient_gap = cvxnn__gamma(n + 2 * d + 16);
    ground->slack = cvxnn__gamma(n + 3 * d + 32) * (sizes + (double)d * beta) +
                    8 * (double)(n + 1) * (double)(d + 1) * (1 + beta) * CVXNN__TINY;
}

static int take(struct cvxnn__scope *scope, const struct cvxnn__rows *rows, int64_t tasks,
                struct pool *pool) {
    int64_t n = rows->n, d = rows->d;
    struct ground *ground = &pool->ground;
    pool->size = 2 * d;
    pool->room = 2 * d;
    pool->cells = cvxnn__doubles(scope, pool->room, pool->size);
    pool->tasks = cvxnn__take_zeroed(scope, tasks, 1, (int64_t)sizeof *pool->tasks);
    ground->x = cvxnn__doubles(scope, n, d);
    ground->z = cvxnn__doubles(scope, n, 1);
    ground->blur = cvxnn__doubles(scope, n, 1);
    /* each array once for all tasks, in pieces */
    const int64_t list = (LEVELS + 1) * n, boxes = (LEVELS + 1) * 2 * d,
                  open = (TASK_CELLS + LEVELS + 2) * 2 * d;
    int64_t *undecided = cvxnn__take(scope, tasks, list, (int64_t)sizeof *undecided);
    double *settled = cvxnn__doubles(scope, tasks, (LEVELS + 1) * d),
           *box = cvxnn__doubles(scope, tasks, boxes);
    double *g = cvxnn__doubles(scope, tasks, 2 * d), *left = cvxnn__doubles(scope, tasks, open);
    for (int64_t t = 0; !scope->failed && t < tasks; t++)
        pool->tasks[t] = (struct task){.ground = ground,
                                       .undecided = undecided + t * list,
                                       .settled = settled + t * (LEVELS + 1) * d,
                                       .box = box + t * boxes,
                                       .g = g + t * 2 * d,
                                       .spread = g + t * 2 * d + d,
                                       .open = left + t * open};
    return !scope->failed;
}

/* The faces of the cube. */
static void put_faces(struct pool *pool) {
    int64_t d = pool->ground.d;
    for (int64_t face = 0; face < 2 * d; face++) {
        double *cell = pool->cells + face * pool->size;
        for (int64_t j = 0; j < d; j++) cell[j] = 0, cell[d + j] = 1;
        cell[face / 2] = face % 2 ? -1 : 1;
        cell[d + face / 2] = 0;
    }
    pool->held = 2 * d;
}

int32_t cvxnn__tree_check(struct cvxnn__context *context, const struct cvxnn__rows *rows, const double *z,
                          double beta, int64_t most_cells, struct cvxnn__tree_report *report) {
    struct cvxnn__scope scope;
    struct pool pool = {.held = 0};
    int64_t room = TASK_BYTES / (LEVELS * (int64_t)sizeof(int64_t)) * MOST_TASKS / (rows->n + 1);
    int64_t tasks = room < 1 ? 1 : room < MOST_TASKS ? room : MOST_TASKS;
    *report = (struct cvxnn__tree_report){.verdict = CVXNN__TREE_UNDECIDED};
    if (rows->d < 1) return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "there are no columns");
    cvxnn__scope_open(&scope, context->memory);
    int32_t status = CVXNN_OK;
    if (!take(&scope, rows, tasks, &pool)) {
        status = cvxnn__fail_memory(context);
    } else {
        lay_ground(rows, z, beta, &pool.ground);
        put_faces(&pool);
        if (isfinite(pool.ground.slack)) status = rounds(context, &scope, &pool, tasks, most_cells, report);
    }
    cvxnn__scope_close(&scope);
    return status;
}
