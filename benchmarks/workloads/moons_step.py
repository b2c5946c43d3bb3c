"""The moons step: forward and backward of an MLP 2-16-16-1 on the points of a case, mean hinge loss + L2, by every peer.

The loss and the 337 gradients are compared. L2 is 1e-4 times the sum of the squares. Each
peer is written as its users would write it, or in a faster equivalent way if we found one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from handwritten import function
from measure import Case, Step, main

ALPHA = 1e-4
SHAPES = ((16, 2), (16,), (16, 16), (16,), (1, 16), (1,))
CHUNK = 100  # examples that scalar engines record in one graph before the backward pass


def tensors(theta: Any, shapes: Sequence[tuple[int, ...]] = SHAPES) -> list[Any]:
    """Split the flat parameters into arrays of these shapes (views, for a NumPy array)."""
    ends = np.cumsum([math.prod(shape) for shape in shapes]).tolist()
    return [theta[end - math.prod(shape) : end].reshape(shape) for end, shape in zip(ends, shapes)]


def loss_with(np: Any, params: Any, X: Any, y: Any) -> Any:
    """Compute the loss with any NumPy-like namespace that differentiates."""
    W1, b1, W2, b2, W3, b3 = params
    h = np.maximum(X @ W1.T + b1, 0)
    h = np.maximum(h @ W2.T + b2, 0)
    score = (h @ W3.T + b3)[:, 0]
    penalty = ALPHA * sum(np.sum(p * p) for p in params)
    return np.mean(np.maximum(1 - y * score, 0)) + penalty


def numpy_by_hand(case: Case) -> Step:
    theta, X, y = case["theta"], case["X"], case["y"]
    grad = np.empty_like(theta)
    (W1, b1, W2, b2, W3, b3), (gW1, gb1, gW2, gb2, gW3, gb3) = tensors(theta), tensors(grad)

    def run() -> float:
        h1 = np.maximum(X @ W1.T + b1, 0)
        h2 = np.maximum(h1 @ W2.T + b2, 0)
        margin = 1 - y * (h2 @ W3[0] + b3)
        d = (margin > 0) * y * (-1 / len(y))  # dloss/dscores; d1, d2: by relu inputs
        d2 = d[:, None] * W3 * (h2 > 0)
        d1 = d2 @ W2 * (h1 > 0)
        for upstream, x, gW, gb in ((d1, X, gW1, gb1), (d2, h1, gW2, gb2), (d[:, None], h2, gW3, gb3)):
            np.matmul(upstream.T, x, out=gW)
            upstream.sum(0, out=gb)
        np.add(grad, 2 * ALPHA * theta, out=grad)
        return np.maximum(margin, 0).sum() / len(y) + ALPHA * (theta @ theta)

    return Step(run, lambda loss: (loss, grad))


def c(case: Case) -> Step:
    theta, X, y = (np.ascontiguousarray(case[name]) for name in ("theta", "X", "y"))
    grad = np.empty_like(theta)
    arguments = theta, X, y, len(y), grad
    repeat = function("moons_repeat", *arguments)
    return Step(function("moons", *arguments), lambda loss: (loss, grad), repeat=repeat)


def torch_parameters(case: Case) -> Any:
    import torch

    torch.set_num_threads(1)
    return [torch.tensor(p, requires_grad=True) for p in tensors(case["theta"])]


def torch_loss(params: Any, X: Any, y: Any) -> Any:
    import torch
    from torch.nn.functional import linear, relu

    W1, b1, W2, b2, W3, b3 = params
    h = relu(linear(relu(linear(X, W1, b1)), W2, b2))
    theta = torch.cat([p.flatten() for p in params])  # a square and a sum for each p took 60 us longer
    return relu(1 - y * linear(h, W3, b3)).mean() + ALPHA * theta.dot(theta)


def torch_step(case: Case, loss_of: Callable[..., Any]) -> Step:
    import torch

    params, X, y = torch_parameters(case), torch.tensor(case["X"]), torch.tensor(case["y"])[:, None]

    def run() -> Any:
        loss = loss_of(params, X, y)
        loss.backward()
        return loss

    return Step(run, lambda loss: (loss.detach(), np.concatenate([p.grad.ravel() for p in params])), compiles=True)


def torch_eager(case: Case) -> Step:
    return torch_step(case, torch_loss)


def torch_compiled(case: Case) -> Step:
    return torch_step(case, compiled(torch_loss))


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Apply `torch.compile` for the shapes of one case, independent of earlier cases in this process."""
    import torch

    torch._dynamo.reset()
    result: Callable[..., Any] = torch.compile(function, dynamic=False)
    return result


def jax_jit(case: Case) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    theta, X, y = jax.device_put((case["theta"], case["X"], case["y"]))  # one array took a fifth less than six
    gradient = jax.jit(jax.value_and_grad(lambda theta, X, y: loss_with(jax.numpy, tensors(theta), X, y)))
    return Step(lambda: jax.block_until_ready(gradient(theta, X, y)), lambda result: result)


def jax_vmap(case: Case) -> Step:
    """Write the loss of one point, and map its gradient over the points."""
    import jax

    jax.config.update("jax_enable_x64", True)
    theta, X, y = jax.device_put((case["theta"], case["X"], case["y"]))

    def loss(theta: Any, x: Any, label: Any) -> Any:
        return loss_with(jax.numpy, tensors(theta), x[None], label)

    mapped = jax.vmap(jax.value_and_grad(loss), (None, 0, 0))
    gradient = jax.jit(lambda theta, X, y: jax.tree.map(lambda a: a.mean(0), mapped(theta, X, y)))
    return Step(lambda: jax.block_until_ready(gradient(theta, X, y)), lambda result: result)


def numba_loops(case: Case) -> Step:
    """Write the loops by hand, forward and backward, as for C."""
    import numba

    @numba.njit(fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
    def moons(X: Any, y: Any, weights: Any, grads: Any) -> float:
        W1, b1, W2, b2, W3, b3 = weights
        gW1, gb1, gW2, gb2, gW3, gb3 = grads
        width, n, total = len(b1), len(y), 0.0
        h1, h2, d1 = np.empty(width), np.empty(width), np.empty(width)
        for g, w in ((gW1, W1), (gW2, W2), (gW3, W3)):
            g[:] = 2 * ALPHA * w
        for gb, b in ((gb1, b1), (gb2, b2), (gb3, b3)):
            gb[:] = 2 * ALPHA * b
        for k in range(n):
            for i in range(width):
                h1[i] = max(0.0, b1[i] + W1[i, 0] * X[k, 0] + W1[i, 1] * X[k, 1])
            score = b3[0]
            for i in range(width):
                a = b2[i]
                for j in range(width):
                    a += W2[i, j] * h1[j]
                h2[i] = max(0.0, a)
                score += W3[0, i] * h2[i]
            margin = 1 - y[k] * score
            if margin <= 0:
                continue
            total += margin
            d = -y[k] / n
            gb3[0] += d
            d1[:] = 0.0
            for i in range(width):
                gW3[0, i] += d * h2[i]
                if h2[i] > 0:
                    d2 = d * W3[0, i]
                    gb2[i] += d2
                    for j in range(width):
                        gW2[i, j] += d2 * h1[j]
                        d1[j] += d2 * W2[i, j]
            for j in range(width):
                if h1[j] > 0:
                    gb1[j] += d1[j]
                    gW1[j, 0] += d1[j] * X[k, 0]
                    gW1[j, 1] += d1[j] * X[k, 1]
        penalty = (W1 * W1).sum() + (W2 * W2).sum() + (W3 * W3).sum() + (b1 * b1).sum() + (b2 * b2).sum() + b3[0] ** 2
        return total / n + ALPHA * penalty

    theta, X, y = case["theta"], case["X"], case["y"].astype(float)
    grad = np.empty_like(theta)
    weights, grads = tuple(tensors(theta)), tuple(tensors(grad))
    return Step(lambda: moons(X, y, weights, grads), lambda loss: (loss, grad), compiles=True)


def hips(case: Case) -> Step:
    import autograd.numpy

    import autograd  # HIPS's, in its own environment

    params, X, y = tensors(case["theta"]), case["X"], case["y"]
    gradient = autograd.value_and_grad(lambda params: loss_with(autograd.numpy, params, X, y))
    return Step(lambda: gradient(params), lambda result: (result[0], np.concatenate([g.ravel() for g in result[1]])))


def casadi_tensors(theta: Any, shapes: Any) -> list[Any]:
    """Do the same as `tensors` for CasADi, which stores matrices by columns."""
    import casadi as ca

    parts = ca.vertsplit(theta, [0, *np.cumsum([math.prod(shape) for shape in shapes]).tolist()])
    return [ca.reshape(p, *s[::-1]).T if len(s) > 1 else p for p, s in zip(parts, shapes)]


def casadi(case: Case) -> Step:
    """Make one function of matrices (MX) for loss and gradient of the batch; mapped scalars (SX) took ten times as long."""
    import casadi as ca

    n = len(case["y"])
    X, y, theta = ca.MX.sym("X", 2, n), ca.MX.sym("y", 1, n), ca.MX.sym("theta", 337)
    W1, b1, W2, b2, W3, b3 = casadi_tensors(theta, SHAPES)
    h = ca.fmax(W1 @ X + ca.repmat(b1, 1, n), 0)
    h = ca.fmax(W2 @ h + ca.repmat(b2, 1, n), 0)
    loss = ca.sum2(ca.fmax(1 - y * (W3 @ h + b3), 0)) / n + ALPHA * ca.sumsqr(theta)
    gradient = ca.Function("moons", [theta, X, y], [loss, ca.gradient(loss, theta)])
    return casadi_function_step(gradient, case["theta"], case["X"], case["y"])


def casadi_function_step(gradient: Any, *arguments: Any) -> Step:
    """Call the function on fixed buffers, the fastest way. Arrays (n, k) are its (k, n) by columns."""
    arrays = [np.ascontiguousarray(a, dtype=float) for a in arguments]
    loss, grad = np.zeros(1), np.zeros(len(arguments[0]))
    buffer, trigger = gradient.buffer()
    for i, array in enumerate(arrays):
        buffer.set_arg(i, memoryview(array))
    for i, array in enumerate((loss, grad)):
        buffer.set_res(i, memoryview(array))
    return Step(trigger, lambda _: (loss[0], grad), keep=(buffer, arrays))


def scalar_step(total: Callable[[Any, Any], Any], parameters: list[Any], case: Case, chunk: int = CHUNK) -> Step:
    """Make a step of a scalar engine: the graph of up to `chunk` examples, its backward pass, then the next graph."""
    X, y, n = case["X"].tolist(), case["y"].tolist(), len(case["y"])

    def run() -> float:
        loss = 0.0
        for start in range(0, n, chunk):
            rows = slice(start, start + chunk)
            part = total(X[rows], y[rows]) * (len(X[rows]) / n)
            part.backward()
            loss += part.data
        return loss

    return Step(run, lambda loss: (loss, [p.grad for p in parameters]))


def mean_hinge(model: Any, parameters: list[Any], hinge: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Compute micrograd's loss of a batch."""

    def total(X: Any, y: Any) -> Any:
        losses = [hinge(model(x), label) for x, label in zip(X, y)]
        return sum(losses) * (1.0 / len(losses)) + ALPHA * sum(p * p for p in parameters)

    return total


def micrograd(case: Case) -> Step:
    from micrograd.engine import Value
    from micrograd.nn import MLP

    model = MLP(2, [16, 16, 1])
    parameters = [
        p for layer in model.layers for p in [w for n in layer.neurons for w in n.w] + [n.b for n in layer.neurons]
    ]
    assert len(parameters) == len(model.parameters())
    for p, data in zip(parameters, case["theta"].tolist()):
        p.data = data
    total = mean_hinge(lambda x: model(list(map(Value, x))), parameters, lambda score, label: (1 + -label * score).relu())
    return scalar_step(total, parameters, case)


def stepgrad_model(theta: Any) -> Any:
    import nn

    model = nn.MLP(2, [16, 16, 1])
    for p, data in zip(model.parameters(), theta.tolist()):
        p.data = data
    return model


def stepgrad_eager(case: Case) -> Step:
    import nn

    model = stepgrad_model(case["theta"])
    parameters = model.parameters()
    return scalar_step(mean_hinge(model, parameters, nn.hinge_loss), parameters, case)


def stepgrad_program(case: Case) -> Step:
    program, parameters, rows = program_of(case)
    return Step(lambda: program.backward(rows), lambda loss: (loss, [p.grad for p in parameters]))


def program_of(case: Case) -> tuple[Any, list[Any], Any]:
    """Return the Program of one example's loss, its parameters, and the examples (n, 3)."""
    import autograd
    import nn

    model = stepgrad_model(case["theta"])
    parameters = model.parameters()
    *x, y = (autograd.Value(number) for number in (0.5, -0.5, 1.0))
    loss = nn.hinge_loss(model(x), y) + ALPHA * autograd.dot(parameters, parameters)
    program = autograd.compile(loss, inputs=[*x, y], parameters=parameters)
    return program, parameters, np.column_stack([case["X"], case["y"]])


PEERS = {
    "micrograd": micrograd, "c": c, "c from Python": lambda case: replace(c(case), repeat=None), "numpy": numpy_by_hand,
    "torch": torch_eager, "torch.compile": torch_compiled, "jax": jax_jit, "jax vmap": jax_vmap, "numba": numba_loops,
    "hips": hips, "casadi": casadi, "stepgrad": stepgrad_eager, "program": stepgrad_program,
}  # fmt: skip

if __name__ == "__main__":
    main(PEERS)
