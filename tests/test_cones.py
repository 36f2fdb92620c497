"""How far neurons are outside the cones of patterns (tests/bench/cones.py), against every pattern gone through."""
import pathlib
import random
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "bench"))
import cones  # noqa: E402


def plain_distance(x, u, masks):
    """The least over the patterns of the worst row: |x.u|/|x||u| of a row on the other side than its bit says, or 0."""
    length = sum(e * e for e in u) ** 0.5
    worst = []
    for mask in masks:
        outside = [0.0]
        for row, bit in zip(x, mask):
            product = sum(a * b for a, b in zip(row, u))
            if product > 0 and not bit or product < 0 and bit:
                outside.append(abs(product) / (length * sum(e * e for e in row) ** 0.5))
        worst.append(max(outside))
    return min(worst)


class Cones(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(7)

    def normals(self, rows, columns):
        return [[self.random.gauss(0, 1) for _ in range(columns)] for _ in range(rows)]

    def test_the_distance_is_that_to_the_nearest_cone(self):
        inside = 0
        for _ in range(300):
            n, d, patterns = self.random.randint(1, 9), self.random.randint(1, 3), self.random.randint(1, 12)
            x, gates = self.normals(n, d), self.normals(patterns, d)
            masks = [[cones.dot(row, gate) >= 0 for row in x] for gate in gates]
            on = [sum(mask[i] << p for p, mask in enumerate(masks)) for i in range(n)]
            for u in self.normals(4, d) + gates[:1]:
                found, plain = cones.distance(x, u, on, patterns), plain_distance(x, u, masks)
                self.assertAlmostEqual(found, plain, delta=1e-12)
                inside += plain == 0
            self.assertEqual(plain_distance(x, gates[0], masks), 0)
        self.assertTrue(300 < inside < 1200)

    def test_patterns_are_those_of_the_gates(self):
        x = [[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0], [0.0, 0.0]]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "gates.csv").write_text("1,0\n-1,2\n0.5,0.5\n", encoding="utf-8")
            self.assertEqual(cones.rows_of_patterns(x, folder), ([0b101, 0b111, 0b000, 0b111], 3))
            (folder / "data.csv").write_text("a,b,y\n1,2,3\n4,5e-1,6\n", encoding="utf-8")
            self.assertEqual(cones.read_features(folder), [[1, 2], [4, 0.5]])


if __name__ == "__main__":
    unittest.main()
