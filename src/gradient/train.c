/*
 * The baseline's starts: each is run to its end, balanced and measured by its own weights; the best is kept.
 * The zero network takes part, so that no result is worse than F(0). See train.h.
 */
#include "gradient/train.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "gradient/descent.h"
#include "gradient/objective.h"

enum { DEFAULT_ITERATIONS = 5000 };

struct training {
    struct cvxnn__context *context;
    const struct cvxnn__instance *instance;
    const struct cvxnn__train_options *options;
    struct cvxnn__objective objective;
    double *x;                  /* objective.length: a network's weights as one vector */
    struct cvxnn__network best; /* so far */
    struct cvxnn__train_report report;
    double best_started; /* objective of the best start, which the zero network may have beaten */
    int32_t status;      /* what ended that start; PRECISION while every start overflowed */
};

/* The network whose weights are x; without neurons for x = NULL. */
static int32_t make_network(const struct training *training, const double *x,
                            struct cvxnn__network *network) {
    const struct cvxnn__instance *instance = training->instance;
    const struct cvxnn__rows *rows = &instance->rows;
    int32_t bias = rows->d > rows->features ? CVXNN_BIAS_PENALIZED : CVXNN_BIAS_NONE;
    int64_t neurons = x ? training->objective.width : 0;
    int32_t status = cvxnn__network_make(training->context, CVXNN_KIND_RELU, rows->features, bias,
                                         instance->outputs, neurons, network);
    if (status) return status;
    network->loss = instance->loss;
    network->beta = instance->beta;
    if (!x) return CVXNN_OK;
    memcpy(network->u, x, (size_t)(neurons * rows->d) * sizeof *x);
    memcpy(network->a, x + neurons * rows->d, (size_t)(neurons * instance->outputs) * sizeof *x);
    return CVXNN_OK;
}

static void replace_best(struct training *training, const struct cvxnn__network *network, double objective,
                         int64_t start) {
    cvxnn__network_free(&training->best);
    training->best = *network;
    training->report.objective = objective;
    training->report.best_start = start;
}

/* The first network to beat. */
static int32_t begin_with_zero(struct training *training) {
    int32_t status = make_network(training, NULL, &training->best);
    if (status) return status;
    training->report.best_start = -1;
    status = cvxnn__network_objective(training->context, &training->best, training->instance, NULL,
                                      &training->report.objective);
    if (!status && !isfinite(training->report.objective))
        status = cvxnn__fail(training->context, CVXNN_ERROR_NUMERICAL,
                             "the objective overflows on these data");
    if (status) cvxnn__network_free(&training->best);
    return status;
}

/* Holds the given network, as it stands, against the best. */
static int32_t begin_with(struct training *training, const struct cvxnn__network *from) {
    struct cvxnn__network network;
    double objective;
    int64_t inner = from->neurons * from->d;
    memcpy(training->x, from->u, (size_t)inner * sizeof(double));
    memcpy(training->x + inner, from->a, (size_t)(from->neurons * from->outputs) * sizeof(double));
    int32_t status = make_network(training, training->x, &network);
    if (status) return status;
    status = cvxnn__network_objective(training->context, &network, training->instance, NULL, &objective);
    if (!status && objective < training->report.objective)
        replace_best(training, &network, objective, 0);
    else
        cvxnn__network_free(&network);
    return status;
}

static void draw_start(struct training *training, int64_t start) {
    double deviation = 1 / sqrt((double)training->instance->rows.d);
    cvxnn__normals(training->options->seed, CVXNN__STREAM_STARTS, (uint64_t)start, training->objective.length,
                   training->x);
    for (int64_t e = 0; e < training->objective.length; e++) training->x[e] *= deviation;
}

/* Runs the optimiser from x; x becomes the best point it found. */
static int32_t descend(struct training *training) {
    const struct cvxnn__train_options *options = training->options;
    struct cvxnn__descent descent = {
        .context = training->context,
        .evaluate = cvxnn__objective_evaluate,
        .argument = &training->objective,
        .length = training->objective.length,
        .step = options->step,
        .decrease = options->decrease,
        .max_iterations = options->max_iterations > 0 ? options->max_iterations : DEFAULT_ITERATIONS,
        .earlier = training->report.iterations,
        .x = training->x,
    };
    int32_t status = CVXNN_OK;
    if (descent.length > 0)
        status = options->optimizer == CVXNN_OPTIMIZER_GD     ? cvxnn__descend_gd(&descent)
                 : options->optimizer == CVXNN_OPTIMIZER_ADAM ? cvxnn__descend_adam(&descent)
                                                              : cvxnn__descend_lbfgs(&descent);
    training->report.iterations += descent.iterations;
    return status;
}

/* One start from x to its end; what ended it in *ended. */
static int32_t run_start(struct training *training, int64_t start, int32_t *ended) {
    struct cvxnn__network network;
    double objective;
    *ended = descend(training);
    if (*ended < 0) return *ended;
    int32_t status = make_network(training, training->x, &network);
    if (status) return status;
    cvxnn__network_balance(&network);
    status = cvxnn__network_objective(training->context, &network, training->instance, NULL, &objective);
    if (!status && objective < training->best_started) {
        training->best_started = objective;
        training->status = *ended;
    }
    /* as good as `from` as it stood is better, being balanced; as good as the zero network is not */
    int ties = training->report.best_start >= 0 && objective == training->report.objective;
    if (!status && (objective < training->report.objective || ties))
        replace_best(training, &network, objective, start);
    else
        cvxnn__network_free(&network);
    return status;
}

static int32_t run_starts(struct training *training, const struct cvxnn__network *from) {
    int64_t starts = from ? 1 : training->options->starts;
    int32_t ended = CVXNN_OK, status = from ? begin_with(training, from) : CVXNN_OK;
    for (int64_t start = 0; !status && start < starts && ended <= CVXNN_STOPPED_ITERATIONS; start++) {
        if (!from) draw_start(training, start);
        status = run_start(training, start, &ended);
    }
    if (status) return status;
    return ended > CVXNN_STOPPED_ITERATIONS ? ended : training->status;
}

int32_t cvxnn__train(struct cvxnn__context *context, const struct cvxnn__instance *instance,
                     const struct cvxnn__train_options *options, const struct cvxnn__network *from,
                     struct cvxnn__network *network, struct cvxnn__train_report *report) {
    struct training training = {.context = context,
                                .instance = instance,
                                .options = options,
                                .best_started = INFINITY,
                                .status = CVXNN_STOPPED_PRECISION};
    struct cvxnn__scope scope;
    if (from && (from->d != instance->rows.d || from->outputs != instance->outputs))
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "the start maps %lld columns to %lld outputs",
                           (long long)from->d, (long long)from->outputs);
    cvxnn__scope_open(&scope, context->memory);
    int32_t status = cvxnn__objective_make(context, &scope, instance, from ? from->neurons : options->width,
                                           &training.objective);
    training.x = cvxnn__doubles(&scope, training.objective.length, 1);
    if (!status && !training.x) status = cvxnn__fail_memory(context);
    if (!status) status = begin_with_zero(&training);
    if (!status) {
        status = run_starts(&training, from);
        if (status < 0) cvxnn__network_free(&training.best);
    }
    cvxnn__scope_close(&scope);
    if (status < 0) return status;
    *network = training.best;
    *report = training.report;
    return status;
}
