"""An LSTM cell (4 inputs, 16 states) unrolled over 50 steps on 64 sequences, mean squared error of the last state.

The loss and the 1408 gradients are compared. PyTorch runs its `nn.LSTM`, JAX a `lax.scan`, and the others a loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from handwritten import function
from measure import Case, Step, main
from moons_step import casadi_function_step, casadi_tensors, scalar_step, tensors

IN, HIDDEN = 4, 16
SHAPES = ((4 * HIDDEN, IN), (4 * HIDDEN, HIDDEN), (4 * HIDDEN,), (4 * HIDDEN,))


def cell(np: Any, params: Any, x: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """Compute (h, c) after one element, with a NumPy-like namespace. x: (n, 4), h and c: (n, 16)."""
    Wx, Wh, bx, bh = params
    a = x @ Wx.T + h @ Wh.T + (bx + bh)
    i, f, g, o = (a[:, k * HIDDEN : (k + 1) * HIDDEN] for k in range(4))
    c = sigmoid(np, f) * c + sigmoid(np, i) * np.tanh(g)
    return sigmoid(np, o) * np.tanh(c), c


def sigmoid(np: Any, x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def numpy_by_hand(case: Case) -> Step:
    theta, Y = case["theta"], case["Y"]
    X = np.ascontiguousarray(case["X"].swapaxes(0, 1))  # (steps, n, 4)
    grad, (n, size), steps = np.empty_like(theta), Y.shape, len(X)
    (Wx, Wh, bx, bh), (gWx, gWh, gbx, gbh) = tensors(theta, SHAPES), tensors(grad, SHAPES)

    def forward() -> tuple[list[Any], list[Any], list[Any], list[Any]]:
        h = c = np.zeros((n, size))
        hs, cs, gates, tanhs = [h], [c], [], []
        from_x = X @ Wx.T + (bx + bh)
        for t in range(steps):
            a = from_x[t] + h @ Wh.T
            g = np.tanh(a[:, 2 * size : 3 * size])
            a = sigmoid(np, a)
            a[:, 2 * size : 3 * size] = g
            i, f, g, o = np.hsplit(a, 4)
            c = f * c + i * g
            tanh_c = np.tanh(c)
            h = o * tanh_c
            hs.append(h), cs.append(c), gates.append((i, f, g, o)), tanhs.append(tanh_c)
        return hs, cs, gates, tanhs

    def run() -> float:
        hs, cs, gates, tanhs = forward()
        error = hs[-1] - Y
        dh, dc = error * (2 / error.size), np.zeros((n, size))
        das = np.empty((steps, n, 4 * size))
        for t in reversed(range(steps)):
            (i, f, g, o), tanh_c, da = gates[t], tanhs[t], das[t]
            d = dc + dh * o * (1 - tanh_c**2)
            da[:, :size] = d * g * i * (1 - i)
            da[:, size : 2 * size] = d * cs[t] * f * (1 - f)
            da[:, 2 * size : 3 * size] = d * i * (1 - g**2)
            da[:, 3 * size :] = dh * tanh_c * o * (1 - o)
            dc, dh = d * f, da @ Wh
        rows = das.reshape(-1, 4 * size)
        np.matmul(rows.T, X.reshape(-1, IN), out=gWx)
        np.matmul(rows.T, np.concatenate(hs[:-1]), out=gWh)
        gbx[:] = gbh[:] = rows.sum(0)
        return np.vdot(error, error) / error.size

    return Step(run, lambda loss: (loss, grad))


def c(case: Case) -> Step:
    theta, X, Y = (np.ascontiguousarray(case[name]) for name in ("theta", "X", "Y"))
    grad = np.empty_like(theta)
    arguments = theta, X, Y, len(Y), grad
    return Step(function("lstm", *arguments), lambda loss: (loss, grad), repeat=function("lstm_repeat", *arguments))


def torch_step(case: Case, compiled: bool) -> Step:
    import torch

    torch.set_num_threads(1)
    model = torch.nn.LSTM(IN, HIDDEN, batch_first=False, dtype=torch.float64)
    with torch.no_grad():
        for p, data in zip(model.parameters(), tensors(case["theta"], SHAPES)):
            p.copy_(torch.tensor(data))
    X, Y = torch.tensor(case["X"].swapaxes(0, 1).copy()), torch.tensor(case["Y"])
    forward = torch.compile(model) if compiled else model

    def run() -> Any:
        loss = torch.nn.functional.mse_loss(forward(X)[1][0][0], Y)
        loss.backward()
        return loss

    return Step(
        run, lambda loss: (loss.detach(), np.concatenate([p.grad.ravel() for p in model.parameters()])), compiles=True
    )


def torch_eager(case: Case) -> Step:
    return torch_step(case, compiled=False)


def torch_compiled(case: Case) -> Step:
    return torch_step(case, compiled=True)


def jax_jit(case: Case) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    theta, X, Y = jax.device_put((case["theta"], case["X"].swapaxes(0, 1), case["Y"]))

    def loss_of(theta: Any, X: Any, Y: Any) -> Any:
        params, zeros = tensors(theta, SHAPES), jax.numpy.zeros_like(Y)
        (h, _), _ = jax.lax.scan(lambda state, x: (cell(jax.numpy, params, x, *state), None), (zeros, zeros), X)
        return jax.numpy.mean((h - Y) ** 2)

    gradient = jax.jit(jax.value_and_grad(loss_of))
    return Step(lambda: jax.block_until_ready(gradient(theta, X, Y)), lambda result: result)


def hips(case: Case) -> Step:
    import autograd.numpy

    import autograd  # HIPS's, in its own environment

    params, X, Y = tensors(case["theta"], SHAPES), case["X"].swapaxes(0, 1), case["Y"]

    def loss_of(params: Any) -> Any:
        h = c = np.zeros_like(Y)
        for x in X:
            h, c = cell(autograd.numpy, params, x, h, c)
        return autograd.numpy.mean((h - Y) ** 2)

    gradient = autograd.value_and_grad(loss_of)
    return Step(lambda: gradient(params), lambda result: (result[0], np.concatenate([g.ravel() for g in result[1]])))


def casadi(case: Case) -> Step:
    import casadi as ca

    n, steps = case["X"].shape[:2]
    X, Y, theta = ca.MX.sym("X", IN * n, steps), ca.MX.sym("Y", HIDDEN, n), ca.MX.sym("theta", len(case["theta"]))
    Wx, Wh, bx, bh = casadi_tensors(theta, SHAPES)
    h = c = ca.MX.zeros(HIDDEN, n)
    b = ca.repmat(bx + bh, 1, n)
    for x in ca.horzsplit(X):
        i, f, g, o = ca.vertsplit(Wx @ ca.reshape(x, IN, n) + Wh @ h + b, HIDDEN)
        c = sigmoid(ca, f) * c + sigmoid(ca, i) * ca.tanh(g)
        h = sigmoid(ca, o) * ca.tanh(c)
    loss = ca.sumsqr(h - Y) / (HIDDEN * n)
    gradient = ca.Function("lstm", [theta, X, Y], [loss, ca.gradient(loss, theta)])
    return casadi_function_step(gradient, case["theta"], case["X"].swapaxes(0, 1), case["Y"])


def scalar_loss(cell: Any, parameters: list[Any], case: Case) -> Step:
    """Make a step of a scalar engine, one sequence's graph at a time: all at once would take gigabytes."""

    def total(X: Any, Y: Any) -> Any:
        state = [0.0] * HIDDEN, [0.0] * HIDDEN
        for x in X[0]:
            state = cell(x, state)
        return sum((h + -y) ** 2 for h, y in zip(state[0], Y[0])) * (1 / HIDDEN)

    return scalar_step(total, parameters, {"X": case["X"], "y": case["Y"]}, chunk=1)


def python_values(case: Case) -> Step:
    from python_values import Node, linear

    parameters = [Node(number) for number in case["theta"].tolist()]
    Wx, Wh, bx, bh = (p.tolist() for p in tensors(np.array(parameters, dtype=object), SHAPES))

    def cell(x: Any, state: Any) -> Any:
        h, c = state
        a = [p + q + r + s for p, q, r, s in zip(linear(Wx, x), linear(Wh, h), bx, bh)]
        i, f, g, o = (a[k : k + HIDDEN] for k in range(0, 4 * HIDDEN, HIDDEN))
        c = [f.sigmoid() * c + i.sigmoid() * g.tanh() for i, f, g, c in zip(i, f, g, c)]
        return [o.sigmoid() * c.tanh() for o, c in zip(o, c)], c

    return scalar_loss(cell, parameters, case)


def stepgrad_cell(case: Case) -> Any:
    import nn

    cell = nn.LSTMCell(IN, HIDDEN)
    for p, data in zip(cell.parameters(), case["theta"].tolist()):
        p.data = data
    return cell


def stepgrad_eager(case: Case) -> Step:
    cell = stepgrad_cell(case)
    return scalar_loss(cell, cell.parameters(), case)


def stepgrad_program(case: Case) -> Step:
    """Trace one sequence as a graph of 200 inputs and 16 targets, for examples of 216 numbers."""
    import autograd
    import nn

    cell = stepgrad_cell(case)
    n, steps = case["X"].shape[:2]
    xs = [[autograd.Value(0.1) for _ in range(IN)] for _ in range(steps)]
    ys = [autograd.Value(0.1) for _ in range(HIDDEN)]
    state = None
    for x in xs:
        state = cell(x, state)
    inputs = [x for row in xs for x in row] + ys
    program = autograd.compile(nn.mse_loss(state[0], ys), inputs=inputs, parameters=cell.parameters())
    rows = np.concatenate([case["X"].reshape(n, -1), case["Y"]], axis=1)
    return Step(lambda: program.backward(rows), lambda loss: (loss, [p.grad for p in cell.parameters()]), compiles=True)


PEERS = {
    "python": python_values, "c": c, "numpy": numpy_by_hand, "torch": torch_eager, "torch.compile": torch_compiled,
    "jax": jax_jit, "hips": hips, "casadi": casadi, "stepgrad": stepgrad_eager, "program": stepgrad_program,
}  # fmt: skip

if __name__ == "__main__":
    main(PEERS)
