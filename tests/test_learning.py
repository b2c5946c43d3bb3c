"""Networks learn what they should, and fail where they must. Seeds are fixed; margins are far from the measured values."""

import random
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_moons

import nn
from autograd import Value
from nn.__main__ import EPOCHS, cross_validate

BCE = nn.binary_cross_entropy_with_logits
XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]


def train(model: nn.Module, X: Any, y: Any, loss: Any = BCE, lr: float = 0.05, **options: Any) -> nn.History:
    defaults: dict[str, Any] = {"epochs": 100, "batch_size": None, "seed": 0, "progress": False}
    return nn.fit(model, X, y, loss, nn.Adam(model.parameters(), lr), **{**defaults, **options})


# Exclusive or: what no linear map can do


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "elu", "leaky_relu"])
def test_xor_needs_an_activation(activation: str) -> None:
    model = nn.MLP(2, [8, 1], activation, seed=1)
    train(model, *XOR, epochs=300)
    assert nn.evaluate(model, *XOR, BCE)[1] == 1.0


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_without_an_activation_xor_is_not_learnt_however_deep(depth: int) -> None:
    model = nn.MLP(2, [8] * depth + [1], activation=None, seed=1)
    train(model, *XOR, epochs=300)
    loss, accuracy = nn.evaluate(model, *XOR, BCE)
    assert accuracy <= 0.75
    assert loss == pytest.approx(np.log(2), abs=1e-3), "the best that a linear map can do is to say 1/2"


def test_linear_layers_are_one_linear_map() -> None:
    """Three layers without activation: their product is one weight and one bias."""
    model = nn.MLP(3, [5, 4, 2], activation=None, seed=0)
    rng = np.random.RandomState(0)
    for p in model.parameters():
        p.data += rng.normal()
    state = model.state_dict()
    (a, b), (c, d), (e, f) = ((state[f"layers.{i}.weight"], state[f"layers.{i}.bias"]) for i in range(3))
    folded = nn.Layer(3, 2, None)
    folded.load_state_dict({"weight": e @ c @ a, "bias": e @ (c @ b + d) + f})
    X = rng.normal(size=(10, 3))
    assert nn.predict(model, X) == pytest.approx(nn.predict(folded, X), rel=1e-12)


def test_moons() -> None:
    X, y = make_moons(60, noise=0.1, random_state=0)
    model = nn.MLP(2, [8, 8, 1], seed=0)
    history = train(model, X, y, epochs=60, batch_size=20)
    assert history.epochs["accuracy"][-1] == 1.0
    assert nn.evaluate(model, *make_moons(100, noise=0.1, random_state=1), BCE)[1] >= 0.97


# Real data, on rows that were held out


@pytest.mark.parametrize(("dataset", "epochs"), [("iris", 60), ("breast_cancer", 4)])
def test_real_data(dataset: str, epochs: int) -> None:
    """`python -m nn breast_cancer` runs 20 epochs and reaches 97 %; 4 are enough for this."""
    assert epochs <= EPOCHS[dataset]
    results = cross_validate(dataset, epochs, seed=0, progress=False)
    assert np.mean([accuracy for accuracy, _ in results]) >= 0.95


# Memory: which bit was marked, 12 to 14 elements ago?

LENGTH = 15


def marked_bits(n: int, seed: int) -> tuple[list[Any], list[int]]:
    """Sequences of bits, one of the first three of them marked; the target is the marked bit."""
    rng = random.Random(seed)
    X, y = [], []
    for _ in range(n):
        bits, marked = [rng.choice([-1.0, 1.0]) for _ in range(LENGTH)], rng.randrange(3)
        X.append([[bit, float(t == marked)] for t, bit in enumerate(bits)])
        y.append(int(bits[marked] > 0))
    return X, y


class Reader(nn.Module):
    """Reads a sequence, then answers. Gates that keep the state start half open, as Gers et al. (2000) advise."""

    def __init__(self, kind: Any, hidden: int, seed: int) -> None:
        rng = random.Random(seed)
        self.rnn, self.head = kind(2, hidden, seed=rng), nn.Layer(hidden, 1, None, seed=rng)
        if kind in (nn.LSTM, nn.GRU):
            for b in self.rnn.cell.bias_ih[hidden : 2 * hidden]:
                b.data = 2.0

    def forward(self, xs: Any) -> Value:
        outputs, _ = self.rnn(xs)
        answer: Value = self.head(outputs[-1])
        return answer


@pytest.mark.parametrize(("kind", "learns"), [(nn.RNN, False), (nn.LSTM, True), (nn.GRU, True)])
def test_a_plain_rnn_forgets_what_lstm_and_gru_keep(kind: Any, learns: bool) -> None:
    model = Reader(kind, 3, seed=1)
    train(model, *marked_bits(48, seed=0), lr=0.04, epochs=25, batch_size=16, clip=1.0)
    accuracy = nn.evaluate(model, *marked_bits(100, seed=1), BCE)[1]
    assert accuracy >= 0.95 if learns else accuracy <= 0.7


# Claims of the texts, checked


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_dividing_the_loss_is_dividing_the_rate_for_sgd(momentum: float) -> None:
    """To the last digit, for a divisor that is a power of 2."""
    assert path(nn.SGD, 8.0, lr=0.1, momentum=momentum) == path(nn.SGD, 1.0, lr=0.1 / 8, momentum=momentum)


@pytest.mark.parametrize("optimizer", [nn.Adam, nn.RMSprop])
def test_dividing_the_loss_changes_next_to_nothing_for_adam_and_rmsprop(optimizer: Any) -> None:
    whole, divided, tiny = (path(optimizer, divisor, lr=0.01) for divisor in (1.0, 8.0, 1e9))
    assert divided == pytest.approx(whole, rel=1e-3)
    assert tiny != pytest.approx(whole, rel=1e-2), "until the gradient is as small as eps"


def test_with_weight_decay_the_two_differ() -> None:
    assert path(nn.SGD, 8.0, lr=0.1, weight_decay=0.1) != pytest.approx(
        path(nn.SGD, 1.0, lr=0.1 / 8, weight_decay=0.1), rel=1e-3
    )


def path(optimizer: Any, divisor: float, **options: Any) -> list[float]:
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    updates = optimizer(model.parameters(), **options)
    for _ in range(20):
        loss = nn.mse_loss([model(x) for x in XOR[0]], XOR[1]) / divisor
        model.zero_grad()
        loss.backward()
        updates.step()
    return [p.data for p in model.parameters()]


def test_without_activation_gradients_need_not_vanish() -> None:
    """Ten linear layers: the gradient is the product of the weights, which may also be 1 or explode."""
    for weight in (0.5, 1.0, 2.0):
        model = nn.MLP(1, [1] * 10, None, init=lambda *_: weight)  # noqa: B023
        x = Value(1.0)
        model([x]).backward()
        assert x.grad == weight**10


def test_a_residual_connection_keeps_the_first_layers_gradient() -> None:
    def gradient(block: Any) -> float:
        rng = random.Random(0)
        blocks = [block(nn.Layer(4, 4, "sigmoid", seed=rng)) for _ in range(20)]
        model = nn.Sequential(nn.Layer(2, 4, "sigmoid", seed=rng), *blocks, nn.Layer(4, 1, None, seed=rng))
        report = nn.diagnose(model, *XOR, nn.mse_loss)
        return report.layers[0].gradient_norm / report.layers[-1].gradient_norm

    assert gradient(nn.Sequential) < 1e-12
    assert gradient(nn.Residual) > 1e-3
