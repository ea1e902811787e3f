"""What is wrong with the settings that name hosts, addresses, keys and mail servers, in words; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tirage.config.reachable import allowed_host_problem, is_host, site_problem

#: Random characters that a key has at least.
KEY_LENGTH, TOKEN_LENGTH = 40, 20
#: Who can tell us what became of mails (``tirage.integrations.mail_events``).
MAIL_PROVIDERS = ("brevo", "mailjet", "postmark", "sparkpost")


@dataclass(frozen=True, slots=True)
class Installation:
    """The settings as they were read. ``sender_problem`` is why TIRAGE_MAIL_FROM names nobody."""

    site_url: str
    allowed_hosts: list[str]
    secret_key: str = field(repr=False)
    old_keys: list[str] = field(repr=False)
    trusted_proxies: int
    database_url: str = field(repr=False)
    sender: str
    sender_problem: str
    smtp_host: str
    smtp_user: str
    smtp_password: str = field(repr=False)
    metrics_token: str = field(repr=False)
    stripe_base: str = ""
    campaign_monitor_base: str = ""
    mail_webhook: str = field(repr=False, default="")

    def problems(self, *, production: bool) -> list[str]:
        """Each names its variable and what to do; secrets are never quoted."""
        return [*self._everywhere(), *(self._careless() if production else ())]

    def _everywhere(self) -> list[str]:
        found = []
        if self.site_url and (problem := site_problem(self.site_url)):
            found.append(f"TIRAGE_SITE_URL={self.site_url!r}: {problem}")
        hosts = filter(None, map(allowed_host_problem, self.allowed_hosts))
        found += [f"TIRAGE_ALLOWED_HOSTS: {problem}" for problem in hosts]
        if self.sender and self.sender_problem:
            found.append(f"TIRAGE_MAIL_FROM={self.sender!r}: {self.sender_problem}")
        if not is_host(self.smtp_host):
            found.append(
                f"TIRAGE_SMTP_HOST={self.smtp_host!r}: write a host's name alone, without port or scheme."
            )
        if bool(self.smtp_user) != bool(self.smtp_password):
            found.append("TIRAGE_SMTP_USER and TIRAGE_SMTP_PASSWORD: set both, or neither.")
        if not (self.smtp_user + self.smtp_password).isascii():
            found.append("TIRAGE_SMTP_PASSWORD: mail servers are told letters of ASCII only; choose another.")
        if self.stripe_base and site_problem(self.stripe_base):
            found.append("TIRAGE_STRIPE_API_BASE: write a whole address, or leave it out.")
        if self.campaign_monitor_base and not self.campaign_monitor_base.startswith("https://"):
            found.append(
                "TIRAGE_CAMPAIGN_MONITOR_API_BASE: leave it out; the key must not travel in the clear."
            )
        name, _, password = self.mail_webhook.partition(":")
        if self.mail_webhook and not (name and _is_token(password)):
            found.append(
                "TIRAGE_MAIL_WEBHOOK_SECRET: write a name, a colon and 20 or more random characters, or nothing."
            )
        if self.metrics_token and not _is_token(self.metrics_token):
            found.append("TIRAGE_METRICS_TOKEN: set 20 or more random characters, or nothing.")
        return found

    def _careless(self) -> list[str]:
        """What is fine on a desk and dangerous in a shop, or missing there."""
        found = []
        if len(self.secret_key) < KEY_LENGTH:
            found.append("TIRAGE_SECRET_KEY: set 40 or more random characters and keep them secret.")
        if any(len(key) < KEY_LENGTH for key in self.old_keys):
            found.append(
                "TIRAGE_OLD_SECRET_KEYS: each has 40 or more characters; commas stand between them only."
            )
        if not self.site_url.startswith("https://"):
            found.append("TIRAGE_SITE_URL: set the public address; it begins with https://.")
        elif self.allowed_hosts and not self._serves_itself():
            found.append(
                "TIRAGE_ALLOWED_HOSTS: the host of TIRAGE_SITE_URL isn't among them, so no page would open."
            )
        if not self.trusted_proxies:
            # The server itself speaks plain HTTP: unbelieved, every page would be redirected for ever.
            found.append(
                "TIRAGE_TRUSTED_PROXIES: say how many proxies stand in front; 1 when Caddy or nginx ends TLS."
            )
        if not self.allowed_hosts:
            found.append("TIRAGE_ALLOWED_HOSTS: name the hosts you serve, separated by commas, never *.")
        if not self.database_url:
            found.append("TIRAGE_DATABASE_URL: name the database, postgresql://user:password@host/name.")
        if not self.sender or self.sender.rstrip("> ").endswith("@example.com"):
            found.append("TIRAGE_MAIL_FROM: name the sender of your mails, an address of your own domain.")
        return found

    def _serves_itself(self) -> bool:
        if site_problem(self.site_url):
            return True
        host = urlsplit(self.site_url).hostname or ""
        return any(
            host == name.lower().strip("[]") or (name.startswith(".") and f".{host}".endswith(name.lower()))
            for name in self.allowed_hosts
        )


def _is_token(text: str) -> bool:
    return len(text) >= TOKEN_LENGTH and text.isascii() and text.isprintable() and " " not in text
