/*
 * The model file: numbers against the C library's own hexadecimal floats, round trips to the bit, the example
 * of docs/model-format.md byte for byte, and files that were damaged in every way.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "fixture.h"
#include "base/hexfloat.h"
#include "model/network.h"

/* The example of docs/model-format.md. */
static const char example[] = "cvxnn-model 1\n"
                              "kind relu\n"
                              "loss squared\n"
                              "beta 0x1.999999999999ap-4\n"
                              "bias penalized\n"
                              "features 2\n"
                              "outputs 1\n"
                              "neurons 2\n"
                              "scaled 1\n"
                              "feature \"age\"\n"
                              "feature \"income \\\"net\\\"\"\n"
                              "target \"price\"\n"
                              "center 0x1.4p+5 0x1.f4p+9\n"
                              "scale 0x1.4p+3 0x1.9p+8\n"
                              "u 0x1p+0 -0x1.8p-1 0x1p-2\n"
                              "a 0x1.4p+0\n"
                              "u -0x1p-1 0x1p+1 0x0p+0\n"
                              "a -0x1p+0\n"
                              "end\n";

static int same_bits(double a, double b) {
    return !memcmp(&a, &b, sizeof a);
}

/* ---- Numbers ------------------------------------------------------------------------------------ */

static void check_number(double value) {
    char text[CVXNN__HEXFLOAT_BYTES + 1], theirs[64];
    double back;
    int64_t length = cvxnn__hexfloat_write(value, text);
    ck_assert_int_le(length, CVXNN__HEXFLOAT_BYTES);
    text[length] = 0;
    snprintf(theirs, sizeof theirs, "%a", value); /* the tests run in the C locale */
    ck_assert_str_eq(text, theirs);
    ck_assert_int_eq(cvxnn__hexfloat_read(text, length, &back), 1);
    ck_assert(same_bits(back, value));
}

START_TEST(numbers_are_written_as_c_does_and_read_to_the_bit) {
    static const double corners[] = {0.0,
                                     -0.0,
                                     1.0,
                                     -1.5,
                                     DBL_MAX,
                                     -DBL_MAX,
                                     DBL_MIN,
                                     -DBL_MIN,
                                     5e-324,
                                     -5e-324,
                                     0.1,
                                     1e308,
                                     0x1p-1,
                                     0x0.8p-1022,
                                     0x1.8p-1022,
                                     0x1p+1023,
                                     1e100,
                                     1.0 / 3,
                                     0x1p+10,
                                     0x0.0001p-1022,
                                     0x1.0000000000001p+0,
                                     0x1.fffffffffffffp-1022};
    for (size_t k = 0; k < sizeof corners / sizeof *corners; k++) check_number(corners[k]);
    for (uint64_t k = 0; k < 20000; k++) { /* any bits at all */
        double uniform[2], value;
        cvxnn__uniforms(3, CVXNN__STREAM_BENCH + 41, k, 2, uniform);
        uint64_t bits = (uint64_t)(uniform[0] * 0x1p32) << 32 | (uint64_t)(uniform[1] * 0x1p32);
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) check_number(value);
    }
}
END_TEST

START_TEST(numbers_of_other_writers_are_read) {
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"0x1.8000000000000p+1", 3},
                 {"0x0.0p+0", 0},
                 {"-0x0.0p0", -0.0},
                 {"0x1.8p1", 3},
                 {"0x1.0p-1022", DBL_MIN},
                 {"0x0.0000000000001p-1022", 5e-324},
                 {"0x0.8000000000000p-1022", 0x1p-1023},
                 {"0x0p-1074", 0},
                 {"0x1p+0001", 2}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double value = NAN;
        ck_assert_msg(cvxnn__hexfloat_read(cases[k].text, (int64_t)strlen(cases[k].text), &value), "%s",
                      cases[k].text);
        ck_assert_msg(same_bits(value, cases[k].value), "%s", cases[k].text);
    }
}
END_TEST

START_TEST(what_is_no_finite_number_is_refused) {
    static const char *cases[] = {
        "",         "-",           "0",           "1",          "1.5",        "0x",
        "0x1",      "0x1p",        "0x1p+",       "0x1p-",      "0x1.p+0",    "0x2p+0",
        "0xap+0",   "0x1p+1024",   "0x1p-1023",   "0x1p+00001", "0x1p+99999", "0x1p+9999999999999999999",
        "nan",      "inf",         "-inf",        "NaN",        "0X1p+0",     "0x1P+0",
        "0x1.Ap+0", "+0x1p+0",     " 0x1p+0",     "0x1p+0 ",    "0x1p+0x",    "0x1.00000000000000p+0",
        "0x0.8p+0", "0x0.8p-1021", "0x0.8p-1023", "--0x1p+0",   "0x1,8p+0",   "0x1p+-1",
        "0x1p 1",   "0x1.8"};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double value = 42;
        ck_assert_msg(!cvxnn__hexfloat_read(cases[k], (int64_t)strlen(cases[k]), &value), "%s", cases[k]);
        ck_assert_msg(value == 42, "%s", cases[k]);
    }
}
END_TEST

/* ---- Networks ----------------------------------------------------------------------------------- */

static int32_t parse(struct fixture *f, const char *text, int64_t length, struct cvxnn__network *network) {
    /* a copy of just that length, so that a sanitizer sees a read past the end */
    char *copy = malloc(length > 0 ? (size_t)length : 1);
    memcpy(copy, text, (size_t)length);
    int32_t status = cvxnn__network_parse(&f->context, copy, length, network);
    free(copy);
    return status;
}

/* The text of a network, to be freed. */
static char *format(struct fixture *f, const struct cvxnn__network *network, int64_t *length) {
    int64_t again = -1;
    ck_assert_int_eq(cvxnn__network_format(&f->context, network, NULL, 0, length), CVXNN_OK);
    char *text = malloc((size_t)*length + 1);
    text[*length] = '?';
    ck_assert_int_eq(cvxnn__network_format(&f->context, network, text, *length, &again), CVXNN_OK);
    ck_assert_int_eq(again, *length);
    ck_assert_int_eq(text[*length], '?'); /* not a byte more than was said */
    return text;
}

static void check_names_equal(int64_t count, char *const *a, char *const *b) {
    for (int64_t j = 0; j < count; j++) {
        const char *first = a ? a[j] : NULL, *second = b ? b[j] : NULL;
        ck_assert_int_eq(!first, !second);
        if (first) ck_assert_str_eq(first, second);
    }
}

static void check_equal(const struct cvxnn__network *a, const struct cvxnn__network *b) {
    size_t inner = (size_t)(a->neurons * a->d) * sizeof(double);
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_int_eq(a->features, b->features);
    ck_assert_int_eq(a->bias, b->bias);
    ck_assert_int_eq(a->outputs, b->outputs);
    ck_assert_int_eq(a->neurons, b->neurons);
    ck_assert_int_eq(a->d, b->d);
    ck_assert_int_eq(a->loss, b->loss);
    ck_assert(same_bits(a->beta, b->beta));
    ck_assert_int_eq(!a->scale, !b->scale);
    ck_assert_int_eq(!a->gates, !b->gates);
    ck_assert(!memcmp(a->u, b->u, inner));
    ck_assert(!memcmp(a->a, b->a, (size_t)(a->neurons * a->outputs) * sizeof(double)));
    if (a->gates) ck_assert(!memcmp(a->gates, b->gates, inner));
    if (a->scale) {
        ck_assert(!memcmp(a->center, b->center, (size_t)a->features * sizeof(double)));
        ck_assert(!memcmp(a->scale, b->scale, (size_t)a->features * sizeof(double)));
    }
    check_names_equal(a->features, a->feature_names, b->feature_names);
    check_names_equal(a->outputs, a->target_names, b->target_names);
}

/* A network whose numbers are of every kind there is. */
static struct cvxnn__network make(struct fixture *f, int32_t kind, int64_t bias, int scaled, int64_t outputs,
                                  int64_t neurons) {
    static const double special[] = {0.0, -0.0, DBL_MAX, -5e-324, DBL_MIN, 0.1, -1e-310, 3};
    static const double center[] = {-0.0, 1e300, -2}, scale[] = {5e-324, 1, DBL_MAX};
    struct cvxnn__network network;
    ck_assert_int_eq(cvxnn__network_make(&f->context, kind, 3, bias, outputs, neurons, &network), CVXNN_OK);
    cvxnn__normals(1, CVXNN__STREAM_BENCH + 42, 0, neurons * network.d, network.u);
    for (int64_t e = 0; e < neurons * outputs; e++) network.a[e] = special[e % 8];
    for (int64_t e = 0; network.gates && e < neurons * network.d; e++)
        network.gates[e] = special[(e + 3) % 8];
    network.beta = 0.1;
    if (scaled) ck_assert_int_eq(cvxnn__network_set_scaling(&f->context, &network, center, scale), CVXNN_OK);
    ck_assert_int_eq(cvxnn__network_set_name(&f->context, &network, 0, 0, " \"\\ caf\xC3\xA9 \\\" "),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn__network_set_name(&f->context, &network, 0, 2, "\\"), CVXNN_OK);
    if (outputs > 1) ck_assert_int_eq(cvxnn__network_set_name(&f->context, &network, 1, 1, "end"), CVXNN_OK);
    return network;
}

START_TEST(a_network_comes_back_to_the_bit) {
    struct fixture f;
    fixture_open(&f, 1);
    for (int variant = 0; variant < 32; variant++) {
        struct cvxnn__network back, network = make(&f, variant & 1 ? CVXNN_KIND_GATED : CVXNN_KIND_RELU,
                                                   variant & 2 ? CVXNN_BIAS_PENALIZED : CVXNN_BIAS_NONE,
                                                   variant & 4, variant & 8 ? 3 : 1, variant & 16 ? 7 : 0);
        int64_t length;
        char *text = format(&f, &network, &length);
        ck_assert_int_eq(parse(&f, text, length, &back), CVXNN_OK);
        check_equal(&network, &back);
        free(text);
        cvxnn__network_free(&network);
        cvxnn__network_free(&back);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(the_documented_example_is_read_and_written) {
    struct fixture f;
    struct cvxnn__network network;
    int64_t length;
    fixture_open(&f, 1);
    ck_assert_int_eq(parse(&f, example, (int64_t)strlen(example), &network), CVXNN_OK);
    ck_assert(network.beta == 0.1 && network.d == 3 && network.neurons == 2);
    ck_assert(network.center[1] == 1000 && network.scale[0] == 10);
    ck_assert(network.u[1] == -0.75 && network.u[4] == 2 && network.a[0] == 1.25);
    ck_assert_str_eq(network.feature_names[1], "income \"net\"");
    char *text = format(&f, &network, &length);
    ck_assert_int_eq(length, (int64_t)strlen(example));
    ck_assert_mem_eq(text, example, (size_t)length);
    free(text);
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

START_TEST(carriage_returns_before_line_feeds_are_accepted) {
    struct fixture f;
    struct cvxnn__network network, plain;
    char text[2 * sizeof example];
    int64_t length = 0;
    fixture_open(&f, 1);
    for (const char *c = example; *c; c++) {
        if (*c == '\n') text[length++] = '\r';
        text[length++] = *c;
    }
    ck_assert_int_eq(parse(&f, text, length, &network), CVXNN_OK);
    ck_assert_int_eq(parse(&f, example, (int64_t)strlen(example), &plain), CVXNN_OK);
    check_equal(&network, &plain);
    cvxnn__network_free(&network);
    cvxnn__network_free(&plain);
    fixture_close(&f);
}
END_TEST

START_TEST(a_buffer_that_is_too_small_is_left_alone) {
    struct fixture f;
    char small[100];
    int64_t needed = 0;
    fixture_open(&f, 1);
    struct cvxnn__network network = make(&f, CVXNN_KIND_RELU, CVXNN_BIAS_NONE, 0, 1, 2);
    memset(small, '?', sizeof small);
    ck_assert_int_eq(cvxnn__network_format(&f.context, &network, small, sizeof small, &needed),
                     CVXNN_ERROR_SHAPE);
    ck_assert_int_gt(needed, (int64_t)sizeof small);
    for (size_t k = 0; k < sizeof small; k++) ck_assert_int_eq(small[k], '?');
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

START_TEST(weights_that_are_not_finite_are_not_written) {
    struct fixture f;
    int64_t needed = -7;
    fixture_open(&f, 1);
    struct cvxnn__network network = make(&f, CVXNN_KIND_RELU, CVXNN_BIAS_NONE, 0, 1, 2);
    network.a[1] = INFINITY;
    ck_assert_int_eq(cvxnn__network_format(&f.context, &network, NULL, 0, &needed), CVXNN_ERROR_VALUE);
    network.a[1] = NAN;
    ck_assert_int_eq(cvxnn__network_format(&f.context, &network, NULL, 0, &needed), CVXNN_ERROR_VALUE);
    ck_assert_int_eq(needed, -7);
    cvxnn__network_free(&network);
    fixture_close(&f);
}
END_TEST

/* ---- Damage --------------------------------------------------------------------------------------- */

/* Refused with a line in the message, or a network that can be written and read again. */
static int32_t check_damaged(struct fixture *f, const char *text, int64_t length) {
    struct cvxnn__network network, again;
    int64_t held = f->blocks;
    f->context.message[0] = 0;
    int32_t status = parse(f, text, length, &network);
    if (status) {
        ck_assert_msg(status == CVXNN_ERROR_FORMAT || status == CVXNN_ERROR_NEWER, "%d", (int)status);
        ck_assert_msg(!strncmp(f->context.message, "line ", 5), "%s", f->context.message);
    } else {
        int64_t size;
        char *own = format(f, &network, &size);
        ck_assert_int_eq(parse(f, own, size, &again), CVXNN_OK);
        check_equal(&network, &again);
        free(own);
        cvxnn__network_free(&network);
        cvxnn__network_free(&again);
    }
    ck_assert_int_eq(f->blocks, held);
    return status;
}

/* Texts of a small network of each kind, in turn. */
static char *small_text(struct fixture *f, int kind, int64_t *length) {
    struct cvxnn__network network = make(f, kind, CVXNN_BIAS_PENALIZED, kind == CVXNN_KIND_RELU, 2, 2);
    char *text = format(f, &network, length);
    cvxnn__network_free(&network);
    return text;
}

START_TEST(every_byte_may_be_another) {
    struct fixture f;
    fixture_open(&f, 1);
    for (int kind = CVXNN_KIND_RELU; kind <= CVXNN_KIND_GATED; kind++) {
        int64_t length, refused = 0;
        char *text = small_text(&f, kind, &length);
        for (int64_t at = 0; at < length; at++) {
            char was = text[at];
            for (int byte = 0; byte < 256; byte++) {
                text[at] = (char)byte;
                refused += check_damaged(&f, text, length) != CVXNN_OK;
            }
            text[at] = was;
        }
        ck_assert_int_gt(refused, 200 * length); /* most changes are noticed; a digit may become another */
        free(text);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(every_cut_is_noticed) {
    struct fixture f;
    fixture_open(&f, 1);
    for (int kind = CVXNN_KIND_RELU; kind <= CVXNN_KIND_GATED; kind++) {
        int64_t length;
        char *text = small_text(&f, kind, &length);
        for (int64_t cut = 0; cut < length; cut++)
            ck_assert_int_eq(check_damaged(&f, text, cut), CVXNN_ERROR_FORMAT);
        ck_assert_int_eq(check_damaged(&f, text, length), CVXNN_OK);
        free(text);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(bytes_may_be_missing_or_doubled) {
    struct fixture f;
    fixture_open(&f, 1);
    for (int kind = CVXNN_KIND_RELU; kind <= CVXNN_KIND_GATED; kind++) {
        int64_t length;
        char *text = small_text(&f, kind, &length), *other = malloc((size_t)length + 1);
        for (int64_t at = 0; at < length; at++) {
            memcpy(other, text, (size_t)at);
            memcpy(other + at, text + at + 1, (size_t)(length - at - 1));
            check_damaged(&f, other, length - 1);
            memcpy(other, text, (size_t)at + 1);
            memcpy(other + at + 1, text + at, (size_t)(length - at));
            check_damaged(&f, other, length + 1);
        }
        free(text), free(other);
    }
    fixture_close(&f);
}
END_TEST

/* The example with `from` replaced by `to`. */
static int32_t parse_changed(struct fixture *f, const char *from, const char *to) {
    char text[4096];
    const char *at = strstr(example, from);
    ck_assert_ptr_nonnull(at);
    int length = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - example), example, to, at + strlen(from));
    ck_assert_int_lt(length, (int)sizeof text);
    return check_damaged(f, text, length);
}

START_TEST(what_does_not_follow_the_format_is_refused) {
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"cvxnn-model 1\n", "", "line 1: expected \"cvxnn-model\""},
        {"cvxnn-model 1\n", "cvxnn-model\n",
         "line 1: expected \"cvxnn-model\" and the version of the format"},
        {"cvxnn-model 1\n", "cvxnn-model 0\n",
         "line 1: expected \"cvxnn-model\" and the version of the format"},
        {"cvxnn-model 1\n", "cvxnn-model 1.5\n",
         "line 1: expected \"cvxnn-model\" and the version of the format"},
        {"kind relu", "kind sigmoid",
         "line 2: expected \"kind\" and a word that version 1 of the format knows"},
        {"kind relu", "kind squared",
         "line 2: expected \"kind\" and a word that version 1 of the format knows"},
        {"kind relu", "kindrelu", "line 2: expected \"kind\""},
        {"beta 0x1", "beta -0x1", "line 4: beta is below 0"},
        {"beta 0x1", "beta  0x1", "line 4: a number is not a hexadecimal float"},
        {"ap-4\n", "ap-4 \n", "line 4: there are too many numbers"},
        {"features 2", "features 0", "line 6: expected \"features\" and a whole number from 1"},
        {"features 2", "features -2", "line 6: expected \"features\" and a whole number from 1"},
        {"neurons 2", "neurons 2 ", "line 8: expected \"neurons\" and a whole number from 0"},
        {"scaled 1", "scaled 2", "line 9: expected \"scaled\" and 0 or 1"},
        {"\"age\"", "\"age",
         "line 10: a name is 1 to 1000 bytes of UTF-8 without control characters, in quotes"},
        {"\"age\"", "age",
         "line 10: a name is 1 to 1000 bytes of UTF-8 without control characters, in quotes"},
        {"\"age\"", "\"\"",
         "line 10: a name is 1 to 1000 bytes of UTF-8 without control characters, in quotes"},
        {"\"age\"", "\"a\\ge\"",
         "line 10: a name is 1 to 1000 bytes of UTF-8 without control characters, in quotes"},
        {"\"age\"", "\"age\\",
         "line 10: a name is 1 to 1000 bytes of UTF-8 without control characters, in quotes"},
        {"\"age\"", "\"age\" ",
         "line 10: a name is 1 to 1000 bytes of UTF-8 without control characters, in quotes"},
        {"\"age\"", "\"\xC0\x80\"",
         "line 10: a name is 1 to 1000 bytes of UTF-8 without control characters, in quotes"},
        {"scale 0x1.4p+3", "scale 0x0p+0", "line 14: a scale is not above 0"},
        {"scale 0x1.4p+3", "scale -0x1p+0", "line 14: a scale is not above 0"},
        {"u 0x1p+0 ", "u ", "line 15: there are too few numbers"},
        {"u 0x1p+0 ", "u nan ", "line 15: a number is not a hexadecimal float"},
        {"u 0x1p+0 ", "u 0x1p+1024 ", "line 15: a number is not a hexadecimal float"},
        {"u 0x1p+0 ", "u 0x1p+0 0x1p+0 ", "line 15: there are too many numbers"},
        {"u 0x1p+0 ", "\nu 0x1p+0 ", "line 15: expected \"u\""},
        {"end\n", "end", "line 19: the text ends before its line \"end\""},
        {"end\n", "", "line 19: the text ends before its line \"end\""},
        {"end\n", "end.\n", "line 19: expected \"end\""},
        {"end\n", "end \n", "line 19: something follows \"end\""},
        {"end\n", "end\n\n", "line 19: something follows \"end\""},
        {"end\n", "end\nend\n", "line 19: something follows \"end\""},
    };
    struct fixture f;
    fixture_open(&f, 1);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ck_assert_msg(parse_changed(&f, cases[k].from, cases[k].to) == CVXNN_ERROR_FORMAT, "%s", cases[k].to);
        ck_assert_str_eq(f.context.message, cases[k].message);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_newer_version_is_told_from_a_broken_file) {
    struct fixture f;
    fixture_open(&f, 1);
    ck_assert_int_eq(parse_changed(&f, "cvxnn-model 1\nkind", "cvxnn-model 2\nquite other"),
                     CVXNN_ERROR_NEWER);
    ck_assert_str_eq(f.context.message,
                     "line 1: version 2 of the model file is newer than this library, which "
                     "reads version 1");
    fixture_close(&f);
}
END_TEST

START_TEST(counts_past_the_text_take_no_memory) {
    static const char *const counts[][2] = {{"features 2", "features 100"},
                                            {"features 2", "features 999999999999999999"},
                                            {"features 2", "features 9223372036854775807"},
                                            {"features 2", "features 18446744073709551618"},
                                            {"outputs 1", "outputs 999999999999999999"},
                                            {"outputs 1", "outputs 60"},
                                            {"neurons 2", "neurons 999999999999999999"},
                                            {"neurons 2", "neurons 30"},
                                            {"neurons 2", "neurons 4611686018427387904"}};
    struct fixture f;
    fixture_open(&f, 1);
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        cvxnn__memory_reset_peak(&f.memory);
        ck_assert_int_eq(parse_changed(&f, counts[k][0], counts[k][1]), CVXNN_ERROR_FORMAT);
        ck_assert_int_eq(f.memory.peak, 0);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_name_has_at_most_1000_bytes) {
    char name[1100], quoted[1100];
    struct fixture f;
    fixture_open(&f, 1);
    for (int length = 999; length <= 1001; length++) {
        memset(name, 'n', sizeof name);
        snprintf(quoted, sizeof quoted, "\"%.*s\"", length, name);
        ck_assert_int_eq(parse_changed(&f, "\"age\"", quoted),
                         length <= 1000 ? CVXNN_OK : CVXNN_ERROR_FORMAT);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(any_allocation_may_fail) {
    struct fixture f;
    struct cvxnn__network network;
    fixture_open(&f, 1);
    for (int on = 0; on < 2; on++) {
        int64_t k = 1;
        f.fail_on = on;
        for (;; k++) {
            f.fail_at = k;
            int32_t status = parse(&f, example, (int64_t)strlen(example), &network);
            f.fail_at = 0;
            if (!status) break;
            ck_assert_int_eq(status, CVXNN_ERROR_MEMORY);
            ck_assert_int_eq(f.blocks, 0);
        }
        cvxnn__network_free(&network);
        ck_assert_int_gt(k, 9); /* u, a, two tables of names, three names, scaling twice */
    }
    fixture_close(&f);
}
END_TEST

CVXNN_SUITE(model_file) {
    CVXNN_TEST(numbers_are_written_as_c_does_and_read_to_the_bit);
    CVXNN_TEST(numbers_of_other_writers_are_read);
    CVXNN_TEST(what_is_no_finite_number_is_refused);
    CVXNN_TEST(a_network_comes_back_to_the_bit);
    CVXNN_TEST(the_documented_example_is_read_and_written);
    CVXNN_TEST(carriage_returns_before_line_feeds_are_accepted);
    CVXNN_TEST(a_buffer_that_is_too_small_is_left_alone);
    CVXNN_TEST(weights_that_are_not_finite_are_not_written);
    CVXNN_TEST(every_byte_may_be_another);
    CVXNN_TEST(every_cut_is_noticed);
    CVXNN_TEST(bytes_may_be_missing_or_doubled);
    CVXNN_TEST(what_does_not_follow_the_format_is_refused);
    CVXNN_TEST(a_newer_version_is_told_from_a_broken_file);
    CVXNN_TEST(counts_past_the_text_take_no_memory);
    CVXNN_TEST(a_name_has_at_most_1000_bytes);
    CVXNN_TEST(any_allocation_may_fail);
}
