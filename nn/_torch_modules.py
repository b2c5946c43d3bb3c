"""PyTorch modules with the structure and the parameter names of those of `nn`, for `to_torch`. Imports torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch.nn import functional

FUNCTIONS: dict[str | None, Callable[..., Any]] = {
    None: lambda x: x,
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "selu": torch.selu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "softplus": partial(functional.softplus, threshold=40),  # at PyTorch's 20 it is 2e-9 off
    "sigmoid": torch.sigmoid,
    "logsigmoid": functional.logsigmoid,
    "tanh": torch.tanh,
    "softmax": partial(torch.softmax, dim=-1),
    "log_softmax": partial(torch.log_softmax, dim=-1),
}

# PyTorch's activations: for each class the name in nn, and its repr with the settings that nn's function has.
STOCK = {
    "ReLU": ("relu", "ReLU()", "ReLU(inplace=True)"),
    "LeakyReLU": ("leaky_relu", "LeakyReLU(negative_slope=0.01)"),
    "ELU": ("elu", "ELU(alpha=1.0)"),
    "SELU": ("selu", "SELU()"),
    "GELU": ("gelu", "GELU(approximate='none')"),
    "SiLU": ("silu", "SiLU()"),
    "Softplus": ("softplus", "Softplus(beta=1.0, threshold=20.0)"),
    "Sigmoid": ("sigmoid", "Sigmoid()"),
    "LogSigmoid": ("logsigmoid", "LogSigmoid()"),
    "Tanh": ("tanh", "Tanh()"),
    "Softmax": ("softmax", "Softmax(dim=-1)", "Softmax(dim=1)"),
    "LogSoftmax": ("log_softmax", "LogSoftmax(dim=-1)", "LogSoftmax(dim=1)"),
}


class Layer(torch.nn.Linear):
    """A `torch.nn.Linear` with an activation."""

    def __init__(self, nin: int, nout: int, activation: str | None, bias: bool) -> None:
        super().__init__(nin, nout, bias)
        self.activation = activation

    def forward(self, x: torch.Tensor) -> Any:
        return FUNCTIONS[self.activation](super().forward(x))

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, activation={self.activation!r}"


class Activation(torch.nn.Module):
    """An activation, by its name in `nn`."""

    def __init__(self, activation: str | None) -> None:
        super().__init__()
        self.activation = activation

    def forward(self, x: torch.Tensor) -> Any:
        return FUNCTIONS[self.activation](x)


class MLP(torch.nn.Module):
    """Layers one after the other, under the name `layers`."""

    def __init__(self, *layers: torch.nn.Module) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)

    def forward(self, x: torch.Tensor) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x


Sequential = torch.nn.Sequential


class Residual(torch.nn.Sequential):
    """x + f(x)."""

    def forward(self, x: torch.Tensor) -> Any:
        return x + super().forward(x)
