"""Pages that move: what the step player and the film of a training have in common. One file, no network."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from autograd.render.svg import DARK, LIGHT, STYLE, variables

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"  # no request leaves


class Page(ABC):
    """Shows itself in a notebook; `to_html()` and `save()` give one file. Where no script runs, `still` is what is seen."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What the page is about."""

    @property
    @abstractmethod
    def data(self) -> dict[str, Any]:
        """Everything that the page shows: what the script gets. `kind` is the name of its .js file."""

    @property
    @abstractmethod
    def still(self) -> str:
        """HTML without a script that tells the truth too."""

    def to_html(self) -> str:
        """The whole page as text."""
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            f"<title>{escape(self.title)}</title>\n"
            "<style>html { color-scheme: light dark; } body { margin: 12px; } h1 { font: 600 17px system-ui, sans-serif; "
            "overflow-wrap: anywhere; }</style></head>\n"
            f"<body><main><h1>{escape(self.title)}</h1>{self._repr_html_()}</main></body></html>\n"
        )

    def save(self, path: str | Path) -> Path:
        """Write the page to a .html file; returns its path."""
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a page is saved as .html, got {str(path)!r}")
        path.write_text(self.to_html(), encoding="utf-8")
        return path

    def _repr_html_(self) -> str:
        """The page for inside another one: the still picture, and the script that puts the moving one in its place."""
        here, data = files("autograd.render"), self.data
        colours = f".player {{ {variables(LIGHT)} }} .player.dark {{ {variables(DARK)} }}"
        css = "".join([colours, STYLE, *((here / f"{name}.css").read_text() for name in ("player", data["kind"]))])
        code = "".join((here / f"{name}.js").read_text() for name in ("player", data["kind"]))
        text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
        key = sha256(text.encode()).hexdigest()[:16]
        arguments = ", ".join(map(_inert, (json.dumps(key), text, json.dumps(css))))
        return (
            f'<div data-stepgrad="{key}" data-lm-suppress-shortcuts="true">{self.still}</div>'
            f"<script>(() => {{\n{code}\nstart({arguments});\n}})();</script>"
        )

    def _mime_(self) -> tuple[str, str]:
        """For marimo, where scripts in outputs do not run: a frame."""
        frame = f'<iframe srcdoc="{escape(self.to_html())}" style="width: 100%; height: 720px; border: none"></iframe>'
        return "text/html", frame


def _inert(text: str) -> str:
    """JSON that cannot end the script it stands in, whatever its strings say."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
