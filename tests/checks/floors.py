"""Do the sources keep to the floors? (docs/architecture.md)

A file under src/FLOOR includes only what stands on its own floor or below it; floors that stand side by side do not
include each other. Only linalg includes BLAS headers, only api names the public handles.
"""
import pathlib
import re
import sys

RANK = {"base": 0, "linalg": 1, "problem": 2, "patterns": 3, "model": 4, "verify": 5, "convex": 5, "gradient": 5,
        "search": 6, "gap": 7, "api": 8}
HANDLES = re.compile(r"\bcvxnn_(problem|solver|model|certificate|event)\b")
BLAS_HEADER = re.compile(r"\b(cblas|lapacke?|openblas_config|mkl)\w*\.h")


def complaints(path, floor):
    if floor not in RANK:
        yield 0, f"there is no floor '{floor}' in {__file__}"
        return
    text = re.sub(r"/\*.*?\*/", lambda c: "\n" * c.group().count("\n"), path.read_text(), flags=re.S)
    for number, line in enumerate(text.split("\n"), 1):
        include = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line)
        if include:
            name = include.group(1)
            below = name.split("/")[0]
            if line.count('"') and name != "cvxnn.h" and below not in RANK:
                yield number, f'"{name}" does not begin with a floor'
            if below in RANK and below != floor and RANK[below] >= RANK[floor]:
                yield number, f"{floor} includes {name}, which does not stand below it"
            if BLAS_HEADER.search(name) and floor != "linalg":
                yield number, f"only linalg includes {name}"
        elif floor != "api" and HANDLES.search(line):
            yield number, f"only api knows {HANDLES.search(line).group()}"


def main(root):
    found = 0
    files = sorted(pathlib.Path(root).glob("*/**/*.[ch]"))
    for path in files:
        for number, complaint in complaints(path, path.relative_to(root).parts[0]):
            print(f"{path}:{number}: {complaint}")
            found += 1
    print(f"{len(files)} files, {found} complaints")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "src"))
