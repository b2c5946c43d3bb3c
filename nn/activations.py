"""Activations by name: the functions that stand between two linear maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value
from nn.module import RowModule

LIKE_RELU = ("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus")
SCALAR = (*LIKE_RELU, "sigmoid", "logsigmoid", "tanh")
OF_A_ROW = {"softmax": autograd.softmax, "log_softmax": autograd.log_softmax}  # all outputs of a layer together


def activation_named(activation: str | Callable[..., Any] | None) -> Callable[..., Any] | None:
    """The function of that name; a function or None as it is. ValueError lists the names there are."""
    if activation is None or callable(activation):
        return activation
    if activation in OF_A_ROW:
        return OF_A_ROW[activation]
    if activation not in SCALAR:
        raise ValueError(f"no activation is named {activation!r}: take one of {', '.join([*SCALAR, *OF_A_ROW])}, "
                         "a function of a Value, or None")  # fmt: skip
    function: Callable[..., Any] = getattr(Value, activation, None) or getattr(autograd, activation)
    return function


def name_of(activation: Callable[..., Any] | None) -> str | None:
    """The name of an activation, as `activation_named` takes it."""
    return getattr(activation, "name", None) or getattr(activation, "__name__", None)


class Activation(RowModule):
    """An activation as a module of its own, after batch normalisation for instance (`torch.nn.ReLU`, `torch.nn.Tanh`...).

    >>> from autograd import Value
    >>> Activation("relu")([Value(-1.0), Value(2.0)])
    [Value(data=0.0, grad=0.0), Value(data=2.0, grad=0.0)]
    """

    def __init__(self, activation: str | Callable[..., Any] | None) -> None:
        self.activation = activation_named(activation)

    def forward(self, x: Any) -> Any:
        if self.activation is None:
            return x
        if self.activation in OF_A_ROW.values():
            return self.activation(x)
        of_one = [self.activation(v if isinstance(v, Value) else Value(v)) for v in (x if hasattr(x, "__len__") else [x])]
        return of_one if hasattr(x, "__len__") else of_one[0]

    def describe(self) -> str:
        return f"Activation({name_of(self.activation)!r})"
