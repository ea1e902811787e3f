"""How each kind of thing is written and taken out."""

from __future__ import annotations

from collections.abc import Mapping

from tirage.moving.crediting import CreditWriter
from tirage.moving.joining import MemberWriter
from tirage.moving.muting import MuteWriter
from tirage.moving.saved_cards import CardWriter
from tirage.moving.states import Thing
from tirage.moving.staying import StayWriter
from tirage.moving.things import Writer
from tirage.moving.wishing import WishWriter

WRITERS: Mapping[Thing, Writer] = {
    Thing.CREDIT: CreditWriter(),
    Thing.MEMBER: MemberWriter(),
    Thing.CARD: CardWriter(),
    Thing.MUTE: MuteWriter(),
    Thing.WISH: WishWriter(),
    Thing.STAY: StayWriter(),
}
