"""Mail in a folder and the page that shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.test import Client

from tirage.notifications.folder import kept_mails
from tirage.notifications.line import close_line, send_over_kept_line


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.TIRAGE_MAIL_FOLDER = tmp_path / "mail"
    return tmp_path / "mail"


def send(subject: str, count: int = 1) -> None:
    connection = get_connection("tirage.notifications.folder.FolderBackend")
    messages = []
    for _ in range(count):
        message = EmailMultiAlternatives(
            subject, "Grüße: https://x.example/s", "a@example.com", ["ana@example.com"]
        )
        message.attach_alternative(
            "<!doctype html><html><head></head><body><p>Grüße</p></body></html>", "text/html"
        )
        messages.append(message)
    assert connection.send_messages(messages) == count


def test_each_mail_is_a_file_of_its_own(folder: Path) -> None:
    send("One", count=3)
    assert len(list(folder.glob("*.eml"))) == 3
    assert {mail.subject for mail in kept_mails()} == {"One"}
    assert "Grüße" in kept_mails()[0].text


@pytest.mark.django_db
def test_the_dev_page_shows_them(folder: Path, client: Client) -> None:
    send("Your code")
    (mail,) = kept_mails()
    assert "Your code" in client.get("/dev/mail/").content.decode()
    assert 'href="https://x.example/s"' in client.get(f"/dev/mail/{mail.name}/").content.decode()
    alone = client.get(f"/dev/mail/{mail.name}/html")
    assert "sandbox" in alone["Content-Security-Policy"]
    assert client.get("/dev/mail/..%2Fsecret/").status_code == 404
    assert client.get("/dev/mail/none/").status_code == 404


def test_mails_over_one_line_have_a_file_each(folder: Path, settings: Any) -> None:
    """As the worker sends them: the line is opened first, and kept."""
    settings.EMAIL_BACKEND = "tirage.notifications.folder.FolderBackend"
    try:
        for subject in ("One", "Two"):
            send_over_kept_line(EmailMessage(subject, "Grüße", "cellar@example.com", ["ana@example.com"]))
            assert kept_mails()[0].subject == subject
    finally:
        close_line()
    assert len(list(folder.iterdir())) == 2
