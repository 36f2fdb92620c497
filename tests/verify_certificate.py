"""A second verifier of certificates: the standard library alone, and no code shared with cvxnn.

    verify_certificate.py CERTIFICATE MODEL DATA --target COL [--weights COL] [--header auto|yes|no]

reads docs/certificate-format.md, docs/model-format.md and a table of comma-separated numbers; computes objective, bound
and ratio itself, and exits with 0 (every claim is true), 5 (one is not, or the certificate is for something else) or 3
(a file that cannot be read). docs/certificate.md has the theorem; this is the rounding argument used here:

Everything is whole numbers times powers of two, exactly, but for one Cholesky factorisation a side (verify_sphere.py).
For the bound, t = beta / h (or the best t, if less) and D(t nu) are rational numbers, computed exactly or rounded down.
The objective is computed exactly.
"""
import argparse
import hashlib
import json
import math
import operator
import re
import struct
import sys
from fractions import Fraction

from verify_joint import numbers_of, prove_joint
from verify_sphere import Rejected, prove_sphere, whole
from verify_tree import Tree, in_coordinates


class Unreadable(Exception):
    """A file that does not follow its format, or cannot be read."""


# ---- Files ---------------------------------------------------------------------------------------

FLOAT = re.compile(r"-?0x(1(\.[0-9a-f]{1,13})?p[+-]?[0-9]{1,4}|0(\.0{1,13})?p[+-]?[0-9]{1,4}|0\.[0-9a-f]{1,13}p-1022)\Z")
MOST_LEAVES = 32
COUNT = re.compile(r"[0-9]{1,18}\Z")
HASH = re.compile(r"[0-9a-f]{64}\Z")


class Lines:
    """The lines of a file, each with its keyword."""

    def __init__(self, data):
        if not data.endswith(b"\n"):
            raise Unreadable("the last line has no end")
        self.lines, self.at = data.decode("utf-8").split("\n")[:-1], 0

    def take(self, keyword):
        if self.at == len(self.lines):
            raise Unreadable("the text ends before its line 'end'")
        word, blank, rest = self.lines[self.at].removesuffix("\r").partition(" ")
        self.at += 1
        if word != keyword:
            raise Unreadable(f"line {self.at}: expected {keyword!r}")
        return rest if blank else None

    def match(self, keyword, pattern):
        text = self.take(keyword)
        if text is None or not pattern.match(text):
            raise Unreadable(f"line {self.at}: {keyword} is not what it should be")
        return text

    def count(self, keyword, least=0, most=None):
        value = int(self.match(keyword, COUNT))
        if value < least or (most is not None and value > most):
            raise Unreadable(f"line {self.at}: {keyword} is out of range")
        return value

    def word(self, keyword, words):
        text = self.take(keyword)
        if text not in words:
            raise Unreadable(f"line {self.at}: {keyword} has no such value")
        return text

    def floats(self, keyword, count, least=-math.inf):
        fields = (self.take(keyword) or "").split(" ")
        if len(fields) != count or not all(map(FLOAT.match, fields)):
            raise Unreadable(f"line {self.at}: expected {count} numbers")
        try:
            values = list(map(float.fromhex, fields))
        except OverflowError as error:
            raise Unreadable(f"line {self.at}: {error}") from error
        if any(value == 0 and field.lstrip("-").startswith("0x1") for value, field in zip(values, fields)) or \
                any(0 < abs(value) < 2.0 ** -1022 and field.lstrip("-").startswith("0x1")
                    for value, field in zip(values, fields)):
            raise Unreadable(f"line {self.at}: a number is below the least double")
        if min(values) < least:
            raise Unreadable(f"line {self.at}: {keyword} is below {least}")
        return values

    def version(self, keyword):
        if self.count(keyword, 1) != 1:
            raise Unreadable("a newer version of the format")

    def end(self):
        if self.take("end") is not None or self.at != len(self.lines):
            raise Unreadable(f"line {self.at}: something follows 'end'")


def read_model(data):
    lines = Lines(data)
    lines.version("cvxnn-model")
    model = {"kind": lines.word("kind", ("relu", "gated")), "loss": lines.word("loss", ("squared",)),
             "beta": lines.floats("beta", 1, 0)[0], "bias": lines.word("bias", ("none", "penalized"))}
    features, outputs = lines.count("features", 1), lines.count("outputs", 1)
    neurons, scaled = lines.count("neurons"), lines.count("scaled", 0, 1)
    d = features + (model["bias"] == "penalized")
    for group, count in (("feature", features), ("target", outputs)):
        texts = [lines.take(group) for _ in range(count)]
        model[group] = [None if text is None else json.loads(text) for text in texts]
    model["center"] = lines.floats("center", features) if scaled else None
    model["scale"] = lines.floats("scale", features, 0) if scaled else None
    model["gates"], model["u"], model["a"] = [], [], []
    for _ in range(neurons):
        if model["kind"] == "gated":
            model["gates"].append(lines.floats("gate", d))
        model["u"].append(lines.floats("u", d))
        model["a"].append(lines.floats("a", outputs))
    lines.end()
    return model


def hexadecimal(value):
    """The one text of a float in both formats: float.hex() without zeros at the end of the fraction."""
    return re.sub(r"\.?0*p", "p", value.hex()) if value else math.copysign(1, value) < 0 and "-0x0p+0" or "0x0p+0"


def model_text(model):
    """The model as cvxnn writes it, whatever wrote the file: what the certificate's hash is of."""
    def line(keyword, values):
        return " ".join([keyword, *map(hexadecimal, values)])

    def name(keyword, text):
        return keyword if text is None else keyword + ' "' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    scaled = model["scale"] is not None
    lines = ["cvxnn-model 1", "kind " + model["kind"], "loss " + model["loss"], line("beta", [model["beta"]]),
             "bias " + model["bias"], f"features {len(model['feature'])}", f"outputs {len(model['target'])}",
             f"neurons {len(model['u'])}", f"scaled {scaled:d}"]
    lines += [name("feature", text) for text in model["feature"]] + [name("target", text) for text in model["target"]]
    if scaled:
        lines += [line("center", model["center"]), line("scale", model["scale"])]
    for j, (u, a) in enumerate(zip(model["u"], model["a"])):
        if model["gates"]:
            lines.append(line("gate", model["gates"][j]))
        lines += [line("u", u), line("a", a)]
    return "\n".join(lines + ["end", ""]).encode()


def read_certificate(data):
    lines = Lines(data)
    lines.version("cvxnn-certificate")
    c = {"loss": lines.word("loss", ("squared",)), "beta": lines.floats("beta", 1)[0],
         "bias": lines.word("bias", ("none", "penalized")), "scaled": lines.count("scaled", 0, 1)}
    if not c["beta"] > 0:
        raise Unreadable("beta is not above 0")
    for keyword in ("rows", "columns", "outputs"):
        c[keyword] = lines.count(keyword, 1)
    for keyword in ("data", "targets", "weights", "model"):
        c[keyword] = lines.match(keyword, HASH)
    for keyword in ("objective", "bound"):
        c[keyword] = lines.floats(keyword, 1, 0)[0]
    c["proof"] = lines.word("proof", ("sphere", "joint", "signs", "tree"))
    if c["proof"] == "tree":
        c["leaves"] = [lines.count("leaves") for _ in range(2)]
        rank = lines.count("basis")
        if rank >= c["columns"] or (c["rows"] + rank * c["columns"]) * 6 > len(data):
            raise Unreadable("a basis has fewer vectors than there are columns, and the text has its numbers")
        c["basis"] = [lines.floats("b", c["columns"]) for _ in range(rank)]
        c["z"], c["order"] = lines.floats("z", c["rows"]), 0
        lines.end()
        return c
    joint, n, d = c["proof"] in ("joint", "signs"), c["rows"], c["columns"]
    k = 2 if joint else lines.count("order", 1, 10)
    size = math.comb(d + k - 2, k - 1) + math.comb(d + k - 1, k)
    if (n * (1 + 4 * (sum(numbers_of(d)) if joint else k)) + size * (size + 1)) * 6 > len(data):
        raise Unreadable("the text is too short for these rows, columns and order")
    c["order"], c["nu"], c["sides"] = k, lines.floats("nu", n), []
    for _ in range(2):
        h, leaves = lines.floats("h", 1, 0)[0], []
        for cell in read_cells(lines, n) if c["proof"] == "signs" else [{}]:
            rows = [[lines.floats(word, count) for word, count in zip("sr", numbers_of(d))] for _ in range(2 * n)] if joint \
                else [lines.floats("q", 2 * k) for _ in range(n)]
            leaves.append((cell, rows, [lines.floats("w", i + 1) for i in range(size)]))
        c["sides"].append((h, leaves))
    lines.end()
    return c


def read_cells(lines, n):
    """A tree of cuts as its leaves: for each the rows that have cut it off, with 0 where it lies in t <= 0 and 1 in t >= 0."""
    leaves, cells, open_cells = lines.count("leaves", 1, MOST_LEAVES), [], [{}]
    for _ in range(2 * leaves - 1):
        row = lines.count("cut", 0, n)
        if not open_cells:
            raise Unreadable("these cuts make no tree of so many leaves")
        cell = open_cells.pop()
        if row:
            open_cells += [cell | {row - 1: 1}, cell | {row - 1: 0}]
        else:
            cells.append(cell)
    if open_cells:
        raise Unreadable("these cuts make no tree of so many leaves")
    return cells


def fields_of(line):
    """Fields between commas; one in quotes may hold commas and doubled quotes."""
    for match in re.finditer(r'[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^,]*))(?:,|$)', line):
        quoted, plain = match.groups()
        yield plain.strip(" \t") if quoted is None else quoted.replace('""', '"')
        if match.end() == len(line) and not match.group().endswith(","):
            return


def number(text):
    try:
        value = float.fromhex(text) if "x" in text.lower() else float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def read_table(path, header):
    """Names (None without a header) and rows of numbers."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = [line.removesuffix("\r") for line in file.read().split("\n")]
    rows = [list(fields_of(line)) for line in lines if line.strip(" \t")]
    if not rows:
        raise Unreadable(f"{path} is empty")
    if header == "auto":
        numbers = [number(field) is not None for field in rows[0]]
        if any(numbers) and not all(numbers):
            raise Unreadable(f"{path}, line 1: numbers and other things")
        header = "no" if any(numbers) else "yes"
    names = rows.pop(0) if header == "yes" else None
    table = [list(map(number, row)) for row in rows]
    width = len(names or table[0])
    if any(len(row) != width or None in row for row in table):
        raise Unreadable(f"{path}: a row with something that is no finite number, or of another length")
    return names, table


def columns_of(names, width, model, target, weights):
    """Places of the features, the target and the weights, by the trainer's rules."""
    def place(column):
        if names is not None:
            return names.index(column) if names.count(column) == 1 else -1
        return int(column) - 1 if column.isdigit() and 0 < int(column) <= width else -1

    y, s = place(target), place(weights) if weights is not None else None
    if y < 0 or s == -1:
        raise Unreadable("there is no such column for --target or --weights")
    if names is not None and model["feature"][0] is not None:
        features = [place(name) for name in model["feature"]]
    else:
        features = [j for j in range(width) if j not in (y, s)]
    if -1 in features or len(features) != len(model["feature"]):
        raise Unreadable("the table does not have the columns that the model takes")
    return features, y, s


# ---- The objective, exactly ---------------------------------------------------------------------------

def objective_of(x, y, s, beta, model):
    """F + (beta/2) sum |u|^2 + |a|^2 as a fraction."""
    rows, x_bits = whole(x)
    u, u_bits = whole(model["u"])
    a, a_bits = whole(model["a"])
    targets, y_bits = whole([y])
    shares, s_bits = whole([s])
    outer, f_bits, total = [row[0] for row in a], x_bits + u_bits + a_bits, 0
    bits = max(f_bits, y_bits)
    for row, target, share in zip(rows, targets[0], shares[0]):
        f = 0
        for weights, out in zip(u, outer):
            inner = sum(map(operator.mul, row, weights))
            if inner > 0:
                f += inner * out
        total += share * ((f << (bits - f_bits)) - (target << (bits - y_bits))) ** 2
    loss = Fraction(total, sum(shares[0]) << (2 * bits + 1))
    squares = Fraction(sum(w * w for row in u for w in row), 1 << 2 * u_bits)
    squares += Fraction(sum(w * w for w in outer), 1 << 2 * a_bits)
    return loss + Fraction(beta) / 2 * squares


# ---- The bound -----------------------------------------------------------------------------------------------------

def dual_parts(nu, y, s):
    """l and c of D(t nu) = t l - t^2 c / 2, c rounded up; None where D is not finite."""
    bits = 2200
    linear = sum(Fraction(v) * Fraction(target) for v, target in zip(nu, y))
    square = 0
    for v, share in zip(nu, s):
        if v and not share:
            return None
        if v:
            term = Fraction(v) ** 2 / Fraction(share)
            square += (term.numerator << bits) // term.denominator + 1
    return linear, Fraction(square, 1 << bits) * sum(map(Fraction, s))


def sphere_bound(certificate, y, s):
    """max of D(t nu) over t max(h) <= beta, rounded down; 0 where that is more."""
    parts = dual_parts(certificate["nu"], y, s)
    if parts is None or parts[0] <= 0:
        return Fraction(0)
    linear, curvature = parts
    t, most = linear / curvature, max(Fraction(h) for h, _ in certificate["sides"])
    if most > 0:
        t = min(t, Fraction(certificate["beta"]) / most)
    return max(t * linear - t * t * curvature / 2, Fraction(0))


def tree_bound(certificate, y, s):
    """D(z), rounded down; 0 where that is more."""
    parts = dual_parts(certificate["z"], y, s)
    return Fraction(0) if parts is None else max(parts[0] - parts[1] / 2, Fraction(0))


def prove_trees(x, certificate):
    """Raises Rejected unless h(z) <= beta and h(-z) <= beta. A tree that rounds otherwise may be a little larger."""
    rows, beta = in_coordinates(x, certificate["basis"], certificate["z"], certificate["beta"])
    for sign, leaves in zip((1, -1), certificate["leaves"]):
        if not beta > 0 or not Tree(rows, [sign * value for value in certificate["z"]], beta).holds(4 * leaves + 1000):
            raise Rejected(f"h({'-' if sign < 0 else ''}z) <= beta is claimed and not proved")


# ---- The verdict ------------------------------------------------------------------------------------------------------

def digest(rows):
    hashed = hashlib.sha256()
    for row in rows:
        hashed.update(struct.pack(f"<{len(row)}d", *row))
    return hashed.hexdigest()


def verify(certificate, model, features, y, weights=None):
    """What is true, as a dictionary; certificate and model as they were read, features as rows of floats."""
    s = [1.0] * len(y) if weights is None else weights
    if model["kind"] != "relu":
        raise Rejected("a gated network is not a ReLU network")
    x = features
    if model["scale"] is not None:
        x = [[(value - c) / r for value, c, r in zip(row, model["center"], model["scale"])] for row in x]
    if model["bias"] == "penalized":
        x = [row + [1.0] for row in x]
    if (certificate["rows"], certificate["columns"], certificate["outputs"]) != (len(x), len(x[0]), len(model["target"])):
        raise Rejected("the certificate is for data or outputs of another shape")
    for what, said, found in (("bias", certificate["bias"], model["bias"]),
                              ("model", certificate["model"], hashlib.sha256(model_text(model)).hexdigest()),
                              ("scaling", certificate["scaled"], int(model["scale"] is not None)),
                              ("data", certificate["data"], digest(x)),
                              ("targets", certificate["targets"], digest([y])),
                              ("sample weights", certificate["weights"], digest([s]))):
        if said != found:
            raise Rejected(f"the certificate is for another {what}")
    objective = objective_of(x, y, s, certificate["beta"], model)
    if objective > Fraction(certificate["objective"]):
        raise Rejected(f"an objective of {certificate['objective']!r} is claimed, it is {float(objective)!r}")
    bound = (tree_bound if certificate["proof"] == "tree" else sphere_bound)(certificate, y, s)
    if bound < Fraction(certificate["bound"]):
        raise Rejected(f"a bound of {certificate['bound']!r} is claimed, {float(bound)!r} is proved")
    {"tree": prove_trees, "sphere": prove_sphere, "joint": prove_joint, "signs": prove_joint}[certificate["proof"]](x, certificate)
    ratio = math.nextafter(float(objective / bound), math.inf) if bound else None if objective else 1.0
    return {"verified": True, "objective": math.nextafter(float(objective), math.inf) if objective else 0.0,
            "lower_bound": math.nextafter(float(bound), -math.inf) if bound else 0.0, "certified_ratio": ratio,
            "order": certificate["order"]}


def main(words):
    parser = argparse.ArgumentParser(description="Verify a certificate of cvxnn.")
    for operand in ("certificate", "model", "data"):
        parser.add_argument(operand)
    parser.add_argument("--target", required=True)
    parser.add_argument("--weights")
    parser.add_argument("--header", choices=("auto", "yes", "no"), default="auto")
    given = parser.parse_args(words)
    try:
        with open(given.certificate, "rb") as file:
            certificate = read_certificate(file.read())
        with open(given.model, "rb") as file:
            model = read_model(file.read())
        names, table = read_table(given.data, given.header)
        features, y, s = columns_of(names, len(table[0]), model, given.target, given.weights)
        verdict = verify(certificate, model, [[row[j] for j in features] for row in table],
                         [row[y] for row in table], None if s is None else [row[s] for row in table])
    except (Rejected, OverflowError) as reason:
        print(f"rejected: {reason}")
        return 5
    except (Unreadable, OSError, UnicodeDecodeError, json.JSONDecodeError) as reason:
        print(f"unreadable: {reason}")
        return 3
    print(json.dumps(verdict))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
