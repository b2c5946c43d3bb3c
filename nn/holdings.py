"""What the attributes of a module hold: Values and modules, in containers of any kind."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import chain
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd import Value


def flatten(x: Any, found: list[Any]) -> list[Any]:
    """All that lists within lists hold, appended to `found`."""
    if isinstance(x, (list, tuple, np.ndarray)):
        for inner in x:
            flatten(inner, found)
    else:
        found.append(x)
    return found


def parts(path: str, x: Any, kind: type, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """What a module has to know of x, with the path to it, such as `layers.0`.

    Objects of `kind`; tensors: a parameter, or lists within lists of them; Values that were computed, but in no call; and
    sets that hold any of these. above: the ids of the containers around x, which may hold one another.
    """
    x = _listed(x)
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
    """What a container holds, each with its index, key or name; nothing for a set, and for what is no container."""
    x = _listed(x)
    if isinstance(x, (list, tuple)):
        return enumerate(x)
    if isinstance(x, SimpleNamespace):
        return vars(x).items()
    if is_dataclass(x) and not isinstance(x, type):
        return [(field.name, getattr(x, field.name, None)) for field in fields(x)]
    return x.items() if isinstance(x, Mapping) else ()


def tensor(x: Any) -> Any:
    """x as a parameter, or as lists within lists of them that are as rectangular as they look; None if it is none."""
    x = _listed(x)
    if isinstance(x, Value):
        # under `no_grad` a result has no operation, but the scope of the call that made it
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
    """Whether this one of the `parts` is parameters."""
    return isinstance(part, list) or (isinstance(part, Value) and not part.op)


def elements(tensor: Any, index: str = "") -> Iterator[tuple[str, Value]]:
    """Each parameter of a tensor, with its index: `[3][1]`."""
    if isinstance(tensor, Value):
        yield index, tensor
    else:
        for i, inner in enumerate(tensor):
            yield from elements(inner, f"{index}[{i}]")


def data(tensor: Any) -> Any:
    """The numbers of a tensor."""
    return tensor.data if isinstance(tensor, Value) else [data(inner) for inner in tensor]


def depends(x: Value, leaves: Collection[Value]) -> bool:
    """Whether x was computed from one of these leaves."""
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
    """The names that a class and its bases have slots for."""
    named = (vars(base).get("__slots__", ()) for base in kind.__mro__)
    return list(chain.from_iterable([names] if isinstance(names, str) else names for names in named))


def _listed(x: Any) -> Any:
    """A deque or an array of objects as a list; other arrays hold no Values."""
    if isinstance(x, Value):  # most are
        return x
    if isinstance(x, np.ndarray):
        return x.tolist() if x.dtype == object else None
    return list(x) if isinstance(x, deque) else x


def _shape(tensor: Any) -> tuple[int, ...]:
    return () if isinstance(tensor, Value) else (len(tensor), *_shape(tensor[0]))
