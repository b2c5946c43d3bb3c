"""Exercises that answer, and guesses that are kept.

`check("02b.1", Value, add, mul)` says what is wrong with your answer, or that it is right. `predict("slope at h = 1", 6)`
keeps a guess, and `compare` shows it next to the answer.
"""

from . import (
    activations,
    calculus,
    depth,
    engine,
    generalisation,
    matrices,
    sequences,
    training,
)
from .checking import CHECKS, check
from .engine import as_library
from .guesses import compare, predict

__all__ = [
    "CHECKS",
    "activations",
    "as_library",
    "calculus",
    "check",
    "compare",
    "depth",
    "engine",
    "generalisation",
    "matrices",
    "predict",
    "sequences",
    "training",
]
