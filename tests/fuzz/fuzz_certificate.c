/*
 * Fuzz target: certificate files are hostile. Any bytes are read as a certificate or refused; what was read
 * is written, read again and must be the same text, and it is verified against the problem and the network
 * that the examples are for: whatever it says, no bound above the network's objective may be accepted.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cvxnn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int holds) {
    if (!holds) abort();
}

static char *text_of(const cvxnn_certificate *certificate, int64_t *length) {
    demand(cvxnn_certificate_write(certificate, NULL, 0, length) == CVXNN_OK);
    char *text = malloc((size_t)*length);
    demand(text && cvxnn_certificate_write(certificate, text, *length, length) == CVXNN_OK);
    return text;
}

/* Three rows of two features, a network of one neuron. */
static void make(cvxnn_problem **problem, cvxnn_model **model) {
    static const double x[] = {1, 0.5, -1, 2, 0.25, -1}, y[] = {1, 0.5, -0.25}, u[] = {0.75, 0.25}, a = 0.75;
    demand(cvxnn_problem_create(problem) == CVXNN_OK && cvxnn_model_create(model) == CVXNN_OK);
    demand(cvxnn_problem_set_data(*problem, 3, 2, x, 2, CVXNN_ROW_MAJOR, CVXNN_COPY) == CVXNN_OK);
    demand(cvxnn_problem_set_targets(*problem, 3, 1, y, 1, CVXNN_ROW_MAJOR) == CVXNN_OK);
    demand(cvxnn_model_set_weights(*model, 2, CVXNN_BIAS_NONE, 1, 1, u, 2, &a, 1) == CVXNN_OK);
}

static void verify(cvxnn_certificate *certificate) {
    cvxnn_problem *problem;
    cvxnn_model *model;
    double bound = -1, objective = -1, claimed = INFINITY;
    make(&problem, &model);
    if (cvxnn_certificate_verify(certificate, problem, model) == CVXNN_OK) {
        demand(cvxnn_certificate_info_double(certificate, CVXNN_INFO_LOWER_BOUND, &bound) == CVXNN_OK);
        demand(cvxnn_certificate_info_double(certificate, CVXNN_INFO_OBJECTIVE, &objective) == CVXNN_OK);
        demand(cvxnn_certificate_info_double(certificate, CVXNN_INFO_CLAIMED_BOUND, &claimed) == CVXNN_OK);
        demand(claimed <= bound && 0 <= bound && bound <= objective);
    }
    cvxnn_problem_free(problem);
    cvxnn_model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cvxnn_certificate *certificate = NULL, *again = NULL;
    demand(cvxnn_certificate_create(&certificate) == CVXNN_OK);
    demand(cvxnn_certificate_create(&again) == CVXNN_OK);
    if (cvxnn_certificate_read(certificate, (const char *)data, (int64_t)size) == CVXNN_OK) {
        int64_t length = 0, length_again = 0;
        char *text = text_of(certificate, &length);
        demand(cvxnn_certificate_read(again, text, length) == CVXNN_OK);
        char *text_again = text_of(again, &length_again);
        demand(length == length_again && !memcmp(text, text_again, (size_t)length));
        free(text);
        free(text_again);
        verify(again);
    }
    cvxnn_certificate_free(certificate);
    cvxnn_certificate_free(again);
    return 0;
}
