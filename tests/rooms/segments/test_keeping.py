"""What filters name stays as long as they do, whoever keeps the filter."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from tests.rooms.segments.test_segments import saved
from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.marketing.models import MailingList
from tirage.segments.models import CustomerList, Segment
from tirage.segments.operations import delete_list, delete_segment, freeze_list
from tirage.tiers.criteria import save_criteria

#: Texts of filters that lead nowhere any more once they were read: what was kept by them stands beside them.
READ_ONCE = {"segments.SegmentDefinition", "segments.CustomerList", "notifications.InvitationRun"}
KEEPERS = {
    "segments.Segment",
    "customers.Group",
    "marketing.MailingList",
    "insights.EventPlan",
    "insights.Tour",
}


def test_every_model_that_keeps_a_filter_is_asked() -> None:
    keeps = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.TextField) and field.name in ("definition", "criteria", "filter")
    }
    assert keeps == KEEPERS | READ_ONCE
    assert len(import_string(settings.TIRAGE_FILTERS_KEPT)) == len(KEEPERS)


def test_a_segment_that_is_used_is_kept_and_its_users_are_named(world: World) -> None:
    used = saved(world, "Used", "tier()")
    text = f"segment(segment:{used.reference})"
    saved(world, "Within", f"not({text})")
    save_criteria(group=world.premier, criteria=text, keeps_members=False, actor=world.staff, now=world.now)
    MailingList.objects.create(
        service="there",
        service_id="1",
        name="Friends",
        definition=f"all(opted_in(),{text})",
        made_at=world.now,
    )
    events = Event.objects.count()
    with pytest.raises(Conflict) as refused:
        delete_segment(segment=used, actor=world.staff, now=world.now)
    assert refused.value.code == "in_use"
    assert refused.value.message == (
        "This segment is still used by the segment Within, the criteria of Premier and the mailing list Friends. "
        "Change those first, or let it be."
    )
    assert Segment.objects.filter(pk=used.pk).exists() and Event.objects.count() == events


def test_many_users_are_counted_beyond_the_first(world: World) -> None:
    used = saved(world, "Used", "tier()")
    for number in range(7):
        saved(world, f"Within {number}", f"segment(segment:{used.reference})")
    with pytest.raises(Conflict, match=r"Within 3, the segment Within 4 and 2 more\. Change those first"):
        delete_segment(segment=used, actor=world.staff, now=world.now)


def test_a_list_that_is_used_is_kept_too(world: World) -> None:
    kept = freeze_list(name="Autumn", definition="tier()", actor=world.staff, now=world.now)
    text = f"list(list:{kept.reference})"
    mailing = MailingList.objects.create(
        service="there", service_id="1", name="Friends", definition=text, made_at=world.now
    )
    with pytest.raises(Conflict, match=r"list is still used by the mailing list Friends\. Change that first"):
        delete_list(kept=kept, actor=world.staff, now=world.now)
    mailing.delete()
    delete_list(kept=kept, actor=world.staff, now=world.now)
    assert not CustomerList.objects.exists()


def test_a_filter_that_names_what_is_gone_isnt_kept(world: World) -> None:
    used = saved(world, "Used", "tier()")
    delete_segment(segment=used, actor=world.staff, now=world.now)
    with pytest.raises(DomainError):
        save_criteria(
            group=world.premier,
            criteria=f"segment(segment:{used.reference})",
            keeps_members=False,
            actor=world.staff,
            now=world.now,
        )
    world.premier.refresh_from_db()
    assert world.premier.criteria == ""
