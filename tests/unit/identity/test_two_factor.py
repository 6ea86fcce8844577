"""Enabling, renewing and disabling, and the check at a sign-in by password."""

from datetime import timedelta

import pytest

from marketplace.application.shared.actor import PROOF_LIFE, StepUpRequired
from marketplace.domain.identity.passkey import PasskeySuspected
from marketplace.domain.identity.second_factor import (
    InvalidSecondFactor,
    Method,
    SecondFactorLocked,
    TwoFactorAlreadyEnabled,
    TwoFactorNotEnabled,
    TwoFactorNotSetUp,
    TwoFactorRequired,
)
from tests.builders.authenticator import Authenticator
from tests.builders.identity import NOON
from tests.unit.identity.factors_world import FactorsWorld


@pytest.fixture
def world() -> FactorsWorld:
    return FactorsWorld()


async def test_enabling_takes_a_code_and_ends_the_other_sessions(world: FactorsWorld) -> None:
    codes = await world.enabled()
    assert len(set(codes)) == 10
    assert await world.check.required(world.user.id) == (Method.TOTP, Method.RECOVERY_CODE)
    assert world.store.told_ended == [world.other_session.id]
    assert world.events == ["two_factor_enabled", "sessions_ended"]


async def test_nothing_secret_is_stored_in_clear(world: FactorsWorld) -> None:
    codes = await world.enabled()
    stored = repr(world.store.factors[world.user.id])
    assert world.secret not in stored
    assert not any(code in stored for code in codes)


async def test_before_a_right_code_nothing_changes(world: FactorsWorld) -> None:
    with pytest.raises(TwoFactorNotSetUp):
        await world.enable(world.actor, "000000")
    world.secret = (await world.set_up(world.actor)).secret
    with pytest.raises(InvalidSecondFactor):
        await world.enable(world.actor, world.wrong_code())
    assert await world.check.required(world.user.id) is None
    assert (world.store.told_ended, world.events) == ([], [])


async def test_a_second_setup_makes_the_first_secret_worthless(world: FactorsWorld) -> None:
    first = (await world.set_up(world.actor)).secret
    world.secret = (await world.set_up(world.actor)).secret
    assert first != world.secret
    right, world.secret = world.secret, first
    with pytest.raises(InvalidSecondFactor):
        await world.enable(world.actor, world.code())
    world.secret = right
    await world.enable(world.actor, world.code())
    with pytest.raises(TwoFactorAlreadyEnabled):
        await world.set_up(world.actor)
    with pytest.raises(TwoFactorAlreadyEnabled):
        await world.enable(world.actor, world.code(1))


async def test_every_change_needs_a_recent_proof(world: FactorsWorld) -> None:
    await world.enabled()
    world.clock.at = NOON + PROOF_LIFE + timedelta(seconds=1)
    changes = (
        world.set_up(world.actor), world.enable(world.actor, world.code()),
        world.disable(world.actor, world.code(), None), world.renew(world.actor, world.code()),
    )  # fmt: skip
    for change in changes:
        with pytest.raises(StepUpRequired):
            await change
    assert world.events == ["two_factor_enabled", "sessions_ended"]


async def test_a_code_is_good_once_for_whatever_purpose(world: FactorsWorld) -> None:
    await world.enabled()
    with pytest.raises(InvalidSecondFactor):
        await world.check.prove(world.user.id, otp_code=world.code(-1))  # the one that enabled it
    assert await world.check.prove(world.user.id, otp_code=world.code()) is Method.TOTP
    with pytest.raises(InvalidSecondFactor):
        await world.check.prove(world.user.id, otp_code=world.code())
    with pytest.raises(InvalidSecondFactor):
        await world.renew(world.actor, world.code())
    assert await world.check.prove(world.user.id, otp_code=world.code(1)) is Method.TOTP
    world.clock.advance(timedelta(seconds=120))
    for stale in (-2, 2):
        with pytest.raises(InvalidSecondFactor):
            await world.check.prove(world.user.id, otp_code=world.code(stale))


async def test_wrong_codes_are_counted_although_they_are_refused(world: FactorsWorld) -> None:
    recovery_code = (await world.enabled())[0]
    for _ in range(5):
        with pytest.raises(InvalidSecondFactor):
            await world.check.prove(world.user.id, otp_code=world.wrong_code())
    with pytest.raises(SecondFactorLocked) as refused:
        await world.check.prove(world.user.id, otp_code=world.code())
    assert refused.value.retry_after == 15 * 60
    with pytest.raises(SecondFactorLocked):
        await world.disable(world.actor, world.code(), None)
    assert await world.check.prove(world.user.id, recovery_code=recovery_code) is Method.RECOVERY_CODE


async def test_a_recovery_code_is_good_once_however_it_is_typed(world: FactorsWorld) -> None:
    codes = await world.enabled()
    assert await world.check.prove(world.user.id, recovery_code=f" {codes[3].upper().replace('-', ' ')} ")
    with pytest.raises(InvalidSecondFactor):
        await world.check.prove(world.user.id, recovery_code=codes[3])
    for hostile in ("", "\0", "\ud800", "x" * 10_000):
        with pytest.raises(InvalidSecondFactor):
            await world.check.prove(world.user.id, recovery_code=hostile)
    assert world.events == ["two_factor_enabled", "sessions_ended", "recovery_code_used"]


async def test_new_recovery_codes_kill_the_old(world: FactorsWorld) -> None:
    old = await world.enabled()
    with pytest.raises(InvalidSecondFactor):
        await world.renew(world.actor, world.wrong_code())
    new = (await world.renew(world.actor, world.code())).recovery_codes
    assert set(new).isdisjoint(old)
    with pytest.raises(InvalidSecondFactor):
        await world.check.prove(world.user.id, recovery_code=old[0])
    await world.check.prove(world.user.id, recovery_code=new[0])


@pytest.mark.parametrize("by_recovery_code", [False, True])
async def test_disabling_takes_either_code(world: FactorsWorld, by_recovery_code: bool) -> None:
    codes = await world.enabled()
    with pytest.raises(TwoFactorRequired):
        await world.disable(world.actor, None, None)
    with pytest.raises(InvalidSecondFactor):
        await world.disable(world.actor, world.wrong_code(), codes[0])
    if by_recovery_code:
        await world.disable(world.actor, None, codes[0])
    else:
        await world.disable(world.actor, world.code(), None)
    assert await world.check.required(world.user.id) is None
    assert world.events[-1] == "two_factor_disabled"
    with pytest.raises(TwoFactorNotEnabled):
        await world.disable(world.actor, world.code(), None)
    with pytest.raises(InvalidSecondFactor):
        await world.check.prove(world.user.id, otp_code=world.code())


async def test_codes_of_another_account_prove_nothing(world: FactorsWorld) -> None:
    codes = await world.enabled()
    other, actor, _ = world.person()
    await world.set_up(actor)
    with pytest.raises(InvalidSecondFactor):
        await world.check.prove(other.id, otp_code=world.code())
    with pytest.raises(InvalidSecondFactor):
        await world.enable(actor, world.code())
    with pytest.raises(InvalidSecondFactor):
        await world.check.prove(other.id, recovery_code=codes[0])
    await world.check.prove(world.user.id, recovery_code=codes[0])


async def test_what_is_asked_for_are_the_methods_there_are(world: FactorsWorld) -> None:
    await world.enabled()
    with pytest.raises(TwoFactorRequired) as demand:
        await world.check.prove(world.user.id)
    assert demand.value.facts == {"methods": ["totp", "recovery_code"]}


async def test_a_passkey_is_a_second_factor_too(world: FactorsWorld) -> None:
    await world.enabled()
    phone = Authenticator()
    await world.added(phone)
    phone.verifies_user = False  # the password was the other factor
    with pytest.raises(TwoFactorRequired) as demand:
        await world.check.prove(world.user.id)
    assert demand.value.facts["methods"] == ["totp", "recovery_code", "passkey"]
    options = demand.value.facts["passkey_options"]
    assert isinstance(options, dict)
    answer = phone.get(options)
    assert await world.check.prove(world.user.id, passkey=answer) is Method.PASSKEY
    with pytest.raises(InvalidSecondFactor):
        await world.check.prove(world.user.id, passkey=answer)


async def test_a_passkey_of_another_account_is_no_second_factor(world: FactorsWorld) -> None:
    await world.enabled()
    mine, theirs = Authenticator(), Authenticator()
    await world.added(mine)
    _, stranger, _ = world.person()
    await world.added(theirs, stranger)
    with pytest.raises(TwoFactorRequired) as demand:
        await world.check.prove(world.user.id)
    options = demand.value.facts["passkey_options"]
    assert isinstance(options, dict)
    options["allowCredentials"] = []
    with pytest.raises(InvalidSecondFactor):
        await world.check.prove(world.user.id, passkey=theirs.get(options))
    with pytest.raises(InvalidSecondFactor):
        await world.check.prove(world.user.id, passkey=mine.get(await world.offer_login()))


async def test_a_copied_passkey_is_no_second_factor(world: FactorsWorld) -> None:
    await world.enabled()
    phone = Authenticator()
    await world.added(phone)
    await world.logged_in(phone)
    phone.sign_count = 0
    with pytest.raises(TwoFactorRequired) as demand:
        await world.check.prove(world.user.id)
    options = demand.value.facts["passkey_options"]
    assert isinstance(options, dict)
    with pytest.raises(PasskeySuspected):
        await world.check.prove(world.user.id, passkey=phone.get(options))
    assert await world.check.required(world.user.id) == (Method.TOTP, Method.RECOVERY_CODE)


async def test_a_passkey_alone_asks_for_no_second_factor_after_a_password(world: FactorsWorld) -> None:
    await world.added(Authenticator())
    assert await world.check.required(world.user.id) is None
