"""Sharing out: what a run would grant, kept as a draft to look at and to change by hand."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, IntegerField, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.jobs import Urgency, queue_job
from tirage.core.locks import lock_row
from tirage.core.runs import in_the_name_of
from tirage.core.sql import insert_many
from tirage.core.texts import fitting
from tirage.core.winery import current_winery
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.models import Release
from tirage.wishes.granting.gathering import Asking, Terms, gather, open_wishes
from tirage.wishes.models import GrantLine, GrantRun, GrantStock, Wish
from tirage.wishes.rules import SIMPLE, Aim, Ask, Caps, Objective, Rule, measure, share_by_all
from tirage.wishes.states import GrantState, WishState

#: Drafts that nobody started are tidied after this time.
DRAFT_LIFE = timedelta(days=14)
#: The job that shares out, or tries the optimiser beside the rule that was chosen.
SHARING = "tirage.wishes.tasks.share_wishes"
_BATCH = 1_000
#: Without look-alike letters, for people who copy it off a page.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Give:
    """Pieces of a wine to give, and pieces that stay in the cellar."""

    to_give: int
    reserve: int = 0


def draft_granting(
    *,
    release: Release,
    stock: Mapping[int, Give],
    rule: Rule,
    terms: Terms,
    seed: str = "",
    keeps_rest: bool = True,
    kept_days: int | None = None,
    among: QuerySet[Wish] | None = None,
    at_once: int | None = None,
    actor: Actor,
    now: datetime,
) -> GrantRun:
    """Shares bottles out among the open wishes of a release, as a draft; nothing is granted yet.

    ``stock`` is by sku id; ``among`` names the only wishes that it is for. With ``at_once`` no more wishes than so many
    are shared out here, and none by the optimiser: the worker does the others (``sharing.share_wishes``), and the run
    is in state ``sharing`` until then.
    A draw without a ``seed`` gets one by chance. Raises DomainError ``nothing_chosen``,
    ``not_enough`` (a field ``give-<sku id>`` each), ``no_wishes``, ``terms_invalid``.
    """
    given = {sku_id: one for sku_id, one in stock.items() if one.to_give > 0}
    kept_days = days_kept(kept_days)
    _refuse(given, terms, kept_days, now)
    wishes = open_wishes(release, list(given))
    if among is not None:
        wishes = wishes.filter(pk__in=among.order_by().values("pk"))
    count = wishes.count()
    if not count:
        raise DomainError("no_wishes", "Nobody has an open wish for these wines.")
    is_later = at_once is not None and (count > at_once or rule is Rule.OPTIMISER)
    asking = [] if is_later else gather(wishes, release, terms, now)
    with transaction.atomic():
        GrantRun.objects.filter(state=GrantState.DRAFT.value, made_at__lt=now - DRAFT_LIFE).delete()
        run = GrantRun.objects.create(
            release=release,
            state=(GrantState.SHARING if is_later else GrantState.DRAFT).value,
            among=None if among is None else list(wishes.order_by("pk").values_list("pk", flat=True)),
            rule=rule.value,
            terms=terms.as_json(),
            seed=fitting(seed.strip(), 60, "seed") or new_seed(),
            keeps_rest=keeps_rest,
            kept_days=kept_days,
            made_at=now,
            changed_at=now,
            **in_the_name_of(actor),
        )
        GrantStock.objects.bulk_create(
            GrantStock(run=run, sku_id=sku_id, to_give=one.to_give, reserve=one.reserve)
            for sku_id, one in sorted(given.items())
        )
        if not is_later:
            write_lines(run, asking)
        if at_once is not None:
            queue_job(SHARING, run.reference, urgency=Urgency.NOW)
    return run


def draft_chosen(
    *, wishes: QuerySet[Wish], at_once: int | None = None, actor: Actor, now: datetime
) -> GrantRun:
    """Shares out what there is among some wishes of one release: all of the oldest first, as a draft.

    ``at_once`` as for ``draft_granting``. Raises DomainError ``no_wishes``, ``several_releases``, ``not_enough``.
    """
    chosen = Wish.objects.filter(
        pk__in=wishes.order_by().values("pk"),
        state=WishState.OPEN.value,
        asked__gt=F("granted") + F("granting"),
    )
    releases = list(Release.objects.filter(offers__items__wishes__in=chosen.values("pk")).distinct()[:2])
    if not releases:
        raise DomainError("no_wishes", "Choose wishes that are open.")
    if len(releases) > 1:
        raise DomainError("several_releases", "Choose wishes of one release: a run belongs to one.")
    left = F("asked") - F("granted") - F("granting")
    asked = dict(chosen.order_by().values_list("offer_item__sku").annotate(pieces=Sum(left)))
    figures = stock_figures(list(asked), now)
    stock = {
        sku_id: Give(max(min(pieces, figures.get(sku_id, NO_STOCK).available), 0))
        for sku_id, pieces in asked.items()
    }
    if not any(one.to_give for one in stock.values()):
        raise DomainError("not_enough", "There are no bottles of these wines.")
    return draft_granting(
        release=releases[0],
        stock=stock,
        rule=Rule.OLDEST,
        terms=Terms(),
        among=chosen,
        at_once=at_once,
        actor=actor,
        now=now,
    )


def days_kept(asked: int | None) -> int:
    """How many days bottles wait: as asked, or as the winery's settings say."""
    return current_winery().set_aside_days if asked is None else asked


def _refuse(stock: Mapping[int, Give], terms: Terms, kept_days: int, now: datetime) -> None:
    if not stock:
        raise DomainError("nothing_chosen", "Say of which wine how many pieces are to be given.")
    if min(terms.case, terms.minimum, terms.prefers_case) < 1 or not 1 <= kept_days <= 90:
        words = "Bottles are kept for 1 to 90 days; a case, and the least for a customer, has at least 1."
        raise DomainError("terms_invalid", words)
    figures = stock_figures(list(stock), now)
    names = dict(Sku.objects.filter(pk__in=stock).values_list("pk", "name"))
    fields = {}
    for sku_id, one in stock.items():
        available = figures.get(sku_id, NO_STOCK).available
        if one.to_give + one.reserve > available:
            most = max(available - one.reserve, 0)
            fields[f"give-{sku_id}"] = (
                f"{names.get(sku_id, 'This wine')}: {available} are there, so {most} can be given."
            )
    if fields:
        raise DomainError("not_enough", " ".join(fields.values()), fields)


def new_seed() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))


def share_lines(
    run: GrantRun, asking: Sequence[Asking], stock: Mapping[int, int], rules: Collection[Rule] = SIMPLE
) -> list[GrantLine]:
    """A line for each wish, not written yet, with what the run's rule gives it of ``stock`` (pieces by sku).

    Each line's ``shares`` and the run's ``compared`` say what ``rules`` make of it beside the run's own.
    """
    lines = [
        GrantLine(
            run=run,
            wish_id=one.wish["id"],
            customer_id=one.wish["customer_id"],
            asked=one.wish["asked"] - one.wish["granted"] - one.wish["granting"],
            turn=turn,
            weight=one.weight,
            household=one.household,
            rank=one.wish["rank"],
            spend_minor=one.spend_minor,
            price_minor=_price(one.wish),
            left_out=one.left_out[:200],
        )
        for turn, one in enumerate(asking)
    ]
    asks = [
        _ask(line, one.wish["reference"], one.wish["sku"], one.wish["multiple"])
        for line, one in zip(lines, asking, strict=True)
        if not line.left_out
    ]
    wanted = [rule for rule in Rule if rule in rules or rule == run.rule]
    found = share_by_all(asks, stock, caps_of(run), seed=run.seed, aim=aim_of(run), rules=wanted)
    for line in lines:
        line.shares = {rule.value: shares.get(line.wish_id, 0) for rule, shares in found.items()}
        line.by_rule = line.pieces = line.shares[run.rule]
    run.compared = {rule.value: asdict(measure(asks, shares)) for rule, shares in found.items()}
    return lines


def write_lines(run: GrantRun, asking: Sequence[Asking], rules: Collection[Rule] = SIMPLE) -> None:
    """Writes the lines of a run, and what each rule comes to."""
    lines = share_lines(run, asking, stock_of(run), rules)
    insert_many(lines)
    run.save(update_fields=["compared"])


def _price(wish: Mapping[str, Any]) -> int:
    """What a piece costs in the offer today, and never more than was read when the wish was made."""
    today: int = wish["list_price"] if wish["offered"] is None else wish["offered"]
    read = wish["price_minor"]
    return today if read is None else min(today, read)


def _ask(line: GrantLine, reference: str, sku_id: int, multiple: int) -> Ask:
    return Ask(
        key=line.wish_id,
        reference=reference,
        sku=sku_id,
        customer=line.customer_id,
        pieces=line.asked,
        household=line.household,
        turn=line.turn,
        rank=line.rank,
        spend_minor=line.spend_minor,
        weight=line.weight,
        price_minor=line.price_minor,
        multiple=multiple,
    )


def asks_of(run: GrantRun) -> list[Ask]:
    """The wishes as the run's rule saw them, by the ids of their wishes; those that were left out aren't in it."""
    lines = run.lines.filter(left_out="").select_related("wish__offer_item").order_by("turn")
    return [
        _ask(line, line.wish.reference, line.wish.offer_item.sku_id, line.wish.offer_item.multiple)
        for line in lines
    ]


def stock_of(run: GrantRun) -> dict[int, int]:
    return dict(run.stock.values_list("sku_id", "to_give"))


def caps_of(run: GrantRun) -> Caps:
    terms = Terms.from_json(run.terms)
    return Caps(terms.customer_cap, terms.household_cap, terms.case)


def aim_of(run: GrantRun) -> Aim:
    terms = Terms.from_json(run.terms)
    return Aim(Objective(terms.objective), terms.minimum, terms.prefers_case)


@transaction.atomic
def choose_rule(*, run: GrantRun, rule: Rule, now: datetime) -> GrantRun:
    """Shares a draft out anew by another rule; what was changed by hand is gone. Locks the run.

    Raises Conflict ``begun``, ``not_ready`` while the worker hasn't tried that rule.
    """
    here = _locked_draft(run)
    if rule.value not in here.compared:
        raise Conflict("not_ready", "That rule is being tried. Choose it in a moment.")
    GrantRun.objects.filter(pk=here.pk).update(rule=rule.value, changed_at=now)
    share = Cast(KeyTextTransform(rule.value, "shares"), IntegerField())
    here.lines.update(by_rule=share, pieces=share)
    here.refresh_from_db()
    return here


@transaction.atomic
def adjust_lines(*, run: GrantRun, pieces: Mapping[int, int], now: datetime) -> int:
    """Gives some of a draft's lines (by id) other pieces than the rule does; how many became others.

    By hand somebody may get more than a cap says, or what was left over; never more than wished, and in all never more
    than there is to give. Locks the run. Raises Conflict ``begun``, DomainError ``pieces_invalid`` with a field
    ``pieces-<line id>`` each, ``not_enough``.
    """
    here = _locked_draft(run)
    lines = list(
        here.lines.filter(pk__in=pieces).exclude(left_out__gt="").select_related("wish__offer_item__sku")
    )
    changed = [line for line in lines if line.pieces != pieces[line.pk]]
    fields = {}
    for line in changed:
        wanted, multiple = pieces[line.pk], line.wish.offer_item.multiple
        if not 0 <= wanted <= line.asked:
            fields[f"pieces-{line.pk}"] = f"Between 0 and {line.asked}."
        elif wanted % multiple:
            fields[f"pieces-{line.pk}"] = f"This wine comes in {multiple}s."
        line.pieces = wanted
    if fields:
        raise DomainError("pieces_invalid", "Some numbers can't be granted.", fields)
    GrantLine.objects.bulk_update(changed, ["pieces"], batch_size=_BATCH)
    _refuse_beyond(here)
    GrantRun.objects.filter(pk=here.pk).update(changed_at=now)
    return len(changed)


def _refuse_beyond(run: GrantRun) -> None:
    """In all never more than there is to give."""
    sums: dict[int, int] = {}
    for sku_id, pieces in run.lines.values_list("wish__offer_item__sku_id", "pieces"):
        sums[sku_id] = sums.get(sku_id, 0) + pieces
    for one in run.stock.select_related("sku"):
        over = sums.get(one.sku_id, 0) - one.to_give
        if over > 0:
            words = f"{one.sku.name}: {one.to_give} are to be given; these are {over} more."
            raise DomainError("not_enough", words)


def _locked_draft(run: GrantRun) -> GrantRun:
    here = lock_row(GrantRun.objects.filter(pk=run.pk))
    if here is None or here.state != GrantState.DRAFT:
        raise Conflict("begun", "This run has begun, so it can't be shared out anew.")
    return here


def draft_for_one(
    *, wish: Wish, pieces: int, keeps_rest: bool, kept_days: int | None, actor: Actor, now: datetime
) -> GrantRun:
    """A run of one wish, to be begun at once. Raises Conflict ``already_answered``, DomainError ``left_out``,
    ``pieces_invalid``, ``not_enough``, ``terms_invalid``."""
    item = wish.offer_item
    mine = Wish.objects.filter(pk=wish.pk)
    asking = gather(mine, item.offer.release, Terms(), now, pieces=pieces)[0]
    if asking.left_out:
        raise DomainError("left_out", asking.left_out)
    if not 1 <= pieces <= wish.left or pieces % item.multiple:
        steps = f", in {item.multiple}s" if item.multiple > 1 else ""
        words = f"Grant between 1 and {wish.left}{steps}."
        raise DomainError("pieces_invalid", words, {"pieces": words})
    kept_days = days_kept(kept_days)
    _refuse({item.sku_id: Give(pieces)}, Terms(), kept_days, now)
    run = GrantRun.objects.create(
        release=item.offer.release,
        rule=Rule.OLDEST.value,
        terms=Terms().as_json(),
        keeps_rest=keeps_rest,
        kept_days=kept_days,
        made_at=now,
        changed_at=now,
        **in_the_name_of(actor),
    )
    GrantStock.objects.create(run=run, sku_id=item.sku_id, to_give=pieces)
    write_lines(run, [asking])
    return run
