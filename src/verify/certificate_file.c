/* The certificate file: a proof as lines of text and back (docs/certificate-format.md). Every count is held
 * against the bytes that are left before memory is taken for it. */
#include <string.h>

#include "base/lines.h"
#include "verify/joint.h"
#include "verify/proof.h"

enum { VERSION = 1 };
static const char FORMAT_NAME[] = "cvxnn-certificate";

/* ---- Writing ---------------------------------------------------------------------------------- */

static void put_hash(struct cvxnn__writer *writer, const char *keyword, const unsigned char *hash) {
    char text[CVXNN__HASH_DIGITS + 1] = "";
    for (int d = 0; d < CVXNN__HASH_DIGITS; d++)
        text[d] = "0123456789abcdef"[hash[d / 2] >> (d % 2 ? 0 : 4) & 15];
    cvxnn__put_line(writer, keyword, text);
}

static void put_subject(struct cvxnn__writer *writer, const struct cvxnn__subject *subject) {
    cvxnn__put_word(writer, "loss", CVXNN_OPTION_LOSS, subject->loss);
    cvxnn__put_numbers(writer, "beta", 1, &subject->beta);
    cvxnn__put_word(writer, "bias", CVXNN_OPTION_BIAS, subject->bias);
    cvxnn__put_count(writer, "scaled", subject->scaled);
    cvxnn__put_count(writer, "rows", subject->rows);
    cvxnn__put_count(writer, "columns", subject->columns);
    cvxnn__put_count(writer, "outputs", subject->outputs);
    put_hash(writer, "data", subject->data);
    put_hash(writer, "targets", subject->targets);
    put_hash(writer, "weights", subject->weights);
    put_hash(writer, "model", subject->model);
}

/* Of S and of R of a half (verify/joint.h). */
static int64_t numbers_of_s(int64_t d) {
    return (2 * d + 1) * (d + 1);
}
static int64_t numbers_of_r(int64_t d) {
    return (d + 1) * (d + 2) / 2;
}

static void put_factors(struct cvxnn__writer *writer, const struct cvxnn__certificate *sphere, int64_t leaf) {
    int64_t d = sphere->d, half = cvxnn__joint_half(d);
    for (int64_t i = 0; i < 2 * sphere->n; i++) {
        cvxnn__put_numbers(writer, "s", numbers_of_s(d), sphere->factors[leaf] + i * half);
        cvxnn__put_numbers(writer, "r", numbers_of_r(d), sphere->factors[leaf] + i * half + numbers_of_s(d));
    }
}

static void put_leaf(struct cvxnn__writer *writer, const struct cvxnn__certificate *sphere, int64_t leaf) {
    int64_t degree = 2 * sphere->order, size = cvxnn__certificate_size(sphere->d, sphere->order);
    if (sphere->joint) put_factors(writer, sphere, leaf);
    for (int64_t i = 0; i < sphere->n && !sphere->joint; i++)
        cvxnn__put_numbers(writer, "q", degree, sphere->polynomials[leaf] + i * degree);
    for (int64_t i = 0; i < size; i++)
        cvxnn__put_numbers(writer, "w", i + 1, sphere->matrix[leaf] + i * size);
}

static int is_cut(const struct cvxnn__certificate *sphere) {
    return cvxnn__certificate_regions(sphere) > 1;
}

static void put_cuts(struct cvxnn__writer *writer, const struct cvxnn__sign_tree *tree) {
    cvxnn__put_count(writer, "leaves", tree->leaves);
    for (int64_t node = 0; node < 2 * tree->leaves - 1; node++)
        cvxnn__put_count(writer, "cut", tree->nodes[node] + 1);
}

static void put_sphere(struct cvxnn__writer *writer, const struct cvxnn__certificate *sphere,
                       const double *h) {
    if (!sphere->joint) cvxnn__put_count(writer, "order", sphere->order);
    cvxnn__put_numbers(writer, "nu", sphere->n, sphere->nu);
    for (int64_t leaf = 0, side = 0; side < 2; side++) {
        cvxnn__put_numbers(writer, "h", 1, &h[side]);
        if (is_cut(sphere)) put_cuts(writer, &sphere->trees[side]);
        for (int64_t l = 0; l < sphere->trees[side].leaves; l++) put_leaf(writer, sphere, leaf++);
    }
}

static void put_tree(struct cvxnn__writer *writer, int64_t rows, int64_t columns,
                     const struct cvxnn__tree *tree) {
    for (int side = 0; side < 2; side++) cvxnn__put_count(writer, "leaves", tree->leaves[side]);
    cvxnn__put_count(writer, "basis", tree->rank);
    for (int64_t k = 0; k < tree->rank; k++)
        cvxnn__put_numbers(writer, "b", columns, tree->basis + k * columns);
    cvxnn__put_numbers(writer, "z", rows, tree->z);
}

static void put_proof(struct cvxnn__writer *writer, const struct cvxnn__proof *proof) {
    cvxnn__put_count(writer, FORMAT_NAME, VERSION);
    put_subject(writer, &proof->subject);
    cvxnn__put_numbers(writer, "objective", 1, &proof->claims.objective);
    cvxnn__put_numbers(writer, "bound", 1, &proof->claims.bound);
    cvxnn__put_line(writer, "proof",
                    proof->kind == CVXNN__PROOF_TREE ? "tree"
                    : is_cut(&proof->sphere)         ? "signs"
                    : proof->sphere.joint            ? "joint"
                                                     : "sphere");
    if (proof->kind == CVXNN__PROOF_TREE)
        put_tree(writer, proof->subject.rows, proof->subject.columns, &proof->tree);
    else
        put_sphere(writer, &proof->sphere, proof->claims.h);
    cvxnn__put_text(writer, "end\n");
}

int32_t cvxnn__proof_format(struct cvxnn__context *context, const struct cvxnn__proof *proof, char *buffer,
                            int64_t size, int64_t *needed) {
    struct cvxnn__writer counting = {.finite = 1}, writer = {.buffer = buffer, .finite = 1};
    put_proof(&counting, proof);
    if (!counting.finite)
        return cvxnn__fail(context, CVXNN_ERROR_VALUE, "a number of the certificate is not finite");
    *needed = counting.length;
    if (!buffer) return CVXNN_OK;
    if (size < counting.length)
        return cvxnn__fail(context, CVXNN_ERROR_SHAPE,
                           "the certificate needs %lld bytes, there is room for %lld",
                           (long long)counting.length, (long long)size);
    put_proof(&writer, proof);
    return CVXNN_OK;
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void read_hash(struct cvxnn__reader *reader, const char *keyword, unsigned char *hash) {
    if (!cvxnn__next_line(reader, keyword)) return;
    int64_t length = 0;
    const char *field = cvxnn__next_field(reader, &length);
    int good = field && length == CVXNN__HASH_DIGITS && reader->at == reader->stop;
    for (int b = 0; good && b < CVXNN__HASH_BYTES; b++) {
        int high = hex_digit(field[2 * b]), low = hex_digit(field[2 * b + 1]);
        good = high >= 0 && low >= 0;
        hash[b] = (unsigned char)(16 * high + low);
    }
    if (!good) cvxnn__reader_expected(reader, keyword, " and 64 hexadecimal digits");
}

static int64_t read_flag(struct cvxnn__reader *reader, const char *keyword) {
    int64_t flag = cvxnn__read_count(reader, keyword, 0);
    if (flag > 1) cvxnn__reader_expected(reader, keyword, " and 0 or 1");
    return flag;
}

static void read_subject(struct cvxnn__reader *reader, struct cvxnn__subject *subject) {
    subject->loss = cvxnn__read_word(reader, "loss", CVXNN_OPTION_LOSS);
    cvxnn__read_numbers(reader, "beta", 1, &subject->beta);
    cvxnn__check_above(reader, 1, &subject->beta, 0, "beta is not above 0");
    subject->bias = cvxnn__read_word(reader, "bias", CVXNN_OPTION_BIAS);
    subject->scaled = read_flag(reader, "scaled");
    subject->rows = cvxnn__read_count(reader, "rows", 1);
    subject->columns = cvxnn__read_count(reader, "columns", 1);
    subject->outputs = cvxnn__read_count(reader, "outputs", 1);
    read_hash(reader, "data", subject->data);
    read_hash(reader, "targets", subject->targets);
    read_hash(reader, "weights", subject->weights);
    read_hash(reader, "model", subject->model);
}

/* The kind's word; its place in the list. */
static int read_kind(struct cvxnn__reader *reader, int count, const char *const *kinds) {
    if (!cvxnn__next_line(reader, "proof")) return 0;
    for (int k = 0; k < count; k++)
        if (cvxnn__skip_text(reader, kinds[k]) && reader->at == reader->stop) return k;
    cvxnn__reader_expected(reader, "proof", " and a kind of proof that version 1 of the format knows");
    return 0;
}

enum { LEAST_NUMBER = 6 }; /* bytes of the shortest number, " 0x0p0" */

/* Fails unless what follows can hold so many leaves of a certificate of this shape. */
static void check_room(struct cvxnn__reader *reader, const struct cvxnn__subject *subject, int64_t order,
                       int joint, int64_t leaves) {
    static const char what[] = "the text is too short for these rows, columns and order";
    int64_t left = reader->end - reader->next, d = subject->columns, size = cvxnn__certificate_size(d, order);
    if (!reader->status && size < 0)
        cvxnn__reader_fail(reader, "there is no certificate of this order for these columns");
    if (reader->status) return; /* before products of hostile counts are formed */
    int64_t numbers = joint ? 2 * cvxnn__joint_half(d) : 2 * order; /* size >= 0: d is small */
    cvxnn__set_aside(reader, &left, subject->rows, LEAST_NUMBER * leaves * numbers, what);
    cvxnn__set_aside(reader, &left, size, LEAST_NUMBER * leaves * ((size + 1) / 2), what);
}

static void read_factors(struct cvxnn__reader *reader, const struct cvxnn__certificate *sphere,
                         int64_t leaf) {
    int64_t d = sphere->d, half = cvxnn__joint_half(d);
    for (int64_t i = 0; i < 2 * sphere->n; i++) {
        cvxnn__read_numbers(reader, "s", numbers_of_s(d), sphere->factors[leaf] + i * half);
        cvxnn__read_numbers(reader, "r", numbers_of_r(d), sphere->factors[leaf] + i * half + numbers_of_s(d));
    }
}

static void read_leaf(struct cvxnn__reader *reader, const struct cvxnn__certificate *sphere, int64_t leaf) {
    int64_t degree = 2 * sphere->order, size = cvxnn__certificate_size(sphere->d, sphere->order);
    if (sphere->joint) read_factors(reader, sphere, leaf);
    for (int64_t i = 0; i < sphere->n && !sphere->joint; i++)
        cvxnn__read_numbers(reader, "q", degree, sphere->polynomials[leaf] + i * degree);
    for (int64_t i = 0; i < size; i++)
        cvxnn__read_numbers(reader, "w", i + 1, sphere->matrix[leaf] + i * size);
}

/* A tree in preorder ends where its leaves are one more than its cuts, and not before. */
static void read_cuts(struct cvxnn__reader *reader, int64_t rows, struct cvxnn__sign_tree *tree) {
    int64_t leaves = cvxnn__read_count(reader, "leaves", 1), open = 1;
    if (!reader->status && leaves > CVXNN__MOST_LEAVES)
        cvxnn__reader_fail(reader, "more leaves than a tree may have");
    for (int64_t node = 0; !reader->status && node < 2 * leaves - 1; node++) {
        int64_t row = cvxnn__read_count(reader, "cut", 0);
        open += row ? 1 : -1;
        if (row > rows) cvxnn__reader_fail(reader, "there is no such row");
        if ((open == 0) != (node == 2 * leaves - 2))
            cvxnn__reader_fail(reader, "these cuts make no tree of so many leaves");
        tree->nodes[node] = row - 1;
    }
    if (!reader->status) tree->leaves = leaves;
}

static void read_side(struct cvxnn__reader *reader, const struct cvxnn__subject *subject, int side, int cut,
                      struct cvxnn__proof *proof) {
    struct cvxnn__certificate *sphere = &proof->sphere;
    int64_t first = side ? sphere->trees[0].leaves : 0;
    cvxnn__read_numbers(reader, "h", 1, &proof->claims.h[side]);
    cvxnn__check_above(reader, 1, &proof->claims.h[side], 1, "h is below 0");
    if (cut) read_cuts(reader, subject->rows, &sphere->trees[side]);
    if (cut) check_room(reader, subject, 2, 1, sphere->trees[side].leaves);
    for (int64_t l = first; !reader->status && l < first + sphere->trees[side].leaves; l++) {
        cvxnn__certificate_take_leaf(&proof->scope, l, sphere);
        if (proof->scope.failed)
            reader->status = cvxnn__fail_memory(reader->context);
        else
            read_leaf(reader, sphere, l);
    }
}

static void read_sphere(struct cvxnn__reader *reader, int joint, int cut, struct cvxnn__proof *proof) {
    const struct cvxnn__subject *subject = &proof->subject;
    int64_t order = joint ? 2 : cvxnn__read_count(reader, "order", 1);
    check_room(reader, subject, order, joint, 2);
    if (reader->status) return;
    cvxnn__certificate_take_trunk(&proof->scope, subject->rows, subject->columns, order, joint,
                                  &proof->sphere);
    if (proof->scope.failed) {
        reader->status = cvxnn__fail_memory(reader->context);
        return;
    }
    cvxnn__read_numbers(reader, "nu", subject->rows, proof->sphere.nu);
    for (int side = 0; side < 2; side++) read_side(reader, subject, side, cut, proof);
}

static void read_tree(struct cvxnn__reader *reader, struct cvxnn__proof *proof) {
    static const char too_short[] = "the text is too short for these rows and columns";
    int64_t left = reader->end - reader->next, rows = proof->subject.rows;
    for (int side = 0; side < 2; side++) {
        proof->tree.leaves[side] = cvxnn__read_count(reader, "leaves", 0);
        proof->claims.h[side] = proof->subject.beta;
    }
    int64_t rank = cvxnn__read_count(reader, "basis", 0), columns = proof->subject.columns;
    if (!reader->status && rank >= columns)
        cvxnn__reader_fail(reader, "a basis has fewer vectors than there are columns");
    if (reader->status) return;
    cvxnn__set_aside(reader, &left, rows, LEAST_NUMBER, too_short);
    cvxnn__set_aside(reader, &left, rank, LEAST_NUMBER * columns, too_short);
    if (reader->status) return;
    proof->tree.rank = rank;
    proof->tree.basis = cvxnn__doubles(&proof->scope, rank, columns);
    proof->tree.z = cvxnn__doubles(&proof->scope, rows, 1);
    if (proof->scope.failed) {
        reader->status = cvxnn__fail_memory(reader->context);
        return;
    }
    for (int64_t k = 0; k < rank; k++)
        cvxnn__read_numbers(reader, "b", columns, proof->tree.basis + k * columns);
    cvxnn__read_numbers(reader, "z", rows, proof->tree.z);
}

static void read_proof(struct cvxnn__reader *reader, struct cvxnn__proof *proof) {
    struct cvxnn__subject *subject = &proof->subject;
    struct cvxnn__claims *claims = &proof->claims;
    cvxnn__read_version(reader, FORMAT_NAME, VERSION, "certificate file");
    read_subject(reader, subject);
    cvxnn__read_numbers(reader, "objective", 1, &claims->objective);
    cvxnn__check_above(reader, 1, &claims->objective, 1, "the objective is below 0");
    cvxnn__read_numbers(reader, "bound", 1, &claims->bound);
    cvxnn__check_above(reader, 1, &claims->bound, 1, "the bound is below 0");
    enum { SPHERE, JOINT, SIGNS, TREE, KINDS };
    static const char *const kinds[KINDS] = {" sphere", " joint", " signs", " tree"};
    int kind = read_kind(reader, KINDS, kinds);
    proof->kind = kind == TREE ? CVXNN__PROOF_TREE : CVXNN__PROOF_SPHERE;
    if (kind == TREE)
        read_tree(reader, proof);
    else
        read_sphere(reader, kind != SPHERE, kind == SIGNS, proof);
    cvxnn__read_end(reader);
}

int32_t cvxnn__proof_parse(struct cvxnn__context *context, const char *text, int64_t length,
                           struct cvxnn__proof *proof) {
    struct cvxnn__reader reader = cvxnn__reader_of(context, text, length);
    struct cvxnn__proof made;
    memset(&made, 0, sizeof made);
    cvxnn__scope_open(&made.scope, context->memory);
    read_proof(&reader, &made);
    if (reader.status)
        cvxnn__proof_free(&made);
    else
        *proof = made;
    return reader.status;
}

void cvxnn__proof_free(struct cvxnn__proof *proof) {
    cvxnn__scope_close(&proof->scope);
}
