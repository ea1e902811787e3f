"""A device with passkeys, made of software: it answers questions as a browser would send them."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

PRESENT = AuthenticatorData.FLAG.UP
VERIFIED = PRESENT | AuthenticatorData.FLAG.UV


class SoftDevice:
    """One key of one shop. ``origin`` is the address that the browser is at."""

    def __init__(self, origin: str, *, counts: bool = True) -> None:
        self.origin, self.counts = origin, counts
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.key_id = secrets.token_bytes(32)
        self.signatures = 0

    def make(self, options: Mapping[str, Any], flags: AuthenticatorData.FLAG = VERIFIED) -> str:
        """A new key's answer."""
        public = self.public()
        data = AuthenticatorData.create(
            self._shop(options["publicKey"]["rp"]["id"]), flags | AuthenticatorData.FLAG.AT, 0, bytes(public)
        )
        said = self._said(CollectedClientData.TYPE.CREATE, options)
        attested = AttestationObject.create("none", data, {})
        return self._answer({"clientDataJSON": said, "attestationObject": bytes(attested)})

    def public(self) -> AttestedCredentialData:
        """The half that a shop keeps."""
        public = ES256.from_cryptography_key(self.private.public_key())
        return AttestedCredentialData.create(bytes(16), self.key_id, public)

    def sign(self, options: Mapping[str, Any], flags: AuthenticatorData.FLAG = VERIFIED) -> str:
        """The answer to a question of the door."""
        self.signatures += self.counts
        data = AuthenticatorData.create(self._shop(options["publicKey"]["rpId"]), flags, self.signatures)
        said = self._said(CollectedClientData.TYPE.GET, options)
        signed = self.private.sign(bytes(data) + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({"clientDataJSON": said, "authenticatorData": bytes(data), "signature": signed})

    def _shop(self, name: str) -> bytes:
        return hashlib.sha256(name.encode()).digest()

    def _said(self, kind: CollectedClientData.TYPE, options: Mapping[str, Any]) -> bytes:
        challenge = options["publicKey"]["challenge"]
        return json.dumps({"type": kind.value, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, parts: Mapping[str, bytes]) -> str:
        name = websafe_encode(self.key_id)
        response = {part: websafe_encode(value) for part, value in parts.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
