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

typedef void (*cvxnn_fill_suite)(TCase *tests);
void cvxnn_register_suite(const char *name, cvxnn_fill_suite fill);

#define CVXNN_SUITE(name)                                                                                    \
    static void fill_##name(TCase *tests);                                                                   \
    __attribute__((constructor)) static void register_##name(void) { cvxnn_register_suite(#name, fill_##name); } \
    static void fill_##name(TCase *tests)

#define CVXNN_TEST(name) tcase_add_test(tests, name)

#endif
