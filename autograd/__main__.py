"""python -m autograd demo: see a backward pass explained and a network trained. python -m autograd ops: the table.
python -m autograd explain "tanh(w*x + b)" w=0.5 x=2 b=0.1: the backward pass of an expression of your own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from autograd.ops import TABLE
from autograd.render import explain

START, END = "<!-- operations: python -m autograd ops --into README.md -->", "<!-- end of operations -->"


def operations_table() -> str:
    """The table of operations as Markdown, as it stands in the README."""
    lines = ["| operation | is | local derivative towards each operand | at the edges |", "|---|---|---|---|"]
    for row in TABLE.values():
        rules = ", ".join(f"`{rule}`" for rule in row.rules)
        lines.append(f"| `{row.name}({', '.join(row.operands)})` | `{row.formula}` | {rules} | {row.note} |")
    return "\n".join(lines)


def show_operations(into: Path | None) -> int:
    """Print the table, or write it into a file in the place that is marked for it."""
    if into is None:
        print(operations_table())
        return 0
    text = into.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        print(f"{into} has no place for the table: it needs a line {START} and a line {END}", file=sys.stderr)
        return 2
    into.write_text(f"{before}{start}\n{operations_table()}\n{end}{after}", encoding="utf-8")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m autograd", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="the worked example step by step, then a network trained on the moons data")
    demo.add_argument("--out", type=Path, default=Path("demo-output"), help="folder for the pictures (%(default)s)")
    table = commands.add_parser("ops", help="print the table of operations as Markdown")
    table.add_argument("--into", type=Path, help="write it into this file instead, between its two operations comments")
    commands.add_parser("explain", help="the backward pass of an expression of your own, step by step", add_help=False)
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["explain"]:  # which reads its own command line: an expression may look like an option
        return explain.main(given[1:])
    options = parser.parse_args(given)
    if options.command == "ops":
        return show_operations(options.into)
    try:
        from autograd.demo import run
    except ModuleNotFoundError as missing:
        print(f"The demo needs {missing.name}: pip install 'stepgrad[demo]'", file=sys.stderr)
        return 1
    run(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
