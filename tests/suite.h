/*
 * What the test files share: a suite registers itself, so that a new file in tests/ is all a new suite needs.
 *
 *   CVXNN_SUITE(random) { CVXNN_TEST(philox_known_answers); CVXNN_TEST(normals_have_unit_variance); }
 *
 * with each test written as START_TEST(name) { ... } END_TEST above it (Check's macros).
 */
#ifndef CVXNN_TESTS_SUITE_H
#define CVXNN_TESTS_SUITE_H

#include <check.h>
#include <stdint.h>

/* Check notes the place of every assertion that holds in a file, to tell where a crash came after. That made
 * up most of the suite's time; sanitizers and valgrind tell it better. */
#define _mark_point(file, line) ((void)0)

typedef void (*cvxnn_fill_suite)(TCase *tests);
void cvxnn_register_suite(const char *name, cvxnn_fill_suite fill);

#define CVXNN_SUITE(name)                                            \
    static void fill_##name(TCase *tests);                           \
    __attribute__((constructor)) static void register_##name(void) { \
        cvxnn_register_suite(#name, fill_##name);                    \
    }                                                                \
    static void fill_##name(TCase *tests)

#define CVXNN_TEST(name) tcase_add_test(tests, name)

/* A size that is a matter of taste: the usual one, or the quick one under tools that make everything slow
 * (CVXNN_TEST_QUICK in the environment). What is asserted must not depend on it. */
int64_t cvxnn_test_size(int64_t usual, int64_t quick);

#endif
