"""Softmax, its logarithm and the losses of logits do not change if a number is added to all logits: their values and first
and second derivatives match mpmath at logits of any size, eager and as programs."""

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd
import nn
from autograd import Value, grad, log_softmax, softmax, tracing
from nn.module import flatten
from tests.oracle import close

mpmath.mp.dps = 50

BASES = [0.0, -1e4, 1e6, -1e8, 1e8, 1e12, 1e16]
PATTERNS = [[0.0, 0.0], [0.0, 0.0, -1.0], [0.0, -3.0, 2.0, 1.5], [-2.0, 5.0, 5.0], [0.0, -40.0], [-700.0, 0.0, 0.0]]
ROWS = [[base + x for x in pattern] for base in BASES for pattern in PATTERNS]
ROUNDING = 1e-15  # of a result that is a difference of numbers near 1, such as p - p**2; PyTorch's have it too


def shares(xs: Sequence[float]) -> list[Any]:
    """Compute softmax(xs) with mpmath."""
    powers = [mpmath.exp(mpmath.mpf(x) - max(xs)) for x in xs]
    return [power / sum(powers) for power in powers]


def others(p: list[Any], i: int) -> Any:
    """Compute 1 - p[i] without cancellation."""
    return sum(p[:i] + p[i + 1 :])


def curvature(p: list[Any]) -> list[list[Any]]:
    """Compute the second derivatives of logsumexp."""
    return [[p[i] * others(p, i) if i == j else -p[i] * p[j] for j in range(len(p))] for i in range(len(p))]


# Each function of logits: itself; its value, gradient and second derivatives by the textbook; what may be lost of a gradient


def of_a_class(t: int) -> tuple[Any, Any, float]:
    def truth(p: list[Any]) -> Any:
        return -mpmath.log(p[t]), [-others(p, t) if i == t else p[i] for i in range(len(p))], curvature(p)

    return lambda xs: nn.cross_entropy(xs, t), truth, 0.0


def of_probabilities(xs: Any) -> Any:
    return nn.cross_entropy([xs], [[0.75, 0.25] + [0.0] * (len(xs) - 2)])


def of_probabilities_truth(p: list[Any]) -> Any:
    right = [0.75, 0.25] + [0.0] * (len(p) - 2)
    value = -sum(q * mpmath.log(x) for q, x in zip(right, p))
    return value, [x - q for q, x in zip(right, p)], curvature(p)


def log_share_truth(p: list[Any]) -> Any:
    value, slopes, bends = of_a_class(0)[1](p)
    return -value, [-x for x in slopes], [[-x for x in row] for row in bends]


def share_truth(p: list[Any]) -> Any:
    _, slopes, bends = log_share_truth(p)
    n = range(len(p))
    return p[0], [p[0] * x for x in slopes], [[p[0] * (slopes[i] * slopes[j] + bends[i][j]) for j in n] for i in n]


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[list[Any]], Any], float]] = {
    "cross-entropy of the first": of_a_class(0),
    "cross-entropy of the second": of_a_class(1),
    "cross-entropy of probabilities": (of_probabilities, of_probabilities_truth, ROUNDING),
    "log_softmax": (lambda xs: log_softmax(xs)[0], log_share_truth, ROUNDING),
    "softmax": (lambda xs: softmax(xs)[0], share_truth, ROUNDING),
}


def eager(f: Callable[[Any], Any], xs: list[float]) -> Any:
    leaves = [Value(x) for x in xs]
    result = f(leaves)
    result.backward()
    slopes = grad(f(leaves), leaves, create_graph=True)
    return result.data, [x.grad for x in leaves], [list(grad(slope, leaves)) for slope in slopes]


def program(f: Callable[[Any], Any], xs: list[float]) -> Any:
    leaves = [Value(float(i)) for i in range(len(xs))]  # other numbers than those it will run on
    with tracing(leaves):
        result = f(leaves)
        slopes = grad(result, leaves, create_graph=True)
    first, *second = (autograd.compile(y, leaves, strict=False) for y in (result, *slopes))
    return first([xs])[0], first.input_grads([xs])[0].tolist(), [of_one.input_grads([xs])[0].tolist() for of_one in second]


@pytest.mark.parametrize("run", [eager, program])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_added_to_all_logits_changes_nothing(name: str, run: Callable[..., Any]) -> None:
    f, truth, lost = FUNCTIONS[name]
    for xs in ROWS:
        value, slopes, bends = run(f, xs)
        expected, expected_slopes, expected_bends = truth(shares(xs))
        assert close(value, expected, absolute=ROUNDING), (xs, value, expected)
        for mine, right in zip(slopes, expected_slopes):
            assert close(mine, right, absolute=max(lost, 1e-300)), (xs, slopes, expected_slopes)
        for mine, right in zip(flatten(bends, []), flatten(expected_bends, [])):
            assert close(mine, right, absolute=ROUNDING * (1 + max(xs) - min(xs))), (xs, bends, expected_bends)


def test_numbers_of_pytorch() -> None:
    """PyTorch 2.13, float64."""
    assert softmax([1e16, 1e16]) == [0.5, 0.5]
    assert softmax([-1e4, -1e4]) == [0.5, 0.5]
    assert close(softmax([1e6, 1e6, 1e6 - 1])[0], 0.42231879825152)
    assert close(nn.cross_entropy([[1e8, 1e8]], [0]), 0.6931471805599453)
    assert close(nn.cross_entropy([[1e12, 1e12, 1e12 - 1]], [2]), 1.8619948040582512)
    xs = [Value(1e16), Value(1e16)]
    nn.cross_entropy([xs], [0]).backward()
    assert [x.grad for x in xs] == [-0.5, 0.5]


def test_a_masked_logit_has_share_0_and_gradient_0() -> None:
    for f in (lambda xs: softmax(xs)[0], lambda xs: log_softmax(xs)[0], lambda xs: nn.cross_entropy(xs, 0)):
        xs = [Value(1e8), Value(-np.inf), Value(1e8)]
        f(xs).backward()
        assert xs[1].grad == 0.0
        assert abs(xs[0].grad) == abs(xs[2].grad) in (0.25, 0.5)
    assert softmax([0.0, -np.inf]) == [1.0, 0.0]


@pytest.mark.parametrize("t", range(3))
def test_a_class_that_is_an_input_of_the_program(t: int) -> None:
    """`nn.compile` traces with one class, and runs on others."""

    class Scores(nn.Module):
        def __init__(self) -> None:
            self.shift = [Value(0.0) for _ in range(3)]

        def forward(self, x: Any) -> Any:
            return [a + b for a, b in zip(x, self.shift)]

    model = Scores()
    step = nn.compile(model, nn.cross_entropy)
    for xs in (xs for xs in ROWS if len(xs) == 3):
        mean = step([xs], [t])
        expected, slopes, _ = of_a_class(t)[1](shares(xs))
        assert close(mean, expected, absolute=ROUNDING)
        for p, slope in zip(model.shift, slopes):
            assert close(p.grad, slope), (xs, [p.grad for p in model.shift], slopes)


BINARY = [(x, y) for x in (-1e8, -745.0, -40.0, -20.0, 0.0, 3.0, 20.0, 40.0, 700.0, 1e8, 1e16) for y in (0.0, 1.0, 0.25)]


@pytest.mark.parametrize(("x", "y"), BINARY)
def test_binary_cross_entropy_with_logits(x: float, y: float) -> None:
    """A loss near 0 is not computed as a difference of large numbers."""
    logit = mpmath.mpf(x)
    softplus = [mpmath.log1p(mpmath.exp(z)) for z in (logit, -logit)]
    sigmoid = [1 / (1 + mpmath.exp(-z)) for z in (logit, -logit)]
    for run in (eager, program):
        value, (slope,), ((bend,),) = run(lambda v: nn.binary_cross_entropy_with_logits(v, [y]), [x])
        assert close(value, (1 - y) * softplus[0] + y * softplus[1])
        assert close(slope, (1 - y) * sigmoid[0] - y * sigmoid[1])
        if abs(x) < 700:
            assert close(bend, sigmoid[0] * sigmoid[1])


INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("row", "t", "loss", "slopes"),
    [
        ([0.0, -INF], 1, INF, [1.0, -1.0]),
        ([0.0, -INF, -INF], 1, INF, [1.0, -1.0, 0.0]),
        ([0.0, -INF], 0, 0.0, [0.0, 0.0]),
        ([-INF, -INF], 0, NAN, [NAN, NAN]),
    ],
)
def test_infinite_scores_as_measured_with_pytorch(row: list[float], t: int, loss: float, slopes: list[float]) -> None:
    xs = [Value(x) for x in row]
    result = nn.cross_entropy([xs], [t])
    result.backward()
    inputs = [Value(0.5) for _ in row]
    right = Value(0.0)
    with tracing([*inputs, right]):
        program = autograd.compile(nn.cross_entropy([inputs], [right]), [*inputs, right])
    rows = [[*row, float(t)]]
    np.testing.assert_array_equal([result.data, *(x.grad for x in xs)], [loss, *slopes])
    np.testing.assert_array_equal([*program(rows), *program.input_grads(rows)[0][:-1]], [loss, *slopes])
