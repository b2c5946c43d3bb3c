"""Modules: their contents, state, scopes, errors and gradients."""

import copy
import functools
import inspect
import math
import pickle
import random
import re
import threading
from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, gradcheck, scope
from autograd import sum as total
from nn.activations import ELEMENTWISE, JOINT, LIKE_RELU
from nn.module import flatten


class Holder(nn.Module):
    """A module with parameters in every possible place."""

    def __init__(self) -> None:
        self.scale = Value(2.0)
        self.pair = [Value(1.0), Value(2.0)]
        self.matrix = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
        self.ragged = [[Value(1.0)], [Value(2.0), Value(3.0)]]
        self.by_name = {"a": Value(5.0), "layer": nn.Layer(1, 2, seed=0)}
        self.blocks = [nn.Layer(2, 1, seed=1), (nn.Layer(2, 1, seed=2),)]
        self.again = self.pair
        self.result = self.scale * 2  # computed: not a parameter
        self.note = "text"

    def forward(self, x: Any) -> Any:
        return self.scale * x


def test_the_public_names_are_listed() -> None:
    """`from nn import *` gives no submodules, and every name with a docstring of its own."""
    assert len(set(nn.__all__)) == len(nn.__all__)
    for name in nn.__all__:
        assert not isinstance(getattr(nn, name), ModuleType)
        assert getattr(nn, name).__doc__
    public = {name for name, x in vars(nn).items() if not name.startswith("_") and not isinstance(x, ModuleType)}
    assert public - {"TYPE_CHECKING"} == set(nn.__all__)


def test_named_parameters() -> None:
    names = [name for name, _ in Holder().named_parameters()]
    assert names == [
        "scale", "pair[0]", "pair[1]", "matrix[0][0]", "matrix[0][1]", "matrix[1][0]", "matrix[1][1]",
        "ragged.0[0]", "ragged.1[0]", "ragged.1[1]", "by_name.a",
        "by_name.layer.weight[0][0]", "by_name.layer.weight[1][0]", "by_name.layer.bias[0]", "by_name.layer.bias[1]",
        "blocks.0.weight[0][0]", "blocks.0.weight[0][1]", "blocks.0.bias[0]",
        "blocks.1.0.weight[0][0]", "blocks.1.0.weight[0][1]", "blocks.1.0.bias[0]",
    ]  # fmt: skip
    holder = Holder()
    assert holder.parameters() == [p for _, p in holder.named_parameters()]
    shapes = {name: array.shape for name, array in holder.state_dict().items()}
    assert shapes["scale"] == ()
    assert shapes["matrix"] == (2, 2)
    assert shapes["by_name.layer.weight"] == (2, 1)
    assert shapes["again"] == (2,)


def test_zero_grad() -> None:
    holder = Holder()
    for p in holder.parameters():
        p.grad = 3.0
    holder.zero_grad()
    assert {p.grad for p in holder.parameters()} == {0.0}


def test_modes_reach_every_module() -> None:
    model = nn.Sequential(nn.Layer(2, 2), nn.Residual(nn.BatchNorm(2)))
    assert {module.training for module in model.modules()} == {True}
    assert model.eval() is model
    assert {module.training for module in model.modules()} == {False}
    assert {module.training for module in model.train().modules()} == {True}


def test_apply_calls_children_first() -> None:
    model = nn.Sequential(nn.Layer(2, 1), nn.Activation("relu"))
    seen: list[nn.Module] = []
    assert model.apply(seen.append) is model
    assert seen[-1] is model
    assert {type(module).__name__ for module in seen} == {"Sequential", "Layer", "Neuron", "Activation"}


def test_repr_shows_structure_and_sizes() -> None:
    model = nn.Sequential(nn.Layer(2, 8, "tanh"), nn.BatchNorm(8), nn.Residual(nn.LSTM(1, 1)), nn.Neuron(8, None))
    assert repr(model).splitlines() == [
        "Sequential: 65 parameters",
        "  (0) Layer(2, 8, activation='tanh')",
        "  (1) BatchNorm(8): 16 parameters",
        "  (2) Residual: 16 parameters",
        "    (0) LSTM(1, 1): 16 parameters",
        "  (3) Neuron(8, activation=None): 9 parameters",
    ]
    assert repr(nn.LayerNorm(1)) == "LayerNorm(1): 2 parameters"
    assert repr(nn.Activation(math.sin)) == "Activation('sin'): 0 parameters"
    assert repr(nn.GRUCell(1, 2)) == "GRUCell(1, 2): 30 parameters"
    assert repr(Line()) == "Line: 1 parameter"


class Line(nn.Module):
    def __init__(self) -> None:
        self.w = Value(1.0)


# State


def test_state_round_trip() -> None:
    model, other = nn.MLP(2, [3, 1], seed=0), nn.MLP(2, [3, 1], seed=1)
    state = model.state_dict()
    assert list(state) == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    other.load_state_dict(state)
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]
    state["layers.0.weight"][:] = 0
    assert model.layers[0].neurons[0].w[0].data != 0, "a state is a copy"


def test_every_mismatch_is_named_and_nothing_changes() -> None:
    norm = nn.Sequential(nn.Layer(2, 3, seed=0), nn.BatchNorm(3))
    before = norm.state_dict()
    state = norm.state_dict()
    del state["0.bias"]
    state["0.weight"] = np.zeros((2, 3))
    state["2.weight"] = np.zeros(1)
    state["1.running_mean"] = "abc"  # type: ignore[assignment]
    with pytest.raises(ValueError, match="does not fit Sequential") as error:
        norm.load_state_dict(state)
    lines = str(error.value).splitlines()[1:]
    assert [line.strip() for line in lines[:1]] == ["missing: 0.bias"]
    assert lines[1].strip() == "not expected: 2.weight"
    assert lines[2].strip().startswith("not numbers: 1.running_mean")
    assert lines[3].strip() == "shape of 0.weight: expected (3, 2), got (2, 3)"
    assert all(np.array_equal(before[name], after) for name, after in norm.state_dict().items())


def test_buffers_are_state() -> None:
    model = nn.Sequential(nn.BatchNorm(2))
    model([[1.0, 2.0], [3.0, 6.0]])
    other = nn.Sequential(nn.BatchNorm(2))
    other.load_state_dict(model.state_dict())
    (norm,) = (m for m in other.modules() if isinstance(m, nn.BatchNorm))
    assert (norm.running_mean, norm.running_var, norm.num_batches_tracked) == ([0.2, 0.4], [1.1, 1.7000000000000002], 1.0)
    assert len(other.parameters()) == 4


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_have_parameters_of_their_own(copied: Callable[[Any], Any]) -> None:
    model = nn.Sequential(nn.MLP(2, [2, 1], "tanh", seed=0), nn.LayerNorm(1))
    other = copied(model)
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]
    assert not set(model.parameters()) & set(other.parameters())


# Scopes


def test_nodes_know_the_module_that_recorded_them() -> None:
    model = nn.Sequential(nn.MLP(2, [2, 1]), nn.LayerNorm(1))
    y = model([1.0, 2.0])[0]
    assert y.scope.path == ("Sequential", "1")
    output = model([1.0, 2.0])[0]
    inside = {".".join(node.scope.path) for node in nodes(output)}
    assert inside == {
        "Sequential.1", "Sequential.0.layers.1.neurons.0", "Sequential.0.layers.0.neurons.0", "Sequential.0.layers.0.neurons.1",
    }  # fmt: skip


def nodes(root: Value) -> list[Value]:
    found, stack = [], [root]
    while stack:
        node = stack.pop()
        if node.op and node not in found:
            found.append(node)
            stack += node.inputs
    return found


def test_each_call_is_a_scope_of_its_own() -> None:
    neuron = nn.Neuron(1)
    a, b = neuron([1.0]), neuron([2.0])
    assert a.scope.path == b.scope.path == ("Neuron",)
    assert a.scope is not b.scope
    assert a.scope is a.inputs[0].scope
    outputs, _ = nn.RNN(1, 2)([[1.0], [2.0]])
    first, second = outputs[0][0].scope, outputs[1][0].scope
    assert first.path == second.path == ("RNN", "cell")
    assert first is not second
    assert first.outer is second.outer


def test_a_module_that_was_called_alone_gets_its_name_from_the_one_that_holds_it() -> None:
    layer = nn.Layer(1, 1)
    assert layer([1.0]).scope.path == ("Layer", "neurons.0")
    assert nn.Sequential(layer)([1.0]).scope.path == ("Sequential", "0", "neurons.0")


def test_scopes_end_with_errors_and_are_of_their_thread() -> None:
    class Fails(nn.Module):
        def forward(self) -> None:
            raise KeyError("no")

    with pytest.raises(KeyError):
        Fails()()
    x = Value(1.0)
    assert (x * x).scope is None
    seen = []
    with scope("here"):
        thread = threading.Thread(target=lambda: seen.append((x * x).scope))
        thread.start()
        thread.join()
        assert (x * x).scope.path == ("here",)
    assert seen == [None]


def test_scopes_survive_copies() -> None:
    with scope("outer"), scope("inner"):
        y = Value(2.0) * 3
    for other in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert other.scope.path == ("outer", "inner")
    assert repr(y.scope) == "scope('inner')"


def test_a_scope_is_entered_once_and_has_a_name() -> None:
    group = scope("group")
    with group, pytest.raises(RuntimeError, match="'group' was entered before"), group:
        pass
    with pytest.raises(TypeError, match="name of a scope must be a str, got int: 3"):
        scope(3)


# Layers


@pytest.mark.parametrize("activation", [*ELEMENTWISE, *JOINT, None])
def test_every_activation_has_a_name(activation: str | None) -> None:
    model = nn.MLP(2, [3, 2], activation=activation, output=activation, seed=0)
    row = model([0.3, -0.4])
    hidden = model.layers[0]([0.3, -0.4])
    again = nn.Sequential(nn.Layer(2, 3, None, seed=random.Random(0)), nn.Activation(activation))
    again.load_state_dict(
        {name[len("layers.") :]: a for name, a in model.state_dict().items() if name.startswith("layers.0")}
    )
    assert [v.data for v in again([0.3, -0.4])] == [v.data for v in hidden]
    if activation == "softmax":
        assert sum(v.data for v in row) == pytest.approx(1.0, rel=1e-15)
    assert repr(activation) in repr(model)


def test_an_activation_may_be_a_function() -> None:
    neuron = nn.Neuron(1, lambda z: z * z)
    neuron.w[0].data = 3.0
    assert neuron([2.0]).data == 36.0


def test_single_outputs_come_bare_and_rows_in_lists() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    one = model([1.0, 2.0])
    assert isinstance(one, Value)
    batch = model(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert [type(v) for v in batch] == [Value, Value]
    assert batch[0].data == one.data
    deep = nn.MLP(1, [1, 2], seed=0)
    assert len(deep(Value(1.0))) == 2
    assert nn.Residual(nn.Layer(1, 1, None, "zeros"))(Value(3.0)).data == 3.0


def test_seeds() -> None:
    state = [p.data for p in nn.MLP(2, [3, 1], seed=7).parameters()]
    assert state == [p.data for p in nn.MLP(2, [3, 1], seed=7).parameters()]
    assert state != [p.data for p in nn.MLP(2, [3, 1], seed=8).parameters()]
    random.seed(7)
    assert state == [p.data for p in nn.MLP(2, [3, 1]).parameters()], "no seed: Python's own generator, as in micrograd"


INITS = {  # name: variance of a weight of a layer with 60 inputs and 40 outputs
    "xavier_uniform": 2 / 100, "xavier_normal": 2 / 100, "he_uniform": 2 / 60, "he_normal": 2 / 60,
    "uniform": 1 / 3, "normal": 1.0, "zeros": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(("init", "variance"), INITS.items())
def test_initialisers(init: str, variance: float) -> None:
    layer = nn.Layer(60, 40, init=init, seed=0)
    weights = np.array([[w.data for w in neuron.w] for neuron in layer.neurons])
    assert weights.var() == pytest.approx(variance, rel=0.05)  # of 2400 draws
    assert abs(weights.mean()) <= 4 * math.sqrt(variance / weights.size)
    assert {neuron.b.data for neuron in layer.neurons} == {0.0}


@pytest.mark.parametrize("activation", [*ELEMENTWISE, None])
def test_the_default_is_he_for_relus_and_xavier_for_others(activation: str | None) -> None:
    name = "he_uniform" if activation in LIKE_RELU else "xavier_uniform"
    default, named = nn.Layer(3, 4, activation, seed=0), nn.Layer(3, 4, activation, init=name, seed=0)
    assert np.array_equal(default.state_dict()["weight"], named.state_dict()["weight"])


def test_an_initialiser_may_be_a_function() -> None:
    layer = nn.Layer(3, 4, init=lambda fan_in, fan_out, rng: 10 * fan_in + fan_out)
    assert {w.data for neuron in layer.neurons for w in neuron.w} == {34.0}
    spread = functools.partial(nn.init.normal, std=1e-3)
    assert all(abs(w.data) < 0.01 for w in nn.Neuron(50, init=spread, seed=0).w)


# Gradients through everything


def rows(n: int, size: int, seed: int = 0) -> list[list[float]]:
    rng = random.Random(seed)
    return [[rng.gauss(0, 1) for _ in range(size)] for _ in range(n)]


BATCHES: dict[str, tuple[nn.Module, Any]] = {
    "MLP": (nn.MLP(2, [3, 2], "tanh", "sigmoid", seed=0), rows(2, 2)),
    "relu": (nn.MLP(2, [3, 1], seed=0), rows(2, 2)),
    "softmax": (nn.Layer(2, 3, "softmax", seed=0), rows(2, 2)),
    "Sequential": (nn.Sequential(nn.Layer(2, 3, None, seed=0), nn.BatchNorm(3), nn.Activation("gelu")), rows(4, 2)),
    "Residual": (nn.Residual(nn.Layer(2, 2, "tanh", seed=0), nn.Layer(2, 2, None, seed=1)), rows(2, 2)),
    "BatchNorm": (nn.BatchNorm(2), rows(3, 2)),
    "BatchNorm in a Residual": (nn.Residual(nn.BatchNorm(2)), rows(3, 2)),
    "BatchNorm after eval": (nn.BatchNorm(2).eval(), rows(3, 2)),
    "LayerNorm": (nn.LayerNorm(3), rows(2, 3)),
    "RNN": (nn.RNN(2, 2, seed=0), rows(3, 2)),
    "RNN with relu": (nn.RNN(2, 2, "relu", seed=0), rows(3, 2)),
    "LSTM": (nn.LSTM(2, 2, seed=0), rows(3, 2)),
    "GRU": (nn.GRU(2, 2, seed=0), rows(3, 2)),
}


@pytest.mark.parametrize("name", BATCHES)
def test_gradients_towards_inputs_and_parameters(name: str) -> None:
    module, batch = BATCHES[name]
    parameters = module.parameters()
    n = len(flatten(batch, []))

    def output(*numbers: Value) -> Value:
        for p, number in zip(parameters, numbers[n:]):
            p.data = number.data
        it = iter(numbers[:n])
        out = flatten(list(module([[next(it) for _ in row] for row in batch])), [])
        result: Value = total([math.sin(i + 1) * v for i, v in enumerate(out) if isinstance(v, Value)])
        return result

    points = [*flatten(batch, []), *(p.data for p in parameters)]
    assert gradcheck(lambda *xs: output(*xs, *map(Value, points[n:])), points[:n])
    module.zero_grad()
    output(*map(Value, points)).backward()
    analytic = [p.grad for p in parameters]
    for i in range(len(parameters)):
        slopes = []
        for step in (1e-6, -1e-6):
            moved = list(points)
            moved[n + i] += step
            slopes.append(output(*map(Value, moved)).data)
        assert analytic[i] == pytest.approx((slopes[0] - slopes[1]) / 2e-6, rel=1e-3, abs=1e-5)


LOSSES: dict[str, tuple[Callable[..., Any], list[float], Any]] = {
    "mse": (nn.mse_loss, [0.5, -1.0], [0.0, 1.0]),
    "l1": (nn.l1_loss, [0.5, -1.0], [0.0, 1.0]),
    "huber": (functools.partial(nn.huber_loss, delta=0.7), [0.5, -1.0], [0.0, 1.0]),
    "binary cross-entropy": (nn.binary_cross_entropy, [0.2, 0.7], [0.0, 1.0]),
    "with soft targets": (nn.binary_cross_entropy, [0.2, 0.7], [0.3, 0.9]),
    "with logits": (nn.binary_cross_entropy_with_logits, [-3.0, 2.0], [0.3, 1.0]),
    "cross-entropy": (nn.cross_entropy, [0.5, -1.0, 2.0], 1),
    "cross-entropy, soft": (nn.cross_entropy, [0.5, -1.0, 2.0], [0.2, 0.5, 0.3]),
    "hinge": (nn.hinge_loss, [0.5, -1.0, 3.0], [1.0, 1.0, -1.0]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_of_losses(name: str) -> None:
    loss, prediction, target = LOSSES[name]
    for reduction in ("mean", "sum"):
        assert gradcheck(lambda *p: loss(p, target, reduction=reduction), prediction)  # noqa: B023


def test_losses_take_lists_arrays_numbers_and_nested_rows() -> None:
    assert nn.mse_loss(Value(3.0), 1.0).data == 4.0
    assert nn.mse_loss(np.array([1.0, 2.0]), [0.0, 0.0]) == 2.5
    assert nn.mse_loss([[Value(1.0)], [Value(2.0)]], np.array([0.0, 0.0])).data == 2.5
    assert nn.mse_loss([np.array([1.0]), np.array([2.0])], [[0], [0]]) == 2.5
    probabilities = nn.cross_entropy([[1.0, 2.0]], [[0.25, 0.75]])
    apart = 0.25 * nn.cross_entropy([1.0, 2.0], 0) + 0.75 * nn.cross_entropy([1.0, 2.0], 1)
    assert probabilities == pytest.approx(apart, rel=1e-15)


class Frame:
    """A stand-in for a pandas DataFrame."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = numbers

    def to_numpy(self) -> np.ndarray:
        return np.array(self.numbers)


ELEMENTWISE_LOSSES = [
    nn.mse_loss, nn.l1_loss, nn.huber_loss, nn.hinge_loss, nn.binary_cross_entropy, nn.binary_cross_entropy_with_logits
]  # fmt: skip
SHAPES: list[tuple[Any, Any, str]] = [  # input and target, and what the error says of their shapes; '' if they match
    (0.5, 1, ""),
    (0.5, [1], ""),
    ([0.5, 0.5], [[1], [1]], ""),
    ([[0.5], [0.5]], np.array([1.0, 1.0]), ""),
    ([[0.5], [0.5]], Frame([1.0, 1.0]), ""),
    (deque([0.5, 0.5]), (1, 1), ""),
    ([0.5, 0.5], range(2), ""),
    ([[[0.5], [0.5]]], [[1, 1]], ""),
    ([[0.5] * 3] * 2, [[1] * 2] * 3, r"input of shape \(2, 3\) does not match target of shape \(3, 2\)"),
    ([[0.5] * 3] * 2, [1] * 6, r"\(2, 3\) .* \(6,\)"),
    ([[0.5] * 2], [1, 1], r"\(1, 2\) .* \(2,\)"),
    ([0.5, 0.5], 1, r"\(2,\) .* \(\)"),
    (0.5, [1, 1], r"\(\) .* \(2,\)"),
    ([[0.5], [0.5, 0.5]], [[1, 1], [1]], r"\(2, \(1,\), \(2,\)\) .* \(2, \(2,\), \(1,\)\)"),
]


@pytest.mark.parametrize("loss", ELEMENTWISE_LOSSES)
@pytest.mark.parametrize(("input", "target", "message"), SHAPES)
def test_shapes_must_match(loss: Callable[..., Any], input: Any, target: Any, message: str) -> None:
    if not message:
        assert math.isfinite(loss(input, target))
        return
    with pytest.raises(ValueError, match=f"{loss.__name__}: input of shape .*") as error:
        loss(input, target)
    assert re.search(message, str(error.value))


def test_cross_entropy_takes_a_class_or_a_row_of_probabilities_for_each_row() -> None:
    rows, expected = [[0.0, 1.0], [2.0, 0.0]], nn.cross_entropy([[0.0, 1.0], [2.0, 0.0]], [1, 0])
    for targets in ((1, 0), np.array([1, 0]), Frame([1, 0]), [[0, 1], [1, 0]], [[0, 1], 0], [1.0, np.float64(0.0)]):
        assert nn.cross_entropy(np.array(rows), targets) == pytest.approx(expected, rel=1e-15)
    for wrong in ([[1], [0]], [[0, 1, 0], [1, 0, 0]], [1], [1, 0, 1], 1, None):
        with pytest.raises(ValueError, match=r"cross_entropy: input of shape \(2, 2\) does not match target of shape \("):
            nn.cross_entropy(rows, wrong)
    with pytest.raises(ValueError, match=r"input of shape \(\)"):
        nn.cross_entropy(Value(1.0), 0)
    with pytest.raises(ValueError, match=r"input of shape \(2, \(2,\), \(\)\)"):
        nn.cross_entropy([[1.0, 2.0], 3.0], [0, 0])


@pytest.mark.parametrize(
    ("p", "y", "loss"), [(0.0, 0.0, 0.0), (1.0, 1.0, 0.0), (0.0, 1.0, 100.0), (1.0, 0.0, 100.0), (1e-60, 1.0, 100.0)]
)
def test_binary_cross_entropy_at_the_edges(p: float, y: float, loss: float) -> None:
    """The logarithm is at least -100, as in PyTorch, and no gradient is nan."""
    v = Value(p)
    result = nn.binary_cross_entropy([v], [y])
    result.backward()
    assert result.data == pytest.approx(loss, rel=1e-15)
    assert math.isfinite(v.grad)


# Errors

MISTAKES: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "row too long": (lambda: nn.MLP(2, [1])([1, 2, 3]), ValueError, r"Layer\(2, 1, activation=None\) expects 2 inputs, got 3"),
    "neuron": (lambda: nn.Neuron(2)([1]), ValueError, r"Neuron\(2, activation='relu'\) expects 2 inputs, got 1"),
    "not a row": (lambda: nn.Layer(2, 1)(None), ValueError, r"Layer\(2, 1, .*\) expects 2 inputs, got NoneType None"),
    "a number": (lambda: nn.Layer(2, 1)(3.0), ValueError, "expects 2 inputs, got 1"),
    "batch norm, one row": (lambda: nn.BatchNorm(1)([[1.0]]), ValueError, r"BatchNorm\(1\) needs at least 2 examples in training mode, got 1"),
    "batch norm, no batch": (lambda: nn.BatchNorm(2)([1.0, 2.0]), ValueError, r"BatchNorm\(2\) expects a batch"),
    "batch norm, width": (lambda: nn.BatchNorm(2)([[1.0], [2.0]]), ValueError, r"BatchNorm\(2\) expects 2 inputs, got 1"),
    "layer norm": (lambda: nn.LayerNorm(2)([1.0]), ValueError, r"LayerNorm\(2\) expects 2 inputs, got 1"),
    "cell, input": (lambda: nn.LSTMCell(2, 3)([1.0]), ValueError, r"LSTMCell\(2, 3\) expects 2 inputs, got 1"),
    "cell, state": (lambda: nn.GRUCell(1, 3)([1.0], [1.0]), ValueError, r"GRUCell\(1, 3\) expects 3 inputs, got 1"),
    "sequence": (lambda: nn.RNN(1, 2)([]), ValueError, r"RNN\(1, 2\) expects a sequence of elements of size 1, got \[\]"),
    "no sequence": (lambda: nn.RNN(1, 2)(3.0), ValueError, r"RNN\(1, 2\) expects a sequence of elements of size 1, got 3.0"),
    "residual": (lambda: nn.Residual(nn.Layer(2, 3))([1, 2]), ValueError, "f returned 3 outputs for 2 inputs"),
    "no module": (lambda: nn.Sequential(nn.Layer(1, 1), "relu"), TypeError, "Sequential takes modules, got str: 'relu'"),
    "activation": (lambda: nn.MLP(1, [1], output="rleu"), ValueError, "no activation is named 'rleu': use one of relu, "),
    "initialiser": (lambda: nn.MLP(1, [1], init="xavier"), ValueError, "no initialiser is named 'xavier': use one of xavier_"),
    "gain": (lambda: nn.init.calculate_gain("gelu"), ValueError, "no gain is known for 'gelu': use one of linear, "),
    "no forward": (lambda: Line()(1.0), NotImplementedError, "Line has no forward"),
    "lengths": (lambda: nn.mse_loss([1.0], [1.0, 2.0]), ValueError, r"mse_loss: input of shape \(1,\) does not match target of shape \(2,\)"),
    "rows": (lambda: nn.cross_entropy([[1.0, 2.0]], [0, 1]), ValueError, r"shape \(1, 2\) does not match target of shape \(2,\): the target of each example"),
    "class": (lambda: nn.cross_entropy([[1.0, 2.0]], [2]), ValueError, "a target must be an index from 0 to 1, got 2"),
    "a Value as class": (lambda: nn.cross_entropy([[1.0, 2.0]], [Value(2.0)]), ValueError, "from 0 to 1, got Value.data=2.0"),
    "half a class": (lambda: nn.cross_entropy([[1.0, 2.0]], [0.5]), ValueError, "an index from 0 to 1, got 0.5"),
    "probabilities": (lambda: nn.cross_entropy([[1.0, 2.0]], [[1.0]]), ValueError, r"shape \(1, 2\) .* target of shape \(1, 1\)"),
    "one class for a batch": (lambda: nn.cross_entropy([[1.0, 2.0]], 1), ValueError, r"shape \(1, 2\) .* target of shape \(\): the target of each example"),
    "no class": (lambda: nn.cross_entropy([[1.0, 2.0]], [math.nan]), ValueError, "an index from 0 to 1, got nan"),
    "no probability": (lambda: nn.binary_cross_entropy([1.5], [1]), ValueError, "probabilities between 0 and 1, got 1.5: apply sig"),
    "reduction": (lambda: nn.l1_loss([1.0], [1.0], reduction="avg"), ValueError, "'mean', 'sum' or 'none', got 'avg'"),
    "nothing": (lambda: nn.mse_loss([], []), ValueError, "the mean of no losses is undefined: pass at least one example"),
    "no parameters": (lambda: nn.SGD([], 0.1), ValueError, "an optimiser needs parameters: the list is empty"),
    "not Values": (lambda: nn.SGD([1.0], 0.1), TypeError, "leaf Values, such as model.parameters.., got float: 1.0"),
    "computed": (lambda: nn.SGD([Value(1.0) * 2], 0.1), TypeError, "needs leaf Values, .*, got the result of 'mul'"),
    "rate": (lambda: nn.SGD([Value(1.0)], lr=-1), ValueError, "lr must not be negative, got -1"),
    "nan rate": (lambda: nn.SGD([Value(1.0)], lr=math.nan), ValueError, "lr must not be negative, got nan"),
    "decay": (lambda: nn.Adam([Value(1.0)], weight_decay=-1), ValueError, "weight_decay must not be negative, got -1"),
    "nesterov": (lambda: nn.SGD([Value(1.0)], nesterov=True), ValueError, "nesterov=True needs a momentum above 0, got 0.0"),
    "betas": (lambda: nn.Adam([Value(1.0)], betas=(0.9, 1.0)), ValueError, r"betas must .* below 1, got \(0.9, 1.0\)"),
    "update": (lambda: nn.optim.Optimizer([Value(1.0)], 0.1).step(), NotImplementedError, "Optimizer has no update"),
    "optimiser": (lambda: nn.StepLR(0.1, 1), TypeError, "StepLR needs an optimiser, whose lr it sets, got float: 0.1"),
    "sizes": (lambda: nn.MLP(2, 4, 1), TypeError, r"nouts is a list of the layers' sizes, such as \[16, 16, 1\], got 4"),
    "save": (lambda: nn.save(nn.Adam([Value(1.0)]), "a.npz"), TypeError, "takes a module or a state_dict, got Adam: .*nn.Checkpoint"),
    "load": (lambda: nn.load("a.npz", nn.Layer(1, 1)), TypeError, "load takes a module and the path of a file for it, in this order, got str"),
    "factor": (lambda: nn.schedules.Schedule(nn.SGD([Value(1.0)])), NotImplementedError, "Schedule has no factor"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named(name: str) -> None:
    make, kind, message = MISTAKES[name]
    with pytest.raises(kind, match=message):
        make()


# Optimisers


OPTIMISERS: dict[str, Callable[[list[Value]], Any]] = {
    "SGD": lambda ps: nn.SGD(ps, 0.1, momentum=0.9, nesterov=True),
    "RMSprop": lambda ps: nn.RMSprop(ps, momentum=0.5),
    "Adagrad": lambda ps: nn.Adagrad(ps, 0.1, lr_decay=0.1),
    "Adam": lambda ps: nn.Adam(ps, 0.1),
    "AdamW": lambda ps: nn.AdamW(ps, 0.1),
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_saved_optimisers_go_on_alike(name: str) -> None:
    def run(parameters: list[Value], optimizer: Any, steps: int) -> list[float]:
        for _ in range(steps):
            optimizer.zero_grad()
            total([p**4 for p in parameters]).backward()
            optimizer.step()
        return [p.data for p in parameters]

    through = [Value(1.0), Value(-2.0)]
    expected = run(through, OPTIMISERS[name](through), 5)
    first = [Value(1.0), Value(-2.0)]
    optimizer = OPTIMISERS[name](first)
    run(first, optimizer, 3)
    optimizer.lr = 0.125
    state = optimizer.state_dict()
    second = [Value(p.data) for p in first]
    restored = OPTIMISERS[name](second)
    restored.load_state_dict(state)
    assert restored.lr == 0.125
    restored.lr = OPTIMISERS[name](second).lr
    assert run(second, restored, 2) == expected
    with pytest.raises(ValueError, match="expects steps, lr and"):
        OPTIMISERS[name]([Value(1.0)] * 3).load_state_dict(state)
    with pytest.raises(ValueError, match="expects steps, lr and"):
        restored.load_state_dict({"steps": 1, "unknown": np.zeros(2)})
    assert name in repr(restored)


DEFAULTS: dict[str, dict[str, Any]] = {  # PyTorch 2.13's, of the settings that both have
    "SGD": {"lr": 1e-3, "momentum": 0.0, "weight_decay": 0.0, "nesterov": False},
    "RMSprop": {"lr": 1e-2, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0.0, "momentum": 0.0},
    "Adagrad": {"lr": 1e-2, "lr_decay": 0.0, "weight_decay": 0.0, "eps": 1e-10},
    "Adam": {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0},
    "AdamW": {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2},
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_optimisers_have_pytorchs_defaults(name: str) -> None:
    settings = [p for p in inspect.signature(getattr(nn, name)).parameters.values() if p.default is not p.empty]
    assert {p.name: p.default for p in settings} == DEFAULTS[name]
    optimizer = getattr(nn, name)([Value(1.0)])
    assert {setting: getattr(optimizer, setting) for setting in DEFAULTS[name]} == DEFAULTS[name]


def test_an_optimiser_of_ones_own_decays_nothing_unless_asked() -> None:
    class Plain(nn.optim.Optimizer):
        def update(self, w: Any, g: Any) -> Any:
            return w - self.lr * (g + self.weight_decay * w)

    settings: tuple[tuple[dict[str, float], float], ...] = (({}, 1.5), ({"weight_decay": 0.5}, 1.0))
    for options, expected in settings:
        p = Value(2.0)
        optimizer = Plain([p], 0.5, **options)
        p.grad = 1.0
        optimizer.step()
        assert p.data == expected


def test_adagrad_decays_its_rate() -> None:
    p = Value(0.0)
    optimizer = nn.Adagrad([p], lr=1.0, lr_decay=1.0)
    p.grad = 1.0
    moves = []
    for _ in range(3):
        before = p.data
        optimizer.step()
        moves.append(before - p.data)
    assert moves == pytest.approx([1 / math.sqrt(k) / k for k in (1, 2, 3)], rel=1e-9)  # the definition; eps is 1e-10


def test_schedules_are_restored() -> None:
    optimizer = nn.SGD([Value(0.0)], lr=0.1)
    schedule = nn.LinearLR(optimizer)
    schedule.step()
    state = schedule.state_dict()
    other = nn.LinearLR(nn.SGD([Value(0.0)], lr=5.0))
    other.load_state_dict(state)
    schedule.step()
    other.step()
    assert other.optimizer.lr == optimizer.lr == pytest.approx(0.1 * (1 / 3 + 2 / 3 * 2 / 5), rel=1e-15)


@pytest.mark.parametrize("cell", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_recurrent_weights_start_within_the_bound_of_their_size(cell: type[Any]) -> None:
    """PyTorch's: uniform within 1 / sqrt(hidden_size)."""
    for hidden_size in (4, 25):
        weights = [abs(p.data) for p in cell(3, hidden_size, seed=0).parameters()]
        assert 0.9 * hidden_size**-0.5 < max(weights) <= hidden_size**-0.5


@pytest.mark.parametrize("p", [-0.5, -1e-9, 1.0 + 1e-9, 2.0])
def test_a_probability_outside_of_0_to_1_is_an_error(p: float) -> None:
    for given in (p, Value(p)):
        with pytest.raises(ValueError, match="takes probabilities between 0 and 1"):
            nn.binary_cross_entropy([given], [1.0])
