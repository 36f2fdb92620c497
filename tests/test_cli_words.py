"""What the command-line trainer says: its help, its messages, and what it does when there is little to say."""
import unittest

from cli import BUDGET, USAGE, Trainer, csv_text, made_table, read_json


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
        self.assertEqual(read_json(report)["beta"], 2)
        self.call("verify", certificate, model, data, "--target", "y")

    def test_a_proof_that_fails_leaves_the_network(self):
        names, rows = made_table(20, 12, 1)
        data, model, report = self.write("wide.csv", csv_text(names, rows)), self.folder / "m", self.folder / "r"
        certificate = self.folder / "c"
        done = self.call("train", data, "--target", "y", "--patterns", "20", "--model", model, "--report", report,
                         "--certificate", certificate, "--order", "10", code=USAGE)
        self.assertIn("order 10", done.stderr)
        self.assertGreater(read_json(report)["neurons"], 0)
        self.call("predict", model, data)
        self.assertFalse(certificate.exists())

    def test_the_proof_has_its_own_time(self):
        data, _ = self.table(20, 2)
        report = self.folder / "r"
        said = self.call("train", data, "--target", "y", "--certificate", self.folder / "c", "--order", "1", "--report",
                         report).stdout
        self.assertRegex(said, r"(?m)^time +\S+ s, .*\nproof +\S+ s$")
        self.assertGreater(read_json(report)["certificate_seconds"], 0)


class Words(Trainer):
    def test_twice(self):
        data, _ = self.table()
        for option, value in (("target", "y"), ("seed", "1"), ("quiet", None), ("beta", "1")):
            words = [f"--{option}"] + [value] * (value is not None)
            done = self.call("train", data, *words, *words, code=USAGE)
            self.assertEqual(done.stderr, f"cvxnn: --{option} given twice\n")

    def test_one_is_not_many(self):
        data = self.write("line.csv", "x,y\n1,1\n2,2\n3,3\n")
        said = self.call("train", data, "--target", "y", "--threads", "1").stdout
        self.assertRegex(said, r"(?m), 1 neuron$")
        self.assertRegex(said, r"(?m), 1 thread$")
        self.assertRegex(said, r"(?m)^error +training error \S+ \(mean squared\)$")


if __name__ == "__main__":
    unittest.main()
