"""What the customer's page says of the customer; orders, wishes and cards are shown by their own places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F, FilteredRelation, Q

from tirage.backoffice.customers.credit import CreditForm
from tirage.backoffice.customers.forms import NoteForm, StandingNoteForm, SuspendForm, TagsForm
from tirage.backoffice.frame.panels import CUSTOMER_PAGE, Look, Panel
from tirage.backoffice.orders.carts import cart_lines_of
from tirage.backoffice.payments.panels import cards_of
from tirage.backoffice.wishes.panels import wishes_of
from tirage.checkout.queries import load_offer_page
from tirage.core.models import Event
from tirage.customers.consent import say_source
from tirage.customers.models import Address, Customer, FormerCustomer, Group
from tirage.customers.states import GroupKind
from tirage.delivery.locations.queries import holding_carriers
from tirage.delivery.reach import words_of_addresses
from tirage.notifications.mailboxes import set_aside
from tirage.offers.rules import OfferStatus
from tirage.parts.twins import has_pairs
from tirage.payments.queries import credit_entries
from tirage.staff.permissions import Permission
from tirage.taxes.book import current_book
from tirage.wishes.states import WishState

EVENTS = 40
#: Entries of store credit on the page; the rest is a click away.
CREDIT_ENTRIES = 5


def _groups(look: Look[Customer]) -> list[Any]:
    """Every group; ``since`` is None for those that the customer isn't in."""
    own = FilteredRelation("memberships", condition=Q(memberships__customer=look.about.pk))
    return list(Group.objects.annotate(own=own, since=F("own__since")).order_by("kind", "rank", "name"))


def _addresses(look: Look[Customer]) -> list[Address]:
    return list(look.about.addresses.filter(removed_at__isnull=True).order_by("-is_default", "id"))


def _read_addresses(look: Look[Customer]) -> Mapping[str, Any]:
    """The addresses, each with the word of where wine can't go."""
    addresses = look.once(_addresses)
    words = words_of_addresses(addresses, look.now, asks=False)
    rows = [{"address": one, "word": word} for one, word in zip(addresses, words, strict=True)]
    return {
        "addresses": rows,
        "look_the_same": has_pairs(addresses),
        "may_be_held": bool(holding_carriers(look.now, staff=True)),
    }


def _read_mailbox(look: Look[Customer]) -> Mapping[str, Any] | None:
    troubles = set_aside(look.about.email)
    return (
        {"troubles": troubles, "refuses": any(one.why == "bounced" for one in troubles)} if troubles else None
    )


def tier_of(look: Look[Customer]) -> Group | None:
    """The allocation group that the customer is in."""
    inside = (group for group in look.once(_groups) if group.since is not None)
    return next((group for group in inside if group.kind == GroupKind.ALLOCATION), None)


def _to_do(look: Look[Customer]) -> list[str]:
    """What stands between this customer and a bottle, in the order somebody would see to it."""
    found = look.about
    if not found.is_active:
        return [f"Suspended: {found.status_reason}. Reinstate the customer to open sign-in, offers and mail."]
    words = []
    if tier_of(look) is None:
        words.append("In no allocation group, so there is no offer to see. Add the customer to one.")
    if not look.once(_addresses):
        words.append("No address yet: it is asked for at checkout.")
    if not look.once(cards_of):
        words.append("No saved card yet: it is asked for at checkout.")
    open_wishes = sum(wish.state == WishState.OPEN for wish in look.once(wishes_of))
    if open_wishes:
        words.append(f"{open_wishes} open wish{'' if open_wishes == 1 else 'es'} to grant or decline.")
    return words


def _read_to_do(look: Look[Customer]) -> Mapping[str, Any] | None:
    words = _to_do(look)
    return {"to_do": words} if words else None


def _read_note(look: Look[Customer]) -> Mapping[str, Any] | None:
    return {} if look.about.note else None


def _read_offer(look: Look[Customer]) -> Mapping[str, Any] | None:
    """The offer that the shop would show, with what may still be bought of it; two statements."""
    page = load_offer_page(look.about, look.now) if look.about.is_active else None
    if page is None or page.offer is None:
        return None
    is_over = page.status is OfferStatus.CLOSED
    return {"page": page, "offer": page.offer, "wines": [] if is_over else page.items, "is_over": is_over}


def _read_cart(look: Look[Customer]) -> Mapping[str, Any] | None:
    """What is in the carts, held bottles before those that lapsed."""
    found = look.once(cart_lines_of)
    return {"cart_lines": found, "now": look.now} if found else None


def _read_groups(look: Look[Customer]) -> Mapping[str, Any]:
    groups = look.once(_groups)
    return {
        "inside": [group for group in groups if group.since is not None],
        "outside": [group for group in groups if group.since is None],
        "pin": getattr(look.about, "tier_pin", None),
    }


def _read_credit(look: Look[Customer]) -> Mapping[str, Any]:
    entries = list(credit_entries(look.about)[: CREDIT_ENTRIES + 1])
    return {
        "credit_form": CreditForm(),
        "credit_entries": entries[:CREDIT_ENTRIES],
        "more_credit": len(entries) > CREDIT_ENTRIES,
    }


def _read_tags(look: Look[Customer]) -> Mapping[str, Any]:
    return {"tags_form": TagsForm(initial=TagsForm.values_of(look.about), about=look.about)}


def _former(look: Look[Customer]) -> list[FormerCustomer]:
    """The accounts that were merged into this one."""
    was_merged = getattr(look.about, "was_merged", True)
    return list(look.about.former_customers.order_by("-at")) if was_merged else []


def _read_contact(look: Look[Customer]) -> Mapping[str, Any]:
    return {
        "consent_source": say_source(look.about.marketing_source),
        "former": look.once(_former),
        "knows_businesses": current_book().knows_businesses,
    }


def _read_activity(look: Look[Customer]) -> Mapping[str, Any]:
    ids = [look.about.pk, *(one.former_id for one in look.once(_former))]
    events = Event.objects.filter(customer_id__in=ids).order_by("-id")[:EVENTS]
    return {"note_form": NoteForm(), "events": list(events)}


CUSTOMER_PAGE.declare(
    Panel(
        title="The offer",
        template="backoffice/customers/panels/offer.html",
        read=_read_offer,
        permission=Permission.SEE_OFFERS,
        rank=4,
    ),
    Panel(
        title="In the cart",
        template="backoffice/customers/panels/cart.html",
        read=_read_cart,
        permission=Permission.SEE_CUSTOMERS,
        rank=6,
    ),
    Panel(
        title="What to do next",
        template="backoffice/customers/panels/to_do.html",
        read=_read_to_do,
        permission=Permission.SEE_CUSTOMERS,
        rank=20,
    ),
    Panel(
        title="Mailbox set aside",
        template="backoffice/customers/panels/mailbox.html",
        read=_read_mailbox,
        permission=Permission.SEE_CUSTOMERS,
        rank=25,
    ),
    Panel(
        title="What to know",
        template="backoffice/customers/panels/note.html",
        read=_read_note,
        permission=Permission.SEE_CUSTOMERS,
        rank=30,
    ),
    Panel(
        title="Figures",
        template="backoffice/customers/panels/figures.html",
        read=lambda look: {},
        permission=Permission.SEE_CUSTOMERS,
        rank=40,
    ),
    Panel(
        title="Contact",
        template="backoffice/customers/panels/contact.html",
        read=_read_contact,
        permission=Permission.SEE_CUSTOMERS,
        rank=50,
    ),
    Panel(
        title="Addresses",
        template="backoffice/customers/panels/addresses.html",
        read=_read_addresses,
        permission=Permission.SEE_CUSTOMERS,
        rank=90,
    ),
    Panel(
        title="Groups",
        template="backoffice/customers/panels/groups.html",
        read=_read_groups,
        permission=Permission.SEE_CUSTOMERS,
        rank=100,
    ),
    Panel(
        title="Store credit",
        template="backoffice/customers/panels/credit.html",
        read=_read_credit,
        permission=Permission.SEE_CUSTOMERS,
        rank=120,
    ),
    Panel(
        title="Tags",
        template="backoffice/customers/panels/tags.html",
        read=_read_tags,
        permission=Permission.EDIT_CUSTOMERS,
        rank=130,
    ),
    Panel(
        title="What to know",
        template="backoffice/customers/panels/standing_note.html",
        read=lambda look: {
            "standing_form": StandingNoteForm(initial={"text": look.about.note}, about=look.about)
        },
        permission=Permission.EDIT_CUSTOMERS,
        rank=140,
    ),
    Panel(
        title="Sign-in",
        template="backoffice/customers/panels/sign_in.html",
        read=lambda look: {"suspend_form": SuspendForm()},
        permission=Permission.EDIT_CUSTOMERS,
        rank=150,
    ),
    Panel(
        title="Activity",
        template="backoffice/customers/panels/activity.html",
        read=_read_activity,
        permission=Permission.SEE_CUSTOMERS,
        rank=10,
        aside=True,
    ),
)
