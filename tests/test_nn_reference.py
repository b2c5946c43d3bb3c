"""`nn` compared with numbers measured with PyTorch 2.13 in float64 (tests/reference/nn_reference.json), to 1e-12."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Value, dot
from nn.module import flatten

REFERENCE = json.loads((Path(__file__).parent / "reference" / "nn_reference.json").read_text())


def close(x: Any) -> Any:
    return pytest.approx(x, rel=1e-12, abs=1e-300)


def values(numbers: Any) -> Any:
    return [values(x) for x in numbers] if isinstance(numbers, list) else Value(numbers)


def data(tensor: Any) -> list[float]:
    return [v.data for v in flatten(tensor, [])]


def grads(tensor: Any) -> list[float]:
    return [v.grad for v in flatten(tensor, [])]


def same(measured: list[float], expected: Any, zero: float = 1e-15) -> None:
    """Assert equality to 1e-12; a result that cancels to about 0 may be off by the rounding of its terms."""
    assert measured == pytest.approx(flatten(expected, []), rel=1e-12, abs=zero)


def settings(text: str) -> dict[str, Any]:
    return {name: eval(value) for name, value in re.findall(r"(\w+)=([\w.e-]+)", text)}


# Optimisers and schedules

ITERATES = next(section for name, section in REFERENCE.items() if name.startswith("optimisers"))


@pytest.mark.parametrize("case", ITERATES)
def test_optimiser_iterates(case: str) -> None:
    x, y = Value(5.0), Value(-3.0)
    optimizer = getattr(nn, case.partition("(")[0])([x, y], **settings(case))
    divisor = 1e8 if "divided by 1e8" in case else 1.0
    for expected in ITERATES[case]:
        optimizer.zero_grad()
        ((x**2 + y**4 / 2) / divisor).backward()
        optimizer.step()
        assert [x.data, y.data] == close(expected)


RATES = next(section for name, section in REFERENCE.items() if name.startswith("schedules"))


@pytest.mark.parametrize("case", RATES)
def test_schedule_rates(case: str) -> None:
    optimizer = nn.SGD([Value(0.0)], lr=0.1)
    positional = [json.loads(milestones) for milestones in re.findall(r"\[.*\]", case)]
    schedule = getattr(nn, case.partition("(")[0])(optimizer, *positional, **settings(case))
    rates = []
    for _ in RATES[case]:
        rates.append(optimizer.lr)
        schedule.step()
    assert rates == pytest.approx(RATES[case], rel=1e-12, abs=1e-17)


# Losses

LOSSES = next(section for name, section in REFERENCE.items() if name.startswith("losses"))
NAMES = {"mse": "mse_loss", "l1": "l1_loss", "huber(delta=1)": "huber_loss", "hinge": "hinge_loss"}


@pytest.mark.parametrize("case", LOSSES)
def test_losses(case: str) -> None:
    name = re.split(r"[:,]| \(", case)[0]
    loss = getattr(nn, NAMES.get(name, name))
    prediction, target = values(LOSSES[case]["prediction"]), LOSSES[case]["target"]
    mean = loss(prediction, target)
    assert mean.data == close(LOSSES[case]["loss"])
    mean.backward()
    same(grads(prediction), LOSSES[case]["grad"])
    n = len(target)
    assert loss(prediction, target, reduction="sum").data == close(LOSSES[case]["loss"] * n)
    assert sum(v.data for v in loss(prediction, target, reduction="none")) == close(LOSSES[case]["loss"] * n)


# Clipping


@pytest.mark.parametrize("case", REFERENCE["clipping"])
def test_clipping(case: str) -> None:
    reference = REFERENCE["clipping"][case]
    parameters = [Value(0.0) for _ in reference["grads"]]
    for p, g in zip(parameters, reference["grads"]):
        p.grad = g
    returned = getattr(nn, case.partition(",")[0])(parameters, *reference["args"])
    assert [p.grad for p in parameters] == close(reference["clipped"])
    assert returned == (None if reference["returns"] is None else close(reference["returns"]))


# Initialisation


@pytest.mark.parametrize(("case", "gain"), REFERENCE["init gains"].items())
def test_gains(case: str, gain: float) -> None:
    name, *param = re.findall(r"[a-z_]+|[\d.]+", case)
    assert nn.init.calculate_gain(name, *map(float, param)) == close(gain)


class Extreme:
    """A random generator that returns the upper bound of a uniform and the standard deviation of a normal distribution."""

    def uniform(self, a: float, b: float) -> float:
        assert a == -b
        return b

    def gauss(self, mean: float, std: float) -> float:
        assert mean == 0
        return std


@pytest.mark.parametrize(("case", "bound"), REFERENCE["init bounds"].items())
def test_bounds(case: str, bound: float) -> None:
    name = case.split()[0]
    fans = (3, 5)  # the fans of every case
    assert getattr(nn.init, name)(*fans, Extreme()) == close(bound)


# Normalisation


def test_batch_norm() -> None:
    reference = next(section for name, section in REFERENCE.items() if name.startswith("batch norm"))
    norm = nn.BatchNorm(2, eps=reference["eps"], momentum=reference["momentum"])
    for name in ("gamma", "beta"):
        for p, number in zip(norm.weight if name == "gamma" else norm.bias, reference[name]):
            p.data = number
    x = values(reference["x"])
    y = norm(x)
    same(data(y), reference["y"])
    factors = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    dot(factors, [v * v for v in flatten(y, [])]).backward()
    same(grads(x), reference["dx"])
    same(grads(norm.weight), reference["dgamma"])
    same(grads(norm.bias), reference["dbeta"])
    assert norm.running_mean == close(reference["running_mean"])
    assert norm.running_var == close(reference["running_var"])
    same(data(norm.eval()(x)), reference["eval_y"])


def test_layer_norm() -> None:
    reference = REFERENCE["layer norm"]
    x = values(reference["x"])
    y = nn.LayerNorm(4)(x)
    same(data(y), reference["y"])
    dot([1.0, 2.0, 3.0, 4.0], y).backward()
    same(grads(x), reference["dx"])


# Recurrent cells

CELLS = [name for name in REFERENCE if "Cell" in name]


@pytest.mark.parametrize("case", CELLS)
def test_cells(case: str) -> None:
    reference = REFERENCE[case]
    cell = getattr(nn, case.partition("(")[0])(2, 3)
    cell.load_state_dict(reference["weights"])
    xs, hs = values(reference["xs"]), []
    state: Any = None
    for x in xs:
        state = cell(x) if state is None else cell(x, state)
        hs.append(state[0] if isinstance(state, tuple) else state)
    same(data(hs), reference["hs"])
    loss = sum(h * h for h in flatten(hs, []))
    assert loss.data == close(reference["loss (sum of h^2 over 3 steps)"])
    loss.backward()
    for name, expected in reference["grads"].items():
        same(grads(getattr(cell, name)), expected)
    same(grads(xs), reference["dxs"])
    if "final c" in reference:
        same(data(state[1]), reference["final c"])


@pytest.mark.parametrize("case", CELLS)
def test_sequences(case: str) -> None:
    """The wrapper over a sequence gives the same results as the cell step by step."""
    reference = REFERENCE[case]
    model = getattr(nn, case.partition("Cell")[0])(2, 3)
    model.load_state_dict({f"{name}_l0": numbers for name, numbers in reference["weights"].items()})
    outputs, last = model(reference["xs"])
    same(data(outputs), reference["hs"])
    same(data(last[0] if isinstance(last, tuple) else last), reference["hs"][-1])


# A network


def test_mlp() -> None:
    reference = next(section for name, section in REFERENCE.items() if name.startswith("MLP"))
    model = nn.Sequential(
        nn.Layer(2, 4, None), nn.Activation("tanh"), nn.Layer(4, 3, None), nn.Activation("relu"), nn.Layer(3, 1, None)
    )
    model.load_state_dict(reference["weights"])
    loss = nn.mse_loss(model(reference["X"]), reference["y"])
    assert loss.data == close(reference["loss"])
    loss.backward()
    tensors = dict(model.tensors())
    for name, expected in reference["grads"].items():
        same(grads(tensors[name]), expected)
