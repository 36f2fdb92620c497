/* The test program: runs every suite, or those named on the command line. */
#include <stdlib.h>
#include <string.h>

#include "blas_runtime.h"
#include "suite.h"

enum { MOST_SUITES = 64 };
static struct {
    const char *name;
    cvxnn_fill_suite fill;
} suites[MOST_SUITES];
static int suite_count;

void cvxnn_register_suite(const char *name, cvxnn_fill_suite fill) {
    if (suite_count == MOST_SUITES) abort();
    suites[suite_count].name = name;
    suites[suite_count++].fill = fill;
}

int64_t cvxnn_test_size(int64_t usual, int64_t quick) {
    return getenv("CVXNN_TEST_QUICK") ? quick : usual;
}

static int wanted(const char *name, int argc, char **argv) {
    for (int a = 1; a < argc; a++)
        if (!strcmp(argv[a], name)) return 1;
    return argc < 2;
}

int main(int argc, char **argv) {
    SRunner *runner = srunner_create(NULL);
    int chosen = 0;
    blas_set_threads(1); /* small products: waiting threads would cost more than they bring */
    for (int s = 0; s < suite_count; s++) {
        if (!wanted(suites[s].name, argc, argv)) continue;
        Suite *suite = suite_create(suites[s].name);
        TCase *tests = tcase_create(suites[s].name);
        tcase_set_timeout(tests, 600);
        suites[s].fill(tests);
        suite_add_tcase(suite, tests);
        srunner_add_suite(runner, suite);
        chosen++;
    }
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed || !chosen ? EXIT_FAILURE : EXIT_SUCCESS;
}
