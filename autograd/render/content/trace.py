"""Record the backward pass one node at a time, with every number involved."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from autograd.engine import Value, recorded_operations
from autograd.graph import names, topological_order
from autograd.operations import TABLE
from autograd.render.content.text import DIGITS, SUM, check_digits, columns, equation, near, number, rules

SHOWN = 40  # steps shown at each end of a long table
INPUTS = 100  # shown for one step


@dataclass(frozen=True)
class Contribution:
    """The contribution of one step to the gradient of one input: before + value = after, where value = local * upstream.

    remaining: the number of paths that have yet to contribute to this input; at 0 its gradient is complete.
    rule: the local derivative in the graph's own names, `d tanh(z)/dz = 1 - tanh(z)^2`; its value here is `local`.
    """

    input: Value
    local: float
    value: float
    before: float
    after: float
    remaining: int
    rule: str


@dataclass(frozen=True)
class BackwardStep:
    """One node passing on its gradient. `upstream` is d(root)/d(node), which is complete when the step begins."""

    node: Value
    upstream: float
    contributions: tuple[Contribution, ...]

    @property
    def op(self) -> str:
        """The name of the operation, a key of `autograd.operations.TABLE`."""
        return self.node.op


class BackwardTrace(Sequence[BackwardStep]):
    """The steps of one backward pass, in order, as recorded by `trace_backward`. It prints as a table.

    Later changes of `.data` and `.grad` do not affect it. It stores numbers in arrays and creates steps on demand, so that
    a trace of a million steps takes seconds, and 48 bytes per edge.
    """

    start: dict[Value, float]

    def __init__(self, root: Value) -> None:
        if not isinstance(root, Value):
            several = isinstance(root, list | tuple) and len(root) > 1
            hint = ": for several results, start from their sum, such as a + b" if several else ""
            kind = type(root).__name__
            raise TypeError(f"a backward pass needs a Value to start from{hint}, got {kind}: {root!r}")
        nodes = recorded_operations(root)
        paths: dict[Value, int] = {root: 0}
        for node in nodes:
            for x in node.inputs:
                paths[x] = paths.get(x, 0) + 1
        so_far = {x: 0.0 if x.op else x.grad for x in paths}
        root.backward()
        so_far[root] += 1.0
        self.root = root
        self.paths = paths  # for every Value in the graph, the number of edges to its results
        self.start = dict(so_far)  # all gradients before the first step
        self._nodes = nodes[::-1]
        self._upstream, self._offsets = array("d"), array("q", [0])
        self._before, self._after, self._remaining = array("d"), array("d"), array("q")
        missing = dict(paths)
        for node in self._nodes:
            upstream = node.grad
            for x, local in zip(node.inputs, node.local_grads):
                self._before.append(so_far[x])
                so_far[x] += local * upstream
                missing[x] -= 1
                self._after.append(so_far[x])
                self._remaining.append(missing[x])
            self._upstream.append(upstream)
            self._offsets.append(len(self._before))
        self.final = so_far  # all gradients after the last step

    def __len__(self) -> int:
        return len(self._nodes)

    @overload
    def __getitem__(self, k: int) -> BackwardStep: ...
    @overload
    def __getitem__(self, k: slice) -> list[BackwardStep]: ...
    def __getitem__(self, k: int | slice) -> BackwardStep | list[BackwardStep]:
        """Return step k, counted from 0, or the steps of a slice."""
        if isinstance(k, slice):
            return [self[i] for i in range(*k.indices(len(self)))]
        k = range(len(self))[k]
        node, upstream = self._nodes[k], self._upstream[k]
        edges = range(self._offsets[k], self._offsets[k + 1])
        return BackwardStep(
            node,
            upstream,
            tuple(
                Contribution(x, local, local * upstream, self._before[e], self._after[e], self._remaining[e], rule)
                for x, local, rule, e in zip(node.inputs, node.local_grads, self.rules(node), edges)
            ),
        )

    @cached_property
    def names(self) -> dict[Value, str]:
        """A name for each Value of the graph, no two alike (see `autograd.graph.names`)."""
        return names(topological_order(self.root))

    def rules(self, node: Value, digits: int = DIGITS) -> list[str]:
        """The derivative of a node with respect to each of its inputs, in the names of the graph."""
        scopes = node.scope.path if node.scope else ()
        return rules(node, lambda x: near(self.names[x], scopes), digits)

    @property
    def nodes(self) -> Sequence[Value]:
        """The node of each step."""
        return self._nodes

    def state(self, k: int) -> tuple[dict[Value, float], dict[Value, int]]:
        """Return, for every Value, its gradient before step k and the number of paths that have contributed so far."""
        grads, arrived = dict(self.start), dict.fromkeys(self.paths, 0)
        for i in range(k):
            for x, e in zip(self._nodes[i].inputs, range(self._offsets[i], self._offsets[i + 1])):
                grads[x] = self._after[e]
                arrived[x] += 1
        return grads, arrived

    def table(self, digits: int = DIGITS) -> str:
        """Format the steps as lines of text, with this many significant digits, or more where an equation needs them.

        A long trace is shortened to its first and last steps. Raises ValueError unless digits is from 1 to 17.
        """
        return table(self, check_digits(digits))

    def __repr__(self) -> str:
        return self.table()

    __str__ = __repr__


def trace_backward(root: Value) -> BackwardTrace:
    """Run `root.backward()` and return its steps in order. The gradients are the same to the last bit.

    >>> x = Value(2.0, "x")
    >>> y = x * x
    >>> [(c.before, c.value, c.after, c.remaining) for c in trace_backward(y)[0].contributions]
    [(0.0, 2.0, 2.0, 1), (2.0, 2.0, 4.0, 0)]
    """
    return BackwardTrace(root)


def table(trace: BackwardTrace, digits: int = DIGITS) -> str:
    """Format the steps as lines of text: node, upstream, and for each input `had + upstream x local derivative = now`.

    A long trace is shortened to its first and last steps, with the number of steps in between.
    """
    left_out = len(trace) - 2 * SHOWN
    shown = range(len(trace)) if left_out < 2 else [*range(SHOWN), *range(len(trace) - SHOWN, len(trace))]
    rows: list[tuple[str, ...]] = [("node", "upstream", "input", SUM, "")]
    for k in shown:
        if left_out > 1 and k == len(trace) - SHOWN:
            rows.append((f"... {left_out:,} more steps ...", "", "", "", ""))
        rows += _rows(trace[k], trace, digits)
    widths = [max(columns(row[i]) for row in rows if row[3]) for i in range(5)]
    return "\n".join("   ".join(_padded(cell, w) for cell, w in zip(row, widths)).rstrip() for row in rows)


def _rows(step: BackwardStep, trace: BackwardTrace, digits: int) -> Iterator[tuple[str, ...]]:
    name, symbol = trace.names, TABLE[step.op].symbol
    title, upstream = f"{name[step.node]} [{symbol}]", number(step.upstream, digits)
    for c in step.contributions[:INPUTS]:
        had = None if is_first(c, trace.paths) else c.before
        sum_ = equation(had, step.upstream, c.local, c.after, digits)
        yield title, upstream, name[c.input], sum_, arrived(c, trace.paths)
        title = upstream = ""
    if len(step.contributions) > INPUTS:
        yield "", "", f"... {len(step.contributions) - INPUTS:,} more inputs ...", "", ""


def is_first(c: Contribution, paths: dict[Value, int]) -> bool:
    """True if this input had no gradient yet: there is nothing to add to."""
    return c.before == 0.0 and c.remaining == paths[c.input] - 1


def arrived(c: Contribution, paths: dict[Value, int]) -> str:
    """Say how many paths have contributed to this input: '1 of 2 paths'; '' if there is only one."""
    total = paths[c.input]
    return f"{total - c.remaining} of {total} paths" if total > 1 else ""


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))
