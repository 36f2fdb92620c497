/*
 * The model file: a network as lines of text and back (docs/model-format.md).
 *
 * What is read is taken to be hostile: nothing is believed about its length, every count is held against the
 * bytes that are left before memory is taken for it, and numbers can only be finite. The reader and the
 * writer carry on past a failure without effect, so that the format reads here as one list of lines each.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/hexfloat.h"
#include "model/network.h"

enum { VERSION = 1, NAME_BYTES = 1000, COUNT_DIGITS = 18 };
static const char FORMAT_NAME[] = "cvxnn-model";

/* The words of the file for the library's numbers; kinds go under CVXNN_MODEL_KIND. */
static const struct word {
    int32_t group, number;
    const char *text;
} words[] = {
#define CHOICE(symbol, option, number, name, meaning) {option, number, name},
#define KIND(symbol, number, name) {CVXNN_MODEL_KIND, number, name},
    CVXNN_CHOICE_TABLE(CHOICE) CVXNN_KIND_TABLE(KIND)
#undef CHOICE
#undef KIND
};
enum { WORDS = sizeof words / sizeof *words };

/* ---- Writing ---------------------------------------------------------------------------------- */

struct writer {
    char *buffer;   /* NULL: only count */
    int64_t length; /* written so far */
    int finite;     /* 0 once a number was not */
};

static void put(struct writer *writer, const char *bytes, int64_t count) {
    if (writer->buffer) memcpy(writer->buffer + writer->length, bytes, (size_t)count);
    writer->length += count;
}

static void put_text(struct writer *writer, const char *text) {
    put(writer, text, (int64_t)strlen(text));
}

static void put_line(struct writer *writer, const char *keyword, const char *value) {
    put_text(writer, keyword);
    put_text(writer, " ");
    put_text(writer, value);
    put_text(writer, "\n");
}

static void put_count(struct writer *writer, const char *keyword, int64_t count) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)count);
    put_line(writer, keyword, text);
}

static void put_word(struct writer *writer, const char *keyword, int32_t group, int64_t number) {
    for (int w = 0; w < WORDS; w++)
        if (words[w].group == group && words[w].number == number) put_line(writer, keyword, words[w].text);
}

static void put_numbers(struct writer *writer, const char *keyword, int64_t count, const double *numbers) {
    char text[1 + CVXNN__HEXFLOAT_BYTES] = " ";
    put_text(writer, keyword);
    for (int64_t k = 0; k < count; k++) {
        if (!isfinite(numbers[k])) writer->finite = 0;
        put(writer, text, 1 + cvxnn__hexfloat_write(numbers[k], text + 1));
    }
    put_text(writer, "\n");
}

static void put_names(struct writer *writer, const char *keyword, int64_t count, char *const *names) {
    for (int64_t j = 0; j < count; j++) {
        const char *name = names ? names[j] : NULL;
        put_text(writer, keyword);
        if (name) put_text(writer, " \"");
        for (const char *c = name; c && *c; c++) {
            if (*c == '"' || *c == '\\') put_text(writer, "\\");
            put(writer, c, 1);
        }
        put_text(writer, name ? "\"\n" : "\n");
    }
}

static void put_network(struct writer *writer, const struct cvxnn__network *network) {
    put_count(writer, FORMAT_NAME, VERSION);
    put_word(writer, "kind", CVXNN_MODEL_KIND, network->kind);
    put_word(writer, "loss", CVXNN_OPTION_LOSS, network->loss);
    put_numbers(writer, "beta", 1, &network->beta);
    put_word(writer, "bias", CVXNN_OPTION_BIAS, network->bias);
    put_count(writer, "features", network->features);
    put_count(writer, "outputs", network->outputs);
    put_count(writer, "neurons", network->neurons);
    put_count(writer, "scaled", network->scale != NULL);
    put_names(writer, "feature", network->features, network->feature_names);
    put_names(writer, "target", network->outputs, network->target_names);
    if (network->scale) {
        put_numbers(writer, "center", network->features, network->center);
        put_numbers(writer, "scale", network->features, network->scale);
    }
    for (int64_t j = 0; j < network->neurons; j++) {
        if (network->gates) put_numbers(writer, "gate", network->d, network->gates + j * network->d);
        put_numbers(writer, "u", network->d, network->u + j * network->d);
        put_numbers(writer, "a", network->outputs, network->a + j * network->outputs);
    }
    put_text(writer, "end\n");
}

int32_t cvxnn__network_format(struct cvxnn__context *context, const struct cvxnn__network *network,
                              char *buffer, int64_t size, int64_t *needed) {
    struct writer counting = {.finite = 1}, writer = {.buffer = buffer, .finite = 1};
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

struct reader {
    struct cvxnn__context *context;
    const char *next, *end; /* of the text: the line after this one, and where all ends */
    const char *at, *stop;  /* of this line: what is left of it, without its end */
    int64_t line;           /* its number, from 1 */
    int32_t status;         /* the first failure; nothing happens after it */
};

static void fail(struct reader *reader, const char *what) {
    if (!reader->status)
        reader->status = cvxnn__fail(reader->context, CVXNN_ERROR_FORMAT, "line %lld: %s",
                                     (long long)reader->line, what);
}

/* `what` follows the keyword in the message: " and a whole number", or nothing. */
static void fail_expected(struct reader *reader, const char *keyword, const char *what) {
    if (!reader->status)
        reader->status = cvxnn__fail(reader->context, CVXNN_ERROR_FORMAT, "line %lld: expected \"%s\"%s",
                                     (long long)reader->line, keyword, what);
}

/* If what is left of the line begins with text, goes past it. */
static int skip(struct reader *reader, const char *text) {
    int64_t length = (int64_t)strlen(text);
    if (reader->stop - reader->at < length || memcmp(reader->at, text, (size_t)length)) return 0;
    reader->at += length;
    return 1;
}

/* Goes to the next line and past its keyword; 0 after a failure. */
static int next_line(struct reader *reader, const char *keyword) {
    if (reader->status) return 0;
    const char *feed = reader->next == reader->end
                           ? NULL
                           : memchr(reader->next, '\n', (size_t)(reader->end - reader->next));
    reader->line++;
    if (!feed) {
        fail(reader, "the text ends before its line \"end\"");
        return 0;
    }
    reader->at = reader->next;
    reader->stop = feed > reader->at && feed[-1] == '\r' ? feed - 1 : feed;
    reader->next = feed + 1;
    if (skip(reader, keyword) && (reader->at == reader->stop || *reader->at == ' ')) return 1;
    fail_expected(reader, keyword, "");
    return 0;
}

/* What stands between the next space and the one after it, or the line's end; NULL when there is none. */
static const char *next_field(struct reader *reader, int64_t *length) {
    if (!skip(reader, " ")) return NULL;
    const char *field = reader->at;
    while (reader->at < reader->stop && *reader->at != ' ') reader->at++;
    *length = reader->at - field;
    return field;
}

static int64_t decimal(const char *field, int64_t length) {
    int64_t value = 0;
    if (!field || length < 1 || length > COUNT_DIGITS) return -1;
    for (int64_t k = 0; k < length; k++) {
        if (field[k] < '0' || field[k] > '9') return -1;
        value = 10 * value + (field[k] - '0');
    }
    return value;
}

static int64_t read_count(struct reader *reader, const char *keyword, int64_t least) {
    if (!next_line(reader, keyword)) return least;
    int64_t length = 0;
    const char *field = next_field(reader, &length);
    int64_t value = decimal(field, length);
    if (value >= least && reader->at == reader->stop) return value;
    fail_expected(reader, keyword, least > 0 ? " and a whole number from 1" : " and a whole number from 0");
    return least;
}

static int32_t read_word(struct reader *reader, const char *keyword, int32_t group) {
    if (!next_line(reader, keyword)) return 0;
    int64_t length = 0;
    const char *field = next_field(reader, &length);
    for (int w = 0; field && w < WORDS; w++)
        if (words[w].group == group && reader->at == reader->stop &&
            (int64_t)strlen(words[w].text) == length && !memcmp(words[w].text, field, (size_t)length))
            return words[w].number;
    fail_expected(reader, keyword, " and a word that version 1 of the format knows");
    return 0;
}

static void read_numbers(struct reader *reader, const char *keyword, int64_t count, double *numbers) {
    if (!next_line(reader, keyword)) return;
    for (int64_t k = 0; k < count; k++) {
        int64_t length = 0;
        const char *field = next_field(reader, &length);
        if (!field || !cvxnn__hexfloat_read(field, length, &numbers[k])) {
            fail(reader, field ? "a number is not a hexadecimal float" : "there are too few numbers");
            return;
        }
    }
    if (reader->at != reader->stop) fail(reader, "there are too many numbers");
}

/* Every number of a line must lie in (least, inf), or in [least, inf) with `closed`. */
static void check_above(struct reader *reader, int64_t count, const double *numbers, int closed,
                        const char *what) {
    for (int64_t k = 0; !reader->status && k < count; k++)
        if (!(closed ? numbers[k] >= 0 : numbers[k] > 0)) fail(reader, what);
}

/* "name" with \" and \\ into name (NAME_BYTES + 1); its length, or -1. */
static int64_t unquote(struct reader *reader, char *name) {
    int64_t length = 0;
    if (!skip(reader, " \"")) return -1;
    while (length < NAME_BYTES && reader->at < reader->stop && *reader->at != '"') {
        if (*reader->at == '\\' &&
            (++reader->at == reader->stop || (*reader->at != '"' && *reader->at != '\\')))
            return -1;
        name[length++] = *reader->at++;
    }
    if (!skip(reader, "\"") || reader->at != reader->stop) return -1;
    name[length] = 0;
    return length;
}

static void read_names(struct reader *reader, const char *keyword, struct cvxnn__network *network,
                       int is_target) {
    int64_t count = is_target ? network->outputs : network->features;
    char name[NAME_BYTES + 1];
    for (int64_t j = 0; j < count && next_line(reader, keyword); j++) {
        if (reader->at == reader->stop) continue; /* no name */
        if (!cvxnn__name_is_valid(name, unquote(reader, name))) {
            fail(reader, "a name is 1 to 1000 bytes of UTF-8 without control characters, in quotes");
            return;
        }
        reader->status = cvxnn__network_set_name(reader->context, network, is_target, j, name);
    }
}

/* Of the bytes left, sets aside at least `bytes` for each of count; fails when there are fewer. */
static void set_aside(struct reader *reader, int64_t *left, int64_t count, int64_t bytes) {
    if (reader->status) return;
    if (count > *left / bytes)
        fail(reader, "the text is too short for these features, outputs and neurons");
    else
        *left -= count * bytes;
}

/* Fails unless what follows can hold a network of this shape, so that memory is only taken for what is there.
 * The shortest lines are "feature\n" and "target\n", the shortest number is " 0x0p0". */
static void check_room(struct reader *reader, const struct cvxnn__network *shape, int64_t scaled) {
    enum { NUMBER = 6 };
    int64_t left = reader->end - reader->next, matrices = shape->kind == CVXNN_KIND_GATED ? 2 : 1;
    set_aside(reader, &left, shape->features, (int64_t)sizeof "feature");
    set_aside(reader, &left, shape->outputs, (int64_t)sizeof "target");
    if (scaled) set_aside(reader, &left, shape->features, 2 * NUMBER);
    if (!reader->status)
        set_aside(reader, &left, shape->neurons, NUMBER * (matrices * shape->features + shape->outputs));
}

static void read_header(struct reader *reader) {
    if (!next_line(reader, FORMAT_NAME)) return;
    int64_t length = 0;
    const char *field = next_field(reader, &length);
    int64_t version = decimal(field, length);
    if (version < 1 || reader->at != reader->stop)
        fail_expected(reader, FORMAT_NAME, " and the version of the format");
    else if (version > VERSION)
        reader->status = cvxnn__fail(
            reader->context, CVXNN_ERROR_NEWER,
            "line 1: version %lld of the model file is newer than this library, which "
            "reads version %d",
            (long long)version, VERSION);
}

static void read_scaling(struct reader *reader, struct cvxnn__network *network) {
    struct cvxnn__scope scope;
    int64_t features = network->features;
    if (reader->status) return;
    cvxnn__scope_open(&scope, reader->context->memory);
    double *center = cvxnn__doubles(&scope, features, 1), *scale = cvxnn__doubles(&scope, features, 1);
    if (scope.failed) reader->status = cvxnn__fail_memory(reader->context);
    read_numbers(reader, "center", features, center);
    read_numbers(reader, "scale", features, scale);
    check_above(reader, features, scale, 0, "a scale is not above 0");
    if (!reader->status) reader->status = cvxnn__network_set_scaling(reader->context, network, center, scale);
    cvxnn__scope_close(&scope);
}

static void read_neurons(struct reader *reader, struct cvxnn__network *network) {
    int64_t d = network->d, outputs = network->outputs;
    for (int64_t j = 0; j < network->neurons; j++) {
        if (network->gates) read_numbers(reader, "gate", d, network->gates + j * d);
        read_numbers(reader, "u", d, network->u + j * d);
        read_numbers(reader, "a", outputs, network->a + j * outputs);
    }
}

static void read_end(struct reader *reader) {
    if (next_line(reader, "end") && (reader->at != reader->stop || reader->next != reader->end))
        fail(reader, "something follows \"end\"");
}

int32_t cvxnn__network_parse(struct cvxnn__context *context, const char *text, int64_t length,
                             struct cvxnn__network *network) {
    struct reader reader = {.context = context, .next = text, .end = text + length};
    struct cvxnn__network shape = {0}, made;
    read_header(&reader);
    shape.kind = read_word(&reader, "kind", CVXNN_MODEL_KIND);
    shape.loss = read_word(&reader, "loss", CVXNN_OPTION_LOSS);
    read_numbers(&reader, "beta", 1, &shape.beta);
    check_above(&reader, 1, &shape.beta, 1, "beta is below 0");
    shape.bias = read_word(&reader, "bias", CVXNN_OPTION_BIAS);
    shape.features = read_count(&reader, "features", 1);
    shape.outputs = read_count(&reader, "outputs", 1);
    shape.neurons = read_count(&reader, "neurons", 0);
    int64_t scaled = read_count(&reader, "scaled", 0);
    if (scaled > 1) fail_expected(&reader, "scaled", " and 0 or 1");
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
    read_end(&reader);
    if (reader.status)
        cvxnn__network_free(&made);
    else
        *network = made;
    return reader.status;
}
