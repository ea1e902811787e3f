"""CSV as it comes: nine encodings, four separators, quoted line breaks; read strictly, so that no row is swallowed."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

from tirage.tables.encodings import NAMES, OLD, Encoding, find_encoding, shown_words
from tirage.tables.errors import TableError
from tirage.tables.questions import Choice, Question
from tirage.tables.sources import Bytes, Limits, Record, Source

DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLE_CHARACTERS = 200_000
SAMPLE_RECORDS = 200

_SEPARATOR_LINE = re.compile(r'\A"?sep=(.)"?\r?\n', re.IGNORECASE)
_OTHER_QUOTED = re.compile(r'[,;\t|] ?"|"[,;\t|]')


def open_csv(content: Bytes, limits: Limits, answers: Mapping[str, str]) -> Source:
    """Recognise encoding and separator. Raises TableError when the bytes are not text in rows."""
    _refuse_other_formats(content.peek(4096))
    encoding = find_encoding(content, answers.get("encoding", ""))
    sample = _sample(content, encoding.codec, limits)
    preamble = _SEPARATOR_LINE.match(sample)
    guessed = preamble.group(1) if preamble else sniff_delimiter(sample)
    said = (one for one, name in DELIMITER_NAMES.items() if name == answers.get("delimiter"))
    delimiter = next(said, guessed)
    reader = _Reader(content, encoding.codec, delimiter, skip_lines=1 if preamble else 0, limits=limits)
    return Source(
        reader.records,
        encoding.scan.lines,
        NAMES.get(encoding.codec, encoding.codec),
        delimiter,
        _notes(encoding),
        tuple(_questions(encoding, sample, guessed)),
        is_twice_encoded=bool(encoding.scan.twice),
    )


def _refuse_other_formats(start: bytes) -> None:
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if head.startswith((b"<!doctype", b"<html", b"<table", b"<?xml")):
        raise TableError(
            "This file is a web page, not a table. Open it in Excel, save it as XLSX and send that."
        )
    if head.startswith(b"%pdf"):
        raise TableError("This file is a PDF. Send the table as CSV or XLSX.")


def _notes(encoding: Encoding) -> tuple[str, ...]:
    notes = []
    if encoding.codec in OLD:
        name = "old Windows" if encoding.codec == "cp1252" else OLD[encoding.codec]
        notes.append(f"The file was read in the {name} encoding. Check a name with an accent.")
    elif encoding.scan.broken and encoding.codec in ("utf-8", "utf-8-sig"):
        notes.append(
            f"{encoding.scan.broken:,} bytes of the file are no text. They show as \ufffd; their cells aren't imported."
        )
    return tuple(notes)


def _questions(encoding: Encoding, sample: str, delimiter: str) -> Iterator[Question]:
    if encoding.codec in OLD:
        codecs_asked = [encoding.codec, *(codec for codec in OLD if codec != encoding.codec)]
        choices = [
            Choice(codec, f"{OLD[codec]}: {shown_words(encoding.scan, codec)}") for codec in codecs_asked
        ]
        words = "Which of these reads the accents rightly?"
        shown = (shown_words(encoding.scan, encoding.codec),)
        yield Question("encoding", words, tuple(choices), encoding.codec, shown)
    scores = _scores(sample)
    fitting = [one for one in DELIMITERS if one == delimiter or scores[one] > scores.get(delimiter, 0) * 0.7]
    if len(fitting) > 1:
        names = [DELIMITER_NAMES[one] for one in fitting]
        ways = tuple(Choice(name, name.capitalize()) for name in names)
        guess = DELIMITER_NAMES.get(delimiter, names[0])
        yield Question("delimiter", "What stands between two columns?", ways, guess)


def _text(content: Bytes, codec: str) -> io.TextIOWrapper:
    # What is no text costs the cell it is in, which is refused by its row and column, not the whole list.
    return io.TextIOWrapper(content.stream(), encoding=codec, errors="replace", newline="")


def _sample(content: Bytes, codec: str, limits: Limits) -> str:
    with _text(content, codec) as text:
        try:
            sample = text.read(SAMPLE_CHARACTERS)
        except UnicodeError as error:
            raise _undecodable(codec) from error
    if len(sample) < SAMPLE_CHARACTERS:
        return sample
    return sample[: sample.rfind("\n") + 1] or sample


def _undecodable(codec: str) -> TableError:
    name = NAMES.get(codec, codec)
    return TableError(
        f"This file can't be read as {name.upper()} text. Save it again as CSV UTF-8 and send that."
    )


def sniff_delimiter(sample: str) -> str:
    """The separator under which most records are equally wide and wide; comma when nothing separates.

    Records, not lines: line breaks and separators inside quotation marks count as text. A first record that is
    otherwise speaks against a separator, unless it is a title: one cell.
    """
    scores = _scores(sample)
    return max(scores, key=lambda delimiter: scores[delimiter]) if any(scores.values()) else ","


def _scores(sample: str) -> dict[str, float]:
    return {delimiter: _score_of(sample, delimiter) for delimiter in DELIMITERS}


def _score_of(sample: str, delimiter: str) -> float:
    source = (_tight(line, delimiter) for line in io.StringIO(sample, newline=""))
    records = csv.reader(source, delimiter=delimiter, strict=True, skipinitialspace=True)
    widths: list[int] = []
    fitting = 1.0
    try:
        for record in islice(records, SAMPLE_RECORDS):
            if any(cell.strip() for cell in record):
                widths.append(_filled_width(record))
            # A mark beside another separator: that one may be the right one.
            if any('"' in cell and _OTHER_QUOTED.search(cell) for cell in record):
                fitting = 0.4
    except csv.Error:
        # Marks that don't fit this separator: torn, or another is the right one.
        fitting = 0.4
    return _score(widths) * fitting


def _filled_width(record: list[str]) -> int:
    """Without what is empty at the end: spreadsheets write a title with its row's separators."""
    if sum(bool(cell.strip()) for cell in record) == 1 and record[0].strip():
        return 1
    return len(record)


def _score(widths: list[int]) -> float:
    """Of the widths of the records: the commonest counts, less where not all have it."""
    wide = [width for width in widths if width > 1]
    if not wide:
        return 0
    counted = Counter(wide)
    width = max(counted, key=lambda one: (counted[one] * (one - 1), one))
    head = next(iter(wide)) if widths[0] == 1 else widths[0]
    agrees = 1.0 if head == width else 0.5
    return (width - 1) * counted[width] / len(widths) * agrees


def _tight(line: str, delimiter: str) -> str:
    """Without spaces between a closing quotation mark and the separator: ``"Email" , "Name"``."""
    if '" ' not in line and '"\u00a0' not in line:
        return line
    return _LOOSE[delimiter].sub(r"\1", line)


#: A mark that closes a cell (behind pairs of them, not the first of a cell), and the spaces behind it.
_LOOSE = {
    one: re.compile(rf'((?<![{re.escape(one)}" ])"(?:"")*+)[ \u00a0]++(?=[{re.escape(one)}\r\n]|$)')
    for one in DELIMITERS
}


class _Reader:
    def __init__(
        self, content: Bytes, codec: str, delimiter: str, *, skip_lines: int, limits: Limits
    ) -> None:
        self._content = content
        self._codec = codec
        self._delimiter = delimiter
        self._skip_lines = skip_lines
        self._limits = limits

    def records(self) -> Iterator[Record]:
        """Every record, blank ones too, so that numbers are those Excel shows.

        A space before a quotation mark is no text. A mark that isn't closed, or closed in the middle of a cell, could
        have taken rows for text: the file is refused, with the row where it began.
        """
        with _text(self._content, self._codec) as text:
            lines = _Lines(text, self._delimiter, self._skip_lines, self._limits)
            reader = csv.reader(lines, delimiter=self._delimiter, strict=True, skipinitialspace=True)
            number = 0
            try:
                for number, cells in enumerate(reader, start=1):
                    yield Record(number, cells, False, lines.swallowed(cells, self._delimiter))
                    lines.start_record(number + 1)
            except UnicodeError as error:
                raise _undecodable(self._codec) from error
            except csv.Error as error:
                raise _torn(number + 1, lines.first_line) from error


class _Lines:
    """Hands lines to the CSV reader and keeps those of the present record, to see what it takes for text."""

    def __init__(self, text: io.TextIOWrapper, delimiter: str, skip_lines: int, limits: Limits) -> None:
        self._text = text
        self._delimiter = delimiter
        self._longest = limits.cell_characters * limits.columns
        self._count = 0
        self._record: list[str] = []
        self._length = 0
        self._number = 1
        for _ in range(skip_lines):
            self._text.readline(self._longest)
            self._count += 1
        self.first_line = self._count + 1

    def start_record(self, number: int) -> None:
        self._record, self._length, self._number = [], 0, number
        self.first_line = self._count + 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        # A line has a bound too: a file may have no line break at all.
        line = self._text.readline(self._longest + 1)
        if not line:
            raise StopIteration
        self._count += 1
        line = _tight(line, self._delimiter)
        self._record.append(line)
        self._length += len(line)
        if self._length > self._longest:
            if len(self._record) > 1:
                raise _torn(self._number, self.first_line)
            raise TableError(
                f"Row {self._number} is longer than {self._longest:,} characters. This file isn't a table."
            )
        return line

    def swallowed(self, cells: list[str], delimiter: str) -> dict[int, str]:
        """The cell of a record over several lines that holds what look like whole rows.

        Two torn marks can close each other. A row is told by its width, and by a shape that rows of the file share: an
        e-mail address, or a code without a space, where this record has one too.
        """
        if len(self._record) < 2 or len(cells) < 2:
            return {}
        return {
            place: _SWALLOWED
            for place, cell in enumerate(cells)
            if "\n" in cell or "\r" in cell
            for line in re.split(r"\r\n|\r|\n", cell)[1:]
            if _like(line.split(delimiter), cells)
        }


_SWALLOWED = (
    'This cell holds what look like rows of their own: a quotation mark (") before them is not closed, or is one too '
    "many. Mend it, and the rows come in."
)


def _like(parts: list[str], cells: list[str]) -> bool:
    if len(parts) < len(cells) - 1 or len(parts) < 2:
        return False
    at = next((place for place, cell in enumerate(cells) if "@" in cell and " " not in cell.strip()), None)
    if at is not None:
        return at < len(parts) and "@" in parts[at] and " " not in parts[at].strip()
    mine, theirs = cells[0].strip(), parts[0].strip()
    return len(parts) >= len(cells) and bool(mine and theirs) and " " not in mine + theirs


def _torn(number: int, line: int) -> TableError:
    where = f"row {number}" if number == line else f"row {number} (line {line} of the file)"
    return TableError(
        f"A cell of {where} opens a quotation mark (\") that is never closed, or has one in its middle that isn't "
        "doubled, so the rows after it can't be told apart. Close, double or remove the mark and send the file again."
    )
