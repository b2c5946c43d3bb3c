"""`np`: NumPy, or `nn._lists` where it is not installed, as in a browser. The other modules of `nn` import it from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
else:
    try:
        import numpy as np
    except ModuleNotFoundError:
        from nn import _lists as np

__all__ = ["np"]
