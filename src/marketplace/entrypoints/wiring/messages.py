import re
from collections.abc import AsyncIterator
from email.utils import parseaddr
from typing import NewType

from dishka import AnyOf, Provider, Scope, provide

from marketplace.adapters.egress import ProviderHttp
from marketplace.adapters.mail.outbox import OutboxMailer, OutboxTextMessages, RedisOutbox
from marketplace.adapters.mail.sendgrid import SENDGRID, SendGridMailer
from marketplace.adapters.mail.smtp import SmtpMailer
from marketplace.adapters.mail.templates import JinjaTemplates
from marketplace.adapters.mail.unconfigured import UnconfiguredMailer
from marketplace.adapters.mail.undelivered import LoggedUndelivered
from marketplace.adapters.sms.twilio import TWILIO, TwilioTextMessages
from marketplace.adapters.sms.unconfigured import UnconfiguredTextMessages
from marketplace.application.shared.courier import Courier
from marketplace.application.shared.letters import Templates
from marketplace.application.shared.messages import Mailer, Outbox, TextMessages, Undelivered
from marketplace.application.shared.ports import Clock
from marketplace.entrypoints.wiring.settings import Settings

MessagesHttp = NewType("MessagesHttp", ProviderHttp)

BRAND = "Marketplace"
"""How letters call us where EMAIL_FROM has no name."""


class MessagesProvider(Provider):
    """Mails and text messages: the provider that is set up, else development's outbox, else none."""

    scope = Scope.APP

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    @provide
    async def http(self) -> AsyncIterator[MessagesHttp]:
        http = MessagesHttp(ProviderHttp([SENDGRID, TWILIO]))
        yield http
        await http.close()

    @provide
    def mailer(self, http: MessagesHttp, outbox: RedisOutbox, clock: Clock) -> Mailer:
        settings = self._settings
        if settings.sendgrid_api_key:
            return SendGridMailer(http, settings.sendgrid_api_key.reveal(), settings.email_from)
        if settings.smtp_url:
            return SmtpMailer(settings.smtp_url.reveal(), settings.email_from, clock)
        return UnconfiguredMailer() if settings.is_production else OutboxMailer(outbox)

    @provide
    def text_messages(self, http: MessagesHttp, outbox: RedisOutbox) -> TextMessages:
        settings = self._settings
        if settings.twilio_account_sid:
            return TwilioTextMessages(
                http, settings.twilio_account_sid, settings.twilio_auth_token.reveal(), settings.twilio_phone_number
            )
        return UnconfiguredTextMessages() if settings.is_production else OutboxTextMessages(outbox)

    @provide
    def templates(self) -> Templates:
        brand, _ = parseaddr(self._settings.email_from)
        return JinjaTemplates(brand or BRAND, _public_host(self._settings))

    @provide
    def undelivered(self) -> Undelivered:
        return LoggedUndelivered(self._settings.key("addresses-in-logs"))

    outbox = provide(RedisOutbox, provides=AnyOf[RedisOutbox, Outbox])
    courier = provide(Courier)


def _public_host(settings: Settings) -> str:
    """The first of ALLOWED_HOSTS that is one name of the public DNS; empty without one."""
    names = (host for host in settings.allowed_hosts if re.fullmatch(r"[a-z0-9.-]+\.[a-z-]{2,}", host))
    return next(names, "")
