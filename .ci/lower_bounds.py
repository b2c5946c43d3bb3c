"""Print pip's constraints that hold every package to the oldest version pyproject.toml names: `pip install -c`.

python .ci/lower_bounds.py EXTRA ...   those of the build, of the package itself, and of these extras and what they ask for
"""

import re
import sys
from pathlib import Path

import tomllib

PYPROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
REQUIREMENT = re.compile(r"([\w.-]+)(?:\[([\w,]+)\])?(?:>=([\w.]+))?")


def bounds(requirements: list[str]) -> dict[str, str]:
    """{package: its oldest version}, extras of our own followed."""
    found: dict[str, str] = {}
    for requirement in requirements:
        match = REQUIREMENT.match(requirement)
        assert match, requirement
        name, extras, oldest = match.groups()
        if name == PYPROJECT["project"]["name"]:
            for extra in extras.split(","):
                found |= bounds(PYPROJECT["project"]["optional-dependencies"][extra])
        else:
            assert oldest, f"{requirement} has no lower bound"
            found[name] = oldest
    return found


if __name__ == "__main__":
    own = [f"{PYPROJECT['project']['name']}[{extra}]" for extra in sys.argv[1:]]
    asked = [*PYPROJECT["build-system"]["requires"], *PYPROJECT["project"]["dependencies"], *own]
    print("\n".join(f"{name}=={oldest}" for name, oldest in sorted(bounds(asked).items())))
