/* cvxnn certify: a proof of how far a model, wherever it comes from, is from the global optimum. */
#include <stdio.h>

#include "commands.h"
#include "failure.h"
#include "interrupt.h"
#include "output.h"
#include "posed.h"
#include "progress.h"
#include "verdict.h"

static const struct own_option options[] = {
    {"target", "COL",
     "the column that the model predicts: a name, or without a header a position from 1;\n      without it, "
     "the column that the model names"},
    {"weights", "COL", "a column with a weight >= 0 for each row"},
    {"header", "auto|yes|no", "whether the first line of DATA holds the columns' names [auto]"},
    {"output", "CERTIFICATE", "where the certificate is saved"},
    {"report", "FILE.json", "where the results go, as JSON"},
    {"quiet", NULL, "print nothing but errors"},
    {NULL, NULL, NULL},
};

static const int32_t library_options[] = {CVXNN_OPTION_BETA,
                                          CVXNN_OPTION_LOSS,
                                          CVXNN_OPTION_ORDER,
                                          CVXNN_OPTION_TARGET_RATIO,
                                          CVXNN_OPTION_CELLS,
                                          CVXNN_OPTION_OPERATIONS,
                                          CVXNN_OPTION_KINKS,
                                          CVXNN_OPTION_MAX_SECONDS,
                                          CVXNN_OPTION_MAX_ITERATIONS,
                                          CVXNN_OPTION_THREADS,
                                          0};

static const struct option_text texts[] = {
    {CVXNN_OPTION_LOSS, "the loss l(f, y); without it, the model's", 1},
    {CVXNN_OPTION_BETA, "weight decay, above 0; without it, the model's", 1},
    {CVXNN_OPTION_MAX_ITERATIONS, "iterations of an order's search; 0: as many as it takes", 0},
    {CVXNN_OPTION_MAX_SECONDS, "wall-clock budget of the proof; 0: no limit", 0},
    {CVXNN_OPTION_THREADS, "threads; 0: one for every core", 0},
    {0, NULL, 0},
};

static void check_command_line(const struct arguments *arguments) {
    const char *outputs[] = {argument_of(arguments, "output"), argument_of(arguments, "report")};
    for (int o = 0; o < 2; o++) {
        if (!outputs[o]) continue;
        output_expect(outputs[o]);
        for (int i = 0; i < 2; i++)
            output_differs(outputs[o], "an output", arguments->operands[i], "an input");
    }
    output_differs(outputs[0], "--output", outputs[1], "--report");
}

/* Why a proof is not all that was asked for. */
static void tell_end(const struct posed *posed, int32_t status, int code) {
    double target = 0;
    cvxnn_certificate_get_double(posed->certificate, CVXNN_OPTION_TARGET_RATIO, &target);
    if (status > 0)
        printf("stopped: %s\n", cvxnn_status_string(status));
    else if (code == EXIT_BUDGET)
        printf("the target ratio of %.10g was not reached\n", target);
}

/* A ratio that was asked for and not reached is a budget that ran out. */
static int code_of(const struct arguments *arguments, const struct posed *posed, int32_t status) {
    double ratio, target = 0;
    if (status || !setting_given(arguments, CVXNN_OPTION_TARGET_RATIO)) return exit_code(status);
    cvxnn_certificate_get_double(posed->certificate, CVXNN_OPTION_TARGET_RATIO, &target);
    int known = !cvxnn_certificate_info_double(posed->certificate, CVXNN_INFO_CERTIFIED_RATIO, &ratio);
    return known && ratio <= target ? EXIT_DONE : EXIT_BUDGET;
}

static int certify(const struct arguments *arguments) {
    const char *output = argument_of(arguments, "output");
    struct posed posed;
    struct progress progress;
    int quiet = argument_of(arguments, "quiet") != NULL;
    interrupt_catch();
    check_command_line(arguments);
    pose(arguments, arguments->operands[0], arguments->operands[1], 1, &posed);
    progress_begin_proof(&progress, posed.certificate, quiet);
    interrupt_cancels_proof(posed.certificate);
    int32_t status = cvxnn_certificate_prove(posed.certificate, posed.problem, posed.model);
    interrupt_cancels_proof(NULL);
    progress_end(&progress);
    check_certificate(posed.certificate, status, 0);
    if (output) check_certificate(posed.certificate, cvxnn_certificate_save(posed.certificate, output), 0);
    verdict_report(argument_of(arguments, "report"), &posed, status, NULL);
    int code = code_of(arguments, &posed, status);
    if (!quiet) {
        verdict_print(&posed, "certified", status);
        tell_end(&posed, status, code);
    }
    posed_free(&posed);
    return code;
}

const struct command certify_command = {
    .name = "certify",
    .operands = "MODEL DATA",
    .operand_count = 2,
    .library_options = 1,
    .only = library_options,
    .summary = "Prove how far a ReLU network is at most from the global optimum on DATA.",
    .options = options,
    .texts = texts,
    .notes =
        "MODEL is any ReLU network in the format of docs/model-format.md. Its loss, beta, bias and scaling\n"
        "pose the problem, unless --loss and --beta say otherwise; the certified problem is the scaled one\n"
        "where the model scales. With a header, columns are matched by the names in MODEL and others are\n"
        "ignored; without one, by position. Interrupted, or when --max-seconds are over, it keeps the best\n"
        "proof so far, which is as valid. With --target-ratio, exit code 4 says that it was not reached.\n"
        "What limits, the bound or the network, is an estimate and no proof; MODEL stays as it is.",
    .run = certify,
};
