"""`Module`: something with parameters, made of other modules."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from types import FrameType
from typing import Any, TypeVar

import numpy as np

from autograd import Value, scope
from nn.holdings import data, depends, elements, is_tensor, items, parts, slots
from nn.holdings import flatten as flatten

Self = TypeVar("Self", bound="Module")


class Module:
    """The base of everything that is trained (`torch.nn.Module`): define `forward`, call the module.

    Its parameters are the Values among its attributes, also in lists, arrays, dicts and dataclasses, and those of the
    modules found there. Make them in `__init__`, of plain numbers: what a call computes, or sets as an attribute, is a
    result and no parameter. TypeError where a parameter would be missed.
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
    _set_in_calls: frozenset[str] = frozenset()  # the attributes that were set in a call
    _renamed_tensors: tuple[str, ...] = ()  # the attributes whose parameters a subclass's `tensors` gives under other names

    def __call__(self, *inputs: Any) -> Any:
        if not self._name:
            vars(self)["_name"] = type(self).__name__  # a frozen dataclass takes no assignment
            self._name_children()
        with scope(self._name):
            return self.forward(*inputs)

    def forward(self, *inputs: Any) -> Any:
        """What calling the module computes."""
        raise NotImplementedError(f"{type(self).__name__} has no forward: define what it computes")

    def __setattr__(self, name: str, value: Any) -> None:
        before = vars(self).get(name)
        if value is not before:
            in_a_call = _is_in_a_call(self)
            if in_a_call and name not in self._set_in_calls and any(True for _ in _parameters(name, before)):
                raise TypeError(
                    f"{type(self).__name__}: a call sets self.{name}, which holds a parameter, and training would lose it: "
                    "change its .data, or keep the result under another name; a state begins with plain numbers, not Values"
                )
            if in_a_call != (name in self._set_in_calls):
                vars(self)["_set_in_calls"] = self._set_in_calls ^ {name}
        super().__setattr__(name, value)

    def _name_children(self) -> None:
        for name, child in self.named_children():
            vars(child)["_name"] = name
            child._name_children()

    # What it is made of

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules it holds itself, by the path to them: `layers.0`."""
        for name, x in _attributes(self):
            yield from _modules(name, x)

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module, and every module inside, by path."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def modules(self) -> list[Module]:
        """This module and every module inside, each once."""
        return list({id(module): module for _, module in self.named_modules()}.values())  # a dataclass has no hash

    def tensors(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Its parameters as PyTorch names and shapes them: `layers.0.weight` is a list of lists of Values."""
        others = []
        for name, x in _attributes(self):
            if name in self._set_in_calls:
                for path, child in _modules(name, x):
                    yield from child.tensors(f"{prefix}{path}.")
            elif name not in self._renamed_tensors:
                for path, part in parts(name, x, Module):
                    if isinstance(part, Module):
                        yield from part.tensors(f"{prefix}{path}.")
                    elif is_tensor(part):
                        yield prefix + path, part
                    else:
                        others.append((path, part))
        _check(self, others)

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Every parameter with its name, `layers.0.weight[3][1]`; one that is used in two places comes once."""
        seen: set[Value] = set()
        for name, tensor in self.tensors():
            for index, p in elements(tensor):
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
            vars(module)["training"] = mode
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
        state = {name: np.array(data(tensor), dtype=np.float64) for name, tensor in self.tensors()}
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
        lines = [f"{self.describe()}: {count(self)}"]
        for path, child in self.named_children():
            lines += ["  " + line for line in f"({path}) {child!r}".splitlines()]
        return "\n".join(lines)


def _is_in_a_call(module: Module) -> bool:
    """Whether the attribute that is being set is set in a call of its module. (A flag would slow every call down.)"""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        is_call = code.co_name in ("__call__", "forward") and code.co_argcount > 0
        if is_call and frame.f_locals.get(code.co_varnames[0]) is module:
            return True
        frame = frame.f_back
    return False


def _attributes(module: Module) -> Iterator[tuple[str, Any]]:
    kind: Any = type(module)
    yield from vars(module).items()
    yield from ((name, getattr(module, name)) for name in _of_class(kind)[0] if hasattr(module, name))


@lru_cache(maxsize=256)
def _of_class(kind: type) -> tuple[list[str], list[str]]:
    """The names of a class's slots, and of its own attributes that hold Values or modules."""
    own = [name for base in kind.__mro__ for name, x in vars(base).items() if any(True for _ in parts(name, x, Module))]
    return slots(kind), own


def _modules(name: str, x: Any, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Module]]:
    """The modules in x. As `parts`, without a look at every Value."""
    if isinstance(x, Module):
        yield name, x
    elif not isinstance(x, Value) and id(x) not in above:
        above = (*above, id(x))
        for key, inner in items(x):
            yield from _modules(f"{name}.{key}", inner, above)


def _check(module: Module, others: list[tuple[str, Any]]) -> None:
    """TypeError if training would miss a parameter. others: what `parts` found besides parameters, (path, set or Value)."""
    kind: Any = type(module)
    for name in _of_class(kind)[1]:
        if name not in vars(module):
            raise TypeError(
                f"{name} is an attribute of the class {kind.__name__}, and all instances would share its Values: "
                f"set self.{name} in __init__, or make it plain numbers if it is not to be trained"
            )
    for path, part in others:
        if not isinstance(part, Value):
            raise TypeError(
                f"{kind.__name__}.{path} is a {type(part).__name__}, which has no order: "
                "keep parameters and modules in a list"
            )
    held = [_parameters(name, x) for inner in module.modules() for name, x in _attributes(inner)] if others else []
    leaves = set(chain.from_iterable(held))
    for path, v in others:
        if not depends(v, leaves):  # so it is no result of the model
            raise TypeError(
                f"{kind.__name__}.{path} holds {v!r}, computed by {v.op!r} from Values that are no parameters: training "
                "would never change it. Make a parameter of a plain number, Value(0.1 * r) and not Value(r) * 0.1; keep "
                "what is not to be trained as a plain number, float(v)"
            )


def _parameters(name: str, x: Any) -> Iterator[Value]:
    """The parameters in x, without those of modules."""
    for _, part in parts(name, x, Module):
        if is_tensor(part):
            yield from flatten(part, [])


def count(module: Module) -> str:
    """How many parameters it has, in words; where they cannot be told, why, which is no reason not to show the rest."""
    try:
        n = len(module.parameters())
    except TypeError as error:
        return str(error)
    return f"{n} parameter{'' if n == 1 else 's'}"


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


def needs_whole_batch(model: Module) -> bool:
    """True if a module inside needs all examples of a batch in one call, as batch normalisation does."""
    return any(module.whole_batch for module in model.modules())


def forward(model: Module, examples: list[Any]) -> list[Any]:
    """Return the model's outputs, one per example, from one call each, or from one call if it needs the whole batch."""
    return list(model(examples)) if needs_whole_batch(model) else [model(example) for example in examples]


class RowModule(Module):
    """A module that works on one row of numbers; called with a batch of rows, it gives a list of results."""

    def __call__(self, x: Any) -> Any:
        if is_batch(x):
            return [self(row) for row in x]
        return super().__call__(x)
