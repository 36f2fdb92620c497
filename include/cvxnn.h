/*
 * cvxnn: two-layer ReLU networks by convex relaxation, with a proved gap to the global optimum.
 *
 * The problem, everywhere in this header (docs/math.md has the mathematics):
 *
 *   minimise  F(f) + (beta/2) sum_j (|u_j|^2 + |a_j|^2),   f_i = sum_j (x_i . u_j)_+ a_j            (NN)
 *   F(f) = (1/S) sum_i s_i l(f_i, y_i),   S = sum_i s_i,   squared loss: l = |f - y|^2 / 2
 *
 * for data X (n rows of d features), targets Y (n x c), sample weights s >= 0 (default all 1).
 *
 * How it is used: make a problem, give it data, targets and options; make a solver for it, set
 * options, solve; read results by key, take the model, predict with it or save it. Every handle
 * is freed with its own _free, in any order.
 *
 *   cvxnn_problem *problem; cvxnn_solver *solver; cvxnn_model *model;
 *   cvxnn_problem_create(&problem);
 *   cvxnn_problem_set_data(problem, n, d, x, d, CVXNN_ROW_MAJOR, CVXNN_COPY);
 *   cvxnn_problem_set_targets(problem, n, 1, y, 1, CVXNN_ROW_MAJOR);
 *   cvxnn_solver_create(problem, &solver);
 *   cvxnn_solver_solve(solver);
 *   cvxnn_solver_get_model(solver, &model);
 *
 * Rules that hold for every function:
 *  - The result is a status (CVXNN_STATUS_TABLE): 0 done, positive stopped early with a usable
 *    result (or what the function says it gives then), negative an error. After an error nothing
 *    the call was to change has changed, and an out-parameter is not written. cvxnn_status_string
 *    explains a status in general; where a handle is involved, its _message function tells what
 *    happened in particular.
 *  - Sizes, strides and leading dimensions are int64_t and count elements, codes and keys are
 *    int32_t, data is double or, through the functions named _float, float.
 *  - A matrix is described by rows, columns, order and leading dimension: in CVXNN_ROW_MAJOR
 *    order entry (i, j) is at i * ld + j with ld >= columns, in CVXNN_COLUMN_MAJOR order at
 *    j * ld + i with ld >= rows. Arrays given in are read only; arrays to be filled must not
 *    overlap those read. Unless a function says otherwise, what it is given is copied.
 *  - Different handles may be used by different threads at once. One handle used by two threads
 *    at once yields CVXNN_ERROR_BUSY, never a race; calls that only read a handle may overlap.
 *    Freeing a handle that another thread is still inside is safe only for handles held through
 *    another (a solver keeps its problem alive); otherwise the caller must wait.
 *  - The library does not print, exit, install signal handlers, read the environment, or change
 *    the locale, the rounding mode or the number of BLAS threads. Its own threads live during a call
 *    and leave signals to the caller's.
 *  - Same seed, inputs, build, kind of CPU and BLAS (provider and its thread count): the same
 *    bits, for any value of CVXNN_OPTION_THREADS.
 *  - All functions exist since version 0.1.0 unless they say otherwise.
 */
#ifndef CVXNN_H
#define CVXNN_H

#include <stdint.h>

#define CVXNN_VERSION_MAJOR 0
#define CVXNN_VERSION_MINOR 1
#define CVXNN_VERSION_PATCH 0

#if defined(__GNUC__) && __GNUC__ >= 4
#define CVXNN_API __attribute__((visibility("default")))
#else
#define CVXNN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Codes and keys: explicit numbers, never reused, never renumbered ------------------- */

/* X(symbol, number, meaning) */
#define CVXNN_STATUS_TABLE(X)                                                                           \
    X(CVXNN_OK, 0, "done, to the tolerance asked for")                                                  \
    X(CVXNN_STOPPED_ITERATIONS, 1, "the iteration budget ran out; the best result is kept")             \
    X(CVXNN_STOPPED_SECONDS, 2, "the time budget ran out; the best result is kept")                     \
    X(CVXNN_STOPPED_CANCELLED, 3, "cancelled; the best result is kept")                                 \
    X(CVXNN_STOPPED_PRECISION, 4, "rounding errors allow no further progress; the best result is kept") \
    X(CVXNN_ERROR_MEMORY, -1, "out of memory")                                                          \
    X(CVXNN_ERROR_NULL, -2, "a required pointer is NULL")                                               \
    X(CVXNN_ERROR_SHAPE, -3, "a size, order or leading dimension does not fit")                         \
    X(CVXNN_ERROR_VALUE, -4, "a value is not finite or outside its bounds")                             \
    X(CVXNN_ERROR_KEY, -5, "no such option, result or name")                                            \
    X(CVXNN_ERROR_BUSY, -6, "the handle is in use by another thread")                                   \
    X(CVXNN_ERROR_STATE, -7, "something must be set or solved first")                                   \
    X(CVXNN_ERROR_IO, -8, "a file could not be read or written")                                        \
    X(CVXNN_ERROR_FORMAT, -9, "the contents of a file do not follow its format")                        \
    X(CVXNN_ERROR_NEWER, -10, "the file was written by a newer version")                                \
    X(CVXNN_ERROR_UNSUPPORTED, -11, "this combination is not supported")                                \
    X(CVXNN_ERROR_NUMERICAL, -12, "a factorisation broke down")                                         \
    X(CVXNN_ERROR_UNAVAILABLE, -13, "the method that ran has no such result")                           \
    X(CVXNN_ERROR_VERIFICATION, -14, "a certificate does not prove what it claims")

/* How a matrix lies in memory, and whether it is copied. CVXNN_BORROW: the caller keeps the array
 * alive and unchanged until the problem gets other data or its last user is freed. */
#define CVXNN_LAYOUT_TABLE(X)                \
    X(CVXNN_ROW_MAJOR, 1, "row-major")       \
    X(CVXNN_COLUMN_MAJOR, 2, "column-major") \
    X(CVXNN_COPY, 1, "copy")                 \
    X(CVXNN_BORROW, 2, "borrow")

/* X(symbol, key, owner, type, default, least, most, name, meaning). Owner: which handle takes the option;
 * BOTH: solver and certificate; RUN: those and the path. A choice is an int64_t from CVXNN_CHOICE_TABLE; its
 * least and most are the numbers in use. */
#define CVXNN_OPTION_TABLE(X)                                                                                \
    X(CVXNN_OPTION_LOSS, 101, PROBLEM, CHOICE, 0, 0, 0, "loss", "the loss l(f, y)")                          \
    X(CVXNN_OPTION_BETA, 102, PROBLEM, DOUBLE, 0.0, 0.0, 1e300, "beta",                                      \
      "weight decay; 0 means beta_ratio times beta_max")                                                     \
    X(CVXNN_OPTION_BIAS, 103, PROBLEM, CHOICE, 0, 0, 1, "bias", "bias of the first layer")                   \
    X(CVXNN_OPTION_STANDARDIZE, 104, PROBLEM, INT, 0, 0, 1, "standardize",                                   \
      "1: every non-constant feature is scaled to mean 0, variance 1 before the problem is posed")           \
    X(CVXNN_OPTION_METHOD, 201, SOLVER, CHOICE, 3, 0, 4, "method", "how the network is found")               \
    X(CVXNN_OPTION_BETA_RATIO, 202, SOLVER, DOUBLE, 0.01, 1e-12, 1e12, "beta_ratio",                         \
      "beta as a multiple of beta_max, where the problem's beta is 0")                                       \
    X(CVXNN_OPTION_PATTERNS, 203, SOLVER, INT, 1000, 1, 1000000000, "patterns", "patterns to sample")        \
    X(CVXNN_OPTION_SEED, 204, SOLVER, INT, 0, 0, INT64_MAX, "seed", "seed of all random numbers")            \
    X(CVXNN_OPTION_TOLERANCE, 205, SOLVER, DOUBLE, 1e-6, 0.0, 1.0, "tolerance",                              \
      "relative duality gap of the convex program to reach")                                                 \
    X(CVXNN_OPTION_MAX_ITERATIONS, 206, BOTH, INT, 0, 0, INT64_MAX, "max_iterations",                        \
      "iteration budget; 0: no limit for convex programs, 5000 a start for gradient and polish")             \
    X(CVXNN_OPTION_MAX_SECONDS, 207, RUN, DOUBLE, 0.0, 0.0, 1e9, "max_seconds",                              \
      "wall-clock budget of one solve, proof or path; 0: no limit")                                          \
    X(CVXNN_OPTION_THREADS, 208, BOTH, INT, 1, 0, 4096, "threads",                                           \
      "threads of one solve; 0: one for every core")                                                         \
    X(CVXNN_OPTION_BOUND, 209, SOLVER, INT, 1, 0, 1, "bound",                                                \
      "1: after a ReLU network is found, prove a lower bound on the optimum of (NN)")                        \
    X(CVXNN_OPTION_POLISH, 210, SOLVER, INT, 1, 0, 1, "polish",                                              \
      "1: a decomposed network is refitted and trained on by L-BFGS; 0: it stays as decomposed")             \
    X(CVXNN_OPTION_OPTIMIZER, 221, SOLVER, CHOICE, 2, 0, 2, "optimizer", "optimizer of the gradient method") \
    X(CVXNN_OPTION_WIDTH, 222, SOLVER, INT, 100, 1, 10000000, "width",                                       \
      "neurons of a random start of the gradient method")                                                    \
    X(CVXNN_OPTION_STARTS, 223, SOLVER, INT, 5, 1, 1000000, "starts",                                        \
      "random starts of the gradient method; the best is kept")                                              \
    X(CVXNN_OPTION_STEP, 224, SOLVER, DOUBLE, 0.0, 0.0, 1e6, "step",                                         \
      "step size of gd and adam; 0: chosen by the library")                                                  \
    X(CVXNN_OPTION_DECREASE, 225, SOLVER, DOUBLE, 1e-12, 0.0, 1.0, "decrease",                               \
      "relative decrease of the objective at which the gradient method stops")                               \
    X(CVXNN_OPTION_ORDER, 231, CERTIFICATE, INT, 0, 0, 6, "order",                                           \
      "order of the certificate's polynomials; 0: chosen by the library, or branching")                      \
    X(CVXNN_OPTION_TARGET_RATIO, 232, CERTIFICATE, DOUBLE, 1.000001, 1.0, 1e300, "target_ratio",             \
      "objective / lower bound at which a proof is good enough")                                             \
    X(CVXNN_OPTION_CELLS, 233, CERTIFICATE, INT, 100000, 0, INT64_MAX, "cells",                              \
      "regions of the sphere that branching may look at, by rows' signs too; 0: no branching")               \
    X(CVXNN_OPTION_POINTS, 241, PATH, INT, 30, 2, 10000, "points", "values of beta on a path")               \
    X(CVXNN_OPTION_LEAST_RATIO, 242, PATH, DOUBLE, 0.001, 1e-12, 0.999, "least_ratio",                       \
      "the path's least beta, as a multiple of beta_max, its largest")                                       \
    X(CVXNN_OPTION_FOLDS, 243, PATH, INT, 0, 0, INT64_MAX, "folds",                                          \
      "parts of the rows that cross-validation holds out in turn; 0: none")                                  \
    X(CVXNN_OPTION_HOLDOUT, 244, PATH, DOUBLE, 0.0, 0.0, 0.999, "holdout",                                   \
      "part of the rows that a path holds out to measure errors on; 0: none")                                \
    X(CVXNN_OPTION_OPERATIONS, 265, CERTIFICATE, DOUBLE, 1e11, 0.0, 1e300, "operations",                     \
      "floating-point operations the search may take, as expected; parts that need more are not begun")      \
    X(CVXNN_OPTION_CONE_ROUNDS, 270, SOLVER, INT, 100, 0, 100, "cone_rounds",                                \
      "rounds of the cone decomposition towards the shortest pairs; 0: cheap ones along the gates")          \
    X(CVXNN_OPTION_KINKS, 280, CERTIFICATE, CHOICE, 0, 0, 2, "kinks", "how polynomials bound the rows' kinks")

/* X(symbol, option, number, name, meaning) */
#define CVXNN_CHOICE_TABLE(X)                                                                              \
    X(CVXNN_LOSS_SQUARED, CVXNN_OPTION_LOSS, 0, "squared", "|f - y|^2 / 2")                                \
    X(CVXNN_BIAS_NONE, CVXNN_OPTION_BIAS, 0, "none", "no bias")                                            \
    X(CVXNN_BIAS_PENALIZED, CVXNN_OPTION_BIAS, 1, "penalized",                                             \
      "a constant feature 1 is appended; its weights count in the penalty")                                \
    X(CVXNN_METHOD_GATED, CVXNN_OPTION_METHOD, 0, "gated", "the gated convex program (G)")                 \
    X(CVXNN_METHOD_DECOMPOSE, CVXNN_OPTION_METHOD, 1, "decompose",                                         \
      "(G), turned into a ReLU network by cone decomposition")                                             \
    X(CVXNN_METHOD_RELU, CVXNN_OPTION_METHOD, 2, "relu", "the ReLU program (R) over the sampled patterns") \
    X(CVXNN_METHOD_SEARCH, CVXNN_OPTION_METHOD, 3, "search",                                               \
      "(R) with patterns added by pricing, to the end")                                                    \
    X(CVXNN_METHOD_GRADIENT, CVXNN_OPTION_METHOD, 4, "gradient",                                           \
      "gradient training of (NN) from random starts")                                                      \
    X(CVXNN_OPTIMIZER_GD, CVXNN_OPTION_OPTIMIZER, 0, "gd", "gradient descent with line search")            \
    X(CVXNN_OPTIMIZER_ADAM, CVXNN_OPTION_OPTIMIZER, 1, "adam", "Adam, full batch")                         \
    X(CVXNN_OPTIMIZER_LBFGS, CVXNN_OPTION_OPTIMIZER, 2, "lbfgs", "limited-memory BFGS")                    \
    X(CVXNN_KINKS_ANY, CVXNN_OPTION_KINKS, 0, "any", "as pays")                                            \
    X(CVXNN_KINKS_APART, CVXNN_OPTION_KINKS, 1, "apart", "each by a polynomial of x_i . u alone")          \
    X(CVXNN_KINKS_JOINT, CVXNN_OPTION_KINKS, 2, "joint",                                                   \
      "each by a polynomial of order 2 in all directions; at least two columns")

/* X(symbol, key, type, name, meaning): results of a solver or a certificate, and what events carry */
#define CVXNN_INFO_TABLE(X)                                                                                  \
    X(CVXNN_INFO_STATUS, 301, INT, "status", "status of the last solve")                                     \
    X(CVXNN_INFO_OBJECTIVE, 302, DOUBLE, "objective",                                                        \
      "objective of the network returned, recomputed from its weights")                                      \
    X(CVXNN_INFO_CONVEX_OBJECTIVE, 303, DOUBLE, "convex_objective", "primal value P of the convex program")  \
    X(CVXNN_INFO_CONVEX_DUAL, 304, DOUBLE, "convex_dual", "best dual value D over all patterns")             \
    X(CVXNN_INFO_RELATIVE_GAP, 305, DOUBLE, "relative_gap", "(P - D) / P; 0 when P = 0")                     \
    X(CVXNN_INFO_LOWER_BOUND, 306, DOUBLE, "lower_bound",                                                    \
      "proved lower bound on the optimum of (NN), rounding included")                                        \
    X(CVXNN_INFO_CERTIFIED_RATIO, 307, DOUBLE, "certified_ratio",                                            \
      "objective / lower_bound; unavailable when only the objective is not 0")                               \
    X(CVXNN_INFO_BETA, 308, DOUBLE, "beta", "beta that was used")                                            \
    X(CVXNN_INFO_BETA_MAX, 309, DOUBLE, "beta_max",                                                          \
      "least beta at which zero solves the gated program with these patterns")                               \
    X(CVXNN_INFO_PATTERNS, 310, INT, "patterns", "distinct non-empty patterns in use")                       \
    X(CVXNN_INFO_PATTERNS_SAMPLED, 311, INT, "patterns_sampled",                                             \
      "patterns sampled or given, before duplicates and empty ones were dropped")                            \
    X(CVXNN_INFO_PATTERNS_ADDED, 312, INT, "patterns_added", "patterns that pricing added to those sampled") \
    X(CVXNN_INFO_ACTIVE, 313, INT, "active", "patterns with non-zero weights")                               \
    X(CVXNN_INFO_NEURONS, 314, INT, "neurons", "neurons of the network returned")                            \
    X(CVXNN_INFO_ITERATIONS, 315, INT, "iterations", "iterations of the method")                             \
    X(CVXNN_INFO_SECONDS, 316, DOUBLE, "seconds", "wall time of the solve, set-up included")                 \
    X(CVXNN_INFO_THREADS, 317, INT, "threads", "threads that were used")                                     \
    X(CVXNN_INFO_BLOWUP_MAX, 318, DOUBLE, "blowup_max",                                                      \
      "largest (|v| + |w|) / |u| of the cone decompositions u = v - w")                                      \
    X(CVXNN_INFO_BLOWUP_MEAN, 319, DOUBLE, "blowup_mean", "mean of (|v| + |w|) / |u|, weighted by |u|")      \
    X(CVXNN_INFO_PEAK_BYTES, 320, INT, "peak_bytes",                                                         \
      "most memory the solver and its problem held at once, borrowed data excluded")                         \
    X(CVXNN_INFO_BEST_START, 321, INT, "best_start", "random start that gave the network")                   \
    X(CVXNN_INFO_DECOMPOSED_OBJECTIVE, 322, DOUBLE, "decomposed_objective",                                  \
      "objective of the network as decomposed, before it was polished")                                      \
    X(CVXNN_INFO_NEURONS_BEFORE_PRUNING, 323, INT, "neurons_before_pruning",                                 \
      "neurons before those that others replace at no cost were taken out")                                  \
    X(CVXNN_INFO_VIOLATION, 324, DOUBLE, "violation",                                                        \
      "largest |sum_i nu_i (x_i . u)_+| / (beta |u|) - 1 that pricing found, or 0")                          \
    X(CVXNN_INFO_ORDER, 331, INT, "order", "order of the certificate's polynomials; 0: it is a tree")        \
    X(CVXNN_INFO_LEAVES, 332, INT, "leaves", "regions that the certificate bounds apart; 1: all in one")     \
    X(CVXNN_INFO_CLAIMED_OBJECTIVE, 333, DOUBLE, "claimed_objective",                                        \
      "objective that the certificate claims, whether or not it was verified")                               \
    X(CVXNN_INFO_CLAIMED_BOUND, 334, DOUBLE, "claimed_bound",                                                \
      "lower bound that the certificate claims, whether or not it was verified")                             \
    X(CVXNN_INFO_KINKS, 380, INT, "kinks",                                                                   \
      "how the certificate bounds kinks, a CVXNN_KINKS_ number; 0: it is a tree")                            \
    X(CVXNN_INFO_POINT, 340, INT, "point", "number of a point of a path, from 0, the largest beta")          \
    X(CVXNN_INFO_FOLD, 341, INT, "fold", "number of the fold that was held out, from 0")                     \
    X(CVXNN_INFO_TRAIN_ERROR, 342, DOUBLE, "train_error",                                                    \
      "mean of |f - y|^2 over the rows trained on, weighted")                                                \
    X(CVXNN_INFO_VALIDATION_ERROR, 343, DOUBLE, "validation_error",                                          \
      "mean of |f - y|^2 over the rows held out, weighted")                                                  \
    X(CVXNN_INFO_STANDARD_ERROR, 344, DOUBLE, "standard_error", "standard error of validation_error")        \
    X(CVXNN_INFO_SQRT_LOG, 365, DOUBLE, "sqrt_log_2n",                                                       \
      "sqrt(log 2n), with which the factor grows that sampled cones lose at most (Kim & Pilanci 2024)")      \
    X(CVXNN_INFO_SAMPLED_RATIO, 366, DOUBLE, "sampled_ratio",                                                \
      "optimum over the sampled cones (method relu) / lower_bound: no less than what sampling lost")         \
    X(CVXNN_INFO_DECOMPOSED, 390, INT, "decomposed", "gated neurons that were decomposed into the network")  \
    X(CVXNN_INFO_LIMIT, 391, INT, "limit", "what most of the gap is owed to: a CVXNN_LIMIT_ number")         \
    X(CVXNN_INFO_OPTIMUM_ESTIMATE, 392, DOUBLE, "optimum_estimate",                                          \
      "what the dual vectors at hand would prove, were no direction worse than those found: no bound")       \
    X(CVXNN_INFO_DIRECTIONS, 393, INT, "directions", "directions found that would lower the objective")

/* X(symbol, key, meaning): what an event reports. Every event carries seconds (since the call began), and
 * by kind
 *  - PATTERNS: patterns, how many are packed; at the end how many remain, distinct and non-empty
 *  - CONVEX: iterations, active, convex_objective; for (G) also patterns, convex_dual, relative_gap
 *  - DECOMPOSE: active, the gated neurons to decompose; neurons made of them, once there are any
 *  - GRADIENT: iterations (all starts together), objective
 *  - BOUND: iterations, lower_bound
 *  - POINT: all results of the point that is done
 */
#define CVXNN_EVENT_TABLE(X)                                          \
    X(CVXNN_EVENT_PATTERNS, 401, "patterns are sampled and packed")   \
    X(CVXNN_EVENT_CONVEX, 402, "an iteration on the convex program")  \
    X(CVXNN_EVENT_DECOMPOSE, 403, "neurons are decomposed")           \
    X(CVXNN_EVENT_GRADIENT, 404, "an iteration of gradient training") \
    X(CVXNN_EVENT_BOUND, 405, "an iteration on the lower bound")      \
    X(CVXNN_EVENT_POINT, 406, "a point of a path is done")

/* X(symbol, key, type, name, meaning): what a model tells of itself */
#define CVXNN_MODEL_TABLE(X)                                                                 \
    X(CVXNN_MODEL_KIND, 501, INT, "kind", "CVXNN_KIND_RELU or CVXNN_KIND_GATED")             \
    X(CVXNN_MODEL_FEATURES, 502, INT, "features", "columns of the data, a bias not counted") \
    X(CVXNN_MODEL_OUTPUTS, 503, INT, "outputs", "columns of the targets")                    \
    X(CVXNN_MODEL_NEURONS, 504, INT, "neurons", "neurons")                                   \
    X(CVXNN_MODEL_BIAS, 505, INT, "bias", "a CVXNN_BIAS_ number")                            \
    X(CVXNN_MODEL_LOSS, 506, INT, "loss", "a CVXNN_LOSS_ number")                            \
    X(CVXNN_MODEL_BETA, 507, DOUBLE, "beta", "beta it was trained with; 0: not known")       \
    X(CVXNN_MODEL_SCALED, 508, INT, "scaled", "1: inputs are scaled before the first layer")

/* X(symbol, number, name). RELU: f(x) = sum_j (x . u_j)_+ a_j. GATED: f(x) = sum_j 1[x . g_j >= 0] (x . u_j)
 * a_j */
#define CVXNN_KIND_TABLE(X)       \
    X(CVXNN_KIND_RELU, 0, "relu") \
    X(CVXNN_KIND_GATED, 1, "gated")

/* X(symbol, number, name): which side of a gap limits: neither (it is closed to 1e-6), the bound, or the
 * network */
#define CVXNN_LIMIT_TABLE(X)         \
    X(CVXNN_LIMIT_NONE, 0, "none")   \
    X(CVXNN_LIMIT_BOUND, 1, "bound") \
    X(CVXNN_LIMIT_NETWORK, 2, "network")

/* X(symbol, number): types of options and results */
#define CVXNN_TYPE_TABLE(X) \
    X(CVXNN_TYPE_INT, 1)    \
    X(CVXNN_TYPE_DOUBLE, 2) \
    X(CVXNN_TYPE_CHOICE, 3)

/* X(symbol, number): groups of keys */
#define CVXNN_GROUP_TABLE(X) \
    X(CVXNN_GROUP_OPTION, 1) \
    X(CVXNN_GROUP_INFO, 2)   \
    X(CVXNN_GROUP_MODEL, 3)

#define CVXNN_ENUM_STATUS(symbol, number, meaning) symbol = number,
#define CVXNN_ENUM_LAYOUT(symbol, number, name) symbol = number,
#define CVXNN_ENUM_OPTION(symbol, key, owner, type, initial, least, most, name, meaning) symbol = key,
#define CVXNN_ENUM_CHOICE(symbol, option, number, name, meaning) symbol = number,
#define CVXNN_ENUM_INFO(symbol, key, type, name, meaning) symbol = key,
#define CVXNN_ENUM_EVENT(symbol, key, meaning) symbol = key,
#define CVXNN_ENUM_KIND(symbol, number, name) symbol = number,
#define CVXNN_ENUM_TYPE(symbol, number) symbol = number,
/* clang-format off */
enum {
    CVXNN_STATUS_TABLE(CVXNN_ENUM_STATUS)
    CVXNN_LAYOUT_TABLE(CVXNN_ENUM_LAYOUT)
    CVXNN_OPTION_TABLE(CVXNN_ENUM_OPTION)
    CVXNN_CHOICE_TABLE(CVXNN_ENUM_CHOICE)
    CVXNN_INFO_TABLE(CVXNN_ENUM_INFO)
    CVXNN_EVENT_TABLE(CVXNN_ENUM_EVENT)
    CVXNN_MODEL_TABLE(CVXNN_ENUM_INFO)
    CVXNN_KIND_TABLE(CVXNN_ENUM_KIND)
    CVXNN_LIMIT_TABLE(CVXNN_ENUM_KIND)
    CVXNN_TYPE_TABLE(CVXNN_ENUM_TYPE)
    CVXNN_GROUP_TABLE(CVXNN_ENUM_TYPE)
    CVXNN_VERSION_NUMBER = CVXNN_VERSION_MAJOR * 10000 + CVXNN_VERSION_MINOR * 100 + CVXNN_VERSION_PATCH
};
/* clang-format on */
#undef CVXNN_ENUM_STATUS
#undef CVXNN_ENUM_LAYOUT
#undef CVXNN_ENUM_OPTION
#undef CVXNN_ENUM_CHOICE
#undef CVXNN_ENUM_INFO
#undef CVXNN_ENUM_EVENT
#undef CVXNN_ENUM_KIND
#undef CVXNN_ENUM_TYPE

/* ---- Version and names ------------------------------------------------------------------ */

/* "major.minor.patch" and major * 10000 + minor * 100 + patch of the library that is loaded. */
CVXNN_API const char *cvxnn_version_string(void);
CVXNN_API int32_t cvxnn_version_number(void);

/* The meaning and the symbol of a status; any integer is accepted. Never NULL. */
CVXNN_API const char *cvxnn_status_string(int32_t status);
CVXNN_API const char *cvxnn_status_name(int32_t status);

/*
 * Keys by number and by name, for wrappers and command lines. Names are the lower-case words of the
 * tables above; a name may stand in several groups (beta is an option, a result and a fact of a model).
 *   key_at:  the index-th key of a group, counting from 0; CVXNN_ERROR_KEY past the last one
 *   key_of:  the key of a name in a group
 *   type_of: CVXNN_TYPE_INT, _DOUBLE or _CHOICE (a choice is set and read as an int64_t)
 *   option_range: default, least and most; the function for the other type yields CVXNN_ERROR_VALUE
 *   choice_of, choice_name: the number of a choice's name, and the name of its number
 * Unknown keys, groups and names yield CVXNN_ERROR_KEY, NULL pointers CVXNN_ERROR_NULL. Strings are
 * constants of the library; name_of, help_of and choice_name return NULL for what is unknown.
 */
CVXNN_API int32_t cvxnn_key_at(int32_t group, int64_t index, int32_t *key);
CVXNN_API int32_t cvxnn_key_of(int32_t group, const char *name, int32_t *key);
CVXNN_API const char *cvxnn_name_of(int32_t key);
CVXNN_API const char *cvxnn_help_of(int32_t key);
CVXNN_API int32_t cvxnn_type_of(int32_t key, int32_t *type);
CVXNN_API int32_t cvxnn_option_range_int(int32_t key, int64_t *initial, int64_t *least, int64_t *most);
CVXNN_API int32_t cvxnn_option_range_double(int32_t key, double *initial, double *least, double *most);
CVXNN_API int32_t cvxnn_choice_of(int32_t key, const char *name, int64_t *number);
CVXNN_API const char *cvxnn_choice_name(int32_t key, int64_t number);

/* ---- Handles, memory, messages ---------------------------------------------------------- */

typedef struct cvxnn_problem cvxnn_problem;
typedef struct cvxnn_solver cvxnn_solver;
typedef struct cvxnn_model cvxnn_model;
typedef struct cvxnn_certificate cvxnn_certificate;
typedef struct cvxnn_path cvxnn_path;
typedef struct cvxnn_event cvxnn_event; /* lives during the callback only */

/*
 * Allocator hooks. Everything a handle owns comes from the hooks it was created with; models taken
 * from a solver inherit the solver's, a solver created without hooks its problem's. Hooks must
 * return memory aligned as malloc's is, may return NULL (the call then yields CVXNN_ERROR_MEMORY
 * and frees what it took), and are called from the thread that made the call, never from others.
 * Blocks are aligned and linked by the library, so that it takes a new one where another might let
 * one grow: this version never calls reallocate, later ones may, with the meaning of realloc.
 */
typedef void *(*cvxnn_allocate_fn)(int64_t bytes, void *user);
typedef void *(*cvxnn_reallocate_fn)(void *memory, int64_t bytes, void *user);
typedef void (*cvxnn_release_fn)(void *memory, void *user);

/*
 * _create makes an empty handle (errors: NULL, MEMORY). _create_with does so with allocator hooks,
 * all three or none (NULL, NULL, NULL: the C library's). _free drops the caller's hold; NULL is
 * fine, and handles that still need this one keep it alive.
 */
CVXNN_API int32_t cvxnn_problem_create(cvxnn_problem **problem);
CVXNN_API int32_t cvxnn_problem_create_with(cvxnn_allocate_fn allocate, cvxnn_reallocate_fn reallocate,
                                            cvxnn_release_fn release, void *user, cvxnn_problem **problem);
CVXNN_API void cvxnn_problem_free(cvxnn_problem *problem);

/*
 * _message copies what the handle's last failed call had to say, at most size bytes with the final
 * zero, into buffer (which may be NULL when size is 0) and, unless needed is NULL, writes the size
 * that holds it all. The text is empty while no call has failed. Errors: NULL, SHAPE (size < 0).
 */
CVXNN_API int32_t cvxnn_problem_message(const cvxnn_problem *problem, char *buffer, int64_t size,
                                        int64_t *needed);

/* ---- Problem: data, targets, weights, loss, beta ---------------------------------------- */

/*
 * X: n x d, rows are samples; n, d >= 1, all finite. ownership: CVXNN_COPY, or CVXNN_BORROW, where
 * x must stay alive and unchanged until other data are set or the problem and all its solvers are
 * freed. If n changes, targets and weights must be set again; if d changes, gates as well.
 * Errors: NULL, SHAPE, VALUE (NaN or infinity; the message says where), MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_problem_set_data(cvxnn_problem *problem, int64_t n, int64_t d, const double *x,
                                         int64_t ld, int32_t order, int32_t ownership);
CVXNN_API int32_t cvxnn_problem_set_data_float(cvxnn_problem *problem, int64_t n, int64_t d, const float *x,
                                               int64_t ld, int32_t order, int32_t ownership);

/*
 * Y: n x outputs, n as in the data, always copied. One output in this version (more: UNSUPPORTED).
 * Errors: NULL, SHAPE, VALUE, STATE (no data yet), UNSUPPORTED, MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_problem_set_targets(cvxnn_problem *problem, int64_t n, int64_t outputs,
                                            const double *y, int64_t ld, int32_t order);
CVXNN_API int32_t cvxnn_problem_set_targets_float(cvxnn_problem *problem, int64_t n, int64_t outputs,
                                                  const float *y, int64_t ld, int32_t order);

/*
 * Sample weights s: n numbers >= 0, not all 0, copied; NULL makes them all 1 again.
 * Errors: SHAPE, VALUE, STATE (no data yet), MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_problem_set_weights(cvxnn_problem *problem, int64_t n, const double *weights);

/*
 * Options owned by the problem (PROBLEM in CVXNN_OPTION_TABLE): loss, beta, bias, standardize. A
 * choice is set and read as an int64_t. They stay until set again; _reset_options brings the
 * defaults back. Changing beta, loss, targets or weights keeps the patterns that solvers have
 * packed. Errors: NULL, KEY (unknown key, another handle's or the other type's), VALUE, BUSY.
 */
CVXNN_API int32_t cvxnn_problem_set_int(cvxnn_problem *problem, int32_t key, int64_t value);
CVXNN_API int32_t cvxnn_problem_set_double(cvxnn_problem *problem, int32_t key, double value);
CVXNN_API int32_t cvxnn_problem_get_int(const cvxnn_problem *problem, int32_t key, int64_t *value);
CVXNN_API int32_t cvxnn_problem_get_double(const cvxnn_problem *problem, int32_t key, double *value);
CVXNN_API int32_t cvxnn_problem_reset_options(cvxnn_problem *problem);

/* Rows, features (without a bias) and outputs; 0 while not set. Any out-pointer may be NULL. */
CVXNN_API int32_t cvxnn_problem_get_shape(const cvxnn_problem *problem, int64_t *n, int64_t *d,
                                          int64_t *outputs);

/* ---- Solver ----------------------------------------------------------------------------- */

/*
 * A solver holds its problem (which may be changed between solves), its options, the packed
 * patterns and the last result, from which the next solve starts: a grid of beta costs little
 * more than its smallest. Errors: NULL, MEMORY.
 */
CVXNN_API int32_t cvxnn_solver_create(cvxnn_problem *problem, cvxnn_solver **solver);
CVXNN_API int32_t cvxnn_solver_create_with(cvxnn_problem *problem, cvxnn_allocate_fn allocate,
                                           cvxnn_reallocate_fn reallocate, cvxnn_release_fn release,
                                           void *user, cvxnn_solver **solver);
CVXNN_API void cvxnn_solver_free(cvxnn_solver *solver);
CVXNN_API int32_t cvxnn_solver_message(const cvxnn_solver *solver, char *buffer, int64_t size,
                                       int64_t *needed);

/* Options owned by the solver (SOLVER in CVXNN_OPTION_TABLE); as for the problem's. */
CVXNN_API int32_t cvxnn_solver_set_int(cvxnn_solver *solver, int32_t key, int64_t value);
CVXNN_API int32_t cvxnn_solver_set_double(cvxnn_solver *solver, int32_t key, double value);
CVXNN_API int32_t cvxnn_solver_get_int(const cvxnn_solver *solver, int32_t key, int64_t *value);
CVXNN_API int32_t cvxnn_solver_get_double(const cvxnn_solver *solver, int32_t key, double *value);
CVXNN_API int32_t cvxnn_solver_reset_options(cvxnn_solver *solver);

/*
 * Gates to use instead of sampled ones: count x columns, one gate a row, copied; columns = d, plus
 * one for a penalized bias (the last). Pattern p is 1[x_i . g_p >= 0]. count = 0 (gates may be
 * NULL) goes back to sampling. They apply to the data as posed: to scaled data when standardize
 * is on. Whether columns fits the problem is checked by the next solve, which yields SHAPE.
 * Errors: NULL, SHAPE, VALUE, MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_solver_set_gates(cvxnn_solver *solver, int64_t count, int64_t columns,
                                         const double *gates, int64_t ld, int32_t order);

/*
 * A ReLU network that the gradient method starts from instead of random starts, and the search instead of
 * the decomposed network of the gated program; NULL: none. The model is copied; whether it fits the problem
 * is checked by the next solve, which yields SHAPE. Errors: NULL (solver), UNSUPPORTED (a gated model),
 * MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_solver_set_start(cvxnn_solver *solver, const cvxnn_model *model);

/*
 * Directions for the method search: count x columns, one direction a row, copied; columns as for gates. At
 * its start each enters the network as a neuron, with the sign and the weight that lower the objective most,
 * or not at all. They may come from a certificate (cvxnn_certificate_get_directions). count = 0 (directions
 * may be NULL): none. Errors: as for gates.
 */
CVXNN_API int32_t cvxnn_solver_set_directions(cvxnn_solver *solver, int64_t count, int64_t columns,
                                              const double *directions, int64_t ld, int32_t order);

/*
 * The callback is called from the thread that solves, at every event; a value other than 0 stops
 * the solve, which keeps the best iterate and returns CVXNN_STOPPED_CANCELLED. It must not use the
 * solver (BUSY) except for cvxnn_solver_cancel. NULL: none. Errors: NULL (solver), BUSY.
 */
typedef int32_t (*cvxnn_event_fn)(const cvxnn_event *event, void *user);
CVXNN_API int32_t cvxnn_solver_set_callback(cvxnn_solver *solver, cvxnn_event_fn callback, void *user);

/* What an event is about (a CVXNN_EVENT_ number) and the values it carries, by CVXNN_INFO_ key.
 * Errors: NULL, KEY, UNAVAILABLE (this event does not carry it). */
CVXNN_API int32_t cvxnn_event_kind(const cvxnn_event *event, int32_t *kind);
CVXNN_API int32_t cvxnn_event_get_int(const cvxnn_event *event, int32_t key, int64_t *value);
CVXNN_API int32_t cvxnn_event_get_double(const cvxnn_event *event, int32_t key, double *value);

/*
 * Stops the solve that is running, or the next one if none is, which keeps its best iterate and
 * returns CVXNN_STOPPED_CANCELLED. One lock-free atomic store: may be called from any thread and
 * from signal handlers. Errors: NULL.
 */
CVXNN_API int32_t cvxnn_solver_cancel(cvxnn_solver *solver);

/*
 * Packs the patterns if that has not been done for these data, seed and gates, and yields beta_max:
 * the least beta at which zero solves the gated program over them. A positive status: stopped before it was
 * known, and *beta_max is NaN. Errors: those of solve.
 */
CVXNN_API int32_t cvxnn_solver_compute_beta_max(cvxnn_solver *solver, double *beta_max);

/*
 * Solves the problem by CVXNN_OPTION_METHOD (docs/math.md): patterns as Kim & Pilanci (ICML 2024),
 * gated program as Mishkin, Sahiner & Pilanci (2022), lower bound as docs/math.md proves it.
 * Returns CVXNN_OK when the tolerance was reached, a CVXNN_STOPPED_ status when not: the result is
 * then the best so far and every value reported for it is as true. Errors: NULL, STATE (data or
 * targets not set), SHAPE (gates), UNSUPPORTED, MEMORY, NUMERICAL, BUSY (also when the problem is
 * being changed); the result of an earlier solve is kept.
 */
CVXNN_API int32_t cvxnn_solver_solve(cvxnn_solver *solver);

/* Results of the last solve by CVXNN_INFO_ key. Errors: NULL, KEY, STATE (no solve yet),
 * UNAVAILABLE (the method has no such result), BUSY. */
CVXNN_API int32_t cvxnn_solver_info_int(const cvxnn_solver *solver, int32_t key, int64_t *value);
CVXNN_API int32_t cvxnn_solver_info_double(const cvxnn_solver *solver, int32_t key, double *value);

/*
 * The network of the last solve, as a model of its own (a copy). It carries beta, loss, bias and
 * the scaling of the problem. Errors: NULL, STATE, MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_solver_get_model(const cvxnn_solver *solver, cvxnn_model **model);

/* The scaled residual nu_i = -dF/df_i at the network of the last solve, n numbers.
 * Errors: NULL, STATE, SHAPE (n), BUSY. */
CVXNN_API int32_t cvxnn_solver_get_dual(const cvxnn_solver *solver, int64_t n, double *nu);

/*
 * The cone sharpness (Kim & Pilanci 2024) of each neuron of the gated program that the last solve turned into
 * a ReLU network (methods decompose, and search from no start): (|v| + |w|) / |u| >= 1, where u = v - w with
 * v and w in the neuron's cone is the pair with the least |v| + |w|, up to the decomposition's tolerance.
 * count numbers, as many as CVXNN_INFO_DECOMPOSED says, in the order of the gated solution: for the same
 * options and gates, and where both solve to the tolerance, that of the neurons of method gated; with
 * cone_rounds below its default an upper bound. blowup_max is the largest, blowup_mean their mean weighted by
 * |u|. Errors: NULL, STATE, SHAPE (count), UNAVAILABLE (nothing was decomposed), BUSY.
 */
CVXNN_API int32_t cvxnn_solver_get_sharpness(const cvxnn_solver *solver, int64_t count, double *sharpness);

/* ---- Path ------------------------------------------------------------------------------- */

/*
 * A path solves a solver's problem for a decreasing grid of beta, each from the solution for the beta before,
 * and keeps the network and all results of every point. With rows held out (cross-validation, or one part of
 * the rows) it does the same without them and measures the error on them: what beta is good for unseen rows.
 *
 * All that the solver has applies: method, patterns, gates, seed, tolerance, threads, bound. The problem's
 * beta and the solver's beta_ratio, max_seconds, callback, start and last result play no part and stay as
 * they are. Rows are held out by the path's options folds or holdout, by a shuffle that depends on the seed
 * and the number of rows alone, or by set_folds. What is trained without a fold never sees it: scaling,
 * patterns and weights' sum are those of the other rows. Memory: X once more for every fold.
 *
 * The path keeps its solver alive. Errors: NULL, MEMORY. Sources: warm starts along a grid, Friedman, Hastie
 * & Tibshirani (2010); cross-validation, Stone (1974).
 */
CVXNN_API int32_t cvxnn_path_create(cvxnn_solver *solver, cvxnn_path **path);
CVXNN_API int32_t cvxnn_path_create_with(cvxnn_solver *solver, cvxnn_allocate_fn allocate,
                                         cvxnn_reallocate_fn reallocate, cvxnn_release_fn release, void *user,
                                         cvxnn_path **path);
CVXNN_API void cvxnn_path_free(cvxnn_path *path);
CVXNN_API int32_t cvxnn_path_message(const cvxnn_path *path, char *buffer, int64_t size, int64_t *needed);

/* Options that paths take (PATH and RUN in CVXNN_OPTION_TABLE); as for the problem's. */
CVXNN_API int32_t cvxnn_path_set_int(cvxnn_path *path, int32_t key, int64_t value);
CVXNN_API int32_t cvxnn_path_set_double(cvxnn_path *path, int32_t key, double value);
CVXNN_API int32_t cvxnn_path_get_int(const cvxnn_path *path, int32_t key, int64_t *value);
CVXNN_API int32_t cvxnn_path_get_double(const cvxnn_path *path, int32_t key, double *value);
CVXNN_API int32_t cvxnn_path_reset_options(cvxnn_path *path);

/*
 * The grid: count values of beta, > 0 and each below the one before, copied. count = 0 (betas may be NULL)
 * goes back to the options points and least_ratio: from beta_max down, equal steps on a logarithmic scale.
 * Errors: NULL, SHAPE (count < 0), VALUE, MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_path_set_betas(cvxnn_path *path, int64_t count, const double *betas);

/*
 * The folds: for each of n rows the number of the fold that it is held out with, from 0, or -1 where it is
 * always trained on; copied. Every number up to the largest must occur. n = 0 (folds may be NULL) goes back
 * to the options. Whether n fits the problem is checked by the next run, which yields SHAPE.
 * Errors: NULL, SHAPE (n < 0), VALUE, MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_path_set_folds(cvxnn_path *path, int64_t n, const int64_t *folds);

/* As cvxnn_solver_set_callback and cvxnn_solver_cancel, for run. Every event of the solves is passed on with
 * CVXNN_INFO_POINT and, where a fold is held out, CVXNN_INFO_FOLD; CVXNN_EVENT_POINT carries all results of
 * the point that is done. */
CVXNN_API int32_t cvxnn_path_set_callback(cvxnn_path *path, cvxnn_event_fn callback, void *user);
CVXNN_API int32_t cvxnn_path_cancel(cvxnn_path *path);

/*
 * Runs along the grid: at every beta all rows are trained on, then all but each fold. Returns CVXNN_OK when
 * every solve reached the tolerance. When the budget runs out or the run is cancelled the points so far are
 * kept; the last of them may be unfinished, which its status says and, with folds, that it has no
 * validation_error. Another CVXNN_STOPPED_ status is that of the first solve that ended so; the run is
 * complete then. Errors: NULL, STATE (data or targets not set), SHAPE (gates, folds), VALUE (both folds and
 * holdout, more folds than rows, 1 fold, a fold whose other rows have no weight, no grid because beta_max is
 * 0), UNSUPPORTED, MEMORY, NUMERICAL, BUSY (solver or problem are in use); the results of an earlier run are
 * kept.
 */
CVXNN_API int32_t cvxnn_path_run(cvxnn_path *path);

/* Points that the last run has, and its folds; 0 and 0 before. Either may be NULL. Errors: NULL (path), BUSY.
 */
CVXNN_API int32_t cvxnn_path_count(const cvxnn_path *path, int64_t *points, int64_t *folds);

/*
 * Results of a point (0: the largest beta) by CVXNN_INFO_ key: those of a solver, point, train_error and,
 * when rows were held out, validation_error and standard_error over all of them. fold_int, fold_double: of
 * the network trained without that fold. Errors: NULL, KEY, STATE (no run yet), SHAPE (no such point or
 * fold), UNAVAILABLE, BUSY.
 */
CVXNN_API int32_t cvxnn_path_info_int(const cvxnn_path *path, int64_t point, int32_t key, int64_t *value);
CVXNN_API int32_t cvxnn_path_info_double(const cvxnn_path *path, int64_t point, int32_t key, double *value);
CVXNN_API int32_t cvxnn_path_fold_int(const cvxnn_path *path, int64_t point, int64_t fold, int32_t key,
                                      int64_t *value);
CVXNN_API int32_t cvxnn_path_fold_double(const cvxnn_path *path, int64_t point, int64_t fold, int32_t key,
                                         double *value);

/* The network of a point, trained on all rows, or without a fold, as a model of its own (a copy).
 * Errors: NULL, STATE, SHAPE, UNAVAILABLE (stopped before), MEMORY, BUSY. */
CVXNN_API int32_t cvxnn_path_get_model(const cvxnn_path *path, int64_t point, cvxnn_model **model);
CVXNN_API int32_t cvxnn_path_get_fold_model(const cvxnn_path *path, int64_t point, int64_t fold,
                                            cvxnn_model **model);

/* The fold of each of the n rows in the last run, -1: none. Errors: NULL, STATE, SHAPE (n), BUSY. */
CVXNN_API int32_t cvxnn_path_get_folds(const cvxnn_path *path, int64_t n, int64_t *folds);

/*
 * The points that the held-out rows speak for: *least has the least validation_error, *simplest is the one
 * with the largest beta whose error is at most one standard error above it (Breiman, Friedman, Olshen &
 * Stone 1984, section 3.4.3). Either may be NULL. Their models are trained on all rows.
 * Errors: NULL (path), STATE (no run yet), UNAVAILABLE (no rows were held out, or no point was finished),
 * BUSY.
 */
CVXNN_API int32_t cvxnn_path_best(const cvxnn_path *path, int64_t *least, int64_t *simplest);

/* ---- Model ------------------------------------------------------------------------------ */

CVXNN_API int32_t cvxnn_model_create(cvxnn_model **model);
CVXNN_API int32_t cvxnn_model_create_with(cvxnn_allocate_fn allocate, cvxnn_reallocate_fn reallocate,
                                          cvxnn_release_fn release, void *user, cvxnn_model **model);
CVXNN_API int32_t cvxnn_model_copy(const cvxnn_model *model, cvxnn_model **copy);
CVXNN_API void cvxnn_model_free(cvxnn_model *model);
CVXNN_API int32_t cvxnn_model_message(const cvxnn_model *model, char *buffer, int64_t size, int64_t *needed);

/*
 * A ReLU network from the caller's own weights: f(x) = sum_j (x . u_j)_+ a_j.
 *   features    columns of the data it takes, >= 1
 *   bias        a CVXNN_BIAS_ number; penalized: u_j has features + 1 entries, the bias last
 *   u           neurons x (features [+ 1]), row-major, leading dimension ld_u
 *   a           neurons x outputs, row-major, leading dimension ld_a
 * neurons may be 0 (then u and a may be NULL): the zero network. What the model held is replaced;
 * beta becomes 0 (not known). Errors: NULL, SHAPE, VALUE, MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_model_set_weights(cvxnn_model *model, int64_t features, int64_t bias, int64_t outputs,
                                          int64_t neurons, const double *u, int64_t ld_u, const double *a,
                                          int64_t ld_a);

/*
 * The weights, in the layout of set_weights, and the gates of a gated model (neurons x (features
 * [+ 1]), row-major). Errors: NULL, SHAPE (a leading dimension is too small), STATE (empty model),
 * UNAVAILABLE (gates of a ReLU network), BUSY.
 */
CVXNN_API int32_t cvxnn_model_get_weights(const cvxnn_model *model, double *u, int64_t ld_u, double *a,
                                          int64_t ld_a);
CVXNN_API int32_t cvxnn_model_get_gates(const cvxnn_model *model, double *gates, int64_t ld);

/* Facts of a model by CVXNN_MODEL_ key. beta may be set (>= 0). Errors: NULL, KEY, STATE, VALUE, BUSY. */
CVXNN_API int32_t cvxnn_model_get_int(const cvxnn_model *model, int32_t key, int64_t *value);
CVXNN_API int32_t cvxnn_model_get_double(const cvxnn_model *model, int32_t key, double *value);
CVXNN_API int32_t cvxnn_model_set_double(cvxnn_model *model, int32_t key, double value);

/*
 * Scaling of the inputs before the first layer, (x_j - center_j) / scale_j, features numbers each,
 * scale_j > 0; NULL, NULL: none. _get_scaling yields UNAVAILABLE when there is none.
 * Errors: NULL (only one of the two), SHAPE, VALUE, STATE, MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_model_set_scaling(cvxnn_model *model, int64_t features, const double *center,
                                          const double *scale);
CVXNN_API int32_t cvxnn_model_get_scaling(const cvxnn_model *model, int64_t features, double *center,
                                          double *scale);

/*
 * Names of the columns, saved with the model: UTF-8 without line ends or other control characters,
 * 1 to 1000 bytes. set: NULL removes the name. get: as _message; an empty text when there is none.
 * Errors: NULL, SHAPE (no such column), VALUE, STATE, MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_model_set_feature_name(cvxnn_model *model, int64_t feature, const char *name);
CVXNN_API int32_t cvxnn_model_set_target_name(cvxnn_model *model, int64_t output, const char *name);
CVXNN_API int32_t cvxnn_model_get_feature_name(const cvxnn_model *model, int64_t feature, char *buffer,
                                               int64_t size, int64_t *needed);
CVXNN_API int32_t cvxnn_model_get_target_name(const cvxnn_model *model, int64_t output, char *buffer,
                                              int64_t size, int64_t *needed);

/*
 * Predictions F (rows x outputs, in order and ld_f) for X (rows x features, in order and ld_x);
 * rows may be 0. A row that is not finite is an error and nothing is written.
 * Errors: NULL, SHAPE, VALUE, STATE, MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_model_predict(const cvxnn_model *model, int64_t rows, int64_t features,
                                      const double *x, int64_t ld_x, int32_t order, double *f, int64_t ld_f);
CVXNN_API int32_t cvxnn_model_predict_float(const cvxnn_model *model, int64_t rows, int64_t features,
                                            const float *x, int64_t ld_x, int32_t order, float *f,
                                            int64_t ld_f);

/*
 * The objective of (NN) that this network has on this problem with the problem's beta (which must
 * not be 0), from the model's own weights and scaling; a gated model is measured by (G)'s penalty
 * beta sum_j |u_j||a_j|. Errors: NULL, SHAPE, STATE, VALUE (beta is 0), UNSUPPORTED, MEMORY, BUSY.
 */
CVXNN_API int32_t cvxnn_model_objective(const cvxnn_model *model, const cvxnn_problem *problem,
                                        double *objective);

/*
 * Moves among equally good networks: with the outputs on the problem's rows and the penalty fixed, the
 * weights of given directions form a polytope. For an optimal network it is the optimal set, and its networks
 * may differ on unseen rows (docs/algorithms.md, "The optimal set").
 *  - prune: fewer neurons; none is left that the others can replace; it only drops neurons
 *  - drop_features: fewer features; they go one after the other wherever some point of the polytope does
 *    without (greedy; another order might leave fewer)
 *  - fit_holdout: the least loss on the holdout's rows, never more than it was
 *
 * The last two also know directions that the network does not use: those that pricing finds in the optimal
 * set. The objective on the problem stays as it was (prune: or falls), up to 1e-10 of it; where that cannot
 * be reached, or there is but one such network, the model is unchanged. Problem and holdout are posed as for
 * cvxnn_model_objective; beta is the problem's or, where that is 0, the model's. Source: Mishkin & Pilanci
 * (ICML 2023). Errors: NULL, SHAPE, STATE, VALUE (no beta), UNSUPPORTED (a gated model, several outputs),
 * MEMORY, BUSY; the model is then unchanged.
 */
CVXNN_API int32_t cvxnn_model_prune(cvxnn_model *model, const cvxnn_problem *problem);
CVXNN_API int32_t cvxnn_model_drop_features(cvxnn_model *model, const cvxnn_problem *problem);
CVXNN_API int32_t cvxnn_model_fit_holdout(cvxnn_model *model, const cvxnn_problem *problem,
                                          const cvxnn_problem *holdout);

/*
 * The model file: line-based text with hexadecimal floats (docs/model-format.md), the same to the
 * bit after saving and loading. save writes a temporary file beside path and renames it, so that a
 * failure leaves what was there. write and read do the same with a caller's buffer: write copies
 * at most size bytes and tells the size needed (errors: SHAPE when it does not fit, and nothing is
 * written but needed); read takes length bytes. load and read replace what the model held, or
 * leave it untouched. Errors: NULL, IO, FORMAT (the message names the line), NEWER, STATE, MEMORY,
 * BUSY.
 */
CVXNN_API int32_t cvxnn_model_save(const cvxnn_model *model, const char *path);
CVXNN_API int32_t cvxnn_model_load(cvxnn_model *model, const char *path);
CVXNN_API int32_t cvxnn_model_write(const cvxnn_model *model, char *buffer, int64_t size, int64_t *needed);
CVXNN_API int32_t cvxnn_model_read(cvxnn_model *model, const char *text, int64_t length);

/* ---- Certificate ------------------------------------------------------------------------ */

/*
 * A certificate is a proof that can be kept: that no two-layer ReLU network has an objective below
 * lower_bound on this problem, for which the objective of one model is at most `objective`. It is made for a
 * problem and a model and belongs to both: it carries hashes of the data as posed, the targets, the weights
 * and the model's text. Whoever has it, the data and the model can check it without the solver, with
 * cvxnn_certificate_verify or with a program of their own (docs/certificate.md, docs/certificate-format.md).
 * Errors: NULL, MEMORY.
 */
CVXNN_API int32_t cvxnn_certificate_create(cvxnn_certificate **certificate);
CVXNN_API int32_t cvxnn_certificate_create_with(cvxnn_allocate_fn allocate, cvxnn_reallocate_fn reallocate,
                                                cvxnn_release_fn release, void *user,
                                                cvxnn_certificate **certificate);
CVXNN_API void cvxnn_certificate_free(cvxnn_certificate *certificate);
CVXNN_API int32_t cvxnn_certificate_message(const cvxnn_certificate *certificate, char *buffer, int64_t size,
                                            int64_t *needed);

/* Options that certificates take (CERTIFICATE and BOTH in CVXNN_OPTION_TABLE); as for the problem's. */
CVXNN_API int32_t cvxnn_certificate_set_int(cvxnn_certificate *certificate, int32_t key, int64_t value);
CVXNN_API int32_t cvxnn_certificate_set_double(cvxnn_certificate *certificate, int32_t key, double value);
CVXNN_API int32_t cvxnn_certificate_get_int(const cvxnn_certificate *certificate, int32_t key,
                                            int64_t *value);
CVXNN_API int32_t cvxnn_certificate_get_double(const cvxnn_certificate *certificate, int32_t key,
                                               double *value);
CVXNN_API int32_t cvxnn_certificate_reset_options(cvxnn_certificate *certificate);

/* As cvxnn_solver_set_callback and cvxnn_solver_cancel, for prove and verify. */
CVXNN_API int32_t cvxnn_certificate_set_callback(cvxnn_certificate *certificate, cvxnn_event_fn callback,
                                                 void *user);
CVXNN_API int32_t cvxnn_certificate_cancel(cvxnn_certificate *certificate);

/*
 * Finds a proof for this problem and this model, which may be any ReLU network with one output, also one
 * trained elsewhere (cvxnn_model_set_weights), and replaces what the certificate held. The better the
 * network, the better the bound. beta is the problem's and must not be 0. X is posed as the model sees it,
 * with the model's scaling and bias; the problem must have the same bias and, if it standardizes, the same
 * scaling. CVXNN_OK: the target ratio was reached or there is no way to get closer to it; CVXNN_STOPPED_:
 * the proof is the best so far, and as valid. Source: docs/certificate.md. Errors: NULL, STATE (data, targets
 * or weights of the model not set), SHAPE, VALUE (beta is 0, another bias or scaling, an overflow),
 * UNSUPPORTED (a gated model, several outputs, an order that is too high, kinks joint with one column or with
 * an order that is neither 0 nor 2), MEMORY, NUMERICAL, BUSY; what the certificate held is then kept.
 */
CVXNN_API int32_t cvxnn_certificate_prove(cvxnn_certificate *certificate, const cvxnn_problem *problem,
                                          const cvxnn_model *model);

/*
 * Checks the certificate against the problem and the model with code that shares nothing with what found it:
 * the hashes, and every number that it claims, each computed here with all its rounding errors. A beta of 0
 * in the problem stands for the certificate's. CVXNN_OK: objective, lower_bound and certified_ratio
 * (cvxnn_certificate_info_double) are what was found to be true. A positive status: stopped, nothing is
 * known. Errors: VERIFICATION (the message says what is not as claimed), and those of prove. After an error
 * the results are those of the last prove or verify that succeeded.
 */
CVXNN_API int32_t cvxnn_certificate_verify(cvxnn_certificate *certificate, const cvxnn_problem *problem,
                                           const cvxnn_model *model);

/*
 * What is known, by CVXNN_INFO_ key: after prove or verify objective, lower_bound, certified_ratio,
 * seconds, status and threads; after prove also limit, optimum_estimate, violation and directions, which
 * after a stop are found only where that is quick, and not at all when it was cancelled; always order, kinks,
 * leaves, beta, claimed_objective and claimed_bound, which are only what the certificate says of itself.
 * Errors: NULL, KEY, STATE (the certificate is empty), UNAVAILABLE (nothing was proved or verified yet),
 * BUSY.
 */
CVXNN_API int32_t cvxnn_certificate_info_int(const cvxnn_certificate *certificate, int32_t key,
                                             int64_t *value);
CVXNN_API int32_t cvxnn_certificate_info_double(const cvxnn_certificate *certificate, int32_t key,
                                                double *value);

/*
 * The directions u, unit vectors, that prove found with |sum_i nu_i (x_i . u)_+| > beta for the network's
 * residual nu: as neurons they would lower its objective (cvxnn_solver_set_directions). count as
 * CVXNN_INFO_DIRECTIONS says, columns as X has as posed (a penalized bias is the last), row-major; the worst
 * first. Errors: NULL, STATE, SHAPE, UNAVAILABLE (they are not known), BUSY.
 */
CVXNN_API int32_t cvxnn_certificate_get_directions(const cvxnn_certificate *certificate, int64_t count,
                                                   int64_t columns, double *directions);

/* The certificate file (docs/certificate-format.md); as for the model file. Reading verifies nothing.
 * Errors: NULL, IO, FORMAT (the message names the line), NEWER, STATE, SHAPE, MEMORY, BUSY. */
CVXNN_API int32_t cvxnn_certificate_save(const cvxnn_certificate *certificate, const char *path);
CVXNN_API int32_t cvxnn_certificate_load(cvxnn_certificate *certificate, const char *path);
CVXNN_API int32_t cvxnn_certificate_write(const cvxnn_certificate *certificate, char *buffer, int64_t size,
                                          int64_t *needed);
CVXNN_API int32_t cvxnn_certificate_read(cvxnn_certificate *certificate, const char *text, int64_t length);

#ifdef __cplusplus
}
#endif

#endif
