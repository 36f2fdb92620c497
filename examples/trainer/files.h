/* Files of models and certificates: what kind one is, and reading it with messages that name it. */
#ifndef CVXNN_TRAINER_FILES_H
#define CVXNN_TRAINER_FILES_H

#include <cvxnn.h>

enum file_kind { FILE_OTHER, FILE_MODEL, FILE_CERTIFICATE };

/* By its first word; a file that cannot be read is FILE_OTHER. */
enum file_kind kind_of_file(const char *path);

/* Both end the program when the file cannot be read or is not one, and say so if it is the other kind. */
void load_model(cvxnn_model *model, const char *path);
void load_certificate(cvxnn_certificate *certificate, const char *path);

#endif
