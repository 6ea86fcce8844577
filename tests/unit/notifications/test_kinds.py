"""The table of notices is complete."""

import re
from pathlib import Path

import pytest

import marketplace
from marketplace.adapters.mail.notification_texts import NOTIFICATIONS
from marketplace.domain.notifications.kinds import GROUP_OF, KIND_OF, RECEIPTS, NotificationKind, kind_of
from marketplace.entrypoints.worker.refunds import TOLD

NAMED = re.compile(r'\bNotice\(\s*[\w.()\[\]]+,\s*f?"([a-z_:]+)"')


def test_every_notice_that_is_made_has_its_place_in_the_table() -> None:
    sources = (file.read_text() for file in Path(marketplace.__file__).parent.rglob("*.py"))
    named = {name for source in sources if "Notice(" in source for name in NAMED.findall(source)} | set(TOLD.values())
    assert len(named) > 15
    assert named - {name.partition(" ")[0] for name in KIND_OF} == set()


def test_every_kind_has_a_group_words_and_a_notice() -> None:
    assert set(GROUP_OF) == set(NOTIFICATIONS) == set(NotificationKind)
    assert {kind for kind in KIND_OF.values() if kind} == set(NotificationKind)


@pytest.mark.parametrize(("name", "data", "kind"), [
    ("offer:updated", {"status": "accepted"}, NotificationKind.OFFER_ACCEPTED),
    ("offer:updated", {"status": "countered"}, None),
    ("order_status_changed", {"status": "delivered"}, NotificationKind.ORDER_STATUS_CHANGED),
    ("order_status_changed", {"status": "assigned"}, None),
    ("dispute:updated", {"status": "opened", "change": "message"}, NotificationKind.DISPUTE_MESSAGE),
    ("listing:reviewed", {"status": "rejected", "decision": "reject"}, NotificationKind.LISTING_REJECTED),
    ("payout:updated", {"status": "processing"}, None),
    ("payout:updated", {"status": "held"}, NotificationKind.PAYOUT_HELD),
    ("message:received", {}, NotificationKind.MESSAGE_RECEIVED), ("typing:active", {}, None),
    ("offer:created", {}, None),
    ("unheard:of", {}, None),
])  # fmt: skip
def test_the_kind_of_a_notice(name: str, data: dict[str, object], kind: NotificationKind | None) -> None:
    assert kind_of(name, data, quiet=False) is kind
    quiet = kind_of(name, data, quiet=True)
    assert quiet is (kind if kind in RECEIPTS else None)


def test_who_buys_keeps_a_receipt() -> None:
    assert kind_of("order_created", {}, quiet=True) is NotificationKind.ORDER_CREATED
