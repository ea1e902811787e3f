"""How the team gets in, and how it doesn't."""

from __future__ import annotations

import re
import threading
import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import LazySettings
from django.core import mail as outbox
from django.http import HttpResponse
from django.test import Client, RequestFactory

from tests.web.conftest import member_with
from tirage.cli.main import main
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.models import Event, Winery, WrongTries
from tirage.core.waits import WAITS
from tirage.core.winery import forget_winery
from tirage.notifications.models import SentMail
from tirage.notifications.tasks import send_mail
from tirage.notifications.values import data_of
from tirage.staff import devices, passwords
from tirage.staff.models import StaffMember, StaffSession
from tirage.staff.states import Role

PASSWORD = "four words in a row"
SECRET = "JBSWY3DPEHPK3PXP"


def code_now() -> str:
    return str(format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time())))))


@pytest.fixture
def olive(winery: Winery) -> StaffMember:
    """An owner with a password and a second factor."""
    member = member_with(Role.OWNER)
    member.set_password(PASSWORD)
    member.save()
    return member


def sign_in(client: Client, email: str, password: str = PASSWORD) -> object:
    return client.post("/winery/sign-in/", {"login": email, "password": password})


def test_strangers_are_led_to_the_sign_in_and_back(client: Client, olive: StaffMember) -> None:
    answer = client.get("/winery/orders/?to=CA")
    assert answer["Location"] == "/winery/sign-in/?next=/winery/orders/%3Fto%3DCA"


def test_password_then_code_then_in(client: Client, olive: StaffMember) -> None:
    answer = sign_in(client, olive.email)
    assert answer["Location"] == "/winery/sign-in/second-factor/authenticate/"  # type: ignore[index]
    assert client.get("/winery/").status_code == 302
    assert client.get("/winery/sign-in/second-factor/authenticate/").status_code == 200
    answer = client.post("/winery/sign-in/second-factor/authenticate/", {"code": code_now()})
    assert answer["Location"] == "/winery/"
    assert client.get("/winery/").status_code == 200
    assert client.session.get_expiry_age() == 12 * 3600
    assert Event.objects.filter(name=EventName.STAFF_SIGNED_IN.value, subject_id=olive.pk).count() == 1


def test_a_wrong_code_does_not_get_in(client: Client, olive: StaffMember) -> None:
    sign_in(client, olive.email)
    assert client.post("/winery/sign-in/second-factor/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get("/winery/").status_code == 302


def test_a_member_without_second_factor_sets_one_up_first(client: Client, olive: StaffMember) -> None:
    olive.authenticator_set.all().delete()  # type: ignore[attr-defined]
    sign_in(client, olive.email)
    assert client.get("/winery/orders/")["Location"] == "/winery/sign-in/second-factor/totp/activate/"
    page = client.get("/winery/sign-in/second-factor/totp/activate/").content.decode()
    secret = re.search(r'<code class="reference">(\w+)</code>', page)
    assert secret
    code = format_hotp_value(hotp_value(secret[1], next(iter(yield_hotp_counters_from_time()))))
    answer = client.post("/winery/sign-in/second-factor/totp/activate/", {"code": code}, follow=True)
    assert "Your recovery codes" in answer.content.decode()
    assert client.get("/winery/orders/").status_code == 200


def test_without_the_setting_the_password_is_enough(client: Client, olive: StaffMember) -> None:
    olive.authenticator_set.all().delete()  # type: ignore[attr-defined]
    Winery.objects.update(staff_second_factor=False)
    forget_winery()
    sign_in(client, olive.email)
    assert client.get("/winery/orders/").status_code == 200


def test_each_wrong_password_makes_the_next_wait_longer(olive: StaffMember) -> None:
    told = []
    for attempt in range(len(WAITS)):
        # Each from a browser of its own: the count is in the database, not in a process or a cookie.
        email = olive.email.upper() if attempt % 2 else olive.email
        assert sign_in(Client(), email, "wrong password").status_code == 200  # type: ignore[attr-defined]
        answer = sign_in(Client(), olive.email)
        told.append((answer.status_code, answer.headers.get("Retry-After", "0")))  # type: ignore[attr-defined]
        if answer.status_code == 302:  # type: ignore[attr-defined]
            # The right one was looked at, and forgot the wrong ones: on as if it had not been tried.
            wrong = attempt + 1
            WrongTries.objects.create(
                door="staff_password",
                account=olive.email,
                wrong=wrong,
                last_at=read_clock(),
                free_at=read_clock(),
            )
        WrongTries.objects.update(free_at=read_clock())
    assert told[:2] == [(302, "0"), (302, "0")]
    assert [status for status, _ in told[2:]] == [429] * 6
    assert [int(said) for _, said in told[2:]] == pytest.approx([5, 15, 60, 300, 900, 3600], abs=2)


def test_the_page_says_how_long(olive: StaffMember) -> None:
    for _ in range(3):
        sign_in(Client(), olive.email, "wrong password")
    WrongTries.objects.update(free_at=read_clock() + timedelta(minutes=4, seconds=30))
    page = sign_in(Client(), olive.email).content.decode()  # type: ignore[attr-defined]
    assert "Try again in 5 minutes" in page and "/winery/sign-in/password/reset/" in page
    WrongTries.objects.update(free_at=read_clock())
    assert sign_in(Client(), olive.email).status_code == 302  # type: ignore[attr-defined]
    assert not WrongTries.objects.exists(), "the right password forgets the wrong ones"


def test_another_member_is_not_locked_out(olive: StaffMember) -> None:
    other = member_with(Role.MANAGER)
    other.set_password(PASSWORD)
    other.save()
    for _ in range(5):
        sign_in(Client(), olive.email, "wrong password")
    assert sign_in(Client(), olive.email).status_code == 429  # type: ignore[attr-defined]
    assert sign_in(Client(), other.email).status_code == 302  # type: ignore[attr-defined]


def test_nobody_signs_up(client: Client, winery: Winery) -> None:
    assert client.get("/winery/sign-in/signup/").status_code == 404


def test_an_inactive_member_stays_out(client: Client, olive: StaffMember) -> None:
    StaffMember.objects.update(is_active=False)
    sign_in(client, olive.email)
    assert client.get("/winery/").status_code == 302
    assert not SentMail.objects.exists()


def test_a_new_password_by_mail_and_silence_for_strangers(client: Client, olive: StaffMember) -> None:
    StaffMember.objects.create_user("ned@halcyon.example", name="Ned", role="manager")
    for email in ("ned@halcyon.example", "nobody@halcyon.example"):
        answer = client.post("/winery/sign-in/password/reset/", {"email": email})
        assert answer["Location"] == "/winery/sign-in/password/reset/sent/"
    queued = SentMail.objects.get()
    send_mail.call(queued.pk)
    link = re.search(r"http://127\.0\.0\.1:8000(/\S+)", str(outbox.outbox[0].body))
    assert link
    page = client.get(link[1], follow=True)
    assert "Set your password" in page.content.decode()
    url = page.redirect_chain[-1][0]
    answer = client.post(url, {"password1": PASSWORD, "password2": PASSWORD})
    assert answer["Location"] == "/winery/sign-in/password/reset/done/"
    assert StaffMember.objects.get(email="ned@halcyon.example").check_password(PASSWORD)
    again = Client().get(link[1], follow=True)
    assert "This link has been used" in again.content.decode()


def test_every_page_of_the_door_opens(client: Client, olive: StaffMember) -> None:
    client.force_login(olive, backend="allauth.account.auth_backends.AuthenticationBackend")
    sign_in(client, olive.email)
    for path in (
        "out/",
        "inactive/",
        "again/",
        "password/change/",
        "password/reset/",
        "password/reset/sent/",
        "password/reset/done/",
        "second-factor/",
        "second-factor/reauthenticate/",
    ):
        assert client.get(f"/winery/sign-in/{path}").status_code == 200, path


# Password checks


def test_passwords_are_kept_by_argon2() -> None:
    hasher = passwords.CappedArgon2Hasher()
    encoded = hasher.encode(PASSWORD, "saltsaltsalt")
    assert encoded.startswith("argon2$argon2id$")
    assert hasher.verify(PASSWORD, encoded)
    assert not hasher.verify(PASSWORD + "x", encoded)


def test_few_checks_run_at_once_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, done, busy = [0], [0], [], []
    lock, gate = threading.Lock(), threading.Event()

    def work() -> bool:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        gate.wait(5)
        with lock:
            running[0] -= 1
        return True

    def visit() -> None:
        try:
            done.append(passwords._in_turn(work))
        except passwords.PasswordChecksBusy:
            busy.append(1)

    crowd = [threading.Thread(target=visit) for _ in range(12)]
    for person in crowd:
        person.start()
    while len(busy) < 9:
        time.sleep(0.005)
    gate.set()
    for person in crowd:
        person.join()
    assert most[0] == 2
    assert len(done) == 3
    assert len(busy) == 9


def test_the_crowd_sees_a_page_that_asks_for_patience(
    client: Client, olive: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(1))
    passwords._places.acquire()
    answer = sign_in(client, olive.email)
    assert answer.status_code == 503  # type: ignore[attr-defined]
    assert answer["Retry-After"] == "30"  # type: ignore[index]
    assert "Many people are signing in" in answer.content.decode()  # type: ignore[attr-defined]


def test_wrong_codes_make_the_next_wait_and_say_how_long(client: Client, olive: StaffMember) -> None:
    """The count stands in the database: another process, which has only that, refuses the right code too."""
    sign_in(client, olive.email)
    target = "/winery/sign-in/second-factor/authenticate/"
    for _ in range(3):
        assert "This code doesn" in client.post(target, {"code": "000000"}).content.decode()
    answer = client.post(target, {"code": code_now()})
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert "too many wrong codes" in answer.content.decode()
    assert client.get("/winery/").status_code == 302
    WrongTries.objects.update(free_at=read_clock())
    assert client.post(target, {"code": code_now()})["Location"] == "/winery/"
    assert not WrongTries.objects.exists()


def test_a_thief_with_the_password_keeps_nobody_out_by_wrong_codes(olive: StaffMember) -> None:
    known, target = Client(), "/winery/sign-in/second-factor/authenticate/"
    sign_in(known, olive.email)
    response = HttpResponse()
    devices.remember_device(response, olive)
    known.cookies[devices.COOKIE] = response.cookies[devices.COOKIE].value
    thief = Client()
    sign_in(thief, olive.email)
    for _ in range(3):
        thief.post(target, {"code": "000000"})
    assert thief.post(target, {"code": code_now()}).status_code == 429
    assert known.post(target, {"code": code_now()})["Location"] == "/winery/"


def test_the_password_asked_again_is_counted_too(client: Client, olive: StaffMember) -> None:
    client.force_login(olive, backend="allauth.account.auth_backends.AuthenticationBackend")
    for _ in range(3):
        assert client.post("/winery/sign-in/again/", {"password": "wrong password"}).status_code == 200
    assert client.post("/winery/sign-in/again/", {"password": PASSWORD}).status_code == 429
    WrongTries.objects.update(free_at=read_clock())
    assert client.post("/winery/sign-in/again/", {"password": PASSWORD}).status_code == 302


def test_a_crowd_at_the_door_is_no_wrong_try(olive: StaffMember, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(1))
    passwords._places.acquire()
    for _ in range(5):
        assert sign_in(Client(), olive.email).status_code == 503  # type: ignore[attr-defined]
    passwords._places.release()
    assert sign_in(Client(), olive.email).status_code == 302  # type: ignore[attr-defined]


# Strangers at the door


def tries(email: str, count: int, *, start: int = 1) -> None:
    """Wrong passwords, each from another address, as a proxy hands them on."""
    for number in range(start, start + count):
        client = Client(REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": f"198.51.100.{number}"})
        sign_in(client, email, "wrong password")


def flood(email: str) -> None:
    """More guesses than any wait lets through, from an address each, and the longest wait after them."""
    for number in range(len(WAITS)):
        tries(email, 1, start=number + 1)
        WrongTries.objects.exclude(wrong=len(WAITS)).update(free_at=read_clock())
    tries(email, 5, start=100)
    assert WrongTries.objects.get(device="").wrong == len(WAITS)


def at_home() -> Client:
    return Client(REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "203.0.113.7"})


@pytest.fixture
def _behind_a_proxy(settings: LazySettings) -> None:
    settings.TIRAGE_TRUSTED_PROXIES = 1


@pytest.mark.usefixtures("_behind_a_proxy")
def test_a_stranger_keeps_nobody_out_of_a_known_device(olive: StaffMember) -> None:
    client = at_home()
    sign_in(client, olive.email)
    client.post("/winery/sign-in/second-factor/authenticate/", {"code": code_now()})
    assert client.cookies[devices.COOKIE].value
    client.post("/winery/sign-in/out/")
    flood(olive.email)
    assert sign_in(at_home(), olive.email).status_code == 429, "from anywhere else"  # type: ignore[attr-defined]
    assert sign_in(client, olive.email).status_code == 302  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_behind_a_proxy")
def test_a_mailed_link_is_a_way_in_past_them(olive: StaffMember) -> None:
    flood(olive.email)
    client = at_home()
    assert sign_in(client, olive.email).status_code == 429  # type: ignore[attr-defined]
    client.post("/winery/sign-in/password/reset/", {"email": olive.email})
    link = data_of(SentMail.objects.get(kind="staff_password"), "url").partition("8000")[2]
    url = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(url, {"password1": PASSWORD + " more", "password2": PASSWORD + " more"})
    answer = sign_in(client, olive.email, PASSWORD + " more")
    assert answer["Location"] == "/winery/sign-in/second-factor/authenticate/"  # type: ignore[index]
    assert sign_in(at_home(), olive.email, PASSWORD + " more").status_code == 429  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_behind_a_proxy")
def test_tries_elsewhere_and_for_others_dont_count(olive: StaffMember) -> None:
    """A drip of invented addresses starves no sign-in."""
    for number in range(40):
        tries(f"nobody{number}@halcyon.example", 1, start=number + 1)
    assert sign_in(at_home(), olive.email).status_code == 302  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_behind_a_proxy")
def test_what_a_visitor_says_of_the_address_is_not_believed(olive: StaffMember) -> None:
    forwarded = "10.0.0.7, 198.51.100.9"
    client = Client(headers={"X-Forwarded-For": forwarded})
    client.force_login(olive, backend="allauth.account.auth_backends.AuthenticationBackend")
    StaffSession.objects.update(seen_at=read_clock() - timedelta(hours=1))
    client.get("/winery/sign-in/devices/")
    assert StaffSession.objects.get().address == "198.51.100.9"


def test_a_known_device_guesses_no_more_than_others(olive: StaffMember) -> None:
    client = Client()
    response = HttpResponse()
    devices.remember_device(response, olive)
    client.cookies[devices.COOKIE] = response.cookies[devices.COOKIE].value
    for _ in range(4):
        answer = sign_in(client, olive.email, "wrong password")
    assert answer.status_code == 429  # type: ignore[attr-defined]
    assert sign_in(Client(), olive.email).status_code == 302, "what it does concerns no other"  # type: ignore[attr-defined]


def test_a_device_is_known_to_its_member_until_the_password_changes(olive: StaffMember) -> None:
    response, request = HttpResponse(), RequestFactory().get("/")
    devices.remember_device(response, olive)
    request.COOKIES[devices.COOKIE] = response.cookies[devices.COOKIE].value
    assert devices.known_device(request, olive.email)
    assert not devices.known_device(request, "other@halcyon.example")
    olive.set_password("four other words now")
    olive.save()
    assert not devices.known_device(request, olive.email)
    request.COOKIES[devices.COOKIE] = "made up"
    assert not devices.known_device(request, olive.email)


def test_the_command_line_lets_somebody_in_again(
    olive: StaffMember, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        sign_in(Client(), olive.email, "wrong password")
    assert sign_in(Client(), olive.email).status_code == 429  # type: ignore[attr-defined]
    assert main(["staff", "unlock", olive.email.upper()]) == 0
    assert "can sign in again" in capsys.readouterr().out
    assert sign_in(Client(), olive.email).status_code == 302  # type: ignore[attr-defined]
