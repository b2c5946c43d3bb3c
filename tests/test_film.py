"""The data of the training movie. Its behaviour is tested in tests/browser."""

import math
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from PIL import Image
from sklearn.datasets import make_moons

import nn
from autograd.render import TrainingMovie
from autograd.render.content.text import number
from autograd.render.image.svg import DARK, LIGHT
from autograd.render.pages import film as films
from autograd.render.pages import looks
from autograd.render.pages import movie as movies
from autograd.render.pages import plane as planes
from autograd.render.pages.axes import Axis
from tests.skips import need
from tests.test_player import SVG, script_data

HOSTILE = '<b onclick="x">\''


def film(epochs: int = 5, nouts: tuple[int, ...] = (3, 1), data: bool = False, **look: Any) -> TrainingMovie:
    X, y = make_moons(20, noise=0.1, random_state=0)
    model = nn.MLP(2, list(nouts), "tanh", seed=0)
    movie = TrainingMovie(X, y, **look) if data else TrainingMovie(**look)
    optimizer = nn.SGD(model.parameters(), 0.5)
    loss = nn.binary_cross_entropy_with_logits
    history = nn.fit(model, X, y, loss, optimizer, epochs=epochs, seed=0, progress=False, callbacks=[movie])
    assert [frame.loss for frame in movie.frames] == [history.loss[frame.epoch - 1] for frame in movie.frames]
    last = movie.frames[-1]
    if len(movie.frames) == epochs:
        assert last.weights[0][0] == [w.data for w in model.layers[0].neurons[0].w]
        neuron = model.layers[-1].neurons[0]
        assert last.biases[-1][0] == neuron.b.data
        assert last.gradients[-1][0] == pytest.approx(math.hypot(*(p.grad for p in neuron.parameters())), rel=1e-12)
    return movie


def test_a_film_of_a_training(tmp_path: Path) -> None:
    movie = film()
    data = script_data(movie.to_html())
    assert [frame["epoch"] for frame in data["frames"]] == [1, 2, 3, 4, 5]
    frame = movie.frames[2]
    weights = [w for layer in frame.weights for ws in layer for w in ws]
    assert data["frames"][2]["weights"] == [number(w) for w in weights]
    assert data["frames"][2]["units"] == [
        [number(g), number(b)] for gs, bs in zip(frame.gradients, frame.biases) for g, b in zip(gs, bs)
    ]
    every = [abs(w) for frame in movie.frames for layer in frame.weights for ws in layer for w in ws]
    assert data["largest"] == max(every)
    assert data["inputs"] == [2, 2, 2, 3]
    assert data["svg"].count("<line") == len(weights) == 2 * 3 + 3
    assert (data["plane"], "cells" in data["frames"][0]) == ("", False)
    assert movie.title == "Training of a network 2-3-1"
    assert "epoch 5: loss" in movie.still
    assert "blue: positive weight; orange and dashed: negative weight" in movie.still
    assert repr(movie) == "TrainingMovie(5 frames of 5 epochs)"
    assert movie.save(tmp_path / "film.html").exists()
    widths = [
        float(width)
        for width in re.findall(r"<line[^>]* style=\"stroke-width: ([\d.]+)px", movie._drawing(movie.frames[-1]))
    ]
    weights = [w for layer in movie.frames[-1].weights for ws in layer for w in ws]
    assert widths == [pytest.approx(6.0 * abs(w) / max(every), abs=0.01) for w in weights]


def test_wide_and_long_trainings_say_what_is_shown() -> None:
    movie = film(epochs=210, nouts=(20, 9, 1))
    assert len(movie.frames) <= 200
    notes = movie.data["notes"]
    assert "at most 16 units of each layer are drawn" in notes
    assert "one in 2 of 210 epochs is shown" in notes
    assert "a row of squares: the weights of the unit to its right, from the first input to the last" in notes
    network = ElementTree.fromstring(movie._drawing(movie.frames[-1]))
    assert (len(list(network.iter(f"{SVG}line"))), len(list(network.iter(f"{SVG}rect")))) == (2 * 16 + 9, 16 * 9)
    most = movie._scales()["largest"]
    shades = [float(rect.attrib["style"].removeprefix("fill-opacity: ")) for rect in network.iter(f"{SVG}rect")]
    weights = [w for ws in movie.frames[-1].weights[1] for w in ws]
    assert shades == pytest.approx([(abs(w) / most) ** 0.5 for w in weights], abs=0.02)
    first, last = (list(network.iter(f"{SVG}rect"))[k] for k in (0, 15))
    units = [circle.attrib for circle in network.iter(f"{SVG}circle") if circle.attrib["class"] != "input"]
    apart = float(units[17]["cy"]) - float(units[16]["cy"])
    assert float(first.attrib["height"]) == pytest.approx(0.7 * apart, abs=0.1), "space between the rows"
    assert float(units[15]["cy"]) - float(units[0]["cy"]) == pytest.approx(movies.HEIGHT, abs=0.1), "as tall as may be"
    assert float(first.attrib["x"]) > float(units[0]["cx"]) + looks.RADIUS
    assert float(last.attrib["x"]) + float(last.attrib["width"]) < float(units[16]["cx"]) - looks.RADIUS
    assert float(first.attrib["y"]) + float(first.attrib["height"]) / 2 == pytest.approx(float(units[16]["cy"]), abs=0.2)


def test_every_epoch_is_a_frame_up_to_200_and_then_every_second() -> None:
    movie, model = TrainingMovie(), nn.MLP(1, [1], seed=0)
    shown = []
    for epoch in range(1, 206):
        movie(model, SimpleNamespace(loss=[float(epoch)]))
        if epoch in (199, 200, 201, 205):
            shown.append([frame.epoch for frame in movie.frames])
    assert shown == [[*range(1, 200)], [*range(1, 201)], [*range(1, 202, 2)], [*range(1, 206, 2)]]
    assert [frame.loss for frame in movie.frames] == [float(frame.epoch) for frame in movie.frames]


def test_every_drawing_fits_into_its_frame_and_its_axes_have_ticks_and_names() -> None:
    movie = film(epochs=2, nouts=(5, 4, 1), data=True)
    network, curve, plane = (ElementTree.fromstring(movie.data[name]) for name in ("svg", "curve", "plane"))
    for svg in (network, curve, plane):
        assert [float(x) for x in svg.attrib["viewBox"].split()[2:]] == [float(svg.attrib[n]) for n in ("width", "height")]
    for at, size in (("cx", "width"), ("cy", "height")):
        places = [float(circle.attrib[at]) for circle in network.iter(f"{SVG}circle")]
        assert min(places) == float(network.attrib[size]) - max(places) > looks.RADIUS, "the same margin on both sides"
    columns: dict[str, list[float]] = {}
    for circle in network.iter(f"{SVG}circle"):
        columns.setdefault(circle.attrib["cx"], []).append(float(circle.attrib["cy"]))
    assert len({min(ys) + max(ys) for ys in columns.values()}) == 1, "columns have the same middle"
    for svg, names in ((curve, ["epoch", "loss, logarithmic"]), (plane, ["input 0", "input 1"])):
        texts = [(text.attrib.get("class"), text.text) for text in svg.iter(f"{SVG}text")]
        assert [text for kind, text in texts if kind == "name"] == names
        assert {kind for kind, _ in texts} == {None, "left", "name"}


def test_signs_and_biases() -> None:
    movie, model = TrainingMovie(), nn.Layer(3, 2, seed=0)
    for w, number_ in zip(model.neurons[0].w, (0.0, -1.0, 2.0)):
        w.data = number_
    model.neurons[0].b.data = -4.0
    model.neurons[1].b = None
    movie(model, SimpleNamespace(loss=[1.0]))
    network = ElementTree.fromstring(movie._drawing(movie.frames[0]))
    signs = [line.attrib["class"] for line in network.iter(f"{SVG}line")][:3]
    assert signs == ["weight", "weight minus", "weight"], "a weight of zero is no negative one"
    first, second = (circle.attrib for circle in network.iter(f"{SVG}circle") if circle.attrib["class"] != "input")
    assert (first["class"], first["style"].split(";")[0]) == ("unit minus", "stroke-width: 4px")
    assert (second["class"], second["style"].split(";")[0]) == ("unit", "stroke-width: 1px"), "it has no bias"
    assert (first["data-box"], first["role"], second["aria-label"]) == ("1.0", "button", "layer 1, unit 2")
    assert [bias for _, bias in movie.data["frames"][0]["units"]] == ["\u22124", "nan"]


def test_losses_that_are_not_finite_or_not_above_zero() -> None:
    model = nn.MLP(1, [1], seed=0)
    for losses in ([1.0, -1.0, math.inf], [math.nan], [0.0]):
        movie = TrainingMovie()
        model.layers[0].neurons[0].w[0].data = losses[-1]
        model.layers[0].neurons[0].b.grad = losses[-1]
        for k in range(len(losses)):
            movie(model, SimpleNamespace(loss=losses[: k + 1]))
        w, h = movies.CURVE
        assert all(0 <= y <= h and 0 <= x <= w for x, y in (frame["point"] for frame in movie.data["frames"]))
        assert ">loss</text>" in movie.data["curve"]


def test_films_of_nothing_are_named() -> None:
    with pytest.raises(ValueError, match=r"a page can be saved as .html, .gif or .mp4, got 'film.txt'"):
        film().save("film.txt")
    with pytest.raises(ValueError, match=r"a page can be saved as .html, .gif or .mp4, got 'film.gif'"):
        TrainingMovie().save("film.gif")
    with pytest.raises(ValueError, match="the movie is empty: pass it to nn.fit as a callback"):
        TrainingMovie().save("film.html")
    assert TrainingMovie()._repr_html_() == "TrainingMovie(0 frames of 0 epochs)"
    with pytest.raises(ValueError, match="a movie needs layers of neurons, as in nn.MLP; LayerNorm has none"):
        TrainingMovie()(nn.LayerNorm(2), SimpleNamespace(loss=[1.0]))
    for X, y, message in (
        ([[1.0, 2.0]], None, r"needs both X and y: TrainingMovie\(X, y\)"),
        ([[1.0, 2.0]], [1, 2], "one entry for each example, got 1 and 2"),
        ([], [], "one entry for each example, got 0 and 0"),
        ([[1.0, 2.0, 3.0]], [1], r"examples with 1 or 2 inputs, got \[3\]: leave X and y out"),
        ([[1.0, 2.0], [1.0]], [1, 2], r"examples with 1 or 2 inputs, got \[1, 2\]"),
    ):
        with pytest.raises(ValueError, match=message):
            TrainingMovie(X, y)
    with pytest.raises(ValueError, match="for one input, a film shows one output; this network has 3"):
        TrainingMovie([0.0], [0.0])(nn.MLP(1, [3], seed=0), SimpleNamespace(loss=[1.0]))


def test_what_the_width_and_the_colour_of_a_weight_say() -> None:
    for weight, largest, share in (
        (0.5, 2.0, 0.25),
        (-0.5, 2.0, 0.25),
        (0.0, 2.0, 0.0),
        (4.0, 2.0, 1.0),
        (math.nan, 2.0, 1.0),
    ):
        assert looks.width(weight, largest) == round(share * looks.WIDEST, 2)
    for gradient, top, share in (
        (1.0, 1.0, 1.0),
        (10.0 ** (-looks.DECADES / 2), 1.0, 0.5),
        (10.0 ** (-looks.DECADES / 4), 1.0, 0.75),
        (10.0 ** (-2 * looks.DECADES), 1.0, 0.0),
        (0.0, 1.0, 0.0),
        (math.inf, 1.0, 1.0),
        (math.nan, 1.0, 1.0),
    ):
        assert looks.shade(gradient, top) == share, gradient


def test_the_curve_is_logarithmic_where_it_can_be() -> None:
    w, h = movies.CURVE
    for losses, heights in (
        ([100.0, 10.0, 1.0], [1.0, 0.5, 0.0]),
        ([4.0, 1.0, 0.0], [1.0, 0.25, 0.0]),
        ([3.0, math.nan, 1.0], [1.0, 1.0, 0.0]),  # not a number: at the place of the first
        ([2.0, 2.0], [0.0, 0.0]),
        ([2.0], [0.0]),
    ):
        movie: Any = TrainingMovie()
        movie.frames = [SimpleNamespace(loss=loss, epoch=k) for k, loss in enumerate(losses)]
        step = w / max(1, len(losses) - 1)
        assert movie._points() == [(round(i * step, 1), round(h - y * h, 1)) for i, y in enumerate(heights)], losses
        assert ("loss, logarithmic" in movie._curve()) == (min(losses) > 0 and all(map(math.isfinite, losses)))


def test_ticks_are_round_numbers_within_the_axis() -> None:
    for low, high, log, ticks in (
        (0.0, 10.0, False, [0.0, 5.0, 10.0]),
        (1.0, 200.0, False, [50.0, 100.0, 150.0, 200.0]),
        (-1.3, 1.3, False, [-1.0, 0.0, 1.0]),
        (0.0, 1.1, False, [0.0, 0.5, 1.0]),
        (2.0, 2.0, False, [2.0]),
        (1e-4, 1.0, True, [1e-4, 1e-3, 1e-2, 0.1, 1.0]),
        (1e-12, 1.0, True, [1e-12, 1e-9, 1e-6, 1e-3, 1.0]),
        (0.06, 0.6, True, [0.1, 0.2, 0.5]),
        (0.31, 0.36, True, [0.32, 0.34, 0.36]),
    ):
        axis = Axis(low, high, "", log)
        assert axis.ticks() == pytest.approx(ticks), (low, high)
        assert all(-1e-9 <= axis.place(x) <= 1 + 1e-9 for x in axis.ticks())
    assert [Axis(1.0, 100.0, "", True).place(x) for x in (1.0, 10.0, 100.0)] == pytest.approx([0.0, 0.5, 1.0])


# What the network computes, and the examples


def squares(sample: planes.Sample) -> list[str]:
    """The shade of each square, from the top left."""
    return [shade for n, shade in re.findall(r"(\d+)(\D)", sample.cells) for _ in range(int(n))]


def centres(plane: planes.Plane) -> list[list[float]]:
    """The centre of each square, in the same order; by NumPy."""
    xs, ys = (np.linspace(a.low, a.high, 2 * plane.side + 1)[1::2] for a in (plane.x, plane.y))
    return [[x, y] for y in ys[::-1] for x in xs]


def recorded(movie: TrainingMovie, model: nn.Module) -> tuple[planes.Plane, planes.Sample]:
    movie(model, SimpleNamespace(loss=[1.0]))
    assert movie.plane is not None and movie.frames[-1].sample is not None
    return movie.plane, movie.frames[-1].sample


class Branch(nn.Module):
    """A network that no program can compute."""

    def __init__(self, inner: nn.Module) -> None:
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x) if float(x[0]) > -100 else 0.0


BLOBS = [[0.0, 0.0], [1.0, 3.0], [2.0, 0.0], [0.5, 0.5]]


@pytest.mark.parametrize("wrap", [lambda model: model, Branch], ids=["program", "recorded"])
def test_the_squares_are_the_classes_that_predict_finds(wrap: Any) -> None:
    one = nn.MLP(2, [5, 1], "tanh", seed=1)
    for model, y, threshold in (
        (one, [0, 1, 1, 0], 0.0), (one, [0, 1, 1, 0], 0.5), (one, [-1, 1, 1, -1], 0.0), (nn.MLP(2, [4, 3], seed=0), [0, 1, 2, 1], 0.0),
        (nn.MLP(2, [4, 3], seed=2), [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]], 0.0),
    ):  # fmt: skip
        network = wrap(model)
        plane, sample = recorded(TrainingMovie(BLOBS, y, threshold=threshold), network)
        assert plane.side == (40 if wrap is not Branch else 16)
        outputs = nn.predict(model, centres(plane))
        if outputs.ndim == 1:
            scores = (outputs - threshold) / (abs(threshold) or 1.0)
            assert [shade >= "e" for shade in squares(sample)] == [bool(score > 0) for score in scores]
            levels = [int(min(3, abs(s) * 4)) for s in scores]
            assert [abs(2 * (ord(c) - ord("a")) - 7) // 2 for c in squares(sample)] == levels
        else:
            assert [ord(shade) - ord("a") for shade in squares(sample)] == np.argmax(outputs, axis=1).tolist()
        assert network.training
        assert all(p.grad == 0.0 for p in network.parameters())


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+) ([\d.]+)", path)]


def test_the_line_is_where_the_class_changes() -> None:
    """A model that says 'second class' right of x = 0.5, and one of three classes whose borders are x = 1/3 and x = 2/3."""
    model = nn.Layer(2, 1, None)
    model.load_state_dict({"weight": [[1.0, 0.0]], "bias": [-0.5]})
    three = nn.Layer(2, 3, None)
    three.load_state_dict({"weight": [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]], "bias": [0.0, -1 / 3, -1.0]})
    for network, y, borders in ((model, [0, 1], [0.5]), (three, [0, 2], [1 / 3, 2 / 3])):
        plane, sample = recorded(TrainingMovie([[0.0, 0.0], [1.0, 1.0]], y), network)
        found = {round(x) for x, _ in points(sample.line)}
        assert found == {round(planes.SIDE * plane.x.place(border)) for border in borders}
        assert len({y for _, y in points(sample.line)}) == plane.side


def test_the_curve_is_what_the_network_computes_and_ends_at_the_edges() -> None:
    model = nn.MLP(1, [6, 1], "tanh", seed=0)
    plane, sample = recorded(TrainingMovie([-1.0, 0.0, 2.0], [0.0, 0.4, -0.4]), model)
    xs = np.linspace(plane.x.low, plane.x.high, planes.POINTS)
    ys = [1 - plane.y.place(y) for y in nn.predict(model, xs[:, None])]
    shown = points(sample.line)
    assert [x for x, _ in shown] == pytest.approx(np.linspace(0, planes.SIDE, planes.POINTS), abs=0.06)
    assert [y for _, y in shown] == pytest.approx([planes.SIDE * min(1, max(0, y)) for y in ys], abs=0.06)
    side = planes.SIDE
    assert plane._curve([9.0, 9.0, 0.0, math.nan, 0.0]).count("M") == 3, "beyond the edge, the start, and after nan"
    assert all(0 <= y <= side for _, y in points(plane._curve([-9.0, 9.0])))
    assert [(words, meaning) for _, words, meaning in plane.legend(1)] == [
        ("circle", "an example"), ("line", "the network's output"),
    ]  # fmt: skip
    assert plane.svg(sample).count('class="example point"') == 3


def test_the_network_runs_as_a_program() -> None:
    """Its forward method runs once for a whole film, to be traced; with running statistics, once for each frame."""
    calls: list[Any] = []

    class Counted(nn.Module):
        def __init__(self, *parts: nn.Module) -> None:
            self.parts = nn.Sequential(*parts)
            self.whole_batch = len(parts) > 1

        def forward(self, x: Any) -> Any:
            calls.append(x)
            return self.parts(x)

    for model, expected in ((Counted(nn.Layer(2, 1, seed=0)), 1), (Counted(nn.Layer(2, 3, seed=0), nn.BatchNorm(3)), 3)):
        movie = TrainingMovie(BLOBS, [0, 1, 2, 0])
        calls.clear()
        for k in range(3):
            _, sample = recorded(movie, model)
            for p in model.parameters():
                p.data += 0.3
            for module in model.modules():
                for name in module.buffers:
                    numbers = np.random.default_rng(k).uniform(0.5, 1.0, np.shape(getattr(module, name)))
                    setattr(module, name, numbers.tolist())
        assert len(calls) == expected
        assert len({frame.sample for frame in movie.frames}) == 3, "it moves"


def test_numbers_as_targets_and_the_markers_of_classes() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    plane, sample = recorded(TrainingMovie(BLOBS, [10.0, 20.0, 30.0, 12.0]), model)
    assert sample.line == ""
    assert [(ord(c) >= ord("e")) for c in squares(sample)] == [bool(s > 20) for s in nn.predict(model, centres(plane))]
    shades = re.findall(r'class="example signed s(\d)"', plane.svg(sample))
    assert shades == ["0", "3", "7", "0"], "the example in the middle is not above it"
    ends = [("orange", "target or output 10"), ("blue", "target or output 30")]
    assert [(words, meaning) for _, words, meaning in plane.legend(1)] == ends
    movie = TrainingMovie(BLOBS, [0, 1, 0, 1])
    assert recorded(movie, model)[0].notes == []
    for y, classes in (([0, 1, 0, 1], ["down", "up"] * 2), ([1, 1, 1, 1], ["up"] * 4), ([-1, -1, -1, -1], ["down"] * 4)):
        plane, sample = recorded(TrainingMovie(BLOBS, y), model)
        assert re.findall(r'class="example (\w+)"', plane.svg(sample)) == classes
    plane, sample = recorded(TrainingMovie(BLOBS, [2, 0, 1, 2]), nn.MLP(2, [3], seed=0))
    assert re.findall(r'class="example class c(\d)"', plane.svg(sample)) == ["2", "0", "1", "2"]
    plane, sample = recorded(TrainingMovie(BLOBS, [7, 8, 7, 8]), nn.MLP(2, [3], seed=0))
    assert re.findall(r'class="example class c(\d)"', plane.svg(sample)) == ["0", "1", "0", "1"]
    movie = TrainingMovie(BLOBS * 250, [0, 1, 0, 1] * 250)
    plane, sample = recorded(movie, model)
    assert "one in 3 of 1,000 examples is shown" in movie.data["notes"]
    assert plane.svg(sample).count('class="example ') == 334


def test_numbers_that_are_not_finite_have_no_shade() -> None:
    for nout, y in ((1, [0, 1, 1, 0]), (2, [0, 1, 1, 0])):
        model = nn.Layer(2, nout, None, seed=0)
        model.neurons[0].b.data = math.nan
        _, sample = recorded(TrainingMovie(BLOBS, y), model)
        assert set(squares(sample)) == {"."}
        assert sample.line == ""


def test_a_film_without_scripts_shows_the_last_frame() -> None:
    movie = film(data=True)
    images = [unquote(text) for text in re.findall(r"<img src=\"data:image/svg\+xml,([^\"]*)\"", movie.still)]
    assert len(images) == 3
    plane, last = movie.plane, movie.frames[-1].sample
    assert plane is not None and last is not None
    drawn = dict(re.findall(r"<path class='shade signed s(\d)' d='([^']*)'", images[1]))
    runs = [(k, *map(int, run)) for k, d in drawn.items() for run in re.findall(r"M(\d+) (\d+)h(\d+)v", d)]
    found = sorted((y, x + i, chr(ord("a") + int(k))) for k, x, y, n in runs for i in range(n))
    assert found == [(*divmod(i, plane.side), shade) for i, shade in enumerate(squares(last))]
    assert f"d='{last.line}'" in images[1]
    for svg in images:
        ElementTree.fromstring(svg)
        assert "--up:#0072b2" in svg and "--up:#56b4e9" in svg
    assert "circle: class 0; square: class 1" in movie.still


def test_names_of_columns_stand_at_the_axes() -> None:
    class Frame:
        columns = ("height", HOSTILE)

        def to_numpy(self) -> Any:
            return np.array(BLOBS)

    plane, sample = recorded(TrainingMovie(Frame(), [0, 1, 0, 1]), nn.MLP(2, [1], seed=0))
    assert [plane.x.label, plane.y.label] == ["height", HOSTILE]
    texts: Sequence[str | None] = [text.text for text in ElementTree.fromstring(plane.svg(sample)).iter(f"{SVG}text")]
    assert "height" in texts and HOSTILE in texts


# As a .gif or an .mp4


def test_a_gif_has_a_choice_of_frames_and_the_last_one_longest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.render.pages.film.MOST", 5)
    movie, drawn, real = film(epochs=14, data=True), [], films.figure

    def noted(movie: Any, frame: Any) -> Any:
        drawn.append(frame.epoch)
        return real(movie, frame)

    monkeypatch.setattr("autograd.render.pages.film.figure", noted)
    with Image.open(movie.save(tmp_path / "film.GIF", seconds=0.2)) as image:
        assert (image.n_frames, image.info["duration"]) == (5, 200)  # type: ignore[attr-defined]
        image.seek(4)
        assert image.info["duration"] == 600
    assert drawn == [2, 5, 8, 11, 14]


def test_a_picture_shows_what_was_recorded() -> None:
    """Of a plane, of several classes, of numbers and of a curve: squares, lines, markers and losses."""
    for nin, nout, y in (
        (2, 1, [0, 1, 1, 0]),
        (2, 3, [0, 1, 2, 1]),
        (2, 1, [1.0, 4.0, 9.0, 2.0]),
        (1, 1, [0.0, 1.0, 2.0, 1.0]),
    ):
        X = BLOBS if nin == 2 else [[x] for x, _ in BLOBS]
        model, movie = nn.MLP(nin, [9, 9, nout], "tanh", seed=0), TrainingMovie(X, y)
        model.layers[0].neurons[0].b.data, model.layers[0].neurons[1].b = -2.0, None
        model.layers[1].neurons[0].b.grad = 0.5
        for loss in (3.0, math.nan, 1.0):
            movie(model, SimpleNamespace(loss=[loss]))
        plane, sample = movie.plane, movie.frames[0].sample
        assert plane is not None and sample is not None
        network, shown, losses = films.figure(movie, movie.frames[2]).axes
        assert len(network.patches) == 9 * 9 + nin + 9 + 9 + nout, "squares and units"
        page = ElementTree.fromstring(movie._drawing(movie.frames[2]))
        numbers = [
            {name: float(rect.attrib[name]) for name in ("x", "y", "width", "height")} for rect in page.iter(f"{SVG}rect")
        ]
        squares_of_page = [(at["x"], at["y"] + at["height"] / 2, at["width"]) for at in numbers]
        drawn = [
            (at.get_x(), at.get_y() + at.get_height() / 2, at.get_width())
            for at in network.patches
            if isinstance(at, Rectangle)
        ]
        assert drawn == [pytest.approx(at, abs=0.11) for at in squares_of_page]
        assert len(network.lines) == 9 * nin + 9 * nout
        assert {line.get_color() for line in network.lines} == {films.UP, films.DOWN}
        dashed = [line.get_linestyle() == "--" for line in network.lines][: 9 * nin]
        assert dashed == [bool(w < 0) for ws in movie.frames[0].weights[0] for w in ws]
        assert [text.get_text() for text in network.texts] == [
            "layer 1: 9",
            "layer 2: 9",
            f"layer 3: {nout}",
            f"inputs: {nin}",
        ]
        line, *markers = shown.collections
        assert len(line.get_segments()) == sample.line.count("L")  # type: ignore[attr-defined]
        assert sum([len(np.asarray(marker.get_offsets())) for marker in markers]) == len(X)
        if nin == 2:
            colours = np.asarray(shown.images[0].get_array())
            assert colours.shape == (plane.side, plane.side, 3)
            blue = (colours[..., 2] > colours[..., 0]).ravel().tolist()
            if nout == 1:
                assert blue == [shade >= "e" for shade in squares(sample)]
            else:
                palest = np.array([1 - 0.3 + 0.3 * np.array(to_rgb(colour)) for colour in films.CLASSES])
                assert np.allclose(colours.reshape(-1, 3), palest[[ord(shade) - ord("a") for shade in squares(sample)]])
        assert (shown.get_xlabel(), losses.get_xlabel(), losses.get_ylabel()) == (plane.x.label, "epoch", "loss")
        assert network.get_position().width == pytest.approx(1.5 * shown.get_position().width)
        for axes, axis in ((shown, plane.y), (losses, movie._loss_axis())):
            heights = [(axis.high - tick) / (axis.high - axis.low) * planes.SIDE for tick in axis.ticks()]
            assert axes.get_yticks() == pytest.approx(heights)
            texts = [axes.xaxis.label, axes.yaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()]
            assert {text.get_fontsize() for text in texts} == {8}
        (x, y_), point = losses.lines[0].get_data(), losses.lines[1].get_data()
        assert [float(np.ravel(at)[-1]) for at in point] == [list(x)[-1], list(y_)[-1]] == [planes.SIDE, planes.SIDE]
    model.layers[0].neurons[0].w[0].data = math.nan
    movie = TrainingMovie()
    movie(model, SimpleNamespace(loss=[1.0]))
    assert len(films.figure(movie, movie.frames[0]).axes) == 2
    movie = TrainingMovie(BLOBS, [0, 1, 1, 0])
    model = nn.MLP(2, [1], seed=0)
    model.layers[0].neurons[0].b.data = math.nan
    movie(model, SimpleNamespace(loss=[1.0]))
    assert np.asarray(films.figure(movie, movie.frames[0]).axes[1].images[0].get_array()).min() == 1.0, "no shade"


def test_a_film_has_the_looks_of_the_page() -> None:
    movie = film(epochs=1)
    frame = movie.frames[0]
    gradients = [[math.nan, math.inf, 0.0, *layer[3:]] for layer in frame.gradients]
    movie.frames[0] = replace(frame, gradients=gradients)
    units = films.figure(movie, movie.frames[0]).axes[0].patches
    shades = [to_rgb(unit.get_facecolor()[:3]) for unit in units]
    inputs = movie.sizes[0]
    assert shades[inputs : inputs + 3] == [films.mixed(LIGHT["grad"], share) for share in (1.0, 1.0, 0.0)]
    css = (files("autograd.render.pages") / "training.css").read_text(encoding="utf-8")
    assert all(colour in css for colour in films.CLASSES)


def test_a_theme_and_a_font_are_chosen_for_page_and_film() -> None:
    for theme, colours, ups in (("auto", LIGHT, films.UP), ("light", LIGHT, films.UP), ("dark", DARK, "#56b4e9")):
        movie = film(1, data=True, theme=theme, font="" if theme == "auto" else "22px Fira Code")
        assert movie.data.get("look") == (None if theme == "auto" else {"theme": theme, "zoom": 2})
        family = "ui-monospace" if theme == "auto" else '\\"Fira Code\\"'
        assert f"--mono:{family}" in movie.to_html()
        (image, *_) = [unquote(text) for text in re.findall(r"<img src=\"data:image/svg\+xml,([^\"]*)\"", movie.still)]
        for each in (LIGHT, DARK):
            assert (f"--paper:{each['paper']}" in image) == (theme == "auto" or each is colours)
        assert ("prefers-color-scheme" in image) == ("--mono:ui-monospace" in image) == (theme == "auto")
        figure = films.figure(movie, movie.frames[0])
        network, plane, losses = figure.axes
        assert to_rgb(figure.get_facecolor()[:3]) == to_rgb(losses.get_facecolor()[:3]) == to_rgb(colours["paper"])
        texts = [*network.texts, plane.xaxis.label, *losses.get_xticklabels()]
        assert {text.get_color() for text in texts} == {colours["ink"]}
        assert ups in {line.get_color() for line in network.lines}
        assert ("Fira Code" in losses.xaxis.label.get_fontfamily()) == (theme != "auto")
        boundary, *_ = plane.collections
        assert to_rgb(boundary.get_edgecolor()[0][:3]) == to_rgb(colours["ink"])  # type: ignore[index]
    with pytest.raises(ValueError, match="theme must be"):
        TrainingMovie(theme="blue")
    with pytest.raises(ValueError, match="font is a size"):
        TrainingMovie(font="7px")


def test_an_mp4_and_what_films_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    movie = film(epochs=2)
    with monkeypatch.context() as without:
        without.setattr("autograd.render.drawing.find_spec", lambda name: None)
        with pytest.raises(RuntimeError, match=r"an .mp4 file needs imageio-ffmpeg: pip install 'stepgrad\[film\]'"):
            movie.save(tmp_path / "film.mp4")
        without.setitem(sys.modules, "autograd.render.image.raster", None)
        with pytest.raises(RuntimeError, match=r"a .gif file needs .*: pip install 'stepgrad\[plots\]', or save as .html"):
            movie.save(tmp_path / "film.gif")
    need("film", find_spec("imageio_ffmpeg"))
    from imageio_ffmpeg import count_frames_and_secs

    assert count_frames_and_secs(str(movie.save(tmp_path / "film.mp4", seconds=0.5)))[0] == 5 + 15
