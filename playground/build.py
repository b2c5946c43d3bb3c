"""Build the playground: a folder of static files that any web server can serve, and that requests nothing from elsewhere.

python playground/build.py [--into DIR]   needs npm, which gets the Python that runs in the page; then
python -m autograd playground             serves the folder on this machine
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
PYODIDE = "314.0.7"  # CPython 3.14 for browsers: https://pyodide.org
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
PAGE = ("index.html", "frame.html", "playground.css", "playground.js", "worker.js", "playground.py")
SOURCES = ("autograd", "nn", "pyproject.toml", "setup.py", "README.md", "LICENSE")  # of the wheel


def wheel(work: Path) -> Path:
    """Make the wheel of the pure build, from a copy of the sources without anything that was compiled."""
    copy = work / "sources"
    copy.mkdir()
    for name in SOURCES:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
        else:
            shutil.copy(source, copy / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(work), str(copy)]
    subprocess.run(command, check=True, env={**os.environ, "STEPGRAD_PURE": "1"})
    (made,) = work.glob("*-py3-none-any.whl")
    return made


def runtime(work: Path) -> Path:
    """Get Pyodide through npm, without running its scripts."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not installed: apt-get install npm, or see https://nodejs.org")
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", str(work), f"pyodide@{PYODIDE}"]
    subprocess.run([npm, "install", "--silent", *options], check=True)
    return work / "node_modules" / "pyodide"


def examples() -> list[dict[str, str]]:
    """Return the programs of the list: the first line of each file, a comment, is its title."""
    programs = []
    for path in sorted((HERE / "examples").glob("*.py")):
        first, code = path.read_text(encoding="utf-8").split("\n", 1)
        programs.append({"group": "Examples", "title": first.removeprefix("# "), "code": code})
    return programs


# Notebooks as programs

# Notebooks that need arrays for their pictures at most.
LESSONS = (
    "01-slopes-and-gradients",
    "02-the-chain-rule",
    "02b-build-the-engine",
    "03-checking-gradients",
    "04-activations",
)
ABSENT = re.compile(r"^%|\b(numpy|matplotlib|sklearn|autograd\.demo|np|plt|DOCUMENT)\b", re.MULTILINE)  # in the playground
LEFT_OUT = "# [Left out: this needs NumPy, or a package for plots.]"
SHOWN = "  # drawn by matplotlib, in the notebook"
SOLVE = """
import sys


class Figure:
    \"\"\"A picture of the notebook.\"\"\"

    title = "A figure of the notebook"

    def __init__(self, png):
        self.png = png

    def _repr_html_(self):
        return f'<img src="data:image/png;base64,{self.png}" alt="{self.title}" style="max-width: 100%">'


def figure(number):
    \"\"\"Return the figure with that number.\"\"\"
    return Figure(FIGURES[number])


def solution(number):
    \"\"\"Return the solution with that number.\"\"\"
    return SOLUTIONS[number]


def solve(number):
    \"\"\"Run the solution, which does something only where your answer is not right yet.\"\"\"
    exec(compile(solution(number), "the solution", "exec"), sys._getframe(1).f_globals)
"""


def lesson(path: Path, solutions: list[str], figures: list[str]) -> dict[str, str]:
    """Return a notebook as a program: its text as comments, its code, and each solution as a call.

    solutions, figures: get the solutions, and as base64 the figures that matplotlib drew; the program calls them by index.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    title = "".join(cells[0]["source"]).splitlines()[0].removeprefix("# ")
    parts = [
        comment("This is a notebook as one program: Run runs all of its cells, one after the other. Where a gap, `...`, is "
                "left, solve(n) runs the solution, and print(solution(n)) shows it."),
        "from solutions import figure, solution, solve",
    ]  # fmt: skip
    lost: set[str] = set()  # the names that cells define which are left out
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(comment(source))
            continue
        if source.startswith(("import", "from")):
            source = "\n".join(line for line in source.splitlines() if not ABSENT.search(line))
        made, used = names(source)
        if ABSENT.search(source) or used & lost:
            lost |= made
            drawn = [output["data"]["image/png"] for output in cell["outputs"] if "image/png" in output.get("data", ())]
            parts += [f"display(figure({len(figures) + k})){SHOWN}" for k in range(len(drawn))] or [LEFT_OUT]
            figures += ["".join(png).replace("\n", "") for png in drawn]
            continue
        lost -= made
        if "solution" in cell["metadata"].get("tags", ()):
            exercise = source.partition("\n")[0].removeprefix("# Solution").strip()  # of 03.1
            parts.append(f"solve({len(solutions)})" + (f"  # {exercise}" if exercise else ""))
            solutions.append(source)
        elif any(output["output_type"] == "execute_result" for output in cell["outputs"]):
            parts.append(displayed(source))
        else:
            parts.append(source)
    return {"group": "From the course", "title": title, "code": "\n\n".join(parts) + "\n"}


def names(code: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell makes for the cells after it, and those that it uses from the cells before it."""
    tree = ast.parse(re.sub(r"(?m)^%", "#", code))
    made = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            made |= {node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    nodes = list(ast.walk(tree))
    own = made | {node.arg for node in nodes if isinstance(node, ast.arg)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return made, {node.id for node in nodes if isinstance(node, ast.Name)} - own


def comment(markdown: str) -> str:
    """Return text as comments of a width that fits into the editor."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", markdown).replace("**", "")  # of links, their words
    text = re.sub(r"<details><summary>(\w+)</summary>\n*", r"\1: ", text).replace("</details>", "").strip()
    lines = []
    for line in re.sub(r"(?m)^#+ (.*)", r"---- \1 ----", text).splitlines():
        start = re.match(r"> |[-*] |\d+\. |\|", line)
        later = " " * len(start[0]) if start else ""
        lines += [line] if line.startswith("|") else textwrap.wrap(line, 60, subsequent_indent=later) or [""]
    return "\n".join(f"# {line}".rstrip() for line in lines)


def displayed(code: str) -> str:
    """Return code whose last line, an expression, is displayed, as it is in a cell."""
    last = ast.parse(code).body[-1]
    lines = code.splitlines()
    expression = "\n".join(lines[last.lineno - 1 :])
    return "\n".join([*lines[: last.lineno - 1], f"display({expression})"])


def lessons() -> tuple[list[dict[str, str]], str]:
    """Return the notebooks as programs, and the module `solutions` for them."""
    solutions: list[str] = []
    figures: list[str] = []
    programs = [lesson(REPOSITORY / "notebooks" / f"{name}.ipynb", solutions, figures) for name in LESSONS]
    return programs, f"SOLUTIONS = {json.dumps(solutions, indent=1)}\nFIGURES = {json.dumps(figures, indent=1)}\n{SOLVE}"


def build(into: Path) -> None:
    """Lay out the folder anew. Exits if the folder is not empty and was not built here, because its files would be lost."""
    if into.exists() and any(into.iterdir()) and not (into / "pyodide").is_dir():
        raise SystemExit(f"{into} is not empty and not a playground: choose another folder with --into")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.rmtree(into, ignore_errors=True)
        (into / "pyodide").mkdir(parents=True)
        for name in PAGE:
            shutil.copy(HERE / name, into / name)
        programs, solutions = lessons()
        (into / "examples.json").write_text(json.dumps([*examples(), *programs], indent=1), encoding="utf-8")
        with zipfile.ZipFile(into / "course.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("solutions.py", solutions)
            for path in sorted((REPOSITORY / "notebooks" / "course").glob("*.py")):
                archive.write(path, f"course/{path.name}")
        shutil.copy(wheel(work), into / "stepgrad.whl")
        found = runtime(work)
        for name in RUNTIME:
            shutil.copyfile(found / name, into / "pyodide" / name)


def sizes(folder: Path) -> None:
    """Print the size of each file, plain and as most servers send it."""
    total = packed = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        small = len(gzip.compress(content))
        total, packed = total + len(content), packed + small
        print(f"{len(content):>12,} bytes, gzipped {small:>10,}  {path.relative_to(folder)}")
    print(f"{total:>12,} bytes, gzipped {packed:>10,}  together, in {folder}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=REPOSITORY / "build" / "playground", help="folder (%(default)s)")
    into = parser.parse_args().into
    build(into)
    sizes(into)


if __name__ == "__main__":
    main()
