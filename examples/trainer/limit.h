/* Which side of a gap limits, in words. */
#ifndef CVXNN_TRAINER_LIMIT_H
#define CVXNN_TRAINER_LIMIT_H

#include <cvxnn.h>

/* "none", "bound", "network"; NULL where the certificate does not know. */
const char *limit_name(const cvxnn_certificate *certificate);

/* A line that begins with `label`; nothing where neither side limits or it is not known. */
void limit_print(const cvxnn_certificate *certificate, const char *label);

#endif
