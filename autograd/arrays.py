"""NumPy's functions on Values. A Value in an array is an object; no array ever goes inside a Value."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.ops import TABLE


def apply_ufunc(ufunc: np.ufunc, method: str, operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """`ufunc` on Values, numbers and arrays, element by element: a Value, or an object array of Values.

    On objects, NumPy calls the operator or the method of that name (`x * y`, `x.exp()`). Its maximum and minimum would
    pick one of two equal Values, so these two are the table's.
    """
    boxed = [np.asarray(x).astype(object) for x in operands]
    if method == "__call__" and ufunc.__name__ in ("maximum", "minimum"):
        ufunc = np.frompyfunc(TABLE[ufunc.__name__], 2, 1)
    return getattr(ufunc, method)(*boxed, **options)
