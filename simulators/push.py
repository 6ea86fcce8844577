"""A Web Push service and Firebase on a port of this machine: they check what the real ones do, and keep what came."""

import hashlib
import hmac
import json
import secrets
import struct
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from simulators.faults import Faults, answer

LARGEST = 4_096
"""Bytes of a body that the Web Push service takes."""
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
TYPES = "type.googleapis.com"
POINT = Encoding.X962, PublicFormat.UncompressedPoint


class Browser:
    """Subscribes, and reads what was sealed for it (RFC 8291), with nothing of the sender's code."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None, auth: bytes | None = None) -> None:
        self._key = key or ec.generate_private_key(ec.SECP256R1())
        self._auth = auth or secrets.token_bytes(16)
        self.keys = {"p256dh": _base64url(self._key.public_key().public_bytes(*POINT)), "auth": _base64url(self._auth)}

    def read(self, body: bytes) -> bytes:
        salt, size, length = body[:16], *struct.unpack("!LB", body[16:21])
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size  # noqa: S101 - one record
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self._key.exchange(ec.ECDH(), theirs)
        info = b"WebPush: info\0" + self._key.public_key().public_bytes(*POINT) + sender
        secret = _expanded(_extracted(self._auth, shared), info, 32)
        seed = _extracted(salt, secret)
        key = _expanded(seed, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _expanded(seed, b"Content-Encoding: nonce\0", 12)
        plain, delimiter, padding = AESGCM(key).decrypt(nonce, sealed, None).rpartition(b"\x02")
        assert delimiter  # noqa: S101
        assert not padding.strip(b"\0")  # noqa: S101
        return plain


@dataclass
class Taken:
    """A push that the Web Push service took, as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class PushSimulator:
    """`/push/NAME` is a subscription. `statuses` are answered to the next pushes there, or to the next token of FCM."""

    origin: str = ""
    audience: str = ""
    """Of VAPID: how senders know the push service, where that is not `origin`."""
    subscribed_with: str = ""
    """The one VAPID key it knows; any without."""
    project: str = "a-market"
    statuses: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """By path or token: status and what FCM calls it; for Web Push its Retry-After."""
    taken: list[Taken] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    """The messages that FCM took."""
    granted: list[str] = field(default_factory=list)
    """Every access token so far; the last is good."""
    faults: Faults = field(default_factory=Faults)

    def credentials(self, token_uri: str) -> str:
        """The file of a service account, as FCM_CREDENTIALS."""
        pem = _account().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return json.dumps({
            "type": "service_account", "project_id": self.project, "private_key_id": "key-1", "private_key": pem,
            "client_email": f"push@{self.project}.iam.example", "client_id": "1", "token_uri": token_uri,
        })  # fmt: skip

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        struck = self.faults.of(f"{request.method} {request.path}")
        return await answer(request, struck, lambda: self._act(request))

    async def _act(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        if request.method == "POST" and request.path.startswith("/push/"):
            return self._push(request, body)
        if request.method == "POST" and request.path == "/token":
            return self._grant(body)
        if request.method == "POST" and request.path == f"/v1/projects/{self.project}/messages:send":
            return self._send(request, json.loads(body))
        return web.Response(status=404)

    def _push(self, request: web.BaseRequest, body: bytes) -> web.Response:
        if wrong := self._wrong_vapid(request.headers.get("Authorization", "")):
            return web.Response(status=403, text=wrong)
        if not request.headers.get("TTL", "").isdecimal() or request.headers.get("Content-Encoding") != "aes128gcm":
            return web.Response(status=400)
        if request.headers.get("Urgency") not in {"very-low", "low", "normal", "high"}:
            return web.Response(status=400)
        if len(request.headers.get("Topic", "")) > 32:
            return web.Response(status=400)
        if len(body) > LARGEST:
            return web.Response(status=413)
        if waiting := self.statuses.get(request.path):
            status, wait = waiting.pop(0)
            return web.Response(status=status, headers={"Retry-After": wait} if wait else None)
        self.taken.append(Taken(request.path, {name.lower(): text for name, text in request.headers.items()}, body))
        return web.Response(status=201, headers={"Location": f"/m/{len(self.taken)}"})

    def _wrong_vapid(self, authorization: str) -> str:
        scheme, _, parameters = authorization.partition(" ")
        named = dict(one.strip().partition("=")[::2] for one in parameters.split(","))
        if scheme != "vapid" or set(named) != {"t", "k"}:
            return "not vapid"
        if self.subscribed_with and named["k"] != self.subscribed_with:
            return "subscribed with another key"
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(named["k"]))
        try:
            claims = jwt.decode(
                named["t"],
                key,
                ["ES256"],
                audience=self.audience or self.origin,
                options={"require": ["aud", "exp", "sub"]},
            )
        except jwt.InvalidTokenError as error:
            return str(error)
        if claims["exp"] > time.time() + 86_400:
            return "good for more than a day"
        return "" if claims["sub"].startswith(("mailto:", "https:")) else "no contact"

    def _grant(self, body: bytes) -> web.Response:
        given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        try:
            if given["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer":
                raise jwt.InvalidTokenError("another grant")
            claims = jwt.decode(
                given["assertion"],
                _account().public_key(),
                ["RS256"],
                options={"verify_aud": False},
            )
            if claims["scope"] != SCOPE or not claims["aud"].endswith("/token") or claims["exp"] > time.time() + 3_660:
                raise jwt.InvalidTokenError("another scope, audience or life")
        except (jwt.InvalidTokenError, KeyError) as error:
            return web.json_response({"error": "invalid_grant", "error_description": str(error)}, status=400)
        self.granted.append(f"ya29.{secrets.token_urlsafe(16)}")
        return web.json_response({"access_token": self.granted[-1], "expires_in": 3_599, "token_type": "Bearer"})

    def _send(self, request: web.BaseRequest, body: dict[str, Any]) -> web.Response:
        if request.headers.get("Authorization") not in {f"Bearer {token}" for token in self.granted[-1:]}:
            return _failure(401, "UNAUTHENTICATED", {})
        message = body["message"]
        if waiting := self.statuses.get(message["token"]):
            status, code = waiting.pop(0)
            return _failure(status, code, {"@type": f"{TYPES}/google.firebase.fcm.v1.FcmError", "errorCode": code})
        if wrong := _wrong_message(message):
            bad = {"@type": f"{TYPES}/google.rpc.BadRequest", "fieldViolations": [{"field": wrong}]}
            return _failure(400, "INVALID_ARGUMENT", bad)
        self.sent.append(message)
        return web.json_response({"name": f"projects/{self.project}/messages/{len(self.sent)}"})


@cache
def _account() -> rsa.RSAPrivateKey:
    """Making one takes a third of a second."""
    return rsa.generate_private_key(65_537, 2_048)


def _wrong_message(message: dict[str, Any]) -> str:
    """The field that Firebase would not take."""
    if set(message) - {"token", "notification", "data", "android", "apns", "webpush"}:
        return "message"
    if not message["token"].isascii() or message["token"].startswith("malformed"):
        return "message.token"
    if any(not isinstance(value, str) for value in message["data"].values()) or "from" in message["data"]:
        return "message.data"
    if len(json.dumps([message["notification"], message["data"]], ensure_ascii=False).encode()) > LARGEST:
        return "message.data"
    return "" if len(message["apns"]["headers"].get("apns-collapse-id", "")) <= 64 else "message.apns"


def _failure(status: int, code: str, detail: dict[str, Any]) -> web.Response:
    headers = {"Retry-After": "30"} if status == 429 else None
    error = {"code": status, "status": code, "message": "in words", "details": [detail] if detail else []}
    return web.json_response({"error": error}, status=status, headers=headers)


def _extracted(salt: bytes, secret: bytes) -> bytes:
    return hmac.digest(salt, secret, hashlib.sha256)


def _expanded(secret: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(hashes.SHA256(), length, info).derive(secret)


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@asynccontextmanager
async def running(push: PushSimulator, port: int = 0) -> AsyncIterator[PushSimulator]:
    """On this machine only; port 0 is any that is free, and `push.origin` says where."""
    runner = web.ServerRunner(web.Server(push.handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, bound = runner.addresses[0]
    push.origin = f"http://{host}:{bound}"
    try:
        yield push
    finally:
        await runner.cleanup()
