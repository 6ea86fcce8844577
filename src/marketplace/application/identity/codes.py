"""Codes that show that a person can be reached at the account's address.

An identifier without an account is treated alike all the way, a code of its own included, so that neither answer nor
time nor the count of tries tells whether there is one.
"""

from dataclasses import dataclass
from datetime import timedelta

from marketplace.application.identity.identifiers import Identifier, IdentifierKind, read_identifier
from marketplace.application.identity.ports import (
    AccountLetter,
    AccountQueries,
    CodePurpose,
    Contact,
    LetterWish,
    LetterWishes,
    OneTimeCodes,
    Users,
)
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.limits import Limit, RateLimits
from marketplace.application.shared.messages import MessageChannel
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.shared.errors import Invalid

CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 3


class InvalidCode(Invalid):
    code = "invalid_code"

    def __init__(self, tries_left: int) -> None:
        super().__init__(
            "the code is wrong or no longer valid; check it or ask for a new one",
            field="otp_code",
            tries_left=tries_left,
        )


@dataclass(frozen=True, slots=True)
class SendOneTimeCode:
    """Only notes the wish: everything that depends on the account happens in SendLetter."""

    limits: RateLimits
    wishes: LetterWishes
    transaction: Transaction
    caller: Caller

    async def __call__(self, identifier: str, channel: MessageChannel) -> None:
        known = read_identifier(identifier)
        await self.limits.take(Limit.SEND_PER_IP, f"network:{self.caller.network}")
        await self.limits.take(Limit.OTP, f"account:{known}")
        if known:
            async with self.transaction:
                self.wishes.add(LetterWish(AccountLetter.ONE_TIME_CODE, known, channel))


@dataclass(frozen=True, slots=True)
class VerifyOneTimeCode:
    accounts: AccountQueries
    codes: OneTimeCodes
    users: Users
    transaction: Transaction
    clock: Clock

    async def __call__(self, identifier: str, code: str) -> None:
        """Marks the address that the code was sent to as verified. Raises InvalidCode."""
        known = read_identifier(identifier)
        if known is None:
            raise InvalidCode(0)
        contact = await self.accounts.contact(known)
        check = await self.codes.check(CodePurpose.VERIFY_ACCOUNT, code_subject(known, contact), code)
        if contact is None or not check.right:
            raise InvalidCode(check.tries_left)
        kind, _, address = check.about.partition(":")
        async with self.transaction:
            user = await self.users.get(contact.user_id)
            verify = user.verify_email if kind == IdentifierKind.EMAIL else user.verify_phone
            if not verify(address, self.clock.now()):
                raise InvalidCode(0)
            await self.users.save(user)


def code_subject(identifier: Identifier, contact: Contact | None) -> str:
    """An account has one code however it is named."""
    return str(contact.user_id) if contact else str(identifier)
