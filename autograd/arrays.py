"""NumPy's functions on Values and on arrays of them. A Value in an array is an object; no array ever goes inside a Value.

If an operand is a Value, NumPy calls `Value.__array_ufunc__`, and the result is the table's: `np.maximum(v, 0)` is
`autograd.maximum(v, 0)`, elementwise if the other operand is an array.

If all operands are arrays, NumPy calls only operators and methods of their elements (`x * y`, `x.exp()`, `x.rint()`), and
nothing tells us that an array is being worked on. Some functions therefore differ on arrays:

- maximum, minimum, fmax, fmin, max, min and clip compare the elements and return one of them. The numbers are right, but of
  two equal elements one gets the whole gradient, and a plain number that is chosen stays a plain number.
- floor, ceil, trunc and sign return ints; isnan, isfinite, isinf, and sign at 0, raise TypeError.

On arrays, use the operations of the table, which work elementwise: `autograd.maximum(array, 0)`,
`autograd.clip(array, 0, 1)`, `autograd.floor(array)`; `autograd.amax(array)` for the largest element, and
`np.apply_along_axis(autograd.amax, axis, array)` along an axis. `np.vectorize(np.isnan)(array)` calls NumPy's function on
each element.
"""

from __future__ import annotations

from collections.abc import Callable
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


# Where NumPy's own loops over objects differ. Of two equal operands, fmax and fmin choose the first, as in PyTorch.
OURS: dict[str, Callable[..., Any]] = {
    **{name: TABLE[name] for name in ("maximum", "minimum", "clip", "floor", "sign", "hypot")},
    **{"arctan2": TABLE["atan2"], "ceil": _ceil, "trunc": _trunc, "fmax": _fmax, "fmin": _fmin},
}
OF_THE_NUMBER = ("isnan", "isfinite", "isinf", "signbit")


def apply_ufunc(ufunc: np.ufunc, method: str, operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """`ufunc` on operands of which at least one is a Value: a Value, or an object array of Values.

    It never warns, whatever `np.errstate` says: exp(1000) is inf, as it is without NumPy. Raises TypeError for `np.add.at`
    on an array that cannot hold Values.
    """
    if method == "at" and operands[0].dtype != object:
        raise TypeError(f"an array of {operands[0].dtype} cannot hold Values: make it one of objects, array.astype(object)")
    if ufunc.__name__ in OF_THE_NUMBER:
        return getattr(ufunc, method)(*map(_number, operands), **options)
    if ufunc.__name__ in OURS:
        ufunc = np.frompyfunc(OURS[ufunc.__name__], ufunc.nin, 1)
    with np.errstate(all="ignore"):
        return getattr(ufunc, method)(*[np.asarray(x, dtype=object) if _is_value(x) else x for x in operands], **options)
