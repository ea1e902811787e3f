"""Characters that nobody sees or means, as web pages, PDFs and spreadsheets leave them in what is copied out of them.

One place for files, forms and search boxes. What scripts and emoji need to be written stays: joiners between letters
that join, selectors behind what they select.
"""

from __future__ import annotations

import re
import unicodedata

#: Marks of direction, soft hyphens, spaces without width, fillers, byte order marks, tags, and what is no character.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
#: How typesetters set a hyphen that doesn't break, and letters as one sign: in PDFs, and typed by nobody.
_AS_TYPED = str.maketrans(
    {
        "\u2011": "-",
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\ufb06": "st",
    }
)
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+")
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPECIAL = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
#: Letters of scripts in which they join: Arabic to Sinhala, Myanmar, Khmer, Mongolian and their later blocks.
_JOINING = re.compile(
    "[\u0600-\u0dff\u1000-\u109f\u1780-\u18af\ua840-\ua87f\ua8e0-\ua8ff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]"
)


def visible(text: str) -> str:
    """The text as it is seen: composed (NFC), every space a space, every end of a line ``\\n``, nothing invisible.

    A hyphen that doesn't break is a hyphen, letters set as one sign are letters. Tabs stay; of other control
    characters nothing does.
    """
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text).translate(_AS_TYPED))
    flags = _FLAG.findall(text)
    if flags:
        # A flag of tags is an emoji: what it is made of is seen.
        parts = _FLAG.split(text)
        return "".join(visible(part) + flag for part, flag in zip(parts, [*flags, ""], strict=True))
    text = _INVISIBLE.sub("", text)
    if _SPECIAL.search(text):
        text = "".join(one for at, one in enumerate(text) if not _SPECIAL.match(one) or _is_needed(text, at))
    return "".join(map(_plain, text)) if not text.isascii() or not text.isprintable() else text


def one_line(text: str) -> str:
    """The same in one line: tabs and ends of lines are spaces between words."""
    text = visible(text)
    if text.isprintable():
        return text
    return " ".join(filter(None, (part.strip(" ") for part in re.split("[\n\t]+", text))))


def _plain(one: str) -> str:
    if one == " " or one.isprintable() or one in "\n\t":
        return one
    category = unicodedata.category(one)
    if category == "Zs":
        return " "
    return "" if category in {"Cc", "Cs"} else one


def _is_needed(text: str, at: int) -> bool:
    before = text[at - 1] if at else ""
    if _SELECTORS.match(text[at]):
        return bool(before) and (
            before in "#*0123456789" or unicodedata.category(before) in {"So", "Sm", "Lo", "Po"}
        )
    after = text[at + 1] if at + 1 < len(text) else ""
    if not before or not after:
        return False
    if _JOINING.match(before):
        return bool(_JOINING.match(after)) or text[at] == "\u200d"
    return text[at] == "\u200d" and _is_emoji(before) and _is_emoji(after)


def _is_emoji(one: str) -> bool:
    return bool(_SELECTORS.match(one)) or unicodedata.category(one) in {"So", "Sk"}
