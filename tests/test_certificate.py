"""Certificates from outside: `cvxnn certify` and `cvxnn verify` against the second verifier, verify_certificate.py.

Both verifiers run over a corpus of good certificates and of damaged ones, and must come to the same verdict: true (0), not
readable (3), not true (5). With CVXNN_TEST_LONG set, matrices of order 527 are verified in Python too.
"""
import contextlib
import io
import json
import os
import random
import time
import unittest

import verify_certificate
from cli import BUDGET, DONE, INPUT, ROOT, USAGE, VERIFICATION, Trainer, csv_text, made_table, read_json

MARGIN = 2 ** -20  # more than what certificates leave to other verifiers


def hexadecimal(value):
    return verify_certificate.hexadecimal(value)


def network_text(u, a, beta=0.0, bias="none", center=None, scale=None, names=()):
    """A model file of weights from anywhere."""
    features = len(u[0]) - (bias == "penalized")
    model = {"kind": "relu", "loss": "squared", "beta": beta, "bias": bias, "feature": list(names) or [None] * features,
             "target": [None], "center": center, "scale": scale, "gates": [], "u": u, "a": [[out] for out in a]}
    return verify_certificate.model_text(model)


def kind_of(order):
    """Options for a certificate of that order, or with kinks in all directions, without cuts by rows' signs and with."""
    if order == "signs":
        return ["--kinks", "joint", "--cells", 16]
    return ["--kinks", "joint", "--cells", 0] if order == "joint" else ["--order", order]


def steps_of(order, few):
    """Cuts come where the bound rises slowly."""
    return ["--max-iterations", 400 if order == "signs" else few]


class Certificates(Trainer):
    def python(self, certificate, model, data, *options):
        """Exit code and what was printed."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            code = verify_certificate.main(list(map(str, [certificate, model, data, *options])))
        return code, printed.getvalue()

    def c(self, certificate, model, data, *options):
        """Exit code, report (None without one) and what was printed."""
        report = self.folder / "verify.json"
        report.unlink(missing_ok=True)
        for code in (DONE, INPUT, VERIFICATION, USAGE):
            try:
                done = self.call("verify", certificate, model, data, *options, "--report", report, code=code)
                return code, read_json(report) if report.exists() else None, done.stdout + done.stderr
            except AssertionError:
                if code == USAGE:
                    raise
        return None

    def agree(self, certificate, model, data, *options, what=""):
        """The verdict of both verifiers; where it is that all is true, with the same numbers."""
        code, report, said = self.c(certificate, model, data, *options)
        other, printed = self.python(certificate, model, data, *options)
        self.assertEqual(code, other, f"{what}\nC: {said}\nPython: {printed}")
        if code == DONE:
            verdict = json.loads(printed)
            self.assertEqual((report["verified"], report["order"]), (True, verdict["order"]))
            for key in ("objective", "lower_bound", "certified_ratio"):
                if verdict[key] is None:
                    self.assertIsNone(report[key])
                else:
                    self.assertAlmostEqual(report[key], verdict[key], delta=1e-7 * abs(verdict[key]))
            self.assertLessEqual(report["lower_bound"], report["objective"] * (1 + 1e-12))
        elif code == VERIFICATION:
            self.assertIs(report["verified"], False)
            self.assertIsNone(report["lower_bound"])
            self.assertIn("certificate", said)
        return code

    def certify(self, model, data, *options, name="c"):
        path, report = self.folder / f"{name}.certificate", self.folder / f"{name}.json"
        self.call("certify", model, data, *options, "--output", path, "--report", report)
        return path, read_json(report)

    def example(self, order=1, seed=1, n=12, d=2, **options):
        """Certificate, model, table and their options, small enough to be damaged a thousand times."""
        draw = random.Random(seed)
        data, _ = self.table(n, d, seed, options.pop("weights", False), name=f"{seed}.csv")
        u = [[draw.gauss(0, 0.3) for _ in range(d)] for _ in range(2)]
        model = self.write(f"{seed}.model", network_text(u, [0.5, -0.25], names=[f"x{j}" for j in range(d)]))
        path, report = self.certify(model, data, "--target", "y", "--beta", "0.05", *kind_of(order), *steps_of(order, 40),
                                    name=str(seed))
        self.assertGreater(report["lower_bound"], 0)
        return path, model, data, report

    # ---- What is true ----

    def test_good_certificates_of_every_kind(self):
        draw = random.Random(5)
        for kind in range(24):
            n, d = draw.choice([5, 12, 30]), 2 + kind % 3
            order = 1 + kind % 4 if kind < 12 else "joint" if kind < 18 else "signs"
            bias, weights, scaled = kind % 2 == 0, kind % 3 == 0, kind % 4 == 0
            names, rows = made_table(n, d, kind, weights)
            unit = 10.0 ** draw.choice([0, 0, -8, 8])
            for i, row in enumerate(rows):
                row[:d] = [0.0] * d if i == 3 else [unit * value for value in row[:d]]
            data = self.write("kind.csv", csv_text(names if kind % 5 else None, rows))
            width = d + bias
            u = [[draw.gauss(0, 1) / (1 if scaled else unit) for _ in range(width)] for _ in range(kind % 4)]
            u = u or [[0.0] * width]
            model = self.write("kind.model", network_text(
                u, [draw.gauss(0, 1) for _ in u], bias="penalized" if bias else "none",
                center=[draw.gauss(0, unit) for _ in range(d)] if scaled else None,
                scale=[unit * draw.uniform(0.5, 2) for _ in range(d)] if scaled else None,
                names=names[:d] if kind % 5 else ()))
            options = ["--target", "y" if kind % 5 else d + 1]
            if weights:
                options += ["--weights", "s" if kind % 5 else d + 2]
            beta = 0.02 * (1 if scaled else unit)
            path, report = self.certify(model, data, *options, "--beta", beta, *kind_of(order), *steps_of(order, 30))
            with self.subTest(kind=kind):
                self.assertEqual((report["order"], report["kinks"]), (order, 1) if kind < 12 else (2, 2))
                self.assertEqual(report["scaled"], int(scaled))
                self.assertEqual(self.agree(path, model, data, *options), DONE)
                if u[0][0] and weights and kind % 5:  # by position the weights would be a feature
                    self.assertEqual(self.agree(path, model, data, *options[:2], what="no weights"), VERIFICATION)

    def test_the_bound_is_below_every_network(self):
        """What is proved of one network holds for all: here for the best of several trained ones."""
        data, _ = self.table(40, 3)
        reports = [self.train(data, "--beta", "0.02", "--method", "gradient", "--seed", seed, "--starts", 1,
                              "--width", 20, "--bound", 0, "--standardize", "--bias", "penalized", name=f"run{seed}") for seed in range(4)]
        best = min(report["objective"] for report, _ in reports)
        for order in (1, 2, "joint", "signs"):
            path, report = self.certify(reports[0][1], data, "--target", "y", *kind_of(order))
            self.assertLessEqual(report["lower_bound"], best)
            self.assertGreater(report["lower_bound"], 0.5 * best)
            self.assertAlmostEqual(report["objective"], reports[0][0]["objective"], delta=1e-9 * best)
            self.assertEqual(self.agree(path, reports[0][1], data, "--target", "y"), DONE)

    def test_train_writes_one(self):
        data, _ = self.table(40, 3, weights=True)
        path = self.folder / "trained.certificate"
        report, model = self.train(data, "--weights", "s", "--standardize", "--bias", "penalized", "--certificate", path,
                                   "--order", 2, "--beta-ratio", "0.1")
        self.assertEqual(self.agree(path, model, data, "--target", "y", "--weights", "s"), DONE)
        self.assertEqual((report["order"], report["leaves"]), (2, 1))
        self.assertAlmostEqual(report["certified_ratio"], report["objective"] / report["lower_bound"], delta=1e-9)
        self.assertLess(report["certified_ratio"], 1.5)
        self.assertGreaterEqual(report["lower_bound"] * (1 + 1e-7), report["claimed_bound"])

    def test_words_and_codes(self):
        path, model, data, report = self.example()
        printed = self.call("verify", path, model, data, "--target", "y").stdout
        self.assertRegex(printed, r"^verified: within .* of the global optimum, the network has an objective of ")
        percent = (report["certified_ratio"] - 1) * 100
        said = printed.split("within ")[1].split(" of the global")[0]
        value = float(said.split()[0]) if said.endswith("%") else (float(said.split()[-1]) - 1) * 100
        self.assertTrue(percent <= value <= 1.2 * percent + 1, printed)
        printed = self.call("certify", model, data, "--target", "y", "--beta", ".05", "--max-iterations", 5).stdout
        self.assertRegex(printed, r"^certified: ")
        self.call("certify", model, data, "--target", "y", "--beta", ".05", "--max-iterations", 5, "--target-ratio", 1.0001,
                  code=BUDGET)
        self.call("certify", model, data, "--target", "y", "--beta", ".05", "--max-iterations", 5, "--target-ratio", 1e9)
        wrong = [["certify", model, data], ["certify", model, data, "--target", "y"],  # the model does not know beta
                 ["certify", model, data, "--target", "y", "--beta", "0"], ["certify", model, data, "--target", "z"],
                 ["certify", model, data, "--target", "y", "--beta", "1", "--seed", "1"],
                 ["certify", model, data, "--target", "y", "--beta", "1", "--output", model],
                 ["verify", path, model, data], ["verify", path, model, data, "--target", "y", "--report", path]]
        for words in wrong:
            with self.subTest(words=words):
                self.call(*words, code=USAGE)
        gated = self.train(data, "--method", "gated", "--patterns", 20, name="gated")[1]
        self.call("certify", gated, data, "--target", "y", code=USAGE)
        self.call("verify", path, gated, data, "--target", "y", code=USAGE)
        self.call("verify", path, model, data, "--target", "y", "--beta", "0.06", code=VERIFICATION)
        self.call("verify", path, model, data, "--target", "y", "--max-seconds", "1e-9", code=BUDGET)

    # ---- What is not ----

    def test_claims_of_more_are_rejected(self):
        for seed, order in enumerate((1, 2, 3, "joint", "signs"), 1):
            path, model, data, _ = self.example(order, seed)
            lines = path.read_text().split("\n")
            changes = []
            for at, line in enumerate(lines):
                keyword, _, rest = line.partition(" ")
                if keyword in ("objective", "h"):
                    changes += [(at, keyword, float.fromhex(rest) * (1 - by)) for by in (MARGIN, 0.01, 1)]
                elif keyword == "bound":
                    changes += [(at, keyword, float.fromhex(rest) * (1 + by)) for by in (MARGIN, 0.01, 1)]
                elif keyword == "beta":
                    changes += [(at, keyword, float.fromhex(rest) * factor) for factor in (0.5, 1 + 2 ** -50, 2)]
            self.assertEqual(len(changes), 15)
            for at, keyword, value in changes:
                damaged = self.write("damaged", "\n".join(
                    lines[:at] + [f"{keyword} {hexadecimal(value)}"] + lines[at + 1:]))
                options = ["--target", "y"]
                if keyword == "beta":  # another problem's: only who knows beta can tell, or the claims fail
                    code, _, _ = self.c(damaged, model, data, *options, "--beta", "0.05")
                    self.assertEqual(code, VERIFICATION)
                    self.agree(damaged, model, data, *options, what=f"beta {value}")
                else:
                    self.assertEqual(self.agree(damaged, model, data, *options), VERIFICATION, f"{keyword} {value}")

    def test_any_number_of_the_proof(self):
        """Whatever is changed, both say the same; and whatever is accepted is true, as its claims are unchanged."""
        draw, verdicts = random.Random(3), []
        for seed, order in enumerate((1, 2, "joint", "signs"), 1):
            path, model, data, _ = self.example(order, seed, n=8)
            lines = path.read_text().split("\n")
            self.assertEqual("proof signs" in lines, order == "signs")
            places = [at for at, line in enumerate(lines) if line.split(" ")[0] in ("nu", "q", "s", "r", "w")]
            for _ in range(60):
                at = draw.choice(places)
                keyword, *fields = lines[at].split(" ")
                j = draw.randrange(len(fields))
                value = float.fromhex(fields[j])
                fields[j] = hexadecimal(draw.choice([0.0, -value, 2 * value, value + 0.1, value - 0.1, 0.9 * value,
                                                     1e300, 5e-324]))
                damaged = self.write("damaged", "\n".join(lines[:at] + [" ".join([keyword, *fields])] + lines[at + 1:]))
                verdicts.append(self.agree(damaged, model, data, "--target", "y", what=lines[at] + "\n" + " ".join(fields)))
        self.assertGreater(verdicts.count(VERIFICATION), 80)
        self.assertEqual(set(verdicts) - {DONE, VERIFICATION}, set())

    def test_an_overflow(self):
        """nu is finite, and times the unit of its row it is not."""
        draw = random.Random(7)
        names, rows = made_table(8, 2, 7)
        data = self.write("large.csv", csv_text(names, [[1e8 * value for value in row[:-1]] + row[-1:] for row in rows]))
        model = self.write("large.model", network_text([[draw.gauss(0, 1e-8) for _ in range(2)]], [0.5], names=["x0", "x1"]))
        for order in (1, 2, "joint"):
            path, _ = self.certify(model, data, "--target", "y", "--beta", "1e6", *kind_of(order), "--max-iterations", 20)
            lines = path.read_text().split("\n")
            at = next(k for k, line in enumerate(lines) if line.startswith("nu "))
            fields = lines[at].split(" ")
            fields[3] = hexadecimal(1e301)
            damaged = self.write("damaged", "\n".join(lines[:at] + [" ".join(fields)] + lines[at + 1:]))
            self.assertEqual(self.agree(path, model, data, "--target", "y"), DONE)
            self.assertEqual(self.agree(damaged, model, data, "--target", "y"), VERIFICATION)

    def test_trees(self):
        """Proofs by cells: claims of more are rejected, and whatever is done to z, both say the same."""
        draw, verdicts = random.Random(4), []
        rows = [[draw.gauss(0, 1) for _ in range(3)] for _ in range(16)]
        data = self.write("tree.csv", csv_text(["x0", "x1", "y"], rows))
        model = self.train(data, "--method", "gradient", "--beta", "0.05", "--bound", 0, name="tree")[1]
        path, report = self.certify(model, data, "--target", "y", "--cells", 20000)
        lines = path.read_text().split("\n")
        self.assertIn("proof tree", lines)
        self.assertEqual(report["order"], 0)
        self.assertEqual(self.agree(path, model, data, "--target", "y"), DONE)
        at = {keyword: k for k, line in enumerate(lines) for keyword in ("objective", "bound", "z")
              if line.startswith(keyword + " ")}

        def damaged(place, text):
            return self.write("damaged", "\n".join(lines[:place] + [text] + lines[place + 1:]))

        for keyword, sign in (("objective", -1), ("bound", 1)):
            value = float.fromhex(lines[at[keyword]].split(" ")[1])
            for by in (MARGIN, 0.01, 1):
                file = damaged(at[keyword], f"{keyword} {hexadecimal(value * (1 + sign * by))}")
                self.assertEqual(self.agree(file, model, data, "--target", "y"), VERIFICATION)
        z = lines[at["z"]].split(" ")[1:]
        for _ in range(40):
            j = draw.randrange(len(z))
            value = float.fromhex(z[j])
            changed = hexadecimal(draw.choice([0.0, -value, 2 * value, value + 0.01, 0.9 * value, 1e300, 5e-324]))
            file = damaged(at["z"], " ".join(["z", *z[:j], changed, *z[j + 1:]]))
            verdicts.append(self.agree(file, model, data, "--target", "y", what=f"z {j}: {z[j]} is {changed}"))
        self.assertGreater(verdicts.count(VERIFICATION), 20)
        self.assertEqual(set(verdicts) - {DONE, VERIFICATION}, set())

    def test_trees_of_low_rank(self):
        """Three columns of rank 2: the cells lie in the plane; whatever is done to its basis, both say the same."""
        draw, verdicts = random.Random(6), []
        rows = [[draw.gauss(0, 1) for _ in range(3)] for _ in range(16)]
        rows = [[p, q, 0.3 * p - q, y] for p, q, y in rows]
        data = self.write("flat.csv", csv_text(["x0", "x1", "x2", "y"], rows))
        model = self.train(data, "--method", "gradient", "--beta", "0.05", "--bound", 0, name="flat")[1]
        path, _ = self.certify(model, data, "--target", "y")
        lines = path.read_text().split("\n")
        self.assertIn("basis 2", lines)
        self.assertEqual(self.agree(path, model, data, "--target", "y"), DONE)
        for _ in range(30):
            at = lines.index("basis 2") + draw.choice((1, 2))
            fields = lines[at].split(" ")
            j = draw.randrange(1, 4)
            value = float.fromhex(fields[j])
            fields[j] = hexadecimal(draw.choice([0.0, -value, value * (1 + 2 ** -48), value * (1 + 2 ** -10), 1e300, 5e-324]))
            damaged = self.write("damaged", "\n".join(lines[:at] + [" ".join(fields)] + lines[at + 1:]))
            verdicts.append(self.agree(damaged, model, data, "--target", "y", what=" ".join(fields)))
        self.assertEqual(set(verdicts), {DONE, VERIFICATION})
        for count in (0, 1, 3, 2 ** 60):
            damaged = self.write("damaged", "\n".join(lines).replace("basis 2", f"basis {count}"))
            self.assertEqual(self.agree(damaged, model, data, "--target", "y"), INPUT)

    def test_info(self):
        path, model, _, report = self.example()
        said = self.call("info", path).stdout
        self.assertTrue(said.startswith("file: certificate, not verified\n"))
        for key in ("beta", "order", "claimed_objective", "claimed_bound"):
            self.assertIn(f"\n{key}: ", said)
        self.assertEqual(float(said.split("claimed_bound: ")[1].split()[0]), report["claimed_bound"])
        self.assertNotIn("\nlower_bound", said)
        self.assertTrue(self.call("info", model).stdout.startswith("file: model\n"))
        self.call("info", self.write("cut", path.read_text()[:500]), code=INPUT)

    def test_other_data_and_other_models(self):
        path, model, data, _ = self.example()
        names, *rows = [line.split(",") for line in data.read_text().split()]

        def table(change, text=None):
            changed = [row[:] for row in rows]
            change(changed)
            return self.write("other.csv", text or "\n".join(map(",".join, [names] + changed)) + "\n")

        def nudge(i, j):
            def change(changed):
                value = float(changed[i][j])
                changed[i][j] = repr(value * (1 + 2 ** -52) if value else 1e-300)
            return change

        for what, change in (("x", nudge(2, 1)), ("y", nudge(5, 2)), ("order", lambda changed: changed.reverse()),
                             ("fewer", lambda changed: changed.pop()), ("more", lambda changed: changed.append(changed[0]))):
            self.assertEqual(self.agree(path, model, table(change), "--target", "y", what=what), VERIFICATION, what)
        swapped = self.write("swapped.csv", "\n".join(",".join([row[1], row[0], row[2]]) for row in [names] + rows) + "\n")
        self.assertEqual(self.agree(path, model, swapped, "--target", "y"), DONE)  # by name
        text = model.read_text()
        for old, new in (("beta 0x0p+0", "beta 0x1p+0"), ('"x0"', '"x00"'), ("u 0x1", "u 0x0.8p-1022 0x1"), ("a -0x1p-2", "a 0x1p-2")):
            other = self.write("other.model", text.replace(old, new, 1))
            if old == '"x0"':
                renamed = self.write("renamed.csv", data.read_text().replace("x0", "x00"))
                self.assertEqual(self.agree(path, other, renamed, "--target", "y"), VERIFICATION)
            elif old.startswith("u"):
                continue
            else:
                self.assertNotEqual(text, other.read_text())
                self.assertEqual(self.agree(path, other, data, "--target", "y", what=old), VERIFICATION)
        crlf = self.write("crlf.model", text.replace("\n", "\r\n"))
        self.assertEqual(self.agree(path, crlf, data, "--target", "y"), DONE)

    def test_the_example_of_the_format(self):
        page = (ROOT / "docs" / "certificate-format.md").read_text(encoding="utf-8")
        example = page.split("```text\n")[1].split("```")[0]
        self.assertEqual(example, (ROOT / "tests" / "fuzz" / "certificate" / "order1.txt").read_text())
        data = self.write("example.csv", "1,0.5,1\n-1,2,0.5\n0.25,-1,-0.25\n")
        model = self.write("example.model", network_text([[0.75, 0.25]], [0.75]))
        for name in ("order1", "order2", "joint", "signs", "tree"):
            path = ROOT / "tests" / "fuzz" / "certificate" / f"{name}.txt"
            self.assertEqual(self.agree(path, model, data, "--target", 3), DONE)

    def test_nothing_to_learn(self):
        data = self.write("zero.csv", "a,b,y\n1,2,0\n3,-4,0\n")
        model = self.write("zero.model", network_text([[0.0, 0.0]], [0.0]))
        path, report = self.certify(model, data, "--target", "y", "--beta", "1")
        self.assertEqual((report["objective"], report["lower_bound"], report["certified_ratio"]), (0, 0, 1))
        self.assertEqual(self.agree(path, model, data, "--target", "y"), DONE)

    def test_other_cuts(self):
        """What is proved of a cell says nothing of another: with other rows the cuts are rejected, unless it is true all the same."""
        path, model, data, report = self.example("signs", 4, n=8)
        lines = path.read_text().split("\n")
        cuts = [at for at, line in enumerate(lines) if line.startswith("cut ") and line != "cut 0"]
        self.assertEqual(len(cuts), report["leaves"] - 2)
        verdicts = [self.agree(self.write("damaged", "\n".join(lines[:at] + [f"cut {row}"] + lines[at + 1:])),
                               model, data, "--target", "y", what=f"{lines[at]}, {row}")
                    for at in cuts for row in range(1, 9) if lines[at] != f"cut {row}"]
        self.assertGreater(verdicts.count(VERIFICATION), len(verdicts) // 2)
        self.assertEqual(set(verdicts) - {DONE, VERIFICATION}, set())

    def damaged_signs_texts(self):
        text = self.example("signs", 4, n=8)[0].read_text()
        first = next(line for line in text.split("\n") if line.startswith("leaves "))
        replace = [("proof signs", "proof joint"), (first, "leaves 0"), (first, "leaves 1"), (first, "leaves 4"), (first, "leaves 33"),
                   (first + "\n", ""), ("cut 0", "cut 1"), ("cut 0", "cut 9"), ("cut 0\n", ""), ("cut 0", "cut 0\ncut 0"),
                   ("cut 0", "cut -1"), ("columns 2", "columns 3")]
        return [text[:length] for length in range(0, len(text), len(text) // 20)] + \
            [text.replace(old, new, 1) for old, new in replace]

    def damaged_joint_texts(self):
        text = self.example(order="joint", seed=2)[0].read_text()
        replace = [("proof joint", "proof joint 2"), ("proof joint", "proof sphere"), ("proof joint\n", "proof joint\norder 2\n"),
                   ("rows 12", "rows 13"), ("rows 12", "rows 99999999999"), ("columns 2", "columns 3"), ("\ns ", "\nq "),
                   ("\nr ", "\ns "), ("\nr ", "\nr 0x0p+0 "), ("\ns 0x", "\ns 0")]
        return [text[:length] for length in range(0, len(text), len(text) // 20)] + \
            [text.replace(old, new, 1) for old, new in replace]

    def test_texts_that_follow_no_format(self):
        path, model, data, _ = self.example(order=2)
        text = path.read_text()
        cases = [text[:length] for length in range(0, len(text), max(1, len(text) // 40))] + [text[:-1], text[:-4], text + "\n"]
        replace = [("cvxnn-certificate 1", "cvxnn-certificate 2"), ("cvxnn-certificate 1", "cvxnn-certificate 0"),
                   ("cvxnn-certificate", "cvxnn-model"), ("loss squared", "loss cubed"), ("bias none", "bias some"),
                   ("scaled 0", "scaled 2"), ("proof sphere", "proof tree"), ("order 2", "order 1"), ("order 2", "order 3"),
                   ("order 2", "order 11"), ("order 2", "order 0"), ("rows 12", "rows 13"), ("rows 12", "rows 999999999999"),
                   ("columns 2", "columns 3"), ("outputs 1", "outputs 0"), ("nu ", "nu x"), ("h 0x", "h -0x"), ("end\n", ""),
                   ("\nq ", "\nq  "), ("\nw ", "\nv "), ("beta 0x", "beta -0x"), ("data ", "data 0"), ("p-", "p-9999999")]
        cases += [text.replace(old, new, 1) for old, new in replace]
        cases = self.damaged_joint_texts() + self.damaged_signs_texts() + cases
        for case in cases:
            self.assertNotEqual(case, text)
            self.assertEqual(self.agree(self.write("damaged", case), model, data, "--target", "y", what=case[:600]), INPUT, case[:600])
        self.assertIn("newer", self.c(self.write("damaged", cases[-len(replace)]), model, data, "--target", "y")[2])
        flags = [("bias none", "bias penalized"), ("scaled 0", "scaled 1"), ("outputs 1", "outputs 2")]
        for keyword in ("data", "targets", "weights", "model"):
            at = text.index(f"\n{keyword} ") + len(keyword) + 2
            flags.append((text[at - 1:at + 1], " " + "10"[text[at] == "1"]))
            changed = text[:at] + "10"[text[at] == "1"] + text[at + 1:]
            self.assertEqual(self.agree(self.write("damaged", changed), model, data, "--target", "y"), VERIFICATION, keyword)
        for old, new in flags[:3]:
            self.assertEqual(self.agree(self.write("damaged", text.replace(old, new, 1)), model, data, "--target", "y"),
                             VERIFICATION, new)
        self.assertEqual(self.agree(self.write("crlf", text.replace("\n", "\r\n")), model, data, "--target", "y"), DONE)

    @unittest.skipUnless(os.environ.get("CVXNN_TEST_LONG"), "CVXNN_TEST_LONG is not set")
    def test_matrices_of_order_527_within_two_minutes(self):
        names, rows = made_table(500, 31, 1)
        data = self.write("large.csv", csv_text(names, rows))
        _, model = self.train(data, "--standardize", "--patterns", 100, "--beta-ratio", ".1", "--bound", 0)
        path, _ = self.certify(model, data, "--target", "y", "--order", 2, "--max-iterations", 20)
        start = time.monotonic()
        self.assertEqual(self.python(path, model, data, "--target", "y")[0], DONE)
        self.assertLess(time.monotonic() - start, 120)


if __name__ == "__main__":
    unittest.main()
