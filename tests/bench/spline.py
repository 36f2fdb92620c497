#!/usr/bin/env python3
"""One input and a bias: trains by the search and draws the fit, a piecewise linear spline, with its knots.

    tests/bench/spline.py build/cvxnn docs/spline.svg

Neuron (u, b) has its knot at -b/u. Needs the standard library alone.
"""
import pathlib
import random
import subprocess
import sys
import tempfile

ROWS, WIDTH, HEIGHT, MARGIN = 200, 720, 360, 30


def curve(x):
    return abs(x + 0.5) - 2 * max(x - 0.2, 0) + 1.5 * max(x - 0.7, 0)


def train(trainer, folder, points):
    """The model file's text and the fit on a fine grid."""
    data, grid, model, fit = (folder / name for name in ("data.csv", "grid.csv", "model", "fit.csv"))
    data.write_text("x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in points))
    xs = [-1 + 2 * k / 1000 for k in range(1001)]
    grid.write_text("x\n" + "".join(f"{x!r}\n" for x in xs))
    subprocess.run([trainer, "train", data, "--target", "y", "--bias", "penalized", "--beta-ratio", "0.005",
                    "--method", "search", "--seed", "1", "--quiet", "--model", model], check=True)
    subprocess.run([trainer, "predict", model, grid, "--output", fit], check=True)
    values = []
    for line in fit.read_text().splitlines():
        try:
            values.append(float(line.split(",")[-1]))
        except ValueError:
            pass  # the header
    return model.read_text(), list(zip(xs, values))


def knots(model):
    """-b/u of each neuron, inside the data's range."""
    weights = [[float.fromhex(word) for word in line.split()[1:]]
               for line in model.splitlines() if line.startswith("u ")]
    return sorted(-b / u for u, b in weights if u and abs(b / u) < 1)


def draw(points, fit, at):
    low, high = min(y for _, y in points), max(y for _, y in points)

    def place(x, y):
        return (MARGIN + (x + 1) / 2 * (WIDTH - 2 * MARGIN),
                HEIGHT - MARGIN - (y - low) / (high - low) * (HEIGHT - 2 * MARGIN))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for x in at:
        column = place(x, low)[0]
        parts.append(f'<line x1="{column:.1f}" x2="{column:.1f}" y1="{MARGIN}" y2="{HEIGHT - MARGIN}" stroke="#d08020" '
                     'stroke-dasharray="3 4"/>')
    parts += ['<circle cx="{:.1f}" cy="{:.1f}" r="2" fill="#999"/>'.format(*place(x, y)) for x, y in points]
    line = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in fit)
    parts += [f'<polyline points="{line}" fill="none" stroke="#1050a0" stroke-width="2"/>', "</svg>"]
    return "\n".join(parts) + "\n"


def main(trainer, picture):
    noise = random.Random(1)
    xs = [-1 + 2 * k / (ROWS - 1) for k in range(ROWS)]
    points = [(x, curve(x) + 0.08 * noise.gauss(0, 1)) for x in xs]
    with tempfile.TemporaryDirectory() as folder:
        model, fit = train(trainer, pathlib.Path(folder), points)
    at = knots(model)
    pathlib.Path(picture).write_text(draw(points, fit, at))
    print(f"{picture}: knots at " + ", ".join(f"{x:.3f}" for x in at))
    bends = [x for (_, a), (x, b), (_, c) in zip(fit, fit[1:], fit[2:]) if abs(a - 2 * b + c) > 1e-9]
    return 0 if all(min(abs(x - knot) for knot in at) < 0.003 for x in bends) else 1  # it bends at knots alone


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
