"""IEEE arithmetic on Python floats, against NumPy's float64 at every combination of special values."""

import itertools
import math
import struct
from typing import Any

import numpy as np
import pytest

from autograd import floats

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.25, -2.5, 3.0, -3.0, 710.0, -710.0, 1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan]
ONE = ["exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "floor", "abs"]
TWO = ["hypot", "equal"]
RENAMED = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "pow": "power", "div": "divide"}


def same(x: float, y: float) -> bool:
    """True if equal up to the last bits of a transcendental function, including the sign of zero; nan equals nan."""
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    if x == 0 or math.isinf(x):
        return struct.pack("d", x) == struct.pack("d", y)
    return math.isclose(x, y, rel_tol=1e-15)


@pytest.mark.parametrize("name", [*ONE, *TWO, *RENAMED])
def test_special_values_as_in_numpy(name: str) -> None:
    function: Any = getattr(floats, name)
    oracle: Any = getattr(np, RENAMED.get(name, name))
    for xs in itertools.product(SPECIAL, repeat=oracle.nin):
        with np.errstate(all="ignore"):
            expected = float(oracle(*map(np.float64, xs)))
        assert same(float(function(*xs)), expected), xs


def test_sums_and_maxima() -> None:
    assert floats.sum([1e16, 1.0, 1.0]) == 1e16  # one after another: each 1 is lost
    assert floats.amax([1.0, 3.0, 2.0]) == 3.0
    assert math.isnan(floats.amax([1.0, math.nan, 2.0]))


def test_hypot_of_a_nan_after_an_overflow() -> None:
    """CPython 3.11 mistakes the overflow's error number for its own, and raises."""
    assert floats.sinh(711.0) == math.inf
    assert math.isnan(floats.hypot(711.0, math.nan))
    assert floats.hypot(1e308, 1.7e308) == math.inf


def test_cond_computes_the_branch_taken_only() -> None:
    assert floats.cond(True, lambda: 1.0, lambda: 1 / 0) == floats.cond(False, lambda: 1 / 0, lambda: 1.0) == 1.0
