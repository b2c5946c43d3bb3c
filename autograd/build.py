"""The choice of the build: the compiled modules of autograd/compiled/ where they are installed, unless STEPGRAD_PURE=1."""

import os
from importlib.util import find_spec

COMPILED = os.environ.get("STEPGRAD_PURE") != "1" and find_spec("autograd.compiled.value") is not None
