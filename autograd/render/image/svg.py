"""Write pictures as SVG: the same look for every layout engine, in light and dark, with text as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from math import hypot

from autograd.render.content.picture import LINE, Box, Line, Picture
from autograd.render.content.text import FONT, SMALL
from autograd.render.image.look import PLAIN, Look
from autograd.render.layout.geometry import Layout, Point

MARGIN = 6.0
HEAD, SLIM = 7.0, 0.4  # the length of an arrowhead, and half its width relative to that

# The colours of drawings and of the player. Blue, orange and purple can be told apart with all kinds of colour vision.
LIGHT = {
    "paper": "#ffffff", "ink": "#1e293b", "faint": "#526077", "line": "#8694a8", "leaf": "#dbeafe", "box": "#ffffff",
    "group": "#f1f5f9", "grad": "#6d28d9", "active": "#c2410c", "active-box": "#ffedd5", "gets-box": "#ede9fe",
    "plus": "#2563eb", "minus": "#be185d",
}  # fmt: skip
DARK = {
    "paper": "#0f172a", "ink": "#e2e8f0", "faint": "#a3b1c6", "line": "#64748b", "leaf": "#1e3a5f", "box": "#1e293b",
    "group": "#27324a", "grad": "#c4b5fd", "active": "#fb923c", "active-box": "#43240f", "gets-box": "#322358",
    "plus": "#60a5fa", "minus": "#f472b6",
}  # fmt: skip


def variables(colours: dict[str, str]) -> str:
    """Return the colours as CSS variables."""
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


STYLE = f"""
.boxes rect {{ fill: var(--box); stroke: var(--line); stroke-width: 1.2; }}
.leaf rect {{ fill: var(--leaf); }}
.group rect {{ fill: var(--group); }}
.outside rect {{ stroke-dasharray: 4 3; opacity: 0.8; }}
text {{ font: {FONT:g}px var(--mono); text-anchor: middle; }}
text {{ fill: var(--ink); }}
.outside text {{ fill: var(--faint); }}
text.title {{ font-weight: bold; }}
text.expression, text.progress, text.paths {{ fill: var(--faint); }}
text.grad, text.folded, text.total {{ fill: var(--grad); }}
.arrow text {{ font-size: {SMALL:g}px; fill: var(--faint); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }}
.arrow path {{ fill: none; stroke: var(--line); stroke-width: 1.2; }}
.arrow .head, .arrow .back {{ fill: var(--line); stroke: none; }}
.arrow .back {{ display: none; }}
.active rect {{ fill: var(--active-box); stroke: var(--active); stroke-width: 2.6; }}
.gets rect {{ fill: var(--gets-box); stroke: var(--grad); stroke-width: 2.6; }}
"""
_CLASS = re.compile(r"\.([a-z]+)")


def _themes(style: str, look: Look) -> str:
    """The colours that a style uses, in light and dark or one of these, and its font."""
    light, dark = (variables({k: x for k, x in each.items() if f"var(--{k})" in style}) for each in (LIGHT, DARK))
    changes = f"@media (prefers-color-scheme: dark) {{ svg {{ {dark} }} }}" if look.theme == "auto" else ""
    return f"svg {{ {dark if look.theme == 'dark' else light} --mono: {look.families}; }} {changes}"


def compact(style: str) -> str:
    """Return CSS without needless spaces."""
    return re.sub(r" *([{};,>])\s*|(?<=:) ", r"\1", style).replace(";}", "}")


def px(x: float) -> str:
    """Write a length in px: 12.3, or 12."""
    return f"{x:.1f}".removesuffix(".0")


def _used(style: str, parts: Sequence[str]) -> str:
    """The rules for classes that the picture has."""
    classes = set(re.findall(r'(?<=class=")[^"]+', "".join(parts)))
    names = {name for text in classes for name in text.split()}
    return "".join(
        f"{line}\n"
        for line in style.splitlines()
        if not (found := _CLASS.findall(line.partition("{")[0])) or not names.isdisjoint(found)
    )


def svg(
    picture: Picture,
    layout: Layout,
    standalone: bool = True,
    attributes: Callable[[Box], str] = lambda box: "",
    bare: bool = False,
    look: Look = PLAIN,
) -> str:
    """Return the picture as SVG text. standalone: include colours and background, for a file; otherwise for a page.

    attributes(box) returns extra attributes for a box. bare: leave out tooltips and the names of parts, for which an image
    in a page has no use. look: the theme and font, of a file. All text is escaped: a label is never treated as markup.
    """
    w, h = layout.size[0] + 2 * MARGIN, layout.size[1] + 2 * MARGIN
    scale = (look.size or FONT) / FONT
    parts = [f'<g transform="translate({MARGIN:g} {MARGIN:g})"><g class="arrows">']
    for arrow, route, label in zip(picture.arrows, layout.routes, layout.labels):
        edge = "" if standalone or arrow.node is None else f' data-edge="{picture.graph.index[arrow.node]} {arrow.edge}"'
        ends = "" if bare else f' data-tail="{arrow.tail}" data-head="{arrow.head}"'
        parts.append(f'<g class="arrow"{ends}{edge}>')
        if standalone and not bare and arrow.node is not None:
            parts.append(f"<title>{escape(picture.rule(arrow))}</title>")
        parts.append(_curve(route, not standalone))
        if label is not None:
            parts.append(f'<text x="{px(label[0])}" y="{px(label[1] + SMALL * 0.35)}">{escape(arrow.label)}</text>')
        parts.append("</g>")
    parts.append('</g><g class="boxes">')
    for box, place in zip(picture.boxes, layout.boxes):
        tooltip = f"<title>{escape(exact(box))}</title>" if standalone and not bare else ""
        parts.append(_box(picture, box, place, None if bare else attributes(box), tooltip))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w * scale:.0f}" height="{h * scale:.0f}" '
        f'viewBox="0 0 {px(w)} {px(h)}" '
        f'role="img" aria-label="{escape(describe(picture))}">'
    )
    if standalone:
        style, paper = _used(STYLE, parts), "fill: var(--paper)"
        sheet = compact(_themes(style + paper, look) + style)
        head += f'<style>{sheet}</style><rect width="100%" height="100%" style="{paper}"/>'
    return "".join([head, *parts, "</g></g></svg>"])


def describe(picture: Picture) -> str:
    """Describe the picture in a sentence, for screen readers."""
    of = ", ".join(map(picture.graph.title, picture.graph.roots))
    return (
        f"Computation graph of {of}: {len(picture.boxes)} boxes, {len(picture.arrows)} arrows. {'; '.join(picture.notes)}"
    )


def _box(picture: Picture, box: Box, place: tuple[float, float, float, float], more: str | None, inside: str) -> str:
    x, y, w, h = place
    corner = {"leaf": 0, "group": 3}.get(box.kind, 9)
    whose = _whose if more is not None else lambda *_: ""
    lines = "".join(
        f'<text class="{line.role}" x="{px(x)}" y="{px(y - h / 2 + 5 + LINE * (k + 0.75))}"{whose(picture, line)}>'
        f"{escape(picture.text(line))}</text>"
        for k, line in enumerate(box.lines)
    )
    named = "" if more is None else f' data-box="{box.id}"{more}'
    kind = " ".join(filter(None, [box.kind, picture.lit.get(box.id)]))
    return (
        f'<g class="{kind}"{named}>{inside}'
        f'<rect x="{px(x - w / 2)}" y="{px(y - h / 2)}" width="{px(w)}" height="{px(h)}" rx="{corner}"/>{lines}</g>'
    )


def _whose(picture: Picture, line: Line) -> str:
    """Name the node whose number or gradient the line shows, so that the player can update the line."""
    if line.node is None:
        return ""
    return f' data-of="{picture.graph.index[line.node]}" data-before="{escape(line.text)}"'


def exact(box: Box) -> str:
    """Return the node of a box with all digits, for a tooltip."""
    node = box.nodes[0] if len(box.nodes) == 1 else None
    return box.lines[0].text if node is None else f"{box.lines[0].text}: data {node.data!r}, grad {node.grad!r}"


def _at(point: Point) -> str:
    return f"{px(point[0])} {px(point[1])}"


def _curve(route: list[Point], in_page: bool) -> str:
    start, *rest = route
    curves = "".join(f"C{' '.join(map(_at, rest[i : i + 3]))}" for i in range(0, len(rest), 3))
    line = f'<path d="M{_at(start)}{curves}"/>'
    if in_page:  # where scene.js places the heads
        return f'{line}<path class="head"/><path class="back"/>'
    return f'{line}<path class="head" d="{_head(route[::-1])}"/>'


def arrowhead(points: Sequence[Point]) -> tuple[Point, Point, Point]:
    """Return a triangle whose tip is the first point, along the curve that starts there."""
    x, y = points[0]
    behind = next((p for p in points if hypot(p[0] - x, p[1] - y) > 2.0), (x - 1.0, y))
    length = hypot(behind[0] - x, behind[1] - y)
    u, v = (behind[0] - x) / length * HEAD, (behind[1] - y) / length * HEAD
    return (x, y), (x + u - v * SLIM, y + v + u * SLIM), (x + u + v * SLIM, y + v - u * SLIM)


def _head(points: Sequence[Point]) -> str:
    return "M" + "L".join(map(_at, arrowhead(points))) + "Z"
