/* cvxnn info: what a file of a model or a certificate says of itself. */
#include <stdio.h>

#include "commands.h"
#include "failure.h"
#include "files.h"

static const struct own_option options[] = {{NULL, NULL, NULL}};

/* The name of a fact's number, where it has one. */
static const char *name_of_number(int32_t key, int64_t number) {
    switch (key) {
    case CVXNN_MODEL_KIND:
        return number == CVXNN_KIND_RELU ? "relu" : number == CVXNN_KIND_GATED ? "gated" : NULL;
    case CVXNN_MODEL_BIAS:
        return cvxnn_choice_name(CVXNN_OPTION_BIAS, number);
    case CVXNN_MODEL_LOSS:
        return cvxnn_choice_name(CVXNN_OPTION_LOSS, number);
    default:
        return NULL;
    }
}

static void print_fact(const cvxnn_model *model, int32_t key) {
    int32_t type;
    int64_t integer;
    double real;
    if (cvxnn_type_of(key, &type)) return;
    if (type == CVXNN_TYPE_DOUBLE) {
        if (!cvxnn_model_get_double(model, key, &real)) printf("%s: %.17g\n", cvxnn_name_of(key), real);
    } else if (!cvxnn_model_get_int(model, key, &integer)) {
        const char *name = name_of_number(key, integer);
        printf("%s: ", cvxnn_name_of(key));
        if (name)
            printf("%s\n", name);
        else
            printf("%lld\n", (long long)integer);
    }
}

typedef int32_t (*name_getter)(const cvxnn_model *model, int64_t column, char *buffer, int64_t size,
                               int64_t *needed);

static void print_names(const cvxnn_model *model, const char *what, int32_t count_key, name_getter get) {
    char name[1001]; /* the longest name of a model has 1000 bytes (cvxnn.h) */
    int64_t count = 0;
    cvxnn_model_get_int(model, count_key, &count);
    for (int64_t j = 0; j < count; j++)
        if (!get(model, j, name, sizeof name, NULL) && *name)
            printf("%s %lld: %s\n", what, (long long)j + 1, name);
}

/* What it claims; only verify can tell whether it is true. */
static void tell_certificate(const char *path) {
    cvxnn_certificate *certificate = NULL;
    int32_t key, type;
    int64_t integer;
    double real;
    check_certificate(NULL, cvxnn_certificate_create(&certificate), 0);
    load_certificate(certificate, path);
    puts("file: certificate, not verified");
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_INFO, k, &key); k++) {
        if (cvxnn_type_of(key, &type)) continue;
        if (type == CVXNN_TYPE_DOUBLE && !cvxnn_certificate_info_double(certificate, key, &real))
            printf("%s: %.17g\n", cvxnn_name_of(key), real);
        else if (type != CVXNN_TYPE_DOUBLE && !cvxnn_certificate_info_int(certificate, key, &integer))
            printf("%s: %lld\n", cvxnn_name_of(key), (long long)integer);
    }
    cvxnn_certificate_free(certificate);
}

static int info(const struct arguments *arguments) {
    cvxnn_model *model = NULL;
    int32_t key;
    if (kind_of_file(arguments->operands[0]) == FILE_CERTIFICATE) {
        tell_certificate(arguments->operands[0]);
        return EXIT_DONE;
    }
    check_model(NULL, cvxnn_model_create(&model), 0);
    load_model(model, arguments->operands[0]);
    puts("file: model");
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_MODEL, k, &key); k++) print_fact(model, key);
    print_names(model, "feature", CVXNN_MODEL_FEATURES, cvxnn_model_get_feature_name);
    print_names(model, "target", CVXNN_MODEL_OUTPUTS, cvxnn_model_get_target_name);
    cvxnn_model_free(model);
    return EXIT_DONE;
}

const struct command info_command = {
    .name = "info",
    .operands = "FILE",
    .operand_count = 1,
    .summary = "Tell what a file of a model or a certificate holds.",
    .options = options,
    .notes = "The formats are in docs/model-format.md and docs/certificate-format.md. What a certificate "
             "claims is\n"
             "printed as it stands in the file: cvxnn verify finds out whether it is true.",
    .run = info,
};
