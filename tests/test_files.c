/* Saving to one path from two threads: whatever the order, what is there afterwards is one whole model. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "suite.h"
#include "cvxnn.h"

enum { ROUNDS = 50, MOST_NEURONS = 400 };

struct writer {
    const char *path;
    int64_t neurons;
    int failures;
};

static void *save_often(void *argument) {
    struct writer *writer = argument;
    double *weights = malloc((size_t)writer->neurons * sizeof *weights);
    cvxnn_model *model = NULL;
    for (int64_t j = 0; j < writer->neurons; j++) weights[j] = 0.1 * (double)(j + 1);
    writer->failures += cvxnn_model_create(&model) != CVXNN_OK;
    writer->failures += cvxnn_model_set_weights(model, 1, CVXNN_BIAS_NONE, 1, writer->neurons, weights, 1,
                                                weights, 1) != CVXNN_OK;
    for (int k = 0; k < ROUNDS; k++) writer->failures += cvxnn_model_save(model, writer->path) != CVXNN_OK;
    cvxnn_model_free(model);
    free(weights);
    return NULL;
}

START_TEST(two_threads_save_to_one_path) {
    char folder[] = "/tmp/cvxnn-test-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/model", folder);
    struct writer writers[2] = {{path, 3, 0}, {path, MOST_NEURONS, 0}};
    pthread_t threads[2];
    for (int t = 0; t < 2; t++)
        ck_assert_int_eq(pthread_create(&threads[t], NULL, save_often, &writers[t]), 0);
    for (int t = 0; t < 2; t++) ck_assert_int_eq(pthread_join(threads[t], NULL), 0);
    ck_assert_int_eq(writers[0].failures + writers[1].failures, 0);
    cvxnn_model *model;
    int64_t neurons = 0;
    ck_assert_int_eq(cvxnn_model_create(&model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_load(model, path), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_get_int(model, CVXNN_MODEL_NEURONS, &neurons), CVXNN_OK);
    ck_assert(neurons == 3 || neurons == MOST_NEURONS);
    cvxnn_model_free(model);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing was left beside it */
}
END_TEST

CVXNN_SUITE(files) {
    CVXNN_TEST(two_threads_save_to_one_path);
}
