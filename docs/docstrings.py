"""Prepares docstrings for Markdown: examples become code, and public names in backticks become links."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import griffe

EXAMPLE = re.compile(r"(?:^ *>>> .*\n?(?:^(?! *>>> ) *\S.*\n?)*)+", re.MULTILINE)
NAME = re.compile(r"`([\w.]+)(\([^`]*\))?`")

ASTERISKS = re.compile(r"\*|__")  # of formulas and names, which would make text bold
ARGUMENT = re.compile(r"(?:^|(?<=\.[ \n]))(\w+(?:, \w+)*): ", re.MULTILINE)
AFTERWARDS = re.compile(r"\n(?=(?:Raises|Returns|It|Its|The|\w+Error)\b)")  # a line that goes on about something else


class Docstrings(griffe.Extension):
    """Called by griffe while it reads the sources."""

    def on_module_node(self, *, node: Any, **settings: Any) -> None:
        """Leave out what the compiled build imports, so that the Python files are read."""
        if isinstance(node, ast.Module):
            node.body = [x for found in node.body for x in (found.orelse if _is_of_compiled_build(found) else [found])]

    def on_module_members(self, *, mod: Any, **settings: Any) -> None:
        """Drop exports that another module's `__all__` lists: griffe 2.4 cannot follow them through `import ... as`."""
        if mod.exports:
            mod.exports = [name for name in mod.exports if isinstance(name, str)]

    def on_object(self, *, obj: Any, **settings: Any) -> None:
        """Change the docstring of an object."""
        if obj.docstring:
            obj.docstring.value = markdown(obj.docstring.value, obj.path.partition(".")[0], _arguments(obj))


def _is_of_compiled_build(node: ast.stmt) -> Any:
    return isinstance(node, ast.If) and "COMPILED" in {x.id for x in ast.walk(node.test) if isinstance(x, ast.Name)}


def markdown(text: str, package: str, arguments: set[str]) -> str:
    """Return a docstring of a package with its examples in fences, its arguments as a list, and with links.

    >>> markdown("Add.\\n\\nx: a number. y: another.\\n\\n>>> 1 + 1\\n2", "nn", {"x", "y"}).splitlines()
    ['Add.', '', '- **x**: a number.', '- **y**: another.', '', '```pycon', '>>> 1 + 1', '2', '```']
    """
    fenced = EXAMPLE.sub(lambda found: f"```pycon\n{found.group().rstrip()}\n```\n", text).rstrip()
    parts = re.split(r"(```.*?```)", fenced, flags=re.DOTALL)
    for i, part in enumerate(parts):
        if i % 2 == 0:
            text = "".join(x if k % 2 else ASTERISKS.sub(r"\\\g<0>", x) for k, x in enumerate(re.split(r"(`[^`]*`)", part)))
            listed = "\n\n".join(_list(paragraph, arguments) for paragraph in text.split("\n\n"))
            parts[i] = NAME.sub(lambda found: _link(found, package), listed)
    return "".join(parts)


def _list(paragraph: str, arguments: set[str]) -> str:
    """Return a paragraph with the descriptions of arguments, such as `x: a number.`, as a list."""
    starts = [found for found in ARGUMENT.finditer(paragraph) if set(found[1].split(", ")) <= arguments]
    if not starts:
        return paragraph
    ends = [*(found.start() for found in starts[1:]), len(paragraph)]
    items, after = [], []
    for found, end in zip(starts, ends):
        description, *rest = AFTERWARDS.split(paragraph[found.end() : end], maxsplit=1)
        items.append(f"- **{found[1]}**: {' '.join(description.split())}")
        after += rest
    before = paragraph[: starts[0].start()].strip()
    return "\n\n".join([*([before] if before else []), "\n".join(items), *after])


def _arguments(obj: Any) -> set[str]:
    """Return the names of a function's parameters, or of a class's attributes and of the parameters of its `__init__`."""
    if obj.is_function:
        return {parameter.name for parameter in obj.parameters}
    if not obj.is_class:
        return set()
    own = {name for name, member in obj.members.items() if not member.is_alias and member.is_attribute}
    start = obj.members.get("__init__")
    return own | ({parameter.name for parameter in start.parameters} if start else set())


def _link(found: re.Match[str], package: str) -> str:
    """Return a name in backticks as a link to its place in the reference, if it has one."""
    name = found[1]
    if name == "grad" and not found[2]:  # the attribute
        return found.group()
    for candidate in (name, f"{package}.{name}", f"autograd.{name}", f"autograd.render.{name}"):
        if candidate in _names():
            return f"[{found.group()}][{candidate}]"
    return found.group()


@lru_cache
def _names() -> frozenset[str]:
    return frozenset((Path(__file__).parents[1] / "build" / "names.txt").read_text(encoding="utf-8").split())
