"""`STEPGRAD_PURE=1`: run the Python sources even where the compiled engine is installed."""

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType


class _Sources:
    """An importer that finds autograd's modules in their .py files; Python itself would take the compiled ones."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's .py file; None for packages, and for what is not ours."""
        package, _, last = name.rpartition(".")
        if package.split(".")[0] != "autograd":
            return None
        source = Path(__file__).parent.joinpath(*package.split(".")[1:], f"{last}.py")
        if not source.exists() and not source.with_suffix("").is_dir():
            raise ModuleNotFoundError(
                f"{name} is a compiled module, and STEPGRAD_PURE=1 asks for Python sources", name=name
            )
        return spec_from_file_location(name, source) if source.exists() else None


def choose_build() -> None:
    """Import from the .py files if asked to."""
    sys.meta_path[:0] = [_Sources] if os.environ.get("STEPGRAD_PURE") == "1" else []
