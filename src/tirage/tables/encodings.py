"""Which encoding a CSV file is in: by its mark, its zeros, whether it is UTF-8, else the old one that reads best."""

import codecs
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tirage.tables.errors import TableError
from tirage.tables.sources import Bytes

CHUNK = 1 << 18
LOOKED_AT = 1 << 16

#: UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMES = {
    "utf-8-sig": "utf-8",
    "utf-16-le": "utf-16",
    "utf-16-be": "utf-16",
    "utf-32-le": "utf-32",
    "utf-32-be": "utf-32",
}
#: Encodings without a mark of their own, as people know them.
OLD = {
    "cp1252": "Windows (Western)",
    "mac-roman": "Macintosh",
    "cp437": "MS-DOS",
    "cp850": "MS-DOS (Western Europe)",
    "cp1250": "Windows (Central Europe)",
    "iso-8859-15": "ISO Latin 9",
    "cp1251": "Windows (Cyrillic)",
    "koi8-r": "KOI8 (Cyrillic)",
    "cp1253": "Windows (Greek)",
    "cp1254": "Windows (Turkish)",
    "cp1257": "Windows (Baltic)",
}
#: Of two that read equally well the first is taken.
_TRIED = ("cp1252", "mac-roman", "cp437", "cp1250", "cp1254", "cp1251", "koi8-r", "cp1253")
#: Letters of other scripts, the commonest ones first.
_SCRIPTS = {
    "cp1251": ("аеиоутнсрвлкм", "бгдёжзйпфхцчшщъыьэюяґєії"),
    "koi8-r": ("аеиоутнсрвлкм", "бгдёжзйпфхцчшщъыьэюя"),
    "cp1253": ("αεηιουτνσςρπκλμάέήίόύώ", "βγδζθξφχψωϊϋΐΰ"),
}
#: Letters that only this one of the Latin encodings has: what the western ones read as signs speaks for it, what they
#: read as letters is left to them where it can be a western word.
_OWN = {
    "cp1250": dict.fromkeys("ąłżźťľşţĄŁŻŹŤĽ", 3.0) | dict.fromkeys("ćęńśčďěňřůőűĺŕăĆĘŃŚČĎĚŇŘŮŐŰ", 0.9),
    "cp1254": dict.fromkeys("şİ", 2.0) | dict.fromkeys("ğıĞŞ", 0.9),
}
_VOWELS = frozenset("aeiouáéíóúü")
_WORDS = re.compile(rb"[A-Za-z'\x80-\xff]{0,24}[\x80-\xff][A-Za-z'\x80-\xff]{0,24}")
_MOST_WORDS = 5_000
_SEQUENCE = re.compile("[^\x00-\x7f\udc80-\udcff]")
_BROKEN = re.compile("[\udc80-\udcff]")
_TWICE = re.compile(rb"\xc3[\x82\x83\x85]\xc2[\x80-\xbf]|\xc3\xa2\xe2\x82\xac")
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")

_COMMON, _RARE = frozenset("éèáàíóúöäüñçåøãõ"), frozenset("êëâîïìòôùûßæœÿýšžđłőűðþ")
_CAPITALS = frozenset("ÉÈÁÀÍÓÚÖÄÜÑÇÅØÊËÂÎÏÌÒÔÙÛÆŒÃÕŠŽŸÝÐÞ")
_ENDINGS = ("s", "t", "re", "ll", "d", "m", "ve", "")


@dataclass(slots=True)
class Scan:
    """What one pass over the bytes has found."""

    lines: int = 0
    is_utf8: bool = True
    sequences: int = 0
    broken: int = 0
    """Characters that only UTF-8 makes of several bytes, and bytes that are none in it."""
    twice: int = 0
    """Characters that were encoded as UTF-8 twice."""
    words: Counter[bytes] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Encoding:
    codec: str
    #: Whether something in the bytes says so; else it is the likeliest of several.
    sure: bool
    scan: Scan


def find_encoding(content: Bytes, wanted: str = "") -> Encoding:
    """``wanted``: what the person says. Raises TableError for bytes that are no text."""
    start = content.peek(LOOKED_AT)
    codec = _by_mark(start) or _by_zeros(start)
    scan = _scan(content, wide=codec.startswith(("utf-16", "utf-32")))
    if wanted and wanted in OLD and not codec:
        return Encoding(wanted, True, scan)
    if codec == "utf-8-sig" and not scan.is_utf8 and scan.broken > scan.sequences // 4:
        raise TableError("This file says it is UTF-8 but isn't throughout. Save it again as CSV UTF-8.")
    if codec:
        return Encoding(codec, True, scan)
    _refuse_binary(start)
    if scan.is_utf8 or scan.sequences > 3 * scan.broken:
        return Encoding("utf-8", True, scan)
    return _likeliest(scan)


def _by_mark(start: bytes) -> str:
    return next((codec for mark, codec in _MARKS if start.startswith(mark)), "")


def _by_zeros(start: bytes) -> str:
    """UTF-16 and UTF-32 without a mark: Latin letters leave every other byte zero, or three of four."""
    whole = start[: len(start) // 4 * 4]
    if len(whole) < 8 or b"\0" not in whole:
        return ""
    places = len(whole) // 4
    zeros = [whole[place::4].count(0) / places for place in range(4)]
    few, many = 0.1, 0.6
    for codec, full in (
        ("utf-32-le", (1, 2, 3)),
        ("utf-32-be", (0, 1, 2)),
        ("utf-16-le", (1, 3)),
        ("utf-16-be", (0, 2)),
    ):
        if all(share > many if place in full else share < few for place, share in enumerate(zeros)):
            return codec
    return ""


def _refuse_binary(start: bytes) -> None:
    odd = start.count(0) + len(_CONTROLS.findall(start))
    if odd > len(start) // 10 or (odd > 4 and odd > len(start) // 50):
        raise TableError(
            "This file isn't a table that can be read. Save it as XLSX or as CSV UTF-8 and send that."
        )


def _scan(content: Bytes, *, wide: bool) -> Scan:
    scan = Scan()
    strict = codecs.getincrementaldecoder("utf-8")()
    lenient = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    carriage_returns, last = 0, b""
    with content.stream() as stream:
        while chunk := stream.read(CHUNK):
            last = chunk
            scan.lines += chunk.count(b"\n")
            carriage_returns += chunk.count(b"\r")
            if wide:
                continue
            if scan.is_utf8:
                scan.twice += len(_TWICE.findall(chunk))
            scan.is_utf8 = _note_utf8(scan, strict, lenient, chunk) and scan.is_utf8
            if len(scan.words) < _MOST_WORDS:
                scan.words.update(_WORDS.findall(chunk))
    scan.is_utf8 = scan.is_utf8 and (wide or _decodes(strict, b"", final=True))
    scan.lines = (scan.lines or carriage_returns) + (not last.endswith((b"\n", b"\r", b"\n\0", b"\n\0\0\0")))
    return scan


def _note_utf8(
    scan: Scan, strict: codecs.IncrementalDecoder, lenient: codecs.IncrementalDecoder, chunk: bytes
) -> bool:
    text = lenient.decode(chunk)
    if not text.isascii():
        scan.sequences += len(_SEQUENCE.findall(text))
        scan.broken += len(_BROKEN.findall(text))
    return not scan.broken and _decodes(strict, chunk, final=False)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _likeliest(scan: Scan) -> Encoding:
    scores = {
        codec: sum(
            _plausible(word.decode(codec, "replace"), codec) * count for word, count in scan.words.items()
        )
        for codec in _TRIED
    }
    ranked = sorted(_TRIED, key=lambda codec: -scores[codec])
    read = [word.decode(ranked[0], "replace") for word in scan.words]
    others = (one for one in ranked[1:] if [word.decode(one, "replace") for word in scan.words] != read)
    runner_up = next(others, ranked[-1])
    return Encoding(ranked[0], scores[ranked[0]] - scores[runner_up] >= 3, scan)


def _plausible(word: str, codec: str = "cp1252") -> float:
    """How much it looks like a word that people write; less than nothing for signs in the middle of letters."""
    script, own = _SCRIPTS.get(codec), _OWN.get(codec, {})
    return sum(
        _fits_script(word, place, *script)
        if script and character.isalpha()
        else _fits(word[:place], character, word[place + 1 :], own)
        for place, character in enumerate(word)
        if not character.isascii()
    )


def _fits_script(word: str, place: int, common: str, others: str) -> float:
    """A letter of another script: among its own, and not large behind a small one."""
    character = word[place]
    if any(one.isascii() and one.isalpha() for one in word) or len(word) < 2:
        return -3
    if character.isupper() and word[place - 1 : place].islower():
        return -4
    small = character.lower()
    return 3 if small in common else 2 if small in others else -3


def _fits(before: str, character: str, after: str, own: Mapping[str, float]) -> float:
    left, right = before[-1:], after[:1]
    if character in own:
        if character.isupper():
            return -4 if left.islower() else own[character]
        return own[character] if left.isalpha() or right.isalpha() else 0
    if _is_odd(character, left, right):
        return -1
    if character in _COMMON or character in _RARE:
        if right.isupper():
            return -3
        beside = left.isalpha() or (right.isalpha() and right.islower())
        return (3 if character in _COMMON else 1) if beside else 0
    if character in _CAPITALS:
        return -4 if left.islower() else 1
    if character == "’" and left.isalpha():
        is_apostrophe = after in _ENDINGS or len(before) == 1
        return 3.5 if is_apostrophe else -1
    if character == "\u00a0":
        return 1
    if character in "‘’“”–—…•€™®©°«»¡¿´`":
        return -3 if left.isalpha() and right.isalpha() else 0.5
    return -3


def _is_odd(character: str, left: str, right: str) -> bool:
    """Letters where no western word has them; there another encoding has a letter of its own."""
    if character in "ìòù":
        return right.isalpha()
    if character == "ñ":
        return right.lower() not in _VOWELS or not right
    if character == "Ý":
        return True
    if character == "œ":
        return right not in ("u", "i")
    return character == "æ" and bool(left) and not right


def shown_words(scan: Scan, codec: str, most: int = 3) -> str:
    """The commonest words that tell encodings apart, as this one reads them."""
    text = ", ".join(word.decode(codec, "replace") for word, _ in scan.words.most_common(most))
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def mend_twice(text: str) -> str:
    """ "JosÃ©" as it was meant, where every part of it says the same; else the text as it stands."""
    if text.isascii() or not _LOOKS_TWICE.search(text):
        return text
    try:
        meant = b"".join(_byte(character) for character in text).decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text
    return meant if meant.isprintable() else text


_LOOKS_TWICE = re.compile("[ÂÃÅâ][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")


def _byte(character: str) -> bytes:
    """Windows-1252, and the five bytes that it leaves out."""
    return bytes([ord(character)]) if ord(character) < 256 else character.encode("cp1252")
