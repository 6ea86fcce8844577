"""Who a person is to an outside OpenID provider."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, NotFound, Unauthenticated
from marketplace.domain.shared.ids import UserId


class OpenIdNotConfigured(NotFound):
    code = "openid_not_configured"

    def __init__(self) -> None:
        super().__init__("signing in with an outside provider is not set up here; use a password")


class SignInAttemptUnknown(Unauthenticated):
    code = "openid_attempt_unknown"

    def __init__(self) -> None:
        super().__init__("this sign-in was not begun here, took over 10 minutes or was finished before; start again")


class OutsideSignInRefused(Unauthenticated):
    """`reason` is for whoever sets the provider up."""

    code = "openid_refused"

    def __init__(self, reason: str) -> None:
        super().__init__("the provider's answer does not show who you are; start again", reason=reason)


class VerifiedEmailMissing(Conflict):
    code = "verified_email_missing"

    def __init__(self) -> None:
        super().__init__("the provider vouches for no e-mail address; register, then link the provider to the account")


class OutsideIdentityTaken(Conflict):
    code = "outside_identity_taken"

    def __init__(self) -> None:
        super().__init__("this identity is linked to another account, or this account to another identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideIdentity:
    """`subject` is the provider's name for the person: it never changes, as an e-mail address may."""

    id: UUID
    user_id: UserId
    issuer: str
    subject: str
    linked_at: datetime
