"""A physics-informed network: the mean squared residual of Burgers' equation at the points of a case, and its gradient.

u(x, t) is an MLP 2-16-16-1 with tanh; the residual is u_t + u u_x - 0.01/pi u_xx, so that the gradient with respect to the
337 parameters differentiates second derivatives. Raissi et al., "Physics-informed neural networks", 2019.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from measure import Case, Step, main
from moons_step import compiled, tensors, torch_parameters

VISCOSITY = 0.01 / math.pi


def network(np: Any, params: Any, X: Any) -> Any:
    """Compute u of points (n, 2), or of one (2,), with any NumPy-like namespace that differentiates."""
    W1, b1, W2, b2, W3, b3 = params
    return (np.tanh(np.tanh(X @ W1.T + b1) @ W2.T + b2) @ W3.T + b3)[..., 0]


def torch_eager(case: Case) -> Step:
    import torch

    params, X = torch_parameters(case), torch.tensor(case["X"], requires_grad=True)

    def residuals() -> Any:
        u = network(torch, params, X)
        (slopes,) = torch.autograd.grad(u.sum(), X, create_graph=True)
        (second,) = torch.autograd.grad(slopes[:, 0].sum(), X, create_graph=True)
        residual = slopes[:, 1] + u * slopes[:, 0] - VISCOSITY * second[:, 0]
        return (residual * residual).mean()

    def run() -> Any:
        loss = residuals()
        return loss, torch.autograd.grad(loss, params, materialize_grads=True)

    return Step(run, lambda result: (result[0].detach(), np.concatenate([g.ravel() for g in result[1]])))


def torch_compiled(case: Case) -> Step:
    """Map functional derivatives of one point over the points, the form that `torch.compile` takes."""
    import torch
    from torch.func import grad, grad_and_value, vmap

    params, X = [p.detach() for p in torch_parameters(case)], torch.tensor(case["X"])
    gradient = compiled(grad_and_value(lambda params, X: squared(torch, grad, params, vmap, X)))

    def read(result: Any) -> tuple[Any, Any]:
        return result[1], np.concatenate([g.ravel() for g in result[0]])

    return Step(lambda: gradient(params, X), read, compiles=True)


def squared(np: Any, grad: Any, params: Any, vmap: Any, X: Any) -> Any:
    """Compute the loss with transformations of functions."""

    def residual(p: Any) -> Any:
        def u(x: Any, t: Any) -> Any:
            return network(np, params, np.stack((x, t)))

        x, t = p[0], p[1]
        second = grad(grad(u))(x, t)
        return grad(u, 1)(x, t) + u(x, t) * grad(u)(x, t) - VISCOSITY * second

    residuals = vmap(residual)(X)
    return (residuals * residuals).mean()


def jax_jit(case: Case) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    theta, X = jax.device_put((case["theta"], case["X"]))
    gradient = jax.jit(jax.value_and_grad(lambda theta, X: squared(jax.numpy, jax.grad, tensors(theta), jax.vmap, X)))
    return Step(lambda: jax.block_until_ready(gradient(theta, X)), lambda result: result)


def stepgrad_program(case: Case) -> Step:
    import autograd
    import nn

    model = nn.MLP(2, [16, 16, 1], activation="tanh")
    parameters = model.parameters()
    for p, data in zip(parameters, case["theta"].tolist()):
        p.data = data
    x, t = autograd.Value(0.5), autograd.Value(0.5)
    with autograd.tracing():
        u = model([x, t])
        u_x, u_t = autograd.grad(u, [x, t], create_graph=True)
        residual = u_t + u * u_x - VISCOSITY * autograd.grad(u_x, x, create_graph=True)
    program = autograd.compile(residual**2, inputs=[x, t], parameters=parameters, strict=False)
    X = case["X"]
    return Step(lambda: program.backward(X), lambda loss: (loss, [p.grad for p in parameters]))


PEERS = {
    "torch": torch_eager, "torch.compile": torch_compiled, "jax": jax_jit,
    "program": stepgrad_program,
}  # fmt: skip

if __name__ == "__main__":
    main(PEERS)
