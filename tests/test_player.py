"""The data of the step player. Its behaviour is tested in tests/browser."""

import json
import math
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image

import autograd
import nn
from autograd import Value, operations
from autograd.demo import worked_example
from autograd.graph import topological_order
from autograd.render import show_backward, trace_backward
from autograd.render.pages.page import Page
from autograd.render.pages.player import _ranges
from tests.skips import need

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</script><script>alert(1)</script>"


def script_data(html: str) -> dict[str, Any]:
    """Return the data that the script of a page starts with."""
    (call,) = re.findall(r"\nstart\((.*)\);\n", html)
    parts = json.loads(f"[{call}]")
    assert f'data-stepgrad="{parts[0]}"' in html
    return dict(parts[1])


def test_the_page_has_the_numbers_of_the_trace() -> None:
    loss, _ = worked_example()
    trace = trace_backward(loss)
    player = show_backward(trace)
    data = script_data(player.to_html())
    assert len(data["steps"]) == len(trace) == data["total"] == 8
    names = {int(i): node["n"] for i, node in data["nodes"].items()}
    for told, step in zip(data["steps"], trace):
        assert (names[told["n"]], told["all"]) == (step.node.label, len(step.contributions))
        shown = list(zip(told["a"], told["l"], told["r"]))
        assert [(names[x], local, rule) for x, local, rule in shown] == [
            (c.input.label, c.local, c.rule) for c in step.contributions
        ]
    assert data["nodes"]["13"] == {
        "n": "loss", "d": loss.data, "p": 0, "t": "loss [**]", "o": "pow", "e": "error^2", "x": "\x0112\x01^2", "s": 1.0,
    }  # fmt: skip
    assert data["steps"][0]["c"] == {"1": 2.0}, "the plain number is the second operand"
    assert data["nodes"]["0"] == {"n": "w1", "d": 0.5, "p": 1}
    assert (data["live"], data["digits"]) == (True, 4)
    assert [names[x] for x in data["moved"]] == ["w1", "x", "b1", "w2", "b2", "y"]


def test_showing_a_trace_again_runs_nothing() -> None:
    loss, v = worked_example()
    trace = trace_backward(loss)
    before = v["w1"].grad
    v["w1"].grad = 5.0
    assert "w1      −0.03141 × 2 = −0.06282" in show_backward(trace).still, "as it was when it was recorded"
    assert v["w1"].grad == 5.0
    show_backward(loss)
    assert v["w1"].grad == 5.0 + before


def network(rows: int) -> Value:
    model = nn.MLP(2, [8, 8, 1], seed=0)
    loss: Value = nn.mse_loss([model([0.1 * i, 1.0]) for i in range(rows)], [0.0] * rows)
    return loss


def test_every_step_has_a_picture_that_shows_its_node() -> None:
    player = show_backward(network(rows=4), max_nodes=20)
    data = player.data
    for step in data["steps"]:
        svg = data["pictures"][step["in"]]["svg"]
        assert re.search(rf'data-nodes="([0-9 ]* )?{step["n"]}( [0-9 ]*)?"', svg)
    parents = [picture["parent"] for picture in data["pictures"]]
    assert parents[0] is None
    assert all(parent < i for i, parent in enumerate(parents[1:], 1))
    steps_in_groups = re.findall(r'data-steps="([0-9 -]*)"', data["pictures"][0]["svg"])
    covered = [
        k for text in steps_in_groups for a, b in re.findall(r"(\d+)-(\d+)", text) for k in range(int(a), int(b) + 1)
    ]
    alone = re.findall(r'class="operation" data-box="n\d+" data-nodes="(\d+)"', data["pictures"][0]["svg"])
    assert len(covered) + len(alone) == len(data["steps"])
    assert len(set(covered)) == len(covered)
    assert "steps in" in repr(player)


def test_views() -> None:
    loss = network(rows=1)
    assert len(show_backward(loss, view="flat", engine="stepgrad").panes) == 1
    assert len(show_backward(loss, view="overview", engine="stepgrad").panes) > 5
    assert len(show_backward(Value(1.0).tanh(), view="overview").panes) == 1, "there is nothing to group"
    with pytest.raises(ValueError, match="view must be one of auto, flat, overview, got 'tree'"):
        show_backward(loss, view="tree")


def test_of_a_long_pass_a_window_is_shown() -> None:
    x = Value(1.0, "x")
    y = x
    for _ in range(2500):
        y = y * 0.999 + x
    trace = trace_backward(y)
    player = show_backward(trace, start=3000, engine="stepgrad")
    data = player.data
    assert (data["from"], len(data["steps"]), data["total"], data["open"]) == (3000, 1000, 5000, 0)
    assert "steps 3,001 to 4,000 of 5,000 are shown; show_backward(..., start=4000) shows later ones" in player.notes
    index = player.graph.index[x]
    assert data["live"] and len(data["unseen"]) == 4000, "every step is in the page, to be computed"
    assert [step["n"] for step in data["unseen"][:3000]] == [player.graph.index[node] for node in trace.nodes[:3000]]
    assert "s" not in data["nodes"][index] and "k" not in data["nodes"][index], "so nothing is there before them"
    unseen = data["nodes"][player.graph.index[trace.nodes[501]]]
    assert set(unseen) == {"n", "d", "p", "t", "o"}, "without formulas, as they are not shown"
    last = show_backward(trace, start=4990, engine="stepgrad")
    assert (last.window.start, last.open_at) == (4000, 990)
    assert not any("later ones" in note for note in last.notes)
    assert len(player.to_html()) < 6_000_000
    z = y
    for _ in range(7500):
        z = z * 0.999 + x
    fixed = show_backward(trace := trace_backward(z), start=3000, engine="stepgrad")
    assert "the numbers cannot be changed here: a graph with 40,000 operands is too large for this" in fixed.notes
    before, arrived = trace.state(3000)
    told = fixed.data["nodes"][fixed.graph.index[x]]
    assert not fixed.data["live"] and "unseen" not in fixed.data
    assert (told["s"], told["k"]) == (before[x], arrived[x]) == (before[x], 1500)


def test_pages_are_inert_whatever_labels_say(tmp_path: Path) -> None:
    x = Value(1.0, HOSTILE)
    y = x.tanh()
    y.label = "<img src=x onerror=alert(2)>"
    player = show_backward(y)
    html = player.to_html()
    assert html.count("<script>") == html.count("</script>") == 1
    assert "<img src=x" not in html
    names = [node["n"] for node in script_data(html)["nodes"].values()]
    assert HOSTILE in names
    assert "Content-Security-Policy" in html
    assert "default-src 'none'" in html
    assert player.save(tmp_path / "steps.html").read_text(encoding="utf-8") == html
    assert player.save(tmp_path / "STEPS.HTML").read_text(encoding="utf-8") == html
    with pytest.raises(ValueError, match=r"a page can be saved as .html, .gif or .mp4, got '.*steps.txt'"):
        player.save(tmp_path / "steps.txt")
    kind, frame = player._mime_()
    assert kind == "text/html"
    assert frame.startswith('<iframe srcdoc="&lt;!DOCTYPE')


def test_where_scripts_do_not_run_there_is_a_picture_and_a_table() -> None:
    html = show_backward(worked_example()[0])._repr_html_()
    still = html[: html.index("<script>")]
    assert '<img src="data:image/svg+xml,' in still
    assert "w2*a1 [×]" in still
    assert "had + upstream" in still
    start, end, table = still.split("<details>")
    assert "After the backward pass" in end and "The steps as a table" in table
    start, end = (unquote(re.findall('src="data:image/svg[+]xml,([^"]+)"', part)[0]) for part in (start, end))
    assert (start.count("grad ·"), start.count("grad 1<"), end.count("grad ·")) == (13, 1, 0), (
        "not the end before the start"
    )
    assert "grad −0.06282" in end and "data 0.1994" in start


def test_a_page_without_its_parts_cannot_be_made() -> None:
    for part in ("title", "data", "still"):
        others = {name: property(lambda page: "") for name in ("title", "data", "still") if name != part}
        with pytest.raises(TypeError, match=f"abstract.* '?{part}"):
            type("Half", (Page,), others)()


def test_what_cannot_be_shown_is_named() -> None:
    with pytest.raises(ValueError, match="was not computed from anything: there is no backward step to show"):
        show_backward(Value(1.0))
    with pytest.raises(ValueError, match="start must be a step from 0 to 1, got 2"):
        show_backward(Value(1.0).tanh(), start=2)
    x = Value(2.0, "x")
    for several in ([x * 2.0, x.tanh()], (x * 2.0, x)):
        with pytest.raises(
            TypeError, match=r"for several results, start from their sum, such as a \+ b, got (list|tuple): "
        ):
            show_backward(several)  # type: ignore[arg-type]
    assert x.grad == 0.0
    with pytest.raises(TypeError, match="a backward pass needs a Value to start from, got float: 1.0"):
        show_backward(1.0)  # type: ignore[arg-type]


def chain(length: int) -> Value:
    x = Value(1.0, "x")
    for _ in range(length):
        x = x + 1.0
    return x


REFUSED: dict[str, tuple[Value, dict[str, Any], type[Exception]]] = {
    "a leaf": (Value(1.0), {}, ValueError),
    "view": (chain(1), {"view": "round"}, ValueError),
    "start": (chain(1), {"start": 2}, ValueError),
    "no such engine": (chain(1), {"engine": "neato"}, ValueError),
    "too many boxes": (chain(2001), {"view": "flat"}, ValueError),
    "not finite": (chain(1) * math.inf - math.inf, {}, RuntimeError),
    "no graph": (chain(1), {"max_nodes": "many"}, TypeError),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_shown_leaves_every_gradient_as_it_was(name: str) -> None:
    root, options, error = REFUSED[name]
    nodes = topological_order(root)
    for i, node in enumerate(nodes):
        node.grad = float(i + 1)
    with autograd.detect_anomaly(), pytest.raises(error):
        show_backward(root, **options)
    assert [node.grad for node in nodes] == [float(i + 1) for i in range(len(nodes))]


def test_what_a_page_cannot_compute_is_said() -> None:
    x = Value(2.0, "x")
    y = x.tanh() * 3.0
    y.data = 5.0
    player = show_backward(y)
    assert player.fixed.startswith("v2 is not mul of its operands: its data, or theirs, changed")
    assert not player.data["live"] and player.code == "const OPERATIONS = {\n};\n"
    z = Value(2.0, "z")
    w = z * 2.0
    z.data = 7.0
    assert "v1 is not mul of its operands" in show_backward(w).fixed
    assert show_backward(Value(math.nan) * 2.0).fixed == "", "nan is nan again"
    assert show_backward(Value(math.inf) * 2.0).fixed == ""
    wide = [autograd.sum([x] * 50) for _ in range(500)]
    assert "too large" in show_backward(autograd.sum(wide), engine="stepgrad").fixed


def test_a_page_whose_numbers_are_fixed_still_shows_them() -> None:
    y = Value(2.0, "x").tanh() * 3.0
    y.data = 5.0
    assert show_backward(y).data["steps"][0]["c"] == {1: 3.0}


def test_operations_made_at_run_time() -> None:
    f = autograd.define("sine_of_new", "sin(new)", lambda m, new: m.sin(new), ("cos(new)", lambda m, new, y: m.cos(new)))
    try:
        player = show_backward(f(Value(2.0, "x")))
        assert player.fixed == ""
        assert '"sine_of_new": { many: 0' in player.code and "new)" not in player.code, "a word of JavaScript"
    finally:
        del operations.TABLE["sine_of_new"]


def test_parameters_and_digits() -> None:
    x, w = Value(1 / 3, "x"), Value(2.0, "w")
    y = x * w
    player = show_backward(y, parameters=iter([w]), digits=6)
    assert (player.data["moved"], player.data["digits"]) == ([player.graph.index[w]], 6)
    assert "data 0.333333<" in player.data["pictures"][0]["svg"]
    before = x.grad
    for wrong in (Value(1.0), y):
        with pytest.raises(ValueError, match="parameters are leaves of the graph of .*: .* is not one of them"):
            show_backward(y, parameters=[wrong])
    with pytest.raises(ValueError, match="digits is the number of significant digits to show, from 1 to 17, got 0"):
        show_backward(y, digits=0)
    assert x.grad == before


def test_a_frame_is_a_drawing_of_one_step(tmp_path: Path) -> None:
    loss, v = worked_example()
    player = show_backward(loss)
    start, third, last = (player.frame(k) for k in (0, 3, 8))
    assert start.words == ("The backward pass starts at loss [**]",)
    assert third.words == (
        "a2 [sigmoid] passes its gradient −0.8930 on",
        "∂loss/∂z2 = −0.8930 × 0.2471 = −0.2207   d sigmoid(z2)/dz2 = sigmoid(z2) × (1 − sigmoid(z2)) = 0.2471",
    )
    assert third.picture.lit == {third.picture.box_of[v["a2"]]: "active", third.picture.box_of[v["z2"]]: "gets"}
    for frame, grads in ((start, 1), (third, 5), (last, 14)):
        assert frame.svg.count('class="grad"') - frame.svg.count("grad ·<") == grads
    assert (
        'class="operation active"' in third.svg
        and 'class="operation gets"' in third.svg
        and "active" not in start.svg.split("</style>")[1]
    )
    for suffix, begins in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".pdf", b"%PDF"), (".dot", b"digraph")):
        assert third.save(tmp_path / f"step{suffix}").read_bytes().startswith(begins)
    assert player.panes[0].picture.lit == {}, "the player stays as it is"
    for k in (-1, 9):
        with pytest.raises(ValueError, match=f"this player has the steps from 0 to 8, got {k}"):
            player.frame(k)
    many = show_backward(autograd.sum([Value(float(k), f"x{k}") for k in range(9)])).frame(1)
    assert (len(many.words), many.words[-1]) == (8, "and 3 more inputs")
    inner = show_backward(network(rows=2), max_nodes=20)
    for k in (1, len(inner.trace)):
        frame = inner.frame(k)
        assert frame.picture.lit[frame.picture.box_of[inner.trace.nodes[k - 1]]] == "active"
    window = show_backward(trace_backward(chain(2000)), start=1000, engine="stepgrad")
    assert window.frame(1000).words == ("After step 1000",)


def test_steps_as_an_animated_gif(tmp_path: Path) -> None:
    x = Value(2.0, "x")
    player = show_backward((x * x).tanh())
    shown = []
    with Image.open(player.save(tmp_path / "steps.GIF", seconds=0.5)) as film:
        assert (film.format, film.n_frames, film.info["loop"]) == ("GIF", 3, 0)
        for k in range(film.n_frames):
            film.seek(k)
            shown.append((film.info["duration"], film.size, film.convert("RGB").tobytes()))
    assert [duration for duration, *_ in shown] == [500, 500, 1500]
    assert len({size for _, size, _ in shown}) == 1 and len({pixels for *_, pixels in shown}) == 3
    with pytest.raises(ValueError, match="a film can have 200 steps, and this player has 300: save it as .html"):
        show_backward(chain(300), engine="stepgrad").save(tmp_path / "long.gif")


def test_steps_as_an_mp4(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = Value(2.0, "x")
    player = show_backward((x * x).tanh())
    with monkeypatch.context() as without:
        without.setattr("autograd.render.drawing.find_spec", lambda name: None)
        with pytest.raises(
            RuntimeError, match=r"an .mp4 file needs imageio-ffmpeg: pip install 'stepgrad\[film\]', or save"
        ):
            player.save(tmp_path / "steps.mp4")
    sent: list[Any] = []

    def write_frames(path: str, size: tuple[int, int], **options: Any) -> Any:
        """Stand in for FFmpeg."""
        sent.append((size, options["fps"]))
        try:
            while True:
                sent.append((yield))
        except GeneratorExit:
            Path(path).write_bytes(b"film")

    monkeypatch.setattr("autograd.render.drawing.find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", SimpleNamespace(write_frames=write_frames))
    assert player.save(tmp_path / "steps.MP4", seconds=0.5).read_bytes() == b"film"
    (size, fps), *frames = sent
    assert size[0] % 2 == size[1] % 2 == 0 and {len(frame) for frame in frames} == {3 * size[0] * size[1]}
    assert len(frames) == (1 + 1 + 3) * 0.5 * fps and len(set(frames)) == 3


def test_ffmpeg_writes_a_film(tmp_path: Path) -> None:
    need("film", find_spec("imageio_ffmpeg"))
    from imageio_ffmpeg import count_frames_and_secs

    x = Value(2.0, "x")
    count, seconds = count_frames_and_secs(str(show_backward((x * x).tanh()).save(tmp_path / "steps.mp4", seconds=0.5)))
    assert (count, seconds) == (25, pytest.approx(2.5, abs=0.2))


def test_a_gif_needs_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "autograd.render.image.raster", None)
    with pytest.raises(RuntimeError, match=r"a .gif file needs .*: pip install 'stepgrad\[plots\]', or save as .html"):
        show_backward(Value(1.0).tanh()).save(tmp_path / "steps.gif")


def test_the_readme_s_page_is_small() -> None:
    x, w, b = Value(2.0, label="x"), Value(-0.5, label="w"), Value(1.5, label="b")
    html = show_backward((autograd.tanh(w * x + b) - 1) ** 2).to_html()
    assert len(html) <= 80_000
    assert not re.findall(r"(?m)^ *//.*", html), "comments are left out"


def test_a_step_on_very_many_inputs_stays_a_small_page() -> None:
    player = show_backward(autograd.sum([Value(0.5 * k) for k in range(20_001)]))
    (step,) = player.data["steps"]
    assert (len(step["a"]), step["all"], step["i"][-1]) == (100, 20_001, 99)
    assert "the numbers cannot be changed here: a graph with 20,001 operands is too large for this" in player.notes
    html = player.to_html()
    assert len(html) < 210_000
    assert "... 19,901 more inputs ..." in html


def test_a_flat_view_has_a_limit() -> None:
    y = Value(1.0)
    for _ in range(2000):
        y = y * 1.5
    with pytest.raises(ValueError, match=r"view='flat' would draw 2,001 boxes, more than 2,000: use view='auto'"):
        show_backward(y, view="flat")
    assert show_backward(y, view="overview").trace.root is y


def test_steps_are_told_as_ranges() -> None:
    for numbers, text in (
        ([], ""),
        ([7], "7-7"),
        ([0, 1, 2, 3, 4, 7], "0-4 7-7"),
        ([1, 3, 4], "1-1 3-4"),
        ([0, 2], "0-0 2-2"),
    ):
        assert _ranges(numbers) == text
