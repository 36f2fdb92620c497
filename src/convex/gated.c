/*
 * The outer loop on the gated program: a working set of patterns, the duality gap over all of them, stopping.
 * See gated.h; what solves the program restricted to the working set is in gated_internal.h.
 *
 * A round looks at all patterns once: the residual nu of the iterate gives every |X' D_p nu|, hence a dual
 * value (nu scaled until it is feasible) and the patterns that violate their bound most, which join the
 * working set. The restricted program is then solved to a fraction of the gap that is left.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convex/gated_internal.h"
#include "linalg/blas.h"

/* Patterns that join in the first round; rounds that may pass without a smaller gap; steps of a round. */
enum { FIRST_JOINING = 64, MOST_IDLE_ROUNDS = 5, NEWTON_STEPS = 200 };

/* The part of the gap that a round leaves on its working set, and when no more than 1 in MANY_JOINED patterns
 * of the working set has just joined it. */
static const double PART = 0.2, PART_SETTLED = 0.01;
enum { MANY_JOINED = 20 };

/* Relative error of P that is taken for rounding. */
static const double ROUNDING = 1e-14;

struct solve {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    const struct cvxnn__patterns *patterns;
    struct cvxnn__scope scope;
    struct cvxnn__restricted program;
    double *nu, *scaled; /* n */
    double *dual_nu;     /* n: what gave the best D */
    double *g, *other_g; /* patterns x d: X' D_p nu, and room for another */
    char *inside;        /* patterns: in the working set */
    double dual, gap;    /* best D, (P - D) / P */
};

double cvxnn__gated_largest(int64_t count, int64_t d, const double *g) {
    double largest = 0;
    for (int64_t p = 0; p < count; p++) largest = fmax(largest, cvxnn__norm(d, g + p * d));
    return largest;
}

double cvxnn__gated_dual(const struct cvxnn__instance *instance, const double *nu, double largest,
                         double *scratch) {
    double most = largest > 0 ? instance->beta / largest : INFINITY;
    double t = cvxnn__loss_dual_scale(instance, nu, most);
    for (int64_t i = 0; i < instance->rows.n; i++) scratch[i] = t * nu[i];
    return cvxnn__loss_dual(instance, scratch);
}

double cvxnn__gated_penalty(int64_t count, int64_t d, const double *w) {
    double penalty = 0;
    for (int64_t p = 0; p < count; p++) penalty += cvxnn__norm(d, w + p * d);
    return penalty;
}

int32_t cvxnn__gated_beta_max(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                              const struct cvxnn__patterns *patterns, double *beta_max) {
    struct cvxnn__scope scope;
    int64_t n = instance->rows.n, d = instance->rows.d;
    cvxnn__scope_open(&scope, context->memory);
    double *f = cvxnn__take_zeroed(&scope, n, 1, (int64_t)sizeof *f);
    double *g = cvxnn__doubles(&scope, patterns->masks.count, d);
    int32_t status = scope.failed ? cvxnn__fail_memory(context) : CVXNN_OK;
    if (!status) {
        cvxnn__loss_residual(instance, f, f);
        status = cvxnn__masks_gradient(context, &instance->rows, &patterns->masks, f, g, d);
    }
    if (!status) *beta_max = cvxnn__gated_largest(patterns->masks.count, d, g);
    cvxnn__scope_close(&scope);
    return status;
}

void cvxnn__gated_note(struct cvxnn__restricted *program) {
    if (!(program->objective < program->best)) return;
    program->best = program->objective;
    memcpy(program->best_w, program->w,
           (size_t)(program->count * program->instance->rows.d) * sizeof *program->w);
}

/* f and P of the program's w, whatever was the best before. */
static int32_t evaluate(struct cvxnn__restricted *program) {
    const struct cvxnn__instance *instance = program->instance;
    int64_t d = instance->rows.d;
    int32_t status = cvxnn__masks_forward(program->context, &instance->rows, &program->masks, program->w, d,
                                          program->f);
    program->objective = cvxnn__loss_value(instance, program->f) +
                         instance->beta * cvxnn__gated_penalty(program->count, d, program->w);
    program->best = INFINITY;
    cvxnn__gated_note(program);
    return status;
}

/* A restricted program over the patterns inside, in a scope of its own, its w zero. */
static int32_t restrict_to(struct solve *solve, struct cvxnn__restricted *program) {
    const struct cvxnn__rows *rows = &solve->instance->rows;
    *program = (struct cvxnn__restricted){.context = solve->context, .instance = solve->instance};
    for (int64_t p = 0; p < solve->patterns->masks.count; p++) program->count += solve->inside[p];
    cvxnn__scope_open(&program->scope, solve->context->memory);
    program->pattern = cvxnn__integers(&program->scope, program->count);
    program->w = cvxnn__take_zeroed(&program->scope, program->count, rows->d, (int64_t)sizeof(double));
    program->best_w = cvxnn__take_zeroed(&program->scope, program->count, rows->d, (int64_t)sizeof(double));
    program->mu = cvxnn__take_zeroed(&program->scope, program->count, 1, (int64_t)sizeof(double));
    program->f = cvxnn__take_zeroed(&program->scope, rows->n, 1, (int64_t)sizeof(double));
    program->dual = cvxnn__take_zeroed(&program->scope, rows->n, 1, (int64_t)sizeof(double));
    if (!program->scope.failed) {
        for (int64_t p = 0, q = 0; p < solve->patterns->masks.count; p++)
            if (solve->inside[p]) program->pattern[q++] = p;
        cvxnn__masks_select(&program->scope, &solve->patterns->masks, program->pattern, program->count,
                            &program->masks);
    }
    if (!program->scope.failed) return CVXNN_OK;
    cvxnn__scope_close(&program->scope);
    return cvxnn__fail_memory(solve->context);
}

/* The groups w (d numbers each) of `count` patterns to where the program has these patterns in `to`; both
 * ascend. */
static void copy_groups(const struct cvxnn__restricted *program, int64_t count, const int64_t *pattern,
                        int64_t d, const double *w, double *to) {
    for (int64_t p = 0, q = 0; p < count; p++) {
        while (q < program->count && program->pattern[q] < pattern[p]) q++;
        if (q < program->count && program->pattern[q] == pattern[p])
            memcpy(to + q * d, w + p * d, (size_t)d * sizeof *w);
    }
}

/* The working set becomes what is inside, with the iterate carried over. */
static int32_t regroup(struct solve *solve) {
    struct cvxnn__restricted program, *old = &solve->program;
    int64_t d = solve->instance->rows.d;
    int32_t status = restrict_to(solve, &program);
    if (status) return status;
    copy_groups(&program, old->count, old->pattern, d, old->w, program.w);
    copy_groups(&program, old->count, old->pattern, d, old->best_w, program.best_w);
    copy_groups(&program, old->count, old->pattern, 1, old->mu, program.mu);
    memcpy(program.f, old->f, (size_t)solve->instance->rows.n * sizeof *old->f);
    memcpy(program.dual, old->dual, (size_t)solve->instance->rows.n * sizeof *old->dual);
    program.objective = old->objective;
    program.best = old->best;
    program.part_of_gap = old->part_of_gap;
    program.on_rows = old->on_rows;
    program.iterations = old->iterations;
    program.most_iterations = old->most_iterations;
    cvxnn__scope_close(&old->scope);
    *old = program;
    return CVXNN_OK;
}

/* The first working set: start's patterns, with its weights if they are better than none. */
static int32_t begin(struct solve *solve, const struct cvxnn__gated *start) {
    struct cvxnn__restricted *program = &solve->program;
    for (int64_t a = 0; start && a < start->active; a++) solve->inside[start->pattern[a]] = 1;
    int32_t status = restrict_to(solve, program);
    if (status) return status;
    if (solve->context->monitor) program->most_iterations = solve->context->monitor->max_iterations;
    if (!(status = evaluate(program)) && start) {
        double nothing = program->objective;
        copy_groups(program, start->active, start->pattern, solve->instance->rows.d, start->w, program->w);
        status = evaluate(program);
        if (!status && program->objective >= nothing) {
            memset(program->w, 0, (size_t)(program->count * solve->instance->rows.d) * sizeof *program->w);
            status = evaluate(program);
        }
    }
    return status;
}

static int is_all_zero(int64_t count, const double *x) {
    for (int64_t e = 0; e < count; e++)
        if (x[e] != 0) return 0;
    return 1;
}

static int is_zero(const struct cvxnn__restricted *program) {
    return is_all_zero(program->count * program->instance->rows.d, program->w);
}

static void update_gap(struct solve *solve) {
    double objective = solve->program.best;
    solve->gap = objective > 0 ? fmax(objective - solve->dual, 0) / objective : 0;
}

/* Every X' D_p nu, and the dual value they give. w = 0 with a feasible residual is optimal, and then D = P
 * without rounding. */
static int32_t look_at_all(struct solve *solve, const double *nu, double *value) {
    const struct cvxnn__rows *rows = &solve->instance->rows;
    const struct cvxnn__masks *masks = &solve->patterns->masks;
    int32_t status = cvxnn__masks_gradient(solve->context, rows, masks, nu, solve->g, rows->d);
    if (status) return status;
    double largest = cvxnn__gated_largest(masks->count, rows->d, solve->g);
    int optimal = nu == solve->nu && largest <= solve->instance->beta && is_zero(&solve->program);
    *value = optimal ? solve->program.objective
                     : cvxnn__gated_dual(solve->instance, nu, largest, solve->scaled);
    if (*value > solve->dual) {
        solve->dual = *value;
        memcpy(solve->dual_nu, nu, (size_t)rows->n * sizeof *nu);
    }
    update_gap(solve);
    return CVXNN_OK;
}

static void exchange(struct solve *solve) {
    double *g = solve->g;
    solve->g = solve->other_g;
    solve->other_g = g;
}

/* The residual's bound and that of the vector that was best on the working set; g is left of the better. */
static int32_t look(struct solve *solve) {
    const double *dual = solve->program.dual;
    int64_t n = solve->instance->rows.n;
    double own, other;
    cvxnn__loss_residual(solve->instance, solve->program.f, solve->nu);
    int32_t status = look_at_all(solve, solve->nu, &own);
    if (status || is_all_zero(n, dual) || memcmp(dual, solve->nu, (size_t)n * sizeof *dual) == 0)
        return status;
    exchange(solve);
    status = look_at_all(solve, dual, &other);
    if (!status && own >= other) exchange(solve);
    return status;
}

struct violation {
    double size;
    int64_t pattern;
};

static int by_size(const void *a, const void *b) {
    const struct violation *u = a, *v = b;
    if (u->size != v->size) return u->size < v->size ? 1 : -1;
    return u->pattern < v->pattern ? -1 : 1;
}

/* The patterns outside that violate their bound most come in, no more of them than are in already (or
 * FIRST_JOINING). *joined: how many. */
static int32_t join(struct solve *solve, int64_t *joined) {
    struct cvxnn__scope scope;
    int64_t patterns = solve->patterns->masks.count, d = solve->instance->rows.d, found = 0;
    cvxnn__scope_open(&scope, solve->context->memory);
    struct violation *violations = cvxnn__take(&scope, patterns, 1, (int64_t)sizeof *violations);
    int32_t status = scope.failed ? cvxnn__fail_memory(solve->context) : CVXNN_OK;
    for (int64_t p = 0; !status && p < patterns; p++) {
        double size = cvxnn__norm(d, solve->g + p * d);
        if (!solve->inside[p] && size > solve->instance->beta)
            violations[found++] = (struct violation){size, p};
    }
    if (!status) {
        int64_t most = solve->program.count > FIRST_JOINING ? solve->program.count : FIRST_JOINING;
        qsort(violations, (size_t)found, sizeof *violations, by_size);
        *joined = found < most ? found : most;
        for (int64_t v = 0; v < *joined; v++) solve->inside[violations[v].pattern] = 1;
        if (*joined) status = regroup(solve);
    }
    cvxnn__scope_close(&scope);
    return status;
}

static int32_t report(struct solve *solve) {
    struct cvxnn__progress progress = cvxnn__progress_of(CVXNN_EVENT_CONVEX);
    int64_t d = solve->instance->rows.d;
    progress.iterations = solve->program.iterations;
    progress.patterns = solve->patterns->masks.count;
    progress.active = 0;
    for (int64_t q = 0; q < solve->program.count; q++)
        progress.active += cvxnn__norm(d, solve->program.best_w + q * d) > 0;
    progress.convex_objective = solve->program.best;
    progress.convex_dual = solve->dual;
    progress.relative_gap = solve->gap;
    return cvxnn__report(solve->context, &progress);
}

/* Rounds until the gap is small enough, a budget ends, or rounding stops the progress. */
static int32_t rounds(struct solve *solve, double tolerance) {
    struct cvxnn__restricted *program = &solve->program;
    double least = INFINITY; /* the gap that counts as progress made */
    for (int idle = 0;;) {
        int64_t joined = 0;
        int32_t status = look(solve);
        if (!status) status = report(solve);
        if (status || solve->gap <= tolerance) return status;
        idle = solve->gap < 0.99 * least ? 0 : idle + 1;
        least = fmin(least, solve->gap);
        if ((status = join(solve, &joined))) return status;
        if (joined) idle = 0;
        if (idle >= MOST_IDLE_ROUNDS) return CVXNN_STOPPED_PRECISION;
        double part = joined > program->count / MANY_JOINED ? PART : PART_SETTLED;
        status = cvxnn__gated_newton(program, fmax(0.5 * tolerance, part * solve->gap), NEWTON_STEPS);
        if (status) return status;
    }
}

/* The last iterate, when it is within the tolerance or as good as the best, becomes the best: the best dual
 * value is more likely to be its own, and its nu is what a certificate starts from. */
static int32_t prefer_last(struct solve *solve, double tolerance) {
    struct cvxnn__restricted *program = &solve->program;
    if (program->objective - solve->dual > tolerance * program->objective &&
        program->objective > program->best * (1 + ROUNDING))
        return CVXNN_OK;
    program->best = INFINITY;
    cvxnn__gated_note(program);
    double most = solve->dual / (1 - tolerance) * (1 - ROUNDING);
    return tolerance < 1 ? cvxnn__gated_trim(program, solve->g, most) : CVXNN_OK;
}

/* The best iterate as a solution, with f, nu, P computed afresh from the groups kept. */
static int32_t finish(struct solve *solve, double tolerance, struct cvxnn__gated *solution) {
    struct cvxnn__restricted *program = &solve->program;
    int64_t d = solve->instance->rows.d, n = solve->instance->rows.n, active = 0;
    int32_t status = prefer_last(solve, tolerance);
    if (status) return status;
    memset(solve->inside, 0, (size_t)solve->patterns->masks.count);
    for (int64_t q = 0; q < program->count; q++)
        if (cvxnn__norm(d, program->best_w + q * d) > 0) solve->inside[program->pattern[q]] = 1, active++;
    if ((status = regroup(solve))) return status;
    memcpy(program->w, program->best_w, (size_t)(program->count * d) * sizeof *program->w);
    if ((status = evaluate(&solve->program))) return status;
    update_gap(solve);
    *solution = (struct cvxnn__gated){.active = active,
                                      .pattern = solve->program.pattern,
                                      .w = solve->program.w,
                                      .objective = solve->program.objective,
                                      .dual = solve->dual,
                                      .gap = solve->gap,
                                      .iterations = solve->program.iterations};
    cvxnn__scope_open(&solution->scope, solve->context->memory);
    solution->nu = cvxnn__doubles(&solution->scope, n, 1);
    solution->dual_nu = cvxnn__doubles(&solution->scope, n, 1);
    if (solution->scope.failed) {
        cvxnn__scope_close(&solution->scope);
        return cvxnn__fail_memory(solve->context);
    }
    memcpy(solution->dual_nu, solve->dual_nu, (size_t)n * sizeof *solution->dual_nu);
    cvxnn__loss_residual(solve->instance, solve->program.f, solution->nu);
    cvxnn__give_back(&solve->program.scope, solve->program.masks.words);
    cvxnn__give_back(&solve->program.scope, solve->program.f);
    cvxnn__give_back(&solve->program.scope, solve->program.dual);
    cvxnn__give_back(&solve->program.scope, solve->program.mu);
    cvxnn__give_back(&solve->program.scope, solve->program.best_w);
    cvxnn__scope_adopt(&solution->scope, &solve->program.scope);
    return CVXNN_OK;
}

int32_t cvxnn__gated_solve(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                           const struct cvxnn__patterns *patterns, double tolerance,
                           const struct cvxnn__gated *start, struct cvxnn__gated *solution) {
    struct solve solve = {.context = context, .instance = instance, .patterns = patterns};
    int64_t n = instance->rows.n, count = patterns->masks.count;
    cvxnn__scope_open(&solve.scope, context->memory);
    solve.nu = cvxnn__doubles(&solve.scope, n, 1);
    solve.scaled = cvxnn__doubles(&solve.scope, n, 1);
    solve.dual_nu = cvxnn__take_zeroed(&solve.scope, n, 1, (int64_t)sizeof *solve.dual_nu);
    solve.g = cvxnn__doubles(&solve.scope, count, instance->rows.d);
    solve.other_g = cvxnn__doubles(&solve.scope, count, instance->rows.d);
    solve.inside = cvxnn__take_zeroed(&solve.scope, count, 1, 1);
    int32_t status = solve.scope.failed ? cvxnn__fail_memory(context) : begin(&solve, start), failure;
    if (!status) status = rounds(&solve, tolerance);
    if (status >= 0 && (failure = finish(&solve, tolerance, solution))) status = failure;
    if (solve.program.scope.memory) cvxnn__scope_close(&solve.program.scope);
    cvxnn__scope_close(&solve.scope);
    return status;
}

void cvxnn__gated_free(struct cvxnn__gated *solution) {
    cvxnn__scope_close(&solution->scope);
    solution->active = 0;
}
