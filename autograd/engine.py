"""Selects the compiled or the plain Python engine (build.py); the rest of the package imports it from here."""

from typing import TYPE_CHECKING

from autograd.build import COMPILED

if COMPILED and not TYPE_CHECKING:
    from autograd.compiled import functions
    from autograd.compiled.bulk import data_of, gradients, grads_of, set_data, set_grads
    from autograd.compiled.node import recorded_operations
    from autograd.compiled.value import Value, call, restore
    from autograd.operations import TABLE

    if " ".join(TABLE) != functions.NAMES:
        raise ImportError(
            "the compiled engine was built from another table of operations; build it again: pip install -e ."
        )
else:
    from autograd import functions
    from autograd.bulk import data_of, gradients, grads_of, set_data, set_grads
    from autograd.node import recorded_operations
    from autograd.value import Value, call, restore

    Value.__module__ = "autograd.engine"  # as in the compiled build

restore.__module__ = "autograd.engine"  # the name in pickles, so that each build reads those of the other
__all__ = [
    "Value",
    "call",
    "data_of",
    "functions",
    "gradients",
    "grads_of",
    "recorded_operations",
    "restore",
    "set_data",
    "set_grads",
]
