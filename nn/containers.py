"""Modules made of modules: in sequence, in a list, and with a shortcut around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from autograd import Value
from nn.module import Module, is_batch


class _Chain(Module):
    """Modules to be applied one after the other, under the names 0, 1, 2, ..., as in `torch.nn.Sequential`."""

    def __init__(self, *modules: Module) -> None:
        for i, module in enumerate(modules):
            if not isinstance(module, Module):
                hint = "; nn.Activation(function) makes a module of a function" if callable(module) else ""
                if isinstance(module, (list, tuple, dict)):
                    hint = f"; write {type(self).__name__}(*modules{'.values()' if isinstance(module, dict) else ''})"
                raise TypeError(f"{type(self).__name__} takes modules, got {type(module).__name__}: {module!r}{hint}")
            setattr(self, str(i), module)

    def __len__(self) -> int:
        return len(list(self.named_children()))

    def __iter__(self) -> Iterator[Module]:
        return self.children()

    def __getitem__(self, i: int) -> Any:
        """Return module i, counted from 0, or from the end if i is negative; a list of modules for a slice."""
        return list(self)[i]

    def apply_all(self, x: Any) -> Any:
        """Return x after one module after the other."""
        for _, module in self.named_children():
            x = module(x)
        return x


class Sequential(_Chain):
    """One module after the other.

    It accepts whatever its first module accepts: an example or a batch; a batch if it contains batch normalisation.

    >>> import nn
    >>> nn.Sequential(nn.Layer(2, 8, None), nn.BatchNorm(8), nn.Activation("relu"), nn.Layer(8, 1, None))
    Sequential: 49 parameters
      (0) Layer(2, 8, activation=None)
      (1) BatchNorm(8): 16 parameters
      (2) Activation('relu'): 0 parameters
      (3) Layer(8, 1, activation=None)
    """

    def forward(self, x: Any) -> Any:
        """Return x after one module after the other."""
        return self.apply_all(x)


class ModuleList(_Chain):
    """A list of modules (`torch.nn.ModuleList`). A plain list in an attribute of a module works as well.

    >>> import nn
    >>> layers = ModuleList([nn.Linear(2, 3), nn.Linear(3, 1)])
    >>> len(layers), layers[-1], len(layers.parameters())
    (2, Linear(in_features=3, out_features=1, bias=True), 13)
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__(*modules)

    def append(self, module: Module) -> ModuleList:
        """Add a module at the end; return the list."""
        return self.extend([module])

    def extend(self, modules: Iterable[Module]) -> ModuleList:
        """Add modules at the end; return the list."""
        _Chain.__init__(self, *self, *modules)
        return self

    def forward(self, *inputs: Any, **settings: Any) -> Any:
        """Raise TypeError: a list computes nothing."""
        raise TypeError("a ModuleList computes nothing: call its modules, or use Sequential")


class Residual(_Chain):
    """Computes x + f(x), where f is its modules one after the other, with as many outputs as inputs (He et al. 2016).

    On the way back the shortcut adds 1 to the derivative of f, so that the gradient survives in a deep stack.
    """

    def forward(self, x: Any) -> Any:
        """Return x + f(x) for an example, or a list of it for a batch."""
        fx = self.apply_all(x)
        return [_add(a, b) for a, b in zip(x, fx)] if is_batch(x) else _add(x, fx)


def _add(x: Any, fx: Any) -> Any:
    xs, outputs = ([v] if isinstance(v, (Value, int, float)) else v for v in (x, fx))
    if len(xs) != len(outputs):
        raise ValueError(f"Residual adds f(x) to x, but f returned {len(outputs)} outputs for {len(xs)} inputs")
    sums = [a + b for a, b in zip(xs, outputs)]
    return sums if hasattr(x, "__len__") else sums[0]
