"""NumPy's functions on Values and on arrays of them. A Value in an array is an object; no array ever goes inside a Value.

If an operand is a Value, NumPy calls `Value.__array_ufunc__`, and the operation is recorded: `np.maximum(v, 0)` is
`autograd.maximum(v, 0)`, elementwise if the other operand is an array.

If all operands are arrays, NumPy calls only operators and methods of their elements (`x * y`, `x.exp()`, `x.rint()`), and
Values cannot know that an array is being worked on. Some functions therefore differ on arrays:

- maximum, minimum, fmax, fmin, max, min and clip compare the elements and return one of them. The numbers are right, but of
  two equal elements one gets the whole gradient, and a plain number that is chosen stays a plain number.
- floor, ceil, trunc and sign return ints; isnan, isfinite, isinf, and sign at 0, raise TypeError.

On arrays, use the operations of the table, which work elementwise: `autograd.maximum(array, 0)`,
`autograd.clip(array, 0, 1)`, `autograd.floor(array)`; `autograd.amax(array)` for the largest element, and
`np.apply_along_axis(autograd.amax, axis, array)` along an axis. `np.vectorize(np.isnan)(array)` calls NumPy's function on
each element.

`call(row, operands)` is the function of value.py that records any operation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd.operations import TABLE, Operation

if TYPE_CHECKING:
    import numpy as np

Call = Callable[[Operation, tuple[Any, ...]], Any]
SAME = {  # NumPy's name, and that of the operation, where NumPy's own loops over objects would do something else
    **{name: name for name in ("maximum", "minimum", "clip", "floor", "sign", "hypot", "logaddexp")},
    "arctan2": "atan2",
}
OF_THE_NUMBER = ("isnan", "isfinite", "isinf", "signbit")


def apply_ufunc(call: Call, ufunc: np.ufunc, method: str, operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Apply `ufunc` to operands of which at least one is a Value; return a Value, or an object array of Values.

    Never warns, whatever `np.errstate` says: exp(1000) is inf, as it is without NumPy. Raises TypeError for `np.add.at`
    on an array that cannot hold Values.
    """
    import numpy as np

    if method == "at" and operands[0].dtype != object:
        raise TypeError(f"an array of {operands[0].dtype} cannot hold Values: convert it with array.astype(object)")
    name = ufunc.__name__
    if name in OF_THE_NUMBER:
        return getattr(ufunc, method)(*map(_number, operands), **options)
    if name in SAME:
        row = TABLE[SAME[name]]
        ufunc = np.frompyfunc(lambda *xs: call(row, xs), ufunc.nin, 1)
    if name in COMPOSED:
        ufunc = np.frompyfunc(lambda *xs: COMPOSED[name](call, *xs), ufunc.nin, 1)
    with np.errstate(all="ignore"):
        return getattr(ufunc, method)(*[np.asarray(x, dtype=object) if _is_value(x) else x for x in operands], **options)


def has_arrays(operands: tuple[Any, ...]) -> bool:
    """True if an operand is an array."""
    return any(hasattr(x, "__array_ufunc__") and not _is_value(x) for x in operands)


def elementwise(call: Call, row: Operation, operands: tuple[Any, ...]) -> Any:
    """Apply row to each element, with NumPy's broadcasting; return an array of floats if no operand holds objects."""
    import numpy as np

    with np.errstate(all="ignore"):
        result = np.frompyfunc(lambda *xs: call(row, xs), len(operands), 1)(*operands)
    return result if any(np.asarray(x).dtype == object for x in operands) else np.asarray(result, dtype=float)[()]


def _ceil(call: Call, x: Any) -> Any:
    return -call(TABLE["floor"], (-x,))


def _trunc(call: Call, x: Any) -> Any:
    return _ceil(call, x) if x < 0.0 else call(TABLE["floor"], (x,))


def _fmax(call: Call, x: Any, y: Any) -> Any:
    a, b = _number(x), _number(y)
    return call(TABLE["where"], (a >= b or b != b, x, y))


def _fmin(call: Call, x: Any, y: Any) -> Any:
    a, b = _number(x), _number(y)
    return call(TABLE["where"], (a <= b or b != b, x, y))


COMPOSED: dict[str, Callable[..., Any]] = {"ceil": _ceil, "trunc": _trunc, "fmax": _fmax, "fmin": _fmin}
# Of two equal operands, fmax and fmin choose the first, as in PyTorch.


def _number(x: Any) -> Any:
    return x.data if _is_value(x) else x


def _is_value(x: Any) -> bool:
    return hasattr(x, "local_grads")
