from marketplace.application.shared.messages import Sms, TextMessages
from marketplace.domain.shared.errors import Unavailable


class SmsUnavailable(Unavailable):
    code = "sms_unavailable"


class UnconfiguredTextMessages(TextMessages):
    """Stands where production has no provider of text messages."""

    available = False

    async def send(self, sms: Sms) -> None:
        raise SmsUnavailable("no provider of text messages is set up; the operator sets TWILIO_ACCOUNT_SID and so on")
