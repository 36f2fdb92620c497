#ifndef CVXNN_BENCH_TABLE_H
#define CVXNN_BENCH_TABLE_H

#include "bench.h"

/* All columns but the target as features, as they stand. Ends the program on a table it cannot read. */
void table_read(const char *file, const char *target, struct data *data);

#endif
