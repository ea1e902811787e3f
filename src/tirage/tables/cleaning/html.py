"""Notes that a web page has written: their text, without the marks of the page."""

import re
from html.parser import HTMLParser

_LOOKS_LIKE = re.compile(
    r"</?(p|br|div|span|strong|em|b|i|u|a|ul|ol|li|h[1-6]|table|tr|td|font|img|blockquote)\b[^<>]*>"
    r"|&(nbsp|amp|lt|gt|quot|rsquo|lsquo|rdquo|ldquo|eacute|egrave|ndash|mdash|#\d{2,5});",
    re.IGNORECASE,
)
_BREAKS = frozenset("br p div li ul ol tr table blockquote h1 h2 h3 h4 h5 h6".split())
_UNSHOWN = frozenset(("script", "style", "head", "title"))


def text_of_html(value: str) -> str:
    """What a person would read of it; the same text when it holds nothing of a web page."""
    if not _LOOKS_LIKE.search(value):
        return value
    reader = _Text()
    reader.feed(value)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unshown = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unshown += tag in _UNSHOWN
        if tag in _BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        self._unshown -= tag in _UNSHOWN and self._unshown > 0
        if tag in _BREAKS and tag != "br":
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._unshown:
            self.parts.append(data)

    def _break(self) -> None:
        if self.parts and self.parts[-1] != "\n":
            self.parts.append("\n")
