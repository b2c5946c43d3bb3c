"""`Module`: the base class of everything that has parameters."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from autograd import Value, scope
from nn.arrays import np
from nn.contents import depends_on, elements, is_tensor, items, numbers, parts, slots
from nn.contents import flatten as flatten

Self = TypeVar("Self", bound="Module")


class Module:
    """The base class of everything that is trained (`torch.nn.Module`): define `forward`, then call the module.

    Its parameters are the Values among its attributes, also in lists, arrays, dicts and dataclasses, and the parameters of
    the modules found there. Create them in `__init__`, from plain numbers. Values that a call computes or assigns to an
    attribute are results, not parameters. `parameters()` raises TypeError if training would miss a parameter.
    For drawings, each call records its operations in a scope of its own, named after the attribute that contains the
    module.

    training: True in training mode, False after `eval()`. buffers: names of attributes that belong to the state but are not
    trained, each a number or a list of numbers. whole_batch: True if `forward` needs all examples of a batch at once, as
    batch normalisation does.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0), dict(line.named_parameters())["slope"]
    (Value(data=7.0, grad=0.0), Value(data=2.0, grad=0.0))
    """

    training: bool = True
    buffers: tuple[str, ...] = ()
    whole_batch: bool = False
    _frozen: bool = False
    _some_are_frozen: ClassVar[bool] = False  # True once a module of this process was frozen
    _name: str = ""  # the name of this module in the one that contains it
    _columns: tuple[str, ...] = ()  # the names of the data frame's columns that `nn.fit` trained it on
    _set_in_calls: frozenset[str] = frozenset()  # the attributes that were assigned during a call
    _renamed_tensors: tuple[
        str, ...
    ] = ()  # the attributes whose parameters a subclass's `tensors` yields under other names

    def __call__(self, *inputs: Any, **settings: Any) -> Any:
        """Return `forward(*inputs, **settings)`, recorded in a scope of its own."""
        if not self._name:
            vars(self)["_name"] = type(self).__name__  # not by assignment: a dataclass may be frozen
            self._name_children()
        with scope(self._name):
            return self.forward(*inputs, **settings) if settings else self.forward(*inputs)  # which is faster

    def forward(self, *inputs: Any, **settings: Any) -> Any:
        """Compute the module's output. Every subclass defines this."""
        raise NotImplementedError(f"{type(self).__name__} has no forward: define what it computes")

    def __setattr__(self, name: str, value: Any) -> None:
        before = vars(self).get(name)
        if value is not before:
            in_a_call = _is_in_a_call(self)
            if in_a_call and name not in self._set_in_calls and any(True for _ in _parameters(name, before)):
                raise TypeError(
                    f"{type(self).__name__}: a call sets self.{name}, which contains a parameter, and training would lose "
                    "it: change its .data, or store the result under another name; begin a state with plain numbers, not "
                    "with Values"
                )
            if in_a_call != (name in self._set_in_calls):
                vars(self)["_set_in_calls"] = self._set_in_calls ^ {name}
        super().__setattr__(name, value)

    if not TYPE_CHECKING:  # type checkers are to report unknown names themselves

        def __getattr__(self, name):
            """Raise an AttributeError that says what to use in place of a name from elsewhere."""
            from nn.elsewhere import OF_MODULES

            advice = f": {OF_MODULES[name]}" if name in OF_MODULES else ""
            kind = type(self).__name__
            raise AttributeError(f"{kind!r} object has no attribute {name!r}{advice}", name=name, obj=self)

    def _name_children(self) -> None:
        for name, child in self.named_children():
            vars(child)["_name"] = name
            child._name_children()

    # Its modules and parameters

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules in its own attributes, each with its path, such as `layers.0`."""
        for name, x in _attributes(self):
            yield from _modules(name, x)

    def children(self) -> Iterator[Module]:
        """Yield the modules in its own attributes."""
        for _, child in self.named_children():
            yield child

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield this module, with the path `prefix`, and every module inside it, with its path."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def modules(self) -> list[Module]:
        """Return this module and every module inside it, each once."""
        return list({id(module): module for _, module in self.named_modules()}.values())  # a dataclass has no hash

    def tensors(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Yield its parameters with PyTorch's names and shapes: `layers.0.weight` is a list of lists of Values."""
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
        """Yield every parameter with its name, such as `layers.0.weight[3][1]`; a shared parameter comes once.

        Parameters that `requires_grad_(False)` froze are left out.
        """
        seen: set[Value] = self._frozen_parameters()
        for name, tensor in self.tensors():
            for index, p in elements(tensor):
                if p not in seen:
                    seen.add(p)
                    yield name + index, p

    def parameters(self) -> list[Value]:
        """Return the Values that training adjusts, in a fixed order, each once; frozen ones are left out."""
        found: list[Value] = []
        for _, tensor in self.tensors():
            flatten(tensor, found)
        frozen = self._frozen_parameters()
        return [p for p in dict.fromkeys(found) if p not in frozen] if frozen else list(dict.fromkeys(found))

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Freeze the parameters of this module and all inside it with False, and unfreeze them with True; return it.

        `parameters()` leaves frozen ones out, so an optimiser created afterwards does not change them. They remain in the
        state. (`torch.nn.Module.requires_grad_`.)
        """
        for module in self.modules():
            vars(module)["_frozen"] = not requires_grad
        Module._some_are_frozen = Module._some_are_frozen or not requires_grad
        return self

    def _frozen_parameters(self) -> set[Value]:
        if not Module._some_are_frozen:  # the usual case; every step of training asks
            return set()
        frozen = [module for module in self.modules() if module._frozen]
        return {p for module in frozen for name, x in _attributes(module) for p in _parameters(name, x)}

    # Operations on all modules and parameters inside

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradient of every parameter to 0. `backward` adds to gradients, so call this before each step.

        set_to_none has no effect, because a Value's gradient is always a number.
        """
        for p in self.parameters():
            p.grad = 0.0

    def train(self: Self, mode: bool = True) -> Self:
        """Switch this module and all inside it to training mode (or with False to evaluation mode); return it.

        The mode matters to batch normalisation, which in training mode uses the statistics of the batch.
        """
        for module in self.modules():
            vars(module)["training"] = mode
        return self

    def eval(self: Self) -> Self:
        """Switch this module and all inside it to evaluation mode; return it."""
        return self.train(False)

    def apply(self: Self, function: Callable[[Module], Any]) -> Self:
        """Call the function on every module inside, then on this module; return it."""
        for module in reversed(self.modules()):
            function(module)
        return self

    def to(self: Self, device: Any = "cpu") -> Self:
        """Return the module itself, which is on the CPU and in float64; ValueError for any other device or type."""
        if str(device).removeprefix("torch.") not in ("cpu", "float64"):
            raise ValueError(f"modules of nn are on the CPU and in float64, and cannot move to {device}")
        return self

    # State

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Set an attribute that belongs to the state but is not trained: a number, or lists or an array of numbers.

        persistent: False leaves it out of the state.
        """
        setattr(self, name, np.asarray(tensor, dtype=np.float64).tolist())
        if persistent and name not in self.buffers:
            vars(self)["buffers"] = (*self.buffers, name)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return a copy of every parameter and buffer as a float64 array, under PyTorch's names."""
        state = {name: np.array(numbers(tensor), dtype=np.float64) for name, tensor in self.tensors()}
        for path, module in self.named_modules():
            for name in module.buffers:
                state[f"{path}.{name}" if path else name] = np.array(getattr(module, name), dtype=np.float64)
        return state

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Set every parameter and buffer to the numbers of a state, as `state_dict()` of a similar module returns it.

        strict: False keeps the numbers of entries that are missing, and ignores those that are not expected.
        Raises ValueError with a list of the entries that are missing, unexpected, of another shape or not numbers; the
        module is then unchanged.
        """
        own = self.state_dict()
        wrong = [f"missing: {name}" for name in own if name not in state] if strict else []
        wrong += [f"not expected: {name}" for name in state if name not in own] if strict else []
        arrays: dict[str, np.ndarray] = {}
        for name in own.keys() & state.keys():
            try:
                arrays[name] = np.asarray(state[name], dtype=np.float64)
            except (TypeError, ValueError) as error:
                wrong.append(f"not numbers: {name} ({error})")
                continue
            if arrays[name].shape != own[name].shape:
                wrong.append(f"shape of {name}: expected {own[name].shape}, got {arrays[name].shape}")
        if wrong:
            raise ValueError(f"this state does not fit {type(self).__name__}:\n  " + "\n  ".join(sorted(wrong)))
        arrays = {**own, **arrays}
        for name, tensor in self.tensors():
            for p, number in zip(flatten(tensor, []), arrays[name].ravel().tolist()):
                p.data = number
        for path, module in self.named_modules():
            for name in module.buffers:
                setattr(module, name, arrays[f"{path}.{name}" if path else name].tolist())

    # Display

    def describe(self) -> str:
        """Return one line for `repr`: the class and the sizes."""
        return type(self).__name__

    def __repr__(self) -> str:
        lines = [f"{self.describe()}: {count_parameters(self)}"]
        for path, child in self.named_children():
            lines += ["  " + line for line in f"({path}) {child!r}".splitlines()]
        return "\n".join(lines)


def needs_whole_batch(model: Module) -> bool:
    """True if a module inside needs all examples of a batch in one call, as batch normalisation does."""
    return any(module.whole_batch for module in model.modules())


def forward(model: Module, examples: list[Any]) -> list[Any]:
    """Return the model's outputs, one per example: from one call each, or from one call if it needs the whole batch."""
    return list(model(examples)) if needs_whole_batch(model) else [model(example) for example in examples]


class ExampleModule(Module):
    """A module that computes one example, a sequence of numbers; called with a batch, it returns a list of results."""

    def __call__(self, x: Any, **settings: Any) -> Any:
        """Return `forward(x, **settings)`, or a list of it for each example of a batch."""
        if is_batch(x):
            return [self(example, **settings) for example in x]
        if not isinstance(x, (list, Value)) and (rows := plain_rows(x)) is not x:
            return self(rows, **settings)
        return super().__call__(x, **settings) if settings else super().__call__(x)


def is_batch(x: Any) -> bool:
    """True if x is a sequence of examples, each of them a sequence of numbers."""
    return isinstance(x, (list, tuple, np.ndarray)) and len(x) > 0 and hasattr(x[0], "__len__")


def plain_rows(x: Any) -> Any:
    """Return a data frame as an array, a tensor of PyTorch as lists, and anything else unchanged."""
    if hasattr(x, "to_numpy"):
        return x.to_numpy()
    return x.tolist() if hasattr(x, "detach") and hasattr(x, "tolist") else x


def vector(x: Any, size: int, module: Module) -> Any:
    """Return x as a sequence of `size` numbers or Values; a single number becomes a list.

    Raises ValueError, with the name of the module that expects it, if it has another size.
    """
    if isinstance(x, (Value, int, float)):
        x = [x]
    if not hasattr(x, "__len__") or len(x) != size:
        got = f"{len(x)}" if hasattr(x, "__len__") else f"{type(x).__name__} {x!r}"
        raise ValueError(f"{module.describe()} expects {size} inputs, got {got}")
    return x


def count_parameters(module: Module) -> str:
    """Return the number of parameters in words, or the error if they cannot be counted, so that `repr` never fails."""
    try:
        n = len(module.parameters())
    except TypeError as error:
        return str(error)
    return f"{n} parameter{'' if n == 1 else 's'}"


def _is_in_a_call(module: Module) -> bool:
    """True if the attribute is being assigned during a call of its module. (A flag would slow down every call.)"""
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
    yield from ((name, getattr(module, name)) for name in _names_in_class(kind)[0] if hasattr(module, name))


@lru_cache(maxsize=256)
def _names_in_class(kind: type) -> tuple[list[str], list[str]]:
    """Return the names of a class's slots, and of the class attributes that contain Values or modules."""
    shared = [name for base in kind.__mro__ for name, x in vars(base).items() if any(True for _ in parts(name, x, Module))]
    return slots(kind), shared


def _modules(name: str, x: Any, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Module]]:
    """Yield the modules in x. Faster than `parts`, because it skips Values."""
    if isinstance(x, Module):
        yield name, x
    elif not isinstance(x, Value) and id(x) not in above:
        above = (*above, id(x))
        for key, inner in items(x):
            yield from _modules(f"{name}.{key}", inner, above)


def _check(module: Module, others: list[tuple[str, Any]]) -> None:
    """Raise TypeError if training would miss a parameter. others: the `parts` that are neither modules nor parameters."""
    kind: Any = type(module)
    for name in _names_in_class(kind)[1]:
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
    found = [_parameters(name, x) for inner in module.modules() for name, x in _attributes(inner)] if others else []
    leaves = set(chain.from_iterable(found))
    for path, v in others:
        if not depends_on(v, leaves):  # otherwise it is a result of the model
            raise TypeError(
                f"{kind.__name__}.{path} contains {v!r}, computed by {v.op!r} from Values that are not parameters: "
                "training would never change it. Make a parameter from a plain number, Value(0.1 * r) and not "
                "Value(r) * 0.1; if it is not to be trained, store a plain number, float(v)"
            )


def _parameters(name: str, x: Any) -> Iterator[Value]:
    """Yield the parameters in x, but not those inside modules."""
    for _, part in parts(name, x, Module):
        if is_tensor(part):
            yield from flatten(part, [])
