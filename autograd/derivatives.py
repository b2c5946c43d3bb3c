"""Derivatives as functions: of a result (`grad`), of a function (`value_and_grad`, `jacobian`, `hessian`, `hvp`).

None of them changes the `grad` of any Value. With `create_graph=True` the derivative is itself recorded, so it can be
differentiated again, to any order: the expressions of the table are then replayed on Values.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

from autograd.engine import Value, call, functions, gradients, recorded_operations, restore
from autograd.operations import TABLE, Operation, Variadic
from autograd.symbols import Recorded, Symbol, run
from autograd.tracing import check_number, check_path, differentiating, is_tracing

if TYPE_CHECKING:
    import numpy as np

Function = Callable[..., Any]


@lru_cache(maxsize=1024)
def _expressions(row: Operation, n: int) -> tuple[list[Symbol], list[Any]]:
    """A row on n operands as two lists of symbols: the operands and the result; and the derivatives."""
    m = Recorded(TABLE)
    operands, result = [m.operand(f"x{i}") for i in range(n)], m.operand("result")
    return [*operands, result], run(m, row, operands, result)


def _replay(wanted: list[Any], known: dict[Any, Any]) -> list[Any]:
    """Compute the numbers and Values of the wanted symbols; `known` has those of the operands, and collects the others.

    Of a `where`, only the branch taken is computed, so the other cannot affect the result. While tracing, a condition that
    depends on Values is a node, and both branches are in the graph. This is a loop, because sums of many terms are deep.
    """
    tracing = is_tracing()
    stack = [x for x in wanted if isinstance(x, Symbol)]
    while stack:
        x = stack[-1]
        if x in known:
            stack.pop()
            continue
        needed = x.operands
        if x.op == "where":
            condition, if_true, if_false = x.operands
            decided = known.get(condition, None if isinstance(condition, Symbol) else condition)
            if decided is None:
                needed = (condition,)
            elif not (tracing and isinstance(decided, Value)):
                needed = (if_true if decided else if_false,)
        missing = [y for y in needed if isinstance(y, Symbol) and y not in known]
        if missing:
            stack += missing
            continue
        stack.pop()
        numbers = [known.get(y, y) if isinstance(y, Symbol) else y for y in needed]
        known[x] = numbers[0] if x.op == "where" and len(numbers) == 1 else _apply(x.op, numbers, tracing)
    return [known[x] if isinstance(x, Symbol) else x for x in wanted]


def _apply(op: str, operands: list[Any], tracing: bool) -> Any:
    """Apply the operation of a symbol to numbers and Values."""
    if op in OPERATORS:
        return OPERATORS[op](*operands)
    if op in COMPARISONS:
        node, plain = COMPARISONS[op]
        return getattr(functions, node)(*operands) if tracing else plain(*operands)
    row, function = TABLE[op], getattr(functions, op, None)
    if function is None:  # defined at run time
        return call(row, tuple(operands))
    return function(operands) if isinstance(row, Variadic) else function(*operands)


OPERATORS = {name: getattr(operator, name) for name in ("add", "sub", "mul", "neg")}
COMPARISONS: dict[str, tuple[str, Callable[..., Any]]] = {  # as a node of the graph, and of the numbers
    "lt": ("less", operator.lt),
    "le": ("less_equal", operator.le),
    "equal": ("equal", lambda x, y: x <= y and x >= y),
}


@overload
def grad(output: Function) -> Function: ...
@overload
def grad(output: Value, inputs: Value, create_graph: bool = False) -> Any: ...
@overload
def grad(output: Value, inputs: Sequence[Value], create_graph: bool = False) -> tuple[Any, ...]: ...
def grad(output: Any, inputs: Any = None, create_graph: bool = False) -> Any:
    """The derivative of output with respect to each of inputs (`torch.autograd.grad`): floats, or Values if `create_graph`.

    `inputs` is a Value or a sequence of Values; for a sequence, the result is a tuple. An input that output does not depend
    on has derivative 0. With `create_graph`, changing `.data` between recording and this call raises RuntimeError; within
    `tracing`, the derivative holds for all inputs, with `where` in place of the branch taken.

    >>> x = Value(2.0)
    >>> dy = grad(x**3, x, create_graph=True)
    >>> dy.data, grad(dy, x)
    (12.0, 12.0)

    Given only a function, `grad(f)` is its derivative as a function, as in JAX: `grad(f)(x)` has the shape of x, which is a
    number, an array or a list; for several arguments, it is a tuple with the derivative for each. See `value_and_grad`.

    >>> cube = lambda x: x**3
    >>> grad(cube)(2.0), grad(grad(cube))(2.0)
    (12.0, 12.0)
    """
    if callable(output):
        if inputs is not None:
            raise TypeError(
                "grad takes a Value and its inputs, or a function alone: write grad(f)(x) in place of grad(f, x)"
            )
        return _gradient(output)
    if inputs is None:
        raise TypeError("grad takes a Value and the inputs that it depends on, such as grad(loss, [w, b])")
    if isinstance(inputs, Value):
        return grad(output, (inputs,), create_graph)[0]
    for x in (output, *inputs):
        if not isinstance(x, Value):
            raise TypeError(f"grad takes Values: an output and the inputs it depends on, got {x!r}")
    if not create_graph:
        return tuple(gradients(output, list(inputs)))
    grads: dict[Value, Any] = {output: 1.0}
    for node in reversed(recorded_operations(output)):
        if node not in grads:
            continue
        upstream = grads[node]
        for x, local in zip(node.inputs, _local_grads(node)):
            if type(local) is float and local == 0.0:
                continue  # no path: a condition, or the branch that was not taken
            change = local if type(upstream) is float and upstream == 1.0 else local * upstream
            grads[x] = grads[x] + change if x in grads else change
    found = (grads.get(x, 0.0) for x in inputs)
    return tuple(_constant(d) if type(d) is float else d for d in found)


def _constant(number: float) -> Value:
    """A Value that is not a leaf, so that `compile` does not ask for it as an input: the sum of one plain number."""
    return restore("sum", (number,), (), number, 0.0, "", None)


def _local_grads(node: Value) -> list[Any]:
    """The local derivatives of a node as expressions in its operands, from its row of the table."""
    symbols, derivatives = _expressions(TABLE[node.op], len(node.operands))
    wanted = [d for x, d in zip(node.operands, derivatives) if isinstance(x, Value)]
    local = _replay(wanted, dict(zip(symbols, [*node.operands, node])))
    if is_tracing():
        return local
    for x, recorded, d in zip(node.inputs, node.local_grads, local):
        now = d.data if isinstance(d, Value) else d
        both = math.isfinite(recorded) and math.isfinite(now)  # their last digits may differ, because the formulas may
        if both and not math.isclose(recorded, now, rel_tol=1e-6, abs_tol=1e-300):
            raise RuntimeError(
                f"cannot differentiate {node.op} again: its data has changed since it was recorded (the derivative with "
                f"respect to {x!r} was {recorded}, now it is {now}); record the expression again"
            )
    return local


def value_and_grad(f: Function) -> Function:
    """The function that returns f's value and its gradient: (float, tuple with the derivative for each argument).

    f takes numbers, arrays or lists of numbers (it is called with Values in their place) and returns one Value. The
    derivative for an argument has its shape; if an array or list is the only argument, there is no tuple around it, so that
    `scipy.optimize.minimize(value_and_grad(f), x0, jac=True)` works. Keyword arguments are passed on as they are.
    For an argument that contains Values, value and derivatives are Values: recorded, to be differentiated again.

    >>> value_and_grad(lambda x, y: x * y)(2.0, 3.0)
    (6.0, (3.0, 2.0))
    >>> value_and_grad(lambda xs: xs[0] * xs[1])([2.0, 3.0])
    (6.0, [3.0, 2.0])
    """

    def both(*inputs: Any, **settings: Any) -> tuple[Any, Any]:
        output, slopes = _differentiated(f, inputs, settings)
        alone = len(slopes) == 1 and hasattr(slopes[0], "__len__")
        return output, slopes[0] if alone else slopes

    return both


def _gradient(f: Function) -> Function:
    """The function that returns the derivative of f with respect to its argument, or a tuple of those for several."""

    def gradient(*inputs: Any, **settings: Any) -> Any:
        _, slopes = _differentiated(f, inputs, settings)
        return slopes[0] if len(slopes) == 1 else slopes

    return gradient


def _differentiated(f: Function, inputs: Sequence[Any], settings: dict[str, Any]) -> tuple[Any, tuple[Any, ...]]:
    """Return f(*inputs, **settings) and its derivatives in the shapes of the inputs; Values if an input has any."""
    xs: list[Value] = []
    arguments = [_as_values(x, xs) for x in inputs]
    recorded = any(x.op for x in xs)  # a copy of a Value
    with differentiating(xs):
        result = f(*arguments, **settings)
    outputs, _ = _listed(result)
    if len(outputs) != 1:
        raise TypeError(f"grad and value_and_grad take a function that returns one number, got {result!r}: use jacobian")
    output = outputs[0]
    if recorded:
        slopes = iter(grad(output, xs, create_graph=True))
        return output, tuple(_shaped(x, slopes) for x in inputs)
    _check_end(output)
    slopes = iter(grad(output, xs))
    return output.data, tuple(_shaped(x, slopes) for x in inputs)


def _as_values(x: Any, found: list[Value]) -> Any:
    """Replace each number in an argument, its lists and arrays by a Value; append these Values to `found`."""
    if isinstance(x, (list, tuple)):
        return type(x)([_as_values(y, found) for y in x])
    if getattr(x, "ndim", 0):
        import numpy as np

        flat = np.empty(x.size, dtype=object)
        flat[:] = [_as_values(y, found) for y in np.asarray(x).ravel().tolist()]
        return flat.reshape(x.shape)
    found.append(x + 0.0 if isinstance(x, Value) else Value(x))
    return found[-1]


def _shaped(x: Any, slopes: Iterator[Any]) -> Any:
    """The next slopes in the shape of an argument."""
    if isinstance(x, (list, tuple)):
        return type(x)([_shaped(y, slopes) for y in x])
    if getattr(x, "ndim", 0):
        import numpy as np

        return np.array([next(slopes) for _ in range(x.size)]).reshape(x.shape)
    return next(slopes)


def _listed(result: Any) -> tuple[list[Value], bool]:
    """The result of a function as a list of Values, and True if it was a sequence; constants become leaves."""
    several = isinstance(result, Sequence) or (hasattr(result, "__array__") and not isinstance(result, Value))
    return [y if isinstance(y, Value) else Value(y) for y in (result if several else [result])], several


def _outputs(f: Function, xs: Sequence[Value]) -> tuple[list[Value], bool]:
    """The result of f(*xs), as `_listed` gives it.

    Raises LostGradientError if a Value became a plain number on the way; or if this derivative, which will be a plain
    number, is part of a function that is itself being differentiated, and a path would end here.
    """
    with differentiating(xs):
        result = f(*xs)
    outputs, several = _listed(result)
    for y in outputs:
        _check_end(y)
    return outputs, several


def _check_end(y: Value) -> None:
    check_number(y, "a derivative in plain numbers")
    check_path(y, "a derivative in plain numbers")


def jacobian(f: Function, inputs: Sequence[float]) -> np.ndarray:
    """The derivatives of the outputs of f(*inputs) with respect to the inputs: (m, n) float64, or (n,) for one output."""
    import numpy as np

    xs = [Value(x) for x in inputs]
    listed, several = _rows(f, xs)
    rows = np.array(listed).reshape(len(listed), len(xs))
    return rows if several else rows[0]


def _rows(f: Function, xs: list[Value]) -> tuple[list[Any], bool]:
    """The rows of a Jacobian, and True if f returned a sequence."""
    outputs, several = _outputs(f, xs)
    return [grad(y, xs) for y in outputs], several


def hessian(f: Function, inputs: Sequence[float]) -> np.ndarray:
    """The second derivatives of f(*inputs), which returns one Value: (n, n) float64."""
    return jacobian(lambda *xs: list(grad(_listed(f(*xs))[0][0], xs, create_graph=True)), inputs)


def hvp(f: Function, inputs: Sequence[float], v: Sequence[float]) -> tuple[float, np.ndarray]:
    """Return f(*inputs), and its Hessian times the vector v, (n,) float64: two backward passes that form no Hessian."""
    import numpy as np

    if len(v) != len(inputs):
        raise ValueError(f"hvp takes a vector as long as the inputs, got {len(v)} and {len(inputs)} numbers")
    xs = [Value(x) for x in inputs]
    (output,), _ = _outputs(f, xs)
    slope = functions.dot(grad(output, xs, create_graph=True), v)
    return output.data, np.array(grad(slope, xs))
