"""`Value`: a number that records how it was computed. Its arithmetic records the nodes of node.py.

Recording an operation computes the result and, at once, the local derivative with respect to each operand. Both come from
the operation's row of the table: `op.value`, `op.dx` and `op.dy` (operations.py). This file is plain Python. The compiled
build is the same file, in which `ops.tanh` is C code printed from the row.
"""

from __future__ import annotations

import math
from typing import Any, SupportsFloat

from autograd import operations as ops
from autograd.copies import deepcopy, fields, fill, reduce
from autograd.edges import edges_of, new_node, scratch, seal
from autograd.floats import require
from autograd.methods import Methods, refused_label
from autograd.modes import anomaly_check, is_detecting_anomaly, is_recording, with_line
from autograd.node import Node, backpropagate
from autograd.numpy_functions import apply_ufunc, elementwise, has_arrays
from autograd.operations import Variadic
from autograd.reading import as_operands, comparable, convert, leave, number_in, read
from autograd.scope import Scope, innermost, switch
from autograd.tracing import check_number


class Value(Node, Methods):
    """A number in a computation graph: `data`, and after `backward()` of some result its gradient `grad`.

    Value(data, label="") takes one plain number (int, float, bool, NumPy scalar); anything else is a TypeError.
    Equality and hash are by identity; < <= > >= compare data. A graph must not be used by two threads at once.
    `float(v)`, `v.item()`, `v.data` and formatting take the number out of the graph. Any other conversion (`math.exp(v)`,
    `array[0] = v` of an array of floats) cuts the gradient, and a UserWarning names the line. A conversion (`float(v)` too)
    that would falsify the result of `value_and_grad`, `jacobian`, `hessian` or `hvp` raises LostGradientError.
    To silence the warning, write `v.item()`, or `warnings.filterwarnings("ignore", "a Value became a plain number")`.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + 10
    >>> c.backward()
    >>> c, a
    (Value(data=4.0, grad=1.0), Value(data=2.0, grad=-3.0, label='a'))
    """

    __slots__ = ()

    def __init__(self, data: SupportsFloat, label: str = "", _op: None = None) -> None:
        self._data = data if type(data) is float else require(data, "Value(data)")
        self._grad = 0.0
        self.label = label if _op is None else (label, _op)  # micrograd's arguments, which are refused
        self._scope = None
        self._code = 0
        self._mark = 0
        self._x = None
        self._y = None
        self._rest = None

    @property
    def data(self) -> float:
        """The number. Assigning it changes no local derivative that is already recorded."""
        return read(self, ".data")

    @data.setter
    def data(self, number: SupportsFloat) -> None:
        self._data = number if type(number) is float else require(number, "data")

    @property
    def grad(self) -> float:
        """The derivative, with respect to this Value, of the result that last called `backward()`; in a leaf, their sum.

        Setting it to None sets it to 0.
        """
        return self._grad

    @grad.setter
    def grad(self, number: SupportsFloat | None) -> None:
        self._grad = number if type(number) is float else 0.0 if number is None else require(number, "grad")

    @property
    def label(self) -> str:
        """A name for people, shown in drawings and messages."""
        return self._label

    @label.setter
    def label(self, text: str) -> None:
        if not isinstance(text, str):
            raise refused_label(text)
        self._label = str(text)

    def __repr__(self) -> str:
        label = f", label={self._label!r}" if self._label else ""
        return f"Value(data={self._data!r}, grad={self._grad!r}{label})"

    def backward(self, gradient: SupportsFloat | None = None, retain_graph: bool = True) -> None:
        """Compute the derivative of this Value with respect to everything that it was computed from.

        Leaves add it to their `grad`, so that several losses accumulate (`zero_grad` sets it back to 0). The `grad` of the
        nodes in between starts from 0 each time.

        gradient: a factor of all derivatives, 1 by default. retain_graph has no effect: a graph can be used again.
        """
        seed = 1.0 if gradient is None else require(gradient, "backward(gradient)")
        backpropagate(self, anomaly_check if switch.on and is_detecting_anomaly() else None, seed)

    def detach(self) -> Value:
        """A leaf with the same data and label, through which no gradient flows."""
        return Value(read(self, "detach()"), self._label)

    # Arithmetic. Sums and products of two Values, most of what a network does, are written out.

    def __add__(self, other: Any) -> Value:
        if type(other) is Value and not switch.on:
            y = other
            return make_node(ops.add.code, self._data + y._data, self, 1.0, y, 1.0)
        return binary(ops.add, self, other)

    def __mul__(self, other: Any) -> Value:
        if type(other) is Value and not switch.on:
            y = other
            return make_node(ops.mul.code, self._data * y._data, self, y._data, y, self._data)
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
    def __mod__(self, other: Any) -> Value: return binary(ops.remainder, self, other)
    def __rmod__(self, other: Any) -> Value: return binary(ops.remainder, other, self)
    def __floordiv__(self, other: Any) -> Value: return binary(ops.floor_divide, self, other)
    def __rfloordiv__(self, other: Any) -> Value: return binary(ops.floor_divide, other, self)

    # Frequent methods. methods.py has the others; operations that PyTorch and NumPy have no method for are functions only.

    def abs(self) -> Value: return unary(ops.abs, self)
    def exp(self) -> Value: return unary(ops.exp, self)
    def log(self) -> Value: return unary(ops.log, self)
    def sqrt(self) -> Value: return unary(ops.sqrt, self)
    def sin(self) -> Value: return unary(ops.sin, self)
    def cos(self) -> Value: return unary(ops.cos, self)
    def tan(self) -> Value: return unary(ops.tan, self)
    def tanh(self) -> Value: return unary(ops.tanh, self)
    def sigmoid(self) -> Value: return unary(ops.sigmoid, self)
    def relu(self) -> Value: return unary(ops.relu, self)
    def maximum(self, other: Value | float) -> Value: return apply(ops.maximum, self, other)
    def minimum(self, other: Value | float) -> Value: return apply(ops.minimum, self, other)

    # As a number

    def item(self) -> float:
        """The number, like `data`; PyTorch's name."""
        return read(self, ".item()")

    def __float__(self) -> float: return convert(self)
    def __int__(self) -> int: return int(read(self, "int()"))
    def __bool__(self) -> bool: return read(self, "the truth") != 0
    def __trunc__(self) -> int: return math.trunc(read(self, "trunc()"))
    def __floor__(self) -> int: return math.floor(read(self, "floor()"))
    def __ceil__(self) -> int: return math.ceil(read(self, "ceil()"))
    def __format__(self, spec: str) -> str: return format(self._data, spec) if spec else repr(self)
    def __round__(self, digits: int | None = None) -> float: return round(read(self, "round()"), digits)
    def __eq__(self, other: object) -> bool: return self is other or NotImplemented
    def __hash__(self) -> int: return object.__hash__(self)
    def __lt__(self, y: Any) -> Any: return NotImplemented if (b := comparable(self, y)) is None else self._data < b
    def __le__(self, y: Any) -> Any: return NotImplemented if (b := comparable(self, y)) is None else self._data <= b
    def __gt__(self, y: Any) -> Any: return NotImplemented if (b := comparable(self, y)) is None else self._data > b
    def __ge__(self, y: Any) -> Any: return NotImplemented if (b := comparable(self, y)) is None else self._data >= b
    # fmt: on

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        """NumPy's functions on Values: `np.exp(v)` is a Value, `array * v` an object array (numpy_functions.py)."""
        return apply_ufunc(call, ufunc, method, operands, options)

    # Copies (copies.py)

    def __copy__(self) -> Value:
        leave(self, "a copy", not self._code)
        return restore(*fields(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        leave(self, "a copy", True)
        return deepcopy(self, memo, restore)  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        leave(self, "a pickle", True)
        return reduce(self, restore)


# Recording


def make_node(code: int, data: float, x: Value | None, dx: float, y: Value | None, dy: float) -> Value:
    """The node of the operation with this code on x and y; dx, dy: the local derivative with respect to each."""
    node: Value = new_node(Value)
    node._data = data
    node._grad = 0.0
    node._label = ""
    node._scope = innermost() if switch.scopes else None
    node._code = code
    node._mark = 0
    node._x = x
    node._dx = dx
    node._y = y
    node._dy = dy
    node._rest = None
    return node


def leaf(data: float) -> Value:
    """A leaf."""
    return make_node(0, data, None, 0.0, None, 0.0)


def unary(op: ops.Operation, x: Value) -> Value:
    """The node op(x)."""
    data = op.value(x._data)
    node = make_node(op.code, data, x, op.dx(x._data, data), None, 0.0)
    return apply_modes(node) if switch.on else node


def binary(op: ops.Operation, x: Any, y: Any) -> Value:
    """The node op(x, y) of two Values, or of a Value and a plain number; NotImplemented for anything else."""
    p = x if type(x) is Value else None
    q = y if type(y) is Value else None
    if p is None and type(x) is not float:
        x = number_in(x)
        if x is None:
            return NotImplemented  # type: ignore[no-any-return]  # Python then asks the other operand
    if q is None and type(y) is not float:
        y = number_in(y)
        if y is None:
            return NotImplemented  # type: ignore[no-any-return]
    a = x if p is None else p._data
    b = y if q is None else q._data
    data = op.value(a, b)
    dx = a if p is None else op.dx(a, b, data)
    dy = b if q is None else op.dy(a, b, data)
    node = make_node(op.code, data, p, dx, q, dy)
    return apply_modes(node) if switch.on else node


def apply(op: ops.Operation, x: Any, y: Any) -> Value:
    """Return `binary(op, x, y)`, with a TypeError in place of NotImplemented."""
    node = binary(op, x, y)
    if node is NotImplemented:
        raise TypeError(f"{op.name} takes Values and plain numbers, got {x!r} and {y!r}")
    return node


def many(op: ops.Operation, operands: tuple[Any, ...]) -> Any:
    """The node op(*operands) of any number of operands; a float if none of them is a Value."""
    operands = as_operands(op.name, operands)
    n = len(operands)
    numbers = scratch(n)
    constant = True
    for i in range(n):
        operand = operands[i]
        if type(operand) is float:
            numbers[i] = operand
        else:
            x = operand
            numbers[i] = x._data
            constant = False
    data = op.result(numbers, n)
    if constant:
        return data
    edges = edges_of(operands)
    op.local_grads(numbers, n, data, edges.local_grads)
    node = make_node(op.code, data, None, 0.0, None, 0.0)
    node._rest = edges
    return apply_modes(node) if switch.on else node


def call(row: Any, operands: tuple[Any, ...]) -> Any:
    """Return row(*operands) for any row: a Value if an operand is one, elementwise on arrays, otherwise a float.

    Slower than the functions above: it calls the Python functions of the row in both builds, because a row that was defined
    at run time has no C.
    """
    try:
        operands = as_operands(row.name, operands)
    except TypeError:
        if isinstance(row, Variadic) or not has_arrays(operands):
            raise
        return elementwise(call, row, operands)
    data, slopes = row.evaluate(*[number_in(x) for x in operands])
    values = [i for i in range(len(operands)) if isinstance(operands[i], Value)]
    if not values:
        return data
    node = restore(row.name, operands, tuple([slopes[i] for i in values]), data, 0.0, "", innermost())
    return apply_modes(node) if switch.on else node


def apply_modes(node: Value) -> Value:
    """Apply the active modes to a node that was just recorded."""
    if not is_recording():
        check_number(node, "no_grad()")
        return leaf(node._data)
    if is_detecting_anomaly():
        node._scope = with_line(node, node._data)
    return node


def restore(op: str, operands: Any, local_grads: Any, data: float, grad: float, label: str, scope: Scope | None) -> Value:
    """Rebuild a node from what `fields` returns."""
    node = Value(data, label)
    node._grad, node._scope = grad, scope
    fill(node, op, operands, local_grads)
    return node


seal(Value)
