/*
 * Files when the system fails or is shared. Saving stopped by the system at any byte leaves what was there
 * and nothing beside it; saving to one path from two threads leaves one whole model.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cvxnn.h"
#include "suite.h"

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

/* ---- The system fails ---- */

struct shelf {
    char folder[64], path[96];
    cvxnn_model *model;
    cvxnn_certificate *certificate;
};

static void open_shelf(struct shelf *shelf) {
    static const double x[] = {1, -2, 3, 0.5}, y[] = {1, 0, 2, 1}, one[] = {1}, beta = 0.1;
    cvxnn_problem *problem;
    strcpy(shelf->folder, "/tmp/cvxnn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(shelf->folder));
    snprintf(shelf->path, sizeof shelf->path, "%s/kept", shelf->folder);
    ck_assert_int_eq(cvxnn_problem_create(&problem), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_data(problem, 4, 1, x, 1, CVXNN_ROW_MAJOR, CVXNN_COPY), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_targets(problem, 4, 1, y, 1, CVXNN_ROW_MAJOR), CVXNN_OK);
    ck_assert_int_eq(cvxnn_problem_set_double(problem, CVXNN_OPTION_BETA, beta), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_create(&shelf->model), CVXNN_OK);
    ck_assert_int_eq(cvxnn_model_set_weights(shelf->model, 1, CVXNN_BIAS_NONE, 1, 1, one, 1, one, 1),
                     CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_create(&shelf->certificate), CVXNN_OK);
    ck_assert_int_eq(cvxnn_certificate_set_int(shelf->certificate, CVXNN_OPTION_ORDER, 1), CVXNN_OK);
    ck_assert_int_ge(cvxnn_certificate_prove(shelf->certificate, problem, shelf->model), 0);
    cvxnn_problem_free(problem);
}

static void close_shelf(struct shelf *shelf) {
    cvxnn_model_free(shelf->model);
    cvxnn_certificate_free(shelf->certificate);
    unlink(shelf->path);
    ck_assert_int_eq(rmdir(shelf->folder), 0);
}

static int32_t save(const struct shelf *shelf, int what, const char *path) {
    return what ? cvxnn_certificate_save(shelf->certificate, path) : cvxnn_model_save(shelf->model, path);
}

static int32_t load(const struct shelf *shelf, int what, const char *path) {
    return what ? cvxnn_certificate_load(shelf->certificate, path) : cvxnn_model_load(shelf->model, path);
}

/* save while files may grow to so many bytes. */
static int32_t save_within(const struct shelf *shelf, int what, rlim_t most) {
    struct rlimit before, within;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    within = (struct rlimit){.rlim_cur = most, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &within), 0);
    int32_t status = save(shelf, what, shelf->path);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    return status;
}

static int files_in(const char *folder) {
    DIR *directory = opendir(folder);
    int count = 0;
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory));) count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static int64_t size_of(const char *path) {
    struct stat found;
    return stat(path, &found) ? -1 : (int64_t)found.st_size;
}

START_TEST(a_full_disk_leaves_what_was_there) {
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    for (int what = 0; what < 2; what++) {
        struct shelf shelf;
        open_shelf(&shelf);
        FILE *old = fopen(shelf.path, "w");
        fputs("old", old);
        fclose(old);
        for (rlim_t most = 0; save_within(&shelf, what, most); most += 13) {
            ck_assert_int_eq(save_within(&shelf, what, most), CVXNN_ERROR_IO);
            ck_assert_int_eq(size_of(shelf.path), 3);
            ck_assert_int_eq(files_in(shelf.folder), 1);
        }
        ck_assert_int_gt(size_of(shelf.path), 100);
        ck_assert_int_eq(load(&shelf, what, shelf.path), CVXNN_OK);
        close_shelf(&shelf);
    }
    signal(SIGXFSZ, handler);
}
END_TEST

START_TEST(what_is_no_file_is_an_error) {
    for (int what = 0; what < 2; what++) {
        struct shelf shelf;
        open_shelf(&shelf);
        ck_assert_int_eq(save(&shelf, what, shelf.folder), CVXNN_ERROR_IO);
        ck_assert_int_eq(load(&shelf, what, shelf.folder), CVXNN_ERROR_IO);
        ck_assert_int_eq(load(&shelf, what, shelf.path), CVXNN_ERROR_IO);
        ck_assert_int_eq(load(&shelf, what, "/dev/null"), CVXNN_ERROR_FORMAT);
        if (!access("/dev/full", W_OK)) ck_assert_int_eq(save(&shelf, what, "/dev/full"), CVXNN_ERROR_IO);
        ck_assert_int_eq(save(&shelf, what, "/dev/null"), CVXNN_OK); /* and it is not replaced */
        struct stat found;
        ck_assert(!stat("/dev/null", &found) && S_ISCHR(found.st_mode));
        ck_assert_int_eq(save(&shelf, what, shelf.path), CVXNN_OK);
        close_shelf(&shelf);
    }
}
END_TEST

CVXNN_SUITE(files) {
    CVXNN_TEST(a_full_disk_leaves_what_was_there);
    CVXNN_TEST(what_is_no_file_is_an_error);
    CVXNN_TEST(two_threads_save_to_one_path);
}
