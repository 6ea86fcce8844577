from dataclasses import dataclass

from marketplace.application.shared.courier import Courier
from marketplace.application.shared.letters import EmailChange, Links, PasswordReset, PostedLetter, VerifyEmail


@dataclass(frozen=True, slots=True)
class DeliverLetter:
    """Completes a posted letter with the link it leads to, if it is one that has a link, and delivers it."""

    links: Links
    courier: Courier

    async def __call__(self, posted: PostedLetter) -> None:
        link = await self._link(posted)
        if link is not None:
            await self.courier(posted.letter, posted.to, posted.channel, posted.id, link)

    async def _link(self, posted: PostedLetter) -> str | None:
        """Empty for a letter without a link; None when there is nothing to do any more."""
        to = posted.to
        if not isinstance(posted.letter, VerifyEmail | PasswordReset | EmailChange):
            return ""
        if to.user_id is None:
            return None
        match posted.letter:
            case VerifyEmail():
                return await self.links.verify_email(to.user_id, to.email)
            case PasswordReset():
                return await self.links.password_reset(to.user_id)
            case EmailChange():
                return await self.links.email_change(to.user_id, to.email)
