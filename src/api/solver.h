/* The solver handle: a hold on its problem, options, packed patterns and the last result. */
#ifndef CVXNN_API_SOLVER_H
#define CVXNN_API_SOLVER_H

#include "api/problem.h"
#include "api/results.h"
#include "api/session.h"
#include "convex/gated.h"
#include "model/narrow.h"
#include "model/network.h"
#include "patterns/patterns.h"

/* Gates, or directions, that the user gave. */
struct cvxnn__gates {
    struct cvxnn__scope scope;
    int64_t count, columns;
    const double *values; /* count x columns, row-major */
    int64_t revision;     /* counts changes */
};

/* Patterns, with what they were made from: they are made again when that changes. */
struct cvxnn__packed {
    int filled;
    int64_t data_revision, gates_revision, count, seed;
    struct cvxnn__patterns patterns;
    int64_t fit_revision; /* for which beta_max is known; -1: not known */
    double beta_max;
    int has_narrow;
    struct cvxnn__narrow narrow; /* coordinates of the data, and of the solver's gated solution */
};

/* The network of the last solve and what was reported of it. */
struct cvxnn__outcome {
    int filled;
    struct cvxnn__network network;
    struct cvxnn__results results;
    struct cvxnn__scope scope; /* owns nu and sharpness */
    int64_t n;
    double *nu; /* residual of the network, n */
    double
        *sharpness; /* of the neurons that were decomposed, as many as CVXNN_INFO_DECOMPOSED says; or NULL */
};

struct cvxnn_solver {
    struct cvxnn__handle handle;
    struct cvxnn_problem *problem;
    struct cvxnn__options options;
    struct cvxnn__watch watch;
    struct cvxnn__gates gates;
    struct cvxnn__gates directions; /* that the search begins with, too */
    int has_start;
    struct cvxnn__network start;
    struct cvxnn__packed packed;
    int64_t packings; /* counts how often patterns were packed */
    int has_gated;    /* a solution over packed.patterns, from which the next solve starts */
    struct cvxnn__gated gated;
    struct cvxnn__outcome last;
};

/* All run under the solver's own call; see solve.c. */
int32_t cvxnn__solver_run(struct cvxnn__context *context, struct cvxnn_solver *solver);
int32_t cvxnn__solver_beta_max(struct cvxnn__context *context, struct cvxnn_solver *solver, double *beta_max);

/* The same two without a session of their own: the context has a team and a monitor already. _run_at: beta
 * (0: the problem's), given (the network that gradient and search begin with, or NULL), warm (a network of
 * this problem's from which relu and search begin, or NULL), and the outcome is the caller's; the last result
 * stays. */
int32_t cvxnn__solver_run_at(struct cvxnn__context *context, struct cvxnn_solver *solver, double beta,
                             const struct cvxnn__network *given, const struct cvxnn__network *warm,
                             struct cvxnn__outcome *outcome);
int32_t cvxnn__solver_find_beta_max(struct cvxnn__context *context, struct cvxnn_solver *solver,
                                    double *beta_max);

/* See packed.c. Patterns and beta_max, or the coordinates, unless they are there already. Stops. */
int32_t cvxnn__packed_beta_max(struct cvxnn__context *context, struct cvxnn_solver *solver,
                               const struct cvxnn__instance *instance);
int32_t cvxnn__packed_narrow(struct cvxnn__context *context, struct cvxnn_solver *solver,
                             const struct cvxnn__rows *rows);
void cvxnn__packed_forget(struct cvxnn_solver *solver);
void cvxnn__outcome_free(struct cvxnn__outcome *outcome);

#endif
