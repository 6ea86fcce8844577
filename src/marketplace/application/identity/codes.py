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
    Mailer,
    Message,
    OneTimeCodes,
    Users,
)
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
    """Only notes the wish: everything that depends on the account happens in DeliverOneTimeCode."""

    requests: CodeRequests
    transaction: Transaction

    async def __call__(self, identifier: str, channel: CodeChannel) -> None:
        if known := read_identifier(identifier):
            async with self.transaction:
                self.requests.add(CodeRequest(known, channel))


@dataclass(frozen=True, slots=True)
class DeliverOneTimeCode:
    """Makes the code and mails it; run again it makes and mails another, which kills the first.

    Without a text message provider both channels lead to the account's e-mail address.
    """

    accounts: AccountQueries
    codes: OneTimeCodes
    mailer: Mailer

    async def __call__(self, request: CodeRequest) -> None:
        contact = await self.accounts.contact(request.identifier)
        code = await self.codes.make(CodePurpose.VERIFY_ACCOUNT, _subject(request.identifier, contact))
        if contact is not None:
            await self.mailer.send(code_message(contact.email, code))


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


def code_message(to: str, code: str) -> Message:
    minutes = int(CODE_LIFE.total_seconds() // 60)
    advice = "If you did not ask for it, ignore this message and tell the code to nobody."
    return Message(
        to=to,
        subject=f"{code} is your verification code",
        text=f"Your verification code is {code}. It is good for {minutes} minutes.\n\n{advice}\n",
        html=f"<p>Your verification code is <strong>{code}</strong>. It is good for {minutes} minutes.</p>"
        f"<p>{advice}</p>",
    )
