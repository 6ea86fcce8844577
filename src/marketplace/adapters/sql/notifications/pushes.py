from datetime import datetime

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.push import Push, Pushes
from marketplace.application.notifications.send_push import (
    SEND_PUSH,
    SEND_TO_DEVICE,
    DevicePush,
    DevicePushes,
    WantedPush,
    life_of,
)
from marketplace.application.shared.ports import Clock, Ids
from marketplace.domain.shared.ids import UserId


class SqlPushes(Pushes):
    def __init__(self, transaction: SqlTransaction, ids: Ids, clock: Clock) -> None:
        self._transaction = transaction
        self._ids = ids
        self._clock = clock

    def add(self, to: UserId, push: Push, not_before: datetime | None = None) -> None:
        until = (not_before or self._clock.now()) + life_of(push)
        wanted = WantedPush(id=self._ids.new(), to=to, push=push, until=until)
        self._transaction.jobs.run(SEND_PUSH, wanted, not_before)


class SqlDevicePushes(DevicePushes):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    def add(self, push: DevicePush) -> None:
        self._transaction.jobs.run(SEND_TO_DEVICE, push)
