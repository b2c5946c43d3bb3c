"""The README, docs/ and CONTRIBUTING are true: their code runs, their table is current, and CI runs their commands."""

import re
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from autograd.operations import TABLE
from autograd.reference import table

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text()
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
BLOCKS = {
    f"{page.stem}-{i}": block
    for page in PAGES
    for i, block in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL))
}
COUNTS = {"README": 3, "index": 3, "programs": 3, "train": 5, "values": 4, "watch": 2}  # of blocks of code


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_code_of_the_documents_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")
    before = dict(TABLE)
    try:
        exec(block, {})
    finally:
        for name in TABLE.keys() - before.keys():  # which the block defined
            del TABLE[name]
        plt.close("all")


def test_there_is_code_to_run() -> None:
    names = [name.partition("-")[0] for name in BLOCKS]
    assert {name: names.count(name) for name in names} == COUNTS


def test_what_the_readme_says_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = (block for name, block in BLOCKS.items() if "diagnose" in block and "train" in name)
    exec(block, {})
    promised = block.splitlines()[-1].removeprefix("# ").removesuffix("...")
    assert capsys.readouterr().out.startswith(promised)


def test_the_readme_is_a_shop_window() -> None:
    assert len(README.split()) < 1200, "what is more belongs in docs/"


def test_the_table_of_operations_is_the_table() -> None:
    assert table() in (REPOSITORY / "docs" / "operations.md").read_text(), "write it anew: python -m autograd ops --write"


def test_links_and_pictures_exist() -> None:
    others = ("CONTRIBUTING.md", "benchmarks/README.md", "notebooks/README.md")
    for path in [*PAGES, *(REPOSITORY / file for file in others)]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[\w-]*)?\)", path.read_text()):
            assert (path.parent / link).exists(), f"{path.name} links {link}"


def test_ci_runs_the_commands_of_the_readme() -> None:
    ci = (REPOSITORY / ".ci" / "run").read_text()
    for command in ("pip install -e '.[demo]' && python -m autograd demo", "pip install -e '.[test]' && pytest"):
        assert command in README
        assert command in ci
