"""`Value`: a number that remembers how it was computed, and the chain rule that runs back through that memory.

Recording an operation stores its operands and the local derivative towards each of them. `backward` then needs to
know nothing about any operation: from the result to the leaves, it adds `local * node.grad` to each input's gradient.

This file is plain Python. The compiled build is the same file, with `ops.tanh` C that was printed from the table's row.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from typing import Any, SupportsFloat

from autograd import floats, ops
from autograd.memory import Edges, Scope, doubles, free, here, scopes_seen, seal
from autograd.modes import (
    check_conversion,
    check_gradients,
    check_number,
    check_path,
    check_value,
    is_detecting_anomaly,
    recording,
    switch,
)
from autograd.operation import ROWS, Op, Variadic, as_float, require, row_named
from autograd.ops import BUILT_IN

NAMES = ops.NAMES  # of the operations that this build knows, and what it was built from
FINGERPRINT = ops.FINGERPRINT
_walks = 0  # twice the number of walks over graphs so far; each marks the nodes it meets with two numbers of its own


class Value:
    """A number in a computation graph: `data`, and after `backward()` of some result its gradient `grad`.

    Value(data, label="") takes one plain number (int, float, bool, NumPy scalar); anything else is a TypeError.
    Equality and hash are by identity; < <= > >= compare data. A graph must not be used by two threads at once.
    `float(v)`, `v.item()`, `v.data` and formatting take the number out of the graph. Where something else does, through
    which no gradient flows (`math.exp(v)`, `array[0] = v` of an array of floats), a UserWarning names the line; it is a
    LostGradientError, and so is `float(v)`, where it would falsify the result of `value_and_grad`, `jacobian`, `hessian`
    or `hvp`. To silence it, write `v.item()`, or `warnings.filterwarnings("ignore", "a Value became a plain number")`.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + 10
    >>> c.backward()
    >>> c, a
    (Value(data=4.0, grad=1.0), Value(data=2.0, grad=-3.0, label='a'))
    """

    __slots__ = ("_data", "_dx", "_dy", "_grad", "_label", "_mark", "_op", "_origin", "_rest", "_x", "_y")
    _data: float
    _grad: float
    _label: str
    _op: int  # the code of the row in ops.py that made it; 0 for a leaf
    _x: Value | None  # its operands, where they are Values,
    _y: Value | None
    _dx: float  # and the local derivative towards each; where they are plain numbers, those numbers
    _dy: float
    _rest: Edges | None  # the operands of an operation on more than two, in place of the four fields above
    _mark: int  # the last walk over the graph that met it
    _origin: Scope | None  # the scope it was recorded in; with the line of code, if `detect_anomaly` was on

    def __init__(self, data: SupportsFloat, label: str = "") -> None:
        self._data = data if type(data) is float else require(data, "Value(data)")
        self._grad = 0.0
        self.label = label
        self._origin = None
        self._op = 0
        self._mark = 0
        self._x = None
        self._y = None
        self._rest = None

    # What a node tells of itself

    @property
    def data(self) -> float:
        """The number. Assigning it changes no local derivative that is already recorded."""
        return number(self, ".data")

    @data.setter
    def data(self, number: SupportsFloat) -> None:
        self._data = number if type(number) is float else require(number, "data")

    @property
    def grad(self) -> float:
        """The derivative, towards this Value, of every result that `backward()` was called on since it was last 0."""
        return self._grad

    @grad.setter
    def grad(self, number: SupportsFloat) -> None:
        self._grad = number if type(number) is float else require(number, "grad")

    @property
    def label(self) -> str:
        """A name for people, shown in drawings and messages."""
        return self._label

    @label.setter
    def label(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"label must be a str, got {type(text).__name__}: {text!r}")
        self._label = str(text)

    @property
    def op(self) -> str:
        """The name of the operation that made it, a row of `autograd.ops.TABLE`; '' for a leaf."""
        return ROWS[self._op].name if self._op else ""

    @property
    def operands(self) -> tuple[Value | float, ...]:
        """What the operation was applied to, in order: Values and plain numbers."""
        if self._rest is not None:
            return self._rest.operands
        if not self._op:
            return ()
        x = self._dx if self._x is None else self._x
        if ROWS[self._op].arity == 1:
            return (x,)
        return x, self._dy if self._y is None else self._y

    @property
    def inputs(self) -> tuple[Value, ...]:
        """The operands that are Values, in order; `x * x` has x twice."""
        return tuple([operand for operand in self.operands if isinstance(operand, Value)])

    @property
    def local_grads(self) -> tuple[float, ...]:
        """The derivative of this Value towards each of its inputs, as it was when the operation was recorded."""
        if self._rest is not None:
            operands = self._rest.operands
            return tuple([self._rest.local_grads[i] for i in range(len(operands)) if isinstance(operands[i], Value)])
        return (() if self._x is None else (self._dx,)) + (() if self._y is None else (self._dy,))

    @property
    def scope(self) -> Scope | None:
        """The innermost `scope` it was recorded in, for drawings: a module's call, or a name of your own."""
        return self._origin.outer if self._origin is not None and self._origin.line else self._origin

    def __repr__(self) -> str:
        label = f", label={self._label!r}" if self._label else ""
        return f"Value(data={self._data!r}, grad={self._grad!r}{label})"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from html import escape

        label = f"<b>{escape(self._label)}</b> " if self._label else ""
        return f"<code>{label}data {self._data:.6g} &nbsp; grad {self._grad:.6g}</code>"

    # The chain rule

    def backward(self) -> None:
        """Set `grad` on everything this Value was computed from, to the derivative of this Value towards it.

        Leaves add to the gradient they have, so that several losses accumulate (`zero_grad` sets it back); what lies
        between starts from zero each time.
        """
        backpropagate(self, bool(switch.on and is_detecting_anomaly()))

    def detach(self) -> Value:
        """A leaf with the same data and label, through which no gradient flows."""
        return Value(number(self, "detach()"), self._label)

    # Arithmetic. Sums and products of two Values, most of what a network does, are written out.

    def __add__(self, other: Any) -> Value:
        if type(other) is Value and not switch.on:
            y = other
            return recorded(ops.add.code, self._data + y._data, self, 1.0, y, 1.0)
        return binary(ops.add, self, other)

    def __mul__(self, other: Any) -> Value:
        if type(other) is Value and not switch.on:
            y = other
            return recorded(ops.mul.code, self._data * y._data, self, y._data, y, self._data)
        return binary(ops.mul, self, other)

    # fmt: off
    def __radd__(self, other: Any) -> Value: return binary(ops.add, other, self)
    def __sub__(self, other: Any) -> Value: return binary(ops.sub, self, other)
    def __rsub__(self, other: Any) -> Value: return binary(ops.sub, other, self)
    def __rmul__(self, other: Any) -> Value: return binary(ops.mul, other, self)
    def __truediv__(self, other: Any) -> Value: return binary(ops.div, self, other)
    def __rtruediv__(self, other: Any) -> Value: return binary(ops.div, other, self)
    def __pow__(self, other: Any) -> Value: return binary(ops.pow, self, other)
    def __rpow__(self, other: Any) -> Value: return binary(ops.pow, other, self)
    def __neg__(self) -> Value: return unary(ops.neg, self)
    def __pos__(self) -> Value: return self
    def __abs__(self) -> Value: return unary(ops.abs, self)

    # The methods that PyTorch or NumPy have, one line each; the rest of the table is called as `autograd.gelu(x)`.

    def abs(self) -> Value: return unary(ops.abs, self)
    def exp(self) -> Value: return unary(ops.exp, self)
    def expm1(self) -> Value: return unary(ops.expm1, self)
    def log(self) -> Value: return unary(ops.log, self)
    def log1p(self) -> Value: return unary(ops.log1p, self)
    def sqrt(self) -> Value: return unary(ops.sqrt, self)
    def sin(self) -> Value: return unary(ops.sin, self)
    def cos(self) -> Value: return unary(ops.cos, self)
    def tan(self) -> Value: return unary(ops.tan, self)
    def asin(self) -> Value: return unary(ops.asin, self)
    def acos(self) -> Value: return unary(ops.acos, self)
    def atan(self) -> Value: return unary(ops.atan, self)
    def sinh(self) -> Value: return unary(ops.sinh, self)
    def cosh(self) -> Value: return unary(ops.cosh, self)
    def tanh(self) -> Value: return unary(ops.tanh, self)
    def erf(self) -> Value: return unary(ops.erf, self)
    def erfc(self) -> Value: return unary(ops.erfc, self)
    def sigmoid(self) -> Value: return unary(ops.sigmoid, self)
    def relu(self) -> Value: return unary(ops.relu, self)
    def sign(self) -> Value: return unary(ops.sign, self)
    def floor(self) -> Value: return unary(ops.floor, self)
    def atan2(self, other: Value | float) -> Value: return apply(ops.atan2, self, other)
    def hypot(self, other: Value | float) -> Value: return apply(ops.hypot, self, other)
    def maximum(self, other: Value | float) -> Value: return apply(ops.maximum, self, other)
    def minimum(self, other: Value | float) -> Value: return apply(ops.minimum, self, other)
    def clip(self, min: Value | float | None = None, max: Value | float | None = None, *, out: None = None) -> Value:
        if out is not None:  # which np.clip passes on
            raise TypeError("a Value is no array to write into: clip returns a new one, out must be None")
        try:
            return ternary(ops.clip, self, -math.inf if min is None else min, math.inf if max is None else max)
        except TypeError:  # the row knows arrays of bounds too
            return ROWS[ops.clip.code](self, min, max)  # type: ignore[no-any-return]

    # What np.arcsin and its kin call on the elements of an object array; np.round calls rint, np.std and np.vdot conjugate.

    def arcsin(self) -> Value: return unary(ops.asin, self)
    def arccos(self) -> Value: return unary(ops.acos, self)
    def arctan(self) -> Value: return unary(ops.atan, self)
    def arctan2(self, other: Value | float) -> Value: return apply(ops.atan2, self, other)
    def conjugate(self) -> Value: return self
    def rint(self) -> Value: return ternary(ops.where, 1.0, round(number(self, "rint()"), 0), self)

    # As a number

    def item(self) -> float:
        """The number, as `data`; PyTorch's name."""
        return number(self, ".item()")

    def __float__(self) -> float: return converted(self)
    def __int__(self) -> int: return int(number(self, "int()"))
    def __bool__(self) -> bool: return number(self, "the truth") != 0
    def __trunc__(self) -> int: return math.trunc(number(self, "trunc()"))
    def __floor__(self) -> int: return math.floor(number(self, "floor()"))
    def __ceil__(self) -> int: return math.ceil(number(self, "ceil()"))
    def __format__(self, spec: str) -> str: return format(self._data, spec) if spec else repr(self)
    def __round__(self, digits: int | None = None) -> float: return round(number(self, "round()"), digits)
    def __eq__(self, other: object) -> bool: return self is other or NotImplemented
    def __hash__(self) -> int: return object.__hash__(self)
    # fmt: on

    def __lt__(self, other: Any) -> Any:
        y = compared(self, other)
        return NotImplemented if y is None else self._data < y

    def __le__(self, other: Any) -> Any:
        y = compared(self, other)
        return NotImplemented if y is None else self._data <= y

    def __gt__(self, other: Any) -> Any:
        y = compared(self, other)
        return NotImplemented if y is None else self._data > y

    def __ge__(self, other: Any) -> Any:
        y = compared(self, other)
        return NotImplemented if y is None else self._data >= y

    def record(self, row: Any, operands: tuple[Any, ...]) -> Value:
        """The node row(*operands); what calling a row of the table does when an operand is a Value."""
        if row.code > BUILT_IN or isinstance(row, Variadic):
            return record_in_python(row, checked(row.name, operands))
        if row.arity == 1:
            return unary(ops.UNARY[row.code], operands[0])
        if row.arity == 2:
            return apply(ops.BINARY[row.code], operands[0], operands[1])
        return ternary(ops.TERNARY[row.code], operands[0], operands[1], operands[2])

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        """NumPy's functions on Values: `np.exp(v)` is a Value, `array * v` an object array of them. See arrays.py."""
        from autograd.arrays import apply_ufunc

        return apply_ufunc(ufunc, method, operands, options)

    # Copies

    def __copy__(self) -> Value:
        copied(self, "a copy", not self._op)
        return restore(*fields(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        copied(self, "a copy", True)
        for node in operations(self):
            for x in node.inputs:
                if id(x) not in memo:
                    memo[id(x)] = restore(*fields(x))
            if id(node) not in memo:
                op, operands, *rest = fields(node)
                memo[id(node)] = restore(op, tuple([memo.get(id(x), x) for x in operands]), *rest)
        return memo[id(self)] if id(self) in memo else restore(*fields(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the graph oldest node first, so that pickle finds every operand done and never recurses."""
        copied(self, "a pickle", True)
        if not self._op or self._mark == _thread.pickling:
            return restore, fields(self)
        order = operations(self)
        walk, self._mark = self._mark, 0
        return restore_last, (_Pickling(walk), order[:-1], _Pickling(), fields(self))


# The walk and the chain rule


def operations(root: Value) -> list[Value]:
    """Every recorded operation that led to root, each after the operations it uses. A loop: graphs may be deep."""
    global _walks
    if not isinstance(root, Value):
        raise TypeError(f"a graph starts from a Value, got {root!r}")
    _walks += 2
    opened, done = _walks, _walks + 1
    order: list[Value] = []
    stack = [root] if root._op else []
    while stack:
        node = stack[-1]
        if node._mark == opened:
            node._mark = done
            order.append(node)
            stack.pop()
            continue
        if node._mark == done:
            stack.pop()
            continue
        node._mark = opened
        x, y, edges = node._x, node._y, node._rest
        if x is not None and x._op and x._mark != done:
            stack.append(x)
        if y is not None and y._op and y._mark != done:
            stack.append(y)
        if edges is not None:
            for operand in edges.operands:
                if isinstance(operand, Value):
                    x = operand
                    if x._op and x._mark != done:
                        stack.append(x)
    return order


def set_walks(n: int) -> None:
    """Let the next walk be the one after n / 2 others, for tests.

    In C a mark has 48 bits: n must be below 2**48, which takes more than a year of nothing but walks to reach.
    """
    global _walks
    _walks = n


def backpropagate(root: Value, watched: bool) -> None:
    """`Value.backward`: the chain rule, from the root to the leaves."""
    order = operations(root)
    for node in order:
        node._grad = 0.0
    root._grad += 1.0
    for node in reversed(order):
        if watched:
            check_gradients(node, node._origin)
        upstream = node._grad
        x, y, edges = node._x, node._y, node._rest
        if x is not None:
            x._grad += node._dx * upstream
        if y is not None:
            y._grad += node._dy * upstream
        if edges is not None:
            for i in range(len(edges.operands)):
                operand = edges.operands[i]
                if isinstance(operand, Value):
                    x = operand
                    x._grad += edges.local_grads[i] * upstream


# Recording


def plain(x: Any) -> Any:
    """The float in a Value or in one plain number, else None."""
    if type(x) is float:
        return x
    if type(x) is int:
        return float(x)
    if isinstance(x, Value):
        y = x
        return y._data
    return as_float(x)


def number(node: Value, what: str) -> float:
    """The node's data, for Python to do with as it likes; while tracing, a TraceError if rows differ in it."""
    if switch.on:
        check_number(node, what)
    return node._data


def converted(node: Value) -> float:
    """`number`, for a caller that may not know it has a Value: `math.exp`, an array of floats, or `float` itself."""
    data = number(node, "float()")
    if node._op or switch.differentiating:
        check_conversion(node)
    return data


def copied(node: Value, what: str, ends: bool) -> None:
    """An error if rows differ in the node's data, or if a path of a derivative ends where the copy begins."""
    number(node, what)
    if ends and switch.differentiating:
        check_path(node, what)


def compared(x: Value, y: Any) -> Any:
    """The float in y that x is compared with, None if there is none; a TraceError while tracing, as for `number`."""
    if switch.on:
        check_number(x, "a comparison")
        if isinstance(y, Value):
            check_number(y, "a comparison")
    return plain(y)


def new(data: float) -> Value:
    """A leaf."""
    return recorded(0, data, None, 0.0, None, 0.0)


def recorded(code: int, data: float, x: Value | None, dx: float, y: Value | None, dy: float) -> Value:
    """The node that the operation with this code made of x and y, with the local derivative towards each."""
    node = Value.__new__(Value)
    node._data = data
    node._grad = 0.0
    node._label = ""
    node._origin = here.scope if scopes_seen else None
    node._op = code
    node._mark = 0
    node._x = x
    node._dx = dx
    node._y = y
    node._dy = dy
    node._rest = None
    return node


def unary(op: Op, x: Value) -> Value:
    """The node op(x)."""
    data = op.value(floats, x._data)
    node = recorded(op.code, data, x, op.dx(floats, x._data, data), None, 0.0)
    return settle(node) if switch.on else node


def binary(op: Op, x: Any, y: Any) -> Value:
    """The node op(x, y) of a Value and another or a plain number; NotImplemented for anything else."""
    p = x if type(x) is Value else None
    q = y if type(y) is Value else None
    if p is None:
        x = plain(x)
        if x is None:
            return NotImplemented  # type: ignore[no-any-return]  # Python then asks the other operand
    if q is None:
        y = plain(y)
        if y is None:
            return NotImplemented  # type: ignore[no-any-return]
    a = x if p is None else p._data
    b = y if q is None else q._data
    data = op.value(floats, a, b)
    dx = a if p is None else op.dx(floats, a, b, data)
    dy = b if q is None else op.dy(floats, a, b, data)
    node = recorded(op.code, data, p, dx, q, dy)
    return settle(node) if switch.on else node


def apply(op: Op, x: Any, y: Any) -> Value:
    """`binary`, with a TypeError in place of NotImplemented."""
    node = binary(op, x, y)
    if node is NotImplemented:
        raise TypeError(f"{ROWS[op.code].name} takes Values and plain numbers, got {x!r} and {y!r}")
    return node


def ternary(op: Op, x: Any, y: Any, z: Any) -> Value:
    """The node op(x, y, z)."""
    operands = checked(ROWS[op.code].name, (x, y, z))
    a, b, c = plain(operands[0]), plain(operands[1]), plain(operands[2])
    node = new(op.value(floats, a, b, c))
    edges = edges_of(operands)
    edges.local_grads[0] = op.dx(floats, a, b, c, node._data)
    edges.local_grads[1] = op.dy(floats, a, b, c, node._data)
    edges.local_grads[2] = op.dz(floats, a, b, c, node._data)
    node._op = op.code
    node._rest = edges
    return settle(node) if switch.on else node


def variadic(op: Variadic, operands: tuple[Any, ...]) -> Any:
    """The node op(*operands) on any number of operands; a float if none of them is a Value."""
    operands = checked(ROWS[op.code].name, operands)
    n = len(operands)
    data = doubles(n)
    constant = True
    for i in range(n):
        operand = operands[i]
        if isinstance(operand, Value):
            x = operand
            data[i] = x._data
            constant = False
        else:
            data[i] = operand
    node = new(op.result(floats, data, n))
    edges = edges_of(operands)
    op.local_grads(floats, data, n, node._data, edges.local_grads)
    free(data)
    if constant:
        return node._data
    node._op = op.code
    node._rest = edges
    return settle(node) if switch.on else node


def settle(node: Value) -> Value:
    """What the modes that are on make of a node just recorded."""
    if not recording():
        check_number(node, "no_grad()")
        return new(node._data)
    if is_detecting_anomaly():
        node._origin = check_value(node, node._data)
    return node


def record_in_python(row: Any, operands: tuple[Value | float, ...]) -> Value:
    """The node row(*operands) by the Python row in both builds, which may have been added to the table at run time."""
    data, slopes = row.evaluate(*[plain(x) for x in operands])
    local_grads = tuple([slopes[i] for i in range(len(slopes)) if isinstance(operands[i], Value)])
    node = restore(row.name, operands, local_grads, data, 0.0, "", here.scope)
    return settle(node) if switch.on else node


def edges_of(operands: tuple[Value | float, ...]) -> Edges:
    """Edges to these operands, the local derivatives still to be filled in."""
    edges = Edges.__new__(Edges)
    edges.operands = operands
    edges.local_grads = doubles(len(operands))
    return edges


def checked(name: str, operands: tuple[Any, ...]) -> tuple[Value | float, ...]:
    """The operands, plain numbers as floats; a TypeError names what is neither a number nor a Value."""
    for operand in operands:
        if type(operand) is not float and not isinstance(operand, Value):
            return tuple([x if isinstance(x, Value) else require(x, name) for x in operands])
    return operands


# Functions of many operands


def sum(xs: Iterable[Value | float]) -> Any:
    """The sum of many Values and numbers as one node, added from left to right; 0.0 for none."""
    return variadic(ops.sum, tuple(xs))


def dot(ws: Iterable[Value | float], xs: Iterable[Value | float]) -> Any:
    """w1*x1 + w2*x2 + ... as one node with both sequences as operands; ValueError if their lengths differ."""
    left, right = tuple(ws), tuple(xs)
    if len(left) != len(right):
        raise ValueError(f"dot takes two sequences of one length, got {len(left)} and {len(right)} operands")
    return variadic(ops.dot, left + right)


def logsumexp(xs: Iterable[Value | float]) -> Any:
    """log(exp(x1) + exp(x2) + ...) as one node, without overflow; its gradient is the softmax."""
    return variadic(ops.logsumexp, some("logsumexp", xs))


def amax(xs: Iterable[Value | float]) -> Any:
    """The largest as one node; k equal ones get 1/k of the gradient each."""
    return variadic(ops.amax, some("amax", xs))


def amin(xs: Iterable[Value | float]) -> Any:
    """The smallest as one node; k equal ones get 1/k of the gradient each."""
    return variadic(ops.amin, some("amin", xs))


def some(name: str, xs: Iterable[Any]) -> tuple[Any, ...]:
    """xs as a tuple; ValueError if there is nothing in it."""
    operands = tuple(xs)
    if not operands:
        raise ValueError(f"{name} needs at least one operand, got none")
    return operands


# Copies


class _Thread(threading.local):
    pickling = -1  # the walk whose nodes are being pickled one by one, if any


_thread = _Thread()


class _Pickling:
    """Pickled before and after the nodes of one walk, to say that each of them is to be pickled by itself."""

    def __init__(self, walk: int = -1) -> None:
        self.walk = walk

    def __reduce__(self) -> tuple[Any, ...]:
        _thread.pickling = self.walk
        return _Pickling, ()


def restore_last(opening: Any, nodes: list[Value], closing: Any, last: tuple[Any, ...]) -> Value:
    """The last node of a pickled graph; unpickling the others was unpickling this function's arguments."""
    return restore(*last)


def fields(node: Value) -> tuple[Any, ...]:
    """All that a node holds, as arguments for `restore`."""
    return node.op, node.operands, node.local_grads, node._data, node._grad, node._label, node._origin


def restore(
    op: str,
    operands: tuple[Value | float, ...],
    local_grads: tuple[float, ...],
    data: float,
    grad: float,
    label: str,
    origin: Scope | None,
) -> Value:
    """The node with these fields."""
    node = Value(data, label)
    node._grad, node._origin = grad, origin
    if not op:
        return node
    made_by = row_named(op)
    remaining = iter(local_grads)
    numbers = [next(remaining) if isinstance(x, Value) else x for x in operands]
    node._op = made_by.code
    if isinstance(made_by, Variadic) or len(operands) > 2:
        edges = edges_of(operands)
        for i in range(len(numbers)):
            edges.local_grads[i] = numbers[i]
        node._rest = edges
        return node
    node._x = operands[0] if isinstance(operands[0], Value) else None
    node._dx = numbers[0]
    if len(operands) == 2:
        node._y = operands[1] if isinstance(operands[1], Value) else None
        node._dy = numbers[1]
    return node


seal(Value)
