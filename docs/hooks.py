"""Hooks of mkdocs, beside Markdown: equations become MathML, and the outputs of notebooks come in."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert

EQUATION = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
PLACE = re.compile(r'<div class="output" data-output="([\w.-]+)"></div>')


def on_page_content(content: str, **settings: Any) -> str:
    """Return the page with its equations as MathML, which browsers draw without a script."""

    def mathml(found: re.Match[str]) -> str:
        return convert(html.unescape(found[3]), display="inline" if found[2] == "(" else "block")

    return EQUATION.sub(mathml, content)


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Return the finished page with the players and drawings in it, which the search shall not read."""
    outputs = Path(config.docs_dir) / "outputs"

    def stored(found: re.Match[str]) -> str:
        return f'<div class="output">{(outputs / f"{found[1]}.html").read_text(encoding="utf-8")}</div>'

    return PLACE.sub(stored, output)


def on_files(files: Any, **settings: Any) -> Any:
    """Return the files without the outputs, which are parts of pages."""
    for file in list(files):
        if file.src_uri.startswith("outputs/"):
            files.remove(file)
    return files
