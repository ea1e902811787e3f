"""What a member typed when the sign-in had ended: kept until they are back, and sent only by their own press.

It waits in the session of whoever is at the door, whose data is sealed and which signing in goes on with. Only from a
browser in which a member was signed in lately, and only for that member; half an hour long. Files can't be kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponseBase, QueryDict

from tirage.parts.devices import DeviceCookie
from tirage.parts.failures import typed_words

KEPT = "kept_form"
KEPT_FOR = timedelta(minutes=30)
#: Of a form, as it was sent.
MOST_BYTES = 300_000
#: Whose pages this browser showed last. It gives no rights: forms are kept for whoever it names, and for nobody else.
DESK = DeviceCookie("tirage_desk", "tirage.staff.desk", "/winery/", timedelta(days=30))
_UNKEPT = "/winery/sign-in/"


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form that waits: where it goes, what it says, and which files have to be chosen again."""

    member_id: int
    path: str
    pairs: list[tuple[str, str]]
    files: list[str]

    @property
    def said(self) -> list[tuple[str, str]]:
        """What was typed, for people."""
        data = QueryDict(mutable=True)
        for name, value in self.pairs:
            data.appendlist(name, value)
        return typed_words(data)


def remember_desk(request: HttpRequest, response: HttpResponseBase) -> None:
    """Notes whose pages this browser shows, once; asks nothing of the database."""
    session = request.session
    member = session.get(SESSION_KEY) if session.accessed and not session.is_empty() else None
    if member and _desk_member(request) != int(member):
        DESK.remember(response, [int(member)])


def _desk_member(request: HttpRequest) -> int | None:
    found = DESK.read(request) if DESK.name in request.COOKIES else None
    return found[0][0] if found and len(found[0]) == 1 and isinstance(found[0][0], int) else None


def keep_form(request: HttpRequest, *, now: datetime) -> bool:
    """Keeps what was sent for the member whose page it was; False when there is nobody or nothing to keep."""
    member_id = _desk_member(request)
    if request.method != "POST" or member_id is None or request.path.startswith(_UNKEPT):
        return False
    pairs = [
        [name, value]
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    files = [file.name or "" for _, several in request.FILES.lists() for file in several]
    if sum(len(name) + len(value) for name, value in pairs) > MOST_BYTES:
        return False
    request.session[KEPT] = {
        "member": member_id,
        "path": request.get_full_path(),
        "pairs": pairs,
        "files": files,
        "at": now.isoformat(),
    }
    return True


def kept_form(request: HttpRequest, *, now: datetime) -> KeptForm | None:
    """What waits for the member of this session; what is too old, or somebody else's, is forgotten."""
    kept = request.session.get(KEPT)
    if not kept:
        return None
    is_fresh = now - datetime.fromisoformat(kept["at"]) <= KEPT_FOR
    if not is_fresh or kept["member"] != request.user.pk:
        drop_form(request)
        return None
    return KeptForm(
        kept["member"], kept["path"], [(name, value) for name, value in kept["pairs"]], kept["files"]
    )


def drop_form(request: HttpRequest) -> None:
    """Forgets what waits."""
    request.session.pop(KEPT, None)
