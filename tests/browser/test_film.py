"""The training movie in the same player: it shows every frame as recorded."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from types import SimpleNamespace

import pytest

import nn
from autograd.render import TrainingMovie
from autograd.render.content.text import number
from tests.browser.screen import Screen

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_frame(scheme: str, open_screen: Callable[..., Screen]) -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    movie, weights = TrainingMovie(), []

    def record(model: nn.Module, history: nn.History) -> None:
        weights.append([w.data for layer in model.layers for neuron in layer.neurons for w in neuron.w])

    history = nn.fit(
        model,
        X,
        y,
        nn.mse_loss,
        nn.SGD(model.parameters(), lr=0.3),
        epochs=5,
        seed=0,
        progress=False,
        callbacks=[record, movie],
    )
    screen = open_screen(movie, color_scheme=scheme)
    for k in range(5):
        read = screen.press(*["ArrowRight"] * (k > 0))
        assert (read["count"], read["heading"]) == (
            f"epoch {k + 1}",
            f"After epoch {k + 1} the loss is {number(history.loss[k])}",
        )
        lines = screen.player.locator(".network line title").all_text_contents()
        assert lines == [f"weight {number(w)}" for w in weights[k]]
        dashed = [
            line.evaluate("(line) => line.classList.contains('minus')")
            for line in screen.player.locator(".network line").all()
        ]
        assert dashed == [w < 0 for w in weights[k]]
    assert screen.fit()["smallest"] >= 7.999
    assert screen.press("Home")["count"] == "epoch 1"
    screen.player.locator("svg").first.click()
    screen.press("Escape", "Enter", "ArrowRight")


# What is drawn of each weight, unit, square and example, as the browser has computed it.
DRAWN = """(host) => {
  const root = host.shadowRoot, all = (selector) => [...root.querySelectorAll(selector)];
  return {
    squares: all(".squares path").map((path) => path.getAttribute("d")), line: root.querySelector(".boundary, .output").getAttribute("d"),
    widths: all(".network line").map((line) => parseFloat(line.style.strokeWidth)),
    shades: all(".network rect").map((rect) => parseFloat(rect.style.fillOpacity)),
    units: all(".unit").map((unit) => [unit.classList.contains("minus"), unit.getAttribute("style")]),
    point: ["cx", "cy"].map((name) => Number(root.querySelector(".now").getAttribute(name))),
    legend: root.querySelector(".legend").textContent };
}"""


@pytest.mark.parametrize("wide", [400, 940, 1300])
def test_the_plane_and_the_network_are_those_that_python_draws(wide: int, open_screen: Callable[..., Screen]) -> None:
    """The page paints each frame as `still` would paint it in Python."""
    X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [-1.0, 1.0, 1.0, -1.0]
    model = nn.MLP(2, [9, 9, 1], "tanh", seed=0)
    movie = TrainingMovie(X, y)
    optimizer = nn.Adam(model.parameters(), 0.1)
    nn.fit(model, X, y, nn.mse_loss, optimizer, epochs=4, seed=0, progress=False, callbacks=[movie])
    screen = open_screen(movie, viewport={"width": wide, "height": 900})
    for k, frame in enumerate(movie.frames):
        screen.press(*["ArrowRight"] * (k > 0))
        drawn = screen.host.evaluate(DRAWN)
        assert movie.plane is not None
        assert frame.sample is not None
        plane = ElementTree.fromstring(movie.plane.svg(frame.sample, painted=True))
        painted = [path.attrib["d"] for path in plane.iter(f"{SVG}path") if "shade" in path.attrib.get("class", "")]
        assert drawn["squares"] == painted
        assert drawn["line"] == frame.sample.line
        network = ElementTree.fromstring(movie._drawing(frame))
        styles = {
            tag: [float(re.sub("[^0-9.]", "", shape.attrib["style"])) for shape in network.iter(SVG + tag)]
            for tag in ("line", "rect")
        }
        assert drawn["widths"] == pytest.approx(styles["line"], abs=0.02)
        assert drawn["shades"] == pytest.approx(styles["rect"], abs=0.03)
        units = [circle.attrib for circle in network.iter(f"{SVG}circle") if circle.attrib["class"] != "input"]
        for (minus, style), unit in zip(drawn["units"], units):
            assert minus == ("minus" in unit["class"])
            found, expected = ([float(x) for x in re.findall(r"[\d.]+", text)] for text in (style, unit["style"]))
            assert sorted(found) == pytest.approx(sorted(expected), abs=0.2)
        assert drawn["point"] == list(movie._points()[k])
    assert drawn["legend"].endswith("class \u22121class 1")
    assert screen.fit()["smallest"] >= 7.9
    over = screen.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0


# The names of vertical axes that touch one of their numbers, or leave the picture.
TOUCHED = """(host) => {
  const box = (e) => e.getBoundingClientRect(), root = host.shadowRoot;
  return [...root.querySelectorAll(".name[transform]")].filter((name) => {
    const svg = name.closest("svg"), at = box(name);
    return at.left < box(svg).left || [...svg.querySelectorAll(".left")].some((number) => box(number).left < at.right);
  }).map((name) => name.textContent);
}"""


def test_the_name_of_an_axis_stands_beside_its_numbers(open_screen: Callable[..., Screen]) -> None:
    model, movie = nn.MLP(2, [2, 1], seed=0), TrainingMovie([[0.0, -0.005], [1.0, 0.005]], [0.0, 1.0])
    losses = [10.0**-k for k in range(6)]
    for k in range(len(losses)):
        movie(model, SimpleNamespace(loss=losses[: k + 1]))
    screen = open_screen(movie)
    numbers = screen.player.locator(".left").all_text_contents()
    assert {"0.0001", "\u22120.005"} <= set(numbers), "numbers of six digits"
    assert screen.host.evaluate(TOUCHED) == []


def test_the_numbers_of_a_unit_by_keyboard_and_touch(open_screen: Callable[..., Screen]) -> None:
    X, y = [[0.0], [1.0], [2.0]], [0.0, 1.0, 0.0]
    model = nn.MLP(1, [2, 1], "tanh", seed=0)
    movie = TrainingMovie(X, y, theme="dark", font="16.5px")
    nn.fit(model, X, y, nn.mse_loss, nn.SGD(model.parameters(), 0.1), epochs=2, seed=0, progress=False, callbacks=[movie])
    screen = open_screen(movie, viewport={"width": 400, "height": 850}, has_touch=True)
    assert "dark" in str(screen.player.get_attribute("class")) and screen.fit()["smallest"] >= 16.4
    for k, unit in ((0, (0, 1)), (1, (1, 0))):
        frame, (layer, i) = movie.frames[k], unit
        if k == 0:
            screen.player.locator(".unit").nth(1).tap()
        else:
            screen.press("ArrowRight")
            screen.player.locator(".unit").nth(2).focus()
            screen.tab.keyboard.press("Enter")
        weights = ", ".join(f"w{j + 1} = {number(w)}" for j, w in enumerate(frame.weights[layer][i]))
        assert screen.read()["detail"] == [
            f"layer {layer + 1}, unit {i + 1}",
            f"bias = {number(frame.biases[layer][i])}, norm of the gradient = {number(frame.gradients[layer][i])}",
            weights,
        ]
    assert frame.sample is not None
    assert screen.host.evaluate(DRAWN)["line"] == frame.sample.line
