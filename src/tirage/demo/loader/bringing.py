"""A list that a partner's tasting has brought: checked this morning, with things to say before it can come in."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from tirage.core.actors import Actor
from tirage.imports.models import ImportRun
from tirage.imports.operations import check_import, start_import
from tirage.imports.options import ImportOptions
from tirage.imports.states import ImportKind

NAME = "harvest-tasting-guests.csv"
#: As another program writes it: a status about mail, days before months, a country in its own language, a household, a
#: post office box and a military post.
GUESTS = """Email;First Name;Last Name;Address;City;ZIP;Country;Date joined;Status;Tags
ines.prado@example.net;Inés;Prado;Calle Serrano 41;Madrid;28001;España;14/03/2019;Subscribed;"Harvest tasting"
greta.holm@example.net;Greta;Holm;12 Coombs Street;Napa;94559;United States (US);03/04/2021;Subscribed;"Harvest tasting"
otto.lund@example.net;Otto;Lund;4 Mission Street;San Francisco;94105;USA;07/09/2020;Unsubscribed;"Harvest tasting"
marais@example.net;Anaïs;Marais;18 rue des Rosiers;Paris;75004;France;02/11/2022;Pending;"Harvest tasting; 2022"
marais@example.net;Luc;Marais;18 rue des Rosiers;Paris;75004;France;02/11/2022;Subscribed;"Harvest tasting; 2022"
cole.hart@example.net;Cole;Hart;PSC 3 Box 2207;APO;09021;USA;18/08/2020;Subscribed;"Harvest tasting"
nell.ames@example.net;Nell;Ames;P.O. Box 417;Mendocino;95460;USA;25/01/2022;Subscribed;"Harvest tasting"
pia.conti@example.net;Pia;Conti;Via Garibaldi 7;Torino;10122;Italia;21/06/2018;Dormant;"Harvest tasting"
"""


def leave_list(now: datetime, manager: Actor) -> ImportRun:
    """Brings the list and checks it; nothing of it is imported."""
    run = start_import(
        kind=ImportKind.CUSTOMERS.value,
        file=io.BytesIO(GUESTS.encode()),
        file_name=NAME,
        options=ImportOptions(),
        actor=manager,
        now=now - timedelta(hours=1),
    )
    return check_import(reference=run.reference, actor=manager, now=now)
