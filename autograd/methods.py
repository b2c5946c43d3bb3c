"""The methods of Value beyond those of value.py: more operations, and names from PyTorch, NumPy and micrograd.

They need no fields, and cost nothing unless they are used. functions.py adds them to the Value of its build (`members`).
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

V = TypeVar("V", bound="Methods")


def _of(x: V, name: str, *operands: Any) -> V:
    """Apply the operation of this name to x, or to these operands."""
    result: V = getattr(x._functions, name)(*operands or (x,))
    return result


class Elsewhere:
    """An attribute that Values do not have: reading or setting it raises an AttributeError that says what to use."""

    def __init__(self, name: str, advice: str) -> None:
        self.message: str = f"a Value has no attribute {name!r}: {advice}"

    def __get__(self, x: Any, owner: type | None = None) -> Any:
        if x is None:
            return self
        raise AttributeError(self.message)

    def __set__(self, x: Any, value: Any) -> None:
        raise AttributeError(self.message)


_BESIDE = (
    "it has room for its own fields only; keep yours beside it, in a dict such as {p: 0.0 for p in model.parameters()}"
)
_NUMBER = "it is one number, not a tensor; x.item() returns it as a float"
_FREEZE = "give the optimiser only the parameters to train, or freeze a module with module.requires_grad_(False)"
ELSEWHERE = {
    **dict.fromkeys(("m", "v", "velocity", "momentum", "cache", "id", "color", "_vis_color"), _BESIDE),
    **dict.fromkeys(("numpy", "cpu", "cuda", "to", "shape", "dtype", "size", "dim", "T", "double", "tolist"), _NUMBER),
    **dict.fromkeys(("draw", "show", "plot"), "from autograd.render import draw, show_backward: draw(loss)"),
    **{name: f"autograd.{name}(x)" for name in ("softplus", "gelu", "silu", "elu", "selu", "leaky_relu", "logsigmoid")},
    **{name: f"autograd.{name}(xs) of a sequence of Values" for name in ("sum", "mean", "prod")},
    "norm": "autograd.sqrt(autograd.sum(x * x for x in xs)), or autograd.hypot(x, y)",
    "_backward": "it stores numbers instead, x.local_grads; autograd.define(...) makes a new operation",
    "grad_fn": "the operation that made it is x.op, on x.operands",
    "name": "its name is x.label",
    "register_hook": "`autograd.render.trace_backward(loss)` records every step of a backward pass",
    "requires_grad": f"everything is recorded, except within `with no_grad():`; x.detach() is a constant; {_FREEZE}",
    "requires_grad_": _FREEZE,
    "retain_grad": "every Value keeps its grad",
    "zero_grad": "set x.grad = 0.0, or call zero_grad() of the model or the optimiser",
}


class Methods:
    """Methods of Value."""

    __slots__ = ()
    _functions: Any  # the functions of the operations, in the same build

    # fmt: off
    # Operations that are methods in PyTorch or NumPy; the most frequent ones are in value.py

    def acos(self: V) -> V: return _of(self, "acos")
    def acosh(self: V) -> V: return _of(self, "acosh")
    def asin(self: V) -> V: return _of(self, "asin")
    def asinh(self: V) -> V: return _of(self, "asinh")
    def atan(self: V) -> V: return _of(self, "atan")
    def atanh(self: V) -> V: return _of(self, "atanh")
    def cbrt(self: V) -> V: return _of(self, "cbrt")
    def cosh(self: V) -> V: return _of(self, "cosh")
    def erf(self: V) -> V: return _of(self, "erf")
    def erfc(self: V) -> V: return _of(self, "erfc")
    def exp2(self: V) -> V: return _of(self, "exp2")
    def expm1(self: V) -> V: return _of(self, "expm1")
    def floor(self: V) -> V: return _of(self, "floor")
    def log10(self: V) -> V: return _of(self, "log10")
    def log1p(self: V) -> V: return _of(self, "log1p")
    def log2(self: V) -> V: return _of(self, "log2")
    def sign(self: V) -> V: return _of(self, "sign")
    def sinc(self: V) -> V: return _of(self, "sinc")
    def sinh(self: V) -> V: return _of(self, "sinh")
    def atan2(self: V, other: V | float) -> V: return _of(self, "atan2", self, other)
    def floor_divide(self: V, other: V | float) -> V: return _of(self, "floor_divide", self, other)
    def hypot(self: V, other: V | float) -> V: return _of(self, "hypot", self, other)
    def logaddexp(self: V, other: V | float) -> V: return _of(self, "logaddexp", self, other)
    def remainder(self: V, other: V | float) -> V: return _of(self, "remainder", self, other)

    # NumPy calls these methods of the elements of an object array; np.round calls rint, np.std calls conjugate

    def arccos(self: V) -> V: return _of(self, "acos")
    def arccosh(self: V) -> V: return _of(self, "acosh")
    def arcsin(self: V) -> V: return _of(self, "asin")
    def arcsinh(self: V) -> V: return _of(self, "asinh")
    def arctan(self: V) -> V: return _of(self, "atan")
    def arctanh(self: V) -> V: return _of(self, "atanh")
    def arctan2(self: V, other: V | float) -> V: return _of(self, "atan2", self, other)
    def conjugate(self: V) -> V: return self
    def deg2rad(self: V) -> V: return _of(self, "mul", self, math.pi / 180.0)
    def degrees(self: V) -> V: return _of(self, "mul", self, 180.0 / math.pi)
    def rad2deg(self: V) -> V: return _of(self, "mul", self, 180.0 / math.pi)
    def fabs(self: V) -> V: return _of(self, "abs")
    def radians(self: V) -> V: return _of(self, "mul", self, math.pi / 180.0)
    def rint(self: Any) -> Any: return _of(self, "where", 1.0, round(self.item(), 0), self)
    # fmt: on

    def clip(self: V, min: V | float | None = None, max: V | float | None = None, *, out: None = None) -> V:
        """Return the nearest number to x between min and max."""
        if out is not None:  # np.clip passes it on
            raise TypeError("clip returns a new Value and writes into nothing: out must be None")
        return _of(self, "clip", self, min, max)

    # PyTorch's and micrograd's

    def clamp(self: V, min: V | float | None = None, max: V | float | None = None) -> V:
        """Return `clip(min, max)`; PyTorch's name."""
        return _of(self, "clip", self, min, max)

    def clone(self: V) -> V:
        """Return a node with the same data, through which the gradient flows (`detach` and `copy.copy` stop it)."""
        return _of(self, "add", self, 0.0)

    def pow(self: V, exponent: V | float) -> V:
        """Return `x ** exponent`; PyTorch's name."""
        return _of(self, "pow", self, exponent)

    def reciprocal(self: V) -> V:
        """Return `1 / x`; PyTorch's name."""
        return _of(self, "div", 1.0, self)

    def rsqrt(self: V) -> V:
        """Return `1 / sqrt(x)`; PyTorch's name."""
        return _of(self, "pow", self, -0.5)

    def square(self: V) -> V:
        """Return `x * x`; PyTorch's name."""
        return _of(self, "mul", self, self)

    @property
    def is_leaf(self: Any) -> bool:
        """True if no operation made this Value; PyTorch's name."""
        return not self.op

    @property
    def _prev(self: Any) -> Any:
        """micrograd's name for `inputs`."""
        return self.inputs

    @property
    def _op(self: Any) -> str:
        """micrograd's name for the operation: '+', '*', 'tanh', ..."""
        op: str = self.op
        return {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "neg": "-"}.get(op, op)

    def _repr_html_(self: Any) -> str:
        """HTML for a notebook."""
        from html import escape

        label = f"<b>{escape(self.label)}</b> " if self.label else ""
        return f"<code>{label}data {self:.6g} &nbsp; grad {self.grad:.6g}</code>"

    def __dir__(self) -> list[str]:
        return [name for name in object.__dir__(self) if name not in ELSEWHERE]


def members(functions: Any) -> dict[str, Any]:
    """Everything to add to the class Value of a build; functions: the module of its functions."""
    methods = {name: x for name, x in vars(Methods).items() if name == "__dir__" or not name.startswith("__")}
    return methods | {name: Elsewhere(name, advice) for name, advice in ELSEWHERE.items()} | {"_functions": functions}


def refused_label(text: Any) -> TypeError:
    """The error about a label that is not a str."""
    hint = ": operations record themselves, so there are no children to pass" if isinstance(text, (tuple, set)) else ""
    return TypeError(f"label must be a str, got {type(text).__name__}: {text!r}{hint}")
