"""A device with passkeys, in software (Web Authentication level 3, sections 6 and 7)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

Json = dict[str, Any]
PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey

RP_ID, ORIGIN = "localhost", "http://localhost:8000"
USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


class Algorithm(IntEnum):
    """COSE numbers."""

    ES256 = -7
    EDDSA = -8


@dataclass
class Authenticator:
    """Holds one credential. Every field may be changed to have it lie, or be somebody else's."""

    algorithm: Algorithm = Algorithm.ES256
    rp_id: str = RP_ID
    origin: str = ORIGIN
    cross_origin: bool = False
    verifies_user: bool = True
    backed_up: bool = False
    counts: bool = True
    sign_count: int = 0
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    user_handle: bytes = b""
    key: PrivateKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        es256 = self.algorithm is Algorithm.ES256
        self.key = generate_private_key(SECP256R1()) if es256 else Ed25519PrivateKey.generate()

    def create(self, options: Json) -> Json:
        """What `navigator.credentials.create()` gives for these options, as JSON."""
        assert self.algorithm in [one["alg"] for one in options["pubKeyCredParams"]]
        self.user_handle = decoded(options["user"]["id"])
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + self._public_key()
        authenticator_data = self._authenticator_data(ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": authenticator_data})
        return self._credential(
            clientDataJSON=encoded(self._client_data("webauthn.create", options["challenge"])),
            attestationObject=encoded(attestation), transports=["internal", "hybrid"],
            authenticatorData=encoded(authenticator_data), publicKeyAlgorithm=int(self.algorithm),
        )  # fmt: skip

    def get(self, options: Json) -> Json:
        """What `navigator.credentials.get()` gives for these options, as JSON."""
        allowed = [one["id"] for one in options["allowCredentials"]]
        assert not allowed or encoded(self.credential_id) in allowed
        self.sign_count += self.counts
        client_data = self._client_data("webauthn.get", options["challenge"])
        authenticator_data = self._authenticator_data()
        return self._credential(
            clientDataJSON=encoded(client_data), authenticatorData=encoded(authenticator_data),
            signature=encoded(self._sign(authenticator_data + sha256(client_data).digest())),
            userHandle=encoded(self.user_handle) if self.user_handle else None,
        )  # fmt: skip

    def _credential(self, **response: object) -> Json:
        name = encoded(self.credential_id)
        return {
            "id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }  # fmt: skip

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": self.cross_origin}
        return json.dumps(said).encode()

    def _authenticator_data(self, flags: int = 0) -> bytes:
        flags |= USER_PRESENT | (USER_VERIFIED if self.verifies_user else 0)
        flags |= (BACKUP_ELIGIBLE | BACKED_UP) if self.backed_up else 0
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4)

    def _public_key(self) -> bytes:
        if isinstance(self.key, Ed25519PrivateKey):
            return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()})
        point = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})

    def _sign(self, signed: bytes) -> bytes:
        if isinstance(self.key, Ed25519PrivateKey):
            return self.key.sign(signed)
        return self.key.sign(signed, ECDSA(SHA256()))


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def tampered(text: str) -> str:
    """The same base64url with one bit of the last byte but one turned over."""
    raw = bytearray(decoded(text))
    raw[-2] ^= 1
    return encoded(bytes(raw))
