from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from marketplace.domain.shared.ids import UserId
from marketplace.domain.webhooks.delivery import DeliveryStatus, NewDelivery
from marketplace.domain.webhooks.endpoint import Endpoint, EndpointId
from marketplace.domain.webhooks.signature import secret_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def an_endpoint(**changes: Any) -> Endpoint:
    given = {
        "owner": UserId(uuid4()), "url": "https://hooks.shop.example/", "description": "", "event_types": ["*"],
        "secret": secret_of(b"s" * 24), "now": NOON,
    }  # fmt: skip
    return Endpoint.create(EndpointId(uuid4()), **{**given, **changes})


def a_delivery(endpoint: Endpoint, **changes: Any) -> NewDelivery:
    given = {
        "event_id": uuid4(), "event_type": "order.created", "subject": uuid4(), "body": "{}", "created_at": NOON,
        "status": DeliveryStatus.PENDING,
    }  # fmt: skip
    return NewDelivery(endpoint_id=endpoint.id, **{**given, **changes})
