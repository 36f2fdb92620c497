"""The ReLU program (R) over given patterns against its peer: scnn's augmented Lagrangian.

    tests/bench/cones.py build/cvxnn

Prints Markdown, a row for each table of tests/problems and ratio of beta to its largest: our seconds from data in memory to result, one
run and one thread, the peer's, how many times faster that is beside the target; the relative gap between primal and dual value over all
patterns; and the most by which a neuron leaves the cone of a pattern, relative to |x||u|, computed here from the model file. The peer is
scnn (Python and torch, float64, one thread, default tolerances, on a machine of the same class) on the same X, y and gates; it left
violations of a few 1e-4, and a figure of its own goes with each table, not with each beta.
"""
import csv
import json
import math
import operator
import pathlib
import subprocess
import sys
import tempfile

PROBLEMS = pathlib.Path(__file__).resolve().parents[1] / "problems"
PEER_SECONDS = {"diabetes": 43, "synth_n500_d10": 38, "breast_cancer": 156}
TARGET = 50


def dot(a, b):
    return sum(map(operator.mul, a, b))


def read_features(folder):
    with open(folder / "data.csv", encoding="utf-8") as file:
        return [list(map(float, row[:-1])) for row in list(csv.reader(file))[1:]]


def rows_of_patterns(x, folder):
    """For each row of X the patterns that have it on, as the bits of one integer, and how many patterns there are."""
    with open(folder / "gates.csv", encoding="utf-8") as file:
        gates = [list(map(float, row)) for row in csv.reader(file)]
    return [sum(1 << p for p, gate in enumerate(gates) if dot(row, gate) >= 0) for row in x], len(gates)


def distance(x, u, on, patterns):
    """By how much u is outside the nearest cone: rows rule out patterns, those with the largest |x.u|/|x||u| first, and the
    row that would leave none is the worst of the best pattern."""
    products = [dot(row, u) / math.sqrt(dot(row, row) * dot(u, u)) for row in x]
    left = (1 << patterns) - 1
    for i in sorted(range(len(x)), key=lambda i: -abs(products[i])):
        agree = left & (on[i] if products[i] > 0 else ~on[i])
        if not agree:
            return abs(products[i])
        left = agree
    return 0.0


def train(trainer, folder, ratio, scratch):
    model, report = scratch / "model", scratch / "report.json"
    done = subprocess.run([trainer, "train", folder / "data.csv", "--target", "y", "--gates", folder / "gates.csv", "--method", "relu",
                           "--beta-ratio", str(ratio), "--tolerance", "1e-6", "--bound", "0", "--threads", "1", "--quiet",
                           "--model", model, "--report", report], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{folder.name}: {done.stderr}")
    lines = [line.split() for line in model.read_text(encoding="utf-8").splitlines()]
    return json.loads(report.read_text(encoding="utf-8")), [list(map(float.fromhex, line[1:])) for line in lines if line[0] == "u"]


def main():
    print("| table (n, d, patterns) | β/β_max | objective | gap | violation | neurons | seconds | peer | times faster | target |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, peer in PEER_SECONDS.items():
        x = read_features(PROBLEMS / name)
        on, patterns = rows_of_patterns(x, PROBLEMS / name)
        for ratio in 0.1, 0.01:
            with tempfile.TemporaryDirectory() as folder:
                report, neurons = train(sys.argv[1], PROBLEMS / name, ratio, pathlib.Path(folder))
            outside = max((distance(x, u, on, patterns) for u in neurons), default=0)
            times = peer / report["seconds"]
            print(f"| {name} {len(x)}, {len(x[0])}, {patterns} | {ratio} | {report['objective']:.9g} | {report['relative_gap']:.0e} | "
                  f"{outside:.0e} | {report['neurons']} | {report['seconds']:.2f} | {peer} | {times:.0f}{'' if times >= TARGET else ' **!**'} | "
                  f"{TARGET} |", flush=True)


if __name__ == "__main__":
    main()
