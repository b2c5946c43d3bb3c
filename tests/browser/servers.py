"""Programs that serve pages on this machine during a test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

SECONDS = 60.0  # that a server may take to start


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of a process that ignores the user's settings and writes only to the folder."""
    names = (
        "HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR",
        "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME",
    )  # fmt: skip
    rest = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    return {**rest, **{name: str(folder / name.lower()) for name in names}, "MARIMO_SKIP_UPDATE_CHECK": "1"}


def run(folder: Path, *arguments: str) -> None:
    """Run `python -m ...` to its end; if it fails, the error is its output."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[str]:
    """Run `python -m ...` in the folder with {port} filled in; return the address once it answers, and end it afterwards."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, log = f"http://127.0.0.1:{port}", folder / "server.log"
    command = [sys.executable, "-m", *(argument.format(port=port) for argument in arguments)]
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
    try:
        _wait(server, address, log)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            urlopen(address, timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server did not come up:\n{log.read_text()}")
