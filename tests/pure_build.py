"""Import the plain Python build of value.py next to the build under test, to compare them in one process."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import autograd


def load() -> ModuleType:
    """Load `autograd.value` from value.py, with `autograd.memory` from memory.py."""
    names = ("autograd.memory", "autograd.value")
    compiled = {name: sys.modules[name] for name in names}
    try:
        for name in names:
            path = Path(autograd.__file__).with_name(name.rpartition(".")[2] + ".py")
            spec = spec_from_file_location(name, path)
            assert spec
            assert spec.loader
            module = module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
        return sys.modules["autograd.value"]
    finally:
        sys.modules.update(compiled)
