"""Sphere polynomials of verify_certificate.py: a row at a time, an identity between polynomials, one matrix a side.

Everything is whole numbers times powers of two, exactly, but for one Cholesky factorisation a side. What is proved is a
neighbour of the certificate. Its polynomials and matrix may be any, so they are rounded to a grid at will. A row is
rounded to x' with |x - x'| <= e, and nu (x.u)_+ <= nu (x'.u)_+ + |nu| e on the sphere: the sum of |nu| e is added. Then

    h(nu) <= sum_i s_i + max v'Gv + max |rho|,   rho(u) = sum_i q_i(x'_i.u) - v'Gv,  v the plain monomials,

with s_i >= max of nu_i (t)_+ - q_i(t) by Bernstein coefficients that are rounded up, rho computed exactly and bounded by
Bombieri's norm, and G <= mu M + delta I, M the multiplicities of the monomials, so that v'Gv <= 2 mu + 2 delta: B =
mu M - G, its diagonal rounded down, has a Cholesky factor in floating point, hence B >= -delta I with delta =
gamma_(m+1) / (1 - gamma_(m+1)) tr(B) + underflow (Rump 2006, theorem 2.3). mu is not searched for: the certificate says
h(nu) <= h, and mu is what h leaves.
"""
import itertools
import math
import operator
from fractions import Fraction

GRID = 85        # bits of the largest coefficient of a side
ROW_BITS = 56    # bits of a row's entries
SHIFT_BITS = 24  # bits below the grid in the search for a row's maximum
OVERFLOW = "a number of the certificate overflows"


class Rejected(Exception):
    """A certificate that is for something else, or claims more than it proves."""


# ---- Whole numbers for floats ---------------------------------------------------------------------

def fixed(value, bits):
    """value times 2^bits, rounded to a whole number."""
    top, bottom = value.as_integer_ratio()
    shift = bits - (bottom.bit_length() - 1)
    return top << shift if shift >= 0 else (top + (1 << (-shift - 1))) >> -shift


def ceil_shift(value, shift):
    """value / 2^shift, rounded up."""
    return -(-value >> shift) if shift >= 0 else value << -shift


def exponent_of(values):
    """e with every |value| < 2^e; None when all are 0."""
    most = max(map(abs, values), default=0.0)
    if most == math.inf:
        raise Rejected(OVERFLOW)
    return math.frexp(most)[1] if most else None


def whole(rows):
    """Rows of floats as whole numbers times 2^-bits, exactly."""
    bits = max((value.as_integer_ratio()[1].bit_length() - 1 for row in rows for value in row), default=0)
    return [[fixed(value, bits) for value in row] for row in rows], bits


# ---- One row: the maximum of slope (t)_+ - q(t) -------------------------------------------------------------

def largest_on_unit(coefficients, scale):
    """Not below the maximum of sum_j c_j r^j on [0, 1], c_0 = 0, in units of 1/scale; scale = lcm of C(D, j)."""
    degree = len(coefficients)
    bernstein = [sum(math.comb(m, j) * (scale // math.comb(degree, j)) * coefficients[j - 1]
                     for j in range(1, m + 1)) for m in range(degree + 1)]
    tolerance = max(map(abs, bernstein)) >> 45
    attained = proved = max(0, bernstein[-1])
    pieces = [(bernstein, 0)]
    while pieces:
        piece, depth = pieces.pop()
        attained = max(attained, piece[0], piece[-1])
        most = max(piece)
        if most <= attained + tolerance or depth == 60:
            proved = max(proved, most)
            continue
        left, right = [piece[0]], [piece[-1]]
        while len(piece) > 1:  # de Casteljau, rounded up
            piece = [(p + q + 1) >> 1 for p, q in zip(piece, piece[1:])]
            left.append(piece[0])
            right.append(piece[-1])
        halves = [(left, depth + 1), (right[::-1], depth + 1)]
        pieces += sorted(halves, key=lambda half: max(half[0]))
    return proved


def row_shift(slope, q, radius, scale):
    """s_i: slope and q in units of the grid, radius in units of 2^-ROW_BITS; in units of grid 2^-SHIFT_BITS / scale."""
    powers = [radius ** j for j in range(1, len(q) + 1)]

    def scaled(coefficients):
        return [ceil_shift(c * power, ROW_BITS * j - SHIFT_BITS)
                for j, (c, power) in enumerate(zip(coefficients, powers), 1)]

    above = scaled([(slope if j == 0 else 0) - c for j, c in enumerate(q)])
    below = scaled([-c if j % 2 else c for j, c in enumerate(q)])
    return max(largest_on_unit(above, scale), largest_on_unit(below, scale))


# ---- The identity -------------------------------------------------------------------------------------------

def monomials(d, degree):
    return list(itertools.combinations_with_replacement(range(d), degree))


def multiplicity(monomial):
    count = math.factorial(len(monomial))
    for variable in set(monomial):
        count //= math.factorial(monomial.count(variable))
    return count


def row_powers(row, degree):
    """Values of all monomials of degree 1, 2, .. at a row, in the order of monomials()."""
    values, d = [1], len(row)
    for m in range(1, degree + 1):
        following = []
        for v, x in enumerate(row):
            tail = len(values) - math.comb(d - v + m - 2, m - 1)
            following += [x * value for value in values[tail:]] if x else [0] * (len(values) - tail)
        values = following
        yield values


def sums_of_powers(rows, sides, degree):
    """For each side and degree j: sum_i c_ij times the monomials of row i."""
    d = len(rows[0])
    sums = [[[0] * math.comb(d + j - 1, j) for j in range(1, degree + 1)] for _ in sides]
    for i, row in enumerate(rows):
        for j, values in enumerate(row_powers(row, degree)):
            for side, q in enumerate(sides):
                if q[i][j]:
                    sums[side][j] = list(map(operator.add, sums[side][j],
                                             map(operator.mul, itertools.repeat(q[i][j]), values)))
    return sums


def form_norm(form, shift):
    """Bombieri's norm of a form (monomial: coefficient in units of 2^-shift), rounded up."""
    total = math.fsum((c / (1 << shift)) ** 2 / multiplicity(monomial) for monomial, c in form.items())
    return math.sqrt(total) * (1 + 2.0 ** -40) + 2.0 ** -500


def form_of_powers(sums, d, k):
    """Sums of powers, in units of the grid 2^-(ROW_BITS j), as forms of each degree in units of the grid 2^-(2k ROW_BITS)."""
    form = [{} for _ in range(2 * k + 1)]
    for j, values in enumerate(sums, 1):
        lift = ROW_BITS * (2 * k - j)
        for monomial, value in zip(monomials(d, j), values):
            if value:
                form[j][monomial] = multiplicity(monomial) * value << lift
    return form


def residual(form, d, k, matrix, shift):
    """rho as norms: forms of each degree, in units of the grid 2^-shift, changed, less v'Gv, G in units of the grid."""
    vector = monomials(d, k - 1) + monomials(d, k)
    for r, row in enumerate(matrix):
        for c, entry in enumerate(row):
            if entry:
                merged = tuple(sorted(vector[r] + vector[c]))
                into = form[len(merged)]
                into[merged] = into.get(merged, 0) - ((1 + (c < r)) * entry << shift)
    for m in range(2 * k - 1):  # times |u|^2 until the degree is 2k or 2k - 1
        for monomial, value in form[m].items():
            for v in range(d):
                merged = tuple(sorted(monomial + (v, v)))
                form[m + 2][merged] = form[m + 2].get(merged, 0) + value
    return form_norm(form[2 * k], shift) + form_norm(form[2 * k - 1], shift)


# ---- The matrix -----------------------------------------------------------------------------------------------

def factorises(rows):
    """Cholesky in floating point, lower triangle, rows changed."""
    for i, row in enumerate(rows):
        for j in range(i):
            other = rows[j]
            row[j] = (row[j] - sum(map(operator.mul, row[:j], other))) / other[j]
        pivot = row[i] - sum(map(operator.mul, row[:i], row))
        if not 0 < pivot < math.inf:
            return False
        row[i] = math.sqrt(pivot)
    return True


def is_below(matrix, weights, limit):
    """Whether v'Gv <= limit where sum of weights v^2 = 2: G in units of 2^-GRID, limit a fraction of the same unit."""
    unit, n = Fraction(1, 1 << GRID), len(weights)
    size = float(sum(weights)) * abs(float(limit * unit)) + sum(abs(row[-1]) / (1 << GRID) for row in matrix)
    delta = 4 * (n + 4) * 2.0 ** -52 * size + 2.0 ** -900
    mu = (limit * unit - 2 * Fraction(delta)) / 2
    rows = [[-entry / (1 << GRID) for entry in row[:-1]] for row in matrix]
    for r, row in enumerate(rows):
        row.append(math.nextafter(float(mu * weights[r] - matrix[r][-1] * unit), -math.inf))
    trace, most = sum(row[-1] for row in rows), max(row[-1] for row in rows)
    gamma = (n + 2) * 2.0 ** -52
    needed = gamma / (1 - gamma) * abs(trace) * (1 + 2.0 ** -30) + n * (n + 3 + 3 * abs(most)) * 2.0 ** -1020
    return needed <= delta and factorises(rows)


# ---- The sides -------------------------------------------------------------------------------------------------------

def grid_of(*exponents):
    """The bits of a grid on which a number of the largest exponent has GRID of them; None stands for 0."""
    known = [exponent for exponent in exponents if exponent is not None]
    if known and max(known) > 1023:
        raise Rejected(OVERFLOW)
    return GRID - max(known, default=0)


class Ground:
    """What both sides of a certificate stand on: the rows in their grid, the monomials."""

    def __init__(self, x, certificate):
        self.nu, self.k, self.d = certificate["nu"], certificate["order"], certificate["columns"]
        self.units = []
        for row in x:
            fraction, exponent = math.frexp(max(map(abs, row)))
            self.units.append(exponent - (fraction == 0.5) if fraction else 0)
        self.rows = [[fixed(value, ROW_BITS - unit) for value in row] for row, unit in zip(x, self.units)]
        self.radii = [math.isqrt(sum(value * value for value in row)) + 1 for row in self.rows]
        try:
            self.slopes = [math.ldexp(v, unit) for v, unit in zip(self.nu, self.units)]
        except OverflowError as error:
            raise Rejected(OVERFLOW) from error
        self.drift = sum(Fraction(abs(v)) * Fraction(2) ** unit for v, unit in zip(self.nu, self.units)) * \
            Fraction(self.d, 2 << ROW_BITS)
        self.weights = list(map(multiplicity, monomials(self.d, self.k - 1) + monomials(self.d, self.k)))

    def matrix(self, matrix):
        """W as G, the same over plain monomials."""
        roots = list(map(math.sqrt, self.weights))
        return [[roots[r] * roots[c] * w if c < r else self.weights[r] * w for c, w in enumerate(row)]
                for r, row in enumerate(matrix)]

    def conclude(self, side, h, grid, rest, matrix):
        """Raises Rejected unless v'Gv is below what h leaves; rest, matrix: in units of the grid."""
        limit = (Fraction(h) - self.drift) * Fraction(2) ** grid - rest
        if not is_below(matrix, self.weights, limit):
            raise Rejected(f"h({'-' * side}nu) <= {h!r} is claimed and not proved")


def prove_sphere(x, certificate):
    """Raises Rejected unless h(nu) and h(-nu) are what the certificate says, at most."""
    ground = Ground(x, certificate)
    k, d, sides = ground.k, ground.d, []
    for _, [(_, polynomials, matrix)] in certificate["sides"]:
        plain = ground.matrix(matrix)
        grid = grid_of(exponent_of(itertools.chain(*polynomials, *plain, ground.slopes)))
        sides.append((grid, [[fixed(c, grid) for c in q] for q in polynomials],
                      [[fixed(w, grid) for w in row] for row in plain]))
    sums = sums_of_powers(ground.rows, [q for _, q, _ in sides], 2 * k)
    scale = math.lcm(*(math.comb(2 * k, j) for j in range(2 * k + 1)))
    for side, (grid, polynomials, matrix) in enumerate(sides):
        shifts = 0
        for q, v, unit, radius in zip(polynomials, ground.nu, ground.units, ground.radii):
            top, bottom = (-v if side else v).as_integer_ratio()
            bits = grid + unit - (bottom.bit_length() - 1)
            shifts += row_shift(ceil_shift(top, -bits), q, radius, scale)
        rest = Fraction(shifts, scale << SHIFT_BITS) + \
            Fraction(residual(form_of_powers(sums[side], d, k), d, k, matrix, 2 * k * ROW_BITS))
        if any(map(any, polynomials)) or any(map(any, matrix)) or any(ground.nu):
            ground.conclude(side, certificate["sides"][side][0], grid, rest, matrix)
