"""Amounts, counts and shares."""

import re
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from tirage.tables.cleaning.text import clean_text, is_empty
from tirage.tables.errors import CellError

#: One amount, and one number of anything: their products and sums fit the database's columns.
LARGEST_MINOR, LARGEST_WHOLE = 10**11, 10**9

_WITHOUT_MINOR = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THREE_DIGITS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₩": "KRW", "₹": "INR"}
_CODE = re.compile(r"\b([A-Z]{3})\b|(?<=[\d.,)])\s*([A-Z]{3})$|^([A-Z]{3})(?=[\d.,(\-])")
#: A thousand in one country and one in another.
_EITHER = re.compile(r"^[-(+ ]*[1-9]\d{0,2}\.\d{3}[) -]*$")
#: As most programs write amounts; every other way takes a longer look.
_USUAL = re.compile(r"-?[0-9]{1,9}\.[0-9]{2}")
_GROUPED = re.compile(r"^\d{1,3}(?:[.,' ]\d{3})+$")


class DecimalMark(StrEnum):
    """What stands before the decimals; the other one may part thousands."""

    POINT = "point"
    COMMA = "comma"


def parse_whole(
    value: str, *, minimum: int | None = None, maximum: int | None = None, mark: DecimalMark | None = None
) -> int | None:
    """ "6.0", "1,200", " 12 ", "-3", "+6", "(3)" as int. None when empty; CellError for halves and words.

    With the file's own ``mark`` "1.000" is one or one thousand; without it what may be both is refused.
    """
    if is_empty(value):
        return None
    text = clean_text(value)
    if mark is None and len(_readings(text, 0)) > 1:
        raise CellError(
            f"“{text}” may be thousands or a few. Say which, or write it without a comma or point."
        )
    number = _decimal(text, text, mark)
    if number != number.to_integral_value():
        raise CellError(f"“{text}” is not a whole number. Correct it.")
    if abs(number) > LARGEST_WHOLE:
        raise CellError(f"“{text}” is too large a number. Correct it.")
    whole = int(number)
    if minimum is not None and whole < minimum:
        raise CellError(f"{whole} is too small; {minimum} is the least possible.")
    if maximum is not None and whole > maximum:
        raise CellError(f"{whole} is too large; {maximum} is the most possible.")
    return whole


def parse_money(value: str, currency: str = "USD", *, mark: DecimalMark | None = None) -> int | None:
    """ "$1,234.50", "1.234,50", "(45.00)", "USD 45" in minor units of `currency`. None when empty.

    Raises CellError for another currency, for more decimals than the currency has, and, without the file's own
    ``mark``, for "1.234" and "1.250", which may be either.
    """
    digits = minor_digits(currency)
    if digits == 2 and mark is not DecimalMark.COMMA and _USUAL.fullmatch(value):
        return int(value.replace(".", ""))
    if is_empty(value):
        return None
    shown = clean_text(value)
    _refuse_other_currency(shown, currency)
    text = _without_currency(shown)
    minor = _decimal(text, shown, mark).scaleb(digits)
    if minor != minor.to_integral_value():
        raise CellError(f"“{shown}” has more decimals than {currency} has. Write it as 1234.50.")
    if mark is None and digits < 3 and _EITHER.match(text.strip()):
        raise CellError(f"“{shown}” may be thousands or a few. Write it as 1234.50.")
    if abs(minor) > LARGEST_MINOR:
        raise CellError(f"“{shown}” is too large an amount. Correct it.")
    return int(minor)


def parse_percent(value: str, *, fractions: bool = False, mark: DecimalMark | None = None) -> Decimal | None:
    """ "14.5%", "14,5 %", "14.5" and, where the file's percentages are `fractions`, Excel's 0.145 as Decimal("14.5").

    None when empty. Raises CellError below 0 and above 100.
    """
    if is_empty(value):
        return None
    shown = clean_text(value)
    marked = "%" in shown
    number = _decimal(_without_percent(shown), shown, mark)
    if fractions and not marked and 0 < number < 1:
        number = (number * 100).normalize()
    if not 0 <= number <= 100:
        raise CellError(f"“{shown}” is not a percentage from 0 to 100. Correct it.")
    return number


def minor_digits(currency: str) -> int:
    """How many decimals an amount of the currency has."""
    return 0 if currency in _WITHOUT_MINOR else 3 if currency in _THREE_DIGITS else 2


def told_mark(value: str, decimals: int) -> DecimalMark | None:
    """The decimal mark that a number undoubtedly uses, which has at most so many decimals; None when it tells nothing.

    "85,50" and "1.234.567" tell the comma; so do "1.200" bottles, since there are no halves of them.
    """
    text = _bare(value)
    found = _readings(text, 9) if _has_marks(text) else frozenset()
    if len(found) > 1 and not decimals:
        found = _readings(text, 0)
    return next(iter(found)) if len(found) == 1 else None


def is_doubtful(value: str, decimals: int) -> bool:
    """Whether the number is another one by the other mark: "1.000", and "1,250" where there may be decimals."""
    text = _bare(value)
    return _has_marks(text) and len(_readings(text, 9 if decimals else 0)) > 1


def _bare(value: str) -> str:
    return _without_percent(_without_currency(clean_text(value)))


def _has_marks(text: str) -> bool:
    return "," in text or "." in text


def _readings(text: str, decimals: int) -> frozenset[DecimalMark]:
    """The marks by which the text is a number of at most so many decimals; none when both give the same number."""
    found: dict[DecimalMark, Decimal] = {}
    for mark in DecimalMark:
        try:
            number = _decimal(text, text, mark)
        except CellError:
            continue
        if number.scaleb(decimals) == number.scaleb(decimals).to_integral_value():
            found[mark] = number
    return frozenset() if len(found) == 2 and len(set(found.values())) == 1 else frozenset(found)


def _without_currency(shown: str) -> str:
    return re.sub(r"[$€£¥₩₹]|(?:US|CA|AU)(?=\$)", "", _CODE.sub("", shown))


def _without_percent(shown: str) -> str:
    return re.sub(r"%|\bvol\b\.?|\babv\b", "", shown, flags=re.IGNORECASE)


def _refuse_other_currency(shown: str, currency: str) -> None:
    named = {code for groups in _CODE.findall(shown) for code in groups if code}
    named |= {code for sign, code in _SIGNS.items() if sign in shown}
    if wrong := sorted(named - {currency}):
        raise CellError(f"“{shown}” is in {wrong[0]}; amounts here are in {currency}. Convert it.")


def _decimal(text: str, shown: str, mark: DecimalMark | None = None) -> Decimal:
    """A number in any habit of writing, or in the file's one. `shown` is what the message quotes."""
    body = text.strip().replace("−", "-").replace("’", "'")
    negative = body.startswith(("-", "(")) or body.endswith("-")
    body = body.strip("()-+ ").strip()
    written = re.fullmatch(r"([0-9.,' ]+)(?:[eE][+-]?[0-9]{1,3})?", body)
    if not written or not written[1].strip(".,' "):
        raise CellError(f"“{shown}” is not a number. Correct it.")
    try:
        number = Decimal(_without_groups(body, shown, mark))
    except InvalidOperation as error:
        raise CellError(f"“{shown}” is not a number. Correct it.") from error
    return -number if negative else number


def _without_groups(body: str, shown: str, mark: DecimalMark | None) -> str:
    body = body.replace("'", "").replace(" ", "") if _spaced(body) else body
    if mark is not None:
        return _by_mark(body, shown, mark)
    comma, point = body.count(","), body.count(".")
    if comma and point:
        decimal, group = (",", ".") if body.rfind(",") > body.rfind(".") else (".", ",")
        whole, _, part = body.rpartition(decimal)
        if not _GROUPED.match(whole) or decimal in whole:
            raise CellError(f"“{shown}” mixes commas and points. Write it as 1234.50.")
        return f"{whole.replace(group, '')}.{part}"
    if comma == 1 and not _GROUPED.match(body):
        return body.replace(",", ".")
    if (comma or point > 1) and not _GROUPED.match(body):
        raise CellError(f"“{shown}” has commas or points out of place. Write it as 1234.50.")
    return body.replace(",", "") if comma else body.replace(".", "") if point > 1 else body


def _by_mark(body: str, shown: str, mark: DecimalMark) -> str:
    decimal, group = (".", ",") if mark is DecimalMark.POINT else (",", ".")
    whole, _, part = body.partition(decimal)
    if decimal in part or group in part or not _is_grouped(whole, group):
        raise CellError(
            f"“{shown}” can't be read where decimals follow a {mark.value}, as in this file. "
            f"Write it as 1234{decimal}50."
        )
    return f"{whole.replace(group, '') or '0'}.{part}" if part else whole.replace(group, "")


def _is_grouped(whole: str, group: str) -> bool:
    return group not in whole or (bool(_GROUPED.match(whole)) and not whole.startswith("0"))


def _spaced(body: str) -> bool:
    whole = re.split(r"[.,]", body, maxsplit=1)[0]
    return bool(_GROUPED.match(whole)) and ("'" in whole or " " in whole)
