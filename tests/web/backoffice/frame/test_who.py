"""Lists of what belongs to customers, narrowed to those whom a filter, a segment or a list means."""

from __future__ import annotations

import pytest

from tests.web.stage import build_stage
from tirage.core.clock import read_clock
from tirage.segments.operations import freeze_list, save_segment

#: Each list and whose its rows are.
LISTS = {
    "customers/": "pk",
    "orders/": "customer_id",
    "changes/": "order__customer_id",
    "payments/": "order__customer_id",
    "payments/collect/": "order__customer_id",
    "wishes/": "customer_id",
    "customers/waiting/": "customer_id",
    "settings/mails/sent/": "customer_id",
}
NEW_YORK = "state(state:NY)"


@pytest.mark.django_db
def test_every_list_of_what_customers_have_takes_the_filter_the_segment_and_the_list() -> None:
    stage = build_stage()
    world, now, owner = stage.world, read_clock(), stage.clients["owner"]
    segment = save_segment(
        segment=None, name="East", note="", definition=NEW_YORK, actor=world.staff, now=now
    )
    kept = freeze_list(name="Easterners", definition=NEW_YORK, actor=world.staff, now=now)
    asked = {"filter": NEW_YORK, "segment": segment.reference, "on_list": kept.reference}
    for path, owner_of in LISTS.items():
        everything = owner.get(f"/winery/{path}").context["list"].found
        mine = set(everything.filter(**{owner_of: world.ben.pk}).values_list("pk", flat=True))
        if path != "customers/waiting/":
            assert mine, path
        for name, value in asked.items():
            page = owner.get(f"/winery/{path}", {name: value}).context["list"]
            assert set(page.found.values_list("pk", flat=True)) == mine, (path, name)
            assert page.count == len(mine) == len(page.rows()), (path, name)
        others = owner.get(f"/winery/{path}", {"filter": f"not({NEW_YORK})"}).context["list"].found
        theirs = set(everything.exclude(**{owner_of: world.ben.pk}).values_list("pk", flat=True))
        assert set(others.values_list("pk", flat=True)) == theirs - set(
            everything.filter(**{f"{owner_of}__isnull": True}).values_list("pk", flat=True)
        ), path
        unread = owner.get(f"/winery/{path}", {"filter": "state("}).context["list"]
        assert unread.count == 0 and "can’t be read" in unread.chips[0].label, path


@pytest.mark.django_db
def test_the_builder_leads_back_to_the_page_that_asked_for_a_filter() -> None:
    owner = build_stage().clients["owner"]
    back = "/winery/releases/?sort=name"
    page = owner.get("/winery/customers/segments/build/", {"filter": NEW_YORK, "back": back})
    assert f'href="{back.replace("&", "&amp;")}&amp;filter={NEW_YORK}"' in page.content.decode()
    for elsewhere in ("https://example.com/", "//example.com", "javascript:alert(1)"):
        page = owner.get("/winery/customers/segments/build/", {"filter": NEW_YORK, "back": elsewhere})
        assert "Use this filter" not in page.content.decode()
