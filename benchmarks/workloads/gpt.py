"""Training steps of a one-layer GPT of the size of Karpathy's microgpt on names: 27 tokens, width 16, 4 heads, context 16.

A step is forward, backward and Adam's update on one name. Its time is that of 50 steps on different names, divided by 50,
after a first training in which compiled peers have compiled each length. The losses of the 50 steps are compared.
The peers that compute with scalars are in `gpt_scalars.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from gpt_scalars import python_values, stepgrad_eager, stepgrad_program
from gpt_training import BETA1, BETA2, EPS, HEAD, HEADS, RATE, SHAPES, SMALL, TOKENS, WIDTH, training
from handwritten import function
from measure import Case, Step, main
from moons_step import casadi_function_step, casadi_tensors, tensors


def rmsnorm(np: Any, x: Any) -> Any:
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + SMALL)


def log_softmax(np: Any, x: Any) -> Any:
    x = x - np.max(x, axis=-1, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))


def loss_with(np: Any, params: Any, tokens: Any) -> Any:
    """Compute the mean surprise at each next token. tokens: (n + 1,)."""
    wte, wpe, lm_head, wq, wk, wv, wo, fc1, fc2 = params
    n = len(tokens) - 1
    x = rmsnorm(np, wte[tokens[:-1]] + wpe[:n])
    h = rmsnorm(np, x)
    q, k, v = (np.transpose(np.reshape(h @ w.T, (n, HEADS, HEAD)), (1, 0, 2)) for w in (wq, wk, wv))
    scores = q @ np.transpose(k, (0, 2, 1)) / HEAD**0.5 + np.triu(np.full((n, n), -np.inf), 1)
    attended = np.exp(log_softmax(np, scores)) @ v
    x = x + np.reshape(np.transpose(attended, (1, 0, 2)), (n, WIDTH)) @ wo.T
    x = x + np.maximum(rmsnorm(np, x) @ fc1.T, 0) @ fc2.T
    return -np.mean(log_softmax(np, x @ lm_head.T)[np.arange(n), tokens[1:]])


def adam(np: Any, w: Any, g: Any, m: Any, v: Any, t: Any, rate: Any) -> tuple[Any, Any, Any]:
    m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g * g
    return w - rate * (m / (1 - BETA1**t)) / (np.sqrt(v / (1 - BETA2**t)) + EPS), m, v


def array_training(case: Case, gradient: Callable[[Any, Any], Any]) -> Step:
    """Make a training. gradient: maps flat parameters and tokens to the loss and the flat gradient, as NumPy arrays."""

    def start() -> Any:
        w = case["theta"]
        m = v = np.zeros(len(w))

        def step(tokens: Any, t: int, rate: float) -> Any:
            nonlocal w, m, v
            loss, grad = gradient(w, tokens)
            w, m, v = adam(np, w, grad, m, v, t, rate)
            return loss

        return step

    return training(case, start)


def rmsnorm_backward(x: Any, y: Any, d: Any) -> Any:
    """Compute dloss/dx for y = rmsnorm(x) and d = dloss/dy."""
    scale = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + SMALL)
    return scale * (d - y * (d * y).mean(-1, keepdims=True))


def numpy_gradient(w: Any, tokens: Any) -> tuple[Any, Any]:
    """Compute `loss_with` and its gradient by hand."""
    grad = np.zeros_like(w)
    wte, wpe, lm_head, wq, wk, wv, wo, fc1, fc2 = tensors(w, SHAPES)
    gte, gpe, g_head, gq, gk, gv, go, g1, g2 = tensors(grad, SHAPES)
    n = len(tokens) - 1
    e = wte[tokens[:-1]] + wpe[:n]
    x = rmsnorm(np, e)
    h = rmsnorm(np, x)
    q, k, v = ((h @ weight.T).reshape(n, HEADS, HEAD).swapaxes(0, 1) for weight in (wq, wk, wv))
    weights = np.exp(log_softmax(np, q @ k.swapaxes(1, 2) / HEAD**0.5 + np.triu(np.full((n, n), -np.inf), 1)))
    mixed = (weights @ v).swapaxes(0, 1).reshape(n, WIDTH)
    x1 = x + mixed @ wo.T
    h1 = rmsnorm(np, x1)
    wide = np.maximum(h1 @ fc1.T, 0)
    x2 = x1 + wide @ fc2.T
    surprise = -log_softmax(np, x2 @ lm_head.T)
    d = np.exp(-surprise) / n
    d[np.arange(n), tokens[1:]] -= 1 / n
    dx = d @ lm_head
    d_wide = dx @ fc2 * (wide > 0)
    d1 = dx + rmsnorm_backward(x1, h1, d_wide @ fc1)
    d_mixed = (d1 @ wo).reshape(n, HEADS, HEAD).swapaxes(0, 1)
    d_weights = d_mixed @ v.swapaxes(1, 2)
    d_scores = weights * (d_weights - (d_weights * weights).sum(-1, keepdims=True)) / HEAD**0.5
    by_head = d_scores @ k, d_scores.swapaxes(1, 2) @ q, weights.swapaxes(1, 2) @ d_mixed
    dq, dk, dv = (part.swapaxes(0, 1).reshape(n, WIDTH) for part in by_head)
    d0 = rmsnorm_backward(e, x, d1 + rmsnorm_backward(x, h, dq @ wq + dk @ wk + dv @ wv))
    pairs = ((g_head, d, x2), (g2, dx, wide), (g1, d_wide, h1), (go, d1, mixed), (gq, dq, h), (gk, dk, h), (gv, dv, h))
    for g, upstream, factor in pairs:
        np.matmul(upstream.T, factor, out=g)
    np.add.at(gte, tokens[:-1], d0)
    gpe[:n] = d0
    return surprise[np.arange(n), tokens[1:]].mean(), grad


def numpy_by_hand(case: Case) -> Step:
    return array_training(case, numpy_gradient)


def c(case: Case) -> Step:
    theta, grad, memory = np.empty(4192), np.empty(4192), np.empty((2, 4192))
    train, steps = function("gpt_train", theta, grad, memory), len(case["tokens"])

    def start() -> Any:
        theta[:] = case["theta"]
        memory[:] = 0
        return lambda tokens, t, rate: train(tokens.ctypes.data, len(tokens) - 1, t, steps)

    return training(case, start)


def casadi(case: Case) -> Step:
    """Make a function of matrices for each length. A column is a position, with a 1 at its token."""
    theta, functions = np.empty(4192), {}

    def gradient(w: Any, tokens: Any) -> Any:
        n = len(tokens) - 1
        if n not in functions:
            here, following = np.zeros((n, TOKENS)), np.zeros((n, TOKENS))
            functions[n] = here, following, casadi_function_step(casadi_gradient(n), theta, here, following)
        here, following, step = functions[n]
        theta[:], here[:], following[:] = w, np.eye(TOKENS)[tokens[:-1]], np.eye(TOKENS)[tokens[1:]]
        return step.read(step.run())

    return array_training(case, gradient)


def casadi_gradient(n: int) -> Any:
    """Make a function for the loss of n positions and its gradient."""
    import casadi as ca

    def rmsnorm(x: Any) -> Any:
        return x / ca.repmat(ca.sqrt(ca.sum1(x * x) / WIDTH + SMALL), WIDTH, 1)

    here, following, theta = ca.MX.sym("here", TOKENS, n), ca.MX.sym("next", TOKENS, n), ca.MX.sym("theta", 4192)
    wte, wpe, lm_head, wq, wk, wv, wo, fc1, fc2 = casadi_tensors(theta, SHAPES)
    x = rmsnorm(wte.T @ here + wpe.T[:, :n])
    h = rmsnorm(x)
    mixed = []
    for q, k, v in zip(*(ca.vertsplit(w @ h, HEAD) for w in (wq, wk, wv))):
        weights = ca.exp(k.T @ q / HEAD**0.5) * np.triu(np.ones((n, n)))  # no maximum subtracted: they are small here
        mixed.append(v @ (weights / ca.repmat(ca.sum1(weights), n, 1)))
    x = x + wo @ ca.vertcat(*mixed)
    x = x + fc2 @ ca.fmax(fc1 @ rmsnorm(x), 0)
    logits = lm_head @ x
    loss = (ca.sum2(ca.log(ca.sum1(ca.exp(logits)))) - ca.sum1(ca.sum2(logits * following))) / n
    return ca.Function("gpt", [theta, here, following], [loss, ca.gradient(loss, theta)])


def hips(case: Case) -> Step:
    import autograd.numpy

    import autograd  # HIPS's, in its own environment

    one = autograd.value_and_grad(lambda params, tokens: loss_with(autograd.numpy, params, tokens))

    def gradient(w: Any, tokens: Any) -> Any:
        loss, grads = one(tensors(w, SHAPES), tokens)
        return loss, np.concatenate([g.ravel() for g in grads])

    return array_training(case, gradient)


def jax_jit(case: Case) -> Step:
    """Make one function for gradient and update, compiled for each length."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def whole(w: Any, m: Any, v: Any, tokens: Any, t: Any, rate: Any) -> Any:
        loss, grad = jax.value_and_grad(lambda w: loss_with(jax.numpy, tensors(w, SHAPES), tokens))(w)
        return loss, adam(jax.numpy, w, grad, m, v, t, rate)

    compiled = jax.jit(whole, donate_argnums=(0, 1, 2))

    def start() -> Any:
        zero = np.zeros_like(case["theta"])
        state = jax.device_put((case["theta"].copy(), zero, zero.copy()))

        def step(tokens: Any, t: int, rate: float) -> Any:
            nonlocal state
            loss, state = compiled(*state, tokens, float(t), rate)
            return loss

        return step

    return training(case, start, compiles=True)


def torch_loss(params: Any, tokens: Any) -> Any:
    from torch.nn.functional import cross_entropy, linear, relu, rms_norm, scaled_dot_product_attention

    wte, wpe, lm_head, wq, wk, wv, wo, fc1, fc2 = params
    n = len(tokens) - 1
    x = rms_norm(wte[tokens[:-1]] + wpe[:n], (WIDTH,), eps=SMALL)
    h = rms_norm(x, (WIDTH,), eps=SMALL)
    q, k, v = (linear(h, w).view(n, HEADS, HEAD).transpose(0, 1) for w in (wq, wk, wv))
    attended = scaled_dot_product_attention(q, k, v, is_causal=True)
    x = x + linear(attended.transpose(0, 1).reshape(n, WIDTH), wo)
    x = x + linear(relu(linear(rms_norm(x, (WIDTH,), eps=SMALL), fc1)), fc2)
    return cross_entropy(linear(x, lm_head), tokens[1:])


def torch_training(case: Case, loss_of: Callable[..., Any]) -> Step:
    import torch

    torch.set_num_threads(1)

    def start() -> Any:
        params = [torch.tensor(p, requires_grad=True) for p in tensors(case["theta"], SHAPES)]
        optimizer = torch.optim.Adam(params, lr=RATE, betas=(BETA1, BETA2), eps=EPS, fused=True)

        def step(tokens: Any, t: int, rate: float) -> Any:
            optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad()
            loss = loss_of(params, torch.from_numpy(tokens))
            loss.backward()
            optimizer.step()
            return loss.detach()

        return step

    return training(case, start, compiles=True)


def torch_eager(case: Case) -> Step:
    return torch_training(case, torch_loss)


def torch_compiled(case: Case) -> Step:
    import torch

    torch._dynamo.config.recompile_limit = 32  # one for each length
    return torch_training(case, torch.compile(torch_loss, dynamic=False))


PEERS = {
    "python": python_values, "c": c, "numpy": numpy_by_hand, "torch": torch_eager, "torch.compile": torch_compiled,
    "jax": jax_jit, "hips": hips, "casadi": casadi, "stepgrad": stepgrad_eager, "program": stepgrad_program,
}  # fmt: skip

if __name__ == "__main__":
    assert sum(map(math.prod, SHAPES)) == 4192
    main(PEERS)
