"""A skip is accepted only if its reason has a name; conftest.py fails the run for any other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
CASES = [
    ("need('torch', False)", [], None),
    ("need('torch', True)", ["--may-skip="], None),
    ("need('torch', False)", ["--may-skip=dot,torch"], None),
    ("need('torch', False)", ["--may-skip=dot"], "test_it may not be skipped here: torch: PyTorch is not installed"),
    ("pytest.skip('no time')", [], "test_it may not be skipped here: no time"),
    ("pytest.importorskip('no_such_module')", [], "may not be skipped here: could not import 'no_such_module'"),
]


@pytest.mark.parametrize(("line", "options", "told"), CASES)
@pytest.mark.parametrize("where", ["test", "file"])
def test_a_skip_without_a_name_fails_the_run(
    line: str, options: list[str], told: str | None, where: str, tmp_path: Path
) -> None:
    if where == "file":
        line = line.replace("pytest.skip('no time')", "pytest.skip('no time', allow_module_level=True)")
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    body = f"    {line}\n" if where == "test" else "    pass\n"
    (tmp_path / "test_one.py").write_text(
        f"import pytest\nfrom tests.skips import need\n\n{line if where == 'file' else ''}\n\ndef test_it():\n{body}"
    )
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(tmp_path), str(tmp_path), *options]
    environment = {name: text for name, text in os.environ.items() if name != "PYTEST_ADDOPTS"}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert (told or "").removeprefix("test_it " if where == "file" else "") in done.stdout
    assert (done.returncode == 1) == (told is not None), done.stdout
