"""`nn.compile` and `nn.fit(engine=...)`: the model's own numbers for every layer and loss, or an error that says why not."""

import math
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import TraceError, Value
from nn.module import flatten, forward
from tests.test_modules import BATCHES, LOSSES

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(129, 3)), RNG.normal(size=129)


def close(mine: Any, other: Any) -> None:
    np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-12)


def same(model: nn.Module, loss: Any, X: Any, y: Any) -> nn.compiled.CompiledStep:
    """Assert that a compiled step gives the same loss and gradients as a recorded one."""
    step, parameters = nn.compile(model, loss), model.parameters()
    state = model.state_dict()
    mean = step(X, y)
    mine, mine_state = [p.grad for p in parameters], model.state_dict()
    model.load_state_dict(state)
    model.zero_grad()
    result = loss(forward(model, X), y)
    result.backward()
    close(mean, result.data)
    close(mine, [p.grad for p in parameters])
    for name, array in model.state_dict().items():
        close(mine_state[name], array)
    return step


@pytest.mark.parametrize("name", BATCHES)
def test_every_layer(name: str) -> None:
    module, batch = BATCHES[name]
    recurrent = isinstance(module, (nn.RNN, nn.LSTM, nn.GRU))
    rows = [batch, [[-x for x in row] for row in batch]] if recurrent else batch

    class Last(nn.Module):
        """A model that wraps the module, with one row of outputs per example."""

        whole_batch = any(m.whole_batch for m in module.modules())

        def __init__(self) -> None:
            self.inner = module

        def forward(self, x: Any) -> Any:
            out = self.inner(x)
            return out[0][-1] if recurrent else out

    model = Last()
    model.train(module.training)
    outputs = forward(model, rows)
    targets = [[0.25 * (i + 1) for i in range(len(flatten([out], [])))] for out in outputs]
    same(model, lambda outputs, y: nn.mse_loss(outputs, y), rows, targets)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss(name: str) -> None:
    loss, prediction, target = LOSSES[name]
    classes = "cross-entropy" in name and loss is nn.cross_entropy
    model = nn.Layer(2, 3 if classes else 2, "sigmoid" if loss is nn.binary_cross_entropy else None, seed=0)
    rows = RNG.normal(size=(5, 2)).tolist()
    same(model, loss, rows, [target] * 5 if classes else [target[:2]] * 5)


@pytest.mark.parametrize("n", [1, 2, 127, 128, 129])
def test_batches(n: int) -> None:
    model = nn.MLP(3, [5, 1], "tanh", seed=0)
    same(model, nn.mse_loss, X[:n].tolist(), Y[:n].tolist())


def test_shapes_and_modes_have_programs_of_their_own() -> None:
    class Mean(nn.Module):
        def __init__(self) -> None:
            self.w = Value(2.0)

        def forward(self, x: Any) -> Value:
            return self.w * sum(x) / len(x)

    model = Mean()
    step = nn.compile(model, nn.mse_loss)
    assert step([[1.0, 3.0], [0.0, 0.0]], [4.0, 0.0]) == 0.0
    assert step([[1.0, 2.0, 3.0]], [3.0]) == 1.0
    model.eval()
    step([[1.0, 2.0, 3.0]], [3.0])
    assert len(step.programs) == 3
    assert model.w.grad == 2 * 1.0 * 2.0, "the gradient of this call alone"


def test_a_wrong_class_is_named_as_ever() -> None:
    step = nn.compile(nn.MLP(2, [3], seed=0), nn.cross_entropy)
    step([[0.0, 1.0], [1.0, 1.0]], [0, 2])
    for wrong in (3, -1, 0.5):
        with pytest.raises(ValueError, match="a target must be an index from 0 to 2"):
            step([[0.0, 1.0], [1.0, 1.0]], [0, wrong])
    step = nn.compile(nn.MLP(2, [1], output="sigmoid", seed=0), nn.binary_cross_entropy)
    assert step([[0.0, 1.0]], [1.0]) > 0
    step = nn.compile(nn.MLP(2, [1], seed=0), nn.binary_cross_entropy)
    with pytest.raises(ValueError, match="binary_cross_entropy takes probabilities"):
        step([[30.0, 10.0], [-30.0, -10.0]], [1.0, 1.0])
    normalised = nn.Sequential(nn.Layer(2, 1, None, seed=0), nn.BatchNorm(1))
    with pytest.raises(ValueError, match="binary_cross_entropy takes probabilities"):
        nn.compile(normalised, nn.binary_cross_entropy)([[1.0, 2.0], [2.0, 1.0], [-3.0, 1.0]], [1.0, 1.0, 0.0])
    assert math.isnan(nn.compile(nn.MLP(2, [1], seed=0), nn.mse_loss)([[math.nan, 0.0]], [0.0]))


# Tracing is safe


class Model(nn.Module):
    """A model whose forward is a function of its parameter and x."""

    def __init__(self, f: Callable[[Value, Any], Any]) -> None:
        self.w, self.f = Value(0.5), f

    def forward(self, x: Any) -> Any:
        return self.f(self.w, x)


def branch(w: Value, x: Any) -> Any:
    if x[0] > 0:  # the line that the error names
        return w * x[0]
    return w


LOOKS: dict[str, Callable[[Value, Any], Any]] = {
    "if": branch,
    "the other side": lambda w, x: w if x[0] > 0 else w + 1,
    "a parameter": lambda w, x: w * x[0] if w >= 0 else w,
    "what follows from it": lambda w, x: w if w * x[0] + 1 <= 0 else w + 1,
    "float": lambda w, x: w * float(x[0]),
    "data": lambda w, x: w * (w * x[0]).data,
    "math": lambda w, x: w * math.exp(x[0]),
    "int": lambda w, x: w * int(x[0]),
    "round": lambda w, x: w * round(x[0]),
    "floor": lambda w, x: w * math.floor(x[0]),
    "ceil": lambda w, x: w * math.ceil(x[0]),
    "trunc": lambda w, x: w * math.trunc(x[0]),
    "truth": lambda w, x: w if x[0] else w + 1,
    "max": lambda w, x: w * max(x),
    "sorted": lambda w, x: w * sorted(x)[0],
    "a NumPy scalar": lambda w, x: w * np.float64(x[0]),
    "a NumPy array": lambda w, x: w * np.array(x, dtype=float)[0],
    "a constant compared": lambda w, x: w if Value(1.0) > x[0] else w + 1,
    "detach": lambda w, x: w * (w * x[0]).detach(),
    "copy": lambda w, x: w * __import__("copy").copy(x[0]),
    "deepcopy": lambda w, x: w * __import__("copy").deepcopy(x)[0],
    "pickle": lambda w, x: w * __import__("pickle").loads(__import__("pickle").dumps(x[0])),
    "no_grad": lambda w, x: w * without_grad(x[0]),
    "data_of": lambda w, x: w * autograd.data_of([w * x[0]])[0],
}


def without_grad(x: Any) -> Any:
    with autograd.no_grad():
        return x * 2


@pytest.mark.parametrize("name", LOOKS)
def test_looking_at_a_number_while_tracing(name: str) -> None:
    model, rows, targets = Model(LOOKS[name]), [[1.0, 2.0], [-1.0, 3.0]], [1.0, 2.0]
    with pytest.raises(TraceError, match=r"autograd\.where.*maximum.*relu") as error:
        nn.compile(model, nn.mse_loss)(rows, targets)
    assert "line " in str(error.value)
    if name == "if":
        assert f"{Path(__file__).name}, line {branch.__code__.co_firstlineno + 1}" in str(error.value)
    history = nn.fit(model, rows, targets, nn.mse_loss, nn.SGD([model.w], 0.1), progress=False)
    assert history.engine.startswith("eager: TraceError: ")
    with pytest.raises(TraceError):
        nn.fit(model, rows, targets, nn.mse_loss, nn.SGD([model.w], 0.1), progress=False, engine="program")


def test_what_does_not_depend_on_inputs_may_be_looked_at() -> None:
    def f(w: Value, x: Any) -> Any:
        constant = Value(2.0) * 3
        print(f"{x[0]:.3f} {x[0]}", end="")  # showing is not deciding
        return w * x[0] * (float(constant) if constant > 5 else 0.0)

    same(Model(f), nn.mse_loss, [[1.0], [2.0]], [1.0, 2.0])


def test_choices_within_the_graph() -> None:
    def f(w: Value, x: Any) -> Any:
        below = autograd.less(x[0], 0.0)
        return autograd.where(below, w * x[0], autograd.where(autograd.equal(x[0], 2.0), 5.0, -w)) * (
            1 + autograd.less_equal(x[1], 0)
        )

    same(Model(f), nn.mse_loss, [[1.0, 0.0], [-2.0, 1.0], [2.0, -1.0]], [1.0, 2.0, 3.0])


def test_random_numbers_and_state_are_noticed() -> None:
    rng, count = random.Random(0), []

    def dropout(w: Value, x: Any) -> Any:
        return w * sum(v for v in x if rng.random() < 0.5)

    def counts(w: Value, x: Any) -> Any:
        count.append(1)
        return w * x[0] * len(count)

    for f in (dropout, counts):
        with pytest.raises(ValueError, match="compute something different each time"):
            nn.compile(Model(f), nn.mse_loss)([[1.0] * 20, [2.0] * 20], [1.0, 2.0])


def test_a_loss_that_is_no_mean_is_noticed() -> None:
    def total(outputs: Any, targets: Any) -> Any:
        return nn.mse_loss(outputs, targets, reduction="sum")

    model = nn.MLP(3, [1], seed=0)
    with pytest.raises(ValueError, match="a program computes the mean over the examples"):
        nn.compile(model, total)(X[:10], Y[:10])
    history = nn.fit(model, X, Y, total, nn.SGD(model.parameters(), 1e-4), progress=False)
    assert history.engine.startswith("eager: ValueError: the loss of 8 examples is")


def test_rows_that_do_not_fit() -> None:
    step = nn.compile(nn.MLP(3, [1], seed=0), nn.mse_loss)
    for rows, targets, message in [
        ([[1.0, 2.0, 3.0], [1.0]], [1.0, 2.0], "all examples must have one shape"),
        ([["a", "b", "c"]], [1.0], "must contain numbers"),
        ([[1.0, 2.0, 3.0]], [1.0, 2.0], r"got shapes \(1, 3\) and \(2,\)"),
        (np.empty((0, 3)), [], "each have one entry per example"),
        (1.0, 1.0, "each have one entry"),
    ]:
        with pytest.raises(ValueError, match=message):
            step(rows, targets)
    with pytest.raises(TypeError, match="the loss must be a Value"):
        nn.compile(nn.MLP(3, [1], seed=0), lambda outputs, y: 1.0)(X, Y)


# Training


def train(engine: Any, **options: Any) -> tuple[Any, nn.History]:
    model = nn.Sequential(nn.Layer(3, 4, "tanh", seed=0), nn.BatchNorm(4), nn.Layer(4, 1, None, seed=1))
    optimizer = nn.Adam(model.parameters(), 0.05)
    defaults = {"epochs": 3, "batch_size": 20, "seed": 0, "progress": False, "clip": 1.0, "validation": (X[:9], Y[:9])}
    return model, nn.fit(model, X, Y, nn.mse_loss, optimizer, engine=engine, **{**defaults, **options})


def test_fit_gives_the_same_training() -> None:
    (model, history), (other, eager) = train("auto"), train("eager")
    assert (history.engine, eager.engine) == ("program", "eager")
    for name, array in model.state_dict().items():
        np.testing.assert_allclose(array, other.state_dict()[name], rtol=1e-9, atol=1e-12)
    for mine, theirs in zip(
        (*history.steps.values(), *history.epochs.values()), (*eager.steps.values(), *eager.epochs.values())
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)


def test_fit_resumes_to_the_same_numbers(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    whole, _ = train("program")
    train("program", epochs=2, callbacks=[nn.Checkpoint(path)])
    resumed, history = train("program", callbacks=[nn.Checkpoint(path, resume=True)])
    assert history.engine == "program"
    assert all(np.array_equal(a, b) for a, b in zip(whole.state_dict().values(), resumed.state_dict().values()))


def test_fit_says_why_it_does_not_compile() -> None:
    with autograd.detect_anomaly():
        assert "detect_anomaly" in train("auto")[1].engine
    with autograd.detect_anomaly(), pytest.raises(ValueError, match="detect_anomaly"):
        train("program")
    assert train(nn.Compiled(threads=2))[1].engine == "program"
    for wrong in ("always", True, None, nn.Compiled):
        message = re.escape(f"nn.Compiled(threads=...) or nn.Distributed(client), got {wrong!r}")
        with pytest.raises(ValueError, match=f"engine must be 'auto', 'program', 'eager', {message}"):
            train(wrong)


def test_accuracy_of_a_compiled_classifier() -> None:
    classes = (X[:, 0] > 0).astype(int)
    histories = []
    for engine in ("program", "eager"):
        model = nn.MLP(3, [4, 2], "tanh", seed=0)
        optimizer = nn.Adam(model.parameters(), 0.05)
        histories.append(
            nn.fit(model, X, classes, nn.cross_entropy, optimizer, epochs=2, seed=0, progress=False, engine=engine)
        )
    assert histories[0].epochs["accuracy"] == histories[1].epochs["accuracy"]


def test_a_program_runs_on_one_thread_unless_asked_for_more() -> None:
    model = nn.MLP(2, [1], seed=0)
    x = Value(1.0)
    assert autograd.compile(x * x, [x]).threads == 1
    for options, threads in (({}, 1), ({"threads": 3}, 3)):
        step = nn.compile(model, nn.mse_loss, **options)
        step([[0.0, 1.0]], [1.0])
        assert [traced.program.threads for traced in step.programs.values()] == [threads]
