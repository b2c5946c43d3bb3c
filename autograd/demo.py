"""`python -m autograd demo`: a program on top of everything, and the only module of this package that uses `nn`."""

from __future__ import annotations

import random
import time
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits, make_moons
from sklearn.model_selection import train_test_split
from tqdm import tqdm

from autograd import COMPILED, Value, no_grad, sigmoid
from autograd.render import draw, show_backward, trace_backward
from nn import MLP, Adam, cross_entropy, fit, plots, predict

RATE = 0.1
READ, MISREAD = plots.COLOURS[:2]

# The numbers of the worked example as its source gives them; most of them are not right.
DOCUMENT = {
    "z1": 1.2, "a1": 0.768, "z2": 0.222, "a2": 0.555, "loss": 0.175,
    "dL/dw1": -0.032, "dL/db1": -0.071, "dL/dw2": -0.054, "dL/db2": -0.219,
    "new w1": 0.503, "new b1": 0.207, "new w2": 0.805, "new b2": -0.378,
}  # fmt: skip


def worked_example() -> tuple[Value, dict[str, Value]]:
    """One input, one hidden and one output neuron with sigmoids, squared error: the loss, and every Value by name."""
    v = {name: Value(data, label=name) for name, data in dict(x=2, y=1, w1=0.5, b1=0.2, w2=0.8, b2=-0.4).items()}
    v["w1*x"] = v["w1"] * v["x"]
    v["z1"] = v["w1*x"] + v["b1"]
    v["a1"] = sigmoid(v["z1"])
    v["w2*a1"] = v["w2"] * v["a1"]
    v["z2"] = v["w2*a1"] + v["b2"]
    v["a2"] = sigmoid(v["z2"])
    v["error"] = v["a2"] - v["y"]
    v["loss"] = v["error"] ** 2
    for name, value in v.items():
        value.label = name
    return v["loss"], v


def worked_numbers(v: dict[str, Value]) -> dict[str, float]:
    """The computed value of every quantity in `DOCUMENT`; call after `backward`."""
    weights = ("w1", "b1", "w2", "b2")
    numbers = {name: v[name].data for name in ("z1", "a1", "z2", "a2", "loss")}
    numbers |= {f"dL/d{name}": v[name].grad for name in weights}
    return numbers | {f"new {name}": v[name].data - RATE * v[name].grad for name in weights}


def explain(folder: Path) -> None:
    """Print the backward pass of the worked example and the numbers it leads to; draw its graph."""
    loss, v = worked_example()
    trace = trace_backward(loss)
    print("1. A backward pass, step by step")
    print("   loss = (sigmoid(w2 * sigmoid(w1 * x + b1) + b2) - y) ** 2  at x=2, y=1, w1=.5, b1=.2, w2=.8, b2=-.4\n")
    print(trace)
    print(f"\nEach weight then moves against its gradient: new = old - {RATE} x gradient. The text that this example comes")
    print("from rounds intermediate results and drops factors; its figures stand beside the computed ones.\n")
    print(f"{'quantity':<10}{'computed':>24}{'in the text':>14}")
    for name, number in worked_numbers(v).items():
        print(f"{name:<10}{number!r:>24}{DOCUMENT[name]:>14}")
    drawing = draw(loss)
    print(f"\nIts graph, with local derivatives on the edges: {drawing.save(folder / 'worked-example.svg')}")
    weights = [v[name] for name in ("w1", "b1", "w2", "b2")]
    page = show_backward(trace, parameters=weights).save(folder / "worked-example.html")
    print(f"The same pass to step through in a browser, where its numbers can be changed: {page}")


def moons_loss(model: MLP, points: np.ndarray, labels: np.ndarray) -> tuple[Value, float]:
    """Hinge loss plus L2 regularisation over all points, and the fraction classified right, as in micrograd's demo."""
    scores = [model([Value(x) for x in point]) for point in points]
    losses = [(1 + -y * score).relu() for y, score in zip(labels, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    penalty = 1e-4 * sum(p * p for p in model.parameters())
    accuracy = np.mean([(y > 0) == (score.data > 0) for y, score in zip(labels, scores)])
    return data_loss + penalty, float(accuracy)


def train(steps: int = 100) -> tuple[MLP, np.ndarray, np.ndarray, float]:
    """Train MLP(2, [16, 16, 1]) on 100 points of two moons; return the model, the points, their labels, the accuracy."""
    np.random.seed(1337)
    random.seed(1337)
    points, labels = make_moons(n_samples=100, noise=0.1)
    labels = labels * 2 - 1
    model = MLP(2, [16, 16, 1])
    progress = tqdm(range(steps), desc="   training", unit="step")
    for k in progress:
        loss, accuracy = moons_loss(model, points, labels)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / steps) * p.grad
        progress.set_postfix(loss=f"{loss.data:.4f}", accuracy=f"{accuracy:.0%}", refresh=False)
    with no_grad():
        return model, points, labels, moons_loss(model, points, labels)[1]


def draw_boundary(model: MLP, points: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """Draw the model's decision boundary with the training points, as a PNG."""
    figure = Figure(figsize=(6, 4.5), layout="constrained")
    plots.decision_boundary(model, points, labels, figure.subplots())
    figure.savefig(path, dpi=120)


def read_digits(path: Path) -> tuple[float, int, float, float]:
    """Train an MLP, as a program, on four fifths of the handwritten digits, and draw how it reads some of the others.

    Returns its accuracy on the others, the number of steps, the seconds that they took, and the seconds that they would
    take with a graph recorded in each step, estimated from three such steps.
    """
    X, y = load_digits(return_X_y=True)
    X, held_out, y, labels = train_test_split(X / 16, y, test_size=0.2, random_state=0, stratify=y)
    model = MLP(64, [32, 10], activation="relu", seed=0)
    optimizer = Adam(model.parameters(), lr=0.01)

    def train(rows: int, epochs: int, compile: bool) -> tuple[int, float]:
        start, some = time.perf_counter(), slice(rows)
        engine = "program" if compile else "eager"
        history = fit(
            model, X[some], y[some], cross_entropy, optimizer, epochs=epochs, seed=0, engine=engine, progress=compile
        )  # fmt: skip
        return len(history.steps["loss"]), time.perf_counter() - start

    steps, seconds = train(len(X), epochs=20, compile=True)
    read = predict(model, held_out).argmax(axis=1)
    draw_digits(held_out, read, labels, path)
    few, slow_seconds = train(3 * 32, epochs=1, compile=False)
    return float(np.mean(read == labels)), steps, seconds, slow_seconds / few * steps


def draw_digits(X: np.ndarray, read: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """Draw the misread digits and some others as a PNG, each with its reading."""
    order = np.argsort(read == labels, kind="stable")[:32]
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    figure.suptitle("Digits that the network had not seen: first those that it misreads", fontsize=11)
    for axes, i in zip(figure.subplots(4, 8).flat, order):
        axes.imshow(X[i].reshape(8, 8), cmap="gray_r")
        right = read[i] == labels[i]
        axes.set_title(
            f"{read[i]}" if right else f"{read[i]}, is {labels[i]}", fontsize=10, color=READ if right else MISREAD
        )
        axes.set_axis_off()
    figure.savefig(path, dpi=120)


def run(folder: Path) -> None:
    """Run the whole demo; its pictures go into `folder`."""
    matplotlib.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    build = "compiled" if COMPILED else "pure Python (slower, same numbers; to compile it, install it with a C compiler)"
    print(f"stepgrad, build: {build}\n")
    explain(folder)
    print("\n2. A network trained in this way: MLP(2, [16, 16, 1]), 337 parameters, 100 points of two moons")
    model, points, labels, accuracy = train()
    picture = folder / "moons.png"
    draw_boundary(model, points, labels, picture)
    print(f"   training accuracy {accuracy:.0%}; its decision boundary: {picture}")
    print("\n3. A recorded graph as a program: MLP(64, [32, 10]), 2,410 parameters, 1,437 handwritten digits")
    picture = folder / "digits.png"
    accuracy, steps, seconds, recorded = read_digits(picture)
    print(f"   accuracy {accuracy:.1%} on 360 others; {steps} steps of 32 digits took {seconds:.2f} s")
    print(f"   (with a graph recorded in each, they would take {recorded:.0f} s); how it reads some of them: {picture}")
