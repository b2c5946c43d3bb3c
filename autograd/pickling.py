"""The part of a pickled graph that is the same in both builds, so that each reads the other's pickles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class _Thread(threading.local):
    """The state of pickling in each thread."""

    walk = -1  # the walk whose nodes are being pickled one by one, if any


thread: _Thread = _Thread()


class Walk:
    """Pickled before and after the nodes of one walk, as a sign that each of them is to be pickled by itself."""

    def __init__(self, walk: int = -1) -> None:
        self.walk = walk

    def __reduce__(self) -> tuple[Any, ...]:
        thread.walk = self.walk
        return Walk, ()


def restore_last(opening: Walk, nodes: list[Any], closing: Walk, last: tuple[Any, ...], restore: Callable[..., Any]) -> Any:
    """Return the last node of a pickled graph; the others were restored when the arguments of this call were unpickled."""
    return restore(*last)
