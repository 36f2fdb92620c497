"""What a mixed-integer solver makes of h(z) = max over |u| <= 1 of sum_i z_i (x_i.u)_+, beside the cells of a certificate.

    tests/bench/mip.py build/cvxnn ROWS COLUMNS [--cells N] [--seconds T] [--seed S] [--solver cbc|glpsol]

Gaussian rows with noise for targets, beta = .05 beta_max. The trainer finds a network and a certificate by cells, which proves
h(z) <= beta for its z. The program for the solver has a variable p_i = (x_i.u)_+ a row and a binary one where z_i > 0 (where
z_i < 0 p_i >= 0 and p_i >= x_i.u are enough), |x_i| for the bound of x_i.u, and the ball replaced by tangent planes: at the axes,
at the network's neurons, at the directions of all rows and at random directions. Prints both upper bounds on h(z) as multiples of the largest value
known, that of the network's best neuron.
"""
import argparse
import json
import math
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import time

TANGENTS = 300


def dot(a, b):
    return sum(map(float.__mul__, a, b))


def unit(v):
    length = math.sqrt(dot(v, v))
    return [value / length for value in v]


def lines_of(path, keyword):
    """The numbers of every line of a file that begins with the keyword."""
    return [list(map(float.fromhex, line.split(" ")[1:])) for line in path.read_text().split("\n") if line.startswith(keyword + " ")]


def terms(coefficients, name):
    return " ".join(f"{value:+.17g} {name}{j}" for j, value in enumerate(coefficients))


def write_program(path, x, z, planes):
    """The maximisation in CPLEX's LP format; u is bounded by the planes u.c <= 1."""
    rows, d = [i for i, value in enumerate(z) if value], len(x[0])
    out = ["Maximize", " h: " + " ".join(f"{z[i]:+.17g} p{i}" for i in rows), "Subject To"]
    for i in rows:
        product, most = terms([-value for value in x[i]], "u"), math.sqrt(dot(x[i], x[i])) * (1 + 1e-9)
        if z[i] < 0:
            out.append(f" b{i}: p{i} {product} >= 0")
        else:
            out += [f" b{i}: p{i} {product} {most:+.17g} a{i} <= {most:.17g}", f" c{i}: p{i} - {most:.17g} a{i} <= 0"]
    out += [f" t{k}: {terms(c, 'u')} <= 1" for k, c in enumerate(planes)]
    out += ["Bounds"] + [f" -1 <= u{j} <= 1" for j in range(d)]
    out += ["Binary"] + [f" a{i}" for i in rows if z[i] > 0] + ["End", ""]
    path.write_text("\n".join(out))


def solve(solver, path, seconds):
    """The solver's bound from above, NaN if it says none."""
    command = {"cbc": ["cbc", path, "sec", seconds, "solve"], "glpsol": ["glpsol", "--lp", path, "--tmlim", seconds]}[solver]
    said = subprocess.run(list(map(str, command)), capture_output=True, text=True).stdout
    if solver == "cbc":
        found = re.findall(r"(?:Upper bound|best possible):?\s+(-?[0-9.e+]+)", said) or re.findall(r"best possible (-?[0-9.e+]+)", said)
        if "Optimal solution found" in said:
            found = re.findall(r"Objective value:\s+(-?[0-9.e+-]+)", said)
    else:
        found = re.findall(r"(?:mip|>>>>>).*<=\s+(-?[0-9.e+-]+)", said)
    return abs(float(found[-1])) if found else math.nan


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trainer")
    parser.add_argument("rows", type=int)
    parser.add_argument("columns", type=int)
    parser.add_argument("--cells", type=int, default=1000000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--solver", choices=["cbc", "glpsol"], default="cbc")
    asked = parser.parse_args()
    if not shutil.which(asked.solver):
        raise SystemExit(f"there is no {asked.solver} here")
    draw = random.Random(asked.seed)
    x = [[draw.gauss(0, 1) for _ in range(asked.columns)] for _ in range(asked.rows)]
    y = [draw.gauss(0, 1) for _ in x]
    with tempfile.TemporaryDirectory() as folder:
        data, model, proof, report = (pathlib.Path(folder, name) for name in ("data.csv", "model", "proof", "report.json"))
        data.write_text("\n".join(",".join(map(repr, [*row, value])) for row, value in zip(x, y)))
        target = ["--target", str(asked.columns + 1)]
        subprocess.run([asked.trainer, "train", data, *target, "--method", "search", "--beta-ratio", ".05", "--bound", "0",
                        "--model", model, "--quiet"], check=True)
        subprocess.run([asked.trainer, "certify", model, data, *target, "--operations", "1e300", "--order", "0", "--cells", str(asked.cells),
                        "--threads", "1", "--output", proof, "--report", report, "--quiet"])
        found = json.loads(report.read_text())
        if not lines_of(proof, "z"):
            raise SystemExit("the certificate is not by cells: allow more of them")
        z, beta = lines_of(proof, "z")[0], lines_of(proof, "beta")[0][0]
        neurons = [unit(u[:asked.columns]) for u in lines_of(model, "u")]
        sides = []
        for sign in (1, -1):
            side = [sign * value for value in z]
            value, best = max((sum(v * max(0.0, dot(row, u)) for v, row in zip(side, x)), u) for u in neurons)
            sides.append((value, side))
        value, side = max(sides)
        axes = [[float(k == j) * s for k in range(asked.columns)] for j in range(asked.columns) for s in (1, -1)]
        others = [unit([draw.gauss(0, 1) for _ in range(asked.columns)]) for _ in range(TANGENTS)]
        program = pathlib.Path(folder, "h.lp")
        write_program(program, x, side, axes + neurons + [unit(row) for row in x] + others)
        start = time.monotonic()
        bound = solve(asked.solver, program, asked.seconds)
        print(json.dumps({"n": asked.rows, "d": asked.columns, "solver": asked.solver, "solver_bound": bound / value,
                          "solver_seconds": round(time.monotonic() - start, 1), "cells_bound": beta / value,
                          "leaves": found["leaves"], "cells_seconds": round(found["seconds"], 2)}))


if __name__ == "__main__":
    main()
