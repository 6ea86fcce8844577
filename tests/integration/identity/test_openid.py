"""Our side of OpenID Connect against a provider on a real socket that lies when told to."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from marketplace.adapters.egress import ProviderUnavailable
from marketplace.adapters.security.openid import OpenIdClient, OpenIdProvider
from marketplace.application.identity.outside import OutsidePerson, SignInAttempt
from marketplace.domain.identity.outside_identity import OutsideSignInRefused
from tests.fakes.openid_provider import CLIENT, SECRET, LocalProvider, consent, running_provider

ATTEMPT = SignInAttempt("https://shop.example/back", "nonce-1", "verifier-" + "v" * 50)
NOW = int(time.time())


@pytest.fixture
async def provider() -> AsyncIterator[LocalProvider]:
    async with running_provider() as provider:
        yield provider


def client_of(provider: LocalProvider, **options: Any) -> OpenIdProvider:
    return OpenIdProvider(OpenIdClient(provider.issuer, CLIENT, SECRET, "Local"), **options)


@pytest.fixture
async def client(provider: LocalProvider) -> AsyncIterator[OpenIdProvider]:
    client = client_of(provider, keys_pause=0)
    yield client
    await client.close()


async def signed_in(client: OpenIdProvider, attempt: SignInAttempt = ATTEMPT) -> OutsidePerson:
    answer = await consent(await client.authorization_url("state-1", ATTEMPT))
    assert answer["state"] == "state-1"
    return await client.identify(answer["code"], attempt)


async def reason(client: OpenIdProvider, attempt: SignInAttempt = ATTEMPT) -> object:
    with pytest.raises(OutsideSignInRefused) as refused:
        await signed_in(client, attempt)
    return refused.value.facts["reason"]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_person_is_told_by_each_algorithm(
    provider: LocalProvider, client: OpenIdProvider, algorithm: str
) -> None:
    provider.rotate(algorithm)
    person = provider.person
    assert await signed_in(client) == OutsidePerson(provider.issuer, person["sub"], person["email"], person["name"])


async def test_a_client_that_sends_its_secret_in_the_form(provider: LocalProvider, client: OpenIdProvider) -> None:
    provider.auth_methods = ["client_secret_post"]
    assert (await signed_in(client)).subject == provider.person["sub"]


@pytest.mark.parametrize("vouched", [False, None, "false", 1])
async def test_an_address_that_the_provider_does_not_vouch_for_is_none(
    provider: LocalProvider, client: OpenIdProvider, vouched: object
) -> None:
    provider.lies = {"email_verified": vouched}
    assert (await signed_in(client)).email is None


@pytest.mark.parametrize(
    ("lies", "expected"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": 7}, "nonce"),
        ({"aud": "another"}, "InvalidAudienceError"),
        ({"aud": [CLIENT, "another"]}, "audience"),
        ({"azp": "another"}, "authorized party"),
        ({"iss": "https://another.example"}, "InvalidIssuerError"),
        ({"exp": NOW - 3600}, "ExpiredSignatureError"),
        ({"iat": NOW + 3600}, "ImmatureSignatureError"),
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"sub": None}, "MissingRequiredClaimError"),
        ({"sub": ""}, "subject"),
        ({"sub": "a\0b"}, "subject"),
        ({"sub": "x" * 256}, "subject"),
        ({"sub": 7}, "InvalidSubjectError"),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(
    provider: LocalProvider, client: OpenIdProvider, lies: dict[str, Any], expected: str
) -> None:
    provider.lies = lies
    assert await reason(client) == expected


async def test_a_clock_half_a_minute_off_is_borne(provider: LocalProvider, client: OpenIdProvider) -> None:
    provider.lies = {"exp": int(time.time()) - 20, "iat": int(time.time()) + 20}
    assert await signed_in(client)


async def test_a_token_that_nobody_or_somebody_else_signed_is_refused(
    provider: LocalProvider, client: OpenIdProvider
) -> None:
    now = int(time.time())
    claims = {"iss": provider.issuer, "aud": CLIENT, "sub": "1", "nonce": ATTEMPT.nonce, "iat": now, "exp": now + 300}
    public = provider.key.public_key().public_numbers().n.to_bytes(256, "big")
    strange = rsa.generate_private_key(65537, 2048)
    for token in (
        jwt.encode(claims, "", "none", {"kid": provider.kid}),
        jwt.encode(claims, public, "HS256", {"kid": provider.kid}),
        jwt.encode(claims, strange, "RS256", {"kid": provider.kid}),
        jwt.encode(claims, strange, "RS256", {"kid": "strange"}),
        jwt.encode(claims, provider.key, "RS512", {"kid": provider.kid}),
        "",
        "a.b.c",
    ):
        provider.token = token
        assert await reason(client)
    provider.token = jwt.encode(claims, provider.key, "RS256")
    assert (await signed_in(client)).subject == "1", "one key needs no name"


async def test_a_key_for_another_algorithm_is_not_used(provider: LocalProvider, client: OpenIdProvider) -> None:
    provider.rotate("PS256")
    assert await reason(client) == "key"


async def test_a_code_is_good_once_and_for_its_verifier_and_redirect(
    provider: LocalProvider, client: OpenIdProvider
) -> None:
    answer = await consent(await client.authorization_url("state-1", ATTEMPT))
    assert await client.identify(answer["code"], ATTEMPT)
    with pytest.raises(OutsideSignInRefused):
        await client.identify(answer["code"], ATTEMPT)
    assert await reason(client, replace(ATTEMPT, verifier="w" * 50)) == "code"
    assert await reason(client, replace(ATTEMPT, redirect_uri="https://shop.example/elsewhere")) == "code"


async def test_the_providers_keys_may_change(provider: LocalProvider, client: OpenIdProvider) -> None:
    assert await signed_in(client)
    provider.rotate("ES256")
    assert await signed_in(client)
    assert await signed_in(client)
    assert provider.key_reads == 2


async def test_unknown_keys_do_not_make_us_read_again_and_again(provider: LocalProvider) -> None:
    client = client_of(provider)
    assert await signed_in(client)
    for _ in range(5):
        provider.token = jwt.encode({"sub": "1"}, provider.key, "RS256", {"kid": "strange"})
        assert await reason(client) == "key"
    assert provider.key_reads == 1
    await client.close()


async def test_a_provider_that_does_not_answer_or_calls_itself_another_is_unavailable(provider: LocalProvider) -> None:
    client = client_of(provider)
    provider.broken = True
    with pytest.raises(ProviderUnavailable):
        await client.authorization_url("state-1", ATTEMPT)
    provider.broken, provider.claimed_issuer = False, "https://another.example"
    with pytest.raises(ProviderUnavailable):
        await client.authorization_url("state-1", ATTEMPT)
    provider.claimed_issuer = ""
    answer = await consent(await client.authorization_url("state-1", ATTEMPT))
    provider.broken = True
    with pytest.raises(ProviderUnavailable):
        await client.identify(answer["code"], ATTEMPT)
    await client.close()
