"""A program as a user of stepgrad writes it, with type hints: pyright (strict) and mypy (strict) find nothing in it."""

# pyright: strict, reportUnknownMemberType=false
# (NumPy's own methods are partly unknown to pyright)

from __future__ import annotations

import random
from pathlib import Path

import autograd
import nn
from autograd import Value, grad, jacobian, no_grad, tanh, value_and_grad
from autograd.render import TrainingMovie, draw, show_backward, trace_backward


class Gate(nn.Module):
    """A layer times a sigmoid of another layer."""

    def __init__(self, nin: int, nout: int, seed: int) -> None:
        self.inner = nn.Layer(nin, nout, "tanh", seed=seed)
        self.gate = nn.Layer(nin, nout, "sigmoid", seed=seed + 1)
        self.scale = Value(1.0, label="scale")

    def forward(self, x: list[float]) -> list[Value]:
        pairs: list[tuple[Value, Value]] = list(zip(self.inner(x), self.gate(x)))
        return [a * b * self.scale for a, b in pairs]


def square(u: Value) -> Value:
    return u * u


def both(u: Value, v: Value) -> list[Value]:
    return [u * v, u + v]


def watch(folder: Path) -> float:
    x, w, b = Value(2.0, label="x"), Value(-0.5, label="w"), Value(1.5, label="b")
    loss = (tanh(w * x + b) - 1) ** 2
    loss.backward()
    slopes: list[float] = [x.grad, w.grad, b.grad]
    trace = trace_backward(loss)
    show_backward(trace, parameters=[w, b]).save(folder / "steps.html")
    draw(loss, depth=1).save(folder / "loss.svg")
    second: Value = grad(w**3, w, create_graph=True)
    result, (slope,) = value_and_grad(square)(3.0)
    rows: list[list[float]] = jacobian(both, [1.0, 2.0]).tolist()
    with no_grad():
        plain: float = autograd.sum([x, w]).item()
    answer: float = sum(slopes) + second.data + result + slope + rows[0][0] + plain
    return answer


def train(folder: Path, epochs: int) -> nn.History:
    rng = random.Random(0)
    X = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(60)]
    y = [1 if a * b > 0 else 0 for a, b in X]
    model = nn.Sequential(Gate(2, 6, seed=1), nn.Linear(6, 1, seed=3))
    optimizer = nn.AdamW(model.parameters(), lr=0.05)
    movie = TrainingMovie(X, y)

    def report(model: nn.Module, history: nn.History) -> bool:
        norm = sum(p.data**2 for p in model.parameters()) ** 0.5
        return history.loss[-1] < 1e-3 or norm > 1e3

    history = nn.fit(
        model, X, y, nn.binary_cross_entropy_with_logits, optimizer, epochs=epochs, batch_size=20, validation=(X[:10], y[:10]),
        scheduler=nn.CosineAnnealingLR(optimizer, epochs), clip=1.0, callbacks=[report, movie], seed=0, progress=False,
    )  # fmt: skip
    for p in model.parameters():
        p.data -= 0.0 * p.grad
    movie.save(folder / "film.html")
    nn.save(model, folder / "model.safetensors")
    nn.load(model, folder / "model.safetensors")
    scores: list[float] = nn.predict(model, [[0.5, 0.5], [0.5, -0.5]]).tolist()
    loss, accuracy = nn.evaluate(model, X, y, nn.binary_cross_entropy_with_logits)
    print(f"{scores[0]:.2f} {scores[1]:.2f} {loss:.3f} {accuracy:.0%} after {len(history.loss)} epochs: {history}")
    return history


def main(folder: Path, epochs: int = 30) -> tuple[float, list[float]]:
    return watch(folder), train(folder, epochs).loss


if __name__ == "__main__":
    main(Path())
