"""A Gaussian mixture: the mean negative log-likelihood of the points of a case and its gradient, as in ADBench's GMM.

Component k has a weight (a logit), a mean, and the inverse square root Q of its covariance: a lower triangle with the exp
of `diagonal` on its diagonal and `below` under it. The loss and all gradients are compared; the prior is left out.
ADBench: Srajer, Kukelova, Fitzgibbon, "A benchmark of selected algorithmic differentiation tools", 2018.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import Case, Step, main
from moons_step import compiled, tensors


def shapes(case: Case) -> list[tuple[int, ...]]:
    """Return the shapes of the weights, the means, `diagonal` and `below`."""
    d, K = case["X"].shape[1], int(case["components"])
    return [(K,), (K, d), (K, d), (K, d * (d - 1) // 2)]


def loss_with(
    np: Any, params: Any, X: Any, triangle: Callable[[Any, Any], Any], logsumexp: Callable[[Any, int], Any]
) -> Any:
    """Compute the loss with any NumPy-like namespace that differentiates. triangle: fills the Q (K, d, d)."""
    weights, means, diagonal, below = params
    (K, d), Q = means.shape, triangle(diagonal, below)
    centred = (X @ Q.reshape(K * d, d).T).reshape(-1, K, d) - (Q @ means[:, :, None])[:, :, 0]
    terms = weights + np.sum(diagonal, 1) - 0.5 * np.sum(centred * centred, 2)
    return np.mean(0.5 * d * math.log(2 * math.pi) + logsumexp(weights, 0) - logsumexp(terms, 1))


def torch_step(case: Case, wrap: Callable[[Any], Any]) -> Step:
    import torch

    torch.set_num_threads(1)
    d, sizes = case["X"].shape[1], shapes(case)
    params = [torch.tensor(p, requires_grad=True) for p in tensors(case["theta"], sizes)]
    X, (row, column) = torch.tensor(case["X"]), torch.tril_indices(d, d, -1)

    def triangle(diagonal: Any, below: Any) -> Any:
        return torch.diag_embed(diagonal.exp()).index_put((torch.arange(len(below))[:, None], row, column), below)

    loss_of = wrap(lambda *params: loss_with(torch, params, X, triangle, torch.logsumexp))

    def run() -> Any:
        loss = loss_of(*params)
        loss.backward()
        return loss

    return Step(
        run, lambda loss: (loss.detach(), np.concatenate([p.grad.ravel() for p in params])), compiles=wrap is compiled
    )


def torch_eager(case: Case) -> Step:
    return torch_step(case, lambda function: function)


def torch_compiled(case: Case) -> Step:
    return torch_step(case, compiled)


def jax_loss(case: Case) -> Callable[[Any, Any], Any]:
    """Return the loss of the parameters and of points (n, d)."""
    import jax

    sizes, (row, column) = shapes(case), np.tril_indices(case["X"].shape[1], -1)

    def triangle(diagonal: Any, below: Any) -> Any:
        Q = jax.numpy.exp(diagonal)[:, :, None] * jax.numpy.eye(diagonal.shape[1])
        return Q.at[:, row, column].set(below)

    return lambda theta, X: loss_with(jax.numpy, tensors(theta, sizes), X, triangle, jax.scipy.special.logsumexp)


def jax_jit(case: Case) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    theta, X = jax.device_put((case["theta"], case["X"]))
    gradient = jax.jit(jax.value_and_grad(jax_loss(case)))
    return Step(lambda: jax.block_until_ready(gradient(theta, X)), lambda result: result)


def jax_vmap(case: Case) -> Step:
    """Map the gradient of one point's loss over the points."""
    import jax

    jax.config.update("jax_enable_x64", True)
    theta, X = jax.device_put((case["theta"], case["X"]))
    loss = jax_loss(case)
    mapped = jax.vmap(jax.value_and_grad(lambda theta, x: loss(theta, x[None])), (None, 0))
    gradient = jax.jit(lambda theta, X: jax.tree.map(lambda a: a.mean(0), mapped(theta, X)))
    return Step(lambda: jax.block_until_ready(gradient(theta, X)), lambda result: result)


def of_one_point(params: Any, x: Any) -> Any:
    """Record the loss of one point on scalars, row by row of each Q."""
    from autograd import dot, exp, logsumexp

    weights, means, diagonal, below = params
    d, terms = len(x), []
    for k in range(len(weights)):
        centred = [x[j] - means[k][j] for j in range(d)]
        triangle = [[*below[k][i * (i - 1) // 2 : i * (i + 1) // 2], exp(diagonal[k][i])] for i in range(d)]
        rows = [dot(row, centred[: i + 1]) for i, row in enumerate(triangle)]
        terms.append(weights[k] + sum(diagonal[k]) - 0.5 * dot(rows, rows))
    return 0.5 * d * math.log(2 * math.pi) + logsumexp(weights) - logsumexp(terms)


def stepgrad_program(case: Case) -> Step:
    import autograd

    parameters = [autograd.Value(number) for number in case["theta"].tolist()]
    params = [p.tolist() for p in tensors(np.array(parameters, dtype=object), shapes(case))]
    x, X = [autograd.Value(number) for number in case["X"][0].tolist()], case["X"]
    loss = of_one_point(params, x)
    program = autograd.compile(loss, inputs=x, parameters=parameters)

    return Step(lambda: program.backward(X), lambda loss: (loss, [p.grad for p in parameters]))


def hips(case: Case) -> Step:
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    import autograd  # HIPS's, in its own environment

    d, sizes = case["X"].shape[1], shapes(case)
    row, column = np.tril_indices(d, -1)
    place = np.zeros((d * (d - 1) // 2, d, d))
    place[np.arange(len(row)), row, column] = 1.0

    def triangle(diagonal: Any, below: Any) -> Any:
        return anp.exp(diagonal)[:, :, None] * np.eye(d) + anp.tensordot(below, place, 1)

    def loss(theta: Any) -> Any:
        return loss_with(anp, tensors(theta, sizes), case["X"], triangle, logsumexp)

    gradient = autograd.value_and_grad(loss)
    return Step(lambda: gradient(case["theta"]), lambda result: result)


PEERS = {
    "torch": torch_eager, "torch.compile": torch_compiled, "jax": jax_jit, "jax vmap": jax_vmap, "hips": hips,
    "program": stepgrad_program,
}  # fmt: skip

if __name__ == "__main__":
    main(PEERS)
