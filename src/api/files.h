/* Text into files and out of them, for every handle that is saved. */
#ifndef CVXNN_API_FILES_H
#define CVXNN_API_FILES_H

#include "base/context.h"

/* A pipe or a device is written to; a regular file is written beside its path and renamed, so that a failure
 * leaves what was there. scope: for work. IO, MEMORY. */
int32_t cvxnn__file_write(struct cvxnn__context *context, struct cvxnn__scope *scope, const char *path,
                          const char *text, int64_t length);

/* The whole file into memory of scope, whatever its size says: it is read in growing steps until it ends. */
int32_t cvxnn__file_read(struct cvxnn__context *context, struct cvxnn__scope *scope, const char *path,
                         char **text, int64_t *length);

#endif
