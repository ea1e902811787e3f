"""Which words tell a customer, and which of them tell nobody else."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Lower

from tirage.core.models import Winery
from tirage.customers.models import Address, Customer, FormerCustomer
from tirage.joining.models import SignUp
from tirage.leaving.erasing.words import Words, telling_words
from tirage.marketing.models import Subscriber
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.staff.models import StaffMember


def find_words(customer: Customer, alias: str) -> Words:
    """E-mail addresses, names, telephones and streets that stand in the customer's own rows.

    What another customer has too (a couple's house, the name that two have) tells nobody alone: it is looked for in
    rows of the customer's only.
    """
    emails = telling_words(_emails(customer))
    names = telling_words(_names(customer))
    places = telling_words(_places(customer))
    shared = {*_shared_emails(customer, emails), *_shared_names(customer, names)}
    shared |= _shared_places(customer, places)
    every = {*emails, *names, *places}
    unique = (one for one in every if one.casefold() not in shared)
    return Words(tuple(sorted(every)), tuple(sorted(unique)), alias)


def _emails(customer: Customer) -> Iterable[str]:
    yield customer.email
    yield customer.other_email
    for row in FormerCustomer.objects.filter(customer=customer):
        yield from (row.email, row.other_email, row.also_signs_in)
    for model, column in ((SignUp, "email"), (SentMail, "to"), (Subscriber, "email")):
        yield from model._base_manager.filter(customer=customer).values_list(column, flat=True).distinct()


def _names(customer: Customer) -> Iterable[str]:
    first, last = customer.first_name.strip(), customer.last_name.strip()
    yield f"{first} {last}".strip()
    yield f"{last}, {first}" if first and last else ""
    yield from FormerCustomer.objects.filter(customer=customer).values_list("name", flat=True)
    for row in SignUp.objects.filter(customer=customer):
        yield f"{row.first_name} {row.last_name}".strip()


def _places(customer: Customer) -> Iterable[str]:
    yield customer.phone
    columns = ("recipient", "company", "line1", "line2", "phone")
    for rows in (Address.objects.filter(customer=customer), Order.objects.filter(customer=customer)):
        for row in rows.values_list(*columns).distinct():
            yield from row


def _shared_emails(customer: Customer, emails: Iterable[str]) -> set[str]:
    lower = {one.casefold() for one in emails}
    others = Customer.objects.exclude(pk=customer.pk).filter(Q(email__in=lower) | Q(other_email__in=lower))
    found = {one.casefold() for both in others.values_list("email", "other_email") for one in both}
    team = StaffMember.objects.annotate(lower=Lower("email")).filter(lower__in=lower)
    found |= set(team.values_list("lower", flat=True))
    found |= {one.casefold() for one in Winery.objects.values_list("support_email", flat=True)}
    return found & lower


def _shared_names(customer: Customer, names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    others = Customer.objects.exclude(pk=customer.pk)
    for name in names:
        first, _, last = name.rpartition(" ")
        if ", " in name:
            last, _, first = name.partition(", ")
        alike = others.filter(first_name__iexact=first, last_name__iexact=last)
        if alike.exists() or StaffMember.objects.filter(name__iexact=name).exists():
            found.add(name.casefold())
    return found


def _shared_places(customer: Customer, places: Iterable[str]) -> set[str]:
    others, found = Address.objects.exclude(customer=customer), set()
    for one in places:
        same = Q(line1__iexact=one) | Q(line2__iexact=one) | Q(company__iexact=one) | Q(phone=one)
        if (
            others.filter(same).exists()
            or Customer.objects.exclude(pk=customer.pk).filter(phone=one).exists()
        ):
            found.add(one.casefold())
    return found
