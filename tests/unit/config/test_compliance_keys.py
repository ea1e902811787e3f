"""A shop doesn't start with a compliance service that is half set up, and says of each variable what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tirage.config.compliance_keys import ComplianceKeys

NONE = ComplianceKeys(
    service="",
    sovos=("", "", ""),
    sovos_base="https://ws.shipcompliant.com",
    avalara=("", "", ""),
    avalara_base="https://rest.avatax.com",
)
SOVOS = replace(NONE, service="sovos", sovos=("shop@ridge.example.com", "secret-word", "ridge"))
AVALARA = replace(NONE, service="avalara", avalara=("2000123", "secret-word", "DEFAULT"))


def test_nobody_is_asked_without_a_word_and_good_keys_start() -> None:
    assert NONE.problems() == SOVOS.problems() == AVALARA.problems() == []


def test_an_unknown_service_is_named() -> None:
    (problem,) = replace(NONE, service="shipcheck").problems()
    assert problem == "TIRAGE_COMPLIANCE_SERVICE='shipcheck': write one of sovos, avalara, or nothing."


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (replace(SOVOS, sovos=("", "", "")), ["SOVOS_USER", "SOVOS_PASSWORD", "SOVOS_BRAND"]),
        (replace(SOVOS, sovos_base="http://10.0.0.7"), ["SOVOS_API_BASE"]),
        (
            replace(AVALARA, avalara=("", "", "")),
            ["AVALARA_ACCOUNT", "AVALARA_LICENSE_KEY", "AVALARA_COMPANY"],
        ),
        (replace(AVALARA, avalara_base="http://10.0.0.7"), ["AVALARA_API_BASE"]),
    ],
)
def test_each_variable_is_named_and_no_key_is_quoted(keys: ComplianceKeys, names: list[str]) -> None:
    problems = keys.problems()
    assert [problem.split(":")[0].removeprefix("TIRAGE_") for problem in problems] == names
    assert all("secret-word" not in problem for problem in [*problems, repr(keys)])
