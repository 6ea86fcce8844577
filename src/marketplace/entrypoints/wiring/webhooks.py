from collections.abc import AsyncIterator

from dishka import AnyOf, AsyncContainer, Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.notifications_tell_webhooks import EchoToWebhooks
from marketplace.adapters.egress import PublicHttp
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.webhooks.deliveries import SqlDeliveries, SqlForgetDeliveries, SqlQueues
from marketplace.adapters.sql.webhooks.endpoints import NewSecrets, SealedEndpoints, SqlEndpoints
from marketplace.adapters.sql.webhooks.queries import SqlWebhookQueries
from marketplace.adapters.sql.webhooks.shifts import SqlShifts
from marketplace.adapters.webhooks import WITHIN, HttpSender
from marketplace.application.notifications.ports import UserEventEcho
from marketplace.application.shared.ports import Clock
from marketplace.application.webhooks.deliveries import RecordEvents, Redeliver, Replay, SendDue
from marketplace.application.webhooks.endpoints import (
    AddEndpoint,
    ForgetEndpoints,
    ForgetOldDeliveries,
    RemoveEndpoint,
    ReviseEndpoint,
    RotateSecret,
    TestEndpoint,
)
from marketplace.application.webhooks.ports import (
    Deliveries,
    DeliveryQueries,
    EndpointQueries,
    Endpoints,
    ForgetDeliveries,
    Queues,
    Secrets,
    Sender,
    Shifts,
)
from marketplace.domain.webhooks.delivery import LONGEST_ANSWER
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.worker.webhook_sender import WebhookSender


class WebhooksProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    @provide(scope=Scope.APP)
    def sealed(self) -> SealedEndpoints:
        return SealedEndpoints(Vault([self._settings.key("webhooks")]))

    @provide(scope=Scope.APP)
    async def sender(self, clock: Clock) -> AsyncIterator[Sender]:
        http = PublicHttp(within=WITHIN, largest=LONGEST_ANSWER, to_loopback=self._settings.webhooks_to_loopback)
        yield HttpSender(http, clock)
        await http.close()

    @provide(scope=Scope.APP)
    def webhook_sender(self, container: AsyncContainer, shifts: Shifts) -> WebhookSender:
        return WebhookSender(container, shifts)

    @provide(scope=Scope.APP)
    def shifts(self, clock: Clock) -> Shifts:
        return SqlShifts(self._settings.database_url.reveal(), clock)

    secrets = provide(NewSecrets, provides=Secrets, scope=Scope.APP)
    endpoints = provide(SqlEndpoints, provides=Endpoints)
    deliveries = provide(SqlDeliveries, provides=Deliveries)
    queues = provide(SqlQueues, provides=Queues)
    queries = provide(SqlWebhookQueries, provides=AnyOf[EndpointQueries, DeliveryQueries], scope=Scope.APP)
    forget = provide(SqlForgetDeliveries, provides=ForgetDeliveries, scope=Scope.APP)
    echo = provide(EchoToWebhooks, provides=UserEventEcho)
    use_cases = provide_all(
        AddEndpoint, ReviseEndpoint, RemoveEndpoint, RotateSecret, TestEndpoint, ForgetEndpoints, ForgetOldDeliveries,
        RecordEvents, SendDue, Redeliver, Replay,
    )  # fmt: skip
