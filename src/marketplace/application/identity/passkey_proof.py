from dataclasses import dataclass

from marketplace.application.identity.factor_ports import (
    Authenticators,
    Ceremony,
    Challenges,
    CredentialJson,
    Passkeys,
)
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.identity.passkey import InvalidPasskey, PasskeyNotFound, PasskeySuspected
from marketplace.domain.shared.ids import UserId


@dataclass(frozen=True, slots=True)
class PasskeyProof:
    """Whether a passkey signed a challenge of ours. The challenge is used up whatever comes of it."""

    challenges: Challenges
    authenticators: Authenticators
    passkeys: Passkeys
    transaction: Transaction
    clock: Clock

    async def __call__(self, ceremony: Ceremony, credential: CredentialJson, *, of: UserId | None = None) -> UserId:
        """Whose passkey it is: `of`, or whoever the authenticator says, who was verified by it then.

        Raises InvalidPasskey or PasskeySuspected.
        """
        challenge = self.authenticators.challenge_of(credential)
        if challenge is None or not await self.challenges.take(ceremony, of, challenge):
            raise InvalidPasskey
        credential_id, user_handle = self.authenticators.named(credential)
        try:
            async with self.transaction:
                passkey = await self.passkeys.by_credential(credential_id)
                if not _is_of(passkey.user_id, of, user_handle):
                    raise InvalidPasskey
                use = self.authenticators.used(credential, challenge, passkey.public_key, verify_user=of is None)
                genuine = passkey.use(use.sign_count, backed_up=use.backed_up, now=self.clock.now())
                await self.passkeys.save(passkey)
        except PasskeyNotFound:
            raise InvalidPasskey from None
        if not genuine:
            raise PasskeySuspected
        return passkey.user_id


def _is_of(owner: UserId, expected: UserId | None, user_handle: bytes | None) -> bool:
    """A sign-in must say whose passkey it is, a second factor may (WebAuthn level 3, section 7.2, step 6)."""
    if expected is None:
        return user_handle == owner.bytes
    return owner == expected and user_handle in {owner.bytes, None}
