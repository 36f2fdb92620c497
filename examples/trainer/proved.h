/* Proved numbers as text: ten digits, rounded to the side on which what is printed is proved as well. */
#ifndef CVXNN_TRAINER_PROVED_H
#define CVXNN_TRAINER_PROVED_H

#include <stdint.h>

struct proved_text {
    char text[32];
};

/* The number with ten significant digits, not below it or not above it. */
struct proved_text proved_up(double value);
struct proved_text proved_down(double value);

/* The quotient of two such texts, so that what is said of it follows from what is printed; NAN where the
 * second says 0. */
double proved_ratio(const struct proved_text *objective, const struct proved_text *bound);

/* "within ... of the global optimum", rounded up: per cent with three digits while that says something, a
 * factor beyond. */
void print_within(double ratio);

/* Whether a bound says nothing of an objective: it is 0, which every objective is not below. */
int proves_nothing(double objective, double bound);

/* Says that no bound was found, and why where the status tells. */
void print_no_bound(int32_t status);

#endif
