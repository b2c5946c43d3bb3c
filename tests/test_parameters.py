"""Parameters are found in every place, or an error says why not; results of calls are not parameters."""

import copy
import pickle
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, no_grad
from autograd import sum as total

X, Y = [[1.0, 2.0], [-1.0, 0.5], [0.25, -2.0]], [1.0, -1.0, 0.5]


def objects(xs: Any) -> np.ndarray:
    return np.array(xs, dtype=object)


@dataclass
class Pair:
    scale: Any
    others: Any = ()


@dataclass(frozen=True)
class Slotted:
    __slots__ = ("scale",)
    scale: Any


class Holds(nn.Module):
    """A module with parameters in `held`; it multiplies their sum by the sum of its inputs."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def forward(self, x: Any) -> Any:
        return total(self.parameters()) * sum(x)


def a(n: int = 2) -> list[Value]:
    return [Value(0.5 + i) for i in range(n)]


CONTAINERS: dict[str, tuple[Callable[[], Any], dict[str, tuple[int, ...]]]] = {  # and its state: names and shapes
    "array": (lambda: objects(a()), {"held": (2,)}),
    "matrix": (lambda: objects([a(3), a(3)]), {"held": (2, 3)}),
    "array of no dimension": (lambda: objects(Value(1.0)), {"held": ()}),
    "list of arrays": (lambda: [objects(a()), objects(a())], {"held": (2, 2)}),
    "list of arrays of no dimension": (lambda: [objects(Value(1.0))], {"held": (1,)}),
    "array with a number": (lambda: objects([*a(1), 3.0]), {"held.0": ()}),
    "array of modules": (lambda: objects([nn.Layer(2, 1)]), {"held.0.weight": (1, 2), "held.0.bias": (1,)}),
    "deque": (lambda: deque(a()), {"held": (2,)}),
    "list of deques": (lambda: [deque(a()), deque(a(1))], {"held.0": (2,), "held.1": (1,)}),
    "ragged": (lambda: [[a(), a()], [a(), a(3)]], {"held.0": (2, 2), "held.1.0": (2,), "held.1.1": (3,)}),
    "namespace": (lambda: SimpleNamespace(w=a(), b=Value(1.0)), {"held.w": (2,), "held.b": ()}),
    "dataclass": (lambda: Pair(Value(1.0), [a(3)]), {"held.scale": (), "held.others": (1, 3)}),
    "dataclass with slots": (lambda: Slotted(a()), {"held.scale": (2,)}),
    "mapping": (lambda: MappingProxyType({"w": a()}), {"held.w": (2,)}),
    "ordered dict": (
        lambda: OrderedDict(w=a(), b=nn.Layer(2, 1)),
        {"held.w": (2,), "held.b.weight": (1, 2), "held.b.bias": (1,)},
    ),
    "module in a namespace": (lambda: SimpleNamespace(f=nn.Layer(2, 1)), {"held.f.weight": (1, 2), "held.f.bias": (1,)}),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_parameters_are_found_in(name: str, tmp_path: Path) -> None:
    make, shapes = CONTAINERS[name]
    model, other = Holds(make()), Holds(make())
    assert {name: array.shape for name, array in model.state_dict().items()} == shapes
    parameters = model.parameters()
    assert parameters == [p for _, p in model.named_parameters()]
    assert len(parameters) == sum(int(np.prod(shape)) for shape in shapes.values())
    before = [p.data for p in parameters]
    nn.fit(model, X, Y, nn.mse_loss, nn.SGD(parameters, 0.01), epochs=1, progress=False, engine="program")
    assert all(p.data != number for p, number in zip(parameters, before)), "each of them is trained"
    nn.save(model, tmp_path / "state.npz")
    nn.load(other, tmp_path / "state.npz")
    assert [p.data for p in other.parameters()] == [p.data for p in parameters]
    assert f"{len(parameters)} parameter" in repr(model)


def test_arrays_of_numbers_and_containers_in_themselves_hold_none() -> None:
    around: list[Any] = [Value(1.0), "text"]
    around.append(around)
    model = Holds(SimpleNamespace(table=np.zeros((2, 2)), around=around, kind=Pair, data=nn.History()))
    assert [name for name, _ in model.named_parameters()] == ["held.around.0"]
    assert model.modules() == [model]


def test_slots_hold_parameters() -> None:
    class Lean(nn.Module):
        __slots__ = ("empty", "w")

        def __init__(self) -> None:
            self.w = Value(1.0)

    class Leaner(Lean):
        __slots__ = "b"

        def __init__(self) -> None:
            super().__init__()
            self.b = nn.Layer(1, 1)

    assert list(Leaner().state_dict()) == ["b.weight", "b.bias", "w"]


def test_layers_and_recurrent_networks_may_have_more() -> None:
    class Scaled(nn.Layer):
        def __init__(self) -> None:
            super().__init__(2, 3)
            self.scale = Value(1.0)

    class Start(nn.GRU):
        def __init__(self) -> None:
            super().__init__(2, 1)
            self.start = [Value(0.0)]

    assert list(Scaled().state_dict()) == ["weight", "bias", "scale"]
    assert list(Start().state_dict())[-2:] == ["bias_hh_l0", "start"]
    assert len(nn.Sequential(Scaled(), Start()).parameters()) == 6 + 3 + 1 + 3 * (2 + 1 + 1 + 1) + 1


# What cannot be a parameter


class Shared(nn.Module):
    w = [Value(1.0)]  # noqa: RUF012


class SharedLayer(nn.Module):
    layer = nn.Layer(1, 1)


class Own(Shared):
    def __init__(self) -> None:
        self.w = a()


MISSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "set": (lambda: Holds(set(a())), "Holds.held is a set, which has no order: keep parameters and modules in a list"),
    "frozenset": (lambda: Holds({"w": frozenset(a())}), "Holds.held.w is a frozenset, which has no order"),
    "set of modules": (lambda: Holds({nn.Layer(1, 1)}), "Holds.held is a set"),
    "set of tuples": (lambda: Holds({(1, *a())}), "Holds.held is a set"),
    "computed": (lambda: Holds(Value(2.0) * 0.1), r"Holds.held contains Value\(data=0.2, .*\), computed by 'mul' .*Value\(0.1 \* r\) and not"),
    "list": (lambda: Holds([Value(2.0) * 0.1, Value(1.0).tanh()]), r"Holds.held.0 contains Value\(data=0.2"),
    "half of a list": (lambda: Holds([Value(1.0), Value(1.0).tanh()]), r"Holds.held.1 contains .* by 'tanh'"),
    "array": (lambda: Holds(objects(a()) * 0.1), "Holds.held.0 contains .* by 'mul'"),
    "inside": (lambda: nn.Sequential(Holds([[Value(1.0) + 1]])), "Holds.held.0.0 contains .* by 'add'"),
    "class": (Shared, "w is an attribute of the class Shared, .*: set self.w in __init__"),
    "layer of the class": (SharedLayer, "layer is an attribute of the class SharedLayer"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSED)
def test_what_training_would_miss_is_an_error(name: str) -> None:
    make, message = MISSED[name]
    model = make()
    asking: list[Callable[[], Any]] = [
        model.parameters, model.zero_grad, model.state_dict, lambda: list(model.named_parameters()),
        lambda: model.load_state_dict({}), lambda: nn.compile(model, nn.mse_loss),
    ]  # fmt: skip
    for ask in asking:
        with pytest.raises(TypeError, match=message):
            ask()
    assert name == "inside" or repr(model).startswith(type(model).__name__ + ": "), "it can be looked at all the same"


def test_sets_of_other_things_and_class_attributes_that_are_set_again_are_fine() -> None:
    assert len(Holds({"a", (1, 2)}).parameters()) == 0
    assert len(Own().parameters()) == 2


# Results


class Watched(nn.Module):
    """A module that stores various results in its attributes when it is called."""

    def __init__(self) -> None:
        self.w = a()
        self.inner = Inner()
        self.outputs: list[Any] = []
        self.last: Any = None

    def forward(self, x: Any) -> Any:
        hidden = [w * v for w, v in zip(self.w, x)]
        y = self.inner(hidden)
        self.last = y
        self.hidden = {"hidden": hidden, "set": set(hidden)}
        self.copy: Any = Value(3.0)
        self.w = self.w  # the same parameters
        self.outputs.append(y)
        return y

    def loss(self, y: Any) -> Any:
        self.loss_of_last = (y - 1) ** 2
        return self.loss_of_last


class Inner(nn.Module):
    def __init__(self) -> None:
        self.b = Value(0.25)
        self.seen: list[Any] = []

    def forward(self, x: Any) -> Any:
        self.seen.append(x)
        return total(x) + self.b


def test_what_a_call_computes_or_sets_is_no_parameter() -> None:
    model, fresh = Watched(), Watched()
    expected = [*model.w, model.inner.b]
    model.loss(model(X[0])).backward()
    with no_grad():
        model(X[1])
    model.running = 0.9 * model.loss_of_last  # outside of calls, but computed from parameters
    for one in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert list(one.state_dict()) == ["w", "inner.b"]
        assert len(one.parameters()) == len(one.inner.parameters()) + 2 == 3
        fresh.load_state_dict(one.state_dict())
    assert model.parameters() == expected
    step = nn.compile(fresh, nn.mse_loss)
    assert step(X, Y) == pytest.approx(nn.evaluate(fresh, X, Y, nn.mse_loss)[0], rel=1e-12)
    for engine in ("program", "eager"):
        history = nn.fit(fresh, X, Y, nn.mse_loss, nn.SGD(fresh.parameters(), 0.1), epochs=5, progress=False, engine=engine)
        assert history.loss[-1] < history.loss[0]
    assert list(fresh.state_dict()) == ["w", "inner.b"]


def test_forward_and_a_call_of_ones_own_are_calls() -> None:
    class Plain(nn.Module):
        def __init__(self) -> None:
            self.w = Value(1.0)

        def __call__(self, x: Any) -> Any:
            self.first = Value(0.0)
            return self.forward(x)

        def forward(this, x: Any) -> Any:  # noqa: N805
            this.last = Value(0.0)
            this.last = this.last
            return this.w * x

    for call in (Plain().forward, Plain()):
        call(2.0)
        model = getattr(call, "__self__", call)
        assert list(model.state_dict()) == ["w"]


def test_what_is_set_outside_of_calls_is_a_parameter_again() -> None:
    model = Watched()
    model(X[0])
    assert "last" not in model.state_dict()
    model.last = Value(1.0)
    assert "last" in model.state_dict()
    model.copy = 3.0
    del model.hidden
    assert list(model.state_dict()) == ["w", "inner.b", "last"]


def test_a_call_does_not_replace_parameters() -> None:
    class Decays(nn.Module):
        def __init__(self) -> None:
            self.w = [Value(1.0)]
            self.n: Any = 0.0

        def forward(self, x: Any) -> Any:
            self.n = self.n + x * self.w[0]  # a state that begins with a number
            self.w = [self.w[0] * 0.9]
            return self.n

    model = Decays()
    with pytest.raises(
        TypeError, match=r"Decays: a call sets self.w, which contains a parameter, .*: change its .data, or"
    ):
        model(2.0)
    assert [p.data for p in model.parameters()] == [1.0]


def test_a_layer_made_in_a_call_has_parameters() -> None:
    class Lazy(nn.Module):
        layer: Any = None

        def forward(self, x: Any) -> Any:
            if self.layer is None:
                self.layer = nn.Layer(len(x), 1)
            return self.layer(x)

    model = Lazy()
    assert model.parameters() == []
    model([1.0, 2.0])
    assert list(model.state_dict()) == ["layer.weight", "layer.bias"]
    assert len(model.modules()) == 3


# Dataclasses


@dataclass
class Line(nn.Module):
    slope: Value
    inner: nn.Module = field(default_factory=lambda: nn.Layer(2, 1, None, seed=0))

    def forward(self, x: Any) -> Any:
        return self.slope * self.inner(x)


@dataclass(frozen=True)
class Frozen(nn.Module):
    slope: Value
    inner: nn.Module

    def forward(self, x: Any) -> Any:
        return self.slope * self.inner(x)


@dataclass(slots=True)
class WithSlots(nn.Module):
    slope: Value
    inner: nn.Module

    def forward(self, x: Any) -> Any:
        return self.slope * self.inner(x)


@pytest.mark.parametrize("kind", [Line, Frozen, WithSlots])
def test_a_dataclass_may_be_a_module(kind: Callable[..., Any], tmp_path: Path) -> None:
    model, other = (kind(Value(0.5), nn.Layer(2, 1, None, seed=seed)) for seed in (0, 1))
    assert len(model.modules()) == 3
    assert [m.training for m in model.eval().modules()] == [False] * 3
    assert [m.training for m in model.train().modules()] == [True] * 3
    assert list(model.state_dict()) == ["slope", "inner.weight", "inner.bias"]
    assert model(X[0]).scope.path == (kind.__name__,)
    optimizer = nn.SGD(model.parameters(), 0.1)
    for engine in ("program", "eager"):
        history = nn.fit(model, X, Y, nn.mse_loss, optimizer, epochs=10, progress=False, engine=engine)
        assert history.loss[-1] < history.loss[0]
    nn.save(model, tmp_path / "line.safetensors")
    nn.load(other, tmp_path / "line.safetensors")
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]
    both = nn.Sequential(model)
    assert [layer.name for layer in nn.diagnose(both, X, Y, nn.mse_loss, optimizer).layers] == ["0.inner"]
    assert nn.importance(both, X, Y, nn.mse_loss) == []
    assert nn.predict(both, X).shape == (3,)
    assert copy.deepcopy(model).apply(lambda module: None).parameters() != model.parameters()
