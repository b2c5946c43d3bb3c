"""Compiling a graph of 1,000 to 1,000,000 operations together with its gradient: seconds and memory for each node.

The value and the derivatives with respect to the 100 parameters are compared at one point. Time: from the recorded graph
(for JAX and PyTorch a function, so that tracing is included) to a callable that returns value and gradient. Memory: the
peak growth of the process's resident memory.
"""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from measure import Case, Step, clock, main


def plan(case: Case) -> tuple[list[int], list[int], int]:
    """Convert the case to plain numbers: kinds of operations, their other operands, pairs of operations in a block."""
    return case["kind"].tolist(), case["other"].tolist(), int(case["block"])


def build(x: Any, theta: Any, plan: tuple[list[int], list[int], int], sin: Callable[[Any], Any]) -> Any:
    """Build the graph on scalars of any kind."""
    operations = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b]
    leaves, result = [*x, *theta], None
    kinds, others, block = plan
    for start in range(0, len(kinds), block):
        numbers = list(leaves)
        for kind, other in zip(kinds[start : start + block], others[start : start + block]):
            numbers.append(operations[kind](numbers[-1], numbers[other]))
            numbers.append(sin(numbers[-1]))
        result = numbers[-1] if result is None else result + numbers[-1]
    return result


def status(key: str) -> int:
    """Return a number of bytes from Linux's status of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def processor() -> float:
    """Return the CPU seconds so far, including those of finished child processes."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock() + children.ru_utime + children.ru_stime


def measured(case: Case, compile: Callable[[], Any], read: Callable[[Any], tuple[Any, Any]]) -> Step:
    """Make a step that only reads: the compilation itself is measured, once."""
    gc.collect()
    before, peak = status("VmRSS"), Path("/proc/self/clear_refs")
    if os.access(peak, os.W_OK):
        peak.write_text("5")  # resets the peak, VmHWM
    start = processor()
    compiled = compile()
    seconds, nodes = processor() - start, int(case["size"])
    notes = {"bytes a node": (status("VmHWM") - before) / nodes}
    return Step(lambda: compiled, read, times=[seconds], steps=nodes, notes=notes)


def stepgrad_program(case: Case) -> Step:
    import autograd

    x, theta = ([autograd.Value(number) for number in case[name].tolist()] for name in ("x", "theta"))
    result = build(x, theta, plan(case), autograd.sin)

    def compile() -> float:  # up to the first gradient, because a Program compiles on first use
        program = autograd.compile(result, inputs=x, parameters=theta, strict=False)
        return program.backward(case["x"][None])

    return measured(case, compile, lambda loss: (loss, [p.grad for p in theta]))


def casadi(case: Case) -> Step:
    import casadi as ca

    x, theta = ca.SX.sym("x", len(case["x"])), ca.SX.sym("theta", len(case["theta"]))
    result = build(ca.vertsplit(x), ca.vertsplit(theta), plan(case), ca.sin)

    def read(function: Any) -> Any:
        value, grad = function(case["x"], case["theta"])
        return float(value), np.array(grad)

    return measured(case, lambda: ca.Function("graph", [x, theta], [result, ca.gradient(result, theta)]), read)


def jax_jit(case: Case) -> Step:
    import jax

    jax.config.update("jax_enable_x64", True)
    theta, x = jax.device_put((case["theta"], case["x"]))
    steps = plan(case)
    gradient = jax.jit(jax.value_and_grad(lambda theta, x: build(list(x), list(theta), steps, jax.numpy.sin)))
    return measured(case, lambda: gradient.lower(theta, x).compile(), lambda compiled: compiled(theta, x))


def torch_compiled(case: Case) -> Step:
    import torch

    theta, x = torch.tensor(case["theta"], requires_grad=True), torch.tensor(case["x"])
    steps = plan(case)
    function = torch.compile(lambda theta, x: build(x.unbind(), theta.unbind(), steps, torch.sin))

    def compile() -> Any:
        loss = function(theta, x)
        loss.backward()
        return loss

    return measured(case, compile, lambda loss: (loss.detach(), theta.grad))


def warm(peer: Callable[[Case], Step]) -> Callable[[Case], Step]:
    """Run the peer on a small graph first, so that its imports are not measured."""

    def measured_after(case: Case) -> Step:
        peer({**case, "kind": case["kind"][:5], "other": case["other"][:5]}).run()
        return peer(case)

    return measured_after


PEERS = {"torch.compile": torch_compiled, "jax": jax_jit, "casadi": casadi, "program": stepgrad_program}
PEERS = {name: warm(peer) for name, peer in PEERS.items()}

if __name__ == "__main__":
    main(PEERS)
