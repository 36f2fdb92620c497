/* Hexadecimal floats, exactly and in every locale. See hexfloat.h.
 *
 * A double (IEEE 754 binary64) is a sign bit, 11 bits of exponent with bias 1023, and 52 bits of fraction:
 * 13 hexadecimal digits. Exponent 0 means that the leading digit is 0 and the power that of exponent 1. */
#include "base/hexfloat.h"

#include <string.h>

enum { FRACTION_DIGITS = 13, FRACTION_BITS = 52, BIAS = 1023, MOST_POWER_DIGITS = 4 };
static const uint64_t FRACTION = ((uint64_t)1 << FRACTION_BITS) - 1;
static const uint64_t SIGN = (uint64_t)1 << 63;

static char *put_power(char *at, int power) {
    *at++ = 'p';
    *at++ = power < 0 ? '-' : '+';
    unsigned rest = (unsigned)(power < 0 ? -power : power), unit = 1;
    while (rest / unit >= 10) unit *= 10;
    for (; unit > 0; unit /= 10) *at++ = (char)('0' + rest / unit % 10);
    return at;
}

int64_t cvxnn__hexfloat_write(double value, char *text) {
    uint64_t bits, fraction;
    memcpy(&bits, &value, sizeof bits);
    fraction = bits & FRACTION;
    int exponent = (int)(bits >> FRACTION_BITS & 0x7FF);
    int power = exponent > 0 ? exponent - BIAS : fraction > 0 ? 1 - BIAS : 0;
    char *at = text;
    if (bits & SIGN) *at++ = '-';
    *at++ = '0';
    *at++ = 'x';
    *at++ = exponent > 0 ? '1' : '0';
    if (fraction > 0) *at++ = '.';
    for (; fraction > 0; fraction = fraction << 4 & FRACTION)
        *at++ = "0123456789abcdef"[fraction >> (FRACTION_BITS - 4)];
    return put_power(at, power) - text;
}

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is left of a text. */
struct rest {
    const char *at, *end;
};

static int skip(struct rest *rest, char c) {
    if (rest->at == rest->end || *rest->at != c) return 0;
    rest->at++;
    return 1;
}

/* The 52 bits of the fraction; none is fine. 0 for a point without digits or with too many. */
static int read_fraction(struct rest *rest, uint64_t *fraction) {
    int digits = 0;
    *fraction = 0;
    if (!skip(rest, '.')) return 1;
    for (; rest->at < rest->end && digit(*rest->at) >= 0; rest->at++) {
        if (digits++ == FRACTION_DIGITS) return 0;
        *fraction |= (uint64_t)digit(*rest->at) << (FRACTION_BITS - 4 * digits);
    }
    return digits > 0;
}

/* p, a sign, one to four decimal digits, and nothing after them. */
static int read_power(struct rest *rest, int *power) {
    if (!skip(rest, 'p')) return 0;
    int negative = skip(rest, '-'), digits = 0;
    if (!negative) skip(rest, '+');
    *power = 0;
    for (; rest->at < rest->end; rest->at++) {
        if (*rest->at < '0' || *rest->at > '9' || digits++ == MOST_POWER_DIGITS) return 0;
        *power = 10 * *power + (*rest->at - '0');
    }
    if (negative) *power = -*power;
    return digits > 0;
}

int cvxnn__hexfloat_read(const char *text, int64_t length, double *value) {
    struct rest rest = {text, text + length};
    uint64_t bits = skip(&rest, '-') ? SIGN : 0, fraction;
    int power;
    if (!skip(&rest, '0') || !skip(&rest, 'x')) return 0;
    int one = skip(&rest, '1');
    if (!one && !skip(&rest, '0')) return 0;
    if (!read_fraction(&rest, &fraction) || !read_power(&rest, &power)) return 0;
    if (one) {
        if (power < 1 - BIAS || power > BIAS) return 0;
        bits |= (uint64_t)(power + BIAS) << FRACTION_BITS;
    } else if (fraction > 0 && power != 1 - BIAS) {
        return 0;
    }
    bits |= fraction;
    memcpy(value, &bits, sizeof bits);
    return 1;
}
