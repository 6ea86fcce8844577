"""Adding, using and removing passkeys, with a software authenticator that tells lies."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.application.shared.actor import PROOF_LIFE, SessionRequired, StepUpRequired
from marketplace.domain.identity.passkey import (
    MOST_PASSKEYS,
    InvalidPasskey,
    PasskeyNotAccepted,
    PasskeyNotFound,
    PasskeySuspected,
    PasskeyTaken,
    TooManyPasskeys,
)
from marketplace.domain.identity.user import AccountStatus, InvalidCredentials
from marketplace.domain.shared.text import InvalidText
from tests.builders.authenticator import Algorithm, Authenticator, decoded, encoded, tampered
from tests.builders.identity import NOON, a_session
from tests.unit.identity.factors_world import FactorsWorld

LIES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "http://localhost.evil.example:3000"},
    "another port": {"origin": "http://localhost:3001"},
    "another relying party": {"rp_id": "evil.example"},
    "an unverified user": {"verifies_user": False},
    "an embedded page": {"cross_origin": True},
}
each_lie = pytest.mark.parametrize("lie", LIES.values(), ids=LIES)


@pytest.fixture
def world() -> FactorsWorld:
    return FactorsWorld()


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("backed_up", [False, True])
async def test_a_passkey_signs_its_owner_in(world: FactorsWorld, algorithm: Algorithm, backed_up: bool) -> None:
    phone = Authenticator(algorithm, backed_up=backed_up)
    added = await world.added(phone)
    assert (added.name, added.transports, added.backed_up) == ("Amina's phone", ["hybrid", "internal"], backed_up)
    world.clock.advance(timedelta(minutes=1))
    signed_in = [await world.logged_in(phone) for _ in range(3)]
    assert {view.user.id for view in signed_in} == {world.user.id}
    (seen,) = await world.queries.passkeys(world.actor)
    assert seen == type(seen)(**{**vars_of(added), "last_used_at": NOON + timedelta(minutes=1)})
    assert world.store.told_ended == [world.other_session.id]
    assert world.events[0] == "passkey_added"


def vars_of(view: Any) -> dict[str, Any]:
    return {name: getattr(view, name) for name in view.__struct_fields__}


async def test_an_authenticator_that_does_not_count_stays_good(world: FactorsWorld) -> None:
    phone = Authenticator(counts=False)
    await world.added(phone)
    for _ in range(3):
        await world.logged_in(phone)


async def test_options_name_the_account_to_its_owner_and_nobody_at_a_sign_in(world: FactorsWorld) -> None:
    first = Authenticator()
    await world.added(first)
    new = await world.offer_new(world.actor)
    assert new["rp"] == {"name": "Marketplace", "id": "localhost"}
    assert decoded(new["user"]["id"]) == world.user.id.bytes
    assert [one["id"] for one in new["excludeCredentials"]] == [encoded(first.credential_id)]
    assert new["authenticatorSelection"]["residentKey"] == "required"
    assert new["authenticatorSelection"]["userVerification"] == "required"
    assert (new["attestation"], new["timeout"]) == ("none", 300_000)
    login = await world.offer_login()
    assert (login["allowCredentials"], login["userVerification"], login["rpId"]) == ([], "required", "localhost")
    assert login["challenge"] != (await world.offer_login())["challenge"]


@each_lie
async def test_a_new_passkey_that_lies_is_not_added(world: FactorsWorld, lie: dict[str, Any]) -> None:
    with pytest.raises(PasskeyNotAccepted):
        await world.added(Authenticator(**lie))
    assert (world.store.passkeys, world.events) == ({}, [])


@each_lie
async def test_a_passkey_that_lies_signs_nobody_in(world: FactorsWorld, lie: dict[str, Any]) -> None:
    phone = Authenticator()
    await world.added(phone)
    with pytest.raises(InvalidPasskey):
        await world.logged_in(replace_keeping_key(phone, **lie))
    await world.logged_in(phone)


def replace_keeping_key(authenticator: Authenticator, **changes: Any) -> Authenticator:
    liar = replace(authenticator, **changes)
    liar.key = authenticator.key
    return liar


@pytest.mark.parametrize("part", ["signature", "authenticatorData", "clientDataJSON"])
async def test_a_changed_bit_is_noticed(world: FactorsWorld, part: str) -> None:
    phone = Authenticator()
    await world.added(phone)
    answer = phone.get(await world.offer_login())
    answer["response"][part] = tampered(answer["response"][part])
    with pytest.raises(InvalidPasskey):
        await world.log_in(answer)


async def test_another_key_signs_nobody_in(world: FactorsWorld) -> None:
    phone = Authenticator()
    await world.added(phone)
    with pytest.raises(InvalidPasskey):
        await world.logged_in(replace(phone))


async def test_an_answer_is_good_once_and_for_five_minutes(world: FactorsWorld) -> None:
    phone = Authenticator(counts=False)
    await world.added(phone)
    answer = phone.get(await world.offer_login())
    await world.log_in(answer)
    with pytest.raises(InvalidPasskey):
        await world.log_in(answer)
    late = phone.get(await world.offer_login())
    world.clock.advance(timedelta(minutes=5))
    with pytest.raises(InvalidPasskey):
        await world.log_in(late)


async def test_a_wrong_answer_uses_the_challenge_up(world: FactorsWorld) -> None:
    phone = Authenticator()
    await world.added(phone)
    options = await world.offer_login()
    with pytest.raises(InvalidPasskey):
        await world.log_in(replace(phone).get(options))
    with pytest.raises(InvalidPasskey):
        await world.log_in(phone.get(options))


async def test_a_challenge_of_ours_for_something_else_is_none(world: FactorsWorld) -> None:
    phone = Authenticator()
    await world.added(phone)
    new = await world.offer_new(world.actor)
    with pytest.raises(InvalidPasskey):
        await world.log_in(phone.get({**new, "allowCredentials": []}))
    login = await world.offer_login()
    with pytest.raises(PasskeyNotAccepted):
        await world.add_passkey(world.actor, Authenticator().create({**new, "challenge": login["challenge"]}), "Key")


async def test_a_challenge_is_of_one_session(world: FactorsWorld) -> None:
    created = Authenticator().create(await world.offer_new(world.actor))
    elsewhere = replace(world.actor, session=a_session(world.user).id)
    with pytest.raises(PasskeyNotAccepted):
        await world.add_passkey(elsewhere, created, "Key")
    await world.add_passkey(world.actor, created, "Key")
    with pytest.raises(PasskeyNotAccepted):
        await world.add_passkey(world.actor, created, "Key")


@pytest.mark.parametrize("handle", [b"", b"somebody else 16"])
async def test_a_sign_in_names_the_owner_of_the_passkey(world: FactorsWorld, handle: bytes) -> None:
    phone = Authenticator()
    await world.added(phone)
    phone.user_handle = handle
    with pytest.raises(InvalidPasskey):
        await world.logged_in(phone)


async def test_an_unknown_credential_signs_nobody_in(world: FactorsWorld) -> None:
    with pytest.raises(InvalidPasskey):
        await world.logged_in(Authenticator(user_handle=world.user.id.bytes))


async def test_a_copy_ends_the_passkey_for_both(world: FactorsWorld) -> None:
    phone = Authenticator()
    await world.added(phone)
    copied = replace_keeping_key(phone)
    await world.logged_in(phone)
    for one in (copied, phone, phone):
        with pytest.raises(PasskeySuspected):
            await world.logged_in(one)
    assert world.events == ["passkey_added", "sessions_ended", "passkey_cloned"]
    assert (await world.queries.passkeys(world.actor))[0].suspected_at == NOON


async def test_a_closed_account_is_not_signed_in(world: FactorsWorld) -> None:
    phone = Authenticator()
    await world.added(phone)
    world.store.users[world.user.id].status = AccountStatus.SUSPENDED
    with pytest.raises(InvalidCredentials):
        await world.logged_in(phone)


async def test_the_same_credential_is_added_once_by_whomever(world: FactorsWorld) -> None:
    phone = Authenticator()
    await world.added(phone)
    _, stranger, _ = world.person()
    with pytest.raises(PasskeyTaken):
        await world.added(phone, stranger)


async def test_the_eleventh_is_refused_until_one_is_removed(world: FactorsWorld) -> None:
    views = [await world.added(Authenticator()) for _ in range(MOST_PASSKEYS)]
    with pytest.raises(TooManyPasskeys):
        await world.added(Authenticator())
    await world.remove_passkey(world.actor, views[0].id)
    await world.added(Authenticator())


async def test_a_name_must_be_readable(world: FactorsWorld) -> None:
    created = Authenticator().create(await world.offer_new(world.actor))
    with pytest.raises(InvalidText):
        await world.add_passkey(world.actor, created, "\u200b")


async def test_a_removed_passkey_signs_nobody_in_and_only_its_owner_removes_it(world: FactorsWorld) -> None:
    phone = Authenticator()
    added = await world.added(phone)
    _, stranger, _ = world.person()
    with pytest.raises(PasskeyNotFound):
        await world.remove_passkey(stranger, added.id)
    await world.logged_in(phone)
    await world.remove_passkey(world.actor, added.id)
    with pytest.raises(InvalidPasskey):
        await world.logged_in(phone)
    with pytest.raises(PasskeyNotFound):
        await world.remove_passkey(world.actor, added.id)
    assert world.events == ["passkey_added", "sessions_ended", "passkey_removed", "sessions_ended"]


async def test_every_change_needs_a_session_with_a_recent_proof(world: FactorsWorld) -> None:
    phone = Authenticator()
    created = phone.create(await world.offer_new(world.actor))
    view = await world.added(Authenticator())
    keyed = replace(world.actor, session=None)
    late = replace(world.actor, proven_at=NOON - PROOF_LIFE - timedelta(seconds=1))
    for actor, refusal in ((keyed, SessionRequired), (late, StepUpRequired)):
        for change in (
            world.offer_new(actor), world.add_passkey(actor, created, "Key"), world.remove_passkey(actor, view.id),
        ):  # fmt: skip
            with pytest.raises(refusal):
                await change


def without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(credential: dict[str, Any]) -> None:
        for part in path[:-1]:
            credential = credential[part]
        del credential[path[-1]]

    return change


def setting(value: object, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(credential: dict[str, Any]) -> None:
        for part in path[:-1]:
            credential = credential[part]
        credential[path[-1]] = value

    return change


@pytest.mark.parametrize("change", [
    without("response"), without("rawId"), without("response", "clientDataJSON"), without("response", "signature"),
    setting("AAAA", "rawId"), setting("password", "type"), setting("", "response", "authenticatorData"),
    setting("A", "response", "signature"), setting(encoded(b"[]"), "response", "clientDataJSON"),
    setting(encoded(b"\xff"), "response", "clientDataJSON"), setting(None, "response", "authenticatorData"),
])  # fmt: skip
async def test_what_cannot_be_read_signs_nobody_in(
    world: FactorsWorld, change: Callable[[dict[str, Any]], None]
) -> None:
    phone = Authenticator()
    await world.added(phone)
    answer = phone.get(await world.offer_login())
    change(answer)
    with pytest.raises(InvalidPasskey):
        await world.log_in(answer)


@pytest.mark.parametrize("attestation", [b"", b"\xa0", b"\xff", b"\xa3cfmtdnonegattStmt\xa0hauthDataA\0", b"[" * 9_000])
async def test_what_cannot_be_read_is_not_added(world: FactorsWorld, attestation: bytes) -> None:
    created = Authenticator().create(await world.offer_new(world.actor))
    created["response"]["attestationObject"] = encoded(attestation)
    with pytest.raises(PasskeyNotAccepted):
        await world.add_passkey(world.actor, created, "Key")
