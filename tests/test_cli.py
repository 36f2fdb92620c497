"""The command-line trainer from outside: exit codes, reports, numbers, signals.

Objectives, errors and predictions are computed again from the saved model by an independent reader (cli.py); optima of
the gated program are held to the brackets in tests/problems.
"""
import json
import os
import pty
import re
import signal
import subprocess
import time
import unittest

from cli import (BUDGET, CONVEX_KEYS, DIABETES, DONE, INPUT, INTERRUPTED, KEYS, PROBLEMS, READER, ROOT,
                 STOPPED_CANCELLED, TRAINER, USAGE, Trainer, csv_text, made_table, mean_square, penalty, read_json)


class Words(Trainer):
    def test_version(self):
        header = (ROOT / "include" / "cvxnn.h").read_text()
        parts = re.findall(r"#define CVXNN_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header)
        self.assertEqual(self.call("--version").stdout, "cvxnn " + ".".join(parts) + "\n")

    def test_help(self):
        self.assertIn("cvxnn train", self.call("--help").stdout)
        pinned = (ROOT / "tests" / "pinned_numbers.txt").read_text()
        options = [name.replace("_", "-") for name in re.findall(r"(?m)^option \w+ \d+ (?!PATH).* (\w+)$", pinned)]
        self.assertGreater(len(options), 10)
        text = self.call("train", "--help").stdout
        for option in options + ["target", "weights", "gates", "holdout", "model", "report", "quiet"]:
            self.assertRegex(text, rf"(?m)^  --{option}( |$)")
        for command in ("path", "predict", "certify", "verify", "info"):
            self.assertIn(f"cvxnn {command}", self.call(command, "--help").stdout)

    def test_wrong_use(self):
        data, _ = self.table()
        kept = [self.write(name, "kept") for name in ("kept.model", "kept.json")]
        no_target = ["train", data, "--model", kept[0], "--report", kept[1]]
        bare = ["train", data, "--target", "y"]
        good = bare + ["--model", kept[0], "--report", kept[1]]
        wrong = [
            [], ["fly"], ["--fly"], ["certify", data], ["verify"], ["path", data],
            ["train"], ["train", data], ["train", data, "--target"], good + ["another.csv"], good + ["-q"],
            good + ["--fly"], good + ["--fly=1"], good + ["--quiet=1"], bare + ["--model", "--quiet"],
            good + ["--method", "magic"], good + ["--loss", "magic"], good + ["--bias", "magic"],
            good + ["--certificate", "c", "--holdout", ".5"],
            good + ["--beta", "0"], good + ["--beta", "-1"], good + ["--beta", "nan"], good + ["--beta", "inf"],
            good + ["--beta", "1x"], good + ["--beta="], good + ["--beta", " 1"],
            good + ["--beta", "1", "--beta-ratio", ".1"], good + ["--beta-ratio", "0"],
            good + ["--patterns", "0"], good + ["--patterns", "1.5"], good + ["--patterns", "99999999999999999999"],
            good + ["--seed", "-1"], good + ["--seed", "9223372036854775808"], good + ["--threads", "-1"],
            good + ["--tolerance", "2"], good + ["--max-seconds", "-1"], good + ["--max-iterations", "x"],
            good + ["--standardize=2"], good + ["--holdout", "0"], good + ["--holdout", "1"],
            good + ["--holdout", "nan"], good + ["--header", "maybe"], good + ["--cone-rounds", "101"],
            good + ["--prefer", "magic"], good + ["--prefer", "holdout"],
            good + ["--prefer", "neurons", "--method", "gated"],
            no_target + ["--target", "z"], no_target + ["--target", "y,y"], no_target + ["--target", "y,"],
            no_target + ["--target", "5"], good + ["--weights", "y"], good + ["--weights", "z"],
            no_target + ["--target", "x0,y"], no_target + ["--target", "x0,x1,x2,x3,y"],
            bare + ["--model", data], bare + ["--model", kept[0], "--report", kept[0]],
            bare + ["--gates", data, "--model", data],
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
        gap = 1 - report["convex_dual"] / report["convex_objective"]
        self.assertAlmostEqual(gap, report["relative_gap"], delta=1e-12)
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
                self.call("predict", path, data, "--output", output, told=True)
                lines = output.read_text().splitlines()
                self.assertEqual(lines, self.call("predict", path, data, "--quiet").stdout.splitlines())
                for line, x in zip(lines, features, strict=True):
                    self.assertAlmostEqual(float(line), READER["predict"](model, x)[0], delta=1e-12)

    def test_columns_by_name_and_by_position(self):
        data, rows = self.table()
        _, model = self.train(data)
        done = self.call("predict", model, data, told=True)
        wanted = done.stdout
        self.assertEqual(done.stderr, "cvxnn: columns that the model does not take, ignored: y\n")
        mixed = self.write("mixed.csv", csv_text(["more", "x3", "x1", "m\x1b", "x0", "x2"],
                                                 [[7.0, row[3], row[1], 8.0, row[0], row[2]] for row in rows]))
        done = self.call("predict", model, mixed, told=True)
        self.assertEqual(done.stdout, wanted)
        self.assertEqual(done.stderr, "cvxnn: columns that the model does not take, ignored: more, m?\n")
        self.assertEqual(self.call("predict", model, mixed, "--quiet").stdout, wanted)
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

    def test_prefer(self):
        """On the rows (+-1, +-1) with targets 1 the optimal networks are known: any a >= 0 on |x0| and b >= 0 on |x1|
        with a + b = 1 - 2 beta, objective 2 beta (1 - beta). At (1, 0) they say a."""
        beta, wanted, names = 0.05, 0.3, ["x0", "x1", "y"]
        least = 2 * beta * (1 - beta)
        square = [[a, b, 1.0] for a in (-1.0, 1.0) for b in (-1.0, 1.0)]

        def answers(path, *rows):
            model = READER["read_model"](path)
            return model, [READER["predict"](model, row)[0] for row in rows]

        data = self.write("square.csv", csv_text(names, square))
        for kind in ("neurons", "features"):
            report, path = self.train(data, "--beta", beta, "--prefer", kind)
            model, (on_x0, on_x1) = answers(path, [1.0, 0.0], [0.0, 1.0])
            self.assertAlmostEqual(report["objective"], least, delta=1e-9)
            self.assertAlmostEqual(on_x0 + on_x1, 1 - 2 * beta, delta=1e-9)
            self.assertEqual(report["neurons"], len(model["u"]))
            if kind == "features":
                used = [any(u[e] != 0 for u in model["u"]) for e in range(2)]
                self.assertEqual(sorted(used), [False, True])
        data, moved = self.write("five.csv", csv_text(names, square + [[1.0, 0.0, wanted]])), 0
        for seed in range(12):  # some of which hold the fifth row out
            options = ["--beta", beta, "--holdout", ".2", "--seed", seed]
            plain, _ = self.train(data, *options)
            report, path = self.train(data, *options, "--prefer", "holdout")
            self.assertAlmostEqual(report["objective"], plain["objective"], delta=1e-9)
            self.assertLessEqual(report["holdout_error"], plain["holdout_error"] + 1e-12)
            if abs(report["objective"] - least) < 1e-9:
                self.assertAlmostEqual(answers(path, [1.0, 0.0])[1][0], wanted, delta=1e-6)
                moved += 1
        self.assertGreater(moved, 0)

    def test_holdout(self):
        """With gates from a file the seed decides nothing but the rows that are kept back."""
        data, rows = self.table(n=53)
        gates = self.write("gates.csv", csv_text(None, [[1.0, -1.0, 0.5, 0.25], [-1.0, 1.0, -0.5, 1.0]]))
        seen = set()
        for seed in (0, 0, 1):
            report, path = self.train(data, "--holdout", ".3", "--seed", seed, "--gates", gates)
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
        try:
            ours, theirs = pty.openpty()
        except OSError as error:  # a container without /dev/pts
            self.skipTest(f"no terminal to be had: {error}")
        process = self.start("--method", "gradient", "--max-seconds", ".7", "--starts", "1000000", *options,
                             stderr=theirs)
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
        rows = re.findall(r"^  (convex search|gradient, 3 starts) +(\S+) +(\S+) +(\S+)", done.stdout, re.M)
        self.assertEqual(len(rows), 4)
        for _, objective, bound, ratio in rows:
            self.assertLessEqual(float(bound), float(objective))
            self.assertAlmostEqual(float(objective) / float(bound), float(ratio), delta=2e-4)


if __name__ == "__main__":
    unittest.main()
