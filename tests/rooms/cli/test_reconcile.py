"""``tirage reconcile``: over the days that were asked for, and with an exit code that a nightly job can heed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rooms.payments.comparing import paid_order, stray_charge
from tests.world import World
from tirage.cli import reconcile
from tirage.cli.doctor import run_doctor
from tirage.cli.main import build_parser
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.payments.models import Comparison, Finding
from tirage.payments.protocol import GatewayTimeout


def run(*words: str) -> int:
    return reconcile.run(build_parser(["reconcile"]).parse_args(["reconcile", *words]))


def doctor() -> int:
    return run_doctor(build_parser(["doctor"]).parse_args(["doctor"]))


def test_books_that_agree_end_with_nought(world_today: World, capsys: pytest.CaptureFixture[str]) -> None:
    paid_order(world_today)
    assert run() == 0
    said = capsys.readouterr().out
    assert "list      0 lines" in said or "ours      1 lines" in said
    assert said.endswith("Gateway and books agree.\n")


def test_what_a_restored_dump_has_forgotten_ends_with_one_until_somebody_has_seen_to_it(
    world_today: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor() == 0
    assert "Never compared" in capsys.readouterr().out
    stray_charge(world_today.ben_card, 50_00)
    assert (run("--quiet"), run(), doctor()) == (1, 1, 1)
    said = capsys.readouterr().out
    assert "stray_charge" in said and "1 open finding." in said and "gateway $50.00, books unknown" in said
    assert "Open findings of the gateway's list: 1." in said and "promises hold." in said
    Finding.objects.update(state="closed", resolution="attached", closed_at=read_clock())
    assert (run("--quiet"), doctor()) == (0, 0)


def test_only_the_days_that_were_asked_for(world_today: World) -> None:
    stray_charge(world_today.ben_card, 50_00)
    today = local_time(read_clock()).date()
    week_ago = today - timedelta(days=7)
    assert run("--since", str(week_ago), "--until", str(week_ago)) == 0
    period = Comparison.objects.get()
    assert timedelta(hours=23) <= period.until - period.since <= timedelta(hours=25)
    assert run("--since", str(today), "--until", str(today + timedelta(days=1))) == 1


def test_a_silent_gateway_is_said_and_the_same_command_goes_on(
    world_today: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(self: TestGateway, **asked: object) -> None:
        raise GatewayTimeout("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(TestGateway, "list_page", silent)
        assert run() == 1
    assert "no answer. Run it again" in capsys.readouterr().err
    assert run() == 0 and Comparison.objects.count() == 1


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", ""])
def test_what_is_no_day_is_said(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser(["reconcile"]).parse_args(["reconcile", "--since", day])
    assert ended.value.code == 2 and "is no day" in capsys.readouterr().err
