/* Names of columns: which bytes may be one. UTF-8 as RFC 3629 has it (no overlong forms, no surrogates,
 * nothing past U+10FFFF), without control characters and without the line and paragraph separators. */
#include "model/network.h"

enum { MOST_BYTES = 1000 };

/* The code point at text, 0 when the bytes there are not UTF-8; *used receives its number of bytes. */
static uint32_t code_point(const unsigned char *text, int64_t length, int64_t *used) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* of a code point of so many bytes */
    uint32_t first = text[0];
    int64_t bytes = first < 0x80   ? 1
                    : first < 0xC0 ? 0
                    : first < 0xE0 ? 2
                    : first < 0xF0 ? 3
                    : first < 0xF8 ? 4
                                   : 0;
    if (bytes == 0 || bytes > length) return 0;
    uint32_t point = bytes == 1 ? first : first & (0x7Fu >> bytes);
    for (int64_t b = 1; b < bytes; b++) {
        if ((text[b] & 0xC0) != 0x80) return 0;
        point = point << 6 | (text[b] & 0x3Fu);
    }
    *used = bytes;
    return point < least[bytes] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000) ? 0 : point;
}

static int is_control(uint32_t point) {
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029;
}

int cvxnn__name_is_valid(const char *name, int64_t length) {
    const unsigned char *text = (const unsigned char *)name;
    int64_t used = 0;
    if (length < 1 || length > MOST_BYTES) return 0;
    for (int64_t at = 0; at < length; at += used)
        if (is_control(code_point(text + at, length - at, &used))) return 0; /* 0, no UTF-8, among them */
    return 1;
}
