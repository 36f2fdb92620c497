"""The bench prints one line of JSON with the keys that its table promises, on data that only the seed decides, and
refuses what it cannot measure in words."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCH = os.environ.get("CVXNN_BENCH", str(ROOT / "build" / "bench"))
DONE, FAILED, USAGE = 0, 1, 2

COMMON = "n d beta beta_max seed threads blas blas_threads version".split()
KEYS = {
    "masked": "seconds dgemm_seconds speedup_vs_dgemm adjoint_seconds adjoint_ratio "
              "float_seconds float_speedup float_adjoint_seconds",
    "gated": "seconds dense_passes relative_gap objective active iterations peak_bytes",
    "path": "seconds dense_passes seconds_alone times_alone largest_gap points least_ratio",
    "certificate": "objective lower_bound certified_ratio seconds verify_seconds",
    "relu": "objective lbfgs_best seconds lbfgs_seconds violation fresh_violation neurons neurons_before_pruning",
}
SMALL = {
    "masked": "--n 50 --d 3 --patterns 40",
    "gated": "--n 40 --d 3 --patterns 20 --beta-ratio 0.1",
    "path": "--n 40 --d 3 --patterns 20 --points 4 --least-ratio 0.1",
    "certificate": "--n 20 --d 2 --patterns 20 --beta-ratio 0.1",
    "relu": "--n 20 --d 2 --patterns 20 --beta-ratio 0.1 --starts 2 --fresh-starts 10",
}


def bench(*words):
    return subprocess.run([BENCH, *words], capture_output=True, text=True, timeout=300, check=False)


class Bench(unittest.TestCase):
    def line(self, subcommand, *more):
        done = bench(subcommand, *SMALL[subcommand].split(), *more)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual(done.stdout.count("\n"), 1)
        return json.loads(done.stdout)

    def test_every_key_is_there(self):
        for subcommand, keys in KEYS.items():
            with self.subTest(subcommand):
                line = self.line(subcommand)
                self.assertLessEqual(set(keys.split() + COMMON), set(line))
                self.assertGreater(line["seconds"], 0)
                self.assertEqual(line["blas_threads"], 1)

    def test_the_same_seed_is_the_same_problem(self):
        first, again, other = (self.line("gated", *more) for more in ([], ["--threads", "2"], ["--seed", "2"]))
        for key in "objective", "beta", "relative_gap", "active":
            self.assertEqual(first[key], again[key], key)
        self.assertEqual((first["seed"], other["seed"], again["threads"]), (1, 2, 2))
        self.assertNotEqual(first["objective"], other["objective"])

    def test_a_trace_ends_at_the_gap_of_the_line(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "trace.jsonl"
            line = self.line("gated", "--trace", str(file))
            trace = [json.loads(row) for row in file.read_text().splitlines()]
        self.assertGreater(len(trace), 1)
        self.assertGreater(trace[0]["relative_gap"], trace[-1]["relative_gap"])
        self.assertLessEqual(line["relative_gap"], trace[-1]["relative_gap"] * (1 + 1e-5))
        self.assertEqual([row["seconds"] for row in trace], sorted(row["seconds"] for row in trace))

    def test_bad_values_are_refused_in_words(self):
        cases = [("masked --n 0", USAGE, "--n"), ("masked --d -1", USAGE, "--d"), ("gated --n 1e3", USAGE, "1e3"),
                 ("gated --patterns 9999999999", USAGE, "9999999999"), ("gated --threads 0", USAGE, "--threads"),
                 ("gated --beta-ratio x", USAGE, "--beta-ratio"), ("gated --n", USAGE, "--n"),
                 ("gated --order 1", USAGE, "--order"), ("forest", USAGE, "forest"), ("", USAGE, "subcommand"),
                 ("gated --n 9 --d 2 --tolerance 2", FAILED, "tolerance"),
                 ("certificate --real no/such/file", FAILED, "no/such/file"),
                 ("gated --n 9 --d 2 --trace no/such/file", FAILED, "no/such/file")]
        for words, code, said in cases:
            with self.subTest(words):
                done = bench(*words.split())
                self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
