"""OpenID Connect: authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636, RFC 9700)."""

import asyncio
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode, urlsplit

import jwt
import msgspec

from marketplace.adapters.egress import Answer, ProviderHttp, ProviderUnavailable
from marketplace.application.identity.outside import OutsidePerson, OutsideProvider, SignInAttempt, SignInAttempts
from marketplace.domain.identity.outside_identity import OpenIdNotConfigured, OutsideSignInRefused

ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})
LEEWAY = 30
"""Seconds that the provider's clock may differ from ours."""
DISCOVERY_LIFE = 3600.0
KEYS_PAUSE = 10.0
"""Seconds between two readings of the provider's keys."""
LONGEST_SUBJECT = 255

Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class OpenIdClient:
    """What the operator registered with the provider; without a secret a public client."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str


class _Discovery(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


class OpenIdProvider(OutsideProvider):
    """Everything it says of itself is read by discovery and kept for an hour; its keys until one is unknown."""

    def __init__(self, client: OpenIdClient, *, keys_pause: float = KEYS_PAUSE) -> None:
        self._client = client
        self._keys_pause = keys_pause
        self._reading = asyncio.Lock()
        self._discovery: _Discovery | None = None
        self._discovered_at = self._keys_at = float("-inf")
        self._https: dict[str, ProviderHttp] = {}
        self._keys: Mapping[str | None, jwt.PyJWK] = {}

    async def close(self) -> None:
        for http in self._https.values():
            await http.close()

    def name(self) -> str:
        return self._client.name

    async def authorization_url(self, state: str, attempt: SignInAttempt) -> str:
        endpoint = (await self._discover()).authorization_endpoint
        query = urlencode({
            "response_type": "code", "client_id": self._client.client_id, "redirect_uri": attempt.redirect_uri,
            "scope": "openid email profile", "state": state, "nonce": attempt.nonce,
            "code_challenge": _challenge(attempt.verifier), "code_challenge_method": "S256",
        })  # fmt: skip
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    async def identify(self, code: str, attempt: SignInAttempt) -> OutsidePerson:
        claims = await self._verified(await self._trade(code, attempt))
        nonce, subject, audience = claims.get("nonce"), claims["sub"], claims["aud"]
        if not isinstance(nonce, str) or not compare_digest(nonce.encode(), attempt.nonce.encode()):
            raise OutsideSignInRefused("nonce")
        if audience not in (self._client.client_id, [self._client.client_id]):
            raise OutsideSignInRefused("audience")
        if claims.get("azp", self._client.client_id) != self._client.client_id:
            raise OutsideSignInRefused("authorized party")
        if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable():
            raise OutsideSignInRefused("subject")
        email, name = claims.get("email"), claims.get("name")
        verified = claims.get("email_verified")
        vouched = verified is True or verified == "true"  # some providers send text
        return OutsidePerson(
            self._client.issuer, subject, email if vouched and isinstance(email, str) else None,
            name if isinstance(name, str) else "",
        )  # fmt: skip

    async def _discover(self) -> _Discovery:
        """The newest that could be read."""
        async with self._reading:
            if time.monotonic() - self._discovered_at > DISCOVERY_LIFE:
                try:
                    self._discovery = await self._read_discovery()
                except ProviderUnavailable:
                    if self._discovery is None:
                        raise
                self._discovered_at = time.monotonic()
            return cast(_Discovery, self._discovery)

    async def _read_discovery(self) -> _Discovery:
        issuer = self._client.issuer
        found = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", _Discovery)
        if found.issuer != issuer:
            raise ProviderUnavailable("the provider calls itself another issuer than OIDC_ISSUER says")
        used = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        if issuer.startswith("https:") and not all(one.startswith("https:") for one in used):
            raise ProviderUnavailable("the provider names an address that is not https")
        return found

    async def _request(self, method: str, url: str, **parts: Any) -> Answer:
        """To the issuer, and to what its discovery names."""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        if origin not in self._https:
            self._https[origin] = ProviderHttp([origin])
        return await self._https[origin].request(method, url, **parts)

    async def _trade(self, code: str, attempt: SignInAttempt) -> str:
        """The id token for the code. Raises OutsideSignInRefused when the provider does not take the code."""
        discovery, client = await self._discover(), self._client
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }  # fmt: skip
        headers = {"accept": "application/json"}
        if client.client_secret and "client_secret_basic" in discovery.token_endpoint_auth_methods_supported:
            pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = client.client_id
            form |= {"client_secret": client.client_secret} if client.client_secret else {}
        answer = await self._request("POST", discovery.token_endpoint, headers=headers, data=form)
        if answer.status in (400, 401, 403):
            raise OutsideSignInRefused("code")
        if answer.status != 200:
            raise ProviderUnavailable(f"the provider answers {answer.status}")
        return _decoded(answer.body, _Tokens).id_token

    async def _verified(self, id_token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(id_token)
            key = await self._key(header.get("kid"))
            claims: dict[str, Any] = jwt.decode(
                id_token, key, algorithms=[key.algorithm_name], issuer=self._client.issuer,
                audience=self._client.client_id, leeway=LEEWAY,
                options={"require": ["iss", "sub", "aud", "exp", "iat"], "enforce_minimum_key_length": True},
            )  # fmt: skip
        except (jwt.InvalidTokenError, jwt.InvalidKeyError) as error:
            raise OutsideSignInRefused(type(error).__name__) from None
        return claims

    async def _key(self, kid: str | None) -> jwt.PyJWK:
        if kid not in self._keys:
            await self._read_keys(kid)
        key = self._keys.get(kid)
        if key is None or key.algorithm_name not in ALGORITHMS:
            raise OutsideSignInRefused("key")
        return key

    async def _read_keys(self, wanted: str | None) -> None:
        discovery = await self._discover()
        async with self._reading:
            if wanted in self._keys or time.monotonic() - self._keys_at < self._keys_pause:
                return
            jwks = await self._get(discovery.jwks_uri, dict[str, Any])
            self._keys_at = time.monotonic()
            try:
                keys = jwt.PyJWKSet.from_dict(jwks).keys
            except jwt.PyJWTError:
                raise ProviderUnavailable("the provider's keys cannot be read") from None
            signing = [key for key in keys if key.public_key_use in (None, "sig")]
            alone = {None: signing[0]} if len(signing) == 1 else {}
            self._keys = alone | {key.key_id: key for key in signing if key.key_id}

    async def _get(self, url: str, type_: type[Document]) -> Document:
        answer = await self._request("GET", url, headers={"accept": "application/json"})
        if answer.status != 200:
            raise ProviderUnavailable(f"the provider answers {answer.status}")
        return _decoded(answer.body, type_)


class NoOpenIdProvider(OutsideProvider, SignInAttempts):
    """Stands where none is set up."""

    def name(self) -> str:
        raise OpenIdNotConfigured

    async def authorization_url(self, state: str, attempt: SignInAttempt) -> str:
        raise OpenIdNotConfigured

    async def identify(self, code: str, attempt: SignInAttempt) -> OutsidePerson:
        raise OpenIdNotConfigured

    async def begin(self, redirect_uri: str) -> tuple[str, SignInAttempt]:
        raise OpenIdNotConfigured

    async def take(self, state: str) -> SignInAttempt | None:
        raise OpenIdNotConfigured


def _decoded(body: bytes, type_: type[Document]) -> Document:
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProviderUnavailable("the provider's answer is not what OpenID Connect says") from None


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
