/* The certificate handle: options, a proof, and what was found to be true of it. */
#ifndef CVXNN_API_CERTIFICATE_H
#define CVXNN_API_CERTIFICATE_H

#include "api/handle.h"
#include "api/results.h"
#include "api/session.h"
#include "gap/sides.h"
#include "verify/proof.h"

struct cvxnn_certificate {
    struct cvxnn__handle handle;
    struct cvxnn__options options;
    struct cvxnn__watch watch;
    int filled;
    struct cvxnn__proof proof;
    struct cvxnn__results results;
    struct cvxnn__sides sides; /* of the last proof, where they are known; else empty */
};

/* Takes over a proof of which nothing is known but what it says of itself. */
void cvxnn__certificate_install(struct cvxnn_certificate *certificate, const struct cvxnn__proof *proof);

#endif
