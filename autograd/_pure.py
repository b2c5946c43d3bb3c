"""`STEPGRAD_PURE=1`: run the Python sources even where the compiled engine is installed."""

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path


def choose_build() -> None:
    """Import `memory` and `value` from their .py files if asked to; Python itself would take the compiled ones."""
    for name in ("memory", "value") if os.environ.get("STEPGRAD_PURE") == "1" else ():
        path = Path(__file__).with_name(f"{name}.py")
        spec = spec_from_file_location(f"autograd.{name}", path)
        assert spec is not None and spec.loader is not None, path
        module = module_from_spec(spec)
        sys.modules[f"autograd.{name}"] = module
        setattr(sys.modules["autograd"], name, module)
        spec.loader.exec_module(module)
