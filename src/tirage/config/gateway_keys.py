"""What is wrong with the settings of the payment gateway, in words; pure."""

from __future__ import annotations

from dataclasses import dataclass

_GATEWAYS = ("test", "stripe")


@dataclass(frozen=True, slots=True)
class GatewayKeys:
    """The settings about money."""

    gateway: str
    allows_test: bool
    stripe_secret: str
    stripe_publishable: str
    stripe_webhook: str
    stripe_base: str

    @property
    def moves_money(self) -> bool:
        """Whether cards are charged in earnest."""
        return self.gateway == "stripe" and _is_live(self.stripe_secret)

    def problems(self, *, production: bool) -> list[str]:
        """Each names its variable and what to do; none with good settings. Keys are never quoted."""
        if self.gateway not in _GATEWAYS:
            return [f"TIRAGE_GATEWAY={self.gateway!r}: write one of {', '.join(_GATEWAYS)}."]
        found = self._stripe_problems() if self.gateway == "stripe" else []
        return [*found, *(self._careless() if production else [])]

    def _stripe_problems(self) -> list[str]:
        found = []
        if not self.stripe_secret.startswith(("sk_", "rk_")):
            found.append("TIRAGE_STRIPE_SECRET_KEY: set Stripe's secret key; it begins with sk_ or rk_.")
        if not self.stripe_publishable.startswith("pk_"):
            found.append("TIRAGE_STRIPE_PUBLISHABLE_KEY: set Stripe's publishable key; it begins with pk_.")
        if not self.stripe_webhook.startswith("whsec_"):
            found.append("TIRAGE_STRIPE_WEBHOOK_SECRET: set the webhook's signing secret, whsec_…")
        if not found and _is_live(self.stripe_secret) != _is_live(self.stripe_publishable):
            found.append("TIRAGE_STRIPE_PUBLISHABLE_KEY: one key is for test mode and the other is live.")
        return found

    def _careless(self) -> list[str]:
        """What is fine on a desk and dangerous in a shop."""
        found = []
        if self.gateway == "test" and not self.allows_test:
            found.append(
                "TIRAGE_GATEWAY: the test gateway moves no money; set TIRAGE_ALLOW_TEST_GATEWAY=true if you mean it."
            )
        if self.gateway == "stripe":
            if self.stripe_secret and not _is_live(self.stripe_secret) and not self.allows_test:
                found.append(
                    "TIRAGE_STRIPE_SECRET_KEY: a test key moves no money; set TIRAGE_ALLOW_TEST_GATEWAY=true"
                    " if you mean it."
                )
            if not self.stripe_base.startswith("https://"):
                found.append("TIRAGE_STRIPE_API_BASE: leave it out; the key must not travel in the clear.")
        return found


def _is_live(key: str) -> bool:
    return "_live_" in key
