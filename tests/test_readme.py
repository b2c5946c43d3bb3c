"""The README and CONTRIBUTING are true: their code runs, their table is current, and CI runs their commands."""

import re
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from autograd.reference import table

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_code_of_the_readme_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")
    exec(block, {})
    plt.close("all")


def test_there_is_code_to_run() -> None:
    assert len(BLOCKS) == 7


def test_what_the_readme_says_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = (block for block in BLOCKS if "diagnose" in block)
    exec(block, {})
    promised = block.splitlines()[-1].removeprefix("# ").removesuffix("...")
    assert capsys.readouterr().out.startswith(promised)


def test_the_table_of_operations_is_the_table() -> None:
    assert table() in README, "write it anew: python -m autograd ops --write"


def test_links_and_pictures_exist() -> None:
    for file in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md", "notebooks/README.md"):
        path = REPOSITORY / file
        for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / link).exists(), f"{file} links {link}"


def test_ci_runs_the_commands_of_the_readme() -> None:
    ci = (REPOSITORY / ".ci" / "run").read_text()
    for command in ("pip install -e '.[demo]' && python -m autograd demo", "pip install -e '.[test]' && pytest"):
        assert command in README
        assert command in ci
