"""The outputs of a model for many examples: a program where there can be one, with the numbers of the model itself."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, detect_anomaly
from nn.outputs import FEWEST, Outputs

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
BCE = nn.binary_cross_entropy_with_logits


class Counted(nn.Module):
    """Counts how often the module inside computes an example, or a batch."""

    def __init__(self, inner: nn.Module) -> None:
        self.inner = inner
        self.calls = 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        return self.inner(x)


class Branch(nn.Module):
    """Its control flow depends on the input."""

    def __init__(self) -> None:
        self.w = Value(2.0)

    def forward(self, x: Any) -> Any:
        return self.w * x[0] if float(x[1]) > 0 else self.w


class Moody(nn.Module):
    """Computes something different each time, or after a change that no parameter shows."""

    def __init__(self, drift: float) -> None:
        self.w, self.scale, self.drift = Value(2.0), 1.0, drift

    def forward(self, x: Any) -> Any:
        self.scale += self.drift
        return self.w * x[0] * self.scale


class Sum(nn.Module):
    """Of examples that are numbers, or of rows of numbers."""

    def __init__(self) -> None:
        self.w = Value(3.0)

    def forward(self, x: Any) -> Any:
        return self.w * (sum(sum(row) for row in x) if isinstance(x, list) else x)


class First(nn.Module):
    """Of examples of any length."""

    def __init__(self) -> None:
        self.w = Value(1.0)

    def forward(self, x: Any) -> Any:
        return self.w * x[0]


def normalised() -> nn.Module:
    model = nn.Sequential(nn.Layer(3, 4, "tanh", seed=0), nn.BatchNorm(4), nn.Layer(4, 1, None, seed=1))
    model(X.tolist())
    return model


@pytest.mark.parametrize(
    ("model", "examples"),
    [
        (nn.MLP(3, [5, 1], "tanh", seed=0), X),
        (nn.MLP(3, [5, 2], seed=0), X),
        (nn.Sequential(nn.Layer(3, 5, seed=0), nn.Dropout(0.5, seed=0), nn.Layer(5, 3, seed=1)), X),
        (nn.MLP(3, [5, 1], seed=0).requires_grad_(False), X),
        (normalised(), X),
        (Sum(), X[:, 0]),
        (Sum(), RNG.normal(size=(40, 2, 3))),
    ],
)
def test_a_program_has_the_numbers_of_the_model(model: nn.Module, examples: Any) -> None:
    outputs, expected = Outputs(model, by_program=True), nn.predict(model, examples)
    for _ in range(2):
        assert outputs(examples.tolist()) == pytest.approx(expected, rel=1e-12, abs=1e-14)
    assert outputs.by_program and len(outputs.programs) == 1
    assert model.training
    for tensor in dict(model.tensors()).values():
        for p in np.array(tensor, dtype=object).ravel():
            p.data *= 1.5
    assert outputs(examples.tolist()) == pytest.approx(nn.predict(model, examples), rel=1e-12, abs=1e-14)


def test_without_a_program_the_model_computes_every_example() -> None:
    for model in (Branch(), Moody(1.0)):
        outputs = Outputs(model, by_program=True)
        shown = outputs(X.tolist())
        assert not outputs.by_program
        if isinstance(model, Branch):
            assert shown.tolist() == nn.predict(model, X).tolist()
    ragged = [[1.0] * (k % 2 + 1) for k in range(40)]
    assert Outputs(First(), by_program=True)(ragged).tolist() == [1.0] * 40
    counted = Counted(nn.Layer(3, 1, seed=0))
    outputs = Outputs(counted, by_program=True)
    outputs(X[: FEWEST - 1].tolist())
    assert counted.calls == FEWEST - 1, "so few are recorded"
    with detect_anomaly():
        outputs(X.tolist())
    assert counted.calls == FEWEST - 1 + 40
    assert outputs.by_program


def test_a_change_that_no_parameter_shows_is_noticed() -> None:
    model = Moody(0.0)
    outputs = Outputs(model, by_program=True)
    for scale in (1.0, 2.0):
        model.scale = scale
        assert outputs(X.tolist()) == pytest.approx(2 * scale * X[:, 0], rel=1e-12)
    batch_norm = normalised()
    outputs = Outputs(batch_norm, by_program=True)
    for _ in range(3):
        for module in batch_norm.modules():
            if isinstance(module, nn.BatchNorm):
                module.running_mean = [x + 1e-11 for x in module.running_mean]
        assert outputs(X.tolist()) == pytest.approx(nn.predict(batch_norm, X), rel=1e-14)


@pytest.mark.parametrize("engine", ["auto", "eager"])
def test_fit_validates_with_the_engine_that_trains(engine: str) -> None:
    labels = (X[:, 0] > 0).astype(float)
    model = Counted(nn.MLP(3, [4, 1], "tanh", seed=0))
    optimizer = nn.Adam(model.parameters(), 0.1)
    calls, numbers = [], []

    def note(model: Any, history: nn.History) -> None:
        calls.append(model.calls)
        numbers.append(nn.evaluate(model, X, labels, BCE))
        model.calls = 0

    history = nn.fit(
        model, X, labels, BCE, optimizer, epochs=4, validation=(X, labels), seed=0, progress=False, callbacks=[note], engine=engine
    )  # fmt: skip
    assert history.engine.startswith("program" if engine == "auto" else "eager")
    assert calls[1:] == ([1] * 3 if engine == "auto" else [80] * 3), "one example for comparison; or all, twice"
    found = list(zip(history.epochs["validation_loss"], history.epochs["validation_accuracy"]))
    assert found == [pytest.approx(pair, rel=1e-12) for pair in numbers]


def test_a_decision_boundary_is_drawn_by_a_program() -> None:
    model = Counted(nn.MLP(2, [4, 1], "tanh", seed=0))
    nn.plots.decision_boundary(model, [[0.0, 0.0], [1.0, 1.0]], [0, 1], resolution=20)
    assert model.calls == 2, "one example for comparison, and the trace"
