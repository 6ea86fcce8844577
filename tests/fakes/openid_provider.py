"""A small OpenID provider on a real socket: discovery, authorize, token with PKCE, keys. It lies when told to."""

import hashlib
import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CLIENT, SECRET = "market client", "s3cret/+ value"

KINDS: dict[str, Any] = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": Ed25519PrivateKey.generate,
    "PS256": lambda: rsa.generate_private_key(65537, 2048),
}


@dataclass
class LocalProvider:
    """`lies` replace claims of the id token (None leaves one out); `token` replaces the whole token."""

    person: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": f"sub-{secrets.token_hex(8)}", "email": f"u{secrets.token_hex(8)}@people.example",
            "email_verified": True, "name": "Amina Karimova",
        }
    )  # fmt: skip
    lies: dict[str, Any] = field(default_factory=dict)
    token: str | None = None
    broken: bool = False
    auth_methods: list[str] = field(default_factory=lambda: ["client_secret_basic"])
    key_reads: int = 0
    issuer: str = ""
    claimed_issuer: str = ""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self, algorithm: str = "RS256") -> None:
        self.algorithm, self.key, self.kid = algorithm, KINDS[algorithm](), secrets.token_hex(4)

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes([
            web.get("/.well-known/openid-configuration", self._discovery),
            web.get("/authorize", self._authorize),
            web.post("/token", self._token),
            web.get("/jwks", self._jwks),
        ])  # fmt: skip
        return app

    async def _discovery(self, _: web.Request) -> web.Response:
        if self.broken:
            return web.Response(status=500)
        return web.json_response({
            "issuer": self.claimed_issuer or self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": self.auth_methods,
        })  # fmt: skip

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return web.Response(status=302, headers={"location": f"{asked['redirect_uri']}?{back}"})

    async def _token(self, request: web.Request) -> web.Response:
        if self.broken:
            return web.Response(status=502)
        form = dict(await request.post())
        asked = self._codes.pop(str(form.get("code")), None)
        challenge = urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest()).decode().rstrip("=")
        if asked is None or asked["redirect_uri"] != form["redirect_uri"] or asked["code_challenge"] != challenge:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if not self._is_client(request, form):
            return web.json_response({"error": "invalid_client"}, status=401)
        return web.json_response({"access_token": "a", "token_type": "Bearer", "id_token": self._id_token(asked)})

    def _is_client(self, request: web.Request, form: dict[str, Any]) -> bool:
        if "client_secret_basic" not in self.auth_methods:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        given = b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        return given == "market%20client:s3cret%2F%2B%20value"

    def _id_token(self, asked: dict[str, str]) -> str:
        if self.token is not None:
            return self.token
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": asked["nonce"], **self.person,
            **self.lies,
        }  # fmt: skip
        return self.signed({name: value for name, value in claims.items() if value is not None})

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.key, self.algorithm, {"kid": self.kid})

    async def _jwks(self, _: web.Request) -> web.Response:
        self.key_reads += 1
        makers: dict[str, Any] = {
            "RS256": jwt.algorithms.RSAAlgorithm, "ES256": jwt.algorithms.ECAlgorithm,
            "EdDSA": jwt.algorithms.OKPAlgorithm, "PS256": jwt.algorithms.RSAPSSAlgorithm,
        }  # fmt: skip
        jwk = makers[self.algorithm].to_jwk(self.key.public_key(), as_dict=True)
        return web.json_response({"keys": [{**jwk, "kid": self.kid, "use": "sig", "alg": self.algorithm}]})


async def consent(authorization_url: str) -> dict[str, str]:
    """What the provider adds to the redirect, as the person's browser carries it."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(authorization_url)
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


@asynccontextmanager
async def running_provider() -> AsyncIterator[LocalProvider]:
    provider = LocalProvider()
    runner = web.AppRunner(provider.application())
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield provider
    finally:
        await runner.cleanup()
