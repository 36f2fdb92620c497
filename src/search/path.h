/* The grid of a regularisation path (Friedman, Hastie & Tibshirani 2010, section 2.5). */
#ifndef CVXNN_SEARCH_PATH_H
#define CVXNN_SEARCH_PATH_H

#include <stdint.h>

/* beta (count >= 2 numbers): from `most` down to ratio most, 0 < ratio < 1, equal steps on a logarithmic
 * scale. */
void cvxnn__grid(double most, double ratio, int64_t count, double *beta);

#endif
