"""scikit-learn's digits: MLP 64-32-10 with relu and cross-entropy, one step forward and backward on 128 examples.

The loss and the 2410 gradients are compared. The notes give a whole training with Adam (EPOCHS epochs of shuffled batches
of 128, from the same generator in every peer): its seconds, and the accuracy on the fifth that was held out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from handwritten import function
from measure import Case, Step, clock, main
from moons_step import compiled, scalar_step, tensors

SHAPES = ((32, 64), (32,), (10, 32), (10,))
BATCH, EPOCHS, RATE = 128, 40, 0.01


def batches(rows: int) -> Any:
    """Yield the examples of every step, shuffled in each epoch."""
    rng = np.random.default_rng(0)
    for _ in range(EPOCHS):
        order = rng.permutation(rows)
        yield from (order[start : start + BATCH] for start in range(0, rows, BATCH))


def trained(case: Case, train: Callable[[Any, Any], Any], predict: Callable[[Any], Any]) -> dict[str, float]:
    """Train on all batches, then test on the held-out examples. predict: maps examples to scores (n, 10)."""
    start = clock()
    for rows in batches(len(case["y"])):
        train(case["X"][rows], case["y"][rows])
    stop = clock()
    right = np.asarray(predict(case["X_held_out"])).argmax(1) == case["y_held_out"]
    return {"training, s": stop - start, "held-out accuracy": float(right.mean())}


def scores(np: Any, params: Any, X: Any) -> Any:
    """Compute the scores of the classes, (n, 10), with a NumPy-like namespace."""
    W1, b1, W2, b2 = params
    return np.maximum(X @ W1.T + b1, 0) @ W2.T + b2


def loss_with(np: Any, params: Any, X: Any, targets: Any) -> Any:
    """Compute the cross-entropy with a NumPy-like namespace. targets: (n, 10), 1 for the right class."""
    s = scores(np, params, X)
    s = s - np.max(s, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(s), axis=1)) - np.sum(s * targets, axis=1))


def batch(case: Case) -> tuple[Any, Any]:
    return case["X"][:BATCH], case["y"][:BATCH]


def numpy_by_hand(case: Case) -> Step:
    X, y = batch(case)
    theta, rows = case["theta"], np.arange(len(y))
    grad = np.empty_like(theta)
    (W1, b1, W2, b2), (gW1, gb1, gW2, gb2) = tensors(theta, SHAPES), tensors(grad, SHAPES)

    def run() -> float:
        h = np.maximum(X @ W1.T + b1, 0)
        s = h @ W2.T + b2
        s -= s.max(1, keepdims=True)
        right = s[rows, y]
        d = np.exp(s, out=s)
        total = d.sum(1, keepdims=True)
        d /= total * len(y)
        d[rows, y] -= 1 / len(y)
        d1 = d @ W2 * (h > 0)
        for upstream, x, gW, gb in ((d1, X, gW1, gb1), (d, h, gW2, gb2)):
            np.matmul(upstream.T, x, out=gW)
            upstream.sum(0, out=gb)
        return np.log(total).mean() - right.mean()

    return Step(run, lambda loss: (loss, grad))


def c(case: Case) -> Step:
    X, y = (np.ascontiguousarray(a) for a in batch(case))
    theta, grad = case["theta"], np.empty_like(case["theta"])
    arguments = theta, X, y.astype(np.int64), len(y), grad
    return Step(function("digits", *arguments), lambda loss: (loss, grad), repeat=function("digits_repeat", *arguments))


def torch_loss(params: Any, X: Any, y: Any) -> Any:
    from torch.nn.functional import cross_entropy

    return cross_entropy(torch_scores(params, X), y)


def torch_scores(params: Any, X: Any) -> Any:
    from torch.nn.functional import linear, relu

    W1, b1, W2, b2 = params
    return linear(relu(linear(X, W1, b1)), W2, b2)


def torch_step(case: Case, loss_of: Callable[..., Any]) -> Step:
    import torch

    torch.set_num_threads(1)
    X, y = map(torch.tensor, batch(case))

    def parameters() -> Any:
        return [torch.tensor(p, requires_grad=True) for p in tensors(case["theta"], SHAPES)]

    params = parameters()

    def run() -> Any:
        loss = loss_of(params, X, y)
        loss.backward()
        return loss

    learned = parameters()
    optimizer = torch.optim.Adam(learned, lr=RATE)

    def train(X: Any, y: Any) -> None:
        optimizer.zero_grad()
        loss_of(learned, torch.from_numpy(X), torch.from_numpy(y)).backward()
        optimizer.step()

    notes = trained(case, train, lambda X: torch_scores(learned, torch.from_numpy(X)).detach())
    return Step(
        run, lambda loss: (loss.detach(), np.concatenate([p.grad.ravel() for p in params])), compiles=True, notes=notes
    )


def torch_eager(case: Case) -> Step:
    return torch_step(case, torch_loss)


def torch_compiled(case: Case) -> Step:
    return torch_step(case, compiled(torch_loss))


def jax_jit(case: Case) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    X, y = batch(case)
    theta, X, targets = jax.device_put((case["theta"], X, np.eye(10)[y]))
    gradient = jax.jit(
        jax.value_and_grad(lambda theta, X, targets: loss_with(jax.numpy, tensors(theta, SHAPES), X, targets))
    )
    return Step(lambda: jax.block_until_ready(gradient(theta, X, targets)), lambda result: result)


def hips(case: Case) -> Step:
    import autograd.numpy

    import autograd  # HIPS's, in its own environment

    X, y = batch(case)
    params, targets = tensors(case["theta"], SHAPES), np.eye(10)[y]
    gradient = autograd.value_and_grad(lambda params: loss_with(autograd.numpy, params, X, targets))
    return Step(lambda: gradient(params), lambda result: (result[0], np.concatenate([g.ravel() for g in result[1]])))


def casadi(case: Case) -> Step:
    import casadi as ca
    from moons_step import casadi_function_step, casadi_tensors

    X, y = batch(case)
    rows, targets, theta = ca.MX.sym("X", 64, BATCH), ca.MX.sym("targets", 10, BATCH), ca.MX.sym("theta", 2410)
    W1, b1, W2, b2 = casadi_tensors(theta, SHAPES)
    h = ca.fmax(W1 @ rows + ca.repmat(b1, 1, BATCH), 0)
    s = W2 @ h + ca.repmat(b2, 1, BATCH)  # no maximum subtracted: the scores here are small
    loss = (ca.sum2(ca.log(ca.sum1(ca.exp(s)))) - ca.sum1(ca.sum2(s * targets))) / BATCH
    gradient = ca.Function("digits", [theta, rows, targets], [loss, ca.gradient(loss, theta)])
    return casadi_function_step(gradient, case["theta"], X, np.eye(10)[y])


def python_values(case: Case) -> Step:
    from python_values import Node, linear

    parameters = [Node(number) for number in case["theta"].tolist()]
    W1, b1, W2, b2 = tensors(np.array(parameters, dtype=object), SHAPES)

    def surprise(x: Any, label: int) -> Any:
        h = [(a + b).relu() for a, b in zip(linear(W1.tolist(), x), b1.tolist())]
        s = [a + b for a, b in zip(linear(W2.tolist(), h), b2.tolist())]
        return sum((a + -s[label]).exp() for a in s).log()

    return mean_step(surprise, parameters, case)


def mean_step(surprise: Callable[[Any, Any], Any], parameters: list[Any], case: Case) -> Step:
    """Make a step of a scalar engine on the batch."""
    X, y = batch(case)

    def total(X: Any, y: Any) -> Any:
        return sum(map(surprise, X, y)) * (1.0 / len(y))

    return scalar_step(total, parameters, {**case, "X": X, "y": y})


def stepgrad_model(case: Case) -> Any:
    import nn

    model = nn.MLP(64, [32, 10])
    for p, data in zip(model.parameters(), case["theta"].tolist()):
        p.data = data
    return model


def stepgrad_eager(case: Case) -> Step:
    import nn

    model = stepgrad_model(case)
    return mean_step(lambda x, label: nn.cross_entropy(model(x), label), model.parameters(), case)


def stepgrad_program(case: Case) -> Step:
    import nn

    model, learned = stepgrad_model(case), stepgrad_model(case)
    X, y = batch(case)
    step, train_on = nn.compile(model, nn.cross_entropy), nn.compile(learned, nn.cross_entropy)
    optimizer = nn.Adam(learned.parameters(), lr=RATE)

    def train(X: Any, y: Any) -> None:
        train_on(X, y)  # which begins with zero_grad
        optimizer.step()

    notes = trained(case, train, lambda X: [[s.data for s in learned(x)] for x in X])
    return Step(lambda: step(X, y), lambda loss: (loss, [p.grad for p in model.parameters()]), compiles=True, notes=notes)


PEERS = {
    "python": python_values, "c": c, "numpy": numpy_by_hand, "torch": torch_eager, "torch.compile": torch_compiled,
    "jax": jax_jit, "hips": hips, "casadi": casadi, "stepgrad": stepgrad_eager, "program": stepgrad_program,
}  # fmt: skip

if __name__ == "__main__":
    main(PEERS)
