"""Measure the step player: `python benchmarks/rendering.py` prints one Markdown table.

Needs stepgrad's extra `browser` and a Chromium. The graphs range from one neuron to a million nodes. Each is shown with the
best layout engine and with the built-in one, and stepped through in the browser.
"""

from __future__ import annotations

import itertools
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from autograd import Value, scope
from autograd.demo import worked_example
from autograd.render import show_backward
from nn import MLP

COLUMN = 900  # px, width of the column for the smallest text
STEPS, PASSES = 300, 4  # the number of steps timed in the browser, at most, and the passes over them; the fastest counts
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")

# Goes to each frame by the slider and waits for the layout: the ms of each; then texts, as tests/browser measures them.
STEP = """async (frames) => {
  const root = document.querySelector("[data-stepgrad]").shadowRoot, slider = root.querySelector("input"), times = [];
  const visible = (element) => element.checkVisibility() && element.textContent !== "";
  let smallest = Infinity, outside = 0;
  for (const frame of frames) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    slider.value = frame;
    slider.dispatchEvent(new Event("input"));
    root.querySelector("section").getBoundingClientRect();
    times.push(performance.now() - start);
    if (times.length % 10 !== 1) continue;
    for (const line of [...root.querySelectorAll("svg text")].filter(visible)) {
      smallest = Math.min(smallest, parseFloat(getComputedStyle(line).fontSize) * line.getScreenCTM().a);
      const box = line.closest("[data-box]")?.querySelector("rect").getBoundingClientRect();
      const at = line.getBoundingClientRect();
      outside += box !== undefined && (at.left < box.left || at.right > box.right
        || at.top < box.top - 0.5 || at.bottom > box.bottom + 0.5);
    }
  }
  return { times, smallest, outside };
}"""


def written(sizes: list[int], rows: int = 1) -> Value:
    """Make a network written out with * and +, with a scope per neuron, and its squared error over some examples."""
    weights = [
        [[Value(0.1 + 0.01 * i * j, f"w{i}") for i in range(n + 1)] for j in range(m)] for n, m in itertools.pairwise(sizes)
    ]
    total: Value | float = 0.0
    for row in range(rows):
        xs = [Value(0.5 * k - 0.1 * row, f"x{k}") for k in range(sizes[0])]
        for i, layer in enumerate(weights):
            with scope(f"layer{i}"):
                xs = [neuron(f"neuron{j}", ws, xs) for j, ws in enumerate(layer)]
        total = total + (xs[0] - 1.0) ** 2
    assert isinstance(total, Value)
    return total


def neuron(name: str, ws: list[Value], xs: list[Value]) -> Value:
    with scope(name):
        act = ws[-1]
        for w, x in zip(ws, xs):
            act = act + w * x
        return act.tanh()


def batch(rows: int) -> Value:
    model = MLP(2, [16, 16, 1], seed=0)
    return sum((model([Value(0.1 * k), Value(1.0 - 0.2 * k)]) - 1.0) ** 2 for k in range(rows)) * (1.0 / rows)


def chain(length: int) -> Value:
    y = Value(1.0, "x")
    for _ in range(length):
        y = y * 1.0000001
    return y


GRAPHS: list[tuple[str, Callable[[], Value]]] = [
    ("a neuron", lambda: written([2, 1])),
    ("worked example", lambda: worked_example()[0]),
    ("1-3-1 written out", lambda: written([1, 3, 1])),
    ("3-4-1 written out", lambda: written([3, 4, 1])),
    ("3-5-3-1 written out", lambda: written([3, 5, 3, 1])),
    ("2-13-13-1 written out", lambda: written([2, 13, 13, 1])),
    ("`nn.MLP(2, [16, 16, 1])`, 45 rows", lambda: batch(45)),
    ("2-16-16-1 written out, 1,500 rows", lambda: written([2, 16, 16, 1], 1500)),
    ("a chain of a million", lambda: chain(1_000_000)),
]


def busy() -> float:
    """Return the CPU seconds used so far by this process and the processes it waited for (Graphviz)."""
    return sum(os.times()[:4])


def measure(name: str, make: Callable[[], Value], engine: str, browser: Browser, folder: Path) -> list[Any]:
    root = make()
    start = busy()
    player = show_backward(root, engine=engine)
    path = player.save(folder / "page.html")
    seconds = busy() - start
    tab = browser.new_page(viewport={"width": COLUMN + 26, "height": 900})  # 12 px of margin and 1 of border on both sides
    tab.goto(path.as_uri())
    last = int(tab.get_by_label("Step", exact=True).get_attribute("max") or 0)
    seen = [tab.evaluate(STEP, list(range(1, min(last, STEPS) + 1))) for _ in range(PASSES)]
    tab.close()
    first, boxes = player.panes[0], [len(pane.picture.boxes) for pane in player.panes]
    view = "flat" if not first.groups else "modules"
    shown = (
        str(boxes[0]) if len(boxes) == 1 else f"{boxes[0]}; inside, {len(boxes) - 1} pictures of at most {max(boxes[1:])}"
    )
    times = [min(times) for times in zip(*(once["times"] for once in seen))]
    smallest, outside = min(once["smallest"] for once in seen), sum(once["outside"] for once in seen)
    return [
        name, f"{len(player.graph.order):,}", view, shown, f"{smallest:.1f}", f"{path.stat().st_size / 1e6:.2f}",
        f"{seconds:.2f}", f"{statistics.median(times):.1f}", f"{max(times):.1f}", outside, player.engine,
    ]  # fmt: skip


def main() -> None:
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        sys.exit("no Chromium is installed: apt-get install chromium")
    columns = (
        "graph", "nodes", "view", "boxes", "smallest text, px", "file, MB", "to make, CPU s", "a step, ms",
        "slowest step, ms", "texts outside", "engine",
    )  # fmt: skip
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        for name, make in GRAPHS:
            for engine in ("auto", "stepgrad"):
                row = measure(name, make, engine, browser, Path(folder))
                print(f"| {' | '.join(map(str, row))} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
