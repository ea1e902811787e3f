"""CSV as it comes: five encodings, four separators, quoted line breaks, torn quotes."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from tirage.tables.errors import TableError
from tirage.tables.sources import Bytes, Limits, Source

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_CHARACTERS = 200_000
SAMPLE_RECORDS = 200
CHUNK = 1 << 18

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {"utf-8-sig": "utf-8"}
_SEPARATOR_LINE = re.compile(r'\A"?sep=(.)"?\r?\n', re.IGNORECASE)
# "CSV (MS-DOS)" of a US Excel is code page 437: its accented small letters are bytes that Windows-1252
# has as punctuation or capitals, which don't stand between small letters.
_DOS_LETTERS = re.compile(rb"[A-Za-z][\x81-\x84\x86-\x8b\x8d\x93\x94\xa1-\xa5][a-z]")
_WINDOWS_LETTERS = re.compile(rb"[A-Za-z][\xc0-\xff][a-z]")


@dataclass(slots=True)
class _Scan:
    lines: int = 0
    is_utf8: bool = True
    dos: int = 0
    windows: int = 0


def open_csv(content: Bytes, limits: Limits) -> Source:
    """Recognise encoding and separator. Raises TableError when the bytes are not text in rows."""
    start = content.peek(4096)
    _refuse_other_formats(start)
    codec, lines = _encoding(content, start)
    sample = _sample(content, codec)
    preamble = _SEPARATOR_LINE.match(sample)
    delimiter = preamble.group(1) if preamble else sniff_delimiter(sample)
    reader = _Reader(content, codec, delimiter, skip_lines=1 if preamble else 0, limits=limits)
    return Source(reader.records, lines, _NAMES.get(codec, codec), delimiter, _notes(codec))


def _refuse_other_formats(start: bytes) -> None:
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if head.startswith((b"<!doctype", b"<html", b"<table", b"<?xml")):
        raise TableError(
            "This file is a web page, not a table. Open it in Excel, save it as XLSX and send that."
        )
    if head.startswith(b"%pdf"):
        raise TableError("This file is a PDF. Send the table as CSV or XLSX.")
    if not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" in start:
        raise TableError(
            "This file isn't a table that can be read. Save it as XLSX or as CSV UTF-8 and send that."
        )


def _encoding(content: Bytes, start: bytes) -> tuple[str, int]:
    """The codec, and the number of lines found on the way."""
    scan = _scan(content)
    for bom, codec in _BOMS:
        if start.startswith(bom):
            if codec == "utf-8-sig" and not scan.is_utf8:
                raise TableError(
                    "This file says it is UTF-8 but isn't throughout. Save it again as CSV UTF-8."
                )
            return codec, scan.lines
    if scan.is_utf8:
        return "utf-8", scan.lines
    return ("cp437" if scan.dos > scan.windows else "cp1252"), scan.lines


def _scan(content: Bytes) -> _Scan:
    """One pass over the bytes: lines, whether they are UTF-8, and which old encoding they look like."""
    scan, decoder, last = _Scan(), codecs.getincrementaldecoder("utf-8")(), b""
    carriage_returns = 0
    with content.stream() as stream:
        while chunk := stream.read(CHUNK):
            last = chunk
            scan.lines += chunk.count(b"\n")
            carriage_returns += chunk.count(b"\r")
            scan.is_utf8 = scan.is_utf8 and _decodes(decoder, chunk, final=False)
            scan.dos += len(_DOS_LETTERS.findall(chunk))
            scan.windows += len(_WINDOWS_LETTERS.findall(chunk))
    scan.is_utf8 = scan.is_utf8 and _decodes(decoder, b"", final=True)
    scan.lines = (scan.lines or carriage_returns) + (not last.endswith((b"\n", b"\r", b"\n\0")))
    return scan


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _notes(codec: str) -> tuple[str, ...]:
    if codec == "cp1252":
        return ("The file was read in the old Windows encoding. Check a name with an accent.",)
    if codec == "cp437":
        return ("The file was read in the old MS-DOS encoding. Check a name with an accent.",)
    return ()


def _text(content: Bytes, codec: str) -> io.TextIOWrapper:
    # cp1252 leaves five bytes undefined; one of them must not cost the whole list.
    errors = "replace" if codec == "cp1252" else "strict"
    return io.TextIOWrapper(content.stream(), encoding=codec, errors=errors, newline="")


def _sample(content: Bytes, codec: str) -> str:
    with _text(content, codec) as text:
        try:
            sample = text.read(SAMPLE_CHARACTERS)
        except UnicodeError as error:
            raise _undecodable(codec) from error
    if len(sample) < SAMPLE_CHARACTERS:
        return sample
    return sample[: sample.rfind("\n") + 1] or sample


def _undecodable(codec: str) -> TableError:
    name = _NAMES.get(codec, codec)
    return TableError(
        f"This file can't be read as {name.upper()} text. Save it again as CSV UTF-8 and send that."
    )


def sniff_delimiter(sample: str) -> str:
    """The separator under which most records are as wide as the header; comma when nothing separates.

    Records, not lines: line breaks and separators inside quotation marks count as text.
    """
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        records = islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), SAMPLE_RECORDS)
        try:
            widths = [len(record) for record in records if any(cell.strip() for cell in record)]
        except csv.Error:
            continue
        if not widths:
            continue
        score = (widths[0] - 1) * sum(width == widths[0] for width in widths) / len(widths)
        if score > best_score:
            best, best_score = delimiter, score
    return best


class _Reader:
    def __init__(
        self, content: Bytes, codec: str, delimiter: str, *, skip_lines: int, limits: Limits
    ) -> None:
        self._content = content
        self._codec = codec
        self._delimiter = delimiter
        self._skip_lines = skip_lines
        self._limits = limits

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """(number, texts) of every record, blank ones too, so that numbers are those Excel shows."""
        with _text(self._content, self._codec) as text:
            lines = _Lines(islice(text, self._skip_lines, None), self._limits)
            reader = csv.reader(lines, delimiter=self._delimiter)
            number = 0
            try:
                for number, cells in enumerate(reader, start=1):
                    lines.start_record(number + 1)
                    yield number, cells
            except UnicodeError as error:
                raise _undecodable(self._codec) from error
            except csv.Error as error:
                raise _torn(number + 1) from error
            if lines.ends_inside_quotes(self._delimiter):
                raise _torn(number)


class _Lines:
    """Hands lines to the CSV reader and keeps those of the present record, to see a torn quote."""

    def __init__(self, lines: Iterator[str], limits: Limits) -> None:
        self._lines = lines
        self._longest = limits.cell_characters * limits.columns
        self._record: list[str] = []
        self._last: list[str] = []
        self._length = 0
        self._number = 1

    def start_record(self, number: int) -> None:
        self._last, self._record, self._length, self._number = self._record, [], 0, number

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._record.append(line)
        self._length += len(line)
        if self._length > self._longest:
            raise _torn(self._number)
        return line

    def ends_inside_quotes(self, delimiter: str) -> bool:
        if not any('"' in line for line in self._last):
            return False
        try:
            list(csv.reader(self._last, delimiter=delimiter, strict=True))
        except csv.Error as error:
            return "unexpected end of data" in str(error)
        return False


def _torn(number: int) -> TableError:
    return TableError(
        f'A cell of row {number} opens a quotation mark (") that is never closed, so the rows after it '
        "can't be told apart. Close or remove the mark and send the file again."
    )
