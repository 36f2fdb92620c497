/*
 * SHA-256 against published digests: FIPS 180-2 appendix B (abc, two blocks, a million letters) and the NIST
 * test vectors for short messages (CAVP, SHA256ShortMsg), in one piece and in many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "suite.h"

static void text_of(struct cvxnn__sha256 *hash, char *text) {
    unsigned char digest[CVXNN__HASH_BYTES];
    cvxnn__sha256_end(hash, digest);
    for (int b = 0; b < CVXNN__HASH_BYTES; b++) snprintf(text + 2 * b, 3, "%02x", digest[b]);
}

static const struct {
    const char *bytes, *digest;
} published[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrs"
     "tnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    {"\xd3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
    {"\x11\xaf", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"},
};

START_TEST(published_digests) {
    for (size_t k = 0; k < sizeof published / sizeof *published; k++) {
        char text[CVXNN__HASH_DIGITS + 1];
        int64_t length = (int64_t)strlen(published[k].bytes);
        for (int64_t piece = 1; piece <= length + 1; piece++) {
            struct cvxnn__sha256 hash;
            cvxnn__sha256_begin(&hash);
            for (int64_t at = 0; at < length; at += piece)
                cvxnn__sha256_add(&hash, published[k].bytes + at, at + piece < length ? piece : length - at);
            text_of(&hash, text);
            ck_assert_str_eq(text, published[k].digest);
        }
    }
}
END_TEST

START_TEST(a_million_letters) {
    struct cvxnn__sha256 hash;
    char letters[1000], text[CVXNN__HASH_DIGITS + 1];
    memset(letters, 'a', sizeof letters);
    cvxnn__sha256_begin(&hash);
    for (int k = 0; k < 1000; k++) cvxnn__sha256_add(&hash, letters, sizeof letters);
    text_of(&hash, text);
    ck_assert_str_eq(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

/* 1.0 is 3ff0 0000 0000 0000, lowest byte first; and every length around the padding's corners is the same in
 * one piece as byte by byte. */
START_TEST(doubles_and_lengths) {
    static const unsigned char one[8] = {0, 0, 0, 0, 0, 0, 0xf0, 0x3f};
    struct cvxnn__sha256 a, b;
    char first[CVXNN__HASH_DIGITS + 1], second[CVXNN__HASH_DIGITS + 1], bytes[200];
    double value = 1;
    cvxnn__sha256_begin(&a), cvxnn__sha256_begin(&b);
    cvxnn__sha256_add_doubles(&a, 1, &value);
    cvxnn__sha256_add(&b, one, 8);
    text_of(&a, first), text_of(&b, second);
    ck_assert_str_eq(first, second);
    for (int k = 0; k < 200; k++) bytes[k] = (char)(k * 7);
    for (int length = 0; length <= 200; length++) {
        cvxnn__sha256_begin(&a), cvxnn__sha256_begin(&b);
        cvxnn__sha256_add(&a, bytes, length);
        for (int k = 0; k < length; k++) cvxnn__sha256_add(&b, bytes + k, 1);
        text_of(&a, first), text_of(&b, second);
        ck_assert_str_eq(first, second);
    }
}
END_TEST

CVXNN_SUITE(sha256) {
    CVXNN_TEST(published_digests);
    CVXNN_TEST(a_million_letters);
    CVXNN_TEST(doubles_and_lengths);
}
