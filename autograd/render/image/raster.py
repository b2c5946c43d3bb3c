"""Write pictures as PNG or PDF, with matplotlib."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path as FilePath
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path
from PIL import Image

from autograd.render.content.picture import LINE, Box, Picture
from autograd.render.content.text import FONT, SMALL, width
from autograd.render.image.look import PLAIN, Look
from autograd.render.image.svg import DARK, LIGHT, MARGIN, arrowhead
from autograd.render.layout.geometry import Layout, Point

PX = 1 / 72  # inches
SHARP, FILM = 216, 108  # dots per inch: three per px; in a film, one and a half
FPS = 10  # frames per second of an .mp4
MONO: dict[str, Any] = {"family": "monospace", "ha": "center", "va": "baseline"}
Colours = dict[str, str]
COLOUR = {"title": "ink", "data": "ink", "grad": "grad", "folded": "grad"}  # by the role of a line; other roles are faint


def save(picture: Picture, layout: Layout, path: FilePath, words: Sequence[str] = (), look: Look = PLAIN) -> None:
    """Write the picture, and words below it, in the format of the file name's suffix: .png or .pdf.

    look: its theme, light if it is 'auto', and its font.
    """
    figure(picture, layout, words, None, look).savefig(path, dpi=SHARP * (look.size or FONT) / FONT)


def save_film(
    frames: Sequence[tuple[Picture, Layout, Sequence[str]]], path: FilePath, seconds: float, look: Look = PLAIN
) -> None:
    """Write pictures with words as a film, .gif or .mp4, each for this time, and the last for three times as long."""
    w, h = (max(sizes) for sizes in zip(*(_size(layout, words) for _, layout, words in frames)))
    images = []
    for picture, layout, words in frames:
        file = BytesIO()
        figure(picture, layout, words, (w, h), look).savefig(file, format="png", dpi=FILM)
        images.append(Image.open(file).convert("RGB"))
    save_images(images, path, seconds)


def save_images(images: Sequence[Image.Image], path: FilePath, seconds: float, colours: int = 64) -> None:
    """Write images of one size as a film, .gif or .mp4, each for this time, and the last for three times as long.

    colours: the number of colours of each image in a .gif.
    """
    if path.suffix.lower() == ".mp4":
        _save_mp4(images, path, seconds)
        return
    small = [image.convert("P", palette=Image.Palette.ADAPTIVE, colors=colours) for image in images]
    ms = [round(1000 * seconds)] * len(small)
    ms[-1] *= 3
    small[0].save(path, save_all=True, append_images=small[1:], duration=ms, loop=0, disposal=1)


def _save_mp4(images: Sequence[Image.Image], path: FilePath, seconds: float) -> None:
    """Write a film with FFmpeg. H.264 needs sides of an even length, and players a few frames per second."""
    from imageio_ffmpeg import write_frames

    size = (images[0].width + images[0].width % 2, images[0].height + images[0].height % 2)
    film = write_frames(str(path), size, fps=FPS, macro_block_size=2, ffmpeg_log_level="error")
    film.send(None)
    for k, image in enumerate(images):
        whole = Image.new("RGB", size, LIGHT["paper"])
        whole.paste(image)
        for _ in range(max(1, round(FPS * seconds)) * (3 if k == len(images) - 1 else 1)):
            film.send(whole.tobytes())
    film.close()


def _size(layout: Layout, words: Sequence[str]) -> tuple[float, float]:
    """The width and height of a picture with words below it, in px."""
    below = LINE * (len(words) + 1) if words else 0
    return max([layout.size[0], *map(width, words)]) + 2 * MARGIN, layout.size[1] + below + 2 * MARGIN


def figure(
    picture: Picture, layout: Layout, words: Sequence[str] = (), size: Point | None = None, look: Look = PLAIN
) -> Figure:
    """Draw a picture and the words below it as a figure, `size` px wide and high, by default as small as possible."""
    w, h = size or _size(layout, words)
    colours = DARK if look.theme == "dark" else LIGHT
    mono = {**MONO, "family": [look.family, MONO["family"]]} if look.family else MONO
    figure = Figure(figsize=(w * PX, h * PX), facecolor=colours["paper"])
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-MARGIN, w - MARGIN), ylim=(h - MARGIN, -MARGIN))
    axes.set_axis_off()
    for k, line in enumerate(words):
        style: dict[str, Any] = {**mono, "ha": "left", "size": FONT, "color": colours["ink"]}
        weight = "bold" if k == 0 else "normal"
        axes.text(0, layout.size[1] + LINE * (k + 1.75), line, parse_math=False, weight=weight, **style)
    for patch in _patches(picture, layout, colours):
        axes.add_artist(patch)
    for text, x, y, style in _texts(picture, layout, colours):
        axes.text(x, y, text, parse_math=False, **mono, **style)
    return figure


def _patches(picture: Picture, layout: Layout, colours: Colours) -> Iterator[Artist]:
    for route in layout.routes:
        codes = [Path.MOVETO, *[Path.CURVE4] * (len(route) - 1)]
        yield PathPatch(Path(route, codes), facecolor="none", edgecolor=colours["line"], linewidth=1.2)
        yield Polygon(arrowhead(route[::-1]), facecolor=colours["line"], linewidth=0)
    for box, (x, y, w, h) in zip(picture.boxes, layout.boxes):
        rounding = {"leaf": 0, "group": 3}.get(box.kind, 9)
        shape = FancyBboxPatch((x - w / 2, y - h / 2), w, h, f"round,pad=0,rounding_size={rounding}", linewidth=1.2)
        lit = picture.lit.get(box.id)
        fill = f"{lit}-box" if lit else {"leaf": "leaf", "group": "group"}.get(box.kind, "box")
        edge = {"active": "active", "gets": "grad"}.get(lit or "", "line")
        shape.set(facecolor=colours[fill], edgecolor=colours[edge], linewidth=2.4 if lit else 1.2)
        shape.set_linestyle("--" if box.kind == "outside" else "-")
        yield shape


def _texts(
    picture: Picture, layout: Layout, colours: Colours = LIGHT
) -> Iterator[tuple[str, float, float, dict[str, Any]]]:
    for arrow, place in zip(picture.arrows, layout.labels):
        if place is not None:
            yield arrow.label, place[0], place[1] + SMALL * 0.35, {"size": SMALL, "color": colours["faint"]}
    for box, (x, y, _, h) in zip(picture.boxes, layout.boxes):
        yield from _lines(picture, box, x, y - h / 2 + 5, colours)


def _lines(
    picture: Picture, box: Box, x: float, top: float, colours: Colours
) -> Iterator[tuple[str, float, float, dict[str, Any]]]:
    for k, line in enumerate(box.lines):
        style = {"size": FONT, "color": colours[COLOUR.get(line.role, "faint")], "weight": "bold" if k == 0 else "normal"}
        yield picture.text(line), x, top + LINE * (k + 0.75), style
