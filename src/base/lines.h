/*
 * Files of lines: what the formats of docs/model-format.md and docs/certificate-format.md have in common. A
 * line is a keyword and fields, separated by one space: whole numbers, hexadecimal floats, words.
 *
 * Reader and writer carry on past a failure without effect, so that a format reads in the code as one list of
 * lines. What is read is taken to be hostile: nothing is believed about its length, and numbers are finite.
 */
#ifndef CVXNN_BASE_LINES_H
#define CVXNN_BASE_LINES_H

#include <stdint.h>

#include "base/context.h"

/* ---- Writing ---- */

struct cvxnn__writer {
    char *buffer;   /* NULL: only count */
    int64_t length; /* written so far */
    int finite;     /* to be set to 1; 0 once a number was not */
};

void cvxnn__put(struct cvxnn__writer *writer, const char *bytes, int64_t count);
void cvxnn__put_text(struct cvxnn__writer *writer, const char *text);
void cvxnn__put_line(struct cvxnn__writer *writer, const char *keyword, const char *value);
void cvxnn__put_count(struct cvxnn__writer *writer, const char *keyword, int64_t count);
/* The name of a choice (group: its CVXNN_OPTION_ key) or of a CVXNN_KIND_ (group: CVXNN_MODEL_KIND). */
void cvxnn__put_word(struct cvxnn__writer *writer, const char *keyword, int32_t group, int64_t number);
void cvxnn__put_numbers(struct cvxnn__writer *writer, const char *keyword, int64_t count,
                        const double *numbers);

/* ---- Reading ---- */

struct cvxnn__reader {
    struct cvxnn__context *context;
    const char *next, *end; /* of the text: the line after this one, and where all ends */
    const char *at, *stop;  /* of this line: what is left of it, without its end */
    int64_t line;           /* its number, from 1 */
    int32_t status;         /* the first failure; nothing happens after it */
};

struct cvxnn__reader cvxnn__reader_of(struct cvxnn__context *context, const char *text, int64_t length);

/* FORMAT with the line in the message, unless something failed before. */
void cvxnn__reader_fail(struct cvxnn__reader *reader, const char *what);
/* The same with `expected "keyword"` and what follows it: " and a whole number", or nothing. */
void cvxnn__reader_expected(struct cvxnn__reader *reader, const char *keyword, const char *what);

/* Goes to the next line and past its keyword; 0 after a failure. */
int cvxnn__next_line(struct cvxnn__reader *reader, const char *keyword);
/* If what is left of the line begins with text, goes past it. */
int cvxnn__skip_text(struct cvxnn__reader *reader, const char *text);
/* What stands between the next space and the one after it, or the line's end; NULL when there is none. */
const char *cvxnn__next_field(struct cvxnn__reader *reader, int64_t *length);

/* The first line: the format's name and a version up to the one that this library reads, else NEWER; `what`
 * is what the message calls the file. */
void cvxnn__read_version(struct cvxnn__reader *reader, const char *format, int64_t version, const char *what);
int64_t cvxnn__read_count(struct cvxnn__reader *reader, const char *keyword, int64_t least);
int32_t cvxnn__read_word(struct cvxnn__reader *reader, const char *keyword, int32_t group);
/* Exactly count numbers. */
void cvxnn__read_numbers(struct cvxnn__reader *reader, const char *keyword, int64_t count, double *numbers);
/* The line "end", and nothing after it. */
void cvxnn__read_end(struct cvxnn__reader *reader);

/* Every number must lie in (0, inf), or in [0, inf) with `closed`. */
void cvxnn__check_above(struct cvxnn__reader *reader, int64_t count, const double *numbers, int closed,
                        const char *what);
/* Of the bytes left, sets aside at least `bytes` for each of count; fails, saying what, when there are fewer:
 * before memory is taken for a count, it is held against the text. */
void cvxnn__set_aside(struct cvxnn__reader *reader, int64_t *left, int64_t count, int64_t bytes,
                      const char *what);

#endif
