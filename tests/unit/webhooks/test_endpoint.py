"""An endpoint's life, and the tries of a delivery."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.webhooks.delivery import (
    DELIVERY_MOVES,
    RETRY_AFTER,
    Attempt,
    DeliveryId,
    DeliveryStatus,
    DueDelivery,
)
from marketplace.domain.webhooks.endpoint import DisabledBecause, Endpoint, WebhookDisabled
from marketplace.domain.webhooks.signature import secret_of
from tests.builders.webhooks import an_endpoint

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def failing(endpoint: Endpoint, at: datetime) -> None:
    endpoint.has_answered([500, None], delivered=False, now=at)


def test_five_days_of_failures_alone_disable_it_and_one_success_starts_anew() -> None:
    endpoint = an_endpoint()
    failing(endpoint, NOON)
    failing(endpoint, NOON + timedelta(days=4, hours=23))
    assert (endpoint.is_enabled, endpoint.failing_since) == (True, NOON)
    endpoint.has_answered([200, 500], delivered=True, now=NOON)
    assert endpoint.failing_since is None
    failing(endpoint, NOON)
    failing(endpoint, NOON + timedelta(days=5))
    failing(endpoint, NOON + timedelta(days=6))
    assert endpoint.disabled_because is DisabledBecause.FAILING
    (event,) = endpoint.pull_events()
    assert isinstance(event, WebhookDisabled)
    assert (event.owner, event.because) == (endpoint.owner, DisabledBecause.FAILING)
    endpoint.revise({"enabled": True})
    assert (endpoint.is_enabled, endpoint.failing_since) == (True, None)


def test_gone_disables_it_at_once_and_the_owners_own_end_is_no_news() -> None:
    endpoint = an_endpoint()
    endpoint.has_answered([410, 200], delivered=True, now=NOON)
    assert endpoint.disabled_because is DisabledBecause.GONE
    endpoint.revise({"enabled": False})
    assert endpoint.disabled_because is DisabledBecause.GONE, "why it ended first"
    closed = an_endpoint()
    closed.revise({"enabled": False})
    assert (closed.disabled_because, closed.pull_events()) == (DisabledBecause.OWNER, [])


def test_the_former_secret_signs_for_a_day() -> None:
    endpoint = an_endpoint()
    old, new = endpoint.secret, secret_of(b"n" * 24)
    until = endpoint.rotate(new, NOON)
    assert endpoint.secrets(until - timedelta(seconds=1)) == (new, old)
    assert endpoint.secrets(until) == (new,)
    assert str(new) not in repr(endpoint)


@given(st.integers(0, 9), st.floats(0, 1), st.sampled_from([None, 200, 204, 302, 404, 500]))
def test_a_try_ends_or_waits_about_as_long_as_said(tries: int, chance: float, status: int | None) -> None:
    delivery = DueDelivery(id=DeliveryId(1), event_id=uuid4(), subject=uuid4(), body="{}", tries=tries)
    attempt = Attempt(at=NOON, status=status, duration_ms=1, error=None, answer="")
    becomes, next_at = delivery.after(attempt, NOON, chance)
    assert becomes is DeliveryStatus.PENDING or becomes in DELIVERY_MOVES[DeliveryStatus.PENDING]
    if status in {200, 204}:
        assert (becomes, next_at) == (DeliveryStatus.DELIVERED, None)
    elif tries == 9:
        assert (becomes, next_at) == (DeliveryStatus.FAILED, None)
    else:
        assert next_at
        assert next_at - NOON == pytest.approx(RETRY_AFTER[tries], abs=RETRY_AFTER[tries] * 0.1001)
