"""What went wrong with a mail, in words that somebody without knowledge of mail servers can act on."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass

from django.conf import settings


class NotTaken(Exception):
    """The way to the mail server reports that it handed nothing over, without saying why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``words`` name no person; ``quote`` is what the server said, and may. ``is_final``: asking again changes nothing.

    ``is_about_us`` when every other mail would meet the same: the installation is at fault, not this mail.
    """

    words: str
    quote: str = ""
    is_final: bool = False
    is_about_us: bool = True

    @property
    def sentence(self) -> str:
        return f"{self.words} It said: “{self.quote}”." if self.quote else self.words


def read_answer(problem: Exception) -> Answer:
    """The failure of one try. A code of 500 and above is a no for good, but about the sender or a full disk."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return _recipient(problem)
    if isinstance(problem, smtplib.SMTPSenderRefused):
        words = f"The mail server takes no mail from {settings.DEFAULT_FROM_EMAIL} (TIRAGE_MAIL_FROM)."
        return Answer(words, _quote(problem.smtp_code, problem.smtp_error))
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        words = "The mail server refuses the user name or password (TIRAGE_SMTP_USER, TIRAGE_SMTP_PASSWORD)."
        return Answer(words, _quote(problem.smtp_code, problem.smtp_error))
    if isinstance(problem, smtplib.SMTPDataError):
        return _data(problem)
    if isinstance(problem, smtplib.SMTPNotSupportedError):
        return Answer(
            "The mail server can't do what it was asked, such as encryption (TIRAGE_SMTP_TLS).",
            str(problem)[:160],
        )
    if isinstance(problem, smtplib.SMTPResponseException):
        words = "The mail server doesn't want to talk now."
        return Answer(words, _quote(problem.smtp_code, problem.smtp_error))
    if isinstance(problem, OSError):
        return Answer(_unreachable(problem))
    if isinstance(problem, NotTaken):
        return Answer("The mail server took nothing and said nothing.")
    if isinstance(problem, ValueError):
        # Of the message itself, mostly an address that can't be written; it won't get better.
        return Answer("The mail can't be written: its address isn't one.", is_final=True, is_about_us=False)
    return Answer(f"It failed in an unexpected way ({type(problem).__name__}).", str(problem)[:160])


def _recipient(problem: smtplib.SMTPRecipientsRefused) -> Answer:
    """Of several refused recipients the kindest answer counts."""
    code, said = min(problem.recipients.values(), key=lambda answer: answer[0])
    if code >= 500 and code != 552:
        words = "The mailbox doesn't exist or takes no mail."
        return Answer(words, _quote(code, said), is_final=True, is_about_us=False)
    return Answer("The mailbox can't take mail now.", _quote(code, said), is_about_us=False)


def _data(problem: smtplib.SMTPDataError) -> Answer:
    quote = _quote(problem.smtp_code, problem.smtp_error)
    if problem.smtp_code >= 500 and problem.smtp_code != 552:
        return Answer("The mail server refused the mail itself.", quote, is_final=True, is_about_us=False)
    return Answer("The mail server can't take the mail now.", quote)


def _quote(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {' '.join(text.split())}"[:160]


def _unreachable(problem: OSError) -> str:
    """An SMTPException is an OSError too; what is left of them here has lost its line."""
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"The certificate of the mail server {where} isn't trusted: {problem.verify_message}."
    if isinstance(problem, ssl.SSLError):
        return f"No encrypted connection to the mail server {where} came about (TIRAGE_SMTP_TLS, TIRAGE_SMTP_PORT)."
    if isinstance(problem, socket.gaierror):
        return f"The mail server's name {settings.EMAIL_HOST} isn't known (TIRAGE_SMTP_HOST)."
    if isinstance(problem, ConnectionRefusedError):
        return f"No mail server answers at {where}."
    if isinstance(problem, TimeoutError):
        return f"The mail server {where} didn't answer in time."
    if isinstance(problem, (smtplib.SMTPServerDisconnected, ConnectionError)):
        return f"The mail server {where} hung up."
    return f"The mail server {where} can't be reached: {problem.strerror or type(problem).__name__}."
