"""python -m autograd demo: see a backward pass explained and a network trained. python -m autograd ops: the table.
python -m autograd explain "tanh(w*x + b)" w=0.5 x=2 b=0.1: the backward pass of an expression of your own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from autograd import reference
from autograd.render import explain

REPOSITORY = Path(__file__).parents[1]


def show_operations(write: bool) -> int:
    """Print the table; with `write`, bring the files of this checkout up to date that are printed from it."""
    if not write:
        print(reference.table())
        return 0
    try:
        changed = reference.write(REPOSITORY)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{', '.join(path.name for path in changed) or 'nothing'} changed")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m autograd", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="the worked example step by step, then a network trained on the moons data")
    demo.add_argument("--out", type=Path, default=Path("demo-output"), help="folder for the pictures (%(default)s)")
    table = commands.add_parser("ops", help="print the table of operations as Markdown")
    table.add_argument("--write", action="store_true", help="write docs/operations.md and functions.py of this checkout")
    commands.add_parser("explain", help="the backward pass of an expression of your own, step by step", add_help=False)
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["explain"]:  # which reads its own command line: an expression may look like an option
        return explain.main(given[1:])
    options = parser.parse_args(given)
    if options.command == "ops":
        return show_operations(options.write)
    try:
        from autograd.demo import run
    except ModuleNotFoundError as missing:
        print(f"The demo needs {missing.name}: pip install 'stepgrad[demo]'", file=sys.stderr)
        return 1
    run(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
