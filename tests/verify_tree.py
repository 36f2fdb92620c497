"""Trees of cells: the part of verify_certificate.py that checks h(z) <= beta on the cells of a sphere.

A cell is a box on a face of the cube, centre c and half widths r, all whole multiples of powers of two and so exact. With
x_i.u in [low, high] there, z_i (x_i.u)_+ lies below a line through the ends for z_i > 0, below any line z_i tau t with tau in
[0, 1] for z_i < 0. If the lines add up to g.u + k, then (g - beta e).c + sum_j r_j |g_j - beta e_j| + k <= 0 with |e| <= 1
proves the cell, as beta |u| >= beta e.u.

Rounding: all sums are over at most n or d terms, each of which went through fewer than 16 operations, so with m = n + 4d + 64
every sum is off by less than m 2^-52 times the sum of the terms' magnitudes; those are at most |x_i|_1 for a product
x_i.u, and sum_i |z_i| |x_i|_1 + d beta + k for the bound. Both are widened by twice that. A line is taken as the floats
that describe it, its constant as the larger of what both ends need. Underflow costs less than the 2^-1040 that is added: 2^-1075 an operation, at most 16 a term.
"""
import math
import operator
from fractions import Fraction

LEAST_WIDTH = 2.0 ** -40
UNDERFLOW = 2.0 ** -1040


def in_coordinates(x, basis, z, beta):
    """Rows y = B x of a basis B, and what h_Y must not be above for h_X(z) <= beta; all in exact arithmetic but for y.

    h_X(z) <= |B| h_Y(z) + sum_i |z_i| |x_i - B'y_i|, and |B| <= 1 + the sum of the magnitudes in BB' - I.
    """
    if not basis:
        return x, beta
    exact = [list(map(Fraction, b)) for b in basis]
    norm = 1 + sum(abs(sum(map(operator.mul, b, other)) - (k == j)) for k, b in enumerate(exact) for j, other in enumerate(exact))
    rows, left = [], Fraction(beta)
    for row, value in zip(x, z):
        y = [math.fsum(map(operator.mul, b, row)) for b in basis]
        rest = [Fraction(v) - sum(b[j] * Fraction(t) for b, t in zip(exact, y)) for j, v in enumerate(row)]
        left -= abs(Fraction(value)) * sum(map(abs, rest))
        rows.append(y)
    return rows, float(left / norm * (1 - Fraction(1, 2 ** 50)))


class Tree:
    """The search for a proof of h(z) <= beta."""

    def __init__(self, x, z, beta):
        self.rows = [(row, value, sum(map(abs, row))) for row, value in zip(x, z) if value]
        self.d, self.beta = len(x[0]), beta
        self.relative = 2 * (len(x) + 4 * self.d + 64) * 2.0 ** -52
        sizes = sum(abs(value) * length for _, value, length in self.rows) + self.d * beta
        self.slack = self.relative * sizes + UNDERFLOW
        self.weight = [sum(abs(value * row[j]) for row, value, _ in self.rows) for j in range(self.d)]
        self.leaves = 0

    def lines(self, c, r, rows, settled):
        """Rows that are still undecided on the cell, g of the decided ones, g and k of all."""
        open_rows, constant, extra = [], 0.0, [0.0] * self.d
        for entry in rows:
            row, z, length = entry
            middle = sum(map(operator.mul, row, c))
            width = sum(abs(v) * w for v, w in zip(row, r)) + self.relative * length + UNDERFLOW
            low, high = middle - width, middle + width
            if high <= 0:
                continue
            if low >= 0:
                settled = [s + z * v for s, v in zip(settled, row)]
                continue
            open_rows.append(entry)
            if z > 0:
                slope = z * min(1.0, high / (high - low))
                constant += max(-slope * low, (z - slope) * high)
            else:
                slope = z * min(1.0, max(0.0, 0.5 + 2 * middle / width))
            extra = [e + slope * v for e, v in zip(extra, row)]
        return open_rows, settled, list(map(operator.add, settled, extra)), constant

    def holds(self, most_cells):
        """Whether every cell is proved, looking at no more than most_cells."""
        stack = []
        for j in range(self.d):
            for sign in (1.0, -1.0):
                c, r = [0.0] * self.d, [1.0] * self.d
                c[j], r[j] = sign, 0.0
                stack.append((c, r, self.rows, [0.0] * self.d))
        for _ in range(most_cells):
            if not stack:
                return True
            c, r, rows, settled = stack.pop()
            rows, settled, g, constant = self.lines(c, r, rows, settled)
            shrunk = self.beta * (1 - self.relative) / math.sqrt(sum(v * v for v in c))
            g = [v - shrunk * w for v, w in zip(g, c)]
            bound = sum(v * w + abs(v) * h for v, w, h in zip(g, c, r)) + constant * (1 + self.relative) + self.slack
            if bound <= 0:
                self.leaves += 1
                continue
            share = len(rows) / len(self.rows)
            gains = [h * (abs(v) + share * w) for v, h, w in zip(g, r, self.weight)]
            j = gains.index(max(gains))
            if not r[j] > LEAST_WIDTH:
                return False
            half = r[:j] + [r[j] / 2] + r[j + 1:]
            for side in (r[j] / 2, -r[j] / 2):
                stack.append((c[:j] + [c[j] + side] + c[j + 1:], half, rows, settled))
        return not stack
