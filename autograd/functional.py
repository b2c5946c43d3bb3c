"""Derivatives as functions: of a result (`grad`), of a function (`value_and_grad`, `jacobian`, `hessian`, `hvp`).

None of them touches the `grad` of any Value. With `create_graph=True` the derivative is itself recorded, so it can be
differentiated again, to any order: the rows of the table are then run on Values instead of floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, overload

from autograd.modes import check_number, check_path, differentiating, is_tracing
from autograd.ops import TABLE, Variadic
from autograd.value import Value, dot, operations, restore

if TYPE_CHECKING:
    import numpy as np

Function = Callable[..., Any]


class _Recording:
    """The arithmetic `m` for the rows of the table that records what they do, so that it has a derivative too."""

    differentiable = True

    def __getattr__(self, name: str) -> Any:
        if name not in TABLE:
            raise AttributeError(name)
        return TABLE[name]

    @staticmethod
    def where(condition: bool, x: Any, y: Any) -> Any:
        """The branch itself, without a node: the other branch has no part in the result."""
        return x if condition else y

    @staticmethod
    def cond(condition: bool, if_true: Callable[[], Any], if_false: Callable[[], Any]) -> Any:
        return if_true() if condition else if_false()

    @staticmethod
    def equal(x: Any, y: Any) -> bool:
        return bool(x <= y and x >= y)


_recording = _Recording()


class _Choice:
    """A Value in a row that is run while tracing: comparing it records a node, where Python would ask for a number."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    # fmt: off
    def __add__(self, other: Any) -> _Choice: return _Choice(self.value + _bare(other))
    def __radd__(self, other: Any) -> _Choice: return _Choice(other + self.value)
    def __sub__(self, other: Any) -> _Choice: return _Choice(self.value - _bare(other))
    def __rsub__(self, other: Any) -> _Choice: return _Choice(other - self.value)
    def __mul__(self, other: Any) -> _Choice: return _Choice(self.value * _bare(other))
    def __rmul__(self, other: Any) -> _Choice: return _Choice(other * self.value)
    def __neg__(self) -> _Choice: return _Choice(-self.value)
    def __lt__(self, other: Any) -> _Choice: return _Choice(TABLE["less"](self.value, _bare(other)))
    def __le__(self, other: Any) -> _Choice: return _Choice(TABLE["less_equal"](self.value, _bare(other)))
    def __gt__(self, other: Any) -> _Choice: return _Choice(TABLE["less"](_bare(other), self.value))
    def __ge__(self, other: Any) -> _Choice: return _Choice(TABLE["less_equal"](_bare(other), self.value))
    # fmt: on


def _bare(x: Any) -> Any:
    """The Value or number in x; of a sequence, those in it."""
    if isinstance(x, Iterable) and not isinstance(x, Value):
        return [_bare(element) for element in x]
    return x.value if isinstance(x, _Choice) else x


class _Tracing:
    """The arithmetic `m` while tracing: as `_Recording`, with both branches of every choice in the graph."""

    differentiable = True

    def __getattr__(self, name: str) -> Any:
        return lambda *xs: _Choice(TABLE[name](*map(_bare, xs)))

    @staticmethod
    def where(condition: Any, x: Any, y: Any) -> Any:
        """A node, with both branches; the branch itself where the condition is a plain number, as of `x**2` the 2."""
        condition = _bare(condition)
        if isinstance(condition, Value):
            return _Choice(TABLE["where"](condition, _bare(x), _bare(y)))
        return x if condition else y

    def cond(self, condition: Any, if_true: Callable[[], Any], if_false: Callable[[], Any]) -> Any:
        return self.where(condition, if_true(), if_false())


_tracing = _Tracing()


@overload
def grad(output: Value, inputs: Value, create_graph: bool = False) -> Any: ...
@overload
def grad(output: Value, inputs: Sequence[Value], create_graph: bool = False) -> tuple[Any, ...]: ...
def grad(output: Value, inputs: Any, create_graph: bool = False) -> Any:
    """The derivative of output towards each of inputs (`torch.autograd.grad`): floats, or Values with `create_graph`.

    `inputs` is a Value, or a sequence of them and then the result is a tuple. An input that output does not depend on
    has derivative 0. With `create_graph`, changing `.data` between recording and this call is a RuntimeError; within
    `tracing`, the derivative holds for all inputs, with `where` in place of the branch taken.

    >>> x = Value(2.0)
    >>> dy = grad(x**3, x, create_graph=True)
    >>> dy.data, grad(dy, x)
    (12.0, 12.0)
    """
    if isinstance(inputs, Value):
        return grad(output, (inputs,), create_graph)[0]
    for x in (output, *inputs):
        if not isinstance(x, Value):
            raise TypeError(f"grad takes Values: an output and the inputs it depends on, got {x!r}")
    grads: dict[Value, Any] = {output: 1.0}
    for node in reversed(operations(output)):
        if node not in grads:
            continue
        upstream = grads[node]
        for x, local in zip(node.inputs, _local_grads(node) if create_graph else node.local_grads):
            if create_graph and type(local) is float and local == 0.0:
                continue  # no path: a condition, or the branch that was not taken
            change = local if type(upstream) is float and upstream == 1.0 else local * upstream
            grads[x] = grads[x] + change if x in grads else change
    found = tuple(grads.get(x, 0.0) for x in inputs)
    return tuple(_constant(d) if type(d) is float else d for d in found) if create_graph else found


def _constant(number: float) -> Value:
    """A Value that is no leaf, so that `compile` need not be told of it: the sum of one plain number."""
    return restore("sum", (number,), (), number, 0.0, "", None)


def _local_grads(node: Value) -> list[Any]:
    """The local derivatives of a node as expressions in its operands, from its row of the table."""
    row = TABLE[node.op]
    if is_tracing():
        xs: list[Any] = [_Choice(x) for x in node.operands]
        if isinstance(row, Variadic):
            parts = row.partials[0](_tracing, *row.split(xs), _Choice(node))
            chosen = [_bare(d) for part in parts for d in part]
        else:
            chosen = [_bare(partial(_tracing, *xs, _Choice(node))) for partial in row.partials]
        return [d for x, d in zip(node.operands, chosen) if isinstance(x, Value)]
    if isinstance(row, Variadic):
        derivatives = [d for part in row.partials[0](_recording, *row.split(node.operands), node) for d in part]
    else:
        derivatives = [partial(_recording, *node.operands, node) for partial in row.partials]
    local = [d for x, d in zip(node.operands, derivatives) if isinstance(x, Value)]
    numbers = [d.data if isinstance(d, Value) else d for d in local]
    for x, recorded, now in zip(node.inputs, node.local_grads, numbers):
        both = math.isfinite(recorded) and math.isfinite(now)  # their last digits may differ: the formulas may
        if both and not math.isclose(recorded, now, rel_tol=1e-6, abs_tol=1e-300):
            raise RuntimeError(
                f"cannot differentiate {node.op} again: its data has changed since it was recorded (towards {x!r} the "
                f"derivative was {recorded}, now it is {now}); record the expression anew"
            )
    return local


def value_and_grad(f: Function) -> Function:
    """The function that returns f's value and its gradient: (float, tuple of one float per argument).

    f takes numbers (it is called with Values) and returns one Value.

    >>> value_and_grad(lambda x, y: x * y)(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """

    def both(*inputs: float) -> tuple[float, tuple[float, ...]]:
        xs = [Value(x) for x in inputs]
        (output,), _ = _outputs(f, xs)
        return output.data, grad(output, xs)

    return both


def _listed(result: Any) -> tuple[list[Value], bool]:
    """What a function returned, as a list of Values, and whether it was a sequence; constants become leaves."""
    several = isinstance(result, Sequence) or (hasattr(result, "__array__") and not isinstance(result, Value))
    return [y if isinstance(y, Value) else Value(y) for y in (result if several else [result])], several


def _outputs(f: Function, xs: Sequence[Value]) -> tuple[list[Value], bool]:
    """What f(*xs) returned, as `_listed`.

    LostGradientError if a Value became a plain number on the way, or if the derivatives of these outputs, which will be
    plain numbers, would lose a path of a derivative around this one.
    """
    with differentiating(xs):
        result = f(*xs)
    outputs, several = _listed(result)
    for y in outputs:
        check_number(y, "a derivative in plain numbers")
        check_path(y, "a derivative in plain numbers")
    return outputs, several


def jacobian(f: Function, inputs: Sequence[float]) -> np.ndarray:
    """The derivative of every output of f(*inputs) towards every input: (m, n) float64, or (n,) if f returns one Value."""
    import numpy as np

    xs = [Value(x) for x in inputs]
    outputs, several = _outputs(f, xs)
    rows = np.array([grad(y, xs) for y in outputs]).reshape(len(outputs), len(xs))
    return rows if several else rows[0]


def hessian(f: Function, inputs: Sequence[float]) -> np.ndarray:
    """The second derivatives of f(*inputs), which returns one Value: (n, n) float64."""
    return jacobian(lambda *xs: list(grad(_listed(f(*xs))[0][0], xs, create_graph=True)), inputs)


def hvp(f: Function, inputs: Sequence[float], v: Sequence[float]) -> tuple[float, np.ndarray]:
    """f(*inputs) and its Hessian times the vector v, (n,) float64, without forming the Hessian (two backward passes)."""
    import numpy as np

    if len(v) != len(inputs):
        raise ValueError(f"hvp takes a vector as long as the inputs, got {len(v)} and {len(inputs)} numbers")
    xs = [Value(x) for x in inputs]
    (output,), _ = _outputs(f, xs)
    slope = dot(grad(output, xs, create_graph=True), v)
    return output.data, np.array(grad(slope, xs))
