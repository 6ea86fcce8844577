from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.adapters.security.known_passwords import is_known_password
from marketplace.domain.identity.password import PasswordPolicy, WeakPassword
from marketplace.domain.identity.session import (
    REPEAT_WINDOW,
    SESSION_LIFE,
    EndReason,
    SessionEnded,
)
from marketplace.domain.identity.user import (
    AccountStatus,
    InvalidCredentials,
    Role,
    User,
    UserRegistered,
    UserVerified,
)
from marketplace.domain.identity.username import InvalidUsername
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.text import InvalidText
from tests.builders.identity import NOON, PASSWORD, a_session, a_user

SECOND = timedelta(seconds=1)
POLICY = PasswordPolicy(is_known=is_known_password)


def registered(username: str = "amina", full_name: str = "Amina") -> User:
    like = a_user()
    return User.register(
        like.id, email=like.email, username=username, phone=None, full_name=full_name, password_hash="h",
        role=Role.SELLER, now=NOON,
    )  # fmt: skip


def test_a_registration_is_announced_without_personal_data() -> None:
    user = registered()
    assert user.pull_events() == [UserRegistered(occurred_at=NOON, user_id=user.id, username="amina", role=Role.SELLER)]
    assert not user.is_verified


@pytest.mark.parametrize(
    "username",
    ["ab", "a" * 31, "with space", "аmina", "am\u200bina", "amina\0", "a@b.c", "amina\n", ""],
)
def test_a_username_that_could_deceive_is_refused(username: str) -> None:
    with pytest.raises(InvalidUsername):
        registered(username)


def test_a_full_name_is_cleaned_and_never_empty() -> None:
    assert registered(full_name=" A\u202emina\0 ").full_name == "Amina"
    with pytest.raises(InvalidText):
        registered(full_name="\u200b")


def test_verifying_twice_is_announced_once() -> None:
    user = a_user()
    assert user.verify_email(user.email, NOON)
    assert user.verify_email(user.email, NOON + SECOND)
    assert user.is_verified
    assert user.pull_events() == [UserVerified(occurred_at=NOON, user_id=user.id)]


def test_a_closed_account_and_a_password_changed_meanwhile_do_not_log_in() -> None:
    for user, checked in ((a_user(status=AccountStatus.SUSPENDED), "no hash"), (a_user(password_hash="new"), "old")):
        with pytest.raises(InvalidCredentials):
            user.log_in_by_password(checked, NOON)
        assert user.last_login_at is None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Aa1-aaa", "must have 8 to 128 characters"),
        ("Aa1-" + "a" * 125, "must have 8 to 128 characters"),
        ("correct-horse-7", "needs an upper-case letter"),
        ("CORRECT-HORSE-7", "needs a lower-case letter"),
        ("Correct-Horse", "needs a digit"),
        ("CorrectHorse7", "needs a special character such as ! or -"),
        ("P@ssw0rd123", "is among the passwords that are used most or were stolen, choose another"),
        ("Amina-2026!", "must not be your own name or address"),
    ],
)
def test_each_failing_rule_of_a_password_is_said(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        POLICY.check(password, own=("amina-2026!",))
    assert refused.value.facts == {"reasons": [reason]}


def test_a_good_password_passes_and_nist_asks_for_length_instead_of_composition() -> None:
    POLICY.check(PASSWORD)
    nist = PasswordPolicy(composition=False, is_known=is_known_password)
    nist.check("only small letters")
    for weak in ("Correct-Horse-7", "1234567890123456", "passwordpassword"):
        if len(weak) < 15 or is_known_password(weak):
            with pytest.raises(WeakPassword):
                nist.check(weak)


def test_a_refresh_token_is_good_once_and_slides_the_end() -> None:
    session = a_session(a_user())
    assert session.refresh(1, NOON + SECOND)
    assert (session.generation, session.expires_at) == (2, NOON + SECOND + SESSION_LIFE)


def test_the_previous_token_leads_to_the_same_child_within_ten_seconds() -> None:
    session = a_session(a_user())
    session.refresh(1, NOON)
    assert session.refresh(1, NOON + REPEAT_WINDOW)
    assert (session.generation, session.ended_at) == (2, None)


@pytest.mark.parametrize("generation", [1, 2, 4, 99])
def test_any_other_token_ends_the_session(generation: int) -> None:
    session = a_session(a_user(), generation=3)
    later = NOON + REPEAT_WINDOW + SECOND
    assert not session.refresh(generation, later)
    assert (session.ended_at, session.end_reason) == (later, EndReason.REFRESH_REUSED)
    with pytest.raises(SessionEnded):
        session.refresh(3, later)


def test_an_expired_session_is_not_refreshed() -> None:
    session = a_session(a_user())
    with pytest.raises(SessionEnded):
        session.refresh(1, NOON + SESSION_LIFE)


def test_a_session_ends_once() -> None:
    session = a_session(a_user())
    session.end(EndReason.LOGGED_OUT, NOON)
    session.end(EndReason.REFRESH_REUSED, NOON + SECOND)
    assert (session.ended_at, session.end_reason) == (NOON, EndReason.LOGGED_OUT)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 30)), max_size=12))
def test_whatever_is_presented_only_the_newest_two_generations_ever_pass(moves: list[tuple[int, int]]) -> None:
    session, now = a_session(a_user()), NOON
    for generation, seconds in moves:
        now += timedelta(seconds=seconds)
        before, ended = session.generation, session.ended_at
        try:
            passed = session.refresh(generation, now)
        except DomainError:
            assert ended is not None
            continue
        assert passed == (generation in {before, before - 1} and session.ended_at is None)
        assert session.generation == before + (generation == before)
