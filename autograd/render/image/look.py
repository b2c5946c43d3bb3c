"""The look of a picture: its theme and its font."""

from __future__ import annotations

import re
from dataclasses import dataclass

THEMES = ("auto", "light", "dark")
MONOSPACED = 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace'
_FONT = re.compile(r"(?:(\d{1,2}(?:\.\d)?)px)?(?:^| |$)([A-Za-z][A-Za-z0-9 _-]{0,60})?", re.ASCII)
SMALLEST, LARGEST = 8.0, 40.0  # px


@dataclass(frozen=True)
class Look:
    """A theme, the family of the font ("" for the system's), and the size of the text in boxes in px (0 by default)."""

    theme: str = "auto"
    family: str = ""
    size: float = 0.0

    @property
    def families(self) -> str:
        """The families of the font, as in CSS."""
        return f'"{self.family}", {MONOSPACED}' if self.family else MONOSPACED


PLAIN = Look()


def look(theme: str, font: str) -> Look:
    """Check a theme and a font such as '14px', 'Fira Code' or '14px Fira Code'; raise ValueError if they are none.

    A font becomes part of a style sheet, so its name begins with a letter, and has only letters, digits, spaces, hyphens
    and underscores.
    """
    if theme not in THEMES:
        raise ValueError(f"theme must be 'auto', 'light' or 'dark', got {theme!r}")
    found = _FONT.fullmatch(font) if isinstance(font, str) and font == font.strip() else None
    if found is None or (found[1] and not SMALLEST <= float(found[1]) <= LARGEST):
        sizes = f"from {SMALLEST:g}px to {LARGEST:g}px"
        raise ValueError(f"font is a size {sizes}, a family, or both, such as '14px Fira Code', got {font!r}")
    return Look(theme, found[2] or "", float(found[1] or 0))
