"""A whole training step on the moons, the moons step plus Adam's update, for C and every peer with an Adam.

The loss of the tenth step and the 337 parameters after it are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import moons_step
import numpy as np
from handwritten import function
from measure import Case, Step, main

RATE, BETA1, BETA2, EPS = 0.01, 0.9, 0.999, 1e-8
STEPS = 10


def adam(np: Any, w: Any, g: Any, m: Any, v: Any, t: Any) -> tuple[Any, Any, Any]:
    """Apply Adam (Kingma and Ba 2015) with a NumPy-like namespace: return the parameters after step t, and both means."""
    m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g * g
    return w - RATE * (m / (1 - BETA1**t)) / (np.sqrt(v / (1 - BETA2**t)) + EPS), m, v


def c(case: Case) -> Step:
    theta, X, y = (np.ascontiguousarray(case[name]) for name in ("theta", "X", "y"))
    grad, memory, done = np.empty_like(theta), np.zeros((2, len(theta))), 0
    train = function("moons_train", theta, X, y, len(y), grad, memory)

    def repeat(loops: int) -> float:
        nonlocal done
        done += loops
        return train(done - loops, loops)

    return Step(lambda: repeat(1), lambda loss: (loss, theta), repeat, STEPS)


def numpy_by_hand(case: Case) -> Step:
    case = {**case, "theta": case["theta"].copy()}
    theta = case["theta"]
    forward_backward = moons_step.numpy_by_hand(case)
    m = v = np.zeros(len(theta))
    t = 0

    def run() -> Any:
        nonlocal m, v, t
        t += 1
        loss, grad = forward_backward.read(forward_backward.run())
        theta[:], m, v = adam(np, theta, grad, m, v, t)
        return loss

    return Step(run, lambda loss: (loss, theta), runs=STEPS)


def torch_step(case: Case, loss_of: Callable[..., Any], **options: Any) -> Step:
    import torch

    params, X, y = moons_step.torch_parameters(case), torch.tensor(case["X"]), torch.tensor(case["y"])[:, None]
    optimizer = torch.optim.Adam(params, lr=RATE, **options)

    def run() -> Any:
        optimizer.zero_grad()
        loss = loss_of(params, X, y)
        loss.backward()
        optimizer.step()
        return loss

    return Step(
        run, lambda loss: (loss.detach(), np.concatenate([p.detach().ravel() for p in params])), runs=STEPS, compiles=True
    )


def torch_eager(case: Case) -> Step:
    return torch_step(case, moons_step.torch_loss)


def torch_fused(case: Case) -> Step:
    return torch_step(case, moons_step.torch_loss, fused=True)


def torch_compiled(case: Case) -> Step:
    return torch_step(case, moons_step.compiled(moons_step.torch_loss), fused=True)


def jax_jit(case: Case) -> Step:
    """Make one compiled function for gradient and update, which may reuse its arguments' memory."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def loss_of(theta: Any, X: Any, y: Any) -> Any:
        return moons_step.loss_with(jax.numpy, moons_step.tensors(theta), X, y)

    gradient = jax.value_and_grad(loss_of)

    def step(theta: Any, m: Any, v: Any, t: Any, X: Any, y: Any) -> Any:
        loss, grad = gradient(theta, X, y)
        return loss, *adam(jax.numpy, theta, grad, m, v, t + 1), t + 1

    zero = np.zeros_like(case["theta"])
    state = jax.device_put((case["theta"], zero, zero.copy(), 0.0))
    X, y = jax.device_put((case["X"], case["y"]))
    compiled = jax.jit(step, donate_argnums=(0, 1, 2, 3))

    def run() -> Any:
        nonlocal state
        loss, *state = compiled(*state, X, y)
        jax.block_until_ready(state)
        return loss

    return Step(run, lambda loss: (loss, state[0]), runs=STEPS)


def stepgrad_step(forward_backward: Step, model_parameters: list[Any]) -> Step:
    import nn

    optimizer = nn.Adam(model_parameters, lr=RATE)

    def run() -> Any:
        optimizer.zero_grad()
        loss = forward_backward.run()
        optimizer.step()
        return loss

    return Step(run, lambda loss: (loss, [p.data for p in model_parameters]), runs=STEPS)


def stepgrad_eager(case: Case) -> Step:
    import nn

    model = moons_step.stepgrad_model(case["theta"])
    parameters = model.parameters()
    total = moons_step.mean_hinge(model, parameters, nn.hinge_loss)
    return stepgrad_step(moons_step.scalar_step(total, parameters, case), parameters)


def stepgrad_program(case: Case) -> Step:
    program, parameters, rows = moons_step.program_of(case)
    return stepgrad_step(Step(lambda: program.backward(rows), lambda loss: (loss, ())), parameters)


PEERS = {
    "c": c, "numpy": numpy_by_hand, "torch": torch_eager, "torch fused": torch_fused, "torch.compile": torch_compiled,
    "jax": jax_jit, "stepgrad": stepgrad_eager, "program": stepgrad_program,
}  # fmt: skip

if __name__ == "__main__":
    main(PEERS)
