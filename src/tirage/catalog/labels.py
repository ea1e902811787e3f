"""Reading an uploaded label: what it is, and an SVG without anything that acts. No Django."""

from __future__ import annotations

import re
from typing import NoReturn
from xml.etree import ElementTree as ET

from tirage.core.errors import DomainError

MOST_BYTES = 600 * 1024
#: Levels of elements in elements; drawing programs make a dozen.
DEEPEST = 100
SVG = "image/svg+xml"
_SVG_SPACE = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"

#: Drawing only: nothing that runs, embeds a page, links away or animates.
_ELEMENTS = frozenset(
    "svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan textPath image "
    "linearGradient radialGradient stop pattern clipPath mask marker filter style switch "
    "feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap "
    "feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode "
    "feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence".split()
)
_EMBEDDED = re.compile(r"data:image/(png|jpeg|webp);base64,[A-Za-z0-9+/=\s]*")
_OUTSIDE = re.compile(r"@import|expression\s*\(|javascript:|url\(\s*(?!['\"]?#)|\\", re.IGNORECASE)


def read_label(data: bytes) -> tuple[str, bytes]:
    """Media type and safe bytes of an uploaded picture, decided by its content, never by its name.

    Raises DomainError ``label_invalid`` for anything but PNG, JPEG, WebP or SVG, or more than 600 KB.
    """
    if len(data) > MOST_BYTES:
        size = f"{len(data) / 1024:,.0f} KB"
        _refuse(
            f"This picture has {size}; a label can have 600 KB. Save it smaller, 1,000 pixels wide is plenty."
        )
    kind = sniff(data)
    if kind is None:
        _refuse("This file is not a picture we can show. Use PNG, JPEG, WebP or SVG.")
    return (SVG, clean_svg(data)) if kind == SVG else (kind, data)


def sniff(data: bytes) -> str | None:
    """The media type by the first bytes; None when it is no picture of the four kinds."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return SVG if b"<svg" in data[:4096] else None


def clean_svg(data: bytes) -> bytes:
    """The drawing alone: scripts, foreign objects, handlers and references to anything outside are taken out.

    Raises DomainError ``label_invalid`` when it can't be read or declares entities.
    """
    if b"<!ENTITY" in data.upper():
        _refuse("This SVG declares entities, which a label doesn't need. Export it as plain SVG.")
    try:
        root = ET.fromstring(_without_doctype(data))  # noqa: S314 - entities, what makes XML dangerous, are refused
    except (ET.ParseError, LookupError, ValueError):
        # A LookupError: it names an encoding that nobody knows.
        _refuse("This SVG can't be read. Export it again as plain SVG.")
    if _local(root.tag) != "svg":
        _refuse("This file is not a picture we can show. Use PNG, JPEG, WebP or SVG.")
    _clean(root)
    if _is_deep(root):
        _refuse(
            f"This SVG has groups in groups more than {DEEPEST} times over. Export it again as plain SVG."
        )
    ET.register_namespace("", _SVG_SPACE)
    ET.register_namespace("xlink", _XLINK)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=False))


def _without_doctype(data: bytes) -> bytes:
    return re.sub(rb"<!DOCTYPE[^<>\[]*>", b"", data, count=1, flags=re.IGNORECASE)


def _clean(root: ET.Element) -> None:
    """One element after the other, not each inside the last: a file decides how deep they are."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        for name, value in list(element.attrib.items()):
            if not _is_harmless(_local(name), value):
                del element.attrib[name]
        if _local(element.tag) == "style" and _OUTSIDE.search(element.text or ""):
            element.text = ""
        element[:] = [child for child in element if _is_drawing(child)]
        waiting += element


def _is_deep(root: ET.Element) -> bool:
    """Whether it is deeper than drawings are; who writes or shows it goes down once for each level."""
    level, depth = [root], 0
    while level and depth <= DEEPEST:
        level, depth = [child for element in level for child in element], depth + 1
    return bool(level)


def _is_drawing(element: ET.Element) -> bool:
    """Comments and processing instructions have no text as their tag."""
    tag: object = element.tag
    return isinstance(tag, str) and _space(tag) in ("", _SVG_SPACE) and _local(tag) in _ELEMENTS


def _is_harmless(name: str, value: str) -> bool:
    if name.lower().startswith("on"):
        return False
    if name == "href":
        return value.startswith("#") or _EMBEDDED.fullmatch(value) is not None
    return not _OUTSIDE.search(value)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _space(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def _refuse(message: str) -> NoReturn:
    raise DomainError("label_invalid", message, {"label": message})
