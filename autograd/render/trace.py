"""The backward pass, one node at a time, with every number that takes part."""

from __future__ import annotations

from dataclasses import dataclass

from autograd.graph import names, topological_order
from autograd.ops import TABLE
from autograd.render.text import number
from autograd.value import Value


@dataclass(frozen=True)
class Contribution:
    """What one step adds to the gradient of one input: before + local * upstream = after."""

    input: Value
    local: float
    before: float
    after: float


@dataclass(frozen=True)
class BackwardStep:
    """One node passing its gradient on: `upstream` is d(root)/d(node), complete when the step begins."""

    node: Value
    upstream: float
    contributions: tuple[Contribution, ...]


def trace_backward(root: Value) -> list[BackwardStep]:
    """Run `root.backward()` and return its steps in order; the gradients are the same to the last bit."""
    start = {node: 0.0 if node.op else node.grad for node in topological_order(root)}
    root.backward()
    so_far = {**start, root: start[root] + 1.0}
    steps = []
    for node in reversed([node for node in start if node.op]):
        contributions = []
        for x, local in zip(node.inputs, node.local_grads):
            before, so_far[x] = so_far[x], so_far[x] + local * node.grad
            contributions.append(Contribution(x, local, before, so_far[x]))
        steps.append(BackwardStep(node, node.grad, tuple(contributions)))
    return steps


def table(steps: list[BackwardStep]) -> str:
    """The steps as lines of text: node, upstream, and for each input before + local x upstream = after."""
    order = topological_order(steps[0].node) if steps else []
    name = names(order)
    lines = [f"{'node':<12}{'upstream':>12}   gradient of each input: before + local x upstream = so far"]
    for step in steps:
        title = f"{name[step.node]} [{TABLE[step.node.op].symbol}]"
        for c in step.contributions:
            sum_ = f"{number(c.before)} + {number(c.local)} x {number(step.upstream)} = {number(c.after)}"
            lines.append(f"{title:<12}{number(step.upstream) if title else '':>12}   {name[c.input]:<6}{sum_}")
            title = ""
    return "\n".join(lines)
