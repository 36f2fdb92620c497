/* cvxnn verify: a certificate held against a model and data, without anything of the solver. */
#include <stdio.h>

#include "commands.h"
#include "failure.h"
#include "files.h"
#include "interrupt.h"
#include "output.h"
#include "posed.h"
#include "verdict.h"

static const struct own_option options[] = {
    {"target", "COL",
     "the column that the model predicts: a name, or without a header a position from 1;\n      without it, "
     "the column that the model names"},
    {"weights", "COL", "a column with a weight >= 0 for each row"},
    {"header", "auto|yes|no", "whether the first line of DATA holds the columns' names [auto]"},
    {"report", "FILE.json", "where the results go, as JSON"},
    {"quiet", NULL, "print nothing but errors"},
    {NULL, NULL, NULL},
};

static const int32_t library_options[] = {CVXNN_OPTION_BETA, CVXNN_OPTION_LOSS, CVXNN_OPTION_MAX_SECONDS,
                                          CVXNN_OPTION_THREADS, 0};

static const struct option_text texts[] = {
    {CVXNN_OPTION_LOSS, "the loss l(f, y) that the certificate must be for; without it, the model's", 1},
    {CVXNN_OPTION_BETA,
     "weight decay that the certificate must be for, above 0; without it, what the certificate says", 1},
    {CVXNN_OPTION_MAX_SECONDS, "wall-clock budget; 0: no limit", 0},
    {CVXNN_OPTION_THREADS, "threads; 0: one for every core", 0},
    {0, NULL, 0},
};

static int verify(const struct arguments *arguments) {
    const char *report = argument_of(arguments, "report"), *const *files = arguments->operands;
    struct posed posed;
    interrupt_catch();
    if (report) output_expect(report);
    for (int i = 0; i < 3; i++) output_differs(report, "--report", files[i], "an input");
    pose(arguments, files[1], files[2], 0, &posed);
    load_certificate(posed.certificate, files[0]);
    interrupt_cancels_proof(posed.certificate);
    int32_t status = cvxnn_certificate_verify(posed.certificate, posed.problem, posed.model);
    interrupt_cancels_proof(NULL);
    char reason[2048] = "";
    cvxnn_certificate_message(posed.certificate, reason, sizeof reason, NULL);
    verdict_report(report, &posed, status, status < 0 ? reason : cvxnn_status_string(status));
    if (status < 0)
        fail(exit_code(status), "%s%s", status == CVXNN_ERROR_VERIFICATION ? "not verified: " : "",
             *reason ? reason : cvxnn_status_string(status));
    if (status > 0)
        puts(status == CVXNN_STOPPED_SECONDS ? "not verified: the time is over"
                                             : "not verified: interrupted");
    if (status == CVXNN_OK && !argument_of(arguments, "quiet")) verdict_print(&posed, "verified", status);
    posed_free(&posed);
    return exit_code(status);
}

const struct command verify_command = {
    .name = "verify",
    .operands = "CERTIFICATE MODEL DATA",
    .operand_count = 3,
    .library_options = 1,
    .only = library_options,
    .summary = "Check that a certificate proves what it claims of MODEL on DATA.",
    .options = options,
    .texts = texts,
    .notes = "Objective, bound and ratio are computed anew from the data, the model and the certificate.\n"
             "Exit code 0: everything that the certificate claims is true; 5: it is not, or the certificate\n"
             "is for other data, another model or, where --beta or --loss is given, another problem; 4:\n"
             "--max-seconds are over and nothing is known. Columns are found as by certify.",
    .run = verify,
};
