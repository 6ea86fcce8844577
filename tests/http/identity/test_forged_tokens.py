"""Access tokens that are not ours, not any more, or not for this (goal U5): each is refused, none is a 500.

Those signed with our own key show that no claim is taken on the signature's word alone.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.adapters.security.access_tokens import LEEWAY, LIFETIME, LONGEST
from marketplace.application.shared.ports import Clock
from marketplace.domain.identity.user import Role
from prove.people import people
from tests.engines import Database
from tests.http.access.tokens import Token, encoded, our_key, resigned, signed
from tests.http.identity.house import House, running_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of Ed25519's group: S and S + ORDER are the same number to whoever does not look closely (RFC 8032, 5.1.7)."""


@dataclass(frozen=True, slots=True)
class Genuine:
    """A token that is good, what it was made with, and what its owner has besides."""

    text: str
    key: Ed25519PrivateKey
    refresh_token: str
    ticket: str
    now: int

    @property
    def token(self) -> Token:
        return Token.read(self.text)

    @property
    def header(self) -> dict[str, Any]:
        return dict(self.token.header)  # type: ignore[arg-type]  # as it was read

    @property
    def claims(self) -> dict[str, Any]:
        return dict(self.token.claims)  # type: ignore[arg-type]  # as it was read

    def parts(self) -> list[str]:
        return self.text.split(".")

    def public(self, encoding: serialization.Encoding) -> bytes:
        raw = encoding is serialization.Encoding.Raw
        form = serialization.PublicFormat.Raw if raw else serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(encoding, form)


Forgery = Callable[[Genuine], str]
STRANGER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
STRANGERS_JWK = {"kty": "OKP", "crv": "Ed25519", "x": encoded(STRANGER.public_key().public_bytes_raw())}


def unsigned(alg: str) -> Forgery:
    return lambda it: str(Token({**it.header, "alg": alg}, it.claims, b""))


def ours(header: dict[str, Any] | None = None, /, **claims: Any) -> Forgery:
    """Signed with our key; None takes a word out."""
    return lambda it: resigned(it.key, it.text, header, **claims)


def strangers(**header: Any) -> Forgery:
    return lambda it: signed(STRANGER, {**it.header, **header}, it.claims)


def hmac_of(encoding: serialization.Encoding) -> Forgery:
    """PyJWT does not sign with a key that looks public, so this does."""
    return lambda it: _hs256({**it.header, "alg": "HS256"}, it.claims, it.public(encoding))


def _hs256(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    token = Token(header, claims, b"")
    return str(Token(header, claims, jwt.algorithms.HMACAlgorithm(hash_alg=_SHA256).sign(token.body.encode(), key)))


_SHA256 = jwt.algorithms.HMACAlgorithm.SHA256


def at(seconds: Callable[[int], int], claim: str) -> Forgery:
    return lambda it: ours(**{claim: seconds(it.now)})(it)


def with_signature(change: Callable[[bytes], bytes]) -> Forgery:
    """On the very bytes that were signed."""
    return lambda it: f"{it.text.rpartition('.')[0]}.{encoded(change(it.token.signature))}"


def _flipped(bit: int) -> Callable[[bytes], bytes]:
    return lambda signature: (int.from_bytes(signature) ^ (1 << bit)).to_bytes(64)


def _plus_order(signature: bytes) -> bytes:
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + scalar.to_bytes(32, "little")


def spelt(change: Callable[[str], str]) -> Forgery:
    """The good signature in other letters."""

    def forge(it: Genuine) -> str:
        header, claims, signature = it.parts()
        return f"{header}.{claims}.{change(signature)}"

    return forge


def _other_last_letter(signature: str) -> str:
    """86 letters hold 516 bits for 512: the last four are nobody's."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return signature[:-1] + letters[letters.index(signature[-1]) ^ 1]


def _twice(it: Genuine, claim: str) -> bytes:
    """JSON that says a claim twice, the good value last."""
    return b'{"%s":"%s",' % (claim.encode(), str(uuid4()).encode()) + json.dumps(it.claims).encode()[1:]


FORGED: Mapping[str, Forgery] = {
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "alg NONE": unsigned("NONE"),
    "alg nOnE": unsigned("nOnE"),
    "alg empty": unsigned(""),
    "alg none under the good signature": lambda it: str(
        Token({**it.header, "alg": "none"}, it.claims, it.token.signature)
    ),
    "alg missing": ours({"alg": None}),
    "alg of another family": ours({"alg": "ES256"}),
    "HS256 with the raw public key": hmac_of(serialization.Encoding.Raw),
    "HS256 with the public key in PEM": hmac_of(serialization.Encoding.PEM),
    "HS256 with the public key in DER": hmac_of(serialization.Encoding.DER),
    "HS256 with an empty key": lambda it: _hs256({**it.header, "alg": "HS256"}, it.claims, b""),
    "HS256 with a guessable key": lambda it: _hs256({**it.header, "alg": "HS256"}, it.claims, b"secret"),
    "another key under our kid": strangers(),
    "another key under its own kid": strangers(kid="stranger"),
    "another key in the header (jwk)": strangers(jwk=STRANGERS_JWK),
    "another key behind a link (jku)": strangers(jku="https://keys.example/jwks.json"),
    "another key behind a link (x5u)": strangers(x5u="https://keys.example/chain.pem"),
    "another key in a chain (x5c)": strangers(x5c=["MIIB"]),
    "kid missing": ours({"kid": None}),
    "kid empty": ours({"kid": ""}),
    "kid is a path": strangers(kid="../../../../dev/null"),
    "kid is a path, HS256 with what is there": lambda it: _hs256(
        {**it.header, "alg": "HS256", "kid": "../../../../dev/null"}, it.claims, b""
    ),
    "kid is SQL": strangers(kid="' UNION SELECT 'key' --"),
    "kid is no text": strangers(kid=["a"]),
    "a header that must be understood (crit)": ours({"crit": ["exp2"], "exp2": 1}),
    "the payload is not encoded (b64)": ours({"crit": ["b64"], "b64": False}),
    "typ missing": ours({"typ": None}),
    "typ of another kind": ours({"typ": "JWT"}),
    "typ of a refresh token": ours({"typ": "rt+jwt"}),
    "aud missing": ours(aud=None),
    "aud of another API": ours(aud="another-api"),
    "aud of other APIs": ours(aud=["another-api", "third-api"]),
    "iss missing": ours(iss=None),
    "iss of somebody else": ours(iss="https://login.example"),
    "sub missing": ours(sub=None),
    "sub is a name": ours(sub="admin"),
    "sub is a number": ours(sub=1),
    "sid missing": ours(sid=None),
    "sid is a name": ours(sid="session"),
    "sid is a list": ours(sid=[str(uuid4())]),
    "jti missing": ours(jti=None),
    "iat missing": ours(iat=None),
    "iat in the future": at(lambda now: now + LEEWAY + 60, "iat"),
    "iat is text": ours(iat="yesterday"),
    "exp missing": ours(exp=None),
    "exp is text": ours(exp="never"),
    "exp without end": ours(exp=float("inf")),
    "exp is no number": ours(exp=float("nan")),
    "nbf in the future": at(lambda now: now + 3600, "nbf"),
    "another person's claims under the good signature": lambda it: str(
        Token(it.header, {**it.claims, "sub": str(uuid4())}, it.token.signature)
    ),
    "a later end under the good signature": lambda it: str(
        Token(it.header, {**it.claims, "exp": it.now + 10**6}, it.token.signature)
    ),
    "another header under the good signature": lambda it: str(
        Token({**it.header, "kid": "other"}, it.claims, it.token.signature)
    ),
    "a claim twice under the good signature": lambda it: str(Token(it.header, _twice(it, "sub"), it.token.signature)),
    "claims in another order": lambda it: str(
        Token(it.header, dict(reversed(it.claims.items())), it.token.signature)
    ),
    "signature missing": lambda it: ".".join(it.parts()[:2]) + ".",
    "signature of zeros": with_signature(lambda signature: bytes(64)),
    "signature cut short": with_signature(lambda signature: signature[:-1]),
    "signature too long": with_signature(lambda signature: signature + b"\0"),
    "signature with its first bit flipped": with_signature(_flipped(0)),
    "signature with its last bit flipped": with_signature(_flipped(511)),
    "signature with a middle bit flipped": with_signature(_flipped(256)),
    "signature with the group's order added": with_signature(_plus_order),
    "signature with padding": spelt(lambda signature: signature + "=="),
    "signature with other unused bits": spelt(_other_last_letter),
    "signature with a letter of no alphabet": spelt(lambda signature: signature[:40] + "!" + signature[40:]),
    "signature with a space": spelt(lambda signature: signature[:40] + " " + signature[40:]),
    "signature in the other base64": spelt(lambda signature: signature[:-4] + "+/" + signature[-2:]),
    "claims that are not UTF-8": lambda it: signed(it.key, it.header, b'{"sub":"\xff"}'),
    "claims that are not JSON": lambda it: signed(it.key, it.header, b"sub=1"),
    "claims that are a list": lambda it: signed(it.key, it.header, b"[]"),
    "claims that are nested deeply": lambda it: signed(it.key, it.header, b"[" * 1200),
    "header that is not UTF-8": lambda it: signed(it.key, b'{"alg":"EdDSA\xff"}', it.claims),
    "header that is a list": lambda it: signed(it.key, b"[]", it.claims),
    "no header": lambda it: "." + ".".join(it.parts()[1:]),
    "no claims": lambda it: f"{it.parts()[0]}..{it.parts()[2]}",
    "too large": lambda it: resigned(it.key, it.text, more="x" * LONGEST),
    "two parts": lambda it: ".".join(it.parts()[:2]),
    "four parts": lambda it: it.text + "." + it.parts()[2],
    "five parts (JWE)": lambda it: ".".join([
        encoded({"alg": "dir", "enc": "A256GCM"}), "", encoded(b"i" * 12), encoded(b"c" * 40), encoded(b"t" * 16)
    ]),
    "many dots": lambda it: "." * 1000,
    "JSON form": lambda it: json.dumps(dict(zip(("protected", "payload", "signature"), it.parts(), strict=True))),
    "in quotes": lambda it: f'"{it.text}"',
    "two tokens": lambda it: f"{it.text},{it.text}",
    "a refresh token": lambda it: it.refresh_token,
    "a socket ticket": lambda it: it.ticket,
    "a session's id": lambda it: str(it.claims["sid"]),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("house")
    async with running_house(database, redis_url, folder) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def genuine(house: House) -> Genuine:
    tokens = await house.registered()
    ticket = (await house.post("ws-ticket", token=tokens["access_token"])).json()["data"]["ticket"]
    now = int((await house.container.get(Clock)).now().timestamp())
    key = await our_key(house.container)
    return Genuine(tokens["access_token"], key, tokens["refresh_token"], ticket, now)


async def refused(house: House, token: str, code: str = "invalid_token") -> None:
    answer = await house.me(token)
    assert (answer.status_code, answer.json()["code"]) == (401, code), answer.text
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("forgery", FORGED)
async def test_a_forged_token_is_refused(house: House, genuine: Genuine, forgery: str) -> None:
    forged = FORGED[forgery](genuine)
    assert forged != genuine.text
    await refused(house, forged)
    assert (await house.me(genuine.text)).status_code == 200


async def test_what_is_forged_here_is_forged_with_the_key_in_use(house: House, genuine: Genuine) -> None:
    same = resigned(genuine.key, genuine.text, jti="another")
    assert same != genuine.text
    assert (await house.me(same)).json() == (await house.me(genuine.text)).json()


async def test_a_token_ends_with_its_time(house: House, genuine: Genuine) -> None:
    def ended(ago: int) -> str:
        return resigned(genuine.key, genuine.text, iat=genuine.now - LIFETIME, exp=genuine.now - ago)

    await refused(house, ended(LEEWAY + 1), "token_expired")
    await refused(house, ended(10**9), "token_expired")
    assert (await house.me(ended(LEEWAY - 20))).status_code == 200


async def test_a_token_dies_with_its_session(house: House, genuine: Genuine) -> None:
    assert (await house.me(genuine.text)).status_code == 200
    await house.post("logout", token=genuine.text)
    await refused(house, genuine.text, "session_ended")
    await refused(house, resigned(genuine.key, genuine.text, exp=genuine.now + 10**6), "session_ended")


async def test_a_token_of_a_session_that_never_was(house: House, genuine: Genuine) -> None:
    await refused(house, resigned(genuine.key, genuine.text, sid=str(uuid4())), "session_ended")


async def test_a_token_of_somebody_suspended(house: House, genuine: Genuine, database: Database) -> None:
    (admin,) = await people(database.admin_dsn, house.settings, Role.ADMIN, 1)
    path = f"/api/v1/users/{genuine.claims['sub']}/suspend"
    answer = await house.client.post(path, json={"reason": "Sells forgeries."}, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    await refused(house, genuine.text, "session_ended")


async def test_a_token_of_another_service_with_the_same_secret(house: House, genuine: Genuine) -> None:
    for purpose in ("signing-keys", "access-token", "refresh-token", "one-time-code", "cursors", "password-pepper"):
        key = Ed25519PrivateKey.from_private_bytes(house.settings.key(purpose))
        await refused(house, resigned(key, genuine.text))


async def test_a_session_and_a_person_who_do_not_belong_together(house: House, genuine: Genuine) -> None:
    """Not even our own signature makes one person's session another's."""
    other = (await house.registered())["user"]["id"]
    await refused(house, signed(STRANGER, genuine.header, {**genuine.claims, "sub": other}))
    await refused(house, resigned(genuine.key, genuine.text, sub=other), "session_ended")
