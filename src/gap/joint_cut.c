/* Cutting cells by the signs of rows. See joint_search.h. */
#include <math.h>
#include <string.h>

#include "gap/joint_search.h"

static const double LEAST_SHARE = 0.05; /* of the masses, that a part begins with */

struct cut {
    int64_t cell, row; /* of the search; row -1: none */
    double spread;
};

/* How much t varies in a cell, L(t^2) - L(t)^2 / L(1), by the moments of both halves, times its weight in the
 * sum.
 */
static double spread_of(const struct cvxnn__joint_search *s, const struct cvxnn__joint_cell *cell,
                        int64_t i) {
    int64_t size = 2 * s->rows.d + 1, at = i * s->rows.entries;
    double scale = cvxnn__joint_scale(1), moments[3];
    for (int j = 0; j < 3; j++) { /* of 1, t and t^2 in the matrix of (1, t, ..) */
        int64_t entry = at + (j == 0 ? 0 : j == 1 ? 1 : size + 1);
        moments[j] = (cell->cones[0][entry] + cell->cones[1][entry]) / pow(scale, j);
    }
    if (!(moments[0] > 0)) return 0;
    return fabs(s->split.nu[i]) * s->split.radius[i] * (moments[2] - moments[1] * moments[1] / moments[0]);
}

static struct cut best_cut(const struct cvxnn__joint_search *s, int64_t first, int64_t end) {
    struct cut best = {.row = -1};
    for (int64_t c = first; c < end; c++)
        for (int64_t i = 0; i < s->split.n; i++) {
            double spread = s->cells[c].halves[i] < 0 ? spread_of(s, &s->cells[c], i) : 0;
            if (spread > best.spread) best = (struct cut){.cell = c, .row = i, .spread = spread};
        }
    return best;
}

/* Room for one more behind a cell. */
static void shift(struct cvxnn__joint_search *s, int64_t at) {
    size_t behind = (size_t)(s->split.count - at - 1);
    memmove(s->cells + at + 2, s->cells + at + 1, behind * sizeof *s->cells);
    memmove(s->rooms + at + 2, s->rooms + at + 1, behind * sizeof *s->rooms);
    memmove(s->split.cells + at + 2, s->split.cells + at + 1, behind * sizeof *s->split.cells);
}

/* to = share * from, all but its multipliers, which are the same. */
static void pass_on(struct cvxnn__joint_search *s, double share, int64_t from, int64_t to) {
    int64_t square = s->split.moments.size * s->split.moments.size, count = s->split.n * s->rows.entries;
    const struct cvxnn__splitting_cell *old = &s->split.cells[from];
    struct cvxnn__splitting_cell *fresh = &s->split.cells[to];
    for (int64_t e = 0; e < square; e++) {
        fresh->scaled_dual[e] = old->scaled_dual[e];
        fresh->matrix[e] = share * old->matrix[e];
    }
    for (int half = 0; half < 2; half++)
        for (int64_t e = 0; e < count; e++) {
            s->cells[to].cone_duals[half][e] = s->cells[from].cone_duals[half][e];
            s->cells[to].cones[half][e] = share * s->cells[from].cones[half][e];
        }
    if (to != from) memcpy(s->cells[to].halves, s->cells[from].halves, (size_t)s->split.n);
}

/* The row has all of a part in one half, as much as it saw there. */
static void settle(struct cvxnn__joint_search *s, int64_t cell, int64_t row, int half, double share) {
    int64_t entries = s->rows.entries;
    double *kept = s->cells[cell].cones[half] + row * entries;
    for (int64_t e = 0; e < entries; e++) kept[e] /= share;
    memset(s->cells[cell].cones[!half] + row * entries, 0, (size_t)entries * sizeof *kept);
    s->cells[cell].halves[row] = (signed char)half;
    cvxnn__joint_search_gather(s, cell);
}

static void divide(struct cvxnn__joint_search *s, const struct cut *cut) {
    int64_t first = cut->cell, second = first + 1, at = cut->row * s->rows.entries;
    double below = s->cells[first].cones[0][at], above = s->cells[first].cones[1][at];
    double share = fmin(fmax(below / (below + above), LEAST_SHARE), 1 - LEAST_SHARE);
    pass_on(s, 1 - share, first, second);
    pass_on(s, share, first, first);
    settle(s, first, cut->row, 0, share), settle(s, second, cut->row, 1, 1 - share);
}

int32_t cvxnn__joint_search_cut(struct cvxnn__context *context, struct cvxnn__scope *scope,
                                int64_t most_leaves, struct cvxnn__joint_search *s) {
    for (int side = 0; side < 2; side++) {
        int64_t first = side ? s->trees[0].leaves : 0, end = side ? s->split.count : s->trees[0].leaves;
        struct cut cut = best_cut(s, first, end);
        if (cut.row < 0 || s->split.count >= most_leaves || end - first >= CVXNN__MOST_LEAVES) continue;
        shift(s, cut.cell);
        cvxnn__joint_search_take_cell(scope, s, cut.cell + 1);
        if (scope->failed) return cvxnn__fail_memory(context);
        divide(s, &cut);
        cvxnn__sign_tree_cut(&s->trees[side], cut.cell - first, s->split.index[cut.row]);
        cvxnn__splitting_arrange(&s->split, s->split.count + 1, s->trees[0].leaves);
    }
    return CVXNN_OK;
}
