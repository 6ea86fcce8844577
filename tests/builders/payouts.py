from decimal import Decimal
from typing import Any

from dishka import AsyncContainer

from marketplace.application.payments.ports import Ledger
from marketplace.application.shared.ports import Transaction
from marketplace.domain.payments.ledger import Account, AccountKind, Entry, LedgerTransaction
from marketplace.domain.payments.payout import Payout
from marketplace.domain.payments.payout_account import PayoutAccount, PayoutAccountKind, mask
from marketplace.domain.payments.postings import payable
from marketplace.domain.shared.ids import PayoutAccountId, PayoutId, UserId
from tests.builders.commerce import NOON, a_user_id, aed, new_id

IBAN = "AE070331234567890123456"
FAILING_IBAN = "AE570330000000000000002"
SLOW_IBAN = "AE220330000000000000341"


def an_account(**changes: Any) -> PayoutAccount:
    """That may be paid to at noon."""
    destination = changes.setdefault("destination", IBAN)
    given: dict[str, Any] = {
        "id": PayoutAccountId(new_id()), "owner": a_user_id(), "kind": PayoutAccountKind.BANK,
        "holder": "Amina Haddad", "masked": mask(destination), "is_default": True, "usable_from": NOON,
        "created_at": NOON,
    }  # fmt: skip
    return PayoutAccount(**{**given, **changes})


def a_payout(**changes: Any) -> Payout:
    given: dict[str, Any] = {
        "id": PayoutId(new_id()), "seller": a_user_id(), "account_id": PayoutAccountId(new_id()),
        "provider": "simulator", "amount": aed(100), "requested_by": None, "created_at": NOON,
    }  # fmt: skip
    return Payout(**{**given, **changes})


async def settle(container: AsyncContainer, seller: UserId, amount: str) -> None:
    """So much in AED into what may be paid out, or out of it."""
    minor = int(Decimal(amount) * 100)
    clearing = Account(AccountKind.PROVIDER_CLEARING, "AED", provider="simulator")
    legs = (Entry(clearing, minor), Entry(payable(seller, "AED"), -minor))
    async with container() as scope:
        ledger, transaction = await scope.get(Ledger), await scope.get(Transaction)
        async with transaction:
            await ledger.post(LedgerTransaction(new_id(), "test_earnings", new_id(), legs))
