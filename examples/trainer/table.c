/* Reading comma-separated values. See table.h. */
#define _POSIX_C_SOURCE 200809L
#include "table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "failure.h"
#include "interrupt.h"

struct reader {
    struct table *table;
    FILE *file;
    char *line; /* without its end */
    size_t room;
    int64_t number; /* of the line, from 1 */
    int64_t blank;  /* a line without anything, 0: none yet */
    int64_t filled; /* rows there is memory for */
};

const char *table_name(const struct table *table) {
    return strcmp(table->path, "-") ? table->path : "standard input";
}

static _Noreturn void fail_line(const struct reader *reader, const char *what) {
    fail(EXIT_INPUT, "%s, line %lld: %s", table_name(reader->table), (long long)reader->number, what);
}

/* What is wrong with a field, which is shown printable and short; memory of the caller's. */
static char *complaint(const struct reader *reader, int64_t column, const char *field, const char *what) {
    enum { NUMBERS = 128 }; /* room for the two, and the words */
    char shown[48];
    size_t length = 0;
    while (field[length] && field[length] != ',' && length < sizeof shown - 4) {
        unsigned char byte = (unsigned char)field[length];
        shown[length++] = byte < 32 || byte == 127 ? '?' : (char)byte;
    }
    strcpy(shown + length, field[length] && field[length] != ',' ? "..." : "");
    size_t size = strlen(table_name(reader->table)) + strlen(shown) + strlen(what) + NUMBERS;
    char *text = allocate((int64_t)size, 1);
    snprintf(text, size, "%s, line %lld, column %lld: '%s' %s", table_name(reader->table),
             (long long)reader->number, (long long)column + 1, shown, what);
    return text;
}

static _Noreturn void fail_field(const struct reader *reader, int64_t column, const char *field,
                                 const char *what) {
    fail(EXIT_INPUT, "%s", complaint(reader, column, field, what));
}

/* ---- Lines ---------------------------------------------------------------------------------- */

static void check_read(const struct reader *reader) {
    if (interrupted()) fail(EXIT_INTERRUPTED, "interrupted while reading; nothing was written");
    if (ferror(reader->file))
        fail(EXIT_INPUT, "cannot read %s: %s", table_name(reader->table), strerror(errno));
}

static int is_blank(const char *text) {
    return text[strspn(text, " \t")] == '\0';
}

/* The next line that is not blank: 1, or 0 at the end. Blank lines may only end the file. */
static int next_line(struct reader *reader) {
    for (;;) {
        errno = 0;
        ssize_t length = getline(&reader->line, &reader->room, reader->file);
        if (length < 0 && errno == ENOMEM) fail(EXIT_FAILED, "out of memory");
        check_read(reader);
        if (length < 0) return 0;
        reader->number++;
        if (memchr(reader->line, '\0', (size_t)length)) fail_line(reader, "a zero byte: this is not text");
        if (length > 0 && reader->line[length - 1] == '\n') reader->line[--length] = '\0';
        if (length > 0 && reader->line[length - 1] == '\r') reader->line[--length] = '\0';
        if (reader->number == 1 && !strncmp(reader->line, "\xef\xbb\xbf", 3)) /* a byte order mark */
            memmove(reader->line, reader->line + 3, (size_t)length - 2);
        if (!is_blank(reader->line)) break;
        if (!reader->blank) reader->blank = reader->number;
    }
    if (reader->blank) {
        reader->number = reader->blank;
        fail_line(reader, "empty, and lines follow");
    }
    return 1;
}

/* ---- Numbers -------------------------------------------------------------------------------- */

/* What follows the number at text, which must be a comma or the end of the line; NULL when it is no number.
 */
static const char *behind_number(const char *text, double *value) {
    char *end;
    text += strspn(text, " \t");
    if (*text == '\0' || strchr("\v\f\r", *text)) return NULL; /* strtod would skip them */
    *value = strtod(text, &end);
    if (end == text) return NULL;
    end += strspn(end, " \t");
    return *end == '\0' || *end == ',' ? end : NULL;
}

/* Whether what separates fields elsewhere stands inside this one. */
static int has_other_separator(const char *field) {
    size_t length = strcspn(field, ",");
    while (length > 0 && (field[length - 1] == ' ' || field[length - 1] == '\t')) length--;
    return strcspn(field, "; \t|") < length;
}

/* Why the field at text is no number to compute with; NULL when it is one. alone: it is all of its line. */
static const char *number_at(const char *text, int alone, double *value) {
    const char *end = behind_number(text, value), *begin = text + strspn(text, " \t");
    if (end && isfinite(*value)) return NULL;
    if (*begin == '\0' || *begin == ',')
        return "is empty: a value is missing; fill it in or take the row out";
    if (*begin == '"') return "is quoted, as numbers are not; columns of text are left out by train --ignore";
    if (end && !isnan(*value)) return "is not finite";
    if (alone && has_other_separator(begin)) return "is not a number; is the separator a comma?";
    return "is not a number: code it as numbers or leave the column out (train --ignore)";
}

/* What follows the field at text: a comma, though not one in quotes, or the end. */
static const char *behind_field(const char *text) {
    text += strspn(text, " \t");
    if (*text == '"')
        for (text++; *text && (*text != '"' || *++text == '"');) text++;
    return text + strcspn(text, ",");
}

static int64_t count_fields(const char *line) {
    int64_t fields = 1;
    for (; *(line = behind_field(line)); line++) fields++;
    return fields;
}

static void make_room(struct reader *reader) {
    struct table *table = reader->table;
    if (table->rows < reader->filled) return;
    int64_t rows = reader->filled > 0 ? reader->filled * 2 : 64;
    if (rows > INT64_MAX / 16 / table->columns) fail(EXIT_FAILED, "out of memory");
    table->values = grow(table->values, rows * table->columns, sizeof *table->values);
    reader->filled = rows;
}

static void add_row(struct reader *reader) {
    struct table *table = reader->table;
    const char *at = reader->line;
    int64_t fields = count_fields(at);
    if (fields != table->columns) {
        char what[96];
        snprintf(what, sizeof what, "%lld fields where the first line has %lld", (long long)fields,
                 (long long)table->columns);
        fail_line(reader, what);
    }
    make_room(reader);
    double *row = table->values + table->rows * table->columns;
    for (int64_t j = 0; j < fields; j++) {
        const char *wrong = number_at(at, fields == 1, &row[j]), *begin = at + strspn(at, " \t");
        if (wrong && fields == 1) fail_field(reader, j, begin, wrong); /* nothing else can be used */
        if (wrong && !table->complaints[j]) table->complaints[j] = complaint(reader, j, begin, wrong);
        if (wrong) row[j] = NAN;
        at = behind_field(begin);
        at += *at == ',';
    }
    table->rows++;
}

/* ---- Names ---------------------------------------------------------------------------------- */

/* Takes a quoted name at text apart in place; returns what follows it. */
static char *unquote(struct reader *reader, int64_t column, char *text, char **name) {
    char *to = *name = text + 1, *from = to;
    for (; *from && (*from != '"' || from[1] == '"'); from++) {
        if (*from == '"') from++;
        *to++ = *from;
    }
    if (*from == '\0') fail_field(reader, column, text, "has no closing quote");
    *to = '\0';
    from++;
    from += strspn(from, " \t");
    if (*from && *from != ',') fail_field(reader, column, from, "follows a closing quote");
    return from;
}

/* The name at text, and what follows it: a comma or the end. */
static char *name_at(struct reader *reader, int64_t column, char *text, char **name) {
    text += strspn(text, " \t");
    if (*text == '"') return unquote(reader, column, text, name);
    char *end = text + strcspn(text, ","), *last = end;
    while (last > text && (last[-1] == ' ' || last[-1] == '\t')) last--;
    *name = text;
    if (last != end) *last = '\0';
    return end;
}

static int by_name(const void *a, const void *b) {
    return strcmp(**(char **const *)a, **(char **const *)b);
}

static void sort_names(struct reader *reader) {
    struct table *table = reader->table;
    char ***places = allocate(table->columns, sizeof *places);
    table->sorted = allocate(table->columns, sizeof *table->sorted);
    for (int64_t j = 0; j < table->columns; j++) places[j] = &table->names[j];
    qsort(places, (size_t)table->columns, sizeof *places, by_name);
    for (int64_t j = 0; j < table->columns; j++) {
        table->sorted[j] = places[j] - table->names;
        if (j > 0 && !strcmp(*places[j - 1], *places[j]))
            fail_field(reader, table->sorted[j], *places[j], "is the name of two columns");
    }
    free(places);
}

static void read_names(struct reader *reader) {
    struct table *table = reader->table;
    int64_t room = count_fields(reader->line);
    table->names = allocate(room, sizeof *table->names);
    for (char *at = reader->line; at;) {
        char *name, *end = name_at(reader, table->columns, at, &name);
        at = *end ? end + 1 : NULL;
        *end = '\0';
        if (*name == '\0') fail_field(reader, table->columns, name, "is empty: a column without a name");
        char *copy = allocate((int64_t)strlen(name) + 1, 1);
        table->names[table->columns++] = strcpy(copy, name);
    }
    sort_names(reader);
}

/* Whether the first line is a header, by what its fields are. */
static int is_header(const struct reader *reader) {
    int64_t numbers = 0, fields = 0;
    double value;
    for (const char *at = reader->line; at; fields++) {
        numbers += behind_number(at, &value) != NULL;
        at = strchr(at, ',');
        if (at) at++;
    }
    if (numbers > 0 && numbers < fields)
        fail_line(reader,
                  "numbers and other things: say --header yes if these are names, --header no if not");
    return numbers == 0;
}

/* ---- The table ------------------------------------------------------------------------------- */

void table_read(const char *path, enum header header, struct table *table) {
    struct reader reader = {.table = table};
    memset(table, 0, sizeof *table);
    table->path = path;
    reader.file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
    if (!reader.file) fail(EXIT_INPUT, "cannot read %s: %s", path, strerror(errno));
    if (!next_line(&reader)) fail(EXIT_INPUT, "%s is empty", table_name(table));
    int has_names = header == HEADER_YES || (header == HEADER_AUTO && is_header(&reader));
    if (has_names)
        read_names(&reader);
    else
        table->columns = count_fields(reader.line);
    table->complaints = allocate(table->columns, sizeof *table->complaints);
    if (!has_names) add_row(&reader);
    while (next_line(&reader)) add_row(&reader);
    if (table->rows == 0) fail(EXIT_INPUT, "%s has a header and no rows", table_name(table));
    free(reader.line);
    if (reader.file != stdin) fclose(reader.file);
}

void table_free(struct table *table) {
    for (int64_t j = 0; table->names && j < table->columns; j++) free(table->names[j]);
    for (int64_t j = 0; table->complaints && j < table->columns; j++) free(table->complaints[j]);
    free((void *)table->names);
    free((void *)table->complaints);
    free(table->sorted);
    free(table->values);
}

void table_expect_numbers(const struct table *table, int64_t column) {
    if (table->complaints[column]) fail(EXIT_INPUT, "%s", table->complaints[column]);
}

int64_t table_column(const struct table *table, const char *name) {
    int64_t low = 0, high = table->names ? table->columns : 0;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int order = strcmp(name, table->names[table->sorted[middle]]);
        if (order == 0) return table->sorted[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

enum header header_of(const char *text) {
    if (!text || !strcmp(text, "auto")) return HEADER_AUTO;
    if (!strcmp(text, "yes")) return HEADER_YES;
    if (!strcmp(text, "no")) return HEADER_NO;
    fail(EXIT_USAGE, "--header %s: it is one of auto yes no", text);
}
