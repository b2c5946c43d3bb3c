"""The contents of a module's attributes: Values and modules, in containers of any kind."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import chain
from types import SimpleNamespace
from typing import Any

from autograd import Value
from nn.arrays import np


def Parameter(data: Any) -> Any:  # noqa: N802  PyTorch's name
    """Make parameters: a Value of a number, nested lists of Values of lists or an array (`torch.nn.Parameter`).

    >>> Parameter([[1.0, 2.0]])
    [[Value(data=1.0, grad=0.0), Value(data=2.0, grad=0.0)]]
    """
    if hasattr(data, "__len__") and not isinstance(data, str):
        return [Parameter(x) for x in data]
    return Value(data)


def flatten(x: Any, found: list[Any]) -> list[Any]:
    """Append every element of nested lists, tuples and arrays to `found`, and return it.

    >>> flatten([1, [2, (3,)]], [])
    [1, 2, 3]
    """
    if isinstance(x, (list, tuple, np.ndarray)):
        for inner in x:
            flatten(inner, found)
    else:
        found.append(x)
    return found


def parts(path: str, x: Any, kind: type, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield the parts of an attribute that matter to a module, each with its path, such as `layers.0`.

    x: the attribute's value. kind: the class of modules. above: the ids of the containers around x, which may contain
    themselves.
    The parts are: objects of `kind`; tensors, that is a parameter or nested lists of parameters; Values that were computed
    outside a module's call; and sets that contain any of these.
    """
    x = _as_list(x)
    if isinstance(x, kind):
        yield path, x
    elif (found := tensor(x)) is not None:
        yield path, found
    elif isinstance(x, Value):
        if x.scope is None:
            yield path, x
    elif isinstance(x, (set, frozenset)):
        if any(True for inner in x for _ in parts(path, inner, kind, above)):
            yield path, x
    elif id(x) not in above:
        above = (*above, id(x))
        for key, inner in items(x):
            yield from parts(f"{path}.{key}", inner, kind, above)


def items(x: Any) -> Iterable[tuple[Any, Any]]:
    """Return the elements of a container, each with its index, key or name; nothing for sets and for other objects."""
    x = _as_list(x)
    if isinstance(x, (list, tuple)):
        return enumerate(x)
    if isinstance(x, SimpleNamespace):
        return vars(x).items()
    if is_dataclass(x) and not isinstance(x, type):
        return [(field.name, getattr(x, field.name, None)) for field in fields(x)]
    return x.items() if isinstance(x, Mapping) else ()


def tensor(x: Any) -> Any:
    """Return x if it is a parameter, or nested lists of parameters in the shape of a tensor; otherwise None.

    Arrays, tuples and deques become lists.
    """
    x = _as_list(x)
    if isinstance(x, Value):
        # With `no_grad` the result of a call has no operation, but it has the scope of the call.
        return x if not x.op and x.scope is None else None
    if not isinstance(x, (list, tuple)):
        return None
    rows = []
    for inner in x:
        row = tensor(inner)
        if row is None:
            return None
        rows.append(row)
    return rows if len({_shape(row) for row in rows}) == 1 else None


def is_tensor(part: Any) -> bool:
    """True if this result of `parts` consists of parameters."""
    return isinstance(part, list) or (isinstance(part, Value) and not part.op)


def elements(tensor: Any, index: str = "") -> Iterator[tuple[str, Value]]:
    """Yield each parameter of a tensor with its index, such as `[3][1]`."""
    if isinstance(tensor, Value):
        yield index, tensor
    else:
        for i, inner in enumerate(tensor):
            yield from elements(inner, f"{index}[{i}]")


def numbers(tensor: Any) -> Any:
    """Return the numbers of a tensor, as a float or nested lists of floats."""
    return tensor.data if isinstance(tensor, Value) else [numbers(inner) for inner in tensor]


def depends_on(x: Value, leaves: Collection[Value]) -> bool:
    """True if x was computed from one of these leaves."""
    stack, seen = [x], {x}
    while stack:
        node = stack.pop()
        if node in leaves:
            return True
        new = [y for y in node.inputs if y not in seen]
        seen.update(new)
        stack += new
    return False


def slots(kind: type) -> list[str]:
    """Return the names in the `__slots__` of a class and its bases."""
    named = (vars(base).get("__slots__", ()) for base in kind.__mro__)
    return list(chain.from_iterable([names] if isinstance(names, str) else names for names in named))


def _as_list(x: Any) -> Any:
    """Return a deque or an array of objects as a list, None for an array of numbers, anything else unchanged."""
    if isinstance(x, Value):  # the most frequent case
        return x
    if isinstance(x, np.ndarray):
        return x.tolist() if x.dtype == object else None
    return list(x) if isinstance(x, deque) else x


def _shape(tensor: Any) -> tuple[int, ...]:
    return () if isinstance(tensor, Value) else (len(tensor), *_shape(tensor[0]))
