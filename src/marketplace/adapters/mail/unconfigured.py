from marketplace.application.shared.messages import Mail, Mailer
from marketplace.domain.shared.errors import Unavailable


class MailUnavailable(Unavailable):
    code = "mail_unavailable"


class UnconfiguredMailer(Mailer):
    """Stands where production has no mail provider: nothing is lost silently."""

    async def send(self, mail: Mail) -> None:
        raise MailUnavailable("no mail provider is set up; the operator sets SMTP_URL or SENDGRID_API_KEY")
