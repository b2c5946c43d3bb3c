"""Every step of the player by keyboard: the page shows what the engine computed."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, dot, exp, scope, sum, tanh
from autograd.demo import worked_example
from autograd.graph import topological_order
from autograd.render import show_backward
from autograd.render.content.text import number
from nn import MLP
from tests.browser.screen import Screen
from tests.browser.truth import Truth


def square() -> Value:
    x = Value(3.0, "x")
    return x * x


def doubled_twice() -> Value:
    a = Value(1.5, "a")
    b = a + a
    b.label = "b"
    c = b + b
    c.label = "c"
    return c


def on_top_of_earlier_gradients() -> Value:
    w, x = Value(-0.5, "w"), Value(2.0, "x")
    w.grad, x.grad = 10.0, -1e-7
    return tanh(w * x + 0.1) * w


def many_operands() -> Value:
    ws, xs = [Value(k - 1.5, f"w{k}") for k in range(4)], [Value(0.5 - k, f"x{k}") for k in range(4)]
    return sum([dot(ws, xs), ws[0], ws[0], exp(xs[1]) - 2 * xs[2]])


def extreme() -> Value:
    x, y = Value(-1.2345e-105, "x"), Value(float("inf"), "y")
    return x * 1e-200 + y * x + y - y


FLAT = [lambda: worked_example()[0], square, doubled_twice, on_top_of_earlier_gradients, many_operands, extreme]


@pytest.mark.parametrize("engine", ["auto", "stepgrad"])  # the second is the built-in layout
@pytest.mark.parametrize("make", FLAT)
def test_every_step_forward_and_back(make: Callable[[], Value], engine: str, open_screen: Callable[..., Screen]) -> None:
    truth, root, plain = Truth(make()), make(), make()
    plain.backward()
    screen = open_screen(show_backward(root, max_nodes=100, engine=engine))
    last = len(truth.steps)
    there = [("", 0), *(("ArrowRight", k) for k in range(1, last + 1)), ("ArrowRight", last)]
    back = [*(("ArrowLeft", k) for k in reversed(range(last))), ("End", last)]
    for key, k in there + back:
        read = screen.press(*filter(None, [key]))
        truth.check(k, read)
        truth.check_flat(k, read)
    for k in range(last + 1):
        truth.check_forward(k, screen.press("ArrowRight" if k else "Home"))
    truth.check(0, screen.press("ArrowRight"))
    for node, traced, frame in zip(topological_order(plain), topological_order(root), truth.frames[-1].grads):
        assert repr(traced.grad) == repr(node.grad)  # NaN too
        assert frame == number(node.grad)


def model() -> Value:
    """Run two examples through one MLP: weights get a contribution from each."""
    mlp = MLP(2, [3, 3, 1], seed=0)
    losses = [(mlp([Value(a, f"a{a}"), Value(b, f"b{b}")]) - y) ** 2 for a, b, y in ((1.0, -2.0, 1.0), (0.5, 0.25, -1.0))]
    with scope("mean"):
        return sum(losses) * 0.5


def scopes(node: Value) -> list[str]:
    path: list[str] = []
    scope = node.scope
    while scope is not None:
        path.insert(0, scope.name)
        scope = scope.outer
    return path


@pytest.mark.parametrize("max_nodes", [40, 12, 6])
def test_overview_and_detail(max_nodes: int, open_screen: Callable[..., Screen]) -> None:
    truth = Truth(model())
    screen = open_screen(show_backward(model(), view="overview", max_nodes=max_nodes))
    for k in range(len(truth.steps) + 1):
        read = screen.press(*["ArrowRight"] * (k > 0))
        truth.check(k, read)
        check_chain(truth, k, read)


def check_chain(truth: Truth, k: int, read: dict[str, Any]) -> None:
    """Check that the whole stays, with the picture of this step open in it, and that groups show their progress."""
    overview, *frames = read["panes"]
    node = truth.steps[max(0, k - 1)]
    at, (trail,) = f"n{node}", read["trail"]
    open_boxes = [box["id"] for pane in read["panes"] for box in pane["boxes"] if "open" in box["lit"]]
    assert len(open_boxes) == len(frames)
    if k == 0:
        assert (trail, frames) == (truth.names[-1], []), "at first sight, everything is closed"
    else:
        assert "active" in next(box["lit"] for box in read["panes"][-1]["boxes"] if box["id"] == at)
        assert len(trail.split(" › ")) == len(read["panes"])
    if frames:
        assert trail.startswith(f"{truth.names[-1]} › ")
        innermost = re.sub(r" #\d+", "", trail.split(" › ")[-1])
        around = ".".join(scopes(truth.order[node]))
        is_tree = innermost.endswith("]") and innermost.split(" [")[0] in truth.names
        assert " to " in innermost or is_tree or (around.startswith(innermost) if around else innermost == "rest"), trail
    groups = [(box, line["text"]) for box in overview["boxes"] for line in box["lines"] if line["role"] == "progress"]
    done, all = map(builtins.sum, zip(*([int(n) for n in text.replace(" steps", "").split(" of ")] for _, text in groups)))
    single = {int(box["id"][1:]) for box in overview["boxes"] if box["kind"] == "operation"}
    assert done == len([x for x in truth.steps[:k] if x not in single])
    assert all + len(single) == len(truth.steps)
    assert len([box for box, _ in groups if "active" in box["lit"]]) == (k > 0 and node not in single)
