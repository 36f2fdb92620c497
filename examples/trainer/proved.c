/* Numbers with directed rounding in decimal. See proved.h. */
#include "proved.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvxnn.h>

static const double STEP = 1e-10; /* at most one unit of the tenth digit */

/* side 1: up, -1: down. */
static struct proved_text outward(double value, int side) {
    struct proved_text result;
    double tried = value;
    for (int k = 0; k < 32; k++) { /* twenty steps are two units of the digit at the most */
        snprintf(result.text, sizeof result.text, "%.10g", tried);
        if (!(side * strtod(result.text, NULL) < side * value)) break;
        tried += side * fabs(value) * STEP;
    }
    return result;
}

struct proved_text proved_up(double value) {
    return outward(value, 1);
}

struct proved_text proved_down(double value) {
    return outward(value, -1);
}

double proved_ratio(const struct proved_text *objective, const struct proved_text *bound) {
    double above = strtod(objective->text, NULL), below = strtod(bound->text, NULL);
    if (below > 0) return above / below;
    return above > 0 ? NAN : 1;
}

void print_within(double ratio) {
    double percent = (ratio - 1) * 100, digits = 1;
    if (ratio >= 2) {
        printf("within a factor of %.2f of the global optimum", ceil(ratio * 100) / 100);
        return;
    }
    while (percent * digits < 100 && digits < 1e7) digits *= 10;
    printf("within %.6g %% of the global optimum", ceil(percent * digits) / digits);
}

int proves_nothing(double objective, double bound) {
    return objective > 0 && !(bound > 0);
}

void print_no_bound(int32_t status) {
    const char *reason = cvxnn_status_string(status); /* up to the semicolon: what is kept is no news here */
    printf("no bound above 0 was found");
    if (status > 0) printf(" (%.*s)", (int)strcspn(reason, ";"), reason);
}
