"""The change page as a browser sends it: every field that stands on it, some of them changed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from tests.rooms.changes.journey import bought, key_of
from tests.world import World
from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft
from tirage.orders.models import Order

HTMX = {"HX-Request": "true"}


def open_change(client: Client, order: Order) -> ChangeDraft:
    """Presses "Change this order"."""
    answer = client.post(f"/winery/orders/{order.reference}/change")
    reference = answer["Location"].rstrip("/").rpartition("/")[2]
    return ChangeDraft.objects.select_related("order__customer").get(reference=reference)


def page_of(client: Client, draft: ChangeDraft) -> str:
    answer = client.get(f"/winery/changes/{draft.reference}/")
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


def text_of(page: str) -> str:
    """What a person reads: no tags, single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def fields_of(page: str) -> dict[str, str]:
    """What the page's form would send as it stands, without its buttons."""
    form = page[page.index('id="change"') :]
    sent = {}
    for tag in re.findall(r"<input\b[^>]*>", form[: form.index("</form>")]):
        facts = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        on = facts.get("type") not in ("radio", "checkbox") or re.search(r"\schecked\b", tag)
        if facts.get("name") and on and not re.search(r"\sdisabled\b", tag):
            sent[facts["name"]] = facts.get("value", "")
    for name, value in re.findall(r'<textarea name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', form):
        sent[name] = unescape(value)
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)"( selected)?', options)
        sent[name] = next((value for value, mark in chosen if mark), chosen[0][0] if chosen else "")
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def send(client: Client, draft: ChangeDraft, **fields: Any) -> Any:
    """Sends the form as it stands with ``fields`` changed."""
    sent = fields_of(page_of(client, draft)) | {name: str(value) for name, value in fields.items()}
    return client.post(f"/winery/changes/{draft.reference}/", sent)


def type_in(client: Client, draft: ChangeDraft, **fields: Any) -> Any:
    """The same as the page sends it while somebody types."""
    sent = fields_of(page_of(client, draft)) | {name: str(value) for name, value in fields.items()}
    return client.post(f"/winery/changes/{draft.reference}/", sent, headers=HTMX)


def pieces(order: Order, sku: Sku, count: int) -> dict[str, int]:
    """A field of the form: so many pieces of a wine."""
    return {f"pieces-{key_of(order, sku)}": count}


def two_cabernets(world: World) -> Order:
    """Ben's: 240 of wine and 28 (or so) to send them to New York, paid by his card."""
    return bought(world, world.ben, {"CAB23": 2})


def fresh(draft: ChangeDraft) -> ChangeDraft:
    return ChangeDraft.objects.select_related("order__customer").get(pk=draft.pk)


def settle(client: Client, draft: ChangeDraft, button: str, **fields: Any) -> Any:
    """Presses one of the settling buttons and follows."""
    sent = fields_of(page_of(client, draft)) | {"settle": button, **fields}
    return client.post(f"/winery/changes/{draft.reference}/", sent, follow=True)


def buttons_of(page: str) -> list[str]:
    """What the settling buttons say."""
    parts = page.split('name="settle"')[1:]
    return [text_of(part[part.index(">") + 1 : part.index("</button>")]) for part in parts]
