from marketplace.application.shared.letters import Links
from marketplace.application.shared.messages import Mail, Mailer
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import UserId


class MailUnavailable(Unavailable):
    code = "mail_unavailable"


class UnconfiguredMailer(Mailer):
    """Stands where production has no mail provider: nothing is lost silently."""

    async def send(self, mail: Mail) -> None:
        raise MailUnavailable("no mail provider is set up; the operator sets SMTP_URL or SENDGRID_API_KEY")


class LinksUnavailable(Unavailable):
    code = "links_unavailable"


class UnconfiguredLinks(Links):
    """Stands where no page is there yet for a letter to lead to."""

    async def verify_email(self, user_id: UserId, email: str) -> str | None:
        raise LinksUnavailable("there is no page that confirms an e-mail address")

    async def password_reset(self, user_id: UserId) -> str | None:
        raise LinksUnavailable("there is no page that resets a password")

    async def email_change(self, user_id: UserId, new_email: str) -> str | None:
        raise LinksUnavailable("there is no page that changes an e-mail address")
