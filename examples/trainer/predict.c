/* cvxnn predict: a model's outputs for the rows of a table. */
#include <stdio.h>
#include <stdlib.h>

#include "columns.h"
#include "commands.h"
#include "failure.h"
#include "files.h"
#include "interrupt.h"
#include "output.h"

static const struct own_option options[] = {
    {"output", "FILE", "where the predictions go, instead of to standard output"},
    {"header", "auto|yes|no", "whether the first line of DATA holds the columns' names [auto]"},
    {"quiet", NULL, "do not say which columns of DATA are ignored"},
    {NULL, NULL, NULL},
};

static void write_rows(const char *path, const double *f, int64_t rows, int64_t outputs) {
    struct output output;
    output_open(&output, path);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < outputs; k++)
            fprintf(output.file, "%.17g%c", f[i * outputs + k], k + 1 < outputs ? ',' : '\n');
    output_close(&output);
}

static int predict(const struct arguments *arguments) {
    const char *path = argument_of(arguments, "output");
    enum header header = header_of(argument_of(arguments, "header"));
    cvxnn_model *model = NULL;
    struct table table;
    struct columns columns;
    int64_t outputs;
    if (path) output_expect(path);
    output_differs(path, "--output", arguments->operands[0], "MODEL");
    output_differs(path, "--output", arguments->operands[1], "DATA");
    interrupt_catch();
    check_model(NULL, cvxnn_model_create(&model), 0);
    load_model(model, arguments->operands[0]);
    check_model(model, cvxnn_model_get_int(model, CVXNN_MODEL_OUTPUTS, &outputs), 0);
    table_read(arguments->operands[1], header, &table);
    columns_of_model(&table, model, &columns);
    if (!argument_of(arguments, "quiet")) columns_tell_ignored(&table, &columns);
    double *x = columns_gather(&table, &columns, NULL, table.rows);
    if (outputs > INT64_MAX / 16 / table.rows) fail(EXIT_FAILED, "out of memory");
    double *f = allocate(table.rows * outputs, sizeof *f);
    check_model(
        model,
        cvxnn_model_predict(model, table.rows, columns.count, x, columns.count, CVXNN_ROW_MAJOR, f, outputs),
        0);
    if (interrupted()) fail(EXIT_INTERRUPTED, "interrupted; nothing was written");
    write_rows(path, f, table.rows, outputs);
    free(x);
    free(f);
    free(columns.places);
    table_free(&table);
    cvxnn_model_free(model);
    return EXIT_DONE;
}

const struct command predict_command = {
    .name = "predict",
    .operands = "MODEL DATA",
    .operand_count = 2,
    .summary = "Predict with a trained model: one line for each row of DATA.",
    .options = options,
    .notes =
        "With a header, columns are matched by the names in MODEL. Others, such as the target, are ignored,\n"
        "whatever is in them, which is said on standard error. Without a header columns are matched by\n"
        "position, and DATA has the features alone. DATA - is standard input.",
    .run = predict,
};
