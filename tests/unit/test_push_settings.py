import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from marketplace.adapters.clock import SystemClock
from marketplace.adapters.push.vapid import Vapid
from marketplace.entrypoints.wiring.push_settings import (
    push_services,
    service_account,
    vapid_key,
    vapid_subject,
)
from marketplace.entrypoints.wiring.settings import Settings
from simulators.push import PushSimulator

STRONG = "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy"
CREDENTIALS = PushSimulator().credentials("https://oauth2.googleapis.com/token")
PRIVATE, PUBLIC = (
    "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
)
"""A pair from section 5 of RFC 8291."""


def settings_of(**given: str) -> tuple[Settings, list[str]]:
    """And what is wrong with them."""
    settings, problems = Settings.inspect({"SECRET_KEY": STRONG, **given})
    return settings, [str(problem) for problem in problems]


def test_nothing_needs_to_be_set() -> None:
    settings, problems = settings_of(EMAIL_FROM="Bazaar <shop@market.example>")
    assert problems == []
    assert service_account(settings.push) is None
    assert vapid_subject(settings.push, settings.email_from) == "mailto:shop@market.example"
    assert "fcm.googleapis.com" in push_services(settings.push)


def test_a_vapid_key_follows_from_the_secret_or_is_the_one_that_is_set() -> None:
    settings, _ = settings_of()
    keys = [vapid_key(settings.push, settings.key(purpose)) for purpose in ("vapid", "vapid", "another")]
    assert keys[0] == keys[1] != keys[2]
    given, problems = settings_of(VAPID_PRIVATE_KEY=PRIVATE)
    assert problems == []
    assert Vapid(vapid_key(given.push, bytes(32)), "mailto:a@b.example", SystemClock()).public_key == PUBLIC


def test_credentials_are_a_file_or_its_text(tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    file.write_text(CREDENTIALS)
    for given in (CREDENTIALS, str(file)):
        settings, problems = settings_of(FCM_CREDENTIALS=given)
        assert problems == []
        account = service_account(settings.push)
        assert account
        assert account.project_id == "a-market"
        assert "PRIVATE KEY" not in f"{account} {settings} {settings.push}"


@pytest.mark.parametrize(("name", "text"), [
    ("VAPID_PRIVATE_KEY", "too-short"),
    ("VAPID_PRIVATE_KEY", "A" * 43),
    ("VAPID_PRIVATE_KEY", urlsafe_b64encode(b"\xff" * 32).decode()),
    ("VAPID_SUBJECT", "ops@example.com"),
    ("VAPID_SUBJECT", "http://example.com"),
    ("WEB_PUSH_SERVICES", "https://push.example.com"),
    ("FCM_CREDENTIALS", "/nowhere/at/all.json"),
    ("FCM_CREDENTIALS", "{}"),
    ("FCM_CREDENTIALS", json.dumps({**json.loads(CREDENTIALS), "private_key": "hunter2"})),
    ("FCM_CREDENTIALS", json.dumps({**json.loads(CREDENTIALS), "token_uri": "http://oauth2.example.com"})),
    ("VAPID_PUBLIC_KEY", PUBLIC),
])  # fmt: skip
def test_what_cannot_be_used_is_one_clear_line_without_the_secret(name: str, text: str) -> None:
    _, problems = settings_of(**{name: text})
    assert [problem.partition(" ")[0] for problem in problems] == [name]
    assert "; " in problems[0]
    assert "hunter2" not in problems[0]
