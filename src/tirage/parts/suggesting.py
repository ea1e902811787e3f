"""Towns and ZIPs for whoever types an address. Public: it knows the shipped table and nothing of any customer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from tirage.core.clock import read_clock
from tirage.core.networks import network_of
from tirage.parts.client import client_address
from tirage.places import Offered, towns_that_begin, zips_that_begin

#: Answers to one network within a minute, in each process: more than anybody types.
MOST_A_MINUTE = 120
#: Networks that are remembered; the one that asked longest ago is forgotten.
_REMEMBERED = 5_000
#: Longer than any town's name.
_LONGEST = 60
_A_DAY = "public, max-age=86400"


class Counter:
    """How often each network asked in the present minute; in this process's memory, since a try costs the winery
    nothing but time and a table would be written at each letter."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._asked: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def is_too_much(self, network: str, now: datetime) -> bool:
        """Counts one more, and says whether it is beyond."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            then, count = self._asked.pop(network, (minute, 0))
            count = count + 1 if then == minute else 1
            self._asked[network] = (minute, count)
            if len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)
        return count > self.most


counter = Counter(MOST_A_MINUTE)


@require_safe
def suggest_places(request: HttpRequest) -> HttpResponse:
    """``?city=sea&state=WA``: towns that begin so; ``?zip=981&city=Seattle&state=WA``: their ZIPs. JSON; 429 for who
    asks faster than anybody types."""
    if counter.is_too_much(network_of(client_address(request)), read_clock()):
        return JsonResponse({"places": []}, status=429)
    asked = {name: request.GET.get(name, "")[:_LONGEST].strip() for name in ("zip", "city", "state")}
    found = (
        zips_that_begin(asked["zip"], asked["city"], asked["state"])
        if "zip" in request.GET
        else towns_that_begin(asked["city"], asked["state"])
    )
    response = JsonResponse({"places": [_row(one) for one in found]})
    response["Cache-Control"] = _A_DAY
    return response


def _row(one: Offered) -> dict[str, str]:
    return {"words": one.words, "city": one.city, "state": one.state, "zip": one.postal_code}
