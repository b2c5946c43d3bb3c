"""The Python side of the playground: run a program, and send what it prints and shows to the page.

A program can import from here: `display(x)` shows anything, and `display(x).update(y)` replaces it while the program runs;
`curve(numbers)` and `boundary(model, X, y)` are pictures for it.
"""

from __future__ import annotations

import ast
import io
import linecache
import re
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from html import escape, unescape
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from autograd.operations import TABLE
from nn import predict

NAME = "your code"  # in place of a file's name, in tracebacks
EVERY = 0.08  # seconds between messages while a program runs; more would stop the page from answering
MOST_TEXT = 200_000  # characters of text from one run
MOST_SHOWN = 100  # pictures from one run
MOST_BYTES = 20_000_000  # of all files that a run leaves
MISSING = (
    "{name} is not part of the playground, which has Python's standard library, autograd and nn. To use {name}, "
    "install stepgrad on your computer."
)

Send = Callable[[dict[str, Any]], None]


class Screen:
    """The output of one run. send: called with each message for the page, a dict with a kind."""

    def __init__(self, send: Send) -> None:
        self.send: Send = send
        self.text: list[tuple[str, str]] = []  # what was printed and not yet sent: the stream and the text
        self.length: int = 0  # of all text
        self.shown: int = 0
        self.waiting: dict[int, Any] = {}  # what replaces a picture and was not yet sent
        self.sent_at: float = 0.0

    def write(self, stream: str, text: str) -> None:
        """Print text: now, or together with more of it."""
        room = MOST_TEXT - self.length
        if room <= 0 or not text:
            return
        self.length += len(text)
        self.text.append((stream, text[:room]))
        if self.length >= MOST_TEXT:
            self.text.append(("err", f"\n[the rest is left out: more than {MOST_TEXT:,} characters]\n"))
        if text.endswith("\n") and time.monotonic() - self.sent_at > EVERY:
            self.flush()

    def show(self, x: Any) -> Shown:
        """Show x below everything that was shown so far."""
        self.flush()
        self.shown += 1
        if self.shown <= MOST_SHOWN:
            self.send({"kind": "show", "id": self.shown, **content(x)})
        elif self.shown == MOST_SHOWN + 1:
            self.write("err", f"[more than {MOST_SHOWN} pictures: the rest is left out]\n")
        return Shown(self, self.shown)

    def replace(self, number: int, x: Any) -> None:
        """Show x in place of something else, now or a little later."""
        if number <= MOST_SHOWN:
            self.waiting[number] = x
        if time.monotonic() - self.sent_at > EVERY:
            self.flush()

    def flush(self) -> None:
        """Send everything that is waiting."""
        text, self.text = self.text, []
        waiting, self.waiting = self.waiting, {}
        if text:
            together = [(name, "".join(part for _, part in parts)) for name, parts in groupby(text, itemgetter(0))]
            self.send({"kind": "text", "parts": together})
        for number, x in waiting.items():
            self.send({"kind": "show", "id": number, **content(x)})
        self.sent_at = time.monotonic()


class Shown:
    """Something that is shown on the page."""

    def __init__(self, screen: Screen, number: int) -> None:
        self._screen: Screen = screen
        self._number: int = number

    def update(self, x: Any) -> None:
        """Show x in its place."""
        self._screen.replace(self._number, x)


class Stream(io.TextIOBase):
    """stdout or stderr of a program."""

    def __init__(self, screen: Screen, name: str) -> None:
        self.screen: Screen = screen
        self.name: str = name

    def write(self, text: str) -> int:
        """Print text."""
        self.screen.write(self.name, str(text))
        return len(text)

    def flush(self) -> None:
        """Send what was printed, unless something was sent a moment ago."""
        if time.monotonic() - self.screen.sent_at > EVERY:
            self.screen.flush()


screen = Screen(lambda message: None)


def display(*xs: Any) -> Shown:
    """Show objects: drawings, players and other objects with an HTML or SVG form as such, others as text.

    Returns the last one's place: `place.update(x)` shows x there instead.
    """
    if not xs:
        raise TypeError("display needs something to show")
    return [screen.show(x) for x in xs][-1]


def content(x: Any) -> dict[str, str]:
    """Return the richest form of an object that the page can show, as `svg`, `html` or `text`, and a description of it."""
    if isinstance(x, (str, type)):
        return {"text": str(x) if isinstance(x, str) else repr(x)}
    for name, kind in (("svg", "svg"), ("_repr_svg_", "svg"), ("_repr_html_", "html")):
        form = getattr(x, name, None)
        form = form() if callable(form) else form
        if isinstance(form, str) and (kind == "html" or form.startswith("<svg")):
            label = re.search(r'aria-label="([^"]*)"', form[:1000]) if kind == "svg" else None
            about = unescape(label[1]) if label else getattr(x, "about", None) or getattr(x, "title", None)
            return {kind: form, "about": about if isinstance(about, str) else type(x).__name__}
    return {"text": repr(x)}


def run(code: str, send: Send) -> None:
    """Run a program, sending what it prints, shows and saves, and at last a message that it is done, with any error's line.

    The value of a last line that is an expression is shown, as in a notebook.
    """
    global screen
    screen = Screen(send)
    operations = set(TABLE)
    before = {path: path.stat().st_mtime_ns for path in Path().iterdir()}
    linecache.cache[NAME] = (len(code), None, code.splitlines(keepends=True), NAME)
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream(screen, "out"), Stream(screen, "err")
    start, told = time.monotonic(), {}
    try:
        value = _execute(code)
        if value is not None and not isinstance(value, Shown):
            screen.show(repr(value) if isinstance(value, str) else value)
    except SystemExit:
        pass
    except BaseException as error:
        told = _report(error)
    finally:
        sys.stdout, sys.stderr = streams
        screen.flush()
        for name in TABLE.keys() - operations:  # which the program defined, and may define again in the next run
            del TABLE[name]
    for path in _new_files(before):
        send({"kind": "file", "name": path.name, "bytes": path.read_bytes()})
    send({"kind": "done", "seconds": time.monotonic() - start, **told})


def _execute(code: str) -> Any:
    """Run a program and return the value of its last line, or None if that is not an expression."""
    names: dict[str, Any] = {"__name__": "__main__", "display": display, "input": _no_input}
    tree = ast.parse(code, NAME)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
    exec(compile(tree, NAME, "exec"), names)
    return None if last is None else eval(compile(last, NAME, "eval"), names)


def _no_input(prompt: str = "") -> str:
    raise RuntimeError("input() does not work in the playground: write the answer into the program")


def _report(error: BaseException) -> dict[str, Any]:
    """Print a traceback without the frames of the playground; return the error in a line, and its line in the program."""
    where = error.__traceback__
    while where is not None and where.tb_frame.f_code.co_filename == __file__:
        where = where.tb_next
    line = None
    if isinstance(error, SyntaxError) and error.filename == NAME:
        line = error.lineno
    for frame, number in traceback.walk_tb(where):
        if frame.f_code.co_filename == NAME:
            line = number
    screen.write("err", "".join(traceback.format_exception(type(error), error, where)))
    if isinstance(error, ModuleNotFoundError) and error.name:
        screen.write("err", MISSING.format(name=error.name.partition(".")[0]) + "\n")
    return {"error": "".join(traceback.format_exception_only(error)).strip().splitlines()[-1][:300], "line": line}


def _new_files(before: dict[Path, int]) -> list[Path]:
    """Return the files that the run saved in the current folder, as long as they are small together."""
    files = [path for path in sorted(Path().iterdir()) if path.is_file() and path.stat().st_mtime_ns != before.get(path)]
    while sum(path.stat().st_size for path in files) > MOST_BYTES:
        files.pop()
    return files


# Pictures

STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #526077; } .axis { stroke: #8694a8; } .line { stroke: #c2410c; fill: none; stroke-width: 2; }
.zero { fill: #2563eb; stroke: #ffffff; } .one { fill: #c2410c; stroke: #ffffff; } .wrong { stroke: #0f172a; stroke-width: 2.5; }
.paper { fill: #ffffff; } .low { fill: #2563eb; } .high { fill: #c2410c; }
@media (prefers-color-scheme: dark) {
text { fill: #a3b1c6; } .line { stroke: #fb923c; } .zero { fill: #60a5fa; stroke: #0f172a; } .one { fill: #fb923c; stroke: #0f172a; }
.wrong { stroke: #ffffff; } .paper { fill: #0f172a; } .low { fill: #60a5fa; } .high { fill: #fb923c; } }
</style>"""
WIDTH, HEIGHT = 420, 300  # px of a picture


class Picture:
    """A drawing as SVG. about: the same in words, for screen readers."""

    def __init__(self, body: str, about: str) -> None:
        self.about: str = about
        self.svg: str = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
            f'{STYLE}<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>{body}</svg>'
        )

    def __repr__(self) -> str:
        return self.about


def curve(numbers: Sequence[float], title: str = "loss", unit: str = "step") -> Picture:
    """Draw numbers, such as the losses so far, from left to right. unit: the name of each, written below the last one."""
    numbers = [float(x) for x in numbers]
    if not numbers:
        raise ValueError("curve needs at least one number")
    finite = [x for x in numbers if abs(x) < float("inf")] or [0.0]
    low, high = min(0.0, *finite), max(0.0, *finite)
    left, right, top, bottom = 52, WIDTH - 12, 30, HEIGHT - 30
    span = high - low or 1.0

    def place(i: int, x: float) -> str:
        across = left + (right - left) * (i / max(1, len(numbers) - 1))
        return f"{across:.1f},{bottom - (bottom - top) * (min(max(x, low), high) - low) / span:.1f}"

    points = " ".join(place(i, x) for i, x in enumerate(numbers) if x == x)
    body = (
        f'<path class="axis" fill="none" d="M{left} {top}V{bottom}H{right}"/><polyline class="line" points="{points}"/>'
        f'<text x="{left - 6}" y="{top + 4}" text-anchor="end">{high:.3g}</text>'
        f'<text x="{left - 6}" y="{bottom + 4}" text-anchor="end">{low:.3g}</text>'
        f'<text x="{right}" y="{bottom + 18}" text-anchor="end">{escape(unit)} {len(numbers):,}</text>'
        f'<text x="{left}" y="{top - 12}">{escape(title)}: {numbers[-1]:.4g}</text>'
    )
    return Picture(body, f"{title} of {len(numbers)} {unit}s, from {numbers[0]:.4g} to {numbers[-1]:.4g}")


def boundary(
    model: Any, X: Sequence[Sequence[float]], y: Sequence[float], title: str = "", resolution: int = 16
) -> Picture:
    """Draw points of two classes in the plane, and the class that the model gives each place: the second if its score > 0.

    X: (n_examples, 2). y: the classes; the larger one is the second. Points on the wrong side have a heavy edge.
    """
    high_class = max(y)
    xs, ys = [x for x, _ in X], [x for _, x in X]
    left, right = _with_margin(xs)
    bottom, top = _with_margin(ys)
    grid = [
        [left + (i + 0.5) / resolution * (right - left), top - (j + 0.5) / resolution * (top - bottom)]
        for j in range(resolution)
        for i in range(resolution)
    ]
    scores = [float(x) for x in predict(model, [*grid, *X]).tolist()]
    largest = max(map(abs, scores[: len(grid)])) or 1.0
    across = [round(WIDTH * i / resolution) for i in range(resolution + 1)]  # whole pixels, without seams
    down = [24 + round((HEIGHT - 24) * j / resolution) for j in range(resolution + 1)]
    parts = []
    for k, score in enumerate(scores[: len(grid)]):
        j, i = divmod(k, resolution)
        parts.append(
            f'<rect class="{"high" if score > 0 else "low"}" x="{across[i]}" y="{down[j]}" width="{across[i + 1] - across[i]}" '
            f'height="{down[j + 1] - down[j]}" opacity="{0.12 + 0.4 * min(1.0, abs(score) / largest):.2f}"/>'
        )
    right_ones = 0
    for (a, b), label, score in zip(X, y, scores[len(grid) :]):
        second = label == high_class
        fits = (score > 0) == second
        right_ones += fits
        px, py = (a - left) / (right - left) * WIDTH, 24 + (top - b) / (top - bottom) * (HEIGHT - 24)
        kind = f"{'one' if second else 'zero'}{'' if fits else ' wrong'}"
        if second:
            parts.append(f'<rect class="{kind}" x="{px - 4.5:.1f}" y="{py - 4.5:.1f}" width="9" height="9"/>')
        else:
            parts.append(f'<circle class="{kind}" cx="{px:.1f}" cy="{py:.1f}" r="5"/>')
    told = f"{title}{': ' if title else ''}{right_ones} of {len(X)} points on the right side"
    return Picture(f'<text x="8" y="16">{escape(told)}</text>{"".join(parts)}', f"Decision boundary. {told}")


def _with_margin(numbers: Sequence[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    margin = 0.12 * (high - low) or 1.0
    return low - margin, high + margin
