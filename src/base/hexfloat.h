/*
 * Hexadecimal floats as C's %a writes them, without C's printf and strtod, whose decimal point depends on the
 * locale. Exact both ways: every finite double has one text, and that text gives back its bits.
 *
 *   -0x1.8p+1     sign, 0x, leading digit, fraction, p, power of two in decimal
 *
 * Written: leading digit 1 for normal numbers; 0 with p-1022 for subnormal ones and with p+0 for zeros; no
 * zeros at the end of the fraction. Read: the same, also with zeros at the end and without the exponent's
 * plus, as Python and Java write them.
 */
#ifndef CVXNN_BASE_HEXFLOAT_H
#define CVXNN_BASE_HEXFLOAT_H

#include <stdint.h>

enum { CVXNN__HEXFLOAT_BYTES = 24 }; /* the longest: -0x1.fffffffffffffp-1022 */

/* Writes the finite value into text (CVXNN__HEXFLOAT_BYTES, no final zero) and returns its length. */
int64_t cvxnn__hexfloat_write(double value, char *text);

/* 1 when all of text is a number, which *value receives; 0 when it is not, or is beyond double. */
int cvxnn__hexfloat_read(const char *text, int64_t length, double *value);

#endif
