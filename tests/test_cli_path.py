"""cvxnn path: its table, its report and the network it saves, against train and an independent reader of models."""
import math
import re
import signal
import subprocess
import time
import unittest

from cli import (BUDGET, DIABETES, DONE, INTERRUPTED, READER, TRAINER, USAGE, Trainer, mean_square, read_json)

QUICK = ["--patterns", "60", "--bound", "0", "--quiet"]


class Path(Trainer):
    def path(self, data, *options, code=DONE):
        report, model = self.folder / "path.json", self.folder / "path.model"
        self.call("path", data, "--target", "y", "--report", report, "--model", model, *QUICK, *options, code=code)
        return read_json(report), model

    def test_help_has_the_options_of_paths_and_no_others(self):
        text = self.call("path", "--help").stdout
        for option in ("points", "least-ratio", "folds", "holdout", "betas", "choose", "method", "report", "bias"):
            self.assertRegex(text, rf"(?m)^  --{option}( |$)")
        for option in ("beta", "beta-ratio", "order", "certificate", "target-ratio", "cells", "operations", "kinks"):
            self.assertNotRegex(text, rf"(?m)^  --{option}( |$)")
        self.assertNotRegex(self.call("train", "--help").stdout, r"(?m)^  --(points|folds)( |$)")

    def test_wrong_use(self):
        data, _ = self.table()
        good = ["path", data, "--target", "y"]
        for options in (["--folds", "2", "--holdout", ".2"], ["--choose", "best"], ["--betas", "1,2"],
                        ["--betas", "1,x"], ["--betas", ""], ["--betas", "1", "--points", "3"], ["--points", "1"],
                        ["--holdout", "1"], ["--least-ratio", "1"], ["--beta", "1"], ["--target", "y"]):
            with self.subTest(options=options):
                self.call(*good, *options, code=USAGE)
        self.call("path", data, code=USAGE)
        said = self.call(*good, "--folds", "1", code=USAGE).stderr
        self.assertEqual(said, "cvxnn: --folds 1: at least 2; --holdout holds out one part\n")
        said = self.call(*good, "--folds", "61", code=USAGE).stderr
        self.assertRegex(said, r"^cvxnn: --folds 61: \S+ has 60 rows, at most one part for each\n$")

    def test_points_are_those_of_train(self):
        """Each point of a gated path has the optimum that train finds at its beta."""
        data, rows = self.table()
        report, model = self.path(data, "--method", "gated", "--points", "4", "--least-ratio", ".01")
        points = report["points"]
        self.assertEqual((report["n"], report["d"], report["outputs"], report["folds"]), (len(rows), 4, 1, 0))
        self.assertEqual([report[key] for key in ("least", "simplest", "chosen")], [None, None, 3])
        for p, point in enumerate(points):
            beta = points[0]["beta_max"] * 0.01 ** (p / 3)
            self.assertAlmostEqual(point["beta"], beta, delta=1e-12 * beta)
            alone, _ = self.train(data, "--method", "gated", "--patterns", "60", "--beta", point["beta"])
            self.assertAlmostEqual(point["objective"], alone["objective"], delta=3e-6 * alone["objective"])
            self.assertAlmostEqual(point["train_error"], alone["train_error"], delta=3e-3 * alone["train_error"])
            self.assertNotIn("validation_error", point)
        self.assertEqual(READER["read_model"](model)["beta"], points[3]["beta"])

    def test_cross_validation(self):
        """The least mean is marked, the simplest is within a standard error, the model is trained on all rows."""
        data, rows = self.table(n=50, weights=True)
        for choice in ("least", "simplest"):
            report, model = self.path(data, "--folds", "4", "--points", "6", "--weights", "s", "--standardize",
                                      "--bias", "penalized", "--choose", choice)
            points = report["points"]
            errors = [point["validation_error"] for point in points]
            limit = min(errors) + points[errors.index(min(errors))]["standard_error"]
            self.assertEqual(report["least"], errors.index(min(errors)))
            self.assertEqual(report["simplest"], [error <= limit for error in errors].index(True))
            self.assertEqual(report["chosen"], report[choice])
            for point in points:
                self.assertEqual(len(point["fold_errors"]), 4)
                self.assertTrue(min(point["fold_errors"]) <= point["validation_error"] <= max(point["fold_errors"]))
            saved, chosen = READER["read_model"](model), points[report["chosen"]]
            error = mean_square(saved, [row[:4] for row in rows], [row[4] for row in rows], [row[5] for row in rows])
            self.assertAlmostEqual(error, chosen["train_error"], delta=1e-10 * error)
            self.assertEqual((saved["beta"], saved["neurons"]), (chosen["beta"], chosen["neurons"]))

    def test_given_grid_and_holdout(self):
        data, _ = self.table()
        report, _ = self.path(data, "--betas", ".5,.05,.005", "--holdout", ".25", "--method", "search")
        self.assertEqual([point["beta"] for point in report["points"]], [0.5, 0.05, 0.005])
        self.assertEqual(report["folds"], 1)
        self.assertTrue(all(point["fold_errors"] == [point["validation_error"]] for point in report["points"]))
        self.assertTrue(all(point["relative_gap"] <= 2e-6 for point in report["points"]))

    def test_table(self):
        data, _ = self.table()
        options = ["path", data, "--target", "y", "--points", "5", "--patterns", "60"]
        text = self.call(*options, "--folds", "3").stdout
        lines = text.splitlines()
        head = next(k for k, line in enumerate(lines) if line.startswith("  beta/max"))
        self.assertEqual(lines[head].split()[:6], "beta/max beta objective gap ratio neurons".split())
        self.assertTrue(lines[head].endswith("CV error  std. error"), lines[head])
        self.assertEqual(sum(line.endswith("least") or "  least  " in line for line in lines[head + 1:head + 6]), 1)
        ratios = [float(line.split()[0]) for line in lines[head + 1:head + 6]]
        for p, ratio in enumerate(ratios):
            self.assertTrue(math.isclose(ratio, 0.001 ** (p / 4), rel_tol=1e-3))
        bare = self.call(*options, "--bound", "0").stdout
        self.assertNotIn("ratio", re.sub(r"(?s).*(  beta/max[^\n]*).*", r"\1", bare))
        self.assertNotIn("CV error", bare)
        self.assertEqual(self.call(*options, "--quiet").stdout, "")

    def test_budget(self):
        """A path that runs out of time keeps its points, and the network of the last of them."""
        report, model = self.path(DIABETES, "--points", "3000", "--max-seconds", ".5", code=BUDGET)
        self.assertTrue(0 < len(report["points"]) < 3000)
        self.assertEqual((report["status"], report["chosen"]), (2, len(report["points"]) - 1))
        self.assertEqual(READER["read_model"](model)["neurons"], report["points"][-1]["neurons"])

    def test_interrupt(self):
        report = self.folder / "path.json"
        process = subprocess.Popen([TRAINER, "path", str(DIABETES), "--target", "y", "--points", "3000", "--report",
                                    str(report), *QUICK])
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), INTERRUPTED)
        self.assertEqual(read_json(report)["status"], 3)


if __name__ == "__main__":
    unittest.main()
