"""The table of certificates, each median beside its target, and a plot of the bound against time.

    tests/bench/certificates.py build/bench [--seeds 1,2,3,4,5] [--threads 2] [--only WORDS] [--network-seconds S]
                                [--breast-cancer FILE] [--resume] [--plot FILE.svg]

Prints Markdown, a row a case as it is finished, and writes the bench's lines to certificates.jsonl beside the bench. `root`:
sphere polynomials of the orders that 60 seconds allow; `all`: with cells, 120 seconds. --only: cases whose title holds these words, several
between semicolons. --network-seconds: the bench's, 60 unless it is given. --resume: what certificates.jsonl has already is not run
again, so that a table may be made in pieces.
The plot is made instead of the table, with gnuplot: order by order and by cells, noise labels n = 100, d = 6.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys

ROOT, ALL = ["--max-seconds", "60"], ["--max-seconds", "1", "--branch", "119"]


def gaussian(n, d, ratio):
    return ["--n", n, "--d", d, "--beta-ratio", ratio]


def noise(n, d):
    return [*gaussian(n, d, 0.05), "--noise-labels"]


def table(file, target, beta):
    return ["--real", file, "--target", target, "--beta", beta]


def cases(breast_cancer):
    """Title, arguments, target of the root bound and of all, None without one."""
    rows = [(f"{n}, {d}, {ratio}", gaussian(n, d, ratio), root, best) for n, d, ratio, root, best in (
        (50, 10, 0.1, 1.025, 1.01), (100, 10, 0.1, 1.025, 1.015), (200, 20, 0.1, 1.04, 1.035), (400, 10, 0.1, 1.05, 1.035),
        (50, 10, 0.01, 1.10, 1.06), (100, 10, 0.01, 1.12, 1.08), (200, 20, 0.01, 1.21, 1.19), (400, 10, 0.01, 1.27, 1.22),
        (100, 50, 0.01, 1.10, 1.09), (10000, 50, 0.1, None, 1.15))]
    diabetes = pathlib.Path(__file__).resolve().parents[2] / "examples/data/diabetes.csv"
    rows += [("diabetes, .1", table(diabetes, "y", 0.1207849142540092), 1.012, 1.008),
             ("diabetes, .01", table(diabetes, "y", 0.01207849142540092), 1.75, 1.60)]
    if breast_cancer:
        rows += [("breast cancer, .1", table(breast_cancer, "y", 0.22578010264103315), 1.004, 1.002),
                 ("breast cancer, .01", table(breast_cancer, "y", 0.022578010264103315), 1.27, 1.22)]
    return rows + [(f"noise {n}, {d}, .05", noise(n, d), None, best)
                   for n, d, best in ((200, 4, 1.01), (200, 6, 1.01), (100, 8, 1.30), (100, 10, 1.40))]


def finished(arguments, out):
    """The bench's line of a run with these arguments, if there is one."""
    for text in out.read_text().split("\n") if out.exists() else ():
        if text and (line := json.loads(text)).get("arguments") == list(map(str, arguments)):
            return line
    return None


def run(bench, arguments, out):
    done = subprocess.run([bench, "certificate", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode not in (0, 4):
        sys.exit(f"{' '.join(map(str, arguments))}: {done.stderr}")
    line = json.loads(done.stdout) | {"arguments": list(map(str, arguments))}
    with out.open("a") as lines:
        lines.write(json.dumps(line) + "\n")
    return line


def figures(bench, asked, arguments, target, budget, out):
    """The cells of a row: ratio, target, seconds, seconds to verify, order and leaves of the median."""
    common = [*arguments, *budget, "--threads", asked.threads, "--network-seconds", asked.network_seconds, "--seed"]
    lines = [asked.resume and finished([*common, seed], out) or run(bench, [*common, seed], out) for seed in asked.seeds.split(",")]
    ratio = statistics.median(line["certified_ratio"] for line in lines)
    middle = min(lines, key=lambda line: abs(line["certified_ratio"] - ratio))
    mark = "" if target is None or ratio <= target else " **!**"
    what = ", ".join([f"order {middle['order']}"] * (middle["order"] > 0) + [f"{middle['leaves']} leaves"] * (middle["leaves"] > 1))
    return f"{ratio:.7g}{mark} | {'' if target is None else target} | {middle['seconds']:.0f} + {middle['verify_seconds']:.2g} | {what}"


def print_table(asked, out):
    print("| n, d, β/β_max | root | target | seconds + to verify | | with cells | target | seconds + to verify | |")
    print("|---|---|---|---|---|---|---|---|---|")
    for title, arguments, root, best in cases(asked.breast_cancer):
        if asked.only and not any(words.strip() in title for words in asked.only.split(";")):
            continue
        cells = [figures(asked.bench, asked, arguments, target, budget, out) if wanted else " | | | "
                 for target, budget, wanted in ((root, ROOT, root is not None), (best, ALL, True))]
        print(f"| {title} | {cells[0]} | {cells[1]} |", flush=True)


def plot(asked, out):
    if not shutil.which("gnuplot"):
        print("gnuplot is not here: no plot")
        return
    curves, arguments = [], noise(100, 6)
    for title, more in (("order 1", ["--order", 1]), ("order 2", ["--order", 2]), ("order 3", ["--order", 3]), ("cells", ["--branch", 40])):
        trace, data = out.with_name("bound-trace.jsonl"), out.with_name(f"bound-{title.replace(' ', '-')}.dat")
        trace.unlink(missing_ok=True)
        line = run(asked.bench, [*arguments, *more, "--max-seconds", 20, "--threads", asked.threads, "--trace", trace], out)
        points = [json.loads(text) for text in trace.read_text().split("\n") if text]
        data.write_text("".join(f"{point['seconds']} {line['objective'] / point['lower_bound']}\n" for point in points
                                if point["lower_bound"] > 0))
        curves.append(f'"{data}" with linespoints pointtype 7 pointsize 0.4 title "{title}"')
    subprocess.run(["gnuplot"], text=True, check=True, input="\n".join([
        'set terminal svg size 720,420 background rgb "white"', f'set output "{asked.plot}"', "set logscale xy",
        'set title "Noise labels, n = 100, d = 6, .05 beta_{max}"', 'set xlabel "seconds"',
        'set ylabel "objective / proved bound"', "plot " + ", ".join(curves), ""]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only")
    parser.add_argument("--network-seconds", default="60")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--breast-cancer")
    parser.add_argument("--plot")
    asked = parser.parse_args()
    out = pathlib.Path(asked.bench).with_name("certificates.jsonl")
    plot(asked, out) if asked.plot else print_table(asked, out)


if __name__ == "__main__":
    main()
