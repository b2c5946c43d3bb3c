"""The exercises of notebook 11b."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

with suppress(
    ModuleNotFoundError
):  # in the browser, whose notebooks have none of these exercises
    import numpy as np

from .checking import FAR, exercise, number


@exercise("11b.1")
def shapes(dW: Any, db: Any, dX: Any) -> Iterator[str]:
    """Complain about the shapes of gradients, for 3 units, 5 inputs and 10 examples."""
    given = {"dW": dW, "db": db, "dX": dX}
    found = {name: tuple(np.ravel(shape).tolist()) for name, shape in given.items()}
    if found["dW"] == (5, 3):
        yield "dW = (5, 3) is the shape of W transposed; W has a row for each unit, and so has its gradient"
    if found["dW"] == (10, 3, 5):
        yield "dW = (10, 3, 5) has one gradient for each example; the gradients of the examples add up"
    if found["db"] == (10, 3):
        yield "db = (10, 3) is the shape of the deltas; one bias serves all examples, so they add up"
    if found["db"] == (5,):
        yield "db = (5,) has one number for each input; a bias belongs to a unit"
    if found["dX"] == (10, 3):
        yield "dX = (10, 3) is the shape of the outputs; the gradient of X has the shape of X"
    if found["dX"] == (5,):
        yield "dX = (5,) is that of a single example; each of the ten has its own"
    for name, right in (("dW", (3, 5)), ("db", (3,)), ("dX", (10, 5))):
        if found[name] != right:
            yield f"{name} = {found[name]} is not the shape of {name[1:]}"


@exercise("11b.2")
def by_hand(dW: Any, dx: Any) -> Iterator[str]:
    """Complain about gradients for W = (1, 2), (3, -1), x = (5, 4) and delta = (1, 2)."""
    W, x, delta = (
        np.array([[1.0, 2.0], [3.0, -1.0]]),
        np.array([5.0, 4.0]),
        np.array([1.0, 2.0]),
    )
    yield from array(
        "dW", dW, np.outer(delta, x),
        [(np.outer(x, delta), "that is the transpose; the entry in row i and column j is delta_i * x_j"),
         (W * x, "those are the terms of the forward pass; a weight's gradient is its delta times its input"),
         (delta[:, None] * W, "a weight's gradient does not contain the weight itself")],
    )  # fmt: skip
    yield from array(
        "dx", dx, W.T @ delta,
        [(W @ delta, "that runs along the rows of W; x_1 takes part in both units through its column, 1 and 3"),
         (W.T @ x, "it is the deltas that go back, not the inputs"), (delta @ (W * x), "the input itself is no factor"),
         (W.sum(axis=0), "the deltas are missing")],
    )  # fmt: skip


@exercise("11b.3")
def layer(layer_backward: Any) -> Iterator[str]:
    """Complain about the backward pass of a linear layer, for a batch as large as it is wide, and for another one."""
    rng = np.random.default_rng(1)
    for n, units, inputs in ((3, 3, 3), (5, 2, 4)):
        Delta, X, W = (
            rng.normal(size=size) for size in ((n, units), (n, inputs), (units, inputs))
        )
        dW, db, dX = layer_backward(Delta, X, W)
        yield from array(
            "dW", dW, Delta.T @ X,
            [(Delta.T @ X / n, "the mean over the examples is already in Delta, if there is one; they add up"),
             (X.T @ Delta, "that is the transpose: it has a row for each input"),
             *([(Delta @ X, "the sum is to run over the examples, the rows of Delta")] if n == units else [])],
        )  # fmt: skip
        yield from array(
            "db", db, Delta.sum(axis=0),
            [(Delta, "one bias serves all examples; add up the rows"), (Delta.mean(axis=0), "add up, without a mean"),
             (Delta.sum(axis=1), "that adds up the units of each example; add up the examples of each unit"),
             (Delta.sum(), "that is a single number; each unit has its own bias")],
        )  # fmt: skip
        yield from array(
            "dX", dX, Delta @ W,
            [(Delta @ W.T, "that is the way forward; go back through the columns of W")] if units == inputs else [],
        )  # fmt: skip


@exercise("11b.4")
def softmax(softmax_backward: Any) -> Iterator[str]:
    """Complain about the backward pass of softmax."""
    p, u = np.array([0.1, 0.6, 0.3]), np.array([2.0, -1.0, 0.5])
    yield from array(
        "the gradient", softmax_backward(p, u), p * (u - p @ u),
        [(p * (1 - p) * u, "that is the diagonal of the Jacobian alone; each probability depends on all scores"),
         (p * u, "from u, first subtract its mean, weighted with p"),
         (u - p @ u, "multiply by p at the end"), (p * (u - u.mean()), "the mean of u is to be weighted: p @ u"),
         (p - u, "p - y holds for the cross-entropy; here any u may come from upstream"),
         (p * (u + p @ u), "the sign of the second term")],
    )  # fmt: skip


@exercise("11b.5")
def hidden(earlier_delta: Any) -> Iterator[str]:
    """Complain about the deltas of a tanh layer, from those of the layer after it."""
    rng = np.random.default_rng(2)
    for units, inputs in ((2, 2), (3, 2)):
        delta, W, h = (
            rng.normal(size=units),
            rng.normal(size=(units, inputs)),
            np.tanh(rng.normal(size=inputs)),
        )
        back = W.T @ delta
        mistakes = [
            (back, "the slope of the tanh is missing"),
            (back * (1 - h), "the slope of tanh is 1 - h^2"),
            (
                back * h * (1 - h),
                "that is the slope of the sigmoid; the slope of tanh is 1 - h^2",
            ),
            (
                back * (1 - np.tanh(h) ** 2),
                "h is already the tanh, and you apply it once more",
            ),
            (back * h, "that is h, not the slope at h"),
        ]
        if units == inputs:
            mistakes += [
                (W @ delta * (1 - h**2), "that is W, not its transpose: the way forward")
            ]
        yield from array(
            "the delta", earlier_delta(delta, W, h), back * (1 - h**2), mistakes
        )


@exercise("11b.6")
def cost(ahead: Any, back: Any, passes: Any) -> Iterator[str]:
    """Complain about the multiplications of a network 784-100-10."""
    yield from number(
        "ahead", ahead, 79_400,
        [(79_510, "that counts the biases, which are added"), (784_000, "the layers follow each other: add")],
    )  # fmt: skip
    yield from number(
        "back", back, 80_400,
        [(158_800, "that includes the gradients of the 784 inputs, which nobody needs"),
         (79_400, "those are the gradients of the weights; the deltas of the hidden layer take W.T @ delta"),
         (1_000, "that is the way to the hidden layer; the gradients of the weights are products, too")],
    )  # fmt: skip
    yield from number(
        "passes", passes, 79_510,
        [(79_400, "the biases are parameters, too"), (784, "the inputs are given; it is the parameters that move"),
         (1, "that is reverse mode"), (10, "that is the number of outputs; forward mode needs a pass for each parameter")],
    )  # fmt: skip


@exercise("11b.7")
def tied(tied_gradient: Any) -> Iterator[str]:
    """Complain about the gradient of a weight that is used twice."""
    W, x = np.array([[0.5, -1.0, 0.3], [0.2, 0.4, -0.7]]), np.array([1.0, 2.0, -1.5])
    h = W @ x
    e = W.T @ h - x
    late, early = np.outer(h, e), np.outer(W @ e, x)
    yield from array(
        "the gradient", tied_gradient(W, x), late + early,
        [(late, "that is the second use of W alone; it is used twice, and both add up"),
         (early, "that is the first use of W alone; it is used twice, and both add up"),
         (2 * late, "the two uses do not contribute the same"), (2 * early, "the two uses do not contribute the same"),
         (-late - early, "the sign: the gradient of y is e = y - x"),
         (2 * (late + early), "the loss is *half* the squared length"),
         (late + np.outer(h, x), "in the first use, the delta of h is W @ e")],
    )  # fmt: skip


@exercise("11b.8")
def layer_norm(layer_norm_backward: Any) -> Iterator[str]:
    """Complain about the backward pass of layer normalisation."""
    x, u, gamma = (
        np.array([0.3, -1.0, 2.0, 0.7]),
        np.array([1.0, 0.2, -1.0, 0.5]),
        np.array([1.0, 2.0, -0.5, 0.3]),
    )
    s = np.sqrt(x.var() + 1e-5)
    normal, g = (x - x.mean()) / s, gamma * u
    yield from array(
        "the gradient", layer_norm_backward(x, u, gamma), (g - g.mean() - normal * (g * normal).mean()) / s,
        [(g / s, "that is the direct path alone; the mean and the spread depend on x, too"),
         ((g - g.mean()) / s, "the path through the spread is missing"),
         ((g - normal * (g * normal).mean()) / s, "the path through the mean is missing"),
         (g - g.mean() - normal * (g * normal).mean(), "divide by the spread"),
         (gamma * (u - u.mean() - normal * (u * normal).mean()) / s,
          "gamma differs from feature to feature, so it belongs inside the means: start with g = gamma * u"),
         ((u - u.mean() - normal * (u * normal).mean()) / s, "gamma is missing")],
    )  # fmt: skip


def array(
    name: str, given: Any, right: Any, mistakes: Sequence[tuple[Any, str]] = ()
) -> Iterator[str]:
    """Complain about an array that is not the right one, and say which of the usual mistakes would give it."""
    found = np.array(given, dtype=float)
    for wrong, hint in mistakes:
        if found.shape == np.shape(wrong) and np.allclose(found, wrong, rtol=FAR, atol=FAR):
            yield f"{name} = {np.round(found, 4).tolist()} is not right: {hint}"
    if found.shape != np.shape(right):
        yield f"{name} has the shape {found.shape}; it should have {np.shape(right)}"
    if not np.allclose(found, right, rtol=FAR, atol=FAR):
        yield f"{name} = {np.round(found, 4).tolist()} is not right; it is up to {np.abs(found - right).max():.2g} off"
