"""Codes that show that a person can be reached at the account's address.

An identifier without an account is treated alike all the way, a code of its own included, so that neither answer nor
time nor the count of tries tells whether there is one.
"""

from dataclasses import dataclass
from datetime import timedelta

from marketplace.application.identity.identifiers import Identifier, read_identifier
from marketplace.application.identity.ports import (
    AccountQueries,
    CodeChannel,
    CodePurpose,
    CodeRequest,
    CodeRequests,
    Contact,
    OneTimeCodes,
    Users,
)
from marketplace.application.shared.courier import Courier
from marketplace.application.shared.letters import Language, OneTimeCode, Recipient
from marketplace.application.shared.messages import MessageChannel
from marketplace.application.shared.ports import Clock, Ids, Transaction
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
    """Only notes the wish: everything that depends on the account happens in DeliverOneTimeCode."""

    requests: CodeRequests
    transaction: Transaction

    async def __call__(self, identifier: str, channel: CodeChannel, language: str = Language.ENGLISH) -> None:
        """`language` is a language tag; a code is written in the closest of ours."""
        if known := read_identifier(identifier):
            async with self.transaction:
                self.requests.add(CodeRequest(known, channel, Language.closest(language)))


@dataclass(frozen=True, slots=True)
class DeliverOneTimeCode:
    """Makes the code and sends it; run again it makes and sends another, which kills the first.

    Whoever has no phone number, or where no text message can go, gets the code by e-mail.
    """

    accounts: AccountQueries
    codes: OneTimeCodes
    courier: Courier
    ids: Ids

    async def __call__(self, request: CodeRequest) -> None:
        contact = await self.accounts.contact(request.identifier)
        code = await self.codes.make(CodePurpose.VERIFY_ACCOUNT, _subject(request.identifier, contact))
        if contact is not None:
            letter = OneTimeCode(code, minutes=int(CODE_LIFE.total_seconds() // 60))
            to = Recipient(user_id=contact.user_id, email=contact.email, phone=contact.phone, language=request.language)
            await self.courier(letter, to, MessageChannel(request.channel), self.ids.new())


@dataclass(frozen=True, slots=True)
class VerifyOneTimeCode:
    accounts: AccountQueries
    codes: OneTimeCodes
    users: Users
    transaction: Transaction
    clock: Clock

    async def __call__(self, identifier: str, code: str) -> None:
        """Marks the account as verified. Raises InvalidCode."""
        known = read_identifier(identifier)
        if known is None:
            raise InvalidCode(0)
        contact = await self.accounts.contact(known)
        check = await self.codes.check(CodePurpose.VERIFY_ACCOUNT, _subject(known, contact), code)
        if contact is None or not check.right:
            raise InvalidCode(check.tries_left)
        async with self.transaction:
            user = await self.users.get(contact.user_id)
            user.verify(self.clock.now())
            await self.users.save(user)


def _subject(identifier: Identifier, contact: Contact | None) -> str:
    """An account has one code however it is named."""
    return str(contact.user_id) if contact else f"{identifier.kind}:{identifier.value}"
