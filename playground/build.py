"""Build the playground: a folder of static files that any web server can serve, and that requests nothing from elsewhere.

python playground/build.py [--into DIR]   needs npm, which gets the Python that runs in the page; then
python -m autograd playground             serves the folder on this machine
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
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


def build(into: Path) -> None:
    """Lay out the folder anew."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.rmtree(into, ignore_errors=True)
        (into / "pyodide").mkdir(parents=True)
        for name in PAGE:
            shutil.copy(HERE / name, into / name)
        (into / "examples.json").write_text(json.dumps(examples(), indent=1), encoding="utf-8")
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
