/*
 * Fuzz target: model files are hostile. Any bytes are read as a model or refused; what was read is written,
 * read again and must be the same text, and it predicts.
 */
#include <stdlib.h>
#include <string.h>

#include "cvxnn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int holds) {
    if (!holds) abort();
}

static char *text_of(const cvxnn_model *model, int64_t *length) {
    demand(cvxnn_model_write(model, NULL, 0, length) == CVXNN_OK);
    char *text = malloc((size_t)*length);
    demand(text && cvxnn_model_write(model, text, *length, length) == CVXNN_OK);
    return text;
}

static void predict_zero(const cvxnn_model *model) {
    int64_t features = 0, outputs = 0;
    demand(cvxnn_model_get_int(model, CVXNN_MODEL_FEATURES, &features) == CVXNN_OK);
    demand(cvxnn_model_get_int(model, CVXNN_MODEL_OUTPUTS, &outputs) == CVXNN_OK);
    double *x = calloc((size_t)features, sizeof *x), *f = calloc((size_t)outputs, sizeof *f);
    if (x && f) cvxnn_model_predict(model, 1, features, x, features, CVXNN_ROW_MAJOR, f, outputs);
    free(x);
    free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cvxnn_model *model = NULL, *again = NULL;
    demand(cvxnn_model_create(&model) == CVXNN_OK && cvxnn_model_create(&again) == CVXNN_OK);
    if (cvxnn_model_read(model, (const char *)data, (int64_t)size) == CVXNN_OK) {
        int64_t length = 0, length_again = 0;
        char *text = text_of(model, &length);
        demand(cvxnn_model_read(again, text, length) == CVXNN_OK);
        char *text_again = text_of(again, &length_again);
        demand(length == length_again && !memcmp(text, text_again, (size_t)length));
        free(text);
        free(text_again);
        predict_zero(again);
    }
    cvxnn_model_free(model);
    cvxnn_model_free(again);
    return 0;
}
