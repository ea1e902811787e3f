"""A logo as it is kept: a drawing. A picture (PNG, JPEG) is read, made small, and laid into one."""

from __future__ import annotations

import base64
import io
from typing import NoReturn

from PIL import Image, ImageOps

from tirage.catalog.labels import clean_svg, sniff
from tirage.core.errors import DomainError

MOST_BYTES = 200 * 1024
#: Of a picture as it is sent; what is kept is smaller.
MOST_PICTURE_BYTES = 5 * 1024 * 1024
#: More than any camera's; what would unfold in memory is refused before it does.
MOST_PIXELS = 50_000_000
#: The shop shows it 64 high; screens have up to three points in one.
WIDEST, HIGHEST = 960, 240
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}


def drawing_of(data: bytes) -> str:
    """The SVG to keep of an uploaded logo: an SVG reduced to its drawing, or a picture laid into one.

    What it is is told by its content. Of a picture only its points are kept, turned as the camera meant them; whatever
    else a file says (where it was taken, with what) is left out. Raises DomainError ``logo_invalid``,
    ``label_invalid``.
    """
    kind = sniff(data) or ""
    if kind in _FORMATS:
        return _laid_in(kind, _picture(kind, data))
    if len(data) > MOST_BYTES:
        _refuse(f"This drawing has {len(data) // 1024:,} KB; a logo can have {MOST_BYTES // 1024}.")
    if b"<svg" not in data[:4096]:
        _refuse("This file is not a logo we can show. Use PNG, JPEG or SVG.")
    return clean_svg(data).decode()


def _picture(kind: str, data: bytes) -> Image.Image:
    if len(data) > MOST_PICTURE_BYTES:
        size = f"{len(data) / 1024 / 1024:,.1f} MB"
        _refuse(f"This picture has {size}; {MOST_PICTURE_BYTES // 1024 // 1024} MB are possible.")
    try:
        with Image.open(io.BytesIO(data), formats=[_FORMATS[kind]]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                _refuse(
                    f"This picture is {opened.width:,} by {opened.height:,} points. Save it smaller; "
                    f"{WIDEST} wide is plenty."
                )
            opened.draft("RGB", (WIDEST * 2, HIGHEST * 2))
            picture = ImageOps.exif_transpose(opened)
            picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except DomainError:
        raise
    except Exception:
        _refuse("This picture can't be read. Save it again as PNG or JPEG.")
    picture.thumbnail((WIDEST, HIGHEST), Image.Resampling.LANCZOS)
    return picture


def _laid_in(kind: str, picture: Image.Image) -> str:
    """The picture, written anew, in an SVG of its size."""
    written = io.BytesIO()
    points = Image.new(picture.mode, picture.size)
    points.paste(picture)
    if kind == "image/png":
        points.save(written, "PNG", optimize=True)
    else:
        points.convert("RGB").save(written, "JPEG", quality=88, optimize=True)
    body = base64.b64encode(written.getvalue()).decode()
    if len(body) > MOST_BYTES * 4:
        _refuse("This picture is too large for a logo. Save it with fewer shades, or as JPEG.")
    size = f'width="{picture.width}" height="{picture.height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {picture.width} {picture.height}" {size}>'
        f'<image {size} href="data:{kind};base64,{body}"/></svg>'
    )


def _refuse(words: str) -> NoReturn:
    raise DomainError("logo_invalid", words, {"logo": words})
