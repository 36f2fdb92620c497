"""Runs the code blocks of the documentation.

    python3 tests/run_docs.py [FILE.md ...]        README.md and docs/*.md unless told

Every fenced block in sh, c, cpp or python says whether it is run, by a word after the language:

    ```sh run       runs it; the blocks of a file share one scratch folder and run in order
    ```sh skip      does not (it needs a network, say, or shows only part of a program)
    ```text output  what the run block above it prints; "..." stands for anything

The scratch folder shows the project's top level (build/, data/, examples/, ... as links), so commands are written as
one would type them in the project's root, and what they write lands in the scratch folder. cvxnn is installed for
pkg-config and python's ctypes to find. A block that fails, or prints something else, fails the run.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(\w+)([^\n`]*)\n(.*?)^```\s*$", re.S | re.M)
LANGUAGES = ("sh", "c", "cpp", "python")
COMPILERS = {"c": (os.environ.get("CC", "cc"), "-std=c99"), "cpp": (os.environ.get("CXX", "c++"), "-std=c++17")}
SECONDS = 600


class Failure(Exception):
    pass


def environment(prefix):
    """What a user who installed cvxnn below prefix would have set."""
    make = ["make", "-s", "--no-print-directory", "install", f"PREFIX={prefix}"]
    subprocess.run(make, cwd=ROOT, check=True)
    env = dict(os.environ)
    for name, folder in {"PATH": "bin", "LD_LIBRARY_PATH": "lib", "PKG_CONFIG_PATH": "lib/pkgconfig"}.items():
        env[name] = os.pathsep.join(filter(None, [f"{prefix}/{folder}", env.get(name)]))
    return env


def show_project(folder):
    for entry in ROOT.iterdir():
        if not entry.name.startswith("."):
            (folder / entry.name).symlink_to(entry)


def command(language, code, folder):
    if language == "sh":
        return ["sh", "-eu", "-c", code]
    if language == "python":
        return [sys.executable, "-c", code]
    source = folder / f"block.{language}"
    source.write_text(code)
    compiler, standard = COMPILERS[language]
    build = f"{compiler} {standard} -Wall -Wextra -Werror {source.name} -o block $(pkg-config --cflags --libs cvxnn) -lm"
    return ["sh", "-eu", "-c", f"{build} && ./block"]


def run(language, code, folder, env):
    done = subprocess.run(command(language, code, folder), cwd=folder, env=env, text=True, timeout=SECONDS,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failure(f"exit code {done.returncode}:\n{done.stdout}")
    return done.stdout


def matches(expected, printed):
    """Are they the same, "..." standing for anything and runs of blanks for one another?"""
    def words(text):
        return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    pattern = ".*?".join(re.escape(part) for part in words(expected).split("..."))
    return re.fullmatch(pattern, words(printed), re.S) is not None


def run_file(path, folder, env):
    """Runs the file's blocks; returns how many ran."""
    text, printed, ran = path.read_text(), None, 0
    for block in FENCE.finditer(text):
        language, mark, code = block.group(1), block.group(2).strip(), block.group(3)
        where = f"{path}:{text.count(chr(10), 0, block.start()) + 1}"
        try:
            if language in LANGUAGES and mark == "run":
                printed = run(language, code, folder, env)
                ran += 1
                print(f"{where}: {language} ran")
            elif language in LANGUAGES and mark != "skip":
                raise Failure(f"a block in {language} must say run or skip after the language")
            elif mark == "output":
                if printed is None:
                    raise Failure("there is no block above that could have printed this")
                if not matches(code, printed):
                    raise Failure(f"the block above printed this instead:\n{printed}")
                print(f"{where}: output as promised")
        except (Failure, subprocess.TimeoutExpired) as failure:
            raise Failure(f"{where}: {failure}") from None
    return ran


def main(arguments):
    files = [pathlib.Path(name) for name in arguments]
    files = files or [file for file in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if file.exists()]
    ran = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        env = environment(f"{scratch}/prefix")
        for number, path in enumerate(files):
            folder = pathlib.Path(scratch) / str(number)
            folder.mkdir()
            show_project(folder)
            try:
                ran += run_file(path, folder, env)
            except Failure as failure:
                print(failure)
                failed += 1
    print(f"{len(files)} files, {ran} blocks ran, {failed} files failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
