"""The files that the command-line trainer reads and writes: nothing is lost, bad ones are refused and harm nothing."""
import os
import random
import struct
import subprocess
import unittest

from cli import INPUT, READER, TRAINER, USAGE, Trainer, csv_text, made_table

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
            "crlf": plain.replace("\n", "\r\n"), "no last line end": plain[:-1],
            "blank lines at the end": plain + "\n \n",
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
        self.call("predict", model, self.folder / "names.csv", "--quiet")
        numbered = self.write("numbered.csv", "0,1,y\n" + csv_text(None, rows))
        self.call("train", numbered, "--target", "y", code=INPUT)
        _, model = self.train(numbered, "--header", "yes", "--patterns", "20")
        self.assertEqual(READER["read_model"](model)["feature_names"], ["0", "1"])
        self.call("train", numbered, "--target", "3", "--header", "no", code=INPUT)

    BAD = {
        "a,y\n1,2\n3\n": "line 3", "a,y\n1,2\n3,4,5\n": "line 3", "a,y\n1,2\n3,\n": "line 3, column 2",
        "a,y\n1,2\n,4\n": "line 3, column 1", "a,y\n1,nan\n": "line 2, column 2", "a,y\n-inf,1\n": "line 2, column 1",
        "a,y\n1e999,1\n": "line 2, column 1", "a,y\n1,2\nx,4\n": "line 3, column 1", "a,y\n1,2x\n": "line 2, column 2",
        "a,y\n1 2,3\n": "line 2, column 1", "a,y\n1,\"2\"\n": "quoted", "a,y\n1;2\n": "line 2",
        "a,y\n1,2\n\n3,4\n": "line 3",
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
                target = "2" if content[:1] in ("1", "n") else "y"  # no header
                done = self.call("train", data, "--target", target, "--model", kept[0], "--report", kept[1], code=INPUT)
                self.assertEqual(done.stderr.count("\n"), 1)
                self.assertIn(message, done.stderr)
                self.assertNotIn("\x1b", done.stderr)
        self.assertEqual([path.read_text() for path in kept], ["kept", "kept"])
        self.assertEqual(len(list(self.folder.iterdir())), 3)

    def test_columns_that_are_not_used(self):
        """Text beside what is used changes nothing: the same bits as from the table without it."""
        names, rows = made_table(30, 3, 1)
        words = ['"Dall, ""J"""', "New York", "", "nan", '"', "1e999", " x "]
        data = self.write("plain.csv", csv_text(names, rows))
        lines = csv_text(names, rows).splitlines()
        told = [lines[0] + ",who,id"] + [f"{line},{words[k % 4]},{words[3 + k % 4]}" for k, line in enumerate(lines[1:])]
        text = self.write("text.csv", "\n".join(told) + "\n")
        options = ["--patterns", "50", "--beta-ratio", ".3"]
        _, model = self.train(data, *options, name="plain")
        _, same = self.train(text, *options, "--ignore", "id,who")
        self.assertEqual(same.read_bytes(), model.read_bytes())
        wanted = self.call("predict", model, data, "--quiet").stdout
        done = self.call("predict", same, text, told=True)
        self.assertEqual(done.stdout, wanted)
        self.assertTrue(done.stderr.endswith("ignored: y, who, id\n"))
        certificate = self.folder / "c"
        self.call("certify", same, text, "--order", "1", "--output", certificate)
        self.call("verify", certificate, same, data)
        bare = self.write("bare.csv", "\n".join(f"{k} th,{line}" for k, line in enumerate(lines[1:])) + "\n")
        _, nameless = self.train(bare, *options, "--header", "no", "--ignore", "1", target="5", name="bare")
        self.assertEqual(READER["read_model"](nameless)["u"], READER["read_model"](model)["u"])
        for arguments, code, word in (
                ([], INPUT, "line 2, column 5: '\"Dall' is quoted"),
                (["--ignore", "who"], INPUT, "line 2, column 6: 'nan' is not a number: code it as numbers or leave the column out"),
                (["--ignore", "who,id,x9"], USAGE, "--ignore: "), (["--ignore", "y"], USAGE, "--ignore y: this column has a part"),
                (["--ignore", "who,who"], USAGE, "--ignore who: this column"),
                (["--ignore", "who,id", "--weights", "who"], USAGE, "--ignore who: this column"),
                (["--ignore", "id", "--weights", "who"], INPUT, "column 5"),
                (["--ignore", "x0,x1,x2,who,id"], USAGE, "no column left")):
            with self.subTest(arguments=arguments):
                self.assertIn(word, self.call("train", text, "--target", "y", *arguments, code=code).stderr)

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
                done = subprocess.run([TRAINER, "predict", model, data], stdout=full, stderr=subprocess.PIPE,
                                      timeout=60, check=False)
            self.assertEqual(done.returncode, INPUT)

    def test_refused_before_the_table_is_read(self):
        """The table is not there, and it is not that which is told."""
        nowhere = self.folder / "nowhere"
        bare = ["train", nowhere, "--target", "y"]
        for arguments, code, word in (
                (bare + ["--model", self.folder / ("x" * 240)], INPUT, "File name too long"),
                (bare + ["--report", self.folder / "none" / "x"], INPUT, "No such file or directory"),
                (["path", nowhere, "--target", "y", "--model", self.folder / ("x" * 240)], INPUT, "File name too long"),
                (["path", nowhere, "--target", "y", "--folds", "1"], USAGE, "--folds 1"),
                (bare + ["--holdout", "2"], USAGE, "--holdout 2"), (bare + ["--weights", "y"], USAGE, "a part already"),
                (["train", nowhere, "--target", "a,b"], USAGE, "2 outputs"), (bare, INPUT, "nowhere")):
            with self.subTest(arguments=arguments):
                self.assertIn(word, self.call(*arguments, code=code).stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_bad_models(self):
        data, _ = self.table()
        _, model = self.train(data, "--patterns", "20")
        text = model.read_text()
        kept = self.write("kept", "kept")
        for bad in ("", text[:-1], text[:len(text) // 2], text + "end\n",
                    text.replace("cvxnn-model 1", "cvxnn-model 2"),
                    text.replace("features 4", "features 999999999999999999"), text.replace("0x1", "nan", 1)):
            path = self.write("bad.model", bad)
            self.call("predict", path, data, "--output", kept, code=INPUT)
            self.call("info", path, code=INPUT)
        self.assertEqual(kept.read_text(), "kept")


if __name__ == "__main__":
    unittest.main()
