"""The Hessian of the Rosenbrock function of 50 variables at the points of a case: (points, 50, 50), dense.

The mean of the function and all second derivatives are compared. f(x) = sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from handwritten import function
from measure import Case, Step, main


def f(x: Any) -> Any:
    """Compute the function of an array of 50."""
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def scalar_f(xs: Any) -> Any:
    """Compute the function of a sequence of 50 scalars of any kind."""
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(xs))


def mean_of(X: Any) -> float:
    """Compute the mean of the function: not part of the task, but used to compare peers that give only the Hessian."""
    return float(np.mean([f(x) for x in X]))


def hessians(X: Any, run: Callable[[], Any]) -> Step:
    return Step(run, lambda result: (mean_of(X), result))


def numpy_by_hand(case: Case) -> Step:
    X = case["X"]
    n, size = X.shape
    i = np.arange(size - 1)

    def run() -> Any:
        H = np.zeros((n, size, size))
        H[:, i, i] = 1200 * X[:, :-1] ** 2 - 400 * X[:, 1:] + 2
        H[:, i + 1, i + 1] += 200
        H[:, i, i + 1] = H[:, i + 1, i] = -400 * X[:, :-1]
        return H

    return hessians(X, run)


def c(case: Case) -> Step:
    X = case["X"]
    n, size = X.shape
    H = np.empty((n, size, size))
    run, repeat = (function(name, X, n, size, H) for name in ("rosenbrock", "rosenbrock_repeat"))
    return Step(run, lambda loss: (loss, H), repeat)


def torch_step(case: Case, compiled: bool) -> Step:
    import torch

    torch.set_num_threads(1)
    hessian = torch.func.vmap(torch.func.hessian(f))
    X = torch.tensor(case["X"])
    hessian = torch.compile(hessian) if compiled else hessian
    return hessians(case["X"], lambda: hessian(X))


def torch_eager(case: Case) -> Step:
    return torch_step(case, compiled=False)


def torch_compiled(case: Case) -> Step:
    return torch_step(case, compiled=True)


def jax_jit(case: Case) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    hessian, X = jax.jit(jax.vmap(jax.hessian(f))), jax.device_put(case["X"])
    return hessians(case["X"], lambda: jax.block_until_ready(hessian(X)))


def hips(case: Case) -> Step:
    import autograd.numpy

    import autograd  # HIPS's, in its own environment

    hessian = autograd.hessian(lambda x: autograd.numpy.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))
    return hessians(case["X"], lambda: [hessian(x) for x in case["X"]])


def casadi(case: Case) -> Step:
    """Use scalars (SX), whose Hessian CasADi finds to be tridiagonal, mapped over the points and made dense."""
    import casadi as ca

    n, size = case["X"].shape
    x = ca.SX.sym("x", size)
    one = ca.Function("one", [x], [ca.densify(ca.hessian(scalar_f(ca.vertsplit(x)), x)[0])])
    X, H = np.ascontiguousarray(case["X"]), np.zeros((n, size, size))
    buffer, trigger = one.map(n).buffer()
    buffer.set_arg(0, memoryview(X))
    buffer.set_res(0, memoryview(H))
    return Step(trigger, lambda _: (mean_of(X), H), keep=buffer)


def stepgrad_eager(case: Case) -> Step:
    import autograd

    return hessians(case["X"], lambda: [autograd.hessian(lambda *xs: scalar_f(xs), x) for x in case["X"].tolist()])


def stepgrad_program(case: Case) -> Step:
    """Record the gradient and its gradient once, at the first point; the 2500 second derivatives are the outputs."""
    import autograd

    xs = [autograd.Value(x) for x in case["X"][0].tolist()]
    slopes = autograd.grad(scalar_f(xs), xs, create_graph=True)
    outputs = [h for slope in slopes for h in autograd.grad(slope, xs, create_graph=True)]
    program = autograd.compile(outputs, inputs=xs, strict=False)  # the 0 and 1 of the chain rule are constants
    out = np.empty((len(case["X"]), len(outputs)))  # as C and CasADi write into one array
    return hessians(case["X"], lambda: program(case["X"], out=out))


PEERS = {
    "c": c, "c from Python": lambda case: replace(c(case), repeat=None), "numpy": numpy_by_hand, "torch": torch_eager,
    "torch.compile": torch_compiled, "jax": jax_jit, "hips": hips, "casadi": casadi, "stepgrad": stepgrad_eager,
    "program": stepgrad_program,
}  # fmt: skip

if __name__ == "__main__":
    main(PEERS)
