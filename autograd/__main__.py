"""python -m autograd demo: see a backward pass explained and a network trained. python -m autograd ops: the table.
python -m autograd explain "tanh(w*x + b)" w=0.5 x=2 b=0.1: the backward pass of an expression of your own.
python -m autograd playground: serve the playground, in which all of this runs in a browser."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from autograd import reference
from autograd.render import explain

REPOSITORY = Path(__file__).parents[1]
BUILT = REPOSITORY / "build" / "playground"


def show_operations(write: bool) -> int:
    """Print the table; with `write`, update the files of this checkout that are generated from it."""
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


class Handler(SimpleHTTPRequestHandler):
    """Serves files with the MIME types that browsers require, whatever this machine's own are, and without a log."""

    extensions_map: dict[str, str] = {  # noqa: RUF012  the base class's name, which is not a ClassVar there
        **SimpleHTTPRequestHandler.extensions_map,
        ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript",
        ".css": "text/css", ".json": "application/json", ".wasm": "application/wasm",
    }  # fmt: skip

    def end_headers(self) -> None:
        """Let the browser ask for each file again, so that it shows the latest build."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


def serve(folder: Path, port: int) -> int:
    """Serve the playground on this machine only, until Ctrl-C; return the exit code. port: 0 for any that is free."""
    if not (folder / "index.html").exists():
        print(
            f"The playground is not in {folder}: build it with `python playground/build.py`, in a checkout of stepgrad.",
            file=sys.stderr,
        )
        return 1
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(folder)))
    except (OSError, OverflowError) as error:
        print(f"Port {port} cannot be used ({error}): choose another with --port.", file=sys.stderr)
        return 1
    with server:
        print(f"The playground is at http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m autograd", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="the worked example step by step, then a network trained on the moons data")
    demo.add_argument("--out", type=Path, default=Path("demo-output"), help="folder for the pictures (%(default)s)")
    table = commands.add_parser("ops", help="print the table of operations as Markdown")
    table.add_argument("--write", action="store_true", help="write docs/operations.md and functions.py of this checkout")
    commands.add_parser("explain", help="the backward pass of an expression of your own, step by step", add_help=False)
    playground = commands.add_parser("playground", help="serve the playground, for a browser on this machine")
    playground.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1, 0 for any (%(default)s)")
    playground.add_argument("--folder", type=Path, default=BUILT, help="folder made by playground/build.py (%(default)s)")
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["explain"]:  # which reads its own command line: an expression may look like an option
        return explain.main(given[1:])
    options = parser.parse_args(given)
    if options.command == "ops":
        return show_operations(options.write)
    if options.command == "playground":
        return serve(options.folder, options.port)
    try:
        from autograd.demo import run
    except ModuleNotFoundError as missing:
        print(f"The demo needs {missing.name}: pip install 'stepgrad[demo]'", file=sys.stderr)
        return 1
    run(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
