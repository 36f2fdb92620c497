"""What the tests of the command-line trainer share: calling it, and an independent reader of what it saves.

Models are read and run by the reader of docs/model-format.md, a few dozen lines of Python that know nothing of the
library. CVXNN_TRAINER is the program (build/cvxnn).
"""
import json
import math
import os
import pathlib
import random
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAINER = os.environ.get("CVXNN_TRAINER", str(ROOT / "build" / "cvxnn"))
PROBLEMS = ROOT / "tests" / "problems"
DIABETES = PROBLEMS / "diabetes" / "data.csv"
DONE, USAGE, INPUT, BUDGET, VERIFICATION, INTERRUPTED = 0, 2, 3, 4, 5, 130
STOPPED_CANCELLED = 3  # in the header's table of statuses

KEYS = """method loss n d outputs objective convex_objective convex_dual relative_gap lower_bound certified_ratio beta
beta_max patterns patterns_sampled patterns_added active neurons iterations seconds seed threads status train_error
holdout_error blas version""".split()
CONVEX_KEYS = ["convex_objective", "convex_dual", "relative_gap", "active"]


def model_reader():
    """The names that the Python block of docs/model-format.md defines."""
    text = (ROOT / "docs" / "model-format.md").read_text(encoding="utf-8")
    names = {"__name__": "model_format"}
    exec(re.search(r"```python run\n(.*?)```", text, re.S).group(1), names)
    return names


READER = model_reader()


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse_constant)


def made_table(n, d, seed, weights=False):
    """Names and rows of a regression table with kinks; each column has its own centre and scale."""
    draw = random.Random(seed)
    rows = []
    for _ in range(n):
        x = [draw.gauss(0, 1) for _ in range(d)]
        y = max(0.0, x[0] - x[1] + 0.3) - 0.5 * max(0.0, x[-1]) + draw.gauss(0, 0.05)
        rows.append([5 * j + (j + 1) * value for j, value in enumerate(x)] + [y])
        if weights:
            rows[-1].append(draw.choice([0.0, 0.5, 1.0, 2.0]))
    return [f"x{j}" for j in range(d)] + ["y"] + ["s"] * weights, rows


def csv_text(names, rows):
    lines = ([",".join(names)] if names else []) + [",".join(map(repr, row)) for row in rows]
    return "\n".join(lines) + "\n"


def penalty(model):
    """Weight decay of a ReLU network, group norm of a gated one, over beta."""
    def square(vector):
        return math.fsum(value * value for value in vector)
    pairs = list(zip(model["u"], model["a"]))
    if model["kind"] == "gated":
        return math.fsum(math.sqrt(square(u) * square(a)) for u, a in pairs)
    return 0.5 * math.fsum(square(u) + square(a) for u, a in pairs)


def mean_square(model, xs, ys, weights=None):
    weights = weights or [1.0] * len(ys)
    squares = [s * (READER["predict"](model, x)[0] - y) ** 2 for x, y, s in zip(xs, ys, weights)]
    return math.fsum(squares) / math.fsum(weights)


class Trainer(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.folder = pathlib.Path(self.scratch.name)

    def call(self, *arguments, text=None, code=DONE, told=False, **others):
        """told: something is said on standard error though nothing is wrong."""
        done = subprocess.run([TRAINER, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=300,
                              check=False, **others)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        self.assertEqual(done.stderr != "", told or code in (USAGE, INPUT, VERIFICATION), done.stderr)
        return done

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def table(self, n=60, d=4, seed=1, weights=False, name="data.csv"):
        names, rows = made_table(n, d, seed, weights)
        return self.write(name, csv_text(names, rows)), rows

    def train(self, data, *options, code=DONE, target="y", name="run"):
        """Report and model of a run."""
        report, model = self.folder / f"{name}.json", self.folder / f"{name}.model"
        self.call("train", data, "--target", target, "--report", report, "--model", model, "--quiet", *options,
                  code=code)
        return read_json(report), model
