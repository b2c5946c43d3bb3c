"""The house: which module may import which, and how many lines of code each has.

`python -m tests.house` prints the floors, `python -m tests.house --dot` the imports as a Graphviz drawing.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]

# The floors of each package, from the top: a module imports only from floors above its own.
FLOORS = {
    "autograd": [
        ["build", "edges", "elsewhere", "floats", "formulas", "methods"],
        ["pickling", "scope", "symbols"],
        ["modes", "operations"],
        ["node", "numpy_functions", "tracing"],
        ["conversions", "copies"],
        ["reading"],
        ["value"],
        ["functions", "bulk"],
        ["engine"],
        ["define", "composed", "derivatives", "graph"],
        ["check", "reference"],
        ["program"],
        ["compiled"],  # its kernels.py and sources.py run when the package is built
        ["render"],
        ["tiny"],
    ],
    "autograd.compiled": [["kernels"], ["sources"]],
    "autograd.program": [
        ["instructions", "tape"],
        ["kernels", "writer"],
        ["passes", "recorder"],
        ["assemble", "lower"],
        ["numpy_machine"],
        ["compilers"],
        ["listing"],
        ["program"],
    ],
    "autograd.render": [["content"], ["layout"], ["image", "messages"], ["drawing", "expression"], ["pages"], ["explain"]],
    "autograd.render.content": [["text"], ["batch", "trace"], ["picture"], ["groups"]],
    "autograd.render.layout": [["geometry", "ordering"], ["placing", "dot"], ["layered"], ["engines"]],
    "autograd.render.image": [["look"], ["svg"], ["export", "raster"]],
    "autograd.render.pages": [["axes", "live", "looks", "page"], ["plane"], ["film"], ["movie", "player"], ["widget"]],
    "nn": [
        ["_lists", "elsewhere"],
        ["arrays"],
        ["_torch_modules", "contents", "history", "init", "losses", "optim", "report"],
        ["criteria", "findings", "module", "schedules", "utils"],
        ["activations", "containers", "data", "files", "normalisation", "outputs"],
        ["compiled", "functional", "layers", "metrics"],
        ["diagnostics", "distributed", "plots", "recurrent"],
        ["engines", "importance", "interop"],
        ["training"],
        ["checkpoints", "estimators"],
    ],
}
PROGRAMS = {"__init__", "__main__", "demo"}  # which may use everything below them
PAGE = ("operations", "node", "value")  # that a reader reads as one, and the most lines of code that they may have
MOST_LINES, MOST_LINES_OF_NODE = 520, 130


def sources() -> dict[str, Path]:
    """Every module of the two packages, by its dotted name."""
    files = sorted(path for package in ("autograd", "nn") for path in (REPOSITORY / package).rglob("*.py"))
    return {".".join(path.relative_to(REPOSITORY).with_suffix("").parts): path for path in files}


def imports(path: Path) -> set[str]:
    """The modules (of any package) that a file imports, wherever the import stands and for whatever use."""
    known, found = sources(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module == "autograd" and "nn" in path.parts:
            found.add("autograd")  # its public names, some of which modules have too
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            twins = [name.replace("autograd.compiled.", "autograd.") for name in (node.module, *whole)]
            if node.module.startswith("autograd.compiled") and not {node.module, *whole} & set(known):
                found |= {name for name in twins if name in known}  # a compiled module is on the floor of its Python file
                continue
            found |= {name if name in known or f"{name}.__init__" in known else node.module for name in whole}
    return found


def floor(module: str) -> tuple[str, int]:
    """The package of a module, and its floor there; raises KeyError if it has none."""
    package, _, name = module.rpartition(".")
    for level, names in enumerate(FLOORS[package]):
        if name in names:
            return package, level
    raise KeyError(f"{module} is on no floor: add it to tests/house.py")


def arrows_down(module: str, path: Path) -> list[str]:
    """The imports of a module that do not go to a floor above its own."""
    package, level = floor(module)
    wrong = []
    for other in imports(path) - {module}:
        at = other
        while at and at.rpartition(".")[0] not in (package, ""):
            at = at.rpartition(".")[0]  # autograd.program.tape is on the floor of autograd.program, seen from outside
        if at.rpartition(".")[0] == package and floor(at)[1] >= level:
            wrong.append(other)
    return wrong


def circles() -> list[str]:
    """Modules that import each other, directly or through others; those of PROGRAMS aside."""
    known = {name: path for name, path in sources().items() if name.rpartition(".")[2] not in PROGRAMS}
    graph = {name: (imports(path) & set(known)) - {name} for name, path in known.items()}
    done: set[str] = set()
    while True:
        free = {name for name in graph if name not in done and graph[name] <= done}
        if not free:
            return sorted(set(graph) - done)
        done |= free


def code_lines(path: Path) -> int:
    """Count the lines that are neither blank nor only comment or docstring."""
    text = path.read_text(encoding="utf-8")
    documentation: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            documentation |= set(range(body[0].lineno, (body[0].end_lineno or 0) + 1))
    quiet = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in quiet:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - documentation)


def main() -> None:
    known = sources()
    if "--dot" in sys.argv:
        print("digraph house {\n    rankdir=BT; node [shape=box];")
        for name, path in known.items():
            for other in sorted(imports(path) & set(known)):
                print(f'    "{name}" -> "{other}";')
        print("}")
        return
    for package, floors in FLOORS.items():
        print(package)
        for names in floors:
            files = [(name, known.get(f"{package}.{name}")) for name in names]
            print("   ", ", ".join(f"{name} ({code_lines(path)})" if path else f"{name}/" for name, path in files))
    page = {name: code_lines(known[f"autograd.{name}"]) for name in PAGE}
    print(f"\nlines of code: {page}, together {sum(page.values())}, at most {MOST_LINES}; circles: {circles() or 'none'}")


if __name__ == "__main__":
    main()
