"""Every module is on a floor of the house and imports only from the floors above it (house.py)."""

import doctest
import importlib
from importlib.util import find_spec
from pathlib import Path

import pytest

from autograd.operations import TABLE
from tests.house import (
    FLOORS,
    MOST_LINES,
    MOST_LINES_OF_NODE,
    PAGE,
    PROGRAMS,
    REPOSITORY,
    arrows_down,
    circles,
    code_lines,
    imports,
    sources,
)
from tests.skips import need

ON_FLOORS = {name: path for name, path in sources().items() if name.rpartition(".")[2] not in PROGRAMS}


@pytest.mark.parametrize(("module", "path"), ON_FLOORS.items(), ids=ON_FLOORS)
def test_arrows_point_up(module: str, path: Path) -> None:
    if module.startswith("nn"):
        inner = {name for name in imports(path) if name.startswith("autograd.")}
        assert not inner, "nn uses autograd's public names only"
    assert module.startswith("nn") or not any(name.partition(".")[0] == "nn" for name in imports(path)), (
        "the engine does not know its networks"
    )
    assert arrows_down(module, path) == []


def test_there_is_no_circle() -> None:
    assert circles() == []


def test_every_floor_has_its_files() -> None:
    listed = {f"{package}.{name}" for package, floors in FLOORS.items() for names in floors for name in names}
    assert {name for name in listed if name not in sources() and f"{name}.__init__" not in sources()} == set()


def test_the_engine_is_a_page() -> None:
    folder = REPOSITORY / "autograd"
    assert code_lines(folder / "node.py") <= MOST_LINES_OF_NODE
    assert sum(code_lines(folder / f"{name}.py") for name in PAGE) <= MOST_LINES
    assert code_lines(REPOSITORY / "setup.py") < 80
    assert len((folder / "tiny.py").read_text().splitlines()) <= 50


@pytest.mark.parametrize(("module", "path"), sources().items(), ids=sources())
def test_examples_in_docstrings(module: str, path: Path) -> None:
    if path.name == "_torch_modules.py":
        need("torch", find_spec("torch"))
    before = dict(TABLE)
    if path.name != "__main__.py":
        assert doctest.testmod(importlib.import_module(module.removesuffix(".__init__"))).failed == 0
    for name in TABLE.keys() - before.keys():  # which an example defined
        del TABLE[name]


def test_the_chain_rule_names_no_operation() -> None:
    """The edge carries the number."""
    source = (REPOSITORY / "autograd" / "node.py").read_text()
    body = source[source.index("def backpropagate") : source.index("def recorded_operations")]
    assert "ops." not in body and "BY_CODE" not in body
