import re
from uuid import uuid4

import pytest

from marketplace.domain.webhooks.event_types import (
    BY_NOTICE,
    EVENT_TYPES,
    UnknownEventType,
    in_snake_case,
    known_patterns,
    matches,
    subject_of,
)


def test_names_are_plain_unique_and_lead_to_one_notice_each() -> None:
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", one.name) for one in EVENT_TYPES)
    assert len({one.name for one in EVENT_TYPES}) == len(BY_NOTICE) == len(EVENT_TYPES)


def test_every_example_names_its_aggregate_and_is_in_snake_case() -> None:
    for one in EVENT_TYPES:
        assert set(one.subject.split()) & one.example.keys(), one.name
        assert in_snake_case(one.example) == one.example


def test_patterns_match_by_name_kind_or_at_all() -> None:
    assert matches("order.created", ["order.created"])
    assert matches("order.created", ["order.*"])
    assert matches("order.created", ["*"])
    assert not matches("order.created", ["order.assigned", "offer.*"])
    assert known_patterns(["order.*", "*", "order.*"]) == ("*", "order.*")
    for wrong in (["order"], ["order.*.*"], ["webhook.test"], [], ["*.created"], [str(n) for n in range(51)]):
        with pytest.raises(UnknownEventType):
            known_patterns(wrong)


def test_humps_become_snakes_at_every_depth() -> None:
    data = {"productId": 1, "byRule": None, "items": [{"takenQuantity": 2}], "order_id": 3}
    assert in_snake_case(data) == {
        "product_id": 1, "by_rule": None, "items": [{"taken_quantity": 2}], "order_id": 3,
    }  # fmt: skip


def test_payments_of_an_order_are_in_line_with_it() -> None:
    order, payment, event = uuid4(), uuid4(), uuid4()
    kind = BY_NOTICE["payment_success"]
    assert subject_of(kind, {"order_id": order, "payment_id": payment}, event) == order
    assert subject_of(kind, {"wallet_id": order, "payment_id": payment}, event) == payment
    assert subject_of(kind, {}, event) == event
    assert subject_of(kind, {"order_id": "7"}, event) == subject_of(kind, {"order_id": "7"}, uuid4())
