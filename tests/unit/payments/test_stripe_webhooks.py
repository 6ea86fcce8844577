"""Stripe's signature: what was signed with one of our secrets in the last 300 seconds is read, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stripe import StripeClient

from marketplace.adapters.gateways.stripe_webhooks import StripeWebhooks
from marketplace.adapters.sql.payments.stripe_intents import StripeIntents
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.inbox import SignatureRefused
from simulators.stripe import signed

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
BODY = b'{"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1"}}}'
SECRETS = ("whsec_one", "whsec_two")
WEBHOOKS = StripeWebhooks(StripeClient("sk_test_1"), SECRETS, StripeIntents(Pool("")))
HEADER = signed(BODY, SECRETS[:1], AT)


def is_read(header: str, body: bytes = BODY, after: float = 0) -> bool:
    try:
        told = WEBHOOKS.read({"stripe-signature": header}, body, NOW + timedelta(seconds=after))
    except SignatureRefused:
        return False
    assert (told.external_id, told.kind) == ("evt_1", "payment_intent.succeeded")
    assert told.headers == {"stripe-signature": header}
    return True


@pytest.mark.parametrize("secret", SECRETS)
def test_every_secret_of_ours_is_good(secret: str) -> None:
    assert is_read(signed(BODY, [secret], AT))
    assert is_read(signed(BODY, ["whsec_other", secret], AT))
    assert not is_read(signed(BODY, ["whsec_other"], AT))


@pytest.mark.parametrize(("after", "expected"), [(0, True), (299, True), (300, True), (301, False), (-301, False)])
def test_a_signature_is_good_for_300_seconds(after: float, expected: bool) -> None:
    assert is_read(HEADER, after=after) is expected


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(HEADER) - 1), st.characters(codec="latin-1"))
def test_a_changed_header_is_refused(place: int, other: str) -> None:
    changed = HEADER[:place] + other + HEADER[place + 1 :]
    assert is_read(changed) is (changed == HEADER)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(BODY) - 1), st.binary(max_size=3))
def test_a_changed_body_is_refused(place: int, other: bytes) -> None:
    changed = BODY[:place] + other + BODY[place + 1 :]
    assert is_read(HEADER, changed) is (changed == BODY)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
@example("t=1893499200,v1=\N{ARABIC-INDIC DIGIT ONE}")
@example("t=\N{SUPERSCRIPT TWO},v1=00")
@example(f"t={'9' * 400},v1=00")
@example(f"t={AT},t={AT},v1=00")
def test_no_text_at_all_is_a_signature(header: str) -> None:
    assert not is_read(header)
