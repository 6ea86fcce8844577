"""Our signatures as the library of Standard Webhooks and its published example see them."""

from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from marketplace.adapters.clock import SystemClock
from marketplace.domain.webhooks.signature import Secret, secret_of, signed_headers

EVENT = UUID("01970000-0000-7000-8000-000000000001")


def test_every_secret_verifies_and_no_other_does() -> None:
    now = SystemClock().now()
    old, new, foreign = (secret_of(bytes([n]) * 24) for n in range(3))
    body = b'{"type":"order.created"}'
    headers = signed_headers(EVENT, body, (new, old), now)
    for secret in (new, old):
        assert Webhook(secret).verify(body, headers) == {"type": "order.created"}
    for secret, sent in ((foreign, body), (new, body + b" ")):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(sent, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(body, headers | {"webhook-id": "another"})


def test_it_is_what_the_library_signs() -> None:
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    now = SystemClock().now()
    headers = signed_headers(EVENT, b'{"test": 2432232314}', (secret,), now)
    theirs = Webhook(secret).sign(str(EVENT), now, '{"test": 2432232314}')
    assert headers["webhook-signature"] == theirs
