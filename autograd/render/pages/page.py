"""Self-contained interactive pages: the base of the step player and of the training movie. One file, no network."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from autograd.render.content.text import FONT
from autograd.render.image.look import Look
from autograd.render.image.svg import DARK, LIGHT, STYLE, compact, variables

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"  # allows no requests


class Page(ABC):
    """A page that notebooks display, and `to_html()` and `save()` turn into one file. Without scripts it shows `still`."""

    @property
    @abstractmethod
    def title(self) -> str:
        """The title of the page."""

    @property
    @abstractmethod
    def data(self) -> dict[str, Any]:
        """All data for the script of the page. `kind` is the name of its .js file."""

    @property
    def parts(self) -> Sequence[str]:
        """The names of the .js and .css files of the page, in order."""
        return "player", self.data["kind"]

    @property
    @abstractmethod
    def files(self) -> str:
        """The kinds of files that `save` can write, in words."""

    @property
    @abstractmethod
    def look(self) -> Look:
        """The theme and the font of the page."""

    def choices(self, speed: float = 1, loop: bool = False) -> dict[str, Any]:
        """The choices of the menu that differ from its usual ones, as an entry of `data`; {} if none does."""
        wanted = {"theme": self.look.theme, "speed": speed, "loop": loop, "zoom": (self.look.size or FONT) / FONT}
        usual = {"theme": "auto", "speed": 1, "loop": False, "zoom": 1}
        chosen = {name: x for name, x in wanted.items() if x != usual[name]}
        return {"look": chosen} if chosen else {}

    @property
    def code(self) -> str:
        """More JavaScript for the page."""
        return ""

    @property
    def script(self) -> str:
        """The JavaScript of the page."""
        return "".join([*texts(f"{name}.js" for name in self.parts), self.code])

    @property
    def style(self) -> str:
        """The CSS of the page."""
        colours = f".player {{ {variables(LIGHT)} --mono: {self.look.families} }} .player.dark {{ {variables(DARK)} }}"
        return "".join([compact(colours + STYLE), *texts(f"{name}.css" for name in self.parts)])

    @property
    @abstractmethod
    def still(self) -> str:
        """HTML that shows the same without scripts."""

    def to_html(self) -> str:
        """Return the whole page as text."""
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            f"<title>{escape(self.title)}</title>\n"
            "<style>html { color-scheme: light dark; } body { margin: 12px; } h1 { font: 600 17px system-ui, sans-serif; "
            "overflow-wrap: anywhere; }</style></head>\n"
            f'<body><main class="alone"><h1>{escape(self.title)}</h1>{self._repr_html_()}</main></body></html>\n'
        )

    def save(self, path: str | Path) -> Path:
        """Write the page to a .html file and return its path."""
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a page can be saved as {self.files}, got {str(path)!r}")
        path.write_text(self.to_html(), encoding="utf-8")
        return path

    def _repr_html_(self) -> str:
        """Return the page for embedding: the static picture, and the script that replaces it by the interactive one."""
        text = json.dumps(self.data, ensure_ascii=True, separators=(",", ":"))
        key = sha256(text.encode()).hexdigest()[:16]
        arguments = ", ".join(map(_inert, (json.dumps(key), text, json.dumps(self.style))))
        return (
            f'<div data-stepgrad="{key}" data-lm-suppress-shortcuts="true">{self.still}</div>'
            f"<script>(() => {{\n{self.script}\nstart({arguments});\n}})();</script>"
        )

    def _mime_(self) -> tuple[str, str]:
        """Return a frame for marimo, which does not run scripts in outputs."""
        frame = f'<iframe srcdoc="{escape(self.to_html())}" style="width: 100%; height: 720px; border: none"></iframe>'
        return "text/html", frame


def texts(names: Iterable[str]) -> Iterator[str]:
    """The texts of those files that exist, without comments and needless spaces: a third less."""
    for name in names:
        file = files("autograd.render.pages") / name
        if file.is_file():
            text = re.sub(r"(?m)(^\s*|(?<=[;{,)]) )//.*|^\s+", "", file.read_text(encoding="utf-8"))
            yield (_tight(text) if name.endswith(".js") else compact(text)) + "\n"


# A token of our JavaScript, where a division has spaces around it, and a pattern none.
_TOKEN = re.compile(
    r""""(?:[^"\\]|\\.)*"|/(?=[^ ])(?:\[(?:[^]\\]|\\.)*]|[^/\\\n[]|\\.)+/"""
    r"""| *(!==|[{}()\[\];,:=<>?|&*]) *| ([-+%]) (?![-+])|`|.|\n"""
)
_CHUNK = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(?:`|\$\{)")  # of a template, up to its end or to code in it


def _tight(code: str) -> str:
    """JavaScript without spaces and ends of lines beside punctuation, except in strings, templates and patterns."""
    out, at = [], 0
    braces: list[int] = []  # open braces within each template around here
    while at < len(code):
        found = _TOKEN.match(code, at)
        assert found is not None
        token, at = found[1] or found[2] or found[0], found.end()
        if braces and token in "{}":
            braces[-1] += 1 if token == "{" else -1
        is_end = bool(braces) and braces[-1] < 0  # of code in a template
        out.append(found[0].lstrip(" ") if is_end else token)
        if is_end:
            at = found.start() + found[0].index("}") + 1
            out[-1] = "}"
            braces.pop()
        if token == "`" or is_end:
            chunk = _CHUNK.match(code, at)
            assert chunk is not None
            out.append(chunk[0])
            at = chunk.end()
            if chunk[0].endswith("${"):
                braces.append(0)
    return re.sub(r"(?<=[;{},(])\n+", "", "".join(out))  # our statements end in semicolons


def _inert(text: str) -> str:
    """Escape JSON so that no string in it can end the surrounding script, or begin anything else."""
    return text.replace("<", "\\u003c")
