"""Imports: every layer uses only the layers above it in the list."""

import ast
import doctest
import importlib
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.skips import need

REPOSITORY = Path(__file__).parents[1]

# The layers, from the top. `demo` and `__main__` are the program; they may use everything.
FLOORS = [
    ["floats", "memory"],
    ["symbols", "modes"],
    ["operation"],
    ["ops"],
    ["arrays", "kernels"],
    ["value"],
    ["flat", "functions", "graph", "functional"],
    ["program"],
    ["check"],
    ["render"],
]
SOURCES = sorted(path for package in ("autograd", "nn") for path in (REPOSITORY / package).rglob("*.py"))


def floor_of(module: str) -> int:
    return next(i for i, floor in enumerate(FLOORS) if module in floor)


def imports(path: Path) -> list[tuple[str, str]]:
    """List each (module, name) that a file imports at run time, at any place in the file."""
    tree = ast.parse(path.read_text())
    typing = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    only_types = {id(inner) for node in typing for part in node.body for inner in ast.walk(part)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in only_types:
            found += [(node.module or "", alias.name) for alias in node.names]
        if isinstance(node, ast.Import) and id(node) not in only_types:
            found += [(alias.name, "") for alias in node.names]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_arrows_point_up(path: Path) -> None:
    package, *rest = path.relative_to(REPOSITORY).with_suffix("").parts
    for module, name in imports(path):
        if package == "nn":
            assert module != "autograd" or not name.startswith("_")
            assert not module.startswith("autograd."), f"nn uses autograd's public names only, not {module}"
            continue
        if rest[0] in ("__init__", "__main__", "_pure", "demo"):
            continue
        assert module.split(".")[0] != "nn", "the engine does not know its networks"
        below = name if module == "autograd" else module.split(".")[1] if module.startswith("autograd.") else ""
        if below and below != rest[0]:
            assert floor_of(below) < floor_of(rest[0]), f"{path.name} imports {below}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_examples_in_docstrings(path: Path) -> None:
    module = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
    if path.name == "torch_modules.py":
        need("torch", find_spec("torch"))
    if path.name != "__main__.py":
        assert doctest.testmod(importlib.import_module(module)).failed == 0


def test_the_pure_chain_rule_needs_no_operation() -> None:
    """`backpropagate` names no operation: the edge carries the number."""
    source = (REPOSITORY / "autograd" / "value.py").read_text()
    body = source[source.index("def backpropagate") : source.index("# Recording")]
    assert "ops." not in body
