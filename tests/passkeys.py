"""A passkey made of software, for tests without a browser: answers what the site's pages ask the browser for."""

import hashlib
import json

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftPasskey:
    """``user_verified=False`` is a key that does not ask for a finger, a face or a PIN."""

    def __init__(self, origin: str = "http://localhost:8000", *, user_verified: bool = True) -> None:
        self.origin = origin
        self.flags = PRESENT | (VERIFIED if user_verified else 0)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = b"soft-passkey-1234"
        self.handle = ""

    def register(self, options: dict) -> str:
        """Answer the page that adds a passkey."""
        self.handle = options["publicKey"]["user"]["id"]
        attested = AttestedCredentialData.create(bytes(16), self.id, ES256.from_cryptography_key(self.key.public_key()))
        data = AuthenticatorData.create(self._site(), self.flags | ATTESTED, 0, attested)
        answer = {
            "clientDataJSON": self._client_data("webauthn.create", options),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._credential(answer, {"credProps": {"rk": True}})

    def sign(self, options: dict) -> str:
        """Answer a page that asks for a passkey."""
        data = AuthenticatorData.create(self._site(), self.flags, 0)
        client_data = self._client_data("webauthn.get", options)
        digest = hashlib.sha256(self._told(options, "webauthn.get")).digest()
        answer = {
            "clientDataJSON": client_data,
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(self.key.sign(bytes(data) + digest, ec.ECDSA(SHA256()))),
            "userHandle": self.handle,
        }
        return self._credential(answer, {})

    def _site(self) -> bytes:
        return hashlib.sha256(b"localhost").digest()

    def _told(self, options: dict, kind: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": options["publicKey"]["challenge"], "origin": self.origin}
        ).encode()

    def _client_data(self, kind: str, options: dict) -> str:
        return websafe_encode(self._told(options, kind))

    def _credential(self, response: dict, extensions: dict) -> str:
        identifier = websafe_encode(self.id)
        return json.dumps(
            {
                "id": identifier,
                "rawId": identifier,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": extensions,
            }
        )
