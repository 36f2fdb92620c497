/*
 * The search over cells of tree_check.h: depth first, from a pool of cells. A round takes some cells from the
 * pool's end; each is a task that works on its part of the tree for a while and gives back the cells it
 * leaves open. Rounds depend on the shape alone, not on the threads.
 */
#include "verify/tree_check.h"

#include <math.h>
#include <string.h>

#include "verify/cell.h"

enum {
    MOST_TASKS = 32,      /* cells of a round */
    TASK_CELLS = 200,     /* that a task looks at */
    TASK_BYTES = 12 << 20 /* about what the lists of a task may take */
};

/* A cell narrower than this is not halved again; centres and widths are exact far below. */
static const double LEAST_WIDTH = 0x1p-40;

/* One task: a workspace for its part of the tree. */
struct task {
    const struct cvxnn__ground *ground;
    struct cvxnn__cell *cell; /* CVXNN__CELL_LEVELS, each the half of the one before */
    struct cvxnn__cell_work work;
    double *open; /* (TASK_CELLS + CVXNN__CELL_LEVELS) x 2 stride: boxes left open */
    int64_t opened, cells, leaves, budget;
    double ratio; /* the largest at a centre */
    int fails, stuck;
};

/* The coordinate across which halving gains most: rows that are undecided count as all do on average. */
static int64_t widest(const struct task *task, const struct cvxnn__cell *cell) {
    const struct cvxnn__ground *ground = task->ground;
    double share = (double)cell->count / (double)ground->n, most = -1;
    int64_t best = -1;
    for (int64_t j = 0; j < ground->d; j++) {
        double gain = cell->r[j] * (fabs(task->work.g[j]) + share * ground->weight[j]);
        if (cell->r[j] > LEAST_WIDTH && gain > most) most = gain, best = j;
    }
    return best;
}

static void leave_open(struct task *task, const struct cvxnn__cell *cell) {
    int64_t size = 2 * task->ground->stride; /* r lies behind c */
    memcpy(task->open + task->opened++ * size, cell->c, (size_t)size * sizeof(double));
}

/* The part of the tree below the cell of this level. */
static void descend(struct task *task, int level) {
    const struct cvxnn__cell *cell = task->cell + level;
    if (task->fails || task->stuck) return;
    if (level == CVXNN__CELL_LEVELS - 1 || task->cells >= task->budget) {
        leave_open(task, cell);
        return;
    }
    task->cells++;
    if (cvxnn__cell_holds(task->ground, cell, &task->work)) {
        task->leaves++;
        return;
    }
    int64_t j = widest(task, cell);
    double ratio = cvxnn__cell_ratio(task->ground, cell);
    if (ratio > task->ratio) task->ratio = ratio;
    task->fails = ratio > 1 + task->ground->slack / task->ground->beta;
    task->stuck = j < 0;
    for (int side = -1; side <= 1 && !task->fails && !task->stuck; side += 2) {
        cvxnn__cell_halve(task->ground, cell, j, side, task->cell + level + 1);
        descend(task, level + 1);
    }
}

/* ---- The pool ----------------------------------------------------------------------------------- */

struct pool {
    struct cvxnn__ground ground;
    struct task *tasks;
    int64_t size;  /* doubles of a box: 2 stride */
    double *cells; /* held x size */
    int64_t held, room;
    int64_t taken; /* cells of this round, the last ones */
};

/* Cell number t of the round, counted from the pool's end. */
static void run_task(void *argument, int64_t t) {
    struct pool *pool = argument;
    struct task *task = pool->tasks + t;
    memcpy(task->cell->c, pool->cells + (pool->held - 1 - t) * pool->size,
           (size_t)pool->size * sizeof(double));
    cvxnn__cell_begin(&pool->ground, task->cell);
    task->opened = task->cells = task->leaves = 0;
    task->ratio = 0;
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
        if (task->ratio > report->ratio) report->ratio = task->ratio;
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

static int take(struct cvxnn__scope *scope, const struct cvxnn__rows *rows, int64_t tasks,
                struct pool *pool) {
    struct cvxnn__ground *ground = &pool->ground;
    cvxnn__ground_take(scope, rows->n, rows->d, ground);
    const int64_t open = (TASK_CELLS + CVXNN__CELL_LEVELS + 2) * 2 * ground->stride;
    pool->size = 2 * ground->stride;
    pool->room = 2 * rows->d;
    pool->cells = cvxnn__take_zeroed(scope, pool->room, pool->size, (int64_t)sizeof *pool->cells);
    pool->tasks = cvxnn__take_zeroed(scope, tasks, 1, (int64_t)sizeof *pool->tasks);
    struct cvxnn__cell *cells = cvxnn__take(scope, tasks, CVXNN__CELL_LEVELS, (int64_t)sizeof *cells);
    double *g = cvxnn__doubles(scope, tasks, ground->stride), *slope = cvxnn__doubles(scope, tasks, rows->n),
           *left = cvxnn__doubles(scope, tasks, open);
    if (!scope->failed) cvxnn__cells_take(scope, ground, rows->n, tasks * CVXNN__CELL_LEVELS, cells);
    for (int64_t t = 0; !scope->failed && t < tasks; t++)
        pool->tasks[t] = (struct task){.ground = ground,
                                       .cell = cells + t * CVXNN__CELL_LEVELS,
                                       .work = {.slope = slope + t * rows->n, .g = g + t * ground->stride},
                                       .open = left + t * open};
    return !scope->failed;
}

/* The faces of the cube. */
static void put_faces(struct pool *pool) {
    int64_t d = pool->ground.d;
    for (int64_t face = 0; face < 2 * d; face++) {
        double *c = pool->cells + face * pool->size, *r = c + pool->ground.stride;
        for (int64_t j = 0; j < d; j++) r[j] = 1;
        c[face / 2] = face % 2 ? -1 : 1;
        r[face / 2] = 0;
    }
    pool->held = 2 * d;
}

int32_t cvxnn__tree_check(struct cvxnn__context *context, const struct cvxnn__rows *rows, const double *z,
                          double beta, int64_t most_cells, struct cvxnn__tree_report *report) {
    struct cvxnn__scope scope;
    struct pool pool = {.held = 0};
    int64_t room = TASK_BYTES / (3 * CVXNN__CELL_LEVELS * (int64_t)sizeof(double)) * MOST_TASKS /
                   (rows->n + 1);
    int64_t tasks = room < 1 ? 1 : room < MOST_TASKS ? room : MOST_TASKS;
    *report = (struct cvxnn__tree_report){.verdict = CVXNN__TREE_UNDECIDED};
    if (rows->d < 1) return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "there are no columns");
    cvxnn__scope_open(&scope, context->memory);
    int32_t status = CVXNN_OK;
    if (!take(&scope, rows, tasks, &pool)) {
        status = cvxnn__fail_memory(context);
    } else {
        cvxnn__ground_lay(rows, z, beta, &pool.ground);
        put_faces(&pool);
        if (isfinite(pool.ground.slack)) status = rounds(context, &scope, &pool, tasks, most_cells, report);
    }
    cvxnn__scope_close(&scope);
    return status;
}
