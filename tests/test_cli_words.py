"""What the command-line trainer says: its help, its messages, and what it does when there is little to say."""
import re
import unittest
from fractions import Fraction

from cli import BUDGET, INPUT, USAGE, Trainer, csv_text, made_table, read_json


class Budgets(Trainer):
    def test_no_time_for_beta(self):
        """Where beta is not known there is no certificate, but there is a model and a report."""
        data, _ = self.table()
        model, report, certificate = (self.folder / name for name in ("m", "r", "c"))
        options = ["train", data, "--target", "y", "--max-seconds", "1e-9", "--model", model, "--report", report,
                   "--certificate", certificate]
        said = self.call(*options, code=BUDGET).stdout
        self.assertIn("certificate none: the solve ended before beta was known", said)
        self.assertNotIn("nan", said)
        self.assertNotIn("beta  ", said)
        self.assertIn("neurons: 0\n", self.call("info", model).stdout)
        self.assertIsNone(read_json(report)["beta"])
        self.assertIsNone(read_json(report)["certificate_seconds"])
        self.assertFalse(certificate.exists())
        said = self.call(*options, "--beta", "2", code=BUDGET).stdout
        self.assertRegex(said, r"(?m)^beta +2$")
        self.assertIn("it proves no bound above 0", said)
        self.assertIn("\nproved      nothing: no bound above 0 was found (the time budget ran out)\n", said)
        self.assertNotIn("below", said)
        self.assertEqual(read_json(report)["beta"], 2)
        said = self.call("verify", certificate, model, data, "--target", "y").stdout
        self.assertRegex(said, r"^proved nothing: no bound above 0 was found, the network has an objective of \S+ \(")
        said = self.call("certify", model, data, "--target", "y", "--max-seconds", "1e-9", code=BUDGET).stdout
        self.assertRegex(said, r"^proved nothing: no bound above 0 was found \(the time budget ran out\), the network")

    def test_a_proof_that_fails_leaves_the_network(self):
        names, rows = made_table(20, 15, 1)
        data, model, report = self.write("wide.csv", csv_text(names, rows)), self.folder / "m", self.folder / "r"
        certificate = self.folder / "c"
        done = self.call("train", data, "--target", "y", "--patterns", "20", "--model", model, "--report", report,
                         "--certificate", certificate, "--order", "6", code=USAGE)
        self.assertIn("order 6", done.stderr)
        self.assertGreater(read_json(report)["neurons"], 0)
        self.call("predict", model, data, "--quiet")
        self.assertFalse(certificate.exists())

    def test_the_proof_has_its_own_time(self):
        data, _ = self.table(20, 2)
        report = self.folder / "r"
        said = self.call("train", data, "--target", "y", "--certificate", self.folder / "c", "--order", "1", "--report",
                         report).stdout
        self.assertRegex(said, r"(?m)^time +\S+ s, .*\nproof +\S+ s$")
        self.assertGreater(read_json(report)["certificate_seconds"], 0)


class Sides(Trainer):
    def test_which_side_limits(self):
        """A rough search is gone on with where the proof shows what it lacks; certify changes no model."""
        data, _ = self.table(40, 4)
        rough, report = ["--beta", "0.005", "--tolerance", "1"], self.folder / "r"
        plain, _ = self.train(data, *rough)
        both, model = self.train(data, *rough, "--certificate", self.folder / "c")
        self.assertLess(both["objective"], plain["objective"])
        self.assertLessEqual(both["lower_bound"], both["optimum_estimate"])
        self.assertIn(both["limit"], ("none", "bound", "network"))
        self.assertIsNone(plain["limit"])
        before = model.read_bytes()
        said = self.call("certify", model, data, "--target", "y", "--order", "1", "--report", report).stdout
        told = read_json(report)
        self.assertEqual(model.read_bytes(), before)
        self.assertEqual(told["limit"], "bound")
        self.assertLess(told["objective"] - told["optimum_estimate"], told["optimum_estimate"] - told["lower_bound"])
        self.assertGreater(told["directions"], 1)
        self.assertIn(f"\nwhat limits: the bound: {told['directions']} neurons were found that would lower the network's objective; "
                      "unless a neuron was overlooked, no network has an objective below ", said)
        self.assertRegex(said, r"\nwhat next: --order 2 or larger --operations can tighten the bound")
        said = self.call("certify", model, data, "--order", "1", "--target-ratio", "1000").stdout
        self.assertRegex(said, r"\nwhat limits: ")
        self.assertNotIn("what next", said)

    def test_what_next(self):
        """train says it as certify does; of the quick bound it knows which side limits after a search."""
        data, _ = self.table(60, 8)
        words = ["train", data, "--target", "y", "--beta", "1", "--patterns", "50"]
        report = self.folder / "r"
        said = self.call(*words, "--report", report).stdout
        told = read_json(report)
        self.assertGreater(told["convex_dual"] - told["lower_bound"], told["objective"] - told["convex_dual"])
        self.assertRegex(said, r"\nlimit +the bound: .*\nnext +cvxnn certify, or --certificate here, ")
        said = self.call(*words, "--max-seconds", "1e-9", code=BUDGET).stdout
        self.assertRegex(said, r"\nlimit +the network: .*\nnext +train by --method search, .* larger budgets\n")
        said = self.call(*words, "--method", "decompose").stdout
        self.assertRegex(said, r"\ncertified .*\nnext +cvxnn certify")
        said = self.call(*words, "--certificate", self.folder / "c", "--order", "1").stdout
        self.assertRegex(said, r"\nlimit +the bound: no neuron was found .*\nnext +--order 2 or larger --operations can tighten the bound")
        data, _ = self.table(20, 2)
        _, model = self.train(data, "--patterns", "20")
        for order, order_too in (("5", "--order 6 or "), ("6", "")):
            said = self.call("certify", model, data, "--target", "y", "--order", order, "--max-iterations", "5").stdout
            self.assertIn(f"\nwhat next: {order_too}larger --operations can tighten the bound", said)
        said = self.call("train", data, "--target", "y", "--beta-ratio", "2").stdout
        self.assertNotRegex(said, r"\n(limit|next) ")


class Proved(Trainer):
    def test_what_is_printed_follows_from_itself(self):
        """The per cent are those of the two numbers beside them, which are rounded to the safe side."""
        data, _ = self.table(20, 2)
        report, model = self.train(data, "--beta", "0.5", "--tolerance", "1e-8")
        certificate, verified = self.folder / "c", self.folder / "v"
        words = [data, "--target", "y"]
        for call in (["certify", model, *words, "--output", certificate], ["verify", certificate, model, *words]):
            said = self.call(*call, "--report", verified).stdout
            number = r"([0-9.]+(?:e-\d+)?)"
            found = re.search(rf"within {number} % of .* objective of {number} and none has one below {number} \(", said)
            percent, objective, bound = map(Fraction, found.groups())
            report = read_json(verified)
            self.assertTrue(report["objective"] <= float(objective) <= report["objective"] * (1 + 2e-9), said)
            self.assertTrue(report["lower_bound"] * (1 - 2e-9) <= float(bound) <= report["lower_bound"], said)
            least = 100 * (objective / bound - 1)
            self.assertTrue(least * (1 - Fraction(1, 10 ** 6)) <= percent <= least * Fraction(11, 10) + Fraction(2, 10 ** 7), said)
        said = self.call("train", *words, "--beta", "0.5", "--report", verified).stdout
        report = read_json(verified)
        bound = float(re.search(r"below (\S+)\n", said).group(1))
        self.assertTrue(report["lower_bound"] * (1 - 2e-9) <= bound <= report["lower_bound"], said)


class Targets(Trainer):
    def test_the_target_of_the_model(self):
        """Without --target it is the column that the model names; another column is refused."""
        data, rows = self.table(20, 2)
        _, model = self.train(data, "--patterns", "20")
        certificate, report = self.folder / "c", self.folder / "r"
        quick = ["--order", "1", "--max-iterations", "5", "--report", report]
        self.call("certify", model, data, *quick, "--output", certificate)
        without = read_json(report)
        self.call("certify", model, data, "--target", "y", *quick)
        self.assertEqual([without[key] for key in ("objective", "lower_bound")],
                         [read_json(report)[key] for key in ("objective", "lower_bound")])
        self.call("verify", certificate, model, data)
        two = self.write("two.csv", csv_text(["x0", "x1", "y", "z"], [row + row[2:] for row in rows]))
        self.call("verify", certificate, model, two)
        for words in (["certify", model], ["verify", certificate, model]):
            said = self.call(*words, two, "--target", "z", code=USAGE).stderr
            self.assertEqual(said, "cvxnn: --target z: the model predicts 'y'\n")
        bare = self.write("bare.csv", csv_text(None, rows))
        self.assertIn("no header", self.call("certify", model, bare, code=USAGE).stderr)
        self.call("verify", certificate, model, bare, "--target", "3")
        _, nameless = self.train(bare, "--patterns", "20", target="3", name="bare")
        said = self.call("certify", nameless, data, code=USAGE).stderr
        self.assertEqual(said, "cvxnn: certify needs --target: the model has no name for its target\n")
        self.call("certify", nameless, data, "--target", "y", *quick)


class Words(Trainer):
    def test_twice(self):
        data, _ = self.table()
        for option, value in (("target", "y"), ("seed", "1"), ("quiet", None), ("beta", "1")):
            words = [f"--{option}"] + [value] * (value is not None)
            done = self.call("train", data, *words, *words, code=USAGE)
            self.assertEqual(done.stderr, f"cvxnn: --{option} given twice\n")

    def test_a_table_without_header_is_called_so(self):
        """A header of numbers is a row unless --header yes says what it is."""
        text = "1,2\n1,1\n2,2\n3,3\n"
        said = self.call("train", "-", "--target", "2", text=text).stdout
        self.assertRegex(said, r"(?m)^data +4 rows, 1 features, no header$")
        said = self.call("train", "-", "--target", "2", "--header", "yes", text=text).stdout
        self.assertRegex(said, r"(?m)^data +3 rows, 1 features$")

    def test_one_is_not_many(self):
        data = self.write("line.csv", "x,y\n1,1\n2,2\n3,3\n")
        said = self.call("train", data, "--target", "y", "--threads", "1").stdout
        self.assertRegex(said, r"(?m), 1 neuron$")
        self.assertRegex(said, r"(?m), 1 thread$")
        self.assertRegex(said, r"(?m)^error +training error \S+ \(mean squared\)$")

    def test_help_is_true_of_the_command(self):
        texts = {name: self.call(name, "--help").stdout for name in ("train", "certify", "verify", "path")}
        for name, text in texts.items():
            if name != "path":
                self.assertRegex(text, r"--beta X\n      weight decay.*, above 0; without it, (?!.*\[0\])")
            self.assertNotIn("0 means", text, name)
            self.assertNotIn("0: none", text, name)
            self.assertRegex(text, r"--max-seconds X\n      wall-clock budget.*; 0: no limit", name)
            if name in ("certify", "verify"):
                self.assertNotIn("one solve", text)
                self.assertNotIn("convex programs", text)
        self.assertIn("[1.000001]", texts["train"])
        self.assertIn("[0.01]", texts["train"])
        self.assertRegex(texts["train"], r"\n +relu +the ReLU program")
        self.assertIn("--cells", texts["certify"])
        for option in ("order", "target-ratio", "cells", "kinks"):
            self.assertRegex(texts["train"], rf"--{option} \S+\n +needs --certificate")

    def test_options_of_a_proof_need_one(self):
        data, _ = self.table()
        for option, value in (("order", "1"), ("target-ratio", "1.5"), ("cells", "10"), ("kinks", "joint")):
            said = self.call("train", data, "--target", "y", f"--{option}", value, code=USAGE).stderr
            self.assertEqual(said, f"cvxnn: --{option} needs --certificate\n")

    def test_switches(self):
        data, _ = self.table()
        said = self.call("train", data, "--target", "y", "--bound", "2", code=USAGE).stderr
        self.assertIn("--bound takes 0 or 1, and '2' follows it", said)
        said = self.call("train", "--target", "y", "--standardize", "maybe", data, code=USAGE).stderr
        self.assertIn("--standardize takes 0 or 1, and 'maybe' follows it", said)
        self.call("train", "--target", "y", "--patterns", "20", "--standardize", data)

    def test_files_of_the_other_kind(self):
        data, _ = self.table(20, 2)
        model, certificate = self.folder / "net.cvxnn", self.folder / "net.cert"
        self.call("train", data, "--target", "y", "--model", model, "--certificate", certificate, "--order", "1")
        self.assertIn("file: certificate", self.call("info", certificate).stdout)
        for words in (["predict", certificate, data], ["certify", certificate, data, "--target", "y"],
                      ["verify", model, certificate, data, "--target", "y"]):
            said = self.call(*words, code=INPUT).stderr
            self.assertRegex(said, r"^cvxnn: .*/net\.cert: line 1: expected .*; this is a certificate, not a model\n$")
        said = self.call("verify", model, model, data, "--target", "y", code=INPUT).stderr
        self.assertRegex(said, r"/net\.cvxnn: line 1: expected .*; this is a model, not a certificate\n$")
        self.assertRegex(self.call("info", data, code=INPUT).stderr, r"/data\.csv: line 1: expected [^;]*\n$")
        self.assertEqual(self.call("info", self.folder / "none", code=INPUT).stderr.count("none"), 1)

    def test_what_a_table_is_called(self):
        _, rows = made_table(20, 2, 1)
        text = csv_text(["a", "b\x1b", "y"], rows)
        said = self.call("train", "-", "--target", "3", text=text, code=USAGE).stderr
        self.assertEqual(said, "cvxnn: --target: standard input has no column named '3', and columns go by name where there "
                         "is a header, which has a, b?, y\n")
        many = [f"column{j}" for j in range(100)]
        said = self.call("train", "-", "--target", "z", text=csv_text(many, [[1.0] * 100]), code=USAGE).stderr
        self.assertRegex(said, r"has column0, column1, .*, \.\.\.\n$")
        self.assertLess(len(said), 400)
        said = self.call("train", "-", "--target", "z", text="x" * 500 + ",y\n1,1\n", code=USAGE).stderr
        self.assertTrue(said.endswith("; its header has ...\n"))
        for separator in ";\t|":
            said = self.call("train", "-", "--target", "y", text=text.replace(",", separator), code=INPUT).stderr
            self.assertIn("is not a number; is the separator a comma?", said)
        said = self.call("train", "-", "--target", "y", text="x,y\n1,two\n", code=INPUT).stderr
        self.assertEqual(said, "cvxnn: standard input, line 2, column 2: 'two' is not a number: code it as numbers or leave the "
                         "column out (train --ignore)\n")

    def test_a_ratio_not_reached(self):
        data, _ = self.table(20, 2)
        _, model = self.train(data, "--patterns", "20")
        words = ["certify", model, data, "--target", "y", "--order", "1", "--target-ratio"]
        self.assertIn("\nthe target ratio of 1 was not reached\n", self.call(*words, "1", code=BUDGET).stdout)
        self.assertNotIn("not reached", self.call(*words, "1e9").stdout)
        said = self.call(*words, "1", "--max-seconds", "1e-9", code=BUDGET).stdout
        self.assertIn("\nstopped: the time budget ran out", said)
        said = self.call("certify", model, data, "--target", "y", "--order", "8", code=USAGE).stderr
        self.assertIn("order 8", said)


if __name__ == "__main__":
    unittest.main()
