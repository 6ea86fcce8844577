import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.adapters.security.vault import KEY_ID, NONCE, TAG, NotSealedByUs, Vault

OLD, NEW = b"o" * 32, b"n" * 32
VAULT = Vault([NEW, OLD])


@given(st.binary(max_size=200), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_is_sealed_opens_in_its_context(plain: bytes, context: str) -> None:
    sealed = VAULT.seal(plain, context)
    assert len(sealed) == KEY_ID + NONCE + len(plain) + TAG
    assert VAULT.open(sealed, context) == plain


def test_sealing_the_same_twice_gives_different_bytes() -> None:
    assert VAULT.seal(b"seed", "totp:1") != VAULT.seal(b"seed", "totp:1")


def test_another_context_does_not_open_it() -> None:
    with pytest.raises(NotSealedByUs):
        VAULT.open(VAULT.seal(b"seed", "totp:1"), "totp:2")


def test_the_ring_opens_what_an_older_key_sealed_and_seals_with_the_newest() -> None:
    assert VAULT.open(Vault([OLD]).seal(b"seed", "a"), "a") == b"seed"
    with pytest.raises(NotSealedByUs):
        Vault([OLD]).open(VAULT.seal(b"seed", "a"), "a")


@given(st.data())
def test_a_changed_byte_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal(b"seed", "a"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NotSealedByUs):
        VAULT.open(bytes(sealed), "a")


@pytest.mark.parametrize("length", [0, 3, 15, 31])
def test_what_is_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(NotSealedByUs):
        VAULT.open(VAULT.seal(b"", "a")[:length], "a")
