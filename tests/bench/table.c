/* A table of numbers with a header, as `--real FILE --target COL` names it: the target by name or by position
 * from 1. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINE = 1 << 20 };

static _Noreturn void stop(const char *file, const char *why) {
    fprintf(stderr, "bench: %s: %s\n", file, why);
    exit(1);
}

/* The number of columns; *target becomes that of the column named. */
static int64_t read_header(const char *file, char *line, const char *name, int64_t *target) {
    int64_t columns = 0, position = strtoll(name, NULL, 10);
    *target = -1;
    for (char *word = strtok(line, ",\r\n"); word; word = strtok(NULL, ",\r\n"), columns++)
        if (!strcmp(word, name) || columns + 1 == position) *target = columns;
    if (*target < 0) stop(file, "has no such target column");
    return columns;
}

/* One line's numbers: the target's into *y, the others into x. */
static void read_row(const char *file, const char *line, int64_t columns, int64_t target, double *x,
                     double *y) {
    const char *at = line;
    char *end;
    for (int64_t j = 0; j < columns; j++, at = end + 1) {
        double value = strtod(at, &end);
        if (end == at || (j + 1 < columns && *end != ',')) stop(file, "has a field that is no number");
        *(j == target ? y : x++) = value;
    }
}

void table_read(const char *file, const char *target, struct data *data) {
    int64_t column, room = 0;
    char *line = malloc(MOST_LINE);
    FILE *stream = fopen(file, "r");
    if (!stream) stop(file, "cannot be read");
    if (!line || !fgets(line, MOST_LINE, stream)) stop(file, "is no table");
    int64_t columns = read_header(file, line, target, &column);
    *data = (struct data){.d = columns - 1};
    while (fgets(line, MOST_LINE, stream)) {
        if (data->n == room) {
            room = 2 * room + 64;
            data->x = realloc(data->x, (size_t)(room * columns) * sizeof(double));
            data->y = realloc(data->y, (size_t)room * sizeof(double));
            if (!data->x || !data->y) stop(file, "is too large");
        }
        read_row(file, line, columns, column, data->x + data->n * data->d, data->y + data->n);
        data->n++;
    }
    fclose(stream);
    free(line);
}
