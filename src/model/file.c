/*
 * The model file: a network as lines of text and back (docs/model-format.md), by base/lines.h. Every count is
 * held against the bytes that are left before memory is taken for it.
 */
#include <string.h>

#include "base/lines.h"
#include "model/network.h"

enum { VERSION = 1, NAME_BYTES = 1000 };
static const char FORMAT_NAME[] = "cvxnn-model";

/* ---- Writing ---------------------------------------------------------------------------------- */

static void put_names(struct cvxnn__writer *writer, const char *keyword, int64_t count, char *const *names) {
    for (int64_t j = 0; j < count; j++) {
        const char *name = names ? names[j] : NULL;
        cvxnn__put_text(writer, keyword);
        if (name) cvxnn__put_text(writer, " \"");
        for (const char *c = name; c && *c; c++) {
            if (*c == '"' || *c == '\\') cvxnn__put_text(writer, "\\");
            cvxnn__put(writer, c, 1);
        }
        cvxnn__put_text(writer, name ? "\"\n" : "\n");
    }
}

static void put_network(struct cvxnn__writer *writer, const struct cvxnn__network *network) {
    cvxnn__put_count(writer, FORMAT_NAME, VERSION);
    cvxnn__put_word(writer, "kind", CVXNN_MODEL_KIND, network->kind);
    cvxnn__put_word(writer, "loss", CVXNN_OPTION_LOSS, network->loss);
    cvxnn__put_numbers(writer, "beta", 1, &network->beta);
    cvxnn__put_word(writer, "bias", CVXNN_OPTION_BIAS, network->bias);
    cvxnn__put_count(writer, "features", network->features);
    cvxnn__put_count(writer, "outputs", network->outputs);
    cvxnn__put_count(writer, "neurons", network->neurons);
    cvxnn__put_count(writer, "scaled", network->scale != NULL);
    put_names(writer, "feature", network->features, network->feature_names);
    put_names(writer, "target", network->outputs, network->target_names);
    if (network->scale) {
        cvxnn__put_numbers(writer, "center", network->features, network->center);
        cvxnn__put_numbers(writer, "scale", network->features, network->scale);
    }
    for (int64_t j = 0; j < network->neurons; j++) {
        if (network->gates) cvxnn__put_numbers(writer, "gate", network->d, network->gates + j * network->d);
        cvxnn__put_numbers(writer, "u", network->d, network->u + j * network->d);
        cvxnn__put_numbers(writer, "a", network->outputs, network->a + j * network->outputs);
    }
    cvxnn__put_text(writer, "end\n");
}

int32_t cvxnn__network_format(struct cvxnn__context *context, const struct cvxnn__network *network,
                              char *buffer, int64_t size, int64_t *needed) {
    struct cvxnn__writer counting = {.finite = 1}, writer = {.buffer = buffer, .finite = 1};
    put_network(&counting, network);
    if (!counting.finite)
        return cvxnn__fail(context, CVXNN_ERROR_VALUE, "a weight of the network is not finite");
    *needed = counting.length;
    if (!buffer) return CVXNN_OK;
    if (size < counting.length)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE, "the model needs %lld bytes, there is room for %lld",
                           (long long)counting.length, (long long)size);
    put_network(&writer, network);
    return CVXNN_OK;
}

/* ---- Reading ---------------------------------------------------------------------------------- */

/* "name" with \" and \\ into name (NAME_BYTES + 1); its length, or -1. */
static int64_t unquote(struct cvxnn__reader *reader, char *name) {
    int64_t length = 0;
    if (!cvxnn__skip_text(reader, " \"")) return -1;
    while (length < NAME_BYTES && reader->at < reader->stop && *reader->at != '"') {
        if (*reader->at == '\\' &&
            (++reader->at == reader->stop || (*reader->at != '"' && *reader->at != '\\')))
            return -1;
        name[length++] = *reader->at++;
    }
    if (!cvxnn__skip_text(reader, "\"") || reader->at != reader->stop) return -1;
    name[length] = 0;
    return length;
}

static void read_names(struct cvxnn__reader *reader, const char *keyword, struct cvxnn__network *network,
                       int is_target) {
    int64_t count = is_target ? network->outputs : network->features;
    char name[NAME_BYTES + 1];
    for (int64_t j = 0; j < count && cvxnn__next_line(reader, keyword); j++) {
        if (reader->at == reader->stop) continue; /* no name */
        if (!cvxnn__name_is_valid(name, unquote(reader, name))) {
            cvxnn__reader_fail(reader,
                               "a name is 1 to 1000 bytes of UTF-8 without control characters, in quotes");
            return;
        }
        reader->status = cvxnn__network_set_name(reader->context, network, is_target, j, name);
    }
}

/* Fails unless what follows can hold a network of this shape, so that memory is only taken for what is there.
 * The shortest lines are "feature\n" and "target\n", the shortest number is " 0x0p0". */
static void check_room(struct cvxnn__reader *reader, const struct cvxnn__network *shape, int64_t scaled) {
    enum { NUMBER = 6 };
    static const char what[] = "the text is too short for these features, outputs and neurons";
    int64_t left = reader->end - reader->next, matrices = shape->kind == CVXNN_KIND_GATED ? 2 : 1;
    cvxnn__set_aside(reader, &left, shape->features, (int64_t)sizeof "feature", what);
    cvxnn__set_aside(reader, &left, shape->outputs, (int64_t)sizeof "target", what);
    if (scaled) cvxnn__set_aside(reader, &left, shape->features, 2 * NUMBER, what);
    if (!reader->status)
        cvxnn__set_aside(reader, &left, shape->neurons,
                         NUMBER * (matrices * shape->features + shape->outputs), what);
}

static void read_scaling(struct cvxnn__reader *reader, struct cvxnn__network *network) {
    struct cvxnn__scope scope;
    int64_t features = network->features;
    if (reader->status) return;
    cvxnn__scope_open(&scope, reader->context->memory);
    double *center = cvxnn__doubles(&scope, features, 1), *scale = cvxnn__doubles(&scope, features, 1);
    if (scope.failed) reader->status = cvxnn__fail_memory(reader->context);
    cvxnn__read_numbers(reader, "center", features, center);
    cvxnn__read_numbers(reader, "scale", features, scale);
    cvxnn__check_above(reader, features, scale, 0, "a scale is not above 0");
    if (!reader->status) reader->status = cvxnn__network_set_scaling(reader->context, network, center, scale);
    cvxnn__scope_close(&scope);
}

static void read_neurons(struct cvxnn__reader *reader, struct cvxnn__network *network) {
    int64_t d = network->d, outputs = network->outputs;
    for (int64_t j = 0; j < network->neurons; j++) {
        if (network->gates) cvxnn__read_numbers(reader, "gate", d, network->gates + j * d);
        cvxnn__read_numbers(reader, "u", d, network->u + j * d);
        cvxnn__read_numbers(reader, "a", outputs, network->a + j * outputs);
    }
}

int32_t cvxnn__network_parse(struct cvxnn__context *context, const char *text, int64_t length,
                             struct cvxnn__network *network) {
    struct cvxnn__reader reader = cvxnn__reader_of(context, text, length);
    struct cvxnn__network shape = {0}, made;
    cvxnn__read_version(&reader, FORMAT_NAME, VERSION, "model file");
    shape.kind = cvxnn__read_word(&reader, "kind", CVXNN_MODEL_KIND);
    shape.loss = cvxnn__read_word(&reader, "loss", CVXNN_OPTION_LOSS);
    cvxnn__read_numbers(&reader, "beta", 1, &shape.beta);
    cvxnn__check_above(&reader, 1, &shape.beta, 1, "beta is below 0");
    shape.bias = cvxnn__read_word(&reader, "bias", CVXNN_OPTION_BIAS);
    shape.features = cvxnn__read_count(&reader, "features", 1);
    shape.outputs = cvxnn__read_count(&reader, "outputs", 1);
    shape.neurons = cvxnn__read_count(&reader, "neurons", 0);
    int64_t scaled = cvxnn__read_count(&reader, "scaled", 0);
    if (scaled > 1) cvxnn__reader_expected(&reader, "scaled", " and 0 or 1");
    check_room(&reader, &shape, scaled);
    if (reader.status) return reader.status;
    int32_t status = cvxnn__network_make(context, shape.kind, shape.features, shape.bias, shape.outputs,
                                         shape.neurons, &made);
    if (status) return status;
    made.loss = shape.loss;
    made.beta = shape.beta;
    read_names(&reader, "feature", &made, 0);
    read_names(&reader, "target", &made, 1);
    if (scaled) read_scaling(&reader, &made);
    read_neurons(&reader, &made);
    cvxnn__read_end(&reader);
    if (reader.status)
        cvxnn__network_free(&made);
    else
        *network = made;
    return reader.status;
}
