"""`nn.diagnose` identifies sick networks and finds nothing wrong with healthy ones, over 20 seeds each.

`python -m tests.test_diagnostics` prints the table.
"""

import functools
import math
import random
import re
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, make_moons

import nn
from autograd import Value
from nn.findings import dead_relu as dead_relus
from nn.findings import exploding, learning_rate, saturated, vanishing
from nn.findings import unscaled_inputs as unscaled
from nn.report import REMEDIES

SEEDS = range(20)
BCE = nn.binary_cross_entropy_with_logits
Patient = tuple[nn.Module, Any, Any, Callable[..., Any], Any]


def with_sgd(model: nn.Module, data: Any, lr: float = 0.1) -> Patient:
    X, y = data
    return model, X, y, BCE, nn.SGD(model.parameters(), lr)


def moons(seed: int) -> Any:
    return make_moons(60, noise=0.1, random_state=seed)


def deep_sigmoid(seed: int) -> Patient:
    return with_sgd(nn.MLP(2, [8] * 8 + [1], "sigmoid", seed=seed), moons(seed))


def exploding_weights(seed: int) -> Patient:
    return with_sgd(nn.MLP(2, [16] * 6 + [1], init=functools.partial(nn.init.normal, std=2.0), seed=seed), moons(seed))


def unscaled_inputs(seed: int) -> Patient:
    X, y = load_breast_cancer(return_X_y=True)
    rows = np.random.RandomState(seed).choice(len(X), 60, replace=False)
    return with_sgd(nn.MLP(30, [8, 1], "tanh", seed=seed), (X[rows], y[rows]))


def dead_relu(seed: int) -> Patient:
    model = nn.MLP(2, [16, 16, 1], seed=seed)
    for neuron in model.layers[0].neurons:
        neuron.b.data = -4.0  # as one step at too high a rate may leave it
    return with_sgd(model, moons(seed))


def not_a_number(seed: int) -> Patient:
    X, y = moons(seed)
    X[seed, 1] = math.nan
    return with_sgd(nn.MLP(2, [16, 16, 1], seed=seed), (X, y))


def zero_init(seed: int) -> Patient:
    return with_sgd(nn.MLP(2, [16, 16, 1], "tanh", init="zeros"), moons(seed))


def rate_too_high(seed: int) -> Patient:
    return with_sgd(nn.MLP(2, [16, 16, 1], "tanh", seed=seed), moons(seed), lr=30.0)


def relu_on_moons(seed: int) -> Patient:
    model = nn.MLP(2, [16, 16, 1], seed=seed)
    return model, *moons(seed), BCE, nn.Adam(model.parameters(), 0.01)


def tanh_on_iris(seed: int) -> Patient:
    X, y = load_iris(return_X_y=True)
    model = nn.MLP(4, [8, 8, 3], "tanh", seed=seed)
    return model, (X - X.mean(axis=0)) / X.std(axis=0), y, nn.cross_entropy, nn.SGD(model.parameters(), 0.1)


def deep_residual(seed: int) -> Patient:
    rng = random.Random(seed)
    blocks = [nn.Residual(nn.Layer(8, 8, "tanh", seed=rng)) for _ in range(8)]
    model = nn.Sequential(nn.Layer(2, 8, "tanh", seed=rng), *blocks, nn.Layer(8, 1, None, seed=rng))
    return model, *moons(seed), BCE, nn.Adam(model.parameters(), 0.01)


SICK: dict[Callable[[int], Patient], str] = {
    deep_sigmoid: "vanishing", exploding_weights: "exploding", unscaled_inputs: "unscaled inputs", dead_relu: "dead relu",
    not_a_number: "not finite", zero_init: "symmetric units", rate_too_high: "rate too high",
}  # fmt: skip
HEALTHY: tuple[Callable[[int], Patient], ...] = (relu_on_moons, tanh_on_iris, deep_residual)


def diagnoses(patient: Callable[[int], Patient]) -> Counter[str]:
    """Count the first finding of each run; 'nothing' if there is none."""
    reports = [nn.diagnose(*patient(seed)) for seed in SEEDS]
    return Counter(report.findings[0].name if report.findings else "nothing" for report in reports)


@pytest.mark.parametrize("patient", SICK, ids=lambda patient: patient.__name__)
def test_the_cause_comes_first(patient: Callable[[int], Patient]) -> None:
    assert diagnoses(patient) == {SICK[patient]: len(SEEDS)}


@pytest.mark.parametrize("patient", HEALTHY, ids=lambda patient: patient.__name__)
def test_healthy_networks_have_no_findings(patient: Callable[[int], Patient]) -> None:
    assert diagnoses(patient) == {"nothing": len(SEEDS)}


# Location and evidence


def test_evidence() -> None:
    (finding,) = nn.diagnose(*deep_sigmoid(0)).findings
    assert finding.where == "layers.0"
    assert finding.evidence == "the gradient of layers.0 is 1e-05 of that of layers.8"
    assert str(finding) == f"vanishing: {finding.evidence}; try {REMEDIES['vanishing']}"
    finding, *_ = nn.diagnose(*dead_relu(0)).findings
    assert (
        finding.evidence == "100% of the relu units of layers.0 are 0 for every example (units 0, 1, 2, 3, 4, 5, 6, 7, ...)"
    )
    finding, *_ = nn.diagnose(*unscaled_inputs(0)).findings
    assert finding.where == "input 23"


def test_saturation() -> None:
    for activation, far in (("tanh", 5.0), ("sigmoid", 10.0)):
        model = nn.MLP(2, [8, 8, 1], activation, init=functools.partial(nn.init.normal, std=far), seed=0)
        X, y = moons(0)
        report = nn.diagnose(model, 3 * X, y, BCE)
        assert report.findings[0].name == "saturated"
        outputs = report.layers[0].activations
        flat = np.abs(outputs) > 0.97 if activation == "tanh" else (outputs < 0.03) | (outputs > 0.97)
        assert report.layers[0].saturated == flat.mean() > 0.5


def test_vanishing_says_how_much_saturates() -> None:
    model = nn.MLP(2, [4] * 6 + [1], "tanh", init=functools.partial(nn.init.normal, std=0.05), seed=0)
    for w in (w for neuron in model.layers[0].neurons for w in neuron.w):
        w.data *= 50
    X, _ = moons(0)
    finding, *_ = nn.diagnose(model, X, [1.0] * len(X), BCE).findings
    assert finding.name == "vanishing"
    assert re.fullmatch(
        r"the gradient of layers.0 is .* of that of layers.6; \d+% of its tanh outputs saturate", finding.evidence
    )


def test_a_signal_that_vanishes_forward() -> None:
    model = nn.MLP(2, [4] * 6 + [1], "tanh", init=functools.partial(nn.init.normal, std=0.05), seed=0)
    (finding,) = nn.diagnose(model, *moons(0), BCE).findings
    assert finding.name == "vanishing"
    assert re.fullmatch(
        r"the outputs of layers.3 hardly vary over the examples, their spread is .* of the inputs'",
        finding.evidence,
    )


def test_gradients_that_explode_backwards() -> None:
    """tanh keeps the outputs bounded, large weights multiply the gradient all the same."""
    model = nn.MLP(1, [1] * 6 + [1], "tanh", init=lambda *_: 8.0)
    (finding,) = nn.diagnose(model, [[1.0], [0.0]], [1.0, 0.0], BCE).findings
    assert finding.name == "exploding"
    assert "the gradient at the outputs of layers.0 is" in finding.evidence


def test_a_rate_too_low() -> None:
    model, X, y, loss, _ = relu_on_moons(0)
    (finding,) = nn.diagnose(model, X, y, loss, nn.SGD(model.parameters(), 1e-9)).findings
    assert finding.name == "rate too low"


def stepping(ratios: list[float], after: float, gradient: float = 1.0) -> list[str]:
    """Return the findings of `learning_rate` for layers that a step changes by these ratios, and a loss that goes from 1 to `after`."""
    layers = [SimpleNamespace(update_to_data=ratio, gradient_to_data=gradient) for ratio in ratios]
    return [finding.name for finding in learning_rate(SimpleNamespace(layers=layers, loss=1.0, loss_after_step=after))]


def test_which_steps_are_too_long_or_too_short() -> None:
    for ratios, after, gradient, expected in (
        ([0.01, 0.05], 2.0, 1.0, []),  # worse, with a step of moderate length
        ([0.01, 0.2], 2.0, 1.0, ["rate too high"]),
        ([0.01, 0.2], math.nan, 1.0, ["rate too high"]),
        ([0.01, 0.2], 1.1, 1.0, []),  # hardly worse
        ([0.01, 0.2], 0.9, 1.0, []),
        ([0.01, 1.0], 0.9, 1.0, []),
        ([0.01, 1.5], 0.9, 1.0, ["rate too high"]),  # weights that change by more than they are
        ([math.nan, math.inf, 0.01], 0.9, 1.0, []),
        ([0.0, 0.0], 1.0, 1.0, []),  # nothing was changed: no step
        ([1e-9, 5e-8], 1.0, 1.0, ["rate too low"]),
        ([1e-9, 5e-7], 1.0, 1.0, []),
        ([1e-9], 1.0, 1e-4, []),  # if there is hardly any gradient, a short step is right
    ):
        assert stepping(ratios, after, gradient) == expected, (ratios, after, gradient)


def test_the_limits_of_the_findings_about_layers() -> None:
    def found(check: Any, *layers: Any, **report: Any) -> list[str]:
        return [finding.where for finding in check(SimpleNamespace(layers=layers, **report))]

    def layer(name: str, size: float = 1.0, gradient: float = 1.0, **more: Any) -> Any:
        arrays = {"activations": np.array([[-size], [size]]), "gradients": np.full((2, 1), gradient)}
        weights = {"weight": np.ones((1, 1)), "weight_gradient": np.full((1, 1), gradient)}
        return SimpleNamespace(name=name, activation="tanh", **arrays, **weights, **{"saturated": 0.0, **more})

    inputs = np.array([[-1.0], [1.0]])
    assert found(saturated, layer("a", saturated=0.6), layer("b", saturated=0.5), layer("last", saturated=1.0)) == ["a"]
    assert found(exploding, layer("a", 900.0), layer("b", 1100.0), layer("c", 1200.0), inputs=inputs) == ["b"]
    assert found(exploding, layer("a", gradient=900.0), layer("b"), inputs=inputs) == []
    assert found(exploding, layer("a", gradient=1100.0), layer("b"), inputs=inputs) == ["a"]
    assert found(exploding, layer("a"), layer("b", gradient=0.0), inputs=inputs) == []
    assert found(vanishing, layer("a", gradient=1e-4), inputs=inputs) == [], "one layer has nothing to be compared with"
    assert found(vanishing, layer("a", gradient=1e-4), layer("b"), inputs=inputs) == ["a"]
    assert found(vanishing, layer("a", gradient=2e-3), layer("b"), inputs=inputs) == []
    assert found(vanishing, layer("a", 1e-4), layer("b"), inputs=inputs) == ["a"]
    assert found(vanishing, layer("a", 2e-3), layer("b", 1e-4), inputs=inputs) == [], "the last layer may be sure"
    nine, eight = np.ones(9, dtype=bool), np.ones(8, dtype=bool)
    (many,) = dead_relus(SimpleNamespace(layers=[layer("a", dead=1.0, dead_units=nine)]))
    (few,) = dead_relus(SimpleNamespace(layers=[layer("a", dead=1.0, dead_units=eight)]))
    assert many.evidence.endswith("6, 7, ...)")
    assert few.evidence.endswith("6, 7)")
    assert not list(dead_relus(SimpleNamespace(layers=[layer("a", dead=0.5, dead_units=eight)])))
    for size, expected in ((9.0, []), (11.0, ["input 1"])):
        assert found(unscaled, inputs=np.array([[1.0, size], [1.0, -size]])) == expected


def test_equal_units_that_are_not_zero() -> None:
    model = nn.MLP(2, [3, 1], "tanh", init=lambda *_: 0.5)
    assert "are equal, so its units" in nn.diagnose(model, *moons(0), BCE).findings[0].evidence


class Overflows(nn.Module):
    def __init__(self, what: str) -> None:
        self.what, self.first, self.second = what, nn.Layer(1, 1, None, seed=0), nn.Layer(1, 1, None, init=lambda *_: 1.0)

    def forward(self, x: Any) -> Any:
        y = self.second(self.first(x))
        return {"loss": y + math.inf, "gradient": (y - y) ** 0.5, "output": y}[self.what]


@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("loss", "the loss = inf"),
        ("gradient", r"the gradient of second, output \[0, 0\]"),
        ("output", "the output of first, unit 0, example 0 = inf"),
        ("parameter", r"the parameter second.bias\[0\] = nan"),
        ("input", "input 0 of example 1"),
    ],
)
def test_the_first_value_that_is_not_finite(what: str, where: str) -> None:
    model = Overflows(what if what in ("loss", "gradient") else "output")
    if what == "output":
        model.first.neurons[0].w[0].data = 1e308
    if what == "parameter":
        model.second.neurons[0].b.data = math.nan
    X = [[20.0], [math.inf if what == "input" else 1.0]]
    (finding,) = nn.diagnose(model, X, [1.0, 2.0], nn.l1_loss).findings
    assert finding.name == "not finite"
    assert re.fullmatch(f"the first nan or infinity is {where}", finding.evidence)


# Measurements and side effects


def test_measures_of_a_network_worked_out_by_hand() -> None:
    model = nn.Sequential(nn.Layer(1, 2, "relu"), nn.Layer(2, 1, None))
    model.load_state_dict({"0.weight": [[1.0], [-1.0]], "0.bias": [0, 0], "1.weight": [[3.0, 4.0]], "1.bias": [0]})
    report = nn.diagnose(model, [[1.0], [2.0]], [0.0, 0.0], nn.mse_loss, nn.SGD(model.parameters(), 0.01))
    first, last = report.layers
    assert (first.name, first.activation, last.name, last.activation) == ("0", "relu", "1", None)
    assert first.activations.tolist() == [[1.0, 0.0], [2.0, 0.0]]
    assert (first.mean, first.spread) == (0.75, np.std([1, 0, 2, 0]))
    assert (first.dead, first.dead_units.tolist()) == (0.5, [False, True])
    assert math.isnan(first.saturated)
    assert math.isnan(last.dead)
    assert report.loss == (9 + 36) / 2
    assert last.gradients.tolist() == [[3.0], [6.0]]
    assert first.gradients.tolist() == [[9.0, 12.0], [18.0, 24.0]]
    assert last.weight_gradient.tolist() == [15.0, 0.0, 9.0]
    assert last.gradient_norm == pytest.approx(math.hypot(15, 9), rel=1e-15)
    assert last.gradient_to_data == pytest.approx(math.hypot(15, 9) / 5, rel=1e-15)
    assert last.update_to_data == pytest.approx(0.01 * math.hypot(15, 9) / 5, rel=1e-14)
    w1, w3, b0, b1 = 1 - 0.01 * 45, 3 - 0.15, -0.01 * 27, -0.09
    outputs = [w3 * (w1 * x + b0) + b1 for x in (1, 2)]
    assert report.loss_after_step == pytest.approx(sum(o * o for o in outputs) / 2, rel=1e-12)
    text = str(report)
    for part in ("layer", "update:data", "relu", "loss 22.5, after one step"):
        assert part in text


def test_the_table_leaves_out_what_is_not_known_and_fits_a_page() -> None:
    model, X, y, loss, optimizer = deep_sigmoid(0)
    header = str(nn.diagnose(model, X, y, loss, optimizer)).splitlines()[0]
    assert header.split() == [
        "layer", "activation", "mean", "spread", "saturated", "gradient", "grad:data", "update:data",
    ]  # fmt: skip
    assert len(header) <= 96
    assert header.endswith("grad:data update:data"), "one space before the widest title"
    lines = str(nn.diagnose(nn.MLP(2, [2, 1], seed=0), X, y, loss)).splitlines()
    assert lines[0].split() == ["layer", "activation", "mean", "spread", "dead", "gradient", "grad:data"]
    assert len(lines[2]) == len(lines[0]), "numbers stand below their titles"


def test_it_leaves_the_model_as_it_was() -> None:
    model = nn.Sequential(
        nn.Layer(2, 3, None, seed=0), nn.BatchNorm(3), nn.Activation("relu"), nn.Layer(3, 1, None, seed=1)
    )
    optimizer = nn.Adam(model.parameters(), 0.1)
    for p in model.parameters():
        p.grad = 7.0
    state, memory = model.state_dict(), optimizer.state_dict()
    report = nn.diagnose(model, *moons(0), BCE, optimizer)
    assert [layer.name for layer in report.layers] == ["0", "1", "2", "3"]
    assert report.layers[2].activation == "relu"
    assert report.layers[2].gradient_norm > 0
    assert all(np.array_equal(state[name], array) for name, array in model.state_dict().items())
    assert all(np.array_equal(memory[name], optimizer.state_dict()[name]) for name in memory)
    assert {p.grad for p in model.parameters()} == {7.0}
    assert all("forward" not in vars(module) for module in model.modules())
    assert "nothing found" in str(report)


class LastOf(nn.Module):
    def __init__(self, cell: type[Any]) -> None:
        self.rnn, self.head = cell(1, 3, seed=0), nn.Layer(3, 1, None, seed=0)

    def forward(self, xs: Any) -> Any:
        outputs, _ = self.rnn(xs)
        return self.head(outputs[-1])


@pytest.mark.parametrize("cell", [nn.RNN, nn.LSTM, nn.GRU])
def test_recurrent_networks(cell: type[Any]) -> None:
    X = [[[0.1], [0.2], [0.3]], [[-0.1], [0.5], [0.6]]]
    report = nn.diagnose(LastOf(cell), X, [0.0, 1.0], BCE)
    assert [layer.name for layer in report.layers] == ["rnn.cell", "head"]
    assert report.layers[0].activations.shape == (6, 3)
    assert report.inputs.shape == (6, 1)
    assert report.findings == []


def test_plain_numbers_as_rows() -> None:
    class Square(nn.Module):
        def __init__(self) -> None:
            self.w = Value(2.0)

        def forward(self, x: float) -> Value:
            return self.w * x * x

    report = nn.diagnose(Square(), [1.0, 2.0], [1.0, 4.0], nn.mse_loss)
    assert report.layers[0].name == "Square"
    assert report.layers[0].weight_gradient.tolist() == [2 * (1 * 1 + 4 * 4) / 2]


# Gradient and importance


def test_a_large_gradient_is_not_importance_in_both_directions() -> None:
    """output = relu(x) + 100 * relu(-x): on rows with x = 1, 1, 1, -1e-4 the first unit does the work, the second has
    the gradient. Without the first the loss is large; without the second nothing happens."""
    model = nn.Sequential(nn.Layer(1, 2, "relu"), nn.Layer(2, 1, None))
    model.load_state_dict({"0.weight": [[1.0], [-1.0]], "0.bias": [0, 0], "1.weight": [[1.0, 100.0]], "1.bias": [0.5]})
    X, y = [[1.0], [1.0], [1.0], [-1e-4]], [1.0, 1.0, 1.0, 0.0]
    worker, loud = nn.importance(model, X, y, nn.mse_loss)
    assert (worker.layer, worker.unit, loud.unit) == ("0", 0, 1)
    assert loud.gradient > 50 * worker.gradient
    without_worker = (3 * 0.5**2 + 0.51**2) / 4
    with_both = (3 * 0.5**2 + 0.51**2) / 4
    assert worker.loss_change == pytest.approx(without_worker - with_both, abs=1e-15)
    assert loud.loss_change == pytest.approx((0.5**2 - 0.51**2) / 4, rel=1e-9)
    assert loud.gradient_x_activation == pytest.approx(-(2 * 0.51 * 100 / 4) * 1e-4, rel=1e-9)


def test_removing_units_changes_the_loss_as_setting_their_output_to_zero() -> None:
    model, X, y, loss, _ = tanh_on_iris(0)
    X = X[::10]
    y = y[::10]
    assert isinstance(model, nn.MLP)
    units = nn.importance(model, X, y, loss)
    assert [(u.layer, u.unit) for u in units] == [(f"layers.{i}", j) for i in range(2) for j in range(8)]
    base, _ = nn.evaluate(model, X, y, loss)
    for unit in (units[0], units[11]):
        index = int(unit.layer[-1])
        following = model.layers[index + 1]
        weights = [neuron.w[unit.unit] for neuron in following.neurons]
        before = [w.data for w in weights]
        for w in weights:
            w.data = 0.0  # what reads it ignores it
        assert unit.loss_change == pytest.approx(nn.evaluate(model, X, y, loss)[0] - base, rel=1e-9)
        for w, number in zip(weights, before):
            w.data = number


def test_gradient_by_lag() -> None:
    """With w_hh = 0.5, a linear cell would pass 0.5 per element; relu with positive states is linear."""
    rnn = nn.RNN(1, 1, "relu")
    rnn.load_state_dict({"weight_ih_l0": [[1.0]], "weight_hh_l0": [[0.5]], "bias_ih_l0": [0.0], "bias_hh_l0": [0.0]})
    assert nn.gradient_by_lag(rnn, [[1.0]] * 5).tolist() == [1.0, 0.5, 0.25, 0.125, 0.0625]


if __name__ == "__main__":
    print(f"{'network':<20}{'should be':<18}first finding, over {len(SEEDS)} seeds")
    for network, expected in [*SICK.items(), *((healthy, "nothing") for healthy in HEALTHY)]:
        found = ", ".join(f"{name} {count}" for name, count in diagnoses(network).items())
        print(f"{network.__name__:<20}{expected:<18}{found}")


def test_the_gradient_by_lag_of_inputs_with_several_features() -> None:
    """With weights W and an identity state, the last output depends on every element of the last input by W."""
    model = nn.RNN(2, 1, "relu", seed=0)
    model.load_state_dict({"weight_ih_l0": [[3.0, 4.0]], "weight_hh_l0": [[0.5]], "bias_ih_l0": [1.0], "bias_hh_l0": [0.0]})
    assert nn.gradient_by_lag(model, [[0.1, 0.2], [0.3, 0.1]]).tolist() == pytest.approx([5.0, 2.5])


def test_activations_are_compared_with_the_inputs_however_small_these_are() -> None:
    """A layer that multiplies inputs of 1e-6 by a million explodes, though its outputs are about 1."""
    for factor, found in ((1e6, True), (1.0, False)):
        model = nn.Sequential(nn.Layer(1, 1, None, seed=0), nn.Layer(1, 1, None, seed=1))
        model.load_state_dict({"0.weight": [[factor]], "0.bias": [0.0], "1.weight": [[1.0]], "1.bias": [0.0]})
        report = nn.diagnose(model, [[1e-6], [-1e-6], [2e-6]], [0.0, 0.0, 0.0], nn.mse_loss)
        assert (
            any(finding.name == "exploding" and "times the inputs" in finding.evidence for finding in report.findings)
            == found
        )
