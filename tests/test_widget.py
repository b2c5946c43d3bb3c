"""`interact`: numbers that change in the page change in Python, and the other way round; with anywidget and with a stand-in."""

import math
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import nn
from autograd import Value, grad, scope, tanh
from autograd.graph import topological_order
from autograd.render import LivePlayer, interact
from tests.skips import need


class StandIn:
    """The part of anywidget.AnyWidget that `interact` uses: a trait `numbers`, whose observers hear of other numbers."""

    def __init__(self) -> None:
        self._numbers: list[str] = []
        self._heard: list[Callable[[dict[str, Any]], None]] = []

    def observe(self, heard: Callable[[dict[str, Any]], None], name: str) -> None:
        assert name == "numbers"
        self._heard.append(heard)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "numbers":
            before, self._numbers = self._numbers, value
            for heard in self._heard if before != value else ():
                heard({"new": value})
        else:
            super().__setattr__(name, value)

    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__("_numbers" if name == "numbers" else name)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"text/plain": "", "application/vnd.jupyter.widget-view+json": {"model_id": "1"}}, {}


@pytest.fixture(params=["stand-in", "anywidget"], autouse=True)
def anywidget(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "anywidget":
        need("widget", find_spec("anywidget"))
        return
    trait = SimpleNamespace(tag=lambda sync: None)
    parts = {"anywidget": {"AnyWidget": StandIn}, "traitlets": {"List": lambda of: trait, "Unicode": lambda: trait}}
    for name, members in parts.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)


def f(x: Any, w: Any, b: Any) -> Any:
    return (tanh(w * x + b) - 1) ** 2 * w


def example() -> tuple[Value, list[Value], LivePlayer]:
    leaves = [Value(2.0, "x"), Value(-0.5, "w"), Value(1.5, "b")]
    loss = f(*leaves)
    loss.label = "loss"
    return loss, leaves, interact(loss)


def drag(live: LivePlayer, **to: float) -> None:
    """Do what the page does: send the numbers of all leaves, as JavaScript writes them."""
    numbers = {x.label: x.data for x in live.leaves} | to
    texts = {math.inf: "Infinity", -math.inf: "-Infinity"}
    live.widget.numbers = [texts.get(x, "NaN" if x != x else f"{x:.17g}") for x in numbers.values()]


def test_python_follows_the_page_and_the_page_python() -> None:
    loss, leaves, live = example()
    tanh_ = next(node for node in topological_order(loss) if node.op == "tanh")
    changes = [{"x": 3.0}, {"w": 0.25, "b": -1e-300}, {"x": math.inf}, {"x": math.nan}, {"x": -1.0, "w": 1.0, "b": 0.1}]
    for k, change in enumerate(changes * 2):
        if k < len(changes):
            drag(live, **change)
        else:
            for x in leaves:
                x.data = change.get(x.label, x.data)
            live.refresh()
        at = [x.data for x in leaves]
        assert at == pytest.approx([change.get(x.label, x.data) for x in leaves], abs=0, rel=0, nan_ok=True)
        assert [float(text) for text in live.widget.numbers] == pytest.approx(
            [x.data for x in live.leaves], rel=0, abs=0, nan_ok=True
        )
        fresh = f(*(again := [Value(x) for x in at]))
        fresh.backward()
        assert [loss.data, live.root.data] == pytest.approx([fresh.data] * 2, rel=0, abs=0, nan_ok=True)
        assert [x.grad for x in leaves] == pytest.approx([x.grad for x in again], rel=0, abs=0, nan_ok=True)
        assert tanh_.data == pytest.approx(math.tanh(at[1] * at[0] + at[2]), nan_ok=True)
        assert loss.grad == 1.0
    before = [x.grad for x in leaves]
    live.root.backward()
    assert [x.grad for x in leaves] == [2 * x for x in before], "its local derivatives are those of the new numbers"


def test_the_page_is_not_told_what_it_said() -> None:
    _, leaves, live = example()
    drag(live, x=3.0)
    assert "3" in live.widget.numbers and leaves[0].data == 3.0, "as the page wrote it"
    drag(live, x=3.0)
    live.refresh()
    assert "3.0" in live.widget.numbers


def test_training_in_python_while_the_page_shows_it() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    points = [([0.0, 0.0], -1.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], -1.0)]

    def loss_of(x: list[float], y: float) -> Any:
        with scope("model"):
            return (model(x) - y) ** 2

    loss = sum((loss_of(x, y) for x, y in points), Value(0.0))
    for x in model.parameters():
        x.grad = 10.0  # which is there before
    live = interact(loss, max_nodes=10, parameters=model.parameters())
    assert live.player.batch is None and len(live.player.panes) > 1, "an overview of all rows"
    for _ in range(2):
        for x in model.parameters():
            x.data -= 0.01 * (x.grad - 10.0)
        live.refresh()
    assert loss.data == sum(float((model(x) - y) ** 2) for x, y in points)
    first = model.parameters()[0]
    assert first.grad == pytest.approx(10.0 + grad(live.root, [first])[0], rel=1e-12)
    assert live.root.inputs[-1].scope.path[0] == "model"


def test_what_a_notebook_shows() -> None:
    loss, _, live = example()
    data, metadata = live._repr_mimebundle_()
    assert data["text/plain"] == repr(live) == f"LivePlayer(loss = {loss.data:g}, 3 leaves)"
    assert "model_id" in data["application/vnd.jupyter.widget-view+json"]
    assert data["text/html"] == live.player._repr_html_()
    assert type(metadata) is dict
    module = live.widget._esm
    assert module.count("export default") == 1 and "class WhatIf" in module and "class Player" in module


def test_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Value(2.0, "x")
    y = x * x
    x.data = 5.0
    with pytest.raises(
        ValueError, match="numbers of this graph cannot be changed in a page: v1 is not mul of its operands"
    ):
        interact(y)
    assert x.grad == 0.0
    with pytest.raises(TypeError, match="a backward pass needs a Value"):
        interact(3.0)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    before = [y.grad, x.grad]
    with pytest.raises(
        RuntimeError, match=r"interact needs anywidget: pip install 'stepgrad\[widget\]', or use show_backward"
    ):
        interact(y)
    assert [y.grad, x.grad] == before
