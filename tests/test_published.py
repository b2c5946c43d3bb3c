"""Examples that textbooks and lectures publish, recomputed in float64, and training runs with known numbers."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_moons

import autograd
from autograd import Value, log_softmax, sigmoid
from autograd.graph import topological_order
from nn import MLP, Module

TANH_BIAS = 6.8813735870195432


def micrograds_small_test(x: Any) -> Any:
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    return (z * z).relu() + q + q * x


def micrograds_readme(a: Any, b: Any) -> Any:
    c, d = a + b, a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    f = (c - d) ** 2
    return f / 2.0 + 10.0 / f


# name, function, point, value, gradients
EXAMPLES: list[tuple[str, Callable[..., Any], list[float], float, list[float]]] = [
    ("CS231n (x+y)z", lambda x, y, z: (x + y) * z, [-2, 5, -4], -12, [-4, -4, 3]),
    ("CS231n sigmoid neuron", lambda w0, w1, w2, x0, x1: sigmoid(w0 * x0 + w1 * x1 + w2), [2, -3, -3, -1, -2],
     0.7310585786300049, [-0.19661193324148185, -0.3932238664829637, 0.19661193324148185, 0.3932238664829637,
                          -0.5898357997244456]),
    ("CS231n 2(xy + max(z, w))", lambda x, y, z, w: 2 * (x * y + autograd.maximum(z, w)), [3, -4, 2, -1], -20,
     [-8, 6, 2, 0]),
    ("CS231n staged", lambda x, y: (x + sigmoid(y)) / (sigmoid(x) + (x + y) ** 2), [3, -4], 1.5456448841066441,
     [2.0595697955721652, 1.5922327514838093]),
    ("Karpathy's neuron", lambda x1, w1, x2, w2, b: (x1 * w1 + x2 * w2 + b).tanh(), [2, -3, 0, 1, TANH_BIAS],
     0.7071067811865476, [-1.5, 1, 0.5, 0, 0.5]),
    ("Karpathy (ab + c) f", lambda a, b, c, f: (a * b + c) * f, [2, -3, 10, -2], -8, [6, -4, -2, 4]),
    ("Karpathy (ab)(a+b)", lambda a, b: (a * b) * (a + b), [-2, 3], -6, [-3, -8]),
    ("powers and sin", lambda a, b, c: -(a**3) + (3 * b).sin() - 1.0 / c + b**2.5 - a**0.5, [2, 3, 4], 6.336362190988558,
     [-12.353553390593273, 10.25699027111255, 0.0625]),
    ("softmax negative log likelihood", lambda *xs: -log_softmax(xs)[3], [0, 3, -2, 1], 2.1755153626167147,
     [0.04177257, 0.83902451, 0.00565330, -0.88645038]),
    ("ln x1 + x1 x2 - sin x2", lambda x, y: x.log() + x * y - y.sin(), [2, 5], 11.652071455223084,
     [5.5, 1.7163378145367738]),
    ("Rosenbrock", lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, [-1.2, 1], 24.2, [-215.6, -88]),
    ("Beale", lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2, [1, 1],
     14.203125, [0, 27.75]),
    ("Powell singular", lambda a, b, c, d: (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4,
     [3, -1, 0, 1], 215, [306, -144, -2, -310]),
    ("micrograd's small test, by PyTorch", micrograds_small_test, [-4], -20, [46]),
    ("micrograd's README, by PyTorch", micrograds_readme, [-4, 2], 24.70408163265306,
     [138.83381924198252, 645.5772594752186]),
    ("Himmelblau", lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2, [0, 0], 170, [-14, -22]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "f", "point", "value", "gradients"), EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_published_example(
    name: str, f: Callable[..., Any], point: list[float], value: float, gradients: list[float]
) -> None:
    xs = [Value(x) for x in point]
    y = f(*xs)
    y.backward()
    assert y.data == pytest.approx(value, rel=1e-12)
    digits = 1e-5 if name.startswith("softmax") else 1e-12  # the source has eight decimals
    assert [x.grad for x in xs] == pytest.approx(gradients, rel=digits, abs=1e-12)


def test_mazurs_example_over_10000_steps() -> None:
    """His page has .291027924 and .0000351085, because it updates the output weights before the hidden ones."""
    w = [Value(x) for x in (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55)]
    errors = []
    for step in range(10_001):
        i1, i2, b1, b2 = 0.05, 0.10, 0.35, 0.60
        h1, h2 = sigmoid(w[0] * i1 + w[1] * i2 + b1), sigmoid(w[2] * i1 + w[3] * i2 + b1)
        o1, o2 = sigmoid(w[4] * h1 + w[5] * h2 + b2), sigmoid(w[6] * h1 + w[7] * h2 + b2)
        error = 0.5 * (0.01 - o1) ** 2 + 0.5 * (0.99 - o2) ** 2
        errors.append(error.data)
        for p in w:
            p.grad = 0.0
        error.backward()
        for p in w:
            p.data -= 0.5 * p.grad
        if step == 0:
            assert [p.data for p in w] == pytest.approx(
                [0.1497807161327628, 0.19956143226552567, 0.24975114363236958, 0.29950228726473915]
                + [0.35891647971788465, 0.4086661860762334, 0.5113012702387375, 0.5613701211079891],
                rel=1e-12,
            )
    assert [errors[0], errors[1]] == pytest.approx([0.2983711087600027, 0.29102777369359933], rel=1e-12)
    assert errors[10_000] == pytest.approx(3.510187782978859e-05, rel=1e-10)


# The losses of the first 20 steps of micrograd 0.1.0 on its own demo (moons, seeds 1337), measured with micrograd itself.
MICROGRAD_LOSSES = [
    0.8958441028683222,
    1.7235905336972022,
    0.7429006313851131,
    0.7705641260584202,
    0.3692793385976538,
    0.31354548191852205,
    0.2814234349772435,
    0.26888733313983904,
    0.2567147286057417,
    0.27048625516379227,
    0.24507023853658041,
    0.2509905529791503,
    0.2156095185192295,
    0.23090378446402726,
    0.20152151227899445,
    0.22574506279282222,
    0.1944798759620411,
    0.21089496199246355,
    0.15983077356303604,
    0.18453748746883922,
]


def moons_losses(neurons_as_sums: bool) -> list[float]:
    np.random.seed(1337)
    random.seed(1337)
    points, labels = make_moons(n_samples=100, noise=0.1)
    labels = labels * 2 - 1
    model = MLP(2, [16, 16, 1], init="uniform")

    def score(x: Any) -> Any:
        for layer in model.layers:
            sums = [sum((wi * xi for wi, xi in zip(n.w, x)), n.b) for n in layer.neurons]
            x = [s.relu() if n.activation else s for n, s in zip(layer.neurons, sums)]
        return x[0]

    losses = []
    for k in range(20):
        inputs = [list(map(Value, row)) for row in points]
        scores = list(map(score if neurons_as_sums else model, inputs))
        hinge = [(1 + -yi * scorei).relu() for yi, scorei in zip(labels, scores)]
        loss = sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(p * p for p in model.parameters())
        losses.append(loss.data)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
    return losses


@pytest.mark.parametrize("neurons_as_sums", [True, False])
def test_micrograds_demo_has_micrograds_losses(neurons_as_sums: bool) -> None:
    assert moons_losses(neurons_as_sums) == pytest.approx(MICROGRAD_LOSSES, rel=1e-12)


def test_micrograds_signatures() -> None:
    model = MLP(2, [2, 1])
    assert len(MLP(2, [16, 16, 1]).parameters()) == 337
    assert len(MLP(3, [1, 2])([1.0, 2.0, 3.0])) == 2
    assert isinstance(model([1.0, -1.0]), Value)
    hidden = model.layers[0]([1.0, -1.0])
    assert [h.op for h in hidden] == ["relu", "relu"]
    assert [node.op for node in topological_order(hidden[0]) if node.op] == ["dot", "add", "relu"]
    assert Module().parameters() == []
    with pytest.raises(ValueError, match="expects 2 inputs, got 3"):
        model([1.0, 2.0, 3.0])
