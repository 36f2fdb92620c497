"""Kinks in all directions, of verify_certificate.py: sums of squares for each row in place of polynomials of its t.

A row holds lower triangular factors S and R for each half of the sphere. With t = x'.u, m = (1, u, t u), o = (1, u) they
make q = |S'm|^2 - t |R'o|^2 >= 0 where t <= 0 and q' = |S'm|^2 + t |R'o|^2 + a t >= a t where t >= 0, a = nu unit. So
a (t)_+ <= q + |q - q'|, and all numbers of q and q', which are u'Eu + t^2 u'Fu + g.u + t u'Ku on the sphere, are computed
exactly from factors on a grid, which are factors of some certificate. The largest |q - q'| is bounded by norms, after
c t^2 has been taken from t^2 u'Fu to u'Eu and b t from t u'Ku to g.u, and is what a row adds; the sum of all q is held
against v'Gv as in verify_sphere.py. In a cell of rows' signs those rows need one of q and q', whatever the other is.
"""
import itertools
import math
from fractions import Fraction

from verify_sphere import ROW_BITS, Ground, ceil_shift, exponent_of, fixed, grid_of, residual


def numbers_of(d):
    """How many numbers S and R have."""
    return (2 * d + 1) * (d + 1), (d + 1) * (d + 2) // 2


def gram(numbers, size):
    """S S' from the rows of S up to the diagonal."""
    rows = [numbers[i * (i + 1) // 2:(i + 1) * (i + 2) // 2] for i in range(size)]
    entries = [[sum(a * b for a, b in zip(one, other)) for other in rows[:i + 1]] for i, one in enumerate(rows)]
    return [[entries[max(i, j)][min(i, j)] for j in range(size)] for i in range(size)]


def quartic(x, s, r, sign):
    """E, F, g, K of |S'm|^2 + sign t |R'o|^2: E and g with ROW_BITS more than the others."""
    d = len(x)
    a, b = gram(s, 2 * d + 1), gram(r, d + 1)
    mixed = [a[0][1 + d + j] + sign * b[0][1 + j] for j in range(d)]
    e = [[((a[1 + i][1 + j] + (a[0][0] if i == j else 0)) << ROW_BITS) + x[i] * mixed[j] + mixed[i] * x[j]
          for j in range(d)] for i in range(d)]
    f = [row[1 + d:] for row in a[1 + d:]]
    g = [(2 * a[0][1 + j] << ROW_BITS) + sign * b[0][0] * x[j] for j in range(d)]
    k = [[a[1 + d + i][1 + j] + a[1 + d + j][1 + i] + sign * b[1 + i][1 + j] for j in range(d)] for i in range(d)]
    return e, f, g, k


def norm(numbers, shift):
    """The root of the sum of squares of numbers in units of 2^-shift, rounded up."""
    return math.sqrt(math.fsum((number / (1 << shift)) ** 2 for number in numbers)) * (1 + 2.0 ** -40) + 2.0 ** -500


def distance(x, radius, one, other, shift):
    """The largest |q - q'|, at most; F and K of both in units of 2^-shift."""
    d = len(x)
    e, f, k = ([[p - q for p, q in zip(*rows)] for rows in zip(one[at], other[at])] for at in (0, 1, 3))
    g = [p - q for p, q in zip(one[2], other[2])]
    c, b = (sum(matrix[i][i] for i in range(d)) // d for matrix in (f, k))
    e = [(e[i][j] << ROW_BITS) + c * x[i] * x[j] for i in range(d) for j in range(d)]
    f, k = ([matrix[i][j] - (middle if i == j else 0) for i in range(d) for j in range(d)]
            for matrix, middle in ((f, c), (k, b)))
    g = [p + b * value for p, value in zip(g, x)]
    reach = radius / (1 << ROW_BITS) * (1 + 2.0 ** -40)
    return (norm(e, shift + 2 * ROW_BITS) + reach ** 2 * norm(f, shift) + norm(g, shift + ROW_BITS) +
            reach * norm(k, shift)) * (1 + 2.0 ** -40)


def add_form(x, q, form, products):
    """form += q: forms of degrees 1 to 4, all with 2 ROW_BITS more than F and K."""
    d, (e, f, g, k) = len(x), q
    for i in range(d):
        form[1][(i,)] = form[1].get((i,), 0) + (g[i] << ROW_BITS)
        for j in range(i, d):
            both = 1 + (i < j)
            form[2][i, j] = form[2].get((i, j), 0) + (both * e[i][j] << ROW_BITS)
            for v in range(d):
                merged = tuple(sorted((i, j, v)))
                form[3][merged] = form[3].get(merged, 0) + (both * k[i][j] * x[v] << ROW_BITS)
    pairs = [(1 + (i < j)) * x[i] * x[j] for i in range(d) for j in range(i, d)]
    others = [(1 + (i < j)) * f[i][j] for i in range(d) for j in range(i, d)]
    for one, into in zip(pairs, products):
        for at, other in enumerate(others):
            into[at] += one * other


def prove_cell(ground, side, h, cell, factors, matrix):
    """Raises Rejected unless the sum for nu, -nu for the second side, is h at most where u lies in the cell."""
    d = ground.d
    plain = ground.matrix(matrix)
    largest = exponent_of(itertools.chain(*itertools.chain(*factors)))
    grid = grid_of(exponent_of(itertools.chain(*plain, ground.slopes)), None if largest is None else 2 * largest)
    half = (grid + 1) // 2 + 8      # bits of a factor
    more = 2 * half - grid          # bits that F and K have more than the grid
    plain = [[fixed(w, grid) for w in row] for row in plain]
    pairs = [(i, j) for i in range(d) for j in range(i, d)]
    form, products, rest = [{} for _ in range(5)], [[0] * len(pairs) for _ in pairs], Fraction(0)
    for i, (x, radius, v, unit) in enumerate(zip(ground.rows, ground.radii, ground.nu, ground.units)):
        halves = [quartic(x, *([fixed(n, half) for n in numbers] for numbers in factors[2 * i + above]),
                          1 if above else -1) for above in (0, 1)]
        top, bottom = (-v if side else v).as_integer_ratio()
        slope = ceil_shift(top, bottom.bit_length() - 1 - unit - 2 * half)
        for j, value in enumerate(x):
            halves[1][2][j] += slope * value
        if i not in cell:
            rest += Fraction(distance(x, radius, *halves, more))
        add_form(x, halves[cell.get(i, 0)], form, products)
    for one, row in zip(pairs, products):
        for other, value in zip(pairs, row):
            merged = tuple(sorted(one + other))
            form[4][merged] = form[4].get(merged, 0) + value
    rest += Fraction(residual(form, d, 2, plain, more + 2 * ROW_BITS))
    if largest is not None or any(map(any, plain)) or any(ground.nu):
        ground.conclude(side, h, grid, rest, plain)


def prove_joint(x, certificate):
    """Raises Rejected unless h(nu) and h(-nu) are what the certificate says, at most."""
    ground = Ground(x, certificate)
    for side, (h, leaves) in enumerate(certificate["sides"]):
        for cell, factors, matrix in leaves:
            prove_cell(ground, side, h, cell, factors, matrix)
