"""``tirage reseal``: what is kept sealed is sealed anew with the present secret key, so that a former one can go."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

from django.db import models, transaction

from tirage.core.sealing import Unreadable, seal_again


def run(options: argparse.Namespace) -> int:
    """Prints what was done; 1 when something could not be opened with any key that the site has."""
    done, lost = reseal_all()
    print(f"{done} secrets are sealed with the present key.")
    for words in lost:
        print(f"Can't be opened with any key of this site: {words}")
    if lost:
        print("Put the key they were sealed with into TIRAGE_OLD_SECRET_KEYS and run this again.")
        return 1
    return 0


def reseal_all() -> tuple[int, list[str]]:
    """Each row in a transaction of its own, locked; how many secrets there were, and the rows that can't be opened."""
    done, lost = 0, []
    for pk, model, act in _rows():
        try:
            done += _reseal(model, pk, act)
        except Unreadable:
            lost.append(f"{model._meta.verbose_name} {pk}")
    return done, lost


def _rows() -> Iterator[tuple[Any, type[models.Model], Callable[[Any], int]]]:
    from allauth.mfa.models import Authenticator

    from tirage.notifications.models import SentMail
    from tirage.staff.models import StaffSession

    kinds: tuple[tuple[Any, Callable[[Any], int]], ...] = (
        (Authenticator.objects.all(), _reseal_factor),
        (SentMail.objects.filter(sent_at__isnull=True), _reseal_mail),
        (StaffSession.objects.all(), _reseal_session),
    )
    for rows, act in kinds:
        for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
            yield pk, rows.model, act


@transaction.atomic
def _reseal(model: type[models.Model], pk: Any, act: Callable[[Any], int]) -> int:
    from tirage.core.locks import lock_row

    row = lock_row(model._default_manager.filter(pk=pk))
    return act(row) if row is not None else 0


def _reseal_factor(row: Any) -> int:
    data, count = dict(row.data), 0
    for name in ("secret", "seed"):
        if name in data:
            data[name], count = seal_again(data[name]), count + 1
    if "migrated_codes" in data:
        data["migrated_codes"] = [seal_again(code) for code in data["migrated_codes"]]
        count += len(data["migrated_codes"])
    row.data = data
    row.save(update_fields=["data"])
    return count


def _reseal_mail(row: Any) -> int:
    sealed = {
        name: value for name, value in row.data.items() if isinstance(value, dict) and "sealed" in value
    }
    row.data = row.data | {name: {"sealed": seal_again(value["sealed"])} for name, value in sealed.items()}
    row.save(update_fields=["data"])
    return len(sealed)


def _reseal_session(row: Any) -> int:
    row.session_data = seal_again(row.session_data)
    row.save(update_fields=["session_data"])
    return 1
