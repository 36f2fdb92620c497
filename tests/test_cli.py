"""The command-line trainer from outside: exit codes, files, numbers.

What the trainer saves is read and run by the reader of docs/model-format.md, a few dozen lines of Python that know
nothing of the library; objectives, errors and predictions are computed again from it. Optima of the gated program are
held to the brackets in tests/problems. CVXNN_TRAINER is the program (build/cvxnn); with CVXNN_TEST_LONG set, the slow
tables are tried as well.
"""
import csv
import json
import math
import os
import pathlib
import pty
import random
import re
import signal
import struct
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAINER = os.environ.get("CVXNN_TRAINER", str(ROOT / "build" / "cvxnn"))
PROBLEMS = ROOT / "tests" / "problems"
DIABETES = PROBLEMS / "diabetes" / "data.csv"
DONE, USAGE, INPUT, BUDGET, INTERRUPTED = 0, 2, 3, 4, 130
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


def read_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return rows[0], [[float(field) for field in row] for row in rows[1:]]


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

    def call(self, *arguments, text=None, code=DONE, **others):
        done = subprocess.run([TRAINER, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=300,
                              check=False, **others)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        self.assertEqual(done.stderr != "", code in (USAGE, INPUT), done.stderr)
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


class Words(Trainer):
    def test_version(self):
        header = (ROOT / "include" / "cvxnn.h").read_text()
        parts = re.findall(r"#define CVXNN_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header)
        self.assertEqual(self.call("--version").stdout, "cvxnn " + ".".join(parts) + "\n")

    def test_help(self):
        self.assertIn("cvxnn train", self.call("--help").stdout)
        pinned = (ROOT / "tests" / "pinned_numbers.txt").read_text()
        options = [name.replace("_", "-") for name in re.findall(r"(?m)^option .* (\w+)$", pinned)]
        self.assertGreater(len(options), 10)
        text = self.call("train", "--help").stdout
        for option in options + ["target", "weights", "gates", "holdout", "model", "report", "quiet"]:
            self.assertRegex(text, rf"(?m)^  --{option}( |$)")
        for command in ("predict", "info"):
            self.assertIn(f"cvxnn {command}", self.call(command, "--help").stdout)

    def test_wrong_use(self):
        data, _ = self.table()
        kept = [self.write(name, "kept") for name in ("kept.model", "kept.json")]
        good = ["train", data, "--target", "y", "--model", kept[0], "--report", kept[1]]
        wrong = [
            [], ["fly"], ["--fly"], ["certify", data], ["verify"], ["path", data],
            ["train"], ["train", data], ["train", data, "--target"], good + ["another.csv"], good + ["-q"],
            good + ["--fly"], good + ["--fly=1"], good + ["--quiet=1"], good + ["--model", "--quiet"],
            good + ["--method", "magic"], good + ["--loss", "magic"], good + ["--bias", "magic"],
            good + ["--method", "relu"], good + ["--method", "search"], good + ["--certificate", "c"],
            good + ["--beta", "0"], good + ["--beta", "-1"], good + ["--beta", "nan"], good + ["--beta", "inf"],
            good + ["--beta", "1x"], good + ["--beta="], good + ["--beta", " 1"],
            good + ["--beta", "1", "--beta-ratio", ".1"], good + ["--beta-ratio", "0"],
            good + ["--patterns", "0"], good + ["--patterns", "1.5"], good + ["--patterns", "99999999999999999999"],
            good + ["--seed", "-1"], good + ["--seed", "9223372036854775808"], good + ["--threads", "-1"],
            good + ["--tolerance", "2"], good + ["--max-seconds", "-1"], good + ["--max-iterations", "x"],
            good + ["--standardize=2"], good + ["--holdout", "0"], good + ["--holdout", "1"],
            good + ["--holdout", "nan"], good + ["--header", "maybe"],
            good + ["--target", "z"], good + ["--target", "y,y"], good + ["--target", "y,"],
            good + ["--target", "5"], good + ["--weights", "y"], good + ["--weights", "z"],
            good + ["--target", "x0,y"], good + ["--target", "x0,x1,x2,x3,y"],
            good + ["--model", data], good + ["--report", kept[0]], good + ["--gates", data, "--model", data],
            ["predict"], ["predict", data], ["predict", data, data, data], ["predict", kept[0], data, "--fly"],
            ["predict", kept[0], data, "--output", kept[0]], ["predict", kept[0], data, "--output", data],
            ["info"], ["info", data, data], ["info", data, "--seed", "1"],
        ]
        before = data.read_bytes()
        for arguments in wrong:
            with self.subTest(arguments=arguments):
                done = self.call(*arguments, code=USAGE)
                self.assertEqual((done.stdout, done.stderr.count("\n")), ("", 1))
                self.assertTrue(done.stderr.startswith("cvxnn: "))
        self.assertEqual([path.read_text() for path in kept], ["kept", "kept"])
        self.assertEqual(data.read_bytes(), before)
        self.assertEqual(len(list(self.folder.iterdir())), 3)
        for name in ("relu", "search"):
            self.assertIn("not in this version", self.call(*good, "--method", name, code=USAGE).stderr)

    def test_positions_count_from_one(self):
        _, rows = made_table(20, 3, 1)
        data = self.write("bare.csv", csv_text(None, rows))
        for target in ("0", "5", "-1", "1.0", "y", "", "4,5"):
            with self.subTest(target=target):
                self.call("train", data, f"--target={target}", code=USAGE)

    def test_summary_and_quiet(self):
        data, _ = self.table()
        text = self.call("train", data, "--target", "y").stdout
        for word in ("objective", "proved", "certified", "time", "gap"):
            self.assertIn(word, text)
        self.assertEqual(self.call("train", data, "--target", "y", "--quiet").stdout, "")


class Reports(Trainer):
    def check_keys(self, report, method):
        self.assertEqual([key for key in KEYS if key not in report], [])
        self.assertEqual(report["method"], method)
        present = [key for key in CONVEX_KEYS if report[key] is not None]
        self.assertEqual(present, [] if method == "gradient" else CONVEX_KEYS)
        for key in ("lower_bound", "certified_ratio"):
            self.assertEqual(report[key] is None, method == "gated", key)
        for key in ("patterns_added", "holdout_error"):
            self.assertIsNone(report[key])
        never_null = ["n", "d", "outputs", "objective", "beta", "neurons", "iterations", "seconds", "seed", "threads",
                      "status", "train_error", "blas", "version", "loss"]
        self.assertEqual([key for key in never_null if report[key] is None], [])

    def test_every_key(self):
        data, rows = self.table()
        for method in ("gated", "decompose", "gradient"):
            with self.subTest(method=method):
                options = ["--method", method, "--seed", "3", "--threads", "2", "--starts", "1"]
                report, model = self.train(data, *options)
                self.check_keys(report, method)
                self.assertEqual((report["n"], report["d"], report["outputs"]), (len(rows), 4, 1))
                self.assertEqual((report["seed"], report["threads"], report["status"]), (3, 2, 0))
                self.assertEqual((report["loss"], report["patterns_sampled"]), ("squared", 1000))
                self.assertAlmostEqual(report["beta"], 0.01 * report["beta_max"], delta=1e-15)
                self.assertEqual(READER["read_model"](model)["neurons"], report["neurons"])

    def test_values_fit_together(self):
        data, _ = self.table()
        report, _ = self.train(data)
        self.assertLessEqual(report["relative_gap"], 1e-6)
        self.assertAlmostEqual(1 - report["convex_dual"] / report["convex_objective"], report["relative_gap"], delta=1e-12)
        self.assertAlmostEqual(report["objective"] / report["lower_bound"], report["certified_ratio"], delta=1e-12)
        self.assertGreaterEqual(report["certified_ratio"], 1)
        gated, _ = self.train(data, "--method", "gated")
        self.assertEqual(gated["objective"], gated["convex_objective"])

    def test_nothing_known_is_null(self):
        """Targets of zero: zero is optimal, and nothing may become NaN."""
        _, rows = made_table(20, 3, 1)
        data = self.write("zero.csv", csv_text(["a", "b", "c", "y"], [row[:3] + [0.0] for row in rows]))
        report, model = self.train(data, "--beta", ".1")
        self.assertEqual((report["objective"], report["lower_bound"], report["certified_ratio"]), (0, 0, 1))
        self.assertEqual(READER["read_model"](model)["neurons"], 0)

    def test_library_options_by_name(self):
        data, _ = self.table()
        report, _ = self.train(data, "--bound", "0")
        self.assertIsNone(report["lower_bound"])
        report, _ = self.train(data, "--bound=1", "--patterns=50")
        self.assertEqual(report["patterns_sampled"], 50)
        self.assertIsNotNone(report["lower_bound"])
        report, _ = self.train(data, "--method", "gradient", "--width", "7", "--starts", "2", "--optimizer", "adam",
                               "--max-iterations", "20", code=BUDGET)
        self.assertLessEqual(report["neurons"], 7)

    def test_budget(self):
        for options in (["--method", "gated", "--max-iterations", "2"],
                        ["--method", "gradient", "--max-seconds", ".2", "--starts", "1000", "--width", "200"],
                        ["--max-iterations", "1"]):
            with self.subTest(options=options):
                report, model = self.train(DIABETES, *options, code=BUDGET)
                self.assertIn(report["status"], (1, 2))
                self.assertLess(report["seconds"], 30)
                self.assertEqual(READER["read_model"](model)["neurons"], report["neurons"])

    def test_known_optima(self):
        expected = json.loads((PROBLEMS / "expected.json").read_text())
        for name, problem in expected.items():
            for ratio, optimum in problem["optimum"].items():
                if (name, ratio) == ("digits0", "0.01") and "CVXNN_TEST_LONG" not in os.environ:
                    continue
                with self.subTest(problem=name, ratio=ratio):
                    report, _ = self.train(PROBLEMS / name / "data.csv", "--gates", PROBLEMS / name / "gates.csv",
                                           "--method", "gated", "--beta", optimum["beta"])
                    self.assertLessEqual(report["objective"], optimum["upper"] * (1 + 1e-6))
                    self.assertGreaterEqual(report["objective"], optimum["lower"] * (1 - 1e-6))
                    self.assertLessEqual(report["convex_dual"], optimum["upper"] * (1 + 1e-6))
                    self.assertAlmostEqual(report["beta_max"], problem["beta_max"], delta=1e-6 * problem["beta_max"])
                    self.assertEqual((report["n"], report["d"]), (problem["n"], problem["d"]))
                    self.assertEqual(report["patterns_sampled"], problem["patterns"])


class Models(Trainer):
    VARIANTS = [
        ["--method", "gated"], ["--method", "gated", "--bias", "penalized", "--standardize"],
        ["--method", "decompose", "--weights", "s"],
        ["--method", "decompose", "--bias", "penalized", "--standardize", "--weights", "s"],
        ["--method", "gradient", "--starts", "1", "--width", "20", "--bias", "penalized"],
    ]

    def test_objective_error_and_predictions_again(self):
        data, rows = self.table(n=70, weights=True)
        for options in self.VARIANTS:
            with self.subTest(options=options):
                weighted = "--weights" in options
                features = [row[:4] + ([] if weighted else row[5:]) for row in rows]
                targets, weights = [row[4] for row in rows], [row[5] for row in rows] if weighted else None
                report, path = self.train(data, *options)
                model = READER["read_model"](path)
                self.assertEqual(model["beta"], report["beta"])
                self.assertEqual(model["target_names"], ["y"])
                self.assertEqual(model["feature_names"], ["x0", "x1", "x2", "x3"] + ["s"] * (not weighted))
                error = mean_square(model, features, targets, weights)
                self.assertAlmostEqual(report["train_error"] / error, 1, delta=1e-12)
                objective = error / 2 + model["beta"] * penalty(model)
                self.assertAlmostEqual(report["objective"] / objective, 1, delta=1e-12)
                output = self.folder / "f.csv"
                self.call("predict", path, data, "--output", output)
                lines = output.read_text().splitlines()
                self.assertEqual(lines, self.call("predict", path, data).stdout.splitlines())
                for line, x in zip(lines, features, strict=True):
                    self.assertAlmostEqual(float(line), READER["predict"](model, x)[0], delta=1e-12)

    def test_columns_by_name_and_by_position(self):
        data, rows = self.table()
        _, model = self.train(data)
        wanted = self.call("predict", model, data).stdout
        mixed = self.write("mixed.csv", csv_text(["more", "x3", "x1", "x0", "x2"],
                                                 [[7.0, row[3], row[1], row[0], row[2]] for row in rows]))
        self.assertEqual(self.call("predict", model, mixed).stdout, wanted)
        bare = csv_text(None, [row[:4] for row in rows])
        self.assertEqual(self.call("predict", model, self.write("bare.csv", bare)).stdout, wanted)
        self.assertEqual(self.call("predict", model, "-", text=bare).stdout, wanted)
        missing = self.write("missing.csv", csv_text(["x0", "x1", "x2"], [row[:3] for row in rows]))
        self.assertIn("'x3'", self.call("predict", model, missing, code=INPUT).stderr)
        self.call("predict", model, self.write("wide.csv", csv_text(None, rows)), code=INPUT)

    def test_without_header(self):
        data, rows = self.table()
        bare = self.write("bare.csv", csv_text(None, [row[4:] + row[:4] for row in rows]))
        with_names, model = self.train(data, "--seed", "5")
        without, bare_model = self.train(bare, "--seed", "5", target="1", name="bare")
        self.assertEqual(with_names["objective"], without["objective"])
        first, second = READER["read_model"](model), READER["read_model"](bare_model)
        self.assertEqual(first["u"], second["u"])
        self.assertEqual((second["feature_names"], second["target_names"]), ([None] * 4, [None]))
        self.call("predict", bare_model, data, code=INPUT)  # five columns, and no names to tell which four
        self.call("predict", bare_model, self.write("four.csv", csv_text(None, [row[:4] for row in rows])))

    def test_same_seed_same_bits(self):
        for method in ("gated", "decompose", "gradient"):
            with self.subTest(method=method):
                options = ["--method", method, "--patterns", "200", "--starts", "2", "--max-iterations", "60",
                           "--beta-ratio", ".1"]
                files = []
                for run, extra in enumerate((["--threads", "1"], ["--threads", "2"], ["--threads", "2"],
                                             ["--threads", "2", "--seed", "1"])):
                    model = self.folder / f"{method}{run}"
                    done = subprocess.run([TRAINER, "train", DIABETES, "--target", "y", "--model", model, *options,
                                           *extra], capture_output=True, timeout=300, check=False)
                    self.assertIn(done.returncode, (DONE, BUDGET))
                    files.append(model.read_bytes())
                self.assertEqual(files[0], files[1])
                self.assertEqual(files[1], files[2])
                self.assertNotEqual(files[2], files[3])

    def test_holdout(self):
        data, rows = self.table(n=53)
        seen = set()
        for seed in (0, 0, 1):
            report, path = self.train(data, "--holdout", ".3", "--seed", seed)
            model = READER["read_model"](path)
            self.assertEqual((report["n"], report["holdout_rows"]), (37, 16))
            total = mean_square(model, [row[:4] for row in rows], [row[4] for row in rows])
            parts = (report["train_error"] * 37 + report["holdout_error"] * 16) / 53
            self.assertAlmostEqual(parts / total, 1, delta=1e-12)
            self.assertAlmostEqual(report["train_error"] / 2 + model["beta"] * penalty(model), report["objective"],
                                   delta=1e-12)
            seen.add(path.read_bytes())
        self.assertEqual(len(seen), 2)

    def test_info(self):
        data, _ = self.table()
        report, model = self.train(data, "--method", "gated", "--standardize")
        lines = dict(line.split(": ", 1) for line in self.call("info", model).stdout.splitlines())
        self.assertEqual((lines["kind"], lines["features"], lines["scaled"]), ("gated", "4", "1"))
        self.assertEqual((float(lines["beta"]), int(lines["neurons"])), (report["beta"], report["neurons"]))
        self.assertEqual((lines["feature 1"], lines["target 1"]), ("x0", "y"))

    def test_gates_from_a_file(self):
        """Gates e_j and -e_j: patterns that are counted by hand."""
        data, rows = self.table()
        gates = [[float(sign * (j == k)) for k in range(4)] for j in range(4) for sign in (1, -1)]
        report, model = self.train(data, "--method", "gated", "--gates", self.write("gates.csv", csv_text(None, gates)))
        patterns = {tuple(sum(g * x for g, x in zip(gate, row)) >= 0 for row in rows) for gate in gates}
        patterns.discard((False,) * len(rows))
        self.assertEqual((report["patterns_sampled"], report["patterns"]), (8, len(patterns)))
        for gate in READER["read_model"](model)["gates"]:
            self.assertIn(gate, gates)
        biased = self.write("biased.csv", csv_text(None, [gate + [0.5] for gate in gates]))
        self.train(data, "--method", "gated", "--gates", biased, "--bias", "penalized")
        for path, bias in ((biased, "none"), (self.folder / "gates.csv", "penalized")):
            self.call("train", data, "--target", "y", "--gates", path, "--bias", bias, code=INPUT)


# f(x) = x: what a table says reaches the network, and what it answers reaches the output, to the last bit.
IDENTITY = """cvxnn-model 1
kind relu
loss squared
beta 0x0p+0
bias none
features 1
outputs 1
neurons 2
scaled 0
feature
target
u 0x1p+0
a 0x1p+0
u -0x1p+0
a -0x1p+0
end
"""


class Tables(Trainer):
    def test_no_bit_is_lost(self):
        draw = random.Random(11)
        numbers = [0.1, 1 / 3, 5e-324, 2.2250738585072014e-308, -123456789.123456789, 2.0 ** 53 + 1, 8.98e307]
        while len(numbers) < 2000:
            value = struct.unpack("<d", struct.pack("<Q", draw.getrandbits(64)))[0]
            if abs(value) < 2.0 ** 1023:  # above, x + |x| overflows in the network
                numbers.append(value)
        model = self.write("identity", IDENTITY)
        for shape in (repr, float.hex, "{:.30e}".format, "  {!r}\t".format):
            data = self.write("numbers.csv", "".join(shape(value) + "\n" for value in numbers))
            for locale in ("C", "de_DE.UTF-8"):
                done = self.call("predict", model, data, env={**os.environ, "LC_ALL": locale})
                self.assertEqual([float(line) for line in done.stdout.splitlines()], numbers)

    def test_shapes_of_a_file(self):
        names, rows = made_table(30, 3, 2)
        plain = csv_text(names, rows)
        _, model = self.train(self.write("plain.csv", plain), "--patterns", "50")
        wanted = model.read_bytes()
        header, body = plain.split("\n", 1)
        shapes = {
            "crlf": plain.replace("\n", "\r\n"), "no last line end": plain[:-1], "blank lines at the end": plain + "\n \n",
            "byte order mark": "\ufeff" + plain, "blanks": plain.replace(",", " ,\t "),
            "quotes": ",".join(f' "{name}" ' for name in names) + "\n" + body,
            "long lines": plain.replace(",", "," + " " * 300000, 5),
        }
        for shape, text in shapes.items():
            with self.subTest(shape=shape):
                _, model = self.train(self.write("shape.csv", text), "--patterns", "50")
                self.assertEqual(model.read_bytes(), wanted)

    def test_names(self):
        _, rows = made_table(20, 2, 3)
        names = ['a "b", c', "größe", "y"]
        header = '"a ""b"", c",größe,y\n'
        _, model = self.train(self.write("names.csv", header + csv_text(None, rows)), "--patterns", "20")
        self.assertEqual(READER["read_model"](model)["feature_names"], names[:2])
        self.call("predict", model, self.folder / "names.csv")
        numbered = self.write("numbered.csv", "0,1,y\n" + csv_text(None, rows))
        self.call("train", numbered, "--target", "y", code=INPUT)
        _, model = self.train(numbered, "--header", "yes", "--patterns", "20")
        self.assertEqual(READER["read_model"](model)["feature_names"], ["0", "1"])
        self.call("train", numbered, "--target", "3", "--header", "no", code=INPUT)

    BAD = {
        "a,y\n1,2\n3\n": "line 3", "a,y\n1,2\n3,4,5\n": "line 3", "a,y\n1,2\n3,\n": "line 3, column 2",
        "a,y\n1,2\n,4\n": "line 3, column 1", "a,y\n1,nan\n": "line 2, column 2", "a,y\n-inf,1\n": "line 2, column 1",
        "a,y\n1e999,1\n": "line 2, column 1", "a,y\n1,2\nx,4\n": "line 3, column 1", "a,y\n1,2x\n": "line 2, column 2",
        "a,y\n1 2,3\n": "line 2, column 1", "a,y\n1,\"2\"\n": "quoted", "a,y\n1;2\n": "line 2", "a,y\n1,2\n\n3,4\n": "line 3",
        "a,y\n1,0x\n": "line 2, column 2", "a,y\n1,\v2\n": "line 2, column 2", "a,y\n1,2\r3\n": "line 2, column 2",
        "a,y\n1,--2\n": "line 2, column 2", "a,y\n1,1_000\n": "line 2, column 2", "a,y\n1,\x1b[31m\n": "'?[31m'",
        "1,2\n3,x\n": "line 2, column 2", "nan,1\n2,3\n": "line 1, column 1", "1,y\n2,3\n": "line 1",
        "1,,2\n": "line 1", "a,y\n": "no rows", "": "empty", "\n\n": "empty", "a,a\n1,2\n": "two columns",
        "a,,y\n1,2,3\n": "line 1, column 2", '"a,y\n1,2\n': "quote", '"a"b,y\n1,2\n': "quote",
        b"a\0,y\n1,2\n": "zero byte", b"a,y\n1,2\0\n": "zero byte", b"a\xff,y\n1,2\n": "UTF-8",
        b"a\x07,y\n1,2\n": "control", "a" * 1001 + ",y\n1,2\n": "",
    }

    def test_bad_tables(self):
        kept = [self.write(name, "kept") for name in ("kept.model", "kept.json")]
        for content, message in self.BAD.items():
            with self.subTest(content=content[:40]):
                data = self.write("bad.csv", content)
                done = self.call("train", data, "--target", "y", "--model", kept[0], "--report", kept[1], code=INPUT)
                self.assertEqual(done.stderr.count("\n"), 1)
                self.assertIn(message, done.stderr)
                self.assertNotIn("\x1b", done.stderr)
        self.assertEqual([path.read_text() for path in kept], ["kept", "kept"])
        self.assertEqual(len(list(self.folder.iterdir())), 3)

    def test_bad_weights(self):
        names, rows = made_table(10, 2, 1, weights=True)
        for value in (-1.0, 0.0):
            for row in rows:
                row[3] = value
            data = self.write("weights.csv", csv_text(names, rows))
            self.call("train", data, "--target", "y", "--weights", "s", code=INPUT)

    def test_missing_and_unwritable_files(self):
        data, _ = self.table()
        _, model = self.train(data)
        nowhere = self.folder / "nowhere" / "file"
        for arguments in (["train", nowhere, "--target", "y"], ["train", self.folder, "--target", "y"],
                          ["train", data, "--target", "y", "--gates", nowhere],
                          ["train", data, "--target", "y", "--model", nowhere],
                          ["train", data, "--target", "y", "--report", self.folder],
                          ["predict", nowhere, data], ["predict", model, nowhere], ["predict", self.folder, data],
                          ["predict", model, data, "--output", nowhere], ["info", nowhere], ["info", data]):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.call(*arguments, code=INPUT).stdout, "")
        if os.path.exists("/dev/full"):
            self.call("predict", model, data, "--output", "/dev/full", code=INPUT)
            self.call("train", data, "--target", "y", "--report", "/dev/full", code=INPUT)
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([TRAINER, "predict", model, data], stdout=full, stderr=subprocess.PIPE, timeout=60,
                                      check=False)
            self.assertEqual(done.returncode, INPUT)

    def test_bad_models(self):
        data, _ = self.table()
        _, model = self.train(data, "--patterns", "20")
        text = model.read_text()
        kept = self.write("kept", "kept")
        for bad in ("", text[:-1], text[:len(text) // 2], text + "end\n", text.replace("cvxnn-model 1", "cvxnn-model 2"),
                    text.replace("features 4", "features 999999999999999999"), text.replace("0x1", "nan", 1)):
            path = self.write("bad.model", bad)
            self.call("predict", path, data, "--output", kept, code=INPUT)
            self.call("info", path, code=INPUT)
        self.assertEqual(kept.read_text(), "kept")


class Signals(Trainer):
    LONG = ["--method", "gradient", "--starts", "1000000", "--width", "300", "--decrease", "0"]

    def start(self, *options, **others):
        self.report, self.model = self.folder / "run.json", self.folder / "run.model"
        process = subprocess.Popen(
            [TRAINER, "train", "-", "--target", "y", "--report", self.report, "--model", self.model, *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=others.get("stderr", subprocess.PIPE))
        self.addCleanup(process.kill)
        return process

    def finish(self, process):
        """What it printed, once it has ended by itself."""
        output, _ = process.communicate(timeout=60)
        return output.decode()

    def test_interrupted_solve_keeps_its_best(self):
        names, rows = made_table(3000, 4, 5)
        for method in (self.LONG, ["--method", "decompose", "--beta-ratio", "1e-5", "--tolerance", "0",
                                   "--patterns", "5000"]):
            with self.subTest(method=method):
                process = self.start(*method)
                process.stdin.write(csv_text(names, rows).encode())
                process.stdin.flush()
                process.stdin.close()
                process.stdin = None
                time.sleep(1.5)
                self.assertIsNone(process.poll())
                process.send_signal(signal.SIGINT)
                self.finish(process)
                self.assertEqual(process.returncode, INTERRUPTED)
                report, model = read_json(self.report), READER["read_model"](self.model)
                self.assertEqual(report["status"], STOPPED_CANCELLED)
                self.assertEqual(report["neurons"], model["neurons"])
                error = mean_square(model, [row[:4] for row in rows], [row[4] for row in rows])
                self.assertAlmostEqual(report["train_error"] / error, 1, delta=1e-12)

    def test_interrupted_reading_writes_nothing(self):
        process = self.start(*self.LONG)
        process.stdin.write(b"a,y\n1,2\n")
        process.stdin.flush()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        process.stdin.write(b"2,3\n")
        self.finish(process)
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertEqual(list(self.folder.iterdir()), [])

    def progress_of(self, *options):
        """What a terminal on standard error gets to see of a short run."""
        names, rows = made_table(200, 4, 5)
        ours, theirs = pty.openpty()
        process = self.start("--method", "gradient", "--max-seconds", ".7", "--starts", "1000000", *options, stderr=theirs)
        os.close(theirs)
        process.stdin.write(csv_text(names, rows).encode())
        process.stdin.close()
        seen = b""
        try:
            while chunk := os.read(ours, 65536):
                seen += chunk
        except OSError:  # the terminal's other side is closed
            pass
        os.close(ours)
        process.stdout.close()
        self.assertEqual(process.wait(60), BUDGET)
        return seen.decode()

    def test_progress_on_a_terminal(self):
        text = self.progress_of()
        self.assertIn("objective", text)
        self.assertIn("s left", text)
        self.assertTrue(text.endswith("\r\033[K"))
        self.assertEqual(self.progress_of("--quiet"), "")


class Demo(Trainer):
    def test_demo(self):
        done = subprocess.run([ROOT / "examples" / "demo.sh", TRAINER], capture_output=True, text=True, timeout=300,
                              check=True)
        rows = re.findall(r"^  (convex relaxation|gradient, 3 starts) +(\S+) +(\S+) +(\S+)", done.stdout, re.M)
        self.assertEqual(len(rows), 4)
        for _, objective, bound, ratio in rows:
            self.assertLessEqual(float(bound), float(objective))
            self.assertAlmostEqual(float(objective) / float(bound), float(ratio), delta=2e-4)


if __name__ == "__main__":
    unittest.main()
