/*
 * A table of numbers from a file of comma-separated values.
 *
 * One row a line, ended by a line feed or CR LF; blanks around a field do not count; a field is a finite
 * decimal or hexadecimal number, read to the last bit. The first line may hold names instead, which may be
 * quoted ("a ""b"""). Anything else in a column is wrong where that column is used, and told with line and
 * field; other columns may hold what they like, with commas in quotes. Whatever else is found ends the
 * program (EXIT_INPUT).
 */
#ifndef CVXNN_TRAINER_TABLE_H
#define CVXNN_TRAINER_TABLE_H

#include <stdint.h>

enum header { HEADER_AUTO, HEADER_YES, HEADER_NO };

struct table {
    const char *path;
    int64_t rows, columns;
    double *values;    /* rows x columns, row-major; NAN where there is no number */
    char **complaints; /* of the columns: the first thing that is no number; NULL: none */
    char **names;      /* of the columns; NULL: the file has no header */
    int64_t *sorted;   /* columns in the order of their names; NULL without names */
};

/* path "-" is standard input. HEADER_AUTO: the first line is a header when none of its fields is a number,
 * data when all are; with a mixture the program ends, because a row with a slip of the pen must not get lost.
 */
void table_read(const char *path, enum header header, struct table *table);
void table_free(struct table *table);

/* How messages call the table. */
const char *table_name(const struct table *table);

/* Ends the program (EXIT_INPUT) where the column has something in it that is no number. */
void table_expect_numbers(const struct table *table, int64_t column);

/* The column of this name, -1 when there is none or the table has no names. */
int64_t table_column(const struct table *table, const char *name);

/* The value of --header: auto, yes or no; NULL is auto. */
enum header header_of(const char *text);

#endif
