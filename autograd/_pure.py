"""`STEPGRAD_PURE=1`: run the Python sources even where the compiled engine is installed."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path


def use_python_sources() -> None:
    """Import `memory` and `value` from their .py files, which Python would otherwise find only after the compiled ones."""
    for name in ("memory", "value"):
        path = Path(__file__).with_name(f"{name}.py")
        spec = spec_from_file_location(f"autograd.{name}", path)
        assert spec and spec.loader, path
        module = module_from_spec(spec)
        sys.modules[f"autograd.{name}"] = module
        spec.loader.exec_module(module)
