"""`Module`: something with parameters, made of other modules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from autograd import Value, scope

Self = TypeVar("Self", bound="Module")


class Module:
    """The base of everything that is trained (`torch.nn.Module`): define `forward`, call the module.

    Its parameters are the Values among its attributes, also in lists and dicts, and those of the modules found there.
    What one call records stands in a scope of its own, for drawings: the attribute that holds the module gives the name.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0), dict(line.named_parameters())["slope"]
    (Value(data=7.0, grad=0.0), Value(data=2.0, grad=0.0))
    """

    training = True  # False after `eval()`
    buffers: tuple[str, ...] = ()  # attributes that are state but not trained: numbers and lists of numbers
    whole_batch = False  # whether it needs all rows at once, as batch normalisation does
    _name = ""  # what the module that holds this one calls it

    def __call__(self, *inputs: Any) -> Any:
        if not self._name:
            self._name = type(self).__name__
            self._name_children()
        with scope(self._name):
            return self.forward(*inputs)

    def forward(self, *inputs: Any) -> Any:
        """What calling the module computes."""
        raise NotImplementedError(f"{type(self).__name__} has no forward: define what it computes")

    def _name_children(self) -> None:
        for name, child in self.named_children():
            child._name = name
            child._name_children()

    # What it is made of

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules it holds itself, by the path to them: `layers.0`."""
        for name, x in vars(self).items():
            yield from _modules(name, x)

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module, and every module inside, by path."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def modules(self) -> list[Module]:
        """This module and every module inside, each once."""
        return list(dict.fromkeys(module for _, module in self.named_modules()))

    def tensors(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Its parameters as PyTorch names and shapes them: `layers.0.weight` is a list of lists of Values."""
        for name, x in vars(self).items():
            yield from _tensors(prefix + name, x)

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Every parameter with its name, `layers.0.weight[3][1]`; one that is used in two places comes once."""
        seen: set[Value] = set()
        for name, tensor in self.tensors():
            for index, p in _elements(tensor):
                if p not in seen:
                    seen.add(p)
                    yield name + index, p

    def parameters(self) -> list[Value]:
        """The Values that training adjusts, in a fixed order, each once."""
        found: list[Value] = []
        for _, tensor in self.tensors():
            flatten(tensor, found)
        return list(dict.fromkeys(found))

    # What is done to all of it

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0. `backward` adds to it, so call this before each step."""
        for p in self.parameters():
            p.grad = 0.0

    def train(self: Self, mode: bool = True) -> Self:
        """Switch this module and those inside to training, where batch normalisation uses its batch; returns it."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: Self) -> Self:
        """Switch this module and those inside to evaluation; returns it."""
        return self.train(False)

    def apply(self: Self, function: Callable[[Module], Any]) -> Self:
        """Call the function on every module inside, then on this one; returns it."""
        for module in reversed(self.modules()):
            function(module)
        return self

    # State

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of every parameter and buffer as a float64 array, by PyTorch's names."""
        state = {name: np.array(_data(tensor), dtype=np.float64) for name, tensor in self.tensors()}
        for path, module in self.named_modules():
            for name in module.buffers:
                state[f"{path}.{name}" if path else name] = np.array(getattr(module, name), dtype=np.float64)
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over the numbers of `state_dict()` of a module like this one.

        ValueError names every entry that is missing, not expected or of another shape; the module is then unchanged.
        """
        own = self.state_dict()
        wrong = [f"missing: {name}" for name in own if name not in state]
        wrong += [f"not expected: {name}" for name in state if name not in own]
        numbers: dict[str, np.ndarray] = {}
        for name in own.keys() & state.keys():
            try:
                numbers[name] = np.asarray(state[name], dtype=np.float64)
            except (TypeError, ValueError) as error:
                wrong.append(f"not numbers: {name} ({error})")
                continue
            if numbers[name].shape != own[name].shape:
                wrong.append(f"shape of {name}: expected {own[name].shape}, got {numbers[name].shape}")
        if wrong:
            raise ValueError(f"this state does not fit {type(self).__name__}:\n  " + "\n  ".join(sorted(wrong)))
        for name, tensor in self.tensors():
            for p, number in zip(flatten(tensor, []), numbers[name].ravel().tolist()):
                p.data = number
        for path, module in self.named_modules():
            for name in module.buffers:
                setattr(module, name, numbers[f"{path}.{name}" if path else name].tolist())

    # How it looks

    def describe(self) -> str:
        """One line for `repr`: the kind of module with its sizes."""
        return type(self).__name__

    def __repr__(self) -> str:
        count = len(self.parameters())
        lines = [f"{self.describe()}: {count} parameter{'' if count == 1 else 's'}"]
        for name, x in vars(self).items():
            for path, child in _modules(name, x):
                lines += ["  " + line for line in f"({path}) {child!r}".splitlines()]
        return "\n".join(lines)


def flatten(x: Any, found: list[Any]) -> list[Any]:
    """All that lists within lists hold, appended to `found`."""
    if isinstance(x, (list, tuple, np.ndarray)):
        for inner in x:
            flatten(inner, found)
    else:
        found.append(x)
    return found


def _items(x: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(x, dict):
        return x.items()
    return enumerate(x) if isinstance(x, (list, tuple)) else ()


def _modules(name: str, x: Any) -> Iterator[tuple[str, Module]]:
    if isinstance(x, Module):
        yield name, x
    for key, inner in _items(x):
        if not isinstance(inner, Value):  # most are
            yield from _modules(f"{name}.{key}", inner)


def _tensors(name: str, x: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(x, Module):
        yield from x.tensors(f"{name}.")
    elif _is_tensor(x):
        yield name, x
    else:
        for key, inner in _items(x):
            yield from _tensors(f"{name}.{key}", inner)


def _is_tensor(x: Any) -> bool:
    """Whether x is a leaf, or a list of leaves, or a list of lists of them that is as rectangular as it looks."""
    if isinstance(x, (list, tuple)):
        lists = [isinstance(inner, (list, tuple)) for inner in x]
        return bool(x) and all(map(_is_tensor, x)) and (not any(lists) or (all(lists) and len({*map(len, x)}) == 1))
    return isinstance(x, Value) and not x.op


def _elements(tensor: Any, index: str = "") -> Iterator[tuple[str, Value]]:
    if isinstance(tensor, Value):
        yield index, tensor
    else:
        for i, inner in enumerate(tensor):
            yield from _elements(inner, f"{index}[{i}]")


def _data(tensor: Any) -> Any:
    return tensor.data if isinstance(tensor, Value) else [_data(inner) for inner in tensor]


def is_batch(x: Any) -> bool:
    """Whether x is rows of numbers rather than numbers."""
    return isinstance(x, (list, tuple, np.ndarray)) and len(x) > 0 and hasattr(x[0], "__len__")


def vector(x: Any, size: int, module: Module) -> Any:
    """x as a sequence of `size` Values or numbers; a ValueError names the module that expects it."""
    if isinstance(x, (Value, int, float)):
        x = [x]
    if not hasattr(x, "__len__") or len(x) != size:
        got = f"{len(x)}" if hasattr(x, "__len__") else f"{type(x).__name__} {x!r}"
        raise ValueError(f"{module.describe()} expects {size} inputs, got {got}")
    return x


class RowModule(Module):
    """A module that works on one row of numbers; called with a batch of rows, it gives a list of results."""

    def __call__(self, x: Any) -> Any:
        if is_batch(x):
            return [self(row) for row in x]
        return super().__call__(x)
