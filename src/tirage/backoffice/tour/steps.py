"""The steps of the tour: on which page each is done, what to do there and why, and whether it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from tirage.backoffice.tour.facts import Facts, count_items, count_members, has_items, was_opened
from tirage.core.texts import say_count, say_names
from tirage.core.winery import current_winery
from tirage.customers.models import Group
from tirage.offers.models import Offer
from tirage.parts import wording
from tirage.staff.states import TourStep


@dataclass(frozen=True, slots=True)
class Step:
    """``todo`` is to be done at ``href``, which is called ``there``; ``done`` says what "
    "stands, and is empty until then."""

    key: TourStep
    label: str
    why: str
    todo: str
    href: str
    there: str
    done: str = ""


Look = Callable[[Facts], tuple[str, str, str, str]]
ORDER = tuple(TourStep)


def read_steps(facts: Facts) -> list[Step]:
    """All six, as the facts are."""
    return [Step(key, label, why, *look(facts)) for key, (label, why, look) in _STEPS.items()]


def _to(name: str, *words: str) -> str:
    return reverse(f"backoffice:{name}", args=words)


def _group(facts: Facts) -> tuple[str, str, str, str]:
    if peopled := facts.peopled:
        said = say_names([f"{one.name} ({_members(one)})" for one in peopled])
        return "Look at who is in it.", _to("groups"), "The groups", f"{said}."
    if facts.groups:
        group = facts.groups[0]
        return (
            f"Put customers into {group.name}: choose them in the list, then Move to group.",
            _to("customers"),
            "The customers",
            "",
        )
    return (
        "Make a group of the kind Allocation, and write down who belongs there. A list that you "
        "import can bring its groups along.",
        _to("new_group"),
        "A new group",
        "",
    )


def _offer(facts: Facts) -> tuple[str, str, str, str]:
    release = facts.release
    if release is None:
        return (
            "Make the release: its name is enough to begin with.",
            _to("new_release"),
            "A new release",
            "",
        )
    if not facts.offers:
        todo = (
            "Under Groups without an offer, make the offer of your group: its window, its title, and "
            "a few words as you would say them at the door."
        )
        return todo, _to("release", release.reference), release.name, ""
    if bare := facts.first(lambda offer: not has_items(offer)):
        todo = f"Choose the wines for {bare.group.name}, and how many of each one member may take."
        return todo, _to("offer_items", bare.reference), f"The items of {bare.group.name}", ""
    said = say_names([f"{offer.group.name} ({_wines(offer)})" for offer in facts.offers])
    return "Look at the offers side by side.", _to("release", release.reference), release.name, f"{said}."


def _when(at: datetime) -> str:
    winery = current_winery()
    return wording.say_moment(at, winery.time_zone, winery.locale)


def _members(group: Group) -> str:
    return say_count(count_members(group), "member", "members")


def _wines(offer: Offer) -> str:
    return say_count(count_items(offer), "wine", "wines")


def _test(facts: Facts) -> tuple[str, str, str, str]:
    if not facts.test_groups:
        todo = (
            "Make a group of the kind Allocation with a rank behind all others, and tick A test "
            "group of the team."
        )
        return todo, _to("new_group"), "A new group", ""
    group = facts.test_groups[0]
    if not any(count_members(one) for one in facts.test_groups):
        todo = (
            "Add yourself as a customer, with an address where you get mail, then put yourself into "
            f"{group.name} on your customer's page."
        )
        return todo, _to("new_customer"), "A new customer", ""
    if facts.release is None:
        return "Make the release first.", _to("new_release"), "A new release", ""
    offer = facts.tested
    if offer is None:
        todo = (
            f"Make an offer to {group.name}. Its words come along from the last one; let it open now, "
            "so that you can try it."
        )
        return todo, f"{_to('new_offer', facts.release.reference)}?group={group.reference}", "A new offer", ""
    if not has_items(offer):
        return (
            "Take the items of another group with one button.",
            _to("offer_items", offer.reference),
            f"The items of {offer.group.name}",
            "",
        )
    if not was_opened(offer):
        todo = f"Activate the offer to {offer.group.name}. Nobody else sees anything of it."
        return todo, _to("check_offer", offer.reference), "Check and open", ""
    done = f"{offer.group.name} has its offer, from {_when(offer.opens_at)} on."
    todo = (
        "Sign in at the shop as your test customer, and choose, pay with a test card and change your mind as a "
        "customer would: it makes test orders, which take no wine and no money and are in no figure. Here you see "
        "them, and remove them all with one press."
    )
    return todo, _to("release_tests", facts.release.reference), f"Test orders of {facts.release.name}", done


def _preview(facts: Facts) -> tuple[str, str, str, str]:
    if not facts.offers:
        return "Make an offer first.", *_offer(facts)[1:3], ""
    offer = facts.offers[0]
    todo = (
        "Under Preview, choose a member and a moment, and press See it. The bar on top of the "
        "shop leads you back."
    )
    done = "You have seen it as a customer." if facts.was_previewed else ""
    return todo, _to("offer", offer.reference), f"The offer to {offer.group.name}", done


def _open(facts: Facts) -> tuple[str, str, str, str]:
    if not facts.offers:
        return "Make an offer first.", *_offer(facts)[1:3], ""
    if shut := facts.first(lambda offer: not was_opened(offer)):
        todo = (
            f"Read the list: it says what stops the offer to {shut.group.name} and what to look at. "
            "Then activate it. It opens by itself at its time, and nobody is sent anything until you "
            "invite them."
        )
        return todo, _to("check_offer", shut.reference), f"Check and open {shut.group.name}", ""
    first = min(facts.offers, key=lambda offer: offer.opens_at)
    verb = "Open since" if first.opens_at <= facts.now else "Opens"
    todo = f"Invite {first.group.name}: each gets a mail with a link that signs them in."
    return (
        todo,
        _to("invitations", first.reference),
        f"Invite {first.group.name}",
        f"{verb} {_when(first.opens_at)}.",
    )


def _watch(facts: Facts) -> tuple[str, str, str, str]:
    if facts.release is None:
        return "Make the release first.", _to("new_release"), "A new release", ""
    bought = f"{say_count(facts.bought, 'order', 'orders')} so far." if facts.bought else ""
    is_open = any(offer.is_active and offer.opens_at <= facts.now < offer.closes_at for offer in facts.offers)
    if is_open:
        return "Watch what is sold, in carts and left; the page renews itself.", _to("home"), "Home", bought
    todo = (
        "This is its report: what was offered, taken and wished, by wine, group and day. While "
        "the release is open, Home shows it by the minute."
    )
    return (
        todo,
        _to("release_report", facts.release.reference),
        f"The report of {facts.release.name}",
        bought,
    )


_STEPS: dict[TourStep, tuple[str, str, Look]] = {
    TourStep.GROUP: (
        "Group",
        "An allocation goes to people, and a group is who they are: the tier that is offered the "
        "same wines. Its name stays among you.",
        _group,
    ),
    TourStep.OFFER: (
        "Offer",
        "A release is the event; each group gets its own offer in it, with its window, its words "
        "and its wines.",
        _offer,
    ),
    TourStep.TEST: (
        "Test group",
        "Buy your own wine before anybody else can, without taking a bottle: what is odd on your telephone "
        "today is no question from a customer on the day.",
        _test,
    ),
    TourStep.PREVIEW: (
        "Preview",
        "The shop as one member sees it at one moment, before it opens, without signing in and "
        "without taking a bottle.",
        _preview,
    ),
    TourStep.OPEN: (
        "Open",
        "Opening is a promise, so everything that could break it is looked at first: stock, "
        "limits, cards, where wine may go.",
        _open,
    ),
    TourStep.WATCH: (
        "Watch it sell",
        "On the day there is one page to keep open: what is gone, what is in carts, and who needs you.",
        _watch,
    ),
}
