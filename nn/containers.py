"""Modules made of modules: one after the other, and around a shortcut."""

from __future__ import annotations

from typing import Any

from autograd import Value
from nn.module import Module, is_batch


class _Container(Module):
    """Holds modules under the names 0, 1, 2..., as `torch.nn.Sequential` does, and gives each of them what it takes."""

    def __init__(self, *modules: Module) -> None:
        for i, module in enumerate(modules):
            if not isinstance(module, Module):
                raise TypeError(f"{type(self).__name__} takes modules, got {type(module).__name__}: {module!r}")
            setattr(self, str(i), module)

    def through(self, x: Any) -> Any:
        """x through one module after the other."""
        for _, module in self.named_children():
            x = module(x)
        return x


class Sequential(_Container):
    """One module after the other: `Sequential(Layer(2, 8, None), BatchNorm(8), Activation("relu"), Layer(8, 1, None))`.

    Takes what its first module takes: a row, or a batch of rows if there is batch normalisation in it.
    """

    def forward(self, x: Any) -> Any:
        return self.through(x)


class Residual(_Container):
    """x + f(x), f being its modules one after the other; f must give as many outputs as it has inputs (He et al. 2016).

    Backwards, the 1 of the shortcut is added to f's derivative, so a deep stack keeps its gradient.
    """

    def forward(self, x: Any) -> Any:
        fx = self.through(x)
        return [_plus(a, b) for a, b in zip(x, fx)] if is_batch(x) else _plus(x, fx)


def _plus(x: Any, fx: Any) -> Any:
    xs, outputs = ([v] if isinstance(v, (Value, int, float)) else v for v in (x, fx))
    if len(xs) != len(outputs):
        raise ValueError(f"Residual adds f(x) to x, and f made {len(outputs)} outputs of {len(xs)} inputs")
    sums = [a + b for a, b in zip(xs, outputs)]
    return sums if hasattr(x, "__len__") else sums[0]
