"""NumPy's functions on Values. A Value in an array is an object; no array ever goes inside a Value.

Where an operand is a Value, NumPy asks the Value, and the answer is the table's: `np.maximum(v, 0)` is
`autograd.maximum(v, 0)`, element by element if the other operand is an array. An array has no such say over NumPy: its
functions call the operator or the method of the elements (`x * y`, `x.exp()`, `x.rint()`), and these do not:

- maximum, minimum, fmax, fmin, max, min and clip compare, and return one of the elements. The numbers are right, but of
  equal elements one gets the whole gradient, and a plain number that is returned remains one.
- sign, floor, ceil and trunc return ints; isnan, isfinite and isinf raise TypeError.

On arrays take the operations of the table instead, which work element by element: `autograd.maximum(array, 0)`,
`autograd.clip(array, 0, 1)`, `autograd.floor(array)`; `autograd.amax(array)` for the largest, with
`np.apply_along_axis(autograd.amax, axis, array)` along an axis. `np.vectorize(np.isnan)(array)` asks each element.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.ops import TABLE


def _ceil(x: Any) -> Any:
    return -TABLE["floor"](-x)


def _trunc(x: Any) -> Any:
    return _ceil(x) if x < 0.0 else TABLE["floor"](x)


def _fmax(x: Any, y: Any) -> Any:
    a, b = _number(x), _number(y)
    return TABLE["where"](a >= b or b != b, x, y)


def _fmin(x: Any, y: Any) -> Any:
    a, b = _number(x), _number(y)
    return TABLE["where"](a <= b or b != b, x, y)


def _number(x: Any) -> Any:
    return x.data if _is_value(x) else x


def _is_value(x: Any) -> bool:
    return hasattr(x, "record")


# What the loops over objects do otherwise; of two equal operands, fmax and fmin take the first, as PyTorch does.
OURS = {name: TABLE[name] for name in ("maximum", "minimum", "clip", "floor", "sign", "hypot")}
OURS |= {"arctan2": TABLE["atan2"], "ceil": _ceil, "trunc": _trunc, "fmax": _fmax, "fmin": _fmin}
ASK_THE_NUMBER = ("isnan", "isfinite", "isinf", "signbit")


def apply_ufunc(ufunc: np.ufunc, method: str, operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """`ufunc` on Values, numbers and arrays, element by element: a Value, or an object array of Values.

    It does not warn, whatever `np.errstate` says: exp(1000) is inf, as on a Value without NumPy. TypeError from
    `np.add.at` on an array that cannot hold Values.
    """
    if method == "at" and operands[0].dtype != object:
        raise TypeError(f"an array of {operands[0].dtype} cannot hold Values: make it one of objects, array.astype(object)")
    if ufunc.__name__ in ASK_THE_NUMBER:
        return getattr(ufunc, method)(*map(_number, operands), **options)
    if ufunc.__name__ in OURS:
        ufunc = np.frompyfunc(OURS[ufunc.__name__], ufunc.nin, 1)
    with np.errstate(all="ignore"):
        return getattr(ufunc, method)(*[np.asarray(x, dtype=object) if _is_value(x) else x for x in operands], **options)
