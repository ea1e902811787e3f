"""What no form asks for: numbers that no column holds, days that no calendar has, text that isn't."""

from __future__ import annotations

NUMBERS = (
    *("0", "-1", "1", "1.5", "1,5", "1e3", "1" + "0" * 30, "9" * 400, "9" * 5000),
    *("1e999", "-1e999", "1e-999", "NaN", "sNaN", "-Infinity", "²", "٣", "൩", "½"),
    *("-0", "+1", "0x10", "1_000", " 7 ", "100%", str(2**31), str(2**63 - 1), str(2**63), str(-(2**63) - 1)),
    *("$1,000,000,000,000,000.00", "50000000000000000"),
)
DAYS = (
    *("0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "1-1-1", "9" * 30 + "-01", "0-1", "9999-12"),
    *("2026-02-30", "2026-W01-1", "20260101", "0001-01-01T00:00", "9999-12-31T23:59", "0001-01"),
    *("9999-12-31T23:59:59.999999+14:00", "2026-13-45T99:99", "1/1/1", "12/31/9999", "²026-01-01"),
)
TEXTS = (
    *("", " ", "\x00", "a\x00b", "x" * 300, "\u202etxet\u202c", "\U0001f377" * 40, "e" + "\u0301" * 200),
    *("\ud800", "\ufeff", "\x7f\x1b[31m", "' OR 1=1; --", "%s %(a)s %", "{{ 1|add:1 }} {% url %}"),
    *(
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "//evil.example/",
        "http://[::1",
        "javascript:alert(1)",
    ),
    *("a\r\nSet-Cookie: a=b", "none-such", "\\", "[", "(?P<", "true", "null", "[]", '{"a": 1}', "=1+1"),
    *("ana@@example", "a@b." + "c" * 300, "a" * 70 + "@example.com", "ı@İ.example"),
    *("#zzzzzz", "--", "__all__", "-", ",", "."),
)
#: One megabyte, in one field.
LONG = "w" * 1_000_000
ALL = (*NUMBERS, *DAYS, *TEXTS, LONG)
