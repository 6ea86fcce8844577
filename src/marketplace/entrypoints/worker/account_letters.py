"""What people are told by letter about their accounts, event by event."""

from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from dishka import AsyncContainer

from marketplace.application.identity.letters import SendLetter, TellPerson
from marketplace.application.identity.ports import SEND_LETTER, LetterWish
from marketplace.application.shared import letters
from marketplace.application.shared.letters import Letter, mask_email
from marketplace.domain.identity.api_key import ApiKeyCreated
from marketplace.domain.identity.passkey import PasskeyAdded, PasskeyRemoved
from marketplace.domain.identity.second_factor import RecoveryCodeUsed, TwoFactorDisabled, TwoFactorEnabled
from marketplace.domain.identity.session import UnfamiliarSignIn
from marketplace.domain.identity.user import (
    ContactChanged,
    PasswordChanged,
    UserActivated,
    UserDeleted,
    UserSuspended,
)
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.entrypoints.worker.registry import Handlers, Options

PATIENT = Options(transactional=False, base=10.0, cap=1800.0, max_attempts=12)
"""Providers may be away for about two hours."""

LETTERS: dict[type[DomainEvent], Callable[..., Letter]] = {
    UnfamiliarSignIn: lambda event: letters.NewDevice(event.occurred_at, event.device, event.address),
    PasswordChanged: lambda event: letters.PasswordChanged(event.occurred_at),
    TwoFactorEnabled: lambda _: letters.TwoFactorEnabled(),
    TwoFactorDisabled: lambda _: letters.TwoFactorDisabled(),
    RecoveryCodeUsed: lambda event: letters.RecoveryCodeUsed(event.left),
    PasskeyAdded: lambda event: letters.PasskeyAdded(event.passkey_name),
    PasskeyRemoved: lambda event: letters.PasskeyRemoved(event.passkey_name),
    ApiKeyCreated: lambda event: letters.ApiKeyCreated(event.key_name),
    UserSuspended: lambda event: letters.AccountSuspended(event.reason),
    UserActivated: lambda _: letters.AccountActivated(),
    UserDeleted: lambda _: letters.AccountDeleted(),
    ContactChanged: lambda event: (
        letters.PhoneChanged() if event.former_email is None else letters.EmailChanged(mask_email(event.email))
    ),
}


def subscribe(handlers: Handlers) -> None:
    for event, write in LETTERS.items():
        _tell(handlers, event, write)

    @handlers.job(SEND_LETTER, LetterWish, **PATIENT)
    async def send_letter(scope: AsyncContainer, wish: LetterWish) -> None:
        await (await scope.get(SendLetter))(wish)


def _tell(handlers: Handlers, kind: type[DomainEvent], write: Callable[..., Letter]) -> None:
    name = kind.name.removeprefix("identity.").removesuffix(".v1")

    @handlers.on(kind, f"letters.{name}", **PATIENT)
    async def tell(scope: AsyncContainer, event: Any) -> None:
        occasion = uuid5(NAMESPACE_OID, f"{event.name} {event.user_id} {event.occurred_at.isoformat()}")
        former = getattr(event, "former_email", None)
        await (await scope.get(TellPerson))(event.user_id, write(event), occasion, email=former)
