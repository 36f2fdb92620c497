/* Columns by name or position. See columns.h. */
#include "columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"

static int is_position(const char *name) {
    return *name != '\0' && name[strspn(name, "0123456789")] == '\0';
}

enum { SHOWN = 200, LIST_BYTES = SHOWN + 8 };

/* The names of the columns that are not taken (NULL: of all), as many as go on a line or two, without what a
 * terminal would obey. */
static void list_names(const struct table *table, const char *taken, char list[LIST_BYTES]) {
    size_t length = 0;
    int64_t j = 0;
    for (; j < table->columns; j++) {
        if (taken && taken[j]) continue;
        size_t more = strlen(table->names[j]);
        if (length + more + 2 > SHOWN) break;
        if (length > 0) list[length++] = ',';
        if (length > 0) list[length++] = ' ';
        for (const char *at = table->names[j]; *at; at++)
            list[length++] = (unsigned char)*at < 32 || *at == 127 ? '?' : *at;
    }
    strcpy(list + length, j == table->columns ? "" : length > 0 ? ", ..." : "...");
}

static _Noreturn void fail_name(const struct table *table, const char *option, const char *name) {
    char list[LIST_BYTES];
    list_names(table, NULL, list);
    fail(EXIT_USAGE, "--%s: %s has no column named '%s'%s %s", option, table_name(table), name,
         is_position(name) ? ", and columns go by name where there is a header, which has"
                           : "; its header has",
         list);
}

/* The column that the command line calls name. */
static int64_t place_of(const struct table *table, const char *option, const char *name) {
    if (table->names) {
        int64_t place = table_column(table, name);
        if (place < 0) fail_name(table, option, name);
        return place;
    }
    char *end = NULL;
    long long position = *name >= '0' && *name <= '9' ? strtoll(name, &end, 10) : 0;
    if (position < 1 || *end != '\0' || position > table->columns)
        fail(EXIT_USAGE, "--%s %s: %s has no header, so its %lld columns go by position, 1 for the first",
             option, name, table_name(table), (long long)table->columns);
    return position - 1;
}

static int64_t claim(const struct table *table, const char *option, const char *name, char *taken) {
    int64_t place = place_of(table, option, name);
    if (taken[place]) fail(EXIT_USAGE, "--%s %s: this column has a part already", option, name);
    taken[place] = 1;
    return place;
}

static void split_list(const struct table *table, const char *option, const char *list, char *taken,
                       struct columns *columns) {
    char *names = allocate((int64_t)strlen(list) + 1, 1);
    strcpy(names, list);
    for (char *name = names; name; columns->count++) {
        char *comma = strchr(name, ',');
        if (comma) *comma = '\0';
        columns->places = grow(columns->places, columns->count + 1, sizeof *columns->places);
        columns->places[columns->count] = claim(table, option, name, taken);
        name = comma ? comma + 1 : NULL;
    }
    free(names);
}

void columns_by_role(const struct table *table, const char *targets, const char *weights, const char *ignored,
                     struct roles *roles) {
    char *taken = allocate(table->columns, 1);
    struct columns others = {.count = 0};
    memset(roles, 0, sizeof *roles);
    split_list(table, "target", targets, taken, &roles->targets);
    roles->weights = weights ? claim(table, "weights", weights, taken) : -1;
    if (ignored) split_list(table, "ignore", ignored, taken, &others);
    roles->features.places = allocate(table->columns, sizeof *roles->features.places);
    for (int64_t j = 0; j < table->columns; j++)
        if (!taken[j]) roles->features.places[roles->features.count++] = j;
    if (roles->features.count == 0)
        fail(EXIT_USAGE, "%s has no column left for a feature", table_name(table));
    free(others.places);
    free(taken);
}

void roles_free(struct roles *roles) {
    free(roles->targets.places);
    free(roles->features.places);
}

/* The model's name of its feature j, as a string of the caller's; empty when it has none. */
static char *feature_name(const cvxnn_model *model, int64_t j) {
    int64_t size = 0;
    check_model(model, cvxnn_model_get_feature_name(model, j, NULL, 0, &size), 0);
    char *name = allocate(size + 1, 1);
    check_model(model, cvxnn_model_get_feature_name(model, j, name, size + 1, NULL), 0);
    return name;
}

static void match_names(const struct table *table, const cvxnn_model *model, struct columns *columns) {
    for (int64_t j = 0; j < columns->count; j++) {
        char *name = feature_name(model, j);
        columns->places[j] = table_column(table, name);
        if (*name == '\0') fail(EXIT_INPUT, "the model has names for some of its features only");
        if (columns->places[j] < 0)
            fail(EXIT_INPUT, "%s has no column named '%s', which the model takes", table_name(table), name);
        free(name);
    }
}

void columns_of_model(const struct table *table, const cvxnn_model *model, struct columns *columns) {
    check_model(model, cvxnn_model_get_int(model, CVXNN_MODEL_FEATURES, &columns->count), 0);
    columns->places = allocate(columns->count, sizeof *columns->places);
    char *first = feature_name(model, 0);
    int named = *first != '\0';
    free(first);
    if (table->names && named) {
        match_names(table, model, columns);
        return;
    }
    if (table->columns != columns->count)
        fail(EXIT_INPUT, "%s has %lld columns, the model takes %lld (%s has no names to match them by)",
             table_name(table), (long long)table->columns, (long long)columns->count,
             table->names ? "the model" : "the table");
    for (int64_t j = 0; j < columns->count; j++) columns->places[j] = j;
}

void columns_tell_ignored(const struct table *table, const struct columns *columns) {
    char list[LIST_BYTES], *taken = allocate(table->columns, 1);
    for (int64_t j = 0; j < columns->count; j++) taken[columns->places[j]] = 1;
    if (table->names && memchr(taken, 0, (size_t)table->columns)) {
        list_names(table, taken, list);
        fprintf(stderr, "cvxnn: columns that the model does not take, ignored: %s\n", list);
    }
    free(taken);
}

double *columns_gather(const struct table *table, const struct columns *columns, const int64_t *rows,
                       int64_t count) {
    for (int64_t j = 0; j < columns->count; j++) table_expect_numbers(table, columns->places[j]);
    double *gathered = columns->count > 0 && count > 0 /* no overflow: a part of the table, which exists */
                           ? allocate(count * columns->count, sizeof *gathered)
                           : allocate(1, sizeof *gathered);
    for (int64_t i = 0; i < count; i++) {
        const double *from = table->values + (rows ? rows[i] : i) * table->columns;
        for (int64_t j = 0; j < columns->count; j++)
            gathered[i * columns->count + j] = from[columns->places[j]];
    }
    return gathered;
}
