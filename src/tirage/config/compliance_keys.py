"""What is wrong with the settings of compliance services, in words; pure."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Whose license a sale is made by, in ShipCompliant's words.
SOVOS_LICENSES = ("Default", "SupplierToConsumer", "RetailerToConsumer")
_SERVICES = ("sovos", "avalara")


@dataclass(frozen=True, slots=True)
class ComplianceKeys:
    """The settings about who is asked; the keys of a service that isn't in use are nobody's business."""

    service: str
    sovos: tuple[str, str, str] = field(repr=False)
    sovos_base: str
    avalara: tuple[str, str, str] = field(repr=False)
    avalara_base: str

    def problems(self) -> list[str]:
        """Each names its variable and what to do. Keys are never quoted."""
        if not self.service:
            return []
        if self.service not in _SERVICES:
            words = f"write one of {', '.join(_SERVICES)}, or nothing."
            return [f"TIRAGE_COMPLIANCE_SERVICE={self.service!r}: {words}"]
        return self._sovos_problems() if self.service == "sovos" else self._avalara_problems()

    def _sovos_problems(self) -> list[str]:
        wanted = {
            "TIRAGE_SOVOS_USER": "set the e-mail address of your web service user there.",
            "TIRAGE_SOVOS_PASSWORD": "set that user's password.",
            "TIRAGE_SOVOS_BRAND": "set the key of your brand there.",
        }
        found = [
            f"{name}: {words}"
            for (name, words), key in zip(wanted.items(), self.sovos, strict=True)
            if not key
        ]
        return [*found, *_in_the_clear("TIRAGE_SOVOS_API_BASE", self.sovos_base)]

    def _avalara_problems(self) -> list[str]:
        wanted = {
            "TIRAGE_AVALARA_ACCOUNT": "set the number of your account.",
            "TIRAGE_AVALARA_LICENSE_KEY": "set the license key of that account.",
            "TIRAGE_AVALARA_COMPANY": "set the code of your company there.",
        }
        found = [
            f"{name}: {words}"
            for (name, words), key in zip(wanted.items(), self.avalara, strict=True)
            if not key
        ]
        return [*found, *_in_the_clear("TIRAGE_AVALARA_API_BASE", self.avalara_base)]


def _in_the_clear(name: str, base: str) -> list[str]:
    return (
        []
        if base.startswith("https://")
        else [f"{name}: leave it out; the key must not travel in the clear."]
    )
