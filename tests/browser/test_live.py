"""A page that computes: after a number is changed, every number in it is the engine's for the new number."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest

import autograd
from autograd import Value, less, sum, tanh, where
from autograd.demo import worked_example
from autograd.graph import topological_order
from autograd.operations import Variadic
from autograd.render import show_backward, trace_backward
from autograd.render.content.text import number
from nn import MLP
from tests.browser.screen import Screen
from tests.browser.truth import Truth
from tests.oracle import CONSTANT, ROWS, VARIADIC, points
from tests.test_random_graphs import SMOOTH, build, in_engine

OpenScreen = Callable[..., Screen]


def example(w: float = -0.5, x: float = 2.0) -> Value:
    leaves = Value(w, "w"), Value(x, "x"), Value(1.5, "b")
    loss = (tanh(leaves[0] * leaves[1] + leaves[2]) - 1) ** 2
    loss.label = "loss"
    return loss


def check(screen: Screen, root: Value) -> None:
    """Check every number at every step: forward, and backward."""
    truth = Truth(root)
    for k in range(len(truth.steps) + 1):
        truth.check_forward(k, screen.press("Home", *["ArrowRight"] * k))
    for k in range(len(truth.steps) + 1):
        read = screen.press("ArrowRight")
        truth.check(k, read)
        truth.check_flat(k, read)


def press_in_field(screen: Screen, *keys: str) -> None:
    screen.host.get_by_label("Number", exact=True).focus()
    for key in keys:
        screen.tab.keyboard.press(key)


def drag(screen: Screen, px: int) -> None:
    at = screen.box("w").bounding_box()
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    screen.tab.mouse.move(x, y)
    screen.tab.mouse.down()
    screen.tab.mouse.move(x + px / 2, y + 3, steps=4)
    screen.tab.mouse.move(x + px, y, steps=4)
    screen.tab.mouse.up()


def press_on_box(screen: Screen, *keys: str) -> None:
    screen.box("w").focus()
    for key in keys:
        screen.tab.keyboard.press(key)


def slide(screen: Screen, x: str) -> None:
    screen.host.get_by_label("Drag the number").fill(x)


WAYS: dict[str, tuple[Callable[[Screen], None], float]] = {
    "typed": (lambda screen: screen.host.get_by_label("Number", exact=True).fill("-1.25"), -1.25),
    "typed with an exponent": (lambda screen: screen.host.get_by_label("Number", exact=True).fill("-2e-3"), -0.002),
    "arrow keys": (lambda screen: press_in_field(screen, "ArrowUp", "ArrowUp", "PageUp", "ArrowDown"), -0.39),
    "arrow keys on the box": (lambda screen: press_on_box(screen, "Shift+ArrowDown", "Shift+ArrowDown"), -0.52),
    "slider": (lambda screen: slide(screen, "0.75"), 0.75),
    "dragged": (lambda screen: drag(screen, 60), -0.44),
    "dragged to the left": (lambda screen: drag(screen, -10), -0.51),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_number_is_changed_and_everything_follows(way: str, open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(example()))
    act, w = WAYS[way]
    act(screen)
    assert screen.read()["detail"] == [], "what is dragged is not opened"
    check(screen, example(w))
    screen.button("Reset").click()
    check(screen, example())


def test_choosing_another_leaf(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(example()))
    field = screen.host.get_by_label("Number", exact=True)
    assert field.input_value() == "-0.5"
    screen.host.get_by_label("Leaf").select_option("x")
    assert field.input_value() == "2"
    field.fill("3.5")
    screen.box("w").click()
    assert field.input_value() == "-0.5"
    assert screen.read()["detail"][0] == "w"
    field.fill("")
    assert field.input_value() == "", "until there is a number, nothing happens"
    field.fill("0.25")
    check(screen, example(0.25, 3.5))


def test_nudged_by_h_the_slope_is_near_the_gradient(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(example()))
    told = screen.player.locator(".measured")
    assert told.inner_text() == "loss = 0.289318", "the gradient may be predicted until the steps have led to it"
    screen.press("End")
    assert told.inner_text() == "loss = 0.289318; ∂loss/∂w = −1.69207"
    screen.button("Nudge by h").click()
    loss, w = example(), 0.0
    loss.backward()
    w = next(x.grad for x in topological_order(loss) if x.label == "w")
    for h in (0.001, -0.5, 1e-6):
        screen.host.get_by_label("h", exact=True).fill(str(h))
        screen.host.get_by_label("h", exact=True).press("Enter")
        after = example(-0.5 + h).data
        measured = (after - loss.data) / h
        text = told.inner_text()
        assert text.startswith(f"w + {number(h, 6)} takes loss from {number(loss.data, 6)} to {number(after, 6)}: slope ")
        slope, gradient = (float(x.replace("−", "-")) for x in re.findall("(?:slope|gradient) ([^;]+)", text))
        assert slope == pytest.approx(measured, rel=2e-6 + 1e-15 / abs(h))
        assert gradient == pytest.approx(w, rel=1e-5)
    check(screen, example())  # the number itself stays
    rules = screen.player.locator(".arrow title").all_text_contents()
    assert "d(w × x)/dw = x = 2" in rules and "d tanh(v2)/dv2 = 1 − tanh(v2)^2 = 0.7864" in rules
    screen.button("Nudge by h").click()
    assert told.inner_text() == "loss = 0.289318; ∂loss/∂w = −1.69207"


def test_downhill(open_screen: OpenScreen) -> None:
    loss = example()
    w, x, b = (next(leaf for leaf in topological_order(loss) if leaf.label == name) for name in "wxb")
    screen = open_screen(show_backward(loss, parameters=[w, b]))
    assert screen.host.get_by_label("moves w").is_checked()
    screen.host.get_by_label("Rate").fill("0.3")
    numbers, losses = {"w": -0.5, "b": 1.5}, [loss.data]
    for k in range(1, 6):
        screen.button("Step downhill").click()
        leaves = Value(numbers["w"]), Value(2.0), Value(numbers["b"])
        y = (tanh(leaves[0] * leaves[1] + leaves[2]) - 1) ** 2
        y.backward()
        numbers = {"w": leaves[0].data - 0.3 * leaves[0].grad, "b": leaves[2].data - 0.3 * leaves[2].grad}
        losses.append(((tanh(Value(numbers["w"]) * 2.0 + numbers["b"]) - 1) ** 2).data)
        told = screen.player.locator(".loss").inner_text()
        assert told == f"loss {number(losses[0])} → {number(losses[-1])}, {k} step{'s' * (k > 1)}"
        points = screen.player.locator(".curve polyline").get_attribute("points").split(" ")
        heights = [float(point.split(",")[1]) for point in points]
        share = [(height - min(heights)) / (max(heights) - min(heights)) for height in heights]
        assert share == pytest.approx([(losses[0] - at) / (losses[0] - min(losses)) for at in losses], abs=0.01)
    assert losses == sorted(losses, reverse=True)
    assert float(screen.host.get_by_label("Number", exact=True).input_value()) == pytest.approx(numbers["w"], rel=1e-12)
    screen.host.get_by_label("Leaf").select_option("x")
    assert screen.host.get_by_label("Number", exact=True).input_value() == "2", "an input stays where it is"
    assert not screen.host.get_by_label("moves x").is_checked()
    screen.host.get_by_label("moves x").check()
    screen.button("Step downhill").click()
    assert screen.host.get_by_label("Number", exact=True).input_value() != "2"
    screen.button("Reset").click()
    assert screen.player.locator(".loss").inner_text() == ""
    assert not screen.player.locator(".curve").is_visible()
    check(screen, example())


def test_downhill_too_fast_is_not_hidden(open_screen: OpenScreen) -> None:
    x = Value(3.0, "x")
    screen = open_screen(show_backward(x**4.0))
    screen.host.get_by_label("Rate").fill("1e9")
    for _ in range(6):
        screen.button("Step downhill").click()
    assert screen.player.locator(".loss").inner_text() == "v1 81 → nan, 6 steps"
    screen.button("Reset").click()
    assert screen.read()["panes"][0]["boxes"][0]["lines"][1]["text"] == "data 3"


def test_keys_in_a_field_stay_in_it(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(example(), start=2))
    before = screen.read()
    press_in_field(screen, "Home", "End", "0", "+", "-", " ", "ArrowLeft", "ArrowRight")
    assert screen.read()["count"] == before["count"]


def test_choices_are_made_anew(open_screen: OpenScreen) -> None:
    """Decisions of `where`, comparisons and maxima are computed again, and gradients flow through the other branch."""

    def choice(x: float) -> Value:
        leaf = Value(x, "x")
        y = where(less(leaf, 1.0), 3.0 * leaf, leaf * leaf)
        z = autograd.relu(y - 2.0) + autograd.clip(leaf, 0.0, 4.0)
        z.label = "z"
        return z

    screen = open_screen(show_backward(choice(0.5)))
    for x in (2.0, 0.5, 5.0, -1.0):
        screen.host.get_by_label("Number", exact=True).fill(str(x))
        check(screen, choice(x))


def test_parts_of_a_network_follow_too(open_screen: OpenScreen) -> None:
    def network(w: float | None) -> Value:
        mlp = MLP(2, [3, 1], "tanh", seed=0)
        first = mlp.layers[0].neurons[2].w[0]
        first.data = first.data if w is None else w
        y = sum([(mlp([a, 1.0]) - 0.5) ** 2 for a in (1.0, -1.0)])
        y.label = "loss"
        return y

    screen = open_screen(show_backward(network(None), view="overview", max_nodes=6))
    screen.host.get_by_label("Leaf").select_option("layers.0.neurons.2.w1")
    screen.host.get_by_label("Number", exact=True).fill("0.125")
    truth = Truth(network(0.125))
    screen.press("Home", *["ArrowRight"] * (len(truth.steps) + 1))
    for k in range(len(truth.steps) + 1):
        truth.check(k, screen.press(*["ArrowRight"] * (k > 0)))


def long(x0: float) -> Value:
    """A chain of 1,200 operations, longer than a page shows."""
    x, w = Value(x0, "x"), Value(0.5, "w")
    y = x
    for k in range(300):
        y = (y * w).tanh() + (x if k % 100 else w) - 0.01
    y.label = "y"
    return y


def test_a_page_of_some_steps_computes_all(open_screen: OpenScreen) -> None:
    truths = {x: Truth(long(x)) for x in (0.25, -0.75)}
    for start in (0, 200):
        player = show_backward(trace_backward(long(0.25)), start=start, engine="stepgrad")
        screen = open_screen(player)
        for x, truth in truths.items():
            screen.host.get_by_label("Leaf").select_option("x")
            screen.host.get_by_label("Number", exact=True).fill(str(x))
            for k, key in ((start, "Home"), (start + 1, "ArrowRight"), (start + 2, "ArrowRight"), (start + 1000, "End")):
                read, frame = screen.press(key), truth.frames[k]
                assert read["count"] == f"backward {k} of 1200"
                lines = [line for pane in read["panes"] for box in pane["boxes"] for line in box["lines"]]
                found = {
                    line["node"]: line["text"].split("grad ")[1] for line in lines if line["role"] in ("grad", "folded")
                }
                assert found == {node: frame.grads[node] for node in found} and len(found) > 20
                if k > start:
                    assert (read["heading"], read["lines"]) == (frame.heading, frame.lines)


# Of one update: the changes to the page, and how often the numbers were computed.
UPDATES = """(host) => {
  const changes = [];
  new MutationObserver((records) => { for (const { target, attributeName } of records) changes.push(attributeName || target); })
    .observe(host.shadowRoot.querySelector(".pane"), { subtree: true, childList: true, attributes: true, characterData: true });
  window.changed = () => { const found = changes.splice(0); return [found.length, new Set(found.filter((at) => typeof at !== "string")).size]; };
}"""


def test_an_update_writes_only_what_has_changed(open_screen: OpenScreen) -> None:
    """In a picture of 300 boxes: a browser lays out again what was written, so this is what the rate of updates rests on."""
    leaves = [Value(0.1 * k, f"x{k}") for k in range(100)]
    products = [x * 2.0 for x in leaves]
    y = sum([sum(products[k : k + 2]) for k in range(0, 100, 2)])
    screen = open_screen(show_backward(y, view="flat", engine="stepgrad"))
    screen.press("End")
    screen.host.evaluate(UPDATES)
    field = screen.host.get_by_label("Number", exact=True)
    field.fill("0.5")
    texts = 4  # the leaf, its product, their sum, and the whole; no gradient depends on it
    assert screen.tab.evaluate("changed()") == [texts, texts]
    field.fill("0.50")
    assert screen.tab.evaluate("changed()") == [0, 0]
    screen.press("ArrowLeft", "ArrowRight")
    screen.tab.evaluate("changed()")
    screen.button("Step downhill").click()
    assert 2 * 100 <= screen.tab.evaluate("changed()")[1] <= 300, "all leaves and what is made of them"


def test_what_cannot_follow_says_so(open_screen: OpenScreen) -> None:
    x = Value(2.0, "x")
    y = x * 3.0
    y.data = 1.0
    screen = open_screen(show_backward(y.tanh()))
    assert screen.player.get_by_role("group", name="Change numbers").count() == 0
    assert any(note.startswith("the numbers cannot be changed here: v1 is not mul") for note in screen.read()["notes"])


def test_every_digit_of_a_box(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(example()))
    told = screen.player.locator(".exact")
    assert told.inner_text() == "Point at a box for all digits of its numbers, drag a leaf sideways to change it."
    loss = example()
    loss.backward()
    w = next(x for x in topological_order(loss) if x.label == "w")
    screen.box("w").hover()
    assert told.inner_text() == "w = −0.5"
    screen.press("End")
    assert told.inner_text() == f"w = −0.5, ∂loss/∂w = {w.grad!r}".replace("-", "−")
    screen.box("v2 [+]").focus()
    assert told.inner_text().startswith("v2 = 0.5, ∂loss/∂v2 = ")
    screen.press("Home")
    screen.box("v2 [+]").focus()
    assert told.inner_text() == "v2 = not computed yet"
    bold = screen.press("End") and screen.player.locator(".lines b.now").first
    assert bold.get_attribute("title") == repr(w.grad).replace("-", "−")


@pytest.mark.parametrize("wide", [400, 900])
def test_the_panel_fits(wide: int, open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(worked_example()[0]), viewport={"width": wide, "height": 900})
    screen.button("Nudge by h").click()
    screen.button("Step downhill").click()
    over = screen.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0
    said = screen.tab.locator("body").aria_snapshot()
    for part in (
        'group "Change numbers"', 'combobox "Leaf"', 'spinbutton "Number"', 'slider "Drag the number"', 'button "Nudge by h" [pressed]',
        'spinbutton "h"', 'button "Step downhill"', 'spinbutton "Rate"', 'checkbox "moves w1" [checked]', 'button "Reset"',
        'img "loss after each step: 0.1994, ',
    ):  # fmt: skip
        assert part in said, said


# The numbers themselves, in Chromium: of many graphs, without clicking


@pytest.fixture(scope="module")
def computed(chromium: Any) -> Iterator[Callable[..., Any]]:
    """computed(player, changes): data and gradients of all nodes, in topological order, as the page computes them."""
    tab = chromium.new_page()
    text = (files("autograd.render.pages") / "numbers.js").read_text(encoding="utf-8")

    def run(player: Any, changes: list[tuple[int, float]]) -> list[list[float]]:
        script = f"""(() => {{ const MINUS = ''; {text} {player.code}
            const data = {json.dumps(player.data)}, numbers = new Numbers(data);
            numbers.set({json.dumps(changes)});
            const of = (node) => {{ const got = numbers.gets.get(node) || []; return got.length ? got[got.length - 1].now : data.nodes[node].s ?? 0; }};
            return Object.keys(data.nodes).map(Number).map((node) => [node, String(numbers.data.get(node)), String(of(node))]);
        }})()"""
        return [[node, float(x), float(grad)] for node, x, grad in tab.evaluate(script)]

    yield run
    tab.close()


def agree(player: Any, new: Value, found: list[list[float]], tolerance: float = 1e-12) -> None:
    new.backward()
    order = topological_order(new)
    scale = max([abs(x.grad) for x in order if math.isfinite(x.grad)] + [1e-300])
    assert len(found) == len(order)
    for node, x, grad in found:
        expected = order[int(node)]
        assert (
            x == expected.data
            or math.isclose(x, expected.data, rel_tol=tolerance)
            or (x != x and expected.data != expected.data)
        )
        same = math.isclose(grad, expected.grad, rel_tol=tolerance, abs_tol=tolerance * scale)
        assert same or (grad != grad and expected.grad != expected.grad), (grad, expected.grad)


def test_500_random_graphs(computed: Callable[..., Any]) -> None:
    generator = random.Random(0)
    rows = [
        row
        for row in [*ROWS, *VARIADIC]
        if row in SMOOTH or row.name in ("sub", "gelu", "silu", "erf", "gaussian", "amax", "relu", "exp")
    ]
    for _ in range(500):
        before = [generator.uniform(-2, 2) for _ in range(generator.randint(1, 4))]
        after = [generator.uniform(-2, 2) for _ in before]
        steps = [
            (generator.choice(rows), [generator.randint(0, 10**6) if generator.random() < 0.8 else generator.uniform(-2, 2) for _ in range(4)])
            for _ in range(generator.randint(1, 12))
        ]  # fmt: skip
        old, new = (sum(build(leaves, steps, Value, in_engine(autograd))) for leaves in (before, after))
        number_of = {x: i for i, x in enumerate(topological_order(old))}
        leaves = [x for x in number_of if not x.op]
        changes = [(number_of[x], after[before.index(x.data)]) for x in leaves]
        player = show_backward(trace_backward(old), engine="stepgrad", view="flat")
        assert player.fixed == ""
        agree(player, new, computed(player, changes), 1e-11)


@pytest.mark.parametrize("row", [*ROWS, *VARIADIC], ids=lambda row: row.name)
def test_every_row_in_its_domain(row: Any, computed: Callable[..., Any]) -> None:
    apply: Any = lambda leaves: in_engine(autograd)(row, leaves)  # noqa: E731
    first, *others = points(row, 8)
    for point in others:
        if isinstance(row, Variadic):
            first = [1.5, *point[1:]]
        old, new = ([Value(x) for x in numbers] for numbers in (first, point))
        player = show_backward(apply(old), engine="stepgrad")
        assert player.fixed == "" or row is CONSTANT
        order = topological_order(player.trace.root)
        found = computed(player, [(order.index(leaf), x) for leaf, x in zip(old, point)])
        agree(player, apply(new), found)


def test_many_plain_numbers_among_the_operands(computed: Callable[..., Any]) -> None:
    """The inputs of a wide neuron."""

    def wide(w: float) -> Value:
        ws = [Value(w if k == 3 else 0.01 * k, f"w{k}") for k in range(64)]
        return autograd.dot(ws, [0.5 - 0.02 * k for k in range(64)]).tanh()

    player = show_backward(wide(0.03), engine="stepgrad")
    assert player.fixed == ""
    agree(player, wide(-2.0), computed(player, [(3, -2.0)]))
