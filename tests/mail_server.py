"""A mail server on this machine: it takes what it is told to take, and remembers who said what on which line."""

from __future__ import annotations

import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Lock, Thread
from typing import cast

#: The answer to a recipient: 250 takes, 4xx not now, 5xx never.
Answer = Callable[[str], int]


@dataclass(slots=True)
class Letter:
    """One mail as it arrived; ``line`` is the number of its connection."""

    to: str
    line: int
    message: EmailMessage


@dataclass(slots=True)
class MailServer:
    """``letters`` in the order of their arrival. ``arrived`` is called for each before the sender gets its answer."""

    answer: Answer = lambda recipient: 250
    arrived: Callable[[Letter], None] = lambda letter: None
    letters: list[Letter] = field(default_factory=list)
    refused: list[tuple[str, int]] = field(default_factory=list)
    lines: int = 0
    port: int = 0
    lock: Lock = field(default_factory=Lock)


class _Line(socketserver.StreamRequestHandler):
    """One connection, as RFC 5321 has it, without extensions."""

    def handle(self) -> None:
        server = cast("_Listener", self.server).books
        with server.lock:
            server.lines += 1
            number = server.lines
        self._say(220, "ready")
        recipient = ""
        for raw in self.rfile:
            words = raw.decode("ascii", "replace").strip()
            verb = words[:4].upper()
            if verb == "QUIT":
                self._say(221, "bye")
                return
            if verb == "RCPT":
                recipient = words.partition("<")[2].partition(">")[0]
                code = server.answer(recipient)
                if code >= 400:
                    with server.lock:
                        server.refused.append((recipient, code))
                self._say(code, "as told")
            elif verb == "DATA":
                self._say(354, "go on")
                letter = Letter(recipient, number, self._read_message())
                server.arrived(letter)
                with server.lock:
                    server.letters.append(letter)
                self._say(250, "taken")
            else:
                self._say(250, "ok")

    def _read_message(self) -> EmailMessage:
        lines: list[bytes] = []
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            lines.append(raw.removeprefix(b".") if raw.startswith(b"..") else raw)
        return message_from_bytes(b"".join(lines), policy=policy.default)

    def _say(self, code: int, words: str) -> None:
        self.wfile.write(f"{code} {words}\r\n".encode())


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    books: MailServer

    def handle_error(self, *_: object) -> None:
        """Who was killed in the middle of a line is no fault of the server's."""


@contextmanager
def mail_server(books: MailServer | None = None) -> Iterator[MailServer]:
    """A server that listens on ``port`` meanwhile."""
    books = books or MailServer()
    with _Listener(("127.0.0.1", 0), _Line) as listener:
        listener.books = books
        books.port = listener.server_address[1]
        thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield books
        finally:
            listener.shutdown()
            thread.join()
