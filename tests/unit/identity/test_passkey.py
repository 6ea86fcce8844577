import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.identity.passkey import (
    MOST_PASSKEYS,
    Credential,
    Passkey,
    PasskeyAdded,
    PasskeyCloned,
    PasskeyId,
    PasskeyNotFound,
    PasskeyRemoved,
    TooManyPasskeys,
)
from marketplace.domain.shared.text import InvalidText
from tests.builders.factors import a_passkey
from tests.builders.identity import NOON, a_user

USER = a_user()
CREDENTIAL = Credential(
    credential_id=b"id", public_key=b"key", sign_count=3, transports=("usb",), backup_eligible=True, backed_up=False
)


def make(name: str = "Key", held: int = 0) -> Passkey:
    return Passkey.make(PasskeyId(a_passkey(USER).id), USER.id, CREDENTIAL, name, held=held, now=NOON)


@given(st.lists(st.integers(0, 20), max_size=30))
def test_a_count_that_does_not_grow_ends_the_passkey(counts: list[int]) -> None:
    passkey, last, cloned = a_passkey(USER), 0, False
    for count in counts:
        cloned = cloned or (count <= last and (count, last) != (0, 0))
        assert passkey.use(count, backed_up=False, now=NOON) is not cloned
        last = last if cloned else count
    assert (passkey.suspected_at is not None) is cloned
    assert passkey.sign_count == last
    assert [type(event) for event in passkey.pull_events()] == [PasskeyCloned] * cloned


def test_a_use_is_remembered() -> None:
    passkey = a_passkey(USER, sign_count=1)
    assert passkey.use(2, backed_up=True, now=NOON)
    assert (passkey.sign_count, passkey.backed_up, passkey.last_used_at) == (2, True, NOON)


def test_an_account_has_ten_at_most() -> None:
    assert make(held=MOST_PASSKEYS - 1).pull_events()[0].name == PasskeyAdded.name
    with pytest.raises(TooManyPasskeys):
        make(held=MOST_PASSKEYS)


@pytest.mark.parametrize("name", ["", "\u200b", "x" * 51])
def test_a_name_can_be_read(name: str) -> None:
    with pytest.raises(InvalidText):
        make(name)


def test_only_the_owner_removes_it() -> None:
    passkey = make(" Key\u202e ")
    assert passkey.name == "Key"
    passkey.pull_events()
    with pytest.raises(PasskeyNotFound):
        passkey.remove(a_user().id, NOON)
    assert passkey.pull_events() == []
    passkey.remove(USER.id, NOON)
    assert passkey.pull_events() == [
        PasskeyRemoved(occurred_at=NOON, user_id=USER.id, passkey_id=passkey.id, passkey_name="Key")
    ]
