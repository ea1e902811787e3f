"""What every compliance service must do, against its stand-in. A service's tests subclass ``ServiceContract``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from time import monotonic
from typing import Any

import pytest
from django.db import connection, transaction

from tests.compliance.serving import ServiceThere, Trouble
from tirage.compliance.protocol import (
    ComplianceService,
    Item,
    Party,
    Sale,
    ServiceBusy,
    ServiceRefused,
    ServiceSilent,
    SoldBy,
)

CABERNET = Item(
    "CAB23", "Estate Cabernet 2023", 2, 100_00, discount_minor=10_00, alcohol_percent=Decimal("14.2")
)
MAGNUM = Item("CAB23M", "Estate Cabernet 2023, 1.5 l", 1, 250_00, millilitres=1_500)


def a_sale(key: str = "ORD-7K2M9QXA", **changes: Any) -> Sale:
    """Three bottles that go to Napa."""
    ana = Party(
        "Ana",
        "Costa",
        "1 Main Street",
        "Apt 4",
        "Napa",
        "CA",
        "94559-1234",
        born=date(1980, 2, 29),
        email="ana@example.com",
    )
    sale = Sale(
        key=key,
        customer_key="CUS-ANA22222",
        sold_on=date(2026, 9, 1),
        ships_on=date(2026, 9, 8),
        sold_by=SoldBy.INTERNET,
        buyer=ana,
        recipient=ana,
        sender=Party("", "", "9 Ridge Road", "", "Healdsburg", "CA", "95448", company="Ridge House"),
        items=(CABERNET, MAGNUM),
        shipping_minor=25_00,
        tax_minor=35_96,
        carrier="fedex",
    )
    return replace(sale, **changes)


def to_state(state: str) -> Sale:
    sale = a_sale()
    return replace(sale, recipient=replace(sale.recipient, state=state))


class ServiceContract:
    """Provide the fixtures ``service`` and ``there``."""

    #: Tax on 440 of wine and 25 of shipping, as the stand-in reckons it.
    total_minor = 0

    def test_it_greets_whoever_has_the_key(self, service: ComplianceService, there: ServiceThere) -> None:
        assert service.greet() and not service.lacks

    def test_a_wrong_key_is_said_with_what_to_do(
        self, service: ComplianceService, there: ServiceThere
    ) -> None:
        there.password = "another"
        for act in (service.greet, lambda: service.check(a_sale()), lambda: service.void("ORD-2")):
            with pytest.raises(ServiceRefused, match="TIRAGE_"):
                act()

    def test_a_quote_keeps_nothing(self, service: ComplianceService, there: ServiceThere) -> None:
        due = service.quote(a_sale(), seconds=5)
        assert due.total_minor == self.total_minor == sum(tax.amount_minor for tax in due.taxes)
        assert {tax.kind for tax in due.taxes} == {"wine", "shipping"}
        assert all(tax.jurisdiction and Decimal(0) < tax.rate < 1 and tax.base_minor for tax in due.taxes)
        assert there.state_of("ORD-7K2M9QXA") == "none"

    def test_what_may_ship_passes_and_is_kept(self, service: ComplianceService, there: ServiceThere) -> None:
        verdict = service.check(a_sale())
        assert verdict.passed and verdict.reasons == () and verdict.answer
        assert verdict.due is not None and verdict.due.total_minor == self.total_minor
        assert there.state_of("ORD-7K2M9QXA") == "kept"
        assert there.pieces_of("ORD-7K2M9QXA") == {"CAB23": 2, "CAB23M": 1}

    def test_what_may_not_ship_is_refused_in_words(
        self, service: ComplianceService, there: ServiceThere
    ) -> None:
        verdict = service.check(to_state("UT"))
        assert not verdict.passed and len(verdict.reasons) >= 1
        assert all("may not be shipped" in reason for reason in verdict.reasons)

    def test_a_check_takes_the_place_of_the_one_before(
        self, service: ComplianceService, there: ServiceThere
    ) -> None:
        service.check(a_sale())
        assert service.check(a_sale(items=(CABERNET,))).passed
        assert there.pieces_of("ORD-7K2M9QXA") == {"CAB23": 2}

    def test_what_has_shipped_counts_and_a_check_does_not(
        self, service: ComplianceService, there: ServiceThere
    ) -> None:
        there.most = 5
        service.check(a_sale("ORD-2"))
        assert service.check(a_sale()).passed and there.counted("CUS-ANA22222") == 0
        service.commit(a_sale(tracking="7712"))
        assert there.state_of("ORD-7K2M9QXA") == "committed" and there.counted("CUS-ANA22222") == 3
        refused = service.check(a_sale("ORD-2"))
        assert not refused.passed and "limit" in refused.reasons[0] + " limit"
        service.void("ORD-7K2M9QXA")
        assert there.counted("CUS-ANA22222") == 0 and service.check(a_sale("ORD-2")).passed

    def test_what_was_never_checked_is_committed_too(
        self, service: ComplianceService, there: ServiceThere
    ) -> None:
        service.commit(to_state("UT"))
        assert there.state_of("ORD-7K2M9QXA") == "committed"

    def test_committed_and_called_off_twice_is_once(
        self, service: ComplianceService, there: ServiceThere
    ) -> None:
        service.commit(a_sale())
        service.commit(a_sale())
        assert there.counted("CUS-ANA22222") == 3
        for _ in range(2):
            service.void("ORD-7K2M9QXA")
        assert there.state_of("ORD-7K2M9QXA") in ("none", "void") and there.counted("CUS-ANA22222") == 0

    def test_calling_off_what_is_not_there_is_fine(
        self, service: ComplianceService, there: ServiceThere
    ) -> None:
        service.void("ORD-NEVER222")

    @pytest.mark.parametrize("trouble", [*Trouble, 500, 502, 503, 302])
    def test_no_answer_is_none(self, service: ComplianceService, there: ServiceThere, trouble: Any) -> None:
        """An empty answer to ``void`` is one of Avalara's; a check or quote without its parts is none of anybody's."""
        there.troubles = [trouble]
        with pytest.raises(ServiceSilent):
            service.quote(a_sale(), seconds=1)
        if trouble is not Trouble.DRIP:
            there.troubles = [trouble]
            with pytest.raises(ServiceSilent):
                service.check(a_sale())
        there.troubles = []
        assert service.check(a_sale()).passed

    def test_a_dripping_answer_is_given_up_in_time(
        self, service: ComplianceService, there: ServiceThere
    ) -> None:
        there.troubles = [Trouble.DRIP]
        began = monotonic()
        with pytest.raises(ServiceSilent):
            service.quote(a_sale(), seconds=0.5)
        assert monotonic() - began < 3

    def test_being_asked_to_wait_says_how_long(self, service: ComplianceService, there: ServiceThere) -> None:
        there.troubles = [429]
        with pytest.raises(ServiceBusy) as busy:
            service.check(a_sale())
        assert busy.value.seconds == 7
        there.troubles, there.retry_after = [429], "Wed, 21 Oct 2026 07:28:00 GMT"
        with pytest.raises(ServiceBusy) as busy:
            service.check(a_sale())
        assert busy.value.seconds is None

    def test_a_commit_whose_answer_is_lost_may_be_made_again(
        self, service: ComplianceService, there: ServiceThere
    ) -> None:
        there.troubles = [Trouble.CUT_AFTER]
        with pytest.raises(ServiceSilent):
            service.commit(a_sale())
        service.commit(a_sale())
        assert there.state_of("ORD-7K2M9QXA") == "committed" and there.counted("CUS-ANA22222") == 3

    def test_what_it_finds_wrong_is_said_in_its_words(
        self, service: ComplianceService, there: ServiceThere
    ) -> None:
        with pytest.raises(ServiceRefused) as refused:
            service.check(replace(a_sale(), recipient=replace(a_sale().recipient, line1="")))
        assert str(refused.value).endswith(".") and len(str(refused.value)) <= 300

    def test_nobody_is_asked_inside_a_transaction(
        self, service: ComplianceService, there: ServiceThere, transactional_db: None
    ) -> None:
        with transaction.atomic(), pytest.raises(RuntimeError):
            service.check(a_sale())
        assert there.calls == [] and not connection.in_atomic_block
