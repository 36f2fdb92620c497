/*
 * Which columns of a table are what. With a header, columns go by name; without one by position, counted
 * from 1.
 */
#ifndef CVXNN_TRAINER_COLUMNS_H
#define CVXNN_TRAINER_COLUMNS_H

#include <stdint.h>

#include <cvxnn.h>

#include "table.h"

struct columns {
    int64_t count;
    int64_t *places; /* from 0 */
};

/* What a command line says of the columns, and the features: all the rest, in their order. */
struct roles {
    struct columns targets, features;
    int64_t weights; /* -1: none */
};

/* targets: COL[,COL...]; weights: COL or NULL; ignored: as targets, or NULL. Ends the program (EXIT_USAGE) at
 * a column that is not there or is named twice, and where no feature is left. */
void columns_by_role(const struct table *table, const char *targets, const char *weights, const char *ignored,
                     struct roles *roles);
void roles_free(struct roles *roles);

/* The columns that a model takes: by name where model and table have names, else all of them, whose count
 * must be right. Ends the program (EXIT_INPUT) when they do not fit. */
void columns_of_model(const struct table *table, const cvxnn_model *model, struct columns *columns);

/* Names on standard error the columns of a table with a header that are not among these, where there are any.
 */
void columns_tell_ignored(const struct table *table, const struct columns *columns);

/* The entries in these columns and rows (NULL: all rows), row-major, as memory of the caller's. Ends the
 * program (EXIT_INPUT) where one of the columns has something in it, in any row, that is no number. */
double *columns_gather(const struct table *table, const struct columns *columns, const int64_t *rows,
                       int64_t count);

#endif
