/* Lines of text: a writer that counts first and a reader that trusts nothing. See lines.h. */
#include "base/lines.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hexfloat.h"

enum { COUNT_DIGITS = 18 };

/* The words of the files for the library's numbers; kinds go under CVXNN_MODEL_KIND. */
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

void cvxnn__put(struct cvxnn__writer *writer, const char *bytes, int64_t count) {
    if (writer->buffer) memcpy(writer->buffer + writer->length, bytes, (size_t)count);
    writer->length += count;
}

void cvxnn__put_text(struct cvxnn__writer *writer, const char *text) {
    cvxnn__put(writer, text, (int64_t)strlen(text));
}

void cvxnn__put_line(struct cvxnn__writer *writer, const char *keyword, const char *value) {
    cvxnn__put_text(writer, keyword);
    cvxnn__put_text(writer, " ");
    cvxnn__put_text(writer, value);
    cvxnn__put_text(writer, "\n");
}

void cvxnn__put_count(struct cvxnn__writer *writer, const char *keyword, int64_t count) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)count);
    cvxnn__put_line(writer, keyword, text);
}

void cvxnn__put_word(struct cvxnn__writer *writer, const char *keyword, int32_t group, int64_t number) {
    for (int w = 0; w < WORDS; w++)
        if (words[w].group == group && words[w].number == number)
            cvxnn__put_line(writer, keyword, words[w].text);
}

void cvxnn__put_numbers(struct cvxnn__writer *writer, const char *keyword, int64_t count,
                        const double *numbers) {
    char text[1 + CVXNN__HEXFLOAT_BYTES] = " ";
    cvxnn__put_text(writer, keyword);
    for (int64_t k = 0; k < count; k++) {
        if (!isfinite(numbers[k])) writer->finite = 0;
        cvxnn__put(writer, text, 1 + cvxnn__hexfloat_write(numbers[k], text + 1));
    }
    cvxnn__put_text(writer, "\n");
}

/* ---- Reading ---------------------------------------------------------------------------------- */

struct cvxnn__reader cvxnn__reader_of(struct cvxnn__context *context, const char *text, int64_t length) {
    struct cvxnn__reader reader = {.context = context, .next = text, .end = text + length};
    return reader;
}

void cvxnn__reader_fail(struct cvxnn__reader *reader, const char *what) {
    if (!reader->status)
        reader->status = cvxnn__fail(reader->context, CVXNN_ERROR_FORMAT, "line %lld: %s",
                                     (long long)reader->line, what);
}

void cvxnn__reader_expected(struct cvxnn__reader *reader, const char *keyword, const char *what) {
    if (!reader->status)
        reader->status = cvxnn__fail(reader->context, CVXNN_ERROR_FORMAT, "line %lld: expected \"%s\"%s",
                                     (long long)reader->line, keyword, what);
}

int cvxnn__skip_text(struct cvxnn__reader *reader, const char *text) {
    int64_t length = (int64_t)strlen(text);
    if (reader->stop - reader->at < length || memcmp(reader->at, text, (size_t)length)) return 0;
    reader->at += length;
    return 1;
}

int cvxnn__next_line(struct cvxnn__reader *reader, const char *keyword) {
    if (reader->status) return 0;
    const char *feed = reader->next == reader->end
                           ? NULL
                           : memchr(reader->next, '\n', (size_t)(reader->end - reader->next));
    reader->line++;
    if (!feed) {
        cvxnn__reader_fail(reader, "the text ends before its line \"end\"");
        return 0;
    }
    reader->at = reader->next;
    reader->stop = feed > reader->at && feed[-1] == '\r' ? feed - 1 : feed;
    reader->next = feed + 1;
    if (cvxnn__skip_text(reader, keyword) && (reader->at == reader->stop || *reader->at == ' ')) return 1;
    cvxnn__reader_expected(reader, keyword, "");
    return 0;
}

const char *cvxnn__next_field(struct cvxnn__reader *reader, int64_t *length) {
    if (!cvxnn__skip_text(reader, " ")) return NULL;
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

int64_t cvxnn__read_count(struct cvxnn__reader *reader, const char *keyword, int64_t least) {
    if (!cvxnn__next_line(reader, keyword)) return least;
    int64_t length = 0;
    const char *field = cvxnn__next_field(reader, &length);
    int64_t value = decimal(field, length);
    if (value >= least && reader->at == reader->stop) return value;
    cvxnn__reader_expected(reader, keyword,
                           least > 0 ? " and a whole number from 1" : " and a whole number from 0");
    return least;
}

int32_t cvxnn__read_word(struct cvxnn__reader *reader, const char *keyword, int32_t group) {
    if (!cvxnn__next_line(reader, keyword)) return 0;
    int64_t length = 0;
    const char *field = cvxnn__next_field(reader, &length);
    for (int w = 0; field && w < WORDS; w++)
        if (words[w].group == group && reader->at == reader->stop &&
            (int64_t)strlen(words[w].text) == length && !memcmp(words[w].text, field, (size_t)length))
            return words[w].number;
    cvxnn__reader_expected(reader, keyword, " and a word that version 1 of the format knows");
    return 0;
}

void cvxnn__read_numbers(struct cvxnn__reader *reader, const char *keyword, int64_t count, double *numbers) {
    if (!cvxnn__next_line(reader, keyword)) return;
    for (int64_t k = 0; k < count; k++) {
        int64_t length = 0;
        const char *field = cvxnn__next_field(reader, &length);
        if (!field || !cvxnn__hexfloat_read(field, length, &numbers[k])) {
            cvxnn__reader_fail(reader,
                               field ? "a number is not a hexadecimal float" : "there are too few numbers");
            return;
        }
    }
    if (reader->at != reader->stop) cvxnn__reader_fail(reader, "there are too many numbers");
}

void cvxnn__check_above(struct cvxnn__reader *reader, int64_t count, const double *numbers, int closed,
                        const char *what) {
    for (int64_t k = 0; !reader->status && k < count; k++)
        if (!(closed ? numbers[k] >= 0 : numbers[k] > 0)) cvxnn__reader_fail(reader, what);
}

void cvxnn__set_aside(struct cvxnn__reader *reader, int64_t *left, int64_t count, int64_t bytes,
                      const char *what) {
    if (reader->status) return;
    if (count > *left / bytes)
        cvxnn__reader_fail(reader, what);
    else
        *left -= count * bytes;
}

void cvxnn__read_version(struct cvxnn__reader *reader, const char *format, int64_t version,
                         const char *what) {
    if (!cvxnn__next_line(reader, format)) return;
    int64_t length = 0;
    const char *field = cvxnn__next_field(reader, &length);
    int64_t found = decimal(field, length);
    if (found < 1 || reader->at != reader->stop)
        cvxnn__reader_expected(reader, format, " and the version of the format");
    else if (found > version)
        reader->status = cvxnn__fail(
            reader->context, CVXNN_ERROR_NEWER,
            "line 1: version %lld of the %s is newer than this library, which reads version %lld",
            (long long)found, what, (long long)version);
}

void cvxnn__read_end(struct cvxnn__reader *reader) {
    if (cvxnn__next_line(reader, "end") && (reader->at != reader->stop || reader->next != reader->end))
        cvxnn__reader_fail(reader, "something follows \"end\"");
}
