"""What follows from payouts: sending them, telling of them, schedules and the closing of months."""

from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from dishka import AsyncContainer

from marketplace.application.identity.letters import TellPerson
from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.payments.payout_accounts import ForgetPayoutAccounts, RunPayoutSchedules
from marketplace.application.payments.payouts import SEND_PAYOUT, SendPayout
from marketplace.application.payments.statements import CloseStatements
from marketplace.application.shared import letters
from marketplace.application.shared.letters import Letter, PayoutLetter
from marketplace.application.shared.posting import PostedLetter
from marketplace.application.shared.user_events import Notice
from marketplace.domain.identity.user import UserDeleted
from marketplace.domain.payments.payout import PayoutMoved, PayoutStatus
from marketplace.domain.payments.payout_account import PayoutAccountAdded, PayoutAccountEvent, PayoutAccountRemoved
from marketplace.domain.shared.ids import PayoutId
from marketplace.entrypoints.worker.account_letters import PATIENT
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(SEND_PAYOUT, transactional=False)
    async def send(scope: AsyncContainer, payout_id: UUID) -> None:
        await (await scope.get(SendPayout))(PayoutId(payout_id))

    @handlers.cron("payments.run_payout_schedules", "7 * * * *", transactional=False)
    async def run_schedules(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(RunPayoutSchedules))()

    @handlers.cron("payments.close_statements", "30 0 1-3 * *", transactional=False)
    async def close_statements(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(CloseStatements))()

    @handlers.on(UserDeleted, "payments.user_deleted")
    async def forget_accounts(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(ForgetPayoutAccounts))(event.user_id)

    _tell_of_payouts(handlers)
    _write_of_accounts(handlers)
    for kind, status in ((PayoutAccountAdded, "added"), (PayoutAccountRemoved, "removed")):
        _tell_of_account(handlers, kind, status)


def _tell_of_payouts(handlers: Handlers) -> None:
    @handlers.on(PayoutMoved, "notifications.payout_moved")
    async def tell_of_move(scope: AsyncContainer, event: PayoutMoved) -> None:
        payload = {
            "id": event.payout_id, "status": event.status, "heldFor": event.held_for,
            "amount": event.amount.decimal, "currency": event.amount.currency,
        }  # fmt: skip
        await (await scope.get(DeliverNotices))([Notice(event.seller, "payout:updated", payload)])

    @handlers.on(PayoutMoved, "letters.payout_moved")
    async def write_of_move(scope: AsyncContainer, event: PayoutMoved) -> None:
        amount = f"{event.amount.decimal} {event.amount.currency}"
        told: list[PayoutLetter] = []
        if event.status is PayoutStatus.PAID:
            told = [letters.PayoutPaid(amount)]
        elif event.status in {PayoutStatus.FAILED, PayoutStatus.REVERSED}:
            told = [letters.PayoutFailed(amount)]
        occasion = uuid5(NAMESPACE_OID, f"{event.name} {event.payout_id} {event.occurred_at.isoformat()}")
        await (await scope.get(DeliverNotices))([], [PostedLetter(event.seller, one, occasion) for one in told])


def _write_of_accounts(handlers: Handlers) -> None:
    @handlers.on(PayoutAccountAdded, "letters.payout_account_added", **PATIENT)
    async def write_of_new_account(scope: AsyncContainer, event: PayoutAccountAdded) -> None:
        await _write(scope, event, letters.PayoutAccountAdded(event.masked, event.usable_from))

    @handlers.on(PayoutAccountRemoved, "letters.payout_account_removed", **PATIENT)
    async def write_of_removed_account(scope: AsyncContainer, event: PayoutAccountRemoved) -> None:
        await _write(scope, event, letters.PayoutAccountRemoved(event.masked))


def _tell_of_account(handlers: Handlers, kind: type[PayoutAccountEvent], status: str) -> None:
    @handlers.on(kind, f"notifications.payout_account_{status}")
    async def tell(scope: AsyncContainer, event: PayoutAccountEvent) -> None:
        payload = {"id": event.account_id, "status": status, "kind": event.kind, "masked": event.masked}
        await (await scope.get(DeliverNotices))([Notice(event.owner, "payout_account:updated", payload)])


async def _write(scope: AsyncContainer, event: PayoutAccountEvent, letter: Letter) -> None:
    occasion = uuid5(NAMESPACE_OID, f"{event.name} {event.account_id}")
    await (await scope.get(TellPerson))(event.owner, letter, occasion)
